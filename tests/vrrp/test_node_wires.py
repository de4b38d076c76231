"""Many routers together: which endpoints they share, startup delays, keys in files. The rest is in test_node.py."""

from ipaddress import IPv4Address, IPv6Address

import pytest

from kad.config.schema.auth_hmac import AuthHmac
from kad.config.schema.authentication import Authentication, AuthType
from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.unicast_peer import UnicastPeer
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.vrrp_kinds import HmacKey, Vmac
from kad.ipc.messages import ConfigureVrrp
from kad.units import SECOND, Micros
from kad.vrrp.actions import State
from kad.vrrp.node import Node
from kad.vrrp.packet import Envelope, Reason
from kad.vrrp.settings import Key, Wire
from tests.vrrp.lan import GROUP, OURS, instance, sender, unix
from tests.vrrp.many import Lan, lines, sent, share

V6 = (VirtualAddress(address="fe80::100", prefix=64),)


# Wires


def test_where_routers_listen_is_one_wire_for_all_that_share_it() -> None:
    unicast = {"unicast_peer": (UnicastPeer(address="192.0.2.7"),)}
    ah = {"authentication": Authentication(auth_type=AuthType.AH, auth_pass="x")}
    lan = Lan(
        instance(),
        instance(name="VI_2", virtual_router_id=52),
        instance(name="VI_3", virtual_router_id=53, mcast_dst_ip="224.0.0.30"),
        instance(name="VI_4", virtual_router_id=54, **ah),
        instance(name="VI_5", virtual_router_id=55, **unicast),
        instance(name="VI_6", virtual_router_id=56, unicast_src_ip="192.0.2.66", **unicast),
        instance(name="VI_7", virtual_router_id=57, virtual_ipaddress=V6),
    )
    assert lan.node.wires == {
        Wire("eth0", GROUP),
        Wire("eth0", IPv4Address("224.0.0.30")),
        Wire("eth0", GROUP, ah=True),
        Wire("eth0", OURS, unicast=True),
        Wire("eth0", IPv4Address("192.0.2.66"), unicast=True),
        Wire("eth0", IPv6Address("ff02::12")),
    }


def test_unicast_without_an_address_listens_nowhere_until_it_has_one() -> None:
    lan = Lan(instance(interface="eth7", unicast_peer=(UnicastPeer(address="192.0.2.7"),)))
    assert lan.node.wires == frozenset()
    lan.node.addresses_changed({"eth7": (OURS,)}, lan.now)
    assert lan.node.wires == {Wire("eth7", OURS, unicast=True)}


def test_both_families_and_both_ways_may_have_the_same_vrid_on_an_interface() -> None:
    peers = (UnicastPeer(address="192.0.2.7"),)
    lan = Lan(instance(), instance(name="V6", virtual_ipaddress=V6), instance(name="U", unicast_peer=peers))
    keys = [Key("eth0", 51), Key("eth0", 51, 6), Key("eth0", 51, unicast=True)]
    assert list(lan.node.members) == keys
    lan.hear(200)
    heard = [lan.node.members[key].router.stats.advert_rcvd for key in keys]
    assert heard == [1, 0, 0]


def test_a_device_is_listened_to_for_all_that_speak_on_it() -> None:
    """Both the one whose VMAC it is and the one whose interface it is: the kernel drops the adverts of all others."""
    with_vmac = instance(use_vmac=Vmac(name="vrrp.51"))
    on_it = instance(name="VI_2", interface="vrrp.51", virtual_router_id=60)
    lan = Lan(with_vmac, on_it, instance(name="VI_3", virtual_router_id=70))
    assert lan.node.heard("vrrp.51", 4) == frozenset((51, 60))
    assert lan.node.heard("eth0", 4) == frozenset((51, 70))
    assert lan.node.heard("eth0", 6) is None


def test_a_master_that_a_reload_turns_to_unicast_or_back_stays_master() -> None:
    peers = (UnicastPeer(address="192.0.2.7"),)
    lan = Lan(instance())
    lan.run(4)
    for now, key in ((instance(unicast_peer=peers), Key("eth0", 51, unicast=True)), (instance(), Key("eth0", 51))):
        work = lan.configure(now)
        assert list(lan.node.members) == [key]
        assert [packet.priority for packet in sent(work)] == [100]
        assert lan.node.members[key].router.state is State.MASTER
        assert len(sent(lan.run(1))) == 1


