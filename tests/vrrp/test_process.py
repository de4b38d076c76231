"""The VRRP worker in a kernel of its own: what others do to its interface and addresses, and what fails. Needs root.

Not here: failover, scripts, reload and signals (tests/netns), which concern the whole of kad.
"""

import itertools
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import cast

import psutil
import pytest

from kad.system.netlink import Netlink
from kad.vrrp.node import Announce, SetAddresses
from kad.vrrp.process import Kernel, Worker
from tests.netns.configs import VIP, VIP6, VIPS6, Router
from tests.netns.lab import Host, Lab, alive, ip_batch
from tests.netns.programs import Daemon, rewrite, start_kad
from tests.netns.wire import Capture

pytestmark = [pytest.mark.netns, pytest.mark.skipif(os.geteuid() != 0, reason="netns tests need root")]

MASTER = Router(priority=200)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab(tmp_path, "left", "client") as made:
        yield made
        for file in sorted(tmp_path.glob("*/*.log")):
            print(f"--- {file.parent.name}\n{file.read_text(errors='replace')}")


@pytest.fixture
def host(lab: Lab) -> Host:
    return lab["left"]


@pytest.fixture
def wire(lab: Lab) -> Iterator[Capture]:
    with Capture(lab["client"]) as capture:
        yield capture


def until(wanted: Callable[[], object], what: str, timeout: float = 5) -> None:
    deadline = time.monotonic() + timeout
    while not wanted():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def start_master(host: Host, router: Router = MASTER, *options: str) -> Daemon:
    """Start it and wait until all its addresses are set."""
    daemon = start_kad(host, router.text(), "-P", *options)
    daemon.wait_for("Entering MASTER STATE")
    until(lambda: set(router.vips) <= host.addresses(), "the addresses are not set")
    return daemon


def longest_silence(wire: Capture, host: Host, since: float) -> float:
    times = [advert.at for advert in wire.adverts(source=host.address, since=since)]
    return max(after - before for before, after in itertools.pairwise(times))


# Addresses


@pytest.mark.alone
def test_an_address_that_someone_removes_is_back_at_once_and_announced_without_an_election(
    host: Host, wire: Capture
) -> None:
    daemon = start_master(host)
    time.sleep(0.3)
    mark, since = daemon.mark(), time.time()
    host.ip("address", "delete", f"{VIP}/24", "dev", "eth0")
    daemon.wait_for(f"ip address {VIP}/24 dev eth0, no longer exist", since=mark)
    until(lambda: host.virtual_addresses() == {f"{VIP}/24"}, "the address is not put back")
    until(lambda: len(wire.gratuitous(VIP, since=since)) >= 5, "it is not announced")
    assert not [line for line in daemon.lines()[mark:] if "STATE" in line]
    assert 0 not in {advert.priority for advert in wire.adverts(since=since)}


def test_addresses_that_fall_with_another_one_of_their_subnet_are_put_back_too_each_told_once(host: Host) -> None:
    vips = ("10.1.1.1/24", "10.1.1.2/24", "10.1.1.3/24")
    daemon = start_master(host, replace(MASTER, vips=vips))
    mark = daemon.mark()
    host.ip("address", "delete", vips[0], "dev", "eth0")
    daemon.wait_for("no longer exist", since=mark)
    until(lambda: host.virtual_addresses() == set(vips), "not all are put back")
    time.sleep(0.2)
    assert len([line for line in daemon.lines()[mark:] if "no longer exist" in line]) == 3


def test_what_the_kernel_refuses_is_told_with_its_reason_and_the_rest_works(host: Host) -> None:
    # An address in the subnet of another one, but of another scope.
    router = replace(MASTER, vips=(f"{VIP}/24", "192.0.2.101/24 scope link"))
    daemon = start_kad(host, router.text(), "-P")
    daemon.wait_for(r"can't set ip address 192\.0\.2\.101/24 dev eth0: Invalid argument")
    assert host.virtual_addresses() == {f"{VIP}/24"}
    assert daemon.stop() == 0
    assert host.virtual_addresses() == set()


def test_a_starting_backup_takes_off_what_a_dead_predecessor_left(host: Host) -> None:
    host.ip("address", "add", f"{VIP}/24", "dev", "eth0")
    daemon = start_kad(host, replace(MASTER, advert_int=5).text(), "-P")
    daemon.wait_for("Entering BACKUP STATE")
    until(lambda: host.virtual_addresses() == set(), "the address is still there")


