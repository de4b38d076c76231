"""Text to statements: words, quotes, braces, comments, and where each of them is."""

import pytest

from kad.config.diagnostics import Diagnostic, Findings
from kad.config.parser import DEEPEST, Piece, Source, Statement, parse

Nested = list["str | Nested"]


def parsed(text: str) -> tuple[tuple[Statement, ...], tuple[Diagnostic, ...]]:
    findings = Findings()
    statements = parse([Piece(Source("x.conf", text), 1, text)], findings)
    return statements, findings.result(["x.conf"])


def shape(statements: tuple[Statement, ...]) -> list[object]:
    """Each statement as its words, a block as its words and what is in it."""
    return [[*one.words] if one.body is None else ([*one.words], shape(one.body)) for one in statements]


def clean(text: str) -> list[object]:
    statements, found = parsed(text)
    assert found == ()
    return shape(statements)


def complaints(text: str) -> list[tuple[str, int, int]]:
    found = parsed(text)[1]
    return [(one.rule, one.span.line, one.span.column) for one in found if one.span is not None]


def test_a_line_is_a_statement_of_words() -> None:
    assert clean("state MASTER\n\n  priority\t100\n") == [["state", "MASTER"], ["priority", "100"]]


def test_the_brace_of_a_block_may_stand_on_the_next_line() -> None:
    assert clean("a b\n\n# so\n{\n c\n}\n") == [(["a", "b"], [["c"]])]


def test_braces_split_lines_without_blanks() -> None:
    assert clean("a b{c d{e}f}g") == [(["a", "b"], [(["c", "d"], [["e"]]), ["f"]]), ["g"]]


def test_a_statement_before_a_block_is_not_its_header() -> None:
    assert clean("a\nb\nc {\n}\n") == [["a"], ["b"], (["c"], [])]


@pytest.mark.parametrize("mark", ["#", "!"])
def test_a_comment_ends_the_line_and_hides_braces_and_quotes(mark: str) -> None:
    assert clean(f'a b {mark} c {{ " }}\n{mark} d\ne') == [["a", "b"], ["e"]]


def test_double_quotes_hold_blanks_marks_and_braces() -> None:
    assert clean('a "b # c { d" e') == [["a", "b # c { d", "e"]]


def test_a_quote_ends_the_word_before_it() -> None:
    assert clean('a b"c d"e ""') == [["a", "b", "c d", "e", ""]]


def test_a_backslash_keeps_a_comment_mark_and_nothing_else() -> None:
    assert clean("a b\\#c \\! d\\e") == [["a", "b#c", "!", "d\\e"]]


def test_single_quotes_are_letters() -> None:
    assert clean("a 'b c'") == [["a", "'b", "c'"]]


def test_carriage_returns_and_odd_blanks_separate_words() -> None:
    assert clean("a\rb\fc\vd\r\n") == [["a", "b", "c", "d"]]


def test_a_no_break_space_is_a_letter() -> None:
    assert clean("a\u00a0b c\u2028d") == [["a\u00a0b", "c\u2028d"]]


def test_the_braces_of_a_reference_do_not_split() -> None:
    assert clean("a ${B}/24 {\n}\n") == [(["a", "${B}/24"], [])]


def test_words_know_their_places() -> None:
    (block,), _ = parsed('x {\n\t a  "b c" dé\n}\n')
    assert block.body is not None
    spans = [block.body[0].span(index) for index in range(3)]
    assert [(one.line, one.column, one.end) for one in spans] == [(2, 3, 4), (2, 6, 11), (2, 12, 14)]
    assert spans[0].text == '\t a  "b c" dé'


def test_words_after_a_brace_on_the_same_line_know_their_places() -> None:
    (block,), _ = parsed("one {\n  two { three four\n")
    assert block.body is not None
    assert block.body[0].body is not None
    assert block.body[0].body[0].span(1).column == 15


def test_a_mark_in_a_word_is_a_note_because_it_may_be_half_a_password() -> None:
    assert complaints("auth_pass pa#ss") == [("comment-in-word", 1, 13)]
    assert complaints("weight 10# heavy\nweight 10 #heavy") == []


def test_a_quote_without_an_end_loses_the_rest_of_its_line_only() -> None:
    statements, _ = parsed('a b "c {\nd')
    assert shape(statements) == [["a", "b"], ["d"]]
    assert complaints('a b "c {\nd') == [("unmatched-quote", 1, 5)]


def test_a_nul_byte_loses_its_line_only() -> None:
    statements, _ = parsed("a\0b\nc")
    assert shape(statements) == [["c"]]
    assert complaints("a\0b\nc") == [("nul-byte", 1, 2)]


def test_an_extra_brace_is_told_where_it_is_and_what_follows_counts() -> None:
    statements, _ = parsed("a {\n}\n}\nb")
    assert shape(statements) == [(["a"], []), ["b"]]
    assert complaints("a {\n}\n}\nb") == [("unbalanced-braces", 3, 1)]


def test_a_block_left_open_is_told_where_it_opened() -> None:
    statements, _ = parsed("a {\n}\nb {\n c\n")
    assert shape(statements) == [(["a"], []), (["b"], [["c"]])]
    assert complaints("a {\n}\nb {\n c\n") == [("unbalanced-braces", 3, 1)]


def test_indentation_tells_which_block_was_left_open() -> None:
    text = "outer {\n    inner {\n        x\n}\nnext {\n}\n"
    (found,) = parsed(text)[1]
    assert found.span is not None
    assert (found.span.line, found.message) == (
        2,
        "inner is never closed: the brace in line 4 stands where that of outer belongs",
    )


def test_a_brace_without_a_keyword_does_not_hide_what_is_in_it() -> None:
    statements, _ = parsed("a {\n{\nb\n}\nc\n}\n")
    assert shape(statements) == [(["a"], [["b"], ["c"]])]
    assert complaints("a {\n{\nb\n}\nc\n}\n") == [("unexpected-brace", 2, 1)]


def test_blocks_too_deep_are_skipped_and_what_follows_counts() -> None:
    deep = DEEPEST + 5
    statements, found = parsed("a {\n" * deep + "b\n" + "}\n" * deep + "c\n")
    assert statements[-1].words == ["c"]
    assert [one.rule for one in found] == ["too-deep"]


@pytest.mark.parametrize("text", ["{" * 10_000, "a {\n" * 10_000, "a {\n" * 10_000 + "}\n" * 10_000, "}" * 10_000])
def test_ten_thousand_braces_neither_overflow_the_stack_nor_flood_the_reader(text: str) -> None:
    assert 1 <= len(parsed(text)[1]) <= 100


def test_a_block_may_begin_in_one_piece_and_end_in_another() -> None:
    one, other = Source("one", "a\n"), Source("other", "{ b\n}\n")
    statements = parse([Piece(one, 1, one.text), Piece(other, 1, other.text)], Findings())
    assert shape(statements) == [(["a"], [["b"]])]


def test_the_rest_of_a_line_is_as_it_was_written() -> None:
    (statement,), _ = parsed("notify  \"/bin/x 'a b'\"  user ")
    assert statement.rest(1) == "\"/bin/x 'a b'\"  user"
    assert statement.rest(9) == ""
