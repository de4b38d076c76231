"""The kinds of value in routes and rules: prefixes, addresses, and the names of iproute2's tables.

A name of a table (`main`, `static`, `lowdelay`) stays a name here, and becomes its number in route_rules.py, which may
ask the machine. Paths of a route, with what is encapsulated on them, are in hop_kinds.py, numbers in metric_kinds.py.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import cast

from msgspec import Struct

from kad.config.addresses import Address, address
from kad.config.diagnostics import suggest
from kad.config.fields import Kind, Value, Words
from kad.config.kinds import Word, any_base, whole


class Prefix(Struct, frozen=True):
    """A network: its address in canonical text without host bits, and its length."""

    address: str
    length: int


ANY = Prefix("", 0)
"""The zero prefix of a family that other words decide; route_rules.py puts its address in."""

ANY_WORDS = ("default", "any", "all")


class Realms(Struct, frozen=True):
    """Routing realms: 0 is none."""

    source: int
    target: int


# Prefixes and addresses


def prefix(word: str) -> tuple[Prefix, str] | None:
    """The network in a word, and what had to be changed about it; None when it is none."""
    text, slash, length = word.partition("/")
    found = address(text)
    if found is None:
        return None
    number = whole(length) if slash else found.max_prefixlen
    if number is None or not 0 <= number <= found.max_prefixlen:
        why = f"/{length} is no prefix length: /{found.max_prefixlen} is used"
        return Prefix(str(found), found.max_prefixlen), why
    network = ipaddress.ip_network((found, number), strict=False)
    why = "" if network.network_address == found else f"{word} has bits beyond its prefix length: {network} is used"
    return Prefix(str(network.network_address), number), why


class Network(Kind):
    """A prefix: ADDRESS[/LENGTH], default, any or all; `default6` is the old form of the last for IPv6."""

    form = "ADDRESS[/LENGTH]|default"

    def __init__(self, version: int | None = None, *, old: bool = False) -> None:
        self.version = version
        self.words: Mapping[str, Prefix] = dict.fromkeys(() if version else ANY_WORDS, ANY)
        if old:
            self.words = {**self.words, "default6": Prefix("::", 0)}
        if version:
            self.form = "ADDRESS[/LENGTH]"

    def begins(self, word: str) -> bool:
        """Whether the word is a prefix."""
        return word in self.words or address(word.partition("/")[0]) is not None

    def read(self, words: Words) -> Prefix | None:
        """The prefix; host bits, which the kernel would refuse, are cleared."""
        word = words.next()
        assert word is not None, "least is 1"
        if word in self.words:
            return self.words[word]
        found = prefix(word)
        if found is None or self.version not in (None, 6 if ":" in word else 4):
            family = f" of IPv{self.version}" if self.version else ""
            words.refuse(f"is no prefix{family}", suggest(word, self.words))
            return None
        if found[1]:
            words.remark("host-bits" if "beyond" in found[1] else "bad-value", found[1])
        return found[0]

    def text(self, value: Value) -> str:
        """As it is written."""
        return self.write(value)

    def write(self, value: Value) -> str:
        """Address and length."""
        return "default" if value == ANY else f"{value.address}/{value.length}"

    def good(self) -> tuple[str, ...]:
        """Networks at the bounds, and the words for all."""
        four = ("192.0.2.0/24", "192.0.2.1", "192.0.2.1/32", "0.0.0.0/0")
        six = ("2001:db8::/32", "2001:db8::1/128", "::/0")
        return {4: four, 6: six}.get(self.version or 0, (*four, *self.words))

    def bad(self) -> tuple[str, ...]:
        """Past the bounds."""
        other = {4: ("2001:db8::/32",), 6: ("192.0.2.0/24",)}.get(self.version or 0, ("192.0.2.0/33",))
        return (*other, "2001:db8::/129", "2001:db8::1/32", "192.0.2/24", "host")


class Gateway(Kind):
    """[inet|inet6] ADDRESS: the address, which must be of the family that is named."""

    form = "[inet|inet6] ADDRESS"
    FAMILIES: Mapping[str, int] = {"inet": 4, "inet6": 6}

    def read(self, words: Words) -> str | None:
        """The address."""
        version = self.FAMILIES.get(words.peek() or "")
        if version is not None:
            words.next()
            if words.peek() is None:
                words.refuse("needs an address after it")
                return None
        return Address(version).read(words)

    def good(self) -> tuple[str, ...]:
        """With the family and without."""
        return ("192.0.2.1", "inet 192.0.2.1", "inet6 2001:db8::1")

    def bad(self) -> tuple[str, ...]:
        """Of another family, and none at all."""
        return ("inet6 192.0.2.1", "inet 2001:db8::1", "inet", "192.0.2.0/24", "host")


class FirstAddress(Address):
    """An address of which the first one counts. `obsolete` ones have no words that are good."""

    stateful = True

    def read(self, words: Words) -> str | None:
        """The address; the earlier one when there is one."""
        found = super().read(words)
        if words.current is None or found is None:
            return found
        words.remark("already-set", f"the earlier {words.current} stays")
        return str(words.current)


class Reserved(Kind):
    """`as [to] ADDRESS`: for MPLS, which neither keepalived nor kad routes."""

    form = "[to] ADDRESS"

    def read(self, words: Words) -> None:
        """Nothing: it is told and ignored."""
        if words.peek() == "to":
            words.next()
        words.next()
        words.remark("bad-value", "it is for MPLS only: ignored")

    def bad(self) -> tuple[str, ...]:
        """All there is."""
        return ("192.0.2.1", "to 192.0.2.1")


class Group(Word):
    """The name of a track_group; the first one counts."""

    stateful = True

    def __init__(self) -> None:
        super().__init__("GROUP")

    def read(self, words: Words) -> str | None:
        """The name; the earlier one when there is one."""
        name = super().read(words)
        if words.current is None:
            return name
        words.remark("already-set", f"the earlier {words.current} stays")
        return str(words.current)


# Names and numbers of iproute2

TYPES = {
    "unicast": 1,
    "local": 2,
    "broadcast": 3,
    "anycast": 4,
    "multicast": 5,
    "blackhole": 6,
    "unreachable": 7,
    "prohibit": 8,
    "throw": 9,
    "nat": 10,
    "xresolve": 11,
    "brd": 3,
}
"""Types of routes (RTN_ in linux/rtnetlink.h)."""

NAMES: Mapping[str, Mapping[str, int]] = {
    "rt_tables": {"main": 254, "local": 255, "default": 253, "unspec": 0},
    "rt_protos": {"redirect": 1, "kernel": 2, "boot": 3, "static": 4, "keepalived": 18},
    "rt_scopes": {"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255},
    "rt_dsfield": {},
    "rt_realms": {"cosmos": 0},
    "group": {"default": 0},
    "protocols": {"icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "ipv6-icmp": 58, "ospf": 89, "vrrp": 112, "sctp": 132},
}
"""Names that mean something everywhere, whatever the machine's tables say beyond them."""


