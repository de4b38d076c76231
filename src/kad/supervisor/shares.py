"""Which part of the configuration each worker is given, and whether it is wanted at all. Pure."""

from kad.config.acting import running
from kad.config.config import Config
from kad.ipc.messages import ConfigureChecker, ConfigureRunner, ConfigureVrrp, Message

RUNNER, VRRP, CHECKER = "runner", "vrrp", "checker"


def share(worker: str, config: Config, *, release: bool = True) -> Message | None:
    """The worker's first message and its news after a reload; None when it has nothing to do."""
    config = running(config)
    match worker:
        case "runner":
            return ConfigureRunner(global_defs=config.global_defs)
        case "vrrp" if config.vrrp_instances:
            return ConfigureVrrp(
                global_defs=config.global_defs,
                scripts=config.vrrp_scripts,
                instances=config.vrrp_instances,
                release=release,
            )
        case "checker" if config.virtual_servers:
            return ConfigureChecker(
                global_defs=config.global_defs,
                virtual_servers=config.virtual_servers,
                release=release,
            )
    return None
