"""What $NAME and ${NAME} stand for, and the lines that they become part of."""

import pytest

from kad.config.definitions import MOST_IN_LINE, Definition, Definitions
from kad.config.diagnostics import Diagnostic, Findings
from kad.config.lines import Line
from kad.config.text import Source
from tests.config.texts import Memory

KNOWN = {"IF": "eth0", "B": "x${IF}", "EMPTY": "", "LOOP": "a $LOOP", "L1": "$L2", "L2": "${L1}", "D": "$", "N": "IF"}


def expand(text: str, known: dict[str, str] | None = None) -> tuple[Line, list[Line], list[Diagnostic]]:
    """A line of /etc/kad.conf, its followers, and what is wrong; M is `one` and `two`."""
    findings = Findings()
    memory = Memory({}, variables={"HOME": "/root", "TWO": "a\nb", "SELF": "${_ENV SELF}"})
    definitions = Definitions(memory, findings, "host1")
    definitions.path = "/etc/kad.conf"
    source = Source("/etc/kad.conf", f"\n\n{text}\n")
    for name, value in (KNOWN | (known or {})).items():
        definitions.define(Definition(name, (Line(source, 1, value),), f"${name} is defined in {source.path}:1"))
    several = (Line(source, 1, "one"), Line(source, 2, "  two"))
    definitions.define(Definition("M", several, f"$M is defined in {source.path}:1"))
    result = definitions.expand(Line(source, 3, text))
    assert result is not None
    return *result, list(findings.result([]))


def rules(text: str) -> list[str]:
    return [found.rule for found in expand(text)[2]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a $IF", "a eth0"),
        ("a $IF,b $IF) $IF\tc", "a eth0,b eth0) eth0\tc"),
        ("a$IF", "aeth0"),
        ("${IF}.1/${IF}", "eth0.1/eth0"),
        ('"a ${IF} b"', '"a eth0 b"'),
        ("a ${EMPTY}b $EMPTY", "a b "),
        ("a $B", "a xeth0"),
        ("$$N ${${N}} ${D}{IF}", "eth0 eth0 eth0"),
        ("$IF#$IF", "eth0#$IF"),
        ("a \\#${IF}", "a \\#eth0"),
        ("$ $( $1 a$ ${} $$ \\$", "$ $( $1 a$ ${} $$ \\$"),
        ("# $NONE ${NONE}", "# $NONE ${NONE}"),
        ("${_INSTANCE} $_INSTANCE", "host1 host1"),
        ("${_PWD}/x", "/etc/x"),
        ("a ${_HASH} b", "a # b"),
        ('"${_HASH}${_BANG}"', '"#!"'),
        ("${_RANDOM} ${_RANDOM 7} ${_RANDOM 5 9} $_RANDOM", "32767 32767 9 32767"),
        ("${_RANDOM 40000}", "40000"),
        ("${_ENV HOME}/a${_ENV NONE}", "/root/a"),
    ],
)
def test_names_are_replaced(text: str, expected: str) -> None:
    line, tail, found = expand(text)
    assert (line.text, tail, found) == (expected, [], [])


def test_a_name_is_looked_up_at_its_use() -> None:
    assert expand("$B", {"IF": "eth1"})[0].text == "xeth1"
    assert expand("${_PWD}", {"_PWD": "mine"})[0].text == "mine"
    assert expand("${Q}_ ${Q},", {"Q": "$IF"})[0].text == "$IF_ eth0,"


def test_a_value_of_several_lines_ends_its_line() -> None:
    line, tail, _ = expand("a $M  # comment")
    assert (line.text, [follower.text for follower in tail]) == ("a one  # comment", ["  two"])
    assert line.span(2, 5).through == ("$M is defined in /etc/kad.conf:1",)
    line, tail, _ = expand("  ${M}")
    assert [(one.text, one.number, one.through) for one in (line, *tail)] == [
        ("one", 1, ("used as ${M} in /etc/kad.conf:3",)),
        ("  two", 2, ("used as ${M} in /etc/kad.conf:3",)),
    ]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a $NONE", "undefined-name"),
        ('"a ${NONE}"', "undefined-name"),
        ("a ${NONE}b", "undefined-reference"),
        ("a ${NONE:-1}", "undefined-reference"),
        ("a ${ IF}", "undefined-reference"),
        ("a ${_HOST}", "undefined-reference"),
        ("a ${IF x}", "bad-reference"),
        ("a ${_PWD x}", "bad-reference"),
        ("a ${_ENV}", "bad-reference"),
        ("a ${_ENV A B}", "bad-reference"),
        ("a ${_ENV 1}", "bad-reference"),
        ("a ${_RANDOM a}", "bad-reference"),
        ("a ${_RANDOM 1 2 3}", "bad-reference"),
        ("a $IF/x", "not-expanded"),
        ('"$IF"', "not-expanded"),
        ("a $M b", "not-expanded"),
        ("a ${M}b", "not-expanded"),
        ("a $LOOP", "definition-loop"),
        ("${_ENV SELF}", "definition-loop"),
    ],
)
def test_what_can_not_be_replaced_stays_and_is_told(text: str, rule: str) -> None:
    line, tail, found = expand(text)
    assert [one.rule for one in found] == [rule]
    assert rule == "definition-loop" or line.text == text
    assert tail == []


def test_a_loop_over_two_names_is_told_with_the_way() -> None:
    line, _, (found,) = expand("a $L1 b")
    assert line.text == "a ${L1} b"
    assert found.span is not None
    assert (found.span.column, found.span.end, found.span.text) == (3, 6, "a $L1 b")
    assert found.span.through[:2] == ("$L1 is defined in /etc/kad.conf:1", "$L2 is defined in /etc/kad.conf:1")


def test_a_name_is_noted_once_in_a_file() -> None:
    assert rules("$NONE $NONE ${NONE} ${NONE} $OTHER") == ["undefined-name", "undefined-reference", "undefined-name"]


def test_a_near_name_is_suggested() -> None:
    assert expand("$EMPTI")[2][0].suggestion == "did you mean $EMPTY?"
    assert expand("${EMPTI}")[2][0].suggestion == "did you mean ${EMPTY}?"
    assert expand("$IF/x")[2][0].suggestion == "write ${IF}"


def test_random_bounds_the_wrong_way_round_give_the_first() -> None:
    line, _, (found,) = expand("${_RANDOM 9 5}")
    assert (line.text, found.rule) == ("9", "bad-reference")


def test_an_environment_variable_is_one_line() -> None:
    line, _, (found,) = expand("${_ENV TWO}")
    assert (line.text, found.rule) == ("a", "bad-reference")


def test_a_line_with_too_many_uses_is_dropped() -> None:
    findings = Findings()
    definitions = Definitions(Memory({}), findings, "")
    source = Source("/etc/kad.conf", "")
    definitions.define(Definition("A", (Line(source, 1, "x"),), ""))
    assert definitions.expand(Line(source, 1, "$A " * MOST_IN_LINE)) is not None
    assert definitions.expand(Line(source, 1, "$A " * (MOST_IN_LINE + 1))) is None
    assert findings.has("expansion-too-large")


def test_a_predefined_name_is_suggested_for_what_begins_like_one() -> None:
    assert expand("${INSTANCE}")[2][0].suggestion == ""
    assert expand("${_INSTANC}")[2][0].suggestion == "did you mean ${_INSTANCE}?"


def test_near_names_are_looked_for_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kad.config.definitions.MOST_GUESSES", 1)
    assert expand("$EMPTI")[2][0].suggestion == ""
