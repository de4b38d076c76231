"""The scripts that routers follow: when each is run, and which run an exit belongs to. Pure.

Not here: what a result means for the verdict (tracking.py), running (the runner).
"""

from collections.abc import Callable, Mapping

from kad.config.schema.vrrp_script import VrrpScript
from kad.ipc.messages import RunScript, ScriptExited
from kad.units import Micros
from kad.vrrp.actions import Log
from kad.vrrp.tracking import Run, ScriptTracker, Verdicts


class TrackedScripts:
    """All tracked scripts. `schedule` is told when one is due, None when never; `number` makes numbers of runs."""

    def __init__(self, schedule: Callable[[str, Micros | None], None], number: Callable[[], int]) -> None:
        self._schedule = schedule
        self._number = number
        self._trackers: dict[str, ScriptTracker] = {}
        self._runs: dict[int, ScriptTracker] = {}

    def verdicts(self, names: set[str]) -> Verdicts:
        """What is known of these."""
        return {name: tracker.verdict for name, tracker in self._trackers.items() if name in names}

    def follow(self, scripts: Mapping[str, VrrpScript], now: Micros) -> None:
        """Track these scripts; one that is as it was goes on undisturbed."""
        old, self._trackers = self._trackers, {}
        for name, script in scripts.items():
            tracker = old.get(name)
            if tracker is None or tracker.script != script:
                tracker = ScriptTracker(script, now, before=tracker)
            self._trackers[name] = tracker
            self._schedule(name, tracker.deadline)
        for name in old.keys() - scripts.keys():
            self._schedule(name, None)

    def due(self, name: str, now: Micros) -> list[Log | RunScript]:
        """It is time to run this one."""
        tracker = self._trackers[name]
        work: list[Log | RunScript] = []
        for action in tracker.deadline_passed(now):
            if isinstance(action, Run):
                run = self._number()
                self._runs[run] = tracker
                work.append(RunScript(run=run, script=action.script, timeout=action.timeout, report=True))
            else:
                work.append(action)
        self._schedule(name, tracker.deadline)
        return work

    def exited(self, result: ScriptExited, now: Micros) -> tuple[list[Log], bool]:
        """What to say of an exit, and whether it changed a verdict; runs of an earlier configuration are ignored."""
        tracker = self._runs.pop(result.run, None)
        if tracker is None or self._trackers.get(tracker.script.name) is not tracker:
            return [], False
        before = tracker.verdict
        said = tracker.exited(result, now)
        self._schedule(tracker.script.name, tracker.deadline)
        return said, tracker.verdict is not before

    def runner_lost(self, now: Micros) -> None:
        """No script that runs now will be reported."""
        self._runs.clear()
        for name, tracker in self._trackers.items():
            tracker.runner_lost(now)
            self._schedule(name, tracker.deadline)
