"""Many routers together: whom an event concerns, timers, scripts, reloads."""

import logging
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kad.config.schema.script import Script
from kad.config.schema.track_interface import TrackInterface
from kad.config.schema.track_script import TrackScript
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.config.schema.vrrp_script import VrrpScript
from kad.ipc.messages import NO_RUNNER, RunScript, ScriptExited
from kad.units import MILLISECOND, SECOND, Micros
from kad.vrrp.actions import Log, State
from kad.vrrp.node import Announce, ClearAddresses, Node, SetAddresses, Transmit
from kad.vrrp.packet import IPAddress, Reason
from kad.vrrp.settings import Key, Wire
from tests.vrrp.lan import EXCLUDED, GROUP, HIGHER, OURS, START, VIP, instance, unix
from tests.vrrp.many import Lan, kinds, lines, scripts_run, sent

CHECK = VrrpScript(name="chk", script=Script(argv=("/bin/chk",)), weight=-20)
TRACK = (TrackScript(name="chk"),)
V6 = (VirtualAddress(address="fe80::100", prefix=64),)


# Adverts


def test_a_new_master_transmits_sets_its_addresses_and_announces_them_in_this_order() -> None:
    elsewhere = VirtualAddress(address="10.0.0.1", prefix=8, device="eth1")
    lan = Lan(instance(virtual_ipaddress=(VIP,), virtual_ipaddress_excluded=(elsewhere,)))
    work = lan.run(3.7)
    assert kinds(work) == [Transmit, SetAddresses, Announce]
    placed = (("eth0", VIP), ("eth1", elsewhere))
    assert SetAddresses("VI_1", placed) in work
    assert Announce("VI_1", (("eth0", IPv4Address(VIP.address)), ("eth1", IPv4Address("10.0.0.1"))), 5) in work


def test_adverts_count_their_identification_from_1_and_skip_0() -> None:
    lan = Lan(instance(priority=255))
    datagrams = [item.copies[0][1] for item in [*lan.work, *lan.run(2)] if isinstance(item, Transmit)]
    assert [int.from_bytes(datagram[4:6]) for datagram in datagrams] == [1, 2, 3]
    member = lan.node.members[Key("eth0", 51)]
    for _ in range(0xFFFF - 3):
        member.copies(255)
    assert member.copies(255)[0][1][4:6] == b"\0\1"


def test_a_new_source_address_shows_in_the_next_advert() -> None:
    lan = Lan(instance(priority=255))
    lan.node.addresses_changed({"eth0": (HIGHER,)}, lan.now)
    assert [packet.source for packet in sent(lan.run(1))] == [HIGHER]


def test_an_advert_concerns_only_the_router_of_its_interface_and_vrid() -> None:
    lan = Lan(instance(), instance(name="VI_2", interface="eth1"), instance(name="VI_3", virtual_router_id=52))
    lan.run(2)
    lan.hear(200, interface="eth1")
    lan.run(2)
    assert [lan.state("eth0"), lan.state("eth1"), lan.state("eth0", 52)] == [State.MASTER, State.BACKUP, State.MASTER]


def test_junk_and_unknown_vrids_are_counted_and_nothing_more() -> None:
    lan = Lan()
    assert lan.node.received(Wire("eth0", GROUP), b"junk", lan.now) == []
    assert lan.hear(200, vrid=99) == []
    assert lan.node.ignored == {Reason.TRUNCATED: 1, Reason.UNKNOWN_VRID: 1}


def test_ipv6_addresses_are_set_and_announced_too() -> None:
    ipv6 = VirtualAddress(address="2001:db8::1", prefix=64)
    work = Lan(instance(virtual_ipaddress_excluded=(ipv6,))).run(4)
    assert SetAddresses("VI_1", (("eth0", VIP), ("eth0", ipv6))) in work
    announced = (("eth0", IPv4Address(VIP.address)), ("eth0", IPv6Address(ipv6.address)))
    assert Announce("VI_1", announced, 5) in work


# Source addresses


def source(lan: Lan) -> IPAddress | None:
    return lan.node.members[Key("eth0", 51)].router.facts.source


def test_the_source_is_the_first_address_and_stays_as_long_as_it_is_there() -> None:
    lan = Lan()
    assert source(lan) == OURS
    lan.node.addresses_changed({"eth0": (HIGHER, OURS)}, lan.now)
    assert source(lan) == OURS
    lan.node.addresses_changed({"eth0": (HIGHER,)}, lan.now)
    assert source(lan) == HIGHER


def test_a_virtual_address_is_no_source_unless_its_owner_has_it() -> None:
    virtual = IPv4Address(VIP.address)
    lan = Lan()
    lan.node.addresses_changed({"eth0": (virtual,)}, lan.now)
    assert lan.state() is State.FAULT
    owner = Lan(instance(priority=255))
    owner.node.addresses_changed({"eth0": (virtual,)}, owner.now)
    assert owner.state() is State.MASTER
    assert source(owner) == virtual


