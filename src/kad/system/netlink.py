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
from pyroute2.netlink import NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST
from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.nlsocket import NetlinkRequest
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg

from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.log import logger

log = logger("netlink")

BATCH = 50
"""Addresses changed between two turns of the loop: some milliseconds' work."""

IFA_PROTO_KEEPALIVED = 18
"""How keepalived marks its addresses (reference vrrp.md 8.1); kernels before 5.18 ignore it."""

_RTMGRP_LINK, _RTMGRP_IPV4_IFADDR, _RTMGRP_IPV6_IFADDR = 0x1, 0x10, 0x100
_RTM_NEWLINK, _RTM_DELLINK, _RTM_NEWADDR, _RTM_DELADDR = 16, 17, 20, 21
_IFF_UP, _IFF_RUNNING, _IFF_NOARP = 0x1, 0x40, 0x80
_IFA_F_NODAD = 0x02
_FOREVER = 0xFFFFFFFF
_HEADER = struct.Struct("=IHHII")
_SCOPES = {"global": 0, "universe": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}
_RETRY = 0.1
"""Seconds between losing the watch and taking it up again."""

IPAddress = IPv4Address | IPv6Address

Assigned = tuple[IPv4Interface | IPv6Interface, IPAddress]
"""An address with its prefix length, and the other end (mostly itself): these tell an interface's addresses apart."""


@dataclass(frozen=True)
class Link:
    """A network interface. `up`: it is switched on and has a carrier. `arp`: it takes part in ARP."""

    index: int
    name: str
    mac: bytes
    up: bool
    arp: bool


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
        elif kind == _RTM_NEWADDR:
            self.addresses.setdefault(index, {})[_assigned(message)] = None
        elif kind == _RTM_DELADDR:
            assigned = _assigned(message)
            self.addresses.get(index, {}).pop(assigned, None)
            return Gone(index, assigned[0])
        return None


def _link(message: Any) -> Link:  # noqa: ANN401 - pyroute2 has no types
    flags = message["flags"]
    mac = bytes.fromhex((message.get("address") or "").replace(":", ""))
    up = flags & (_IFF_UP | _IFF_RUNNING) == _IFF_UP | _IFF_RUNNING
    arp = not flags & _IFF_NOARP and len(mac) == 6
    return Link(message["index"], message.get("ifname"), mac, up=up, arp=arp)


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
        if kind == _RTM_NEWADDR and port == self.own_port and length == len(data):
            return None
        return super().enqueue(data, addr)


class Netlink:
    """One rtnetlink socket for questions and changes. OSError when there is none to be had."""

    def __init__(self) -> None:
        self._route = AsyncIPRoute()

    async def open(self) -> None:
        """Open the socket; before that nothing else may be called."""
        await self._route.setup_endpoint()
        # Bound on purpose: the port by which the watch knows our own changes is the kernel's choice.
        self._route.socket.bind((0, 0))

    @property
    def port(self) -> int:
        """The port id that the kernel's events about our own changes carry."""
        return int(self._route.socket.getsockname()[0])

    def close(self) -> None:
        """Close the socket."""
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

    async def present(self, index: int) -> set[str]:
        """The addresses that an interface has now, as canonical text with prefix length; none when it is gone."""
        try:
            return {str(_assigned(m)[0]) async for m in await self._route.get_addr(match={"index": index})}
        except NetlinkError as error:
            raise OSError(error.code, os.strerror(error.code)) from error

    async def add(self, index: int, addresses: Iterable[VirtualAddress]) -> list[Refused]:
        """Set addresses in order, BATCH at a time; one that is there already is fine. What was refused."""
        flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL
        return await self._change(_RTM_NEWADDR, flags, index, addresses, fine=errno.EEXIST)

    async def remove(self, index: int, addresses: Iterable[VirtualAddress]) -> list[Refused]:
        """Remove addresses in order, BATCH at a time; one that is not there is fine. What was refused."""
        return await self._change(_RTM_DELADDR, NLM_F_REQUEST | NLM_F_ACK, index, addresses, fine=errno.EADDRNOTAVAIL)

    async def _change(
        self, kind: int, flags: int, index: int, addresses: Iterable[VirtualAddress], *, fine: int
    ) -> list[Refused]:
        refused = []
        waiting = list(addresses)
        for start in range(0, len(waiting), BATCH):
            batch = waiting[start : start + BATCH]
            answers = await self.exchange([(_request(address, index, kind), kind, flags) for address in batch])
            for address, code in zip(batch, answers, strict=True):
                if code not in (0, fine):
                    refused.append(Refused(address, os.strerror(code)))
        return refused

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


def _request(address: VirtualAddress, index: int, kind: int) -> ifaddrmsg:
    """One address as the kernel takes it (reference vrrp.md 8.1)."""
    interface = ip_interface(f"{address.address}/{address.prefix}")
    text = str(interface.ip)
    message = ifaddrmsg()
    message["family"] = socket.AF_INET if interface.version == 4 else socket.AF_INET6
    message["prefixlen"] = address.prefix
    message["index"] = index
    message["attrs"] = [("IFA_LOCAL", text), ("IFA_ADDRESS", text)]
    if kind == _RTM_NEWADDR:
        message["scope"] = _scope(address.scope)
        message["attrs"] += _details(address, interface)
    return message


def _details(address: VirtualAddress, interface: IPv4Interface | IPv6Interface) -> list[tuple[str, Any]]:
    details: list[tuple[str, Any]] = [("IFA_PROTO", IFA_PROTO_KEEPALIVED)]
    if interface.version == 6:
        details.append(("IFA_FLAGS", _IFA_F_NODAD))
        if address.prefix == 128:  # not to be picked as a source address
            details.append(("IFA_CACHEINFO", {"ifa_preferred": 0, "ifa_valid": _FOREVER}))
    if address.label is not None:
        details.append(("IFA_LABEL", address.label))
    if address.broadcast is not None:
        network = interface.network
        signs = {"+": network.broadcast_address, "-": network.network_address}
        details.append(("IFA_BROADCAST", str(signs.get(address.broadcast, address.broadcast))))
    return details


def _scope(name: str | None) -> int:
    if name is None:
        return 0
    return _SCOPES[name] if name in _SCOPES else int(name, 0)


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
                    if message["header"]["type"] in (_RTM_NEWLINK, _RTM_DELLINK, _RTM_NEWADDR, _RTM_DELADDR):
                        on_change(picture, picture.apply(message))
                await asyncio.sleep(0)  # thousands may wait: others must have their turn in between
        except (OSError, NetlinkError) as error:
            log.warning("the kernel's events about interfaces were lost (%s): reading everything again", error)
        finally:
            watcher.close()
        await asyncio.sleep(_RETRY)
