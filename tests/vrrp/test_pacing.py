"""The pauses between announcements: which hold where, and what goes out when (reference vrrp.md 4.1)."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kad.config.schema.garp_group import GarpGroup
from kad.config.schema.global_defs import GlobalDefs
from kad.units import MILLISECOND, SECOND, Micros
from kad.vrrp.pacing import Pacer, Pacing
from kad.vrrp.packet import IPAddress

A, B, SIX = IPv4Address("192.0.2.100"), IPv4Address("192.0.2.101"), IPv6Address("fe80::100")
START = Micros(1000 * SECOND)
TENTH = Micros(100 * MILLISECOND)

EVERYWHERE = GlobalDefs(vrrp_garp_interval=TENTH, vrrp_gna_interval=Micros(SECOND))


def sent(pacer: Pacer, until: int = 3600) -> list[tuple[int, str, IPAddress]]:
    """What goes out, each with its time since the start, when the pacer is asked at its deadlines."""
    packets, now = [], START
    while (deadline := pacer.deadline) is not None and deadline <= START + until * SECOND:
        now = max(now, deadline)
        packets += [(now - START, interface, address) for interface, address in pacer.due(now)]
    return packets


def test_without_pauses_nothing_waits() -> None:
    pacer = Pacer(Pacing(GlobalDefs()))
    assert not pacer.paces("eth0", A)
    assert pacer.deadline is None


def test_packets_of_an_interface_follow_each_other_after_a_pause_round_by_round() -> None:
    pacer = Pacer(Pacing(EVERYWHERE))
    assert pacer.paces("eth0", A)
    for address in (A, B):
        pacer.put("VI_1", "eth0", address, 2)
    expected = [(0, A), (TENTH, B), (2 * TENTH, A), (3 * TENTH, B)]
    assert sent(pacer) == [(at, "eth0", address) for at, address in expected]
    assert pacer.deadline is None


def test_arp_and_neighbour_advertisements_have_their_own_pauses() -> None:
    pacer = Pacer(Pacing(EVERYWHERE))
    pacer.put("VI_1", "eth0", A, 2)
    pacer.put("VI_1", "eth0", SIX, 2)
    expected = [(0, A), (0, SIX), (TENTH, A), (SECOND, SIX)]
    assert sent(pacer) == [(at, "eth0", address) for at, address in expected]


def test_interfaces_do_not_wait_for_each_other_unless_a_group_says_so() -> None:
    apart, together = (
        Pacer(Pacing(EVERYWHERE)),
        Pacer(Pacing(GlobalDefs(), [GarpGroup(garp_interval=TENTH, interfaces=("eth0", "eth1"))])),
    )
    for pacer in (apart, together):
        pacer.put("VI_1", "eth0", A, 1)
        pacer.put("VI_2", "eth1", B, 1)
    assert sent(apart) == [(0, "eth0", A), (0, "eth1", B)]
    assert sent(together) == [(0, "eth0", A), (TENTH, "eth1", B)]


def test_a_group_goes_before_what_holds_everywhere_also_where_it_says_nothing() -> None:
    pacing = Pacing(EVERYWHERE, [GarpGroup(garp_interval=Micros(SECOND), interface="eth1")])
    assert [pacing.of("eth0", 4).pause, pacing.of("eth1", 4).pause] == [TENTH, SECOND]
    assert [pacing.of("eth0", 6).pause, pacing.of("eth1", 6).pause] == [SECOND, 0]


def test_a_pause_holds_on_after_the_queue_is_empty() -> None:
    pacer = Pacer(Pacing(EVERYWHERE))
    pacer.put("VI_1", "eth0", A, 1)
    assert pacer.due(START) == [("eth0", A)]
    pacer.put("VI_1", "eth0", B, 1)
    assert pacer.due(Micros(START + TENTH - 1)) == []
    assert pacer.deadline == START + TENTH


def test_a_late_call_sends_one_packet_and_not_all_that_it_missed() -> None:
    pacer = Pacer(Pacing(EVERYWHERE))
    pacer.put("VI_1", "eth0", A, 5)
    pacer.due(START)
    assert len(pacer.due(Micros(START + 10 * SECOND))) == 1
    assert pacer.deadline == START + 10 * SECOND + TENTH


def test_what_is_asked_for_again_is_not_sent_twice_as_often() -> None:
    pacer = Pacer(Pacing(EVERYWHERE))
    for packets in (2, 5, 3):
        pacer.put("VI_1", "eth0", A, packets)
    assert len(sent(pacer)) == 5


def test_what_an_instance_that_leaves_had_to_say_is_forgotten() -> None:
    pacer = Pacer(Pacing(EVERYWHERE))
    pacer.put("VI_1", "eth0", A, 5)
    pacer.put("VI_2", "eth0", B, 1)
    pacer.put("VI_1", "eth1", A, 5)
    pacer.forget("VI_1")
    assert sent(pacer) == [(0, "eth0", B)]


def test_a_reload_that_takes_the_pause_away_lets_all_out() -> None:
    pacer = Pacer(Pacing(EVERYWHERE))
    pacer.put("VI_1", "eth0", A, 3)
    pacer.due(START)
    pacer.pacing = Pacing(GlobalDefs())
    assert sent(pacer) == [(TENTH, "eth0", A), (TENTH, "eth0", A)]


@given(
    st.lists(st.tuples(st.sampled_from(["eth0", "eth1"]), st.sampled_from([A, B, SIX]), st.integers(1, 5)), max_size=20)
)
@pytest.mark.parametrize("groups", [(), (GarpGroup(garp_interval=TENTH, interfaces=("eth0", "eth1")),)])
def test_all_are_sent_and_never_two_within_a_pause(
    groups: tuple[GarpGroup, ...], asked: list[tuple[str, IPAddress, int]]
) -> None:
    pacer = Pacer(pacing := Pacing(EVERYWHERE, groups))
    for interface, address, packets in asked:
        pacer.put("VI_1", interface, address, packets)
    packets_sent = sent(pacer)
    wanted = {(interface, address): 0 for interface, address, _ in asked}
    for interface, address, packets in asked:
        wanted[interface, address] = max(wanted[interface, address], packets)
    assert {key: sum(1 for _, *of in packets_sent if tuple(of) == key) for key in wanted} == wanted
    last: dict[tuple[str, int], int] = {}
    for at, interface, address in packets_sent:
        clock, pause = pacing.of(interface, address.version)
        assert at - last.get((clock, address.version), -SECOND) >= pause
        last[clock, address.version] = at
