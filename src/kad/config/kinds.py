"""The kinds of value that keywords take: numbers, times, words, addresses. Scripts are in commands.py.

Each takes its words from the cursor it is given and returns a value; or says what is wrong and returns None. Not here:
the keywords themselves (schema/), whether an interface or a program exists (rules.py).
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

from kad.config.diagnostics import suggest
from kad.config.fields import Kind, Value, Words
from kad.units import SECOND, Micros

UNSIGNED = 4_294_967_295
"""The largest number that most keywords take: 32 bits."""

SIGNED = 2_147_483_647
"""The largest number where keepalived uses an int."""

# Numbers and times

_WHOLE = re.compile(r"[+-]?[0-9]{1,20}\Z")
_DECIMAL = re.compile(r"\+?([0-9]{0,16})(?:\.([0-9]{0,30}))?\Z")


def whole(word: str) -> int | None:
    """The whole number in a word, decimal; None when it is none."""
    return int(word) if _WHOLE.match(word) else None


class Int(Kind):
    """A whole number in a range.

    `absent` is the value of the keyword alone; `zero` is used for a 0; `kept`: out of range is used anyhow, as the
    weight that it is.
    """

    def __init__(
        self, low: int, high: int, *, absent: int | None = None, zero: int | None = None, kept: bool = False
    ) -> None:
        self.low, self.high, self.absent, self.zero, self.kept = low, high, absent, zero, kept
        self.least = 1 if absent is None else 0

    def read(self, words: Words) -> int | None:
        """The number."""
        word = words.next()
        if word is None:
            return self.absent
        number = whole(word)
        if number == 0 and self.zero is not None:
            words.remark("bad-value", f"it must be more than 0: {self.zero} is used")
            return self.zero
        if number is not None and self.low <= number <= self.high:
            return number
        if number is not None and self.kept and abs(number) <= SIGNED:
            consequence = "it is used, but the effective priority is held to 1 to 254"
            text = f"{number} is outside {self.low} to {self.high}: {consequence}"
            words.remark("bad-value", text)
            return number
        words.refuse(f"is not a whole number from {self.low} to {self.high}")
        return None


class Weight(Int):
    """What is added to a priority: -253 to 253; what is one beyond is cut, as keepalived does."""

    def __init__(self) -> None:
        super().__init__(-254, 254)

    def read(self, words: Words) -> int | None:
        """The weight."""
        weight = super().read(words)
        return None if weight is None else max(-253, min(weight, 253))


class Seconds(Kind):
    """A time in seconds, as Micros.

    `decimals` are the digits after the point that count, 0: whole seconds only. `zero` is used for a 0.
    """

    def __init__(self, low: Micros, high: Micros, *, decimals: int = 6, zero: Micros | None = None) -> None:
        self.low, self.high, self.decimals, self.zero = low, high, decimals, zero

    def read(self, words: Words) -> Micros | None:
        """The time in microseconds."""
        word = words.next()
        assert word is not None, "least is 1"
        found = _DECIMAL.match(word)
        if found is None or not (found[1] or found[2]) or (found[2] is not None and not self.decimals):
            words.refuse(f"is not a number of seconds from {_seconds(self.low)} to {_seconds(self.high)}")
            return None
        digits = found[2] or ""
        step = 10 ** (6 - self.decimals)
        exact = int(found[1] or "0") * SECOND + int((digits + "0" * 6)[:6])
        later = len(digits) > 6 and digits[6] >= "5"
        value = (exact + later + step // 2) // step * step
        if value != exact or digits[6:].strip("0"):
            words.remark("bad-value", f"only {self.decimals} decimals count: {_seconds(value)} s is used")
        if value == 0 and self.zero is not None:
            words.remark("bad-value", f"it must be more than 0: {self.text(self.zero)} is used")
            return self.zero
        if not self.low <= value <= self.high:
            words.refuse(f"is not a number of seconds from {_seconds(self.low)} to {_seconds(self.high)}")
            return None
        return Micros(value)

    def text(self, value: Value) -> str:
        """Seconds, as the file has them."""
        return f"{_seconds(value)} s"


def _seconds(value: int) -> str:
    """Micros as a person writes seconds."""
    whole_part, rest = divmod(value, SECOND)
    return f"{whole_part}.{rest:06d}".rstrip("0") if rest else str(whole_part)


# Words


class Word(Kind):
    """Any word. `longest`: the characters that it may have."""

    def __init__(self, *, longest: int | None = None) -> None:
        self.longest = longest

    def read(self, words: Words) -> str | None:
        """The word."""
        word = words.next()
        assert word is not None, "least is 1"
        if self.longest is not None and len(word) > self.longest:
            words.refuse(f"is longer than {self.longest} characters")
            return None
        return word


class Interface(Word):
    """The name of a network interface: what the kernel allows. Whether it exists is a rule's question."""

    def __init__(self) -> None:
        super().__init__(longest=15)


