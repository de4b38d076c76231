"""What must hold, and the history to understand it with when it does not.

Sources: RFC 9568 section 6, reference vrrp.md 3 and 6. The bounds are worked out and justified in bounds.py. All the
time:

- `two-masters`: two masters of a virtual router that hear each other, are not stalled and have not been touched by a
  fault do not both stay longer than an advert_int (the longer one) and the slack: by then the stronger one has sent an
  advert, and the weaker one yields to the first that it gets.
- `too-early`: nobody becomes master before its wait has ended: master-down after the last advert of a master that it
  must obey, a skew time after a priority 0, master-down after it began to wait (but for an owner's start).
- `no-interface`: no address is set or announced, and no advert but the last (priority 0) sent, on an interface that
  the node knows not to be there.
- `raises`: nothing that a node is told makes it raise.

After the last fault (quiet), per virtual router among the machines that can serve:

- `no-owner`: within `Bounds.owner` there is a master, and from then on at least one.
- `wrong-owner`: within `Bounds.settled` there is exactly one, nobody who preempts is stronger, and it is at least as
  strong (priority, then address) as each that was master when quiet began: masters yield to stronger ones alone.
- `not-serving`: each other one is BACKUP, and those that can't serve are in FAULT or are not there.
- `addresses`: the kernel of each machine has the addresses of its masters and no others.
- `group-split`: all members of a sync group on a machine are in the same state.
- `unrest`: no state changes any more.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from kad.sim.bounds import SLACK, Bounds, bounds, master_down, skew
from kad.sim.clock import START, Clock
from kad.sim.kernel import text
from kad.sim.machine import Machine
from kad.sim.network import Datagram, Network, Path
from kad.sim.plan import Plan
from kad.units import SECOND, Micros
from kad.vrrp.actions import State
from kad.vrrp.node import Announce, SetAddresses, Transmit
from kad.vrrp.packet import CENTISECOND, Envelope, Received, decode, decode6
from kad.vrrp.router import Router
from kad.vrrp.settings import RouterSettings, Wire


class Violation(Exception):  # noqa: N818 - it is what is looked for, not an error of the simulator
    """A rule that does not hold, with all that happened before."""

    def __init__(self, rule: str, said: str, history: list[str]) -> None:
        super().__init__(f"{rule}: {said}")
        self.rule = rule
        self.said = said
        self.history = history


class Who(NamedTuple):
    """One router: the instance on a machine."""

    machine: str
    instance: str


class Patience(NamedTuple):
    """Since when a router waits, and how long it must at least."""

    since: Micros
    wait: Micros
    why: str


class Watch:
    """Looks at everything that the machines do; raises `Violation`."""

    def __init__(self, clock: Clock, network: Network, plan: Plan) -> None:
        self._clock, self._network, self._plan = clock, network, plan
        self.machines: dict[str, Machine] = {}
        self._lines: list[tuple[Micros, str, str]] = []
        self._states: dict[Who, State | None] = {}
        self._since: dict[Who, Micros] = {}
        self._settings: dict[Who, RouterSettings] = {}
        self._patience: dict[Who, Patience] = {}
        self._served = False
        self._still = False
        self._before: dict[str, list[Who]] = {}
        self._decoded: tuple[Datagram, Received] | None = None
        self.changes = 0
        names = {one.name: one.interface for share in plan.shares.values() for one in share.instances}
        self._lans = names
        self._grouped = any(share.sync_groups for share in plan.shares.values())

    # History

    def note(self, who: str, said: str) -> None:
        """A line of history."""
        self._lines.append((self._clock.now, who, said))

    @property
    def history(self) -> list[str]:
        """All that happened, a line each: the seconds since the start, who, and what."""
        return [f"{(when - START) / SECOND:10.6f} {who:9} {said}" for when, who, said in self._lines]

    def violated(self, rule: str, said: str) -> Violation:
        """The violation, noted as the last line of history."""
        self.note("VIOLATION", f"{rule}: {said}")
        return Violation(rule, said, self.history)

    # What machines do

    def sends(self, machine: Machine, advert: Transmit) -> None:
        """Adverts leave where there is an interface."""
        source, (destination, content) = advert.source, advert.copies[0]
        packet = _decode(Datagram(source, destination, advert.ttl, content))
        if packet.priority and advert.wire.interface not in machine.told_up:
            raise self.violated("no-interface", f"{machine.name} advertises on {advert.wire.interface}")
        if packet.priority == 0:
            self.note(machine.name, f"({advert.instance}) sends priority 0")

    def asks(self, machine: Machine, work: SetAddresses | Announce) -> None:
        """Addresses are set and announced where there is an interface."""
        for interface, _ in work.addresses:
            if interface not in machine.told_up:
                what = type(work).__name__
                raise self.violated("no-interface", f"{machine.name} ({work.instance}) {what} on {interface}")

    def hears(self, machine: Machine, wire: Wire, datagram: Datagram) -> None:
        """A backup that has heard a master has patience."""
        if datagram.source not in self._sources():
            return  # junk
        if self._decoded is None or self._decoded[0] is not datagram:
            self._decoded = (datagram, _decode(datagram))
        packet = self._decoded[1]
        for name, router in machine.routers.items():
            settings = router.settings
            if (settings.interface, settings.vrid) != (wire.interface, packet.vrid):
                continue
            if router.state is not State.BACKUP:
                return
            interval = _interval(packet, settings)
            who = Who(machine.name, name)
            if packet.priority == 0:
                wait = skew(settings, self._shortest(name))
                self._patience[who] = Patience(self._clock.now, wait, "it heard priority 0")
            elif packet.priority >= settings.base_priority or settings.nopreempt:
                wait = master_down(settings, interval)
                said = f"it heard priority {packet.priority} from {packet.source}"
                self._patience[who] = Patience(self._clock.now, wait, said)

    def acted(self, machine: Machine) -> None:
        """Look at what became of the machine's routers, and at what all of them are together."""
        routers = machine.routers
        moved = False
        for name in self._lans:
            who = Who(machine.name, name)
            router = routers.get(name)
            state = None if router is None else router.state
            if router is not None and self._settings.get(who) is not router.settings:
                self._settings[who] = router.settings
                self._wait(who, router)
            if state is not self._states.get(who):
                moved = True
                self._moved(machine, who, router)
        if moved and self._served:
            self._check_served()
        for name in self._lans:
            self._check_masters(name)

    def _moved(self, machine: Machine, who: Who, router: Router | None) -> None:
        now = self._clock.now
        self.changes += 1
        before, self._states[who] = self._states.get(who), None if router is None else router.state
        self._since[who] = now
        if router is None:
            self.note(who.machine, f"({who.instance}) runs no longer")
        elif router.state is State.BACKUP:
            self._wait(who, router)
        elif router.state is State.MASTER:
            patience = self._patience.get(who)
            at_once = router.settings.starts_master and machine.started == now
            if patience is not None and not at_once and now < patience.since + patience.wait:
                since, wait = (now - patience.since) / SECOND, patience.wait / SECOND
                said = f"{who.machine} ({who.instance}) is master {since:.3f} s after {patience.why}, not {wait:.3f} s"
                raise self.violated("too-early", said)
        if self._still:
            raise self.violated("unrest", f"{who.machine} ({who.instance}) moves from {before} though all is quiet")

    def _wait(self, who: Who, router: Router) -> None:
        wait = master_down(router.settings, self._shortest(who.instance))
        self._patience[who] = Patience(self._clock.now, wait, "it began to wait")

    def _shortest(self, name: str) -> Micros:
        every = (one.advert_int for share in self._plan.shares.values() for one in share.instances if one.name == name)
        return min(every)

    def _sources(self) -> frozenset[object]:
        return frozenset(a for m in self.machines for every in self._plan.own(m).values() for a in every)

    # All the time

    def _masters(self, name: str) -> list[Who]:
        return [who for who, state in self._states.items() if who.instance == name and state is State.MASTER]

    def _check_masters(self, name: str) -> None:
        for one, other in combinations(self._masters(name), 2):
            since = self._both_since(one, other)
            if since is None:
                continue
            longest = max(self._settings[one].advert_int, self._settings[other].advert_int)
            if self._clock.now - since > longest + SLACK:
                lasting = (self._clock.now - since) / SECOND
                both = f"{one.machine} and {other.machine}"
                said = f"({name}) {both} hear each other and are both master for {lasting:.3f} s"
                raise self.violated("two-masters", said)

    def _both_since(self, one: Who, other: Who) -> Micros | None:
        """Since when both are master and nothing has kept one from hearing the other; None: something does now."""
        lan = self._lans[one.instance]
        paths = [Path(lan, one.machine, other.machine), Path(lan, other.machine, one.machine)]
        machines = [self.machines[one.machine], self.machines[other.machine]]
        if any(m.stalled or lan not in m.kernel.up for m in machines) or self._network.cut.intersection(paths):
            return None
        touched = [m.touched for m in machines] + [self._network.touched.get(path, START) for path in paths]
        return max(*touched, self._since[one], self._since[other])

    # When it is quiet

    def bounds(self, *, resigned: bool) -> Bounds:
        """How long it may take from now on, when no fault comes any more."""
        able = [[self._router(who).settings for who in self._able(name)] for name in self._lans]
        return bounds(able, self._plan.unit, resigned=resigned)

    def remember(self) -> None:
        """Note who is master now."""
        self._before = {name: self._masters(name) for name in self._lans}

    def expect_owner(self) -> None:
        """From now on there is always one."""
        self._served = True
        self._check_served()

    def expect_rest(self) -> None:
        """Everything is as it must be, and from now on nothing moves."""
        for name in self._lans:
            self._check_owner(name)
        for machine in self.machines.values():
            self._check_addresses(machine)
        self._still = True

    def disturb(self) -> None:
        """Faults may come again."""
        self._served = self._still = False

    def _able(self, name: str) -> Iterator[Who]:
        """The routers that can serve: kad runs, and their interface, in a sync group all of them, is there."""
        for machine in self.machines.values():
            router = machine.routers.get(name)
            if router is None or machine.stalled:
                continue
            lans = set(self._lans.values()) if self._grouped else {self._lans[name]}
            if lans <= machine.kernel.up:
                yield Who(machine.name, name)

    def _router(self, who: Who) -> Router:
        return self.machines[who.machine].routers[who.instance]

    def _check_served(self) -> None:
        for name in self._lans:
            if not self._masters(name) and any(self._able(name)):
                raise self.violated("no-owner", f"({name}) nobody is master")

    def _strength(self, who: Who) -> tuple[int, int]:
        settings = self._router(who).settings
        own = self._plan.own(who.machine)[settings.interface]
        return settings.base_priority, int(own[0 if settings.family == 4 else 1])

    def _check_owner(self, name: str) -> None:
        able = [*self._able(name)]
        masters = self._masters(name)
        if len(masters) != min(len(able), 1) or not set(masters) <= set(able):
            names = ", ".join(who.machine for who in masters) or "nobody"
            raise self.violated("wrong-owner", f"({name}) {names} is master, of {len(able)} that could be")
        for machine in self.machines.values():
            who = Who(machine.name, name)
            expected = {State.MASTER, State.BACKUP} if who in able else {State.FAULT, None}
            if self._states.get(who) not in expected:
                raise self.violated("not-serving", f"{machine.name} ({name}) is {self._states.get(who)}")
        for master in masters:
            self._check_strength(master, able)
        if self._grouped and (split := [m.name for m in self.machines.values() if len(set(self._together(m))) > 1]):
            raise self.violated("group-split", f"the members of the sync group differ on {', '.join(split)}")

    def _together(self, machine: Machine) -> list[State | None]:
        return [self._states.get(Who(machine.name, name)) for name in self._lans]

    def _check_strength(self, master: Who, able: list[Who]) -> None:
        priority = self._strength(master)[0]
        for other in able:
            theirs = self._strength(other)[0]
            if theirs > priority and not self._router(other).settings.nopreempt:
                said = f"{master.machine} with {priority}, though {other.machine} has {theirs} and preempts"
                raise self.violated("wrong-owner", f"({master.instance}) {said}")
        for other in self._before.get(master.instance, []):
            if other in able and self._strength(other) > self._strength(master):
                said = f"{master.machine}, though {other.machine} was master too and is stronger"
                raise self.violated("wrong-owner", f"({master.instance}) {said}")

    def _check_addresses(self, machine: Machine) -> None:
        masters = [r.settings for r in machine.routers.values() if r.state is State.MASTER]
        wanted = {(one.device(address), text(address)) for one in masters for address in one.all_addresses}
        if machine.kernel.virtual != wanted:
            missing, extra = sorted(wanted - machine.kernel.virtual), sorted(machine.kernel.virtual - wanted)
            raise self.violated("addresses", f"{machine.name} lacks {missing} and has {extra} too many")


def _decode(datagram: Datagram) -> Received:
    source, destination = datagram.source, datagram.destination
    if source.version == 6 and destination.version == 6:
        packet = decode6(datagram.content, Envelope(source, destination, datagram.ttl))
    else:
        packet = decode(datagram.content)
    assert isinstance(packet, Received), "routers send what can be decoded"
    return packet


def _interval(packet: Received, settings: RouterSettings) -> Micros:
    return settings.advert_int if packet.version == 2 else Micros(packet.interval * CENTISECOND)
