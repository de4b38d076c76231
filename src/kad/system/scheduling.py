"""How the kernel treats a process: nice value, real-time priority, CPUs, the limit of real time, memory that stays.

All but the last can be done to another process too, which is how a reload changes them: a worker itself has given up
the permission.
"""

import ctypes
import os
import resource
from collections.abc import Callable

from kad.care import Care

_LIBC = ctypes.CDLL(None, use_errno=True)
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
_RLIMIT_RTTIME = 15
"""asm-generic/resource.h; the standard library does not name it."""


def change(old: Care, new: Care, pid: int = 0) -> list[str]:
    """Treat a process as `new` says where that differs from `old`; what could not be done, in words. 0: this process.

    Its name, and whether its memory stays, are not changed here.
    """
    problems: list[str] = []

    def attempt(what: str, act: Callable[[], object]) -> None:
        try:
            act()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            problems.append(f"can't set {what}: {reason}")

    if old.nice != new.nice:
        attempt(f"priority {new.nice}", lambda: os.setpriority(os.PRIO_PROCESS, pid, new.nice))
    if old.cpus != new.cpus:
        cpus = new.cpus or tuple(range(os.cpu_count() or 1))
        attempt(f"cpu affinity {' '.join(map(str, cpus))}", lambda: os.sched_setaffinity(pid, cpus))
    if old.rttime != new.rttime:
        attempt(f"rlimit_rttime {new.rttime}", lambda: _limit_rttime(pid, new.rttime))
    if old.rt_priority != new.rt_priority:
        policy = os.SCHED_RR if new.rt_priority else os.SCHED_OTHER
        parameter = os.sched_param(new.rt_priority)
        # A process forked from it begins as any other.
        attempt(
            f"rt_priority {new.rt_priority}",
            lambda: os.sched_setscheduler(pid, policy | os.SCHED_RESET_ON_FORK, parameter),
        )
    return problems


def _limit_rttime(pid: int, limit: int | None) -> None:
    """Set the soft limit alone, at which SIGXCPU ends the process: a lowered hard one could not be raised again."""
    hard = resource.prlimit(pid, _RLIMIT_RTTIME)[1]
    resource.prlimit(pid, _RLIMIT_RTTIME, (hard if limit is None else limit, hard))


def lock_memory() -> str:
    """Keep this process in memory from now on, pages as they are first used; what is wrong, in words, or nothing.

    MCL_ONFAULT: without it all that is mapped would be read in first, 60 ms in which no advert is sent. What is mapped
    later needs CAP_IPC_LOCK too, or room in RLIMIT_MEMLOCK.
    """
    if _LIBC.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) != 0:
        return f"can't lock the memory: {os.strerror(ctypes.get_errno())}"
    return ""
