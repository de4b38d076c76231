"""Tracked processes, kad and keepalived with the same configuration: the same programs make the same lines, priorities.

The kernel tells of processes in the first network namespace alone. Keepalived is started there and enters the host's by
itself; so is kad, and once more inside, where it must look at all processes every second instead.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.netns.configs import Router
from tests.netns.conftest import START
from tests.netns.lab import Host, Lab
from tests.netns.programs import Daemon
from tests.netns.wire import Capture

BASE = 150
NO_EVENTS = "process events can't be had"


class Outside(Host):
    """A host whose programs are started outside of it; they are to enter it by themselves."""

    def __init__(self, host: Host) -> None:
        self.__dict__.update(host.__dict__)

    def command(self, argv: Sequence[str]) -> list[str]:
        return [*argv, "-s", self.namespace]


@pytest.fixture(params=["kad", "kad-inside", "keepalived"])
def start(request: pytest.FixtureRequest, lab: Lab) -> Iterator[Callable[[str], Daemon]]:
    """Starts a program on the left with these definitions, all of which its instance tracks; it is master then."""
    program, _, inside = request.param.partition("-")
    host = lab["left"] if inside else Outside(lab["left"])
    started: list[Daemon] = []

    def begin(blocks: str) -> Daemon:
        names = [line.split()[1] for line in blocks.splitlines() if line.startswith("vrrp_track_process")]
        router = Router(priority=BASE, blocks=blocks, lines=("track_process {", *(f"    {n}" for n in names), "}"))
        started.append(START[program](host, router.text()))
        started[-1].wait_for(r"\(VI_1\) ([Ee]ntering FAULT state|Entering (BACKUP|FAULT) STATE)")
        time.sleep(0.3)  # keepalived listens to the kernel's events only a moment later
        return started[-1]

    yield begin
    for one in started:
        one.stop()
        if program == "kad":
            assert any(NO_EVENTS in line for line in one.lines()) is bool(inside)


class Programs:
    """Copies of sleep under a name that nothing else on this machine has."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"kadp{os.getpid()}"
        shutil.copy(shutil.which("sleep") or "/bin/sleep", self.path)
        self.running: list[subprocess.Popen[bytes]] = []

    @property
    def name(self) -> str:
        return self.path.name

    def start(self, *parameters: str) -> None:
        self.running.append(subprocess.Popen([str(self.path), *(parameters or ("100",))]))

    def kill(self) -> None:
        one = self.running.pop()
        one.kill()
        one.wait()


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    made = Programs(tmp_path)
    yield made
    while made.running:
        made.kill()


def block(name: str, *lines: str) -> str:
    inner = "".join(f"    {line}\n" for line in lines)
    return f"vrrp_track_process {name} {{\n{inner}}}\n"


def test_programs_that_start_and_end_move_the_priority_by_their_quorum(
    lab: Lab, wire: Capture, start: Callable[[str], Daemon], programs: Programs
) -> None:
    process = f"process {programs.name}"
    any_, two = block("any", process, "weight 20"), block("two", process, "quorum 2", "quorum_max 2", "weight 5")
    daemon = start(any_ + two)
    daemon.wait_for(r"\(VI_1\) Entering MASTER STATE")
    steps: tuple[tuple[Callable[[], None], str, int], ...] = (
        (programs.start, "Quorum gained for tracked process any", 170),
        (programs.start, "Quorum gained for tracked process two", 175),
        (programs.start, "Quorum lost for tracked process two", 170),
        (programs.kill, "Quorum gained for tracked process two", 175),
        (programs.kill, "Quorum lost for tracked process two", 170),
        (programs.kill, "Quorum lost for tracked process any", 150),
    )
    for step, line, priority in steps:
        mark, seen = daemon.mark(), len(wire.seen)
        step()
        daemon.wait_for(line, since=mark, timeout=4)
        wire.wait_for_advert(lab["left"].address, priority=priority, timeout=2, since=seen)


