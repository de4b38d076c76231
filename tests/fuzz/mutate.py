"""Configurations that nobody would write: a file of the project's, changed in a few places as a number says.

`case(number, sources)` is the same for the same number and sources, and nothing else decides. The sources are files of
the project, so a number holds for one state of it. Not here: what is expected of kad when it reads them (check.py).
"""

import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.config.texts import MAIN

PROJECT = Path(__file__).parents[2]

MOST_MUTATIONS = 8
OTHER = f"{posixpath.dirname(MAIN)}/other.conf"
"""A file that the main one may include."""
LONGEST = 300_000
"""Characters beyond which a text is not made longer."""

WORDS = (
    "0", "-1", "1", "255", "256", "65536", "4294967296", "99999999999999999999999", "-99999999999999999999", "1e309",
    "0.0000001", "1.0000005", "nan", "inf", "0x10", "010", "+5", "1_000", "\u0663", "\u00b2", "on", "off", "maybe",
    '""', '"', '"a b"', "'", "'a b'", "\\", "\\n", "#", "!", "{", "}", "{}", "}{", "{ }", "\0", "\udcff\udcfe",
    "\ud800", "\u00a0", "\u2028", "\ufeff", "\r", "\v", "\f", "\t", "\x1b[2J", "a" * 3000, "(" * 300, "$", "$A",
    "${A}", "$A=", "${A", "${}", "${_PWD}", "${_INSTANCE}", "${_RANDOM}", "${_RANDOM 5 1}", "${_RANDOM x}", "${_ENV}",
    "${_ENV HOME}", "${_HASH}", "@", "@id", "@^id", "@^", "~SEQ", "~LST", "192.0.2.1/33", "192.0.2.1/24",
    "192.0.2.1-255", "0.0.0.0", "255.255.255.255", "::", "::/0", "fe80::1%eth0", "2001:db8::/129", "1.2.3",
    "999.1.1.1", "eth0", "eth0.4095", "dev", "weight", "label", "brd", "scope", "via", "fwmark", "group",
)  # fmt: skip

LINES = (
    "$A=1", "$A=", "$A=$A", "$A=${A}${A}", "$A=${B} ${B}", "$B=${A} ${A}", "$A=\\", "$A= \\", "x \\", "${A}", "$A",
    "$A=}", "$A={", "$1=2", "$A =1", "@id interface eth0", "@^id interface eth1", "@", "@id", "@id @id x",
    "@id include " + MAIN, f"include {MAIN}", "include *", "include /etc/*", "include", "include kad.conf",
    "include other.conf", "include other.conf", "include *.conf",
    "include {a,b}", "include /etc/{x,}*", "includea nothing*", f"includem {MAIN}", "include $A", "~SEQ(A, 1, 3) $A",
    "~SEQ(A, 1, 0, 3) $A", "~SEQ(A, 3) ~SEQ(B, 3) 192.0.2.$A$B",
    "~SEQx(A, 0xfffffffffffffff0, 0xffffffffffffffff) $A",
    "~SEQ(A, -5, -2, 5) x", "~SEQ(A", "~SEQ()", "~LST(A, 1, 2) $A", "~LST({A,B}, {1,2}, {3}) $A $B",
    "~LST({A},{1,2}) $A", "~LST(A) x", "~SEQ(A, 1, 3) {", "~SEQ(A, 1, 3) }", "{", "}", "}}}}", "{{{{", "{}", "a {",
    "vrrp_instance", "vrrp_instance {", "vrrp_instance A B {", "virtual_server", "virtual_server 192.0.2.1 80 {",
    "virtual_server fwmark 1 {", "virtual_server group G {", "virtual_server_group G {", "static_routes {",
    "global_defs", "global_defs {", "track_script", "virtual_ipaddress {", "authentication {", "\0", "#", "!", "\\#",
    '"', '"a', "include" + " x" * 500, "a" * 1023, "b" * 1024, "interface " + "e" * 2000,
)  # fmt: skip

BOMBS = (
    "~SEQ(A, 1, 1000000000) $A", "~SEQ(A, 1000) ~SEQ(B, 1000) ~SEQ(C, 1000) 192.0.2.$A", "~SEQ(A, 1, 4000000000) {",
)  # fmt: skip
"""A line that stands for more than anybody has time to read. Rare: each costs as much as hundreds of other texts."""

NESTED = 3
"""A line that repeats as many repetitions as this is a bomb."""


@dataclass(frozen=True)
class Sources:
    """The texts to start from, and what is taken from one into another."""

    texts: tuple[str, ...]
    keywords: tuple[str, ...]
    blocks: tuple[tuple[str, ...], ...]


Mutation = Callable[[Random, list[str], Sources], None]


def sources(corpus: Path | None = None) -> Sources:
    """The project's samples and cases; with a corpus its files too."""
    folders = (PROJECT / "conf", PROJECT / "tests" / "config" / "cases", *((corpus,) if corpus else ()))
    files = [path for folder in folders for path in sorted(folder.glob("*.conf"))]
    return gathered([_defused(path.read_text(encoding="utf-8", errors="surrogateescape")) for path in files])


def _defused(text: str) -> str:
    """A text without the lines that stand for millions: BOMBS has such, and they are rare there."""
    return "\n".join(line for line in text.split("\n") if line.count("~SEQ") < NESTED)


