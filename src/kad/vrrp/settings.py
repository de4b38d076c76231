"""RouterSettings: all that one router needs from the configuration, settled: no None that a global has to fill.

Not here: mistakes in the configuration (config/rules.py has reported and corrected them). Long, because every
setting is named, settled and explained in one place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from ipaddress import ip_address
from typing import NamedTuple, Protocol, TypeVar

from msgspec import structs

from kad.config.schema.authentication import AuthType
from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.track_file import TrackFile
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.virtual_routes import VirtualRoute
from kad.config.schema.virtual_rules import VirtualRule
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.config.schema.vrrp_script import VrrpScript
from kad.config.schema.vrrp_track_process import VrrpTrackProcess
from kad.ipc.messages import ConfigureVrrp
from kad.notify import NotifyScripts
from kad.units import SECOND, Micros
from kad.vrrp import auth_hmac
from kad.vrrp.auth_hmac import HmacSettings
from kad.vrrp.packet import AH_SIZE, AUTH_SIZE, CENTISECOND, TTL, IPAddress
from kad.vrrp.vmac import own_interface, speaks_on

T = TypeVar("T")

OWNER = 255
"""The priority of the router that the virtual addresses belong to; tracking never changes it."""

NO_AUTH, SIMPLE_PASSWORD, AUTH_HEADER = 0, 1, 2
"""v2's authentication types on the wire (reference vrrp.md 1.2)."""

WINDOWS = (5, 300)
"""The shortest and the longest window of auth_hmac that nobody configured, in seconds (1.6)."""

SHORTEST_KEY, LONGEST_KEY = 32, 64

KeyFiles = Mapping[str, bytes | None]
"""What the files with keys hold by their paths; None for one that can't be read."""


class Key(NamedTuple):
    """What makes a router the same one after a reload, whatever its name."""

    interface: str
    vrid: int
    family: int = 4
    unicast: bool = False


class Wire(NamedTuple):
    """Where a router speaks and listens; routers of one wire share its sockets (reference vrrp.md 1.1).

    `address`: the multicast group, for unicast the own address.
    """

    interface: str
    address: IPAddress
    unicast: bool = False
    ah: bool = False

    @property
    def family(self) -> int:
        """4 or 6."""
        return self.address.version


@dataclass(frozen=True)
class Peer:
    """A router that adverts are sent to one by one, and the TTLs that its own may arrive with."""

    address: IPAddress
    min_ttl: int = 0
    max_ttl: int = 255


@dataclass(frozen=True)
class Garp:
    """When the addresses are announced, and how many times each (reference vrrp.md 4.1)."""

    master_delay: Micros
    master_repeat: int
    master_refresh: Micros
    master_refresh_repeat: int
    lower_prio_delay: Micros
    lower_prio_repeat: int


@dataclass(frozen=True)
class Track:
    """One thing that the router follows: its weight, and whether good and bad, or plus and minus, are swapped."""

    name: str
    weight: int
    reverse: bool


