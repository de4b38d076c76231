"""The measures of the code, over everything written in Python here: docstrings, sizes, nothing left to be done.

Not here: what ruff, mypy and lint-imports check (tox.ini, lint).
"""

import ast
import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(path for folder in ("src/kad", "tests", "bench") for path in (ROOT / folder).rglob("*.py"))
WRITTEN = sorted(
    path
    for folder in ("src/kad", "tests", "bench", "packaging", "conf", "docs", ".ci")
    for path in (ROOT / folder).rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
) + [ROOT / name for name in ("README.md", "Makefile", "setup.cfg", "tox.ini", "pyproject.toml")]

LONGEST_FUNCTION = 70
LONGEST_MODULE = 500

EXPLAINS_LENGTH = re.compile(r"\b(long|lines|length)\b", re.IGNORECASE)
"""What the docstring of a module over 500 lines says something with."""

LEFT_TO_DO = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")

DOCUMENTATION_HOSTS = re.compile(r"(^|\.)(example|test|invalid|localhost|example\.(com|net|org)|gnu\.org)$")


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def long_functions(tree: ast.AST, limit: int = LONGEST_FUNCTION) -> Iterator[tuple[str, int]]:
    """Name and length of each function over the limit, its decorators not counted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > limit:
                yield node.name, lines


def hosts(text: str) -> set[str]:
    """The hosts of the addresses in a text that belong to somebody."""
    found = re.findall(r"\bhttps?://([^/\s:\"'`)>\]}{]+)", text)
    return {host for host in found if "." in host and not DOCUMENTATION_HOSTS.search(host) and not _is_address(host)}


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def test_every_function_fits_a_screen() -> None:
    assert [(named(path), *found) for path in FILES for found in long_functions(parse(path))] == []


def test_every_module_begins_with_what_it_is() -> None:
    assert [named(path) for path in FILES if not ast.get_docstring(parse(path))] == []


def test_a_module_over_five_hundred_lines_says_why() -> None:
    long = [path for path in FILES if len(path.read_text().splitlines()) > LONGEST_MODULE]
    assert [named(path) for path in long if not EXPLAINS_LENGTH.search(ast.get_docstring(parse(path)) or "")] == []


@pytest.mark.parametrize("path", WRITTEN, ids=named)
def test_nothing_is_left_to_do_and_no_host_of_others_is_named(path: Path) -> None:
    text = path.read_text(errors="replace")
    assert LEFT_TO_DO.findall(text) == []
    assert hosts(text) == set()


def test_these_measures_can_fail() -> None:
    function = "def long():\n" + "    pass\n" * LONGEST_FUNCTION
    assert list(long_functions(ast.parse(function))) == [("long", LONGEST_FUNCTION + 1)]
    assert hosts("see http" + "s://packages.somebody.io/simple and http://192.0.2.1/") == {"packages.somebody.io"}
    assert LEFT_TO_DO.search("# TO" + "DO: later")
