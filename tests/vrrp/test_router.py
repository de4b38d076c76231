"""The state machine, sentence by sentence (reference vrrp.md 3 and 4). Long, because one router plays in all of it."""

import logging
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kad.config.schema.script import Script
from kad.config.schema.track_script import TrackScript
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_instance import InitialState
from kad.config.schema.vrrp_script import VrrpScript
from kad.notify import Event
from kad.units import MILLISECOND, SECOND, Micros
from kad.vrrp.actions import Action, AddAddresses, Log, Notify, RemoveAddresses, SendAdvert, SendGarp, State, Transition
from kad.vrrp.events import AddressesLost, DeadlinePassed, FactsChanged, PacketReceived, Reconfigured, Removed, Stopped
from kad.vrrp.packet import Reason
from kad.vrrp.router import Router
from kad.vrrp.tracking import Facts
from tests.vrrp.lan import (
    EXCLUDED,
    GOOD,
    HIGHER,
    LOWER,
    OURS,
    START,
    VIP,
    Driver,
    added_in,
    advert,
    adverts_in,
    causes_in,
    garps_in,
    lines_in,
    master,
    notified_in,
    removed_in,
    settings,
    state_of,
    unix,
)

CHECK = VrrpScript(name="chk", script=Script(argv=("/bin/chk",)))
TRACKED: dict[str, Any] = {"scripts": (CHECK,), "track_script": (TrackScript(name="chk"),)}
WEIGHTED: dict[str, Any] = {"scripts": (CHECK,), "track_script": (TrackScript(name="chk", weight=-20),)}


# Starting


def test_a_router_starts_as_backup_and_waits_a_master_down_time() -> None:
    router = Driver(priority=100)
    assert state_of(router) is State.BACKUP
    assert router.left == 3_609_375  # seen in keepalived: 3.61 s
    assert lines_in(router.actions) == ["(VI_1) removing VIPs.", "(VI_1) Entering BACKUP STATE (init)"]
    assert notified_in(router.actions) == [Event.BACKUP]
    assert causes_in(router.actions) == ["started"]


def test_a_starting_backup_first_takes_off_the_addresses_that_a_dead_predecessor_left() -> None:
    router = Driver(virtual_ipaddress_excluded=(EXCLUDED,))
    assert router.actions[2] == RemoveAddresses((VIP, EXCLUDED))


def test_the_wish_to_be_master_shortens_nothing_without_owning_the_addresses() -> None:
    assert Driver(state=InitialState.MASTER, priority=100).left == 3_609_375


def test_an_owner_is_master_at_once_and_removes_nothing_first() -> None:
    router = Driver(priority=255)
    assert state_of(router) is State.MASTER
    assert adverts_in(router.actions) == [255]
    assert removed_in(router.actions) == []
    assert causes_in(router.actions) == ["owner"]


def test_an_owner_told_to_start_as_backup_waits() -> None:
    router = Driver(priority=255, state=InitialState.BACKUP)
    assert state_of(router) is State.BACKUP
    assert router.left == 3_003_906


@pytest.mark.parametrize(
    ("version", "advert_int", "priority", "expected"),
    [
        (2, SECOND, 254, 3_007_812),
        (2, 2 * SECOND, 100, 6_609_375),
        (2, SECOND, 1, 3_996_093),
        (3, SECOND, 100, 3_609_375),
        (3, 100 * MILLISECOND, 100, 360_937),
        (3, 10 * MILLISECOND, 200, 32_187),
    ],
)
def test_the_master_down_time_is_three_intervals_and_the_skew(
    version: int, advert_int: int, priority: int, expected: int
) -> None:
    assert Driver(version=version, advert_int=advert_int, priority=priority).left == expected


def test_a_router_on_a_dead_link_starts_in_fault_and_waits_for_nothing() -> None:
    router = Driver(facts=replace(GOOD, down=frozenset({"eth0"})))
    assert state_of(router) is State.FAULT
    assert router.left is None
    assert lines_in(router.actions) == [
        "(VI_1): entering FAULT state (interface eth0 down)",
        "(VI_1) removing VIPs.",
        "(VI_1) Entering FAULT STATE (init)",
    ]
    assert notified_in(router.actions) == [Event.FAULT]
    assert causes_in(router.actions) == ["interface-down"]
    assert removed_in(router.actions) == [VIP.address]


