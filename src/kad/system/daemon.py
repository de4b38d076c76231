"""Become a daemon, and tell whoever started it how that went."""

import contextlib
import os
import select
import signal
import socket
import sys
from collections.abc import Callable

START_TIME = 30.0
"""Seconds that the command waits for its daemon to be ready before it leaves it to itself."""


def open_standard_streams() -> None:
    """Give 0, 1 and 2 to /dev/null where they are closed: else the next file opened would be taken for one of them."""
    for fd, name in ((0, "stdin"), (1, "stdout"), (2, "stderr")):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(fd, "r" if fd == 0 else "w", closefd=False))  # noqa: SIM115


SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2})
"""What the parent acts on."""


def hold_signals() -> None:
    """Let signals wait until the parent can act on them: one that comes earlier would end it half started."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


def detach() -> Callable[[int], None]:
    """Go on in the background, in a session of its own, with the standard streams on /dev/null.

    The process that called never returns from here: it exits with the status that the daemon reports through the
    function returned here, so that an init script learns of a start that failed. Call it once, as soon as it is known.
    OSError when there can be no second process.
    """
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os._exit(_wait_for_status(reading))
    os.close(reading)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)
    reported = False

    def report(status: int) -> None:
        nonlocal reported
        if not reported:
            reported = True
            with contextlib.suppress(OSError):
                os.write(writing, bytes([status & 255]))
            os.close(writing)

    return report


def _wait_for_status(reading: int) -> int:
    ready, _, _ = select.select([reading], [], [], START_TIME)
    if not ready:
        return 0
    status = os.read(reading, 1)
    return status[0] if status else 1  # it died without a word


def notify_service_manager(state: str) -> None:
    """Tell systemd (sd_notify(3)) a state such as READY=1; nothing where there is no systemd. Never blocks."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender, contextlib.suppress(OSError):
        sender.setblocking(False)
        sender.connect(address)
        sender.send(state.encode())
