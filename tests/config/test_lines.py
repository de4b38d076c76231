"""A line on its way to a piece: comments, braces, and where each part of it stands."""

import pytest

from kad.config.lines import Line, braces, code_end
from kad.config.text import Source


def line(text: str) -> Line:
    return Line(Source("/etc/kad.conf", f"\n{text}\n"), 2, text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a b", "a b"),
        ("a # b", "a "),
        ("a!b", "a"),
        ("# a", ""),
        ("a \\# b ! c", "a \\# b "),
        ("a \\\\ # b", "a \\\\ "),
        ('a "# !" # b', 'a "# !" '),
        ('a "# b', 'a "# b'),
        ("'#' a", "'"),
    ],
)
def test_a_comment_begins_outside_of_double_quotes(text: str, code: str) -> None:
    assert text[: code_end(text)] == code


def test_braces_of_names_and_in_quotes_are_no_blocks() -> None:
    assert braces('a { ${B} "{" } ${c {', 20) == [2, 13, 16, 19]


def test_a_part_that_was_replaced_leads_back_to_what_was_written() -> None:
    text = line("a $LONG b $S c").replaced(2, 7, "x", "L", "LONG")
    text = text.replaced(6, 8, "12345", "S", "S")
    assert text.text == "a x b 12345 c"
    places = [(text.span(at, at + 1).column, text.span(at, at + 1).end) for at in (0, 2, 4, 6, 10, 12)]
    assert places == [(1, 2), (3, 8), (9, 10), (11, 13), (11, 13), (14, 15)]
    assert text.span(2, 11).through == ("L", "S")


def test_a_value_in_a_value_has_the_notes_of_both() -> None:
    text = line("a ${A}z").replaced(2, 6, "x$By", "A", "A").replaced(3, 5, "", "B", "B").replaced(2, 3, "1", "C", "C")
    assert text.text == "a 1yz"
    assert text.span(2, 3).through == ("A", "C")
    assert (text.span(3, 4).through, text.span(3, 4).column, text.span(3, 4).end) == (("A",), 3, 7)
    assert (text.span(4, 5).through, text.span(4, 5).column) == ((), 7)


def test_what_is_cut_stays_where_it_stood() -> None:
    part = line("a $B { c }").replaced(2, 4, "bb b", "B", "B").cut(8, 11)
    assert part.text == "         c "
    span = part.span(part.text.index("c"), part.text.index("c") + 1)
    assert (span.column, span.line, span.text) == (8, 2, "a $B { c }")


def test_notes_of_the_whole_line_are_not_repeated() -> None:
    text = line("a $I").within(("I is 1",), frozenset({"X"})).replaced(2, 4, "1", "I is 1", "I")
    assert text.span(2, 3).through == ("I is 1",)
    assert text.origin(2, 3)[3] == {"I", "X"}
