"""One machine: the daemon's own `Node` between the twins of kernel, network and clock, as process.py is in the world.

What process.py does with sockets, netlink and its timer is done here with the twins, in the same order. A stalled
machine handles nothing; what comes in meanwhile waits, and so does its timer. Not here: faults, and what must hold.
"""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Protocol, assert_never

from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.ipc.messages import ConfigureVrrp, FifoLine, RunScript
from kad.sim.clock import START, Clock
from kad.sim.kernel import Kernel, text
from kad.sim.network import Datagram, Network
from kad.units import SECOND, Micros
from kad.vrrp.actions import Log, State
from kad.vrrp.node import Announce, ClearAddresses, Node, SetAddresses, Transmit, Work
from kad.vrrp.packet import Envelope, IPAddress, checksum, pseudo_header
from kad.vrrp.router import Router
from kad.vrrp.settings import Wire

LOOK = 10_000
"""Microseconds until an interface's news reach the node, at most (process.LOOK_EVERY)."""

WORKS = 1_000
"""Microseconds that a change of addresses takes."""

LATE = 500
"""Microseconds that a timer is late, at most."""

UNIX = 1_800_000_000 * SECOND - START


class Audience(Protocol):
    """Whoever watches the machines."""

    def note(self, who: str, said: str) -> None:
        """A line of history."""

    def sends(self, machine: "Machine", advert: Transmit) -> None:
        """An advert is about to leave."""

    def asks(self, machine: "Machine", work: SetAddresses | Announce) -> None:
        """The node wants addresses set or announced."""

    def hears(self, machine: "Machine", wire: Wire, datagram: Datagram) -> None:
        """The node has just handled a datagram."""

    def acted(self, machine: "Machine") -> None:
        """The node has handled something, and all its work but the kernel's is done."""