@dataclass(frozen=True)
class RouterSettings:
    """One virtual router. `addresses` are advertised, in this order; `excluded` only set.

    `interface` is the one that is configured. `own_interface`, where the addresses are, is the same one or a VMAC or
    ipvlan on top of it. Adverts leave from `speaks_on`, one of the two. `accept`: a master takes packets for its
    addresses.

    `tracks`: scripts, `links`: interfaces, `files`, `processes` that are followed, its sync group's among them.
    `track_primary`: its own interfaces matter; `track_source`: a configured source address must be there.
    `sync_group`: its name. `ties`: the interfaces of static lines with a track_group of it.
    `timer_expired_backup`: the highest priority of the others, where a master that slept gives way to them.
    `starts_master`: it owns its addresses and so do all members of its sync group.
    `peers`: unicast, if there are any. `no_peer`: unicast is meant, there is no peer, and that is a fault. `ah_key`:
    nothing without AH.
    """

    name: str
    interface: str
    own_interface: str
    speaks_on: str
    accept: bool
    vrid: int
    family: int
    version: int
    base_priority: int
    wants_master: bool
    starts_master: bool
    sync_group: str
    advert_int: Micros
    auth_type: int
    auth_data: bytes
    ah_key: bytes
    hmac: HmacSettings | None
    group: IPAddress
    source: IPAddress | None
    peers: tuple[Peer, ...]
    no_peer: bool
    check_source: bool
    ttl: int
    checksum_as_v2: bool
    addresses: tuple[VirtualAddress, ...]
    excluded: tuple[VirtualAddress, ...]
    routes: tuple[VirtualRoute, ...]
    rules: tuple[VirtualRule, ...]
    nopreempt: bool
    preempt_delay: Micros
    lower_prio_no_advert: bool
    higher_prio_send_advert: bool
    owner_ignore_adverts: bool
    skip_check_adv_addr: bool
    down_timer_adverts: int
    timer_expired_backup: int | None
    garp: Garp
    tracks: tuple[Track, ...]
    links: tuple[Track, ...]
    files: tuple[Track, ...]
    processes: tuple[Track, ...]
    track_primary: bool
    track_source: bool
    notify: NotifyScripts
    notify_priority_changes: bool = False
    ties: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """What makes it the same router after a reload."""
        return Key(self.interface, self.vrid, self.family, self.unicast)

    @property
    def unicast(self) -> bool:
        """Whether adverts go to peers instead of the group."""
        return bool(self.peers)

    @cached_property
    def peer_addresses(self) -> frozenset[IPAddress]:
        """The peers' addresses."""
        return frozenset(peer.address for peer in self.peers)

    @cached_property
    def destinations(self) -> tuple[IPAddress, ...]:
        """Where each advert goes."""
        return tuple(peer.address for peer in self.peers) or (self.group,)

    @property
    def lacks_key(self) -> bool:
        """Whether the key that adverts are to be signed with can't be had."""
        return self.hmac is not None and self.hmac.active not in self.hmac.keys

    @property
    def extra(self) -> int:
        """How many bytes stand beside each advert's message: AH's header, auth_hmac's trailer."""
        if self.ah_key:
            return AH_SIZE
        return auth_hmac.SIZE if self.hmac is not None and self.hmac.sends else 0

    @property
    def owner(self) -> bool:
        """Whether the addresses belong to this router."""
        return self.base_priority == OWNER

    @cached_property
    def all_addresses(self) -> tuple[VirtualAddress, ...]:
        """What the master has: the advertised ones first."""
        return self.addresses + self.excluded

    @cached_property
    def ways(self) -> tuple[VirtualRoute | VirtualRule, ...]:
        """What else the master has: routes, then the rules that need them."""
        return self.routes + self.rules

    @cached_property
    def advertised(self) -> tuple[IPAddress, ...]:
        """The addresses that the adverts list."""
        return tuple(ip_address(address.address) for address in self.addresses)

    @cached_property
    def packed_addresses(self) -> bytes:
        """The same as the wire has them."""
        return b"".join(address.packed for address in self.advertised)

    @cached_property
    def interfaces(self) -> frozenset[str]:
        """The interfaces that it can't do without: its own, those of its addresses, those followed without a weight.

        What is said of an interface goes before what an address on it implies.
        """
        own = {self.interface, self.own_interface}
        devices = {self.device(address) for address in self.all_addresses if not address.no_track}
        devices |= {name for way in self.ways if not way.no_track for name in needed(way)}
        implied = devices.union(self.ties) - {link.name for link in self.links}
        said = {link.name for link in self.links if link.weight == 0 and not link.reverse}
        return frozenset(own | implied | said) - (frozenset() if self.track_primary else own)

    @cached_property
    def watched(self) -> frozenset[str]:
        """The interfaces whose state matters to it."""
        own = (self.interface, self.own_interface)
        return self.interfaces.union(own, (link.name for link in self.links))

    @property
    def wire_interval(self) -> int:
        """advert_int as the wire says it: seconds in v2, centiseconds in v3."""
        return self.advert_int // (SECOND if self.version == 2 else CENTISECOND)

    def device(self, address: VirtualAddress) -> str:
        """Where an address goes."""
        return address.device or self.own_interface


