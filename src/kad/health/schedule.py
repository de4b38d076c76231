"""When which check is due: one heap for all of them. Pure.

Checks that are due at the same instant are handed out a few at a time, so that a farm of thousands neither starts
them all at once nor holds up everything else while it does.
"""

import heapq
from typing import Generic, TypeVar

from kad.units import Micros

K = TypeVar("K")


class Schedule(Generic[K]):
    """Keys (hashable) and their deadlines. `deadline` is the soonest."""

    def __init__(self) -> None:
        self._heap: list[tuple[Micros, int]] = []
        self._keys: dict[int, K] = {}
        self._tickets: dict[K, int] = {}
        self._next = 0

    @property
    def deadline(self) -> Micros | None:
        """When something is due; None when nothing is scheduled."""
        while self._heap and self._heap[0][1] not in self._keys:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def arm(self, key: K, deadline: Micros) -> None:
        """Have `key` due then, and at no other time."""
        self.cancel(key)
        ticket, self._next = self._next, self._next + 1
        self._tickets[key] = ticket
        self._keys[ticket] = key
        heapq.heappush(self._heap, (deadline, ticket))

    def cancel(self, key: K) -> None:
        """Forget `key`."""
        ticket = self._tickets.pop(key, None)
        if ticket is not None:
            del self._keys[ticket]

    def due(self, now: Micros, most: int) -> list[K]:
        """At most so many keys whose time has come, soonest first; they are forgotten."""
        keys: list[K] = []
        while len(keys) < most and (deadline := self.deadline) is not None and deadline <= now:
            _, ticket = heapq.heappop(self._heap)
            key = self._keys.pop(ticket)
            del self._tickets[key]
            keys.append(key)
        return keys
