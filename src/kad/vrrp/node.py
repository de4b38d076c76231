"""All routers of this machine together: which of them an event concerns, and what they want done, in order. Pure.

The worker's shell (process.py) tells what it sees by interface name; out come a few kinds of work that it does without
looking into them. Not here: what a router makes of an event (router.py), when a script's result counts (tracking.py),
which members of a sync group must follow (group.py). Long, because routers, groups, scripts and timers meet here.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import assert_never

from kad.config.schema.script import Script
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.ipc.messages import ConfigureVrrp, FifoLine, RunScript
from kad.notify import Event as NotifyEvent
from kad.notify import called, fifo_line
from kad.units import SECOND, Micros
from kad.vrrp.actions import (
    Action,
    AddAddresses,
    Addresses,
    Contested,
    Log,
    Notify,
    RemoveAddresses,
    SendAdvert,
    SendGarp,
    State,
    Transition,
    Ways,
)
from kad.vrrp.agenda import Agenda
from kad.vrrp.events import (
    AddressesLost,
    DeadlinePassed,
    Event,
    FactsChanged,
    PacketReceived,
    Reconfigured,
    Removed,
    SiblingContested,
    Started,
    Stats,
    Stopped,
)
from kad.vrrp.group import SyncGroup, follows_siblings, join, siblings, with_tracking
from kad.vrrp.links import Links, LinkWaiting
from kad.vrrp.packet import Envelope, IPAddress, Reason, Received, decode, decode6
from kad.vrrp.router import Router
from kad.vrrp.security import UnixClock
from kad.vrrp.sending import Copies, Sender
from kad.vrrp.settings import Key, KeyFiles, Others, RouterSettings, Wire, changed, settle, ties
from kad.vrrp.trackers import Around, Due, Observation, Trackers
from kad.vrrp.tracking import Facts, Fault, own_faults

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
    """Put addresses on their interfaces, then set routes and rules, behind all work that was asked for before.

    `closed`: no packets for the addresses are taken.
    """

    instance: str
    addresses: Placed
    ways: Ways = ()
    closed: bool = False


@dataclass(frozen=True)
class ClearAddresses:
    """Remove rules, routes and addresses, behind all work before; drop the instance's waiting announcements."""

    instance: str
    addresses: Placed
    ways: Ways = ()


@dataclass(frozen=True)
class Announce:
    """Send a gratuitous ARP, or IPv6's like, for each address, `repeat` rounds of them, behind all work before."""

    instance: str
    addresses: tuple[tuple[str, IPAddress], ...]
    repeat: int


Work = Log | Transmit | SetAddresses | ClearAddresses | Announce | RunScript | FifoLine


