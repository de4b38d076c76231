"""real_server ADDR [PORT] { … }: one server of the farm, and how its health is checked."""

from typing import Annotated

from msgspec import Struct

from kad.config.commands import Script
from kad.config.fields import argument, block, keyword
from kad.config.kinds import SIGNED, UNSIGNED, Address, Bool, Int, Method, Port, Word
from kad.config.schema.http_get import HttpGet
from kad.config.schema.misc_check import MiscCheck
from kad.config.schema.script import Script as Command
from kad.config.schema.tcp_check import DELAY, LOOP, TIMEOUT, TcpCheck
from kad.units import Micros

Check = TcpCheck | HttpGet | MiscCheck


class RealServer(Struct, frozen=True, kw_only=True):
    """A real server; None: what the virtual server says. `port` 0: neither has one."""

    address: Annotated[str, argument(Address(cut=True), "an address")]
    port: Annotated[int, argument(Port(), "a port", optional=True)] = 0
    weight: Annotated[int | None, keyword(Int(0, SIGNED), "its share of the connections")] = None
    lvs_method: Annotated[str | None, keyword(Method(), "how packets get to it")] = None
    uthreshold: Annotated[int, keyword(Int(0, UNSIGNED), "connections above which it gets no more")] = 0
    lthreshold: Annotated[int, keyword(Int(0, UNSIGNED), "connections below which it gets some again")] = 0
    inhibit_on_failure: Annotated[bool | None, keyword(Bool(), "weight 0 instead of removal when it is down")] = None
    alpha: Annotated[bool | None, keyword(Bool(), "it is down until its checks have passed")] = None
    delay_loop: Annotated[Micros | None, keyword(LOOP, "the time between two runs of a check")] = None
    retry: Annotated[int | None, keyword(Int(1, UNSIGNED), "attempts more before it is down")] = None
    delay_before_retry: Annotated[Micros | None, keyword(DELAY, "the time before such an attempt")] = None
    warmup: Annotated[Micros | None, keyword(DELAY, "the first run comes at a random moment in this time")] = None
    connect_timeout: Annotated[Micros | None, keyword(TIMEOUT, "how long a check may take to connect")] = None
    virtualhost: Annotated[str | None, keyword(Word(), "the Host header of HTTP checks", missing="missing-value")] = (
        None
    )
    notify_up: Annotated[Command | None, keyword(Script(), "run when it comes up", once=True)] = None
    notify_down: Annotated[Command | None, keyword(Script(), "run when it goes down", once=True)] = None
    checks: Annotated[
        tuple[Check, ...], block(TcpCheck, HttpGet, MiscCheck, doc="how its health is checked", repeated=True)
    ] = ()
