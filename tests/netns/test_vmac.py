"""use_vmac, accept mode and the packet filter: kad has in the kernel what keepalived has there, and leaves nothing."""

import contextlib
import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pytest

from tests.netns.configs import VIP, VIPS6, VMAC, VMAC_MAC, VMAC_NAME, Router
from tests.netns.conftest import START, Pair
from tests.netns.lab import ENVIRONMENT, Host, Lab
from tests.netns.programs import Daemon, rewrite, start_kad
from tests.netns.test_kad import reload
from tests.netns.wire import Capture, Client

MASTER = Router(priority=200, lines=VMAC, device=VMAC_NAME)
NO_ACCEPT = replace(MASTER, lines=(*VMAC, "no_accept"))

NAMES: dict[int, tuple[str, ...]] = {
    4: ("arp_ignore", "arp_filter", "accept_local", "rp_filter", "promote_secondaries"),
    6: ("disable_ipv6", "addr_gen_mode", "accept_ra", "forwarding"),
}

SECOND_LINK = (
    "ip link add eth1 address 02:00:00:00:01:01 type veth peer name far1 address 02:00:00:00:01:02",
    "ip link set eth1 up",
    "ip link set far1 up",
)
ELSEWHERE = (
    "virtual_ipaddress_excluded {",
    "    198.51.100.100/24 dev eth1 use_vmac",
    "    198.51.100.101/24 dev eth1",
    "    192.0.2.150/24",
    "    192.0.2.151/24 dev eth0",
    "    2001:db8::56/64 use_vmac",
    "}",
)


@dataclass(frozen=True)
class Kernel:
    """What a network namespace has, as text that is the same when it is the same."""

    links: str
    addresses: str
    settings: tuple[str, ...]
    rules: str


def kernel(host: Host) -> Kernel:
    """Read it. Indexes, handles and what the kernel decides by itself (the order of addresses) are left out."""
    roots = {family: Path(f"/proc/sys/net/ipv{family}/conf") for family in NAMES}
    every = [f"{roots[family]}/*/{name}" for family, names in NAMES.items() for name in names]
    settings = host.run(["sh", "-c", f"grep -H . {' '.join(every)} || true"])
    links = host.ip("-d", "link", "show")
    addresses: list[str] = []
    for link in json.loads(host.ip("-j", "address", "show")):
        for one in link["addr_info"]:
            flags = sorted(key for key, value in one.items() if value is True and key != "secondary")
            what = (link["ifname"], one["local"], one["prefixlen"], one["scope"], one["preferred_life_time"], *flags)
            addresses.append(" ".join(map(str, what)))
    shown = re.sub(r"state \S+|link-netns \S+|^\d+: ", "", links, flags=re.MULTILINE)
    return Kernel(shown, "\n".join(sorted(addresses)), tuple(sorted(settings.splitlines())), rules(host))


def rules(host: Host) -> str:
    """The packet filter; counters are not, and the order of chains is not."""
    text = host.run(["nft", "list", "ruleset"], env={"PATH": ENVIRONMENT["PATH"]})
    return re.sub(r"packets \d+ bytes \d+", "", text)


def compare(folder: Path, program: str, router: Router, prepare: tuple[str, ...] = ()) -> list[Kernel]:
    """Before the program starts, while it is master, and after it has ended."""
    folder.mkdir()
    with Lab(folder, "left", "right") as lab:
        host = lab["left"]
        if router.family == 6:
            lab.speak_ipv6()
        for command in prepare:
            host.run(["sh", "-c", command])
        before = kernel(host)
        daemon = START[program](host, router.text())
        daemon.wait_for("Entering MASTER STATE")
        daemon.wait_for("Sending (gratuitous ARP|unsolicited Neighbour Advert) on")
        time.sleep(0.2)
        during = kernel(host)
        assert daemon.stop() == 0
        with contextlib.suppress(AssertionError):  # the kernel takes its time to forget the last of a macvlan
            wait_until(lambda: kernel(host) == before, "nothing left")
        return [before, during, kernel(host)]


