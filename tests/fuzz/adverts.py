"""python -m tests.fuzz.adverts: a long run of packets that no router sends, through the decoder and all checks.

Each starts from a good advert of one of the kinds that there are (v2, v3, PASS, AH, auth_hmac, unicast, IPv6), broken
in some places, half of the time with its checksum made right again. It must not raise; what is not obeyed must be
counted, once and for one reason, and leave every router's state, priority and timer as they were. A number always
gives the same packet, to the same routers: `--first N --count 1` shows one again.
"""

import argparse
import random
import struct
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from kad.config.schema.auth_hmac import AuthHmac
from kad.config.schema.authentication import Authentication, AuthType
from kad.config.schema.unicast_peer import UnicastPeer
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.config.vrrp_kinds import HmacKey
from kad.units import SECOND, Micros
from kad.vrrp.node import Node
from kad.vrrp.packet import Envelope, checksum, pseudo_header
from kad.vrrp.router import Router
from kad.vrrp.settings import Wire
from tests.vrrp.lan import START, instance, sender, unix
from tests.vrrp.many import share

OURS, THEIRS = IPv4Address("192.0.2.10"), IPv4Address("192.0.2.9")
OURS6, THEIRS6 = IPv6Address("fe80::10"), IPv6Address("fe80::9")
PRIORITIES = (0, 1, 100, 254, 255)
INTERESTING = (0, 1, 2, 3, 4, 20, 21, 0x31, 0x33, 0x45, 0x4F, 51, 112, 127, 128, 254, 255)
GENERATION = 500
"""Packets that the same routers are given one after another."""

PASS = Authentication(auth_type=AuthType.PASS, auth_pass="s3cret")
AH = Authentication(auth_type=AuthType.AH, auth_pass="s3cret")
HMAC = AuthHmac(key=(HmacKey(id=1, secret="k" * 32),), active_key=1)
PEERS = (UnicastPeer(address=str(THEIRS)),)


def _vips(*addresses: str) -> tuple[VirtualAddress, ...]:
    return tuple(VirtualAddress(address=one, prefix=64 if ":" in one else 24) for one in addresses)


KINDS: tuple[dict[str, object], ...] = (
    {"version": 2},
    {"version": 2, "authentication": PASS},
    {"version": 2, "authentication": AH},
    {"version": 2, "auth_hmac": HMAC},
    {"version": 3},
    {"version": 3, "auth_hmac": HMAC},
    {"version": 3, "unicast_peer": PEERS, "check_unicast_src": True},
    {"virtual_ipaddress": _vips("fe80::100", "2001:db8::100")},
    {"virtual_ipaddress": _vips("fe80::200"), "auth_hmac": HMAC},
)


def instances() -> tuple[VrrpInstance, ...]:
    """One router of each kind."""
    plain: dict[str, object] = {"virtual_ipaddress": _vips("192.0.2.100", "192.0.2.101")}
    return tuple(
        instance(**(plain | {"name": f"VI_{vrid}", "virtual_router_id": vrid} | kind))
        for vrid, kind in enumerate(KINDS, start=1)
    )


def node(*, masters: bool) -> Node:
    """All of them, waiting for a master or masters themselves."""
    made = Node(unix)
    made.links_changed({"eth0"}, START)
    made.addresses_changed({"eth0": (OURS, OURS6)}, START)
    made.configure(share(*instances()), START)
    if masters:
        made.deadline_passed(Micros(START + 10 * SECOND))
    return made


@dataclass(frozen=True)
class Packet:
    """What a socket gives: the wire, the bytes, and over IPv6 the header beside them."""

    wire: Wire
    data: bytes
    envelope: Envelope | None


def good(of: Node) -> list[Packet]:
    """Adverts that a twin of each router sends."""
    packets = []
    for member in of.members.values():
        ours = member.router.settings
        source = OURS if ours.unicast else ours.group
        wire = Wire(ours.interface, source, ours.unicast, bool(ours.ah_key))
        theirs = THEIRS if ours.family == 4 else THEIRS6
        for priority in PRIORITIES:
            destination, data = sender(ours, theirs).copies(priority)[0]
            if ours.unicast:  # the twin's peer is us
                data = _made_right(data[:16] + OURS.packed + data[20:])
            envelope = None
            if isinstance(theirs, IPv6Address) and isinstance(destination, IPv6Address):
                envelope = Envelope(theirs, destination, 255)
            packets.append(Packet(wire, data, envelope))
    return packets


