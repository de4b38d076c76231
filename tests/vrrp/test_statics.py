"""What is there whoever is master, and what a reload, a loss, an interface and the end mean for it."""

from ipaddress import IPv4Address

from kad.config.route_kinds import Prefix
from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.static_ipaddress import StaticAddress
from kad.config.schema.static_routes import StaticRoute
from kad.config.schema.static_rules import StaticRule
from kad.config.schema.track_group import TrackGroup
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.virtual_routes import VirtualRoute
from kad.config.schema.virtual_rules import VirtualRule
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.ipc.messages import ConfigureVrrp
from kad.units import SECOND, Micros
from kad.vrrp.actions import Log
from kad.vrrp.node import ClearAddresses, Node, SetAddresses
from kad.vrrp.settings import settle, ties
from kad.vrrp.statics import Statics

ADDRESS = StaticAddress(address="203.0.113.5", prefix=32, device="eth1", track_group="SIDES")
PLACED = ("eth1", VirtualAddress(address="203.0.113.5", prefix=32, device="eth1"))
ROUTE = StaticRoute(destination=Prefix("198.51.100.0", 24), device="eth2", track_group="SIDES")
RULE = StaticRule(table=7, preference=500, iif="eth3", track_group="SIDES")


def share(*lines: StaticAddress | StaticRoute | StaticRule, groups: tuple[TrackGroup, ...] = ()) -> ConfigureVrrp:
    return ConfigureVrrp(
        global_defs=GlobalDefs(),
        scripts=(),
        instances=(),
        track_groups=groups,
        static_addresses=tuple(one for one in lines if isinstance(one, StaticAddress)),
        static_routes=tuple(one for one in lines if isinstance(one, StaticRoute)),
        static_rules=tuple(one for one in lines if isinstance(one, StaticRule)),
    )


def running(*lines: StaticAddress | StaticRoute | StaticRule) -> Statics:
    statics = Statics()
    statics.configure(share(*lines))
    return statics


def test_all_is_set_at_the_start_and_removed_at_the_end() -> None:
    statics = Statics()
    assert statics.configure(share(ADDRESS, ROUTE, RULE)) == [SetAddresses("", (PLACED,), (ROUTE, RULE))]
    assert statics.stop() == [ClearAddresses("", (PLACED,), (ROUTE, RULE))]
    assert statics.stop() == []


def test_a_reload_changes_what_differs_and_removes_first() -> None:
    statics = running(ADDRESS, ROUTE)
    assert statics.configure(share(ADDRESS, ROUTE)) == []
    assert statics.configure(share(ADDRESS, RULE)) == [
        ClearAddresses("", (), (ROUTE,)),
        SetAddresses("", (), (RULE,)),
    ]


def test_a_lost_address_is_restored_with_a_line_and_others_are_not_ours() -> None:
    statics = running(ADDRESS)
    line, again = statics.lost((PLACED,))
    assert isinstance(line, Log)
    assert line.text == "Restoring deleted static address 203.0.113.5/32 dev eth1"
    assert again == SetAddresses("", (PLACED,))
    assert statics.lost((("eth0", PLACED[1]),)) == []


def test_with_an_interface_its_addresses_are_set_again() -> None:
    statics = running(ADDRESS)
    assert statics.links_changed({"eth0"}) == []
    assert statics.links_changed({"eth0", "eth1"}) == [SetAddresses("", (PLACED,))]
    assert statics.links_changed({"eth0", "eth1"}) == []


def instance(**details: object) -> VrrpInstance:
    return VrrpInstance(name="A", interface="eth0", virtual_router_id=1, **details)  # type: ignore[arg-type]


def test_the_instances_of_a_track_group_need_the_interfaces_of_its_lines() -> None:
    group = TrackGroup(name="SIDES", group=("A",))
    other = StaticRoute(destination=Prefix("198.51.101.0", 24), device="eth4")
    configured = share(ADDRESS, ROUTE, other, RULE, groups=(group,))
    assert ties("A", configured) == ("eth1", "eth2", "eth3")
    assert ties("B", configured) == ()


def test_a_master_needs_the_interfaces_of_tracked_lines_only() -> None:
    lines = instance(
        virtual_ipaddress=(VirtualAddress(address="192.0.2.9", prefix=32, device="eth1", no_track=True),),
        virtual_routes=(
            VirtualRoute(destination=Prefix("198.51.100.0", 24), device="eth2"),
            VirtualRoute(destination=Prefix("198.51.101.0", 24), device="eth3", no_track=True),
        ),
        virtual_rules=(VirtualRule(table=5, iif="eth4", oif="eth5"), VirtualRule(table=6, iif="eth6", no_track=True)),
    )
    assert settle(lines, GlobalDefs(), {}).interfaces == {"eth0", "eth2", "eth4", "eth5"}


def test_the_loss_of_an_address_that_is_not_tracked_is_no_matter() -> None:
    node = Node(lambda: 0)
    address = VirtualAddress(address="192.0.2.9", prefix=32, no_track=True)
    tracked = VirtualAddress(address="192.0.2.8", prefix=32)
    one = instance(virtual_ipaddress=(tracked, address))
    node.links_changed({"eth0"}, Micros(0))
    node.addresses_changed({"eth0": (IPv4Address("192.0.2.1"),)}, Micros(0))
    node.configure(ConfigureVrrp(global_defs=GlobalDefs(), scripts=(), instances=(one,)), Micros(0))
    node.deadline_passed(Micros(60 * SECOND))
    assert node.addresses_lost((("eth0", tracked),), Micros(61 * SECOND)) != []
    assert node.addresses_lost((("eth0", address),), Micros(61 * SECOND)) == []
