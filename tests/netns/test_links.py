"""Interfaces, their delays and their carriers, and scripts that only open a file: kad and keepalived do the same."""

import time
from collections.abc import Callable

import pytest

from tests.netns.configs import Router
from tests.netns.conftest import START
from tests.netns.lab import Host, Lab
from tests.netns.programs import Daemon, start_kad
from tests.netns.wire import Capture

MASTER = r"\(VI_1\) Entering MASTER STATE"
BOTH = pytest.mark.parametrize("program", ["kad", "keepalived"])


def add_interface(host: Host) -> None:
    """Give the host an interface eth9 with its other end, peer9, in here too."""
    host.ip("link", "add", "eth9", "type", "veth", "peer", "name", "peer9")
    for name in ("eth9", "peer9"):
        host.ip("link", "set", name, "up")
    deadline = time.monotonic() + 5
    while '"operstate":"UP"' not in host.ip("-j", "link", "show", "dev", "eth9"):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def master(host: Host, program: str, *lines: str, blocks: str = "") -> Daemon:
    """The program on this host, as master."""
    daemon = START[program](host, Router(priority=150, lines=lines, blocks=blocks).text())
    daemon.wait_for(MASTER)
    return daemon


@BOTH
def test_a_change_of_an_interface_counts_after_its_delay(lab: Lab, program: str) -> None:
    host = lab["left"]
    add_interface(host)
    delays = "interface_up_down_delays {\n    eth9 1 2\n}\n"
    daemon = master(host, program, "track_interface {", "    eth9", "}", blocks=delays)
    for step, line, delay in (("down", "Entering FAULT STATE", 1), ("up", "Entering BACKUP STATE", 2)):
        mark, began = daemon.mark(), time.monotonic()
        host.ip("link", "set", "peer9", step)
        daemon.wait_for(rf"\(VI_1\) {line}", since=mark)
        assert delay - 0.1 < time.monotonic() - began < delay + 1
    mark = daemon.mark()
    host.ip("link", "set", "peer9", "down")
    time.sleep(0.3)
    host.ip("link", "set", "peer9", "up")
    time.sleep(1.5)
    assert [line for line in daemon.lines()[mark:] if "FAULT" in line] == []


@BOTH
def test_with_dont_track_primary_a_cut_cable_is_no_fault(lab: Lab, program: str) -> None:
    host = lab["left"]
    daemon = master(host, program, "dont_track_primary")
    host.cut()
    time.sleep(1)
    host.restore()
    assert [line for line in daemon.lines() if "FAULT" in line] == []
    assert host.virtual_addresses() == {"192.0.2.100/24"}


def test_with_track_src_ip_a_configured_address_must_be_there(lab: Lab, wire: Capture) -> None:
    """In keepalived 2.2.7 it has no effect, with a multicast and a unicast source address."""
    host = lab["left"]
    address = ("192.0.2.77/24", "dev", "eth0")
    daemon = start_kad(host, Router(priority=150, lines=("mcast_src_ip 192.0.2.77", "track_src_ip")).text())
    daemon.wait_for(r"\(VI_1\): entering FAULT state \(src address not configured\)")
    for _ in range(2):
        mark, seen = daemon.mark(), len(wire.seen)
        host.ip("address", "add", *address)
        daemon.wait_for(MASTER, since=mark)
        wire.wait_for_advert("192.0.2.77", timeout=2, since=seen)
        mark = daemon.mark()
        host.ip("address", "delete", *address)
        daemon.wait_for(r"\(VI_1\) Entering FAULT STATE", since=mark)


@BOTH
def test_without_track_src_ip_it_is_none(lab: Lab, program: str) -> None:
    host = lab["left"]
    host.ip("address", "add", "192.0.2.77/24", "dev", "eth0")
    daemon = master(host, program, "mcast_src_ip 192.0.2.77")
    host.ip("address", "delete", "192.0.2.77/24", "dev", "eth0")
    time.sleep(0.5)
    assert [line for line in daemon.lines() if "FAULT" in line] == []


@BOTH
@pytest.mark.parametrize("how", ["global", "instance", "list", "MII", "ETHTOOL", "IOCTL"])
def test_a_carrier_that_is_asked_for_is_followed(lab: Lab, program: str, how: str) -> None:
    method = how if how.isupper() else ""
    blocks = {"global": "linkbeat_use_polling\n", "instance": ""}.get(
        how, f"linkbeat_interfaces {{\n    eth0 {method}\n}}\n"
    )
    daemon = master(lab["left"], program, *(["linkbeat_use_polling"] if how == "instance" else ()), blocks=blocks)
    for step, line in ((lab["left"].cut, "FAULT"), (lab["left"].restore, "BACKUP")):
        mark = daemon.mark()
        step()
        daemon.wait_for(r"Linkbeat reports eth0", since=mark, timeout=4)
        daemon.wait_for(rf"\(VI_1\) Entering {line} STATE", since=mark)


@BOTH
def test_a_script_that_is_a_file_behind_an_arrow_succeeds_while_it_can_be_opened(lab: Lab, program: str) -> None:
    file = lab["left"].folder / "there"
    file.touch()
    block = f'vrrp_script there {{\n    script "<{file}"\n    interval 1\n    weight 20\n}}\n'
    daemon = master(lab["left"], program, "track_script {", "    there", "}", blocks=block)
    daemon.wait_for(r"VRRP_Script\(there\) succeeded")
    steps: tuple[tuple[Callable[[], object], str], ...] = (
        (file.unlink, "from 170 to 150"),
        (file.touch, "from 150 to 170"),
    )
    for step, line in steps:
        mark = daemon.mark()
        step()
        daemon.wait_for(line, since=mark, timeout=4)


def test_with_init_fail_a_script_is_a_fault_until_it_succeeds(lab: Lab, wire: Capture) -> None:
    """In keepalived init_fail has no effect (reference vrrp.md 7.2, and seen with 2.2.7)."""
    block = 'vrrp_script slow {\n    script "/bin/sleep 1"\n    interval 5\n    init_fail\n}\n'
    router = Router(priority=150, lines=("track_script {", "    slow", "}"), blocks=block)
    daemon = start_kad(lab["left"], router.text())
    daemon.wait_for(r"\(VI_1\): entering FAULT state due to script slow")
    daemon.wait_for(r"\(VI_1\) Entering FAULT STATE \(init\)")
    assert wire.adverts() == []
    daemon.wait_for(r"VRRP_Script\(slow\) succeeded")
    daemon.wait_for(MASTER)
