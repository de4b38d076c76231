"""Every keyword of the configuration with its place: what the manual, the table and the tests go through.

A place is a path as the reference names it: `/global_defs`, `/vrrp_instance/virtual_ipaddress/*` for the options of a
list's lines, `*` for the line itself, `/` for what stands outside of all blocks. All of it follows from the
declarations. Not here: what is shown of it (manual.py, manpage.py).
"""

import re
from collections.abc import Iterator
from functools import cache

import msgspec
from msgspec import Struct

from kad.config.config import Config
from kad.config.drafts import Schema, schema_of, tag
from kad.config.fields import LINE, Argument, Block, Declaration, Entries, Keyword, Kind, Lines, Value


class Place(Struct, frozen=True, kw_only=True):
    """One name in one block.

    `schema` is that of the block that it stands in, `inner` that of the block or the line that it opens. `of`: the
    keyword that it is another name of; `deprecated`: which should be written instead; `opposite`: which it undoes.
    `acts`: kad acts on it, and on the blocks that it stands in.
    """

    block: tuple[str, ...]
    name: str
    field: str
    declaration: Keyword | Argument | Block | Lines | Entries
    schema: Schema
    inner: Schema | None = None
    acts: bool
    of: str = ""
    deprecated: bool = False
    opposite: bool = False

    @property
    def within(self) -> str:
        """The path of the block that it stands in."""
        return "/" + "/".join(self.block)

    @property
    def path(self) -> str:
        """The path of the keyword itself."""
        return "/" + "/".join((*self.block, self.name))

    @property
    def words(self) -> tuple[str, ...]:
        """The path as people write it: the lines of a list are no part of it."""
        return tuple(word for word in (*self.block, self.name) if word != LINE)

    @property
    def kind(self) -> Kind | None:
        """The kind of its value; None for blocks and for lines that begin with several."""
        return self.declaration.kind if isinstance(self.declaration, Keyword | Argument | Entries) else None

    @property
    def arguments(self) -> str:
        """What stands after the keyword."""
        if self.name == LINE:
            if self.kind is not None:
                return self.kind.form
            assert self.inner is not None, "a line has its words"
            return " ".join((*header(self.inner), *(("[OPTION ...]",) if self.inner.entries else ())))
        match self.declaration:
            case Keyword() | Argument():
                return self.declaration.kind.form
            case Block():
                assert self.inner is not None, "a block has something in it"
                return " ".join((*header(self.inner), "{ ... }"))
            case _:
                return "{ ... }"

    @property
    def doc(self) -> str:
        """What it is for; of a block that is one of several kinds, the first sentence of its own type's docstring."""
        declaration = self.declaration
        if isinstance(declaration, Block) and len(declaration.types) > 1 and self.inner is not None:
            text = " ".join((self.inner.type.__doc__ or declaration.doc).split())
            return re.split(r"(?<=\.) ", text, maxsplit=1)[0]
        return declaration.doc

    @property
    def default(self) -> str:
        """What holds where nothing is said, in the unit of the file; nothing when that is nothing at all."""
        declaration = self.declaration
        if not isinstance(declaration, Keyword | Argument):
            return ""
        if isinstance(declaration, Keyword) and (declaration.otherwise or self.opposite):
            return declaration.otherwise
        if any(field == self.field for field, _ in self.schema.required):
            return "must be given"
        values = tuple(self.schema.defaults.get(field) for field in declaration.into or (self.field,))
        return "" if values[0] is None else _default(declaration.kind, values if declaration.into else values[0])

    @property
    def extent(self) -> str:
        """Which values there are; of a line the range of its weight, or of the one word in it that has a range."""
        if self.kind is not None:
            extent = self.kind.extent()
            behind_an_address = self.kind.form.endswith(" [PORT]") and extent[:1].isdigit()
            return f"PORT {extent}" if behind_an_address else extent
        if self.name != LINE or self.inner is None:
            return ""
        weight = self.inner.entries.get("weight")
        kinds = [one.kind for _, one in self.inner.arguments]
        if weight is not None and isinstance(weight.declaration, Keyword):
            kinds.append(weight.declaration.kind)
        return next((kind.extent() for kind in kinds if ".." in kind.extent()), "")


