"""The init script, run as init would, in a box of its own."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.box import Box, connected_box

SCRIPT = Path(__file__).parents[2] / "packaging/sysv/kad"
ADDRESS = "10.9.0.1/24"
CONFIG = """vrrp_instance VI_1 {
    state MASTER
    interface veth0
    virtual_router_id 51
    priority 255
    virtual_ipaddress {
        10.9.0.1/24
    }
}
"""

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(os.geteuid() != 0, reason="root is needed for a network namespace"),
]


class Service:
    """The script under one of its names, with its /etc/default file."""

    def __init__(self, host: Box, directory: Path, name: str) -> None:
        self.host = host
        self.config = directory / "keepalived.conf"
        self.config.write_text(CONFIG)
        self.script = directory / name
        self.script.symlink_to(SCRIPT)
        self.defaults = directory / "default"
        daemon = directory / "daemon"  # not "kad": that is the script itself, by a link
        daemon.write_text(f'#!/bin/sh\nexec {sys.executable} -m kad "$@"\n')
        daemon.chmod(daemon.stat().st_mode | stat.S_IXUSR)
        self.defaults.write_text(f"DAEMON={daemon}\nCONFIG={self.config}\nOPTIONS='-G -g {directory}/log'\n")
        self.log = directory / "log"

    def __call__(self, verb: str) -> tuple[int, str]:
        done = self.host.run(str(self.script), verb, DEFAULTS=str(self.defaults))
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def host() -> Iterator[Box]:
    with connected_box() as made:
        yield made


@pytest.mark.parametrize(
    ("name", "pid_file"),
    [("kad", "/run/keepalived.pid"), ("kad-vrrp", "/run/kad-vrrp.pid"), ("S20kad-vrrp", "/run/kad-vrrp.pid")],
)
def test_a_service_starts_is_seen_running_and_stops(host: Box, tmp_path: Path, name: str, pid_file: str) -> None:
    service = Service(host, tmp_path, name)
    assert service("status") == (3, f"{name.removeprefix('S20')} is not running\n")
    code, said = service("start")
    assert code == 0, said
    pid = host.read(pid_file).strip()
    assert f"started (pid {pid})" in said
    host.wait_for_address(ADDRESS)
    assert service("status") == (0, f"{name.removeprefix('S20')} is running (pid {pid})\n")
    assert service("start")[1] == f"{name.removeprefix('S20')} is already running (pid {pid})\n"
    assert service("stop")[0] == 0
    assert ADDRESS not in host.addresses()
    host.wait_until_empty()
    assert service("stop") == (0, f"{name.removeprefix('S20')} is not running\n")


def test_a_reload_is_told_and_a_reload_of_nothing_fails(host: Box, tmp_path: Path) -> None:
    service = Service(host, tmp_path, "kad")
    assert service("reload")[0] == 7
    service("start")
    assert service("reload")[0] == 0
    assert service("restart")[0] == 0
    assert "Reloading ..." in service.log.read_text()
    assert service("stop")[0] == 0


def test_a_start_that_fails_says_so_and_leaves_nothing(host: Box, tmp_path: Path) -> None:
    service = Service(host, tmp_path, "kad")
    service.config.write_text(CONFIG.replace("veth0", "nosuch0"))
    code, said = service("start")
    assert code == 1
    assert "nosuch0" in said
    assert "start failed (status 2)" in said
    host.wait_until_empty()
    assert service("configtest")[0] == 5


def test_a_worker_that_can_not_work_fails_the_start(host: Box, tmp_path: Path) -> None:
    """This kernel may have IPVS; a checker without the right to use it fails in the same way."""
    service = Service(host, tmp_path, "kad-checker")
    service.config.write_text("virtual_server 10.9.0.2 80 {\n protocol TCP\n real_server 10.9.1.1 80 {\n }\n}\n")
    code, said = service("start")
    if code == 0:
        assert service("stop")[0] == 0
        pytest.skip("this kernel has IPVS")
    assert code == 1, said
    host.wait_until_empty()


def test_a_killed_daemon_is_told_from_one_that_was_stopped(host: Box, tmp_path: Path) -> None:
    service = Service(host, tmp_path, "kad")
    service("start")
    killed = psutil.Process(int(host.read("/run/keepalived.pid")))
    killed.kill()
    killed.wait(5)
    assert service("status")[0] == 1
    assert service("start")[0] == 0
    assert service("stop")[0] == 0


def test_an_unknown_verb_says_what_there_is(host: Box, tmp_path: Path) -> None:
    code, said = Service(host, tmp_path, "kad")("dance")
    assert code == 2
    assert "configtest" in said
