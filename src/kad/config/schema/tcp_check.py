"""TCP_CHECK { … }: a server is up when it accepts a connection. `Connection` and `Timing` serve all checkers."""

from typing import Annotated

from msgspec import Struct

from kad.config.addresses import Address
from kad.config.fields import Keyword, Value, keyword
from kad.config.kinds import UNSIGNED, Bool, Int, Interface, Seconds
from kad.units import SECOND, Micros

LONGEST = Micros(18_446_744_073 * SECOND)
"""No time that anybody means is longer."""

DELAY = Seconds(Micros(0), LONGEST)
LOOP = Seconds(Micros(1), LONGEST)
TIMEOUT = Seconds(Micros(1), Micros(4294 * SECOND + 967_295))


def retries(own: str, **how: Value) -> Keyword:
    """`retry` of a type of checker whose own default is this."""
    doc = "further attempts before a server that was up is down"
    return keyword(Int(0, UNSIGNED), doc, otherwise=f"the real server's, else {own}", acts=True, **how)


def waiting(own: str) -> Keyword:
    """`delay_before_retry` of a type of checker whose own default is this."""
    return keyword(DELAY, "the time before each further attempt", otherwise=f"the real server's, else {own}", acts=True)


class Timing(Struct, frozen=True, kw_only=True):
    """When a check runs; None: what the real server, the virtual server or the checker type says."""

    delay_loop: Annotated[
        Micros | None,
        keyword(
            LOOP,
            "the time between two runs of this check",
            example="delay_loop 6",
            otherwise="the real server's, else 60",
            acts=True,
        ),
    ] = None
    retry: Annotated[int | None, retries("1")] = None
    delay_before_retry: Annotated[Micros | None, waiting("1")] = None
    warmup: Annotated[
        Micros | None,
        keyword(
            DELAY,
            "the first run comes at a random moment in this time; 0: at once",
            example="warmup 5",
            otherwise="the real server's, else the delay_loop",
            acts=True,
        ),
    ] = None
    alpha: Annotated[
        bool | None,
        keyword(Bool(), "the check counts as failed until it has passed", otherwise="the real server's", acts=True),
    ] = None
    log_all_failures: Annotated[
        bool | None,
        keyword(Bool(), "log each failed attempt", otherwise="checker_log_all_failures of global_defs", acts=True),
    ] = None


class Connection(Timing, frozen=True, kw_only=True):
    """Where a check connects to, from where, and for how long it tries."""

    connect_ip: Annotated[
        str | None,
        keyword(
            Address(),
            "the address to connect to",
            example="connect_ip 198.51.100.11",
            otherwise="that of the real server",
            acts=True,
        ),
    ] = None
    connect_port: Annotated[
        int | None,
        keyword(
            Int(1, 65535),
            "the port to connect to",
            example="connect_port 80",
            otherwise="that of the real server",
            acts=True,
        ),
    ] = None
    bindto: Annotated[
        str | None,
        keyword(
            Address(),
            "the local address to connect from",
            example="bindto 198.51.100.1",
            otherwise="chosen by the kernel",
            acts=True,
        ),
    ] = None
    bind_port: Annotated[
        int | None,
        keyword(
            Int(1, 65535),
            "the local port to connect from",
            example="bind_port 40000",
            otherwise="chosen by the kernel",
            acts=True,
        ),
    ] = None
    bind_if: Annotated[
        str | None,
        keyword(
            Interface(),
            "the interface to connect through; a link-local address needs one",
            example="bind_if eth1",
            acts=True,
        ),
    ] = None
    connect_timeout: Annotated[
        Micros | None,
        keyword(
            TIMEOUT,
            "how long connecting and each answer may take",
            example="connect_timeout 3",
            otherwise="the real server's, else 5",
            acts=True,
        ),
    ] = None
    fwmark: Annotated[
        int | None,
        keyword(
            Int(0, UNSIGNED),
            "the firewall mark of the check's packets; 0: none",
            example="fwmark 1",
            otherwise="0",
            acts=True,
        ),
    ] = None


class TcpCheck(Connection, frozen=True, kw_only=True, tag="TCP_CHECK"):
    """The server is up when it accepts a connection; nothing is sent."""
