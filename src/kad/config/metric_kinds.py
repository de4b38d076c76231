"""The kinds of numbers in routes and rules: metrics that can be locked, times, lifetimes, marks and ranges.

Not here: prefixes, and what iproute2's tables have names for (route_kinds.py).
"""

import re
from fractions import Fraction
from typing import Any, cast

from msgspec import Struct

from kad.config.fields import Kind, Value, Words, quoted
from kad.config.kinds import UNSIGNED, Int, any_base, whole

FOREVER = UNSIGNED
"""A lifetime that never ends, as the kernel says it."""


class Metric(Struct, frozen=True):
    """A metric of a route, in the kernel's unit; a locked one does not follow what the kernel learns."""

    value: int
    lock: bool = False


class Algorithm(Struct, frozen=True):
    """A congestion control algorithm; a locked one can't be changed by a socket."""

    name: str
    lock: bool = False


class Mark(Struct, frozen=True):
    """A firewall mark, and the bits of it that count."""

    value: int
    mask: int = UNSIGNED


class Range(Struct, frozen=True):
    """Numbers from the first to the last, both included."""

    first: int
    last: int


# Metrics and times


def _locked(words: Words) -> bool:
    """Take the word `lock`, if it is there."""
    if words.peek() != "lock":
        return False
    words.next()
    return True


class Lockable(Kind):
    """[lock] NUMBER: a metric of a route."""

    form = "[lock] NUMBER"

    def __init__(self, high: int = UNSIGNED) -> None:
        self.number = Int(0, high)

    def read(self, words: Words) -> Metric | None:
        """The metric."""
        lock = _locked(words)
        if words.peek() is None:
            words.remark("missing-argument", "lock needs a number after it: the line is skipped")
            return None
        number = self.number.read(words)
        return None if number is None else Metric(number, lock)

    def write(self, value: Value) -> str:
        """The words."""
        return f"lock {value.value}" if value.lock else str(value.value)

    def extent(self) -> str:
        """The range."""
        return self.number.extent()

    def good(self) -> tuple[str, ...]:
        """The bounds, locked and not."""
        return (*self.number.good(), *(f"lock {word}" for word in self.number.good()))

    def bad(self) -> tuple[str, ...]:
        """Past the bounds."""
        return (*self.number.bad(), "lock", "lock -1")


class KernelTime(Kind):
    """[lock] TIME[s|ms]: a time of a route, in the kernel's unit, of which `parts` are a millisecond.

    A number alone is in that unit. What is outside of 0.2 s to 120 s is cut, as keepalived does.
    """

    form = "[lock] TIME[s|ms]"
    LOW, HIGH = 200, 120_000
    _TIME = re.compile(r"\+?([0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})(s|ms)?\Z")

    def __init__(self, parts: int) -> None:
        self.parts = parts

    def read(self, words: Words) -> Metric | None:
        """The time."""
        lock = _locked(words)
        word = words.next()
        if word is None:
            words.remark("missing-argument", "lock needs a time after it: the line is skipped")
            return None
        found = self._TIME.match(word)
        if found is None:
            words.refuse("is not a time such as 300ms, 0.3s or a number alone")
            return None
        scale = {"s": 1000 * self.parts, "ms": self.parts}.get(found[2], 1)
        exact = Fraction(found[1]) * scale
        value = int(exact + Fraction(1, 2))
        if found[2] is None and value > self.HIGH * self.parts:
            words.refuse(f"is not a number from 0 to {self.HIGH * self.parts}")
            return None
        return Metric(self._cut(value, exact, word, words), lock)

    def _cut(self, value: int, exact: Fraction, word: str, words: Words) -> int:
        nearer = min(max(value, self.LOW * self.parts), self.HIGH * self.parts)
        if exact != value:
            words.remark("bad-value", f"the kernel's unit is coarser: {self._words(nearer)} is used")
        elif nearer != value:
            seconds = f"{nearer / (1000 * self.parts):g} s"
            words.remark("time-clamped", f"{word} is not from 0.2 s to 120 s: {seconds} is used")
        return nearer

    def _words(self, value: int) -> str:
        return f"{value // self.parts}ms" if value % self.parts == 0 else str(value)

    def text(self, value: Value) -> str:
        """As it is written."""
        return self.write(value)

    def write(self, value: Value) -> str:
        """In milliseconds, or as a number alone when it is no whole number of them."""
        return f"lock {self._words(value.value)}" if value.lock else self._words(value.value)

    def extent(self) -> str:
        """The range, in seconds."""
        return "0.2..120"

    def good(self) -> tuple[str, ...]:
        """The bounds in each unit."""
        low, high = self.LOW * self.parts, self.HIGH * self.parts
        return ("300ms", "0.2s", "120s", "200ms", "120000ms", str(low), str(high), str(low + 1), "lock 200ms")

    def bad(self) -> tuple[str, ...]:
        """Past the bounds, and no time."""
        low, high = self.LOW * self.parts, self.HIGH * self.parts
        return ("0.1999s", "120.001s", "199ms", "120001ms", str(low - 1), str(high + 1), "1e3", "300us", "-1", "lock")