class RouteType(Kind):
    """The type of a route: a name or a number."""

    form = "|".join((*TYPES, "NUMBER"))

    def begins(self, word: str) -> bool:
        """Whether the word is a type."""
        number = any_base(word)
        return word in TYPES or (number is not None and 0 <= number <= 255)

    def read(self, words: Words) -> int | None:
        """Its number."""
        word = words.next()
        assert word is not None, "least is 1"
        if not self.begins(word):
            words.refuse("is no type of route, and no number from 0 to 255", suggest(word, TYPES))
            return None
        return TYPES[word] if word in TYPES else any_base(word)

    def text(self, value: Value) -> str:
        """Its name."""
        return self.write(value)

    def write(self, value: Value) -> str:
        """The name, or the number of one without a name."""
        return next((name for name, number in TYPES.items() if number == value), str(value))

    def extent(self) -> str:
        """The names, or a number."""
        return "|".join((*TYPES, "0..255"))

    def good(self) -> tuple[str, ...]:
        """All of them."""
        return (*TYPES, "0", "255", "0xff")

    def bad(self) -> tuple[str, ...]:
        """Past the bounds."""
        return ("256", "-1", "multipath")


class Named(Kind):
    """A name of one of iproute2's tables, or a number in a range, as C writes it."""

    form = "NAME|NUMBER"
    stateful = False

    def __init__(self, table: str, low: int = 0, high: int = 255, *, number: str = "NUMBER") -> None:
        self.table, self.low, self.high = table, low, high
        self.form = f"NAME|{number}"

    def read(self, words: Words) -> int | str | None:
        """The number, or the name."""
        word = words.next()
        assert word is not None, "least is 1"
        return named(word, self.low, self.high, words)

    def extent(self) -> str:
        """The range."""
        return f"{self.low}..{self.high}"

    def good(self) -> tuple[str, ...]:
        """The bounds, and a name that is known everywhere."""
        return (str(self.low), str(self.high), *tuple(NAMES[self.table])[:1])

    def bad(self) -> tuple[str, ...]:
        """Past the bounds; what is a name nowhere is only found out by the rules."""
        return (str(self.low - 1), str(self.high + 1))