class Hex(Kind):
    """A number of hexadecimal digits, in lower case."""

    def __init__(self, digits: int) -> None:
        self.digits = digits
        self._pattern = re.compile(rf"[0-9a-fA-F]{{{digits}}}\Z")

    def read(self, words: Words) -> str | None:
        """The digits."""
        word = words.next()
        assert word is not None, "least is 1"
        if self._pattern.match(word) is None:
            words.refuse(f"is not {self.digits} hexadecimal digits")
            return None
        return word.lower()


class Flag(Kind):
    """A keyword alone: it is true when it is there."""

    least = 0

    def read(self, words: Words) -> bool:  # noqa: ARG002 - a flag has no words
        """True."""
        return True


class Bool(Kind):
    """on, true, yes, off, false, no; the keyword alone is on."""

    least = 0
    _VALUES: Mapping[str, bool] = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}

    def read(self, words: Words) -> bool | None:
        """The truth value."""
        word = words.next()
        if word is None:
            return True
        value = self._VALUES.get(word)
        if value is None:
            words.refuse("is none of on, true, yes, off, false, no", suggest(word.lower(), self._VALUES))
        return value


class Choice(Kind):
    """One of some words, each with its value. `fold`: in any case. `sticky`: once it is this, it stays."""

    def __init__(self, values: Mapping[str, Any], *, fold: bool = False, sticky: Value = None) -> None:
        self.values, self.fold, self.sticky = values, fold, sticky

    def read(self, words: Words) -> Value:
        """The value of the word."""
        word = words.next()
        assert word is not None, "least is 1"
        value = self.values.get(word.upper() if self.fold else word)
        if value is None:
            words.refuse(f"is none of {', '.join(self.values)}", suggest(word.upper(), self.values))
        elif self.sticky is not None and words.current == self.sticky != value:
            words.remark("already-set", f"the earlier {words.current.value} stays, this {word} is ignored")
            return words.current
        return value


class Method(Choice):
    """NAT, DR or TUN. The tunnel's options after TUN are not acted on yet."""

    def __init__(self) -> None:
        super().__init__({name: name for name in ("NAT", "DR", "TUN")})

    def read(self, words: Words) -> Value:
        """The forwarding method."""
        value = super().read(words)
        if value == "TUN" and words.next() is not None:
            words.remark("not-supported-yet", "kad does not act on tunnel options yet: a plain ipip tunnel is used")
            words.rest()
        return value


class Owner(Kind):
    """USER [GROUP]: as whom a script runs."""

    def read(self, words: Words) -> tuple[str, str | None] | None:
        """User and group."""
        user = words.next()
        assert user is not None, "least is 1"
        return user, words.next()


class WeightReverse(Int):
    """A number, and perhaps `reverse` after it: the value of a vrrp_script's weight."""

    def __init__(self, low: int, high: int) -> None:
        super().__init__(low, high, kept=True)

    def read(self, words: Words) -> Value:
        """Weight and whether it is reversed."""
        weight = super().read(words)
        if weight is None:
            return None
        word = words.next()
        if word not in (None, "reverse"):
            words.remark("unknown-option", f"weight has no option {word!r}: it is ignored", suggest(word, ["reverse"]))
        return weight, word == "reverse"


