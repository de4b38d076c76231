"""One worker's life, without a process."""

import pytest

from kad.errors import HOPELESS
from kad.supervisor.lifecycle import (
    CHILD_WAIT_TIME,
    FREE_CRASHES,
    TIDY_TIME,
    AskToStop,
    Died,
    Fork,
    GaveUp,
    Kill,
    Lifecycle,
    State,
)
from kad.units import SECOND, Micros

NOW = Micros(1000 * SECOND)


def ready_worker() -> Lifecycle:
    life = Lifecycle()
    assert life.start() == [Fork()]
    life.ready()
    return life


def test_a_ready_worker_that_is_killed_is_started_again_at_once() -> None:
    life = ready_worker()
    assert life.exited(None, NOW) == [Died(Micros(0)), Fork()]
    assert life.state is State.STARTING


def test_a_worker_that_dies_before_it_is_ready_waits_longer_each_time_but_never_over_a_minute() -> None:
    life = Lifecycle()
    life.start()
    delays = []
    for _ in range(9):
        [died] = life.exited(1 + 69, NOW)
        assert isinstance(died, Died)
        delays.append(died.delay // SECOND)
        assert life.deadline == NOW + died.delay
        assert life.deadline_passed(NOW) == [Fork()]
    assert delays == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_more_crashes_in_a_minute_than_are_free_cost_a_wait() -> None:
    life = ready_worker()
    for _ in range(FREE_CRASHES):
        assert life.exited(None, NOW) == [Died(Micros(0)), Fork()]
        life.ready()
    assert life.exited(None, NOW) == [Died(SECOND)]
    assert life.state is State.WAITING


def test_crashes_a_minute_apart_always_restart_at_once() -> None:
    life = ready_worker()
    for minute in range(50):
        assert life.exited(None, Micros(NOW + minute * 7 * SECOND)) == [Died(Micros(0)), Fork()]
        life.ready()


@pytest.mark.parametrize("code", sorted(HOPELESS))
def test_an_exit_that_must_come_again_ends_the_worker_for_good(code: int) -> None:
    life = ready_worker()
    assert life.exited(code, NOW) == [GaveUp(code)]
    assert life.state is State.GIVEN_UP
    assert life.deadline is None


def test_a_worker_that_gave_up_begins_anew_when_a_reload_wants_it() -> None:
    life = Lifecycle()
    life.start()
    life.exited(min(HOPELESS), NOW)
    assert life.start() == [Fork()]


def test_a_worker_that_exits_without_being_asked_is_started_again() -> None:
    assert ready_worker().exited(0, NOW) == [Died(Micros(0)), Fork()]


def test_a_worker_that_stops_when_asked_stays_away() -> None:
    life = ready_worker()
    assert life.stop(NOW) == [AskToStop()]
    assert life.exited(0, NOW) == []
    assert life.state is State.ABSENT


def test_a_worker_that_does_not_stop_in_time_is_killed_until_it_is_gone() -> None:
    life = ready_worker()
    life.stop(NOW)
    assert life.deadline == NOW + CHILD_WAIT_TIME
    assert life.deadline_passed(Micros(NOW + CHILD_WAIT_TIME)) == [Kill()]
    assert life.deadline == NOW + 2 * CHILD_WAIT_TIME


def test_how_long_a_stop_may_take_can_be_said() -> None:
    worker = ready_worker()
    worker.stop(NOW, Micros(9 * SECOND))
    assert worker.deadline == NOW + 9 * SECOND


def test_a_worker_that_had_to_be_killed_runs_once_more_to_tidy_up() -> None:
    life = ready_worker()
    life.stop(NOW)
    assert life.exited(None, NOW) == [Fork(), AskToStop()]
    assert life.deadline == NOW + TIDY_TIME
    assert life.exited(None, NOW) == []
    assert life.state is State.ABSENT


def test_a_worker_that_puts_nothing_into_the_kernel_need_not_tidy_up() -> None:
    life = Lifecycle(tidies=False)
    life.start()
    life.stop(NOW)
    assert life.exited(None, NOW) == []


def test_a_worker_that_is_not_to_be_restarted_tidies_up_after_its_death() -> None:
    life = ready_worker()
    life.exited(None, NOW)
    assert life.died_for_good(NOW) == [Fork(), AskToStop()]
    assert life.exited(0, NOW) == []


def test_a_worker_waiting_to_be_restarted_tidies_up_when_stopped() -> None:
    life = Lifecycle()
    life.start()
    life.exited(70, NOW)
    assert life.stop(NOW) == [Fork(), AskToStop()]
    assert life.exited(0, NOW) == []
    assert (life.state, life.deadline) == (State.ABSENT, None)


def test_a_worker_that_is_there_is_not_started_twice() -> None:
    assert ready_worker().start() == []


def test_stopping_twice_asks_once() -> None:
    life = ready_worker()
    life.stop(NOW)
    assert life.stop(NOW) == []


def test_ready_from_a_worker_that_is_being_stopped_changes_nothing() -> None:
    life = Lifecycle()
    life.start()
    life.stop(NOW)
    life.ready()
    assert life.state is State.STOPPING