def test_a_router_without_a_source_address_starts_in_fault() -> None:
    router = Driver(facts=Facts())
    assert state_of(router) is State.FAULT
    assert causes_in(router.actions) == ["no-source-address"]


def test_a_router_waiting_for_a_script_s_first_result_is_in_fault_silently() -> None:
    router = Driver(**TRACKED)
    assert state_of(router) is State.FAULT
    assert lines_in(router.actions) == ["(VI_1) removing VIPs."]
    assert notified_in(router.actions) == []
    assert causes_in(router.actions) == ["script-pending"]


def test_an_owner_waiting_for_a_script_becomes_backup_first() -> None:
    router = Driver(**TRACKED, priority=255)
    router.learn(verdicts={"chk": True})
    assert state_of(router) is State.BACKUP
    assert router.left == 3_003_906


# BACKUP


def test_a_master_that_falls_silent_is_replaced_advert_first_then_addresses_then_announcements() -> None:
    router = Driver(virtual_ipaddress_excluded=(EXCLUDED,))
    actions = router.pass_deadline()
    doing = [a for a in actions if not isinstance(a, Log)]
    assert [type(action) for action in doing] == [SendAdvert, Transition, AddAddresses, SendGarp, Notify]
    assert adverts_in(actions) == [100]
    assert doing[2] == AddAddresses((VIP, EXCLUDED))
    assert doing[3] == SendGarp((VIP, EXCLUDED), 5)
    assert doing[4] == Notify(Event.MASTER, 100)
    assert lines_in(actions) == [
        "(VI_1) Receive advertisement timeout",
        "(VI_1) Entering MASTER STATE",
        "(VI_1) setting VIPs.",
        "(VI_1) setting E-VIPs.",
    ]
    assert causes_in(actions) == ["master-silent"]
    assert router.router.stats.become_master == 1


def test_the_cause_of_a_takeover_tells_how_long_the_master_was_silent() -> None:
    router = Driver()
    router.hear(200)
    change = next(a for a in router.pass_deadline() if isinstance(a, Transition))
    assert change.cause.text == "no advert from 192.0.2.9 for 3.609 s"


def test_a_silence_is_counted_from_the_last_advert_or_else_from_the_start_of_the_wait() -> None:
    router = master()
    router.wait(SECOND)
    router.hear(200)
    change = next(a for a in router.pass_deadline() if isinstance(a, Transition))
    assert change.cause.text == "no advert from 192.0.2.9 for 3.609 s"
    router.learn(source=None)
    router.learn(source=OURS)
    change = next(a for a in router.pass_deadline() if isinstance(a, Transition))
    assert change.cause.text == "no advert since the wait for one began"


@pytest.mark.parametrize("priority", [100, 101, 255])
def test_an_advert_of_at_least_our_priority_keeps_a_backup_waiting(priority: int) -> None:
    router = Driver(priority=100)
    router.wait(3 * SECOND)
    router.hear(priority, source=HIGHER)
    assert router.left == 3_609_375
    assert router.router.master == HIGHER


def test_equal_priority_never_preempts_whatever_the_addresses() -> None:
    router = Driver(priority=100)
    router.wait(SECOND)
    router.hear(100, source=LOWER)
    assert router.left == 3_609_375


def test_an_advert_below_our_priority_is_discarded_and_the_wait_goes_on() -> None:
    router = Driver(priority=100)
    router.wait(SECOND)
    actions = router.hear(99)
    assert router.left == 2_609_375
    assert lines_in(actions) == ["(VI_1) received lower priority (99) advert from 192.0.2.9 - discarding"]
    assert causes_in(router.pass_deadline()) == ["higher-priority-than-master"]


def levels_of(actions: list[Action]) -> list[int]:
    return [action.level for action in actions if isinstance(action, Log)]


