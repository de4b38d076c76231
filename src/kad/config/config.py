"""Config: a whole configuration, typed and immutable, as `load.py` makes it and the workers get it."""

from typing import Annotated

from msgspec import Struct

from kad.config.diagnostics import Half
from kad.config.fields import block, keyword, lines
from kad.config.kinds import UNSIGNED, Flag, OptionalWord, Seconds, Word
from kad.config.schema.bfd_instance import BfdInstance
from kad.config.schema.garp_group import GarpGroup
from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.interface_up_down_delays import UpDownDelay
from kad.config.schema.linkbeat_interfaces import LinkbeatInterface
from kad.config.schema.ssl import SslKeys
from kad.config.schema.static_ipaddress import StaticAddress
from kad.config.schema.static_routes import StaticRoute
from kad.config.schema.static_rules import StaticRule
from kad.config.schema.track_file import TrackFile
from kad.config.schema.track_group import TrackGroup
from kad.config.schema.virtual_server import VirtualServer
from kad.config.schema.virtual_server_group import VirtualServerGroup
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.config.schema.vrrp_script import VrrpScript
from kad.config.schema.vrrp_sync_group import VrrpSyncGroup
from kad.config.schema.vrrp_track_process import VrrpTrackProcess
from kad.units import SECOND, Micros


class Config(Struct, frozen=True, kw_only=True):
    """Everything the configuration says, in file order."""

    linkbeat_use_polling: Annotated[
        bool, keyword(Flag(), "ask for the carrier of every interface of VRRP instead of being told", acts=True)
    ] = False
    net_namespace: Annotated[
        str | None,
        keyword(
            Word("NAME"),
            "the network namespace that the daemon runs in",
            once=True,
            missing="missing-value",
            otherwise="that of the caller",
            acts=True,
        ),
    ] = None
    net_namespace_ipvs: Annotated[
        str | None,
        keyword(
            OptionalWord("NAME", ""),
            "the network namespace of the IPVS table; without a name the one that the daemon was started in",
            once=True,
            otherwise="that of the daemon",
        ),
    ] = None
    namespace_with_ipsets: Annotated[bool, keyword(Flag(), "use ipsets in a namespace with an old kernel too")] = False
    use_pid_dir: Annotated[bool, keyword(Flag(), "put pid files into a directory of their own", acts=True)] = False
    instance: Annotated[
        str | None,
        keyword(
            Word("NAME"), "the name of this daemon, in its pid files", once=True, missing="missing-value", acts=True
        ),
    ] = None
    child_wait_time: Annotated[
        Micros,
        keyword(
            Seconds(Micros(0), Micros(UNSIGNED * SECOND), decimals=0),
            "how long processes may take to end at the stop",
            acts=True,
        ),
    ] = Micros(5 * SECOND)
    global_defs: Annotated[GlobalDefs, block(GlobalDefs, doc="what holds everywhere", acts=True)] = GlobalDefs()
    linkbeat_interfaces: Annotated[
        tuple[LinkbeatInterface, ...],
        lines(LinkbeatInterface, "the interfaces whose carrier is asked for, and how", half=Half.VRRP, acts=True),
    ] = ()
    interface_up_down_delays: Annotated[
        tuple[UpDownDelay, ...],
        lines(UpDownDelay, "how long a change of a link must last until it counts", half=Half.VRRP, acts=True),
    ] = ()
    garp_groups: Annotated[
        tuple[GarpGroup, ...],
        block(
            GarpGroup,
            doc="how fast announcements follow each other",
            name="garp_group",
            acts=True,
            repeated=True,
            half=Half.VRRP,
        ),
    ] = ()
    track_groups: Annotated[
        tuple[TrackGroup, ...],
        block(
            TrackGroup,
            doc="instances that fail with a static address, route or rule",
            acts=True,
            name="track_group",
            repeated=True,
            unique=True,
            half=Half.VRRP,
        ),
    ] = ()
    static_ipaddress: Annotated[
        tuple[StaticAddress, ...],
        lines(StaticAddress, "addresses that are there whoever is master", half=Half.VRRP, acts=True),
    ] = ()
    static_routes: Annotated[
        tuple[StaticRoute, ...],
        lines(StaticRoute, "routes that are there whoever is master", half=Half.VRRP, strict=True, acts=True),
    ] = ()
    static_rules: Annotated[
        tuple[StaticRule, ...],
        lines(StaticRule, "policy rules that are there whoever is master", half=Half.VRRP, strict=True, acts=True),
    ] = ()
    track_files: Annotated[
        tuple[TrackFile, ...],
        block(
            TrackFile,
            doc="a file with a number that counts",
            name="track_file",
            repeated=True,
            deprecated=("vrrp_track_file",),
            acts=True,
        ),
    ] = ()
    vrrp_track_processes: Annotated[
        tuple[VrrpTrackProcess, ...],
        block(
            VrrpTrackProcess,
            doc="processes that must run",
            acts=True,
            name="vrrp_track_process",
            repeated=True,
            half=Half.VRRP,
        ),
    ] = ()
    bfd_instances: Annotated[
        tuple[BfdInstance, ...],
        block(BfdInstance, doc="a BFD session", name="bfd_instance", repeated=True, unique=True),
    ] = ()
    vrrp_scripts: Annotated[
        tuple[VrrpScript, ...],
        block(
            VrrpScript,
            doc="a script that instances track",
            name="vrrp_script",
            repeated=True,
            half=Half.VRRP,
            acts=True,
        ),
    ] = ()
    vrrp_instances: Annotated[
        tuple[VrrpInstance, ...],
        block(
            VrrpInstance,
            doc="a virtual router",
            name="vrrp_instance",
            repeated=True,
            unique=True,
            half=Half.VRRP,
            acts=True,
        ),
    ] = ()
    vrrp_sync_groups: Annotated[
        tuple[VrrpSyncGroup, ...],
        block(
            VrrpSyncGroup,
            doc="instances that change their state as one",
            acts=True,
            name="vrrp_sync_group",
            repeated=True,
            unique=True,
            half=Half.VRRP,
        ),
    ] = ()
    ssl: Annotated[
        SslKeys | None, block(SslKeys, doc="the keys that SSL_GETs show", name="SSL", half=Half.CHECKER, replaces=True)
    ] = None
    virtual_server_groups: Annotated[
        tuple[VirtualServerGroup, ...],
        block(
            VirtualServerGroup,
            doc="addresses and firewall marks that are one service",
            name="virtual_server_group",
            repeated=True,
            half=Half.CHECKER,
        ),
    ] = ()
    virtual_servers: Annotated[
        tuple[VirtualServer, ...],
        block(VirtualServer, doc="a service", name="virtual_server", repeated=True, half=Half.CHECKER, acts=True),
    ] = ()