def test_an_address_that_a_reload_makes_virtual_is_no_source_any_more() -> None:
    lan = Lan()
    lan.node.addresses_changed({"eth0": (HIGHER, OURS)}, lan.now)
    lan.node.addresses_changed({"eth0": (HIGHER,)}, lan.now)
    assert source(lan) == HIGHER
    lan.configure(instance(virtual_ipaddress=(VIP, VirtualAddress(address=str(HIGHER), prefix=24))))
    assert source(lan) is None


def test_addresses_that_are_as_they_were_change_nothing() -> None:
    lan = Lan()
    lan.node.addresses_changed({"eth0": (HIGHER,)}, lan.now)
    assert lan.node.addresses_changed({"eth0": (HIGHER,)}, lan.now) == []


def test_a_configured_source_needs_no_address_on_the_interface() -> None:
    lan = Lan(instance(mcast_src_ip="192.0.2.77"))
    lan.node.addresses_changed({}, lan.now)
    assert source(lan) == IPv4Address("192.0.2.77")


# Links


def test_a_link_that_goes_down_is_told_once_and_only_if_it_matters() -> None:
    lan = Lan()
    assert lan.node.links_changed({"eth0"}, lan.now) == []  # eth1 is nobody's
    work = lan.node.links_changed(set(), lan.now)
    assert lines(work)[:2] == ["Netlink reports eth0 down", "(VI_1) Entering FAULT STATE"]
    assert lines(lan.node.links_changed(set(), lan.now)) == []
    assert lines(lan.node.links_changed({"eth0"}, lan.now))[0] == "Netlink reports eth0 up"


def test_an_interface_that_is_not_there_at_the_start_is_a_fault_until_it_comes() -> None:
    lan = Lan(instance(interface="eth7"))
    assert lan.state("eth7") is State.FAULT
    lan.node.links_changed({"eth7"}, lan.now)
    lan.node.addresses_changed({"eth7": (OURS,)}, lan.now)
    assert lan.node.members[Key("eth7", 51)].router.state is State.BACKUP


# Causes


def test_every_change_of_state_is_logged_with_a_word_for_machines() -> None:
    lan = Lan()
    assert "(VI_1) INIT -> BACKUP, cause started: waiting for a master's advert" in lines(lan.work)
    assert any("BACKUP -> MASTER, cause master-silent: " in line for line in lines(lan.run(4)))
    assert any("MASTER -> BACKUP, cause higher-priority: " in line for line in lines(lan.hear(200)))
    down = lan.node.links_changed(set(), lan.now)
    assert any("BACKUP -> FAULT, cause interface-down: interface eth0 is down" in line for line in lines(down))


# Scripts


def test_notify_scripts_run_in_the_instance_s_own_queue() -> None:
    notify = Script(argv=("/bin/n",), user="nobody")
    lan = Lan(instance(notify=notify, notify_backup=Script(argv=("/bin/b",))))
    [first, second] = [item for item in lan.work if isinstance(item, RunScript)]
    assert scripts_run(lan.work) == ["/bin/b", "/bin/n INSTANCE VI_1 BACKUP 100"]
    assert (first.queue, second.queue) == ("vrrp_instance VI_1", "vrrp_instance VI_1")
    assert second.script.user == "nobody"
    assert not first.report
    assert first.timeout is None
    assert first.run != second.run


def test_a_tracked_script_runs_at_once_and_its_verdict_moves_the_priority() -> None:
    lan = Lan(instance(track_script=TRACK), scripts=(CHECK, VrrpScript(name="idle", script=CHECK.script)))
    [run] = [item for item in lan.run(0) if isinstance(item, RunScript)]
    assert (run.report, run.timeout, run.queue) == (True, SECOND, "")
    work = lan.node.observed(ScriptExited(run=run.run, status=1), lan.now)
    assert lines(work) == [
        "Script `chk` now returning 1",
        "VRRP_Script(chk) failed (exited with status 1)",
        "(VI_1) Changing effective priority from 100 to 80",
    ]


def test_a_result_that_changes_no_verdict_concerns_no_router() -> None:
    lan = Lan(instance(track_script=TRACK), scripts=(CHECK,))
    for _ in range(2):
        [run] = [item for item in lan.run(1) if isinstance(item, RunScript)][:1]
        work = lan.node.observed(ScriptExited(run=run.run, status=0), lan.now)
    assert work == []


def test_an_unknown_result_is_ignored() -> None:
    lan = Lan(instance(track_script=TRACK), scripts=(CHECK,))
    assert lan.node.observed(ScriptExited(run=12345, status=1), lan.now) == []


