"""TCP connections of the checkers: non-blocking sockets on the running asyncio loop, without asyncio's streams.

A check makes one connection and is done with it, thousands a second: a socket, a deadline and the loop's own
add_writer and add_reader cost a quarter of `asyncio.open_connection` (DESIGN 'Time'). Addresses are numeric: nothing
here resolves names. What an errno says about a server is the checks' affair.
"""

import asyncio
import errno
import os
import resource
import socket
import struct

from kad.units import SECOND, Micros

_SO_BINDTODEVICE = 25
_SO_MARK = 36
_IP_BIND_ADDRESS_NO_PORT = 24
_ABORT_ON_CLOSE = struct.pack("ii", 1, 0)
"""struct linger: close with RST, so that a fixed source port is free at once."""


class Stream:
    """One TCP connection; OSError from every method but `close`, TimeoutError when its time is up."""

    def __init__(self, unconnected: socket.socket) -> None:
        self._socket = unconnected
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._end = 0.0

    async def connect(self, address: str, port: int, timeout: Micros) -> None:
        """Connect within the time."""
        self.limit(timeout)
        error = self._socket.connect_ex((address, port))
        if error == errno.EINPROGRESS:
            await self._writable()
            error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))

    def limit(self, timeout: Micros) -> None:
        """All that follows together may take this long from now on."""
        self._cancel_timer()
        self._end = self._loop.time() + timeout / SECOND
        self._timer = self._loop.call_at(self._end, self._expired)

    async def send(self, data: bytes) -> None:
        """Send all of it."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                await self._writable()

    async def receive(self, most: int) -> bytes:
        """Some bytes, at most so many; none: the other end has closed."""
        while True:
            # A server that never stops sending keeps the loop from its timers: the clock is asked before each read.
            if self._loop.time() >= self._end:
                raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            try:
                return self._socket.recv(most)
            except BlockingIOError:
                await self._readable()

    def close(self) -> None:
        """Done, connected or not."""
        self._cancel_timer()
        self._socket.close()

    async def _writable(self) -> None:
        fd = self._socket.fileno()
        self._waiter = self._loop.create_future()
        self._loop.add_writer(fd, self._wake)
        try:
            await self._waiter
        finally:
            self._loop.remove_writer(fd)
            self._waiter = None

    async def _readable(self) -> None:
        fd = self._socket.fileno()
        self._waiter = self._loop.create_future()
        self._loop.add_reader(fd, self._wake)
        try:
            await self._waiter
        finally:
            self._loop.remove_reader(fd)
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _expired(self) -> None:
        self._timer = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)))

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def open_stream(
    address: str,
    *,
    bindto: str | None = None,
    bind_port: int | None = None,
    bind_if: str | None = None,
    fwmark: int | None = None,
) -> Stream:
    """An unconnected stream that will go to `address` from there; OSError when this host can't do that."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    unconnected = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        if bind_if is not None:
            unconnected.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, bind_if.encode() + b"\0")
        if fwmark is not None:
            unconnected.setsockopt(socket.SOL_SOCKET, _SO_MARK, struct.pack("I", fwmark))
        if bindto is not None:
            _bind(unconnected, bindto, bind_port)
    except BaseException:
        unconnected.close()
        raise
    return Stream(unconnected)


def _bind(unconnected: socket.socket, bindto: str, bind_port: int | None) -> None:
    if bind_port is None:
        # The port is chosen at connect, when the other end is known: 28,000 checks to each server, not in all.
        unconnected.setsockopt(socket.SOL_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
    else:
        unconnected.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        unconnected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT_ON_CLOSE)
    unconnected.bind((bindto, bind_port or 0))


def allow_many() -> int:
    """Raise this process's limit of open descriptors as far as it may go; the limit then in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
