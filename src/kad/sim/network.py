"""The network's twin: LANs that lose, delay, repeat and reorder datagrams, and keep machines apart.

Every path from one machine to another is looked at alone, so what one hears another may miss. Not here: who listens
(machine.py), when the weather changes (faults.py).
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from kad.sim.clock import Clock
from kad.units import Micros
from kad.vrrp.packet import IPAddress

FASTEST, SLOWEST = 100, 2_000
"""Microseconds that a datagram is on its way in good weather."""


class Datagram(NamedTuple):
    """What is on the wire. `content`: over IPv4 with the header, over IPv6 without it, as raw sockets have it."""

    source: IPAddress
    destination: IPAddress
    ttl: int
    content: bytes


class Path(NamedTuple):
    """One direction between two machines on a LAN."""

    lan: str
    sender: str
    receiver: str


@dataclass
class Weather:
    """How a LAN treats each datagram on each path: chances from 0 to 1, and microseconds that it may be late."""

    loss: float = 0.0
    twice: float = 0.0
    late: int = 0


Receiver = Callable[[str, Datagram], None]
"""Takes what arrives on a LAN."""


class Network:
    """All LANs. `touched`: when a fault last concerned a path; one that is `cut` carries nothing."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self._clock, self._random = clock, random
        self._stations: dict[str, dict[str, Receiver]] = defaultdict(dict)
        self.weather: dict[str, Weather] = defaultdict(Weather)
        self.cut: set[Path] = set()
        self.touched: dict[Path, Micros] = {}
        self._last: dict[Path, Micros] = {}

    def plug(self, lan: str, machine: str, receiver: Receiver) -> None:
        """Connect a machine to a LAN."""
        self._stations[lan][machine] = receiver

    def send(self, lan: str, sender: str, datagram: Datagram) -> None:
        """Carry it to every other machine of the LAN, which see themselves whether it is for them."""
        for name, receiver in self._stations[lan].items():
            if name != sender:
                self._carry(Path(lan, sender, name), receiver, datagram)

    def set_cut(self, path: Path, *, cut: bool) -> None:
        """Cut a path, or mend it."""
        (self.cut.add if cut else self.cut.discard)(path)
        self.touched[path] = self._clock.now

    def _carry(self, path: Path, receiver: Receiver, datagram: Datagram) -> None:
        random, weather = self._random, self.weather[path.lan]
        copies = 1
        if path in self.cut:
            copies = 0
        elif weather.loss or weather.twice:
            copies = (random.random() >= weather.loss) + (random.random() < weather.twice)
        if copies == 0:
            self.touched[path] = self._clock.now
        for _ in range(copies):
            arrives = Micros(self._clock.now + random.randint(FASTEST, SLOWEST) + self._lateness(path, weather))
            if not weather.late:  # a switch keeps the order
                arrives = self._last[path] = max(arrives, self._last.get(path, arrives))
            disturbed = copies > 1 or bool(weather.late)
            self._clock.at(arrives, self._arrives(path, receiver, datagram, disturbed=disturbed))

    def _lateness(self, path: Path, weather: Weather) -> int:
        """Datagrams overtake each other in bad weather only."""
        if not weather.late:
            return 0
        self.touched[path] = self._clock.now
        return self._random.randint(0, weather.late)

    def _arrives(self, path: Path, receiver: Receiver, datagram: Datagram, *, disturbed: bool) -> Callable[[], None]:
        def arrive() -> None:
            if disturbed:
                self.touched[path] = self._clock.now
            receiver(path.lan, datagram)

        return arrive
