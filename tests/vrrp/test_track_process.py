"""Tracked processes: which match, and when there are enough of them (reference vrrp.md 7.4; all seen with 2.2.7)."""

import pytest

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.track_process import TrackProcess
from kad.config.schema.vrrp_sync_group import VrrpSyncGroup
from kad.config.schema.vrrp_track_process import VrrpTrackProcess
from kad.ipc.messages import ConfigureVrrp
from kad.units import SECOND, Micros
from kad.vrrp.actions import Log, State
from kad.vrrp.node import Node
from kad.vrrp.settings import Others, settle
from kad.vrrp.track_process import Command, TrackedProcesses, Waiting, followed_processes, matches
from kad.vrrp.trackers import Around, ProcessesScanned, ProcessesSeen
from kad.vrrp.tracking import Facts, effective_priority, faults
from tests.vrrp.lan import OURS, START, Driver, instance, lines_in, unix

WEB = ("nginx", ("/usr/sbin/nginx", "-g", "daemon on"))
OTHER = ("bash", ("bash",))


def process(*words: str, **changes: object) -> VrrpTrackProcess:
    plain: dict[str, object] = {"name": "web", "process": words or ("nginx",)}
    return VrrpTrackProcess(**(plain | changes))  # type: ignore[arg-type]


def run(*words: str) -> Command:
    return "sleep", words


@pytest.mark.parametrize(
    ("one", "command", "found"),
    [
        (process("nginx"), WEB, True),
        (process("ngin"), WEB, False),
        (process("/usr/sbin/nginx"), WEB, False),
        (process("a_name_that_is_long"), ("a_name_that_is_", ()), True),
        (process("nginx", full_command=True), WEB, False),
        (process("/usr/sbin/nginx", full_command=True), WEB, True),
        (process("/bin/s", "100"), run("/bin/s", "100"), True),
        (process("/bin/s", "100"), run("/bin/s", "100", "1"), False),
        (process("/bin/s", "100"), run("/bin/s"), False),
        (process("s", "100"), run("/bin/s", "100"), False),
        (process("/bin/s", param_match="exact"), run("/bin/s"), True),
        (process("/bin/s", param_match="exact"), run("/bin/s", "1"), False),
        (process("/bin/s", "100", param_match="partial"), run("/bin/s", "100", "1"), True),
        (process("/bin/s", "10", param_match="partial"), run("/bin/s", "100"), False),
        (process("/bin/s", "10", param_match="initial"), run("/bin/s", "100", "1"), True),
        (process("/bin/s", "10", param_match="initial"), run("/bin/s", "10"), True),
        (process("/bin/s", "1", "10", param_match="initial"), run("/bin/s", "1"), False),
        (process("/bin/s", "1", "10", param_match="initial"), run("/bin/s", "12", "10"), False),
        (process("/bin/s", "1", "10", param_match="initial"), run("/bin/s", "1", "105"), True),
        (process("/bin/s", param_match="partial"), run("/bin/s", "1"), True),
        (process("/bin/s", param_match="initial"), run("/bin/s", "1"), True),
        (process("kthreadd", full_command=True), ("kthreadd", ()), False),
    ],
)
def test_a_process_is_known_by_its_name_or_by_its_command_line(
    one: VrrpTrackProcess, command: Command, *, found: bool
) -> None:
    assert matches(one, command) is found


class Rig:
    """Tracked processes, what they scheduled, and the clock."""

    def __init__(self, *definitions: VrrpTrackProcess, there: tuple[int, ...] = ()) -> None:
        self.now = START
        self.schedule: dict[Waiting, Micros | None] = {}
        self.tracked = TrackedProcesses(self.schedule.__setitem__)
        self.tracked.follow({one.name: one for one in definitions}, dict.fromkeys(there, WEB), START)

    def good(self) -> bool:
        return self.tracked.verdicts(["web", "stranger"]) == {"web": True}

    def see(self, pid: int, what: Command | int | None) -> list[str]:
        return texts(self.tracked.seen(pid, what, self.now))


def texts(lines: list[Log]) -> list[str]:
    return [line.text for line in lines]


