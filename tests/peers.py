"""Where the programs are that kad is tested against (packaging/debian-packages.txt, kind peer), and how to run them.

A program comes from build/peers, where packaging/peers.sh unpacked it with its libraries, else from the host. A test
that needs one which is neither here nor there is skipped by its name.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

PEERS = Path(__file__).parent.parent / "build" / "peers"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Peer:
    """A program: run `argv` with `env`."""

    path: Path
    unpacked: bool

    @property
    def argv(self) -> list[str]:
        return [str(self.path)]

    @property
    def env(self) -> dict[str, str]:
        """The environment to run it in: an unpacked program finds its libraries beside it first."""
        env = {"PATH": f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}", "LC_ALL": "C.UTF-8"}
        if self.unpacked:
            env["LD_LIBRARY_PATH"] = ":".join(str(folder) for folder in libraries())
        return env


def libraries() -> list[Path]:
    """The folders of build/peers that hold shared libraries."""
    roots = (PEERS / "lib", PEERS / "usr" / "lib")
    return [folder for root in roots for folder in (root, *sorted(root.glob("*-linux-gnu*"))) if folder.is_dir()]


def find(file: str) -> Peer | None:
    """The program of this path under build/peers ("usr/sbin/keepalived"), or the host's of that name."""
    unpacked = PEERS / file
    if unpacked.exists():
        return Peer(unpacked, unpacked=True)
    host = shutil.which(unpacked.name, path=f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}")
    return Peer(Path(host), unpacked=False) if host else None


def peer(file: str) -> Peer:
    """The program, or the test is skipped with the name of what is missing."""
    found = find(file)
    if found is None:
        pytest.skip(f"{Path(file).name} is not here: packaging/peers.sh could not get it")
    return found
