"""global_defs { … }: what holds for every instance and every server."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import keyword
from kad.config.kinds import SIGNED, UNSIGNED, Address, Bool, Flag, Int, Owner, Seconds, Word
from kad.units import SECOND, Micros

_DELAY = Seconds(Micros(0), Micros(4294 * SECOND), decimals=0)
_REFRESH = Seconds(Micros(0), Micros(UNSIGNED * SECOND), decimals=0)
_COUNT = Int(0, UNSIGNED, zero=1)


class GlobalDefs(Struct, frozen=True, kw_only=True):
    """The globals of a plain VRRP pair with an LVS farm."""

    router_id: Annotated[str | None, keyword(Word(), "the name of this machine", missing="missing-value")] = None
    script_user: Annotated[
        str | None,
        keyword(
            Owner(), "USER [GROUP] that scripts run as", into=("script_user", "script_group"), missing="missing-value"
        ),
    ] = None
    script_group: str | None = None
    enable_script_security: Annotated[bool, keyword(Flag(), "refuse scripts run as root that others could change")] = (
        False
    )
    vrrp_version: Annotated[int, keyword(Int(2, 3), "the VRRP version of instances that name none")] = 2
    vrrp_mcast_group4: Annotated[str, keyword(Address(4, multicast=True), "where IPv4 adverts are sent to")] = (
        "224.0.0.18"
    )
    vrrp_garp_master_delay: Annotated[
        Micros, keyword(_DELAY, "the time from becoming master to the second gratuitous ARPs")
    ] = Micros(5 * SECOND)
    vrrp_garp_master_repeat: Annotated[int, keyword(_COUNT, "gratuitous ARPs for an address each time")] = 5
    vrrp_garp_master_refresh: Annotated[
        Micros, keyword(_REFRESH, "the time between gratuitous ARPs of a master", fallback=Micros(0))
    ] = Micros(0)
    vrrp_garp_master_refresh_repeat: Annotated[
        int, keyword(_COUNT, "gratuitous ARPs for an address in each refresh")
    ] = 1
    vrrp_garp_lower_prio_delay: Annotated[
        Micros | None, keyword(_DELAY, "the time from a weaker router's advert to the second gratuitous ARPs")
    ] = None
    vrrp_garp_lower_prio_repeat: Annotated[
        int | None, keyword(Int(0, SIGNED), "gratuitous ARPs for an address when a weaker router advertises")
    ] = None
    vrrp_lower_prio_no_advert: Annotated[bool, keyword(Bool(), "a master does not answer a weaker router's advert")] = (
        False
    )
    vrrp_higher_prio_send_advert: Annotated[
        bool, keyword(Bool(), "a master advertises once more before it yields to a stronger router")
    ] = False
    rs_init_notifies: Annotated[bool, keyword(Bool(), "run notify_up for servers that are up at the start")] = False
    checker_log_all_failures: Annotated[bool, keyword(Bool(), "log each failed attempt of a check")] = False
