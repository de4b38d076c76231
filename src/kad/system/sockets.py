"""The sockets that VRRP speaks through: raw ones for adverts, a packet socket for ARP and its like. None ever blocks.

Socket options as reference vrrp.md 1.1 has them. Not here: what is sent, and whether what is received is any good;
which sockets are wanted (pool.py).
"""

import contextlib
import socket
import struct
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import NamedTuple

from kad.system import vrid_filter

PROTOCOL, AH_PROTOCOL = 112, 51
TOS = 0xC0
TTL = 255

_LARGEST = 8192
"""More than the longest advert: 255 IPv6 addresses are 4,088 bytes, and a trailer may follow."""

_SO_BINDTODEVICE = 25
_IP_FREEBIND = 15
_IP_MULTICAST_ALL = 49
_IPV6_FREEBIND = 78
_IPV6_MULTICAST_ALL = 29
_CHECKSUM_OFFSET = 6
_RECEIVE_BUFFER = 1 << 20
"""As far as net.core.rmem_max lets it: adverts of 255 routers that come at once must wait, not be lost."""
_PKTINFO = struct.Struct("=16si")
_INT = struct.Struct("=i")
_ANCILLARY = socket.CMSG_SPACE(_PKTINFO.size) + socket.CMSG_SPACE(_INT.size)
_ETH_P_NONE = 0

IPAddress = IPv4Address | IPv6Address


class Endpoint(NamedTuple):
    """What one pair of sockets serves: an interface, and there a multicast group or, for unicast, an own address."""

    interface: str
    address: IPAddress
    unicast: bool = False
    ah: bool = False


Header6 = tuple[IPv6Address, IPv6Address, int]
"""Source, destination and hop limit of a datagram, where the kernel takes its header off."""

Arrived = tuple[bytes, Header6 | None]
"""A datagram: over IPv4 with its header, over IPv6 the header beside it."""


class AdvertSockets:
    """The pair of raw sockets of one endpoint: adverts in, adverts out.

    OSError when the interface is gone, or when the process lacks CAP_NET_RAW.
    """

    def __init__(self, endpoint: Endpoint, index: int) -> None:
        self.endpoint = endpoint
        self.index = index
        self._vrids: frozenset[int] | None = None
        with contextlib.ExitStack() as opened:
            protocol = AH_PROTOCOL if endpoint.ah else PROTOCOL
            self._receiving = opened.enter_context(self._raw(protocol))
            self._receiving.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            self._receive()
            self._sending = opened.enter_context(self._raw(self._sending_protocol))
            self._send()
            opened.pop_all()

    _family = socket.AF_INET
    _sending_protocol = socket.IPPROTO_RAW

    def _raw(self, protocol: int) -> socket.socket:
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        opened = socket.socket(self._family, kind, protocol)
        try:
            opened.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, self.endpoint.interface.encode() + b"\0")
        except OSError:
            opened.close()
            raise
        return opened

    def _receive(self) -> None:
        level, address = socket.IPPROTO_IP, self.endpoint.address
        self._receiving.setsockopt(level, _IP_MULTICAST_ALL, 0)
        self._receiving.setsockopt(level, _IP_FREEBIND, 1)
        self._receiving.bind((str(address), 0))
        if not self.endpoint.unicast:
            membership = struct.pack("=4s4si", address.packed, bytes(4), self.index)
            self._receiving.setsockopt(level, socket.IP_ADD_MEMBERSHIP, membership)

    def _send(self) -> None:
        level = socket.IPPROTO_IP
        self._sending.setsockopt(level, socket.IP_HDRINCL, 1)
        self._sending.setsockopt(level, socket.IP_MULTICAST_LOOP, 0)
        self._sending.setsockopt(level, socket.IP_MULTICAST_TTL, TTL)
        self._sending.setsockopt(level, socket.IP_TOS, TOS)
        self._sending.setsockopt(level, socket.IP_MULTICAST_IF, struct.pack("=4s4si", bytes(4), bytes(4), self.index))
        self._sending.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, 6)  # what the kernel makes of this TOS

    @property
    def _flags(self) -> int:
        return 0 if self.endpoint.unicast else socket.MSG_DONTROUTE

    def fileno(self) -> int:
        """The descriptor to watch for reading."""
        return self._receiving.fileno()

    def hear(self, vrids: frozenset[int] | None) -> None:
        """Receive only adverts of these VRIDs from now on; None: of all, and whatever else there is."""
        if vrids == self._vrids:
            return
        self._vrids = vrids
        if vrids is None:
            vrid_filter.detach(self._receiving)
        else:
            family = self.endpoint.address.version
            vrid_filter.attach(self._receiving, vrid_filter.program(vrids, family=family, ah=self.endpoint.ah))

    def receive(self, most: int = 64) -> list[Arrived]:
        """The datagrams that have come, at most this many. A dead link has none."""
        arrived: list[Arrived] = []
        with contextlib.suppress(OSError):
            while len(arrived) < most:
                arrived.append(self._receive_one())
        return arrived

    def _receive_one(self) -> Arrived:
        return self._receiving.recv(_LARGEST), None

    def send(self, datagram: bytes, destination: IPAddress, source: IPAddress, ttl: int) -> None:  # noqa: ARG002
        """Send one datagram; OSError when that fails. IPv4 headers come with it: `source` and `ttl` are for IPv6."""
        self._sending.sendto(datagram, self._flags, (str(destination), 0))

    def close(self) -> None:
        """Leave the group and close both."""
        self._receiving.close()
        self._sending.close()