def named(word: str, low: int, high: int, words: Words) -> int | str | None:
    """The number in a word, or the word when it is no number; None when it is none that can be."""
    if not re.match(r"[+-]?[0-9]", word):
        return word
    number = any_base(word)
    if number is None or not low <= number <= high:
        words.refuse(f"is not a number from {low} to {high}")
        return None
    return number


class RealmPair(Kind):
    """[FROM/]TO: routing realms, by name or number."""

    form = "[FROM/]TO"

    def read(self, words: Words) -> Realms | None:
        """Both; a name is looked up by the rules."""
        word = words.next()
        assert word is not None, "least is 1"
        parts = word.split("/")
        if len(parts) > 2 or not all(parts):
            words.refuse("is not [FROM/]TO")
            return None
        source, target = (0, *(named(part, 0, 255, words) for part in parts))[-2:]
        if source is None or target is None:
            return None
        return Realms(cast("int", source), cast("int", target))

    def write(self, value: Value) -> str:
        """Both, or the target alone."""
        return f"{value.source}/{value.target}" if value.source else str(value.target)

    def extent(self) -> str:
        """The range of each."""
        return "0..255"

    def good(self) -> tuple[str, ...]:
        """The bounds."""
        return ("5/6", "0", "255", "0/255", "255/255", "cosmos")

    def bad(self) -> tuple[str, ...]:
        """Past the bounds, and one half."""
        return ("256", "1/256", "-1", "1/", "/1", "1/2/3")


class Preference(Kind):
    """The preference of a router (RFC 4191): low, medium, high, or a number."""

    form = "low|medium|high|NUMBER"
    NAMES: Mapping[str, int] = {"low": 3, "medium": 0, "high": 1}

    def read(self, words: Words) -> int | None:
        """The number that the kernel has for it."""
        word = words.next()
        assert word is not None, "least is 1"
        number = self.NAMES.get(word, whole(word))
        if number is None or not 0 <= number <= 255:
            words.refuse("is none of low, medium, high and no number from 0 to 255", suggest(word, self.NAMES))
            return None
        return number

    def write(self, value: Value) -> str:
        """The name, or the number of one without a name."""
        return next((name for name, number in self.NAMES.items() if number == value), str(value))

    def extent(self) -> str:
        """The names, or a number."""
        return "|".join((*self.NAMES, "0..255"))

    def good(self) -> tuple[str, ...]:
        """All of them, and the bounds."""
        return (*self.NAMES, "0", "255")

    def bad(self) -> tuple[str, ...]:
        """Past the bounds."""
        return ("256", "-1", "highest")


class Features(Kind):
    """`ecn`, the one feature that there is."""

    form = "ecn"

    def read(self, words: Words) -> bool | None:
        """Whether it is that."""
        if words.next() == "ecn":
            return True
        words.refuse("is no feature but ecn")
        return None

    def extent(self) -> str:
        """The word."""
        return "ecn"

    def good(self) -> tuple[str, ...]:
        """The word."""
        return ("ecn",)

    def bad(self) -> tuple[str, ...]:
        """Another one."""
        return ("sack",)

    def write(self, value: Value) -> str | None:
        """The word; there is none for its absence."""
        return "ecn" if value else None


class TypeWord(Kind):
    """`type`, which says nothing: an action follows it."""

    form = "ACTION"
    ACTIONS = ("goto", "nop", "blackhole", "unreachable", "prohibit")

    def read(self, words: Words) -> bool | None:
        """Nothing: the action is left to be read."""
        if words.peek() in self.ACTIONS:
            return True
        words.next()
        words.refuse(f"is none of {', '.join(self.ACTIONS)}")
        return None

    def bad(self) -> tuple[str, ...]:
        """What is no action that it can introduce."""
        return ("table 5", "reject")
