"""RFC 9568, VRRP version 3: what a virtual router must do and must not, section by section, over IPv4 and IPv6.

docs/conformance.md has a row for each of these tests, and for what is not kept. Its words: Active is MASTER here.
Not here: version 2 (test_rfc3768.py), what keepalived does beyond the RFC (test_state_table.py). Long, for the RFC is.
"""

from ipaddress import IPv4Address, IPv6Address

import pytest

from kad.config.schema.script import Script
from kad.config.schema.track_script import TrackScript
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_script import VrrpScript
from kad.units import SECOND
from kad.vrrp.actions import AddAddresses, SendAdvert, SendGarp, State
from kad.vrrp.events import Stopped
from kad.vrrp.node import Transmit
from kad.vrrp.packet import (
    Envelope,
    IPAddress,
    Reason,
    checksum,
    decode,
    decode6,
    gratuitous_arp,
    pseudo_header,
    unsolicited_advertisement,
)
from kad.vrrp.settings import Wire
from tests.config.texts import instance as written
from tests.config.texts import read, rules
from tests.vrrp.lan import added_in, advert, adverts_in, garps_in, instance, lines_in, removed_in, state_of
from tests.vrrp.many import Lan
from tests.vrrp.styles import LATER, V3, V3_IPV4, V3_IPV6, Style

MAC = bytes.fromhex("00005e000133")