class AdvertSockets6(AdvertSockets):
    """The same over IPv6, where the kernel makes and takes off headers and does the checksum."""

    _family = socket.AF_INET6
    _sending_protocol = PROTOCOL

    def _receive(self) -> None:
        level, address = socket.IPPROTO_IPV6, self.endpoint.address
        self._receiving.setsockopt(level, socket.IPV6_CHECKSUM, _CHECKSUM_OFFSET)
        self._receiving.setsockopt(level, socket.IPV6_RECVPKTINFO, 1)
        self._receiving.setsockopt(level, socket.IPV6_RECVHOPLIMIT, 1)
        self._receiving.setsockopt(level, _IPV6_MULTICAST_ALL, 0)
        self._receiving.setsockopt(level, _IPV6_FREEBIND, 1)
        self._receiving.bind((str(address), 0, 0, self.index))
        if not self.endpoint.unicast:
            self._receiving.setsockopt(level, socket.IPV6_JOIN_GROUP, _PKTINFO.pack(address.packed, self.index))

    def _send(self) -> None:
        level = socket.IPPROTO_IPV6
        self._sending.setsockopt(level, socket.IPV6_CHECKSUM, _CHECKSUM_OFFSET)
        self._sending.setsockopt(level, socket.IPV6_MULTICAST_LOOP, 0)
        self._sending.setsockopt(level, socket.IPV6_MULTICAST_HOPS, TTL)
        self._sending.setsockopt(level, socket.IPV6_MULTICAST_IF, self.index)
        self._sending.setsockopt(level, socket.IPV6_TCLASS, TOS)
        self._sending.setsockopt(level, _IPV6_FREEBIND, 1)
        # It is for sending only: nothing may queue up in it.
        self._sending.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)

    def _receive_one(self) -> Arrived:
        data, ancillary, _, sender = self._receiving.recvmsg(_LARGEST, _ANCILLARY)
        destination, hops = self.endpoint.address, 0
        for level, kind, content in ancillary:
            if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
                destination = IPv6Address(_PKTINFO.unpack(content)[0])
            elif level == socket.IPPROTO_IPV6 and kind == socket.IPV6_HOPLIMIT:
                (hops,) = _INT.unpack(content)
        assert isinstance(destination, IPv6Address)
        return data, (IPv6Address(sender[0].partition("%")[0]), destination, hops)

    def send(self, datagram: bytes, destination: IPAddress, source: IPAddress, ttl: int) -> None:
        """Send one message; OSError when that fails."""
        level = socket.IPPROTO_IPV6
        header = [
            (level, socket.IPV6_PKTINFO, _PKTINFO.pack(source.packed, self.index)),
            (level, socket.IPV6_HOPLIMIT, _INT.pack(ttl)),
        ]
        self._sending.sendmsg([datagram], header, self._flags, (str(destination), 0, 0, self.index))


def open_sockets(endpoint: Endpoint, index: int) -> AdvertSockets:
    """The sockets of an endpoint; OSError when there are none to be had."""
    return (AdvertSockets if endpoint.address.version == 4 else AdvertSockets6)(endpoint, index)


def forwards(interface: str) -> bool:
    """Whether this machine is an IPv6 router on this interface."""
    try:
        return Path(f"/proc/sys/net/ipv6/conf/{interface}/forwarding").read_text() != "0\n"
    except OSError:
        return False


class FrameSocket:
    """Sends whole Ethernet frames through any interface; receives none."""

    def __init__(self) -> None:
        flags = socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        self._socket = socket.socket(socket.AF_PACKET, flags, _ETH_P_NONE)

    def send(self, interface: str, frame: bytes) -> None:
        """Send one frame; OSError when that fails."""
        self._socket.sendto(frame, (interface, _ETH_P_NONE))

    def close(self) -> None:
        """Close it."""
        self._socket.close()
