"""The kernel's network interfaces and addresses over rtnetlink (pyroute2): read, watched, changed; never blocking.

`Netlink` asks and changes, `Interfaces` is the picture that dumps and events add up to, `watch` keeps it true: when the
kernel had to drop events, everything is read again.

Not here: which addresses there should be (vrrp/).
"""

import asyncio
import errno
import os
import socket
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_address, ip_interface
from typing import Any

from pyroute2 import AsyncIPRoute
from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.nlsocket import NetlinkRequest

from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.log import logger
from kad.system.address_messages import RTM_DELADDR, RTM_NEWADDR, AddressSocket

log = logger("netlink")

BATCH = 50
"""Addresses changed between two turns of the loop: some milliseconds' work."""

_RTMGRP_LINK, _RTMGRP_IPV4_IFADDR, _RTMGRP_IPV6_IFADDR = 0x1, 0x10, 0x100
_RTM_NEWLINK, _RTM_DELLINK = 16, 17
_IFF_UP, _IFF_RUNNING, _IFF_NOARP = 0x1, 0x40, 0x80
_HEADER = struct.Struct("=IHHII")
_IFA_F_NODAD = 0x02
_FOREVER = 0xFFFFFFFF
_RETRY = 0.1
"""Seconds between losing the watch and taking it up again."""

IPAddress = IPv4Address | IPv6Address

Assigned = tuple[IPv4Interface | IPv6Interface, IPAddress]
"""An address with its prefix length, and the other end (mostly itself): these tell an interface's addresses apart."""


@dataclass(frozen=True)
class Link:
    """A network interface. `up`: it is switched on and has a carrier. `arp`: it takes part in ARP.

    `kind` ("macvlan") and `mode` ("private") of one that was made; `base`: the index of the one that it is on, or 0.
    """

    index: int
    name: str
    mac: bytes
    up: bool
    arp: bool
    kind: str = ""
    mode: str = ""
    base: int = 0


@dataclass(frozen=True)
class Refused:
    """An address that the kernel did not take or give up, and why."""

    address: VirtualAddress
    error: str


@dataclass(frozen=True)
class Gone:
    """An address is no longer on the interface with this index. `address`: with its prefix length."""

    index: int
    address: IPv4Interface | IPv6Interface


@dataclass
class Interfaces:
    """All interfaces of the network namespace and their addresses, in the kernel's order."""

    links: dict[int, Link] = field(default_factory=dict)
    addresses: dict[int, dict[Assigned, None]] = field(default_factory=dict)
    """Per interface; a dict because it is an ordered set."""

    def named(self, name: str) -> Link | None:
        """The interface of this name, if there is one."""
        return next((link for link in self.links.values() if link.name == name), None)

    def of(self, name: str) -> tuple[IPAddress, ...]:
        """The addresses of the interface of this name, each once."""
        link = self.named(name)
        assigned = () if link is None else self.addresses.get(link.index, ())
        return tuple(dict.fromkeys(interface.ip for interface, _ in assigned))

    def apply(self, message: Any) -> Gone | None:  # noqa: ANN401 - pyroute2 has no types
        """Take in one message of the kernel; what it says that an interface has lost, if anything."""
        kind, index, family = message["header"]["type"], message["index"], message["family"]
        # A bridge tells of its ports in link messages too, of AF_BRIDGE: a port that leaves is not a link that ends.
        wanted = (socket.AF_UNSPEC,) if kind in (_RTM_NEWLINK, _RTM_DELLINK) else (socket.AF_INET, socket.AF_INET6)
        if family not in wanted:
            return None
        if kind == _RTM_NEWLINK:
            self.links[index] = _link(message)
        elif kind == _RTM_DELLINK:
            self.links.pop(index, None)
            self.addresses.pop(index, None)
        elif kind == RTM_NEWADDR:
            self.addresses.setdefault(index, {})[_assigned(message)] = None
        elif kind == RTM_DELADDR:
            assigned = _assigned(message)
            self.addresses.get(index, {}).pop(assigned, None)
            return Gone(index, assigned[0])
        return None


