"""The lexer: words and lines, quotes and comments, braces that do not match, and texts that were seen before."""

import pytest

from kad.config import scan
from kad.config.scan import DEEPEST
from kad.config.statements import Scope
from tests.config.parses import clean, complaints, parsed, places, shape
from tests.config.texts import read

# Lines, quotes and comments


def test_a_line_is_a_statement_of_words() -> None:
    assert clean("state MASTER\n\n  priority\t100\n") == [["state", "MASTER"], ["priority", "100"]]


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


def test_a_mark_in_a_word_is_a_note_because_it_may_be_half_a_password() -> None:
    assert complaints("auth_pass pa#ss") == [("comment-in-word", 1, 13)]
    assert complaints("weight 10# heavy\nweight 10 #heavy") == []


def test_a_quote_without_an_end_loses_the_rest_of_its_line_only() -> None:
    result, found = parsed('a b "c {\nd')
    assert shape(result.statements) == [["a", "b"], ["d"]]
    assert places(found) == [("unmatched-quote", 1, 5)]


def test_a_nul_byte_loses_its_line_only() -> None:
    result, found = parsed("a\0b\nc")
    assert shape(result.statements) == [["c"]]
    assert places(found) == [("nul-byte", 1, 2)]


@pytest.mark.parametrize("text", ["# \0\na {\n}\n", "a {\n}\n# \0\nb\n", "a {\n} # \0\n"])
def test_a_nul_byte_in_a_comment_is_told_wherever_the_comment_is(text: str) -> None:
    assert [rule for rule, _, _ in complaints(text)] == ["nul-byte"]


# Braces that do not match


def test_an_extra_brace_is_told_where_it_is_and_what_follows_counts() -> None:
    result, found = parsed("a {\n}\n}\nb")
    assert shape(result.statements) == [(["a"], []), ["b"]]
    assert places(found) == [("unbalanced-braces", 3, 1)]


def test_a_block_left_open_is_told_where_it_opened() -> None:
    result, found = parsed("a {\n}\nb {\n c\n")
    assert shape(result.statements) == [(["a"], []), (["b"], [["c"]])]
    assert places(found) == [("unbalanced-braces", 3, 1)]


def test_a_block_left_open_whose_brace_is_in_another_line_is_told_at_its_keyword() -> None:
    assert complaints("\n  b\n\n{\n c\n") == [("unbalanced-braces", 2, 3)]


def test_indentation_tells_which_block_was_left_open() -> None:
    text = "outer {\n    inner {\n        x\n}\nnext {\n}\n"
    (found,) = parsed(text)[1]
    assert found.span is not None
    assert (found.span.line, found.message) == (
        2,
        "inner is never closed: the brace in line 4 stands where that of outer belongs",
    )
    assert found.suggestion == "put a } before line 4"


def test_indentation_tells_it_of_a_block_that_is_like_another_one_too() -> None:
    inner = "    inner {\n        x\n"
    text = f"outer {{\n{inner}    }}\n}}\nouter {{\n{inner}}}\nnext {{\n}}\n"
    assert complaints(text) == [("unbalanced-braces", 7, 5)]


def test_a_brace_without_a_keyword_does_not_hide_what_is_in_it() -> None:
    result, found = parsed("a {\n{\nb\n}\nc\n}\n")
    assert shape(result.statements) == [(["a"], [["b"], ["c"]])]
    assert places(found) == [("unexpected-brace", 2, 1)]


def test_words_after_a_brace_without_a_keyword_know_their_places() -> None:
    result, _ = parsed("a {\n{ b\n}\n  c\n}\n")
    (block,) = result.statements
    assert block.body is not None
    spans = [block.scope().within(block).span(one) for one in block.body]
    assert [(one.line, one.column) for one in spans] == [(2, 3), (4, 3)]


def test_blocks_too_deep_are_skipped_and_what_follows_counts() -> None:
    deep = DEEPEST + 5
    result, found = parsed("a {\n" * deep + "b\n" + "}\n" * deep + "c\n")
    assert result.statements[-1].words == ["c"]
    assert places(found) == [("too-deep", DEEPEST + 1, 3)]


@pytest.mark.parametrize("text", ["{" * 10_000, "a {\n" * 10_000, "a {\n" * 10_000 + "}\n" * 10_000, "}" * 10_000])
def test_ten_thousand_braces_neither_overflow_the_stack_nor_flood_the_reader(text: str) -> None:
    assert 1 <= len(parsed(text)[1]) <= 100


# Texts that were seen before


def test_blocks_of_the_same_text_share_what_is_in_them() -> None:
    result, _ = parsed("top {\n a 1 {\n  b\n }\n a 2 {\n  b\n }\n a 3 {\n  c\n }\n}\n")
    assert result.statements[0].body is not None
    one, two, three = result.statements[0].body
    assert one.body is two.body
    assert one.body is not three.body