def gathered(texts: Sequence[str]) -> Sources:
    """These texts, with their keywords and blocks."""
    keywords: dict[str, None] = {}
    blocks: list[tuple[str, ...]] = []
    for text in texts:
        lines = text.splitlines()
        keywords.update((words[0], None) for line in lines if (words := line.split()) and words[0].isidentifier())
        blocks += [tuple(lines[start : _end(lines, start)]) for start in range(len(lines)) if "{" in lines[start]]
    return Sources(tuple(texts), tuple(keywords), tuple(blocks))


def _end(lines: Sequence[str], start: int) -> int:
    """The line after the one at which the block that begins here is closed."""
    depth = 0
    for at in range(start, len(lines)):
        depth += lines[at].count("{") - lines[at].count("}")
        if depth <= 0:
            return at + 1
    return len(lines)


@dataclass(frozen=True)
class Case:
    """What is read: a text, the one that it was made from, and another file that it may include."""

    text: str
    before: str
    other: str


def case(number: int, given: Sources) -> Case:
    """The case of this number."""
    before = Random(number).choice(given.texts)
    return Case(mutated(number, given), before, mutated(number + 1, given))


def mutated(number: int, given: Sources) -> str:
    """The text of this number."""
    random = Random(number)
    lines = random.choice(given.texts).splitlines() or [""]
    for _ in range(random.randint(1, MOST_MUTATIONS)):
        random.choice(MUTATIONS)(random, lines, given)
        if sum(map(len, lines)) > LONGEST:
            break
    text = random.choice(("\n", "\n", "\n", "\r\n")).join(lines)
    return text if random.random() < 0.5 else text + "\n"


def _at(random: Random, lines: Sequence[str]) -> int:
    return random.randrange(len(lines) or 1)


def _delete_lines(random: Random, lines: list[str], _given: Sources) -> None:
    at = _at(random, lines)
    del lines[at : at + random.choice((1, 1, 1, 2, 10))]


def _repeat_lines(random: Random, lines: list[str], _given: Sources) -> None:
    at = _at(random, lines)
    some = lines[at : at + random.choice((1, 1, 5, 20))]
    times = random.choice((1, 1, 1, 3, 100 if sum(map(len, some)) < 200 else 1))
    lines[at:at] = some * times


def _swap_lines(random: Random, lines: list[str], _given: Sources) -> None:
    if lines:
        one, other = _at(random, lines), _at(random, lines)
        lines[one], lines[other] = lines[other], lines[one]


def _drop_brace(random: Random, lines: list[str], _given: Sources) -> None:
    places = [at for at, line in enumerate(lines) if "{" in line or "}" in line]
    if places:
        at = random.choice(places)
        lines[at] = re.sub("[{}]", "", lines[at], count=1)


def _add_brace(random: Random, lines: list[str], _given: Sources) -> None:
    _insert(random, lines, random.choice("{}"))


def _insert(random: Random, lines: list[str], text: str) -> None:
    """Put text anywhere into a line."""
    if lines:
        at = _at(random, lines)
        column = random.randint(0, len(lines[at]))
        lines[at] = lines[at][:column] + text + lines[at][column:]


def _replace_word(random: Random, lines: list[str], _given: Sources) -> None:
    _change_word(random, lines, random.choice(WORDS))


def _replace_keyword(random: Random, lines: list[str], given: Sources) -> None:
    _change_word(random, lines, random.choice(given.keywords), first=True)


def _change_word(random: Random, lines: list[str], word: str, *, first: bool = False) -> None:
    at = _at(random, lines)
    found = list(re.finditer(r"\S+", lines[at])) if lines else []
    if found:
        place = found[0] if first else random.choice(found)
        lines[at] = lines[at][: place.start()] + word + lines[at][place.end() :]


def _add_word(random: Random, lines: list[str], _given: Sources) -> None:
    if lines:
        lines[_at(random, lines)] += f" {random.choice(WORDS)}"


def _drop_words(random: Random, lines: list[str], _given: Sources) -> None:
    if lines:
        at = _at(random, lines)
        words = lines[at].split()
        lines[at] = " ".join(words[: random.randint(0, len(words))])


def _add_line(random: Random, lines: list[str], _given: Sources) -> None:
    bomb = random.random() < 0.003
    lines.insert(_at(random, lines), random.choice(BOMBS if bomb else LINES))


def _add_keyword(random: Random, lines: list[str], given: Sources) -> None:
    lines.insert(_at(random, lines), f"{random.choice(given.keywords)} {random.choice(WORDS)}")


def _splice_block(random: Random, lines: list[str], given: Sources) -> None:
    at = _at(random, lines)
    lines[at:at] = random.choice(given.blocks)


def _nest(random: Random, lines: list[str], given: Sources) -> None:
    """A block in itself, many times."""
    depth = random.choice((3, 50, 500))
    lines[_at(random, lines) : 0] = [f"{random.choice(given.keywords)} {{"] * depth + ["}"] * random.choice((0, depth))


def _add_characters(random: Random, lines: list[str], _given: Sources) -> None:
    _insert(
        random,
        lines,
        "".join(chr(random.choice((random.randrange(128), random.randrange(0xDC80, 0xDD00)))) for _ in range(8)),
    )


def _join_lines(random: Random, lines: list[str], _given: Sources) -> None:
    at = _at(random, lines)
    lines[at : at + 2] = [random.choice(("", " ", "\\")).join(lines[at : at + 2])]


MUTATIONS: tuple[Mutation, ...] = (
    _delete_lines, _repeat_lines, _swap_lines, _drop_brace, _add_brace, _replace_word, _replace_word, _replace_keyword,
    _add_word, _drop_words, _add_line, _add_line, _add_keyword, _splice_block, _nest, _add_characters, _join_lines,
)  # fmt: skip
