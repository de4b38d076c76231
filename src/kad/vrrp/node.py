"""All routers of this machine together: which of them an event concerns, and what they want done, in order. Pure.

The worker's shell (process.py) tells what it sees by interface name; out come a few kinds of work that it does without
looking into them. Not here: what a router makes of an event (router.py), when a script's result counts (tracking.py).
"""

import heapq
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import assert_never

from kad.config.schema.script import Script
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_script import VrrpScript
from kad.ipc.messages import ConfigureVrrp, RunScript, ScriptExited
from kad.notify import called
from kad.units import SECOND, Micros
from kad.vrrp.actions import (
    Action,
    AddAddresses,
    Addresses,
    Log,
    Notify,
    RemoveAddresses,
    SendAdvert,
    SendGarp,
    Transition,
)
from kad.vrrp.events import (
    AddressesLost,
    DeadlinePassed,
    Event,
    FactsChanged,
    PacketReceived,
    Reconfigured,
    Removed,
    Started,
    Stopped,
)
from kad.vrrp.packet import Envelope, IPAddress, Reason, Received, decode, decode6
from kad.vrrp.router import Router
from kad.vrrp.security import UnixClock
from kad.vrrp.sending import Copies, Sender
from kad.vrrp.settings import Key, KeyFiles, RouterSettings, Wire, changed, settle
from kad.vrrp.tracking import Facts, Run, ScriptTracker

Placed = tuple[tuple[str, VirtualAddress], ...]
"""Addresses with the interface that each belongs on."""


@dataclass(frozen=True)
class Transmit:
    """Send these copies of an advert now; `instance` names it in the log. IPv4 headers are in them.

    `source` and `ttl` are for the kernel, which makes IPv6 headers.
    """

    instance: str
    wire: Wire
    source: IPAddress
    ttl: int
    copies: Copies


@dataclass(frozen=True)
class SetAddresses:
    """Put addresses on their interfaces, behind all work that was asked for before."""

    instance: str
    addresses: Placed


@dataclass(frozen=True)
class ClearAddresses:
    """Take addresses off their interfaces, behind all work before; drop the instance's waiting announcements."""

    instance: str
    addresses: Placed


@dataclass(frozen=True)
class Announce:
    """Send a gratuitous ARP, or IPv6's like, for each address, `repeat` rounds of them, behind all work before."""

    instance: str
    addresses: tuple[tuple[str, IPAddress], ...]
    repeat: int


Work = Log | Transmit | SetAddresses | ClearAddresses | Announce | RunScript


