"""Sync groups: members that are MASTER, BACKUP and in FAULT together (reference vrrp.md 6)."""

import itertools
from ipaddress import IPv4Address

from msgspec import structs

from kad.config.schema.script import Script
from kad.config.schema.track_interface import TrackInterface
from kad.config.schema.track_script import TrackScript
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_instance import InitialState, VrrpInstance
from kad.config.schema.vrrp_script import VrrpScript
from kad.config.schema.vrrp_sync_group import VrrpSyncGroup
from kad.ipc.messages import ConfigureVrrp, RunScript, ScriptExited
from kad.units import SECOND
from kad.vrrp.actions import State
from kad.vrrp.node import Announce, ClearAddresses, Node, SetAddresses, Work
from kad.vrrp.settings import Key
from tests.vrrp.lan import OURS, START, instance, unix
from tests.vrrp.many import Lan, lines, scripts_run, sent, share

OUTSIDE, INSIDE = Key("eth0", 51), Key("eth1", 52)
UP = {"eth0", "eth1"}
MASTER_DOWN = 3 * SECOND + 156 * SECOND // 256
SCRIPTS = {
    name: Script(argv=(f"/{name}",), user=None, group=None)
    for name in ("notify", "notify_master", "notify_backup", "notify_fault", "notify_stop")
}


def pair(**changes: object) -> tuple[VrrpInstance, VrrpInstance]:
    """OUT on eth0 and IN on eth1; `changes` go into both."""
    vips = (VirtualAddress(address="192.0.2.100", prefix=24),), (VirtualAddress(address="198.51.100.100", prefix=24),)
    outside = instance(**({"name": "OUT", "virtual_ipaddress": vips[0]} | changes))
    more = {"name": "IN", "interface": "eth1", "virtual_router_id": 52, "virtual_ipaddress": vips[1]}
    return outside, instance(**(more | changes))


class Group(Lan):
    """A node with the two routers of one sync group; `group` are settings of the group."""

    def __init__(
        self,
        *instances: VrrpInstance,
        scripts: tuple[VrrpScript, ...] = (),
        up: set[str] | None = None,
        **group: object,
    ) -> None:
        self.now = START
        self.node = Node(unix)
        self.node.links_changed(UP if up is None else up, self.now)
        self.node.addresses_changed({"eth0": (OURS,), "eth1": (IPv4Address("198.51.100.1"),)}, self.now)
        self.work = self.reload(*(instances or pair()), scripts=scripts, **group)  # type: ignore[arg-type]

    def reload(
        self, *instances: VrrpInstance, scripts: tuple[VrrpScript, ...] = (), grouped: bool = True, **group: object
    ) -> list[Work]:
        members = tuple(one.name for one in instances)
        groups = (VrrpSyncGroup(name="G", group=members, **group),) if grouped else ()  # type: ignore[arg-type]
        plain = share(*instances, scripts=scripts)
        return self.node.configure(
            ConfigureVrrp(
                global_defs=plain.global_defs, scripts=scripts, instances=plain.instances, sync_groups=groups
            ),
            self.now,
        )

    @property
    def states(self) -> tuple[State, State]:
        return self.node.members[OUTSIDE].router.state, self.node.members[INSIDE].router.state

    def hear_inside(self, priority: int) -> list[Work]:
        return self.hear(priority, interface="eth1", vrid=52)

    def keep_hearing(self, seconds: float, *, outside: int | None = None, inside: int | None = None) -> list[Work]:
        """Time passes with an advert a second on these sides."""
        work: list[Work] = []
        for _ in range(int(seconds)):
            work += self.hear(outside) if outside is not None else []
            work += self.hear_inside(inside) if inside is not None else []
            work += self.run(1)
        return work


def both(state: State) -> tuple[State, State]:
    return state, state


def masters(**changes: object) -> Group:
    """A group that has just become MASTER by waiting."""
    group = Group(*pair(**changes))
    group.run(MASTER_DOWN / SECOND)
    assert group.states == both(State.MASTER)
    return group


# To MASTER


def test_members_become_master_together_when_all_have_waited() -> None:
    group = Group()
    work = group.run(MASTER_DOWN / SECOND)
    assert group.states == both(State.MASTER)
    assert [packet.vrid for packet in sent(work)] == [52, 51]  # the one whose wait ended last leads
    assert "VRRP_Group(G) Syncing instances to MASTER state" in lines(work)


def test_the_line_about_the_group_comes_after_the_first_master() -> None:
    said = lines(Group().run(MASTER_DOWN / SECOND))
    shown = [line for line in said if "Entering" in line or "Syncing" in line]
    assert shown == [
        "(IN) Entering MASTER STATE",
        "VRRP_Group(G) Syncing instances to MASTER state",
        "(OUT) Entering MASTER STATE",
    ]


def test_a_member_that_hears_a_master_holds_the_others_back() -> None:
    group = Group()
    work = group.keep_hearing(20, inside=200)
    assert group.states == both(State.BACKUP)
    assert not sent(work)


