"""No keyword may be marked as acted on without a test of the act: acts.py has them all, and nothing else."""

import ast
from functools import cache
from pathlib import Path

from kad.config.keywords import canonical
from tests.acts import ACTS

TESTS = Path(__file__).parent


@cache
def functions(path: Path) -> frozenset[str]:
    """The tests of a file."""
    if not path.exists():
        return frozenset()
    nodes = ast.walk(ast.parse(path.read_text()))
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def missing(acts: dict[str, str]) -> list[str]:
    """The keywords whose test is not there."""
    wanted = {path: node.partition("::") for path, node in acts.items()}
    return [path for path, (file, _, name) in wanted.items() if name not in functions(TESTS / file)]


def test_every_keyword_that_kad_acts_on_has_a_test_of_the_act() -> None:
    acting = {place.path for place in canonical() if place.acts}
    assert sorted(acting - ACTS.keys()) == []


def test_no_keyword_has_a_test_of_an_act_that_it_is_not_declared_to_have() -> None:
    acting = {place.path for place in canonical() if place.acts}
    assert sorted(ACTS.keys() - acting) == []


def test_every_test_of_an_act_is_there() -> None:
    assert missing(ACTS) == []


def test_a_test_that_is_not_there_is_missed() -> None:
    assert missing({"/a": "test_acts.py::test_nothing_at_all", "/b": "test_nowhere.py::test_b"}) == ["/a", "/b"]
