"""python -m tests.netns.junk RATE SECONDS HEX ...: send these IPv4 packets in turn, so many a second. Needs root.

A process of its own: at 20,000 a second it would hold up whoever measures. Prints how many went out.
"""

import socket
import struct
import sys
import time
from collections.abc import Sequence

from tests.netns.lab import INTERFACE
from tests.netns.wire import Advert

GROUP = "224.0.0.18"
TRAILER = 28


def packet(source: str, payload: bytes, ttl: int = 255) -> bytes:
    """An IPv4 packet to the group; the kernel fills in its checksum."""
    ends = socket.inet_aton(source) + socket.inet_aton(GROUP)
    return struct.pack("!BBHHHBBH", 0x45, 0xC0, 20 + len(payload), 7, 0, ttl, 112, 0) + ends + payload


def junk_of(advert: Advert, source: str) -> list[bytes]:
    """What an attacker makes of an advert that it heard, with the highest priority in it.

    A wrong TTL; a wrong checksum (the priority has changed); a wrong password or trailer; no trailer at all.
    """
    claimed = advert.payload[:2] + b"\xff" + advert.payload[3:]
    wrong_end = claimed[:-1] + bytes([claimed[-1] ^ 1])
    shorter = claimed[: max(len(claimed) - TRAILER, 4)]
    return [packet(source, advert.payload, ttl=254), *(packet(source, one) for one in (claimed, wrong_end, shorter))]


def send(rate: float, seconds: float, packets: Sequence[bytes]) -> int:
    """Send them, a thousandth of a second's share at a time; how many went out."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    through = struct.pack("=4s4si", bytes(4), bytes(4), socket.if_nametoindex(INTERFACE))
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, through)
    sent, start = 0, time.monotonic()
    while (passed := time.monotonic() - start) < seconds:
        while sent < rate * passed:
            opened.sendto(packets[sent % len(packets)], socket.MSG_DONTROUTE, (GROUP, 0))
            sent += 1
        time.sleep(0.001)
    return sent


if __name__ == "__main__":
    print(send(float(sys.argv[1]), float(sys.argv[2]), [bytes.fromhex(one) for one in sys.argv[3:]]))