GAINED, LOST = ["Quorum gained for tracked process web"], ["Quorum lost for tracked process web"]


def test_a_process_that_starts_and_ends_gains_and_loses_the_quorum() -> None:
    rig = Rig(process())
    assert not rig.good()
    assert rig.see(7, OTHER) == []
    assert rig.see(7, WEB) == GAINED
    assert rig.good()
    assert rig.see(8, WEB) == []
    assert rig.see(7, None) == []
    assert rig.see(8, OTHER) == LOST  # it runs something else now


def test_a_fork_is_what_its_parent_is() -> None:
    rig = Rig(process(quorum=2), there=(7,))
    assert rig.see(9, 3) == []
    assert rig.see(8, 7) == GAINED
    assert rig.see(8, OTHER) == LOST


@pytest.mark.parametrize(
    ("quorum", "most", "verdicts"),
    [(1, None, [False, True, True, True]), (2, 2, [False, False, True, False]), (1, 0, [True, False, False, False])],
)
def test_there_may_be_too_few_and_too_many(quorum: int, most: int | None, verdicts: list[bool]) -> None:
    found = [Rig(process(quorum=quorum, quorum_max=most), there=tuple(range(n))).good() for n in range(4)]
    assert found == verdicts


def test_a_fork_and_an_end_must_last_as_long_as_their_delays_say() -> None:
    rig = Rig(process(quorum=2, fork_delay=SECOND, terminate_delay=Micros(2 * SECOND)), there=(7,))
    assert rig.see(8, 7) == []
    assert rig.schedule == {Waiting("web"): START + SECOND}
    assert texts(rig.tracked.due("web", Micros(START + SECOND - 1))) == []
    assert texts(rig.tracked.due("web", Micros(START + SECOND))) == GAINED
    rig.now = Micros(START + 5 * SECOND)
    assert rig.see(7, None) == []
    assert rig.schedule == {Waiting("web"): rig.now + 2 * SECOND}
    assert rig.see(9, 8) == []
    assert rig.schedule == {Waiting("web"): None}
    assert rig.good()


def test_a_program_that_starts_counts_at_once_whatever_the_delays() -> None:
    rig = Rig(process(delay=SECOND))
    assert rig.see(7, WEB) == GAINED
    assert rig.see(7, OTHER) == LOST


def test_too_many_by_a_fork_and_few_enough_by_an_end_wait_as_well() -> None:
    rig = Rig(process(quorum_max=1, fork_delay=SECOND, terminate_delay=Micros(2 * SECOND)), there=(7,))
    assert rig.see(8, 7) == []
    assert texts(rig.tracked.due("web", Micros(START + SECOND))) == LOST
    rig.now = Micros(START + 3 * SECOND)
    assert rig.see(8, None) == []
    assert texts(rig.tracked.due("web", Micros(START + 5 * SECOND))) == GAINED


def test_delay_is_both_delays() -> None:
    rig = Rig(process(quorum=2, delay=SECOND), there=(7,))
    rig.see(8, 7)
    assert rig.schedule == {Waiting("web"): START + SECOND}
    rig.tracked.due("web", Micros(START + SECOND))
    rig.now = Micros(START + 5 * SECOND)
    rig.see(7, None)
    assert rig.schedule == {Waiting("web"): START + 6 * SECOND}


def test_what_only_a_look_tells_waits_for_the_delay_of_a_fork_or_an_end() -> None:
    rig = Rig(process(fork_delay=SECOND, terminate_delay=Micros(2 * SECOND)))
    assert rig.tracked.scanned({7: WEB}, START) == []
    assert texts(rig.tracked.due("web", Micros(START + SECOND))) == GAINED
    assert rig.tracked.scanned({}, Micros(START + 2 * SECOND)) == []
    assert rig.schedule == {Waiting("web"): START + 4 * SECOND}


def test_a_look_at_all_processes_corrects_what_events_did_not_tell() -> None:
    rig = Rig(process(), there=(7,))
    assert texts(rig.tracked.scanned({7: OTHER}, START)) == LOST
    assert texts(rig.tracked.scanned({7: OTHER, 8: WEB}, START)) == GAINED
    assert texts(rig.tracked.scanned({9: WEB}, START)) == []


