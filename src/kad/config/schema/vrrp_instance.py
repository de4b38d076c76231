"""vrrp_instance NAME { … }: one virtual router."""

from enum import Enum
from typing import Annotated

from msgspec import Struct

from kad.config.addresses import Address
from kad.config.commands import Script
from kad.config.fields import argument, block, keyword, lines
from kad.config.global_kinds import ExtraInterfaces, ExtraInterval
from kad.config.kinds import SIGNED, UNSIGNED, Bool, Choice, Flag, Int, Interface, Seconds, Word
from kad.config.schema.auth_hmac import AuthHmac
from kad.config.schema.authentication import Authentication
from kad.config.schema.script import Script as Command
from kad.config.schema.track_bfd import TrackBfd
from kad.config.schema.track_file import TrackFileLine
from kad.config.schema.track_interface import TrackInterface
from kad.config.schema.track_process import TrackProcess
from kad.config.schema.track_script import TrackScript
from kad.config.schema.unicast_peer import UnicastPeer
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.virtual_routes import VirtualRoute
from kad.config.schema.virtual_rules import VirtualRule
from kad.config.vrrp_kinds import Ipvlan, OldChecksum, UseIpvlan, UseVmac, Vmac
from kad.units import SECOND, Micros


class InitialState(Enum):
    """The state an instance is asked to start in."""

    MASTER = "MASTER"
    BACKUP = "BACKUP"


_STATES = Choice({state.value: state for state in InitialState}, sticky=InitialState.MASTER)
_ADVERT_INT = Seconds(Micros(10_000), Micros(255 * SECOND))
_DELAY = Seconds(Micros(0), Micros(4294 * SECOND), decimals=0)
_REFRESH = Seconds(Micros(0), Micros(UNSIGNED * SECOND), decimals=0)
_COUNT = Int(0, UNSIGNED, zero=1)


