"""A sync group of two routers, kad against keepalived in either place: both addresses are always on the same side."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.netns.conftest import START
from tests.netns.lab import Host, Lab
from tests.netns.programs import Daemon
from tests.netns.wire import Capture

VIPS = {51: "192.0.2.100/24", 52: "192.0.2.101/24"}
BOTH = set(VIPS.values())
MASTER_DOWN = 0.1 * 3 + 0.1
PATIENCE = 5.0


def text(priority: int, *, tracked: str = "", notify: Path | None = None) -> str:
    """A group of VRIDs 51 and 52; the first of them follows `tracked`."""
    script = f'    notify "{notify}"\n' if notify else ""
    blocks = [
        "global_defs {\n    script_user root\n}",
        f"vrrp_sync_group SIDES {{\n    group {{\n        VI_51\n        VI_52\n    }}\n{script}}}",
    ]
    for vrid, vip in VIPS.items():
        track = f"    track_interface {{\n        {tracked}\n    }}\n" if tracked and vrid == 51 else ""
        blocks.append(
            f"vrrp_instance VI_{vrid} {{\n    interface eth0\n    virtual_router_id {vrid}\n    priority {priority}\n"
            f"    version 3\n    advert_int 0.1\n    garp_master_delay 1\n{track}{script}"
            f"    virtual_ipaddress {{\n        {vip}\n    }}\n}}"
        )
    return "\n".join(blocks) + "\n"


@dataclass
class Side:
    """A director and what runs on it."""

    host: Host
    program: str
    text: str
    daemon: Daemon

    @property
    def addresses(self) -> set[str]:
        return self.host.addresses() & BOTH


@dataclass
class Sides:
    """The two directors of the group."""

    wire: Capture
    left: Side
    right: Side

    def wait_for(self, side: Side) -> None:
        """Until this side has both addresses and the other none, and it advertises for both."""
        other = self.right if side is self.left else self.left
        deadline = time.monotonic() + PATIENCE
        while side.addresses != BOTH or other.addresses:
            assert time.monotonic() < deadline, (side.host.name, side.addresses, other.addresses)
            time.sleep(0.02)
        for vrid in VIPS:
            since = time.time()
            while not self.wire.adverts(source=side.host.address, vrid=vrid, since=since):
                assert time.monotonic() < deadline, f"no adverts of {vrid} from {side.host.name}"
                time.sleep(0.02)


@pytest.fixture(params=[("kad", "keepalived"), ("keepalived", "kad"), ("kad", "kad")], ids="-".join)
def sides(request: pytest.FixtureRequest, lab: Lab, wire: Capture) -> Iterator[Sides]:
    """The group on both, with priority 200 on the left; at the end nobody may have complained of an advert."""
    left, right = request.param
    lab["left"].ip("link", "add", "eth9", "type", "veth", "peer", "name", "peer9")
    for name in ("eth9", "peer9"):
        lab["left"].ip("link", "set", name, "up")
    made = []
    for name, program, config in (("left", left, text(200, tracked="eth9")), ("right", right, text(100))):
        host = lab[name]
        made.append(Side(host, program, config, START[program](host, config)))
    for side in made:
        for vrid in VIPS:
            side.daemon.wait_for(rf"\(VI_{vrid}\) Entering (BACKUP|MASTER|FAULT) STATE")
    pair = Sides(wire, *made)
    pair.wait_for(pair.left)
    yield pair
    assert pair.left.daemon.bad_counters() | pair.right.daemon.bad_counters() == {}
    assert pair.left.daemon.bad_packets() + pair.right.daemon.bad_packets() == []


def test_a_fault_of_one_member_moves_both_and_its_end_moves_both_back(sides: Sides) -> None:
    mark, since = sides.left.daemon.mark(), time.time()
    sides.left.host.ip("link", "set", "eth9", "down")
    sides.wait_for(sides.right)
    sides.left.daemon.wait_for(r"VRRP_Group\(SIDES\) Syncing instances to FAULT state", since=mark)
    sides.left.daemon.wait_for(r"\(VI_52\) Entering FAULT STATE", since=mark)
    for vrid in VIPS:
        gone = sides.wire.adverts(source=sides.left.host.address, vrid=vrid, since=since)
        assert gone[-1].priority == 0
        taken = sides.wire.adverts(source=sides.right.host.address, vrid=vrid, since=since)[0]
        assert taken.at - gone[-1].at < MASTER_DOWN
    mark = sides.left.daemon.mark()
    sides.left.host.ip("link", "set", "eth9", "up")
    sides.wait_for(sides.left)
    sides.left.daemon.wait_for(r"VRRP_Group\(SIDES\) Syncing instances to MASTER state", since=mark)


def test_a_stop_moves_both_and_the_start_moves_both_back(sides: Sides) -> None:
    sides.left.daemon.stop()
    sides.wait_for(sides.right)
    sides.left.daemon = START[sides.left.program](sides.left.host, sides.left.text)
    sides.wait_for(sides.left)


def test_a_side_that_dies_with_its_link_is_replaced_in_both(sides: Sides) -> None:
    sides.left.host.cut()
    sides.left.daemon.kill_whole()
    deadline = time.monotonic() + PATIENCE
    while sides.right.addresses != BOTH:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("program", ["kad", "keepalived"])
def test_the_scripts_of_group_and_members_are_called_with_the_same_words(
    lab: Lab, program: str, tmp_path: Path
) -> None:
    """Keepalived's scripts run side by side, so that the order in which they write is not a fact: the set is."""
    told = tmp_path / "told"
    script = tmp_path / "tell"
    script.write_text(f'#!/bin/sh\necho "$*" >> {told}\n')
    script.chmod(0o755)
    daemon = START[program](lab["left"], text(150, notify=script))
    daemon.wait_for(r"\(VI_52\) Entering MASTER STATE")
    daemon.wait_for(r"\(VI_51\) Entering MASTER STATE")
    time.sleep(0.5)
    daemon.stop()
    time.sleep(0.5)
    told_of = ("GROUP SIDES {} 0", "INSTANCE VI_51 {} 150", "INSTANCE VI_52 {} 150")
    wanted = sorted(line.format(state) for state in ("BACKUP", "MASTER", "STOP") for line in told_of)
    assert sorted(told.read_text().splitlines()) == wanted
