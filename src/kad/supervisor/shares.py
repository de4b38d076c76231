"""Which part of the configuration each worker is given, and whether it is wanted at all. Pure."""

from msgspec import structs

from kad.config.acting import running
from kad.config.config import Config
from kad.ipc.messages import ConfigureChecker, ConfigureRunner, ConfigureVrrp, Message, Sysctls

RUNNER, VRRP, CHECKER = "runner", "vrrp", "checker"


def share(worker: str, config: Config, *, release: bool = True) -> Message | None:
    """The worker's first message and its news after a reload; None when it has nothing to do."""
    config = running(config)
    match worker:
        case "runner":
            return ConfigureRunner(global_defs=config.global_defs)
        case "vrrp" if config.vrrp_instances or config.static_ipaddress or config.static_routes or config.static_rules:
            return ConfigureVrrp(
                global_defs=config.global_defs,
                scripts=config.vrrp_scripts,
                instances=config.vrrp_instances,
                sync_groups=config.vrrp_sync_groups,
                track_files=config.track_files,
                track_processes=config.vrrp_track_processes,
                garp_groups=config.garp_groups,
                link_delays=config.interface_up_down_delays,
                linkbeat=config.linkbeat_interfaces,
                linkbeat_all=config.linkbeat_use_polling,
                track_groups=config.track_groups,
                static_addresses=config.static_ipaddress,
                static_routes=config.static_routes,
                static_rules=config.static_rules,
                release=release,
            )
        case "checker" if config.virtual_servers:
            return ConfigureChecker(
                global_defs=config.global_defs,
                virtual_servers=config.virtual_servers,
                release=release,
            )
    return None


def once_more(first: Message, sysctls: Sysctls | None = None) -> Message:
    """The same for a worker that takes a dead one's place: the daemon is not starting (reference vrrp.md 3.2).

    `sysctls`: what the dead one had changed.
    """
    if not isinstance(first, ConfigureVrrp):
        return first
    return structs.replace(first, first=False, sysctls=() if sysctls is None else sysctls.before)
