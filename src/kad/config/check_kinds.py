"""The kinds of value that only checks have: bytes of UDP, names of DNS, patterns and their options.

A pattern is for PCRE2 and is not compiled here. Not here: what follows from several keywords (lvs_rules.py).
"""

import re
from collections.abc import Mapping

from kad.config.commands import escaped_word, split_command
from kad.config.diagnostics import suggest
from kad.config.fields import Kind, Value, Words
from kad.config.kinds import SIGNED, UNSIGNED, Int, whole

BAD_REGEX = "bad-regex"
"""The rule that a mistake about a pattern breaks: keepalived logs it, and its test of a configuration does not fail."""


class Bytes(Kind):
    """Bytes in hexadecimal digits, with blanks between them or none; a digit that is left over is a byte of its own.

    `wild`: an X stands for any digit, and no bytes at all are as good. The value has two digits for each byte.
    """

    def __init__(self, *, wild: bool = False) -> None:
        self.wild = wild
        self.least = 0 if wild else 1
        self.form = "[HEXADECIMAL]" if wild else "HEXADECIMAL"
        self._digits = re.compile(r"[0-9a-fA-FxX]+\Z" if wild else r"[0-9a-fA-F]+\Z")

    def read(self, words: Words) -> str | None:
        """The digits in lower case, but for X."""
        found = []
        while (word := words.next()) is not None:
            if self._digits.match(word) is None:
                words.refuse("is not made of hexadecimal digits" + (" and X" if self.wild else ""))
                words.rest()
                return None
            pairs = [word[at : at + 2] for at in range(0, len(word), 2)]
            found += [pair.rjust(2, "0").lower().replace("x", "X") for pair in pairs]
        return "".join(found)

    def text(self, value: Value) -> str:
        """The digits, or that there are none."""
        return str(value) or "any reply"

    def write(self, value: Value) -> str:
        """The digits."""
        return str(value)

    def good(self) -> tuple[str, ...]:
        """Together and apart."""
        plain = ("00ff", "12 34 5")
        return (*plain, "0X XX", "") if self.wild else plain

    def bad(self) -> tuple[str, ...]:
        """Another letter."""
        return ("0g",) if self.wild else ("0g", "0X")


class Domain(Kind):
    """The name of a domain: labels with dots between them, or a dot alone for the root."""

    form = "DOMAIN"

    def read(self, words: Words) -> str | None:
        """The name as it was written."""
        word = words.next()
        assert word is not None, "least is 1"
        if word != "." and not all(word.removesuffix(".").split(".")):
            words.refuse("has an empty label")
            return None
        return word

    def good(self) -> tuple[str, ...]:
        """A name, with the last dot and without, and the root."""
        return ("www.example.com", "www.example.com.", ".")

    def bad(self) -> tuple[str, ...]:
        """Names with nothing between two dots."""
        return ("www..example.com", ".example.com", "..")


class FileWeight(Int):
    """NUMBER [reverse|noreverse]: the weight of a FILE_CHECK. Without the word the second part is None."""

    _REVERSE: Mapping[str, bool] = {"reverse": True, "noreverse": False}

    def __init__(self) -> None:
        super().__init__(-SIGNED, SIGNED)
        self.form = "NUMBER [reverse|noreverse]"

    def read(self, words: Words) -> Value:
        """Weight, and whether it is reversed."""
        weight = super().read(words)
        word = None if weight is None else words.next()
        if word is not None and word not in self._REVERSE:
            near = suggest(word, self._REVERSE)
            words.remark("unknown-option", f'there is no option "{word}": it is ignored', near)
        return None if weight is None else (weight, self._REVERSE.get(word or ""))

    def write(self, value: Value) -> str:
        """The number, and the word when one was said."""
        weight, reverse = value
        return str(weight) if reverse is None else f"{weight} {'reverse' if reverse else 'noreverse'}"

    def good(self) -> tuple[str, ...]:
        """The bounds, and the words."""
        return (*super().good(), "1 reverse", "1 noreverse")

    def bad(self) -> tuple[str, ...]:
        """Past the bounds, and another word."""
        return (*super().bad(), "1 dynamic")


# Patterns


class Pattern(Kind):
    """A regular expression: one word, in quotes of either kind, its backslash escapes read as those of a command."""

    form = "PATTERN"

    def read(self, words: Words) -> str | None:
        """The pattern, its escapes replaced by what they stand for."""
        parts = split_command(words.rest())
        if parts is None:
            words.refuse("has a quote without an end")
        elif len(parts) != 1 or not parts[0] or "\0" in parts[0]:
            words.refuse("is not one pattern: put it into quotes")
        else:
            return parts[0]
        return None

    def write(self, value: Value) -> str:
        """The pattern as a word that reads back as it is."""
        return escaped_word(value)

    def good(self) -> tuple[str, ...]:
        """Bare, with escapes, and with what needs quotes."""
        return ("works", r"^\\d+", '"two words"', "'it is \\x22so\\x22'", '"a{2}#\\x24"')

    def bad(self) -> tuple[str, ...]:
        """Two words, none, and a quote without an end."""
        return ("two words", '""', "'open")


_NAMES = """
    allow_empty_class alt_bsux auto_callout caseless dollar_endonly dotall dupnames extended firstline
    match_unset_backref multiline never_ucp never_utf no_auto_capture no_auto_possess no_dotstar_anchor
    no_start_optimize ucp ungreedy utf never_backslash_c alt_circumflex alt_verbnames use_offset_limit
"""
REGEX_OPTIONS = frozenset(_NAMES.split())
"""The options of a pattern, in the names of PCRE2."""


class RegexOptions(Kind):
    """Names of PCRE2's options, one or several; keepalived says nothing of those that it does not know."""

    form = "OPTION [OPTION ...]"

    def read(self, words: Words) -> tuple[str, ...]:
        """The known ones."""
        found = []
        while (word := words.next()) is not None:
            if word in REGEX_OPTIONS:
                found.append(word)
            else:
                words.refuse("is no option of a pattern")
        return tuple(found)

    def write(self, value: Value) -> str | None:
        """The names; None for none."""
        return " ".join(value) or None

    def extent(self) -> str:
        """The names."""
        return "|".join(sorted(REGEX_OPTIONS))

    def good(self) -> tuple[str, ...]:
        """Each of them."""
        return tuple(sorted(REGEX_OPTIONS))

    def bad(self) -> tuple[str, ...]:
        """Another word."""
        return ("greedy",)


class Stack(Kind):
    """START MAX: the sizes of a stack in bytes."""

    form = "START MAX"

    def read(self, words: Words) -> tuple[int, int] | None:
        """Both."""
        start = whole(words.next() or "")
        most = whole(words.next() or "")
        if start is None or most is None or not 0 <= start <= most <= UNSIGNED:
            words.refuse("does not end two sizes in bytes, of which the first is not above the second")
            return None
        return start, most

    def write(self, value: Value) -> str:
        """Both."""
        return f"{value[0]} {value[1]}"

    def good(self) -> tuple[str, ...]:
        """Two that differ, and two that do not."""
        return ("32768 1048576", "65536 65536")

    def bad(self) -> tuple[str, ...]:
        """The wrong way round, one alone, and words."""
        return ("2 1", "1", "some more")
