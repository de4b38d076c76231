"""The clock's twin: time that passes when nothing is left to do at this moment."""

import heapq
from collections.abc import Callable

from kad.units import SECOND, Micros

START = Micros(1_000 * SECOND)
"""Where virtual time begins: not 0, so that a missing `now +` shows."""


class Clock:
    """What is to happen when. Of things due at the same moment the one asked for first happens first."""

    def __init__(self) -> None:
        self.now = START
        self._heap: list[tuple[Micros, int, Callable[[], None]]] = []
        self._asked = 0

    def at(self, when: Micros, do: Callable[[], None]) -> None:
        """Have this happen then, or now when that is past."""
        self._asked += 1
        heapq.heappush(self._heap, (max(when, self.now), self._asked, do))

    def after(self, delay: int, do: Callable[[], None]) -> None:
        """Have this happen so many microseconds from now."""
        self.at(Micros(self.now + delay), do)

    def run(self, until: Micros) -> None:
        """Let time pass; what is due at `until` happens too."""
        while self._heap and self._heap[0][0] <= until:
            self.now, _, do = heapq.heappop(self._heap)
            do()
        self.now = max(self.now, until)
