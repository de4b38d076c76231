"""Which daemons may run beside each other: the two halves, each once; a full kad beside neither."""

import os
import signal
import subprocess
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
    assert "------< VRRP Topology >------" in text
    assert '"virtual_router_id":51' in text
