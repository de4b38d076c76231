"""virtual_server ADDRESS [PORT] | fwmark MARK | group NAME { … }: one service, shared among its real servers.

Keywords stand here before those that look back at them: so they are printed, and so they read back as they are.
"""

from typing import Annotated

from msgspec import Struct

from kad.config.addresses import Netmask, Target
from kad.config.commands import Script
from kad.config.fields import argument, block, keyword
from kad.config.kinds import SIGNED, UNSIGNED, Bool, Flag, Int, Word, choice
from kad.config.lvs_kinds import Family, Method, Protocol, Service, Sole, Tunnel
from kad.config.schema.real_server import RealServer
from kad.config.schema.script import Script as Command
from kad.config.schema.tcp_check import DELAY, LOOP, TIMEOUT
from kad.units import SECOND, Micros

SCHEDULERS = ("rr", "wrr", "lc", "wlc", "lblc", "sh", "mh", "dh", "fo", "ovf", "lblcr", "sed", "nq", "twos")

PERSISTENCE = 360
"""Seconds of persistence where it is wanted and nothing is said of its length (reference checker.md 1.2)."""

LONGEST_ENGINE = 16
"""Characters of the name of a persistence engine."""


class SorryServer(Struct, frozen=True, kw_only=True):
    """sorry_server ADDRESS [PORT]: who serves when quorum is lost."""

    address: str
    port: int = 0


