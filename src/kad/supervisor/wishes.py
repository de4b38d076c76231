"""How the configuration wants each process treated by the kernel: scheduling, memory, name. Pure.

Not here: doing it (system/scheduling.py). The runner is treated as any process is, so that no script inherits a
real-time priority from it.
"""

from kad.care import Care
from kad.config.schema.global_defs import GlobalDefs
from kad.supervisor.shares import CHECKER, VRRP

DISTINCT = {VRRP: "keepalived_vrrp", CHECKER: "keepalived_lvs"}
"""What process_names calls the processes (reference keywords)."""

NO_CARE = Care()


def wished(worker: str, global_defs: GlobalDefs) -> Care:
    """What is wished for this worker."""
    distinct = DISTINCT.get(worker, "") if global_defs.process_names else ""
    if worker == VRRP:
        return Care(
            name=global_defs.vrrp_process_name or distinct,
            nice=global_defs.vrrp_priority,
            no_swap=global_defs.vrrp_no_swap,
            rt_priority=global_defs.vrrp_rt_priority,
            cpus=global_defs.vrrp_cpu_affinity,
            rttime=global_defs.vrrp_rlimit_rttime or None,
        )
    if worker == CHECKER:
        return Care(
            name=global_defs.checker_process_name or distinct,
            nice=global_defs.checker_priority,
            no_swap=global_defs.checker_no_swap,
            rt_priority=global_defs.checker_rt_priority,
            cpus=global_defs.checker_cpu_affinity,
            rttime=global_defs.checker_rlimit_rttime or None,
        )
    return NO_CARE


def raised(present: int, configured: int, global_defs: GlobalDefs, late: int) -> int | None:
    """The real-time priority that a process gets which woke `late` microseconds too late; None: as it is.

    One step more than it has, up to max_auto_priority (reference keywords). `present`: what it was raised to before.
    """
    highest = global_defs.max_auto_priority
    if highest <= 0 or late < global_defs.min_auto_priority_delay:
        return None
    following = max(present, configured) + 1
    return following if following <= highest else None
