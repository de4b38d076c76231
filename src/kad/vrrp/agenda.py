"""Who is due when: one timer for many. Pure."""

import heapq
from typing import Generic, TypeVar

from kad.units import Micros

T = TypeVar("T")


class Agenda(Generic[T]):
    """Dates of things that have at most one each; `deadline` is the first of them."""

    def __init__(self) -> None:
        self._heap: list[tuple[Micros, int, T]] = []
        self._scheduled: dict[T, Micros] = {}
        self._entries = 0

    def __len__(self) -> int:
        """The entries that are kept, stale ones among them."""
        return len(self._heap)

    def schedule(self, who: T, at: Micros | None) -> None:
        """Note when `who` is due next, None: never; the entry from before, if any, is recognised as stale."""
        if at is None:
            self._scheduled.pop(who, None)
        elif self._scheduled.get(who) != at:
            self._scheduled[who] = at
            self._entries += 1
            heapq.heappush(self._heap, (at, self._entries, who))

    @property
    def deadline(self) -> Micros | None:
        """When somebody is due."""
        while self._heap:
            at, _, who = self._heap[0]
            if self._scheduled.get(who) == at:
                return at
            heapq.heappop(self._heap)  # it has been put off, or is gone
        return None

    def due(self, now: Micros) -> T | None:
        """The first one who is due by now, who is not any more; None when nobody is."""
        at = self.deadline
        if at is None or at > now:
            return None
        who = heapq.heappop(self._heap)[2]
        del self._scheduled[who]
        return who
