"""Five hundred simulated LANs on which every rule holds, and wrong routers that do not get past them."""

import os
import subprocess
import sys
from collections.abc import Callable
from time import process_time

import pytest

from kad.sim.__main__ import main
from kad.sim.run import simulate
from kad.sim.watch import Violation
from kad.vrrp import node
from kad.vrrp.router import Router
from tests.sim.wrong import WRONG

SEEDS = 500
CHUNK = 25
SECONDS = 60.0
"""Of processor time for all seeds."""


def report(found: Violation, seed: int) -> str:
    return "\n".join([*found.history, f"{found}", f"again with: python -m kad.sim {seed}"])


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_every_rule_holds(first: int, record_property: Callable[[str, object], None]) -> None:
    started = process_time()
    for seed in range(first, first + CHUNK):
        outcome = simulate(seed)
        if outcome.violation is not None:
            pytest.fail(report(outcome.violation, seed))
    used = process_time() - started
    record_property("seconds", used)
    assert used < 4 * SECONDS * CHUNK / SEEDS, "far slower than it is meant to be"


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_wrong_rule_is_found(
    wrong: type[Router], monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setattr(node, "Router", wrong)
    for seed in range(SEEDS):
        found = simulate(seed).violation
        if found is not None:
            record_property("seed", seed)
            print(f"{wrong.__name__}: seed {seed}: {found}")
            return
    pytest.fail(f"{wrong.__name__} gets past {SEEDS} seeds")


def test_seed_has_one_history() -> None:
    """Also in processes that hash strings in different ways."""
    told = set()
    for salt in ("1", "2"):
        command = [sys.executable, "-m", "kad.sim", "--history", "3", "6", "19", "22"]
        environment = os.environ | {"PYTHONHASHSEED": salt}
        told.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(told) == 1
    assert "BACKUP -> MASTER" in told.pop()


def test_violation_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(node, "Router", WRONG[0])
    assert main(["0"]) == 1
    said = capsys.readouterr().out
    assert "VIOLATION too-early" in said
    assert "cause" in said
    assert said.splitlines()[-1].startswith("seed 0: ")


def test_good_seed_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
