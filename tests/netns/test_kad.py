"""kad on the wire and in the kernel, alone or beside keepalived: scripts, reload, the end, a killed worker."""

import itertools
import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.netns.configs import HMAC, VIP, Router
from tests.netns.conftest import Pair
from tests.netns.lab import Lab, alive
from tests.netns.programs import Daemon, rewrite, start_kad, start_keepalived
from tests.netns.wire import Capture

MASTER = Router(priority=200)


def start_master(lab: Lab, wire: Capture, router: Router = MASTER) -> Daemon:
    """Start kad alone on the left; it has become master and said so to all, delayed ARP included."""
    daemon = start_kad(lab["left"], router.text())
    daemon.wait_for("Entering MASTER STATE")
    deadline = time.monotonic() + 10
    while len(wire.gratuitous(VIP)) < 10:
        assert time.monotonic() < deadline, "the second burst of gratuitous ARP did not come"
        time.sleep(0.02)
    return daemon


@pytest.mark.alone
def test_a_new_master_announces_the_address_at_once_and_again_after_the_delay(lab: Lab, wire: Capture) -> None:
    start_master(lab, wire)
    advert = wire.adverts(source=lab["left"].address)[0]
    announced = wire.gratuitous(VIP)
    assert {arp.mac for arp in announced} == {lab["left"].mac}
    assert len([arp for arp in announced if arp.at - advert.at < 0.5]) == 5
    assert len([arp for arp in announced if 0.9 < arp.at - advert.at < 1.5]) == 5


def test_every_address_is_there_while_it_is_master_and_none_after_sigterm(lab: Lab, wire: Capture) -> None:
    vips = (f"{VIP}/24", "192.0.2.101/24", "198.51.100.1/32")
    excluded = ("virtual_ipaddress_excluded {", "    192.0.2.102/24", "}")
    daemon = start_master(lab, wire, replace(MASTER, vips=vips, lines=excluded))
    assert lab["left"].virtual_addresses() == {*vips, "192.0.2.102/24"}
    assert daemon.stop() == 0
    assert lab["left"].virtual_addresses() == set()
    assert lab["left"].pids() == []
    assert list(lab["left"].folder.glob("*.pid")) == []
    assert wire.adverts(source=lab["left"].address)[-1].priority == 0


def test_a_backup_that_is_stopped_says_nothing(make_pair: Callable[..., Pair]) -> None:
    pair = make_pair("keepalived", "kad")
    pair.wait_for_master(pair.left)
    mark = time.time()
    assert pair.right.daemon.stop() == 0
    assert pair.wire.adverts(source=pair.right.host.address, since=mark) == []


NOTIFY = """#!/bin/sh
echo "$*" >>{log}
"""


def notify_script(folder: Path) -> tuple[Path, Path]:
    """A script that writes its arguments to a file, and the file."""
    script, log = folder / "notify.sh", folder / "notify.log"
    script.write_text(NOTIFY.format(log=log))
    script.chmod(0o755)
    return script, log


def test_notify_scripts_run_in_the_order_of_the_states(lab: Lab, wire: Capture) -> None:
    script, log = notify_script(lab["left"].folder)
    lines = (
        f'notify_master "{script} to-master"',
        f'notify_backup "{script} to-backup"',
        f'notify_stop "{script} to-stop"',
        f'notify "{script}"',
    )
    daemon = start_master(lab, wire, replace(MASTER, lines=lines))
    daemon.stop()
    assert log.read_text().splitlines() == [
        "to-backup",
        "INSTANCE VI_1 BACKUP 200",
        "to-master",
        "INSTANCE VI_1 MASTER 200",
        "to-stop",
        "INSTANCE VI_1 STOP 200",
    ]


def test_a_failing_script_moves_the_master_and_a_good_one_brings_it_back(make_pair: Callable[..., Pair]) -> None:
    pair = make_pair("kad", "keepalived")
    pair.wait_for_master(pair.left)
    healthy = pair.left.host.folder / "healthy"
    healthy.touch()
    script = f'vrrp_script healthy {{\n    script "/usr/bin/test -e {healthy}"\n    interval 1\n    weight -150\n}}\n'
    tracked = replace(pair.left.router, blocks=script, lines=("track_script {", "    healthy", "}"))
    pair.left.daemon.stop()
    pair.left.router = tracked
    pair.left.start_again()
    pair.wait_for_master(pair.left)
    healthy.unlink()
    pair.left.daemon.wait_for("Changing effective priority from 200 to 50")
    pair.wait_for_master(pair.right)
    healthy.touch()
    pair.left.daemon.wait_for("Changing effective priority from 50 to 200")
    pair.wait_for_master(pair.left)
    assert pair.bad_packets() == []


