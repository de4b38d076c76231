"""How long things may take, from the configuration alone (RFC 9568 section 6.1, reference vrrp.md 3.1).

Written down a second time on purpose: what `Router` computes is what is on trial.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kad.units import MILLISECOND, SECOND, Micros
from kad.vrrp.settings import RouterSettings

SLACK = Micros(20 * MILLISECOND)
"""One way over the LAN (at most 2 ms), news of an interface (10 ms), addresses (1 ms), a late timer (0.5 ms)."""


def skew(settings: RouterSettings, interval: Micros) -> Micros:
    """How much longer a router waits than one of priority 256 would."""
    unit = SECOND if settings.version == 2 else interval
    return Micros((256 - settings.base_priority) * unit // 256)


def master_down(settings: RouterSettings, interval: Micros) -> Micros:
    """How long a router waits for the next advert of a master that sends one each `interval`."""
    return Micros(settings.down_timer_adverts * interval + skew(settings, interval))


@dataclass(frozen=True)
class Bounds:
    """What holds when so much time has passed since the last fault.

    `owner`: somebody is master. `settled`: it is the one that should be. `watch`: how long after that nothing may move.
    """

    owner: Micros
    settled: Micros
    watch: Micros


def bounds(groups: Iterable[list[RouterSettings]], interval: Micros, *, resigned: bool) -> Bounds:
    """For virtual routers that depend on each other: their settings on each machine that can serve.

    `interval` is the longest advert_int, which a backup may have learned. `resigned`: all that happened was that a
    router left with priority 0, so that a skew time is enough.

    An owner. The strongest hears a master that it leaves alone, or its wait ends: a master-down time after the last
    advert that it obeyed, which was before the last fault's end. Members of a sync group wait at the same time, so
    the longest of their waits counts.

    The right one. Everybody's wait, also the weakest one's, has ended by then or is begun anew by a master, and an
    advert later two masters have heard of each other. A preempt_delay begins with the first advert of a weaker master
    and ends with a whole wait (reference vrrp.md 3.3).

    No script, track file or startup delay is simulated, which would come on top.
    """
    owner, settled, watch = int(SLACK), 2 * SLACK, int(interval)  # when nobody can serve
    for routers in (some for some in groups if some):
        strongest = max(routers, key=lambda one: one.base_priority)
        shortest = skew(strongest, interval) if resigned else master_down(strongest, interval)
        longest = max(master_down(one, interval) for one in routers)
        delay = max(one.preempt_delay for one in routers)
        extra = interval + SLACK + delay + longest if delay else 0
        owner = max(owner, shortest + SLACK)
        settled = max(settled, longest + interval + 2 * SLACK + extra)
        watch = max(watch, longest + 2 * interval)
    return Bounds(Micros(owner), Micros(settled), Micros(watch))
