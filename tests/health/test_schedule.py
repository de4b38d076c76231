"""When which check is due."""

from hypothesis import given
from hypothesis import strategies as st

from kad.health.schedule import Schedule
from kad.units import Micros


def at(*deadlines: tuple[str, int]) -> Schedule[str]:
    schedule: Schedule[str] = Schedule()
    for key, deadline in deadlines:
        schedule.arm(key, Micros(deadline))
    return schedule


def test_the_soonest_deadline_is_the_deadline() -> None:
    assert at(("a", 5), ("b", 3), ("c", 9)).deadline == 3


def test_what_is_due_comes_soonest_first_and_only_once() -> None:
    schedule = at(("a", 5), ("b", 3), ("c", 9))
    assert schedule.due(Micros(5), 10) == ["b", "a"]
    assert schedule.due(Micros(5), 10) == []


def test_at_most_so_many_are_handed_out_at_once_and_the_rest_stay_due() -> None:
    schedule = at(*((str(number), 1) for number in range(10)))
    assert schedule.due(Micros(1), 4) == ["0", "1", "2", "3"]
    assert schedule.deadline == 1


def test_a_new_deadline_replaces_the_old_one() -> None:
    schedule = at(("a", 5), ("a", 8))
    assert (schedule.deadline, schedule.due(Micros(7), 1), schedule.due(Micros(8), 1)) == (8, [], ["a"])


def test_what_is_cancelled_is_never_due() -> None:
    schedule = at(("a", 5))
    schedule.cancel("a")
    schedule.cancel("never there")
    assert (schedule.deadline, schedule.due(Micros(9), 1)) == (None, [])


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.one_of(st.none(), st.integers(0, 20))), max_size=30),
    st.integers(0, 20),
)
def test_it_knows_what_a_dictionary_of_deadlines_knows(changes: list[tuple[str, int | None]], now: int) -> None:
    schedule: Schedule[str] = Schedule()
    model: dict[str, int] = {}
    for key, deadline in changes:
        if deadline is None:
            schedule.cancel(key)
            model.pop(key, None)
        else:
            schedule.arm(key, Micros(deadline))
            model[key] = deadline
    assert schedule.deadline == min(model.values(), default=None)
    assert sorted(schedule.due(Micros(now), 99)) == sorted(key for key, deadline in model.items() if deadline <= now)
