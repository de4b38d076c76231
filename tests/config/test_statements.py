"""Statements: their words, where each of them is, and blocks that are known by their text."""

import pytest

from kad.config.diagnostics import Findings, Span
from kad.config.parser import parse
from kad.config.statements import Anchor, Known, Scope, Statement
from kad.config.text import Piece, Source, Text
from tests.config.parses import parsed


def spans(text: str) -> list[list[Span]]:
    """The places of the words of each statement, depth first."""

    def walk(statement: Statement, scope: Scope) -> None:
        found.append([scope.span(statement, index) for index in range(len(statement.words))])
        for inner in statement.body or ():
            walk(inner, scope.within(statement))

    found: list[list[Span]] = []
    for statement in parsed(text)[0].statements:
        walk(statement, statement.scope())
    return found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b", ["a", "b"]),
        ('a "b c"d', ["a", "b c", "d"]),
        ('a ""', ["a", ""]),
        ("a\\#b \\!", ["a#b", "!"]),
        ('a "\\#"', ["a", "\\#"]),
        ("a\t'b", ["a", "'b"]),
        ("é\u00a0x ü", ["é\u00a0x", "ü"]),
    ],
)
def test_words_are_parted_by_blanks_and_held_by_quotes(text: str, words: list[str]) -> None:
    assert list(Statement(0, 1, text).words) == words


def test_words_know_their_places() -> None:
    header, words = spans('x {\n\t a  "b c" dé\n}\n')
    assert [(one.line, one.column, one.end) for one in words] == [(2, 3, 4), (2, 6, 11), (2, 12, 14)]
    assert words[0].text == '\t a  "b c" dé'
    assert (header[0].line, header[0].column) == (1, 1)


def test_words_after_a_brace_on_the_same_line_know_their_places() -> None:
    one, two, three = spans("one {\n  two { three four\n")
    assert (one[0].line, two[0].column, three[1].column) == (1, 3, 15)


def test_words_between_closing_braces_know_their_places() -> None:
    found = spans("a {\n  b {\n  } c {\n    d\n} e\n")
    assert [(one[0].line, one[0].column) for one in found] == [(1, 1), (2, 3), (3, 5), (4, 5), (5, 3)]


def test_several_words_have_one_place() -> None:
    statement = parsed("  a bb ccc\n")[0].statements[0]
    whole = statement.scope().span(statement, 0, -1)
    assert (whole.column, whole.end) == (3, 11)
    assert statement.columns(1, 2) == (5, 11)
    assert statement.columns() == (3, 4)


def test_the_rest_of_a_line_is_as_it_was_written() -> None:
    statement = Statement(0, 1, "notify  \"/bin/x 'a b'\"  user ")
    assert statement.rest(1) == "\"/bin/x 'a b'\"  user"
    assert statement.rest(9) == ""


def test_the_brace_that_closes_a_block_is_counted_from_its_header() -> None:
    top = parsed("\ntop {\n a {\n  x\n }\n a {\n  x\n }\n}\n")[0].statements[0]
    assert top.last == 7
    assert [one.last for one in top.body or ()] == [2, 2]


def test_a_scope_moves_with_its_anchor() -> None:
    text = Text([Piece(Source("f", "\n" * 9), 1, "\n" * 9)])
    anchor, statement = Anchor(text, 2), Statement(3, 1, "x")
    scope = Scope(anchor, 1)
    assert (scope.row(statement), scope.within(statement).row(statement)) == (6, 9)
    anchor.row = 0
    assert scope.row(statement) == 4


def test_a_line_that_is_told_of_is_noted_so_that_what_was_told_is_not_told_of_another_place() -> None:
    statement = parsed("a\n")[0].statements[0]
    scope = statement.scope()
    scope.span(statement)
    assert not scope.anchor.told
    assert scope.line(statement) == 1
    assert scope.anchor.told


def test_a_known_block_is_given_away_once_and_to_its_own_column_only() -> None:
    known, statement = Known(), Statement(0, 3, "a")
    known.add("a {\n}", statement)
    text = "a {\n}\n"
    assert known.take(text, 0, 1) is None
    assert known.take(text, 0, 3) == (5, statement)
    assert known.take(text, 0, 3) is None
    assert known.hits == 1


def test_blocks_that_begin_alike_are_told_apart_by_their_whole_text() -> None:
    known, one, other = Known(), Statement(0, 1, "a"), Statement(0, 1, "a")
    known.add("a {\n x\n}", one)
    known.add("a {\n y\n}", other)
    assert known.take("a {\n y\n}", 0, 1) == (8, other)
    assert known.take("a {\n z\n}", 0, 1) is None


def test_what_follows_a_known_block_does_not_matter() -> None:
    (statement,) = parsed("a {\n}\n")[0].statements
    known = parsed("a {\n}\n")[0].known()
    findings = Findings()
    source = Source("f", "a {\n} b\n")
    result = parse([Piece(source, 1, source.text)], findings, known)
    assert known.hits == 1
    assert [list(one.words) for one in result.statements] == [["a"], ["b"]]
    assert statement.body == ()