def test_without_release_the_address_stays_and_nobody_is_told(host: Host, wire: Capture) -> None:
    daemon = start_master(host, MASTER, "-V")
    assert daemon.stop() == 0
    assert host.virtual_addresses() == {f"{VIP}/24"}
    assert 0 not in {advert.priority for advert in wire.adverts()}


@pytest.mark.alone
def test_a_thousand_addresses_delay_no_advert(host: Host, wire: Capture) -> None:
    many = tuple(f"10.{20 + number // 250}.{number % 250}.1/32" for number in range(1000))
    excluded = ("virtual_ipaddress_excluded {", *many[200:], "}")
    since = time.time()
    daemon = start_kad(host, replace(MASTER, vips=many[:200], lines=excluded).text(), "-P")
    daemon.wait_for("Entering MASTER STATE")
    until(lambda: len(host.virtual_addresses()) == 1000, "not all are set", timeout=10)
    time.sleep(1.5)
    assert longest_silence(wire, host, since) < 0.15
    assert daemon.stop() == 0
    assert host.virtual_addresses() == set()


def test_an_address_is_put_back_though_the_same_one_is_there_with_another_prefix_length(host: Host) -> None:
    daemon = start_master(host)
    host.ip("address", "add", f"{VIP}/32", "dev", "eth0")
    mark = daemon.mark()
    host.ip("address", "delete", f"{VIP}/24", "dev", "eth0")
    daemon.wait_for(f"ip address {VIP}/24 dev eth0, no longer exist", since=mark)
    until(lambda: host.virtual_addresses() == {f"{VIP}/24", f"{VIP}/32"}, "the address is not put back")


@pytest.mark.parametrize("dies", ["the parent", "the worker by SIGTERM"])
def test_without_release_a_worker_that_nobody_tells_to_stop_leaves_the_address_too(host: Host, dies: str) -> None:
    daemon = start_master(host, MASTER, "-V")
    vrrp = daemon.child("vrrp")
    if dies == "the parent":
        os.kill(daemon.process.pid, signal.SIGKILL)
    else:
        os.kill(daemon.process.pid, signal.SIGSTOP)  # so that it starts no other worker
        os.kill(vrrp, signal.SIGTERM)
    until(lambda: not alive(vrrp), "the worker does not end")
    assert host.virtual_addresses() == {f"{VIP}/24"}


# The interface


def test_a_port_that_leaves_its_bridge_changes_nothing(host: Host) -> None:
    daemon = start_master(host)
    mark = daemon.mark()
    host.ip("link", "add", "br1", "type", "bridge")
    host.ip("link", "set", "eth0", "master", "br1")
    host.ip("link", "set", "eth0", "nomaster")
    host.ip("link", "delete", "br1")
    time.sleep(0.5)
    assert not [line for line in daemon.lines()[mark:] if "STATE" in line]


def test_a_renamed_interface_loses_its_virtual_addresses_and_has_them_again_with_its_old_name(host: Host) -> None:
    daemon = start_master(host)
    mark = daemon.mark()
    host.ip("link", "set", "eth0", "name", "eth9")
    daemon.wait_for("Entering FAULT STATE", since=mark)
    until(lambda: host.addresses("eth9") == {f"{host.address}/24"}, "the address is still there")
    mark = daemon.mark()
    host.ip("link", "set", "eth9", "name", "eth0")
    daemon.wait_for("Entering MASTER STATE", since=mark)
    until(lambda: host.virtual_addresses() == {f"{VIP}/24"}, "the address is not set again")


def test_an_end_takes_the_addresses_off_an_interface_whose_new_name_nobody_has_seen_yet(host: Host) -> None:
    daemon = start_master(host)
    vrrp = daemon.child("vrrp")
    os.kill(vrrp, signal.SIGSTOP)
    host.ip("link", "set", "eth0", "name", "eth9")
    os.kill(vrrp, signal.SIGTERM)
    os.kill(vrrp, signal.SIGCONT)
    daemon.stop()
    assert host.addresses("eth9") == {f"{host.address}/24"}


