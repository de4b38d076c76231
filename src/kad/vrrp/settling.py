"""A state that must last before it counts: of an interface, of a quorum of processes (reference vrrp.md 7). Pure."""

from kad.units import Micros

AT_ONCE = Micros(0)


class Settling:
    """What counts is `good`, which follows what is seen once that has lasted for a delay. `deadline` is the timer."""

    def __init__(self, *, good: bool) -> None:
        self.good = good
        self.deadline: Micros | None = None

    def see(self, *, good: bool, now: Micros, delay: Micros = AT_ONCE) -> bool:
        """It looks like this now, which counts when it has lasted; whether it counts at once and is news.

        A change that does not last is forgotten; one that is waited for already is not put off.
        """
        if good is self.good:
            self.deadline = None
            return False
        self.deadline = Micros(now + delay) if self.deadline is None else min(self.deadline, Micros(now + delay))
        return self.due(now)

    def due(self, now: Micros) -> bool:
        """Whether what was waited for has lasted long enough: it counts from now on."""
        if self.deadline is None or now < self.deadline:
            return False
        self.deadline = None
        self.good = not self.good
        return True