class Congestion(Kind):
    """[lock] NAME: a congestion control algorithm."""

    form = "[lock] NAME"

    def read(self, words: Words) -> Algorithm | None:
        """The algorithm."""
        lock = _locked(words)
        name = words.next()
        if name is None:
            words.remark("missing-argument", "lock needs a name after it: the line is skipped")
            return None
        return Algorithm(name, lock)

    def write(self, value: Value) -> str:
        """The words."""
        name = quoted(value.name)
        return f"lock {name}" if value.lock else name

    def good(self) -> tuple[str, ...]:
        """Locked and not."""
        return ("cubic", "lock cubic")

    def bad(self) -> tuple[str, ...]:
        """A lock alone."""
        return ("lock",)


class Lifetime(Int):
    """SECONDS or forever, in seconds, as the kernel has it."""

    form = "SECONDS|forever"

    def __init__(self) -> None:
        super().__init__(0, FOREVER)
        self.form = "SECONDS|forever"

    def read(self, words: Words) -> int | None:
        """The seconds."""
        if words.peek() != "forever":
            return super().read(words)
        words.next()
        return FOREVER

    def write(self, value: Value) -> str:
        """The seconds, or the word."""
        return "forever" if value == FOREVER else str(value)

    def good(self) -> tuple[str, ...]:
        """The bounds, and the word."""
        return (*super().good(), "forever")


# What rules match


class FirewallMark(Kind):
    """MARK[/MASK], each as C writes numbers."""

    form = "MARK[/MASK]"

    def read(self, words: Words) -> Mark | None:
        """Mark and mask."""
        word = words.next()
        assert word is not None, "least is 1"
        mark, slash, mask = word.partition("/")
        numbers = (any_base(mark), any_base(mask) if slash else UNSIGNED)
        if any(number is None or not 0 <= number <= UNSIGNED for number in numbers):
            words.refuse(f"is not MARK[/MASK], each from 0 to {UNSIGNED}")
            return None
        return Mark(*cast("Any", numbers))

    def write(self, value: Value) -> str:
        """The mark, and the mask when it is not whole."""
        return f"{value.value:#x}" if value.mask == UNSIGNED else f"{value.value:#x}/{value.mask:#x}"

    def extent(self) -> str:
        """The range of each."""
        return f"0..{UNSIGNED}"

    def good(self) -> tuple[str, ...]:
        """The bounds."""
        return ("5", "0", str(UNSIGNED), "0x5/0xff", f"0/{UNSIGNED}", "5/0")

    def bad(self) -> tuple[str, ...]:
        """Past the bounds."""
        return (str(UNSIGNED + 1), f"1/{UNSIGNED + 1}", "-1", "5/", "red")


class Numbers(Kind):
    """START-END, from one number to another; with `single` also one alone."""

    form = "START-END"

    def __init__(self, low: int, high: int, *, single: bool = False) -> None:
        self.low, self.high, self.single = low, high, single
        self.form = "START[-END]" if single else "START-END"

    def read(self, words: Words) -> Range | None:
        """The range."""
        word = words.next()
        assert word is not None, "least is 1"
        start, dash, end = word.partition("-")
        first, last = whole(start), whole(end if dash or not self.single else start)
        if first is None or last is None or not self.low <= first <= last <= self.high:
            words.refuse(f"is not {self.form} from {self.low} to {self.high}")
            return None
        return Range(first, last)

    def write(self, value: Value) -> str:
        """Both."""
        return f"{value.first}-{value.last}"

    def extent(self) -> str:
        """The range."""
        return f"{self.low}..{self.high}"

    def good(self) -> tuple[str, ...]:
        """The bounds."""
        low, high = str(self.low), str(self.high)
        return (f"{low}-{high}", f"{low}-{low}", f"{high}-{high}", *((low,) if self.single else ()))

    def bad(self) -> tuple[str, ...]:
        """Past the bounds, and the wrong way round."""
        alone = () if self.single else (str(self.high),)
        return (f"{self.low}-{self.high + 1}", f"{self.high}-{self.low}", "x", "1-", "-1-2", *alone)
