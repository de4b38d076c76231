"""The kernel's twin: one machine's interfaces and the addresses on them."""

from dataclasses import dataclass, field
from ipaddress import ip_address

from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.vrrp.packet import IPAddress


def text(address: VirtualAddress) -> str:
    """An address as a kernel tells it: with its prefix."""
    return f"{address.address}/{address.prefix}"


@dataclass
class Link:
    """One interface. `index` is another one when an interface of this name is made anew."""

    index: int
    up: bool = True
    own: tuple[IPAddress, ...] = ()
    virtual: dict[str, IPAddress] = field(default_factory=dict)


class Kernel:
    """What a machine has, whatever runs on it. `own`: the addresses that each interface has by itself."""

    def __init__(self, own: dict[str, tuple[IPAddress, ...]]) -> None:
        self._own = own
        self._last = 1
        self.links: dict[str, Link] = {}
        for name in own:
            self.create(name)

    @property
    def up(self) -> frozenset[str]:
        """The interfaces that can be used."""
        return frozenset(name for name, link in self.links.items() if link.up)

    @property
    def virtual(self) -> frozenset[tuple[str, str]]:
        """The addresses that were added, as (interface, address/prefix)."""
        return frozenset((name, one) for name, link in self.links.items() for one in link.virtual)

    def of(self, name: str) -> tuple[IPAddress, ...]:
        """All addresses of an interface in the order in which they came."""
        link = self.links.get(name)
        return () if link is None else (*link.own, *link.virtual.values())

    def create(self, name: str) -> None:
        """Make the interface (anew): another index, up, with its own addresses alone."""
        self._last += 1
        self.links[name] = Link(self._last, own=self._own[name])

    def delete(self, name: str) -> None:
        """Remove the interface and all that is on it."""
        self.links.pop(name, None)

    def add(self, name: str, address: VirtualAddress) -> None:
        """Add an address; one that is there already, or an interface that is not, is no error."""
        if name in self.links:
            self.links[name].virtual[text(address)] = ip_address(address.address)

    def remove(self, name: str, address: VirtualAddress) -> None:
        """Remove an address, if it is there."""
        if name in self.links:
            self.links[name].virtual.pop(text(address), None)

    def restart(self) -> None:
        """All interfaces are as after a boot."""
        for name in self._own:
            self.create(name)
