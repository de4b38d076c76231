"""What there is to say about keywords, from their declarations alone: `kad explain` and the table docs/keywords.tsv.

Not here: the manual page, which is made of the same (manpage.py), and where files are written.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from kad.config.drafts import Schema
from kad.config.fields import LINE, Argument, Block, Declaration, Entries, Keyword, Lines
from kad.config.keywords import Place, canonical, in_renamed, is_item, places
from kad.config.lexical import LEXICAL, Lexical
from kad.config.printing import sayable

COLUMNS = ("block", "keyword", "arguments", "default", "range", "acts", "since", "meaning")
"""The columns of the table."""

WIDTH = 76
"""Columns of a line of explanation, where words can be kept together at all."""


class Explanation(Struct, frozen=True):
    """What `kad explain WORD` prints. `known`: there is such a thing."""

    known: bool
    text: str


def explain(word: str) -> Explanation:
    """What a keyword, a block, a path of them, or a part of the language means; what is near when there is none."""
    found = _matching(word)
    lexical = _lexical(word, exact=bool(found))
    parts = [*_grouped(found), *(_of_language(row) for row in lexical)]
    if parts:
        return Explanation(known=True, text="\n".join(parts))
    near = _near(word)
    advice = f"; did you mean {' or '.join(near)}?" if near else ""
    return Explanation(known=False, text=f"there is no keyword {word}{advice}\n")


def unsupported() -> str:
    """What kad reads and does not act on yet, by block."""
    lines: list[str] = []
    whole: list[tuple[str, ...]] = []
    before: tuple[str, ...] | None = None
    for place in canonical():
        if place.acts or any(place.block[: len(path)] == path for path in whole):
            continue
        if not isinstance(place.declaration, Keyword):
            whole.append((*place.block, place.name))
        if place.block != before:
            lines += ["", _title(place.block)] if lines else [_title(place.block)]
            before = place.block
        lines.append(f"    {_syntax(place)}")
    return "".join(f"{line}\n" for line in lines) or "kad acts on every keyword\n"


def table() -> str:
    """The table of keywords, a line each and tabs between the columns; `-` is nothing."""
    rows = [COLUMNS]
    rows += [("lexical", row.keyword, row.arguments, row.default, "", "yes", "", row.meaning) for row in LEXICAL]
    rows += [
        (
            place.within,
            place.name,
            place.arguments,
            place.default,
            place.extent,
            "yes" if place.acts else "no",
            place.declaration.since,
            meaning(place),
        )
        for place in places()
    ]
    return "".join("\t".join(cell or "-" for cell in row) + "\n" for row in rows)


def meaning(place: Place) -> str:
    """What a keyword does, in a sentence; of another name, which it is."""
    if place.opposite:
        return f"Undoes {place.of}."
    if place.of:
        return f"{'Deprecated name' if place.deprecated else 'Alias'} of {place.of}."
    if place.name == LINE and is_item(place):
        return _item(place)
    return sentence(place.declaration.doc)


def sentence(doc: str) -> str:
    """A doc as a sentence; a keyword at its beginning stays as it is written."""
    first = doc.split(" ", 1)[0]
    plain = first.rstrip(",;:").isalpha()
    return f"{doc[:1].upper() + doc[1:] if plain else doc}{'' if doc.endswith('.') else '.'}"


def _item(place: Place) -> str:
    """What a line of a list is: what its words are."""
    if place.inner is None:
        return sentence(f"one of {place.declaration.doc}")
    words = ", ".join(declaration.doc for _, declaration in place.inner.arguments)
    return sentence(f"{words}, with its options" if place.inner.entries else words)


def _title(block: tuple[str, ...]) -> str:
    return "/".join(word for word in block if word != LINE) or "outside of all blocks"


def _syntax(place: Place) -> str:
    if isinstance(place.declaration, Argument):
        return place.name
    return f"{place.name} {place.arguments}".removeprefix(f"{LINE} ").rstrip()


# Keywords and blocks


def _matching(word: str) -> list[Place]:
    """The places that are meant by a name, or by a path or the end of one."""
    path = tuple(re.split(r"[/.]", word.strip("/.")))
    rooted = word.startswith("/")
    found = [
        place
        for place in places()
        if place.name != LINE and (place.words == path or (not rooted and place.words[-len(path) :] == path))
    ]
    return [place for place in found if not in_renamed(place)] or found


def _grouped(found: Sequence[Place]) -> Iterator[str]:
    """An explanation for each meaning; places where it is the same are told together."""
    groups: dict[tuple[object, ...], list[Place]] = {}
    for place in found:
        key = (place.name, place.of, place.arguments, place.declaration.doc, place.default, place.extent)
        groups.setdefault((*key, place.acts, _contents(place)), []).append(place)
    yield from (_of_keyword(group) for group in groups.values())


def _contents(place: Place) -> tuple[str, ...]:
    return () if place.inner is None else tuple(place.inner.entries)


def _of_keyword(group: list[Place]) -> str:
    place = group[0]
    declaration = place.declaration
    facts = [
        ("in", ", ".join(dict.fromkeys(_title(one.block) for one in group))),
        ("values", place.extent),
        ("default", place.default),
        ("names", _names(place)),
        ("obsolete", declaration.obsolete if isinstance(declaration, Keyword) else ""),
        ("since", f"keepalived {declaration.since}" if declaration.since else ""),
        ("kad", "acts on it" if place.acts else "reads it, but does not act on it yet"),
    ]
    lines = [_syntax(place), "", *_indented(sentence(declaration.doc))]
    if place.of:
        lines[2:2] = [f"    {meaning(place)}"]
    lines += ["", *(line for name, text in facts if text for line in _fact(name, text))]
    if not isinstance(declaration, Keyword | Argument):
        lines += ["", *(f"    {line}" for line in _inside(place))]
    lines += ["", *(f"    {line}" for line in example(place))]
    return "".join(f"{line}\n" for line in lines)


def _names(place: Place) -> str:
    """The other names for the same."""
    declaration = place.declaration
    names: list[str] = []
    if isinstance(declaration, Keyword):
        names += [*declaration.aliases, *((f"{declaration.opposite} (the opposite)",) if declaration.opposite else ())]
    if isinstance(declaration, Keyword | Block):
        names += [f"{name} (deprecated)" for name in declaration.deprecated]
    if place.of:
        names = [place.of, *(name for name in names if name.split(" ")[0] != place.name)]
    return ", ".join(names)


def _inside(place: Place) -> Iterator[str]:
    """What can stand in the braces of a block."""
    if isinstance(place.declaration, Lines | Entries):
        yield f"each line: {_item_syntax(place)}"
    if place.inner is None:
        return
    path = (*place.block, place.name, *((LINE,) if isinstance(place.declaration, Lines) else ()))
    inner = [one for one in places() if one.block == path and not one.of and not is_item(one)]
    for one in inner:
        yield f"    {_syntax(one)}"


def _item_syntax(place: Place) -> str:
    line = (*place.block, place.name)
    return next(one.arguments for one in places() if one.block == line and one.name == LINE)


def _indented(text: str, indent: str = "    ") -> list[str]:
    """A text in lines of a readable width."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(indent) + len(lines[-1]) + len(word) >= WIDTH:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return [indent + line for line in lines]


