"""What one sees and does on the lab's wire: adverts and ARP with the kernel's time stamps, and a client that pings.

Decoding is struct's and this file's own: kad's packet code is what is under test. Not here: the lab itself (lab.py).
"""

import ctypes
import itertools
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.netns.lab import INTERFACE, Host, inside

ETH_P_ALL = 3
SO_TIMESTAMPNS = 35
"""asm-generic/socket.h; its control message has the same number."""

SO_ATTACH_FILTER = 26

NANOSECONDS = 1_000_000_000
AH_SIZE = 24


@dataclass(frozen=True)
class Advert:
    """A VRRP advertisement on the wire, `at` in seconds of Unix time, as the kernel took it."""

    at: float
    source: str
    version: int
    vrid: int
    priority: int
    payload: bytes
    mac: str = ""


@dataclass(frozen=True)
class Arp:
    """An ARP packet on the wire, or IPv6's like; a gratuitous one has its sender as its target."""

    at: float
    mac: str
    sender: str
    target: str

    @property
    def gratuitous(self) -> bool:
        return self.sender == self.target


Seen = Advert | Arp


def decode(frame: bytes, at: float) -> Seen | None:
    """The advert or ARP packet in an Ethernet frame; None for anything else."""
    ethertype = frame[12:14]
    if ethertype == b"\x08\x06" and len(frame) >= 42:
        mac = ":".join(f"{octet:02x}" for octet in frame[22:28])
        return Arp(at, mac, socket.inet_ntoa(frame[28:32]), socket.inet_ntoa(frame[38:42]))
    if ethertype == b"\x08\x00" and frame[23] in (112, 51):
        header = (frame[14] & 15) * 4 + (AH_SIZE if frame[23] == 51 else 0)
        payload = frame[14 + header : 14 + struct.unpack("!H", frame[16:18])[0]]
        source = socket.inet_ntoa(frame[26:30])
        return Advert(at, source, payload[0] >> 4, payload[1], payload[2], payload, frame[6:12].hex(":"))
    if ethertype == b"\x86\xdd":
        return _decode6(frame, at)
    return None


def _decode6(frame: bytes, at: float) -> Seen | None:
    payload, source = frame[54:], socket.inet_ntop(socket.AF_INET6, frame[22:38])
    if frame[20] == 112:
        return Advert(at, source, payload[0] >> 4, payload[1], payload[2], payload, frame[6:12].hex(":"))
    if frame[20] == 58 and payload[0] == 136 and len(payload) >= 32:
        mac = ":".join(f"{octet:02x}" for octet in payload[26:32])
        return Arp(at, mac, source, socket.inet_ntop(socket.AF_INET6, payload[8:24]))
    return None


def _stamped(sock: socket.socket) -> tuple[bytes, float]:
    """A packet and when the kernel took it, in seconds of Unix time."""
    data, controls, _, _ = sock.recvmsg(2048, 64)
    for level, kind, content in controls:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = struct.unpack("qq", content[:16])
            return data, seconds + nanoseconds / NANOSECONDS
    return data, time.time()


class Capture:
    """Listens on a host's eth0 from entry to exit; what was seen stays in `seen`.

    `source`: of IPv4 only what comes from this address, and nothing else, sorted out by the kernel: for a busy wire.
    """

    def __init__(self, host: Host, *, source: str | None = None) -> None:
        self._socket = inside(host.namespace, _packet_socket)
        if source is not None:
            _listen_to(self._socket, source)
        self.seen: list[Seen] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while not self._done.is_set():
            if select.select([self._socket], [], [], 0.02)[0]:
                found = decode(*_stamped(self._socket))
                if found is not None:
                    self.seen.append(found)

    def adverts(self, *, source: str | None = None, since: float = 0, vrid: int | None = None) -> list[Advert]:
        """The adverts so far, of one sender, from a moment on, of one router."""
        return [
            seen
            for seen in list(self.seen)
            if isinstance(seen, Advert)
            and source in {None, seen.source}
            and seen.at >= since
            and vrid in {None, seen.vrid}
        ]

    def gratuitous(self, address: str, *, since: float = 0) -> list[Arp]:
        """The gratuitous ARPs for an address so far."""
        found = [seen for seen in list(self.seen) if isinstance(seen, Arp) and seen.gratuitous]
        return [arp for arp in found if arp.sender == address and arp.at >= since]

    def wait_for(self, wanted: Callable[[Seen], bool], *, timeout: float, what: str, since: int = 0) -> Seen:
        """The first packet, from number `since` on, that is wanted; AssertionError when none came in time."""
        deadline = time.monotonic() + timeout
        looked = since
        while True:
            while looked < len(self.seen):
                if wanted(self.seen[looked]):
                    return self.seen[looked]
                looked += 1
            assert time.monotonic() < deadline, f"not on the wire within {timeout} s: {what}"
            time.sleep(0.001)

    def wait_for_advert(self, source: str, *, timeout: float, priority: int | None = None, since: int = 0) -> Advert:
        """The first advert of a sender from packet number `since` on."""

        def wanted(seen: Seen) -> bool:
            return isinstance(seen, Advert) and seen.source == source and priority in {None, seen.priority}

        found = self.wait_for(wanted, timeout=timeout, what=f"an advert of {source}", since=since)
        assert isinstance(found, Advert)
        return found


