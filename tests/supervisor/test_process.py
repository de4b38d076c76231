"""The parent with real processes, over fake workers that do one thing wrong each."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]


class Run:
    """A parent under test."""

    def __init__(self, directory: Path, *arguments: str, **environment: str) -> None:
        self.directory = directory
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.supervisor.fake_parent", str(directory), *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
        )

    @property
    def log(self) -> str:
        path = self.directory / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def pid_of(self, worker: str) -> int:
        text = (self.directory / f"{worker}.pid").read_text().strip()
        return int(text or 0)

    def wait(self, condition: Callable[[], object], seconds: float = 10.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"never came true; the log:\n{self.log[-4000:]}"
            assert self.process.poll() is None or condition(), f"the parent ended; the log:\n{self.log[-4000:]}"
            time.sleep(0.01)

    def wait_for(self, text: str, count: int = 1) -> None:
        self.wait(lambda: self.log.count(text) >= count)

    def new_pid(self, worker: str, old: int) -> int:
        self.wait(lambda: self.pid_of(worker) not in (0, old))
        return self.pid_of(worker)


@contextmanager
def parent(directory: Path, *arguments: str, **environment: str) -> Iterator[Run]:
    run = Run(directory, *arguments, **environment)
    family: list[psutil.Process] = []
    try:
        run.wait_for("Starting VRRP child process")
        yield run
    finally:
        if run.process.poll() is None:
            family = psutil.Process(run.process.pid).children(recursive=True)
            run.process.kill()
        run.process.wait()
        for process in family:
            if process.is_running():
                process.kill()


def stop(run: Run) -> int:
    """End it; a worker that does not listen costs five seconds, and two for the one that tidies up behind it."""
    run.process.terminate()
    return run.process.wait(15)


def test_it_starts_stops_and_leaves_no_process(tmp_path: Path) -> None:
    with parent(tmp_path, "quiet", "quiet") as run:
        run.wait_for("Startup complete")
        family = psutil.Process(run.process.pid).children(recursive=True)
        assert sorted(process.cmdline()[0] for process in family) == [
            "kad: fake quiet",
            "kad: fake quiet",
            "kad: runner",
        ]
        assert stop(run) == 0
        assert not [process for process in family if process.is_running()]
        assert "Stopped kad" in run.log


@pytest.mark.parametrize("worker", ["vrrp", "checker", "runner"])
def test_a_killed_worker_is_restarted_at_once_and_the_log_says_so_in_one_line(tmp_path: Path, worker: str) -> None:
    with parent(tmp_path, "quiet", "quiet") as run:
        run.wait_for("Startup complete")
        old = run.pid_of(worker)
        os.kill(old, signal.SIGKILL)
        run.new_pid(worker, old)
        lines = [line for line in run.log.splitlines() if f"({old})" in line]
        assert len(lines) == 1
        assert re.search(r"process\(\d+\) died: Respawning \(killed by SIGKILL\)$", lines[0])
        assert stop(run) == 0


def test_a_worker_that_can_not_work_gives_up_alone_in_one_line(tmp_path: Path) -> None:
    with parent(tmp_path, "quiet", "hopeless") as run:
        run.wait_for("Startup complete")
        assert run.log.count("unicorn") == 1
        assert "Healthcheck child process can't go on: this machine lacks a unicorn (status 1)" in run.log
        assert run.pid_of("checker") == 0
        assert psutil.pid_exists(run.pid_of("vrrp"))


def test_when_no_worker_can_work_the_parent_ends_with_their_status(tmp_path: Path) -> None:
    with parent(tmp_path, "hopeless", "hopeless") as run:
        assert run.process.wait(10) == 1


def test_with_dont_respawn_a_death_stops_everything_with_status_one(tmp_path: Path) -> None:
    with parent(tmp_path, "quiet", "quiet", "-R") as run:
        run.wait_for("Startup complete")
        os.kill(run.pid_of("vrrp"), signal.SIGKILL)
        assert run.process.wait(10) == 1
        assert "died: Exiting (killed by SIGKILL)" in run.log


def test_a_bug_in_a_worker_is_logged_with_its_traceback_and_the_worker_restarted(tmp_path: Path) -> None:
    (tmp_path / "bug").touch()
    with parent(tmp_path, "buggy", "quiet") as run:
        run.wait_for("died: Respawning")
        run.wait_for("Startup complete")
        assert "ZeroDivisionError: on purpose" in run.log
        assert "exited with status 70" in run.log


def test_a_worker_that_sends_what_no_worker_sends_is_ended_and_nothing_of_it_executed(tmp_path: Path) -> None:
    (tmp_path / "bug").touch()
    with parent(tmp_path, "stranger", "quiet") as run:
        run.wait_for("said what no worker says")
        run.wait_for("died: Respawning (killed by SIGKILL)")


def test_workers_stop_cleanly_when_the_parent_is_killed(tmp_path: Path) -> None:
    with parent(tmp_path, "quiet", "quiet") as run:
        run.wait_for("Startup complete")
        family = psutil.Process(run.process.pid).children(recursive=True)
        run.process.kill()
        run.process.wait()
        _, alive = psutil.wait_procs(family, timeout=3)
        assert not alive


def test_a_stuck_worker_does_not_keep_the_parent_from_stopping(tmp_path: Path) -> None:
    with parent(tmp_path, "stuck", "quiet") as run:
        run.wait_for("Startup complete")
        os.kill(run.pid_of("vrrp"), signal.SIGSTOP)
        assert stop(run) == 0
        assert "failed to die - forcing termination" in run.log


def test_a_worker_that_one_reload_ends_and_the_next_wants_is_started_again(tmp_path: Path) -> None:
    with parent(tmp_path, "quiet", "quiet") as run:
        run.wait_for("Startup complete")
        old = run.pid_of("vrrp")
        os.kill(old, signal.SIGSTOP)
        for number, content in enumerate(("none", "100")):
            (tmp_path / "next").write_text(content)
            run.process.send_signal(signal.SIGHUP)
            run.wait_for("Reload complete", number + 1)
        os.kill(old, signal.SIGCONT)
        run.new_pid("vrrp", old)
        assert stop(run) == 0


def test_a_reload_that_leaves_only_a_half_that_gave_up_does_not_end_the_daemon(tmp_path: Path) -> None:
    with parent(tmp_path, "quiet", "hopeless") as run:
        run.wait_for("Startup complete")
        (tmp_path / "next").write_text("none")
        run.process.send_signal(signal.SIGHUP)
        run.wait_for("Reload complete")
        run.wait(lambda: run.pid_of("vrrp") == 0)
        time.sleep(0.2)
        assert run.process.poll() is None


def test_a_pid_file_that_can_not_be_written_is_a_line_and_no_more(tmp_path: Path) -> None:
    with parent(tmp_path, "quiet", "quiet") as run:
        run.wait_for("Startup complete")
        full = psutil.Process(run.process.pid)
        full.rlimit(psutil.RLIMIT_FSIZE, (0, psutil.RLIM_INFINITY))
        os.kill(run.pid_of("vrrp"), signal.SIGKILL)
        time.sleep(0.5)
        full.rlimit(psutil.RLIMIT_FSIZE, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))
        assert run.process.poll() is None
        names = [process.name() for process in full.children()]
        assert names.count("kad: fake quiet"[:15]) == 2


def test_a_parent_without_descriptors_waits_and_tries_again(tmp_path: Path) -> None:
    with parent(tmp_path, "quiet", "quiet") as run:
        run.wait_for("Startup complete")
        process = psutil.Process(run.process.pid)
        process.rlimit(psutil.RLIMIT_NOFILE, (process.num_fds() - 1, 4096))
        old = run.pid_of("vrrp")
        os.kill(old, signal.SIGKILL)
        run.wait_for("can't start VRRP child process: Too many open files")
        process.rlimit(psutil.RLIMIT_NOFILE, (4096, 4096))
        run.new_pid("vrrp", old)


def test_scripts_asked_for_are_run_and_their_ends_reported(tmp_path: Path) -> None:
    with parent(tmp_path, "scripted", "quiet") as run:
        run.wait_for("script 2:")
        run.wait_for("script 1:")
        assert "script 0: status 0 error ''" in run.log
        assert "script 1: status 1 error ''" in run.log
        assert "script 2: status None error 'No such file or directory'" in run.log


def test_a_reload_tells_only_the_worker_whose_share_changed(tmp_path: Path) -> None:
    with parent(tmp_path, "quiet", "quiet") as run:
        run.wait_for("Startup complete")
        before = run.pid_of("vrrp"), run.pid_of("checker")
        (tmp_path / "next").write_text("150")
        run.process.send_signal(signal.SIGHUP)
        run.wait_for("Reload complete")
        assert (run.pid_of("vrrp"), run.pid_of("checker")) == before


@pytest.mark.alone
def test_a_storm_of_reloads_is_one_after_another_and_ends_with_the_last_file(tmp_path: Path) -> None:
    with parent(tmp_path, "quiet", "quiet") as run:
        run.wait_for("Startup complete")
        for number in range(100):
            (tmp_path / "fresh").write_text(str(number + 1))
            (tmp_path / "fresh").replace(tmp_path / "next")
            run.process.send_signal(signal.SIGHUP)
            time.sleep(0.0002)
        run.wait(lambda: run.log.rstrip().endswith("Reload complete"))
        time.sleep(0.3)
        words = re.findall(r"Reloading \.\.\.|Reload complete", run.log)
        assert words == ["Reloading ...", "Reload complete"] * (len(words) // 2)
        assert 2 <= len(words) < 200


def test_a_refused_configuration_leaves_the_running_one_alone(tmp_path: Path) -> None:
    with parent(tmp_path, "quiet", "quiet") as run:
        run.wait_for("Startup complete")
        (tmp_path / "next").write_text("refused")
        run.process.send_signal(signal.SIGHUP)
        run.wait_for("keeping the running configuration")
        assert "what is wrong" in run.log
        assert psutil.pid_exists(run.pid_of("vrrp"))


def test_a_crash_of_the_loader_leaves_the_running_configuration_alone(tmp_path: Path) -> None:
    with parent(tmp_path, "quiet", "quiet") as run:
        run.wait_for("Startup complete")
        (tmp_path / "next").write_text("crash")
        run.process.send_signal(signal.SIGHUP)
        run.wait_for("could not be read (it ended without a result): keeping the running one")
        (tmp_path / "next").write_text("150")
        run.process.send_signal(signal.SIGHUP)
        run.wait_for("Reload complete")


KILLS = 200


@pytest.mark.alone
def test_two_hundred_kills_of_a_flooding_worker_lose_no_record_of_the_others(tmp_path: Path) -> None:
    with parent(tmp_path, "flood", "ticking", KAD_TEST_FREE_CRASHES=str(2 * KILLS)) as run:
        run.wait_for("tick 10")
        pid = 0
        for _ in range(KILLS):
            pid = run.new_pid("vrrp", pid)
            time.sleep(0.005)
            os.kill(pid, signal.SIGKILL)
        run.new_pid("vrrp", pid)
        assert stop(run) == 0
        ticks = [int(number) for number in re.findall(r"tick (\d+)$", run.log, re.MULTILINE)]
        assert ticks == list(range(len(ticks)))
        assert len(ticks) > 100
        assert run.log.count("died: Respawning (killed by SIGKILL)") == KILLS
        assert run.log.count("flood x") > KILLS
