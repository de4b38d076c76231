"""How a process is to be treated by the kernel: a shape. supervisor/wishes.py says what is wished, system/ does it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Care:
    """What is wished for one process; the defaults are what any process has.

    `rt_priority`: of SCHED_RR, 0 is none. `cpus`: those that it may run on, none named: all. `rttime`: microseconds of
    processor time without a wait after which the kernel ends a real-time process. `name`: what it shows, "": as usual.
    """

    name: str = ""
    nice: int = 0
    no_swap: bool = False
    rt_priority: int = 0
    cpus: tuple[int, ...] = ()
    rttime: int | None = None