@dataclass(frozen=True)
class Others:
    """What besides scripts the configuration defines that can be followed, by names."""

    files: Mapping[str, TrackFile]
    processes: Mapping[str, VrrpTrackProcess]


def needed(way: VirtualRoute | VirtualRule) -> tuple[str, ...]:
    """The interfaces that a tracked route or rule names."""
    names = (way.device,) if isinstance(way, VirtualRoute) else (way.iif, way.oif)
    return tuple(name for name in names if name is not None)


def settle(
    instance: VrrpInstance,
    global_defs: GlobalDefs,
    scripts: Mapping[str, VrrpScript],
    key_files: KeyFiles | None = None,
    others: Others | None = None,
) -> RouterSettings:
    """What holds for this instance: its own word, else the global one, else what keepalived defaults to.

    What it tracks that the configuration does not define is left out. IPv6 is version 3 unless the instance says
    otherwise.
    """
    family = instance.family
    strict, version = is_strict(instance, global_defs), protocol(instance, global_defs)
    kind, password = _authentication(instance) if version == 2 else (NO_AUTH, bytes(AUTH_SIZE))
    group = global_defs.vrrp_mcast_group4 if family == 4 else global_defs.vrrp_mcast_group6
    peers = tuple(Peer(ip_address(p.address), p.min_ttl, p.max_ttl) for p in instance.unicast_peer)
    source = instance.unicast_src_ip if peers and instance.unicast_src_ip else instance.mcast_src_ip
    settled = RouterSettings(
        name=instance.name,
        interface=instance.interface,
        own_interface=own_interface(instance),
        speaks_on=speaks_on(instance),
        accept=accepts(instance, global_defs),
        vrid=instance.virtual_router_id,
        family=family,
        version=version,
        base_priority=instance.base_priority,
        wants_master=instance.wants_master,
        starts_master=instance.wants_master and instance.base_priority == OWNER,
        sync_group="",
        advert_int=instance.advert_int,
        auth_type=kind,
        auth_data=password if kind == SIMPLE_PASSWORD else bytes(AUTH_SIZE),
        ah_key=password if kind == AUTH_HEADER else b"",
        hmac=_hmac(instance, key_files or {}),
        group=ip_address(instance.mcast_dst_ip or group),
        source=None if source is None else ip_address(source),
        peers=peers,
        no_peer=instance.unicast_fault_no_peer and not peers,
        check_source=instance.check_unicast_src or global_defs.vrrp_check_unicast_src or _limits_ttl(peers),
        ttl=_first(instance.unicast_ttl, TTL) if peers else TTL,
        checksum_as_v2=_first(instance.v3_checksum_as_v2, global_defs.v3_checksum_as_v2),
        addresses=_on(instance, instance.virtual_ipaddress),
        excluded=_on(instance, instance.virtual_ipaddress_excluded),
        routes=instance.virtual_routes,
        rules=instance.virtual_rules,
        nopreempt=instance.nopreempt,
        preempt_delay=instance.preempt_delay,
        lower_prio_no_advert=_first(instance.lower_prio_no_advert, global_defs.vrrp_lower_prio_no_advert),
        higher_prio_send_advert=_first(instance.higher_prio_send_advert, global_defs.vrrp_higher_prio_send_advert),
        owner_ignore_adverts=_first(instance.owner_ignore_adverts, global_defs.vrrp_owner_ignore_adverts),
        skip_check_adv_addr=_first(instance.skip_check_adv_addr, global_defs.vrrp_skip_check_adv_addr),
        down_timer_adverts=_first(instance.down_timer_adverts, global_defs.vrrp_down_timer_adverts),
        timer_expired_backup=instance.timer_expired_backup,
        garp=_garp(instance, global_defs),
        tracks=_tracks(instance.track_script, scripts),
        links=tuple(Track(link.name, link.weight, link.reverse) for link in instance.track_interface),
        files=_tracks(instance.track_file, others.files if others else {}),
        processes=_tracks(instance.track_process, others.processes if others else {}),
        track_primary=not instance.dont_track_primary,
        track_source=instance.track_src_ip and source is not None,
        notify=_notify(instance),
        notify_priority_changes=_first(instance.notify_priority_changes, global_defs.vrrp_notify_priority_changes),
    )
    return _strictly(settled) if strict else settled