def test_an_interface_that_is_deleted_is_a_fault_and_one_of_the_same_name_ends_it(host: Host, wire: Capture) -> None:
    daemon = start_master(host)
    mark = daemon.mark()
    host.ip("link", "delete", "eth0")
    daemon.wait_for("Entering FAULT STATE", since=mark)
    errors = [line for line in daemon.lines()[mark:] if "send advert error" in line]
    assert len(errors) == 1
    assert errors[0].endswith("send advert error 19 (No such device)")
    mark, since = daemon.mark(), time.time()
    ip_batch([host.cable()])
    ip_batch([f"link set {host.port} master br0 up"], namespace=host.lab.switch)
    ip_batch([f"address add {host.address}/24 dev eth0", "link set eth0 up"], namespace=host.namespace)
    daemon.wait_for("Entering MASTER STATE", since=mark)
    until(lambda: host.virtual_addresses() == {f"{VIP}/24"}, "the address is not set again")
    assert wire.adverts(source=host.address, since=since)
    assert wire.gratuitous(VIP, since=since)


def test_an_interface_replaced_in_one_moment_is_still_another_one(host: Host) -> None:
    daemon = start_master(host)
    mark = daemon.mark()
    vrrp = daemon.child("vrrp")
    os.kill(vrrp, signal.SIGSTOP)  # so that it finds all of it at once
    host.ip("link", "delete", "eth0")
    ip_batch([host.cable()])
    ip_batch([f"link set {host.port} master br0 up"], namespace=host.lab.switch)
    ip_batch([f"address add {host.address}/24 dev eth0", "link set eth0 up"], namespace=host.namespace)
    host.wait_for_link()
    os.kill(vrrp, signal.SIGCONT)
    daemon.wait_for("Entering FAULT STATE", since=mark)
    daemon.wait_for("Entering MASTER STATE", since=mark)
    until(lambda: host.virtual_addresses() == {f"{VIP}/24"}, "the address is not set again")


def test_without_a_source_address_it_is_in_fault_and_with_one_back(host: Host, wire: Capture) -> None:
    daemon = start_master(host, replace(MASTER, vips=("10.1.1.1/24",)))
    mark = daemon.mark()
    host.ip("address", "delete", f"{host.address}/24", "dev", "eth0")
    daemon.wait_for("cause no-source-address: interface eth0 has no IPv4 address", since=mark)
    since = time.time()
    host.ip("address", "add", "192.0.2.77/24", "dev", "eth0")
    daemon.wait_for("Entering MASTER STATE", since=mark)
    assert wire.wait_for_advert("192.0.2.77", timeout=2).at > since


def test_ipv6_needs_a_link_local_address_of_its_own(lab: Lab, host: Host, wire: Capture) -> None:
    lab.speak_ipv6()
    router = replace(MASTER, vips=VIPS6)
    daemon = start_master(host, router)
    wire.wait_for_advert(host.link_local, timeout=2)
    mark = daemon.mark()
    host.ip("address", "delete", f"{host.link_local}/64", "dev", "eth0")
    daemon.wait_for("cause no-source-address: interface eth0 has no link-local IPv6 address", since=mark)
    until(lambda: host.virtual_addresses() == set(), "the addresses are still there")
    host.ip("address", "add", f"{host.link_local}/64", "dev", "eth0", "nodad")
    daemon.wait_for("Entering MASTER STATE", since=mark)
    until(lambda: wire.gratuitous(VIP6), "the address is not announced")
    assert {announced.mac for announced in wire.gratuitous(VIP6)} == {host.mac}


def test_both_families_may_share_a_vrid(lab: Lab, host: Host) -> None:
    lab.speak_ipv6()
    both = MASTER.text() + replace(MASTER, vips=VIPS6).text().replace("VI_1", "VI_6")
    start_kad(host, both, "-P").wait_for(r"\(VI_6\) Entering MASTER STATE")
    until(lambda: host.virtual_addresses() == {f"{VIP}/24", *VIPS6}, "not all addresses are set")


def test_unicast_follows_the_own_address(lab: Lab, host: Host, wire: Capture) -> None:
    lab.be_a_hub()
    lines = ("unicast_peer {", "    192.0.2.2", "}")
    start_master(host, replace(MASTER, vips=("10.1.1.1/24",), lines=lines))
    wire.wait_for_advert(host.address, timeout=2)
    host.ip("address", "delete", f"{host.address}/24", "dev", "eth0")
    host.ip("address", "add", "192.0.2.78/24", "dev", "eth0")
    wire.wait_for_advert("192.0.2.78", timeout=5)
    listening = host.run(["cat", "/proc/net/raw"])
    assert "4E0200C0:0070" in listening
    assert "010200C0:0070" not in listening