@pytest.mark.parametrize(("kind", "weight"), [("kad", ""), ("kad", " weight -150"), ("keepalived", "")])
def test_a_followed_interface_that_goes_down_moves_the_master(
    make_pair: Callable[..., Pair], kind: str, weight: str
) -> None:
    pair = make_pair(kind, "keepalived" if kind == "kad" else "kad")
    pair.wait_for_master(pair.left)
    for side in (pair.left, pair.right):
        side.host.ip("link", "add", "eth9", "type", "veth", "peer", "name", "peer9")
        for name in ("eth9", "peer9"):
            side.host.ip("link", "set", name, "up")
    pair.left.daemon.stop()
    pair.left.router = replace(pair.left.router, lines=("track_interface {", f"    eth9{weight}", "}"))
    pair.left.start_again()
    pair.wait_for_master(pair.left)
    pair.left.host.ip("link", "set", "eth9", "down")
    pair.left.daemon.wait_for("from 200 to 50" if weight else "FAULT")
    pair.wait_for_master(pair.right)
    pair.left.host.ip("link", "set", "eth9", "up")
    pair.wait_for_master(pair.left)
    assert pair.bad_packets() == []


def reload(daemon: Daemon) -> None:
    """SIGHUP, and wait until it is done."""
    mark = daemon.mark()
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("Reload complete", since=mark)


@pytest.mark.alone
def test_a_reload_of_an_unchanged_file_sends_nothing_and_changes_nothing(lab: Lab, wire: Capture) -> None:
    daemon = start_master(lab, wire)
    kernel = lab["left"].ip("-d", "address")
    announced = len(wire.gratuitous(VIP))
    mark, since = daemon.mark(), time.time()
    reload(daemon)
    time.sleep(1.5)
    adverts = wire.adverts(since=since)
    gaps = [after.at - before.at for before, after in itertools.pairwise(adverts)]
    assert min(gaps) > 0.05
    assert max(gaps) < 0.2
    assert {advert.priority for advert in adverts} == {200}
    assert len(wire.gratuitous(VIP)) == announced
    assert lab["left"].ip("-d", "address") == kernel
    assert not [line for line in daemon.lines()[mark:] if re.search("STATE|VIP", line)]


def test_a_reload_with_another_priority_advertises_it_and_stays_master(lab: Lab, wire: Capture) -> None:
    daemon = start_master(lab, wire)
    rewrite(lab["left"], replace(MASTER, priority=150).text())
    seen = len(wire.seen)
    reload(daemon)
    wire.wait_for_advert(lab["left"].address, timeout=2, priority=150, since=seen)
    assert 0 not in {advert.priority for advert in wire.adverts()}
    assert lab["left"].virtual_addresses() == {f"{VIP}/24"}


def test_a_reload_adds_and_removes_addresses(lab: Lab, wire: Capture) -> None:
    daemon = start_master(lab, wire, replace(MASTER, vips=(f"{VIP}/24", "192.0.2.101/24")))
    rewrite(lab["left"], replace(MASTER, vips=(f"{VIP}/24", "192.0.2.102/24")).text())
    reload(daemon)
    deadline = time.monotonic() + 3
    while lab["left"].virtual_addresses() != {f"{VIP}/24", "192.0.2.102/24"}:
        assert time.monotonic() < deadline, lab["left"].virtual_addresses()
        time.sleep(0.02)
    assert 0 not in {advert.priority for advert in wire.adverts()}


def test_a_reload_of_a_broken_file_keeps_the_old_configuration(lab: Lab, wire: Capture) -> None:
    daemon = start_master(lab, wire)
    rewrite(lab["left"], MASTER.text() + "vrrp_instance VI_2 {\n")
    mark, since = daemon.mark(), time.time()
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("keeping the running configuration", since=mark)
    time.sleep(0.5)
    assert len(wire.adverts(since=since)) >= 4
    assert lab["left"].virtual_addresses() == {f"{VIP}/24"}


def test_a_killed_vrrp_worker_is_restarted_with_one_line_and_the_address_returns(lab: Lab, wire: Capture) -> None:
    daemon = start_master(lab, wire)
    mark, killed = daemon.mark(), daemon.child("vrrp")
    os.kill(killed, signal.SIGKILL)
    daemon.wait_for("Entering MASTER STATE", since=mark)
    told = [line for line in daemon.lines()[mark:] if "SIGKILL" in line or "espawn" in line or "died" in line]
    assert len(told) == 1, told
    assert alive(daemon.child("vrrp"))
    assert daemon.child("vrrp") != killed
    assert lab["left"].virtual_addresses() == {f"{VIP}/24"}