def header(schema: Schema) -> list[str]:
    """The words that a block or a line begins with, as a manual shows them."""
    return [f"[{one.kind.form}]" if one.optional else one.kind.form for _, one in schema.arguments]


def _default(kind: Kind, value: Value) -> str:
    if value in ((), "", msgspec.NODEFAULT):
        return ""
    if value is False:
        return "off"
    if not isinstance(value, tuple) and value is not True:
        written = kind.write(value)
        return kind.text(value) if written is None else written
    return kind.write(value) or ""


@cache
def places() -> tuple[Place, ...]:
    """All of them, a block's own before those of the blocks in it."""
    return tuple(_places(schema_of(Config, ""), (), acts=True))


def canonical() -> Iterator[Place]:
    """One for each declaration at each place: without the lines of lists and without other names for the same."""
    for place in places():
        if not place.of and not is_item(place) and not in_renamed(place):
            yield place


def is_item(place: Place) -> bool:
    """Whether it is the line of a list, or a word of that: its declaration is that of the list, or a part of it."""
    return isinstance(place.declaration, Argument) or (
        place.name == LINE and not isinstance(place.declaration, Keyword)
    )


def in_renamed(place: Place) -> bool:
    """Whether it stands in a block that is called by a deprecated name: it has a place in the right one too."""
    return any(place.block[:depth] in _renamed() for depth in range(1, len(place.block) + 1))


@cache
def _renamed() -> frozenset[tuple[str, ...]]:
    return frozenset((*place.block, place.name) for place in places() if place.inner is not None and place.of)


def _places(schema: Schema, block: tuple[str, ...], *, acts: bool) -> Iterator[Place]:
    """The keywords of a block, and then those of the blocks in it."""
    inner: list[Place] = []
    for field, declaration in schema.declared:
        for place in _names(schema, block, field, declaration, acts=acts):
            yield place
            inner.append(place)
    for place in inner:
        path = (*place.block, place.name)
        match place.declaration:
            case Block():
                assert place.inner is not None, "a block has something in it"
                yield from _places(place.inner, path, acts=place.acts)
            case Lines():
                yield msgspec.structs.replace(place, block=path, name=LINE)
                assert place.inner is not None, "a line has its words"
                yield from _places(place.inner, (*path, LINE), acts=place.acts)
            case Entries():
                yield msgspec.structs.replace(place, block=path, name=LINE)
            case Keyword() | Argument():
                pass


def _names(
    schema: Schema, block: tuple[str, ...], field: str, declaration: Declaration, *, acts: bool
) -> Iterator[Place]:
    """A place for each name of one declaration; few arguments have one."""
    name = declaration.name or field

    def place(name: str, **how: Value) -> Place:
        assert isinstance(declaration, Keyword | Argument | Block | Lines | Entries), "there are no others"
        does = acts and (declaration.acts or isinstance(declaration, Argument))
        return Place(block=block, name=name, field=field, declaration=declaration, schema=schema, acts=does, **how)

    match declaration:
        case Argument():
            yield from (place(word) for word in (declaration.name,) if word)
        case Keyword():
            yield place(name)
            yield from (place(word, of=name) for word in declaration.aliases)
            yield from (place(word, of=name, deprecated=True) for word in declaration.deprecated)
            if declaration.opposite:
                yield place(declaration.opposite, of=name, opposite=True)
        case Block() if len(declaration.types) > 1:
            yield from (place(tag(type_), inner=schema_of(type_, tag(type_))) for type_ in declaration.types)
        case Block():
            inner = schema_of(declaration.types[0], name)
            yield place(name, inner=inner)
            yield from (place(word, of=name, deprecated=True, inner=inner) for word in declaration.deprecated)
        case Lines():
            yield place(name, inner=schema_of(declaration.type, name))
        case _:
            yield place(name)
