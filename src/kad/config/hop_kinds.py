"""The paths of a route as words: `nexthop via ... dev ... weight ...`, and `encap ...`, what packets are wrapped into.

Both are read from the words of a line that has other options before or after them: an encapsulation ends at the first
word that is none of its own, next hops are the last of their line. Everything else of a route is in route_kinds.py.
"""

import re
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from kad.config.addresses import Address
from kad.config.fields import Kind, Value, Words, quoted
from kad.config.kinds import Int, Interface
from kad.config.route_kinds import Gateway, RealmPair, Realms

ID = Int(0, 2**64 - 1)
BYTE = Int(0, 255)
FLAGS = Int(0, 65535)


class IpEncap(Struct, frozen=True, kw_only=True, tag="ip"):
    """An IPv4 tunnel header (LWTUNNEL_ENCAP_IP); None is what the kernel chooses."""

    id: int | None = None
    dst: str | None = None
    src: str | None = None
    tos: int | None = None
    ttl: int | None = None
    flags: int | None = None


class Ip6Encap(Struct, frozen=True, kw_only=True, tag="ip6"):
    """An IPv6 tunnel header (LWTUNNEL_ENCAP_IP6)."""

    id: int | None = None
    dst: str | None = None
    src: str | None = None
    tc: int | None = None
    hoplimit: int | None = None
    flags: int | None = None


class MplsEncap(Struct, frozen=True, tag="mpls"):
    """A stack of MPLS labels, the outermost first."""

    labels: tuple[int, ...]


class IlaEncap(Struct, frozen=True, tag="ila"):
    """An ILA locator: the upper 64 bits of an address, as four groups of hexadecimal digits."""

    locator: str


EncapValue = IpEncap | Ip6Encap | MplsEncap | IlaEncap


class NextHop(Struct, frozen=True, kw_only=True):
    """One path of a route. Of two paths one with twice the weight gets twice the flows."""

    via: str | None = None
    device: str | None = None
    weight: int = 1
    onlink: bool = False
    encap: EncapValue | None = None
    realms: Realms | None = None


_HEADERS: dict[str, tuple[Callable[..., EncapValue], dict[str, Kind]]] = {
    "ip": (IpEncap, {"id": ID, "dst": Address(4), "src": Address(4), "tos": BYTE, "ttl": BYTE, "flags": FLAGS}),
    "ip6": (Ip6Encap, {"id": ID, "dst": Address(6), "src": Address(6), "tc": BYTE, "hoplimit": BYTE, "flags": FLAGS}),
}

_LABELS = re.compile(r"[0-9]{1,7}(?:/[0-9]{1,7})*\Z")
_LOCATOR = re.compile(r"[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){3}\Z")

LARGEST_LABEL = 2**20 - 1
"""The largest MPLS label: 20 bits (RFC 3032 section 2.1)."""


class Encap(Kind):
    """ip, ip6, mpls or ila, with what belongs to it."""

    least = 0  # keepalived goes on when nothing follows, as it does after what it does not know
    form = "ip|ip6|mpls|ila PARAMETERS"

    def read(self, words: Words) -> EncapValue | None:
        """The encapsulation; None when anything in it is wrong: half of one would send packets astray."""
        kind = words.next()
        if kind in _HEADERS:
            return self._header(kind, words)
        if kind in ("mpls", "ila"):
            word = words.next()
            if word is None:
                words.refuse("needs a value after it")
                return None
            return _labels(word, words) if kind == "mpls" else _locator(word, words)
        words.refuse("is none of ip, ip6, mpls, ila")
        return None

    def _header(self, kind: str, words: Words) -> EncapValue | None:
        make, options = _HEADERS[kind]
        values: dict[str, Any] = {}
        while (name := words.peek()) in options:
            words.next()
            if words.peek() is None:
                words.refuse("needs a value after it")
                return None
            value = options[name].read(words)
            if value is None:
                return None
            values[name] = value
        if "dst" not in values and "id" not in values:
            words.refuse("leaves out both dst and id, of which one is needed")
            return None
        return make(**values)

    def text(self, value: Value) -> str:
        """As it is written."""
        return self.write(value)

    def write(self, value: Value) -> str:
        """The words."""
        if isinstance(value, MplsEncap):
            return f"mpls {'/'.join(str(label) for label in value.labels)}"
        if isinstance(value, IlaEncap):
            return f"ila {value.locator}"
        kind = "ip" if isinstance(value, IpEncap) else "ip6"
        options = ((name, getattr(value, name)) for name in _HEADERS[kind][1])
        return " ".join((kind, *(f"{name} {one}" for name, one in options if one is not None)))

    def extent(self) -> str:
        """What there is."""
        return "id 0..18446744073709551615, tos, tc, ttl, hoplimit 0..255, flags 0..65535, mpls labels 0..1048575"

    def good(self) -> tuple[str, ...]:
        """Each, at the bounds."""
        return (
            "ip dst 192.0.2.9",
            f"ip id {2**64 - 1} dst 192.0.2.9 src 192.0.2.1 tos 255 ttl 255 flags 65535",
            "ip6 id 0 dst 2001:db8::9 src 2001:db8::1 tc 255 hoplimit 255 flags 0",
            "mpls 0",
            f"mpls {LARGEST_LABEL}/16",
            "ila 2001:db8:0:1",
        )

    def bad(self) -> tuple[str, ...]:
        """Past the bounds, of the other family, and halves."""
        return (
            f"ip id {2**64}",
            "ip id -1",
            "ip ttl 256 id 1",
            "ip tos 256 id 1",
            "ip flags 65536 id 1",
            "ip dst 2001:db8::9",
            "ip ttl 9",
            "ip id",
            "ip6 dst 192.0.2.9",
            "ip6 id 1 hoplimit 256",
            f"mpls {LARGEST_LABEL + 1}",
            "mpls 1/",
            "ila 2001:db8",
            "gre 1",
        )


