"""python -m tests.sim: many simulated LANs, over all processors.

Prints each seed that breaks a rule with the command that shows it again, and at the end what was run. Status 1 when
there was one. Ends early, and says so, when the time is up.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from kad.sim.run import simulate
from kad.units import SECOND

CHUNK = 100


@dataclass(frozen=True)
class Done:
    """Some seeds: how many, the violations, seconds of the LANs and of a processor, changes of state."""

    seeds: int
    violations: tuple[tuple[int, str], ...]
    virtual: float
    used: float
    changes: int


def run(first: int, count: int, until: float) -> Done:
    """Simulate some in this process, none after `until`."""
    started, violations, virtual, changes, seeds = time.process_time(), [], 0.0, 0, 0
    for seed in range(first, first + count):
        if time.time() > until:
            break
        outcome = simulate(seed)
        seeds += 1
        virtual += outcome.duration / SECOND
        changes += outcome.changes
        if outcome.violation is not None:
            violations.append((seed, str(outcome.violation).partition("\n")[0]))
    return Done(seeds, tuple(violations), virtual, time.process_time() - started, changes)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description="Simulate many LANs.")
    parser.add_argument("--count", type=int, default=20_000, help="how many seeds")
    parser.add_argument("--first", type=int, default=0, help="the first one")
    parser.add_argument("--seconds", type=float, default=1_800, help="begin no seed after so much time")
    options = parser.parse_args(arguments)
    until = time.time() + options.seconds
    firsts = range(options.first, options.first + options.count, CHUNK)
    counts = [min(CHUNK, options.first + options.count - first) for first in firsts]
    done = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for one in pool.map(run, firsts, counts, [until] * len(counts)):
            done.append(one)
            for seed, said in one.violations:
                print(f"seed {seed}: {said}; again with: python -m kad.sim {seed}", flush=True)
    seeds, broken = sum(one.seeds for one in done), sum(len(one.violations) for one in done)
    virtual, used = sum(one.virtual for one in done), sum(one.used for one in done)
    changes = sum(one.changes for one in done)
    print(
        f"{seeds} of {options.count} seeds: {broken} broke a rule; {virtual / 3600:.1f} hours of LANs with {changes} "
        f"changes of state in {used:.0f} s of processor time"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
