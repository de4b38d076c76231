"""The kernel's process events, and what is done without them. Needs root and the first network namespace for events."""

import asyncio
import errno
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest

from kad.system import process_watch
from kad.system.process_events import Events
from kad.system.process_watch import ProcessWatch, Seen, command_of, scan


def events_are_here() -> bool:
    try:
        Events().socket.close()
    except OSError:
        return False
    return True


with_events = pytest.mark.skipif(not events_are_here(), reason="there are no process events to be had here")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program whose name nothing else has."""
    path = tmp_path / f"kadtest{os.getpid()}"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", path)
    return path


@pytest.fixture
def started(program: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts the program; it ends with the test."""
    made: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        made.append(subprocess.Popen([str(program), "100"]))
        return made[-1]

    yield start
    for one in made:
        one.kill()
        one.wait()


class Told:
    """A watch, and what it has told."""

    def __init__(self, events: Callable[[], Events] = Events) -> None:
        self.seen: list[tuple[int, Seen]] = []
        self.scans: list[dict[int, process_watch.Command]] = []
        self.watch = ProcessWatch(self.seen.extend, self.scans.append, events)

    async def until(self, wanted: Callable[[], bool], timeout: float = 5) -> None:
        deadline = time.monotonic() + timeout
        while not wanted():
            assert time.monotonic() < deadline, self.seen[-10:]
            await asyncio.sleep(0.01)


def watching(told: Callable[[], Told], body: Callable[[Told], Coroutine[None, None, None]]) -> None:
    async def run() -> None:
        one = told()
        try:
            await body(one)
        finally:
            one.watch.close()

    asyncio.run(run())


Start = Callable[[], "subprocess.Popen[bytes]"]


def test_all_processes_are_found_by_name_and_line_but_no_dead_ones(started: Start, program: Path) -> None:
    one, dead = started(), started()
    dead.kill()
    deadline = time.monotonic() + 5
    while "Z" not in Path(f"/proc/{dead.pid}/stat").read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    found = scan(lines=True)
    assert found[one.pid] == (program.name, (str(program), "100"))
    assert dead.pid not in found
    assert scan(lines=False)[one.pid] == (program.name, ())
    assert command_of(2**22 + 1, lines=True) is None


@with_events
def test_a_start_and_an_end_are_told(started: Start, program: Path) -> None:
    async def body(told: Told) -> None:
        before = told.watch.follow(wanted=True, lines=True)
        assert os.getpid() in before
        one = started()
        await told.until(lambda: (one.pid, (program.name, (str(program), "100"))) in told.seen)
        assert one.pid in [pid for pid, what in told.seen if what == os.getpid()]
        one.kill()
        await told.until(lambda: (one.pid, None) in told.seen)
        assert told.scans == []

    watching(Told, body)


@with_events
def test_a_process_that_takes_another_name_is_told() -> None:
    script = "import sys; open('/proc/self/comm', 'w').write('kadrenamed'); sys.stdin.read()"

    async def body(told: Told) -> None:
        told.watch.follow(wanted=True, lines=False)
        one = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE)
        try:
            await told.until(lambda: (one.pid, ("kadrenamed", ())) in told.seen)
        finally:
            one.communicate()

    watching(Told, body)


@with_events
def test_threads_are_no_processes() -> None:
    async def body(told: Told) -> None:
        told.watch.follow(wanted=True, lines=False)
        await asyncio.to_thread(time.sleep, 0.05)
        subprocess.run(["true"], check=True)
        await told.until(lambda: any(what is None for _, what in told.seen))
        assert [pid for pid, what in told.seen if what == os.getpid() and pid == os.getpid()] == []

    watching(Told, body)


@with_events
def test_lost_events_have_all_processes_looked_at_again(
    started: Start, program: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def small() -> Events:
        made = Events()
        made.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        return made

    async def body(told: Told) -> None:
        told.watch.follow(wanted=True, lines=False)
        one = started()
        for _ in range(40):
            subprocess.run(["true"], check=True)
        await told.until(lambda: bool(told.scans), 30)
        assert told.scans[0][one.pid] == (program.name, ())
        ended: set[int] = set()

        def an_end_is_told() -> bool:
            # On a busy machine so small a buffer loses this end too: then another one must be told.
            again = started()
            again.kill()
            again.wait()
            ended.add(again.pid)
            return any(what is None and pid in ended for pid, what in told.seen)

        await told.until(an_end_is_told, 30)
        one.kill()
        await told.until(lambda: (one.pid, None) in told.seen or one.pid not in told.scans[-1], 30)

    caplog.set_level("INFO")
    watching(lambda: Told(small), body)
    assert "process events were lost: looking at all processes again" in caplog.messages


def refused() -> Events:
    raise OSError(errno.ECONNREFUSED, "Connection refused")


def test_without_events_processes_are_looked_at_and_one_line_says_why(
    started: Start, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body(told: Told) -> None:
        told.watch.follow(wanted=True, lines=False)
        one = started()
        await told.until(lambda: bool(told.scans) and one.pid in told.scans[-1])
        one.kill()
        await told.until(lambda: one.pid not in told.scans[-1])
        told.watch.follow(wanted=True, lines=True)
        await told.until(lambda: any(line for _, line in told.scans[-1].values()))
        told.watch.follow(wanted=False, lines=False)
        looked = len(told.scans)
        await asyncio.sleep(0.1)
        assert len(told.scans) == looked

    monkeypatch.setattr(process_watch, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(process_watch, "SHARE", 0)
    watching(lambda: Told(refused), body)
    reason = "the kernel's process events can't be had (Connection refused): looking at all processes every second"
    assert caplog.messages == [reason]


@with_events
def test_a_kernel_that_does_not_answer_is_not_waited_for(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body(told: Told) -> None:
        told.watch.follow(wanted=True, lines=False)
        await told.until(lambda: bool(told.scans))

    monkeypatch.setattr(process_watch, "decode", lambda _: None)
    monkeypatch.setattr(process_watch, "CONFIRMED_WITHIN", 0.05)
    watching(Told, body)
    assert "does not answer" in caplog.text
