"""What the schema's declarations make of a block: its grammar, and the draft that it is read into.

A Draft is a block that can still be changed: rules.py looks at several at once and takes back what can't be. When all
is done `Draft.build` makes the frozen Struct. The grammar of a block is worked out from its Struct once (`Schema`).

Not here: reading statements into drafts (blocks.py), what a single value looks like (kinds.py).
"""

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Annotated, Any, cast, get_args, get_origin, get_type_hints

import msgspec

from kad.config.diagnostics import Findings, Half, Span
from kad.config.fields import Argument, Block, Declaration, Entries, Keyword, Lines, Value
from kad.config.slips import slip
from kad.config.statements import Scope, Statement

LONGEST = 60
"""Characters of a word or a title that messages show."""


class Entry(msgspec.Struct, frozen=True):
    """What a word means at the start of a statement in some block: which field it sets, and how."""

    field: str
    declaration: Keyword | Block | Lines | Entries
    opposite: bool = False
    instead: str = ""


class Schema:
    """The grammar of one block: the words of its header, its keywords, and which fields it can't do without."""

    def __init__(self, type_: type[msgspec.Struct], title: str) -> None:
        self.type = type_
        self.title = title
        self.arguments: list[tuple[str, Argument]] = []
        self.free: list[tuple[str, Argument]] = []
        self.entries: dict[str, Entry] = {}
        self.required: list[tuple[str, Declaration]] = []
        self.defaults: dict[str, Any] = {field.name: field.default for field in msgspec.structs.fields(type_)}
        self.declared: list[tuple[str, Declaration]] = []
        self.finish: Callable[[dict[str, Any]], None] | None = getattr(type_, "finish", None)
        self.seen: dict[str, tuple[Entry, Value]] = {}
        """Statements that were read before without a complaint, by their text, and the value of each."""
        needed = {field.name for field in msgspec.structs.fields(type_) if field.required}
        extra: dict[str, Declaration] = getattr(type_, "EXTRA", {})
        for field, declaration in (*_declarations(type_), *extra.items()):
            self.declared.append((field, declaration))
            if isinstance(declaration, Argument):
                self.arguments.append((field, declaration))
                if declaration.free:
                    self.free.append((field, declaration))
                continue
            assert isinstance(declaration, Keyword | Block | Lines | Entries), f"{title}: {field}"
            self._enter(field, declaration)
            if field in needed:
                self.required.append((field, declaration))

    def _enter(self, field: str, declaration: Keyword | Block | Lines | Entries) -> None:
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
            case Block():
                self.entries[name] = Entry(field, declaration)
                for word in declaration.deprecated:
                    self.entries[word] = Entry(field, declaration, instead=name)
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


Place = tuple[Statement, int, Scope | None]
"""Where a field was set: in which statement, by which word; the scope is None for that of the draft itself."""