def _fact(name: str, text: str) -> list[str]:
    first, *others = _indented(text, " " * 14)
    return [f"    {name:<10}{first[14:]}", *others]


# Examples


def example(place: Place) -> list[str]:
    """A statement that has the keyword, in the blocks that it stands in."""
    lines = _statement(place)
    if place.block and place.block[-1] == LINE:
        # An option stands behind what its line begins with.
        words = [] if isinstance(place.declaration, Argument) else lines
        lines = [" ".join((_opening(_opener(place.block[:-1]), line=True), *words))]
    block = tuple(word for word in place.block if word != LINE)
    while block:
        lines = [f"{_opening(_opener(block))} {{", *(f"    {line}" for line in lines), "}"]
        block = block[:-1]
    return lines


def _statement(place: Place) -> list[str]:
    declaration = place.declaration
    if declaration.example and not place.of:
        return declaration.example.splitlines()
    match declaration:
        case Keyword():
            words = _usual(place) or _first(declaration)
            return [words if place.name == LINE else f"{place.name} {words}".rstrip()]
        case Block():
            return [f"{_opening(place)} {{", "    # ...", "}"]
        case _:
            return [f"{place.name} {{", f"    {_opening(place, line=True)}", "}"]


def _usual(place: Place) -> str:
    """The default as the words of an example, or that of the keyword of this name in another block; else nothing."""
    kind = place.kind
    named = [one for one in (place, *places()) if one.name == place.name and type(one.kind) is type(kind)]
    usual = [one.default for one in named if one.default and not getattr(one.declaration, "otherwise", "")]
    return next((default for default in usual if kind is not None and sayable(kind, default)), "")


def _opening(place: Place, *, line: bool = False) -> str:
    """What a block or, with `line`, a line of a list begins with, with words that are good."""
    if line and isinstance(place.declaration, Entries):
        return _first(place.declaration)
    words = [] if line else [place.name]
    if line or not isinstance(place.declaration, Lines):
        words += _words(place.inner)
    return " ".join(words)


def _words(schema: Schema | None) -> list[str]:
    return [] if schema is None else [_first(declaration) for _, declaration in schema.arguments]


def _first(declaration: Declaration) -> str:
    """Words that are good for a keyword or an argument: the first of those that its kind knows."""
    kind = getattr(declaration, "kind", None)
    good = () if kind is None else kind.good()
    return good[0] if good else kind.form if kind is not None else ""


def _opener(path: tuple[str, ...]) -> Place:
    """The place of a block, by its path."""
    return next(place for place in places() if (*place.block, place.name) == path)


# The language


def _lexical(word: str, *, exact: bool) -> list[Lexical]:
    """The parts of the language that are meant; with `exact` only those of just this name."""
    named = [row for row in LEXICAL if row.keyword == word]
    if named or exact:
        return named
    stem = re.sub(r"\s.*|[(=].*", "", word.strip()) if word[:1] in "$~@" else word.strip()
    stem = f"{stem}}}" if stem.startswith("${") and not stem.endswith("}") else stem
    wanted = stem.lower().removesuffix("s")
    whole = [row for row in LEXICAL if row.keyword.lower() in (stem.lower(), wanted)]
    return whole or [row for row in LEXICAL if wanted in re.findall(r"\w[\w-]*?(?=s?\b)", row.keyword.lower())]


def _of_language(row: Lexical) -> str:
    lines = [row.keyword if row.arguments in ("", row.keyword) else f"{row.keyword}: {row.arguments}", ""]
    lines += _indented(row.meaning)
    lines += ["", *_fact("in", "the language itself, anywhere in a file")]
    lines += _fact("default", row.default) if row.default else []
    return "".join(f"{line}\n" for line in lines)


def _near(word: str) -> list[str]:
    """The names that are spelt like a word that is none."""
    last = re.split(r"[/.]", word.strip("/."))[-1]
    names: Iterable[str] = {place.name for place in places()} | {row.keyword for row in LEXICAL}
    return difflib.get_close_matches(last, sorted(names), n=3, cutoff=0.7)
