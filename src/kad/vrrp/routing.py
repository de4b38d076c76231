"""What of the routing tables is ours: routes and policy rules that masters have, and static ones.

Set and removed in the order asked for. What can't be set, or was lost, is tried again when things change: to set a
route that is there already changes nothing, so to look whether it is there is to set it. A line that several have stays
until the last one lets go. Not here: netlink (system/routes.py), when this is asked for (process.py).
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from kad.config.printing import line
from kad.config.schema.virtual_routes import VirtualRoute
from kad.config.schema.virtual_rules import VirtualRule
from kad.vrrp.actions import Ways

Way = VirtualRoute | VirtualRule

Identity = tuple[int, int, str]
"""How an event calls what is gone: version of IP; a route's table and destination; a rule's preference."""

MAIN = 254
"""The table of routes that name none."""

STATIC = ""
"""The owner of what is there whoever is master."""


class Tables(Protocol):
    """The kernel's tables, as system/routes.py has them."""

    async def add(self, ways: Sequence[Way]) -> list[str | None]:
        """Set; of each: "" when it is set now, None when it was there already, else why it is not."""

    async def remove(self, ways: Sequence[Way]) -> list[str]:
        """Remove; of each: "" when it is not there now, else why it still is."""


class Routing:
    """All routes and rules that are to be there, and which of them the kernel refused."""

    def __init__(self, tables: Tables, say: Callable[[int, str], None]) -> None:
        self._tables = tables
        self._say = say
        self._owners: dict[Way, list[str]] = {}
        self._refused: dict[Way, str] = {}
        self._doubtful: set[Way] = set()
        self._anything = False
        self._up: frozenset[str] = frozenset()

    def doubt(self, gone: Identity | None) -> None:
        """Somebody removed something that may be ours; None: nobody knows what, if anything."""
        self._anything |= gone is None
        if gone is not None:
            self._doubtful.update(way for way in self._owners if restored(way) and gone == identity(way))

    def due(self, up: frozenset[str]) -> Ways:
        """What is to be looked at now that interfaces or addresses have changed: these interfaces are up.

        With an interface its routes went, and the kernel says nothing of it.
        """
        came, self._up = up - self._up, up
        lost = (way for way in self._owners if came & devices(way) or (self._anything and restored(way)))
        suspects = (*self._doubtful, *self._refused, *lost)
        found = tuple(dict.fromkeys(way for way in suspects if way in self._owners and devices(way) <= up))
        self._doubtful.clear()
        self._anything = False
        return found

    async def add(self, owner: str, ways: Ways) -> None:
        """Set these for an owner: an instance, or STATIC."""
        for way in ways:
            owners = self._owners.setdefault(way, [])
            if owner not in owners:
                owners.append(owner)
        for way, answer in zip(ways, await self._tables.add(ways), strict=True):
            self._note(way, answer)

    async def remove(self, owner: str, ways: Ways) -> None:
        """Remove these of an owner, in the other order; those that another one has stay. What is not there is fine."""
        ours = []
        for way in reversed(ways):
            owners = self._owners.get(way, [])
            if owner in owners:
                owners.remove(owner)
            if not owners:
                self._owners.pop(way, None)
                self._refused.pop(way, None)
                ours.append(way)
        for way, why in zip(ours, await self._tables.remove(ours), strict=True):
            if why:
                self._say(logging.ERROR, f"{_named(owner)}can't remove {describe(way)}: {why}")

    async def verify(self, ways: Iterable[Way]) -> None:
        """Set again what of these is to be there and is not; a line for each that was lost or can be set at last."""
        asked = [way for way in ways if way in self._owners]
        for way, answer in zip(asked, await self._tables.add(asked), strict=True):
            refused = way in self._refused
            if answer == "" and way in self._owners:
                self._say(*self._returned(way, refused=refused))
            self._note(way, answer)

    def _returned(self, way: Way, *, refused: bool) -> tuple[int, str]:
        owner = self._owners[way][0]
        if refused:
            return logging.INFO, f"{_named(owner)}{describe(way)} is set now"
        if owner == STATIC:
            return logging.WARNING, f"Restoring deleted static {describe(way)}"
        return logging.WARNING, f"{_named(owner)}{describe(way)}, no longer exist: putting it back"

    def _note(self, way: Way, answer: str | None) -> None:
        """Remember how it went; a refusal is told when it is new."""
        if way not in self._owners:
            return
        before = self._refused.pop(way, None)
        if answer:
            self._refused[way] = answer
            if answer != before:
                text = f"can't set {describe(way)}: {answer}; it is tried again when interfaces or addresses change"
                self._say(logging.ERROR, f"{_named(self._owners[way][0])}{text}")


def restored(way: Way) -> bool:
    """Whether it is put back when someone else deletes it; one that expires goes by itself."""
    return not way.no_track and not (isinstance(way, VirtualRoute) and way.expires is not None)


def devices(way: Way) -> frozenset[str]:
    """The interfaces without which a route can't be there; a rule can do without any."""
    if isinstance(way, VirtualRule):
        return frozenset()
    return frozenset(name for name in (way.device, *(hop.device for hop in way.nexthops)) if name is not None)


def identity(way: Way) -> Identity:
    """How an event will call it when it is gone."""
    if isinstance(way, VirtualRule):
        return way.version, way.preference or 0, ""
    return way.version, MAIN if way.table is None else way.table, f"{way.destination.address}/{way.destination.length}"


def describe(way: Way) -> str:
    """A route or rule as it is written in a configuration."""
    return f"{'route' if isinstance(way, VirtualRoute) else 'rule'} {line(way)}"


def _named(owner: str) -> str:
    return f"({owner}) " if owner else ""