class Draft:
    """A block as far as it was read: the values that were set, and where.

    `outer` is the scope that the header stands in, `inner` that of what is in the braces. A `settled` draft is kept
    from one reading to the next (memory.py), with what was `built` of it: who changes it makes one `like` it first.
    One that is not `kept` lacks something that it can't do without: those of the root are in `lost`, by field, so that
    rules can look at them all the same.
    """

    __slots__ = (
        "built", "failed", "half", "header", "inner", "kept", "lost", "outer", "places", "schema", "settled", "values",
    )  # fmt: skip

    def __init__(self, schema: Schema, header: Statement | None, outer: Scope | None, half: Half) -> None:
        self.schema = schema
        self.header = header
        self.half = half
        self.outer = outer
        self.inner = None if header is None or outer is None else outer.within(header)
        self.values: dict[str, Any] = {}
        self.places: dict[str, Place] = {}
        self.failed: set[str] = set()
        self.settled = False
        self.built: Value = None
        self.kept = True
        self.lost: dict[str, list[Draft]] = {}

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

    def like(self, header: Statement, outer: Scope) -> "Draft":
        """The draft of a block with the same statements at another place: a copy, all that is in it too."""
        twin = Draft.__new__(Draft)  # set up by hand: a large farm makes tens of thousands of these
        twin.schema, twin.header, twin.half, twin.outer = self.schema, header, self.half, outer
        twin.failed, twin.settled, twin.built, twin.kept, twin.lost = self.failed, False, None, self.kept, self.lost
        # The words of a line stand where the line does.
        inner = outer if self.inner is self.outer else Scope(outer.anchor, outer.base + header.row)
        twin.inner = inner
        twin.places = self.places
        if self.schema.arguments and inner is not outer:
            twin.places = {field: _moved(place, self.outer, outer) for field, place in self.places.items()}
        twin.values = values = dict(self.values)
        for field, value in self.values.items():
            kind = type(value)
            if kind is list:
                values[field] = [_like(item, self.inner, inner) for item in value]
            elif kind is Draft:
                values[field] = _like(value, self.inner, inner)
        return twin

    def span(self, field: str = "") -> Callable[[], Span]:
        """Where a field was set: its keyword and first word; without a field, or when it was not set, the header."""
        statement, index, scope = self.places.get(field, (self.header, -1, self.outer))
        within = scope or self.inner
        assert statement is not None, "the root has no place"
        assert within is not None, "the root has no place"
        # Of a keyword both it and its value are marked, of a word in a line only the word.
        last = min(index, len(statement.words) - 1)
        return lambda: within.span(statement, 0 if index <= 1 else last, last)

    def word(self, field: str, text: str) -> Callable[[], Span]:
        """Where a word stands in what set a field; all that `span` marks when it is not in there."""
        statement, first, scope = self.places.get(field, (self.header, 0, None))
        within = scope or self.inner
        if field not in self.places or statement is None or within is None or text not in statement.words[first:]:
            return self.span(field)
        return partial(within.span, statement, statement.words.index(text, first))

    def written(self, keyword: str) -> Iterator[Statement]:
        """The statements in the braces that begin with this word, whatever was made of them."""
        assert self.header is not None, "the root has no statements of its own"
        return (one for one in self.header.body or () if one.words[0] == keyword)

    def last_written(self, keyword: str) -> Callable[[], Span]:
        """The last word of the last of these statements; the header when there is none."""
        written = list(self.written(keyword))
        assert self.inner is not None, "it has a header"
        return partial(self.inner.span, written[-1], -1) if written else self.span()

    def lines_of(self, keyword: str) -> Iterator[tuple[Statement, Scope]]:
        """What was written as lines of a list, good or bad; the keyword's own line when they stand there."""
        for statement in self.written(keyword):
            assert self.inner is not None, "it has a header"
            if len(statement.words) > 1:
                yield statement, self.inner
            within = self.inner.within(statement)
            yield from ((line, within) for line in statement.body or ())

    def words_of(self, keyword: str) -> Iterator[tuple[str, Callable[[], Span]]]:
        """The words in the braces of a list, and where each of them stands."""
        for statement, scope in self.lines_of(keyword):
            first = 1 if scope is self.inner else 0
            for index in range(first, len(statement.words)):
                yield statement.words[index], partial(scope.span, statement, index)

    @property
    def line(self) -> int:
        """The line of the file that the block begins in."""
        assert self.header is not None, "the root has no place"
        assert self.outer is not None, "the root has no place"
        return self.outer.line(self.header)

    @property
    def row(self) -> int:
        """The row of the whole configuration that the block begins in: what has a smaller one was read earlier."""
        assert self.header is not None, "the root has no place"
        assert self.outer is not None, "the root has no place"
        return self.outer.row(self.header)

    @property
    def title(self) -> str:
        """The block as messages call it: keyword and first words."""
        assert self.header is not None, "the root has no title"
        return cut(" ".join(self.header.words))

    def build(self) -> Value:
        """The Struct. Every required field has a value, or `Reading` would have dropped the draft."""
        if self.built is not None:
            return self.built
        known = self.schema.defaults
        built = self.schema.type(**{name: _built(value) for name, value in self.values.items() if name in known})
        if self.settled:
            self.built = built
        return built


def _moved(place: Place, old: Scope | None, new: Scope) -> Place:
    return (place[0], place[1], new) if place[2] is old else place


def _like(value: Value, old: Scope | None, new: Scope | None) -> Value:
    """A child of a copied draft: as far from its parent as before, which is further for a line of a list."""
    if type(value) is not Draft:
        return value
    outer = value.outer
    assert new is not None, "only the root has none"
    assert value.header is not None, "only the root has none"
    assert outer is not None, "only the root has none"
    if outer is old or old is None:
        return value.like(value.header, new)
    return value.like(value.header, Scope(new.anchor, new.base + outer.base - old.base))


def _built(value: Value) -> Value:
    if isinstance(value, Draft):
        return value.build()
    if isinstance(value, list):
        return tuple(_built(item) for item in value)
    return value


class Cursor:
    """The words of one statement as kinds read them (fields.Words), and the voice of the field that they are for."""

    __slots__ = (
        "_at",
        "_consequence",
        "_findings",
        "_half",
        "_rule",
        "_what",
        "current",
        "scope",
        "statement",
        "words",
    )

    def __init__(self, findings: Findings, statement: Statement, scope: Scope, half: Half, at: int) -> None:
        self.statement = statement
        self.scope = scope
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

    def back(self) -> None:
        """Give the word last taken back."""
        self._at -= 1

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
        self.report(self._rule, text, suggestion or slip(self._word()))

    def remark(self, rule: str, text: str, suggestion: str = "") -> None:
        """Say something about the word last taken."""
        self.report(rule, f"{self._what}: {text}", suggestion)

    def report(self, rule: str, text: str, suggestion: str = "") -> None:
        """A diagnostic at the word last taken."""
        index = max(self._at - 1, 0)
        self._findings.add(rule, lambda: self.scope.span(self.statement, index), text, suggestion, self._half)

    def _word(self) -> str:
        return cut(self.words[max(self._at - 1, 0)])


def cut(text: str) -> str:
    """A text as messages show it."""
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
