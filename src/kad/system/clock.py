"""The monotonic clock, as kad counts time."""

import time

from kad.units import Micros


def now() -> Micros:
    """Monotonic time in microseconds: the same clock in every process of a machine."""
    return Micros(time.monotonic_ns() // 1000)


def seconds(moment: Micros) -> float:
    """The same moment as asyncio's loop counts it (`loop.call_at`), in seconds."""
    return moment / 1_000_000
