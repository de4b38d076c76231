"""Which scripts a change of state calls (reference vrrp.md 9.1)."""

import pytest

from kad.config.schema.script import Script
from kad.notify import Event, NotifyScripts, called, fifo_line


def script(name: str) -> Script:
    return Script(argv=(f"/bin/{name}", "own argument"), user="user", group="group")


ALL = NotifyScripts(
    notify_master=script("master"),
    notify_backup=script("backup"),
    notify_fault=script("fault"),
    notify_stop=script("stop"),
    notify=script("any"),
)


@pytest.mark.parametrize(
    ("event", "name"),
    [(Event.MASTER, "master"), (Event.BACKUP, "backup"), (Event.FAULT, "fault"), (Event.STOP, "stop")],
)
def test_the_event_s_own_script_comes_first_then_the_general_one_with_four_arguments_more(
    event: Event, name: str
) -> None:
    own, general = called(ALL, event, name="VI_1", priority=150)
    assert own == script(name)
    assert general.argv == ("/bin/any", "own argument", "INSTANCE", "VI_1", event.value, "150")
    assert (general.user, general.group) == ("user", "group")


def test_what_is_not_configured_is_not_called() -> None:
    assert called(NotifyScripts(), Event.MASTER, name="VI_1", priority=1) == ()
    only_stop = NotifyScripts(notify_stop=script("stop"))
    assert called(only_stop, Event.MASTER, name="VI_1", priority=1) == ()
    assert called(only_stop, Event.STOP, name="VI_1", priority=1) == (script("stop"),)


def test_a_weaker_router_calls_its_own_script_alone_and_a_change_of_priority_none() -> None:
    scripts = NotifyScripts(notify_master_rx_lower_pri=script("lower"), notify=script("any"))
    for event, expected in ((Event.MASTER_RX_LOWER_PRI, ("/bin/lower",)), (Event.MASTER_PRIORITY, ())):
        assert tuple(one.argv[0] for one in called(scripts, event, name="VI", priority=100)) == expected


def test_a_deletion_is_told_to_its_own_script_and_to_the_general_one() -> None:
    scripts = NotifyScripts(notify_deleted=script("gone"), notify=script("any"))
    found = called(scripts, Event.DELETED, name="VI", priority=100)
    assert [one.argv[0] for one in found] == ["/bin/gone", "/bin/any"]
    assert found[1].argv[2:] == ("INSTANCE", "VI", "DELETED", "100")
    alone = NotifyScripts(notify_deleted=Script(argv=(), user=None, group=None))
    assert called(alone, Event.DELETED, name="VI", priority=100) == ()


def test_the_line_for_a_pipe_has_the_name_in_quotes_and_ends_itself() -> None:
    assert fifo_line(Event.MASTER, name="VI", priority=150) == 'INSTANCE "VI" MASTER 150\n'
    assert fifo_line(Event.FAULT, name="G", priority=0, kind="GROUP") == 'GROUP "G" FAULT 0\n'