@pytest.mark.parametrize("make", [Driver, master])
def test_a_weaker_routers_adverts_are_told_once_until_its_priority_or_the_state_changes(
    make: Callable[..., Driver],
) -> None:
    router = make(priority=100)
    assert [levels_of(router.hear(99)) for _ in range(3)] == [[logging.INFO], [logging.DEBUG], [logging.DEBUG]]
    assert levels_of(router.hear(98)) == [logging.INFO]
    assert levels_of(router.hear(98, source=HIGHER)) == [logging.INFO]
    if make is Driver:
        router.pass_deadline()
    router.hear(200)
    router.wait(4 * SECOND)
    router.pass_deadline()
    assert levels_of(router.hear(99)) == [logging.INFO]


def test_weaker_routers_without_number_do_not_fill_the_log() -> None:
    router = Driver(priority=100)
    senders = [IPv4Address("198.51.100.0") + number for number in range(200)]
    told = [levels_of(router.hear(99, source=sender)) for sender in senders]
    assert told.count([logging.INFO]) == 32
    assert told.count([logging.DEBUG]) == 168


def test_an_equal_router_with_our_address_is_told_once() -> None:
    router = master(priority=100)
    assert [levels_of(router.hear(100, source=OURS)) for _ in range(3)] == [
        [logging.WARNING],
        [logging.DEBUG],
        [logging.DEBUG],
    ]


def test_masters_that_change_for_ever_do_not_fill_the_log() -> None:
    router = Driver(priority=100)
    senders = [HIGHER, HIGHER + 1] * 100
    told = [levels_of(router.hear(200, source=sender, ttl=9)) for sender in senders]
    assert told.count([logging.INFO]) == 1
    for sender in senders:
        router.hear(200, source=sender)
        told.append(levels_of(router.hear(1, ttl=9)))
    assert 30 <= told.count([logging.INFO]) <= 34


def test_an_interval_that_changes_for_ever_does_not_fill_the_log() -> None:
    router = Driver(priority=100, version=3)
    other = [settings(advert_int=(1 + number % 2) * SECOND, version=3) for number in range(1, 101)]
    lines = [line for of in other for line in router.receive(advert(200, of=of)) if isinstance(line, Log)]
    told = [line for line in lines if "interval updated" in line.text]
    assert len(told) >= 99
    assert len([line for line in told if line.level == logging.INFO]) == 2


def test_with_nopreempt_a_weaker_master_is_obeyed() -> None:
    router = Driver(priority=100, nopreempt=True)
    router.wait(SECOND)
    router.hear(1)
    assert router.left == 3_609_375


def test_a_resigning_master_leaves_only_the_skew_time_to_wait() -> None:
    router = Driver(priority=100)
    router.hear(200)
    router.wait(SECOND)
    actions = router.hear(0)
    assert router.left == 609_375
    assert router.router.stats.pri_zero_rcvd == 1
    assert lines_in(actions) == ["(VI_1) Backup received priority 0 advertisement"]
    change = next(a for a in router.pass_deadline() if isinstance(a, Transition))
    assert (change.cause.word, change.cause.text) == ("master-resigned", "192.0.2.9 sent priority 0")


def test_a_resignation_of_a_master_never_heard_has_a_cause_too() -> None:
    router = Driver()
    router.hear(0)
    change = next(a for a in router.pass_deadline() if isinstance(a, Transition))
    assert change.cause.text == "the master sent priority 0"


def test_a_resignation_long_past_is_no_cause() -> None:
    router = Driver()
    router.hear(0)
    router.pass_deadline()
    router.learn(source=None)
    router.learn(source=OURS)
    assert causes_in(router.pass_deadline()) == ["master-silent"]
    router.hear(0)
    router.hear(200)
    router.hear(200)
    assert causes_in(router.pass_deadline()) == ["master-silent"]


def test_the_first_master_is_noted_and_a_change_of_master_too() -> None:
    router = Driver()
    assert lines_in(router.hear(200, source=LOWER)) == ["(VI_1) master set to 192.0.2.9"]
    assert lines_in(router.hear(200, source=LOWER)) == []
    assert lines_in(router.hear(200, source=HIGHER)) == ["(VI_1) master changed from 192.0.2.9 to 192.0.2.11"]


def test_a_v3_backup_counts_in_its_master_s_intervals() -> None:
    router = Driver(version=3, priority=100)
    actions = router.hear(200, interval=50)
    assert router.left == 1_804_687
    assert "(VI_1) advertisement interval updated from 1000ms to 500ms by master" in lines_in(actions)