def test_what_is_shared_has_its_place_in_each_of_the_blocks() -> None:
    result, _ = parsed("top {\n a 1 {\n  b {\n   c\n  }\n }\n\n a 2 {\n  b {\n   c\n  }\n }\n}\n")
    (top,) = result.statements
    lines = []
    for block in top.body or ():
        scope = top.scope().within(top).within(block)
        for inner in block.body or ():
            lines += [(scope.line(inner), *(scope.within(inner).line(word) for word in inner.body or ()))]
    assert lines == [(3, 4), (9, 10)]


def test_what_stands_beside_the_brace_has_the_column_that_it_has_there() -> None:
    servers = "    real_server 10.9.1.1 80 { wieght 1 }\n    real_server 10.9.1.122 80 { wieght 1 }\n"
    loaded = read("virtual_server 10.9.0.2 80 {\n    protocol TCP\n    lb_algo rr\n    lb_kind NAT\n" + servers + "}\n")
    assert places(loaded.diagnostics) == [("unknown-keyword", 5, 31), ("unknown-keyword", 6, 33)]


def test_a_block_with_something_wrong_in_its_text_is_not_shared() -> None:
    assert complaints("top {\n a {\n  b#c\n }\n a {\n  b#c\n }\n}\n") == [
        ("comment-in-word", 3, 4),
        ("comment-in-word", 6, 4),
    ]


def test_blocks_are_shared_only_with_those_of_the_same_keyword() -> None:
    result, _ = parsed("top {\n a {\n  x\n }\n b {\n  x\n }\n}\n")
    one, two = result.statements[0].body or ()
    assert one.body is not two.body


TWO = "a {\n x\n}\nb {\n y\n}\n"


def test_a_block_whose_text_is_known_is_taken_as_it_is_at_its_new_place() -> None:
    before, _ = parsed(TWO)
    statements = before.statements
    known = before.known()
    after, _ = parsed("\nc\n" + TWO.replace("x", "z"), known)
    assert shape(after.statements) == [["c"], (["a"], [["z"]]), (["b"], [["y"]])]
    assert known.hits == 1
    assert after.statements[2] is statements[1]
    scope: Scope = after.statements[2].scope()
    assert (scope.line(after.statements[2]), scope.within(after.statements[2]).line((statements[1].body or ())[0])) == (
        6,
        7,
    )


@pytest.mark.parametrize("between", ["", "\n\n", "# a comment\n", "! one\n\n   # another {\n"])
def test_known_blocks_are_found_behind_blanks_and_comments(between: str) -> None:
    known = parsed(TWO)[0].known()
    after, found = parsed(between + TWO.replace("}\n", f"}}\n{between}"), known)
    assert (known.hits, shape(after.statements), found) == (2, [(["a"], [["x"]]), (["b"], [["y"]])], ())


def test_a_known_block_in_another_column_or_in_another_block_is_read_anew() -> None:
    known = parsed(TWO)[0].known()
    result, _ = parsed(" a {\n x\n}\nc {\nb {\n y\n}\n}\n", known)
    assert known.hits == 0
    assert shape(result.statements) == [(["a"], [["x"]]), (["c"], [(["b"], [["y"]])])]


def test_two_blocks_of_the_same_text_are_two_known_ones() -> None:
    known = parsed("a {\n}\na {\n}\n")[0].known()
    result, _ = parsed("a {\n}\na {\n}\na {\n}\n", known)
    assert known.hits == 2
    assert len({id(one) for one in result.statements}) == 3


def test_a_block_that_may_have_been_left_open_is_not_known_because_that_depends_on_the_rest() -> None:
    text = "a {\n    b {\n}\n}\n"
    known = parsed(text)[0].known()
    assert places(parsed(text + "c {\n", known)[1]) == complaints(text + "c {\n")
    assert known.hits == 0


# Bounds


def test_a_line_without_an_end_is_skipped_and_the_next_one_read() -> None:
    text = "priority " + "1" * scan.LONGEST
    assert complaints(f"{text}\nweight 1") == [("too-much", 1, 1)]
    assert clean(f"a {'1' * (scan.LONGEST - 2)}\nb")[1:] == [["b"]]


@pytest.mark.parametrize("line", ["a", "a {\n}", "a {\nb\n}"])
def test_more_lines_than_anybody_writes_are_not_read(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MOST_STATEMENTS", 20)
    ((rule, _, _),) = complaints("\n".join([line] * 100))
    assert rule == "too-much"
    few = "\n".join([line] * 5)
    assert complaints(few) == []


def test_blocks_that_are_too_deep_are_not_shared_with_one_that_is_not() -> None:
    body = "b {\n    v {\n        x\n    }\n}\n"
    text = "d {\n" * DEEPEST + body + "}\n" * DEEPEST + body
    assert shape(parsed(text)[0].statements)[-1] == (["b"], [(["v"], [["x"]])])