def test_a_wish_holds_until_the_others_have_it_too() -> None:
    group = Group()
    group.keep_hearing(20, inside=200)
    work = group.run(MASTER_DOWN / SECOND)  # from the last advert inside, a second ago
    assert group.states == both(State.MASTER)
    assert len(sent(work)) >= 2


def test_a_master_that_is_heard_again_ends_the_wish() -> None:
    group = Group()
    group.keep_hearing(20, inside=200)
    group.hear(200)
    group.hear_inside(200)
    group.run(3.5)
    group.hear(200)
    group.run(0.5)  # inside, nobody is heard any more
    assert group.states == both(State.BACKUP)


def test_a_weaker_master_does_not_end_the_wish() -> None:
    group = Group()
    group.keep_hearing(6, outside=50, inside=200)
    group.keep_hearing(4, outside=50)
    assert group.states == both(State.MASTER)


def test_each_members_cause_says_that_the_group_went_and_what_it_heard_itself() -> None:
    causes = [line for line in lines(Group().run(4)) if "-> MASTER" in line]
    assert len(causes) == 2
    assert all("cause sync-group: sync group G: no member hears" in line for line in causes)
    assert all("no advert since the wait" in line for line in causes)


def test_owners_start_as_masters_together() -> None:
    group = Group(*pair(priority=255, state=InitialState.MASTER))
    assert group.states == both(State.MASTER)


def test_an_owner_among_others_waits_with_them() -> None:
    outside, inside = pair()
    group = Group(structs.replace(outside, priority=255, state=InitialState.MASTER), inside)
    assert group.states == both(State.BACKUP)
    group.run(4)
    assert group.states == both(State.MASTER)


# To BACKUP


def test_a_member_that_yields_takes_the_others_with_it() -> None:
    group = masters()
    work = group.hear(200)
    assert group.states == both(State.BACKUP)
    assert "VRRP_Group(G) Syncing instances to BACKUP state" in lines(work)
    assert [type(item) for item in work if isinstance(item, SetAddresses | ClearAddresses)] == [ClearAddresses] * 2
    assert not sent(work)  # no resigning: the other has taken over already (6)


def test_a_group_of_two_masters_that_meet_has_one_master_in_the_end() -> None:
    """One side is stronger here, the other there: both yield once, and then the first to wait long enough has it."""
    group = masters()
    group.hear(200)
    group.hear_inside(50)
    group.run(MASTER_DOWN / SECOND)
    assert group.states == both(State.MASTER)


def test_a_weaker_router_makes_all_masters_say_where_their_addresses_are() -> None:
    group = masters()
    announced = [item.instance for item in group.hear(50) if isinstance(item, Announce)]
    assert announced == ["OUT", "IN"]


# FAULT


def test_a_fault_of_one_is_a_fault_of_all_and_masters_among_them_resign_once() -> None:
    group = masters()
    work = group.node.links_changed({"eth1"}, group.now)
    assert group.states == both(State.FAULT)
    assert [packet.priority for packet in sent(work)] == [0, 0]
    shown = [line for line in lines(work) if "Entering" in line or "Syncing" in line]
    assert shown == [
        "(OUT) Entering FAULT STATE",
        "VRRP_Group(G) Syncing instances to FAULT state",
        "(IN) Entering FAULT STATE",
    ]


def test_the_cause_names_the_member_that_is_at_fault() -> None:
    group = masters()
    said = lines(group.node.links_changed({"eth1"}, group.now))
    assert "(IN) MASTER -> FAULT, cause sync-group-fault: OUT of the same sync group is at fault: " in "\n".join(said)


def test_a_group_recovers_when_its_last_fault_is_gone() -> None:
    group = masters()
    group.node.links_changed(set(), group.now)
    group.node.links_changed({"eth0"}, group.now)
    assert group.states == both(State.FAULT)
    work = group.node.links_changed(UP, group.now)
    assert group.states == both(State.BACKUP)
    shown = [line for line in lines(work) if "Entering" in line or "Syncing" in line]
    assert shown == [
        "(IN) Entering BACKUP STATE",
        "VRRP_Group(G) Syncing instances to BACKUP state",
        "(OUT) Entering BACKUP STATE",
    ]
    group.run(MASTER_DOWN / SECOND)
    assert group.states == both(State.MASTER)


def test_a_group_with_a_fault_at_the_start_begins_in_fault() -> None:
    group = Group(up={"eth0"})
    assert group.states == both(State.FAULT)
    assert not [line for line in lines(group.work) if "BACKUP" in line]


def script(name: str) -> VrrpScript:
    return VrrpScript(name=name, script=Script(argv=("/check",), user=None, group=None), interval=SECOND)


def run_of(work: list[Work]) -> int:
    return next(item.run for item in work if isinstance(item, RunScript) and item.report)


