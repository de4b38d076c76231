"""The kinds of value that keywords take: numbers, times, words. Addresses are in addresses.py, scripts in commands.py.

Each takes its words from the cursor it is given and returns a value; or says what is wrong and returns None. Not here:
the keywords themselves (schema/), whether an interface or a program exists (rules.py).

Over 500 lines, since all the plain kinds stand here, in one place to look for them; none of them is long.
"""

import re
from collections.abc import Mapping
from typing import Any

from kad.config.diagnostics import suggest
from kad.config.fields import Kind, Value, Words, quoted
from kad.config.slips import slip, time_slip
from kad.units import SECOND, Micros

UNSIGNED = 4_294_967_295
"""The largest number that most keywords take: 32 bits."""

SIGNED = 2_147_483_647
"""The largest number where keepalived uses an int."""

# Numbers and times

_WHOLE = re.compile(r"[+-]?[0-9]{1,20}\Z")
_ANY_BASE = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]{1,17}|[0-9]{1,20})\Z")
_DECIMAL = re.compile(r"\+?([0-9]{0,16})(?:\.([0-9]{0,30}))?\Z")


def whole(word: str) -> int | None:
    """The whole number in a word, decimal; None when it is none."""
    return int(word) if _WHOLE.match(word) else None


def any_base(word: str) -> int | None:
    """The whole number in a word as C writes it: decimal, 0x hexadecimal, 0 octal; None when it is none."""
    if not _ANY_BASE.match(word):
        return None
    digits = word.lstrip("+-").lower()
    base = 16 if digits.startswith("0x") else 8 if len(digits) > 1 and digits[0] == "0" else 10
    try:
        return int(word, base)
    except ValueError:
        return None


class Int(Kind):
    """A whole number in a range.

    `absent` is the value of the keyword alone; `zero` is used for a 0; `kept`: out of range is used anyhow, as the
    weight that it is; `clamped`: the nearer bound is used; `c`: as C writes it, 0x and octal too.
    """

    form = "NUMBER"

    def __init__(
        self,
        low: int,
        high: int,
        *,
        absent: int | None = None,
        zero: int | None = None,
        kept: bool = False,
        clamped: bool = False,
        c: bool = False,
    ) -> None:
        self.low, self.high, self.absent, self.zero, self.kept, self.clamped = low, high, absent, zero, kept, clamped
        self.number = any_base if c else whole
        self.least = 1 if absent is None else 0
        if absent is not None:
            self.form = "[NUMBER]"

    def read(self, words: Words) -> int | None:
        """The number."""
        word = words.next()
        if word is None:
            return self.absent
        number = self.number(word)
        if number == 0 and self.zero is not None:
            words.remark("bad-value", f"it must be more than 0: {self.zero} is used")
            return self.zero
        if number is not None and self.low <= number <= self.high:
            return number
        if number is not None and self.kept and abs(number) <= SIGNED:
            consequence = "it is used, but the effective priority is held to 1 to 254"
            words.remark("bad-value", f"{number} is outside {self.low} to {self.high}: {consequence}")
            return number
        if number is not None and self.clamped:
            nearer = min(max(number, self.low), self.high)
            words.remark("bad-value", f"{number} is outside {self.low} to {self.high}: {nearer} is used")
            return nearer
        words.refuse(f"is not a whole number from {self.low} to {self.high}", slip(word))
        return None

    def extent(self) -> str:
        """The range."""
        return f"{self.low}..{self.high}"

    def good(self) -> tuple[str, ...]:
        """The bounds."""
        low = self.low + 1 if self.low == 0 and self.zero is not None else self.low
        return (str(low), str(self.high))

    def bad(self) -> tuple[str, ...]:
        """One past each bound, and no number at all."""
        return (str(self.low - 1), str(self.high + 1), "many")


class Weight(Int):
    """What is added to a priority: -253 to 253; what is one beyond is cut, as keepalived does."""

    def __init__(self, limit: int = 253) -> None:
        super().__init__(-254, 254)
        self.limit = limit

    def read(self, words: Words) -> int | None:
        """The weight."""
        word = words.next()
        assert word is not None, "least is 1"
        weight = self.number(word)
        if weight is None or not self.low <= weight <= self.high:
            words.refuse(f"is not a whole number from {-self.limit} to {self.limit}")
            return None
        return max(-self.limit, min(weight, self.limit))

    def extent(self) -> str:
        """The range that counts."""
        return f"{-self.limit}..{self.limit}"


