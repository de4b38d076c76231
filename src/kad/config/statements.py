"""Statements, where they stand, and those that were seen before. A statement is a line: a keyword and its words.

A statement knows its line only relative to the block around it, so that blocks of the same text can share what is in
them, and a block that has moved needs no more than another `Anchor`: a `Scope` says where the block stands.
"""

import re
from collections.abc import Sequence

from kad.config.diagnostics import Span
from kad.config.text import Text

_WORD = re.compile(r'"(?P<quoted>[^"]*)"|(?P<bare>[^ \t\r\f\v"]+)')
_PLAIN = re.compile(r"[\t $-\[\]-~]*")  # printable ASCII but for ! " # and the backslash: str.split() will do
_ESCAPED = re.compile(r"\\([#!])")


class Anchor:
    """Where a top-level statement stands in a configuration; at a reload it may stand elsewhere in another.

    `told`: a message names a line by this, so that the message would be another one elsewhere.
    """

    __slots__ = ("row", "text", "told")

    def __init__(self, text: Text, row: int) -> None:
        self.text = text
        self.row = row
        self.told = False


class Scope:
    """Where the statements of a block stand: their rows count from row `base` below the anchor."""

    __slots__ = ("anchor", "base")

    def __init__(self, anchor: Anchor, base: int) -> None:
        self.anchor = anchor
        self.base = base

    def row(self, statement: "Statement") -> int:
        """The row of a statement in the whole text."""
        return self.anchor.row + self.base + statement.row

    def span(self, statement: "Statement", index: int = 0, last: int | None = None) -> Span:
        """The place of a word of a statement, or of all words from `index` to `last` (-1: the last one)."""
        start, end = statement.columns(index, last)
        return self.anchor.text.span(self.row(statement), start, end)

    def line(self, statement: "Statement") -> int:
        """The line of its file that a statement stands in, for a message."""
        self.anchor.told = True
        return self.span(statement).line

    def within(self, statement: "Statement") -> "Scope":
        """The scope of what is in the braces of a statement."""
        return Scope(self.anchor, self.base + statement.row)


class Statement:
    """One line up to a brace or a comment: a keyword and its arguments; with `body` when it opens a block.

    `row` counts from that of the statement around it, `column` from 1. `last` is the row of the brace that closes the
    block, counted from that of the statement itself; 0 when there is none. Blocks of the same text share their `body`.
    A statement outside of all blocks has an `anchor`, and row 0.
    """

    __slots__ = ("_words", "anchor", "body", "column", "last", "row", "text")

    def __init__(self, row: int, column: int, text: str) -> None:
        self.row = row
        self.column = column
        self.text = text
        self.body: tuple[Statement, ...] | None = None
        self.last = 0
        self.anchor: Anchor | None = None
        self._words: list[str] | None = None

    @property
    def words(self) -> Sequence[str]:
        """The words, without the quotes that held them; there is at least one."""
        if self._words is None:
            if _PLAIN.fullmatch(self.text):
                self._words = self.text.split()
            else:
                self._words = [_unescaped(found) for found in _WORD.finditer(self.text)]
        return self._words

    def columns(self, index: int = 0, last: int | None = None) -> tuple[int, int]:
        """Where a word, or all words from `index` to `last` (-1: the last one), begin and end."""
        places = [found.span() for found in _WORD.finditer(self.text)]
        start, end = places[index][0], places[index if last is None else last][1]
        return self.column + start, self.column + end

    def rest(self, index: int) -> str:
        """The line from a word to its end, as it was written; nothing when there is no such word."""
        places = [found.start() for found in _WORD.finditer(self.text)]
        return self.text[places[index] :].rstrip() if index < len(places) else ""

    def scope(self) -> Scope:
        """The scope of a statement outside of all blocks."""
        assert self.anchor is not None, "only a statement outside of all blocks has its own"
        return Scope(self.anchor, 0)


def _unescaped(found: re.Match[str]) -> str:
    quoted = found["quoted"]
    return _ESCAPED.sub(r"\1", found["bare"]) if quoted is None else quoted


LONGEST_KEY = 200


class Known:
    """Top-level blocks of an earlier parse, by their text: those that a reload finds unchanged are not read again."""

    def __init__(self) -> None:
        self._blocks: dict[str, list[tuple[str, Statement]]] = {}
        self.hits = 0

    def add(self, text: str, statement: Statement) -> None:
        """Remember a block: its text from the keyword to the closing brace."""
        self._blocks.setdefault(_first_line(text, 0), []).append((text, statement))

    def take(self, text: str, position: int, column: int) -> tuple[int, Statement] | None:
        """The block that stands here: its length and its statement. Each is given away once."""
        candidates = self._blocks.get(_first_line(text, position)) if self._blocks else None
        if candidates is None:
            return None
        for index, (known, statement) in enumerate(candidates):
            if statement.column == column and text.startswith(known, position):
                del candidates[index]
                self.hits += 1
                return len(known), statement
        return None


def _first_line(text: str, position: int) -> str:
    """What a block is looked for by: its first line, or the beginning of one that is long."""
    return text[position : position + LONGEST_KEY].partition("\n")[0]
