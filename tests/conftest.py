"""What holds for all tests: where each belongs (its folder says), who may run it, and a tally of what ran.

Not here: the network lab (tests/netns/lab.py), the kernel that runs as a process (tests/kernel).
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import interop

FAMILIES = ("netns", "kernel")
"""The folders of tests that need root; each is a marker too."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the folder it is in, before `-m` looks; skip by name those that only root can run."""
    here = Path(__file__).parent
    for item in items:
        family = item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""
        if family not in FAMILIES:
            continue
        item.add_marker(family)
        if os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason=f"{family} tests need root"))


def _entries(reporter: pytest.TerminalReporter) -> Iterator[dict[str, str]]:
    """One entry a test: its id, its family, and how it ended; for a skipped one also why."""
    for outcome in ("passed", "failed", "error", "skipped", "xfailed", "xpassed"):
        for report in reporter.stats.get(outcome, []):
            if not isinstance(report, pytest.TestReport | pytest.CollectReport):
                continue
            family = next((name for name in FAMILIES if name in report.keywords), "unit")
            entry = {"test": report.nodeid, "family": family, "outcome": outcome}
            if outcome == "skipped" and isinstance(report.longrepr, tuple):
                entry["reason"] = str(report.longrepr[2]).removeprefix("Skipped: ")
            yield entry


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table of failovers; leave what ran where tests/tally.py adds it up: in KAD_TALLY, if there is one."""
    if hasattr(config, "workerinput"):
        return
    every = [report for some in terminalreporter.stats.values() for report in some]
    for line in interop.table((r.nodeid, r.when, r.passed) for r in every if isinstance(r, pytest.TestReport)):
        terminalreporter.write_line(line)
    if "KAD_TALLY" not in os.environ:
        return
    folder = Path(os.environ["KAD_TALLY"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{os.getpid()}.json").write_text(json.dumps(list(_entries(terminalreporter))))
