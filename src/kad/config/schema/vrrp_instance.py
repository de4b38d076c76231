"""vrrp_instance NAME { … }: one virtual router."""

from enum import Enum
from typing import Annotated

from msgspec import Struct

from kad.config.commands import Script
from kad.config.fields import argument, block, keyword, lines
from kad.config.kinds import SIGNED, UNSIGNED, Address, Bool, Choice, Flag, Int, Interface, Seconds, Word
from kad.config.schema.authentication import Authentication
from kad.config.schema.script import Script as Command
from kad.config.schema.track_script import TrackScript
from kad.config.schema.virtual_ipaddress import VirtualAddress
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

    name: Annotated[str, argument(Word(), "a name", exact=True, missing="bad-block")]
    interface: Annotated[
        str, keyword(Interface(), "where adverts go out, and the addresses without a dev are", required="no-interface")
    ]
    virtual_router_id: Annotated[
        int, keyword(Int(1, 255), "the VRID, which all routers of the group share", required="no-vrid")
    ]
    state: Annotated[
        InitialState | None, keyword(_STATES, "the state wished for at the start", fallback=InitialState.BACKUP)
    ] = None
    priority: Annotated[int | None, keyword(Int(1, 255), "the highest wins; 255 owns the addresses", fallback=100)] = (
        None
    )
    version: Annotated[int | None, keyword(Int(2, 3), "the version of the VRRP protocol", once=True)] = None
    advert_int: Annotated[Micros, keyword(_ADVERT_INT, "the time between two adverts")] = SECOND
    authentication: Annotated[Authentication | None, block(Authentication, doc="the password of the group")] = None
    virtual_ipaddress: Annotated[
        tuple[VirtualAddress, ...], lines(VirtualAddress, "the addresses that the master has and its adverts list")
    ] = ()
    virtual_ipaddress_excluded: Annotated[
        tuple[VirtualAddress, ...], lines(VirtualAddress, "addresses of the master that its adverts do not list")
    ] = ()
    mcast_src_ip: Annotated[str | None, keyword(Address(), "the source address of adverts")] = None
    nopreempt: Annotated[
        bool, keyword(Flag(), "a stronger router leaves a weaker master alone", opposite="preempt")
    ] = False
    preempt_delay: Annotated[
        Micros,
        keyword(
            Seconds(Micros(0), Micros(1000 * SECOND)),
            "the wait before a weaker master is displaced",
            fallback=Micros(0),
        ),
    ] = Micros(0)
    garp_master_delay: Annotated[
        Micros | None, keyword(_DELAY, "the time from becoming master to the second gratuitous ARPs")
    ] = None
    garp_master_repeat: Annotated[int | None, keyword(_COUNT, "gratuitous ARPs for an address each time")] = None
    garp_master_refresh: Annotated[
        Micros | None, keyword(_REFRESH, "the time between gratuitous ARPs of a master", fallback=Micros(0))
    ] = None
    garp_master_refresh_repeat: Annotated[
        int | None, keyword(_COUNT, "gratuitous ARPs for an address in each refresh")
    ] = None
    garp_lower_prio_delay: Annotated[
        Micros | None, keyword(_DELAY, "the time from a weaker router's advert to the second gratuitous ARPs")
    ] = None
    garp_lower_prio_repeat: Annotated[
        int | None, keyword(Int(0, SIGNED), "gratuitous ARPs for an address when a weaker router advertises")
    ] = None
    lower_prio_no_advert: Annotated[
        bool | None, keyword(Bool(), "a master does not answer a weaker router's advert")
    ] = None
    higher_prio_send_advert: Annotated[
        bool | None, keyword(Bool(), "a master advertises once more before it yields to a stronger router")
    ] = None
    track_script: Annotated[
        tuple[TrackScript, ...], lines(TrackScript, "the scripts whose verdict counts for this instance")
    ] = ()
    notify_master: Annotated[Command | None, keyword(Script(), "run on becoming MASTER", once=True)] = None
    notify_backup: Annotated[Command | None, keyword(Script(), "run on becoming BACKUP", once=True)] = None
    notify_fault: Annotated[Command | None, keyword(Script(), "run on becoming FAULT", once=True)] = None
    notify_stop: Annotated[Command | None, keyword(Script(), "run when kad stops", once=True)] = None
    notify: Annotated[
        Command | None, keyword(Script(), "run on every change, with INSTANCE NAME STATE PRIORITY", once=True)
    ] = None

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
