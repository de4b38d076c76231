"""Which scripts a change of state calls (reference vrrp.md 9.1)."""

import pytest

from kad.config.schema.script import Script
from kad.notify import Event, NotifyScripts, called


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
