"""The kinds of value that are addresses, ports, prefixes and scopes. Numbers and words are in kinds.py."""

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from kad.config.diagnostics import suggest
from kad.config.fields import Kind, Value, Words
from kad.config.kinds import whole
from kad.config.slips import address_slip, slip


def address(word: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address in a word; None when it is none."""
    if "%" in word:
        return None
    try:
        return ipaddress.ip_address(word)
    except ValueError:
        return None


_CANONICAL = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!\Z)|\Z)){4}\Z")
"""An IPv4 address as it is written: the many that a large farm has need no closer look."""


class Address(Kind):
    """An IP address, in canonical text. `version`: 4 or 6 only. `cut`: what follows a - or / is ignored."""

    form = "ADDRESS"

    def __init__(self, version: int | None = None, *, multicast: bool = False, cut: bool = False) -> None:
        self.version, self.multicast, self.cut = version, multicast, cut

    def read(self, words: Words) -> str | None:
        """The address."""
        word = words.next()
        assert word is not None, "least is 1"
        if self.version != 6 and not self.multicast and _CANONICAL.match(word):
            return word
        text = re.split("[-/]", word, maxsplit=1)[0] if self.cut else word
        found = address(text)
        if found is None:
            why = "is not an IP address" + (", names are not looked up" if is_name(word) else "")
            words.refuse(why, address_slip(word))
            return None
        if self.version not in (None, found.version):
            words.refuse(f"is not an IPv{self.version} address")
            return None
        if self.multicast and not found.is_multicast:
            words.refuse("is not a multicast address")
            return None
        if text != word:
            words.remark("address-cut", f"only {text} of it is used, as keepalived does")
        return str(found)

    def good(self) -> tuple[str, ...]:
        """An address of each family that there may be."""
        kind = ("224.0.0.30", "ff02::30") if self.multicast else ("192.0.2.1", "2001:db8::1")
        return {4: kind[:1], 6: kind[1:]}.get(self.version or 0, kind)

    def bad(self) -> tuple[str, ...]:
        """What is none, and one of the other family or kind."""
        other = {4: ("2001:db8::1",), 6: ("192.0.2.1",)}.get(self.version or 0, ())
        return ("192.0.2.256", "host.example", *other, *(("192.0.2.1",) if self.multicast else ()))


def is_name(word: str) -> bool:
    """Whether this looks like the name of a host or a service."""
    return re.match(r"[a-z0-9-]+(\.[a-z0-9-]+)*\Z", word, re.IGNORECASE) is not None and not word[-1].isdigit()


def _length_help(text: str, most: int) -> str:
    """What to do about a prefix length that is none: it may be a netmask, or have a comma."""
    try:
        mask = ipaddress.IPv4Network(f"0.0.0.0/{text}") if most == 32 and "." in text else None
    except ValueError:
        mask = None
    if mask is not None:
        return f"write /{mask.prefixlen}"
    return address_slip(text) or f"write a length from /0 to /{most}"


class Prefixed(Kind):
    """ADDR[/LEN] as (address, length); without a possible length: 32 or 128."""

    form = "ADDRESS[/LENGTH]"

    def read(self, words: Words) -> tuple[str, int] | None:
        """Address and prefix length."""
        word = words.next()
        assert word is not None, "least is 1"
        text, slash, length = word.partition("/")
        found = address(text)
        if found is None:
            words.refuse("is not an IP address", address_slip(word))
            return None
        number = whole(length) if slash else found.max_prefixlen
        if number is None or not 0 <= number <= found.max_prefixlen:
            text = f"/{length} is no prefix length: /{found.max_prefixlen} is used"
            words.remark("bad-value", text, _length_help(length, found.max_prefixlen))
            number = found.max_prefixlen
        return str(found), number

    def write(self, value: Value) -> str:
        """Address and length."""
        return f"{value[0]}/{value[1]}"

    def good(self) -> tuple[str, ...]:
        """With a length and without, at the bounds."""
        return ("192.0.2.1/24", "192.0.2.1", "192.0.2.1/0", "192.0.2.1/32", "2001:db8::1/128")

    def bad(self) -> tuple[str, ...]:
        """Past the bounds."""
        return ("192.0.2.1/33", "2001:db8::1/129", "192.0.2/24", "host/24")


class Broadcast(Kind):
    """An IPv4 address, or + or - for the prefix's own with the host bits set or cleared."""

    form = "ADDRESS|+|-"

    def read(self, words: Words) -> str | None:
        """The address, + or -."""
        word = words.next()
        assert word is not None, "least is 1"
        found = address(word)
        if word not in ("+", "-") and (found is None or found.version != 4):
            words.refuse("is not a broadcast address")
            return None
        return word if found is None else str(found)

    def good(self) -> tuple[str, ...]:
        """An address, and the short forms."""
        return ("192.0.2.255", "+", "-")

    def bad(self) -> tuple[str, ...]:
        """What is none."""
        return ("2001:db8::1", "all")


class Port(Kind):
    """A port after an address; 0 is as good as none."""

    form = "PORT"

    def read(self, words: Words) -> int | None:
        """The port."""
        word = words.next()
        assert word is not None, "it is only read when there is a word"
        number = whole(word)
        if number is None or not 0 <= number <= 65535:
            why = "is not a port from 1 to 65535" + (", names are not looked up" if is_name(word) else "")
            words.refuse(why, slip(word))
            return None
        return number

    def extent(self) -> str:
        """The range."""
        return "1..65535"

    def good(self) -> tuple[str, ...]:
        """One, and the bounds."""
        return ("80", "1", "65535")

    def bad(self) -> tuple[str, ...]:
        """Past the bounds, and a name."""
        return ("65536", "-1", "http")


class Target(Kind):
    """ADDR [PORT], made into what `make` makes of keyword arguments of these names."""

    form = "ADDRESS [PORT]"

    def __init__(self, make: Callable[..., Any]) -> None:
        self.make = make

    def read(self, words: Words) -> Value:
        """The made thing."""
        found = Address().read(words)
        port = 0 if found is None or words.peek() is None else Port().read(words)
        return None if found is None or port is None else self.make(address=found, port=port)

    def write(self, value: Value) -> str:
        """Address and port."""
        return f"{value.address} {value.port}" if value.port else str(value.address)

    def extent(self) -> str:
        """The range of the port."""
        return "1..65535"

    def good(self) -> tuple[str, ...]:
        """With a port and without."""
        return ("192.0.2.9 80", "192.0.2.9 65535", "192.0.2.9")

    def bad(self) -> tuple[str, ...]:
        """A port that is none."""
        return ("192.0.2.9 65536", "host 80")


class Scope(Kind):
    """The scope of an address: a name or a number."""

    form = "SCOPE"
    NAMES = ("global", "site", "link", "host", "nowhere")

    def read(self, words: Words) -> str | None:
        """The name or the number, as it was written."""
        word = words.next()
        assert word is not None, "least is 1"
        number = whole(word)
        if word not in self.NAMES and (number is None or not 0 <= number <= 255):
            words.refuse(f"is none of {', '.join(self.NAMES)} and no number from 0 to 255", suggest(word, self.NAMES))
            return None
        return word

    def extent(self) -> str:
        """The names, or a number."""
        return "|".join((*self.NAMES, "0..255"))

    def good(self) -> tuple[str, ...]:
        """The names and the bounds."""
        return (*self.NAMES, "0", "255")

    def bad(self) -> tuple[str, ...]:
        """Past the bounds."""
        return ("256", "-1", "universe")


class Netmask(Kind):
    """An IPv4 netmask in dotted form (holes are allowed), or an IPv6 prefix length."""

    form = "NETMASK|LENGTH"

    def read(self, words: Words) -> str | None:
        """The mask as text."""
        word = words.next()
        assert word is not None, "least is 1"
        found = address(word)
        length = whole(word)
        if (found is not None and found.version == 4) or (length is not None and 1 <= length <= 128):
            return word
        words.refuse("is neither a netmask like 255.255.255.0 nor a prefix length from 1 to 128")
        return None

    def extent(self) -> str:
        """The range of a length."""
        return "1..128"

    def good(self) -> tuple[str, ...]:
        """A mask; the bounds of a length are for IPv6."""
        return ("255.255.255.0",)

    def bad(self) -> tuple[str, ...]:
        """What is neither."""
        return ("0", "129", "255.255.255")
