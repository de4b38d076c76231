"""TCP_CHECK { … }: a server is up when it accepts a connection. `Connection` and `Timing` serve all checkers."""

from msgspec import Struct

from kad.units import Micros


class Timing(Struct, frozen=True, kw_only=True):
    """When a check runs; None: what the real server, the virtual server or the checker type says."""

    delay_loop: Micros | None = None
    retry: int | None = None
    delay_before_retry: Micros | None = None
    warmup: Micros | None = None
    alpha: bool | None = None
    log_all_failures: bool | None = None


class Connection(Timing, frozen=True, kw_only=True):
    """Where a check connects to, from where, and for how long it tries."""

    connect_ip: str | None = None
    connect_port: int | None = None
    bindto: str | None = None
    bind_port: int | None = None
    bind_if: str | None = None
    connect_timeout: Micros | None = None
    fwmark: int | None = None


class TcpCheck(Connection, frozen=True, kw_only=True, tag="TCP_CHECK"):
    """A non-blocking connect, nothing sent."""
