"""Do a piece of work in a forked process with a time limit, and get its result as bytes: a crash there stays there."""

import contextlib
import os
import signal
from collections.abc import Callable

from kad.errors import ChannelClosed, ProtocolError
from kad.system import clock, fork
from kad.system.channel import pair
from kad.units import SECOND, Micros


class Offload:
    """One such process. Watch `channel` for reading, mind `deadline`, and `end` it in any case.

    OSError when there is no process to be had.
    """

    def __init__(self, work: Callable[[], bytes], *, title: str, limit: Micros) -> None:
        self.channel, theirs = pair()
        self.deadline = Micros(clock.now() + limit)

        def body() -> int:
            theirs.send(work())
            theirs.drain(limit / SECOND)
            return 0

        try:
            self.pid = fork.spawn(body, title=title, keep_fds=(theirs.fileno(),))
        except OSError:
            self.channel.close()
            raise
        finally:
            theirs.close()

    def result(self) -> bytes | None:
        """What the work came to; None as long as it has not come to anything. ProtocolError: it never will."""
        try:
            return next(iter(self.channel.receive()), None)
        except ChannelClosed:
            raise ProtocolError("it ended without a result") from None

    def end(self) -> None:
        """End the process if it still runs; whoever reaps children will find it."""
        self.channel.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
