"""real_server ADDR [PORT] { … }: one server of the farm, and how its health is checked."""

from msgspec import Struct

from kad.config.schema.http_get import HttpGet
from kad.config.schema.misc_check import MiscCheck
from kad.config.schema.script import Script
from kad.config.schema.tcp_check import TcpCheck
from kad.units import Micros

Check = TcpCheck | HttpGet | MiscCheck


class RealServer(Struct, frozen=True, kw_only=True):
    """A real server; None: what the virtual server says. `port` 0: the line has none."""

    address: str
    port: int = 0
    weight: int | None = None
    lvs_method: str | None = None
    uthreshold: int = 0
    lthreshold: int = 0
    inhibit_on_failure: bool | None = None
    alpha: bool | None = None
    delay_loop: Micros | None = None
    retry: int | None = None
    delay_before_retry: Micros | None = None
    warmup: Micros | None = None
    connect_timeout: Micros | None = None
    virtualhost: str | None = None
    notify_up: Script | None = None
    notify_down: Script | None = None
    checks: tuple[Check, ...] = ()
