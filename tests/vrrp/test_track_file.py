"""The numbers in tracked files: read as C reads them, and followed (reference vrrp.md 7.3)."""

import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.track_file import TrackFile, TrackFileLine
from kad.config.schema.vrrp_sync_group import VrrpSyncGroup
from kad.ipc.messages import ConfigureVrrp
from kad.log import DETAIL
from kad.units import SECOND, Micros
from kad.vrrp.actions import Log, State
from kad.vrrp.node import Node, Transmit
from kad.vrrp.packet import Received, decode
from kad.vrrp.settings import Others, RouterSettings, settle
from kad.vrrp.track_file import TrackedFiles, followed_files, number, usable
from kad.vrrp.trackers import Around, FileRead
from kad.vrrp.tracking import Facts, FaultKind, effective_priority, faults
from tests.vrrp.lan import OURS, START, Driver, instance, lines_in, unix

LOAD = TrackFile(name="load", file="/run/load", weight=2)


def following(line: TrackFileLine, **changes: object) -> RouterSettings:
    """What holds for an instance with this line in its track_file."""
    return settle(instance(track_file=(line,), **changes), GlobalDefs(), {}, None, Others({"load": LOAD}, {}))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"2\n", 2),
        (b"0x1F", 31),
        (b"0X1f", 31),
        (b"010", 8),
        (b"08", 0),
        (b"0xg", 0),
        (b"-0x10", -16),
        (b" \t\n\v\f\r+5 apples", 5),
        (b"+-5", 0),
        (b"apples", 0),
        (b"", 0),
        (b"3\x004", 3),
        (b"0" * 126 + b"17", 1),
        (None, 0),
    ],
)
def test_a_number_is_read_as_strtol_does(content: bytes | None, found: int) -> None:
    assert number(content) == found


@given(st.text(" \t\n+-0123456789abcdefxX", max_size=12).map(str.encode))
def test_libc_reads_the_same(content: bytes) -> None:
    strtol = ctypes.CDLL(None).strtol
    strtol.restype = ctypes.c_long
    assert number(content) == strtol(content, None, 0)


@pytest.mark.parametrize(
    ("value", "good"), [(2**31 - 1, True), (2**31, False), (-(2**31), True), (-(2**31) - 1, False)]
)
def test_a_number_must_have_32_bits(value: int, *, good: bool) -> None:
    assert usable(value) is good


def test_files_are_followed_by_name_and_read_by_path() -> None:
    files = TrackedFiles()
    again = TrackFile(name="again", file="/run/load")
    other = TrackFile(name="other", file="/run/other")
    every = {one.name: one for one in (LOAD, again, other)}
    assert files.follow(every, {"/run/load": b"5", "/run/other": None}) == []
    assert files.numbers(every) == {"load": 5, "again": 5, "other": 0}
    assert files.read("/run/other", b"7") == []
    assert files.numbers(["other"]) == {"other": 7}


def test_a_number_that_is_none_changes_nothing_and_is_told() -> None:
    files = TrackedFiles()
    files.follow({"load": LOAD}, {"/run/load": b"5"})
    (line,) = files.read("/run/load", b"4294967306")
    assert line.text == "Invalid number 4294967306 read from /run/load - ignoring"
    assert files.numbers(["load"]) == {"load": 5}
    files.follow({"load": LOAD}, {"/run/load": b"4294967306"})
    assert files.numbers(["load"]) == {"load": 5}
    files.follow({"load": TrackFile(name="load", file="/run/b")}, {"/run/b": b"4294967306"})
    assert files.numbers(["load"]) == {"load": 0}


def test_a_track_takes_weight_and_reverse_from_its_file_unless_it_says() -> None:
    def found(line: TrackFileLine) -> tuple[int, bool]:
        (track,) = following(line).files
        return track.weight, track.reverse

    assert found(TrackFileLine(name="load")) == (2, False)
    assert found(TrackFileLine(name="load", weight=-7, reverse=True)) == (-7, True)
    assert following(TrackFileLine(name="stranger")).files == ()


def test_a_number_moves_the_priority_or_is_a_fault_and_both_are_told() -> None:
    driver = Driver(Facts(source=OURS, files={"load": 0}), following(TrackFileLine(name="load")))
    assert lines_in(driver.learn(files={"load": 10})) == ["(VI_1) Changing effective priority from 100 to 120"]
    actions = driver.learn(files={"load": -127})
    assert Log(DETAIL, "(VI_1): tracked file load now FAULT state") in actions
    assert (driver.router.state, driver.router.priority) == (State.FAULT, 100)
    (fault,) = faults(driver.router.settings, driver.router.facts)
    assert (fault.kind, str(fault)) == (FaultKind.FILE, "the number in file load is -127, times 2")
    actions = driver.learn(files={"load": 1})
    assert Log(DETAIL, "(VI_1): tracked file load leaving FAULT state") in actions
    assert (driver.router.state, driver.router.priority) == (State.BACKUP, 102)


def test_a_router_that_starts_with_a_number_says_what_comes_of_it() -> None:
    ours = following(TrackFileLine(name="load"))
    driver = Driver(Facts(source=OURS, files={"load": 10}), ours)
    assert lines_in(driver.actions)[0] == "(VI_1) Changing effective priority from 100 to 120"
    driver = Driver(Facts(source=OURS, files={"load": -200}), ours)
    assert lines_in(driver.actions)[0] == "(VI_1): entering FAULT state (tracked file load has status -254)"


def test_the_owners_priority_is_moved_by_no_number_and_only_one_without_weight_is_its_fault() -> None:
    ours = following(TrackFileLine(name="load"), priority=255)
    assert effective_priority(ours, Facts(source=OURS, files={"load": 50})) == 255
    assert faults(ours, Facts(source=OURS, files={"load": -200})) == ()
    ours = following(TrackFileLine(name="load", weight=0), priority=255)
    assert [f.kind for f in faults(ours, Facts(source=OURS, files={"load": 1}))] == [FaultKind.FILE]


def share(*, group: bool = False, track: bool = True) -> ConfigureVrrp:
    lines = (TrackFileLine(name="load"),)
    other = TrackFile(name="other", file="/run/other")
    groups = (VrrpSyncGroup(name="G", group=("VI_1",), track_file=lines),) if group else ()
    one = instance(track_file=lines if track and not group else ())
    return ConfigureVrrp(
        global_defs=GlobalDefs(), scripts=(), instances=(one,), sync_groups=groups, track_files=(LOAD, other)
    )


@pytest.mark.parametrize("group", [False, True])
def test_the_files_of_instances_and_groups_are_followed_and_no_others(*, group: bool) -> None:
    assert followed_files(share(group=group)) == {"load": LOAD}
    assert followed_files(share(track=False)) == {}


@pytest.mark.parametrize("group", [False, True])
def test_a_node_advertises_what_a_file_says(*, group: bool) -> None:
    node = Node(unix)
    node.links_changed({"eth0"}, START)
    node.addresses_changed({"eth0": (OURS,)}, START)
    node.configure(share(group=group), START, around=Around({"/run/load": b"10"}))
    now = node.deadline
    assert now is not None
    node.deadline_passed(now)
    node.observed(FileRead("/run/load", b"15"), now)
    (sent,) = [work for work in node.deadline_passed(Micros(now + SECOND)) if isinstance(work, Transmit)]
    packet = decode(sent.copies[0][1])
    assert isinstance(packet, Received)
    assert packet.priority == 130
