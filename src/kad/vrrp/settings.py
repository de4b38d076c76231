"""RouterSettings: all that one router needs from the configuration, settled: no None that a global has to fill.

Not here: mistakes in the configuration (config/rules.py has reported and corrected them).
"""

from dataclasses import dataclass, fields
from functools import cached_property
from ipaddress import IPv4Address, ip_address
from typing import TypeVar

from kad.config.schema.authentication import AuthType
from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.track_script import TrackScript
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.config.schema.vrrp_script import VrrpScript
from kad.notify import NotifyScripts
from kad.units import SECOND, Micros
from kad.vrrp.packet import AUTH_SIZE, CENTISECOND

T = TypeVar("T")

OWNER = 255
"""The priority of the router that the virtual addresses belong to; tracking never changes it."""

NO_AUTH, SIMPLE_PASSWORD = 0, 1
"""v2's authentication types on the wire (reference vrrp.md 1.2)."""

Key = tuple[str, int]
"""What makes a router the same one after a reload: interface and VRID, whatever its name."""


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
    """A script that the router follows: its weight and whether good and bad are swapped."""

    name: str
    weight: int
    reverse: bool


@dataclass(frozen=True)
class RouterSettings:
    """One virtual router. `addresses` are advertised, in this order; `excluded` only set. IPv6 is never announced."""

    name: str
    interface: str
    vrid: int
    version: int
    base_priority: int
    wants_master: bool
    advert_int: Micros
    auth_type: int
    auth_data: bytes
    group: IPv4Address
    source: IPv4Address | None
    addresses: tuple[VirtualAddress, ...]
    excluded: tuple[VirtualAddress, ...]
    nopreempt: bool
    preempt_delay: Micros
    lower_prio_no_advert: bool
    higher_prio_send_advert: bool
    garp: Garp
    tracks: tuple[Track, ...]
    notify: NotifyScripts

    @property
    def key(self) -> Key:
        """What makes it the same router after a reload."""
        return (self.interface, self.vrid)

    @property
    def owner(self) -> bool:
        """Whether the addresses belong to this router."""
        return self.base_priority == OWNER

    @cached_property
    def all_addresses(self) -> tuple[VirtualAddress, ...]:
        """What the master has: the advertised ones first."""
        return self.addresses + self.excluded

    @cached_property
    def advertised(self) -> tuple[IPv4Address, ...]:
        """The addresses that the adverts list."""
        return tuple(IPv4Address(address.address) for address in self.addresses)

    @cached_property
    def packed_addresses(self) -> bytes:
        """The same as the wire has them."""
        return b"".join(address.packed for address in self.advertised)

    @cached_property
    def interfaces(self) -> frozenset[str]:
        """The interfaces that it can't do without: its own and those of its addresses."""
        return frozenset({self.interface, *(self.device(address) for address in self.all_addresses)})

    @property
    def wire_interval(self) -> int:
        """advert_int as the wire says it: seconds in v2, centiseconds in v3."""
        return self.advert_int // (SECOND if self.version == 2 else CENTISECOND)

    def device(self, address: VirtualAddress) -> str:
        """Where an address goes."""
        return address.device or self.interface


def settle(instance: VrrpInstance, global_defs: GlobalDefs, scripts: dict[str, VrrpScript]) -> RouterSettings:
    """What holds for this instance: its own word, else the global one, else what keepalived defaults to.

    Scripts that the configuration does not define are left out.
    """
    version = instance.version or global_defs.vrrp_version
    password = instance.authentication.auth_pass if _has_password(instance) and instance.authentication else ""
    return RouterSettings(
        name=instance.name,
        interface=instance.interface,
        vrid=instance.virtual_router_id,
        version=version,
        base_priority=instance.base_priority,
        wants_master=instance.wants_master,
        advert_int=instance.advert_int,
        auth_type=SIMPLE_PASSWORD if version == 2 and _has_password(instance) else NO_AUTH,
        auth_data=_padded(password) if version == 2 else bytes(AUTH_SIZE),
        group=IPv4Address(global_defs.vrrp_mcast_group4),
        source=None if instance.mcast_src_ip is None else IPv4Address(instance.mcast_src_ip),
        addresses=instance.virtual_ipaddress,
        excluded=instance.virtual_ipaddress_excluded,
        nopreempt=instance.nopreempt,
        preempt_delay=instance.preempt_delay,
        lower_prio_no_advert=_first(instance.lower_prio_no_advert, global_defs.vrrp_lower_prio_no_advert),
        higher_prio_send_advert=_first(instance.higher_prio_send_advert, global_defs.vrrp_higher_prio_send_advert),
        garp=_garp(instance, global_defs),
        tracks=tuple(_track(track, scripts[track.name]) for track in instance.track_script if track.name in scripts),
        notify=NotifyScripts(
            notify_master=instance.notify_master,
            notify_backup=instance.notify_backup,
            notify_fault=instance.notify_fault,
            notify_stop=instance.notify_stop,
            notify=instance.notify,
        ),
    )


def announceable(address: VirtualAddress) -> IPv4Address | None:
    """The address that a gratuitous ARP can announce; None for IPv6."""
    parsed = ip_address(address.address)
    return parsed if isinstance(parsed, IPv4Address) else None


def changed(old: RouterSettings, new: RouterSettings) -> tuple[str, ...]:
    """The names of the settings that differ."""
    return tuple(field.name for field in fields(old) if getattr(old, field.name) != getattr(new, field.name))


def _has_password(instance: VrrpInstance) -> bool:
    return instance.authentication is not None and instance.authentication.auth_type is AuthType.PASS


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


def _track(track: TrackScript, script: VrrpScript) -> Track:
    return Track(
        name=track.name,
        weight=_first(track.weight, script.weight),
        reverse=_first(track.reverse, script.reverse),
    )


def _first(*values: T | None) -> T:
    return next(value for value in values if value is not None)
