"""A box: a network namespace and a /run of its own, in which a test runs daemons that must not be seen outside.

For one host that needs no neighbours; `tests/netns/lab.py` has hosts on a common bridge.
"""

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

KAD = [sys.executable, "-m", "kad"]

SETUP = """
export PATH=$PATH:/usr/sbin:/sbin
mount --make-rprivate / 2>/dev/null || mount --make-private /run 2>/dev/null || { echo shared; exit 0; }
mount -t tmpfs tmpfs /run && ip link set lo up && echo ready && exec sleep 900
"""
"""In a chroot / is no mount that one could make private; then /run must be one, or its tmpfs would show outside."""


class Box:
    """`run` commands inside; everything started inside is ended with the box."""

    def __init__(self) -> None:
        self._keeper = subprocess.Popen(
            ["unshare", "--net", "--mount", "--propagation", "unchanged", "sh", "-c", SETUP],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._keeper.stdout is not None
        said = self._keeper.stdout.readline()
        if said == "shared\n":
            self._keeper.wait()
            pytest.skip("no /run of its own: in this chroot neither / nor /run is a mount")
        assert said == "ready\n", "no box: root and namespaces are needed"
        self._network = os.readlink(f"/proc/{self._keeper.pid}/ns/net")

    def command(self, *argv: str) -> list[str]:
        """The command line that runs this inside."""
        return ["nsenter", "--target", str(self._keeper.pid), "--net", "--mount", "--root", "--wd", *argv]

    def run(self, *argv: str, timeout: float = 30, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside to its end; its output and exit status."""
        return subprocess.run(
            self.command(*argv),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env={**os.environ, **environment},
        )

    def start(self, *argv: str) -> subprocess.Popen[str]:
        """Start a command inside; output on one pipe."""
        return subprocess.Popen(
            self.command(*argv), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )

    def read(self, path: str) -> str:
        """A file as it is inside."""
        return Path(f"/proc/{self._keeper.pid}/root{path}").read_text()

    def addresses(self) -> list[str]:
        """The IPv4 addresses inside, without loopback's own."""
        words = self.run("ip", "-4", "-o", "addr").stdout.split()
        found = [word for before, word in itertools.pairwise(words) if before == "inet"]
        return [address for address in found if address != "127.0.0.1/8"]

    def wait_for_address(self, address: str, seconds: float = 5) -> None:
        """A daemon that says that it runs sets its addresses just then."""
        end = time.monotonic() + seconds
        while address not in self.addresses():
            assert time.monotonic() < end, f"{address} is not set, but {self.addresses()}"
            time.sleep(0.02)

    def processes(self) -> list[psutil.Process]:
        """Everything that runs inside, but the box's own keeper."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.pid != self._keeper.pid and os.readlink(f"/proc/{process.pid}/ns/net") == self._network:
                    found.append(process)
            except OSError:
                continue
        return found

    def wait_until_empty(self, seconds: float = 3) -> None:
        """What was started inside ends by itself within this time."""
        end = time.monotonic() + seconds
        while left := self.processes():
            assert time.monotonic() < end, f"still running: {left}"
            time.sleep(0.02)

    def close(self) -> None:
        """End everything inside, then the box."""
        end = time.monotonic() + 5
        while (left := self.processes()) and time.monotonic() < end:
            for process in left:
                process.kill()
            psutil.wait_procs(left, timeout=0.2)
        self._keeper.kill()
        self._keeper.wait()


@contextmanager
def box() -> Iterator[Box]:
    """Make a box; whatever happens, nothing of it stays."""
    made = Box()
    try:
        yield made
    finally:
        made.close()


@contextmanager
def connected_box() -> Iterator[Box]:
    """A box with an interface veth0 that is up and has the address 10.9.9.1/24."""
    with box() as made:
        made.run("ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1")
        made.run("ip", "link", "set", "veth0", "up")
        made.run("ip", "link", "set", "veth1", "up")
        made.run("ip", "addr", "add", "10.9.9.1/24", "dev", "veth0")
        yield made
