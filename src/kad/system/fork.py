"""Fork a worker: a child with only its channel, default signals, its name, and no way back into the parent's code."""

import contextlib
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable

import setproctitle

from kad.errors import ExitCode
from kad.system import privileges

INHERITED: set[int] = set()
"""Descriptors that every child keeps, opened before the first of them."""


def spawn(body: Callable[[], int], *, title: str, keep_fds: tuple[int, ...]) -> int:
    """Run `body` in a forked child that exits with its result; the child's pid.

    The child keeps descriptors 0, 1, 2, INHERITED and `keep_fds`: an inherited end of another worker's channel would
    hide the parent's death from that worker. An exception that leaves `body` goes to standard error and ends it with
    SOFTWARE.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code: int = ExitCode.SOFTWARE
    try:
        _settle(title, keep_fds, parent)
        code = body()
    except BaseException:  # noqa: BLE001 - nothing may run on into the parent's stack
        with contextlib.suppress(Exception):
            os.write(2, traceback.format_exc().encode(errors="backslashreplace"))
    finally:
        with contextlib.suppress(Exception):
            logging.shutdown()
        os._exit(code)


def _settle(title: str, keep_fds: tuple[int, ...], parent: int) -> None:
    privileges.die_with_parent()
    if os.getppid() != parent:  # it died before the line above
        os._exit(ExitCode.OK)
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError):  # the C library keeps two for itself
            signal.signal(number, signal.SIG_DFL)
    # Ctrl-C and a signal to the whole group are the parent's to act on. A handler that does nothing, not SIG_IGN: what
    # is ignored stays ignored in the scripts that the runner starts.
    # SIGPIPE and SIGXFSZ would kill without a word where an error tells what is wrong.
    for number in (
        signal.SIGINT,
        signal.SIGHUP,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGPIPE,
        signal.SIGXFSZ,
    ):
        signal.signal(number, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    _close_all_but({0, 1, 2, *INHERITED, *keep_fds})
    setproctitle.setproctitle(title)


def _close_all_but(keep: set[int]) -> None:
    last = -1
    for fd in sorted(keep):
        if fd > last + 1:  # an empty range that begins at 0 would close everything (seen in CPython 3.11)
            os.closerange(last + 1, fd)
        last = fd
    os.closerange(last + 1, os.sysconf("SC_OPEN_MAX"))
