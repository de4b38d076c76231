"""python -m bench.config: how long kad takes to read a big configuration, against keepalived on the same machine.

Two figures, each the median of several runs: the whole process of `-t`, kad's and keepalived's by turns; and what a
reload costs kad: load() in one process, with the memory of the load before, after one line of the file has changed.
The status is 1 when a ratio is above its goal. `make bench-config` gives it a network namespace of its own.
"""

import argparse
import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.farm import farm
from kad.config.load import load
from kad.config.memory import Memory
from kad.system.files import Disk, Host
from tests.peers import Peer, find

KAD = Path(sys.executable).with_name("kad")

WHOLE_GOAL = 6.0
"""kad's -t, as a multiple of keepalived's."""
RELOAD_GOAL = 1.0
"""kad's load() at a reload, as a multiple of keepalived's -t."""

CHANGED = "\t\t\tretry 2\n"
CHANGES = ("\t\t\tretry 3\n", "\t\t\tretry 4\n")


@dataclass(frozen=True)
class Figures:
    """Medians in seconds."""

    kad: float
    keepalived: float
    reload: float

    @property
    def whole(self) -> float:
        """How many times keepalived's -t kad's takes."""
        return self.kad / self.keepalived

    @property
    def again(self) -> float:
        """How many times keepalived's -t a reload of kad's takes."""
        return self.reload / self.keepalived


def seconds(work: Callable[[], object]) -> float:
    """How long this takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run_test(argv: Sequence[str], env: Mapping[str, str] | None = None) -> None:
    """Run `-t` of a configuration that is right."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=env)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: status {done.returncode}\n{done.stdout}{done.stderr}")


def with_one_line_changed(text: str, turn: int) -> str:
    """The text with one line in its middle changed, to something else at each turn."""
    at = text.index(CHANGED, len(text) // 2)
    return text[:at] + CHANGES[turn % len(CHANGES)] + text[at + len(CHANGED) :]


def measure(file: Path, text: str, keepalived: Peer, runs: int) -> Figures:
    """Both figures for one configuration."""
    file.write_text(text)
    ours, theirs = [], []
    # As where kad is installed: compiled modules are there, by the first run at the latest.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    run_test([str(KAD), "-t", "-f", str(file)], env)
    for _ in range(runs):
        ours.append(seconds(lambda: run_test([str(KAD), "-t", "-f", str(file)], env)))
        theirs.append(seconds(lambda: run_test([*keepalived.argv, "-t", "-f", str(file)], keepalived.env)))
    memory = Memory()
    disk, host = Disk(), Host()
    gc.disable()  # as the loader of a reload does
    load(str(file), disk, host, memory=memory)
    reloads = []
    for turn in range(runs):
        file.write_text(with_one_line_changed(text, turn))
        reloads.append(seconds(lambda: load(str(file), disk, host, memory=memory)))
    gc.enable()
    return Figures(*(statistics.median(times) for times in (ours, theirs, reloads)))


def show(name: str, figures: Figures, *, goals: bool) -> bool:
    """Print a configuration's figures; whether its goals are met."""
    met = True
    print(f"{name}: keepalived -t {figures.keepalived:.3f} s")
    for what, took, ratio, goal in (
        ("kad -t", figures.kad, figures.whole, WHOLE_GOAL),
        ("kad, reload with one line changed", figures.reload, figures.again, RELOAD_GOAL),
    ):
        verdict = ""
        if goals:
            verdict = f"   goal {goal:g}: {'met' if ratio <= goal else 'MISSED'}"
            met = met and ratio <= goal
        print(f"  {what:<34} {took:6.3f} s   {ratio:5.2f} of keepalived{verdict}", flush=True)
    return met


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.config", description="Reading a big configuration, timed.")
    parser.add_argument("--runs", type=int, default=7, help="runs that a median is taken of (7)")
    arguments = parser.parse_args(argv)
    keepalived = find("usr/sbin/keepalived")
    if keepalived is None:
        print("keepalived is not here: make peers")
        return 1
    with tempfile.TemporaryDirectory(prefix="kad-bench-") as folder:
        file = Path(folder) / "farm.conf"
        met = show("100 x 100", measure(file, farm(100, 100), keepalived, arguments.runs), goals=True)
        distinct = farm(100, 100, distinct=True)
        show("100 x 100, no two alike", measure(file, distinct, keepalived, arguments.runs), goals=False)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
