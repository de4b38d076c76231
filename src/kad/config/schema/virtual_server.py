"""virtual_server ADDR [PORT] { … }: one service of the director, shared among its real servers."""

from msgspec import Struct

from kad.config.schema.real_server import RealServer
from kad.config.schema.script import Script
from kad.units import SECOND, Micros


class SorryServer(Struct, frozen=True, kw_only=True):
    """sorry_server ADDR [PORT]: who serves when quorum is lost."""

    address: str
    port: int = 0


class VirtualServer(Struct, frozen=True, kw_only=True):
    """A virtual service. `protocol` is "TCP", "UDP" or "SCTP"; `lb_kind` "NAT", "DR" or "TUN"."""

    address: str
    port: int = 0
    protocol: str = "UDP"
    lb_algo: str = "wlc"
    lb_kind: str = "NAT"
    delay_loop: Micros = Micros(60 * SECOND)
    connect_timeout: Micros = Micros(5 * SECOND)
    retry: int | None = None
    delay_before_retry: Micros | None = None
    warmup: Micros | None = None
    weight: int = 1
    alpha: bool = False
    omega: bool = False
    inhibit_on_failure: bool = False
    quorum: int = 1
    hysteresis: int = 0
    quorum_up: Script | None = None
    quorum_down: Script | None = None
    virtualhost: str | None = None
    persistence_timeout: int | None = None
    persistence_granularity: str | None = None
    sorry_server: SorryServer | None = None
    sorry_server_inhibit: bool = False
    real_servers: tuple[RealServer, ...] = ()