def test_when_the_runner_is_lost_running_scripts_run_again_at_once() -> None:
    slow = VrrpScript(name="chk", script=CHECK.script, interval=Micros(60 * SECOND))
    lan = Lan(instance(track_script=TRACK), scripts=(slow,))
    [first] = scripts_run(lan.run(0))
    assert scripts_run(lan.run(1)) == []
    lan.node.runner_lost(lan.now)
    assert lan.node.deadline == lan.now
    assert scripts_run(lan.run(0)) == [first]


def test_a_script_for_which_there_is_no_runner_is_scheduled_anew() -> None:
    slow = VrrpScript(name="chk", script=CHECK.script, interval=Micros(60 * SECOND))
    lan = Lan(instance(track_script=TRACK, advert_int=200 * SECOND), scripts=(slow,))
    [run] = [item for item in lan.run(0) if isinstance(item, RunScript)]
    lan.node.observed(ScriptExited(run=run.run, error=NO_RUNNER), lan.now)
    assert lan.node.deadline == lan.now + SECOND


def test_a_script_that_overruns_is_told_of_and_skipped() -> None:
    lan = Lan(instance(track_script=TRACK), scripts=(CHECK,))
    lan.run(0)
    work = lan.run(1)
    assert scripts_run(work) == []
    assert lines(work) == ["Track script chk is already running, expect idle - skipping run"]


# Interfaces


def test_a_followed_interface_moves_the_priority_and_back() -> None:
    lan = Lan(instance(track_interface=(TrackInterface(name="eth9", weight=-30),)))
    lan.node.links_changed({"eth0", "eth9"}, lan.now)
    lan.run(4)
    assert lan.state() is State.MASTER
    work = lan.node.links_changed({"eth0"}, lan.now)
    assert lines(work) == ["Netlink reports eth9 down", "(VI_1) Changing effective priority from 100 to 70"]
    work = lan.node.links_changed({"eth0", "eth9"}, lan.now)
    assert lines(work) == ["Netlink reports eth9 up", "(VI_1) Changing effective priority from 70 to 100"]
    assert lan.node.links_changed({"eth0", "eth9", "eth5"}, lan.now) == []


# Addresses that others remove


def test_a_lost_address_concerns_the_router_that_has_it() -> None:
    lan = Lan(instance(), instance(name="VI_2", virtual_router_id=52, virtual_ipaddress=(EXCLUDED,)))
    lan.run(4)
    work = lan.node.addresses_lost((("eth0", EXCLUDED),), lan.now)
    assert [item for item in work if isinstance(item, SetAddresses)] == [SetAddresses("VI_2", (("eth0", EXCLUDED),))]
    assert lan.node.addresses_lost((("eth1", EXCLUDED),), lan.now) == []


# Reload


def test_a_reload_without_a_change_does_nothing_at_all() -> None:
    lan = Lan(instance(), instance(name="VI_2", virtual_router_id=52, track_script=TRACK), scripts=(CHECK,))
    lan.run(4)
    deadline = lan.node.deadline
    two = instance(name="VI_2", virtual_router_id=52, track_script=TRACK)
    assert lan.configure(instance(), two, scripts=(CHECK,)) == []
    assert lan.node.deadline == deadline


def test_a_reload_changes_only_the_changed_router_and_says_what_changed() -> None:
    lan = Lan(instance(), instance(name="VI_2", virtual_router_id=52))
    lan.run(4)
    work = lan.configure(instance(), instance(name="VI_2", virtual_router_id=52, priority=50))
    assert lines(work) == [
        "(VI_2) reload changes base_priority",
        "(VI_2) Changing effective priority from 100 to 50",
    ]
    assert [(packet.vrid, packet.priority) for packet in sent(work)] == [(52, 50)]
    assert lan.state(vrid=52) is State.MASTER


def test_a_reload_starts_the_new_and_ends_the_gone() -> None:
    lan = Lan(instance())
    lan.run(4)
    work = lan.configure(instance(name="VI_9", virtual_router_id=9, virtual_ipaddress=(EXCLUDED,)))
    assert set(lan.node.members) == {Key("eth0", 9)}
    assert [(packet.vrid, packet.priority) for packet in sent(work)] == [(51, 0)]
    assert ClearAddresses("VI_1", (("eth0", VIP),)) in work
    assert lan.node.deadline == lan.now + 3_609_375


