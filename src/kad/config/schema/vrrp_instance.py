"""vrrp_instance NAME { … }: one virtual router."""

from enum import Enum

from msgspec import Struct

from kad.config.schema.authentication import Authentication
from kad.config.schema.script import Script
from kad.config.schema.track_script import TrackScript
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.units import SECOND, Micros


class InitialState(Enum):
    """The state an instance is asked to start in."""

    MASTER = "MASTER"
    BACKUP = "BACKUP"


class VrrpInstance(Struct, frozen=True, kw_only=True):
    """One virtual router on one interface."""

    name: str
    interface: str
    virtual_router_id: int
    state: InitialState | None = None
    priority: int | None = None
    version: int | None = None
    advert_int: Micros = SECOND
    authentication: Authentication | None = None
    virtual_ipaddress: tuple[VirtualAddress, ...] = ()
    virtual_ipaddress_excluded: tuple[VirtualAddress, ...] = ()
    mcast_src_ip: str | None = None
    nopreempt: bool = False
    preempt_delay: Micros = Micros(0)
    garp_master_delay: Micros | None = None
    garp_master_repeat: int | None = None
    garp_master_refresh: Micros | None = None
    garp_master_refresh_repeat: int | None = None
    garp_lower_prio_delay: Micros | None = None
    garp_lower_prio_repeat: int | None = None
    lower_prio_no_advert: bool | None = None
    higher_prio_send_advert: bool | None = None
    track_script: tuple[TrackScript, ...] = ()
    notify_master: Script | None = None
    notify_backup: Script | None = None
    notify_fault: Script | None = None
    notify_stop: Script | None = None
    notify: Script | None = None

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