def test_a_worker_that_takes_a_dead_ones_place_follows_processes_too(
    start: Callable[[str], Daemon], programs: Programs
) -> None:
    daemon = start(block("web", f"process {programs.name}", "weight 20"))
    mark = daemon.mark()
    os.kill(daemon.child("vrrp"), signal.SIGKILL)
    daemon.wait_for(r"\(VI_1\) Entering MASTER STATE", since=mark)
    for step, line in ((programs.start, "gained"), (programs.kill, "lost")):
        mark = daemon.mark()
        step()
        daemon.wait_for(f"Quorum {line} for tracked process web", since=mark, timeout=4)


def test_without_a_weight_too_few_are_a_fault(
    wire: Capture, start: Callable[[str], Daemon], programs: Programs
) -> None:
    daemon = start(block("web", f"process {programs.name}"))
    daemon.wait_for(r"\(VI_1\) entering FAULT state \(tracked process web quorum not achieved\)")
    assert wire.adverts() == []
    mark = daemon.mark()
    programs.start()
    daemon.wait_for(r"\(VI_1\) Entering MASTER STATE", since=mark)
    mark, seen = daemon.mark(), len(wire.seen)
    programs.kill()
    daemon.wait_for(r"\(VI_1\) Entering FAULT STATE", since=mark)
    wire.wait_for_advert(daemon.host.address, priority=0, timeout=2, since=seen)


FORKING = """#!{python}
import os, time
time.sleep(1)
if os.fork() == 0:
    time.sleep(3)
    os._exit(0)
time.sleep(100)
"""


def test_a_fork_and_an_end_count_after_their_delays(start: Callable[[str], Daemon], programs: Programs) -> None:
    script = programs.path.with_name(f"kadf{os.getpid()}")
    script.write_text(FORKING.format(python=sys.executable))
    script.chmod(0o755)
    process = (f"process {script.name}", "fork_delay 1", "terminate_delay 2")
    blocks = block("two", *process, "quorum 2", "weight 5"), block("one", *process, "quorum_max 1", "weight 7")
    daemon = start("".join(blocks))
    polls = any(NO_EVENTS in line for line in daemon.lines())
    mark, began = daemon.mark(), time.monotonic()
    running = subprocess.Popen([str(script)])
    try:
        first = 1.0 if polls else 0.0
        for line, after in (("gained.*one", first), ("gained.*two", 2), ("lost.*one", 2), ("lost.*two", 6)):
            daemon.wait_for(f"Quorum {line}", since=mark, timeout=10)
            taken = time.monotonic() - began
            assert after - 0.05 < taken < after + (2.5 if polls else 1.0), line
    finally:
        running.kill()
        running.wait()


MATCHES = {
    "full": ("{path}", "full_command"),
    "exact": ("{path} 100",),
    "none": ("{path}", "param_match"),
    "initial": ("{path} 10", "param_match initial"),
    "partial": ("{path} 100", "param_match partial"),
    "short": ("{name} 100",),
    "basename": ("{name}",),
    "path": ("{path}",),
}


def test_the_command_line_matches_as_it_is_configured(start: Callable[[str], Daemon], programs: Programs) -> None:
    def text(line: str) -> str:
        return line.format(path=programs.path, name=programs.name)

    blocks = (block(name, f"process {text(first)}", *more, "weight 1") for name, (first, *more) in MATCHES.items())
    daemon = start("".join(blocks))
    for parameters, expected in (
        (("100",), {"full", "exact", "initial", "partial", "basename"}),
        (("10",), {"full", "initial", "basename"}),
        (("100", "1"), {"full", "initial", "partial", "basename"}),
    ):
        mark = daemon.mark()
        programs.start(*parameters)
        time.sleep(1.6)
        gained = {line.split()[-1] for line in daemon.lines()[mark:] if "Quorum gained" in line}
        assert gained == expected
        programs.kill()
        time.sleep(1.6)