def refused(style: Style, reason: Reason, **fields: object) -> None:
    """A master and a backup count such a packet, and it touches neither state nor timer."""
    for router in (style.router(), style.master()):
        state, deadline, counted = router.router.state, router.router.deadline, router.router.stats.advert_rcvd
        router.wait(SECOND // 2)
        router.hear(254, source=style.higher, **fields)
        assert (router.router.state, router.router.deadline) == (state, deadline)
        assert router.router.stats.advert_rcvd == counted
        assert router.router.stats.errors[reason] == 1


# Section 5.1: the IP header


def test_rfc9568_5_1_1_1_adverts_come_from_the_primary_address() -> None:
    lan = Lan(instance(version=3, priority=255))
    primary, other = IPv4Address("192.0.2.77"), IPv4Address("192.0.2.20")
    lan.node.addresses_changed({"eth0": (primary, other)}, lan.now)
    (copy,) = [work.copies[0][1] for work in lan.run(1) if isinstance(work, Transmit)]
    assert copy[12:16] == primary.packed


def test_rfc9568_5_1_2_1_adverts_come_from_the_link_local_address() -> None:
    lan = Lan(instance(virtual_ipaddress=V3_IPV6.virtual))
    lan.node.addresses_changed({"eth0": (IPv6Address("2001:db8::1"), IPv6Address("fe80::10"))}, lan.now)
    (source,) = [work.source for work in lan.run(3.7) if isinstance(work, Transmit)]
    assert source == IPv6Address("fe80::10")


@V3
def test_rfc9568_5_1_1_2_and_5_1_2_2_adverts_go_to_the_group(style: Style) -> None:
    assert style.datagram()[0] == {4: IPv4Address("224.0.0.18"), 6: IPv6Address("ff02::12")}[style.group.version]


@V3
def test_rfc9568_5_1_1_3_and_5_1_2_3_adverts_leave_with_255_hops(style: Style) -> None:
    assert style.settings().ttl == 255
    if style is V3_IPV4:
        assert style.datagram()[1][8] == 255


@V3
@pytest.mark.parametrize("ttl", [0, 1, 64, 254])
def test_rfc9568_5_1_1_3_and_5_1_2_3_a_packet_that_has_been_routed_is_discarded(style: Style, ttl: int) -> None:
    refused(style, Reason.TTL, ttl=ttl)


def test_rfc9568_5_1_1_4_the_protocol_is_112() -> None:
    assert V3_IPV4.datagram()[1][9] == 112
    datagram = bytearray(V3_IPV4.datagram()[1])
    datagram[9] = 17
    assert decode(bytes(datagram)) is Reason.TRUNCATED


# Section 5.2: the fields


@V3
def test_rfc9568_5_2_1_the_version_sent_is_3(style: Style) -> None:
    assert style.message()[0] >> 4 == 3


@V3
def test_rfc9568_5_2_2_the_type_sent_is_1(style: Style) -> None:
    assert style.message()[0] & 0xF == 1


@V3
@pytest.mark.parametrize("kind", [0, 2, 15])
def test_rfc9568_5_2_2_an_unknown_type_is_discarded(style: Style, kind: int) -> None:
    refused(style, Reason.TYPE, type=kind)


@V3
def test_rfc9568_5_2_3_the_vrid_says_whose_it_is(style: Style) -> None:
    assert [style.message(virtual_router_id=vrid)[1] for vrid in (1, 51, 255)] == [1, 51, 255]


CHECK = VrrpScript(name="chk", script=Script(argv=("/bin/chk",)))


@V3
@pytest.mark.parametrize("weight", [-254, 254])
def test_rfc9568_5_2_4_an_owner_s_priority_is_255_whatever_it_tracks(style: Style, weight: int) -> None:
    router = style.router(priority=255, scripts=(CHECK,), track_script=(TrackScript(name="chk", weight=weight),))
    router.learn(verdicts={"chk": weight > 0})
    router.wait(SECOND)
    assert adverts_in(router.pass_deadline()) == [255]


@V3
@pytest.mark.parametrize(("priority", "weight", "sent"), [(254, 254, 254), (1, -254, 1), (200, 100, 254)])
def test_rfc9568_5_2_4_others_stay_between_1_and_254(style: Style, priority: int, weight: int, sent: int) -> None:
    track = {"scripts": (CHECK,), "track_script": (TrackScript(name="chk", weight=weight),)}
    router = style.router(priority=priority, **track)
    router.learn(verdicts={"chk": weight > 0})
    assert adverts_in(router.pass_deadline()) == [sent]


@V3
def test_rfc9568_5_2_4_the_priority_is_100_unless_it_is_said(style: Style) -> None:
    assert adverts_in(style.master().actions) == [100]


@V3
def test_rfc9568_5_2_5_the_count_is_that_of_the_addresses(style: Style) -> None:
    assert style.message()[3] == len(style.virtual) == 2


@V3
def test_rfc9568_5_2_5_an_advert_without_addresses_is_ignored(style: Style) -> None:
    empty = advert(254, source=style.higher, of=style.settings(virtual_ipaddress=(), native_ipv6=style is V3_IPV6))
    assert empty.naddr == 0
    for router in (style.router(), style.master()):
        state, deadline = router.router.state, router.router.deadline
        router.receive(empty)
        assert (router.router.state, router.router.deadline) == (state, deadline)
        assert router.router.stats.errors == {Reason.ADDRESS_LIST: 1}


@V3
def test_rfc9568_5_2_6_the_reserved_bits_are_sent_as_zero_and_ignored(style: Style) -> None:
    assert style.message(advert_int=40_950_000)[4] >> 4 == 0
    message = bytearray(style.message())
    message[4] |= 0xF0
    if style is V3_IPV6:
        assert isinstance(style.ours, IPv6Address)
        assert isinstance(style.group, IPv6Address)
        packet = decode6(bytes(message), Envelope(style.ours, style.group, 255))
    else:
        packet = decode(style.datagram()[1][:20] + message)
    assert not isinstance(packet, Reason)
    assert packet.interval == 100


@V3
@pytest.mark.parametrize(("microseconds", "sent"), [(10_000, 1), (SECOND, 100), (40_950_000, 4095)])
def test_rfc9568_5_2_7_the_interval_is_in_centiseconds(style: Style, microseconds: int, sent: int) -> None:
    assert int.from_bytes(style.message(advert_int=microseconds)[4:6]) == sent


def test_rfc9568_5_2_8_the_ipv6_checksum_covers_the_pseudo_header() -> None:
    message = V3_IPV6.message()
    assert checksum(pseudo_header(V3_IPV6.ours, V3_IPV6.group, len(message)) + message) == 0
    assert checksum(message) != 0


def test_rfc9568_5_2_8_the_ipv4_checksum_may_be_that_of_the_message_alone() -> None:
    assert checksum(V3_IPV4.message(v3_checksum_as_v2=True)) == 0
    router = V3_IPV4.router(v3_checksum_as_v2=True)
    router.hear(254, source=V3_IPV4.higher)
    assert router.router.stats.advert_rcvd == 1


@V3
def test_rfc9568_5_2_9_the_addresses_are_those_of_the_router_in_its_order(style: Style) -> None:
    assert style.message()[8:] == style.packed


def test_rfc9568_5_2_9_the_first_ipv6_address_ought_to_be_link_local() -> None:
    assert rules(read(written("version 3", vips="2001:db8::1"))) == ["vip-not-link-local"]
    assert rules(read(written("version 3", vips="fe80::1\n2001:db8::1"))) == []


def test_rfc9568_5_2_9_all_addresses_are_of_the_family_of_the_packet() -> None:
    loaded = read(written("version 3", vips="192.0.2.100\n2001:db8::1"))
    assert rules(loaded) == ["vip-family"]
    assert [one.address for one in loaded.config.vrrp_instances[0].virtual_ipaddress] == ["192.0.2.100"]


# Section 6.1: the parameters


@V3
@pytest.mark.parametrize(
    ("priority", "interval", "expected"),
    [(100, SECOND, 3_609_375), (254, SECOND, 3_007_812), (1, SECOND, 3_996_093), (100, 100_000, 360_937)],
)
def test_rfc9568_6_1_skew_and_active_down_interval_count_in_the_active_router_s_interval(
    style: Style, priority: int, interval: int, expected: int
) -> None:
    assert style.router(priority=priority, advert_int=interval).left == expected


# Section 6.4.1: Initialize


@V3
def test_rfc9568_6_4_1_an_owner_is_active_at_once(style: Style) -> None:
    router = style.router(priority=255)
    assert state_of(router) is State.MASTER
    assert adverts_in(router.actions) == [255]
    assert garps_in(router.actions) == [(2, 5)]
    assert router.left == SECOND


@V3
def test_rfc9568_6_4_1_others_begin_as_backup_and_wait(style: Style) -> None:
    router = style.router(priority=254, advert_int=2 * SECOND)
    assert state_of(router) is State.BACKUP
    assert adverts_in(router.actions) == []
    assert router.router.master_interval == 2 * SECOND
    assert router.left == 6 * SECOND + 15_625


# Section 6.4.2: Backup


@V3
def test_rfc9568_6_4_2_a_backup_has_none_of_the_addresses(style: Style) -> None:
    """So the kernel answers neither ARP nor neighbour solicitations for them, and accepts no packet to them."""
    router = style.router()
    assert added_in(router.actions) == []
    assert removed_in(router.actions) == [one.address for one in style.virtual]
    yielding = style.master()
    yielding.hear(254, source=style.lower)
    assert state_of(yielding) is State.BACKUP
    assert removed_in(yielding.actions) == [one.address for one in style.virtual]


@V3
def test_rfc9568_6_4_2_a_backup_that_is_shut_down_sends_nothing(style: Style) -> None:
    router = style.router()
    actions = router.router.handle(Stopped(), router.now)
    assert (state_of(router), router.left, adverts_in(actions)) == (State.INIT, None, [])


@V3
def test_rfc9568_6_4_2_when_the_timer_fires_it_is_active_advert_first_then_announcements(style: Style) -> None:
    router = style.router()
    actions = router.pass_deadline()
    kinds = [type(action) for action in actions if isinstance(action, SendAdvert | AddAddresses | SendGarp)]
    assert kinds == [SendAdvert, AddAddresses, SendGarp]
    assert (state_of(router), router.left) == (State.MASTER, SECOND)
    assert added_in(actions) == [one.address for one in style.virtual]
    assert garps_in(actions) == [(len(style.virtual), 5)]


@V3
def test_rfc9568_6_4_2_priority_0_leaves_the_skew_time(style: Style) -> None:
    router = style.router()
    router.hear(0, source=style.lower)
    assert router.left == 609_375


@V3
@pytest.mark.parametrize("priority", [100, 101, 255])
def test_rfc9568_6_4_2_an_advert_of_at_least_our_priority_starts_the_wait_anew_with_its_interval(
    style: Style, priority: int
) -> None:
    router = style.router()
    router.wait(SECOND)
    router.hear(priority, source=style.lower, interval=200)
    assert router.router.master_interval == 2 * SECOND
    assert router.router.skew == 1_218_750
    assert router.left == 6 * SECOND + 1_218_750


@V3
def test_rfc9568_6_4_2_without_preemption_any_advert_does(style: Style) -> None:
    router = style.router(nopreempt=True)
    router.wait(SECOND)
    router.hear(1, source=style.lower, interval=200)
    assert router.left == 6 * SECOND + 1_218_750


@V3
def test_rfc9568_6_4_2_with_preemption_a_lower_one_is_discarded(style: Style) -> None:
    router = style.router()
    router.wait(SECOND)
    router.hear(99, source=style.higher, interval=200)
    assert router.left == 2_609_375
    assert router.router.master_interval == SECOND


# Section 6.4.3: Active


@V3
def test_rfc9568_6_4_3_an_active_router_has_all_addresses(style: Style) -> None:
    """So the kernel answers for them, joins their solicited-node groups, and accepts packets to them."""
    assert added_in(style.master().actions) == [one.address for one in style.virtual]


@V3
def test_rfc9568_6_4_3_one_that_is_shut_down_sends_priority_0(style: Style) -> None:
    router = style.master()
    actions = router.router.handle(Stopped(), router.now)
    assert (state_of(router), router.left, adverts_in(actions)) == (State.INIT, None, [0])
    assert removed_in(actions) == [one.address for one in style.virtual]


@V3
def test_rfc9568_6_4_3_when_its_timer_fires_it_advertises_and_waits_again(style: Style) -> None:
    router = style.master()
    assert adverts_in(router.pass_deadline()) == [100]
    assert router.left == SECOND


@V3
def test_rfc9568_6_4_3_it_answers_priority_0_at_once(style: Style) -> None:
    router = style.master()
    router.wait(SECOND // 2)
    assert adverts_in(router.hear(0, source=style.higher)) == [100]
    assert router.left == SECOND


@V3
def test_rfc9568_6_4_3_it_yields_to_a_higher_priority_and_takes_over_its_interval(style: Style) -> None:
    router = style.master()
    router.hear(101, source=style.lower, interval=200)
    assert state_of(router) is State.BACKUP
    assert router.router.master_interval == 2 * SECOND
    assert router.left == 6 * SECOND + 1_218_750


@V3
def test_rfc9568_6_4_3_it_yields_to_a_higher_address_of_the_same_priority(style: Style) -> None:
    router = style.master()
    router.hear(100, source=style.higher)
    assert state_of(router) is State.BACKUP


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (IPv4Address("127.255.255.255"), IPv4Address("128.0.0.0")),
        (IPv4Address("10.9.0.1"), IPv4Address("10.10.0.1")),
        (IPv6Address("fe80::9"), IPv6Address("fe80::10")),
        (IPv6Address("7fff::1"), IPv6Address("8000::1")),
    ],
)
def test_rfc9568_6_4_3_addresses_are_compared_as_unsigned_numbers(ours: IPAddress, theirs: IPAddress) -> None:
    style = V3_IPV4 if ours.version == 4 else V3_IPV6
    for mine, other, state in ((ours, theirs, State.BACKUP), (theirs, ours, State.MASTER)):
        router = style.master()
        router.learn(source=mine)
        router.hear(100, source=other)
        assert state_of(router) is state


