"""What one thing that a router follows does to it: something to its priority, or a fault. Pure.

Two rules for all that can be followed (reference vrrp.md 7): by a state, good or bad (scripts, interfaces, processes),
and by a number (files). Not here: how it comes to be good or bad; the faults' words (tracking.py).
"""

from dataclasses import dataclass

from kad.vrrp.settings import Track

FAULT, MOST = -254, 253
"""A number times its weight that is this low is a fault; a higher one than the other counts as that one (7.3)."""


@dataclass(frozen=True)
class Contribution:
    """`priority` is added to the router's; `fails`: it is at fault; `waits`: it is not known yet whether it is."""

    priority: int = 0
    fails: bool = False
    waits: bool = False


def by_state(track: Track, *, good: bool | None) -> Contribution:
    """A positive weight counts while the thing is good, a negative one while it is bad; before a result, none.

    Without a weight bad is a fault.
    """
    if track.weight == 0:
        return Contribution(fails=good is track.reverse, waits=good is None)
    counts = (track.weight > 0 and good is True) or (track.weight < 0 and good is False)
    return Contribution((-track.weight if track.reverse else track.weight) if counts else 0)


def by_number(track: Track, number: int) -> Contribution:
    """The number times the weight; too low a product is a fault. Without a weight any number but 0 is one."""
    if track.weight == 0:
        return Contribution(fails=(number != 0) is not track.reverse)
    product = number * (-track.weight if track.reverse else track.weight)
    return Contribution(fails=True) if product <= FAULT else Contribution(min(product, MOST))
