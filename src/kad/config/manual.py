"""What there is to say about keywords, from their declarations alone: `kad explain` and the table docs/keywords.tsv.

Not here: the manual page, which is made of the same (manpage.py), and where files are written.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from kad.config.diagnostics import printable
from kad.config.drafts import Schema
from kad.config.fields import LINE, Argument, Block, Declaration, Entries, Keyword, Lines
from kad.config.keywords import Place, canonical, in_renamed, is_item, places
from kad.config.lexical import LEXICAL, Lexical
from kad.config.printing import sayable

COLUMNS = ("block", "keyword", "arguments", "default", "range", "acts", "since", "meaning")
"""The columns of the table."""

WIDTH = 78
"""Columns of a line of explanation, where words can be kept together at all."""

FIRST = (("vrrp_instance",), ("vrrp_script",), ("virtual_server", "real_server"), ("virtual_server",), ())
"""Blocks whose keywords are meant most often: they are explained before those of the others."""

MARKS = {
    "#": ("comment", "escaped comment mark"),
    "!": ("comment", "escaped comment mark"),
    '"': ("double quotes",),
    "'": ("single quotes",),
    "{": ("block", "brace splitting"),
    "}": ("block", "brace splitting"),
    "\\": ("escaped comment mark", "escapes", "$NAME= multi-line"),
    "@": ("@id", "@^id"),
    "$": ("$NAME=", "$NAME", "${NAME}"),
    "~": ("~SEQ", "~LST"),
    **dict.fromkeys(("on", "true", "yes", "off", "false", "no"), ("BOOL",)),
}
"""What a mark or a word of the language stands for, by the names in its table."""


class Explanation(Struct, frozen=True):
    """What `kad explain WORD` prints. `known`: there is such a thing."""

    known: bool
    text: str


def explain_words(words: Sequence[str]) -> Explanation:
    """What some words mean, each by itself, or several together when they are a path: `vrrp_instance priority`."""
    found: list[Explanation] = []
    rest = list(words)
    while rest:
        length = next((n for n in range(len(rest), 1, -1) if _matching("/".join(rest[:n]))), 1)
        if length == 1 and rest[1:] and _within(rest[0]) and not explain(rest[1]).known:
            length = 2  # a slip in a path
        found.append(explain("/".join(rest[:length])))
        rest = rest[length:]
    return Explanation(known=all(one.known for one in found), text="\n".join(one.text for one in found))


def explain(word: str) -> Explanation:
    """What a keyword, a block, a path of them, a value or a part of the language means; or what is near."""
    found = _matching(word)
    lexical = _lexical(word, exact=bool(found))
    parts = [*_grouped(found), *(_of_language(row) for row in lexical)]
    if not parts:
        parts = list(_of_value(word))
    if parts:
        return Explanation(known=True, text="\n".join(parts))
    return Explanation(
        known=False, text="\n".join(_indented(f"there is no keyword {printable(word)}{_advice(word)}", "")) + "\n"
    )


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
        lines += _hanging(_syntax(place), "    ")
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
    return sentence(place.doc)


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
    """An explanation for each meaning; places where it is the same are told together. What kad acts on comes first."""
    groups: dict[tuple[object, ...], list[Place]] = {}
    for place in sorted(found, key=_rank):
        key = (place.name, place.of, place.arguments, place.doc, place.default, place.extent)
        groups.setdefault((*key, place.acts, _contents(place)), []).append(place)
    yield from (_of_keyword(group) for group in groups.values())


def _rank(place: Place) -> tuple[bool, int]:
    return (not place.acts, FIRST.index(place.block) if place.block in FIRST else len(FIRST))


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
    lines = [*_hanging(_syntax(place), ""), "", *_indented(sentence(place.doc))]
    if place.of:
        lines[2:2] = [f"    {meaning(place)}"]
    lines += ["", *(line for name, text in facts if text for line in _fact(name, text))]
    if not isinstance(declaration, Keyword | Argument):
        lines += ["", *_inside(place)]
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
    """What can stand in the braces of a block; marked what does nothing yet in a block that does something."""
    if isinstance(place.declaration, Lines | Entries):
        yield from _hanging(f"each line: {_item_syntax(place)}", "    ")
    if place.inner is None:
        return
    path = (*place.block, place.name, *((LINE,) if isinstance(place.declaration, Lines) else ()))
    for one in places():
        if one.block == path and not one.of and not is_item(one):
            yield from _hanging(_syntax(one), " " * 8, "(no effect yet)" if place.acts and not one.acts else "")


def _item_syntax(place: Place) -> str:
    line = (*place.block, place.name)
    return next(one.arguments for one in places() if one.block == line and one.name == LINE)


def _indented(text: str, indent: str = "    ") -> list[str]:
    """A text in lines of a readable width."""
    return [indent + line for line in _filled(text.split(), WIDTH - len(indent))]


def _hanging(text: str, indent: str, mark: str = "") -> list[str]:
    """A line of syntax, what does not fit in it indented further; what one pair of brackets holds stays together."""
    words = re.findall(r"\[(?:[^\[\]]|\[[^\]]*\])*\](?!\S)|\S+", text)
    first, *others = _filled([*words, *([f" {mark}"] if mark else [])], WIDTH - len(indent) - 4)
    return [indent + first, *(f"{indent}    {line.strip()}" for line in others)]


def _filled(words: Sequence[str], width: int) -> list[str]:
    """Words in lines; one that is too long for any is broken behind its bars."""
    lines = [""]
    for word in words:
        for index, piece in enumerate([word] if len(word) <= width else re.findall(r"[^|]+\|?|\|", word)):
            blank = " " if lines[-1] and not index else ""
            if lines[-1] and len(lines[-1]) + len(blank) + len(piece) > width:
                lines.append(piece)
            else:
                lines[-1] += blank + piece
    return lines


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
        lines = [" ".join(word for word in (_opening(_opener(place.block[:-1]), line=True), *words) if word)]
    block = tuple(word for word in place.block if word != LINE)
    while block:
        lines = [f"{_opening(_opener(block))} {{", *(f"    {line}" for line in lines), "}"]
        block = block[:-1]
    return lines


def _statement(place: Place) -> list[str]:
    declaration = place.declaration
    if isinstance(declaration, Keyword) and declaration.example and not place.opposite:
        if not place.of:
            return [declaration.example]
        return [re.sub(rf"(?<!\S){re.escape(place.of)}(?!\S)", place.name, declaration.example)]
    match declaration:
        case Keyword():
            words = _usual(place) or _first(declaration)
            return [words if place.name == LINE else f"{place.name} {words}".rstrip()]
        case Block():
            return [f"{_opening(place)} {{", *(f"    {line}" for line in _needed(place)), "    # ...", "}"]
        case _:
            return [f"{place.name} {{", f"    {_opening(place, line=True) or _option(place)}", "}"]


def _needed(place: Place) -> Iterator[str]:
    """What a block can't do without, as statements."""
    path = (*place.block, place.name)
    fields = [] if place.inner is None else [field for field, _ in place.inner.required]
    for one in places():
        if one.block == path and one.field in fields and not one.of:
            yield from _statement(one)


