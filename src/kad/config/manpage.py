"""The manual page kad.conf(5): the language, and every block with its keywords, as text for roff's man macros.

Not here: where it is written, and what `kad explain` says (manual.py).
"""

import re
import textwrap
from collections.abc import Callable, Iterator

from kad.config.fields import LINE
from kad.config.keywords import Place, in_renamed, places
from kad.config.lexical import LEXICAL
from kad.config.manual import meaning

_DESCRIPTION = """\
This is the file that
.B kad
is configured with;
.B kad \\-\\-help
says how it is run. It is written as keepalived's is, and means the same; what
differs on purpose is in
.IR docs/differences.md .
.PP
.B kad explain
.I KEYWORD
says of one keyword what this page says of all,
.B kad \\-t
tries a file without running it, and tells every mistake in it with its place."""

_EXAMPLE = """\
.EX
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        192.0.2.10/24
    }
}
.EE"""

_DIFFERENCES = """\
Nothing that keepalived reads is refused for being unknown: what is marked here with
.I accepted, not acted on yet
is read, checked and told of in a note, and does nothing. A mistake in one
statement costs that statement alone; an unknown block is skipped as a whole;
and a file with errors never replaces, at a reload, a configuration that runs."""


Path = tuple[str, ...]
Contents = tuple[tuple[str, str], ...]

LINE_LENGTH = 76
"""Characters of the source's lines; those of the page are as long as the reader's terminal."""


def manpage() -> str:
    """The page."""
    lines = [
        '.TH KAD.CONF 5 2026-11-25 kad "File formats"',
        ".ad l",
        ".SH NAME",
        "kad.conf \\- what kad is told to do",
        ".SH DESCRIPTION",
        _DESCRIPTION,
        ".SH LANGUAGE",
        *_language(),
        *_blocks(),
        ".SH EXAMPLE",
        "A router that shares an address with another one:",
        ".PP",
        _EXAMPLE,
        ".SH DIFFERENCES",
        _DIFFERENCES,
        ".SH SEE ALSO",
        ".BR keepalived.conf (5);",
        ".B kad \\-\\-help",
    ]
    return "".join(f"{line}\n" for line in lines)


def _language() -> Iterator[str]:
    for row in LEXICAL:
        yield ".TP"
        yield _tag(row.keyword, row.arguments if row.arguments != row.keyword else "")
        yield _text(row.meaning)
        if row.default:
            yield _text(f"Default: {row.default}.")


def _blocks() -> Iterator[str]:
    """A section for each block outside of all others, with what is in the blocks in it."""
    sections: dict[Path, list[Place]] = {(): []}
    for place in places():
        if not place.of and not in_renamed(place):
            sections.setdefault(place.block, []).append(place)
    known: dict[Contents, Path] = {}
    for block in sorted(sections, key=_order(list(sections))):
        yield from _block(block, sections[block], known)


def _order(blocks: list[Path]) -> Callable[[Path], tuple[int, ...]]:
    """Blocks in the order of their first appearance, each followed by those in it."""
    first = {block: index for index, block in enumerate(blocks)}
    return lambda block: tuple(first.get(block[:depth], -1) for depth in range(len(block) + 1))


def _block(block: Path, inside: list[Place], known: dict[Contents, Path]) -> Iterator[str]:
    title = _title(block)
    yield f".SH {_quoted(title.upper())}" if len(block) < 2 else f".SS {_quoted(title)}"
    contents = tuple((place.name + place.arguments, meaning(place)) for place in inside)
    if len(contents) > 1 and contents in known:
        yield "The same as in"
        yield f".BR {_quoted(_title(known[contents]))} ."
        return
    known[contents] = block
    for place in inside:
        yield from _keyword(place)


def _title(block: Path) -> str:
    words = " / ".join(word for word in block if word != LINE) or "outside of all blocks"
    return f"{words}: options" if block and block[-1] == LINE else words


def _keyword(place: Place) -> Iterator[str]:
    yield ".TP"
    yield _tag("" if place.name == LINE else place.name, place.arguments)
    yield _text(" ".join(_sentences(place)))


def _sentences(place: Place) -> Iterator[str]:
    yield meaning(place)
    if place.extent and place.extent != place.arguments.strip("[]"):
        yield f"Values: {place.extent}."
    if place.default:
        yield f"Default: {place.default}."
    others = [one.name for one in places() if one.block == place.block and one.of == place.name and one.name != LINE]
    if others and place.name != LINE:
        yield f"Other names: {', '.join(others)}."
    if not place.acts:
        yield "(Accepted, not acted on yet.)"


def _tag(name: str, arguments: str) -> str:
    """The line of a keyword: its name in bold, its arguments as they are."""
    if not name:
        return _text(arguments)
    return f".BR {_quoted(name)} {_quoted(f' {arguments}')}" if arguments else f".B {_quoted(name)}"


def _quoted(text: str) -> str:
    """A text as one argument of a macro."""
    return f'"{_escaped(text)}"'


def _text(text: str) -> str:
    """A text as lines of their own, none of which is a request."""
    lines = textwrap.wrap(text, LINE_LENGTH, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"\\&{_escaped(line)}" if line[:1] in (".", "'") else _escaped(line) for line in lines)


_SPECIAL = {
    "\\": "\\(rs",
    "-": "\\-",
    "~": "\\(ti",
    "^": "\\(ha",
    "`": "\\(ga",
    "'": "\\(aq",
    '"': "\\(dq",
    "…": "...",
    "|": "|\\:",
}


def _escaped(text: str) -> str:
    # A list of choices may be broken after a bar, or it would not fit into any line.
    return re.sub(r"""[\\~^`'"…]|-(?=[-\w])|(?<=\W)-|(?<=\w)\|(?=\w)""", lambda found: _SPECIAL[found[0]], text)
