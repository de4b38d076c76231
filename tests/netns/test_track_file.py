"""Tracked files, kad and keepalived with the same configuration: equal numbers make equal priorities and states."""

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.netns.configs import Router
from tests.netns.conftest import START
from tests.netns.lab import Lab
from tests.netns.programs import Daemon
from tests.netns.wire import Capture

BASE = 150
BOTH = pytest.mark.parametrize("program", ["kad", "keepalived"])

CASES: dict[str, tuple[str | None, str, int | None]] = {
    "times-weight": ("2\n", "weight 10", 170),
    "the-weight-is-1": ("7", "", 157),
    "too-low-is-a-fault": ("-127", "weight 2", None),
    "the-bound-of-a-fault": ("-254", "weight 1", None),
    "just-above-it": ("-253", "weight 1", 1),
    "held-at-254": ("60", "weight 2", 254),
    "a-negative-weight": ("20", "weight -3", 90),
    "reverse": ("20", "weight 3 reverse", 90),
    "reverse-of-a-negative-weight": ("20", "weight -3 reverse", 210),
    "a-fault-by-reverse": ("254", "weight 1 reverse", None),
    "hexadecimal": ("0x10", "weight 1", 166),
    "octal": ("010", "weight 1", 158),
    "no-octal-digit": ("08", "weight 1", 150),
    "half-a-hexadecimal": ("0xg", "weight 1", 150),
    "space-and-sign": (" \t\n+5 apples", "weight 1", 155),
    "garbage": ("apples", "weight 5", 150),
    "two-signs": ("+-5", "weight 5", 150),
    "empty": ("", "weight 5", 150),
    "missing": (None, "weight 5", 150),
    "a-nul-ends-it": ("3\x004", "weight 1", 153),
    "digits-beyond-the-end": ("0" * 126 + "17", "weight 1", 151),
    "weight-0-and-none": ("0", "weight 0", 150),
    "weight-0-and-one": ("1", "weight 0", None),
    "weight-0-and-minus-one": ("-1", "weight 0", None),
    "weight-0-reverse-and-none": ("0", "weight 0 reverse", None),
    "weight-0-reverse-and-one": ("1", "weight 0 reverse", 150),
    "beyond-an-int": ("4294967306", "weight 1", 150),
    "beyond-a-long": ("99999999999999999999", "weight 1", 150),
    "far-below-a-long": ("-99999999999999999999", "weight 1", 150),
}
"""What is in the file, the weight, and the priority that comes of it; None is FAULT."""


def text(folder: Path) -> str:
    """An instance for each case, with a file of its own."""
    blocks = ["global_defs {\n    script_user root\n}"]
    for vrid, (name, (_, weight, _)) in enumerate(CASES.items(), start=1):
        blocks.append(f"track_file {name} {{\n    file {folder / name}\n    {weight}\n}}")
        blocks.append(
            f"vrrp_instance {name} {{\n    interface eth0\n    virtual_router_id {vrid}\n    priority {BASE}\n"
            f"    version 3\n    advert_int 0.1\n    track_file {{\n        {name}\n    }}\n"
            f"    virtual_ipaddress {{\n        198.51.100.{vrid}/32\n    }}\n}}"
        )
    return "\n".join(blocks) + "\n"


def priorities(wire: Capture, lab: Lab, since: float) -> dict[str, int | None]:
    """What each instance advertised last."""
    last = {advert.vrid: advert.priority for advert in wire.adverts(source=lab["left"].address, since=since)}
    return {name: last.get(vrid) or None for vrid, name in enumerate(CASES, start=1)}


def settles(told: Callable[[float], dict[str, int | None]], timeout: float = 8) -> dict[str, int | None]:
    """What it comes to; the last answer when it does not come to what is expected in time."""
    expected = {name: priority for name, (_, _, priority) in CASES.items()}
    deadline = time.monotonic() + timeout
    while True:
        since = time.time()
        time.sleep(0.5)
        found = told(since)
        if found == expected or time.monotonic() > deadline:
            return found


def fill(folder: Path) -> None:
    for name, (content, _, _) in CASES.items():
        if content is not None:
            (folder / name).write_text(content)


@BOTH
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_files_number_times_its_weight_is_added_to_the_priority(
    lab: Lab, wire: Capture, program: str, when: str
) -> None:
    folder = lab["left"].folder / "files"
    folder.mkdir()
    if when == "before":
        fill(folder)
    daemon = START[program](lab["left"], text(folder))
    daemon.wait_for(r"\(times-weight\) Entering (BACKUP|MASTER) STATE")
    if when == "after":
        fill(folder)
    found = settles(lambda since: priorities(wire, lab, since))
    assert found == {name: priority for name, (_, _, priority) in CASES.items()}


