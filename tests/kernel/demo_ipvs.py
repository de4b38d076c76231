"""The host's part of the demo's second chapter: a farm behind IPVS in the user-mode kernel, told as it happens.

`python -m tests.kernel.demo_ipvs` shows it by itself. What happens is in demo_guest.py.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.kernel import guest

SECONDS = 90
"""After which the guest is ended, however far it is."""


def play(folder: Path, tell: Callable[[str, str], None]) -> dict[str, Any]:
    """Boot the kernel and tell what happens in it, line by line: who, and what.

    The measurements: `both`, `one`, `again`: pages answered by each server ("" for nobody) while both were there, while
    one was dead, and after its return; `out`, `back`: seconds until kad took it out and put it back; `blind`: seconds
    in which the client met the dead server; `failed`: how many of its requests did; `clean`: nothing was left.
    RuntimeError, with what the guest said, when it did not come to its end.
    """
    results = guest.run(folder, ["demo"], seconds=SECONDS, on_line=lambda line: tell(*line.split("\t", 1)))
    if "demo" not in results:
        raise RuntimeError(f"the guest did not come to its end:\n{guest.console(folder)}")
    measured: dict[str, Any] = results["demo"]  # type: ignore[assignment]
    return measured


def main() -> None:
    """Play on the terminal."""
    folder = Path(tempfile.mkdtemp(prefix="kad-guest-"))
    try:
        print(play(folder, lambda who, what: print(f"{who:8} {what}", flush=True)))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
