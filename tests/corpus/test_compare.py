"""kad's answers held against keepalived's."""

import pytest

from tests.corpus.compare import (
    HANG,
    Answer,
    Exempted,
    headlines,
    lines_pointed_at,
    missed,
    read_exceptions,
    status_class,
    unexplained,
)
from tests.corpus.verdicts import Complaint

HEADER = "file\tkeepalived\tkad\treason\n"


def test_statuses_five_and_six_are_one_class() -> None:
    assert status_class(5) == status_class(6) == "complaints"
    assert [status_class(status) for status in (0, 2, 4, 1)] == ["clean", "rejected", "cannot be run", "status 1"]


def test_a_traceback_and_a_hang_are_broken() -> None:
    assert Answer(HANG).broken
    assert Answer(1, "Traceback (most recent call last):\n").broken
    assert not Answer(5, "error[x]: y").broken


def test_a_diagnostic_points_at_lines_of_its_file_only() -> None:
    text = "error[a]: b\n  --> 1.conf:12:3\nwarning[c]: d\n --> ./1.conf:7:1\n --> 2.conf:9:1\n"
    assert lines_pointed_at(text, "1.conf") == {7, 12}


def test_headlines_are_the_mistakes_without_the_notes() -> None:
    assert headlines("error[a]: b\n --> f:1:1\nnote[x]: y\nwarning[c]: d\n") == ["error[a]: b", "warning[c]: d"]


def test_a_complaint_at_a_closing_brace_is_met_at_the_head_of_the_block() -> None:
    source = ["a {", "}", "b"]
    first = {line: Complaint(line, "wrong") for line in (2, 3)}
    assert missed(source, first, {1}) == [first[3]]
    assert missed(source, first, {2, 3}) == []


def test_a_mismatch_needs_its_row_and_a_row_its_mismatch() -> None:
    rows = {"2": Exempted(0, 5, "why"), "3": Exempted(5, 0, "why"), "4": Exempted(5, 2, "why")}
    mismatches = {"1": (5, 0), "2": (0, 5), "4": (5, 0)}
    found = unexplained(mismatches, rows, ["1", "2", "3", "4", "5"])
    assert [line.split(":")[0] for line in found] == ["1", "3", "4"]


def test_a_row_has_a_reason() -> None:
    assert read_exceptions(HEADER + "007\t5\t0\tkinder\n") == {"007": Exempted(5, 0, "kinder")}
    for rows in ("007\t5\t0\t \n", "007\t5\t0\n", "007\t5\t0\ta\n007\t5\t0\tb\n"):
        with pytest.raises(ValueError, match="a row has"):
            read_exceptions(HEADER + rows)
    with pytest.raises(ValueError, match="the columns are"):
        read_exceptions("007\t5\t0\ta\n")
