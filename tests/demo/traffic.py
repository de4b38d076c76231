"""The demo's traffic: web servers that say their name, a relay in each director, a client that fetches pages.

The relay stands where IPVS would, so that pages flow where the kernel has none: it spreads connections in turn over
the web servers. It listens on every address, so what decides which director serves is who has the virtual address.

    python -m tests.demo.traffic web NAME             serve pages saying NAME on port 80
    python -m tests.demo.traffic relay ADDRESS …      pass port 80 on to these by turns
"""

import asyncio
import contextlib
import itertools
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from tests.netns.lab import Host, inside

PORT = 80
REQUEST = b"GET / HTTP/1.0\r\n\r\n"


async def _serve(name: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.0 200 OK\r\nContent-Length: {len(name)}\r\n\r\n{name}".encode())
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "0.0.0.0", PORT)
    await server.serve_forever()


async def _relay(servers: Sequence[str]) -> None:
    turn: Iterator[str] = itertools.cycle(servers)

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
        writer.write_eof()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            upstream, downstream = await asyncio.wait_for(asyncio.open_connection(next(turn), PORT), 1)
            await asyncio.gather(pump(reader, downstream), pump(upstream, writer))
            downstream.close()
        writer.close()

    server = await asyncio.start_server(pass_on, "0.0.0.0", PORT)
    await server.serve_forever()


class Browser:
    """Fetches a page from an address every tenth of a second, from entry to exit, and counts who served it."""

    def __init__(self, host: Host, address: str) -> None:
        self._host = host
        self._address = address
        self._done = threading.Event()
        self._thread = threading.Thread(target=lambda: inside(host.namespace, self._browse), daemon=True)
        self.pages: Counter[str] = Counter()
        self.failures = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _browse(self) -> None:
        while not self._done.wait(0.1):
            try:
                with socket.create_connection((self._address, PORT), timeout=0.5) as connection:
                    connection.sendall(REQUEST)
                    with connection.makefile("rb") as answer:
                        self.pages[answer.read().rpartition(b"\r\n\r\n")[2].decode()] += 1
            except OSError:
                self.failures += 1

    def wait_for_pages(self, number: int, *, timeout: float) -> Counter[str]:
        """The pages of the time from now until there are so many more, by the server's name."""
        before = self.pages.copy()
        deadline = time.monotonic() + timeout
        while (self.pages - before).total() < number:
            assert time.monotonic() < deadline, f"not {number} pages within {timeout} s"
            time.sleep(0.02)
        return self.pages - before


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    asyncio.run(_serve(rest[0]) if what == "web" else _relay(rest))
