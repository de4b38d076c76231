"""Which signal asks for which dump, and where it is written (reference vrrp.md 11). Pure.

Not here: what is in one (vrrp/dumps.py), writing it (system/files.py).
"""

from kad.config.config import Config
from kad.ipc.messages import Dump

SIGRTMIN_2, SIGRTMAX_1 = 36, 63

REQUESTS = {
    10: Dump(kind="data"),
    12: Dump(kind="stats"),
    SIGRTMIN_2: Dump(kind="json"),
    SIGRTMAX_1: Dump(kind="stats", clear=True),
}
"""By the number of the signal, as keepalived's --signum says them: DATA, STATS, JSON, STATS_CLEAR."""

NAMES = {"STOP": 15, "RELOAD": 1, "DATA": 10, "STATS": 12, "STATS_CLEAR": SIGRTMAX_1, "JSON": SIGRTMIN_2}


def path(kind: str, config: Config, suffix: str, folder: str) -> str:
    """The file for a dump: the one that the configuration names, else keepalived's in `folder`.

    `suffix`: the names of instance and namespace, for data_use_instance.
    """
    settings = config.global_defs
    said = {"data": settings.state_dump_file, "stats": settings.stats_dump_file, "json": settings.json_dump_file}[kind]
    return said or f"{folder}/keepalived{suffix if settings.data_use_instance else ''}.{kind}"
