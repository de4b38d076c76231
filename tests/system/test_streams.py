"""The checkers' connections, on loopback."""

import asyncio
import errno
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest

from kad.system.streams import Stream, allow_many, open_stream
from kad.units import MILLISECOND, SECOND, Micros

SOON = Micros(100 * MILLISECOND)
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="SO_MARK and SO_BINDTODEVICE need root")


@contextmanager
def listener(backlog: int = 16) -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as listening:
        listening.settimeout(5)
        yield listening


def port_of(listening: socket.socket) -> int:
    port: int = listening.getsockname()[1]
    return port


def using(body: Callable[[Stream], Awaitable[None]], **source: object) -> None:
    """Run `body` with a stream to 127.0.0.1; afterwards the loop watches nothing more."""

    async def run() -> None:
        stream = open_stream("127.0.0.1", **source)  # type: ignore[arg-type]
        try:
            await body(stream)
        finally:
            stream.close()

    asyncio.run(run())


async def read_on(stream: Stream) -> None:
    while True:
        await stream.receive(10)


def test_a_listening_server_is_connected_to() -> None:
    with listener() as listening:
        using(lambda stream: stream.connect("127.0.0.1", port_of(listening), SECOND))


def test_a_closed_port_is_refused() -> None:
    with listener() as listening:
        port = port_of(listening)
    with pytest.raises(ConnectionRefusedError):
        using(lambda stream: stream.connect("127.0.0.1", port, SECOND))


def test_a_server_that_does_not_answer_is_given_up_in_time() -> None:
    with listener(backlog=0) as listening:
        with socket.create_connection(listening.getsockname()):  # the queue is full: the next SYN is dropped
            begun = time.monotonic()
            with pytest.raises(TimeoutError):
                using(lambda stream: stream.connect("127.0.0.1", port_of(listening), SOON))
        assert 0.09 < time.monotonic() - begun < 1


def test_everything_is_sent_though_the_other_end_is_slow() -> None:
    data = os.urandom(8_000_000)
    got = bytearray()
    with listener() as listening:

        def slow() -> None:
            connection, _ = listening.accept()
            with connection:
                time.sleep(0.1)
                while piece := connection.recv(1_000_000):
                    got.extend(piece)

        reader = threading.Thread(target=slow)
        reader.start()

        async def body(stream: Stream) -> None:
            await stream.connect("127.0.0.1", port_of(listening), SECOND)
            stream.limit(Micros(10 * SECOND))
            await stream.send(data)

        using(body)
        reader.join()
    assert bytes(got) == data


def test_what_is_sent_is_received_and_then_the_end() -> None:
    with listener() as listening:

        async def body(stream: Stream) -> None:
            await stream.connect("127.0.0.1", port_of(listening), SECOND)
            connection, _ = listening.accept()
            asyncio.get_running_loop().call_later(0.05, connection.sendall, b"hello")
            assert await stream.receive(100) == b"hello"
            connection.close()
            assert await stream.receive(100) == b""

        using(body)


def test_a_limit_holds_for_all_reads_together() -> None:
    with listener() as listening:

        async def body(stream: Stream) -> None:
            await stream.connect("127.0.0.1", port_of(listening), SECOND)
            connection, _ = listening.accept()
            drip = asyncio.create_task(dripping(connection))
            stream.limit(SOON)
            begun = time.monotonic()
            with pytest.raises(TimeoutError):
                await read_on(stream)
            assert time.monotonic() - begun < 1
            drip.cancel()
            connection.close()

        async def dripping(connection: socket.socket) -> None:
            while True:
                connection.send(b".")
                await asyncio.sleep(0.02)

        using(body)


def test_a_server_that_never_stops_sending_is_stopped_by_the_clock() -> None:
    with listener() as listening:
        over = threading.Event()

        def flood() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(0.1)
                while not over.is_set():
                    try:
                        connection.send(b"x" * 100_000)
                    except OSError:
                        continue

        flooder = threading.Thread(target=flood)
        flooder.start()

        async def body(stream: Stream) -> None:
            await stream.connect("127.0.0.1", port_of(listening), SECOND)
            stream.limit(SOON)
            await read_on(stream)

        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            using(body)
        over.set()
        flooder.join()
        assert time.monotonic() - begun < 2


def test_a_cancelled_read_leaves_the_loop_watching_nothing() -> None:
    async def run() -> None:
        with listener() as listening:
            stream = open_stream("127.0.0.1")
            await stream.connect("127.0.0.1", port_of(listening), SECOND)
            reading = asyncio.create_task(stream.receive(1))
            await asyncio.sleep(0)
            fd = stream._socket.fileno()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            assert not asyncio.get_running_loop().remove_reader(fd)
            stream.close()

    asyncio.run(run())


def test_the_source_is_the_address_that_was_asked_for() -> None:
    with listener() as listening:
        using(lambda stream: stream.connect("127.0.0.1", port_of(listening), SECOND), bindto="127.0.0.5")
        connection, (address, _) = listening.accept()
        connection.close()
        assert address == "127.0.0.5"


def test_a_fixed_source_port_can_be_used_again_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        source_port = port_of(free)
    with listener() as listening:
        for _ in range(3):
            using(
                lambda stream: stream.connect("127.0.0.1", port_of(listening), SECOND),
                bindto="127.0.0.1",
                bind_port=source_port,
            )
            connection, (_, port) = listening.accept()
            connection.close()
            assert port == source_port


def test_a_source_address_of_another_host_is_an_error_before_anything_is_sent() -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EADDRNOTAVAIL)):
        using(lambda stream: stream.connect("127.0.0.1", 1, SECOND), bindto="192.0.2.1")


@root_only
def test_a_device_and_a_mark_are_set() -> None:
    with listener() as listening:

        async def body(stream: Stream) -> None:
            await stream.connect("127.0.0.1", port_of(listening), SECOND)
            assert stream._socket.getsockopt(socket.SOL_SOCKET, 36) == 7
            assert stream._socket.getsockopt(socket.SOL_SOCKET, 25, 16).rstrip(b"\0") == b"lo"

        using(body, bind_if="lo", fwmark=7)


@root_only
def test_a_device_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match=os.strerror(errno.ENODEV)):
        using(lambda stream: stream.connect("127.0.0.1", 1, SECOND), bind_if="nosuch0")


def test_ipv6_connects_too() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this host has no IPv6")
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:

        async def run() -> None:
            stream = open_stream("::1")
            await stream.connect("::1", listening.getsockname()[1], SECOND)
            stream.close()

        asyncio.run(run())


def test_as_many_descriptors_are_allowed_as_may_be() -> None:
    assert allow_many() >= 1024
