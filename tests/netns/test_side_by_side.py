"""The same configuration under keepalived and kad: the same kernel, packets, notify and FIFO lines (side_by_side/)."""

from pathlib import Path

import pytest

from tests.netns.side_by_side.run import CASES, both, compare, read_case, unmeant
from tests.peers import peer

EVERY_DAY = {"v3", "v3-ipv6", "unicast", "address-options", "virtual-routes", "notify"}
NAMES = sorted(file.stem for file in CASES.glob("*.conf"))
PARAMETERS = [pytest.param(name, marks=() if name in EVERY_DAY else pytest.mark.netns_full, id=name) for name in NAMES]


@pytest.mark.parametrize("name", PARAMETERS)
def test_kad_does_what_keepalived_does(name: str, tmp_path: Path) -> None:
    peer("usr/sbin/keepalived")
    case = read_case(name)
    theirs, ours = both(case, tmp_path)
    assert theirs.master - theirs.before, "it changes something to be master"
    assert bool(theirs.outputs) == (".out" in case.text), "what scripts and FIFOs should write is there"
    found = compare(theirs, ours)
    print("\n".join(found))
    assert unmeant(case, found) == []


def test_every_case_says_what_it_shows_and_the_everyday_ones_are_there() -> None:
    assert set(NAMES) >= EVERY_DAY
    assert [name for name in NAMES if not read_case(name).text.startswith("! ")] == []