class VirtualServer(Struct, frozen=True, kw_only=True):
    """A virtual service: one of `address`, `fwmark` and `group` is set, the others are "", None and "".

    `protocol` is "TCP", "UDP" or "SCTP", and "" for firewall marks, which have none; `lb_kind` is "NAT", "DR" or "TUN".
    """

    address: Annotated[
        str,
        argument(
            Service(),
            "an address, a fwmark or a group",
            example="192.0.2.10 80",
            into=("address", "port", "fwmark", "group"),
        ),
    ]
    port: int = 0
    fwmark: int | None = None
    group: str = ""
    ip_family: Annotated[
        str | None,
        keyword(
            Family(),
            "the family of the addresses that a firewall mark stands for",
            otherwise="that of the address or of the real servers",
        ),
    ] = None
    protocol: Annotated[
        str, keyword(Protocol(), "the transport protocol; firewall marks have none", example="protocol TCP", acts=True)
    ] = "UDP"
    lb_algo: Annotated[
        str, keyword(choice(*SCHEDULERS), "the scheduler", example="lb_algo wrr", aliases=("lvs_sched",), acts=True)
    ] = "wlc"
    hashed: Annotated[bool, keyword(Flag(), "accepted, and does nothing")] = False
    flag_1: Annotated[bool, keyword(Flag(), "the scheduler's first flag", name="flag-1")] = False
    flag_2: Annotated[bool, keyword(Flag(), "the scheduler's second flag", name="flag-2")] = False
    flag_3: Annotated[bool, keyword(Flag(), "the scheduler's third flag", name="flag-3")] = False
    sh_port: Annotated[
        bool, keyword(Flag(), "sh counts the port of the client too; stands after lb_algo sh", name="sh-port")
    ] = False
    sh_fallback: Annotated[
        bool,
        keyword(
            Flag(), "sh goes on to another server from one without weight; stands after lb_algo sh", name="sh-fallback"
        ),
    ] = False
    mh_port: Annotated[
        bool, keyword(Flag(), "mh counts the port of the client too; stands after lb_algo mh", name="mh-port")
    ] = False
    mh_fallback: Annotated[
        bool,
        keyword(
            Flag(), "mh goes on to another server from one without weight; stands after lb_algo mh", name="mh-fallback"
        ),
    ] = False
    ops: Annotated[bool, keyword(Flag(), "each packet is scheduled by itself; for UDP and firewall marks")] = False
    lb_kind: Annotated[
        str,
        keyword(
            Method(),
            "how packets get to the real servers",
            example="lb_kind DR",
            aliases=("lvs_method",),
            into=("lb_kind", "tunnel"),
            acts=True,
        ),
    ] = "NAT"
    tunnel: Tunnel | None = None
    delay_loop: Annotated[
        Micros, keyword(LOOP, "the time between two runs of a check", example="delay_loop 6", acts=True)
    ] = Micros(60 * SECOND)
    connect_timeout: Annotated[
        Micros, keyword(TIMEOUT, "how long a check may take to connect", example="connect_timeout 3", acts=True)
    ] = Micros(5 * SECOND)
    retry: Annotated[
        int | None,
        keyword(
            Int(1, UNSIGNED),
            "further attempts before a server is down",
            example="retry 2",
            otherwise="1; DNS_CHECK 3; MISC_CHECK 0",
            acts=True,
        ),
    ] = None
    delay_before_retry: Annotated[
        Micros | None,
        keyword(
            DELAY,
            "the time before each further attempt",
            example="delay_before_retry 1",
            otherwise="1; HTTP_GET and SSL_GET 3; DNS_CHECK the delay_loop",
            acts=True,
        ),
    ] = None
    warmup: Annotated[
        Micros | None,
        keyword(
            DELAY,
            "the first run of a check comes at a random moment in this time; 0: at once",
            example="warmup 5",
            otherwise="the delay_loop",
            acts=True,
        ),
    ] = None
    weight: Annotated[
        int, keyword(Int(1, SIGNED), "the weight of real servers that name none", example="weight 10", acts=True)
    ] = 1
    alpha: Annotated[bool, keyword(Flag(), "real servers are down until their checks have passed", acts=True)] = False
    omega: Annotated[bool, keyword(Flag(), "run notify_down and quorum_down at the end", acts=True)] = False
    inhibit_on_failure: Annotated[
        bool, keyword(Flag(), "weight 0 instead of removal for a server that is down", acts=True)
    ] = False
    ha_suspend: Annotated[
        bool, keyword(Flag(), "check only while this machine has the address; not for firewall marks")
    ] = False
    quorum: Annotated[
        int,
        keyword(
            Int(1, UNSIGNED),
            "the weight of live servers that makes the service up",
            example="quorum 2",
            fallback=1,
            acts=True,
        ),
    ] = 1
    hysteresis: Annotated[
        int,
        keyword(
            Int(0, UNSIGNED),
            "how far the weight must pass quorum to count; less than quorum",
            example="hysteresis 1",
            acts=True,
        ),
    ] = 0
    quorum_up: Annotated[
        Command | None,
        keyword(Script(), "run when quorum is gained", example="quorum_up /usr/local/bin/enough", once=True, acts=True),
    ] = None
    quorum_down: Annotated[
        Command | None,
        keyword(
            Script(), "run when quorum is lost", example="quorum_down /usr/local/bin/too-few", once=True, acts=True
        ),
    ] = None
    smtp_alert: Annotated[
        bool | None,
        keyword(
            Bool(),
            "send a mail when quorum is gained or lost",
            otherwise="smtp_alert_checker of global_defs, else smtp_alert, else off",
        ),
    ] = None
    snmp_name: Annotated[
        str | None, keyword(Sole("NAME"), "what SNMP calls it", example="snmp_name web", missing="missing-value")
    ] = None
    virtualhost: Annotated[
        str | None,
        keyword(
            Word("NAME"),
            "the Host header of HTTP_GET and SSL_GET",
            example="virtualhost www.example.com",
            again="value-replaced",
            missing="missing-value",
            acts=True,
        ),
    ] = None
    persistence_engine: Annotated[
        str | None,
        keyword(
            Word("NAME", longest=LONGEST_ENGINE, cut=True),
            "what tells clients apart, such as sip",
            example="persistence_engine sip",
        ),
    ] = None
    persistence_timeout: Annotated[
        int | None,
        keyword(
            Int(1, 2_678_400, absent=PERSISTENCE),
            "the seconds that a client stays with its server",
            example="persistence_timeout 300",
            otherwise=f"off; {PERSISTENCE} with a granularity or without a port",
            acts=True,
        ),
    ] = None
    persistence_granularity: Annotated[
        str | None,
        keyword(
            Netmask(),
            "which clients count as one for persistence; of IPv6 a length, 128 unless it is said",
            example="persistence_granularity 255.255.255.0",
            otherwise="255.255.255.255",
            acts=True,
        ),
    ] = None
    sorry_server: Annotated[
        SorryServer | None,
        keyword(
            Target(SorryServer),
            "the server that all connections go to while quorum is lost",
            example="sorry_server 198.51.100.99 80",
            acts=True,
        ),
    ] = None
    sorry_server_inhibit: Annotated[
        bool,
        keyword(
            Flag(),
            "the sorry server stays in the table, at weight 0, when it is not wanted; stands after sorry_server",
            acts=True,
        ),
    ] = False
    sorry_server_lvs_method: Annotated[
        str | None,
        keyword(
            Method(),
            "how packets get to the sorry server; stands after sorry_server",
            into=("sorry_server_lvs_method", "sorry_server_tunnel"),
            otherwise="as to the real servers",
        ),
    ] = None
    sorry_server_tunnel: Tunnel | None = None
    real_servers: Annotated[
        tuple[RealServer, ...],
        block(RealServer, doc="a server of the farm", name="real_server", repeated=True, acts=True),
    ] = ()