def test_an_address_on_another_interface_follows_that_one_too(host: Host) -> None:
    ip_batch(
        ["link add wan0 type veth peer name wan1", "link set wan1 up", "link set wan0 up"], namespace=host.namespace
    )
    daemon = start_kad(host, replace(MASTER, vips=(f"{VIP}/24", "10.1.1.1/24 dev wan0")).text(), "-P")
    daemon.wait_for("Entering MASTER STATE")
    until(lambda: host.addresses("wan0") == {"10.1.1.1/24"}, "the address is not on wan0")
    host.ip("link", "set", "wan1", "down")
    daemon.wait_for("Entering FAULT STATE")
    until(lambda: host.virtual_addresses() == host.addresses("wan0") == set(), "the addresses are still there")


def test_a_router_that_a_reload_takes_off_its_interface_resigns_there(host: Host, wire: Capture) -> None:
    ip_batch(["link add wan0 type veth peer name wan1", "link set wan1 up"], namespace=host.namespace)
    ip_batch(["address add 10.1.1.1/24 dev wan0", "link set wan0 up"], namespace=host.namespace)
    daemon = start_master(host)
    mark, since = daemon.mark(), time.time()
    rewrite(host, MASTER.text().replace("interface eth0", "interface wan0"))
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("Entering MASTER STATE", since=mark)
    until(lambda: f"{VIP}/24" in host.addresses("wan0"), "the address is not on the other interface")
    assert host.virtual_addresses() == set()
    assert wire.adverts(since=since)[-1].priority == 0
    assert not [line for line in daemon.lines()[mark:] if "no-source-address" in line]


# The process


def test_a_startup_delay_is_waited_for_once_and_not_by_the_successor_of_a_killed_worker(host: Host) -> None:
    router = replace(MASTER, priority=255, state="MASTER", blocks="global_defs {\n    vrrp_startup_delay 2\n}")
    began = time.monotonic()
    daemon = start_kad(host, router.text(), "-P")
    daemon.wait_for("Entering MASTER STATE")
    assert time.monotonic() - began > 2.1
    assert [line for line in daemon.lines() if "Delaying startup for 2 seconds" in line]
    mark, began = daemon.mark(), time.monotonic()
    os.kill(daemon.child("vrrp"), signal.SIGKILL)
    daemon.wait_for("Entering MASTER STATE", since=mark)
    assert time.monotonic() - began < 2


@pytest.mark.alone
def test_a_stopped_worker_that_goes_on_sends_one_advert_and_keeps_its_schedule(host: Host, wire: Capture) -> None:
    daemon = start_master(host)
    vrrp = daemon.child("vrrp")
    os.kill(vrrp, signal.SIGSTOP)
    time.sleep(1.05)
    since = time.time()
    os.kill(vrrp, signal.SIGCONT)
    time.sleep(0.55)
    assert 5 <= len(wire.adverts(source=host.address, since=since)) <= 7


def test_the_worker_holds_only_the_rights_that_it_needs(host: Host) -> None:
    daemon = start_master(host)
    status = Path(f"/proc/{daemon.child('vrrp')}/status").read_text()
    effective = re.search(r"CapEff:\s*(\w+)", status)
    assert effective
    assert int(effective.group(1), 16) & ~(1 << 10 | 1 << 12 | 1 << 13) == 0


@pytest.mark.alone
def test_an_idle_backup_wakes_only_for_its_master(host: Host) -> None:
    daemon = start_kad(host, replace(MASTER, version=2, advert_int=200).text(), "-P")
    daemon.wait_for("Entering BACKUP STATE")
    time.sleep(0.5)
    process = psutil.Process(daemon.child("vrrp"))
    before = process.num_ctx_switches().voluntary
    time.sleep(1)
    assert process.num_ctx_switches().voluntary - before <= 3


def test_announcements_that_wait_already_are_not_put_again() -> None:
    """Each advert of a weaker router asks for one: they come faster than frames can be sent."""
    kernel = Kernel(cast("Netlink", None), cast("Worker", None))
    try:
        here = (("eth0", IPv4Address("192.0.2.9")),)
        for number in range(1000):
            kernel.put(Announce(f"VI_{number % 2}", here, 5))
        assert kernel.waiting == 2
        kernel.put(SetAddresses("VI_0", ()))
        kernel.put(Announce("VI_0", here, 5))  # what was asked before an address was set does not tell of it
        kernel.put(Announce("VI_0", here, 1))
        assert kernel.waiting == 5
    finally:
        kernel.close()