class StatusCodes(Kind):
    """CODE or CODE-CODE, several of them: ranges of HTTP status codes."""

    least = 0
    _RANGE = re.compile(r"([0-9]{3})(?:-([0-9]{3}))?\Z")

    def read(self, words: Words) -> tuple[tuple[int, int], ...]:
        """The ranges; an impossible one is left out."""
        ranges = []
        while (word := words.next()) is not None:
            found = self._RANGE.match(word)
            low = int(found[1]) if found else 0
            high = int(found[2] or low) if found else 0
            if 100 <= low <= high <= 599:
                ranges.append((low, high))
            else:
                words.refuse("is not a status code or a range of them, from 100 to 599")
        return tuple(ranges)


# Addresses


def address(word: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address in a word; None when it is none."""
    if "%" in word:
        return None
    try:
        return ipaddress.ip_address(word)
    except ValueError:
        return None


class Address(Kind):
    """An IP address, in canonical text. `version`: 4 or 6 only. `cut`: what follows a - or / is ignored."""

    def __init__(self, version: int | None = None, *, multicast: bool = False, cut: bool = False) -> None:
        self.version, self.multicast, self.cut = version, multicast, cut

    def read(self, words: Words) -> str | None:
        """The address."""
        word = words.next()
        assert word is not None, "least is 1"
        text = re.split("[-/]", word, maxsplit=1)[0] if self.cut else word
        found = address(text)
        if found is None:
            words.refuse("is not an IP address" + (", names are not looked up" if _is_name(word) else ""))
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


class Service(Address):
    """The address of a virtual server; the other ways to name one are not acted on yet."""

    def __init__(self) -> None:
        super().__init__(cut=True)

    def read(self, words: Words) -> str | None:
        """The address."""
        if words.peek() in ("fwmark", "group"):
            words.remark("form-not-supported", f"kad does not act on {words.next()} yet: the block is skipped")
            return None
        return super().read(words)


def _is_name(word: str) -> bool:
    return re.match(r"[a-z0-9-]+(\.[a-z0-9-]+)*\Z", word, re.IGNORECASE) is not None and not word[-1].isdigit()


class Prefixed(Kind):
    """ADDR[/LEN] as (address, length); without a possible length: 32 or 128."""

    def read(self, words: Words) -> tuple[str, int] | None:
        """Address and prefix length."""
        word = words.next()
        assert word is not None, "least is 1"
        text, slash, length = word.partition("/")
        found = address(text)
        if found is None:
            words.refuse("is not an IP address")
            return None
        number = whole(length) if slash else found.max_prefixlen
        if number is None or not 0 <= number <= found.max_prefixlen:
            words.remark("bad-value", f"/{length} is no prefix length: /{found.max_prefixlen} is used")
            number = found.max_prefixlen
        return str(found), number


class Broadcast(Kind):
    """An IPv4 address, or + or - for the prefix's own with the host bits set or cleared."""

    def read(self, words: Words) -> str | None:
        """The address, + or -."""
        word = words.next()
        assert word is not None, "least is 1"
        found = address(word)
        if word not in ("+", "-") and (found is None or found.version != 4):
            words.refuse("is not a broadcast address")
            return None
        return word if found is None else str(found)


class Port(Kind):
    """A port after an address; 0 is as good as none."""

    def read(self, words: Words) -> int | None:
        """The port."""
        word = words.next()
        assert word is not None, "it is only read when there is a word"
        number = whole(word)
        if number is None or not 0 <= number <= 65535:
            words.refuse("is not a port from 1 to 65535" + (", names are not looked up" if _is_name(word) else ""))
            return None
        return number


class Target(Kind):
    """ADDR [PORT], made into what `make` makes of keyword arguments of these names."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self.make = make

    def read(self, words: Words) -> Value:
        """The made thing."""
        found = Address().read(words)
        port = 0 if found is None or words.peek() is None else Port().read(words)
        return None if found is None or port is None else self.make(address=found, port=port)


class Scope(Kind):
    """The scope of an address: a name or a number."""

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


class Netmask(Kind):
    """An IPv4 netmask in dotted form (holes are allowed), or an IPv6 prefix length."""

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


class Fixed(Kind):
    """An option whose name is its value."""

    least = 0

    def __init__(self, value: Value) -> None:
        self.value = value

    def read(self, words: Words) -> Value:  # noqa: ARG002 - there are no words
        """The value."""
        return self.value