@V3
@pytest.mark.parametrize(("priority", "where"), [(99, 1), (100, 0)])
def test_rfc9568_6_4_3_it_discards_a_weaker_router_s_advert_and_asserts_itself_at_once(
    style: Style, priority: int, where: int
) -> None:
    router = style.master()
    actions = router.hear(priority, source=(style.lower, style.higher)[where], interval=200)
    assert (state_of(router), adverts_in(actions)) == (State.MASTER, [100])
    assert router.router.master_interval == SECOND


# Section 7.1: receiving


@V3
@pytest.mark.parametrize("version", [0, 1, 2, 4])
def test_rfc9568_7_1_another_version_is_discarded(style: Style, version: int) -> None:
    for router in (style.router(), style.master()):
        deadline = router.router.deadline
        packet = advert(254, source=style.higher, of=router.router.settings)._replace(version=version)
        router.receive(packet)
        assert router.router.deadline == deadline
        assert router.router.stats.advert_rcvd == 0


@V3
def test_rfc9568_7_1_an_incomplete_packet_is_discarded(style: Style) -> None:
    for size in range(len(style.message())):
        router = style.router()
        packet = advert(254, source=style.higher, of=router.router.settings)
        router.receive(packet._replace(message=packet.message[:size], total_length=packet.header_length + size))
        assert router.router.stats.errors == {Reason.PACKET_LENGTH: 1}


