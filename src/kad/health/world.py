"""What a check may ask of the outside world. `system/streams.py` and process.py answer; tests have twins."""

from dataclasses import dataclass
from typing import Protocol

from kad.config.schema.real_server import RealServer
from kad.config.schema.script import Script
from kad.config.schema.tcp_check import Connection
from kad.config.schema.virtual_server import VirtualServer
from kad.health.verdict import first
from kad.ipc.messages import ScriptExited
from kad.units import Micros


@dataclass(frozen=True)
class Endpoint:
    """Where a check connects to, and how: everything numeric. `timeout` holds for each of the check's steps."""

    address: str
    port: int
    timeout: Micros
    bindto: str | None = None
    bind_port: int | None = None
    bind_if: str | None = None
    fwmark: int | None = None


class Stream(Protocol):
    """One TCP connection. Every method but `close` raises OSError; TimeoutError, one of them, when time is up."""

    async def connect(self, address: str, port: int, timeout: Micros) -> None:
        """Connect within the time. errno says why not."""

    def limit(self, timeout: Micros) -> None:
        """All that follows together may take this long from now on."""

    async def send(self, data: bytes) -> None:
        """Send all of it."""

    async def receive(self, most: int) -> bytes:
        """Some bytes, at most so many; none: the other end has closed."""

    def close(self) -> None:
        """Done, connected or not."""


class Network(Protocol):
    """Makes streams."""

    def open(self, endpoint: Endpoint) -> Stream:
        """An unconnected stream with its source settled; OSError when this host can't do that."""


class Runner(Protocol):
    """Runs scripts."""

    async def run(self, script: Script, timeout: Micros) -> ScriptExited | None:
        """How the script ended; None: it was not run, or nobody knows, because the script runner died."""


class World(Network, Runner, Protocol):
    """All of it."""


def endpoint(check: Connection, real_server: RealServer, virtual_server: VirtualServer) -> Endpoint:
    """Where a check of this real server goes, and how (reference checker.md 3.4)."""
    timeouts = (check.connect_timeout, real_server.connect_timeout, virtual_server.connect_timeout)
    return Endpoint(
        address=check.connect_ip or real_server.address,
        port=real_server.port if check.connect_port is None else check.connect_port,
        timeout=first(*timeouts),
        bindto=check.bindto,
        bind_port=check.bind_port,
        bind_if=check.bind_if,
        fwmark=check.fwmark,
    )
