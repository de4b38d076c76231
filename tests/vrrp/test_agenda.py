"""Who is due when."""

from kad.units import Micros
from kad.vrrp.agenda import Agenda


def test_the_first_is_due_first_and_then_no_more() -> None:
    agenda: Agenda[str] = Agenda()
    agenda.schedule("late", Micros(9))
    agenda.schedule("soon", Micros(3))
    assert agenda.deadline == 3
    assert agenda.due(Micros(2)) is None
    assert [agenda.due(Micros(10)) for _ in range(3)] == ["soon", "late", None]
    assert agenda.deadline is None


def test_who_is_put_off_or_taken_off_is_not_due_at_the_old_date() -> None:
    agenda: Agenda[str] = Agenda()
    for who in ("off", "on", "same"):
        agenda.schedule(who, Micros(3))
    agenda.schedule("same", Micros(3))
    agenda.schedule("on", Micros(5))
    agenda.schedule("off", None)
    agenda.schedule("never", None)
    assert [agenda.due(Micros(4)) for _ in range(2)] == ["same", None]
    assert agenda.deadline == 5
