"""A state counts when it has lasted."""

from kad.units import Micros
from kad.vrrp.settling import Settling


def test_without_delays_what_is_seen_counts_at_once() -> None:
    state = Settling(good=False)
    assert state.see(good=True, now=Micros(5))
    assert (state.good, state.deadline) == (True, None)
    assert not state.see(good=True, now=Micros(6))


def test_what_is_seen_must_last_for_its_delay() -> None:
    state = Settling(good=False)
    assert not state.see(good=True, now=Micros(100), delay=Micros(10))
    assert (state.good, state.deadline) == (False, 110)
    assert not state.due(Micros(109))
    assert state.due(Micros(110))
    assert not state.due(Micros(111))
    assert state.good


def test_a_change_that_does_not_last_is_forgotten_and_one_that_is_seen_again_is_not_put_off() -> None:
    state = Settling(good=True)
    state.see(good=False, now=Micros(100), delay=Micros(20))
    state.see(good=True, now=Micros(110))
    assert not state.due(Micros(120))
    state.see(good=False, now=Micros(130), delay=Micros(20))
    state.see(good=False, now=Micros(140), delay=Micros(20))
    assert state.deadline == 150
    assert state.see(good=False, now=Micros(145))


def test_a_change_that_was_overdue_when_it_is_seen_again_counts() -> None:
    state = Settling(good=True)
    state.see(good=False, now=Micros(100), delay=Micros(20))
    assert state.see(good=False, now=Micros(500), delay=Micros(20))
    assert not state.good