def _labels(word: str, words: Words) -> MplsEncap | None:
    labels = tuple(int(label) for label in word.split("/")) if _LABELS.match(word) else ()
    if not labels or max(labels) > LARGEST_LABEL:
        words.refuse(f"is not LABEL[/LABEL...], each from 0 to {LARGEST_LABEL}")
        return None
    return MplsEncap(labels)


def _locator(word: str, words: Words) -> IlaEncap | None:
    if not _LOCATOR.match(word):
        words.refuse("is not a locator of four groups like 2001:db8:0:1")
        return None
    return IlaEncap(":".join(f"{int(group, 16):x}" for group in word.split(":")))


class HopWords(Words):
    """The words of one next hop: what is wrong with it costs the next hop, not the line."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self.current = None

    def next(self) -> str | None:
        """The next word."""
        return self._words.next()

    def peek(self) -> str | None:
        """The next word without taking it."""
        return self._words.peek()

    def rest(self) -> str:
        """The rest of the line."""
        return self._words.rest()

    def refuse(self, why: str, suggestion: str = "") -> None:
        """Say what is wrong."""
        self._words.remark("bad-nexthop", f"what it says there {why}: this next hop is left out", suggestion)

    def remark(self, rule: str, text: str, suggestion: str = "") -> None:
        """Say something."""
        self._words.remark(rule, text, suggestion)

    def report(self, rule: str, text: str, suggestion: str = "") -> None:
        """Say just this."""
        self._words.report(rule, text, suggestion)


_OPTIONS: dict[str, tuple[str, Kind]] = {
    "via": ("via", Gateway()),
    "dev": ("device", Interface()),
    "oif": ("device", Interface()),
    "weight": ("weight", Int(1, 256)),
    "encap": ("encap", Encap()),
    "realms": ("realms", RealmPair()),
}


class NextHops(Kind):
    """The paths of a multipath route: all words to the end of the line."""

    least = 0
    form = "[via ADDRESS] [dev INTERFACE] [weight 1..256] [onlink] [encap ENCAP] [realms [FROM/]TO] [nexthop ...]"

    def read(self, words: Words) -> tuple[NextHop, ...] | None:
        """The next hops that can be used; None when there is none."""
        hops = []
        while True:
            hop = self._one(HopWords(words))
            if hop is not None:
                hops.append(hop)
            word = words.next()
            if word is None:
                break
            if word != "nexthop":
                words.remark("unknown-option", f"{word} and what follows it is no part of a next hop: ignored")
                words.rest()
                break
        if not hops:
            words.refuse("leaves no next hop that can be used")
            return None
        return tuple(hops)

    def _one(self, words: HopWords) -> NextHop | None:
        values: dict[str, Any] = {}
        usable = True
        while (name := words.peek()) in (*_OPTIONS, "onlink"):
            words.next()
            if name == "onlink":
                values[name] = True
                continue
            field, kind = _OPTIONS[str(name)]
            if words.peek() is None:
                words.refuse("needs a value after it")
                return None
            value = kind.read(words)
            usable &= value is not None
            values[field] = value
        if usable and not {"via", "device"} & values.keys():
            words.refuse("names neither a gateway nor an interface")
            return None
        return NextHop(**values) if usable else None

    def text(self, value: Value) -> str:
        """As it is written."""
        return self.write(value) or "none"

    def write(self, value: Value) -> str | None:
        """The words, without the first `nexthop`; None for none."""
        return " nexthop ".join(_written(hop) for hop in value) or None

    def extent(self) -> str:
        """The range of weights."""
        return "1..256"

    def good(self) -> tuple[str, ...]:
        """One, and two with all there is, at the bounds."""
        return (
            "via 192.0.2.1 weight 1",
            "dev eth0 weight 256",
            "via 192.0.2.1 dev eth0 weight 2 onlink encap ip id 5 realms 5/6 nexthop via 192.0.2.2 dev eth0",
        )

    def bad(self) -> tuple[str, ...]:
        """Past the bounds, nothing, and what can't follow."""
        return ("via 192.0.2.1 weight 257", "via 192.0.2.1 weight 0", "weight 5", "via host", "via 192.0.2.1 mtu 9", "")


def _written(hop: NextHop) -> str:
    words = []
    for name in ("via", "dev", "weight", "encap", "realms"):
        field, kind = _OPTIONS[name]
        value = getattr(hop, field)
        if value is not None:
            words.append(f"{name} {quoted(value) if isinstance(value, str) else kind.write(value)}")
    return " ".join((*words, *(("onlink",) if hop.onlink else ())))
