"""What one configuration leaves in the kernel and on the wire, as lines that two programs' runs are compared by.

Both runs have the same interfaces, indexes, hardware addresses and addresses, so nothing of these is made equal here;
what is: handles of nftables, the time an address or a packet has been there. Not here: the runs (run.py).
"""

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.netns.lab import Host, inside
from tests.netns.wire import Advert, Seen

COUNTED = {"valid_life_time", "preferred_life_time", "handle", "metainfo"}
"""Keys that tell of a moment, or number an object."""

Lines = Counter[str]


def _plain(value: object) -> object:
    """Without the keys of COUNTED."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if key not in COUNTED}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _lines(kind: str, found: Iterable[Any]) -> list[str]:
    return [f"{kind} {json.dumps(_plain(one), sort_keys=True)}" for one in found if _plain(one)]


def _addresses(links: Iterable[dict[str, Any]]) -> list[str]:
    lines = []
    for link in links:
        about = {key: link.get(key) for key in ("ifindex", "address", "flags", "mtu", "link", "operstate")}
        lines += _lines(f"link {link['ifname']}", [about])
        lines += _lines(f"address {link['ifname']}", link.get("addr_info", ()))
    return lines


def kernel(host: Host) -> Lines:
    """Links, addresses, routes of all tables, rules and the nftables of a host, a line each."""

    def asked(*argv: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(host.run(argv) or "[]")
        return found

    lines = _addresses(asked("ip", "-j", "address"))
    for family in ("-4", "-6"):
        lines += _lines(f"route {family}", asked("ip", "-j", family, "route", "show", "table", "all"))
        lines += _lines(f"rule {family}", asked("ip", "-j", family, "rule"))
    lines += _lines("nft", json.loads(host.run(["nft", "-j", "list", "ruleset"]))["nftables"])
    return Counter(lines) + Counter(inside(host.namespace, _sysctls))


def _sysctls() -> list[str]:
    """The settings of all interfaces of the namespace that the calling thread is in."""
    lines = []
    for family in ("ipv4", "ipv6"):
        files = [file for file in Path(f"/proc/sys/net/{family}/conf").glob("*/*") if file.name != "stable_secret"]
        lines += [f"sysctl {family} {file.parent.name} {file.name} = {file.read_text().strip()}" for file in files]
    return lines


def packet(seen: Seen) -> str:
    """One packet without its time."""
    if isinstance(seen, Advert):
        return f"advert {seen.mac} {seen.source} {seen.payload.hex()}"
    return f"announce {seen.mac} {seen.sender} {seen.target}"


def differences(what: str, theirs: Lines, ours: Lines) -> list[str]:
    """The lines that only one of the two runs has."""
    return [
        *(f"{what}: only keepalived: {line}" for line in (theirs - ours).elements()),
        *(f"{what}: only kad: {line}" for line in (ours - theirs).elements()),
    ]


def _near(one: float, other: float, *, slack: float) -> bool:
    return abs(one - other) <= max(0.2 * max(one, other), slack)


def packet_differences(theirs: Sequence[Seen], ours: Sequence[Seen]) -> list[str]:
    """Of the packets of two windows of the same length: kinds, counts, order, and spacing within a fifth."""
    kinds = [Counter(map(packet, seen)) for seen in (theirs, ours)]
    found = []
    for kind in sorted(kinds[0] | kinds[1]):
        counts = [one[kind] for one in kinds]
        # An advert more or less: where the window ends between two.
        if not all(counts) or not _near(counts[0], counts[1], slack=1 if kind.startswith("advert") else 0):
            found.append(f"wire: {kind}: keepalived {counts[0]}, kad {counts[1]} times")
            continue
        gaps = [_spacing(kind, seen) for seen in (theirs, ours)]
        if not _near(gaps[0], gaps[1], slack=0.02):
            found.append(f"wire: {kind}: every {gaps[0]:.3f} s from keepalived, {gaps[1]:.3f} s from kad")
    first = [list(dict.fromkeys(map(packet, seen))) for seen in (theirs, ours)]
    if not found and first[0] != first[1]:
        found.append(f"wire: order: keepalived {first[0]}, kad {first[1]}")
    return found


def _spacing(kind: str, seen: Sequence[Seen]) -> float:
    times = [one.at for one in seen if packet(one) == kind]
    return median(after - before for before, after in itertools.pairwise(times)) if len(times) > 1 else 0.0
