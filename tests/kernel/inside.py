"""The guest's side of the user-mode kernel: one warm interpreter that forks a process for each scenario, all at once.

`python -m tests.kernel.inside kad:NAME keepalived:NAME …` runs those functions of scenarios.py and scenarios_full.py,
each in a network namespace of its own, and leaves NAME.kad.json and so on in /run/results. Nothing here imports
pytest: imports are slow in the guest.
"""

import ctypes
import json
import os
import sys
import traceback
from pathlib import Path

from tests.kernel import demo_guest, scenarios, scenarios_full
from tests.kernel.director import RESULTS, Director

CLONE_NEWNET = 0x40000000
POWER_OFF = 0x4321FEDC
_LIBC = ctypes.CDLL(None, use_errno=True)


def own_network() -> None:
    """Move this process into a network namespace of its own."""
    if _LIBC.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def play(program: str, name: str) -> None:
    """Run one scenario and write down how it went."""
    own_network()
    director = Director(program, name)
    result: dict[str, object] = {"error": ""}
    try:
        (getattr(scenarios, name, None) or getattr(scenarios_full, name))(director)
    except BaseException:  # noqa: BLE001 - the host's test says what went wrong
        result["error"] = traceback.format_exc()
    finally:
        director.clean_up()
    result |= {"seen": director.seen, "wrong": director.wrong, "log": director.log()}
    (RESULTS / f"{name}.{program}.json").write_text(json.dumps(result))


def main(arguments: list[str]) -> None:
    """Run all scenarios beside each other, or the demo."""
    import kad.health.process  # noqa: F401 - for all the children at once

    if arguments == ["demo"]:
        own_network()
        demo_guest.main()
        return
    children = []
    for argument in arguments:
        program, _, name = argument.partition(":")
        pid = os.fork()
        if not pid:
            try:
                play(program, name)
            finally:
                os._exit(0)
        children.append(pid)
    for pid in children:
        os.waitpid(pid, 0)


def power_off() -> None:
    """End the kernel; what hangs in it ends with it."""
    os.sync()
    _LIBC.reboot(POWER_OFF)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except BaseException:  # noqa: BLE001 - the console is a file that the host reads
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        Path("/run/results/over").touch()
        power_off()