class VrrpInstance(Struct, frozen=True, kw_only=True):
    """One virtual router on one interface."""

    name: Annotated[str, argument(Word("NAME"), "a name", example="VI_1", exact=True, missing="bad-block")]
    interface: Annotated[
        str,
        keyword(
            Interface(),
            "where adverts go out, and the addresses without a dev are",
            example="interface eth0",
            otherwise="none, it must be said but for unicast with a source address",
            acts=True,
        ),
    ] = ""
    virtual_router_id: Annotated[
        int,
        keyword(
            Int(1, 255),
            "the VRID, which all routers of the group share",
            example="virtual_router_id 51",
            required="no-vrid",
            acts=True,
        ),
    ]
    state: Annotated[
        InitialState | None,
        keyword(
            _STATES,
            "the state wished for at the start",
            example="state BACKUP",
            fallback=InitialState.BACKUP,
            otherwise="MASTER with priority 255, else BACKUP",
            acts=True,
        ),
    ] = None
    priority: Annotated[
        int | None,
        keyword(
            Int(1, 255),
            "the highest wins; 255 owns the addresses",
            example="priority 150",
            fallback=100,
            otherwise="100; 255 with state MASTER",
            acts=True,
        ),
    ] = None
    version: Annotated[
        int | None, keyword(Int(2, 3), "the version of the VRRP protocol", example="version 3", once=True, acts=True)
    ] = None
    advert_int: Annotated[Micros, keyword(_ADVERT_INT, "the time between two adverts", acts=True)] = SECOND
    authentication: Annotated[
        Authentication | None, block(Authentication, doc="the password of the group", acts=True)
    ] = None
    virtual_ipaddress: Annotated[
        tuple[VirtualAddress, ...],
        lines(VirtualAddress, "the addresses that the master has and its adverts list", acts=True),
    ] = ()
    virtual_ipaddress_excluded: Annotated[
        tuple[VirtualAddress, ...],
        lines(VirtualAddress, "addresses of the master that its adverts do not list", acts=True),
    ] = ()
    mcast_src_ip: Annotated[
        str | None,
        keyword(Address(cut=True), "the source address of adverts", example="mcast_src_ip 192.0.2.2", acts=True),
    ] = None
    nopreempt: Annotated[
        bool, keyword(Flag(), "a stronger router leaves a weaker master alone", opposite="preempt", acts=True)
    ] = False
    preempt_delay: Annotated[
        Micros,
        keyword(
            Seconds(Micros(0), Micros(1000 * SECOND)),
            "the wait before a weaker master is displaced",
            example="preempt_delay 60",
            fallback=Micros(0),
            acts=True,
        ),
    ] = Micros(0)
    garp_master_delay: Annotated[
        Micros | None,
        keyword(
            _DELAY,
            "the time from becoming master to the second gratuitous ARPs",
            example="garp_master_delay 5",
            acts=True,
        ),
    ] = None
    garp_master_repeat: Annotated[
        int | None,
        keyword(_COUNT, "gratuitous ARPs for an address each time", example="garp_master_repeat 5", acts=True),
    ] = None
    garp_master_refresh: Annotated[
        Micros | None,
        keyword(
            _REFRESH,
            "the time between gratuitous ARPs of a master",
            example="garp_master_refresh 60",
            fallback=Micros(0),
            acts=True,
        ),
    ] = None
    garp_master_refresh_repeat: Annotated[
        int | None,
        keyword(
            _COUNT, "gratuitous ARPs for an address in each refresh", example="garp_master_refresh_repeat 2", acts=True
        ),
    ] = None
    garp_lower_prio_delay: Annotated[
        Micros | None,
        keyword(
            _DELAY,
            "the time from a weaker router's advert to the second gratuitous ARPs",
            example="garp_lower_prio_delay 5",
            acts=True,
        ),
    ] = None
    garp_lower_prio_repeat: Annotated[
        int | None,
        keyword(
            Int(0, SIGNED),
            "gratuitous ARPs for an address when a weaker router advertises",
            example="garp_lower_prio_repeat 5",
            acts=True,
        ),
    ] = None
    lower_prio_no_advert: Annotated[
        bool | None, keyword(Bool(), "a master does not answer a weaker router's advert", acts=True)
    ] = None
    higher_prio_send_advert: Annotated[
        bool | None, keyword(Bool(), "a master advertises once more before it yields to a stronger router", acts=True)
    ] = None
    track_script: Annotated[
        tuple[TrackScript, ...], lines(TrackScript, "the scripts whose verdict counts for this instance", acts=True)
    ] = ()
    notify_master: Annotated[
        Command | None,
        keyword(
            Script(),
            "run on becoming MASTER",
            example='notify_master "/usr/local/bin/became-master eth0"',
            once=True,
            acts=True,
        ),
    ] = None
    notify_backup: Annotated[
        Command | None,
        keyword(
            Script(),
            "run on becoming BACKUP",
            example='notify_backup "/usr/local/bin/became-backup eth0"',
            once=True,
            acts=True,
        ),
    ] = None
    notify_fault: Annotated[
        Command | None,
        keyword(Script(), "run on becoming FAULT", example="notify_fault /usr/local/bin/failed", once=True, acts=True),
    ] = None
    notify_stop: Annotated[
        Command | None,
        keyword(Script(), "run when kad stops", example="notify_stop /usr/local/bin/stopped", once=True, acts=True),
    ] = None
    notify: Annotated[
        Command | None,
        keyword(
            Script(),
            "run on every change, with INSTANCE NAME STATE PRIORITY",
            example="notify /usr/local/bin/changed",
            once=True,
            acts=True,
        ),
    ] = None
    use_vmac: Annotated[
        Vmac | None,
        keyword(
            UseVmac(),
            "use an interface of its own with the virtual hardware address",
            otherwise="off; name vrrp.VRID",
            acts=True,
        ),
    ] = None
    use_vmac_addr: Annotated[
        bool, keyword(Flag(), "such interfaces for the addresses on other interfaces too", acts=True)
    ] = False
    vmac_xmit_base: Annotated[
        bool, keyword(Flag(), "send adverts from the interface below, with its own hardware address", acts=True)
    ] = False
    use_ipvlan: Annotated[
        Ipvlan | None, keyword(UseIpvlan(), "use an ipvlan interface of its own", otherwise="off; bridge", once=True)
    ] = None
    unicast_peer: Annotated[
        tuple[UnicastPeer, ...],
        lines(UnicastPeer, "the routers that adverts are sent to, instead of to the multicast group", acts=True),
    ] = ()
    unicast_fault_no_peer: Annotated[
        bool, keyword(Flag(), "go to FAULT when unicast is meant and there is no peer", acts=True)
    ] = False
    check_unicast_src: Annotated[
        bool, keyword(Flag(), "drop unicast adverts of senders that are no peers", acts=True)
    ] = False
    old_unicast_checksum: Annotated[
        str | None,
        keyword(
            OldChecksum(),
            "compute VRRPv3 checksums of unicast as keepalived up to 1.3.6; never: do not look for it",
            otherwise="found out by itself",
        ),
    ] = None
    native_ipv6: Annotated[bool, keyword(Flag(), "the instance is for IPv6, whatever its addresses are", acts=True)] = (
        False
    )
    vrf: Annotated[str | None, keyword(Interface(), "the VRF that unicast adverts are in", example="vrf vrf-red")] = (
        None
    )
    dont_track_primary: Annotated[bool, keyword(Flag(), "go on when the own interface fails", acts=True)] = False
    track_interface: Annotated[
        tuple[TrackInterface, ...], lines(TrackInterface, "other interfaces whose state counts", acts=True)
    ] = ()
    track_file: Annotated[
        tuple[TrackFileLine, ...], lines(TrackFileLine, "the files whose number counts", acts=True)
    ] = ()
    track_process: Annotated[tuple[TrackProcess, ...], lines(TrackProcess, "the processes that count", acts=True)] = ()
    track_bfd: Annotated[tuple[TrackBfd, ...], lines(TrackBfd, "the BFD sessions whose state counts")] = ()
    unicast_src_ip: Annotated[
        str | None,
        keyword(
            Address(cut=True),
            "the source address of unicast adverts",
            example="unicast_src_ip 192.0.2.2",
            otherwise="the first address of the interface",
            acts=True,
        ),
    ] = None
    mcast_dst_ip: Annotated[
        str | None,
        keyword(
            Address(multicast=True),
            "where adverts are sent to",
            example="mcast_dst_ip 224.0.0.18",
            otherwise="vrrp_mcast_group4 or vrrp_mcast_group6",
            acts=True,
        ),
    ] = None
    track_src_ip: Annotated[bool, keyword(Flag(), "go to FAULT while the source address is not there", acts=True)] = (
        False
    )
    unicast_ttl: Annotated[
        int | None,
        keyword(Int(0, 255), "the TTL of unicast adverts", example="unicast_ttl 255", otherwise="255", acts=True),
    ] = None
    no_virtual_ipaddress: Annotated[bool, keyword(Flag(), "the instance has no addresses, and that is meant")] = False
    promote_secondaries: Annotated[
        bool, keyword(Flag(), "keep the other addresses of a subnet when the first one goes", acts=True)
    ] = False
    linkbeat_use_polling: Annotated[
        bool, keyword(Flag(), "ask for the carrier of the interface", obsolete="write linkbeat_interfaces", acts=True)
    ] = False
    v3_checksum_as_v2: Annotated[
        bool | None,
        keyword(
            Bool(),
            "leave the pseudo header out of VRRPv3 checksums over IPv4",
            otherwise="the global v3_checksum_as_v2, off",
            acts=True,
        ),
    ] = None
    accept: Annotated[
        bool | None,
        keyword(
            Flag(),
            "the master takes packets for its addresses",
            otherwise="on; with strict_mode only for priority 255",
            opposite="no_accept",
            acts=True,
        ),
    ] = None
    skip_check_adv_addr: Annotated[
        bool | None,
        keyword(
            Bool(),
            "do not compare the addresses in the adverts of the same master again",
            otherwise="vrrp_skip_check_adv_addr",
            acts=True,
        ),
    ] = None
    strict_mode: Annotated[bool | None, keyword(Bool(), "keep to the RFC", otherwise="vrrp_strict", acts=True)] = None
    debug: Annotated[int, keyword(Int(0, 4), "nothing: it is accepted for old files")] = 0
    notify_deleted: Annotated[
        Command | None,
        keyword(
            Script(absent=True),
            "run when a reload removes the instance; alone: tell that it was deleted",
            once=True,
            otherwise="off, FAULT is told",
            acts=True,
        ),
    ] = None
    notify_master_rx_lower_pri: Annotated[
        Command | None, keyword(Script(), "run when a master hears a weaker router's advert", once=True, acts=True)
    ] = None
    smtp_alert: Annotated[
        bool | None,
        keyword(Bool(), "send mail when the state changes", otherwise="smtp_alert_vrrp, then smtp_alert, then off"),
    ] = None
    notify_priority_changes: Annotated[
        bool | None,
        keyword(
            Bool(),
            "tell the pipes of changes of priority",
            otherwise="the sync group's, then vrrp_notify_priority_changes",
            acts=True,
        ),
    ] = None
    lvs_sync_daemon_interface: Annotated[
        str | None,
        keyword(
            Interface(),
            "the interface of the connection sync daemon that follows the instance",
            example="lvs_sync_daemon_interface eth1",
            obsolete="write lvs_sync_daemon in global_defs",
        ),
    ] = None
    down_timer_adverts: Annotated[
        int | None,
        keyword(
            Int(1, 100),
            "the missed adverts after which it takes over",
            example="down_timer_adverts 3",
            otherwise="vrrp_down_timer_adverts",
            acts=True,
        ),
    ] = None
    timer_expired_backup: Annotated[
        int | None,
        keyword(
            Int(1, 254, absent=254),
            "step back after running late; the number is the highest priority of the others",
            deprecated=("thread_timer_expired",),
            otherwise="off; 254 without a number",
            acts=True,
        ),
    ] = None
    garp_extra_if: Annotated[
        ExtraInterval | None,
        keyword(
            ExtraInterfaces(0),
            "announce addresses on other interfaces than the instance's from time to time",
            deprecated=("vmac_garp_intvl",),
            otherwise="vrrp_garp_extra_if",
        ),
    ] = None
    owner_ignore_adverts: Annotated[
        bool | None,
        keyword(
            Bool(), "an address owner ignores the adverts of others", otherwise="vrrp_owner_ignore_adverts", acts=True
        ),
    ] = None
    kernel_rx_buf_size: Annotated[
        int | None,
        keyword(
            Int(0, UNSIGNED),
            "the receive buffer for adverts",
            example="kernel_rx_buf_size 65536",
            otherwise="what vrrp_rx_bufs_policy says",
        ),
    ] = None
    auth_hmac: Annotated[AuthHmac | None, block(AuthHmac, doc="sign and verify adverts", since="2.4.3", acts=True)] = (
        None
    )
    virtual_routes: Annotated[
        tuple[VirtualRoute, ...], lines(VirtualRoute, "the routes that the master has", strict=True, acts=True)
    ] = ()
    virtual_rules: Annotated[
        tuple[VirtualRule, ...], lines(VirtualRule, "the policy rules that the master has", strict=True, acts=True)
    ] = ()

    @property
    def base_priority(self) -> int:
        """The priority before tracking: 255 for `state MASTER` without one, else 100 (reference vrrp.md 3.2)."""
        if self.priority is not None:
            return self.priority
        return 255 if self.state is InitialState.MASTER else 100

    @property
    def wants_master(self) -> bool:
        """Whether it starts wishing to be master: said so, or said nothing and owns the addresses (3.2)."""
        if self.state is not None:
            return self.state is InitialState.MASTER
        return self.base_priority == 255

    @property
    def family(self) -> int:
        """4 or 6: IPv6 when it says so, else what its first address, source, group or peer is of (5.4)."""
        vips = [line.address for line in self.virtual_ipaddress[:1]]
        peers = [peer.address for peer in self.unicast_peer[:1]]
        said = (*vips, self.mcast_src_ip, self.unicast_src_ip, self.mcast_dst_ip, *peers)
        first = next((one for one in said if one is not None), "")
        return 6 if self.native_ipv6 or ":" in first else 4
