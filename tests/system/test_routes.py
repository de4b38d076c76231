"""Routes and rules in a network namespace: what the kernel answers, and what it tells of others. Needs root."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from kad.config.route_kinds import Prefix
from kad.config.schema.virtual_routes import VirtualRoute
from kad.config.schema.virtual_rules import VirtualRule
from kad.system.netlink import BATCH, Netlink
from kad.system.routes import GoneWay, Routes, watch_routes
from tests.netns.lab import Host, Lab, inside

pytestmark = [pytest.mark.netns, pytest.mark.skipif(os.geteuid() != 0, reason="netns tests need root")]

T = TypeVar("T")
ROUTE = VirtualRoute(destination=Prefix("198.51.100.0", 24), device="eth0")
RULE = VirtualRule(table=100, preference=500)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with Lab(tmp_path, "left") as made:
        yield made["left"]


def run(host: Host, body: Callable[[Netlink, Routes], Awaitable[T]]) -> T:
    async def main() -> T:
        netlink = Netlink()
        await netlink.open()
        try:
            links = (await netlink.interfaces()).links.values()
            routes = Routes(netlink, {link.name: link.index for link in links}.get)
            return await asyncio.wait_for(body(netlink, routes), 10)
        finally:
            netlink.close()

    return inside(host.namespace, lambda: asyncio.run(main()))


def test_each_way_has_its_own_answer_in_order(host: Host) -> None:
    nowhere = VirtualRoute(destination=Prefix("198.51.101.0", 24), device="eth7")
    unreachable = VirtualRoute(destination=Prefix("198.51.102.0", 24), via="203.0.113.1")
    ways = (ROUTE, nowhere, unreachable, ROUTE, RULE)

    async def body(_: Netlink, routes: Routes) -> tuple[list[str | None], list[str]]:
        return await routes.add(ways), await routes.remove(ways)

    added, removed = run(host, body)
    assert added == ["", "No such device", "Network is unreachable", None, ""]
    assert removed == [""] * 5
    assert "198.51.10" not in host.ip("route")


def test_more_than_a_batch_is_set_and_removed(host: Host) -> None:
    many = [VirtualRoute(destination=Prefix(f"198.51.{n}.0", 24), device="eth0") for n in range(2 * BATCH + 1)]
    assert set(run(host, lambda _, routes: routes.add(many))) == {""}
    assert host.ip("route").count("198.51.") == len(many)
    run(host, lambda _, routes: routes.remove(many))
    assert "198.51." not in host.ip("route")


def test_the_watch_tells_what_others_remove_of_ours_and_nothing_else(host: Host) -> None:
    async def body(netlink: Netlink, routes: Routes) -> list[GoneWay | None]:
        told: list[GoneWay | None] = []
        watching = asyncio.create_task(watch_routes(netlink, told.append))
        while not told:
            await asyncio.sleep(0.01)
        await routes.add((ROUTE, RULE))
        await routes.remove((ROUTE, RULE))
        await routes.add((ROUTE, RULE))
        host.ip("route", "add", "198.51.101.0/24", "dev", "eth0")
        for words in ("route delete 198.51.101.0/24", "route delete 198.51.100.0/24", "rule delete preference 500"):
            host.ip(*words.split())
        while len(told) < 3:
            await asyncio.sleep(0.01)
        watching.cancel()
        return told

    assert run(host, body) == [None, (4, 254, "198.51.100.0/24"), (4, 500, "")]
