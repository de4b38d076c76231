"""Time that a test can see pass."""

from functools import partial

from kad.sim.clock import START, Clock
from kad.units import Micros


def test_things_happen_in_order_and_at_their_time() -> None:
    clock = Clock()
    seen: list[tuple[str, int]] = []

    def see(name: str) -> None:
        seen.append((name, clock.now - START))

    clock.after(20, partial(see, "late"))
    clock.after(10, partial(see, "first"))
    clock.after(10, partial(see, "second"))
    clock.at(Micros(START - 5), partial(see, "past"))
    clock.after(31, partial(see, "never"))
    clock.run(Micros(START + 30))
    assert seen == [("past", 0), ("first", 10), ("second", 10), ("late", 20)]
    assert clock.now == START + 30
