"""The twin of the world that checks ask: a server that is a list of pieces, on a network that fails when told to."""

import asyncio
from collections.abc import Iterable

from kad.config.schema.script import Script
from kad.health.world import Endpoint
from kad.ipc.messages import ScriptExited
from kad.units import Micros

Piece = bytes | OSError


class FakeServer:
    """Gives its pieces one a read, then closes. Is the network, the stream and the runner."""

    def __init__(
        self,
        pieces: Iterable[Piece] = (),
        *,
        opening: OSError | None = None,
        connecting: OSError | None = None,
        sending: OSError | None = None,
        hangs: bool = False,
    ) -> None:
        self.pieces = list(pieces)
        self.opening = opening
        self.connecting = connecting
        self.sending = sending
        self.hangs = hangs
        self.sent = b""
        self.open_streams = 0
        self.connections: list[tuple[str, int]] = []
        self.limits: list[Micros] = []

    def open(self, endpoint: Endpoint) -> "FakeServer":
        assert endpoint.address, "an endpoint has an address"
        if self.opening is not None:
            raise self.opening
        self.open_streams += 1
        return self

    async def connect(self, address: str, port: int, timeout: Micros) -> None:
        self.connections.append((address, port))
        self.limits.append(timeout)
        if self.hangs:
            await asyncio.Event().wait()
        if self.connecting is not None:
            raise self.connecting

    def limit(self, timeout: Micros) -> None:
        self.limits.append(timeout)

    async def send(self, data: bytes) -> None:
        if self.sending is not None:
            raise self.sending
        self.sent += data

    async def receive(self, most: int) -> bytes:
        if not self.pieces:
            return b""
        piece = self.pieces.pop(0)
        if isinstance(piece, OSError):
            raise piece
        assert len(piece) <= most, "a read gives no more than was asked for"
        return piece

    def close(self) -> None:
        self.open_streams -= 1

    async def run(self, script: Script, timeout: Micros) -> ScriptExited | None:
        raise AssertionError(script, timeout)
