"""How mistakes are collected, drawn, logged and turned into exit statuses."""

import ast
import itertools
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kad.config import diagnostics
from kad.config.diagnostics import MOST, RULES, Consequence, Diagnostic, Findings, Half, Severity, Span

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


def broken_in(path: Path) -> Iterator[str]:
    """The rules that a module names where it complains, or declares as those that a keyword breaks."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        said = [one.value for one in node.keywords if one.arg in ("rule", "required", "missing", "again")]
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("add", "_add", "remark", "report"):
            said += node.args[:1]
        for one in said:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value


def test_every_rule_is_broken_by_some_code_and_no_other_is() -> None:
    modules = [path for path in CONFIG.rglob("*.py") if path.name != "diagnostics.py"]
    words = set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"', "".join(path.read_text() for path in modules)))
    assert set(RULES) - words == {"more-mistakes", "not-acted-on", "bfd-not-acted-on"}, "these are made by Findings"
    told = {word for path in modules for word in broken_in(path)}
    assert len(told & set(RULES)) > 30
    assert told - set(RULES) == set()


# Keywords that are accepted and not acted on


def test_what_is_accepted_is_one_note_a_file_in_the_order_of_the_text() -> None:
    findings = Findings()
    for line, word in ((9, "b"), (3, "a"), (12, "b")):
        findings.unacted(word, span("x", 1, 2, line), Half.VRRP)
    findings.unacted("c", Span(path="other.conf", line=1, column=2, end=3, text=" c"), Half.CHECKER)
    one, other = findings.result(["edge.conf", "other.conf"])
    assert one.message == "accepted, not yet acted on: a (line 3), b (line 9)"
    assert one.span == span("x", 1, 2, 3)
    assert (other.message, other.span and other.span.path) == ("accepted, not yet acted on: c (line 1)", "other.conf")
    assert (findings.count, findings.hints) == (0, 4), "these are no mistakes"


def test_that_a_keyword_of_bfd_is_accepted_is_a_warning_of_its_own() -> None:
    findings = Findings()
    for line, word in ((3, "track_bfd"), (4, "other")):
        findings.unacted(word, span("x", 1, 2, line), Half.VRRP)
    assert [(one.rule, one.severity) for one in findings.result(["edge.conf"])] == [
        ("bfd-not-acted-on", Severity.WARNING),
        ("not-acted-on", Severity.NOTE),
    ]


# What follows from an undefined name


def root(findings: Findings, line: int = 7, rule: str = "undefined-name") -> None:
    findings.add(rule, span("$X y", 1, 3, line), "there is no $X")


def test_what_else_is_wrong_in_the_line_of_an_undefined_name_follows_from_it() -> None:
    findings = Findings()
    root(findings)
    findings.add("bad-value", span("$X y", 4, 5), "y is wrong")
    findings.add("bad-value", span("$X y", 4, 5), "y is wrong")
    findings.add("no-vrid", lambda: span("$X y", 1, 3), "the instance is lost", half=Half.VRRP)
    findings.add("bad-value", span("other", 1, 6, 8), "elsewhere")
    one, other = findings.result(["edge.conf"])
    assert (one.rule, one.also) == (
        "undefined-name",
        (
            Consequence(rule="bad-value", message="y is wrong"),
            Consequence(rule="no-vrid", message="the instance is lost", half=Half.VRRP),
        ),
    )
    # A mistake of one half ends no start of the other.
    assert diagnostics.start_status([one], vrrp=True, checker=False) == 2
    assert diagnostics.start_status([one], vrrp=False, checker=True) == 0
    assert other.message == "elsewhere"


def test_what_follows_keeps_its_severity_and_its_exit_statuses() -> None:
    findings = Findings()
    root(findings)
    assert diagnostics.test_status(findings.result([])) == 0
    findings = Findings()
    root(findings)
    findings.add("no-vrid", span("$X y", 1, 3), "the instance is lost")
    result = findings.result([])
    assert [one.severity for one in result] == [Severity.ERROR]
    assert (diagnostics.test_status(result), diagnostics.start_status(result, vrrp=True, checker=True)) == (5, 2)
    assert diagnostics.refuses_reload(result, vrrp=True, checker=True)


def test_what_follows_is_drawn_and_logged_with_what_it_follows_from() -> None:
    lost = Consequence(rule="no-vrid", message="VI_1 is lost")
    one = Diagnostic(rule="undefined-name", message="no $X", span=span("$X", 1, 3), also=(lost,))
    assert diagnostics.render([one]).splitlines()[-1] == "  = so VI_1 is lost"
    assert diagnostics.one_line(one) == "(edge.conf: Line 7, column 1) no $X; so VI_1 is lost [undefined-name]"
    assert diagnostics.level(one) == logging.ERROR


def test_an_undefined_name_after_another_mistake_of_its_line_does_not_hide_that() -> None:
    findings = Findings()
    findings.add("bad-value", span("$X y", 4, 5), "y is wrong")
    root(findings)
    assert [one.rule for one in findings.result([])] == ["undefined-name", "bad-value"]


def test_the_exit_status_of_what_follows_survives_any_number_of_other_mistakes() -> None:
    findings = Findings()
    for line in range(1, 400):
        findings.add("bad-value", span("x", 1, 2, line), "m")
    root(findings, 1001)
    root(findings, 1002)
    findings.add("missing-argument", span("$X", 1, 3, 1002), "no value")
    result = findings.result(["edge.conf"])
    assert diagnostics.test_status(result) == 2
    assert len(result) <= MOST + 4


# Recording


def test_what_was_found_can_be_found_again_at_another_place() -> None:
    place = [7]
    findings = Findings()
    with findings.recorded() as record:
        findings.add("bad-value", lambda: span("x", 1, 2, place[0]), "m", lambda: "s")
        findings.unacted("word", lambda: span("x", 1, 2, place[0]), Half.VRRP)
    before = findings.result(["edge.conf"])
    place[0] = 9
    again = Findings()
    again.replay(record)
    after = again.result(["edge.conf"])
    assert [(one.rule, one.span and one.span.line) for one in before] == [("bad-value", 7), ("not-acted-on", 7)]
    assert [(one.rule, one.suggestion, one.span and one.span.line) for one in after] == [
        ("bad-value", "s", 9),
        ("not-acted-on", "", 9),
    ]
    assert (again.count, again.hints) == (findings.count, findings.hints) == (1, 1)


def test_a_record_has_what_a_record_inside_of_it_has_and_no_more() -> None:
    findings = Findings()
    with findings.recorded() as outer:
        findings.add("bad-value", None, "one")
        with findings.recorded() as inner:
            findings.add("bad-value", None, "two")
        findings.add("bad-value", None, "three")
    findings.add("bad-value", None, "four")
    assert [one.message for one in outer] == ["one", "two", "three"]
    assert [one.message for one in inner] == ["two"]


def test_what_is_beyond_the_bound_is_recorded_too() -> None:
    findings = Findings()
    with findings.recorded() as record:
        for _ in range(MOST + 5):
            findings.add("bad-value", None, "m")
    assert len(record) == findings.count == MOST + 5
    assert findings.has("bad-value")
    assert not findings.has("bad-line")


# For machines and for the end of a list


def test_json_has_all_of_a_diagnostic() -> None:
    one = Diagnostic(
        rule="undefined-name",
        message="m \x1b",
        span=Span(path="f", line=3, column=2, end=4, text=" ab", through=("in $Y",)),
        suggestion="s",
        half=Half.VRRP,
        also=(Consequence(rule="no-vrid", message="lost"),),
    )
    assert json.loads(diagnostics.as_json([one, found()])) == [
        {
            "severity": "error",
            "rule": "undefined-name",
            "message": "m \ufffd",
            "suggestion": "s",
            "half": "vrrp",
            "path": "f",
            "line": 3,
            "column": 2,
            "end": 4,
            "text": " ab",
            "through": ["in $Y"],
            "also": [{"rule": "no-vrid", "message": "lost"}],
        },
        {
            "severity": "warning",
            "rule": "unknown-keyword",
            "message": "what",
            "suggestion": "",
            "half": "both",
            "path": None,
            "line": None,
            "column": None,
            "end": None,
            "text": None,
            "through": [],
            "also": [],
        },
    ]


def test_a_file_is_summed_up_by_severity() -> None:
    assert diagnostics.summary("f", []) == "f: nothing to complain of"
    many = [found("bad-line"), found("bad-value"), found("bad-value"), found("extra-words")]
    assert diagnostics.summary("f", many) == "f: 1 error, 2 warnings, 1 note"


def test_what_a_text_came_through_is_drawn_below_it() -> None:
    place = Span(path="f", line=12, column=1, end=2, text="x", through=("$A is defined in f:1", "in ~SEQ"))
    one = Diagnostic(rule="bad-value", message="m", span=place)
    assert diagnostics.render([one]).splitlines()[-2:] == ["   = $A is defined in f:1", "   = in ~SEQ"]
    assert diagnostics.one_line(one) == "(f: Line 12, column 1) m ($A is defined in f:1; in ~SEQ) [bad-value]"