def test_rfc9568_7_1_a_wrong_checksum_is_discarded() -> None:
    message = bytearray(advert(254, of=V3_IPV4.settings()).message)
    message[7] ^= 1
    refused(V3_IPV4, Reason.CHECKSUM, message=bytes(message))  # over IPv6 the kernel verifies it


def test_rfc9568_7_1_a_vrid_that_the_interface_does_not_have_is_discarded() -> None:
    lan = Lan(instance(version=3), instance(name="VI_2", interface="eth1", virtual_router_id=52))
    datagram = V3_IPV4.datagram(254, virtual_router_id=52)[1]
    lan.node.received(Wire("eth0", V3_IPV4.group), datagram, lan.now)
    assert lan.node.ignored == {Reason.UNKNOWN_VRID: 1}
    assert lan.node.members[next(iter(lan.node.members))].router.stats.advert_rcvd == 0


@V3
def test_rfc9568_7_1_an_interval_of_0_is_discarded(style: Style) -> None:
    refused(style, Reason.INTERVAL, interval=0)


@V3
def test_rfc9568_7_1_what_is_discarded_is_logged_once(style: Style) -> None:
    router = style.router()
    assert len(lines_in(router.hear(254, source=style.higher, ttl=64))) == 1
    assert lines_in(router.hear(254, source=style.higher, ttl=64)) == []


