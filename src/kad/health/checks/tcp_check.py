"""TCP_CHECK: a server is up when it accepts a connection (reference checker.md 4.1). One attempt, and its words.

Also `connected`, with which every check over TCP begins, and what an errno says about a server.
"""

import errno

from kad.health.outcome import Outcome, Reason
from kad.health.world import Endpoint, Network, Stream, World

_REMOTE = {
    errno.ECONNREFUSED: Reason.REFUSED,
    errno.ETIMEDOUT: Reason.TIMEOUT,
    errno.ECONNRESET: Reason.RESET,
    errno.ECONNABORTED: Reason.RESET,
    errno.EPIPE: Reason.RESET,
    errno.ENETUNREACH: Reason.UNREACHABLE,
    errno.EHOSTUNREACH: Reason.UNREACHABLE,
    errno.EHOSTDOWN: Reason.UNREACHABLE,
    errno.ENETDOWN: Reason.UNREACHABLE,
    errno.EPROTO: Reason.UNREACHABLE,
}
"""What the network or the server said (reference checker.md 3.4). Any other errno is this host's own."""

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""This host has run out of something: that says nothing about the server, and must not take it out of service."""


def failure(error: OSError) -> Outcome:
    """What an OSError of the network says about the server."""
    if isinstance(error, TimeoutError):
        return Outcome(Reason.TIMEOUT, "no answer in time")
    detail = error.strerror or str(error)
    if error.errno in _EXHAUSTED:
        return Outcome(Reason.NOT_RUN, detail)
    return Outcome(_REMOTE.get(error.errno or 0, Reason.LOCAL), detail)


async def connected(network: Network, endpoint: Endpoint) -> Stream | Outcome:
    """A stream to the server; the failure, when there is none."""
    try:
        stream = network.open(endpoint)
    except OSError as error:
        outcome = failure(error)
        return outcome if outcome.reason is Reason.NOT_RUN else Outcome(Reason.LOCAL, outcome.detail)
    try:
        await stream.connect(endpoint.address, endpoint.port, endpoint.timeout)
    except OSError as error:
        stream.close()
        return failure(error)
    except BaseException:  # the attempt is cancelled
        stream.close()
        raise
    return stream


class TcpProbe:
    """TCP_CHECK of one real server, whose `name` is used in its lines."""

    explains = False

    def __init__(self, name: str, endpoint: Endpoint) -> None:
        self._name = name
        self._endpoint = endpoint

    async def attempt(self, world: World, turn: int) -> Outcome:  # noqa: ARG002 - one thing to try
        """Connect and close."""
        stream = await connected(world, self._endpoint)
        if isinstance(stream, Outcome):
            return stream
        stream.close()
        return Outcome(Reason.OK)

    def succeeded(self) -> str:
        """The line of the first success, or the first one after a failure."""
        return f"TCP connection to {self._name} success."

    def failed(self, outcome: Outcome, retries: int, *, first: bool) -> str:  # noqa: ARG002 - the line has no cause
        """The line of the verdict."""
        after = f" after {retries} retries" if retries and not first else ""
        return f"TCP_CHECK on service {self._name} failed{after}."

    def attempt_failed(self, turn: int, outcome: Outcome, attempt: int, retries: int) -> str:  # noqa: ARG002
        """The line of one failed attempt, with its reason."""
        if outcome.reason is Reason.TIMEOUT:
            return f"TCP connection to {self._name} timeout."
        return f"TCP connection to {self._name} failed. ({outcome})"
