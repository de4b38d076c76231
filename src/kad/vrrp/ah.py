"""AH authentication of VRRPv2: an IPsec header with HMAC-MD5-96 and a sequence number (reference vrrp.md 1.5). Pure.

One counter serves both ways: a backup goes on from the number of the master that it heard last. Not here: taking the
header apart (packet.py), who has which password (settings.py).
"""

import hmac
import struct

from kad.vrrp.packet import AH_SIZE, PROTOCOL

LAST = 0xFFFFFFFD
"""Above this no number is sent any more, until the router becomes master again."""

_MOST = 0xFFFFFFFF

_HEADER = struct.Struct("!BBHII")
_ICV_SIZE = 12
_NO_ICV = bytes(_ICV_SIZE)
_IP_HEADER_SIZE = 20


class Counter:
    """The sequence number that was sent or accepted last."""

    def __init__(self) -> None:
        self.number = 0
        self._cycled = False

    def following(self) -> int:
        """The number to send with."""
        if self.number >= LAST:
            self._cycled = True
        else:
            self.number += 1
        return self.number

    def accept(self, number: int) -> bool:
        """Whether a number received is a new one; then it is ours too."""
        if number <= self.number:
            return False
        self.number = number
        return True

    def overtake(self, number: int) -> None:
        """The next number sent is above this one, as far as numbers go."""
        self.number = min(number + 1, _MOST)

    def restart_if_cycled(self) -> None:
        """The router becomes master: a counter that came to its end begins anew."""
        if self._cycled:
            self.number = 0
            self._cycled = False


def header(key: bytes, ip_header: bytes, number: int, message: bytes, *, multicast: bool) -> bytes:
    """The AH header for a message behind this IPv4 header. The SPI is the sender's address."""
    fixed = _HEADER.pack(PROTOCOL, AH_SIZE // 4 - 2, 0, int.from_bytes(ip_header[12:16]), number)
    return fixed + icv(key, ip_header + fixed, message, multicast=multicast)


def icv(key: bytes, headers: bytes, message: bytes, *, multicast: bool) -> bytes:
    """The check value over the IPv4 header and AH's that come first in `headers`, and the message.

    Without what routers change on the way: TOS, fragment, checksum, and the TTL of unicast, which multicast keeps.
    """
    ip_header = bytearray(headers[:_IP_HEADER_SIZE])
    ip_header[1] = 0
    ip_header[6:8] = ip_header[10:12] = b"\0\0"
    if not multicast:
        ip_header[8] = 0
    start = 4 * (ip_header[0] & 0x0F)
    fixed = headers[start : start + _HEADER.size]
    return hmac.digest(key, bytes(ip_header) + fixed + _NO_ICV + message, "md5")[:_ICV_SIZE]