def _strictly(settings: RouterSettings) -> RouterSettings:
    """Take back what the RFCs do not know of, whatever the configuration says; the rest is corrected as it is read."""
    return replace(
        settings,
        lower_prio_no_advert=True,
        higher_prio_send_advert=False,
        owner_ignore_adverts=settings.owner or settings.owner_ignore_adverts,
        garp=replace(settings.garp, lower_prio_repeat=0),
    )


def is_strict(instance: VrrpInstance, global_defs: GlobalDefs) -> bool:
    """Whether it keeps to the RFC (reference vrrp.md 3.7)."""
    return _first(instance.strict_mode, global_defs.vrrp_strict)


def protocol(instance: VrrpInstance, global_defs: GlobalDefs) -> int:
    """The version of the protocol; strict IPv6 has but one."""
    if instance.family == 6 and is_strict(instance, global_defs):
        return 3
    return instance.version or (3 if instance.family == 6 else global_defs.vrrp_version)


def changed(old: RouterSettings, new: RouterSettings) -> tuple[str, ...]:
    """The names of the settings that differ."""
    return tuple(field.name for field in fields(old) if getattr(old, field.name) != getattr(new, field.name))


def _notify(instance: VrrpInstance) -> NotifyScripts:
    return NotifyScripts(
        notify_master=instance.notify_master,
        notify_backup=instance.notify_backup,
        notify_fault=instance.notify_fault,
        notify_stop=instance.notify_stop,
        notify_deleted=instance.notify_deleted,
        notify_master_rx_lower_pri=instance.notify_master_rx_lower_pri,
        notify=instance.notify,
    )


def _on(instance: VrrpInstance, addresses: tuple[VirtualAddress, ...]) -> tuple[VirtualAddress, ...]:
    """With a VMAC each address says where it is: one that a reload moves there is another one."""
    own = own_interface(instance)
    if own == instance.interface:
        return addresses
    return tuple(one if one.device else structs.replace(one, device=own) for one in addresses)


def accepts(instance: VrrpInstance, global_defs: GlobalDefs) -> bool:
    """Whether a master takes packets for its addresses; their owner always does (reference vrrp.md 5.3)."""
    version = protocol(instance, global_defs)
    strict = is_strict(instance, global_defs)
    said = None if strict and version == 2 else instance.accept
    return instance.base_priority == OWNER or _first(said, not strict)


def _limits_ttl(peers: tuple[Peer, ...]) -> bool:
    """Whether a peer has a limit: then only peers may speak (reference keywords)."""
    return any((peer.min_ttl, peer.max_ttl) != (0, 255) for peer in peers)


def _authentication(instance: VrrpInstance) -> tuple[int, bytes]:
    authentication = instance.authentication
    if authentication is None or authentication.auth_type is None:
        return NO_AUTH, bytes(AUTH_SIZE)
    kind = SIMPLE_PASSWORD if authentication.auth_type is AuthType.PASS else AUTH_HEADER
    return kind, _padded(authentication.auth_pass)