class Machine:
    """One machine. `node` is None when kad does not run; `told_up`: the interfaces that the node knows to be up."""

    def __init__(
        self,
        name: str,
        own: dict[str, tuple[IPAddress, ...]],
        share: ConfigureVrrp,
        world: tuple[Clock, Random, Network],
        audience: Audience,
    ) -> None:
        self.name = name
        self.share = share
        self.kernel = Kernel(own)
        self.node: Node | None = None
        self.stalled = False
        self.powered = True
        self.told_up: frozenset[str] = frozenset()
        self.touched: Micros = START
        self.started: Micros = START
        self._clock, self._random, self._network = world
        self._audience = audience
        self._waiting: list[Callable[[], None]] = []
        self._armed: Micros | None = None
        self._life = 0
        self._killed: set[int] = set()
        self._told_indexes: dict[str, int] = {}
        self._set: dict[tuple[int, str], tuple[str, VirtualAddress]] = {}
        for lan in own:
            self._network.plug(lan, name, self._arrive)

    @property
    def routers(self) -> dict[str, Router]:
        """The routers that run, by the name of their instance."""
        return {} if self.node is None else {m.router.settings.name: m.router for m in self.node.members.values()}

    def touch(self) -> None:
        """A fault concerns this machine now."""
        self.touched = self._clock.now

    # The life of the process

    def start(self) -> None:
        """Start kad, unless it runs."""
        if self.node is not None or not self.powered:
            return
        self.touch()
        self._life += 1
        self._armed = None
        self._told_indexes, self._set, self.told_up = {}, {}, frozenset()
        self.started = self._clock.now
        self.node = Node(lambda: UNIX + self._clock.now)
        self._look(self._life)
        self._act(lambda node, now: node.configure(self.share, now))
        self._look(self._life)

    def stop(self) -> None:
        """End kad cleanly: it resigns and takes its addresses off."""
        self._when_awake(self._end)

    def _end(self) -> None:
        if self.node is None:
            return
        self._act(lambda node, now: node.stop(now, release=True))
        self._gone()

    def kill(self) -> None:
        """End kad at once; what it put into the kernel stays there, what it was about to do is not done."""
        if self.node is None:
            return
        self._killed.add(self._life)
        self._gone()
        self.stalled = False
        waiting, self._waiting = self._waiting, []
        for handle in waiting:  # what an earlier life left to the kernel
            handle()

    def power_off(self) -> None:
        """The machine is gone, with all its addresses."""
        self.kill()
        self.powered = False
        self.kernel.restart()
        self.touch()

    def power_on(self) -> None:
        """The machine boots."""
        self.powered = True
        self.start()

    def reload(self, share: ConfigureVrrp) -> None:
        """Another configuration, in force as soon as kad runs and is not stalled."""
        self.share = share
        self.touch()
        if self.node is not None:
            self._when_awake(lambda: self._act(lambda node, now: node.configure(share, now)))

    def stall(self) -> None:
        """Handle nothing until `wake`."""
        self.stalled = True
        self.touch()

    def wake(self) -> None:
        """Handle what came in, and what was due, one or the other first."""
        self.stalled = False
        self.touch()
        waiting, self._waiting = self._waiting, []
        timers_first = self._random.random() < 0.5
        if timers_first:
            self._due(self._life)
        for handle in waiting:
            handle()
        if not timers_first:
            self._due(self._life)

    # What comes in

    def links_changed(self) -> None:
        """Interfaces or addresses are not what they were: the node learns of it a little later."""
        self._clock.after(self._random.randint(0, LOOK), self._alive(self._look))

    def snatched(self, index: int, address: str) -> None:
        """Somebody else removed an address: if it is one of ours, the node learns of it a little later."""

        def verify(_life: int) -> None:
            link = next((link for link in self.kernel.links.values() if link.index == index), None)
            if link is not None and address not in link.virtual and (index, address) in self._set:
                lost = self._set.pop((index, address))
                self._act(lambda node, now: node.addresses_lost((lost,), now))

        self._clock.after(self._random.randint(0, LOOK), self._alive(verify))
        self.links_changed()

    def _arrive(self, lan: str, datagram: Datagram) -> None:
        if lan in self.kernel.up and self.node is not None:
            self._alive(partial(self._receive, lan, datagram))()

    def _receive(self, lan: str, datagram: Datagram, _life: int) -> None:
        if self.node is None:
            return
        multicast = datagram.destination.is_multicast
        if not multicast and datagram.destination not in self.kernel.of(lan):
            return
        wire = Wire(lan, datagram.destination, not multicast)
        if wire not in self.node.wires:
            return
        envelope = None
        if datagram.source.version == 6 and datagram.destination.version == 6:
            pseudo = pseudo_header(datagram.source, datagram.destination, len(datagram.content))
            if checksum(pseudo + datagram.content):
                return  # over IPv6 the kernel sees to it
            envelope = Envelope(datagram.source, datagram.destination, datagram.ttl)
        self._act(lambda node, now: node.received(wire, datagram.content, now, envelope))
        self._audience.hears(self, wire, datagram)

    def _look(self, _life: int) -> None:
        """As process.py looks: an interface that is another one under the same name was down in between."""
        links = self.kernel.links
        indexes = {name: link.index for name, link in links.items()}
        lost = {name for name, index in self._told_indexes.items() if indexes.get(name) != index}
        here = set(indexes.values())
        self._set = {key: value for key, value in self._set.items() if key[0] in here}
        self._told_indexes = indexes
        up = self.kernel.up
        for names in ([up - lost] if lost else []) + [up]:
            self.told_up = names
            self._act(lambda node, now, names=names: node.links_changed(names, now))  # type: ignore[misc]
        addresses = {instance.interface: self.kernel.of(instance.interface) for instance in self.share.instances}
        self._act(lambda node, now: node.addresses_changed(addresses, now))

    def _due(self, life: int) -> None:
        deadline = None if self.node is None else self.node.deadline
        if life == self._life and deadline is not None and deadline <= self._clock.now:
            self._act(lambda node, now: node.deadline_passed(now))

    def _alive(self, handle: Callable[[int], None]) -> Callable[[], None]:
        """The handler, if this process still lives then, when it is not stalled."""
        life = self._life

        def perhaps() -> None:
            if self.node is not None and life == self._life:
                self._when_awake(lambda: handle(life) if life == self._life else None)

        return perhaps

    def _when_awake(self, handle: Callable[[], None]) -> None:
        if self.stalled:
            self._waiting.append(handle)
        else:
            handle()

    # What goes out

    def _act(self, ask: Callable[[Node, Micros], list[Work]]) -> None:
        if self.node is None:
            return
        for item in ask(self.node, self._clock.now):
            match item:
                case Transmit():
                    self._transmit(item)
                case Log(level=level, text=line):
                    if level >= 20:
                        self._audience.note(self.name, line)
                case SetAddresses() | ClearAddresses():
                    self._put(item)
                case Announce():
                    self._audience.asks(self, item)
                case RunScript() | FifoLine():
                    pass  # nothing depends on scripts and pipes
                case _:
                    assert_never(item)
        self._rearm()
        self._audience.acted(self)

    def _transmit(self, advert: Transmit) -> None:
        self._audience.sends(self, advert)
        if advert.wire.interface in self.kernel.up:
            for destination, content in advert.copies:
                self._network.send(
                    advert.wire.interface, self.name, Datagram(advert.source, destination, advert.ttl, content)
                )

    def _put(self, work: SetAddresses | ClearAddresses) -> None:
        if isinstance(work, SetAddresses):
            self._audience.asks(self, work)
        self._clock.after(WORKS, partial(self._begin, work, self._life))

    def _begin(self, work: SetAddresses | ClearAddresses, life: int) -> None:
        """Do it, also after a clean end, which waits for that; not after a sudden one."""
        if life not in self._killed:
            self._when_awake(partial(self._change, work, life))

    def _change(self, work: SetAddresses | ClearAddresses, life: int) -> None:
        if life in self._killed:
            return
        adds = isinstance(work, SetAddresses)
        for interface, address in work.addresses:
            link = self.kernel.links.get(interface)
            if link is None:
                continue
            if adds:
                self.kernel.add(interface, address)
                self._set[link.index, text(address)] = (interface, address)
            else:
                self.kernel.remove(interface, address)
                self._set.pop((link.index, text(address)), None)
        names = ", ".join(f"{text(address)} dev {interface}" for interface, address in work.addresses)
        self._audience.note(self.name, f"kernel: {'added' if adds else 'removed'} {names}")
        if life == self._life:
            self.links_changed()

    def _rearm(self) -> None:
        assert self.node is not None
        deadline = self.node.deadline
        if deadline is None or deadline == self._armed:
            return
        self._armed = deadline
        late = Micros(deadline + self._random.randint(0, LATE))
        self._clock.at(late, self._alive(self._due))

    def _gone(self) -> None:
        self.touch()
        self.node = None
        self._life += 1
        self._armed = None
        self._audience.acted(self)

    def state(self, instance: str) -> State | None:
        """A router's state; None when it does not run."""
        router = self.routers.get(instance)
        return None if router is None else router.state