def test_a_v3_master_goes_back_to_its_own_interval() -> None:
    router = Driver(version=3)
    router.hear(200, interval=50)
    actions = router.pass_deadline()
    assert router.left == SECOND
    assert "(VI_1) changing advert interval from 500ms to locally configured 1000ms" in lines_in(actions)
    assert router.router.master_interval == SECOND


# Preempt delay


def test_a_preempt_delay_begins_with_the_first_weaker_advert_which_is_obeyed() -> None:
    router = Driver(priority=100, preempt_delay=3 * SECOND)
    router.wait(SECOND)
    actions = router.hear(50)
    assert lines_in(actions) == ["(VI_1) start preempt delay (3.000000)", "(VI_1) master set to 192.0.2.9"]
    assert router.left == 3_609_375


def test_until_the_preempt_delay_is_over_weaker_adverts_are_obeyed_and_then_discarded() -> None:
    router = Driver(priority=100, preempt_delay=3 * SECOND)
    for _ in range(3):
        router.hear(50)
        assert router.left == 3_609_375
        router.wait(SECOND)
    router.hear(50)  # 3 s after the first
    assert router.left == 2_609_375
    assert causes_in(router.pass_deadline()) == ["higher-priority-than-master"]


def test_a_stronger_advert_stops_a_preempt_delay_and_the_next_weaker_one_begins_it_anew() -> None:
    router = Driver(priority=100, preempt_delay=3 * SECOND)
    router.hear(50)
    router.wait(2 * SECOND)
    assert lines_in(router.hear(200))[0] == "(VI_1) stop preempt delay"
    router.wait(2 * SECOND)
    assert "(VI_1) start preempt delay (3.000000)" in lines_in(router.hear(50))


# MASTER


def test_a_master_advertises_on_schedule_even_when_it_is_woken_late() -> None:
    router = master()
    due = router.router.deadline
    assert due == router.now + SECOND
    router.wait(SECOND + 40 * MILLISECOND)
    assert adverts_in(router.router.handle(DeadlinePassed(), router.now)) == [100]
    assert router.router.deadline == due + SECOND


def test_after_a_stall_a_master_sends_one_advert_and_not_all_that_it_missed() -> None:
    router = master(garp_master_delay=Micros(0))
    router.wait(10 * SECOND)
    assert adverts_in(router.router.handle(DeadlinePassed(), router.now)) == [100]
    assert router.left == SECOND


def test_a_master_woken_early_waits_on() -> None:
    router = master()
    assert router.router.handle(DeadlinePassed(), Micros(router.now + SECOND - 1)) == []
    assert router.left == SECOND


def test_a_master_announces_again_after_the_delay_and_then_no_more() -> None:
    router = master()
    bursts = [(router.now - START, garps_in(router.pass_deadline())) for _ in range(12)]
    assert [garps for _, garps in bursts if garps] == [[(1, 5)]]
    assert router.now - START > 10 * SECOND


