"""keyword(), argument(), block(), lines(): how a schema field says what stands in the file.

A schema file declares a block as a msgspec Struct whose fields are annotated with these. From that one
declaration come the parser, the default, the range and the diagnostics (blocks.py), the printed configuration
(printing.py), `kad explain`, the manual page and the table of keywords (manual.py), and the tests at and past each
bound. A kind takes its words from a `Words` cursor and gives a value, or None after it has said what is wrong.

Not here: the kinds of value (kinds.py), reading whole blocks (blocks.py), what spans keywords (rules.py).
"""

import re
from enum import Enum
from typing import Any, Protocol

import msgspec

from kad.config.diagnostics import Half

LINE = "*"
"""What lines are called that begin with a value, not with a keyword."""

Value = Any
"""What a kind makes of words: the type that the schema's field has, which only the schema knows."""


class Words(Protocol):
    """The words of one statement as a kind reads them: a cursor, and a voice to complain with."""

    current: Value
    """The value that the field has already, or None."""

    def next(self) -> str | None:
        """The next word; None at the end."""

    def peek(self) -> str | None:
        """The next word without taking it."""

    def rest(self) -> str:
        """The rest of the line as it was written, quotes and all; takes all its words."""

    def refuse(self, why: str, suggestion: str = "") -> None:
        """The word last taken is no value: say so and what happens instead. The kind returns None then."""

    def remark(self, rule: str, text: str, suggestion: str = "") -> None:
        """Say something about the word last taken, which is used all the same; the keyword's name comes before it."""

    def report(self, rule: str, text: str, suggestion: str = "") -> None:
        """Say just this of the word last taken."""


class Kind:
    """What a value looks like. Subclasses take words and return a value, or None when they have refused it."""

    least = 1
    """The words that must be there."""

    stateful = False
    """Whether the value depends on more than the words: on what the field has already."""

    form = "WORD"
    """The arguments as a manual shows them."""

    def read(self, words: Words) -> Value:
        """The value in the words."""
        raise NotImplementedError

    def text(self, value: Value) -> str:
        """A value as messages write it."""
        if isinstance(value, bool):
            return "on" if value else "off"
        return str(value.value if isinstance(value, Enum) else value)

    def write(self, value: Value) -> str | None:
        """The words that a configuration has for a value; "" for a keyword alone, None when it can't be written."""
        return quoted(str(value.value if isinstance(value, Enum) else value))

    def extent(self) -> str:
        """What values there are, as a manual and the table of keywords say it: `1..255`, `MASTER|BACKUP`."""
        return ""

    def begins(self, word: str) -> bool:  # noqa: ARG002 - most kinds are never asked
        """Whether this word can begin a value: asked of what stands free among the options of a line."""
        return True

    def good(self) -> tuple[str, ...]:
        """Words that are accepted without a complaint: those at the bounds first. The first one is the example."""
        return ()

    def bad(self) -> tuple[str, ...]:
        """Words just past the bounds, which are complained about."""
        return ()


def quoted(word: str) -> str:
    """A word as a configuration must have it, so that it reads back as it is: in quotes when it needs them."""
    return f'"{word}"' if not word or _NEEDS_QUOTES.search(word) else word


_NEEDS_QUOTES = re.compile(r"[ \t\r\f\v#!{}$]")


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """What is common to all that can stand in a block.

    `acts`: kad does what it says, and a test shows it (tests/acts.py has which). `since`: the version of keepalived
    that had it first, where that is known. `example`: the statement that a manual shows.
    """

    doc: str
    name: str = ""
    acts: bool = False
    since: str = ""
    example: str = ""


class Keyword(Declaration, frozen=True, kw_only=True):
    """One keyword of a block, or one option of a line: how its words are read and what it is for."""

    kind: Kind
    aliases: tuple[str, ...] = ()
    deprecated: tuple[str, ...] = ()
    opposite: str = ""
    into: tuple[str, ...] = ()
    once: bool = False
    drops: bool = False
    fallback: Value = None
    rule: str = "bad-value"
    required: str = "missing-keyword"
    missing: str = "missing-argument"
    adds: bool = False
    again: str = "set-again"
    otherwise: str = ""
    obsolete: str = ""


class Argument(Declaration, frozen=True, kw_only=True):
    """A word on the line that opens a block, `vrrp_instance NAME {`, or that begins a line of a list."""

    kind: Kind
    into: tuple[str, ...] = ()
    optional: bool = False
    exact: bool = False
    free: bool = False
    missing: str = "missing-argument"


class Block(Declaration, frozen=True, kw_only=True):
    """A sub-block: `authentication { … }`, or several of them: `real_server … { … }`."""

    types: tuple[type, ...]
    repeated: bool = False
    unique: bool = False
    half: Half | None = None
    once: bool = False
    replaces: bool = False
    deprecated: tuple[str, ...] = ()
    required: str = "missing-keyword"


class Lines(Declaration, frozen=True, kw_only=True):
    """A block whose lines are values, not keywords: `virtual_ipaddress { … }`."""

    type: type
    half: Half | None = None
    strict: bool = False


class Entries(Declaration, frozen=True, kw_only=True):
    """A block of plain values: one a line, or with `words` as many as there are words: `group { VI_1 VI_2 }`."""

    kind: Kind
    words: bool = False
    half: Half | None = None
    once: bool = False
    empty: str = ""


def keyword(kind: Kind, doc: str, **how: Value) -> Keyword:
    """A keyword. It is named as the field unless `name` says otherwise.

    `aliases` are other names, `deprecated` are such that are complained about; `opposite` sets a flag back. `into` are
    the fields that the parts of the value go to. `once`: the first one counts. `adds`: each adds to the others.
    `again` is the rule that a second one breaks which counts. The name LINE is for lines that begin with no keyword.
    `fallback` is what an impossible value is replaced with (without it the line is ignored). `drops`: a bad option
    takes its line with it. `rule` is the one that a bad value breaks, `required` the one that a block breaks that lacks
    it, `missing` the one for a keyword without its words (keepalived ends there for most, not for all).
    `otherwise` says what holds where nothing is said, when that is not the field's default. `obsolete`: it is
    complained about, with this advice.
    """
    return Keyword(kind=kind, doc=doc, **how)


def argument(kind: Kind, doc: str, **how: Value) -> Argument:
    """A word of the line that opens the block. `optional` ones may be left out, `missing` is the rule for the others.

    `exact`: a word more and the block is skipped, else it is ignored. `doc` reads on from "vrrp_instance needs".
    `free`: in a line, it stands anywhere among the options: the first word that is none of them begins it.
    """
    return Argument(kind=kind, doc=doc, **how)


def block(*types: type, doc: str, **how: Value) -> Block:
    """A sub-block, of the type that its name says when there are several (by the Struct's tag).

    `repeated`: each is one more, else a second one adds to the first; `once`: a second one is skipped; `replaces`: a
    second one takes the place of the first. `unique`: a name can be used once. `deprecated` are other names, which are
    complained about.
    """
    return Block(types=types, doc=doc, **how)


def lines(line: type, doc: str, **how: Value) -> Lines:
    """A block with a value in each line; a second block adds to the first.

    `strict`: a word that is no option takes its line with it, and an option without its value ends the reading.
    """
    return Lines(type=line, doc=doc, **how)


def entries(kind: Kind, doc: str, **how: Value) -> Entries:
    """A block of plain values, into a tuple; a second block adds to the first, with `once` it is skipped.

    `empty` is what is said of one with nothing in it.
    """
    return Entries(kind=kind, doc=doc, **how)