def test_after_a_reload_what_counted_holds_on_until_a_change_has_lasted() -> None:
    rig = Rig(process(), there=(7,))
    two = {"web": process(quorum=2, terminate_delay=SECOND)}
    assert rig.tracked.follow(two, {7: WEB}, START) == []
    assert rig.good()
    assert rig.schedule == {Waiting("web"): START + SECOND}
    assert rig.tracked.follow({}, {}, START) == []
    assert rig.schedule == {Waiting("web"): None}
    assert not rig.good()


def following(line: TrackProcess, one: VrrpTrackProcess) -> Driver:
    ours = settle(instance(track_process=(line,)), GlobalDefs(), {}, None, Others({}, {"web": one}))
    return Driver(Facts(source=OURS, processes={"web": True}), ours)


def test_a_track_takes_weight_and_reverse_from_its_process_unless_it_says() -> None:
    def found(line: TrackProcess) -> tuple[int, bool]:
        (track,) = following(line, process(weight=7, reverse=True)).router.settings.processes
        return track.weight, track.reverse

    assert found(TrackProcess(name="web")) == (7, True)
    assert found(TrackProcess(name="web", weight=-3, reverse=False)) == (-3, False)


def test_enough_processes_add_the_weight_and_without_one_too_few_are_a_fault() -> None:
    weighted = following(TrackProcess(name="web"), process(weight=20)).router.settings
    assert effective_priority(weighted, Facts(source=OURS, processes={"web": True})) == 120
    assert effective_priority(weighted, Facts(source=OURS, processes={"web": False})) == 100
    driver = following(TrackProcess(name="web"), process())
    assert driver.router.state is State.BACKUP
    driver.learn(processes={"web": False})
    assert [str(fault) for fault in faults(driver.router.settings, driver.router.facts)] == [
        "there are not enough of process web"
    ]
    reverse = following(TrackProcess(name="web", reverse=True), process()).router.settings
    assert [str(fault) for fault in faults(reverse, Facts(source=OURS, processes={"web": True}))] == [
        "there are enough of process web, which reverse makes a failure"
    ]


def share(*, group: bool = False, track: bool = True) -> ConfigureVrrp:
    lines = (TrackProcess(name="web"),)
    groups = (VrrpSyncGroup(name="G", group=("VI_1",), track_process=lines),) if group else ()
    one = instance(track_process=lines if track and not group else ())
    both = (process(weight=20, fork_delay=SECOND), process("other", name="other"))
    return ConfigureVrrp(
        global_defs=GlobalDefs(), scripts=(), instances=(one,), sync_groups=groups, track_processes=both
    )


@pytest.mark.parametrize("group", [False, True])
def test_the_processes_of_instances_and_groups_are_followed_and_no_others(*, group: bool) -> None:
    assert list(followed_processes(share(group=group))) == ["web"]
    assert followed_processes(share(track=False)) == {}


@pytest.mark.parametrize("group", [False, True])
def test_a_node_follows_processes_events_and_delays(*, group: bool) -> None:
    node = Node(unix)
    node.links_changed({"eth0"}, START)
    node.addresses_changed({"eth0": (OURS,)}, START)
    node.configure(share(group=group), START, around=Around(commands={7: WEB}))
    (member,) = node.members.values()
    assert member.router.priority == 120
    lost = node.observed(ProcessesSeen([(7, None)]), START)
    assert lines_in(lost) == [*LOST, "(VI_1) Changing effective priority from 120 to 100"]  # type: ignore[arg-type]
    assert node.observed(ProcessesScanned({8: WEB}), START) == []
    gained = node.deadline_passed(Micros(START + SECOND))  # a look does not tell a fork from a start
    assert lines_in(gained) == [*GAINED, "(VI_1) Changing effective priority from 100 to 120"]  # type: ignore[arg-type]
    assert node.observed(ProcessesSeen([(10, 8), (9, OTHER)]), START) == []
