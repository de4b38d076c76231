"""Frames on the wire: VRRP v2 and v3 over IPv4, and the gratuitous ARP that moves an address to its new master.

dpkt builds what is built once; an advert's few changing fields are patched in, and received adverts are taken apart,
with struct, because that happens for every packet. `Advertisement2` and `Advertisement3` give dpkt its VRRP: its own
class knows version 2 alone.

Not here: whether a received advert is to be obeyed (validate.py), sockets (process.py), IPv6, AH and auth_hmac.
Sources: RFC 3768 section 5.1, RFC 9568 section 5.1, reference vrrp.md 1.1 to 1.4 and 1.7.
"""

import struct
from collections.abc import Iterable
from enum import Enum
from ipaddress import IPv4Address
from typing import NamedTuple

import dpkt

from kad.units import SECOND, Micros

PROTOCOL = 112
TTL = 255
TOS = 0xC0
ADVERTISEMENT = 1
"""The only VRRP packet type there is."""

CENTISECOND = Micros(SECOND // 100)
AUTH_SIZE = 8
_IP_HEADER = struct.Struct("!BxHxxxxBBxx4s4s")
_VRRP_HEADER = struct.Struct("!BBBBHH")
_BROADCAST = b"\xff" * 6
_LONGEST_PADDED = 46
"""Ethernet pads a shorter payload to this."""


class Reason(Enum):
    """Why a datagram was not obeyed. Each is counted under its value."""

    TRUNCATED = "truncated"
    UNKNOWN_VRID = "unknown_vrid"
    PACKET_LENGTH = "packet_len_err"
    TTL = "ip_ttl_err"
    VERSION = "version_err"
    INVALID_AUTH_TYPE = "invalid_authtype"
    AUTH_TYPE_MISMATCH = "authtype_mismatch"
    AUTH_FAILURE = "auth_failure"
    INTERVAL = "advertisement_interval_err"
    TYPE = "invalid_type_rcvd"
    CHECKSUM = "checksum_err"
    NOT_MULTICAST = "unicast_err"
    ADDRESS_LIST = "addr_list_err"
    """Counted and logged, but obeyed all the same, as keepalived does."""


class Received(NamedTuple):
    """A datagram's fields as they stand in it; nothing is checked beyond that they are there.

    `interval` is in the packet's own unit (v2 seconds, v3 centiseconds), `auth_type` 0 in v3. `message` is everything
    behind the IP header.
    """

    source: IPv4Address
    destination: IPv4Address
    ttl: int
    total_length: int
    header_length: int
    version: int
    type: int
    vrid: int
    priority: int
    naddr: int
    auth_type: int
    interval: int
    message: bytes

    @property
    def size(self) -> int:
        """How many bytes the VRRP message must have, by its own version and count of addresses."""
        return 8 + 4 * self.naddr + (AUTH_SIZE if self.version == 2 else 0)

    @property
    def padded(self) -> bool:
        """Whether what follows the message can only be Ethernet's padding (reference vrrp.md 2, row 2)."""
        excess = len(self.message) - self.size
        return excess > 0 and self.header_length + self.size < _LONGEST_PADDED and excess % 4 == 2

    @property
    def addresses(self) -> bytes:
        """The virtual addresses, four bytes each."""
        return self.message[8 : 8 + 4 * self.naddr]

    @property
    def auth_data(self) -> bytes:
        """v2's eight bytes of authentication data."""
        start = 8 + 4 * self.naddr
        return self.message[start : start + AUTH_SIZE]

    @property
    def checksum_holds(self) -> bool:
        """Whether the sum over the message (v3: and the pseudo header) is right."""
        message = self.message[: self.size]
        pseudo = b"" if self.version == 2 else pseudo_header(self.source, self.destination, len(message))
        return checksum(pseudo + message) == 0


def decode(datagram: bytes) -> Received | Reason:
    """Take apart what a raw socket delivers (IPv4 header first); never raises, whatever the bytes are."""
    if len(datagram) < _IP_HEADER.size:
        return Reason.TRUNCATED
    first, total_length, ttl, protocol, source, destination = _IP_HEADER.unpack_from(datagram)
    header_length = 4 * (first & 0x0F)
    if first >> 4 != 4 or header_length < _IP_HEADER.size or protocol != PROTOCOL:
        return Reason.TRUNCATED
    if len(datagram) < header_length + _VRRP_HEADER.size:
        return Reason.TRUNCATED
    kind, vrid, priority, naddr, timing, _ = _VRRP_HEADER.unpack_from(datagram, header_length)
    version = kind >> 4
    return Received(
        source=IPv4Address(source),
        destination=IPv4Address(destination),
        ttl=ttl,
        total_length=total_length,
        header_length=header_length,
        version=version,
        type=kind & 0x0F,
        vrid=vrid,
        priority=priority,
        naddr=naddr,
        auth_type=0 if version == 3 else timing >> 8,
        interval=timing & 0x0FFF if version == 3 else timing & 0xFF,  # v3: four reserved bits come first
        message=datagram[header_length:],
    )


def checksum(data: bytes | bytearray) -> int:
    """The Internet checksum (RFC 1071); 0 over data that holds its own right sum."""
    if len(data) % 2:
        data = data + b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo_header(source: IPv4Address, destination: IPv4Address, length: int) -> bytes:
    """What a v3 checksum also covers (RFC 9568 section 5.2.8)."""
    return source.packed + destination.packed + struct.pack("!BBH", 0, PROTOCOL, length)


class Advertisement2(dpkt.Packet):  # type: ignore[misc]  # dpkt has no types
    """VRRPv2 (RFC 3768): the header; `addresses` and `auth_data` are plain bytes behind it."""

    __hdr__ = (
        ("kind", "B", 2 << 4 | ADVERTISEMENT),
        ("vrid", "B", 1),
        ("priority", "B", 100),
        ("naddr", "B", 0),
        ("auth_type", "B", 0),
        ("interval", "B", 1),
        ("sum", "H", 0),
    )

    def __init__(self, *args: bytes, **kwargs: int) -> None:
        self.data: bytes = b""
        self.sum: int
        self.addresses = b""
        self.auth_data = bytes(AUTH_SIZE)
        super().__init__(*args, **kwargs)

    def unpack(self, buf: bytes) -> None:
        """Split what follows the header."""
        super().unpack(buf)
        end = 4 * self.naddr
        self.addresses, self.auth_data, self.data = self.data[:end], self.data[end : end + AUTH_SIZE], b""

    def __len__(self) -> int:
        return int(self.__hdr_len__ + len(self.addresses) + len(self.auth_data))

    def __bytes__(self) -> bytes:
        if not self.sum:
            self.sum = checksum(self.pack_hdr() + self.addresses + self.auth_data)
        return bytes(self.pack_hdr() + self.addresses + self.auth_data)


class Advertisement3(dpkt.Packet):  # type: ignore[misc]  # dpkt has no types
    """VRRPv3 over IPv4 (RFC 9568). The checksum needs the IP addresses: give it a `pseudo` header of bytes."""

    __hdr__ = (
        ("kind", "B", 3 << 4 | ADVERTISEMENT),
        ("vrid", "B", 1),
        ("priority", "B", 100),
        ("naddr", "B", 0),
        ("interval", "H", 100),
        ("sum", "H", 0),
    )

    def __init__(self, *args: bytes, **kwargs: int) -> None:
        self.data: bytes = b""
        self.sum: int
        self.addresses = b""
        self.pseudo = b""
        super().__init__(*args, **kwargs)

    def unpack(self, buf: bytes) -> None:
        """Split what follows the header."""
        super().unpack(buf)
        self.addresses, self.data = self.data[: 4 * self.naddr], b""

    def __len__(self) -> int:
        return int(self.__hdr_len__ + len(self.addresses))

    def __bytes__(self) -> bytes:
        if not self.sum:
            self.sum = checksum(self.pseudo + self.pack_hdr() + self.addresses)
        return bytes(self.pack_hdr() + self.addresses)


def advertisement(message: bytes) -> Advertisement2 | Advertisement3:
    """How dpkt reads what IP carries as protocol 112; dpkt.UnpackError for anything but VRRP v2 and v3."""
    if message[:1] == b"\x21":
        return Advertisement2(message)
    if message[:1] == b"\x31":
        return Advertisement3(message)
    raise dpkt.UnpackError("neither VRRP v2 nor v3")


dpkt.ip.IP.set_proto(PROTOCOL, advertisement)


class Adverts:
    """All adverts of one router: built once, then patched for each (priority, identification, checksums).

    `addresses` are sent in the order given. `interval` is in seconds (v2) or centiseconds (v3).
    """

    def __init__(
        self,
        *,
        version: int,
        vrid: int,
        interval: int,
        addresses: Iterable[IPv4Address],
        source: IPv4Address,
        destination: IPv4Address,
        auth_type: int = 0,
        auth_data: bytes = bytes(AUTH_SIZE),
    ) -> None:
        packed = b"".join(address.packed for address in addresses)
        fields = {"vrid": vrid, "priority": 0, "naddr": len(packed) // 4, "interval": interval}
        if version == 2:
            message = Advertisement2(auth_type=auth_type, **fields)
            message.auth_data = auth_data
        else:
            message = Advertisement3(**fields)
        message.addresses = packed
        header = dpkt.ip.IP(
            tos=TOS, ttl=TTL, p=PROTOCOL, src=source.packed, dst=destination.packed, len=20 + len(message)
        )
        template = bytearray(header.pack_hdr() + bytes(message))
        template[26:28] = b"\0\0"  # the checksum of a priority that no advert has yet
        self._template = bytes(template)
        self._pseudo = b"" if version == 2 else pseudo_header(source, destination, len(message))

    def datagram(self, priority: int, identification: int) -> bytes:
        """One advert with its IP header."""
        datagram = bytearray(self._template)
        struct.pack_into("!H", datagram, 4, identification)
        struct.pack_into("!H", datagram, 10, checksum(datagram[:20]))
        datagram[22] = priority
        struct.pack_into("!H", datagram, 26, checksum(self._pseudo + datagram[20:]))
        return bytes(datagram)


def gratuitous_arp(mac: bytes, address: IPv4Address) -> bytes:
    """The Ethernet frame that tells a LAN that `address` is at `mac` now (reference vrrp.md 1.7)."""
    arp = dpkt.arp.ARP(op=dpkt.arp.ARP_OP_REQUEST, sha=mac, spa=address.packed, tha=_BROADCAST, tpa=address.packed)
    return bytes(dpkt.ethernet.Ethernet(dst=_BROADCAST, src=mac, type=dpkt.ethernet.ETH_TYPE_ARP, data=arp))
