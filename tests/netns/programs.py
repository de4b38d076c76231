"""The daemons of a lab: kad or keepalived on a host, its log, its pid files, its end.

Not here: what they are configured with (configs.py), the network (lab.py).
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from tests.netns.lab import ENVIRONMENT, Host, kill_at_once
from tests.peers import Peer, peer

BAD_PACKET = re.compile(
    "|".join(
        (
            r"vrrp packet .*too (?:short|long)",
            r"invalid TTL/HL",
            r"wrong (?:VRRP )?version",
            r"Invalid auth type",
            r"received a \d+ auth",
            r"received an invalid passwd",
            r"advertisement interval mismatch",
            r"Invalid packet type",
            r"ip_tot_len mismatch",
            r"Invalid VRRPv\d checksum",
            r"Expected \w+cast packet but received",
            r"expected \d+ VIPs but received",
            r"not present in .*advert",
            r"AH header",
            r"Packet dropped",
            r"Dropping packet",
            r"discarding \w+cast packet",
            r"authentication trailer",
            r"authentication (?:HMAC|key id)",
            r"IPSEC.AH",
            r"not a unicast peer",
        )
    )
)
"""What kad and keepalived say of an advert that they refuse, or accept with a complaint."""


BAD_HEADING = re.compile("Errors|Ignored")
NOT_BAD = ("not_running", "startup_delay", "unknown_vrid")
"""What kad counts of adverts that came before it took part, or were for nobody here."""


class Daemon:
    """A running kad or keepalived: `stop()` ends it, and whatever is left of it ends with its host."""

    def __init__(self, host: Host, argv: Sequence[str], *, env: dict[str, str] | None = None, name: str) -> None:
        self.host = host
        self.name = name
        self.log = host.folder / f"{name}.log"
        self.dumps = host.folder / f"{name}.dumps"
        """Where its answers to SIGUSR1 and SIGUSR2 are."""
        self.dumps.mkdir(exist_ok=True)
        with self.log.open("ab") as output:
            # A session of its own: Ctrl-C is for the one who makes the lab, who then ends this one.
            self.process = subprocess.Popen(
                host.command(argv),
                env=ENVIRONMENT | {"TMPDIR": str(self.dumps)} | (env or {}),
                cwd=host.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def lines(self) -> list[str]:
        """The log so far, whole lines only."""
        return self.log.read_text(errors="replace").split("\n")[:-1]

    def mark(self) -> int:
        """A place in the log: everything so far is before it."""
        return len(self.lines())

    def wait_for(self, pattern: str, *, timeout: float = 10, since: int = 0) -> str:
        """The first line after a mark that matches; AssertionError, with the log, when none came in time."""
        return self.wait_until(re.compile(pattern).search, timeout=timeout, since=since, what=f"/{pattern}/")

    def wait_until(
        self, wanted: Callable[[str], object], *, timeout: float = 10, since: int = 0, what: str = "the line"
    ) -> str:
        """The first line after a mark that is wanted."""
        deadline = time.monotonic() + timeout
        while True:
            lines = self.lines()
            for line in lines[since:]:
                if wanted(line):
                    return line
            tail = "\n".join(lines[since:][-40:])
            assert self.process.poll() is None, f"{self.name} on {self.host.name} ended without {what}:\n{tail}"
            assert time.monotonic() < deadline, f"{self.name} on {self.host.name} did not log {what}:\n{tail}"
            time.sleep(0.005)

    def bad_packets(self) -> list[str]:
        """The lines that complain of an advert."""
        return [line for line in self.lines() if BAD_PACKET.search(line)]

    def asked(self, number: int, file: str) -> str:
        """What it writes into this file when it gets this signal."""
        path = self.dumps / file
        path.unlink(missing_ok=True)
        os.kill(self.process.pid, number)
        deadline = time.monotonic() + 5
        while not path.exists() or not path.read_text():
            assert time.monotonic() < deadline, f"{self.name} wrote no {file}"
            time.sleep(0.02)
        time.sleep(0.1)  # keepalived writes in place
        return path.read_text()

    def bad_counters(self) -> dict[str, int]:
        """What it has counted against the adverts of others, from its statistics; nothing when it does not run."""
        if self.process.poll() is not None:
            return {}
        found: dict[str, int] = {}
        heading = ""
        for line in self.asked(signal.SIGUSR2, "keepalived.stats").splitlines():
            if re.match(r"  \S", line):
                heading = line.strip(" :")
            elif (counter := re.match(r"    (.+): (\d+)$", line)) and BAD_HEADING.search(heading) and int(counter[2]):
                found[f"{heading}: {counter[1]}"] = int(counter[2])
        return {name: count for name, count in found.items() if not name.endswith(NOT_BAD)}

    def pids(self) -> list[int]:
        """The daemon and all its descendants, the parent first, which could start others."""
        try:
            parent = psutil.Process(self.process.pid)
            return [parent.pid, *(child.pid for child in parent.children(recursive=True))]
        except psutil.NoSuchProcess:
            return []

    def child(self, which: str) -> int:
        """The pid of a worker ("vrrp", "checkers"), from its pid file."""
        return int((self.host.folder / f"{which}.pid").read_text())

    def signal(self, number: signal.Signals) -> None:
        """Send the parent a signal."""
        os.kill(self.process.pid, number)

    def kill_whole(self) -> None:
        """SIGKILL to every process of it at once: none is left that could resign or clean up."""
        kill_at_once(self.pids())
        self.process.wait(5)

    def stop(self, *, timeout: float = 10) -> int:
        """SIGTERM, and wait; the exit status."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.process.wait(timeout)


def _options(host: Host, config: str) -> list[str]:
    """The options that both programs understand: in the foreground, all detail, every file in the host's folder."""
    file = host.folder / "keepalived.conf"
    file.write_text(config)
    pid_files = [f"--{option}={host.folder / name}.pid" for option, name in PID_FILES]
    return ["-n", "-l", "-D", "-G", *pid_files, "-f", str(file)]


PID_FILES = (("pid", "parent"), ("vrrp_pid", "vrrp"), ("checkers_pid", "checkers"))


def start_kad(host: Host, config: str, *options: str) -> Daemon:
    """Start kad with this configuration on a host."""
    return Daemon(host, [sys.executable, "-m", "kad", *_options(host, config), *options], name="kad")


def start_keepalived(host: Host, config: str, *options: str) -> Daemon:
    """Start real keepalived with this configuration on a host; the test is skipped where there is none."""
    return start_peer(peer("usr/sbin/keepalived"), host, config, *options)


def start_peer(program: Peer, host: Host, config: str, *options: str) -> Daemon:
    """Start a given keepalived with this configuration on a host."""
    argv = [*program.argv, *_options(host, config), *options]
    return Daemon(host, argv, env=program.env, name="keepalived")


def rewrite(host: Host, config: str) -> Path:
    """Put another configuration where the host's daemon reads it at a reload."""
    file = host.folder / "keepalived.conf"
    file.write_text(config)
    return file
