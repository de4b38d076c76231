"""auth_hmac: adverts signed with HMAC-SHA-256 in a trailer behind the VRRP message (reference vrrp.md 1.6). Pure.

A trailer carries a 64-bit sequence made of Unix time, so that it grows over restarts, and a signature over sender,
message and sequence. `Session` signs one router's adverts and knows which sequence of each sender it saw last. Unix
time is handed in, in microseconds.

Not here: where keys come from (settings.py), whether the rest of an advert is good (validate.py).
"""

import hmac
import struct
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from kad.vrrp.packet import IPAddress, Reason, Received, Refusal

SIZE = 28
EXTENSION = 1
"""HMAC-SHA-256, of which 128 bits are sent."""

MOST_SENDERS = 4
"""Senders of a multicast group whose last sequence is remembered; the one that was heard least recently goes."""

_TRAILER = struct.Struct("!BBHQ")
_SIGNATURE_SIZE = 16
_UNSIGNED = bytes(_SIGNATURE_SIZE)
_SENDER = struct.Struct("!BBBx16s")
_SECOND = 1_000_000
_SEQUENCES = 1 << 64


@dataclass(frozen=True)
class HmacSettings:
    """The keys by their numbers, which may lack the one to send with, and how strict this router is.

    `window` is in seconds; `monotonic`: a sequence must grow, whatever the clocks say.
    """

    active: int
    keys: Mapping[int, bytes] = field(repr=False)
    window: int
    sends: bool = True
    requires: bool = True
    monotonic: bool = False


def later(one: int, other: int) -> bool:
    """Whether a sequence comes after another, in serial-number arithmetic."""
    return 0 < (one - other) % _SEQUENCES < _SEQUENCES // 2


def sequence_at(unix: int) -> int:
    """The first sequence of this moment: seconds, 1/65536 of them, and a counter of 0."""
    seconds, rest = divmod(unix, _SECOND)
    return (seconds & 0xFFFFFFFF) << 32 | (rest << 16) // _SECOND << 16


def signature(key: bytes, source: IPAddress, message: bytes, fixed: bytes) -> bytes:
    """Over the sender, the message without its checksum, and the trailer's fixed part."""
    sender = _SENDER.pack(source.version, message[0] >> 4, message[1], source.packed)
    unsummed = message[:6] + b"\0\0" + message[8:]
    return hmac.digest(key, sender + unsummed + fixed + _UNSIGNED, "sha256")[:_SIGNATURE_SIZE]


def trailer_of(packet: Received) -> bytes:
    """What follows the message if it has a trailer's length; known by the length alone."""
    return packet.message[packet.size :] if len(packet.message) == packet.size + SIZE else b""


class Session:
    """One router's signing and verifying."""

    def __init__(self, settings: HmacSettings) -> None:
        self.settings = settings
        self._sent: int | None = None
        self._marks: OrderedDict[IPAddress, int] = OrderedDict()
        self._told_skew = False

    def sign(self, source: IPAddress, message: bytes, unix: int) -> bytes:
        """The trailer for all copies of the next advert; nothing when this router only receives."""
        if not self.settings.sends:
            return b""
        self._sent = self._following(sequence_at(unix))
        fixed = _TRAILER.pack(EXTENSION, self.settings.active, 0, self._sent)
        return fixed + signature(self.settings.keys[self.settings.active], source, message, fixed)

    def _following(self, clock: int) -> int:
        if self._sent is None or later(clock, self._sent):
            return clock
        ahead = (self._sent - clock) >> 32
        if not self.settings.monotonic and ahead > self.settings.window:
            return clock  # the clock was put back: what peers know of us is stale to them as well
        return (self._sent + 1) % _SEQUENCES

    def refusal(self, packet: Received, unix: int, *, peers: frozenset[IPAddress]) -> Refusal | None:
        """What is wrong with the packet's trailer, if anything; what is cheap comes first. `peers` of unicast."""
        trailer, source = trailer_of(packet), packet.source
        if not trailer:
            missing = Refusal(Reason.EXTENSION_MISSING, f"missing authentication trailer from {source}")
            return missing if self.settings.requires else None
        if peers and source not in peers:
            return Refusal(Reason.NO_PEER, f"unicast source address {source} not a unicast peer")
        refused = self._unlikely(trailer, source, unix) or self._unproven(packet, trailer, unix)
        if refused is None:
            self._mark(source, _TRAILER.unpack_from(trailer)[3], bounded=not peers)
        return refused

    def _unlikely(self, trailer: bytes, source: IPAddress, unix: int) -> Refusal | None:
        """What can be seen without computing a signature."""
        kind, key_id, reserved, sequence = _TRAILER.unpack_from(trailer)
        if (kind, reserved) != (EXTENSION, 0):
            return Refusal(Reason.EXTENSION_MALFORMED, f"malformed authentication trailer from {source}")
        skew = _skew(unix, sequence)
        if not self.settings.monotonic and abs(skew) > self.settings.window:
            text = f"clock skew {skew} sec exceeds window {self.settings.window} sec"
            return Refusal(Reason.EXTENSION_STALE, f"stale authentication trailer from {source}, {text}")
        if key_id not in self.settings.keys:
            return Refusal(Reason.EXTENSION_KEY, f"unknown authentication key id {key_id} from {source}")
        return None

    def _unproven(self, packet: Received, trailer: bytes, unix: int) -> Refusal | None:
        source = packet.source
        _, key_id, _, sequence = _TRAILER.unpack_from(trailer)
        key = self.settings.keys[key_id]
        message, fixed = packet.message[: packet.size], trailer[: _TRAILER.size]
        if not hmac.compare_digest(signature(key, source, message, fixed), trailer[_TRAILER.size :]):
            return Refusal(Reason.EXTENSION_HMAC, f"invalid authentication HMAC from {source}")
        if not self._is_new(source, sequence, unix):
            return Refusal(Reason.EXTENSION_REPLAY, f"replayed authentication trailer from {source}")
        return None

    def skew_warning(self, packet: Received, unix: int) -> str:
        """A line, the first time that a sender's clock is more than half the window away."""
        trailer, window = trailer_of(packet), self.settings.window
        if not trailer or self.settings.monotonic or self._told_skew:
            return ""
        skew = _skew(unix, _TRAILER.unpack_from(trailer)[3])
        if abs(skew) * 2 <= window:
            return ""
        self._told_skew = True
        return f"authentication clock skew {skew} sec from {packet.source} approaching window {window} sec"

    def _is_new(self, source: IPAddress, sequence: int, unix: int) -> bool:
        mark = self._marks.get(source)
        if mark is None or later(sequence, mark):
            return True
        # A mark out of the window is of a clock that has been put back since.
        return not self.settings.monotonic and abs(_skew(unix, mark)) > self.settings.window

    def _mark(self, source: IPAddress, sequence: int, *, bounded: bool) -> None:
        self._marks[source] = sequence
        self._marks.move_to_end(source)
        if bounded and len(self._marks) > MOST_SENDERS:
            self._marks.popitem(last=False)


def _skew(unix: int, sequence: int) -> int:
    """How far our clock is ahead of a sequence's, in whole seconds."""
    difference = (unix // _SECOND - (sequence >> 32)) & 0xFFFFFFFF
    return difference - (1 << 32) if difference >> 31 else difference
