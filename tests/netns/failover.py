"""python -m tests.netns.failover: ten failovers at random phases of the advertisement interval, against the limits.

Two directors on a switch, priorities 200 and 100; every process of the master gets SIGKILL and its cable is cut. How
long a client that pings every millisecond sees nobody, and how long after the last advert on the wire the other one
advertises, in milliseconds. `--peer keepalived` measures keepalived in the same lab, for comparison. The status is 1
when kad missed a limit.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.netns.configs import VIP, Router
from tests.netns.lab import Lab, kill_at_once
from tests.netns.programs import Daemon, start_kad, start_peer
from tests.netns.wire import Capture, Client
from tests.peers import find


@dataclass(frozen=True)
class Wire:
    """How the two talk, and how far from the protocol's own time a takeover may be, in seconds."""

    name: str
    router: Router
    tolerance: float

    @property
    def limit(self) -> float:
        """3 advert_int + skew of the backup."""
        return self.router.master_down


WIRES = (
    Wire("v2, 1 s", Router(priority=100, version=2, advert_int=1), 0.050),
    Wire("v3, 0.1 s", Router(priority=100, version=3, advert_int=0.1), 0.020),
)


@dataclass(frozen=True)
class Round:
    """One failover, all in seconds: how long after an advert the master was killed, and what that led to."""

    program: str
    wire: Wire
    phase: float
    takeover: float
    gap: float

    @property
    def late(self) -> bool:
        """The takeover was too far from the protocol's time, to either side."""
        return abs(self.takeover - self.wire.limit) > self.wire.tolerance

    @property
    def long(self) -> bool:
        """The client waited too long."""
        return self.gap > self.wire.limit + self.wire.tolerance


def start(program: str, lab: Lab, name: str, router: Router) -> Daemon:
    """Start kad or keepalived on a host of the lab."""
    if program == "kad":
        return start_kad(lab[name], router.text())
    peer = find("usr/sbin/keepalived")
    assert peer is not None, "keepalived is not here: packaging/peers.sh"
    return start_peer(peer, lab[name], router.text())


def fail_over(program: str, wire: Wire, phase: float) -> Round:
    """Make a lab, elect a master, kill it `phase` seconds after one of its adverts; what followed."""
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder), "left", "right", "client") as lab:
        left, right, client_host = (lab[name] for name in ("left", "right", "client"))
        backup = start(program, lab, "right", wire.router)
        master = start(program, lab, "left", replace(wire.router, priority=200))
        with Capture(client_host) as capture, Client(client_host, VIP) as client:
            master.wait_for("Entering MASTER STATE", timeout=20)
            # The first adverts are those of a master that is still busy with its new state.
            for _ in range(3):
                capture.wait_for_advert(left.address, timeout=5, since=len(capture.seen))
            client.wait_until_answered(timeout=5)
            pids = master.pids()
            advert = capture.wait_for_advert(left.address, timeout=5, since=len(capture.seen))
            time.sleep(max(0.0, phase - (time.time() - advert.at)))
            began = time.time() - 0.1
            kill_at_once(pids)
            left.cut()
            taken = capture.wait_for_advert(right.address, timeout=3 * wire.limit + 5, since=len(capture.seen))
            client.wait_until_answered(timeout=5, since=taken.at)
            backup.wait_for("Entering MASTER STATE")
            last = capture.adverts(source=left.address)[-1]
            return Round(program, wire, phase, taken.at - last.at, client.longest_gap(since=began))


def _milliseconds(seconds: float, *, missed: bool) -> str:
    text = f"{seconds * 1000:.0f}"
    return f"[bold red]{text} ![/]" if missed else text


def table(rounds: Sequence[Round]) -> Table:
    """All rounds with their limits."""
    made = Table(title="Master SIGKILLed and its link cut; priorities 200/100; times in ms")
    for column in ("program", "wire", "killed after its advert"):
        made.add_column(column, justify="right" if "after" in column else "left")
    for column in ("last advert to takeover", "limit", "client saw nobody", "limit"):
        made.add_column(column, justify="right")
    made.add_column("verdict")
    for index, row in enumerate(rounds):
        limit, tolerance = row.wire.limit * 1000, row.wire.tolerance * 1000
        previous = rounds[index - 1] if index else row
        if (previous.program, previous.wire) != (row.program, row.wire):
            made.add_section()
        made.add_row(
            row.program,
            row.wire.name,
            f"{row.phase * 1000:.0f}",
            _milliseconds(row.takeover, missed=row.late),
            f"{limit:.0f} ±{tolerance:.0f}",
            _milliseconds(row.gap, missed=row.long),
            f"≤ {limit + tolerance:.0f}",
            "[bold red]missed[/]" if row.late or row.long else "[green]met[/]",
        )
    return made


def worst(rounds: Sequence[Round]) -> list[str]:
    """One line a program and wire: its worst figures and how many rounds met the limits."""
    lines = []
    for program, wire in dict.fromkeys((row.program, row.wire) for row in rounds):
        rows = [row for row in rounds if (row.program, row.wire) == (program, wire)]
        met = sum(not (row.late or row.long) for row in rows)
        off = max((row.takeover - wire.limit for row in rows), key=abs) * 1000
        gap = max(row.gap for row in rows) * 1000
        lines.append(
            f"{program:>10}, {wire.name:9}: {met} of {len(rows)} met; "
            f"takeover at worst {off:+.1f} ms from the limit, client gap at worst {gap:.0f} ms"
        )
    return lines


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status."""
    parser = argparse.ArgumentParser(description="Failovers at random phases, against the limits of the protocol.")
    parser.add_argument("--peer", action="append", default=[], choices=["keepalived"], help="measure this too")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=None, help="for the phases; without it, others each time")
    options = parser.parse_args(argv)
    seed = random.randrange(1 << 32) if options.seed is None else options.seed
    console = Console(width=None if sys.stdout.isatty() else 132)
    console.print(f"Phases from seed {seed}; {options.rounds} failovers of each kind.")
    rounds: list[Round] = []
    for wire in WIRES:
        for program in ("kad", *options.peer):
            phases = random.Random(seed)
            for number in range(1, options.rounds + 1):
                done = fail_over(program, wire, phases.uniform(0, wire.router.advert_int))
                rounds.append(done)
                verdict = "missed" if done.late or done.long else "met"
                console.print(
                    f"{program}, {wire.name}, {number:2}: takeover {done.takeover * 1000:.0f} ms, "
                    f"client {done.gap * 1000:.0f} ms, {verdict}",
                    highlight=False,
                )
    console.print(table(rounds))
    for line in worst(rounds):
        console.print(line, highlight=False)
    return int(any(row.late or row.long for row in rounds if row.program == "kad"))


if __name__ == "__main__":
    sys.exit(main())