def _listen_to(sock: socket.socket, source: str) -> None:
    """Attach a filter (classic BPF): load the word at 26, and let the frame pass when it is this address."""
    (wanted,) = struct.unpack("!I", socket.inet_aton(source))
    code = ((0x20, 0, 0, 26), (0x15, 0, 1, wanted), (0x06, 0, 0, 0xFFFFFFFF), (0x06, 0, 0, 0))
    instructions = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in code))
    described = struct.pack("@HP", len(code), ctypes.addressof(instructions))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, described)


def _packet_socket() -> socket.socket:
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.bind((INTERFACE, ETH_P_ALL))
    return sock


class Client:
    """Pings an address from a host every `interval` seconds, from entry to exit: who answers, and when nobody does.

    The kernel that holds the address answers, so what is measured is the address and nothing on top of it.
    """

    def __init__(self, host: Host, address: str, *, interval: float = 0.001) -> None:
        self._family = 6 if ":" in address else 4
        self._socket = inside(host.namespace, _ping_socket if self._family == 4 else _ping_socket6)
        self._address = address
        self._interval = interval
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._ping, daemon=True)
        self.answers: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()
        self._socket.close()

    def _ping(self) -> None:
        due = time.monotonic()
        sequence = 0
        while not self._done.is_set():
            now = time.monotonic()
            if now >= due:
                sequence = (sequence + 1) & 0xFFFF
                self._send(sequence)
                # Not one for each that was missed: a client that was itself asleep does not make up for it.
                due = max(due + self._interval, now)
            if select.select([self._socket], [], [], max(0, due - time.monotonic()))[0]:
                data, at = _stamped(self._socket)
                if self._answers(data):
                    self.answers.append(at)

    def _answers(self, data: bytes) -> bool:
        if self._family == 6:  # asked with its number only by this client: who answers is the address
            return data[:1] == b"\x81" and data[4:6] == b"kd"
        return data[20] == 0 and socket.inet_ntoa(data[12:16]) == self._address

    def _send(self, sequence: int) -> None:
        message = struct.pack("!BBHHH", 8 if self._family == 4 else 128, 0, 0, 0x6B64, sequence)
        total = sum(struct.unpack("!4H", message))
        checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
        try:
            self._socket.sendto(message[:2] + struct.pack("!H", checksum) + message[4:], (self._address, 0))
        except OSError:
            # Nobody answers the ARP request: that is a gap, and it is seen as one.
            return

    def wait_until_answered(self, *, timeout: float, since: float = 0) -> float:
        """When the latest answer came, once there is one after a moment; AssertionError when none came in time."""
        deadline = time.monotonic() + timeout
        while not self.answers or self.answers[-1] <= since:
            assert time.monotonic() < deadline, f"{self._address} did not answer within {timeout} s"
            time.sleep(0.001)
        return self.answers[-1]

    def longest_gap(self, *, since: float = 0) -> float:
        """The longest time between two answers that follow each other."""
        answers = [at for at in self.answers if at >= since]
        return max((after - before for before, after in itertools.pairwise(answers)), default=0.0)


def _ping_socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    return sock


def _ping_socket6() -> socket.socket:
    """The kernel does the checksum."""
    sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    return sock
