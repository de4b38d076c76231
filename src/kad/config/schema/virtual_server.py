"""virtual_server ADDR [PORT] { … }: one service of the director, shared among its real servers."""

from typing import Annotated

from msgspec import Struct

from kad.config.commands import Script
from kad.config.fields import argument, block, keyword
from kad.config.kinds import (
    SIGNED,
    UNSIGNED,
    Choice,
    Flag,
    Int,
    Method,
    Netmask,
    Port,
    Service,
    Target,
    Word,
)
from kad.config.schema.real_server import RealServer
from kad.config.schema.script import Script as Command
from kad.config.schema.tcp_check import DELAY, LOOP, TIMEOUT
from kad.units import SECOND, Micros

SCHEDULERS = ("rr", "wrr", "lc", "wlc", "lblc", "sh", "mh", "dh", "fo", "ovf", "lblcr", "sed", "nq", "twos")
PROTOCOLS = ("TCP", "UDP", "SCTP")

PERSISTENCE = 360
"""Seconds of persistence where it is wanted and nothing is said of its length (reference checker.md 1.2)."""


class SorryServer(Struct, frozen=True, kw_only=True):
    """sorry_server ADDR [PORT]: who serves when quorum is lost."""

    address: str
    port: int = 0


class VirtualServer(Struct, frozen=True, kw_only=True):
    """A virtual service. `protocol` is "TCP", "UDP" or "SCTP"; `lb_kind` "NAT", "DR" or "TUN"."""

    address: Annotated[str, argument(Service(), "an address")]
    port: Annotated[int, argument(Port(), "a port", optional=True)] = 0
    protocol: Annotated[
        str, keyword(Choice({name: name for name in PROTOCOLS}, fold=True), "the transport protocol")
    ] = "UDP"
    lb_algo: Annotated[
        str, keyword(Choice({name: name for name in SCHEDULERS}), "the scheduler", aliases=("lvs_sched",))
    ] = "wlc"
    lb_kind: Annotated[str, keyword(Method(), "how packets get to the real servers", aliases=("lvs_method",))] = "NAT"
    delay_loop: Annotated[Micros, keyword(LOOP, "the time between two runs of a check")] = Micros(60 * SECOND)
    connect_timeout: Annotated[Micros, keyword(TIMEOUT, "how long a check may take to connect")] = Micros(5 * SECOND)
    retry: Annotated[int | None, keyword(Int(1, UNSIGNED), "attempts more before a server is down")] = None
    delay_before_retry: Annotated[Micros | None, keyword(DELAY, "the time before such an attempt")] = None
    warmup: Annotated[Micros | None, keyword(DELAY, "the first run comes at a random moment in this time")] = None
    weight: Annotated[int, keyword(Int(1, SIGNED), "the weight of real servers that name none")] = 1
    alpha: Annotated[bool, keyword(Flag(), "real servers are down until their checks have passed")] = False
    omega: Annotated[bool, keyword(Flag(), "run notify_down and quorum_down at the end")] = False
    inhibit_on_failure: Annotated[bool, keyword(Flag(), "weight 0 instead of removal for a server that is down")] = (
        False
    )
    quorum: Annotated[
        int, keyword(Int(1, UNSIGNED), "the weight of live servers that makes the service up", fallback=1)
    ] = 1
    hysteresis: Annotated[int, keyword(Int(0, UNSIGNED), "how far the weight must pass quorum to count")] = 0
    quorum_up: Annotated[Command | None, keyword(Script(), "run when quorum is gained", once=True)] = None
    quorum_down: Annotated[Command | None, keyword(Script(), "run when quorum is lost", once=True)] = None
    virtualhost: Annotated[str | None, keyword(Word(), "the Host header of HTTP checks", missing="missing-value")] = (
        None
    )
    persistence_timeout: Annotated[
        int | None, keyword(Int(1, 2_678_400, absent=PERSISTENCE), "seconds that a client stays with its server")
    ] = None
    persistence_granularity: Annotated[str | None, keyword(Netmask(), "which clients count as one for persistence")] = (
        None
    )
    sorry_server: Annotated[SorryServer | None, keyword(Target(SorryServer), "who serves when quorum is lost")] = None
    sorry_server_inhibit: Annotated[
        bool, keyword(Flag(), "the sorry server stays in the table, at weight 0, when it is not wanted")
    ] = False
    real_servers: Annotated[
        tuple[RealServer, ...], block(RealServer, doc="a server of the farm", name="real_server", repeated=True)
    ] = ()