def _hmac(instance: VrrpInstance, key_files: KeyFiles) -> HmacSettings | None:
    """auth_hmac with the keys that can be had; the one to send with may be missing (tracking.py makes that a fault)."""
    wanted = instance.auth_hmac
    if wanted is None or wanted.active_key is None:
        return None
    keys = {key.id: value for key in wanted.key if (value := secret(key.secret, key_files))}
    shortest, longest = WINDOWS
    usual = min(max(3 * instance.advert_int // SECOND, shortest), longest)
    return HmacSettings(
        active=wanted.active_key,
        keys=keys,
        window=usual if wanted.time_window is None else wanted.time_window // SECOND,
        sends=wanted.mode != "receive-only",
        requires=wanted.mode == "enforce",
        monotonic=wanted.anti_replay == "monotonic",
    )


def secret(written: str, key_files: KeyFiles) -> bytes | None:
    """A key as it is written (itself, hex:DIGITS, or file:PATH with either in it) as bytes; None if it is none."""
    if written.startswith("file:"):
        found = key_files.get(written.removeprefix("file:"))
        if found is None:
            return None
        written = found.rstrip(b"\r\n").decode(errors="surrogateescape")
    if written.startswith("hex:"):
        try:
            value = bytes.fromhex(written.removeprefix("hex:"))
        except ValueError:
            return None
    else:
        value = written.encode(errors="surrogateescape")
    return value if SHORTEST_KEY <= len(value) <= LONGEST_KEY else None


def key_paths(instances: tuple[VrrpInstance, ...]) -> tuple[str, ...]:
    """The files that hold keys."""
    secrets = [key.secret for one in instances if one.auth_hmac is not None for key in one.auth_hmac.key]
    return tuple(text.removeprefix("file:") for text in secrets if text.startswith("file:"))


def _padded(password: str) -> bytes:
    # Surrogates stand for bytes of the file that are no UTF-8.
    return password.encode(errors="surrogateescape")[:AUTH_SIZE].ljust(AUTH_SIZE, b"\0")


def _garp(instance: VrrpInstance, global_defs: GlobalDefs) -> Garp:
    master_delay = global_defs.vrrp_garp_master_delay
    return Garp(
        master_delay=_first(instance.garp_master_delay, master_delay),
        master_repeat=_first(instance.garp_master_repeat, global_defs.vrrp_garp_master_repeat),
        master_refresh=_first(instance.garp_master_refresh, global_defs.vrrp_garp_master_refresh),
        master_refresh_repeat=_first(instance.garp_master_refresh_repeat, global_defs.vrrp_garp_master_refresh_repeat),
        lower_prio_delay=_first(instance.garp_lower_prio_delay, global_defs.vrrp_garp_lower_prio_delay, master_delay),
        lower_prio_repeat=_first(
            instance.garp_lower_prio_repeat,
            global_defs.vrrp_garp_lower_prio_repeat,
            global_defs.vrrp_garp_master_repeat,
        ),
    )


class _Line(Protocol):
    """A line that follows something. None: what the definition says."""

    @property
    def name(self) -> str: ...
    @property
    def weight(self) -> int | None: ...
    @property
    def reverse(self) -> bool | None: ...


class _Definition(Protocol):
    """What can be followed."""

    @property
    def weight(self) -> int: ...
    @property
    def reverse(self) -> bool: ...


def _tracks(lines: Iterable[_Line], defined: Mapping[str, _Definition]) -> tuple[Track, ...]:
    both = ((line, defined[line.name]) for line in lines if line.name in defined)
    return tuple(Track(i.name, _first(i.weight, d.weight), _first(i.reverse, d.reverse)) for i, d in both)


def _first(*values: T | None) -> T:
    return next(value for value in values if value is not None)


def ties(instance: str, share: ConfigureVrrp) -> tuple[str, ...]:
    """The interfaces of the static lines whose track_group has this instance."""
    groups = {group.name for group in share.track_groups if instance in group.group}
    lines = (
        *((address.track_group, address.device) for address in share.static_addresses),
        *((route.track_group, route.device) for route in share.static_routes),
        *((rule.track_group, rule.iif) for rule in share.static_rules),
    )
    return tuple(dict.fromkeys(device for group, device in lines if group in groups and device is not None))
