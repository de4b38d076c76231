"""How mistakes are collected, drawn, logged and turned into exit statuses."""

import itertools
import logging
import re
from pathlib import Path

import pytest

from kad.config import diagnostics
from kad.config.diagnostics import MOST, RULES, Diagnostic, Findings, Half, Severity, Span

CONFIG = Path(diagnostics.__file__).parent


def span(text: str, column: int, end: int, line: int = 7) -> Span:
    return Span(path="edge.conf", line=line, column=column, end=end, text=text)


def found(rule: str = "unknown-keyword", half: Half = Half.BOTH) -> Diagnostic:
    return Diagnostic(rule=rule, message="what", half=half)


def drawn(text: str, column: int, end: int) -> tuple[str, str]:
    """The line and the carets below it, as they are drawn."""
    lines = diagnostics.render([Diagnostic(rule="bad-value", message="m", span=span(text, column, end))]).splitlines()
    return lines[2], lines[3]


def test_a_diagnostic_shows_what_where_and_what_to_do() -> None:
    one = Diagnostic(
        rule="unknown-keyword",
        message='vrrp_instance has no keyword "virtual_router"',
        span=span("    virtual_router 51", 5, 19),
        suggestion="did you mean virtual_router_id?",
    )
    assert diagnostics.render([one]) == (
        'warning[unknown-keyword]: vrrp_instance has no keyword "virtual_router"\n'
        " --> edge.conf:7:5\n"
        "7 |     virtual_router 51\n"
        "  |     ^^^^^^^^^^^^^^ did you mean virtual_router_id?\n"
    )


def test_a_diagnostic_without_a_place_still_says_what_to_do() -> None:
    one = Diagnostic(rule="no-config", message="can't read x", suggestion="make it")
    assert diagnostics.render([one]) == "error[no-config]: can't read x\n  make it\n"


def test_an_empty_line_parts_two_and_nothing_is_nothing() -> None:
    assert diagnostics.render([found(), found()]).count("\n\n") == 1
    assert diagnostics.render([]) == ""


def test_carets_stand_below_the_word_after_tabs() -> None:
    line, carets = drawn("\t\tstate FOO", 9, 12)
    assert line.index("FOO") == carets.index("^^^")


def test_carets_count_wide_characters_as_two_columns_and_marks_on_letters_as_none() -> None:
    # The first letter takes a column more than its one character, the second one less than its two.
    line, carets = drawn("漢e\u0301 FOO", 5, 8)
    assert carets.index("^") == line.index("FOO")
    line, carets = drawn("漢漢 FOO", 4, 7)
    assert carets.index("^") == line.index("FOO") + 2


def test_the_window_of_a_long_line_holds_the_word() -> None:
    line, carets = drawn("x" * 5000 + " FOO " + "y" * 5000, 5002, 5005)
    assert len(line) < 200
    assert line[carets.index("^") : carets.rindex("^") + 1] == "FOO"


def test_a_mark_longer_than_the_window_is_cut() -> None:
    _, carets = drawn("x" * 5000, 1, 5001)
    assert len(carets) < 200


def test_a_terminal_gets_no_control_characters_from_a_file() -> None:
    one = Diagnostic(rule="bad-value", message="m \x1b[31m", span=span("a\x1b[2Jb\ud8ff", 1, 2))
    text = diagnostics.render([one])
    assert "\x1b" not in text
    assert text.encode()


def test_colour_marks_the_severity_and_only_when_it_is_wanted() -> None:
    assert "\033[33m" in diagnostics.render([found()], colour=True)
    assert "\033" not in diagnostics.render([found()])


def test_the_log_gets_one_line_with_the_place_as_keepalived_writes_it() -> None:
    one = Diagnostic(rule="bad-value", message="no", span=span("x\ny", 1, 2), suggestion="yes")
    assert diagnostics.one_line(one) == "(edge.conf: Line 7, column 1) no - yes [bad-value]"
    assert diagnostics.level(one) == logging.WARNING
    assert diagnostics.one_line(found()) == "what [unknown-keyword]"


def test_severities_have_their_levels() -> None:
    levels = [diagnostics.level(found(rule)) for rule in ("extra-words", "bad-value", "bad-line")]
    assert levels == [logging.INFO, logging.WARNING, logging.ERROR]


# Collecting


