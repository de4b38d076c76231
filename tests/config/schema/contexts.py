"""A right configuration around a statement, for any keyword: made from the declarations, as the statement's place is.

`around` writes the one statement that a test is about, with its line; `configuration` a whole file at random, of words
that are good. Nothing is known here of any keyword.
"""

import random
from collections.abc import Iterator, Sequence

from msgspec import Struct

from kad.config.blocks import Reading
from kad.config.config import Config
from kad.config.diagnostics import Diagnostic, Findings
from kad.config.drafts import Schema, schema_of, tag
from kad.config.fields import LINE, Block, Declaration, Entries, Keyword, Kind, Lines
from kad.config.keywords import Place, places
from kad.config.parser import parse
from kad.config.text import Piece, Source

UNACTED = ("not-acted-on", "bfd-not-acted-on")
"""What is said of a keyword because of what kad is, not because of what was written."""


class Around(Struct, frozen=True):
    """A configuration, and the line of it that a test is about."""

    text: str
    line: int

    def complaints(self) -> list[Diagnostic]:
        """What is wrong with the statement by itself; what spans statements is for the tests of the rules."""
        findings = Findings()
        parsed = parse([Piece(Source("kad.conf", self.text), 1, self.text)], findings)
        Reading(findings, schema_of(Config, "")).read(parsed.statements)
        found = [one for one in findings.result(["kad.conf"]) if one.rule not in UNACTED]
        return [one for one in found if one.span is not None and one.span.line == self.line]


def first(kind: Kind) -> str:
    """The first words that are good for a kind; a name where it knows none."""
    return kind.good()[0] if kind.good() else "name"


def around(place: Place, words: str, *, argument: int = -1) -> Around:
    """The keyword with these words, in the blocks that it stands in; or with `argument` that word of its header."""
    mark = "\0"
    if isinstance(place.declaration, Keyword):
        statement = [mark + _said(place.name, words)]
    elif place.name == LINE:
        statement = [mark + (words if argument < 0 else _header(place, words, argument))]
    else:
        assert isinstance(place.declaration, Block), "other blocks have no header"
        assert place.inner is not None, "a block has something in it"
        statement = [f"{mark}{place.name} {_header(place, words, argument)} {{", *_needed(place.inner, ""), "}"]
    block = place.block
    if block and block[-1] == LINE:
        block = block[:-1]
        statement = [f"{mark}{_header(_opener(block), '', -1)} {statement[0].removeprefix(mark)}"]
    while block:
        opener = _opener(block)
        field = place.field if block == place.block else ""
        inner = opener.inner if isinstance(opener.declaration, Block) else None
        siblings = [] if inner is None else _needed(inner, field)
        statement = [*_opened(opener, [*siblings, *statement])]
        place, block = opener, block[:-1]
    lines = "\n".join(statement).split("\n")
    line = next(number for number, text in enumerate(lines, 1) if mark in text)
    return Around("\n".join(lines).replace(mark, "") + "\n", line)


def _said(name: str, words: str) -> str:
    return words if name == LINE else f"{name} {words}".rstrip()


def _opened(place: Place, inner: Sequence[str]) -> Iterator[str]:
    header = _header(place, "", -1) if isinstance(place.declaration, Block) else ""
    yield f"{place.name} {header}".rstrip() + " {"
    yield from (f"    {line}" for line in inner)
    yield "}"


def _header(place: Place, words: str, argument: int) -> str:
    """The words of a block or a line, `words` being one of them; all before it are good."""
    if place.inner is None:
        return words
    arguments = [declaration for _, declaration in place.inner.arguments]
    shown = [first(one.kind) for one in arguments if not one.optional or argument >= 0][: argument + 1 or None]
    if argument >= 0:
        shown = [first(one.kind) for one in arguments[:argument]] + [words]
        shown += [first(one.kind) for one in arguments[argument + 1 :] if not one.optional]
    return " ".join(shown)


def _needed(schema: Schema, but: str) -> list[str]:
    """What a block can't do without, but for one field."""
    lines: list[str] = []
    for field, declaration in schema.required:
        name = declaration.name or field
        if field == but:
            continue
        if isinstance(declaration, Keyword):
            lines.append(f"{name} {first(declaration.kind)}")
        elif isinstance(declaration, Block):
            type_ = declaration.types[0]
            name = tag(type_) if len(declaration.types) > 1 else name
            inner = schema_of(type_, name)
            words = [first(one.kind) for _, one in inner.arguments]
            lines += [" ".join((name, *words, "{")), *_needed(inner, ""), "}"]
    return lines


def _opener(path: tuple[str, ...]) -> Place:
    return next(place for place in places() if (*place.block, place.name) == path)


# Whole configurations


def configuration(seed: int) -> str:
    """A configuration of good words, the same for the same seed. What spans them may be wrong all the same."""
    chance = random.Random(seed)
    likely = chance.choice((0.05, 0.3, 0.8))
    return "\n".join(_statements(schema_of(Config, ""), chance, likely, 0)) + "\n"


def _statements(schema: Schema, chance: random.Random, likely: float, depth: int) -> Iterator[str]:
    needed = {field for field, _ in schema.required}
    for field, declaration in schema.declared:
        if field in needed or chance.random() < (likely if depth else max(likely, 0.5)):
            yield from _one(field, declaration, chance, likely, depth)


def _one(field: str, declaration: Declaration, chance: random.Random, likely: float, depth: int) -> Iterator[str]:
    name = declaration.name or field
    match declaration:
        case Keyword():
            if not declaration.obsolete:
                name = chance.choice((name, *declaration.aliases))
                yield _said(name, _good(declaration.kind, chance))
        case Block():
            for number in range(chance.randint(1, 3) if declaration.repeated else 1):
                type_ = chance.choice(declaration.types)
                word = tag(type_) if len(declaration.types) > 1 else name
                schema = schema_of(type_, word)
                words = list(_words(schema, chance))
                if declaration.unique and number:
                    words[0] += str(number)
                inner = _statements(schema, chance, likely, depth + 1)
                yield from (" ".join((word, *words, "{")), *(f"    {line}" for line in inner), "}")
        case Lines():
            schema = schema_of(declaration.type, name)
            lines = [" ".join(_line(schema, chance, likely)) for _ in range(chance.randint(1, 3))]
            yield from (f"{name} {{", *(f"    {line}" for line in lines), "}")
        case Entries():
            yield from (f"{name} {{", f"    {_good(declaration.kind, chance)}", "}")
        case _:
            return


def _words(schema: Schema, chance: random.Random) -> Iterator[str]:
    for _, declaration in schema.arguments:
        if declaration.optional and chance.random() < 0.3:
            return
        yield _good(declaration.kind, chance)


def _line(schema: Schema, chance: random.Random, likely: float) -> Iterator[str]:
    yield from _words(schema, chance)
    for field, declaration in schema.declared:
        if isinstance(declaration, Keyword) and chance.random() < likely / 2:
            yield f"{declaration.name or field} {_good(declaration.kind, chance)}".rstrip()


def _good(kind: Kind, chance: random.Random) -> str:
    """Good words; the first ones more often, so that names meet."""
    good = kind.good() or ("name",)
    return good[0] if chance.random() < 0.5 else chance.choice(good)