def _made_right(data: bytes) -> bytes:
    """With the VRRP checksum that belongs to it, as far as there is a place for one; IPv4 alone has it checked here."""
    start = 4 * (data[0] & 15) + (24 if len(data) > 9 and data[9] == 51 else 0) if data else 0
    if len(data) < max(start, 20) + 8:
        return data
    version, count = data[start] >> 4, data[start + 3]
    end = start + 8 + 4 * count + (8 if version == 2 else 0)
    message = bytearray(data[start:end])
    message[6:8] = b"\0\0"
    pseudo = b""
    if version != 2:
        source, destination = IPv4Address(data[12:16]), IPv4Address(data[16:20])
        pseudo = pseudo_header(source, destination, len(message))
    struct.pack_into("!H", message, 6, checksum(pseudo + message))
    return data[:start] + bytes(message) + data[end:]


Mutation = Callable[[random.Random, bytes, bytes], bytes]


def _flip(dice: random.Random, data: bytes, _: bytes) -> bytes:
    at = dice.randrange(len(data) * 8)
    return data[: at // 8] + bytes([data[at // 8] ^ 1 << at % 8]) + data[at // 8 + 1 :]


def _put(dice: random.Random, data: bytes, _: bytes) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + bytes([dice.choice(INTERESTING)]) + data[at + 1 :]


def _cut(dice: random.Random, data: bytes, _: bytes) -> bytes:
    return data[: dice.randrange(len(data))]


def _grow(dice: random.Random, data: bytes, _: bytes) -> bytes:
    return data + dice.randbytes(dice.choice((1, 2, 4, 6, 20, 28, 1000)))


def _splice(dice: random.Random, data: bytes, other: bytes) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + other[at:]


def _noise(dice: random.Random, data: bytes, _: bytes) -> bytes:
    return dice.randbytes(dice.randrange(2 * len(data)))


MUTATIONS: tuple[Mutation, ...] = (_flip, _flip, _put, _put, _put, _cut, _grow, _splice, _noise)


def mutated(number: int, from_these: Sequence[Packet]) -> Packet:
    """The packet of this number."""
    dice = random.Random(number)
    base, other = dice.choice(from_these), dice.choice(from_these)
    data, envelope = base.data, base.envelope
    for _ in range(dice.choice((0, 1, 1, 1, 2, 3))):
        data = dice.choice(MUTATIONS)(dice, data, other.data) if data else data
    if envelope is None and dice.random() < 0.5:
        data = _made_right(data)
    elif envelope is not None and dice.random() < 0.2:
        source = ip_address(dice.randbytes(16))
        assert isinstance(source, IPv6Address)
        envelope = envelope._replace(source=source, hop_limit=dice.choice(INTERESTING))
    return Packet(base.wire, data, envelope)


def _looks(of: Router) -> tuple[object, ...]:
    return of.state, of.priority, of.deadline, of.master, of.master_priority, of.master_interval


def _obeyed(of: Node) -> int:
    return sum(member.router.stats.advert_rcvd for member in of.members.values())


def refused(of: Node) -> Counter[str]:
    """What was not obeyed, by reason."""
    total = Counter({reason.value: count for reason, count in of.ignored.items()})
    for member in of.members.values():
        total.update({reason.value: count for reason, count in member.router.stats.errors.items()})
    return total


def fault(of: Node, packet: Packet) -> str:
    """Give the node the packet; what is wrong with what came of it, or nothing."""
    routers = [member.router for member in of.members.values()]
    before, obeyed, counted = [*map(_looks, routers)], _obeyed(of), refused(of).total()
    try:
        of.received(packet.wire, packet.data, START, packet.envelope)
    except Exception:  # noqa: BLE001 - any is a failure
        return traceback.format_exc()
    if _obeyed(of) > obeyed:
        return ""
    if refused(of).total() != counted + 1:
        return f"counted {refused(of).total() - counted} times"
    if [*map(_looks, routers)] != before:
        return "a packet that was refused changed a router"
    return ""


def faults(first: int, count: int, seen: Counter[str]) -> Iterator[tuple[int, str]]:
    """The numbers that fail; `seen` gets what was counted, "obeyed" too."""
    for start in range(first - first % GENERATION, first + count, GENERATION):
        # Masters and backups by turns, and new ones now and then: one that obeyed has changed.
        of = node(masters=start // GENERATION % 2 == 1)
        from_these = good(of)
        for number in range(start, min(start + GENERATION, first + count)):
            said = fault(of, mutated(number, from_these))
            if said and number >= first:
                yield number, said
        seen.update(refused(of))
        seen["obeyed"] += _obeyed(of)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.adverts", description="Packets that no router sends.")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--first", type=int, default=0, help="the first number")
    arguments = parser.parse_args(argv)
    start, failed, seen = time.monotonic(), 0, Counter[str]()
    for number, said in faults(arguments.first, arguments.count, seen):
        failed += 1
        print(f"python -m tests.fuzz.adverts --first {number} --count 1\n    {said.strip()}", flush=True)
    for reason, count in seen.most_common():
        print(f"{count:9} {reason}")
    print(f"{arguments.count} packets in {time.monotonic() - start:.0f} s; failures: {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
