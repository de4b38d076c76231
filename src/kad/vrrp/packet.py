"""Frames on the wire: VRRP v2 and v3 over IPv4 and IPv6, and what moves an address to its new master.

dpkt builds what is built once; an advert's few changing fields are patched in, and received adverts are taken apart,
with struct, because that happens for every packet. `Advertisement2` and `Advertisement3` give dpkt its VRRP: its own
class knows version 2 alone. Over IPv6 the kernel makes and takes off the IP header: it is no part of what is here.

Not here: whether a received advert is to be obeyed (validate.py), sockets (process.py), what signs adverts (ah.py,
auth_hmac.py). Sources: RFC 3768 section 5.1, RFC 9568 section 5.1, reference vrrp.md 1.1 to 1.5 and 1.7.
"""

import struct
from collections.abc import Iterable
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

import dpkt

from kad.units import SECOND, Micros

PROTOCOL, AH_PROTOCOL = 112, 51
TTL = 255
TOS = 0xC0
ADVERTISEMENT = 1
"""The only VRRP packet type there is."""

CENTISECOND = Micros(SECOND // 100)
AUTH_SIZE = 8
AH_SIZE = 24
_IP_HEADER = struct.Struct("!BxHxxxxBBxx4s4s")
_AH_HEADER = struct.Struct("!BBxxII12s")
_AH_WORDS = AH_SIZE // 4 - 2
"""What AH calls its own length (RFC 4302 section 2.2)."""

_VRRP_HEADER = struct.Struct("!BBBBHH")
_BROADCAST = b"\xff" * 6
_ALL_NODES = IPv6Address("ff02::1")
_ALL_NODES_MAC = bytes.fromhex("333300000001")
_LONGEST_PADDED = 46
"""Ethernet pads a shorter payload to this."""

IPAddress = IPv4Address | IPv6Address


class Reason(Enum):
    """Why a datagram was not obeyed. Each is counted under its value."""

    TRUNCATED = "truncated"
    UNKNOWN_VRID = "unknown_vrid"
    STARTING = "startup_delay"
    NOT_RUNNING = "not_running"
    PACKET_LENGTH = "packet_len_err"
    TTL = "ip_ttl_err"
    VERSION = "version_err"
    EXTENSION_MISSING = "auth_ext_missing"
    EXTENSION_MALFORMED = "auth_ext_malformed"
    EXTENSION_STALE = "auth_ext_stale"
    EXTENSION_KEY = "auth_ext_unknown_key"
    EXTENSION_HMAC = "auth_ext_invalid_hmac"
    EXTENSION_REPLAY = "auth_ext_replay"
    INVALID_AUTH_TYPE = "invalid_authtype"
    AUTH_TYPE_MISMATCH = "authtype_mismatch"
    AUTH_FAILURE = "auth_failure"
    INTERVAL = "advert_interval_err"
    TYPE = "invalid_type_rcvd"
    CHECKSUM = "checksum_err"
    NOT_MULTICAST = "unicast_err"
    NOT_UNICAST = "multicast_err"
    NO_PEER = "unknown_peer_err"
    OWNER = "owner_ignored"
    ADDRESS_LIST = "addr_list_err"
    """Counted and logged, but obeyed all the same, as keepalived does; so is the next one."""
    CLOCK_SKEW = "auth_ext_skew"


class Refusal(NamedTuple):
    """A datagram is not obeyed: why, and keepalived's line about it without the instance's name."""

    reason: Reason
    text: str


class AuthenticationHeader(NamedTuple):
    """An IPsec AH header in front of a VRRP message (reference vrrp.md 1.5)."""

    spi: int
    number: int
    icv: bytes


class Envelope(NamedTuple):
    """What the kernel says of an IPv6 datagram whose header it has taken off."""

    source: IPv6Address
    destination: IPv6Address
    hop_limit: int


class Received(NamedTuple):
    """A datagram's fields as they stand in it; nothing is checked beyond that they are there.

    `interval` is in the packet's own unit (v2 seconds, v3 centiseconds), `auth_type` 0 in v3. `header` is what came in
    front of the VRRP `message`: the IPv4 header, and `ah` where there is one; over IPv6 nothing.
    """

    source: IPAddress
    destination: IPAddress
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
    header: bytes = b""
    ah: AuthenticationHeader | None = None

    @property
    def family(self) -> int:
        """4 or 6."""
        return self.source.version

    @property
    def address_size(self) -> int:
        """Bytes of one virtual address."""
        return 16 if self.family == 6 else 4

    @property
    def size(self) -> int:
        """How many bytes the VRRP message must have, by its own version and count of addresses."""
        return 8 + self.address_size * self.naddr + (AUTH_SIZE if self.version == 2 and self.family == 4 else 0)

    @property
    def padded(self) -> bool:
        """Whether what follows the message can only be Ethernet's padding (reference vrrp.md 2, row 2)."""
        excess = len(self.message) - self.size
        return excess > 0 and 0 < self.header_length < _LONGEST_PADDED - self.size and excess % 4 == 2

    @property
    def addresses(self) -> bytes:
        """The virtual addresses, four or sixteen bytes each."""
        return self.message[8 : 8 + self.address_size * self.naddr]

    @property
    def auth_data(self) -> bytes:
        """v2's eight bytes of authentication data."""
        start = 8 + 4 * self.naddr
        return self.message[start : start + AUTH_SIZE]

    @property
    def checksum_holds(self) -> bool:
        """Whether the sum over the message (v3: and the pseudo header) is right; over IPv6 the kernel sees to it."""
        message = self.message[: self.size]
        if self.family == 6:
            return True
        pseudo = b"" if self.version == 2 else pseudo_header(self.source, self.destination, len(message))
        return checksum(pseudo + message) == 0

    @property
    def checksum_holds_as_v2(self) -> bool:
        """Whether the sum is right when a v3 message is summed as v2 is, without the pseudo header."""
        return self.family == 6 or checksum(self.message[: self.size]) == 0


def decode(datagram: bytes) -> Received | Reason:
    """Take apart what a raw socket delivers (IPv4 header first); never raises, whatever the bytes are."""
    if len(datagram) < _IP_HEADER.size:
        return Reason.TRUNCATED
    first, total_length, ttl, protocol, source, destination = _IP_HEADER.unpack_from(datagram)
    length = 4 * (first & 0x0F)
    if first >> 4 != 4 or length < _IP_HEADER.size or protocol not in (PROTOCOL, AH_PROTOCOL):
        return Reason.TRUNCATED
    ah = None
    if protocol == AH_PROTOCOL:
        ah = _authentication_header(datagram, length)
        if ah is None:
            return Reason.TRUNCATED
        length += AH_SIZE
    ends = (IPv4Address(source), IPv4Address(destination), ttl)
    return _received(datagram[length:], ends, total_length, datagram[:length], ah)


def decode6(message: bytes, envelope: Envelope) -> Received | Reason:
    """Take apart what an IPv6 raw socket delivers: the message, and beside it what its IP header said."""
    return _received(message, envelope, len(message), b"", None)


def _authentication_header(datagram: bytes, at: int) -> AuthenticationHeader | None:
    if len(datagram) < at + AH_SIZE:
        return None
    inner, words, spi, number, icv = _AH_HEADER.unpack_from(datagram, at)
    return AuthenticationHeader(spi, number, icv) if (inner, words) == (PROTOCOL, _AH_WORDS) else None


def _received(
    message: bytes,
    ends: tuple[IPAddress, IPAddress, int],
    total_length: int,
    header: bytes,
    ah: AuthenticationHeader | None,
) -> Received | Reason:
    if len(message) < _VRRP_HEADER.size:
        return Reason.TRUNCATED
    kind, vrid, priority, naddr, timing, _ = _VRRP_HEADER.unpack_from(message)
    version = kind >> 4
    return Received(
        source=ends[0],
        destination=ends[1],
        ttl=ends[2],
        total_length=total_length,
        header_length=len(header),
        version=version,
        type=kind & 0x0F,
        vrid=vrid,
        priority=priority,
        naddr=naddr,
        auth_type=0 if version == 3 else timing >> 8,
        interval=timing & 0x0FFF if version == 3 else timing & 0xFF,  # v3: four reserved bits come first
        message=message,
        header=header,
        ah=ah,
    )


def checksum(data: bytes | bytearray) -> int:
    """The Internet checksum (RFC 1071); 0 over data that holds its own right sum."""
    if len(data) % 2:
        data = data + b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo_header(source: IPAddress, destination: IPAddress, length: int, protocol: int = PROTOCOL) -> bytes:
    """What a v3 checksum also covers (RFC 9568 section 5.2.8), and every checksum over IPv6 (RFC 8200 section 8.1)."""
    if source.version == 6:
        return source.packed + destination.packed + struct.pack("!II", length, protocol)
    return source.packed + destination.packed + struct.pack("!HH", protocol, length)


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
    """All adverts of one router to one destination: built once, then patched.

    `addresses` are sent in the order given. `interval` is in seconds (v2) or centiseconds (v3). `extra`: bytes that
    will stand beside the message (AH's header, a trailer). `checksum_as_v2`: a v3 sum without the pseudo header.
    """

    def __init__(
        self,
        *,
        version: int,
        vrid: int,
        interval: int,
        addresses: Iterable[IPAddress],
        source: IPAddress,
        destination: IPAddress,
        auth_type: int = 0,
        auth_data: bytes = bytes(AUTH_SIZE),
        ttl: int = TTL,
        protocol: int = PROTOCOL,
        extra: int = 0,
        checksum_as_v2: bool = False,
    ) -> None:
        self.source, self.destination = source, destination
        packed = [address.packed for address in addresses]
        fields = {"vrid": vrid, "priority": 0, "naddr": len(packed), "interval": interval}
        if version == 2:
            message = Advertisement2(auth_type=auth_type, **fields)
            message.auth_data = auth_data if source.version == 4 else b""
        else:
            message = Advertisement3(**fields)
        message.addresses = b"".join(packed)
        template = bytearray(bytes(message))
        template[6:8] = b"\0\0"  # the checksum of a priority that no advert has yet
        self._message = bytes(template)
        self._header = b""
        if source.version == 4:
            length = 20 + len(message) + extra
            header = dpkt.ip.IP(tos=TOS, ttl=ttl, p=protocol, src=source.packed, dst=destination.packed, len=length)
            self._header = header.pack_hdr()
        self._pseudo = b""
        if source.version == 6:
            self._pseudo = pseudo_header(source, destination, len(message) + extra)
        elif version == 3 and not checksum_as_v2:
            self._pseudo = pseudo_header(source, destination, len(message))

    def unsummed(self, priority: int) -> bytes:
        """The message with this priority, and zero where the checksum goes."""
        message = bytearray(self._message)
        message[2] = priority
        return bytes(message)

    def message(self, priority: int, trailer: bytes = b"") -> bytes:
        """The message with its checksum. Over IPv6 that covers a trailer too (reference vrrp.md 1.4)."""
        message = bytearray(self.unsummed(priority))
        covered = self._pseudo + message + (trailer if self.source.version == 6 else b"")
        struct.pack_into("!H", message, 6, checksum(covered))
        return bytes(message)

    def header(self, identification: int) -> bytes:
        """The IPv4 header; over IPv6, where the kernel makes it, nothing."""
        if not self._header:
            return b""
        header = bytearray(self._header)
        struct.pack_into("!H", header, 4, identification)
        struct.pack_into("!H", header, 10, checksum(header))
        return bytes(header)

    def datagram(self, priority: int, identification: int) -> bytes:
        """One advert with its IPv4 header, without anything that signs it."""
        return self.header(identification) + self.message(priority)


def gratuitous_arp(mac: bytes, address: IPv4Address) -> bytes:
    """The Ethernet frame that tells a LAN that `address` is at `mac` now (reference vrrp.md 1.7)."""
    arp = dpkt.arp.ARP(op=dpkt.arp.ARP_OP_REQUEST, sha=mac, spa=address.packed, tha=_BROADCAST, tpa=address.packed)
    return bytes(dpkt.ethernet.Ethernet(dst=_BROADCAST, src=mac, type=dpkt.ethernet.ETH_TYPE_ARP, data=arp))


class _NeighbourAdvertisement(dpkt.Packet):  # type: ignore[misc]  # dpkt has no types
    """An ICMPv6 neighbour advertisement with the target link-layer address option (RFC 4861 sections 4.4, 4.6.1)."""

    __hdr__ = (
        ("type", "B", dpkt.icmp6.ND_NEIGHBOR_ADVERT),
        ("code", "B", 0),
        ("sum", "H", 0),
        ("flags", "I", 0),
        ("target", "16s", b""),
        ("option", "B", 2),
        ("words", "B", 1),
        ("mac", "6s", b""),
    )


_ROUTER, _OVERRIDE = 1 << 31, 1 << 29


def unsolicited_advertisement(mac: bytes, address: IPv6Address, *, router: bool) -> bytes:
    """The same for IPv6; `router` when this machine forwards packets (reference vrrp.md 1.7)."""
    flags = _OVERRIDE | (_ROUTER if router else 0)
    message = _NeighbourAdvertisement(flags=flags, target=address.packed, mac=mac)
    message.sum = checksum(pseudo_header(address, _ALL_NODES, len(message), dpkt.ip.IP_PROTO_ICMP6) + bytes(message))
    ip = dpkt.ip6.IP6(
        plen=len(message),
        nxt=dpkt.ip.IP_PROTO_ICMP6,
        hlim=TTL,
        src=address.packed,
        dst=_ALL_NODES.packed,
        data=message,
    )
    # Its own way to bytes recomputes sums of the payload that it does not know.
    frame = ip.pack_hdr() + bytes(message)
    return bytes(dpkt.ethernet.Ethernet(dst=_ALL_NODES_MAC, src=mac, type=dpkt.ethernet.ETH_TYPE_IP6, data=frame))