def settled(lab: Lab, program: str, file: Path, weight: str, more: str = "") -> Daemon:
    """The program on the left, master of one instance that follows the file."""
    block = f"track_file load {{\n    file {file}\n    {weight}\n    {more}\n}}\n"
    router = Router(priority=BASE, blocks=block, lines=("track_file {", "    load", "}"))
    return START[program](lab["left"], router.text())


@BOTH
def test_a_fault_and_its_end_are_told_and_so_is_the_priority(lab: Lab, wire: Capture, program: str) -> None:
    file = lab["left"].folder / "load"
    file.write_text("5")
    daemon = settled(lab, program, file, "weight 2")
    daemon.wait_for(r"\(VI_1\) Changing effective priority from 150 to 160")
    daemon.wait_for(r"\(VI_1\) Entering MASTER STATE")
    mark = daemon.mark()
    file.write_text("-127")
    daemon.wait_for(r"\(VI_1\): tracked file load now FAULT state", since=mark)
    daemon.wait_for(r"\(VI_1\) Entering FAULT STATE", since=mark)
    wire.wait_for_advert(lab["left"].address, priority=0, timeout=2)
    mark = daemon.mark()
    file.write_text("20")
    daemon.wait_for(r"\(VI_1\): tracked file load leaving FAULT state", since=mark)
    daemon.wait_for(r"\(VI_1\) Entering BACKUP STATE", since=mark)
    daemon.wait_for(r"\(VI_1\) Entering MASTER STATE", since=mark)
    wire.wait_for_advert(lab["left"].address, priority=190, timeout=2)


@BOTH
def test_a_file_that_comes_goes_and_is_moved_is_followed(lab: Lab, wire: Capture, program: str) -> None:
    file, aside = lab["left"].folder / "load", lab["left"].folder / "aside"
    settled(lab, program, file, "weight 1").wait_for(r"\(VI_1\) Entering MASTER STATE")
    steps: tuple[tuple[Callable[[], object], int], ...] = (
        (lambda: file.write_text("5"), 155),
        (lambda: file.rename(aside), 150),
        (lambda: aside.rename(file), 155),
        (file.unlink, 150),
    )
    for step, priority in steps:
        seen = len(wire.seen)
        step()
        wire.wait_for_advert(lab["left"].address, priority=priority, timeout=2, since=seen)


@BOTH
@pytest.mark.parametrize(
    "case",
    [(None, "", "0\n"), (None, "7", "7\n"), ("3", "7", "3"), ("3", "7 overwrite", "7\n"), ("345", "overwrite", "0\n")],
)
def test_a_file_is_made_at_the_start(lab: Lab, wire: Capture, program: str, case: tuple[str | None, str, str]) -> None:
    before, options, after = case
    file = lab["left"].folder / "load"
    if before is not None:
        file.write_text(before)
    daemon = settled(lab, program, file, "weight 1", f"init_file {options}")
    daemon.wait_for(r"\(VI_1\) Entering MASTER STATE")
    assert file.read_text() == after
    wire.wait_for_advert(lab["left"].address, priority=BASE + int(after), timeout=2)
    if program == "kad":
        file.write_text("9")
        os.kill(daemon.child("vrrp"), signal.SIGKILL)  # the next worker does not begin the daemon's life anew
        wire.wait_for_advert(lab["left"].address, priority=BASE + 9, timeout=5)
        time.sleep(0.5)
        assert file.read_text() == "9"


def test_a_directory_that_is_not_there_yet_vanishes_or_is_another_one_is_followed(lab: Lab, wire: Capture) -> None:
    """Keepalived removes the track_file for good when the directory is not there at the start."""
    folder, other = lab["left"].folder / "later", lab["left"].folder / "other"
    file = folder / "load"
    settled(lab, "kad", file, "weight 1").wait_for(r"\(VI_1\) Entering MASTER STATE")
    other.mkdir()
    (other / "load").write_text("8")

    def make() -> None:
        folder.mkdir()
        file.write_text("5")

    def replace_it() -> None:
        make()
        folder.rename(lab["left"].folder / "old")
        other.rename(folder)

    steps: tuple[tuple[Callable[[], object], int], ...] = (
        (make, 155),
        (lambda: file.write_text("6"), 156),
        (lambda: shutil.rmtree(folder), 150),
        (replace_it, 158),
        (lambda: file.write_text("7"), 157),
    )
    for step, priority in steps:
        seen = len(wire.seen)
        step()
        wire.wait_for_advert(lab["left"].address, priority=priority, timeout=3, since=seen)
