"""python -m tests.fuzz: a long run of configurations that nobody would write, over all processors.

Prints the number of every failure with the command that shows it again, and at the end throughput, the slowest, and the
highest use of memory. Status 1 when there was a failure. `--number N` reads one, `--show` prints its text, shortened to
the lines that the failure needs.
"""

import argparse
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from tests.fuzz.check import fault
from tests.fuzz.mutate import Sources, case, sources
from tests.fuzz.shrink import kind, shrunk

REFERENCE = Path(named) if (named := os.environ.get("KAD_REFERENCE")) else None
"""The shared folder, whose corpus is started from too when it is there."""

CHUNK = 100
MEMORY = 400_000
"""Kilobytes that a process of the run may use at most."""


@dataclass(frozen=True)
class Done:
    """One chunk: the faults by number, the slowest number and its seconds, and the process's highest use of memory."""

    faults: tuple[tuple[int, str], ...]
    slowest: tuple[float, int]
    memory: int


def corpus_of(reference: Path | None) -> Path | None:
    """The corpus in the shared folder, if it is there."""
    corpus = reference / "corpus" if reference else None
    return corpus if corpus and corpus.is_dir() else None


def again(number: int, reference: Path | None) -> str:
    """The command that reads this number once more."""
    return f"python -m tests.fuzz --number {number}" + (f" --reference {reference}" if corpus_of(reference) else "")


def run(first: int, count: int, given: Sources) -> Done:
    """Read some in this process."""
    faults: list[tuple[int, str]] = []
    slowest = (0.0, first)
    for number in range(first, first + count):
        start = time.process_time()
        said = fault(case(number, given))
        slowest = max(slowest, (time.process_time() - start, number))
        if said:
            faults.append((number, said))
    return Done(tuple(faults), slowest, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def runs(first: int, count: int, given: Sources, jobs: int) -> Iterator[Done]:
    """Read them all, over some processes."""
    starts = range(first, first + count, CHUNK)
    sizes = [min(CHUNK, first + count - start) for start in starts]
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(run, starts, sizes, [given] * len(starts))


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _arguments(argv)
    given = sources(corpus_of(arguments.reference))
    if arguments.number is not None:
        return read_one(arguments.number, given, show=arguments.show)
    start = time.monotonic()
    failed, slowest, memory = 0, (0.0, 0), 0
    for done in runs(arguments.first, arguments.count, given, arguments.jobs):
        slowest, memory = max(slowest, done.slowest), max(memory, done.memory)
        for number, said in done.faults:
            failed += 1
            if arguments.keep:
                keep(case(number, given).text, arguments.keep / f"{number}.conf")
            print(f"{again(number, arguments.reference)}\n    {said.strip().splitlines()[-1][:200]}", flush=True)
    took = time.monotonic() - start
    print(
        f"{arguments.count} texts from {len(given.texts)} files in {took:.0f} s, {arguments.count / took:.0f} a second"
    )
    print(f"slowest: {slowest[0]:.2f} s, number {slowest[1]}; memory: {memory // 1000} MB of {MEMORY // 1000} MB")
    print(f"failures: {failed}")
    return 1 if failed or memory > MEMORY else 0


def keep(text: str, path: Path) -> None:
    """Write a text that failed: the number gives another one when the files that it is made from change."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))


def read_one(number: int, given: Sources, *, show: bool) -> int:
    """Read one, and say what is wrong."""
    one = case(number, given)
    said = fault(one)
    if show:
        text = shrunk(one.text, lambda some: kind(fault(replace(one, text=some))) == kind(said)) if said else one.text
        sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass") + b"\n")
        sys.stdout.flush()
    print(said or "nothing is wrong")
    return 1 if said else 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Read texts that nobody would write.")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="the first number")
    parser.add_argument("--number", type=int, help="read this one only")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="put the texts that fail there")
    parser.add_argument("--show", action="store_true", help="print the text of that one")
    parser.add_argument("--reference", type=Path, default=REFERENCE, help="the folder that has corpus/")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