class Node:
    """Every router and every tracked script. `deadline` is the only timer: call `deadline_passed` then.

    `unix` tells Unix time in microseconds, which auth_hmac signs with.
    """

    def __init__(self, unix: UnixClock) -> None:
        self._unix = unix
        self.members: dict[Key, Sender] = {}
        self.ignored: Counter[Reason] = Counter()
        self._trackers: dict[str, ScriptTracker] = {}
        self._runs: dict[int, ScriptTracker] = {}
        self._last_run = 0
        self._up: frozenset[str] = frozenset()
        self._virtual: frozenset[IPAddress] = frozenset()
        self._addresses: dict[str, tuple[IPAddress, ...]] = {}
        self._sources: dict[tuple[str, int, bool], tuple[IPAddress, ...]] = {}
        self._held_until: Micros | None = None
        self._log_unknown = False
        self._unknown: set[tuple[str, int]] = set()
        self._agenda: list[tuple[Micros, int, Key | str]] = []
        self._scheduled: dict[Key | str, Micros] = {}
        self._entries = 0

    @property
    def deadline(self) -> Micros | None:
        """When something is to be done without an event."""
        while self._agenda:
            at, _, who = self._agenda[0]
            if self._scheduled.get(who) == at:
                return at
            heapq.heappop(self._agenda)  # it has been put off, or is gone
        return None

    @property
    def interfaces(self) -> frozenset[str]:
        """The interfaces that matter to any router."""
        return frozenset().union(*(member.router.settings.watched for member in self.members.values()))

    @property
    def wires(self) -> frozenset[Wire]:
        """Where routers listen; one that has no address to be reached at listens nowhere."""
        wires = (_wire(member.router) for member in self.members.values())
        return frozenset(wire for wire in wires if wire is not None)

    # What the shell tells

    def configure(self, share: ConfigureVrrp, now: Micros, key_files: KeyFiles | None = None) -> list[Work]:
        """Run these routers from now on: start the new, end the gone, change the changed, leave the others alone.

        `key_files`: what is in the files that hold keys of auth_hmac.
        """
        scripts = {script.name: script for script in share.scripts}
        settled = (settle(instance, share.global_defs, scripts, key_files) for instance in share.instances)
        wanted = {settings.key: settings for settings in settled}
        self._virtual = frozenset(ip_address(vip.address) for s in wanted.values() for vip in s.all_addresses)
        self._sources.clear()
        self._log_unknown = share.global_defs.log_unknown_vrids
        self._follow({track.name: scripts[track.name] for s in wanted.values() for track in s.tracks}, now)
        work: list[Work] = self._hold(share, now)
        self._turn(wanted)
        for key in [key for key in self.members if key not in wanted]:
            work += self._handle(key, Removed(), now)
            del self.members[key]
            self._schedule(key, None)
        for key, settings in wanted.items():
            work += self._adopt(key, settings, now)
        work += self._facts_changed(now)
        # An address may move from one router to another: all removals come before all additions.
        return sorted(work, key=lambda item: isinstance(item, SetAddresses | Announce))

    def _hold(self, share: ConfigureVrrp, now: Micros) -> list[Work]:
        """At the start of the daemon wait, if that is wished (3.2): `now` counts from the boot."""
        if self._held_until is not None:
            return []
        global_defs = share.global_defs
        delay = max(global_defs.vrrp_startup_delay, global_defs.vrrp_delay_after_boot - now) if share.first else 0
        self._held_until = Micros(now + max(delay, 0))
        return [Log(logging.INFO, f"Delaying startup for {delay / SECOND:g} seconds")] if delay > 0 else []

    def links_changed(self, up: Iterable[str], now: Micros) -> list[Work]:
        """These interfaces are up now, and no others."""
        before, self._up = self._up, frozenset(up)
        changed_links = sorted(self.interfaces & (before ^ self._up))
        states = ((name, "up" if name in self._up else "down") for name in changed_links)
        lines = [Log(logging.INFO, f"Netlink reports {name} {state}") for name, state in states]
        return [*lines, *self._facts_changed(now)]

    def addresses_changed(self, addresses: dict[str, tuple[IPAddress, ...]], now: Micros) -> list[Work]:
        """These are the addresses of each interface now, in the kernel's order."""
        if addresses == self._addresses:
            return []
        self._addresses = addresses
        self._sources.clear()
        return self._facts_changed(now)

    def addresses_lost(self, lost: Placed, now: Micros) -> list[Work]:
        """Someone else removed these addresses, which we had set."""
        work: list[Work] = []
        for key, member in list(self.members.items()):
            settings = member.router.settings
            ours = tuple(a for a in settings.all_addresses if (settings.device(a), a) in lost)
            if ours:
                work += self._handle(key, AddressesLost(ours), now)
        return work

    def received(self, wire: Wire, datagram: bytes, now: Micros, envelope: Envelope | None = None) -> list[Work]:
        """A datagram came in on this wire; over IPv6 the kernel kept its header and gives an envelope for it."""
        packet = decode(datagram) if envelope is None else decode6(datagram, envelope)
        if isinstance(packet, Reason):
            self.ignored[packet] += 1
            return []
        if self._held_until is not None and now < self._held_until:
            self.ignored[Reason.STARTING] += 1
            return []
        key = Key(wire.interface, packet.vrid, wire.family, wire.unicast)
        if key not in self.members:
            key = key._replace(unicast=not wire.unicast)  # which refuses it, but then it is known for what it is
        if key not in self.members:
            return self._unknown_vrid(wire, packet)
        return self._handle(key, PacketReceived(packet), now)

    def _unknown_vrid(self, wire: Wire, packet: Received) -> list[Work]:
        self.ignored[Reason.UNKNOWN_VRID] += 1
        if not self._log_unknown or (wire.interface, packet.vrid) in self._unknown:
            return []
        self._unknown.add((wire.interface, packet.vrid))
        line = f"Unknown VRID({packet.vrid}) received on interface({wire.interface}). ignoring..."
        return [Log(logging.INFO, line)]

    def script_exited(self, result: ScriptExited, now: Micros) -> list[Work]:
        """A script that was to be reported has ended; scripts of an earlier configuration are ignored."""
        tracker = self._runs.pop(result.run, None)
        if tracker is None or self._trackers.get(tracker.script.name) is not tracker:
            return []
        before = tracker.verdict
        work: list[Work] = [*tracker.exited(result, now)]
        self._schedule(tracker.script.name, tracker.deadline)
        return work if tracker.verdict is before else [*work, *self._facts_changed(now)]

    def runner_lost(self, now: Micros) -> None:
        """No script that runs now will be reported."""
        self._runs.clear()
        for name, tracker in self._trackers.items():
            tracker.runner_lost(now)
            self._schedule(name, tracker.deadline)

    def deadline_passed(self, now: Micros) -> list[Work]:
        """Do all that is due."""
        work: list[Work] = []
        while (at := self.deadline) is not None and at <= now:
            who = heapq.heappop(self._agenda)[2]
            del self._scheduled[who]
            work += self._run_due(who, now) if isinstance(who, str) else self._handle(who, DeadlinePassed(), now)
        return work

    def stop(self, now: Micros, *, release: bool) -> list[Work]:
        """The daemon ends."""
        work: list[Work] = []
        for key in list(self.members):
            work += self._handle(key, Stopped(release=release), now)
        for name in list(self._trackers):
            self._schedule(name, None)
        self._trackers.clear()
        return work

    # Routers

    def _adopt(self, key: Key, settings: RouterSettings, now: Micros) -> list[Work]:
        if key not in self.members:
            self.members[key] = Sender(Router(settings, self._facts(settings, None), self._unix))
            held_until = self._held_until or now
            return self._handle(key, Started(Micros(max(held_until - now, 0))), now)
        router = self.members[key].router
        if settings.lacks_key:
            settings = replace(settings, hmac=router.settings.hmac)
            text = f"({settings.name}) the key of auth_hmac can't be read: going on as before the reload"
            return [Log(logging.ERROR, text), *self._change(key, settings, now)]
        return self._change(key, settings, now)

    def _turn(self, wanted: Iterable[Key]) -> None:
        """A router that turns from the group to peers, or back, is the same one: a master stays master."""
        for key in wanted:
            other = key._replace(unicast=not key.unicast)
            if key not in self.members and other in self.members and other not in wanted:
                self.members[key] = self.members.pop(other)
                self._schedule(other, None)

    def _change(self, key: Key, settings: RouterSettings, now: Micros) -> list[Work]:
        router = self.members[key].router
        differing = changed(router.settings, settings)
        if not differing:
            return []
        note = Log(logging.INFO, f"({settings.name}) reload changes {', '.join(differing)}")
        facts = self._facts(settings, router.facts.source)
        return [note, *self._handle(key, Reconfigured(settings, facts), now)]

    def _facts_changed(self, now: Micros) -> list[Work]:
        work: list[Work] = []
        for key, member in list(self.members.items()):
            router = member.router
            facts = self._facts(router.settings, router.facts.source)
            if facts != router.facts:
                work += self._handle(key, FactsChanged(facts), now)
        return work

    def _facts(self, settings: RouterSettings, source: IPAddress | None) -> Facts:
        names = {track.name for track in settings.tracks}
        return Facts(
            down=settings.watched - self._up,
            source=settings.source or self._source(settings, source),
            verdicts={name: tracker.verdict for name, tracker in self._trackers.items() if name in names},
        )

    def _source(self, settings: RouterSettings, present: IPAddress | None) -> IPAddress | None:
        """The interface's first address, and the same one as long as it is there; no VIP, unless it is the owner's.

        Over IPv6 the link-local one: only that is the router's own in every subnet (1.1).
        """
        addresses = self._candidates(settings.interface, settings.family, settings.owner)
        return present if present in addresses else next(iter(addresses), None)

    def _candidates(self, interface: str, family: int, owner: bool) -> tuple[IPAddress, ...]:
        """Worked out once for all routers of an interface: it may have thousands of addresses."""
        key = (interface, family, owner)
        if key not in self._sources:
            every = self._addresses.get(interface, ())
            mine = (a for a in every if a.version == family and (family == 4 or a.is_link_local))
            self._sources[key] = tuple(address for address in mine if owner or address not in self._virtual)
        return self._sources[key]

    def _handle(self, key: Key, event: Event, now: Micros) -> list[Work]:
        member = self.members[key]
        work: list[Work] = []
        for action in member.router.handle(event, now):
            work += self._translate(member, action)
        self._schedule(key, member.router.deadline)
        return work

    def _translate(self, member: Sender, action: Action) -> list[Work]:
        settings = member.router.settings
        name = settings.name
        work: list[Work]
        match action:
            case Log():
                work = [action]
            case SendAdvert(priority=priority):
                work = [_transmit(member, priority)]
            case AddAddresses(addresses=addresses):
                work = [SetAddresses(name, _placed(settings, addresses))]
            case RemoveAddresses(addresses=addresses):
                work = [ClearAddresses(name, _placed(settings, addresses))]
            case SendGarp(addresses=addresses, repeat=repeat):
                announced = tuple((settings.device(one), ip_address(one.address)) for one in addresses)
                work = [Announce(name, announced, repeat)]
            case Notify(event=event, priority=priority):
                scripts = called(settings.notify, event, name=name, priority=priority)
                work = [self._notification(name, script) for script in scripts]
            case Transition(old=old, new=new, cause=cause):
                line = f"({name}) {old.name} -> {new.name}, cause {cause.word}: {cause.text}"
                work = [Log(logging.INFO, line)]
            case _:
                assert_never(action)
        return work

    # Scripts

    def _notification(self, name: str, script: Script) -> RunScript:
        return RunScript(run=self._next_run(), script=script, queue=f"vrrp_instance {name}")

    def _next_run(self) -> int:
        self._last_run += 1
        return self._last_run

    def _follow(self, scripts: dict[str, VrrpScript], now: Micros) -> None:
        """Track these scripts; one that is as it was goes on undisturbed."""
        old, self._trackers = self._trackers, {}
        for name, script in scripts.items():
            tracker = old.get(name)
            if tracker is None or tracker.script != script:
                tracker = ScriptTracker(script, now, before=tracker)
            self._trackers[name] = tracker
            self._schedule(name, tracker.deadline)
        for name in old.keys() - scripts.keys():
            self._schedule(name, None)

    def _run_due(self, name: str, now: Micros) -> list[Work]:
        tracker = self._trackers[name]
        work: list[Work] = []
        for action in tracker.deadline_passed(now):
            if isinstance(action, Run):
                run = self._next_run()
                self._runs[run] = tracker
                work.append(RunScript(run=run, script=action.script, timeout=action.timeout, report=True))
            else:
                work.append(action)
        self._schedule(name, tracker.deadline)
        return work

    # Timers

    def _schedule(self, who: Key | str, at: Micros | None) -> None:
        """Note when `who` is due next; the entry from before, if any, is recognised as stale."""
        if at is None:
            self._scheduled.pop(who, None)
        elif self._scheduled.get(who) != at:
            self._scheduled[who] = at
            self._entries += 1
            heapq.heappush(self._agenda, (at, self._entries, who))


def _placed(settings: RouterSettings, addresses: Addresses) -> Placed:
    return tuple((settings.device(address), address) for address in addresses)


def _wire(router: Router) -> Wire | None:
    settings = router.settings
    address = router.facts.source if settings.unicast else settings.group
    return None if address is None else Wire(settings.interface, address, settings.unicast, bool(settings.ah_key))


def _transmit(member: Sender, priority: int) -> Transmit:
    settings, source, wire = member.router.settings, member.router.facts.source, _wire(member.router)
    assert source is not None and wire is not None, "a router that sends has an address to send from"  # noqa: PT018
    return Transmit(settings.name, wire, source, settings.ttl, member.copies(priority))
