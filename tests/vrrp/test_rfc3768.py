"""RFC 3768, VRRP version 2: what a virtual router must do and must not, section by section.

docs/conformance.md has a row for each of these tests, and for what is not kept. Not here: version 3 (test_rfc9568.py).
"""

from ipaddress import IPv4Address

import pytest

from kad.config.schema.authentication import Authentication, AuthType
from kad.config.schema.script import Script
from kad.config.schema.track_script import TrackScript
from kad.config.schema.vrrp_script import VrrpScript
from kad.units import SECOND
from kad.vrrp.actions import AddAddresses, SendAdvert, SendGarp, State
from kad.vrrp.events import Stopped
from kad.vrrp.node import Transmit
from kad.vrrp.packet import Reason, checksum
from kad.vrrp.settings import Wire
from tests.vrrp.lan import (
    HIGHER,
    LOWER,
    added_in,
    advert,
    adverts_in,
    garps_in,
    instance,
    lines_in,
    removed_in,
    state_of,
)
from tests.vrrp.many import Lan
from tests.vrrp.styles import V2

VIRTUAL = [one.address for one in V2.virtual]
PASSWORD = Authentication(auth_type=AuthType.PASS, auth_pass="s3cret")


def refused(reason: Reason, config: dict[str, object] | None = None, **fields: object) -> None:
    """A master and a backup count such a packet, and it touches neither state nor timer."""
    for router in (V2.router(**(config or {})), V2.master(**(config or {}))):
        state, deadline = router.router.state, router.router.deadline
        router.wait(SECOND // 2)
        router.hear(254, source=HIGHER, **fields)
        assert (router.router.state, router.router.deadline) == (state, deadline)
        assert router.router.stats.advert_rcvd == 0
        assert router.router.stats.errors[reason] == 1


# Section 5.2: the IP header


def test_rfc3768_5_2_1_adverts_come_from_the_primary_address() -> None:
    lan = Lan(instance(priority=255))
    primary, other = IPv4Address("192.0.2.77"), IPv4Address("192.0.2.20")
    lan.node.addresses_changed({"eth0": (primary, other)}, lan.now)
    (copy,) = [work.copies[0][1] for work in lan.run(1) if isinstance(work, Transmit)]
    assert copy[12:16] == primary.packed


def test_rfc3768_5_2_2_adverts_go_to_the_group() -> None:
    assert V2.datagram()[0] == IPv4Address("224.0.0.18")


def test_rfc3768_5_2_3_adverts_leave_with_255_hops() -> None:
    assert V2.datagram()[1][8] == 255


@pytest.mark.parametrize("ttl", [0, 1, 64, 254])
def test_rfc3768_5_2_3_a_packet_that_has_been_routed_is_discarded(ttl: int) -> None:
    refused(Reason.TTL, ttl=ttl)


def test_rfc3768_5_2_4_the_protocol_is_112() -> None:
    assert V2.datagram()[1][9] == 112


# Section 5.3: the fields


def test_rfc3768_5_3_1_and_5_3_2_version_2_and_type_1_are_sent() -> None:
    assert V2.message()[0] == 0x21


@pytest.mark.parametrize("kind", [0, 2, 15])
def test_rfc3768_5_3_2_an_unknown_type_is_discarded(kind: int) -> None:
    refused(Reason.TYPE, type=kind)


def test_rfc3768_5_3_3_the_vrid_says_whose_it_is() -> None:
    assert [V2.message(virtual_router_id=vrid)[1] for vrid in (1, 51, 255)] == [1, 51, 255]


CHECK = VrrpScript(name="chk", script=Script(argv=("/bin/chk",)))


@pytest.mark.parametrize(
    ("priority", "weight", "sent"), [(255, -254, 255), (255, 254, 255), (254, 254, 254), (1, -254, 1), (100, 0, 100)]
)
def test_rfc3768_5_3_4_an_owner_s_priority_is_255_others_stay_between_1_and_254(
    priority: int, weight: int, sent: int
) -> None:
    router = V2.router(
        priority=priority, scripts=(CHECK,), track_script=(TrackScript(name="chk", weight=weight),) if weight else ()
    )
    router.learn(verdicts={"chk": weight > 0})
    assert adverts_in(router.pass_deadline()) == [sent]


def test_rfc3768_5_3_4_the_priority_is_100_unless_it_is_said() -> None:
    assert adverts_in(V2.master().actions) == [100]


def test_rfc3768_5_3_5_and_5_3_9_the_addresses_are_counted_and_listed_in_their_order() -> None:
    message = V2.message()
    assert message[3] == 2
    assert message[8:16] == V2.packed


@pytest.mark.parametrize("kind", [3, 255])
def test_rfc3768_5_3_6_an_unknown_authentication_type_is_discarded(kind: int) -> None:
    refused(Reason.INVALID_AUTH_TYPE, auth_type=kind)


def test_rfc3768_5_3_6_another_authentication_type_than_ours_is_discarded() -> None:
    refused(Reason.AUTH_TYPE_MISMATCH, auth_type=1)
    refused(Reason.AUTH_TYPE_MISMATCH, {"authentication": PASSWORD}, auth_type=0)


@pytest.mark.parametrize("seconds", [1, 2, 255])
def test_rfc3768_5_3_7_the_interval_is_in_seconds(seconds: int) -> None:
    assert V2.message(advert_int=seconds * SECOND)[5] == seconds


def test_rfc3768_5_3_8_the_checksum_covers_the_message_alone() -> None:
    assert checksum(V2.message()) == 0


def test_rfc3768_5_3_10_without_a_password_its_bytes_are_sent_as_zero_and_ignored() -> None:
    assert V2.message()[16:] == bytes(8)
    packet = advert(254, of=V2.settings())
    message = bytearray(packet.message)
    message[16:] = b"whatever"
    message[6:8] = bytes(2)
    message[6:8] = checksum(bytes(message)).to_bytes(2)
    router = V2.router()
    router.receive(packet._replace(message=bytes(message)))
    assert router.router.stats.advert_rcvd == 1


# Section 6.1: the parameters


@pytest.mark.parametrize(
    ("priority", "interval", "expected"),
    [(100, SECOND, 3_609_375), (254, SECOND, 3_007_812), (1, SECOND, 3_996_093), (100, 2 * SECOND, 6_609_375)],
)
def test_rfc3768_6_1_the_skew_is_a_part_of_a_second_and_master_down_three_intervals_more(
    priority: int, interval: int, expected: int
) -> None:
    assert V2.router(priority=priority, advert_int=interval).left == expected


# Section 6.4.1: Initialize


def test_rfc3768_6_4_1_an_owner_is_master_at_once() -> None:
    router = V2.router(priority=255)
    assert (state_of(router), router.left) == (State.MASTER, SECOND)
    assert (adverts_in(router.actions), garps_in(router.actions)) == ([255], [(2, 5)])


def test_rfc3768_6_4_1_others_begin_as_backup_and_wait() -> None:
    router = V2.router(priority=254)
    assert (state_of(router), router.left, adverts_in(router.actions)) == (State.BACKUP, 3_007_812, [])


# Section 6.4.2: Backup


def test_rfc3768_6_4_2_a_backup_has_none_of_the_addresses() -> None:
    """So the kernel answers no ARP for them and accepts no packet to them."""
    router = V2.router()
    assert (added_in(router.actions), removed_in(router.actions)) == ([], VIRTUAL)
    yielding = V2.master()
    yielding.hear(254)
    assert (state_of(yielding), removed_in(yielding.actions)) == (State.BACKUP, VIRTUAL)


def test_rfc3768_6_4_2_a_backup_that_is_shut_down_sends_nothing() -> None:
    router = V2.router()
    actions = router.router.handle(Stopped(), router.now)
    assert (state_of(router), router.left, adverts_in(actions)) == (State.INIT, None, [])


def test_rfc3768_6_4_2_when_the_timer_fires_it_is_master_advert_first_then_announcements() -> None:
    router = V2.router()
    actions = router.pass_deadline()
    kinds = [type(action) for action in actions if isinstance(action, SendAdvert | AddAddresses | SendGarp)]
    assert kinds == [SendAdvert, AddAddresses, SendGarp]
    assert (state_of(router), router.left, added_in(actions)) == (State.MASTER, SECOND, VIRTUAL)


def test_rfc3768_6_4_2_priority_0_leaves_the_skew_time() -> None:
    router = V2.router(advert_int=2 * SECOND)
    router.hear(0)
    assert router.left == 609_375


@pytest.mark.parametrize("priority", [100, 101, 255])
def test_rfc3768_6_4_2_an_advert_of_at_least_our_priority_starts_the_wait_anew(priority: int) -> None:
    router = V2.router()
    router.wait(SECOND)
    router.hear(priority)
    assert router.left == 3_609_375


def test_rfc3768_6_4_2_without_preemption_any_advert_does() -> None:
    router = V2.router(nopreempt=True)
    router.wait(SECOND)
    router.hear(1)
    assert router.left == 3_609_375


def test_rfc3768_6_4_2_with_preemption_a_lower_one_is_discarded() -> None:
    router = V2.router()
    router.wait(SECOND)
    router.hear(99, source=HIGHER)
    assert router.left == 2_609_375


# Section 6.4.3: Master


def test_rfc3768_6_4_3_a_master_has_all_addresses() -> None:
    """So the kernel answers ARP for them, and accepts packets to them."""
    assert added_in(V2.master().actions) == VIRTUAL


def test_rfc3768_6_4_3_one_that_is_shut_down_sends_priority_0() -> None:
    router = V2.master()
    actions = router.router.handle(Stopped(), router.now)
    assert (state_of(router), router.left, adverts_in(actions)) == (State.INIT, None, [0])
    assert removed_in(actions) == VIRTUAL


def test_rfc3768_6_4_3_when_its_timer_fires_it_advertises_and_waits_again() -> None:
    router = V2.master()
    assert adverts_in(router.pass_deadline()) == [100]
    assert router.left == SECOND


def test_rfc3768_6_4_3_it_answers_priority_0_at_once() -> None:
    router = V2.master()
    router.wait(SECOND // 2)
    assert adverts_in(router.hear(0, source=HIGHER)) == [100]
    assert router.left == SECOND


@pytest.mark.parametrize(("priority", "source"), [(101, LOWER), (100, HIGHER)])
def test_rfc3768_6_4_3_it_yields_to_a_higher_priority_or_a_higher_address_of_the_same(
    priority: int, source: IPv4Address
) -> None:
    router = V2.master()
    router.hear(priority, source=source)
    assert (state_of(router), router.left) == (State.BACKUP, 3_609_375)


@pytest.mark.parametrize(("priority", "source"), [(99, HIGHER), (100, LOWER)])
def test_rfc3768_6_4_3_it_discards_a_weaker_router_s_advert(priority: int, source: IPv4Address) -> None:
    router = V2.master(lower_prio_no_advert=True)
    router.wait(SECOND // 2)
    actions = router.hear(priority, source=source)
    assert (state_of(router), router.left, adverts_in(actions)) == (State.MASTER, SECOND // 2, [])


# Section 7.1: receiving


@pytest.mark.parametrize("version", [0, 1, 3])
def test_rfc3768_7_1_another_version_is_discarded(version: int) -> None:
    for router in (V2.router(), V2.master()):
        deadline = router.router.deadline
        router.receive(advert(254, source=HIGHER, of=router.router.settings)._replace(version=version))
        assert router.router.deadline == deadline
        assert router.router.stats.advert_rcvd == 0


def test_rfc3768_7_1_an_incomplete_packet_is_discarded() -> None:
    packet = advert(254, source=HIGHER, of=V2.settings())
    for size in range(len(packet.message)):
        router = V2.router()
        router.receive(packet._replace(message=packet.message[:size], total_length=packet.header_length + size))
        assert router.router.stats.errors == {Reason.PACKET_LENGTH: 1}


def test_rfc3768_7_1_a_wrong_checksum_is_discarded() -> None:
    message = bytearray(advert(254, of=V2.settings()).message)
    message[7] ^= 1
    refused(Reason.CHECKSUM, message=bytes(message))


def test_rfc3768_7_1_a_vrid_that_the_interface_does_not_have_is_discarded() -> None:
    lan = Lan(instance())
    lan.node.received(Wire("eth0", V2.group), V2.datagram(254, virtual_router_id=52)[1], lan.now)
    assert lan.node.ignored == {Reason.UNKNOWN_VRID: 1}


def test_rfc3768_7_1_an_owner_may_ignore_all_adverts() -> None:
    router = V2.router(priority=255, owner_ignore_adverts=True)
    router.hear(255, source=HIGHER)
    assert state_of(router) is State.MASTER
    assert router.router.stats.errors == {Reason.OWNER: 1}


def test_rfc3768_7_1_a_wrong_password_is_discarded() -> None:
    packet = advert(254, source=HIGHER, of=V2.settings(authentication=PASSWORD))
    message = packet.message.replace(b"s3cret", b"secret")
    refused(Reason.AUTH_FAILURE, {"authentication": PASSWORD}, message=message)


@pytest.mark.parametrize("seconds", [0, 2, 255])
def test_rfc3768_7_1_another_interval_is_discarded(seconds: int) -> None:
    refused(Reason.INTERVAL, interval=seconds)


def test_rfc3768_7_1_what_is_discarded_is_logged_once() -> None:
    router = V2.router()
    assert len(lines_in(router.hear(254, ttl=64))) == 1
    assert lines_in(router.hear(254, ttl=64)) == []


# Section 7.2: sending


def test_rfc3768_7_2_the_fields_are_those_of_the_router_as_it_is_now() -> None:
    message = V2.message(150, virtual_router_id=7, advert_int=5 * SECOND, authentication=PASSWORD)
    assert message[:6] == bytes([0x21, 7, 150, 2, 1, 5])
    assert message[16:] == b"s3cret\0\0"
    assert checksum(message) == 0


# Section 8.2: ARP


def test_rfc3768_8_2_nothing_is_announced_before_it_is_set() -> None:
    order = [type(action) for action in V2.master().actions if isinstance(action, AddAddresses | SendGarp)]
    assert order == [AddAddresses, SendGarp]
