"""The sockets that VRRP speaks through: raw ones for adverts, a packet socket for gratuitous ARP. None ever blocks.

Socket options as reference vrrp.md 1.1 has them. Not here: what is sent, and whether what is received is any good.
"""

import contextlib
import socket
import struct
from ipaddress import IPv4Address

PROTOCOL = 112
TOS = 0xC0
TTL = 255

_LARGEST = 4096
"""More than the longest advert: 255 addresses behind the longest IP header are 1,096 bytes."""

_SO_BINDTODEVICE = 25
_IP_MULTICAST_ALL = 49
_ETH_P_NONE = 0


class AdvertSockets:
    """The pair of raw sockets of one interface and one multicast group: adverts in, adverts out.

    OSError when the interface is gone, or when the process lacks CAP_NET_RAW.
    """

    def __init__(self, interface: str, index: int, group: IPv4Address) -> None:
        self.interface = interface
        self.index = index
        self.group = group
        with contextlib.ExitStack() as opened:
            self._receiving = opened.enter_context(_raw(PROTOCOL, interface))
            self._receive_from(group, index)
            self._sending = opened.enter_context(_raw(socket.IPPROTO_RAW, interface))
            self._send_to(index)
            opened.pop_all()

    def _receive_from(self, group: IPv4Address, index: int) -> None:
        self._receiving.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
        self._receiving.bind((str(group), 0))
        membership = struct.pack("=4s4si", group.packed, bytes(4), index)
        self._receiving.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)

    def _send_to(self, index: int) -> None:
        level = socket.IPPROTO_IP
        self._sending.setsockopt(level, socket.IP_HDRINCL, 1)
        self._sending.setsockopt(level, socket.IP_MULTICAST_LOOP, 0)
        self._sending.setsockopt(level, socket.IP_MULTICAST_TTL, TTL)
        self._sending.setsockopt(level, socket.IP_TOS, TOS)
        self._sending.setsockopt(level, socket.IP_MULTICAST_IF, struct.pack("=4s4si", bytes(4), bytes(4), index))
        self._sending.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, 6)  # what the kernel makes of this TOS

    def fileno(self) -> int:
        """The descriptor to watch for reading."""
        return self._receiving.fileno()

    def receive(self, most: int = 64) -> list[bytes]:
        """The datagrams that have come, IPv4 headers first, at most this many. A dead link has none."""
        datagrams: list[bytes] = []
        with contextlib.suppress(OSError):
            while len(datagrams) < most:
                datagrams.append(self._receiving.recv(_LARGEST))
        return datagrams

    def send(self, datagram: bytes) -> None:
        """Send one datagram, IPv4 header included, to the group; OSError when that fails."""
        self._sending.sendto(datagram, socket.MSG_DONTROUTE, (str(self.group), 0))

    def close(self) -> None:
        """Leave the group and close both."""
        self._receiving.close()
        self._sending.close()


def _raw(protocol: int, interface: str) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, interface.encode() + b"\0")
    except OSError:
        opened.close()
        raise
    return opened


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
