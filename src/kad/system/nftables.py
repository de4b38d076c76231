"""An nftables table of kad's own, changed by `nft -j`, a short process each time; the event loop does not wait for it.

Not here: what is in the table (vrrp/firewall.py).
"""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from kad.log import logger

log = logger("vrrp")

Commands = list[dict[str, Any]]
Wanted = TypeVar("Wanted")

LIMIT = 5.0
"""Seconds that nft may take."""

_PLACES = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Table(Generic[Wanted]):
    """What the table is to be, one thing after another. `commands` gives the way from one to the next, None: unknown.

    Where it can't be had the first failure is told, and then only other ones: VRRP goes on without it.
    """

    def __init__(self, commands: Callable[[Wanted | None, Wanted], Commands]) -> None:
        self._commands = commands
        self._now: Wanted | None = None
        self._complaint = ""
        self._turn = asyncio.Lock()

    async def become(self, wanted: Wanted) -> None:
        """Make it so, after what was asked for before."""
        async with self._turn:
            commands = self._commands(self._now, wanted)
            problem = await asyncio.to_thread(run, commands) if commands else ""
            self._now = None if problem else wanted
            if problem and problem != self._complaint:
                log.warning("packets are not filtered with nftables: %s", problem)
            self._complaint = problem


def run(commands: Commands) -> str:
    """Have nft do this, all of it or nothing; why it could not, or an empty text."""
    program = shutil.which("nft", path=_PLACES)
    if program is None:
        return "there is no nft here (Debian: apt install nftables)"
    try:
        done = subprocess.run(
            [program, "-j", "-f", "-"],
            input=json.dumps({"nftables": commands}),
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
            env={"PATH": _PLACES, "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"nft can't be run: {error}"
    if done.returncode == 0:
        return ""
    return (done.stderr.strip().partition("\n")[0] or f"nft ended with status {done.returncode}").removeprefix(
        "internal:0:0-0: "
    )
