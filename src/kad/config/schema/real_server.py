"""real_server ADDRESS [PORT] { … }: one server of the farm, and how its health is checked."""

from typing import Annotated

from msgspec import Struct

from kad.config.addresses import Address, Port
from kad.config.commands import Script
from kad.config.fields import argument, block, keyword
from kad.config.kinds import SIGNED, UNSIGNED, Bool, Int, Word
from kad.config.lvs_kinds import Method, Sole, Tunnel
from kad.config.schema.bfd_check import BfdCheck
from kad.config.schema.dns_check import DnsCheck
from kad.config.schema.file_check import FileCheck
from kad.config.schema.http_get import HttpGet
from kad.config.schema.misc_check import MiscCheck
from kad.config.schema.ping_check import PingCheck
from kad.config.schema.script import Script as Command
from kad.config.schema.smtp_check import SmtpCheck
from kad.config.schema.ssl_get import SslGet
from kad.config.schema.tcp_check import DELAY, LOOP, TIMEOUT, TcpCheck
from kad.config.schema.udp_check import UdpCheck
from kad.units import Micros

Check = TcpCheck | HttpGet | MiscCheck
"""The checks that kad runs."""

LaterCheck = SmtpCheck | PingCheck | UdpCheck | SslGet | DnsCheck | FileCheck | BfdCheck
"""The checks that kad understands and does not run yet. One that it comes to run moves to the others."""


class RealServer(Struct, frozen=True, kw_only=True):
    """A real server; None: what the virtual server says. `port` 0: neither has one."""

    address: Annotated[str, argument(Address(cut=True), "an address", example="198.51.100.11")]
    port: Annotated[int, argument(Port(), "a port", example="80", optional=True)] = 0
    weight: Annotated[
        int | None,
        keyword(
            Int(0, SIGNED),
            "its share of the connections; 0: none",
            example="weight 10",
            otherwise="the virtual server's, else 1",
            acts=True,
        ),
    ] = None
    lvs_method: Annotated[
        str | None,
        keyword(
            Method(),
            "how packets get to it",
            example="lvs_method DR",
            into=("lvs_method", "tunnel"),
            otherwise="the virtual server's",
            acts=True,
        ),
    ] = None
    tunnel: Tunnel | None = None
    uthreshold: Annotated[
        int,
        keyword(
            Int(0, UNSIGNED),
            "connections above which it gets no more; 0: no limit",
            example="uthreshold 1000",
            acts=True,
        ),
    ] = 0
    lthreshold: Annotated[
        int,
        keyword(
            Int(0, UNSIGNED),
            "connections below which it gets some again; 0: no limit",
            example="lthreshold 800",
            acts=True,
        ),
    ] = 0
    inhibit_on_failure: Annotated[
        bool | None,
        keyword(
            Bool(), "weight 0 instead of removal when it is down", otherwise="the virtual server's, else off", acts=True
        ),
    ] = None
    alpha: Annotated[
        bool | None,
        keyword(
            Bool(), "it is down until its checks have passed", otherwise="the virtual server's, else off", acts=True
        ),
    ] = None
    delay_loop: Annotated[
        Micros | None,
        keyword(
            LOOP,
            "the time between two runs of a check",
            example="delay_loop 6",
            otherwise="the virtual server's, else 60",
            acts=True,
        ),
    ] = None
    retry: Annotated[
        int | None,
        keyword(
            Int(1, UNSIGNED),
            "further attempts before it is down",
            example="retry 2",
            otherwise="the virtual server's, else the check's own",
            acts=True,
        ),
    ] = None
    delay_before_retry: Annotated[
        Micros | None,
        keyword(
            DELAY,
            "the time before each further attempt",
            example="delay_before_retry 1",
            otherwise="the virtual server's, else the check's own",
            acts=True,
        ),
    ] = None
    warmup: Annotated[
        Micros | None,
        keyword(
            DELAY,
            "the first run of a check comes at a random moment in this time; 0: at once",
            example="warmup 5",
            otherwise="the virtual server's, else the delay_loop",
            acts=True,
        ),
    ] = None
    connect_timeout: Annotated[
        Micros | None,
        keyword(
            TIMEOUT,
            "how long a check may take to connect",
            example="connect_timeout 3",
            otherwise="the virtual server's, else 5",
            acts=True,
        ),
    ] = None
    virtualhost: Annotated[
        str | None,
        keyword(
            Word("NAME"),
            "the Host header of HTTP_GET and SSL_GET",
            example="virtualhost www.example.com",
            again="value-replaced",
            missing="missing-value",
            otherwise="the virtual server's",
            acts=True,
        ),
    ] = None
    smtp_alert: Annotated[
        bool | None,
        keyword(
            Bool(),
            "send a mail when it comes up or goes down",
            otherwise="smtp_alert_checker of global_defs, else smtp_alert, else on",
        ),
    ] = None
    snmp_name: Annotated[
        str | None, keyword(Sole("NAME"), "what SNMP calls it", example="snmp_name web1", missing="missing-value")
    ] = None
    notify_up: Annotated[
        Command | None,
        keyword(Script(), "run when it comes up", example="notify_up /usr/local/bin/server-up", once=True, acts=True),
    ] = None
    notify_down: Annotated[
        Command | None,
        keyword(
            Script(), "run when it goes down", example="notify_down /usr/local/bin/server-down", once=True, acts=True
        ),
    ] = None
    checks: Annotated[
        tuple[Check, ...],
        block(TcpCheck, HttpGet, MiscCheck, doc="how its health is checked", repeated=True, acts=True),
    ] = ()
    later_checks: Annotated[
        tuple[LaterCheck, ...],
        block(
            SmtpCheck,
            PingCheck,
            UdpCheck,
            SslGet,
            DnsCheck,
            FileCheck,
            BfdCheck,
            doc="how its health is checked",
            repeated=True,
        ),
    ] = ()
