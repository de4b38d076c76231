"""Which interfaces count as up, and what of that must last first."""

import pytest

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.interface_up_down_delays import UpDownDelay
from kad.config.schema.linkbeat_interfaces import LinkbeatInterface
from kad.ipc.messages import ConfigureVrrp
from kad.units import SECOND, Micros
from kad.vrrp.actions import State
from kad.vrrp.links import Links, LinkWaiting, polled
from kad.vrrp.node import Node
from tests.vrrp.lan import OURS, START, instance, lines_in, settings, unix

ETH0 = LinkWaiting("eth0")


class Rig:
    """Interfaces, when a change of them is due, and the clock."""

    def __init__(self, down: float = 1, up: float = 0.5, interval: int = 10 * SECOND) -> None:
        self.now = START
        self.schedule: dict[LinkWaiting, Micros | None] = {}
        self.links = Links(self.schedule.__setitem__)
        self.links.see({"eth0", "eth1"}, START)
        delay = UpDownDelay(name="eth0", down=Micros(int(down * SECOND)), up=Micros(int(up * SECOND)))
        self.links.configure([delay], [settings(advert_int=Micros(interval))], START)

    def see(self, *up: str, gone: frozenset[str] = frozenset()) -> frozenset[str]:
        return self.links.see(up, self.now, gone)

    def left(self) -> int | None:
        at = self.schedule[ETH0]
        return None if at is None else at - self.now


def test_an_interface_without_a_delay_counts_at_once() -> None:
    rig = Rig()
    assert rig.see("eth0") == {"eth1"}
    assert rig.links.up == {"eth0"}


def test_a_loss_counts_after_its_delay_and_a_return_after_its_own() -> None:
    rig = Rig()
    assert rig.see("eth1") == frozenset()
    assert rig.links.up == {"eth0", "eth1"}
    assert rig.left() == SECOND
    rig.now = Micros(START + SECOND)
    assert rig.links.due("eth0", rig.now) == {"eth0"}
    assert rig.links.up == {"eth1"}
    assert rig.see("eth0", "eth1") == frozenset()
    assert rig.links.up == {"eth1"}
    assert rig.left() == SECOND // 2
    assert rig.links.due("eth0", rig.now) == frozenset()


def test_a_loss_that_does_not_last_is_not_noticed() -> None:
    rig = Rig()
    rig.see("eth1")
    assert rig.see("eth0", "eth1") == frozenset()
    assert rig.left() is None


def test_one_that_is_gone_or_made_anew_is_down_at_once() -> None:
    rig = Rig()
    assert rig.see("eth1", gone=frozenset({"eth0"})) == {"eth0"}
    assert rig.links.up == {"eth1"}


def test_a_delay_is_shorter_than_what_the_others_wait_for() -> None:
    rig = Rig(down=60, up=60, interval=SECOND)
    rig.see("eth1")
    assert rig.left() == 2 * SECOND


def test_a_reload_without_the_delay_has_the_change_count() -> None:
    rig = Rig()
    rig.see("eth1")
    rig.links.configure([], [], START)
    assert rig.links.up == {"eth1"}
    assert rig.left() is None


def share(**changes: object) -> ConfigureVrrp:
    plain: dict[str, object] = {"global_defs": GlobalDefs(), "scripts": (), "instances": (instance(),)}
    return ConfigureVrrp(**(plain | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, {}),
        ({"linkbeat_all": True}, {"eth0": None}),
        ({"instances": (instance(linkbeat_use_polling=True), instance(interface="eth1"))}, {"eth0": None}),
        ({"linkbeat": (LinkbeatInterface(name="eth9", method="MII"),)}, {"eth9": "MII"}),
        ({"linkbeat_all": True, "linkbeat": (LinkbeatInterface(name="eth0", method="IOCTL"),)}, {"eth0": "IOCTL"}),
    ],
)
def test_the_interfaces_that_are_asked_are_those_of_the_list_and_those_of_vrrp_where_that_is_wished(
    changes: dict[str, object], found: dict[str, str | None]
) -> None:
    assert polled(share(**changes)) == found


def node(**changes: object) -> Node:
    """A node with one router, as BACKUP."""
    made = Node(unix)
    made.links_changed({"eth0"}, START)
    made.addresses_changed({"eth0": (OURS,)}, START)
    made.configure(share(**changes), START)
    return made


def test_a_router_goes_to_fault_when_the_loss_has_lasted() -> None:
    made = node(link_delays=(UpDownDelay(name="eth0", down=Micros(SECOND)),))
    (member,) = made.members.values()
    assert made.links_changed(set(), START) == []
    assert member.router.state is State.BACKUP
    lines = lines_in(made.deadline_passed(Micros(START + SECOND)))  # type: ignore[arg-type]
    assert lines[:2] == ["Netlink reports eth0 down", "(VI_1) Entering FAULT STATE"]
    assert made.links_changed({"eth0"}, Micros(START + SECOND))
    assert made.deadline is not None


def test_with_dont_track_primary_the_own_interface_does_not_matter() -> None:
    made = node(instances=(instance(dont_track_primary=True),))
    (member,) = made.members.values()
    made.links_changed(set(), START)
    assert member.router.state is State.BACKUP


@pytest.mark.parametrize("tracked", [False, True])
def test_with_track_src_ip_the_configured_address_must_be_there(*, tracked: bool) -> None:
    made = node(instances=(instance(mcast_src_ip="192.0.2.77", track_src_ip=tracked),))
    (member,) = made.members.values()
    assert member.router.state is (State.FAULT if tracked else State.BACKUP)
    if tracked:
        reason = "interface eth0 has no 192.0.2.77 to send from"
        assert [str(fault) for fault in member.router._faults] == [reason]
        made.addresses_changed({"eth0": (OURS, type(OURS)("192.0.2.77"))}, START)
        assert str(member.router.state) == str(State.BACKUP)
        made.addresses_changed({"eth0": (OURS,)}, START)
        assert str(member.router.state) == str(State.FAULT)
