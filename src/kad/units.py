"""Time as every part of kad measures it: whole monotonic microseconds."""

from typing import NewType

Micros = NewType("Micros", int)
"""A moment on the monotonic clock, or a duration, in microseconds. Never wall-clock time, never a float."""

MILLISECOND = Micros(1_000)
SECOND = Micros(1_000_000)