def test_what_the_group_follows_counts_for_every_member() -> None:
    group = Group(scripts=(script("check"),), track_script=(TrackScript(name="check"),))
    assert group.states == both(State.FAULT)  # without a word until there is a result
    assert not [line for line in lines(group.work) if "Entering" in line]
    work = group.run(0)
    result = group.node.observed(ScriptExited(run=run_of(work), status=0), group.now)
    assert group.states == both(State.BACKUP)
    assert [line for line in lines(result) if "Entering BACKUP" in line]


def test_what_member_and_group_both_follow_is_followed_as_the_member_says() -> None:
    weighted = TrackInterface(name="eth2", weight=-30)
    outside, inside = pair()
    group = Group(
        structs.replace(outside, track_interface=(weighted,)),
        inside,
        up=UP | {"eth2"},
        track_interface=(TrackInterface(name="eth2", weight=-50),),
        sync_group_tracking_weight=True,
    )
    group.node.links_changed(UP, group.now)
    assert group.node.members[OUTSIDE].router.priority == 70
    assert group.node.members[INSIDE].router.priority == 50


# Scripts of the group


def told(**changes: object) -> Group:
    """A group with a script for everything; `changes` go into the members."""
    return Group(*pair(**changes), **SCRIPTS)  # type: ignore[arg-type]


def test_the_groups_scripts_come_after_the_members_when_it_becomes_master() -> None:
    group = told(notify=SCRIPTS["notify"])
    assert scripts_run(group.work) == [
        "/notify_backup",
        "/notify GROUP G BACKUP 0",
        "/notify INSTANCE OUT BACKUP 100",
        "/notify INSTANCE IN BACKUP 100",
    ]
    assert scripts_run(group.run(4)) == [
        "/notify INSTANCE IN MASTER 100",
        "/notify INSTANCE OUT MASTER 100",
        "/notify_master",
        "/notify GROUP G MASTER 0",
    ]


def test_the_groups_scripts_tell_of_fault_and_of_the_stop() -> None:
    group = told()
    faulty = group.node.links_changed({"eth0"}, group.now)
    assert scripts_run(faulty) == ["/notify_fault", "/notify GROUP G FAULT 0"]
    assert scripts_run(group.node.stop(group.now, release=True)) == ["/notify_stop", "/notify GROUP G STOP 0"]


def test_what_still_happens_after_the_stop_is_no_news_of_the_group() -> None:
    group = told()
    group.node.stop(group.now, release=True)
    assert scripts_run(group.node.links_changed({"eth0"}, group.now)) == []


# Reload


def test_a_reload_without_a_change_changes_nothing() -> None:
    group = masters()
    assert group.reload(*pair()) == []
    assert group.states == both(State.MASTER)


def test_a_member_that_joins_a_master_group_follows_when_it_has_waited() -> None:
    outside, inside = pair()
    group = Group(outside)
    group.run(4)
    group.reload(outside, inside)
    assert group.states == (State.MASTER, State.BACKUP)
    group.run(MASTER_DOWN / SECOND)
    assert group.states == both(State.MASTER)


def test_a_member_that_joins_and_hears_another_master_takes_the_group_to_backup() -> None:
    outside, inside = pair()
    group = Group(outside)
    group.run(4)
    group.reload(outside, inside)
    group.hear_inside(200)
    assert group.states == both(State.BACKUP)


def test_members_of_a_group_that_is_gone_go_their_own_ways() -> None:
    group = Group()
    group.keep_hearing(20, inside=200)
    group.reload(*pair(), grouped=False)
    group.keep_hearing(5, inside=200)
    assert group.states == (State.MASTER, State.BACKUP)


def test_a_member_that_leaves_no_longer_holds_the_others_back() -> None:
    outside, inside = pair()
    group = Group(outside, inside)
    group.keep_hearing(20, inside=200)
    group.reload(outside)
    group.run(4)
    assert group.state() is State.MASTER


def test_a_group_whose_members_are_not_run_is_nothing() -> None:
    outside, _ = pair()
    group = Group(outside)
    lonely = VrrpSyncGroup(name="NONE", group=("NOBODY",))
    work = group.node.configure(structs.replace(share(outside), sync_groups=(lonely,)), group.now)
    assert not [line for line in lines(work) if "NONE" in line]
    group.run(4)
    assert group.state() is State.MASTER


# What always holds


def test_members_never_differ_whatever_happens() -> None:
    events = ("hear 0", "hear 1", "cut 0", "cut 1", "mend", "wait")
    for story in itertools.product(events, repeat=4):
        group = masters()
        for event in story:
            tell(group, event)
            assert len(set(group.states)) == 1, story
        group.node.links_changed(UP, group.now)
        group.run(8)
        assert group.states == both(State.MASTER), story


def tell(group: Group, event: str) -> None:
    match event.split():
        case ["hear", "0"]:
            group.hear(200)
        case ["hear", _]:
            group.hear_inside(200)
        case ["cut", which]:
            group.node.links_changed(UP - {f"eth{which}"}, group.now)
        case ["mend"]:
            group.node.links_changed(UP, group.now)
        case _:
            group.run(4)
