"""TCP_CHECK { … }: a server is up when it accepts a connection. `Connection` and `Timing` serve all checkers."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import keyword
from kad.config.kinds import UNSIGNED, Address, Bool, Int, Interface, Seconds
from kad.units import SECOND, Micros

LONGEST = Micros(18_446_744_073 * SECOND)
"""No time that anybody means is longer."""

DELAY = Seconds(Micros(0), LONGEST)
LOOP = Seconds(Micros(1), LONGEST)
TIMEOUT = Seconds(Micros(1), Micros(4294 * SECOND + 967_295))


class Timing(Struct, frozen=True, kw_only=True):
    """When a check runs; None: what the real server, the virtual server or the checker type says."""

    delay_loop: Annotated[Micros | None, keyword(LOOP, "the time between two runs of this check")] = None
    retry: Annotated[int | None, keyword(Int(0, UNSIGNED), "attempts more before a server that was up is down")] = None
    delay_before_retry: Annotated[Micros | None, keyword(DELAY, "the time before such an attempt")] = None
    warmup: Annotated[Micros | None, keyword(DELAY, "the first run comes at a random moment in this time")] = None
    alpha: Annotated[bool | None, keyword(Bool(), "the check counts as failed until it has passed")] = None
    log_all_failures: Annotated[bool | None, keyword(Bool(), "log each failed attempt")] = None


class Connection(Timing, frozen=True, kw_only=True):
    """Where a check connects to, from where, and for how long it tries."""

    connect_ip: Annotated[str | None, keyword(Address(), "the address to connect to; without it the server's")] = None
    connect_port: Annotated[int | None, keyword(Int(1, 65535), "the port to connect to; without it the server's")] = (
        None
    )
    bindto: Annotated[str | None, keyword(Address(), "the local address to connect from")] = None
    bind_port: Annotated[int | None, keyword(Int(1, 65535), "the local port to connect from")] = None
    bind_if: Annotated[str | None, keyword(Interface(), "the interface to connect through")] = None
    connect_timeout: Annotated[Micros | None, keyword(TIMEOUT, "how long connecting and each answer may take")] = None
    fwmark: Annotated[int | None, keyword(Int(0, UNSIGNED), "the firewall mark of the check's packets")] = None


class TcpCheck(Connection, frozen=True, kw_only=True, tag="TCP_CHECK"):
    """A non-blocking connect, nothing sent."""