def test_what_comes_by_the_other_way_is_refused_for_that_reason() -> None:
    lan = Lan(instance(unicast_peer=(UnicastPeer(address="192.0.2.7"),)))
    lan.hear(200)
    member = lan.node.members[Key("eth0", 51, unicast=True)]
    assert member.router.stats.errors == {Reason.NOT_UNICAST: 1}


def test_an_ipv6_advert_comes_with_its_envelope() -> None:
    lan = Lan(instance(virtual_ipaddress=V6))
    lan.node.addresses_changed({"eth0": (IPv6Address("2001:db8::1"), IPv6Address("fe80::1"))}, lan.now)
    ours = lan.node.members[Key("eth0", 51, 6)].router
    assert (ours.state, ours.facts.source) == (State.BACKUP, IPv6Address("fe80::1"))
    there = IPv6Address("fe80::9")
    [(group, message)] = sender(ours.settings, there).copies(200)
    assert isinstance(group, IPv6Address)
    lan.node.received(Wire("eth0", group), message, lan.now, Envelope(there, group, 255))
    assert ours.master == there


def test_unknown_vrids_are_logged_once_each_when_that_is_wished() -> None:
    for wished in (True, False):
        lan = Lan()
        lan.node.configure(share(instance(), global_defs=GlobalDefs(log_unknown_vrids=wished)), lan.now)
        said = [*lines(lan.hear(200, vrid=99)), *lines(lan.hear(200, vrid=99)), *lines(lan.hear(200, vrid=98))]
        assert len(said) == (2 if wished else 0)
        assert not wished or said[0] == "Unknown VRID(99) received on interface(eth0). ignoring..."


# Startup delay


@pytest.mark.parametrize(
    ("startup", "after_boot", "first", "delay"),
    [(3, 0, True, 3), (0, 1002, True, 2), (5, 1002, True, 5), (0, 900, True, 0), (3, 0, False, 0)],
)
def test_a_startup_delay_is_the_longer_one_and_for_the_start_of_the_daemon_alone(
    startup: int, after_boot: int, *, first: bool, delay: int
) -> None:
    global_defs = GlobalDefs(
        vrrp_startup_delay=Micros(startup * SECOND), vrrp_delay_after_boot=Micros(after_boot * SECOND)
    )
    lan = Lan()
    lan.node = Node(unix)
    lan.node.links_changed({"eth0"}, lan.now)
    lan.node.addresses_changed({"eth0": (OURS,)}, lan.now)
    message = ConfigureVrrp(global_defs=global_defs, scripts=(), instances=(instance(),), first=first)
    said = lines(lan.node.configure(message, lan.now))
    assert (f"Delaying startup for {delay} seconds" in said) is (delay > 0)
    assert lan.node.deadline == lan.now + delay * SECOND + 3_609_375
    lan.hear(200)
    lan.run(delay)
    assert lan.node.ignored[Reason.STARTING] == (1 if delay else 0)
    lan.hear(200)
    assert lan.node.members[Key("eth0", 51)].router.stats.advert_rcvd == (1 if delay else 2)


# Keys in files


LACKING = AuthHmac(key=(HmacKey(id=1, secret="file:/key"),), active_key=1)


def test_a_key_in_a_file_is_what_the_file_holds_and_without_it_the_router_is_in_fault() -> None:
    for files, state in (({"/key": b"k" * 32}, State.BACKUP), ({"/key": None}, State.FAULT)):
        lan = Lan()
        lan.node.configure(share(instance(virtual_router_id=9, auth_hmac=LACKING)), lan.now, files)
        assert lan.state(vrid=9) is state


def test_a_reload_that_can_not_read_a_key_goes_on_with_the_one_it_has() -> None:
    lan = Lan()
    signed = share(instance(auth_hmac=LACKING))
    lan.node.configure(signed, lan.now, {"/key": b"k" * 32})
    lan.run(4)
    said = lines(lan.node.configure(signed, lan.now, {"/key": None}))
    assert said == ["(VI_1) the key of auth_hmac can't be read: going on as before the reload"]
    assert lan.state() is State.MASTER
    [packet] = sent(lan.run(1))
    assert len(packet.message) == packet.size + 28