SAME = {
    "v4": (MASTER, ()),
    "v6": (replace(MASTER, vips=VIPS6), ()),
    "own-name-and-address": (replace(MASTER, lines=("use_vmac own 02:00:00:00:09",), device="own"), ()),
    "base": (replace(MASTER, lines=(*VMAC, "vmac_xmit_base")), ()),
    "elsewhere": (replace(MASTER, lines=(*VMAC, *ELSEWHERE)), SECOND_LINK),
    "elsewhere-only": (replace(MASTER, lines=("use_vmac_addr", *ELSEWHERE)), SECOND_LINK),
    "name-taken": (
        MASTER,
        ("ip link add vrrp.51 address 02:00:00:00:01:01 type veth peer name far9 address 02:00:00:00:01:02",),
    ),
    "name-taken-v6": (
        replace(MASTER, vips=VIPS6),
        ("ip link add vrrp.51 address 02:00:00:00:01:01 type veth peer name far9 address 02:00:00:00:01:02",),
    ),
    "no-accept": (NO_ACCEPT, ()),
    "no-accept-v6": (
        replace(NO_ACCEPT, vips=VIPS6, blocks="global_defs {\n    nftables_ifindex\n    nftables_counters\n}\n"),
        (),
    ),
    "no-accept-plain": (replace(MASTER, lines=("no_accept",)), ()),
    "table": (
        replace(
            NO_ACCEPT, blocks="global_defs {\n    nftables mine\n    nftables_priority -5\n    nftables_counters\n}\n"
        ),
        (),
    ),
    "prefix": (replace(MASTER, blocks="global_defs {\n    vmac_prefix virtual\n}\n"), ()),
    "promote": (replace(MASTER, lines=("promote_secondaries",)), ()),
    "strict": (replace(MASTER, lines=("strict_mode",)), ()),
    "reverse-path": (MASTER, ("echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter",)),
}
"""Configurations under which both programs leave the same in the kernel, and what is done before they start."""


DIFFERENT = {("elsewhere-only", "rules"): "keepalived lets VMACs of addresses elsewhere report memberships themselves"}
"""What kad does otherwise on purpose (docs/differences.md)."""


@pytest.mark.parametrize(
    "case",
    [pytest.param(name, marks=() if name in ("v4", "no-accept-v6") else pytest.mark.netns_full) for name in SAME],
)
def test_a_master_has_in_the_kernel_what_keepalived_has_and_nothing_is_left(tmp_path: Path, case: str) -> None:
    router, prepare = SAME[case]
    _, theirs, _ = compare(tmp_path / "keepalived", "keepalived", router, prepare)
    before, ours, after = compare(tmp_path / "kad", "kad", router, prepare)
    for part in fields(Kernel):
        if (case, part.name) in DIFFERENT:
            continue
        assert getattr(ours, part.name) == getattr(theirs, part.name)
    assert after == before


def settings_of(host: Host, interface: str, *names: str) -> list[str]:
    """Values of IPv4 settings."""
    return [host.run(["cat", f"/proc/sys/net/ipv4/conf/{interface}/{name}"]).strip() for name in names]


