"""kad's answers held against keepalived's: status classes, lines, and the table of what is meant to differ.

Pure: the answers come in, what agrees and what does not comes out. Not here: running anything (machine.py).
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.corpus.verdicts import Complaint, head_of

CLASSES = {0: "clean", 5: "complaints", 6: "complaints", 2: "rejected", 4: "cannot be run"}
HANG = -1
"""The status of a run that was ended because it took too long."""

POINTED = re.compile(r"^ *--> (.+):(\d+):\d+$", re.MULTILINE)
HEADLINE = re.compile(r"^(?:error|warning)\[.*", re.MULTILINE)
COLUMNS = ("file", "keepalived", "kad", "reason")


@dataclass(frozen=True)
class Answer:
    """What one run of a program gave: exit status, standard error."""

    status: int
    text: str = ""

    @property
    def broken(self) -> bool:
        """It hung, or ended with a traceback."""
        return self.status == HANG or "Traceback (most recent call last)" in self.text


@dataclass(frozen=True)
class Exempted:
    """A row of exceptions.tsv: a file of which kad means to say something else than keepalived."""

    keepalived: int
    kad: int
    reason: str


def status_class(status: int) -> str:
    """The name of the class that an exit status of -t is in."""
    return CLASSES.get(status, f"status {status}")


def lines_pointed_at(text: str, file: str) -> set[int]:
    """The lines of this file that diagnostics point at: ` --> FILE:LINE:COLUMN`."""
    return {int(line) for path, line in POINTED.findall(text) if path.removeprefix("./") == file}


def headlines(text: str, most: int = 3) -> list[str]:
    """The first few mistakes that kad finds, a line each, without the notes."""
    return HEADLINE.findall(text)[:most]


def missed(source: Sequence[str], first: Mapping[int, Complaint], pointed: Collection[int]) -> list[Complaint]:
    """The first complaints on whose line kad says nothing.

    What is about a whole block stands at its closing brace in keepalived's messages and at its head in kad's.
    """
    return [
        complaint for line, complaint in first.items() if line not in pointed and head_of(source, line) not in pointed
    ]


def read_exceptions(table: str) -> dict[str, Exempted]:
    """The rows of exceptions.tsv by file."""
    header, *rows = [row.split("\t") for row in table.splitlines() if row]
    if tuple(header) != COLUMNS:
        raise ValueError(f"the columns are {', '.join(COLUMNS)}")
    found: dict[str, Exempted] = {}
    for row in rows:
        if len(row) != len(COLUMNS) or not row[-1].strip() or row[0] in found:
            raise ValueError(f"a row has {', '.join(COLUMNS)}, and each file one row: {row}")
        found[row[0]] = Exempted(int(row[1]), int(row[2]), row[3])
    return found


def unexplained(
    mismatches: Mapping[str, tuple[int, int]], exceptions: Mapping[str, Exempted], files: Iterable[str]
) -> list[str]:
    """What is wrong between the mismatches (keepalived's status, kad's) and the table, a line each."""
    wrong = []
    for file in files:
        row, mismatch = exceptions.get(file), mismatches.get(file)
        if mismatch is not None and row is None:
            wrong.append(f"{file}: keepalived {mismatch[0]}, kad {mismatch[1]}, and no row says why")
        elif row is not None and mismatch is None:
            wrong.append(f"{file}: a row for what does not differ: {row.reason}")
        elif row is not None and mismatch is not None and (row.keepalived, row.kad) != mismatch:
            wrong.append(
                f"{file}: keepalived {mismatch[0]}, kad {mismatch[1]}; the row has {row.keepalived}, {row.kad}"
            )
    return wrong