def test_ten_thousand_mistakes_are_bounded_and_counted() -> None:
    findings = Findings()
    for line in range(10_000):
        findings.add("bad-value", span("x", 1, 2, line + 1), "m")
    result = findings.result(["edge.conf"])
    assert len(result) == MOST + 1
    assert result[-1].message == f"{10_000 - MOST} more mistakes are not listed"


def test_an_error_after_ten_thousand_warnings_is_not_lost() -> None:
    findings = Findings()
    for line in range(10_000):
        findings.add("bad-value", span("x", 1, 2, line + 1), "m")
    findings.add("missing-argument", span("x", 1, 2, 10_001), "e", half=Half.VRRP)
    assert diagnostics.test_status(findings.result(["edge.conf"])) == 2


def test_what_is_left_out_is_never_worked_out() -> None:
    findings = Findings()
    worked = itertools.count()
    for _ in range(MOST + 5):
        findings.add("bad-value", None, "m", lambda: str(next(worked)))
    assert next(worked) == MOST


def test_mistakes_are_in_the_order_of_the_text() -> None:
    findings = Findings()
    for line, column in ((9, 1), (2, 5), (2, 1)):
        findings.add("bad-value", span("x", column, column + 1, line), f"{line}:{column}")
    findings.add("no-config", None, "whole")
    assert [one.message for one in findings.result(["edge.conf"])] == ["2:1", "2:5", "9:1", "whole"]


# Suggestions


def test_a_near_keyword_is_suggested_and_a_far_one_is_not() -> None:
    assert diagnostics.suggest("prioirty", ["priority", "state"]) == "did you mean priority?"
    assert diagnostics.suggest("banana", ["priority", "state"]) == ""
    assert diagnostics.suggest("p" * 1000, ["p" * 999]) == ""


# Exit statuses (tests/test_statuses.py walks the real thing)


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ([], 0),
        (["extra-words"], 0),
        (["unknown-keyword"], 5),
        (["unbalanced-braces"], 5),
        (["missing-argument"], 2),
        (["script-security", "unknown-keyword"], 6),
        (["script-security", "missing-argument"], 2),
        (["no-config"], 4),
        (["script-disabled"], 0),
    ],
)
def test_the_test_mode_has_keepaliveds_statuses(kinds: list[str], status: int) -> None:
    assert diagnostics.test_status([found(kind) for kind in kinds]) == status


@pytest.mark.parametrize("kind", ["missing-argument", "unknown-interface", "no-vrid", "duplicate-vrid", "no-vip-v3"])
def test_a_fatal_mistake_ends_the_start_of_its_own_half_only(kind: str) -> None:
    mine = [found(kind, Half.VRRP)]
    assert diagnostics.start_status(mine, vrrp=True, checker=True) == 2
    assert diagnostics.start_status(mine, vrrp=True, checker=False) == 2
    assert diagnostics.start_status(mine, vrrp=False, checker=True) == 0


def test_a_start_without_a_configuration_has_a_status_of_its_own() -> None:
    assert diagnostics.start_status([found("no-config")], vrrp=True, checker=True) == 6


def test_a_start_survives_what_loses_a_part() -> None:
    assert diagnostics.start_status([found("unbalanced-braces")], vrrp=True, checker=True) == 0


def test_errors_refuse_a_reload_and_warnings_do_not() -> None:
    assert not diagnostics.refuses_reload([found("unknown-keyword")], vrrp=True, checker=True)
    assert diagnostics.refuses_reload([found("unbalanced-braces")], vrrp=True, checker=True)


def test_an_error_of_the_other_half_does_not_refuse_a_reload() -> None:
    mine = [found("no-real-servers", Half.CHECKER)]
    assert not diagnostics.refuses_reload(mine, vrrp=True, checker=False)
    assert diagnostics.refuses_reload(mine, vrrp=False, checker=True)


def test_notes_have_no_status_and_what_ends_a_start_is_an_error() -> None:
    for rule in RULES.values():
        assert rule.severity is not Severity.NOTE or rule.test == 0, rule.id
        assert not rule.start or rule.severity is Severity.ERROR, rule.id


def test_every_rule_is_broken_by_some_code_and_no_other_is() -> None:
    source = "".join(path.read_text() for path in CONFIG.rglob("*.py") if path.name != "diagnostics.py")
    words = set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"', source))
    assert set(RULES) - words == {"more-mistakes"}
    assert words - set(RULES) == set()
