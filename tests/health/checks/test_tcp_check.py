"""TCP_CHECK, on a network that does as it is told."""

import asyncio
import errno
import os

import pytest

from kad.health.checks.tcp_check import TcpProbe
from kad.health.outcome import Outcome, Reason
from kad.health.world import Endpoint
from kad.units import SECOND, Micros
from tests.health.network import FakeServer

ENDPOINT = Endpoint("10.0.0.1", 80, Micros(5 * SECOND))
PROBE = TcpProbe("[10.0.0.1]:tcp:80", ENDPOINT)


def error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def attempt(server: FakeServer) -> Outcome:
    return asyncio.run(PROBE.attempt(server, 0))


def test_a_connection_is_success_and_closed_at_once() -> None:
    server = FakeServer()
    assert attempt(server).ok
    assert (server.connections, server.open_streams, server.sent) == ([("10.0.0.1", 80)], 0, b"")
    assert server.limits == [5 * SECOND]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ECONNREFUSED, Reason.REFUSED),
        (errno.ETIMEDOUT, Reason.TIMEOUT),
        (errno.ECONNRESET, Reason.RESET),
        (errno.ECONNABORTED, Reason.RESET),
        (errno.ENETUNREACH, Reason.UNREACHABLE),
        (errno.EHOSTUNREACH, Reason.UNREACHABLE),
        (errno.EHOSTDOWN, Reason.UNREACHABLE),
        (errno.ENETDOWN, Reason.UNREACHABLE),
        (errno.EADDRNOTAVAIL, Reason.LOCAL),
        (errno.EPERM, Reason.LOCAL),
        (errno.EMFILE, Reason.NOT_RUN),
        (errno.ENOBUFS, Reason.NOT_RUN),
    ],
)
def test_each_error_of_a_connection_has_its_reason_and_leaves_no_socket(number: int, reason: Reason) -> None:
    server = FakeServer(connecting=error(number))
    assert attempt(server).reason is reason
    assert server.open_streams == 0


@pytest.mark.parametrize("number", [errno.EADDRNOTAVAIL, errno.ENODEV, errno.EPERM, errno.ENETUNREACH])
def test_a_source_that_this_host_does_not_have_is_a_local_failure(number: int) -> None:
    assert attempt(FakeServer(opening=error(number))).reason is Reason.LOCAL


def test_running_out_of_descriptors_says_nothing_about_the_server() -> None:
    assert attempt(FakeServer(opening=error(errno.EMFILE))).reason is Reason.NOT_RUN


def test_an_attempt_that_is_cancelled_leaves_no_socket() -> None:
    server = FakeServer(hangs=True)

    async def cancelled() -> int:
        task = asyncio.create_task(PROBE.attempt(server, 0))
        await asyncio.sleep(0)
        open_before = server.open_streams
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return open_before

    assert (asyncio.run(cancelled()), server.open_streams) == (1, 0)


def test_the_lines_are_keepalived_s() -> None:
    refused = Outcome(Reason.REFUSED, "Connection refused")
    assert PROBE.succeeded() == "TCP connection to [10.0.0.1]:tcp:80 success."
    assert PROBE.failed(refused, 3, first=False) == "TCP_CHECK on service [10.0.0.1]:tcp:80 failed after 3 retries."
    assert PROBE.failed(refused, 3, first=True) == "TCP_CHECK on service [10.0.0.1]:tcp:80 failed."
    assert PROBE.failed(refused, 0, first=False) == "TCP_CHECK on service [10.0.0.1]:tcp:80 failed."
    assert PROBE.attempt_failed(0, Outcome(Reason.TIMEOUT), 1, 3) == "TCP connection to [10.0.0.1]:tcp:80 timeout."
    assert PROBE.attempt_failed(0, refused, 1, 3) == (
        "TCP connection to [10.0.0.1]:tcp:80 failed. (refused: Connection refused)"
    )
