"""What the schema's declarations make of a block: its grammar, and the draft that it is read into.

A Draft is a block that can still be changed: rules.py looks at several at once and takes back what can't be. When all
is done `Draft.build` makes the frozen Struct. The grammar of a block is worked out from its Struct once (`Schema`).

Not here: reading statements into drafts (blocks.py), what a single value looks like (kinds.py).
"""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, cast, get_args, get_origin, get_type_hints

import msgspec

from kad.config.diagnostics import Findings, Half, Span
from kad.config.fields import Argument, Block, Declaration, Keyword, Lines, Value
from kad.config.parser import Statement
from kad.config.schema.later import LATER

LONGEST = 60
"""Characters of a word or a title that messages show."""


class Entry(msgspec.Struct, frozen=True):
    """What a word means at the start of a statement in some block: which field it sets, and how."""

    field: str
    declaration: Keyword | Block | Lines
    opposite: bool = False
    instead: str = ""


class Schema:
    """The grammar of one block: the words of its header, its keywords, and which fields it can't do without."""

    def __init__(self, type_: type[msgspec.Struct], title: str) -> None:
        self.type = type_
        self.title = title
        self.arguments: list[tuple[str, Argument]] = []
        self.entries: dict[str, Entry] = {}
        self.later = LATER.get(title, frozenset())
        self.required: list[tuple[str, Declaration]] = []
        self.defaults: dict[str, Any] = {field.name: field.default for field in msgspec.structs.fields(type_)}
        needed = {field.name for field in msgspec.structs.fields(type_) if field.required}
        extra: dict[str, Declaration] = getattr(type_, "EXTRA", {})
        for field, declaration in (*_declarations(type_), *extra.items()):
            if isinstance(declaration, Argument):
                self.arguments.append((field, declaration))
                continue
            assert isinstance(declaration, Keyword | Block | Lines), f"{title}: {field}"
            self._enter(field, declaration)
            if field in needed:
                self.required.append((field, declaration))

    def _enter(self, field: str, declaration: Keyword | Block | Lines) -> None:
        name = declaration.name or field
        match declaration:
            case Keyword():
                for word in (name, *declaration.aliases):
                    self.entries[word] = Entry(field, declaration)
                for word in declaration.deprecated:
                    self.entries[word] = Entry(field, declaration, instead=name)
                if declaration.opposite:
                    self.entries[declaration.opposite] = Entry(field, declaration, opposite=True)
            case Block() if len(declaration.types) > 1:
                for member in declaration.types:
                    self.entries[tag(member)] = Entry(field, declaration)
            case _:
                self.entries[name] = Entry(field, declaration)


def _declarations(type_: type) -> list[tuple[str, Declaration]]:
    """The annotated fields of a Struct and of those that it builds on."""
    found = []
    for field, hint in get_type_hints(type_, include_extras=True).items():
        if get_origin(hint) is Annotated:
            found += [(field, part) for part in get_args(hint)[1:] if isinstance(part, Declaration)]
    return found


def tag(type_: type) -> str:
    """The keyword of a block that is one of several kinds: its Struct's tag."""
    return str(cast("Any", type_).__struct_config__.tag)


@cache
def schema_of(type_: type[msgspec.Struct], title: str) -> Schema:
    """The grammar of the block that this Struct declares."""
    return Schema(type_, title)


class Draft:
    """A block as far as it was read: the values that were set, and where.

    `places` also has the keywords that kad does not act on yet (schema/later.py).
    """

    __slots__ = ("failed", "half", "header", "places", "schema", "values")

    def __init__(self, schema: Schema, header: Statement | None, half: Half) -> None:
        self.schema = schema
        self.header = header
        self.half = half
        self.values: dict[str, Any] = {}
        self.places: dict[str, tuple[Statement, int]] = {}
        self.failed: set[str] = set()

    def get(self, field: str) -> Value:
        """What the file says, or the default."""
        return self.values[field] if field in self.values else self.schema.defaults[field]

    def children(self, field: str) -> list["Draft"]:
        """The blocks or lines of a field that has several; the list itself, so that it can be changed."""
        drafts: list[Draft] = self.values.setdefault(field, [])
        return drafts

    def clear(self, field: str) -> None:
        """Take back what the file said."""
        self.values.pop(field, None)

    def span(self, field: str = "") -> Callable[[], Span]:
        """Where a field was set: its keyword and first word; without a field, or when it was not set, the header."""
        statement, index = self.places.get(field, (self.header, -1))
        assert statement is not None, "the root has no place"
        # Of a keyword both it and its value are marked, of a word in a line only the word.
        last = min(index, len(statement.words) - 1)
        return lambda: statement.span(0 if index <= 1 else last, last)

    @property
    def title(self) -> str:
        """The block as messages call it: keyword and first words."""
        assert self.header is not None, "the root has no title"
        return cut(" ".join(self.header.words))

    def build(self) -> Value:
        """The Struct. Every required field has a value, or `Reading` would have dropped the draft."""
        known = self.schema.defaults
        return self.schema.type(**{name: _built(value) for name, value in self.values.items() if name in known})


def _built(value: Value) -> Value:
    if isinstance(value, Draft):
        return value.build()
    if isinstance(value, list):
        return tuple(_built(item) for item in value)
    return value


class Cursor:
    """The words of one statement as kinds read them (fields.Words), and the voice of the field that they are for."""

    __slots__ = ("_at", "_consequence", "_findings", "_half", "_rule", "_what", "current", "statement", "words")

    def __init__(self, findings: Findings, statement: Statement, half: Half, at: int) -> None:
        self.statement = statement
        self.words = statement.words
        self.current: Value = None
        self._findings = findings
        self._half = half
        self._at = at
        self._what = ""
        self._rule = "bad-value"
        self._consequence = ""

    @property
    def at(self) -> int:
        """The number of the next word."""
        return self._at

    @property
    def left(self) -> int:
        """How many words are left."""
        return len(self.words) - self._at

    def about(self, what: str, current: Value, rule: str, consequence: str) -> None:
        """The next words are for this: what refusing them is called, and what follows from it."""
        self._what, self.current, self._rule, self._consequence = what, current, rule, consequence

    def next(self) -> str | None:
        """The next word; None at the end."""
        if self._at >= len(self.words):
            return None
        self._at += 1
        return self.words[self._at - 1]

    def peek(self) -> str | None:
        """The next word without taking it."""
        return self.words[self._at] if self._at < len(self.words) else None

    def rest(self) -> str:
        """The rest of the line as it was written."""
        text = self.statement.rest(self._at)
        self._at = len(self.words)
        return text

    def refuse(self, why: str, suggestion: str = "") -> None:
        """Complain about the word last taken."""
        text = f'{self._what} "{self._word()}" {why}: {self._consequence}'
        self.report(self._rule, text, suggestion)

    def remark(self, rule: str, text: str, suggestion: str = "") -> None:
        """Say something about the word last taken."""
        self.report(rule, f"{self._what}: {text}", suggestion)

    def report(self, rule: str, text: str, suggestion: str = "") -> None:
        """A diagnostic at the word last taken."""
        index = max(self._at - 1, 0)
        self._findings.add(rule, lambda: self.statement.span(index), text, suggestion, self._half)

    def _word(self) -> str:
        return cut(self.words[max(self._at - 1, 0)])


def cut(text: str) -> str:
    """A text as messages show it."""
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