def wait_until(wanted: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 5
    while not wanted():
        assert time.monotonic() < deadline, f"not within 5 s: {what}"
        time.sleep(0.02)


def index_of(host: Host, interface: str) -> int:
    found = json.loads(host.ip("-j", "link", "show", "dev", interface))
    return int(found[0]["ifindex"])


def has_vip(host: Host, interface: str) -> bool:
    return f"{VIP}/24" in host.addresses(interface)


def master(lab: Lab, router: Router = MASTER) -> Daemon:
    """Kad as master on the left, with its address."""
    daemon = start_kad(lab["left"], router.text())
    daemon.wait_for("Entering MASTER STATE")
    wait_until(lambda: has_vip(lab["left"], router.device), "the address")
    return daemon


@pytest.mark.parametrize("program", ["kad", "keepalived"])
@pytest.mark.parametrize("wire_name", ["vmac-v3", "vmac-v6", "vmac-base"])
def test_adverts_and_announcements_have_the_virtual_hardware_address_and_reports_do_not(
    make_pair: Callable[..., Pair], wire_name: str, program: str
) -> None:
    pair = make_pair(program, "keepalived" if program == "kad" else "kad", wire_name)
    pair.wait_for_master(pair.left)
    own, virtual = pair.left.host.mac, pair.left.router.mac(pair.left.host.mac)
    adverts = {advert.mac for advert in pair.wire.adverts(source=pair.left.source)}
    assert adverts == {own if wire_name == "vmac-base" else virtual}
    assert {arp.mac for arp in pair.wire.gratuitous(pair.left.router.vip)} == {virtual}
    assert pair.bad_packets() == []


def test_a_vmac_stays_while_it_is_backup_and_goes_with_the_daemon(make_pair: Callable[..., Pair]) -> None:
    pair = make_pair("keepalived", "kad", "vmac-v3")
    pair.wait_for_master(pair.left)
    host = pair.right.host
    assert "UP" in json.loads(host.ip("-j", "link", "show", "dev", VMAC_NAME))[0]["flags"]
    assert settings_of(host, "eth0", "arp_ignore", "arp_filter") == ["1", "1"]
    assert pair.right.daemon.stop() == 0
    assert json.loads(host.ip("-j", "link", "show", "type", "macvlan")) == []
    assert settings_of(host, "eth0", "arp_ignore", "arp_filter") == ["0", "0"]
    assert rules(host) == ""


def test_a_vmac_that_is_deleted_by_hand_is_made_again(lab: Lab) -> None:
    daemon, host = master(lab), lab["left"]
    before, mark = index_of(host, VMAC_NAME), daemon.mark()
    host.ip("link", "delete", VMAC_NAME)
    daemon.wait_for("Entering FAULT STATE", since=mark)
    daemon.wait_for("Success creating VMAC interface", since=mark)
    daemon.wait_for("Entering MASTER STATE", since=mark)
    wait_until(lambda: has_vip(host, VMAC_NAME), "the address")
    assert index_of(host, VMAC_NAME) != before
    assert f'"{VMAC_NAME}" : "eth0"' in rules(host)


@pytest.mark.parametrize("name", ["eth0", VMAC_NAME])
@pytest.mark.parametrize("tracked", [True, False])
def test_one_whose_vmac_or_base_is_down_is_in_fault_unless_that_does_not_matter(
    lab: Lab, name: str, *, tracked: bool
) -> None:
    daemon = master(lab, MASTER if tracked else replace(MASTER, lines=(*VMAC, "dont_track_primary")))
    mark = daemon.mark()
    lab["left"].ip("link", "set", name, "down")
    if not tracked:
        daemon.wait_for(f"Netlink reports {VMAC_NAME} down", since=mark)
        time.sleep(0.5)
        assert not [line for line in daemon.lines()[mark:] if "FAULT" in line]
        return
    daemon.wait_for("Entering FAULT STATE", since=mark)
    lab["left"].ip("link", "set", name, "up")
    daemon.wait_for("Entering MASTER STATE", since=mark)


def test_a_killed_worker_s_successor_adopts_the_vmac_and_restores_in_the_end_what_was_before(lab: Lab) -> None:
    host = lab["left"]
    before = kernel(host)
    daemon = master(lab, NO_ACCEPT)
    during, index, mark = kernel(host), index_of(host, VMAC_NAME), daemon.mark()
    os.kill(daemon.child("vrrp"), signal.SIGKILL)
    daemon.wait_for(f"Found matching interface {VMAC_NAME}", since=mark)
    daemon.wait_for("Entering MASTER STATE", since=mark)
    wait_until(lambda: kernel(host) == during, "the same as before")
    assert index_of(host, VMAC_NAME) == index
    assert daemon.stop() == 0
    assert kernel(host) == before


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (replace(MASTER, lines=(), device="eth0"), NO_ACCEPT),
        (NO_ACCEPT, replace(MASTER, lines=(), device="eth0")),
        (MASTER, replace(MASTER, lines=("use_vmac own",), device="own")),
        (replace(MASTER, lines=("no_accept",), device="eth0"), replace(MASTER, lines=("accept",), device="eth0")),
    ],
    ids=["added", "removed", "renamed", "accepted"],
)
def test_a_reload_ends_where_a_start_would_and_the_master_stays_master(
    lab: Lab, wire: Capture, first: Router, second: Router
) -> None:
    host = lab["left"]
    daemon = master(lab, second)
    wanted = kernel(host)
    assert daemon.stop() == 0
    daemon = master(lab, first)
    mark, since = daemon.mark(), time.time()
    rewrite(host, second.text())
    reload(daemon)
    wait_until(lambda: kernel(host) == wanted, "what a start makes")
    if first.device == second.device or "eth0" in (first.device, second.device):  # else the old one must go first
        assert not [line for line in daemon.lines()[mark:] if "Entering" in line]
    assert 0 not in {advert.priority for advert in wire.adverts(since=since)}


def test_under_no_accept_the_address_does_not_answer_and_neighbours_find_it_all_the_same(lab: Lab) -> None:
    daemon = master(lab, NO_ACCEPT)
    with Client(lab["client"], VIP, interval=0.02) as client:
        wait_until(lambda: lab["client"].mac_of(VIP) == VMAC_MAC, "the neighbour")
        time.sleep(0.3)
        assert client.answers == []
        rewrite(lab["left"], MASTER.text())
        reload(daemon)
        client.wait_until_answered(timeout=5)


def test_without_nft_vrrp_goes_on_with_one_warning(lab: Lab) -> None:
    host = lab["left"]
    file = host.folder / "keepalived.conf"
    file.write_text(NO_ACCEPT.text())
    hidden = host.folder / "hidden"
    hidden.mkdir()
    code = f"from kad.system import nftables; nftables._PLACES = {str(hidden)!r}; from kad.cli import main; main()"
    argv = [sys.executable, "-c", code, "-n", "-l", "-D", "-f", str(file), "-p", str(host.folder / "parent.pid")]
    daemon = Daemon(host, [*argv, "-r", str(host.folder / "vrrp.pid"), "-G"], name="kad")
    daemon.wait_for("Entering MASTER STATE")
    wait_until(lambda: has_vip(host, VMAC_NAME), "the address")
    assert len([line for line in daemon.lines() if "there is no nft here" in line]) == 1
