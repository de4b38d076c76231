"""Which routes and rules are to be there, told by what the kernel's tables answered."""

import asyncio
from collections.abc import Sequence

from kad.config.route_kinds import Prefix
from kad.config.schema.virtual_routes import VirtualRoute
from kad.config.schema.virtual_rules import VirtualRule
from kad.units import SECOND, Micros
from kad.vrrp.routing import Routing, Way, describe


def route(network: str = "198.51.100.0", **details: object) -> VirtualRoute:
    return VirtualRoute(destination=Prefix(network, 24), **details)  # type: ignore[arg-type]


def rule(preference: int = 500, **details: object) -> VirtualRule:
    return VirtualRule(table=100, preference=preference, **details)  # type: ignore[arg-type]


class Kernel:
    """Tables that refuse what they are told to."""

    def __init__(self) -> None:
        self.has: list[Way] = []
        self.refuses: dict[Way, str] = {}

    async def add(self, ways: Sequence[Way]) -> list[str | None]:
        return [self._add(way) for way in ways]

    def _add(self, way: Way) -> str | None:
        if way in self.refuses:
            return self.refuses[way]
        if way in self.has:
            return None
        self.has.append(way)
        return ""

    async def remove(self, ways: Sequence[Way]) -> list[str]:
        self.has = [way for way in self.has if way not in ways or way in self.refuses]
        return [self.refuses.get(way, "") for way in ways]


class World:
    """A Routing, the kernel that it changes, and what it says."""

    def __init__(self, *up: str) -> None:
        self.kernel = Kernel()
        self.lines: list[str] = []
        self.routing = Routing(self.kernel, lambda _, text: self.lines.append(text))
        self.up = frozenset(up or ("eth0",))
        self.routing.due(self.up)

    def add(self, *ways: Way, owner: str = "A") -> None:
        asyncio.run(self.routing.add(owner, ways))

    def remove(self, *ways: Way, owner: str = "A") -> None:
        asyncio.run(self.routing.remove(owner, ways))

    def look(self, *up: str) -> tuple[Way, ...]:
        found = self.routing.due(frozenset(up) or self.up)
        asyncio.run(self.routing.verify(found))
        return found


def test_what_one_asks_for_is_there_until_it_lets_go() -> None:
    world = World()
    world.add(route(), rule())
    assert world.kernel.has == [route(), rule()]
    world.remove(route(), rule())
    assert world.kernel.has == []
    assert world.lines == []


def test_what_two_ask_for_is_there_until_the_last_lets_go() -> None:
    world = World()
    world.add(route(), owner="A")
    world.add(route(), owner="B")
    world.remove(route(), owner="A")
    assert world.kernel.has == [route()]
    world.remove(route(), owner="B")
    assert world.kernel.has == []


def test_what_nobody_asked_for_is_removed_too() -> None:
    world = World()
    world.kernel.has = [route()]
    world.remove(route())
    assert world.kernel.has == []


def test_what_stays_although_it_is_removed_is_told() -> None:
    world = World()
    world.kernel.refuses[rule()] = "Operation not permitted"
    world.remove(rule())
    assert world.lines == ["(A) can't remove rule table 100 preference 500: Operation not permitted"]


def test_a_refusal_is_told_once_and_tried_again_with_each_change_until_it_works() -> None:
    world = World()
    world.kernel.refuses[route()] = "Network is unreachable"
    world.add(route())
    assert world.look() == (route(),)
    again = "it is tried again when interfaces or addresses change"
    assert world.lines == [f"(A) can't set route 198.51.100.0/24: Network is unreachable; {again}"]
    world.kernel.refuses[route()] = "Invalid argument"
    world.look()
    world.kernel.refuses.clear()
    world.look()
    assert world.lines[1:] == [
        f"(A) can't set route 198.51.100.0/24: Invalid argument; {again}",
        "(A) route 198.51.100.0/24 is set now",
    ]
    assert world.look() == ()


def test_what_was_deleted_is_put_back_with_a_line_and_nothing_else_is_looked_at() -> None:
    world = World()
    world.add(route(), route("198.51.101.0"), rule())
    world.kernel.has.clear()
    world.routing.doubt((4, 254, "198.51.100.0/24"))
    assert world.look() == (route(),)
    world.routing.doubt((4, 500, ""))
    assert world.look() == (rule(),)
    assert world.lines == [
        "(A) route 198.51.100.0/24, no longer exist: putting it back",
        "(A) rule table 100 preference 500, no longer exist: putting it back",
    ]


def test_nothing_that_is_not_tracked_or_that_expires_is_put_back() -> None:
    world = World()
    world.add(route(no_track=True), rule(no_track=True), route("198.51.101.0", expires=Micros(9 * SECOND)))
    world.routing.doubt(None)
    assert world.look() == ()


def test_when_anything_may_be_gone_all_that_is_tracked_is_looked_at() -> None:
    world = World()
    world.add(route(), rule())
    world.routing.doubt(None)
    assert world.look() == (route(), rule())
    assert world.lines == []
    assert world.look() == ()


def test_with_an_interface_its_routes_come_back_but_not_before_it_is_up() -> None:
    world = World()
    mine, other = route(device="eth1", no_track=True), route("198.51.101.0", device="eth0")
    world.add(mine, other)
    assert world.look("eth0", "eth1") == (mine,)
    world.routing.doubt(None)
    assert world.look("eth1") == ()
    assert world.look("eth0", "eth1") == (other,)


def test_what_was_let_go_meanwhile_is_not_put_back() -> None:
    world = World()
    world.add(route())
    world.routing.doubt(None)
    found = world.routing.due(world.up)
    world.remove(route())
    asyncio.run(world.routing.verify(found))
    assert world.kernel.has == []


def test_what_is_static_is_restored_in_keepalived_s_words() -> None:
    world = World()
    world.add(route(), owner="")
    world.kernel.has.clear()
    world.routing.doubt(None)
    world.look()
    assert world.lines == ["Restoring deleted static route 198.51.100.0/24"]


def test_a_way_is_described_as_it_is_written_without_what_is_usual() -> None:
    assert describe(route(via="192.0.2.1", device="eth0", metric=5)) == (
        "route 198.51.100.0/24 via 192.0.2.1 metric 5 dev eth0"
    )
