"""A failing text made shorter."""

from tests.fuzz.shrink import kind, shrunk


def test_only_the_lines_that_a_failure_needs_are_left() -> None:
    text = "\n".join(f"line {number}" for number in range(50))
    assert shrunk(text, lambda some: "line 7\n" in some and "line 33" in some) == "line 7\nline 33"


def test_a_text_that_fails_empty_is_empty() -> None:
    assert shrunk("a\nb\nc", lambda _: True) == ""


def test_a_kind_of_failure_has_no_figures() -> None:
    assert kind("Traceback\nKeyError: 'a'\n") == kind("x\nKeyError: 'a'")
    assert kind("2.5 s for 30 characters") == kind("3.7 s for 4 characters")
    assert kind("") == ""