def _option(place: Place) -> str:
    """A line of a list whose lines have nothing but options: the example of the first of them."""
    path = (*place.block, place.name, LINE)
    return next((one.declaration.example for one in places() if one.block == path), "")


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
    """Words that are good for a keyword, an argument or a line: its example, or the first that its kind knows."""
    if declaration.example and not isinstance(declaration, Keyword):
        return declaration.example
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
    if word in MARKS:
        return [row for row in LEXICAL if row.keyword in MARKS[word]]
    stem = re.sub(r"\s.*|[(=].*", "", word.strip()) if word[:1] in "$~@" else word.strip()
    stem = f"{stem}}}" if stem.startswith("${") and not stem.endswith("}") else stem
    wanted = stem.lower().removesuffix("s")
    whole = [row for row in LEXICAL if row.keyword.lower() in (stem.lower(), wanted)]
    return whole or [row for row in LEXICAL if wanted in re.findall(r"\w[\w-]*?(?=s?\b)", row.keyword.lower())]


def _of_language(row: Lexical) -> str:
    """Headed as it is written, where its name is what one writes; else the name, and how it is written."""
    facts = [("in", "the language itself, anywhere in a file"), ("default", row.default)]
    if row.keyword[:1] in "$~@":
        heading = row.arguments or row.keyword
    elif row.arguments == "FILE" and " " not in row.keyword:
        heading = f"{row.keyword} FILE"
    else:
        heading = row.keyword
        facts.insert(0, ("written", "" if row.arguments == row.keyword else row.arguments))
    lines = [*_hanging(heading, ""), "", *_indented(row.meaning), ""]
    lines += [line for name, text in facts if text for line in _fact(name, text)]
    return "".join(f"{line}\n" for line in lines)


# Values, and what is near


def _of_value(word: str) -> Iterator[str]:
    """Which keywords have this word as a value."""
    have = [_title(place.words) for place in canonical() if word in _choices(place)]
    if have:
        yield "".join(
            f"{line}\n" for line in [f"{word} is a value of", "", *(f"    {one}" for one in dict.fromkeys(have))]
        )


def _choices(place: Place) -> list[str]:
    """The words that its value can be, and those that may follow; what stands for something else is in capitals."""
    if place.kind is None or place.kind.form == "[BOOL]":
        return []
    said = [one for part in place.extent.split(", ") if "|" in part for one in part.split("|") if ".." not in one]
    return [*said, *re.findall(r"[a-z][a-z_-]+", place.kind.form)]


def _advice(word: str) -> str:
    """What may have been meant by a word that is no keyword, or by a path that there is not."""
    *block, last = re.split(r"[/.]", word.strip("/."))
    inside = _within(*block)
    near = [f"{'/'.join(block)}/{name}" for name in _near(last, {place.name for place in inside})]
    if inside and not near:
        elsewhere = [place.words for place in canonical() if place.name == last]
        near = ["/".join(words) for words in sorted(elsewhere, key=lambda words: words[0] != block[0])[:3]]
        if not near:
            return f"; kad explain {'/'.join(block)} lists what there is"
    near = near or _near(last, {place.name for place in places()} | {row.keyword for row in LEXICAL})
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _within(*block: str) -> list[Place]:
    """What stands in the block of this path; nothing when there is none."""
    return [place for place in places() if block and place.words[:-1][-len(block) :] == block]


def _near(word: str, names: Iterable[str]) -> list[str]:
    """The names that are spelt like a word that is none."""
    return difflib.get_close_matches(word, sorted(names), n=3, cutoff=0.7)
