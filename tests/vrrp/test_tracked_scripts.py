"""The scripts that routers follow: when each is run, and which run an exit belongs to."""

from kad.config.schema.script import Script
from kad.config.schema.vrrp_script import VrrpScript
from kad.ipc.messages import RunScript, ScriptExited
from kad.units import SECOND, Micros
from kad.vrrp.tracked_scripts import TrackedScripts
from tests.vrrp.lan import START


class Rig:
    """Tracked scripts, what they scheduled, and the clock."""

    def __init__(self, *scripts: VrrpScript) -> None:
        self.schedule: dict[str, Micros | None] = {}
        self.number = 0
        self.tracked = TrackedScripts(self.schedule.__setitem__, self._next)
        self.tracked.follow({one.name: one for one in scripts}, START)

    def _next(self) -> int:
        self.number += 1
        return self.number

    def run(self, name: str = "check", now: Micros = START) -> RunScript:
        (asked,) = self.tracked.due(name, now)
        assert isinstance(asked, RunScript)
        return asked


def script(name: str = "check", argv: str = "/check", interval: int = 2 * SECOND) -> VrrpScript:
    return VrrpScript(name=name, script=Script(argv=(argv,), user=None, group=None), interval=Micros(interval))


def test_a_script_is_due_at_once_and_then_every_interval() -> None:
    rig = Rig(script())
    assert rig.schedule == {"check": START}
    asked = rig.run()
    assert (asked.run, asked.script.argv, asked.timeout, asked.report) == (1, ("/check",), 2 * SECOND, True)
    assert rig.schedule == {"check": START + 2 * SECOND}


def test_an_exit_says_what_changed() -> None:
    rig = Rig(script())
    asked = rig.run()
    lines, changed = rig.tracked.exited(ScriptExited(run=asked.run, status=0), START)
    assert changed
    assert [line.text for line in lines] == ["VRRP_Script(check) succeeded"]
    assert rig.tracked.verdicts({"check"}) == {"check": True}
    assert rig.tracked.verdicts(set()) == {}


def test_an_exit_of_a_run_that_nobody_asked_for_says_nothing() -> None:
    rig = Rig(script())
    assert rig.tracked.exited(ScriptExited(run=7, status=1), START) == ([], False)
    assert rig.tracked.verdicts({"check"}) == {"check": None}


def test_an_exit_of_a_script_that_a_reload_changed_says_nothing() -> None:
    rig = Rig(script())
    asked = rig.run()
    rig.tracked.follow({"check": script(argv="/other")}, START)
    assert rig.tracked.exited(ScriptExited(run=asked.run, status=1), START) == ([], False)


def test_a_script_that_is_as_it_was_goes_on_undisturbed() -> None:
    rig = Rig(script())
    asked = rig.run()
    rig.tracked.follow({"check": script()}, Micros(START + SECOND))
    assert rig.schedule == {"check": START + 2 * SECOND}
    assert rig.tracked.exited(ScriptExited(run=asked.run, status=1), START)[1]


def test_a_script_that_nobody_follows_any_more_is_never_due() -> None:
    rig = Rig(script(), script("other"))
    rig.tracked.follow({"other": script("other")}, START)
    assert rig.schedule == {"check": None, "other": START}


def test_scripts_that_ran_when_the_runner_died_are_run_again_now() -> None:
    rig = Rig(script(), script("other"))
    asked = rig.run()
    later = Micros(START + SECOND)
    rig.tracked.runner_lost(later)
    assert rig.schedule == {"check": later, "other": START}
    assert rig.tracked.exited(ScriptExited(run=asked.run, status=1), later) == ([], False)
