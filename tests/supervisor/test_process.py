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

import msgspec
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


# The parent's own scripts


def settings(directory: Path, **said: object) -> None:
    (directory / "globals.json").write_bytes(msgspec.json.encode(said))


def script(directory: Path, name: str, text: str) -> dict[str, object]:
    """A script that notes when it begins and ends, with `text` between."""
    path = directory / name
    path.write_text(f"#!/bin/sh\necho begin >> {directory}/{name}.out\n{text}\necho end >> {directory}/{name}.out\n")
    path.chmod(0o755)
    return {"argv": [str(path)], "user": "root"}


def test_the_startup_script_ends_before_the_workers_start_and_the_shutdown_script_runs_after_them(
    tmp_path: Path,
) -> None:
    before, after = script(tmp_path, "before", "sleep 0.3"), script(tmp_path, "after", "sleep 0.3")
    settings(tmp_path, startup_script=before, shutdown_script=after)
    with parent(tmp_path, "quiet", "quiet") as run:
        run.wait_for("Startup complete")
        assert (tmp_path / "before.out").read_text() == "begin\nend\n"
        assert not (tmp_path / "after.out").exists()
        assert stop(run) == 0
        assert (tmp_path / "after.out").read_text() == "begin\nend\n"
        lines = [line.partition(": ")[2] for line in run.log.splitlines()]
        order = [line for line in lines if line.startswith(("Running", "Starting", "Stop"))]
        assert [line.partition(",")[0] for line in order] == [
            "Starting kad v0.1.0",
            "Starting Script runner process",
            f"Running startup script {tmp_path}/before",
            "Starting VRRP child process",
            "Starting Healthcheck child process",
            "Stopping",
            f"Running shutdown script {tmp_path}/after",
            "Stopped kad v0.1.0",
        ]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("exit 3", "startup script exited with status 3"),
        ("kill -KILL $$", "startup script was ended by signal 9"),
        ("sleep 60", "startup script took too long and was ended"),
    ],
)
def test_a_startup_script_that_goes_wrong_is_a_line_and_the_workers_start_all_the_same(
    tmp_path: Path, said: str, line: str
) -> None:
    settings(tmp_path, startup_script=script(tmp_path, "before", said), startup_script_timeout=500_000)
    with parent(tmp_path, "quiet", "quiet") as run:
        run.wait_for("Startup complete")
        assert line in run.log


def test_a_shutdown_script_may_not_take_for_ever(tmp_path: Path) -> None:
    settings(tmp_path, shutdown_script=script(tmp_path, "after", "sleep 60"), shutdown_script_timeout=500_000)
    with parent(tmp_path, "quiet", "quiet") as run:
        run.wait_for("Startup complete")
        assert stop(run) == 0
        assert "shutdown script took too long and was ended" in run.log


def test_a_startup_script_whose_runner_dies_keeps_nothing_from_starting(tmp_path: Path) -> None:
    settings(tmp_path, startup_script=script(tmp_path, "before", "sleep 60"), startup_script_timeout=60_000_000)
    run = Run(tmp_path, "quiet", "quiet")
    try:
        run.wait((tmp_path / "before.out").exists)
        os.kill(run.pid_of("runner"), signal.SIGKILL)
        run.wait_for("Startup complete")
        assert "startup script failed: the script runner is not running" in run.log
    finally:
        assert stop(run) == 0


def test_a_reload_while_the_startup_script_runs_starts_nobody_yet(tmp_path: Path) -> None:
    settings(tmp_path, startup_script=script(tmp_path, "before", "sleep 1"))
    run = Run(tmp_path, "quiet", "quiet")
    try:
        run.wait((tmp_path / "before.out").exists)
        (tmp_path / "next").write_text("150")
        run.process.send_signal(signal.SIGHUP)
        run.wait_for("Reload complete")
        assert "Starting VRRP" not in run.log
        run.wait_for("Startup complete")
        assert (tmp_path / "before.out").read_text() == "begin\nend\n"
    finally:
        assert stop(run) == 0


def test_a_stop_while_the_startup_script_runs_starts_no_worker(tmp_path: Path) -> None:
    settings(tmp_path, startup_script=script(tmp_path, "before", "sleep 60"), startup_script_timeout=60_000_000)
    run = Run(tmp_path, "quiet", "quiet")
    try:
        run.wait((tmp_path / "before.out").exists)
    finally:
        assert stop(run) == 0
    assert "Starting VRRP" not in run.log
    assert (tmp_path / "before.out").read_text() == "begin\n"


# How processes are treated


def test_a_worker_is_treated_as_the_configuration_says_and_a_reload_changes_it(tmp_path: Path) -> None:
    settings(
        tmp_path,
        process_names=True,
        checker_process_name="farm",
        vrrp_priority=5,
        vrrp_cpu_affinity=[0],
        vrrp_rlimit_rttime=2_000_000,
        vrrp_no_swap=True,
    )
    with parent(tmp_path, "quiet", "quiet") as run:
        run.wait_for("Startup complete")
        vrrp, checker = psutil.Process(run.pid_of("vrrp")), psutil.Process(run.pid_of("checker"))
        assert (vrrp.name(), checker.name()) == ("keepalived_vrrp", "farm")
        assert (vrrp.nice(), checker.nice()) == (5, 0)
        assert vrrp.cpu_affinity() == [0]
        assert len(checker.cpu_affinity() or ()) == psutil.cpu_count()
        assert vrrp.rlimit(psutil.RLIMIT_RTTIME)[0] == 2_000_000
        assert locked(vrrp.pid) > 0
        assert locked(checker.pid) == 0
        settings(tmp_path, vrrp_priority=-3, vrrp_no_swap=True)
        (tmp_path / "next").write_text("100")
        run.process.send_signal(signal.SIGHUP)
        run.wait_for("Reload complete")
        assert run.pid_of("vrrp") == vrrp.pid
        assert vrrp.nice() == -3
        assert len(vrrp.cpu_affinity() or ()) == psutil.cpu_count()
        assert vrrp.rlimit(psutil.RLIMIT_RTTIME) == (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY)
        assert "VRRP child process: its name and no_swap change when it is started again" in run.log


def locked(pid: int) -> int:
    """The kB of a process that stay in memory."""
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmLck")]
    return int(line.split()[1])


def test_a_worker_that_wakes_late_gets_one_step_more_of_real_time_priority_up_to_the_highest(tmp_path: Path) -> None:
    settings(tmp_path, max_auto_priority=2)
    with parent(tmp_path, "late", "quiet") as run:
        run.wait_for("raising its real-time priority to 2")
        time.sleep(0.3)
        assert run.log.count("raising") == 2
        assert "VRRP child process woke 1500000 us late: raising its real-time priority to 1" in run.log
        if "can't set rt_priority" not in run.log:  # a machine may have no real time for us
            assert os.sched_getparam(run.pid_of("vrrp")).sched_priority == 2


def test_lateness_is_no_affair_of_the_parent_s_unless_it_is_wished(tmp_path: Path) -> None:
    with parent(tmp_path, "late", "quiet") as run:
        run.wait_for("Startup complete")
        time.sleep(0.5)
        assert "raising" not in run.log


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
