"""The runner with real scripts, over its real channel."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.script import Script
from kad.ipc import codec
from kad.ipc.messages import (
    ConfigureRunner,
    ExitedFor,
    FromRunner,
    Message,
    Ready,
    RunFor,
    RunScript,
    ScriptExited,
    Stop,
)
from kad.runner.process import main
from kad.system import fork
from kad.system.channel import Channel, pair
from kad.units import MILLISECOND, SECOND, Micros


class Runner:
    def __init__(self, channel: Channel, pid: int) -> None:
        self._channel = channel
        self.pid = pid

    def tell(self, message: Message) -> None:
        self._channel.send(codec.encode(message))

    def hear(self) -> FromRunner:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            found = self._channel.receive(1)
            if found:
                return codec.from_runner(found[0])
            time.sleep(0.002)
        raise AssertionError("the runner says nothing")

    def run(self, run: int, *argv: str, queue: str = "", timeout: int | None = None, report: bool = True) -> None:
        limit = None if timeout is None else Micros(timeout)
        request = RunScript(run=run, script=Script(argv=argv), queue=queue, timeout=limit, report=report)
        self.tell(RunFor(owner="vrrp#1", request=request))


@contextmanager
def runner(script_user: str = "root") -> Iterator[Runner]:
    ours, theirs = pair()
    pid = fork.spawn(lambda: main(theirs), title="kad: runner", keep_fds=(theirs.fileno(),))
    theirs.close()
    started = Runner(ours, pid)
    started.tell(ConfigureRunner(global_defs=GlobalDefs(script_user=script_user)))
    assert started.hear() == Ready()
    try:
        yield started
    finally:
        ours.close()
        os.waitpid(pid, 0)


def exited(run: int, **how: int | bool | str) -> ExitedFor:
    return ExitedFor(owner="vrrp#1", result=ScriptExited(run=run, **how))  # type: ignore[arg-type]


def test_the_exit_status_of_a_script_is_reported() -> None:
    with runner() as started:
        started.run(7, "/bin/sh", "-c", "exit 3")
        assert started.hear() == exited(7, status=3)


def test_a_script_ended_by_a_signal_is_reported_so() -> None:
    with runner() as started:
        started.run(8, "/bin/sh", "-c", "kill -9 $$")
        assert started.hear() == exited(8, signal=9)


def test_a_script_over_its_time_is_ended_with_all_its_children() -> None:
    with runner() as started:
        start = time.monotonic()
        started.run(9, "/bin/sh", "-c", "sleep 600 & sleep 600", timeout=100 * MILLISECOND)
        assert started.hear() == exited(9, timed_out=True)
        assert time.monotonic() - start < 2


def test_a_script_that_ignores_sigterm_is_killed_two_seconds_later() -> None:
    with runner() as started:
        start = time.monotonic()
        started.run(10, "/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.1; done", timeout=100 * MILLISECOND)
        assert started.hear() == exited(10, timed_out=True)
        assert 2 < time.monotonic() - start < 5


def test_a_hundred_fast_changes_end_with_the_last_state(tmp_path: Path) -> None:

    out = tmp_path / "out"
    with runner() as started:
        for number in range(100):
            started.run(number, "/bin/sh", "-c", f"echo {number} >> {out}", queue="VI_1", report=number == 99)
        assert started.hear() == exited(99, status=0)
        assert out.read_text().split() == [str(number) for number in range(100)]


def test_a_stop_lets_scripts_finish_for_a_second_and_ends_the_rest(tmp_path: Path) -> None:
    with runner() as started:
        started.run(1, "/bin/sh", "-c", f"sleep 0.3; touch {tmp_path}/finished", report=False)
        started.run(2, "/bin/sh", "-c", f"sleep 600; touch {tmp_path}/never", report=False)
        start = time.monotonic()
        started.tell(Stop())
        os.waitid(os.P_PID, started.pid, os.WEXITED | os.WNOWAIT)
        assert 0.9 < time.monotonic() - start < 3
        assert (tmp_path / "finished").exists()


def test_two_hundred_scripts_are_all_reported_once() -> None:
    with runner() as started:
        for number in range(200):
            started.run(number, "/bin/true", timeout=10 * SECOND)
        heard = [started.hear() for _ in range(200)]
        assert sorted(message.result.run for message in heard if isinstance(message, ExitedFor)) == list(range(200))


def test_what_no_program_can_be_given_is_told_and_the_runner_goes_on() -> None:
    with runner() as started:
        started.run(1, "/bin/echo", "a\0b")
        heard = started.hear()
        assert isinstance(heard, ExitedFor)
        request = RunScript(run=2, script=Script(argv=("/bin/true",), user="root", group="99999999999"), report=True)
        started.tell(RunFor(owner="vrrp#1", request=request))
        started.run(3, "/bin/true")
        errors = {heard.result.run: heard.result.error}
        while 3 not in errors:
            heard = started.hear()
            assert isinstance(heard, ExitedFor)
            errors[heard.result.run] = heard.result.error
        assert errors == {1: "embedded null byte", 2: "no such group 99999999999", 3: ""}


def test_a_script_runs_as_script_user_unless_it_says_as_whom() -> None:
    with runner(script_user="nobody-at-all") as started:
        started.run(1, "/bin/true")
        assert started.hear() == exited(1, error="no such user nobody-at-all")
        request = RunScript(run=2, script=Script(argv=("/bin/true",), user="root"), report=True)
        started.tell(RunFor(owner="vrrp#1", request=request))
        assert started.hear() == exited(2, status=0)


def test_scripts_start_with_no_signal_ignored(tmp_path: Path) -> None:
    with runner() as started:
        started.run(1, "/bin/sh", "-c", f"grep SigIgn /proc/self/status > {tmp_path}/out")
        started.hear()
        ignored = int((tmp_path / "out").read_text().split()[1], 16)
        # 32 and 33 are the C library's own: who runs the tests may have handed them down, and nobody can reset them.
        assert ignored & ~(0b11 << 31) == 0


def test_sigterm_does_not_end_the_runner_that_others_still_need() -> None:
    with runner() as started:
        os.kill(started.pid, signal.SIGTERM)
        started.run(1, "/bin/true")
        assert started.hear() == exited(1, status=0)