class Seconds(Kind):
    """A time in seconds, or in milliseconds with `unit`; as Micros.

    `decimals` are the digits after the point that count, 0: whole numbers only. `zero` is used for a 0.
    """

    form = "SECONDS"

    def __init__(
        self, low: Micros, high: Micros, *, decimals: int = 6, zero: Micros | None = None, unit: Micros = SECOND
    ) -> None:
        self.low, self.high, self.decimals, self.zero, self.unit = low, high, decimals, zero, unit
        self.noun = "seconds" if unit == SECOND else "milliseconds"
        self.form = self.noun.upper()

    def read(self, words: Words) -> Micros | None:
        """The time in microseconds."""
        word = words.next()
        assert word is not None, "least is 1"
        found = _DECIMAL.match(word)
        if found is None or not (found[1] or found[2]) or (found[2] is not None and not self.decimals):
            why = f"is not a number of {self.noun} from {self._plain(self.low)} to {self._plain(self.high)}"
            words.refuse(why, time_slip(word, self.unit))
            return None
        digits = found[2] or ""
        places = 6 if self.unit == SECOND else 3
        step = self.unit // 10**self.decimals
        exact = int(found[1] or "0") * self.unit + int((digits + "0" * places)[:places])
        later = len(digits) > places and digits[places] >= "5"
        value = (exact + later + step // 2) // step * step
        if value != exact or digits[places:].strip("0"):
            words.remark("bad-value", f"only {self.decimals} decimals count: {self.text(value)} is used")
        if value == 0 and self.zero is not None:
            words.remark("bad-value", f"it must be more than 0: {self.text(self.zero)} is used")
            return self.zero
        if not self.low <= value <= self.high:
            advice = "" if value else "remove the line when none is meant"
            why = f"is not a number of {self.noun} from {self._plain(self.low)} to {self._plain(self.high)}"
            words.refuse(why, advice)
            return None
        return Micros(value)

    def text(self, value: Value) -> str:
        """The time, as the file has it, with its unit."""
        return f"{self._plain(value)} {'s' if self.unit == SECOND else 'ms'}"

    def write(self, value: Value) -> str:
        """The number alone."""
        return self._plain(value)

    def extent(self) -> str:
        """The range, in the unit of the file."""
        return f"{self._plain(self.low)}..{self._plain(self.high)}"

    def good(self) -> tuple[str, ...]:
        """The bounds."""
        low = self.low
        if self.zero is not None and low == 0:
            low = Micros(self.unit // 10**self.decimals)
        return (self._plain(low), self._plain(self.high))

    def bad(self) -> tuple[str, ...]:
        """What is just past the bounds, and no number."""
        step = self.unit // 10**self.decimals
        below = self._plain(self.low - step) if self.low >= step else "-1"
        return (below, self._plain(self.high + step), "1e3", "soon")

    def _plain(self, value: int) -> str:
        """Micros as a person writes them in the unit of the file."""
        whole_part, rest = divmod(value, self.unit)
        digits = 6 if self.unit == SECOND else 3
        return f"{whole_part}.{rest:0{digits}d}".rstrip("0") if rest else str(whole_part)


# Words


class Word(Kind):
    """Any word. `longest`: the characters that it may have; with `cut` a longer one is cut, else refused.

    `form` is how the manual calls it. `exact`: a word more makes the line wrong.
    """

    def __init__(self, form: str = "WORD", *, longest: int | None = None, cut: bool = False) -> None:
        self.form, self.longest, self.cut = form, longest, cut

    def read(self, words: Words) -> str | None:
        """The word."""
        word = words.next()
        assert word is not None, "least is 1"
        if self.longest is None or len(word.encode(errors="surrogateescape")) <= self.longest:
            return word
        if not self.cut:
            words.refuse(f"is longer than {self.longest} characters")
            return None
        short = word.encode(errors="surrogateescape")[: self.longest].decode(errors="ignore")
        words.remark("bad-value", f"it is cut to {self.longest} characters: {short} is used")
        return short

    def good(self) -> tuple[str, ...]:
        """A word, and the longest one."""
        return ("name",) if self.longest is None else ("name", "n" * self.longest)

    def bad(self) -> tuple[str, ...]:
        """A word that is too long by one."""
        return () if self.longest is None else ("n" * (self.longest + 1),)


class OptionalWord(Kind):
    """A word, or `absent` when there is none."""

    least = 0

    def __init__(self, form: str, absent: Value) -> None:
        self.form, self.absent = f"[{form}]", absent

    def read(self, words: Words) -> Value:
        """The word, or the value of the keyword alone."""
        word = words.next()
        return self.absent if word is None else word

    def write(self, value: Value) -> str:
        """The word; nothing for the value of the keyword alone."""
        return "" if value == self.absent else quoted(value)

    def good(self) -> tuple[str, ...]:
        """None, and one."""
        return ("name", "")


class Several(Kind):
    """One word or more, as a tuple. `most`: how many there may be, `least`: how many there must be."""

    def __init__(self, form: str = "WORD [WORD ...]", *, least: int = 1) -> None:
        self.form, self.least = form, least

    def read(self, words: Words) -> tuple[str, ...]:
        """All words of the line."""
        found = []
        while (word := words.next()) is not None:
            found.append(word)
        return tuple(found)

    def write(self, value: Value) -> str:
        """The words."""
        return " ".join(quoted(word) for word in value)

    def good(self) -> tuple[str, ...]:
        """One, and two."""
        return ("one", "one two")


class Interface(Word):
    """The name of a network interface: what the kernel allows. Whether it exists is a rule's question."""

    def __init__(self) -> None:
        super().__init__("INTERFACE", longest=15)

    def good(self) -> tuple[str, ...]:
        """An interface."""
        return ("eth0",)


class Hex(Kind):
    """A number of hexadecimal digits, in lower case."""

    form = "HEXADECIMAL"

    def __init__(self, digits: int) -> None:
        self.digits = digits
        self._pattern = re.compile(rf"[0-9a-fA-F]{{{digits}}}\Z")

    def read(self, words: Words) -> str | None:
        """The digits."""
        word = words.next()
        assert word is not None, "least is 1"
        if self._pattern.match(word) is None:
            words.refuse(f"is not {self.digits} hexadecimal digits", slip(word))
            return None
        return word.lower()

    def extent(self) -> str:
        """How many."""
        return f"{self.digits} hexadecimal digits"

    def good(self) -> tuple[str, ...]:
        """Just as many."""
        return ("0" * self.digits, "f" * self.digits)

    def bad(self) -> tuple[str, ...]:
        """One fewer, one more, another letter."""
        return ("0" * (self.digits - 1), "0" * (self.digits + 1), "g" * self.digits)


class Flag(Kind):
    """A keyword alone: it is true when it is there."""

    least = 0
    form = ""

    def read(self, words: Words) -> bool:  # noqa: ARG002 - a flag has no words
        """True."""
        return True

    def write(self, value: Value) -> str | None:
        """The keyword alone; what is off can't be written."""
        return "" if value else None

    def good(self) -> tuple[str, ...]:
        """The keyword alone."""
        return ("",)


class Bool(Kind):
    """on, true, yes, off, false, no; the keyword alone is on."""

    least = 0
    form = "[BOOL]"
    _VALUES: Mapping[str, bool] = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}

    def read(self, words: Words) -> bool | None:
        """The truth value."""
        word = words.next()
        if word is None:
            return True
        value = self._VALUES.get(word)
        if value is None:
            words.refuse("is none of on, true, yes, off, false, no", suggest(word.lower(), self._VALUES) or slip(word))
        return value

    def write(self, value: Value) -> str:
        """The word."""
        return "on" if value else "off"

    def extent(self) -> str:
        """The words."""
        return "|".join(self._VALUES)

    def good(self) -> tuple[str, ...]:
        """All of them, and none."""
        return (*self._VALUES, "")

    def bad(self) -> tuple[str, ...]:
        """Others."""
        return ("On", "1", "maybe")


class Choice(Kind):
    """One of some words, each with its value. `fold`: in any case. `sticky`: once it is this, it stays."""

    def __init__(self, values: Mapping[str, Any], *, fold: bool = False, sticky: Value = None) -> None:
        self.values, self.fold, self.sticky = values, fold, sticky
        self.stateful = sticky is not None
        self.form = "|".join(values)

    def read(self, words: Words) -> Value:
        """The value of the word."""
        word = words.next()
        assert word is not None, "least is 1"
        value = self.values.get(word.upper() if self.fold else word)
        if value is None:
            near = suggest(word.upper(), self.values) or suggest(word.lower(), self.values)
            words.refuse(f"is none of {', '.join(self.values)}", near or slip(word))
        elif self.sticky is not None and words.current == self.sticky != value:
            words.remark("already-set", f"the earlier {words.current.value} stays, this {word} is ignored")
            return words.current
        return value

    def write(self, value: Value) -> str | None:
        """The word for the value."""
        return next(word for word, known in self.values.items() if known == value)

    def extent(self) -> str:
        """The words."""
        return "|".join(self.values)

    def good(self) -> tuple[str, ...]:
        """Each word."""
        return tuple(self.values)

    def bad(self) -> tuple[str, ...]:
        """Another word."""
        return ("something",)


def choice(*words: str, fold: bool = False) -> Choice:
    """One of these words, which are their own values."""
    return Choice({word: word for word in words}, fold=fold)


class Fixed(Kind):
    """An option whose name is its value."""

    least = 0
    form = ""

    def __init__(self, value: Value) -> None:
        self.value = value

    def read(self, words: Words) -> Value:  # noqa: ARG002 - there are no words
        """The value."""
        return self.value

    def write(self, value: Value) -> str | None:
        """The option alone, when it is what the name says."""
        return "" if value == self.value else None

    def good(self) -> tuple[str, ...]:
        """The option alone."""
        return ("",)


class Owner(Kind):
    """USER [GROUP]: as whom a script runs. A group that begins with a colon brings the user's other groups along."""

    form = "USER [GROUP]"

    def read(self, words: Words) -> tuple[str, str | None] | None:
        """User and group."""
        user = words.next()
        assert user is not None, "least is 1"
        return user, words.next()

    def write(self, value: Value) -> str:
        """Both, or the user alone."""
        return " ".join(quoted(word) for word in value if word is not None)

    def good(self) -> tuple[str, ...]:
        """With a group and without."""
        return ("root", "root root")


class WeightReverse(Int):
    """A number, and perhaps `reverse` after it: the weight of a script, a file, a process. `also`: other last words."""

    def __init__(self, low: int, high: int, *, kept: bool = False, also: tuple[str, ...] = ()) -> None:
        super().__init__(low, high, kept=kept)
        self.also = also
        self.form = "NUMBER [reverse]" if not also else "NUMBER [reverse|noreverse]"

    def read(self, words: Words) -> Value:
        """Weight and whether it is reversed."""
        weight = super().read(words)
        if weight is None:
            return None
        word = words.next()
        if word is not None and word not in ("reverse", *self.also):
            words.remark("unknown-option", f"weight has no option {word!r}: it is ignored", suggest(word, ["reverse"]))
        return weight, word == "reverse"

    def write(self, value: Value) -> str:
        """The number, and the word when it is reversed."""
        weight, reverse = value
        return f"{weight} reverse" if reverse else str(weight)


class StatusCodes(Kind):
    """CODE or CODE-CODE, several of them: ranges of HTTP status codes."""

    least = 0
    form = "CODE[-CODE] [CODE[-CODE] ...]"
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
                words.refuse("is not a status code or a range of them, from 100 to 599", slip(word))
        return tuple(ranges)

    def write(self, value: Value) -> str | None:
        """The ranges; None for none."""
        return " ".join(str(low) if low == high else f"{low}-{high}" for low, high in value) or None

    def extent(self) -> str:
        """What codes there are."""
        return "100..599"

    def good(self) -> tuple[str, ...]:
        """The bounds, alone and as a range."""
        return ("100", "599", "100-599", "200 301-302")

    def bad(self) -> tuple[str, ...]:
        """Past the bounds, and the wrong way round."""
        return ("99", "600", "300-200")