class Node:
    """Every router and every tracked script. `deadline` is the only timer: call `deadline_passed` then.

    `unix` tells Unix time in microseconds, which auth_hmac signs with.
    """

    def __init__(self, unix: UnixClock) -> None:
        self._unix = unix
        self.members: dict[Key, Sender] = {}
        self.groups: dict[str, SyncGroup] = {}
        self._faults: dict[str, dict[str, tuple[Fault, ...]]] = {}
        self.ignored: Counter[Reason] = Counter()
        self._last_run = 0
        self._agenda: Agenda[Key | Due | LinkWaiting] = Agenda()
        self._schedule = self._agenda.schedule
        self._trackers = Trackers(self._schedule, self._next_run)
        self._links = Links(self._schedule)
        self._virtual: frozenset[IPAddress] = frozenset()
        self._bases: dict[tuple[str, int], str] = {}
        self._addresses: dict[str, tuple[IPAddress, ...]] = {}
        self._sources: dict[tuple[str, int, bool], tuple[IPAddress, ...]] = {}
        self._held_until: Micros | None = None
        self._log_unknown = False
        self._pipes = False
        self._unknown: set[tuple[str, int]] = set()

    @property
    def deadline(self) -> Micros | None:
        """When something is to be done without an event."""
        return self._agenda.deadline

    @property
    def interfaces(self) -> frozenset[str]:
        """The interfaces that matter to any router."""
        return frozenset().union(*(member.router.settings.watched for member in self.members.values()))

    @property
    def wires(self) -> frozenset[Wire]:
        """Where routers listen; one that has no address to be reached at listens nowhere."""
        wires = (_wire(member.router) for member in self.members.values())
        return frozenset(wire for wire in wires if wire is not None)

    def heard(self, interface: str, family: int) -> frozenset[int] | None:
        """The VRIDs whose adverts mean something on this interface, whatever the wire; None: every packet does.

        As `received` looks for them: one that comes on the wrong wire is to be refused and counted, not cut off.
        """
        if self._log_unknown:
            return None
        vrids = frozenset(
            key.vrid
            for key, member in self.members.items()
            if key.family == family and interface in (key.interface, member.router.settings.speaks_on)
        )
        return vrids or None

    # What the shell tells

    def configure(
        self, share: ConfigureVrrp, now: Micros, key_files: KeyFiles | None = None, around: Around | None = None
    ) -> list[Work]:
        """Run these routers from now on: start the new, end the gone, change the changed, leave the others alone.

        `key_files`: what is in the files that hold keys of auth_hmac; `around`: what else was found for it.
        """
        wanted = self._settle(share, key_files)
        self._virtual = frozenset(ip_address(vip.address) for s in wanted.values() for vip in s.all_addresses)
        self._bases = {(s.speaks_on, s.vrid): s.interface for s in wanted.values() if s.speaks_on != s.interface}
        self._sources.clear()
        self._log_unknown = share.global_defs.log_unknown_vrids
        self._pipes = bool(share.global_defs.notify_fifo or share.global_defs.vrrp_notify_fifo)
        repeat = bool(self.members) and share.global_defs.fifo_write_vrrp_states_on_reload
        work: list[Work] = [*self._trackers.follow(share, wanted.values(), around or Around(), now)]
        self._links.configure(share.link_delays, wanted.values(), now)
        work += self._hold(share, now)
        self._turn(wanted)
        for key in [key for key in self.members if key not in wanted]:
            work += self._apply(key, Removed(), now)
            del self.members[key]
            self._schedule(key, None)
        work += self._keep_keys(wanted)
        self._weigh(wanted)
        work += self._open_groups(wanted, now)
        for key, settings in wanted.items():
            work += self._adopt(key, settings, now)
        work += self._facts_changed(now)
        if repeat:
            work += self._states()
        # An address may move from one router to another: all removals come before all additions.
        return sorted(work, key=lambda item: isinstance(item, SetAddresses | Announce))

    def _settle(self, share: ConfigureVrrp, key_files: KeyFiles | None) -> dict[Key, RouterSettings]:
        """The routers' settings, and the groups that they are in from now on."""
        instances = [with_tracking(instance, share.sync_groups) for instance in share.instances]
        scripts = {one.name: one for one in share.scripts}
        others = Others({one.name: one for one in share.track_files}, {one.name: one for one in share.track_processes})
        every = [settle(instance, share.global_defs, scripts, key_files, others) for instance in instances]
        every = [replace(one, ties=ties(one.name, share)) for one in every]
        wanted = {settings.key: settings for settings in every}
        before, self.groups = self.groups, {}
        for group in share.sync_groups:
            settings, joined = join(every, group)
            wanted |= {member.key: member for member in joined}
            if joined:  # else none of its members is run
                self.groups[group.name] = SyncGroup(settings, before.get(group.name))
        return wanted

    def _hold(self, share: ConfigureVrrp, now: Micros) -> list[Work]:
        """At the start of the daemon wait, if that is wished (3.2): `now` counts from the boot."""
        if self._held_until is not None:
            return []
        global_defs = share.global_defs
        delay = max(global_defs.vrrp_startup_delay, global_defs.vrrp_delay_after_boot - now) if share.first else 0
        self._held_until = Micros(now + max(delay, 0))
        return [Log(logging.INFO, f"Delaying startup for {delay / SECOND:g} seconds")] if delay > 0 else []

    def links_changed(self, up: Iterable[str], now: Micros, gone: frozenset[str] = frozenset()) -> list[Work]:
        """These interfaces are up now, and no others; those that are `gone` wait for no delay."""
        return self._count_links(self._links.see(up, now, gone), now)

    def _count_links(self, changed_links: frozenset[str], now: Micros) -> list[Work]:
        up = self._links.up
        states = ((name, "up" if name in up else "down") for name in sorted(self.interfaces & changed_links))
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
            ours = tuple(a for a in settings.all_addresses if not a.no_track and (settings.device(a), a) in lost)
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
        key = Key(
            self._bases.get((wire.interface, packet.vrid), wire.interface), packet.vrid, wire.family, wire.unicast
        )
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

    def observed(self, what: Observation, now: Micros) -> list[Work]:
        """Something that routers follow was looked at; scripts of an earlier configuration are ignored."""
        lines, news = self._trackers.observed(what, now)
        return [*lines, *self._facts_changed(now)] if news else [*lines]

    def runner_lost(self, now: Micros) -> None:
        """No script that runs now will be reported."""
        self._trackers.runner_lost(now)

    def deadline_passed(self, now: Micros) -> list[Work]:
        """Do all that is due."""
        work: list[Work] = []
        while (who := self._agenda.due(now)) is not None:
            if isinstance(who, Key):
                work += self._handle(who, DeadlinePassed(), now)
            elif isinstance(who, LinkWaiting):
                work += self._count_links(self._links.due(who.name, now), now)
            else:
                done, news = self._trackers.due(who, now)
                work += [*done, *self._facts_changed(now)] if news else done
        return work

    def clear_counters(self) -> None:
        """Count from 0 again."""
        self.ignored.clear()
        for member in self.members.values():
            member.router.stats = Stats()

    def stop(self, now: Micros, *, release: bool) -> list[Work]:
        """The daemon ends."""
        work: list[Work] = []
        for key in list(self.members):
            work += self._apply(key, Stopped(release=release), now)
        for group in self.groups.values():
            work += self._notify_group(group, NotifyEvent.STOP)
        self._trackers.stop(now)
        return work

    # Routers

    def _adopt(self, key: Key, settings: RouterSettings, now: Micros) -> list[Work]:
        if key not in self.members:
            self.members[key] = Sender(Router(settings, self._facts(settings, None), self._unix))
            held_until = self._held_until or now
            return self._apply(key, Started(Micros(max(held_until - now, 0))), now)
        return self._change(key, settings, now)

    def _keep_keys(self, wanted: dict[Key, RouterSettings]) -> list[Log]:
        """A key that can't be read at a reload is no reason to end what runs."""
        lines = []
        for key, settings in wanted.items():
            if settings.lacks_key and key in self.members:
                wanted[key] = replace(settings, hmac=self.members[key].router.settings.hmac)
                text = f"({settings.name}) the key of auth_hmac can't be read: going on as before the reload"
                lines.append(Log(logging.ERROR, text))
        return lines

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
        return [note, *self._apply(key, Reconfigured(settings, facts), now)]

    def _facts_changed(self, now: Micros) -> list[Work]:
        """Tell each router what is new to it; in a sync group those whose own facts changed come before the others."""
        self._weigh({key: member.router.settings for key, member in self.members.items()})
        changes = []
        for key, member in self.members.items():
            router = member.router
            facts = self._facts(router.settings, router.facts.source)
            if facts != router.facts:
                changes.append((key, facts))
        if self.groups:
            changes.sort(key=lambda change: change[1].siblings != self.members[change[0]].router.facts.siblings)
        work: list[Work] = []
        told: set[str] = set()
        for key, facts in changes:
            router = self.members[key].router
            name = router.settings.sync_group
            follows = follows_siblings(router, facts)
            if follows is not None and name not in told:
                told.add(name)
                work.append(self.groups[name].say_synchronising(follows))
            work += self._apply(key, FactsChanged(facts), now)
        for group in self.groups.values():
            work += self._synchronise(group, group.settings.keys[0], now)
        return work

    def _facts(self, settings: RouterSettings, source: IPAddress | None) -> Facts:
        faults = self._faults.get(settings.sync_group, {})
        return replace(self._own_facts(settings, source), siblings=siblings(faults, settings.name))

    def _own_facts(self, settings: RouterSettings, source: IPAddress | None) -> Facts:
        return Facts(
            down=settings.watched - self._links.up,
            source=self._fixed(settings) if settings.source else self._source(settings, source),
            **self._trackers.facts(settings),
        )

    def _fixed(self, settings: RouterSettings) -> IPAddress | None:
        """The configured source address; with track_src_ip only while it is there."""
        missing = settings.track_source and settings.source not in self._addresses.get(settings.interface, ())
        return None if missing else settings.source

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
        """Let the router handle it, and its sync group follow."""
        work = self._apply(key, event, now)
        group = self.groups.get(self.members[key].router.settings.sync_group)
        return work if group is None else work + self._synchronise(group, key, now)

    def _apply(self, key: Key, event: Event, now: Micros) -> list[Work]:
        """Let the router alone handle it."""
        member = self.members[key]
        work: list[Work] = []
        contested = False
        for action in member.router.handle(event, now):
            contested |= isinstance(action, Contested)
            work += self._translate(member, action)
        self._schedule(key, member.router.deadline)
        for other in self._siblings_of(key) if contested else ():
            work += self._apply(other, SiblingContested(), now)
        return work

    def _translate(self, member: Sender, action: Action) -> list[Work]:
        settings = member.router.settings
        name = settings.name
        work: list[Work]
        match action:
            case Log():
                work = [action]
            case Contested():
                work = []
            case SendAdvert(priority=priority):
                work = [_transmit(member, priority)]
            case AddAddresses(addresses=addresses, ways=ways):
                work = [SetAddresses(name, _placed(settings, addresses), ways, closed=not settings.accept)]
            case RemoveAddresses(addresses=addresses, ways=ways):
                work = [ClearAddresses(name, _placed(settings, addresses), ways)]
            case SendGarp(addresses=addresses, repeat=repeat):
                announced = tuple((settings.device(one), ip_address(one.address)) for one in addresses)
                work = [Announce(name, announced, repeat)]
            case Notify(event=event, priority=priority):
                scripts = called(settings.notify, event, name=name, priority=priority)
                work = [self._script(f"vrrp_instance {name}", script) for script in scripts]
                work += self._pipe(fifo_line(event, name=name, priority=priority))
            case Transition(old=old, new=new, cause=cause):
                line = f"({name}) {old.name} -> {new.name}, cause {cause.word}: {cause.text}"
                work = [Log(logging.INFO, line)]
            case _:
                assert_never(action)
        return work

    # Sync groups

    def _routers(self, group: SyncGroup) -> dict[Key, Router]:
        return {key: self.members[key].router for key in group.settings.keys if key in self.members}

    def _siblings_of(self, key: Key) -> list[Key]:
        group = self.groups[self.members[key].router.settings.sync_group]
        return [one for one in self._routers(group) if one != key]

    def _weigh(self, wanted: Mapping[Key, RouterSettings]) -> None:
        """Find out what faults the members of each group have themselves."""
        self._faults = {}
        for name, group in self.groups.items():
            faults = self._faults[name] = {}
            for key in group.settings.keys:
                if key in wanted:
                    present = self.members[key].router.facts.source if key in self.members else None
                    facts = self._own_facts(wanted[key], present)
                    faults[wanted[key].name] = own_faults(wanted[key], facts)

    def _open_groups(self, wanted: Mapping[Key, RouterSettings], now: Micros) -> list[Work]:
        """Tell where a new group begins, before its members do, unless that is MASTER (reference vrrp.md 9.2)."""
        work: list[Work] = []
        held = self._held_until is not None and self._held_until > now
        for name, group in self.groups.items():
            members = [wanted[key] for key in group.settings.keys]
            if group.state is State.INIT and not self._routers(group):
                begun = group.begin(self._faults[name], at_once=members[0].starts_master and not held)
                work += [] if begun is None else self._notify_group(group, NotifyEvent[begun.name])
        return work

    def _synchronise(self, group: SyncGroup, mover: Key, now: Micros) -> list[Work]:
        """Have the members follow each other, then tell what the group is now."""
        work: list[Work] = []
        for _ in State:  # each order leads to another state; whoever would not follow must not hold up the others
            orders = group.orders(mover, self._routers(group))
            if not orders:
                break
            state = orders[0][1].state
            for number, (key, led) in enumerate(orders):
                if number == (1 if state is State.MASTER else 0):  # the first one that becomes MASTER leads
                    work.append(group.say_synchronising(state))
                work += self._apply(key, led, now)
        concluded = group.concluded(self._routers(group))
        return work if concluded is None else work + self._notify_group(group, NotifyEvent[concluded.name])

    def _notify_group(self, group: SyncGroup, event: NotifyEvent) -> list[Work]:
        name = group.settings.name
        scripts = called(group.settings.notify, event, name=name, priority=0, kind="GROUP")
        work: list[Work] = [self._script(f"vrrp_sync_group {name}", script) for script in scripts]
        return work + self._pipe(fifo_line(event, name=name, priority=0, kind="GROUP"))

    def _states(self) -> list[Work]:
        """What every router and group is, for the pipes."""
        lines = []
        for member in self.members.values():
            router = member.router
            if router.state is not State.INIT and not router.silent:
                event, name = NotifyEvent[router.state.name], router.settings.name
                lines.append(fifo_line(event, name=name, priority=router.priority))
        for name, group in self.groups.items():
            if group.state is not State.INIT:
                lines.append(fifo_line(NotifyEvent[group.state.name], name=name, priority=0, kind="GROUP"))
        return [one for line in lines for one in self._pipe(line)]

    def _pipe(self, line: str) -> list[FifoLine]:
        return [FifoLine(text=line)] if self._pipes else []

    # Scripts

    def _script(self, queue: str, script: Script) -> RunScript:
        return RunScript(run=self._next_run(), script=script, queue=queue)

    def _next_run(self) -> int:
        self._last_run += 1
        return self._last_run


def _placed(settings: RouterSettings, addresses: Addresses) -> Placed:
    return tuple((settings.device(address), address) for address in addresses)


def _wire(router: Router) -> Wire | None:
    settings = router.settings
    address = router.facts.source if settings.unicast else settings.group
    return None if address is None else Wire(settings.speaks_on, address, settings.unicast, bool(settings.ah_key))


def _transmit(member: Sender, priority: int) -> Transmit:
    settings, source, wire = member.router.settings, member.router.facts.source, _wire(member.router)
    assert source is not None and wire is not None, "a router that sends has an address to send from"  # noqa: PT018
    return Transmit(settings.name, wire, source, settings.ttl, member.copies(priority))
