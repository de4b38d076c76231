"""What keepalived says of a file, and which of its lines are complaints about a mistake in the text.

One mistake often makes keepalived complain about many lines. `judge` keeps the first complaint of each mistake:

- A brace that keepalived does not expect (the block has an unknown keyword, or a `${NAME}` is left in place and its
  braces split the line) is ignored by it, so the brace's counterpart ends the block around it, and what follows is read
  in the wrong block. From that line on, to the line at which the braces of the text are balanced again, a line is a
  *cascade* when keepalived calls its keyword unknown, or its brace unexpected, missing or extra.
- An unexpected brace on a line of its own belongs to the keyword above it: a cascade when that one is complained about.
- Only the first complaint on a line counts; the others, and those that a second process repeats, are not counted.
- What is about the machine and not about the text is *machine*: a mail server's name that can't be resolved there.

Lines without a number ("Disabling track script ...") say nothing about a line and are not looked at here.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PLACE = re.compile(r"^\((?:[^()]*: )?Line (\d+)\) ?(.*)$", re.DOTALL)
OPENING = re.compile(r"^(?:Unexpected '\{'|Missing '\{'|Invalid virtual server group IP address \{)")
CONSEQUENCE = re.compile(
    r"^(?:Unknown keyword|Unexpected '\{'|Missing '\{'|Extra '\}'|Invalid virtual server group IP address)"
)
MACHINE = re.compile(r"^Invalid smtp server [A-Za-z0-9_.-]+ \d+$")

FIELDS = 3
SEPARATOR = " | "


@dataclass(frozen=True)
class Complaint:
    """One of keepalived's lines that names a line of the file."""

    line: int
    text: str


@dataclass(frozen=True)
class Verdict:
    """What `keepalived -t` said of one file."""

    name: str
    status: int
    complaints: tuple[Complaint, ...]


@dataclass(frozen=True)
class Judged:
    """The first complaint of each mistake by its line, and the complaints on lines that were left out."""

    first: dict[int, Complaint]
    cascades: tuple[Complaint, ...]
    machine: tuple[Complaint, ...]


def complaints(messages: Iterable[str]) -> tuple[Complaint, ...]:
    """Those of keepalived's messages that name a line, each once."""
    found = (PLACE.match(message) for message in messages)
    return tuple(dict.fromkeys(Complaint(int(match[1]), match[2].strip()) for match in found if match))


def read(table: str) -> list[Verdict]:
    """The verdicts of verdicts.tsv: number, status, messages with ` | ` between."""
    verdicts = []
    for row in table.splitlines():
        name, status, messages = row.split("\t", FIELDS - 1)
        verdicts.append(Verdict(name, int(status), complaints(messages.split(SEPARATOR))))
    return verdicts


def judge(source: Sequence[str], said: Iterable[Complaint]) -> Judged:
    """Tell first complaints from cascades; `source` are the lines of the file."""
    by_line: dict[int, list[Complaint]] = {}
    for complaint in said:
        by_line.setdefault(complaint.line, []).append(complaint)
    first: dict[int, Complaint] = {}
    cascades: list[Complaint] = []
    machine: list[Complaint] = []
    balanced = 0
    for line in sorted(by_line):
        here = [complaint for complaint in by_line[line] if not MACHINE.match(complaint.text)]
        opens = any(OPENING.match(complaint.text) for complaint in here)
        if not here:
            machine.append(by_line[line][0])
        elif (line <= balanced and any(CONSEQUENCE.match(complaint.text) for complaint in here)) or (
            opens and _belongs_to_the_keyword_above(source, line, by_line)
        ):
            cascades.append(here[0])
        else:
            first[line] = here[0]
        if opens and line > balanced:
            balanced = _balanced_from(source, line)
    return Judged(first, tuple(cascades), tuple(machine))


def _belongs_to_the_keyword_above(source: Sequence[str], line: int, complained: Iterable[int]) -> bool:
    if not _text(source, line).startswith("{"):
        return False
    above = next((number for number in range(line - 1, 0, -1) if _text(source, number)), 0)
    return above in set(complained)


def _text(source: Sequence[str], line: int) -> str:
    return source[line - 1].strip() if 0 < line <= len(source) else ""


def _balanced_from(source: Sequence[str], line: int) -> int:
    """The first line from this one on after which no block is open; the last line when there is none."""
    depths = depths_after(source)
    return next((number for number in range(line, len(source) + 1) if depths[number - 1] == 0), len(source))


def depths_after(source: Iterable[str]) -> list[int]:
    """How many blocks are open after each line; a brace too many opens nothing and closes nothing."""
    depths = []
    depth = 0
    for line in source:
        for brace in braces(line):
            depth = depth + 1 if brace == "{" else max(depth - 1, 0)
        depths.append(depth)
    return depths


def braces(line: str) -> str:
    """The braces of a line that are neither in double quotes nor in a comment."""
    found = ""
    quoted = False
    for character in line:
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "#!":
            break
        elif not quoted and character in "{}":
            found += character
    return found


def head_of(source: Sequence[str], line: int) -> int:
    """For a line that is only a closing brace, the line with the brace that it closes; else the line itself."""
    if _text(source, line) != "}":
        return line
    opened: list[int] = []
    for number, text in enumerate(source[: line - 1], start=1):
        for brace in braces(text):
            if brace == "{":
                opened.append(number)
            elif opened:
                opened.pop()
    return opened[-1] if opened else line
