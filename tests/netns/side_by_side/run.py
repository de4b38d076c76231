"""One configuration under keepalived and under kad at the same time, each alone in a lab of its own, then compared.

A case is a file of cases/: its first comment line says what it shows; `! seconds: N` is how long the wire is looked at
once it is master, on an ordinary day (10 unless given, and always in `make test-net`, which sets KAD_FULL);
`! differs: REGEX because REASON` is a difference that is meant. FOLDER in it is the host's folder, where scripts and
FIFOs write to *.out files, which are compared line by line.
"""

import os
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.netns.lab import Host, Lab
from tests.netns.programs import Daemon, start_kad, start_keepalived
from tests.netns.side_by_side import facts
from tests.netns.wire import Advert, Capture, Seen

CASES = Path(__file__).parent / "cases"
START: dict[str, Callable[[Host, str], Daemon]] = {"keepalived": start_keepalived, "kad": start_kad}
PATIENCE = 20


@dataclass(frozen=True)
class Case:
    """A configuration to compare; `differs`: patterns of what may differ."""

    text: str
    seconds: float
    differs: tuple[re.Pattern[str], ...]


def read_case(name: str) -> Case:
    """The case of this name."""
    text = (CASES / f"{name}.conf").read_text()
    seconds = re.search(r"^! seconds: ([\d.]+)$", text, re.MULTILINE)
    meant = re.findall(r"^! differs: (.+?) because .+$", text, re.MULTILINE)
    short = seconds and "KAD_FULL" not in os.environ
    return Case(text, float(seconds[1]) if seconds and short else 10, tuple(re.compile(one) for one in meant))


@dataclass(frozen=True)
class Outcome:
    """What a run left: the kernel before, as master and after the end; packets; lines of scripts and FIFOs."""

    before: facts.Lines
    master: facts.Lines
    after: facts.Lines
    packets: list[Seen]
    last: list[str]
    outputs: dict[str, list[str]]


def run(program: str, case: Case, folder: Path) -> Outcome:
    """Start the program, look for the case's seconds from its first advert on, and end it."""
    with Lab(folder, "left", "client") as lab:
        host = lab["left"]
        _second_interface(host, lab["client"])
        if re.search(r"^[^!]*\w::", case.text, re.MULTILINE):
            lab.speak_ipv6()
        before = facts.kernel(host)
        with Capture(lab["client"]) as wire:
            daemon = START[program](host, case.text.replace("FOLDER", str(host.folder)))
            first = wire.wait_for(lambda seen: isinstance(seen, Advert), timeout=PATIENCE, what=f"advert of {program}")
            # It ends half way between two adverts.
            end = first.at + case.seconds + 0.05
            time.sleep(max(0, end - time.time()))
            packets = [seen for seen in list(wire.seen) if first.at <= seen.at <= end]
            master = facts.kernel(host)
            mark = len(wire.seen)
            status = daemon.stop()
            assert status == 0, f"{program} ended with {status}"
            time.sleep(0.2)
            last = [facts.packet(seen) for seen in wire.seen[mark:] if isinstance(seen, Advert) and not seen.priority]
            after = facts.kernel(host)
        outputs = {
            file.name: file.read_text().replace(str(host.folder), "FOLDER").splitlines()
            for file in sorted(host.folder.glob("*.out"))
        }
        return Outcome(before, master, after, packets, last, outputs)


def _second_interface(host: Host, client: Host) -> None:
    """Give the host an eth1, 198.51.100.1, with a cable to the client, and wait until it is up."""
    host.ip(
        "link", "add", "eth1", "address", "02:00:00:00:01:01", "type", "veth", "peer", "eth1", "netns", client.namespace
    )
    client.ip("link", "set", "eth1", "up")
    host.ip("address", "add", "198.51.100.1/24", "dev", "eth1")
    host.ip("link", "set", "eth1", "up")
    deadline = time.monotonic() + PATIENCE
    while '"operstate":"UP"' not in host.ip("-j", "link", "show", "dev", "eth1"):
        assert time.monotonic() < deadline, "eth1 does not come up"
        time.sleep(0.02)


def compare(theirs: Outcome, ours: Outcome) -> list[str]:
    """All that is not the same, a line each."""
    found = facts.differences("before", theirs.before, ours.before)
    found += facts.differences("master", theirs.master, ours.master)
    found += facts.differences("after", theirs.after, ours.after)
    found += facts.packet_differences(theirs.packets, ours.packets)
    found += facts.differences("last", Counter(theirs.last), Counter(ours.last))
    for name in sorted({*theirs.outputs, *ours.outputs}):
        lines = [one.outputs.get(name, []) for one in (theirs, ours)]
        if lines[0] != lines[1]:
            found.append(f"{name}: keepalived {lines[0]}, kad {lines[1]}")
    return found


def both(case: Case, folder: Path) -> tuple[Outcome, Outcome]:
    """Run keepalived and kad side by side."""
    outcomes: dict[str, Outcome] = {}
    errors: list[BaseException] = []

    def one(program: str) -> None:
        try:
            (folder / program).mkdir()
            outcomes[program] = run(program, case, folder / program)
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            errors.append(error)

    threads = [threading.Thread(target=one, args=(program,)) for program in START]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return outcomes["keepalived"], outcomes["kad"]


def unmeant(case: Case, found: list[str]) -> list[str]:
    """The differences that no pattern of the case allows."""
    return [line for line in found if not any(pattern.search(line) for pattern in case.differs)]
