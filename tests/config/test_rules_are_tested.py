"""Every rule of diagnostics.py is asked for by name in a test that reads a text which breaks it.

The cases in cases/ show each rule as people see it (test_cases.py); here it is about the tests that say in code what is
broken, where, and what follows. Tests of diagnostics by themselves do not count: they break rules without a text.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from kad.config.diagnostics import RULES
from kad.config.load import load
from tests.config.texts import MAIN, Memory, World, mistakes, read

HERE = Path(__file__).parent
NOT_COUNTED = {"test_diagnostics.py", "test_cases.py", Path(__file__).name}

ELSEWHERE = {
    "no-config": "test_a_file_that_is_not_there_is_the_one_mistake",
    "more-mistakes": "test_ten_thousand_mistakes_in_a_file_are_bounded_and_counted",
}
"""Rules that a test of this module breaks, and which."""


def constants(path: Path) -> Iterator[str]:
    """All texts of a test module: what its asserts have, and what tests are parametrized with and helpers expect."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def asked_for() -> set[str]:
    modules = [path for path in HERE.rglob("test_*.py") if path.name not in NOT_COUNTED]
    return {word for path in modules for word in constants(path)}


def test_every_rule_has_a_test_that_breaks_it() -> None:
    assert sorted(set(RULES) - asked_for() - set(ELSEWHERE)) == []


def test_no_rule_is_said_to_be_tested_here_that_is_not() -> None:
    here = Path(__file__).read_text()
    assert [name for name in ELSEWHERE.values() if f"def {name}(" not in here] == []
    assert set(ELSEWHERE) <= set(RULES)


def test_this_measure_can_fail() -> None:
    assert "no-such-rule" not in asked_for()


def test_a_file_that_is_not_there_is_the_one_mistake() -> None:
    loaded = load(MAIN, Memory({}), World())
    assert [(found.rule, found.span) for found in loaded.diagnostics] == [("no-config", None)]


@pytest.mark.parametrize(
    "line",
    ["foo", "priority x", "state FOO", "virtual_ipaddress {\n x\n}", "foo {\n}", "unicast_src_ip x", "use_vmac a b"],
)
def test_ten_thousand_mistakes_in_a_file_are_bounded_and_counted(line: str) -> None:
    text = "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n" + f"{line}\n" * 10_000 + "}\n"
    found = mistakes(read(text))
    assert found[-1] == "more-mistakes"
    assert 250 <= len(found) <= 260