@V3
def test_rfc9568_7_1_another_interval_is_logged_and_not_dropped(style: Style) -> None:
    router = style.router()
    lines = lines_in(router.hear(254, source=style.higher, interval=200))
    assert "(VI_1) advertisement interval mismatch ours = 100 centi-sec rcv'd=200 centi-sec" in lines
    assert router.router.stats.advert_rcvd == 1


@V3
def test_rfc9568_7_1_other_addresses_are_logged_and_not_dropped(style: Style) -> None:
    router = style.router()
    one = style.settings(virtual_ipaddress=style.virtual[:1])
    lines = lines_in(router.receive(advert(254, source=style.higher, of=one)))
    assert "(VI_1) expected 2 VIPs but received 1" in lines
    assert router.router.stats.advert_rcvd == 1


# Section 7.2: sending


@V3
def test_rfc9568_7_2_the_fields_are_those_of_the_router_as_it_is_now(style: Style) -> None:
    message = style.message(150, virtual_router_id=7, advert_int=500_000)
    assert (message[1], message[2], message[3], int.from_bytes(message[4:6])) == (7, 150, 2, 50)


@V3
def test_rfc9568_7_2_a_changed_source_or_priority_shows_in_the_next_advert(style: Style) -> None:
    later = LATER[style is V3_IPV6]
    router = style.master()
    router.learn(source=later)
    assert adverts_in(router.pass_deadline()) == [100]
    assert router.router.facts.source == later


# Section 8: ARP, neighbour discovery


def test_rfc9568_8_1_2_a_gratuitous_arp_names_the_address_and_the_hardware_address_given() -> None:
    frame = gratuitous_arp(MAC, IPv4Address("192.0.2.100"))
    assert (frame[:6], frame[6:12], frame[22:28]) == (b"\xff" * 6, MAC, MAC)
    assert frame[28:32] == frame[38:42] == IPv4Address("192.0.2.100").packed


@pytest.mark.parametrize("router", [False, True])
def test_rfc9568_8_2_2_an_unsolicited_advertisement_has_override_set_and_solicited_clear(*, router: bool) -> None:
    frame = unsolicited_advertisement(MAC, IPv6Address("2001:db8::100"), router=router)
    flags = frame[58]
    assert (bool(flags & 0x80), bool(flags & 0x40), bool(flags & 0x20)) == (router, False, True)
    assert frame[62:78] == IPv6Address("2001:db8::100").packed
    assert frame[80:86] == MAC


@V3
def test_rfc9568_8_1_2_and_8_2_2_nothing_is_announced_before_it_is_set(style: Style) -> None:
    elsewhere = VirtualAddress(address="198.51.100.7" if style is V3_IPV4 else "2001:db8::7", prefix=64, device="eth1")
    actions = style.master(virtual_ipaddress_excluded=(elsewhere,)).actions
    order = [type(action) for action in actions if isinstance(action, AddAddresses | SendGarp)]
    assert order == [AddAddresses, SendGarp]
