"""Which daemons may run beside each other: the two halves, each once; a full kad beside neither."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.box import KAD, Box, connected_box

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(os.geteuid() != 0, reason="root is needed for a network namespace"),
]

CONFIG = """vrrp_instance VI_1 {
    interface veth0
    virtual_router_id 51
    priority 255
    virtual_ipaddress {
        10.9.0.1/24
    }
}
"""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Box]:
    (tmp_path / "kad.conf").write_text(CONFIG)
    with connected_box() as made:
        yield made


@contextmanager
def running(host: Box, directory: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    process = host.start(*KAD, "-n", "-l", "-G", "-f", str(directory / "kad.conf"), *options)
    assert process.stdout is not None
    for line in process.stdout:
        if "Startup complete" in line:
            break
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        assert process.wait(20) == 0, rest


def attempt(host: Box, directory: Path, *options: str) -> tuple[int, str]:
    done = host.run(*KAD, "-n", "-G", "-f", str(directory / "kad.conf"), *options)
    return done.returncode, done.stderr


def test_the_two_halves_run_beside_each_other_each_once(host: Box, tmp_path: Path) -> None:
    with running(host, tmp_path, "--vrrp-only"), running(host, tmp_path, "--check-only"):
        assert host.read("/run/kad-vrrp.pid") != host.read("/run/kad-checker.pid")
        for half, pid_file in (("-P", "/run/kad-vrrp.pid"), ("-C", "/run/kad-checker.pid")):
            code, said = attempt(host, tmp_path, half)
            assert code == 1
            assert said == f"kad: daemon is already running (pid {host.read(pid_file).strip()}, {pid_file})\n"
    assert not host.processes()


@pytest.mark.parametrize("half", ["-P", "-C"])
def test_a_full_kad_and_a_half_exclude_each_other(host: Box, tmp_path: Path, half: str) -> None:
    with running(host, tmp_path):
        assert attempt(host, tmp_path, half)[0] == 1
    with running(host, tmp_path, half):
        assert attempt(host, tmp_path)[0] == 1
    assert host.addresses() == ["10.9.9.1/24"]


def test_pid_files_of_ones_own_allow_a_second_kad(host: Box, tmp_path: Path) -> None:
    other = ("-p", str(tmp_path / "p"), "-r", str(tmp_path / "r"), "-c", str(tmp_path / "c"))
    with running(host, tmp_path, "-C"), running(host, tmp_path, "-C", *other):
        assert int((tmp_path / "p").read_text()) > 0
    assert list(tmp_path.glob("[prc]")) == []


def test_addresses_stay_at_a_stop_only_when_asked_for(host: Box, tmp_path: Path) -> None:
    with running(host, tmp_path, "-P", "--dont-release-vrrp"):
        host.wait_for_address("10.9.0.1/24")
    assert "10.9.0.1/24" in host.addresses()
    with running(host, tmp_path, "-P"):
        pass
    assert "10.9.0.1/24" not in host.addresses()


def test_dump_conf_logs_what_was_understood(host: Box, tmp_path: Path) -> None:
    process = host.start(*KAD, "-n", "-l", "-G", "-d", "-f", str(tmp_path / "kad.conf"))
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if "Startup complete" in line:
            process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert "    virtual_router_id 51" in text
    assert "    vrrp_garp_master_delay 5" in text, "the defaults too"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_are_no_hindrance(host: Box, tmp_path: Path, closed: str) -> None:
    command = " ".join([*KAD, "-G", "-g", str(tmp_path / "log"), "-f", str(tmp_path / "kad.conf")])
    assert host.run("sh", "-c", f"{command} {closed}").returncode == 0
    assert "Startup complete" in (tmp_path / "log").read_text()
    assert attempt(host, tmp_path)[0] == 1  # the lock is held
    assert host.run("sh", "-c", "kill $(cat /run/keepalived.pid)").returncode == 0
    host.wait_until_empty()


def test_a_daemon_works_with_relative_paths(host: Box, tmp_path: Path) -> None:
    command = " ".join([*KAD, "-P -G -g log -f kad.conf -p own.pid -r worker.pid"])
    assert host.run("sh", "-c", f"cd {tmp_path} && {command}").returncode == 0
    assert host.run("sh", "-c", f"kill -HUP $(cat {tmp_path}/own.pid)").returncode == 0
    end = time.monotonic() + 5
    while "Reload complete" not in (tmp_path / "log").read_text():
        assert time.monotonic() < end, (tmp_path / "log").read_text()
        time.sleep(0.02)
    host.run("sh", "-c", f"kill $(cat {tmp_path}/own.pid)")
    host.wait_until_empty()
    assert list(tmp_path.glob("*.pid")) == []


@pytest.mark.parametrize("delay", [0.02, 0.1, 0.15, 0.2, 0.25, 0.3])
def test_a_reload_asked_for_too_early_is_no_death(host: Box, tmp_path: Path, delay: float) -> None:
    """Before there is a pid file nobody knows whom to signal; from then on a SIGHUP must wait its turn."""
    process = host.start(*KAD, "-P", "-n", "-l", "-G", "-f", str(tmp_path / "kad.conf"))
    assert process.stdout is not None
    end = time.monotonic() + 5
    while host.run("test", "-e", "/run/kad-vrrp.pid").returncode:
        assert time.monotonic() < end
    time.sleep(max(0, delay - 0.1))
    process.send_signal(signal.SIGHUP)
    for line in process.stdout:
        if "Reload complete" in line:
            process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_sigterm_to_all_at_once_ends_quietly_and_keeps_to_what_was_asked(host: Box, tmp_path: Path) -> None:
    for option, stays in (("-X", False), ("-V", True)):
        process = host.start(*KAD, "-P", "-n", "-l", "-G", option, "-f", str(tmp_path / "kad.conf"))
        assert process.stdout is not None
        text = ""
        for line in process.stdout:
            text += line
            if "Startup complete" in line:
                os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(10) == 0
        assert "Respawning" not in text
        assert ("10.9.0.1/24" in host.addresses()) is stays


def test_a_worker_in_its_back_off_leaves_no_address_when_it_is_no_longer_wanted(host: Box, tmp_path: Path) -> None:
    with running(host, tmp_path, "-P") as process:
        for _ in range(11):
            pid = int(host.read("/run/vrrp.pid").strip() or 0)
            if pid:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.15)
        assert "10.9.0.1/24" in host.addresses()
        (tmp_path / "kad.conf").write_text("global_defs {\n}\n")
        process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 5
        while "10.9.0.1/24" in host.addresses():
            assert time.monotonic() < end
            time.sleep(0.05)
