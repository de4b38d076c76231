"""Every exception kad raises on purpose.

KadError
 ├ Hopeless          this process must end, and would end the same way if it were started again
 ├ Refused           the kernel did not do what it was asked
 ├ ProtocolError     another kad process sent what no kad process sends: a bug, fatal to the reader
 └ ChannelClosed     the process at the other end of a channel is gone

A mistake in a configuration is no exception but a `config.diagnostics.Diagnostic`; a bad packet is a counted
reason; a broken assumption of our own is an `assert`, which ends the worker, and the parent starts it again.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """keepalived's exit statuses (reference vrrp.md 10.2), used by the parent and by its workers alike."""

    OK = 0
    FATAL = 1
    CONFIG = 2
    CONFIG_TEST_FAILED = 4
    CONFIG_TEST = 5
    NO_CONFIG = 6
    SOFTWARE = 70


MISSING_PERMISSION = ExitCode.CONFIG_TEST_FAILED
"""keepalived gives 4 two meanings: a missing permission at run time, a test that cannot be made with -t."""

HOPELESS = frozenset({ExitCode.FATAL, ExitCode.CONFIG, MISSING_PERMISSION})
"""A worker that ends with one of these would end so again: it is not restarted."""


class KadError(Exception):
    """The root of all exceptions that kad raises on purpose."""


class Hopeless(KadError):  # noqa: N818 - it names what the worker is, not what went wrong
    """A worker can't do its work and never will with this configuration on this machine.

    `str(error)` is the one line that the log gets, `code` the exit status: FATAL, CONFIG or MISSING_PERMISSION.
    """

    def __init__(self, reason: str, code: ExitCode = ExitCode.FATAL) -> None:
        super().__init__(reason)
        self.code = code


class Refused(KadError):  # noqa: N818 - an answer, not a failure of ours
    """The kernel refused a change; `str(error)` is the one line that the log gets."""


class ProtocolError(KadError):
    """A frame between two kad processes is not one of the messages that its sender may send."""


class ChannelClosed(KadError):  # noqa: N818 - an end, not an error
    """The other process closed its end: it has exited."""
