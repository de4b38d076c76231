"""The project's table of keywords held against a reference."""

from decimal import Decimal

import pytest

from tests.corpus.keywords import (
    Compared,
    compare,
    plain_default,
    read,
    read_differences,
    reference_range,
    without_test,
)

HEADER = ("block", "keyword", "arguments", "default", "valid_values")
OURS = ("block", "keyword", "arguments", "default", "range")


def row(*cells: str) -> dict[str, str]:
    return dict(zip(HEADER, cells, strict=True))


def table(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> dict[tuple[str, str], dict[str, str]]:
    return read("\n".join("\t".join(cells) for cells in (header, *rows)))


def compared(theirs: tuple[str, ...], ours: tuple[str, ...], **allowed: str) -> Compared:
    reasons = {("/", "k", column): reason for column, reason in allowed.items()}
    return compare(table(("/", "k", *theirs)), table(("/", "k", *ours), header=OURS), reasons)


def test_a_keyword_that_the_project_lacks_is_a_difference() -> None:
    found = compare(table(("/", "k", "", "1", "")), {}, {})
    assert found.unexplained == [("/", "k", "keyword", "k", "no row")]


def test_equal_rows_differ_in_nothing() -> None:
    found = compared(("<1..255>", "100", "1..255; else ignored"), ("N", "100", "1..255"))
    assert (found.defaults, found.ranges, found.unexplained) == (1, 1, [])


def test_a_default_is_compared_as_a_number_or_as_a_word() -> None:
    assert compared(("", "1", ""), ("", "1.0", "")).unexplained == []
    assert compared(("", "none", ""), ("", "-", "")).unexplained == []
    assert compared(("", "off", ""), ("", "off; 254 without a number", "")).unexplained == []
    assert compared(("", "off", ""), ("", "on", "")).unexplained == [("/", "k", "default", "off", "on")]


def test_a_default_in_words_is_not_compared() -> None:
    assert compared(("", "real server value (60)", ""), ("", "60", "")).defaults == 0
    assert plain_default(row("/", "k", "", "NAT", "")) == "NAT"
    assert plain_default(row("/", "k", "", "off (tracked)", "")) is None


@pytest.mark.parametrize(
    ("arguments", "values", "bounds"),
    [
        ("", "1..255; invalid = unset", (1, 255)),
        ("", "0.01..255, else ignored", (Decimal("0.01"), 255)),
        ("NAME [weight <-253..253>]", "+/-254 -> +/-253", (-253, 253)),
        ("", "-20..19; invalid -> 0", (-20, 19)),
        ("", "names 1..27 characters", None),
        ("", "0..2^64-1", None),
        ("WORD", "any", None),
    ],
)
def test_a_range_is_read_where_the_reference_has_one(
    arguments: str, values: str, bounds: tuple[Decimal | int, Decimal | int] | None
) -> None:
    assert reference_range(row("/", "k", arguments, "", values)) == bounds


def test_another_range_is_a_difference() -> None:
    found = compared(("", "", "1..255"), ("", "", "0..255"))
    assert found.unexplained == [("/", "k", "range", "1..255", "0..255")]


def test_the_range_of_the_project_may_stand_in_its_arguments() -> None:
    assert compared(("<1..9>", "", "any"), ("weight 1..9", "", "")).unexplained == []


def test_a_difference_may_be_explained_and_an_explanation_needs_its_difference() -> None:
    explained = compared(("", "off", ""), ("", "on", ""), default="meant")
    assert (explained.explained, explained.unexplained, explained.stale) == (1, [], [])
    assert compared(("", "on", ""), ("", "on", ""), default="meant").stale == [("/", "k", "default")]


def test_lexical_rows_are_compared_by_name() -> None:
    theirs = table(("lexical", "block", "", "1", "1..2"))
    ours = table(("lexical", "block", "", "9", ""), header=OURS)
    assert compare(theirs, ours, {}).unexplained == []


def test_every_lexical_row_has_a_test() -> None:
    rows = [("lexical", "block"), ("lexical", "word"), ("/", "other")]
    assert without_test(rows, ["word"]) == ["block"]


def test_the_table_of_differences_has_reasons() -> None:
    header = "block\tkeyword\tcolumn\treason\n"
    assert read_differences(header + "/\tk\trange\twhy\n") == {("/", "k", "range"): "why"}
    with pytest.raises(ValueError, match="a row has"):
        read_differences(header + "/\tk\trange\n")
    with pytest.raises(ValueError, match="the columns are"):
        read_differences("/\tk\trange\twhy\n")