def _link(message: Any) -> Link:  # noqa: ANN401 - pyroute2 has no types
    flags = message["flags"]
    mac = bytes.fromhex((message.get("address") or "").replace(":", ""))
    up = flags & (_IFF_UP | _IFF_RUNNING) == _IFF_UP | _IFF_RUNNING
    arp = not flags & _IFF_NOARP and len(mac) == 6
    kind = message.get_nested("linkinfo", "kind") or ""
    base = message.get("link") or 0
    return Link(
        message["index"], message.get("ifname"), mac, up=up, arp=arp, kind=kind, mode=_mode(kind, message), base=base
    )


def _mode(kind: str, message: Any) -> str:  # noqa: ANN401 - pyroute2 has no types
    """A macvlan's mode."""
    return str(message.get_nested("linkinfo", "data", "macvlan_mode") or "") if kind == "macvlan" else ""


def _assigned(message: Any) -> Assigned:  # noqa: ANN401 - pyroute2 has no types
    # Behind a point-to-point link IFA_ADDRESS is the other end; IPv6 often has no IFA_LOCAL.
    far = message.get("address")
    address = message.get("local") or far
    return ip_interface(f"{address}/{message['prefixlen']}"), ip_address(far or address)


class _Watcher(AsyncIPRoute):  # type: ignore[misc]  # pyroute2 has no types
    """A monitor that does not take the trouble to decode that an address was added by us."""

    own_port = 0

    def enqueue(self, data: bytes, addr: object) -> Any:  # noqa: ANN401
        """Drop such messages, as cheaply as it goes: a takeover of thousands of addresses makes as many."""
        length, kind, _, _, port = _HEADER.unpack_from(data)
        if kind == RTM_NEWADDR and port == self.own_port and length == len(data):
            return None
        return super().enqueue(data, addr)


