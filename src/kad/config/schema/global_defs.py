"""global_defs { … }: what holds for every instance and every server."""

from msgspec import Struct

from kad.units import SECOND, Micros


class GlobalDefs(Struct, frozen=True, kw_only=True):
    """The globals of a plain VRRP pair with an LVS farm."""

    router_id: str | None = None
    script_user: str | None = None
    script_group: str | None = None
    enable_script_security: bool = False
    vrrp_version: int = 2
    vrrp_mcast_group4: str = "224.0.0.18"
    vrrp_garp_master_delay: Micros = Micros(5 * SECOND)
    vrrp_garp_master_repeat: int = 5
    vrrp_garp_master_refresh: Micros = Micros(0)
    vrrp_garp_master_refresh_repeat: int = 1
    vrrp_garp_lower_prio_delay: Micros | None = None
    vrrp_garp_lower_prio_repeat: int | None = None
    vrrp_lower_prio_no_advert: bool = False
    vrrp_higher_prio_send_advert: bool = False
    rs_init_notifies: bool = False
    checker_log_all_failures: bool = False
