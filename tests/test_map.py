"""One guess finds the tests of a module: src/kad/a/b.py is tested by tests/a/test_b.py.

A module that has no function of its own is a declaration, and what uses it tests it. The rest is said below.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "src" / "kad"
TESTS = ROOT / "tests"

ELSEWHERE = {
    "config/fields.py": "config/test_blocks.py",  # declarations show in the blocks that are read with them
    "config/reader.py": "config/test_preprocess.py",  # what is read through it
    "config/schema/script.py": "config/test_kinds.py",
    "config/schema/tcp_check.py": "config/schema/test_bounds.py",  # what the checks' declarations have in common
    "errors.py": "supervisor/test_process.py",  # what the parent makes of a worker's
    "log.py": "system/test_logs.py",
    "sim/__main__.py": "sim/test_run.py",
    "sim/bounds.py": "sim/test_run.py",  # as a whole: every seed is held against them, and wrong routers too
    "sim/faults.py": "sim/test_run.py",
    "sim/junk.py": "sim/test_run.py",
    "sim/machine.py": "sim/test_run.py",
    "sim/plan.py": "sim/test_run.py",
    "sim/watch.py": "sim/test_run.py",
    "system/devices.py": "netns/test_vmac.py",  # interfaces are the kernel's
    "system/clock.py": "supervisor/test_process.py",
    "system/daemon.py": "packaging/test_sysv.py",  # the script starts a daemon
    "system/fork.py": "supervisor/test_process.py",  # real processes that end in every way
    "vrrp/upkeep.py": "netns/test_vmac.py",
}
"""Modules whose tests are in another place, because they only show when several parts work together."""


def has_functions(path: Path) -> bool:
    """Whether a module does anything; properties of a declared shape do not count."""
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    return any(not node.decorator_list for node in functions)


def modules() -> list[str]:
    """Every module that does something, as a path under src/kad."""
    return sorted(str(path.relative_to(SOURCES)) for path in SOURCES.rglob("*.py") if has_functions(path))


def expected(module: str) -> Path:
    """Where one looks for a module's tests."""
    if module in ELSEWHERE:
        return TESTS / ELSEWHERE[module]
    path = Path(module)
    return TESTS / path.parent / f"test_{path.name}"


def test_every_module_that_does_something_has_its_tests_where_one_looks() -> None:
    assert [module for module in modules() if not expected(module).exists()] == []


def test_no_module_is_said_to_be_tested_elsewhere_that_is_tested_in_its_place_or_gone() -> None:
    assert [
        module
        for module in ELSEWHERE
        if module not in modules() or (TESTS / Path(module).parent / f"test_{Path(module).name}").exists()
    ] == []
