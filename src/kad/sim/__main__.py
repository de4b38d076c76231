"""python -m kad.sim SEED...: simulate LANs, and tell the history of each one that breaks a rule.

Status 1 when one did. `--history` tells it of the others too.
"""

import argparse
import sys
from collections.abc import Sequence

from kad.sim.run import simulate
from kad.units import SECOND


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m kad.sim", description="Simulate LANs from seeds.")
    parser.add_argument("seeds", nargs="+", type=int, metavar="SEED")
    parser.add_argument("--history", action="store_true", help="tell the history of good ones too")
    options = parser.parse_args(arguments)
    status = 0
    for seed in options.seeds:
        outcome = simulate(seed)
        if outcome.violation or options.history:
            print("\n".join(outcome.history))
        verdict = str(outcome.violation or "all rules held").partition("\n")[0]
        print(f"seed {seed}: {outcome.duration / SECOND:.1f} s of a LAN, {outcome.changes} changes of state: {verdict}")
        status |= outcome.violation is not None
    return status


if __name__ == "__main__":
    sys.exit(main())