class Netlink:
    """An rtnetlink socket for questions and one for changes of addresses. OSError when there is none to be had."""

    def __init__(self) -> None:
        self._route = AsyncIPRoute()
        self._changes = AddressSocket()

    async def open(self) -> None:
        """Open the socket; before that nothing else may be called."""
        await self._route.setup_endpoint()
        # To a port of the kernel's choice, for there may be several in one process.
        self._route.socket.bind((0, 0))

    @property
    def port(self) -> int:
        """The port id that the kernel's events about our own changes carry."""
        return self._changes.port

    def close(self) -> None:
        """Close the sockets."""
        self._changes.close()
        self._route.close()

    async def interfaces(self) -> Interfaces:
        """Read all interfaces and addresses; OSError when the kernel does not answer."""
        picture = Interfaces()
        try:
            async for message in await self._route.get_links():
                picture.apply(message)
            async for message in await self._route.get_addr():
                picture.apply(message)
        except NetlinkError as error:
            raise OSError(error.code, os.strerror(error.code)) from error
        return picture

    @property
    def route(self) -> Any:  # noqa: ANN401 - pyroute2 has no types
        """The socket, for what has no method here."""
        return self._route

    async def links(self) -> Interfaces:
        """All interfaces as they are at this moment, without addresses; OSError when the kernel does not answer."""
        picture = Interfaces()
        try:
            async for message in await self._route.get_links():
                picture.apply(message)
        except NetlinkError as error:
            raise OSError(error.code, os.strerror(error.code)) from error
        return picture

    async def present(self, index: int) -> set[str]:
        """The addresses that an interface has now, as canonical text with prefix length; none when it is gone."""
        try:
            return {str(_assigned(m)[0]) async for m in await self._route.get_addr(match={"index": index})}
        except NetlinkError as error:
            raise OSError(error.code, os.strerror(error.code)) from error

    async def link_locals(self, index: int) -> list[IPv6Interface]:
        """The link-local addresses that an interface has now."""
        every = (IPv6Interface(text) for text in await self.present(index) if ":" in text)
        return [one for one in every if one.is_link_local]

    async def give_link_local(self, index: int, address: IPv6Interface) -> None:
        """Set an address that is usable at once and never picked as a source; a refusal is logged."""
        await self._link_local("add", index, address, flags=_IFA_F_NODAD, preferred_lft=0, valid_lft=_FOREVER)

    async def take_link_local(self, index: int, address: IPv6Interface) -> None:
        """Remove it."""
        await self._link_local("del", index, address)

    async def _link_local(self, command: str, index: int, address: IPv6Interface, **more: int) -> None:
        where = {"index": index, "address": str(address.ip), "prefixlen": address.network.prefixlen}
        try:
            await self._route.addr(command, family=socket.AF_INET6, **where, **more)
        except NetlinkError as error:
            if error.code not in (errno.EEXIST, errno.EADDRNOTAVAIL, errno.ENODEV):
                log.error("can't %s %s on interface %d: %s", command, address, index, os.strerror(error.code))

    async def add(self, index: int, addresses: Iterable[VirtualAddress]) -> list[Refused]:
        """Set addresses in order, BATCH at a time; one that is there already is fine. What was refused."""
        return await self._change(RTM_NEWADDR, index, addresses, fine=errno.EEXIST)

    async def remove(self, index: int, addresses: Iterable[VirtualAddress]) -> list[Refused]:
        """Remove addresses in order, BATCH at a time; one that is not there is fine. What was refused."""
        return await self._change(RTM_DELADDR, index, addresses, fine=errno.EADDRNOTAVAIL)

    async def _change(self, kind: int, index: int, addresses: Iterable[VirtualAddress], *, fine: int) -> list[Refused]:
        refused = []
        waiting = list(addresses)
        for start in range(0, len(waiting), BATCH):
            batch = waiting[start : start + BATCH]
            codes = self._changes.exchange(kind, index, batch)
            for address, code in zip(batch, codes, strict=True):
                if code not in (0, fine):
                    refused.append(Refused(address, os.strerror(code)))
            await asyncio.sleep(0)
        return refused

    @property
    def route_port(self) -> int:
        """The same of what `exchange` changes."""
        return int(self._route.socket.getsockname()[0])

    async def exchange(self, requests: Iterable[tuple[Any, int, int]]) -> list[int]:
        """Send messages (each with its kind and flags) at once; how each was answered: an error number, 0 for success.

        Not pyroute2's own batch: that one does not tell which request failed.
        """
        prepared = [
            NetlinkRequest(self._route, message, msg_type=kind, msg_flags=flags) for message, kind, flags in requests
        ]
        if not prepared:
            return []
        for request in prepared:
            await request.prepare()
        self._route.send(b"".join(request.msg.data for request in prepared))
        return [await _error(request) for request in prepared]


async def _error(request: NetlinkRequest) -> int:
    """How the kernel answered: an error number, 0 for success."""
    try:
        async for _ in request.response():
            pass
    except NetlinkError as error:
        return int(error.code)
    return 0


async def watch(
    netlink: Netlink, on_picture: Callable[[Interfaces], None], on_change: Callable[[Interfaces, Gone | None], None]
) -> None:
    """Give `on_picture` all interfaces, then `on_change` the picture after each change, for ever.

    When the kernel had to drop events, `on_picture` gets everything anew.
    """
    while True:
        watcher = _Watcher()
        watcher.own_port = netlink.port
        try:
            await watcher.bind(groups=_RTMGRP_LINK | _RTMGRP_IPV4_IFADDR | _RTMGRP_IPV6_IFADDR)
            picture = await netlink.interfaces()
            on_picture(picture)
            while True:
                async for message in watcher.get():
                    if message["header"]["type"] in (_RTM_NEWLINK, _RTM_DELLINK, RTM_NEWADDR, RTM_DELADDR):
                        on_change(picture, picture.apply(message))
                await asyncio.sleep(0)  # thousands may wait: others must have their turn in between
        except (OSError, NetlinkError) as error:
            log.warning("the kernel's events about interfaces were lost (%s): reading everything again", error)
        finally:
            watcher.close()
        await asyncio.sleep(_RETRY)
