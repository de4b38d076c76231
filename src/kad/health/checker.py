"""One checker: what it tries and what it makes of it, put together from the configuration. Pure.

A new type of checker is a file in `checks/` and a case in `_probe`.
"""

from collections.abc import Callable, Iterator
from typing import Protocol, assert_never

from kad.config.schema.http_get import HttpGet
from kad.config.schema.misc_check import MiscCheck
from kad.config.schema.real_server import Check, RealServer
from kad.config.schema.tcp_check import TcpCheck
from kad.config.schema.virtual_server import VirtualServer
from kad.health import names, verdict
from kad.health.checks.http_get import HttpProbe, requests
from kad.health.checks.misc_check import MiscProbe, contribution
from kad.health.checks.tcp_check import TcpProbe
from kad.health.outcome import Outcome
from kad.health.verdict import Action, UrlVerdict, Verdict, Words
from kad.health.world import World, endpoint
from kad.units import Micros


class Probe(Words, Protocol):
    """One type of checker, for one real server: it tries, and has words for how that went."""

    async def attempt(self, world: World, turn: int) -> Outcome:
        """Try once. Never raises but for a bug."""


class Checker:
    """A checker of a real server: `server` and `check` are their positions in the virtual server's configuration."""

    def __init__(self, virtual_server: VirtualServer, server: int, check: int, *, up: bool) -> None:
        self.server = server
        self.check = check
        self._real_server = virtual_server.real_servers[server]
        self._config = self._real_server.checks[check]
        self._configured_weight = verdict.first(self._real_server.weight, virtual_server.weight)
        self.name = names.of_server(self._real_server, virtual_server)
        self._probe, self.verdict = _probe(self._config, self._real_server, virtual_server, up=up)

    def log_failures(self, *, default: bool) -> None:
        """Log each failed attempt if the checker's configuration says so, or else if the `default` does."""
        own = self._config.log_all_failures
        self.verdict.log_all = default if own is None else own

    async def attempt(self, world: World) -> Outcome:
        """Try once what is next."""
        return await self._probe.attempt(world, self.verdict.turn)

    def ended(self, outcome: Outcome, now: Micros) -> list[Action]:
        """What an attempt's end means."""
        weight = 0
        if isinstance(self._config, MiscCheck):
            weight = contribution(outcome, self._configured_weight, dynamic=self._config.misc_dynamic)
        return self.verdict.ended(outcome, now, weight)


def checkers(virtual_server: VirtualServer, is_up: Callable[[int, int], bool]) -> Iterator[Checker]:
    """All checkers of a virtual server; `is_up` says as what each of them counts until it has run."""
    for server, real_server in enumerate(virtual_server.real_servers):
        for check in range(len(real_server.checks)):
            yield Checker(virtual_server, server, check, up=is_up(server, check))


def twins(old: VirtualServer, new: VirtualServer) -> dict[tuple[int, int], tuple[int, int]]:
    """Which checker of a new configuration tests the same as one of the old: new (server, check) -> old."""
    before = {names.place(server): index for index, server in enumerate(old.real_servers)}
    found = {}
    for server, real_server in enumerate(new.real_servers):
        previous = before.get(names.place(real_server))
        if previous is None:
            continue
        for check, config in enumerate(real_server.checks):
            twin = verdict.twin_of(config, old.real_servers[previous].checks)
            if twin is not None:
                found[server, check] = (previous, twin)
    return found


def _probe(check: Check, real_server: RealServer, virtual_server: VirtualServer, *, up: bool) -> tuple[Probe, Verdict]:
    name = names.of_server(real_server, virtual_server)
    of = names.of_virtual_server(virtual_server)
    timing = verdict.timing(check, real_server, virtual_server)
    match check:
        case TcpCheck():
            tcp = TcpProbe(name, endpoint(check, real_server, virtual_server))
            return tcp, Verdict(timing, tcp, up=up)
        case HttpGet():
            target = endpoint(check, real_server, virtual_server)
            urls = requests(check, real_server.virtualhost or virtual_server.virtualhost, target)
            http = HttpProbe(name, of, target, urls)
            return http, UrlVerdict(timing, http, up=up, urls=len(urls), fast_recovery=check.fast_recovery)
        case MiscCheck():
            misc = MiscProbe(name, of, check, check.misc_timeout or virtual_server.delay_loop)
            return misc, Verdict(timing, misc, up=up)
        case _:
            assert_never(check)
