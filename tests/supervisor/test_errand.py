"""The parent's own scripts: what is asked of the runner, and what is said of their ends."""

import pytest

from kad.config.schema.script import Script
from kad.ipc.messages import ScriptExited
from kad.supervisor.errand import OWNER, Errand
from kad.units import SECOND, Micros

COMMAND = Script(argv=("/bin/before", "x"), user="root", group=None)


def errand() -> Errand:
    return Errand("startup script", COMMAND, Micros(10 * SECOND), Micros(100 * SECOND))


def test_the_runner_is_asked_to_run_it_with_its_limit_and_to_say_how_it_ended() -> None:
    asked = errand().request
    assert asked.owner == OWNER
    assert asked.request.script == COMMAND
    assert (asked.request.timeout, asked.request.report) == (10 * SECOND, True)


def test_it_is_waited_for_a_little_longer_than_it_may_run() -> None:
    assert errand().deadline == 115 * SECOND


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (ScriptExited(run=0, status=0), ""),
        (ScriptExited(run=0, status=2), "startup script exited with status 2"),
        (ScriptExited(run=0, signal=9), "startup script was ended by signal 9"),
        (ScriptExited(run=0, timed_out=True), "startup script took too long and was ended"),
        (ScriptExited(run=0, error="No such file"), "startup script failed: No such file"),
    ],
)
def test_only_what_went_wrong_is_said(result: ScriptExited, line: str) -> None:
    assert errand().failure(result) == line