def test_an_address_may_move_between_two_masters_in_one_reload_either_way() -> None:
    one, two = {"name": "VI_1"}, {"name": "VI_2", "virtual_router_id": 52}
    for giver, taker in ((one, two), (two, one)):
        order: list[dict[str, Any]] = [one, two]

        def configured(has: dict[str, Any], order: list[dict[str, Any]] = order) -> list[VrrpInstance]:
            return [instance(**who, virtual_ipaddress=(VIP,) if who is has else ()) for who in order]

        lan = Lan(*configured(giver))
        lan.run(4)
        work = lan.configure(*configured(taker))
        changes = [item for item in work if isinstance(item, SetAddresses | ClearAddresses)]
        assert changes == [
            ClearAddresses(str(giver["name"]), (("eth0", VIP),)),
            SetAddresses(str(taker["name"]), (("eth0", VIP),)),
        ]


def test_after_a_reload_a_renamed_router_is_still_the_same_one() -> None:
    lan = Lan(instance())
    lan.run(4)
    work = lan.configure(instance(name="NEW"))
    assert lan.state() is State.MASTER
    assert "(NEW) reload changes name" in lines(work)


@pytest.mark.parametrize("command", ["/bin/chk", "/bin/other"])
def test_a_reload_keeps_a_script_s_verdict_until_its_next_result(command: str) -> None:
    lan = Lan(instance(track_script=TRACK), scripts=(CHECK,))
    [run] = [item for item in lan.run(0) if isinstance(item, RunScript)]
    lan.node.observed(ScriptExited(run=run.run, status=1), lan.now)
    changed = VrrpScript(name="chk", script=Script(argv=(command,)), weight=-20, rise=2)
    assert lines(lan.configure(instance(track_script=TRACK), scripts=(changed,))) == []
    assert lan.node.members[Key("eth0", 51)].router.priority == 80
    [again] = [item for item in lan.run(0) if isinstance(item, RunScript)]
    assert again.script.argv == (command,)
    lan.node.observed(ScriptExited(run=again.run, status=0), lan.now)
    decided_alone = command == "/bin/other"
    assert lan.node.members[Key("eth0", 51)].router.priority == (100 if decided_alone else 80)


def test_the_result_of_a_script_that_a_reload_replaced_is_ignored() -> None:
    lan = Lan(instance(track_script=TRACK), scripts=(CHECK,))
    [run] = [item for item in lan.run(0) if isinstance(item, RunScript)]
    other = VrrpScript(name="chk", script=Script(argv=("/bin/other",)), weight=-20)
    lan.configure(instance(track_script=TRACK), scripts=(other,))
    assert lan.node.observed(ScriptExited(run=run.run, status=1), lan.now) == []


def test_a_reload_that_drops_a_script_runs_it_no_more() -> None:
    lan = Lan(instance(track_script=TRACK), scripts=(CHECK,))
    lan.run(0)
    lan.configure(instance())
    assert scripts_run(lan.run(3)) == []


# Stop, timers


@pytest.mark.parametrize("release", [True, False])
def test_at_the_stop_masters_resign_and_clear_unless_told_not_to(*, release: bool) -> None:
    notify = Script(argv=("/bin/n",))
    lan = Lan(
        instance(notify_stop=notify, track_script=TRACK),
        instance(name="VI_2", virtual_router_id=52, virtual_ipaddress=(EXCLUDED,)),
        scripts=(CHECK,),
    )
    lan.run(4)
    work = lan.node.stop(lan.now, release=release)
    assert [(packet.vrid, packet.priority) for packet in sent(work)] == ([(51, 0), (52, 0)] if release else [])
    assert len([item for item in work if isinstance(item, ClearAddresses)]) == (2 if release else 0)
    assert scripts_run(work) == ["/bin/n"]
    assert lan.node.deadline is None


def test_nothing_to_do_has_no_deadline() -> None:
    node = Node(unix)
    assert node.deadline is None
    assert node.deadline_passed(START) == []
    assert node.interfaces == frozenset()


def test_a_stream_of_adverts_leaves_no_heap_of_stale_timers() -> None:
    lan = Lan()
    for _ in range(1000):
        lan.hear(200)
        lan.run(0.1)
    assert len(lan.node._agenda) < 100


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0, 50, 100, 200]), st.integers(0, 4000)), max_size=40))
def test_the_deadline_is_the_soonest_of_all_routers_whatever_happens(story: list[tuple[int, int, int]]) -> None:
    lan = Lan(*(instance(name=f"VI_{vrid}", virtual_router_id=vrid) for vrid in (1, 2, 3)))
    for which, priority, milliseconds in story:
        lan.hear(priority, vrid=which + 1)
        soonest = min(member.router.deadline or 0 for member in lan.node.members.values())
        assert lan.node.deadline == soonest
        lan.run(milliseconds / 1000)
        assert lan.node.deadline is not None
        assert lan.node.deadline > lan.now - MILLISECOND


def test_lines_have_a_level() -> None:
    assert {item.level for item in Lan().work if isinstance(item, Log)} >= {logging.INFO}
