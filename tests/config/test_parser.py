"""Statements put together: blocks in blocks, in pieces of files, and with blocks of an earlier parse."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kad.config.diagnostics import Findings
from kad.config.parser import parse
from kad.config.text import Piece, Source
from tests.config.parses import clean, parsed, shape


def test_the_brace_of_a_block_may_stand_on_the_next_line() -> None:
    assert clean("a b\n\n# so\n{\n c\n}\n") == [(["a", "b"], [["c"]])]


def test_braces_split_lines_without_blanks() -> None:
    assert clean("a b{c d{e}f}g") == [(["a", "b"], [(["c", "d"], [["e"]]), ["f"]]), ["g"]]


def test_a_statement_before_a_block_is_not_its_header() -> None:
    assert clean("a\nb\nc {\n}\n") == [["a"], ["b"], (["c"], [])]


def test_statements_keep_their_order_around_blocks() -> None:
    assert clean("a {\n b\n c {\n }\n d\n e {\n }\n}\nf\n") == [
        (["a"], [["b"], (["c"], []), ["d"], (["e"], [])]),
        ["f"],
    ]


def test_nothing_at_all_is_no_statement() -> None:
    assert clean("") == clean("\n \n# x\n") == []


def test_a_block_may_begin_in_one_piece_and_end_in_another() -> None:
    one, other = Source("one", "a\n"), Source("other", "{ b\n}\n")
    result = parse([Piece(one, 1, one.text), Piece(other, 1, other.text)], Findings())
    assert shape(result.statements) == [(["a"], [["b"]])]
    (block,) = result.statements
    assert block.body is not None
    span = block.scope().within(block).span(block.body[0])
    assert (span.path, span.line, span.column) == ("other", 1, 3)


def test_a_last_line_without_an_end_does_not_run_into_the_next_piece() -> None:
    one, other = Source("one", "a"), Source("other", "b")
    result = parse([Piece(one, 1, one.text), Piece(other, 1, other.text)], Findings())
    assert shape(result.statements) == [["a"], ["b"]]


TEXTS = st.lists(st.sampled_from(["a {", "b", "}", "a { b }", "# c", '"', "", "  d {", "  }", "c 1 {"]), max_size=14)


@given(TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_with_known_blocks_the_statements_and_complaints_are_those_without(before: list[str], after: list[str]) -> None:
    known = parsed("\n".join(before))[0].known()
    text = "\n".join(after)
    (one, found), (other, expected) = parsed(text, known), parsed(text)
    assert shape(one.statements) == shape(other.statements)
    assert found == expected
    for mine, theirs in zip(one.statements, other.statements, strict=True):
        assert mine.scope().span(mine, 0, -1) == theirs.scope().span(theirs, 0, -1)


@pytest.mark.parametrize("count", [1, 3])
def test_what_was_taken_over_is_known_again(count: int) -> None:
    result, _ = parsed("a {\n x\n}\nb {\n}\n")
    for _ in range(count):
        known = result.known()
        result, _ = parsed("\n" * count + "a {\n x\n}\nb {\n}\n", known)
        assert known.hits == 2
