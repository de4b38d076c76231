"""The project's table of keywords held against the reference's, row by row.

Block and keyword of every row are compared. The default is where the reference has a plain one (one number or one
word), the range where it has a numeric one (`1..255` at the beginning of the valid values, `<1..255>` in the
arguments). A difference is allowed when a row of keyword_differences.tsv says why. Pure: tables come in as text.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

Key = tuple[str, str]
Row = Mapping[str, str]

PLAIN = re.compile(r"^(?:-?\d+(?:\.\d+)?|[A-Za-z][A-Za-z0-9_]*)$")
NUMBER = r"-?\d+(?:\.\d+)?"
END = r"(?![\d^])"
"""Behind a bound: one that is written as a power is not compared."""
RANGE = re.compile(rf"({NUMBER})\.\.({NUMBER}){END}")
RANGE_FIRST = re.compile(rf"^(?:each )?<?({NUMBER})\.\.({NUMBER}){END}")
RANGE_IN_ARGUMENTS = re.compile(rf"<({NUMBER})\.\.({NUMBER})>")
NOTHING = frozenset({"", "-", "none", "unset", "off"})
"""Words for that there is none: a flag that is off is one that is not there."""
DIFFERENCES = ("block", "keyword", "column", "reason")


@dataclass
class Compared:
    """The counts, and the differences: (block, keyword, column, reference's, project's)."""

    rows: int = 0
    blocks: int = 0
    defaults: int = 0
    ranges: int = 0
    explained: int = 0
    unexplained: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    stale: list[tuple[str, str, str]] = field(default_factory=list)


def read(table: str) -> dict[Key, dict[str, str]]:
    """The rows of a table with a header line, by block and keyword; of several of one name the first."""
    header, *rows = [row.split("\t") for row in table.splitlines() if row]
    found: dict[Key, dict[str, str]] = {}
    for row in rows:
        named = dict(zip(header, row, strict=False))
        found.setdefault((named["block"], named["keyword"]), named)
    return found


def read_differences(table: str) -> dict[tuple[str, str, str], str]:
    """Block, keyword and column of keyword_differences.tsv to the reason."""
    header, *rows = [row.split("\t") for row in table.splitlines() if row]
    if tuple(header) != DIFFERENCES:
        raise ValueError(f"the columns are {', '.join(DIFFERENCES)}")
    for row in rows:
        if len(row) != len(DIFFERENCES) or not row[-1].strip():
            raise ValueError(f"a row has {', '.join(DIFFERENCES)}: {row}")
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def plain_default(row: Row) -> str | None:
    """The reference's default, when it is one number or one word."""
    text = row["default"].strip()
    return text if PLAIN.match(text) else None


def same_default(theirs: str, ours: str) -> bool:
    """Whether two defaults are the same: as numbers, as words, or in that there is none.

    What the project's says behind a comma or a semicolon explains it.
    """
    theirs, ours = theirs.strip(), re.split("[,;]", ours)[0].strip()
    if theirs == ours or (theirs in NOTHING and ours in NOTHING):
        return True
    return _is_number(theirs) and _is_number(ours) and Decimal(theirs) == Decimal(ours)


def _is_number(text: str) -> bool:
    return re.fullmatch(NUMBER, text) is not None


def reference_range(row: Row) -> tuple[Decimal, Decimal] | None:
    """The reference's numeric range, if it has one."""
    return _bounds(RANGE_FIRST.match(row["valid_values"]) or RANGE_IN_ARGUMENTS.search(row["arguments"]))


def project_range(row: Row) -> tuple[Decimal, Decimal] | None:
    """The project's: the first range in its column, else in the arguments."""
    return _bounds(RANGE.search(row.get("range", "")) or RANGE.search(row.get("arguments", "")))


def _bounds(match: re.Match[str] | None) -> tuple[Decimal, Decimal] | None:
    return None if match is None else (Decimal(match[1]), Decimal(match[2]))


def differences(theirs: Row, ours: Row | None, counts: Compared) -> Iterator[tuple[str, str, str]]:
    """Column, reference's and project's of what differs in one row; counts what was compared."""
    if ours is None:
        yield "keyword", theirs["keyword"], "no row"
        return
    if theirs["block"] == "lexical":
        return
    default = plain_default(theirs)
    if default is not None:
        counts.defaults += 1
        if not same_default(default, ours.get("default", "")):
            yield "default", default, ours.get("default", "")
    bounds = reference_range(theirs)
    if bounds is not None:
        counts.ranges += 1
        if project_range(ours) != bounds:
            yield "range", f"{bounds[0]}..{bounds[1]}", ours.get("range", "")


def compare(
    reference: Mapping[Key, Row], project: Mapping[Key, Row], allowed: Mapping[tuple[str, str, str], str]
) -> Compared:
    """Hold every row of the reference against the project's of the same block and keyword."""
    result = Compared(rows=len(reference), blocks=len({block for block, _ in reference}))
    used = set()
    for (block, keyword), theirs in reference.items():
        for column, wanted, found in differences(theirs, project.get((block, keyword)), result):
            if (block, keyword, column) in allowed:
                used.add((block, keyword, column))
                result.explained += 1
            else:
                result.unexplained.append((block, keyword, column, wanted, found))
    result.stale = sorted(set(allowed) - used)
    return result


def without_test(project: Collection[Key], tested: Collection[str]) -> list[str]:
    """The lexical entries of the project's table that no test shows."""
    return [keyword for block, keyword in project if block == "lexical" and keyword not in tested]
