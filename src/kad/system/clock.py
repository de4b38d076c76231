"""The clocks: the monotonic one, as kad counts time, and Unix time for what travels between machines."""

import time

from kad.units import Micros


def now() -> Micros:
    """Monotonic time in microseconds: the same clock in every process of a machine."""
    return Micros(time.monotonic_ns() // 1000)


def unix() -> int:
    """Unix time in microseconds."""
    return time.time_ns() // 1000


def seconds(moment: Micros) -> float:
    """The same moment as asyncio's loop counts it (`loop.call_at`), in seconds."""
    return moment / 1_000_000
