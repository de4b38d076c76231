"""keyword(), argument(), block(), lines(): how a schema field says what stands in the file.

A schema file declares a block as a msgspec Struct whose fields are annotated with these. From that one
declaration `blocks.py` makes the parser, the default, the range, the diagnostics, and later the manual entry. A kind
takes its words from a `Words` cursor and gives a value, or None after it has said what is wrong.

Not here: the kinds of value (kinds.py), reading whole blocks (blocks.py), what spans keywords (rules.py).
"""

from enum import Enum
from typing import Any, Protocol

import msgspec

from kad.config.diagnostics import Half

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
        """Say something about the word last taken, which is used all the same."""


class Kind:
    """What a value looks like. Subclasses take words and return a value, or None when they have refused it."""

    least = 1
    """The words that must be there."""

    def read(self, words: Words) -> Value:
        """The value in the words."""
        raise NotImplementedError

    def text(self, value: Value) -> str:
        """A value as messages write it."""
        if isinstance(value, bool):
            return "on" if value else "off"
        return str(value.value if isinstance(value, Enum) else value)


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """What is common to all that can stand in a block."""

    doc: str
    name: str = ""


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


class Argument(Declaration, frozen=True, kw_only=True):
    """A word on the line that opens a block, `vrrp_instance NAME {`, or that begins a line of a list."""

    kind: Kind
    into: tuple[str, ...] = ()
    optional: bool = False
    exact: bool = False
    missing: str = "missing-argument"


class Block(Declaration, frozen=True, kw_only=True):
    """A sub-block: `authentication { … }`, or several of them: `real_server … { … }`."""

    types: tuple[type, ...]
    repeated: bool = False
    unique: bool = False
    half: Half | None = None


class Lines(Declaration, frozen=True, kw_only=True):
    """A block whose lines are values, not keywords: `virtual_ipaddress { … }`."""

    type: type


def keyword(kind: Kind, doc: str, **how: Value) -> Keyword:
    """A keyword. It is named as the field unless `name` says otherwise.

    `aliases` are other names, `deprecated` are such that are complained about; `opposite` sets a flag back. `into` are
    the fields that the parts of the value go to. `once`: the first one counts. `adds`: each adds to the others.
    `fallback` is what an impossible value is replaced with (without it the line is ignored). `drops`: a bad option
    takes its line with it. `rule` is the one that a bad value breaks, `required` the one that a block breaks that lacks
    it, `missing` the one for a keyword without its words (keepalived ends there for most, not for all).
    """
    return Keyword(kind=kind, doc=doc, **how)


def argument(kind: Kind, doc: str, **how: Value) -> Argument:
    """A word of the line that opens the block. `optional` ones may be left out, `missing` is the rule for the others.

    `exact`: a word more and the block is skipped, else it is ignored. `doc` reads on from "vrrp_instance needs".
    """
    return Argument(kind=kind, doc=doc, **how)


def block(*types: type, doc: str, **how: Value) -> Block:
    """A sub-block, of the type that its name says when there are several (by the Struct's tag).

    `repeated`: each is one more, else a second one adds to the first. `unique`: a name can be used once.
    """
    return Block(types=types, doc=doc, **how)


def lines(line: type, doc: str, **how: Value) -> Lines:
    """A block with a value in each line; a second block adds to the first."""
    return Lines(type=line, doc=doc, **how)