def test_the_second_announcement_comes_garp_master_delay_later_and_refreshes_from_there() -> None:
    router = master(
        garp_master_delay=2 * SECOND,
        garp_master_refresh=3 * SECOND,
        garp_master_refresh_repeat=2,
        advert_int=60 * SECOND,
        garp_master_repeat=4,
    )
    became = router.now
    announced = []
    while router.now < became + 12 * SECOND:
        announced += [((router.now - became) // SECOND, garps) for garps in garps_in(router.pass_deadline())]
    assert announced == [(2, (1, 4)), (5, (1, 2)), (8, (1, 2)), (11, (1, 2)), (14, (1, 2))]


def test_a_master_answers_priority_0_at_once() -> None:
    router = master()
    router.wait(SECOND // 2)
    actions = router.hear(0)
    assert adverts_in(actions) == [100]
    assert lines_in(actions) == ["(VI_1) Master received priority 0 message"]
    assert router.left == SECOND


def test_a_master_yields_to_a_higher_priority() -> None:
    router = master(version=3)
    actions = router.hear(101, interval=200)
    assert state_of(router) is State.BACKUP
    assert adverts_in(actions) == []
    assert removed_in(actions) == [VIP.address]
    assert router.left == 3 * 2 * SECOND + 156 * 2 * SECOND // 256
    assert [line for line in lines_in(actions) if "interval" not in line] == [
        "(VI_1) Master received advert from 192.0.2.9 with higher priority 101, ours 100",
        "(VI_1) Entering BACKUP STATE",
        "(VI_1) removing VIPs.",
    ]
    assert notified_in(actions) == [Event.BACKUP]
    assert causes_in(actions) == ["higher-priority"]
    assert router.router.stats.release_master == 1


def test_a_master_that_yields_has_no_announcement_left_to_make() -> None:
    router = master()
    router.hear(101)
    router.wait(3 * SECOND)
    router.hear(101)
    assert router.left == 3_609_375


def test_a_master_may_be_told_to_send_one_last_advert_before_it_yields() -> None:
    assert adverts_in(master(higher_prio_send_advert=True).hear(101)) == [100]


def test_of_two_equal_masters_the_lower_address_yields() -> None:
    router = master()
    actions = router.hear(100, source=HIGHER)
    assert state_of(router) is State.BACKUP
    assert lines_in(actions)[0] == (
        "(VI_1) Master received advert from 192.0.2.11 with same priority 100 but higher IP address than ours"
    )
    assert causes_in(actions) == ["higher-address"]


@pytest.mark.parametrize(("priority", "source"), [(100, LOWER), (99, HIGHER), (1, LOWER)])
def test_a_master_answers_a_weaker_router_and_announces_its_addresses_again(priority: int, source: object) -> None:
    router = master(garp_master_delay=Micros(0), garp_lower_prio_delay=2 * SECOND, garp_lower_prio_repeat=3)
    router.wait(SECOND // 2)
    actions = router.hear(priority, source=source)
    assert state_of(router) is State.MASTER
    assert adverts_in(actions) == [100]
    assert router.left == SECOND
    assert garps_in(actions) == [(1, 3)]
    assert lines_in(actions) == [
        f"(VI_1) Received advert from {source} with lower priority {priority}, ours 100, forcing new election"
    ]
    later = [garps_in(router.pass_deadline()) for _ in range(3)]
    assert later == [[], [(1, 3)], []]


def test_a_master_may_be_told_not_to_answer_weaker_routers_and_keeps_its_schedule() -> None:
    router = master(lower_prio_no_advert=True, garp_lower_prio_repeat=0)
    router.wait(SECOND // 2)
    actions = router.hear(99)
    assert adverts_in(actions) == []
    assert garps_in(actions) == []
    assert router.left == SECOND // 2
    assert lines_in(actions) == ["(VI_1) Received advert from 192.0.2.9 with lower priority 99, ours 100"]


def test_an_equal_advert_with_our_own_address_is_only_warned_of() -> None:
    router = master()
    router.wait(SECOND // 2)
    [line] = router.hear(100, source=OURS)
    assert isinstance(line, Log)
    assert line.level == logging.WARNING
    assert line.text.endswith("equal priority advert received from remote host with our IP address.")
    assert router.left == SECOND // 2


def test_two_owners_are_told_of_and_the_lower_address_yields() -> None:
    router = Driver(priority=255)
    error = "(VI_1) CONFIGURATION ERROR: local instance and {} are both configured as address owner, please resolve"
    assert error.format(LOWER) in lines_in(router.hear(255, source=LOWER))
    assert state_of(router) is State.MASTER
    assert error.format(HIGHER) in lines_in(router.hear(255, source=HIGHER))
    assert state_of(router) is State.BACKUP


def test_two_equal_masters_that_are_no_owners_are_no_configuration_error() -> None:
    assert not any("CONFIGURATION" in line for line in lines_in(master().hear(100, source=HIGHER)))


# Junk

JUNK = [
    {"auth_type": 1},
    {"auth_type": 7},
    {"ttl": 10},
    {"type": 2},
    {"version": 3},
    {"interval": 9},
    {"total_length": 99},
    {"message": b"\x21\x33\x63\x01\x00\x01\x00\x00" + bytes(12)},
]


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("priority", [0, 1, 100, 255])
def test_junk_moves_no_timer_and_no_state(junk: dict[str, object], priority: int) -> None:
    for router in (Driver(), master()):
        router.wait(SECOND // 2)
        state, deadline = router.router.state, router.router.deadline
        actions = router.hear(priority, **junk)
        assert all(isinstance(action, Log) for action in actions)
        assert (router.router.state, router.router.deadline) == (state, deadline)
        assert router.router.stats.errors.total() == 1
        assert router.router.stats.advert_rcvd == 0


def test_a_master_under_a_stream_of_junk_misses_no_advert() -> None:
    router = master(garp_master_delay=Micros(0))
    sent = []
    for _ in range(100):  # 10 s of it, each 0.1 s
        router.wait(SECOND // 10)
        router.hear(255, ttl=1)
        sent += adverts_in(router.router.handle(DeadlinePassed(), router.now))
    assert len(sent) == 10


def test_each_kind_of_junk_is_logged_once_until_the_master_or_the_state_changes() -> None:
    router = Driver()
    assert lines_in(router.hear(1, ttl=9)) == ["(VI_1) invalid TTL/HL from 192.0.2.9. Received 9 and expect 255"]
    assert lines_in(router.hear(1, ttl=9)) == []
    assert len(lines_in(router.hear(1, type=2))) == 1
    router.hear(200)
    assert len(lines_in(router.hear(1, ttl=9))) == 1
    router.pass_deadline()
    assert len(lines_in(router.hear(1, ttl=9))) == 1
    assert router.router.stats.errors[Reason.TTL] == 4


def test_an_advert_with_other_addresses_is_logged_and_obeyed() -> None:
    router = Driver()
    router.wait(SECOND)
    other = settings(virtual_ipaddress=(EXCLUDED,))
    actions = router.receive(advert(200, of=other))
    assert lines_in(actions)[0].startswith("(VI_1) ip address associated with VRID 51 not present in advert")
    assert router.left == 3_609_375
    assert router.router.stats.errors[Reason.ADDRESS_LIST] == 1


# Priority, facts


def test_a_changed_priority_goes_out_with_the_next_advert_and_moves_no_timer() -> None:
    router = master(**WEIGHTED)
    router.wait(SECOND // 2)
    actions = router.learn(verdicts={"chk": False})
    assert lines_in(actions) == ["(VI_1) Changing effective priority from 100 to 80"]
    assert router.left == SECOND // 2
    assert adverts_in(router.pass_deadline()) == [80]


def test_a_changed_priority_changes_the_next_skew() -> None:
    router = Driver(**WEIGHTED)
    router.learn(verdicts={"chk": False})
    assert router.left == 3_609_375
    router.hear(200)
    assert router.left == 3_687_500


def test_a_fact_that_changes_nothing_does_nothing() -> None:
    assert master().learn(down=frozenset({"eth7"})) == []


def test_a_master_whose_link_dies_resigns_once_and_lets_go() -> None:
    router = master()
    actions = router.learn(down=frozenset({"eth0"}))
    assert state_of(router) is State.FAULT
    assert adverts_in(actions) == [0]
    assert router.router.stats.pri_zero_sent == 1
    assert lines_in(actions) == [
        "(VI_1) Entering FAULT STATE",
        "(VI_1) sent 0 priority",
        "(VI_1) removing VIPs.",
    ]
    assert removed_in(actions) == [VIP.address]
    assert notified_in(actions) == [Event.FAULT]
    assert router.left is None


def test_a_master_without_a_source_address_has_nothing_to_resign_from() -> None:
    actions = master().learn(source=None)
    assert adverts_in(actions) == []
    assert causes_in(actions) == ["no-source-address"]


def test_the_link_of_an_address_on_another_interface_counts_too() -> None:
    router = master(virtual_ipaddress=(VIP, VirtualAddress(address="198.51.100.1", prefix=24, device="eth1")))
    router.learn(down=frozenset({"eth1"}))
    assert state_of(router) is State.FAULT


def test_in_fault_adverts_are_not_even_counted() -> None:
    router = Driver(facts=Facts())
    assert router.hear(1) == []
    assert router.router.stats.advert_rcvd == 0


def test_out_of_fault_comes_a_backup_that_waits_in_full_even_an_owner() -> None:
    router = Driver(priority=255)
    router.learn(down=frozenset({"eth0"}))
    actions = router.learn(down=frozenset())
    assert state_of(router) is State.BACKUP
    assert router.left == 3_003_906
    assert lines_in(actions) == ["(VI_1) Entering BACKUP STATE"]
    assert causes_in(actions) == ["recovered"]


def test_fault_ends_only_with_its_last_reason() -> None:
    router = Driver(facts=Facts(down=frozenset({"eth0"})), **TRACKED)
    router.learn(down=frozenset(), source=OURS)
    assert state_of(router) is State.FAULT
    router.learn(verdicts={"chk": False})
    assert state_of(router) is State.FAULT
    router.learn(verdicts={"chk": True})
    assert state_of(router) is State.BACKUP


def test_a_silent_fault_speaks_when_the_script_fails() -> None:
    router = Driver(**TRACKED)
    actions = router.learn(verdicts={"chk": False})
    assert lines_in(actions) == ["(VI_1) Entering FAULT STATE"]
    assert notified_in(actions) == [Event.FAULT]
    assert causes_in(actions) == ["script-failed"]


def test_a_fault_that_gets_another_reason_says_nothing_more() -> None:
    router = Driver(facts=Facts(down=frozenset({"eth0"})))
    assert router.learn(down=frozenset()) == []


def test_a_preempt_delay_begins_anew_after_a_fault() -> None:
    router = Driver(priority=100, preempt_delay=2 * SECOND)
    router.hear(50)
    router.learn(source=None)
    router.learn(source=OURS)
    router.wait(3 * SECOND)
    assert "(VI_1) start preempt delay (2.000000)" in lines_in(router.hear(50))


def test_before_the_start_facts_do_nothing() -> None:
    router = Router(settings(), GOOD, unix)
    assert router.handle(FactsChanged(Facts()), START) == []
    assert router.handle(PacketReceived(advert(0)), START) == []
    assert router.state is State.INIT


# Addresses lost


def test_a_master_puts_back_what_someone_else_removed_and_stays_master() -> None:
    router = master()
    actions = router.router.handle(AddressesLost((VIP,)), router.now)
    assert added_in(actions) == [VIP.address]
    assert garps_in(actions) == [(1, 5)]
    assert lines_in(actions) == ["(VI_1) ip address 192.0.2.100/24 dev eth0, no longer exist: putting it back"]
    assert state_of(router) is State.MASTER


def test_a_backup_does_not_care_about_lost_addresses_nor_a_master_about_foreign_ones() -> None:
    router = Driver()
    assert router.router.handle(AddressesLost((VIP,)), router.now) == []
    router.pass_deadline()
    assert router.router.handle(AddressesLost((EXCLUDED,)), router.now) == []


# Stop, removal, reload


def test_a_stopping_master_resigns_and_takes_its_addresses_off() -> None:
    router = master()
    actions = router.router.handle(Stopped(), router.now)
    assert adverts_in(actions) == [0]
    assert removed_in(actions) == [VIP.address]
    assert notified_in(actions) == [Event.STOP]
    assert lines_in(actions) == ["(VI_1) sent 0 priority", "(VI_1) removing VIPs."]
    assert router.left is None


def test_a_stopping_master_that_is_not_to_release_leaves_all_as_it_is() -> None:
    router = master()
    actions = router.router.handle(Stopped(release=False), router.now)
    assert adverts_in(actions) == []
    assert removed_in(actions) == []
    assert notified_in(actions) == [Event.STOP]


def test_a_stopping_backup_sends_nothing() -> None:
    router = Driver()
    actions = router.router.handle(Stopped(), router.now)
    assert adverts_in(actions) == []
    assert removed_in(actions) == []
    assert notified_in(actions) == [Event.STOP]


def test_a_removed_master_resigns_and_calls_its_fault_scripts() -> None:
    router = master()
    actions = router.router.handle(Removed(), router.now)
    assert adverts_in(actions) == [0]
    assert removed_in(actions) == [VIP.address]
    assert notified_in(actions) == [Event.FAULT]
    assert causes_in(actions) == ["removed"]


def test_a_reload_changes_a_master_s_addresses_and_priority_without_an_election() -> None:
    router = master(virtual_ipaddress=(VIP,))
    new = settings(virtual_ipaddress=(EXCLUDED,), priority=120)
    actions = router.router.handle(Reconfigured(new, GOOD), router.now)
    assert state_of(router) is State.MASTER
    assert removed_in(actions) == [VIP.address]
    assert added_in(actions) == [EXCLUDED.address]
    assert garps_in(actions) == [(1, 5)]
    assert adverts_in(actions) == [120]
    assert notified_in(actions) == []
    assert causes_in(actions) == []


@pytest.mark.parametrize("facts", [replace(GOOD, source=None), replace(GOOD, source=None, down=frozenset({"eth0"}))])
def test_a_reload_that_leaves_a_master_nothing_to_send_from_sends_nothing(facts: Facts) -> None:
    router = master(virtual_ipaddress=(VIP,))
    actions = router.router.handle(
        Reconfigured(settings(virtual_ipaddress=(EXCLUDED,), priority=120), facts), router.now
    )
    assert state_of(router) is State.FAULT
    assert adverts_in(actions) == []
    assert added_in(actions) == []
    assert removed_in(actions) == [VIP.address, EXCLUDED.address]
    assert notified_in(actions) == [Event.FAULT]


def test_a_reload_lets_a_backup_wait_anew_with_the_new_times() -> None:
    router = Driver()
    router.wait(SECOND)
    new = settings(advert_int=2 * SECOND, virtual_ipaddress=(VIP, EXCLUDED))
    actions = router.router.handle(Reconfigured(new, GOOD), router.now)
    assert router.left == 6_609_375
    assert removed_in(actions) == [EXCLUDED.address]


def test_a_reload_that_adds_a_fault_puts_the_router_in_fault_and_one_that_ends_it_lets_it_out() -> None:
    router = master()
    failed = replace(GOOD, verdicts={"chk": False})
    router.router.handle(Reconfigured(settings(**TRACKED), failed), router.now)
    assert state_of(router) is State.FAULT
    router.router.handle(Reconfigured(settings(), GOOD), router.now)
    assert state_of(router) is State.BACKUP


def test_a_script_that_a_reload_brings_faults_a_running_router_only_by_its_result() -> None:
    router = master()
    router.router.handle(Reconfigured(settings(**TRACKED), GOOD), router.now)
    assert state_of(router) is State.MASTER
    router.learn(verdicts={"chk": False})
    assert state_of(router) is State.FAULT


def test_a_router_without_addresses_sets_and_announces_none() -> None:
    router = Driver(virtual_ipaddress=())
    assert removed_in(router.actions) == []
    assert RemoveAddresses(()) not in router.actions
    actions = router.pass_deadline()
    assert adverts_in(actions) == [100]
    assert added_in(actions) == []
    assert garps_in(actions) == []
    router.wait(5 * SECOND)
    assert garps_in(router.router.handle(DeadlinePassed(), router.now)) == []
    assert not any(isinstance(a, RemoveAddresses) for a in router.hear(200))


# Always


@given(st.lists(st.tuples(st.sampled_from(["hear", "junk", "down", "up", "pass", "stop"]), st.integers(0, 255))))
def test_addresses_are_on_exactly_while_master_whatever_happens(story: list[tuple[str, int]]) -> None:
    router = Driver()
    on: set[str] = set()
    for what, number in story:
        match what:
            case "hear":
                actions = router.hear(number, source=HIGHER if number % 2 else LOWER)
            case "junk":
                actions = router.hear(number, ttl=1)
            case "down":
                actions = router.learn(down=frozenset({"eth0"}))
            case "up":
                actions = router.learn(down=frozenset())
            case "stop":
                actions = router.router.handle(Stopped(), router.now)
            case _:
                actions = router.pass_deadline() if router.router.deadline is not None else []
        on |= set(added_in(actions))
        on -= set(removed_in(actions))
        assert bool(on) == (state_of(router) is State.MASTER)
        assert (router.router.deadline is None) == (router.router.state in (State.INIT, State.FAULT))
        router.wait(number * MILLISECOND * 4)
