"""docs/conformance.md: every test it names exists, and every test of the RFCs has its row there."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.vrrp import test_rfc3768, test_rfc9568

PAGE = Path(__file__).parents[2] / "docs/conformance.md"
MODULES = [test_rfc9568, test_rfc3768]


def rows() -> list[list[str]]:
    """The cells of each row of a table, without heads and rules."""
    lines = (line for line in PAGE.read_text().splitlines() if line.startswith("| ") and "| requirement |" not in line)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def named() -> list[str]:
    return re.findall(r"`(test_rfc\w+)`", "\n".join(row[2] for row in rows()))


def names_in(module: ModuleType) -> set[str]:
    return {name for name in vars(module) if name.startswith("test_")}


def test_every_test_of_the_rfcs_has_one_row_and_every_row_its_test() -> None:
    assert sorted(named()) == sorted(set.union(*(names_in(module) for module in MODULES)))


@pytest.mark.parametrize("row", [row for row in rows() if len(row) == 4], ids=lambda row: row[2].strip("`"))
def test_a_row_names_a_section_that_its_test_is_named_after(row: list[str]) -> None:
    sections, requirement, test, _ = row
    assert requirement
    assert any(f"_{section.strip().replace('.', '_')}_" in test for section in sections.split(","))


def test_what_is_not_kept_has_its_reason() -> None:
    reasons = [row for row in rows() if len(row) == 3]
    assert len(reasons) > 10
    assert all(all(row) for row in reasons)
