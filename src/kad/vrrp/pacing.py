"""The pauses between announcements on an interface (garp_interval, gna_interval; reference vrrp.md 4.1). Pure.

What would come too soon waits: once for each address, with the number of packets that are still to be sent for it. They
go round by round over the addresses, so that each is known as early as possible. Not here: sending (process.py).
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from kad.config.schema.garp_group import GarpGroup
from kad.config.schema.global_defs import GlobalDefs
from kad.units import Micros
from kad.vrrp.packet import IPAddress

NO_PAUSE = Micros(0)


class Pace(NamedTuple):
    """The name of what a pause is kept on, an interface or several together, and its length."""

    clock: str
    pause: Micros


class Pacing:
    """What the configuration says: a garp_group for its interfaces, vrrp_garp_interval and _gna_interval for others."""

    def __init__(self, global_defs: GlobalDefs, groups: Iterable[GarpGroup] = ()) -> None:
        self._otherwise = {4: global_defs.vrrp_garp_interval, 6: global_defs.vrrp_gna_interval}
        self._grouped: dict[str, dict[int, Pace]] = {}
        for group in groups:
            names = ((group.interface,) if group.interface else ()) + group.interfaces
            pauses = {4: group.garp_interval, 6: group.gna_interval}
            paces = {family: Pace(" ".join(names), pause or NO_PAUSE) for family, pause in pauses.items()}
            self._grouped.update(dict.fromkeys(names, paces))

    def of(self, interface: str, family: int) -> Pace:
        """What holds on this interface for ARP (4) or neighbour advertisements (6)."""
        grouped = self._grouped.get(interface)
        return grouped[family] if grouped is not None else Pace(interface, self._otherwise[family])


class _Announced(NamedTuple):
    """Whose address on which interface."""

    instance: str
    interface: str
    address: IPAddress


_Queue = OrderedDict[_Announced, int]
"""The addresses of one clock in the order of their turns, and the packets to be sent for each."""


class Pacer:
    """The announcements that wait. `deadline` is the only timer: ask `due` then. Without pauses nothing waits here."""

    def __init__(self, pacing: Pacing) -> None:
        self.pacing = pacing
        self._queues: dict[tuple[str, int], _Queue] = {}
        self._free: dict[tuple[str, int], Micros] = {}

    def paces(self, interface: str, address: IPAddress) -> bool:
        """Whether announcements of this address must be handed in here."""
        return self.pacing.of(interface, address.version).pause > 0

    def put(self, instance: str, interface: str, address: IPAddress, packets: int) -> None:
        """Send so many packets for this address; those that wait for it already count among them."""
        clock = (self.pacing.of(interface, address.version).clock, address.version)
        queue = self._queues.setdefault(clock, OrderedDict())
        one = _Announced(instance, interface, address)
        queue[one] = max(queue.get(one, 0), packets)

    @property
    def deadline(self) -> Micros | None:
        """When the next packet may go; it may be past."""
        return min((self._free.get(clock, NO_PAUSE) for clock in self._queues), default=None)

    def due(self, now: Micros) -> list[tuple[str, IPAddress]]:
        """What may be sent now, by interface: at most one packet of each clock. The pause begins with it."""
        packets = []
        for clock in [clock for clock in self._queues if self._free.get(clock, NO_PAUSE) <= now]:
            queue = self._queues[clock]
            one, left = queue.popitem(last=False)
            packets.append((one.interface, one.address))
            if left > 1:
                queue[one] = left - 1
            if not queue:
                del self._queues[clock]
            self._free[clock] = Micros(now + self.pacing.of(one.interface, one.address.version).pause)
        return packets

    def forget(self, instance: str) -> None:
        """Its addresses are being removed."""
        for clock, queue in list(self._queues.items()):
            for one in [one for one in queue if one.instance == instance]:
                del queue[one]
            if not queue:
                del self._queues[clock]
