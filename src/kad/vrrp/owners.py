"""Two routers that are both told that the addresses are theirs: when the one that should win gives way. Pure.

Of two owners the one with the lower address yields at once, as of any two equals (reference vrrp.md 3.4). One that does
not even though it is answered, because it hears nothing or ignores what it hears, would leave the LAN with two masters
for ever. keepalived means to lower the priority of the other one then, but its own answers keep that from happening
(13, weakness 23): what it counts are its own adverts. Here the adverts of the other count.
"""

from kad.units import Micros
from kad.vrrp.settings import OWNER

MOST_CLAIMS = 3
"""How often the other one may claim the addresses in spite of our answers."""

SILENCE = 3
"""After so many intervals without a claim the other one has stopped."""

GIVEN_WAY = OWNER - 1
"""The priority of an owner that gives way: it yields to the other owner alone."""


class Dispute:
    """What one owner remembers of another with a lower address. `given_way` holds until the other one is silent."""

    def __init__(self) -> None:
        self.given_way = False
        self._claims = 0
        self._last: Micros | None = None

    def claimed(self, interval: Micros, now: Micros) -> bool:
        """The other one advertises as owner; whether this is once too often. `interval`: the longer one of both.

        Adverts that come in one breath, as after a stall, were sent before our answer to the first: they are one claim.
        After a silence of some intervals a claim is the first one again.
        """
        if self._last is None or now - self._last > SILENCE * interval:
            self._claims = 0
        elif now - self._last < interval // 2:
            return False
        self._last = now
        self._claims += 1
        self.given_way = self._claims > MOST_CLAIMS
        return self.given_way

    def over(self) -> None:
        """The other one is silent, or no owner any more."""
        self.given_way = False
        self._claims = 0
        self._last = None

    def lowered(self, priority: int) -> int:
        """The priority that is left of this one."""
        return min(priority, GIVEN_WAY) if self.given_way else priority