def test_when_the_parent_is_killed_its_workers_resign_and_leave_nothing(lab: Lab, wire: Capture) -> None:
    daemon = start_master(lab, wire)
    os.kill(daemon.process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while lab["left"].pids():
        assert time.monotonic() < deadline, "a worker outlived its parent"
        time.sleep(0.02)
    assert lab["left"].virtual_addresses() == set()
    assert wire.adverts()[-1].priority == 0


@pytest.mark.parametrize("program", ["kad", "keepalived"])
def test_a_wrong_password_is_refused_by_kad_and_keeps_both_master(make_pair: Callable[..., Pair], program: str) -> None:
    wrong = Router(priority=200, version=2, advert_int=1, auth_pass="another")
    pair = make_pair(program, "kad", "pass", only_left=wrong)
    pair.right.daemon.wait_for("received an invalid passwd")
    assert pair.right.daemon.bad_counters()["Authentication Errors: Failure"] > 0
    pair.right.daemon.wait_for("Entering MASTER STATE")
    assert pair.right.daemon.bad_packets()


@pytest.mark.parametrize("lines", [(), tuple(line.replace("k" * 32, "o" * 32) for line in HMAC)])
def test_one_without_the_right_key_is_refused_and_silences_nobody(
    make_pair: Callable[..., Pair], lines: tuple[str, ...]
) -> None:
    stranger = Router(priority=200, lines=lines)
    pair = make_pair("kad", "kad", "hmac-v3", only_left=stranger)
    pair.right.daemon.wait_for("authentication HMAC from 192.0.2.1" if lines else "missing authentication trailer")
    pair.right.daemon.wait_for("Entering MASTER STATE")
    seen = len(pair.wire.seen)
    for _ in range(5):
        advert = pair.wire.wait_for_advert(pair.right.source, timeout=1, since=seen)
        seen = pair.wire.seen.index(advert) + 1
    assert [line for line in pair.right.daemon.lines() if "to FAULT" in line] == []


def test_a_key_may_be_in_a_file_and_a_new_one_comes_with_a_reload(make_pair: Callable[..., Pair]) -> None:
    pair = make_pair("kad", "kad", "hmac-v3")
    pair.wait_for_master(pair.left)
    file = pair.left.host.folder / "key"
    file.write_text("f" * 40 + "\n")
    file.chmod(0o600)
    both = tuple(line.replace(f"hex:{'0f' * 32}", f"file:{file}") for line in HMAC)
    for active in (1, 2):
        lines = tuple(line.replace("active_key 1", f"active_key {active}") for line in both)
        for director in (pair.right, pair.left):
            rewrite(director.host, replace(director.router, lines=lines).text())
            reload(director.daemon)
    seen = len(pair.wire.seen)
    advert = pair.wire.wait_for_advert(pair.left.source, timeout=2, since=seen)
    assert advert.payload[-27] == 2
    time.sleep(1)
    assert pair.bad_packets() == []
    assert not pair.right.has_the_address


def test_three_directors_agree_by_unicast_each_telling_both_others(lab: Lab) -> None:
    hosts = [lab["left"], lab["client"], lab["right"]]
    daemons = []
    for host, start, priority in zip(hosts, (start_kad, start_kad, start_keepalived), (200, 150, 100), strict=True):
        peers = (f"    {other.address}" for other in hosts if other is not host)
        lines = (f"unicast_src_ip {host.address}", "check_unicast_src", "unicast_peer {", *peers, "}")
        daemons.append(start(host, replace(MASTER, priority=priority, lines=lines).text()))
    first, second, third = daemons
    first.wait_for("Entering MASTER STATE")
    time.sleep(1)
    mark, third_mark = second.mark(), third.mark()
    first.kill_whole()
    second.wait_for("Entering MASTER STATE", since=mark)
    time.sleep(1)
    assert f"{VIP}/24" in hosts[1].addresses()
    assert [line for line in third.lines()[third_mark:] if "Entering MASTER" in line] == []
    assert second.bad_packets() == third.bad_packets() == []


@pytest.mark.parametrize(("least", "obeyed"), [(7, True), (8, False)])
def test_a_peer_is_obeyed_within_the_bounds_of_its_ttl(lab: Lab, least: int, *, obeyed: bool) -> None:
    left, right = lab["left"], lab["right"]
    lines = (f"unicast_src_ip {left.address}", "unicast_ttl 7", "unicast_peer {", f"    {right.address}", "}")
    start_keepalived(left, replace(MASTER, lines=lines).text()).wait_for("Entering MASTER STATE")
    peer = f"    {left.address} min_ttl {least} max_ttl 9"
    daemon = start_kad(right, replace(MASTER, priority=100, lines=("unicast_peer {", peer, "}")).text())
    daemon.wait_for("master set to" if obeyed else "invalid TTL/HL from 192.0.2.1. Received 7 and expect 8 to 9")
    time.sleep(1)
    assert (right.virtual_addresses() == set()) is obeyed


def test_a_cut_cable_is_a_fault_and_its_return_an_election(make_pair: Callable[..., Pair]) -> None:
    pair = make_pair("kad", "keepalived")
    pair.wait_for_master(pair.left)
    pair.left.host.cut()
    pair.left.daemon.wait_for("Entering FAULT STATE")
    pair.wait_for_master(pair.right)
    assert pair.left.host.virtual_addresses() == set()
    pair.left.host.restore()
    pair.wait_for_master(pair.left)
