"""Which files an include names, and what its checks say of them."""

import pytest

from kad.config.diagnostics import Diagnostic, Findings, Span
from kad.config.includes import Include, alternatives
from tests.config.texts import Memory


def included(keyword: str, pattern: str) -> tuple[list[str], list[Diagnostic]]:
    """What is included of two files and a directory, and what is wrong."""
    findings = Findings()
    memory = Memory({"/etc/a": "", "/etc/b": ""}, refused={"/etc/d": "is a directory"})
    span = Span(path="/etc/kad.conf", line=1, column=9, end=10, text=f"{keyword} {pattern}")
    files = Include(keyword, pattern, span).files(memory, "/etc", findings)
    return [path.removeprefix("/etc/") for path in files], list(findings.result([]))


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("a{b,c}d", ["abd", "acd"]),
        ("{b,a}", ["b", "a"]),
        ("{b,{a,c}}.conf", ["b.conf", "a.conf", "c.conf"]),
        ("{a,b}{c,d}", ["ac", "ad", "bc", "bd"]),
        ("{a.conf", ["{a.conf"]),
        ("{}.conf", [".conf"]),
        ("a}", ["a}"]),
    ],
)
def test_braces_stand_for_alternatives(pattern: str, names: list[str]) -> None:
    assert alternatives(pattern) == names


def test_files_come_in_the_order_of_the_alternatives() -> None:
    assert included("include", "{b,a}")[0] == ["b", "a"]
    assert included("include", "/etc/*")[0] == ["a", "b"]


PLAIN, PATTERN, SOME, NONE, REFUSED = "none", "none*", "{a,none}", "{none,never}", "d"


@pytest.mark.parametrize(
    ("keyword", "failing"),
    [
        ("include", []),
        ("includer", [REFUSED]),
        ("includem", [REFUSED, PLAIN]),
        ("includew", [REFUSED, PLAIN, PATTERN]),
        ("includeb", [REFUSED, SOME, NONE]),
        ("includea", [REFUSED, PLAIN, PATTERN, SOME, NONE]),
    ],
)
@pytest.mark.parametrize("pattern", [PLAIN, PATTERN, SOME, NONE, REFUSED, "{none,never}*"])
def test_each_keyword_has_its_checks(keyword: str, failing: list[str], pattern: str) -> None:
    (found,) = included(keyword, pattern)[1]
    kind = PATTERN if "*" in pattern else pattern
    expected = (
        "include-unreadable" if pattern == REFUSED else "include-missing" if "*" in pattern else "include-not-there"
    )
    assert found.rule == ("include-failed" if kind in failing else expected)


def test_messages_say_what_is_not_included() -> None:
    assert included("include", SOME)[1][0].message == "nothing is called none: it is not included"
    assert included("include", "d")[1][0].message == "/etc/d is a directory: it is not included"
    found = included("includem", PLAIN)[1][0]
    assert found.message == "no file matches none: nothing is included; includem does not allow that"


def test_some_of_a_pattern_may_match_nothing() -> None:
    assert included("includea", "{a,none}*") == (["a"], [])
