"""python -m tests.tally FOLDER: how many tests ran where, and by name which were skipped and why.

The folder holds one folder an environment, filled by tests/conftest.py. Status 1 when no test ran at all.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

NAMES = {"unit": "ordinary", "netns": "in network namespaces", "kernel": "in the user-mode kernel"}
DONE = ("passed", "xfailed")
WRONG = ("failed", "error", "xpassed")


def read(folder: Path) -> dict[str, list[dict[str, str]]]:
    """The entries of each environment."""
    return {
        environment.name: [
            entry for file in sorted(environment.glob("*.json")) for entry in json.loads(file.read_text())
        ]
        for environment in sorted(folder.glob("*"))
    }


def lines(tally: dict[str, list[dict[str, str]]]) -> list[str]:
    """What to print."""
    text = []
    for environment, entries in tally.items():
        for family, name in NAMES.items():
            count = Counter(entry["outcome"] for entry in entries if entry["family"] == family)
            if count:
                ran = sum(count[outcome] for outcome in DONE + WRONG)
                wrong = sum(count[outcome] for outcome in WRONG)
                text.append(f"{environment:>9}: {ran:4} tests run {name}, {wrong} failed, {count['skipped']} skipped")
    skipped = [entry for entries in tally.values() for entry in entries if entry["outcome"] == "skipped"]
    if skipped:
        text.append(f"skipped, {len(skipped)}:")
        text += [f"  {entry['test']}: {entry.get('reason', 'no reason given')}" for entry in skipped]
    return text


def main(argv: Sequence[str]) -> int:
    tally = read(Path(argv[0]))
    print("\n".join(["", "Tests:", *lines(tally)]))
    return 0 if any(entry["outcome"] in DONE for entries in tally.values() for entry in entries) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
