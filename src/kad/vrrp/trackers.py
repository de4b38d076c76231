"""All that the routers of this machine follow besides interfaces: scripts, files, processes. Pure.

Told what is seen, it says what to log and whether a router must hear of it. Not here: what it means for a router
(tracking.py).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from kad.ipc.messages import ConfigureVrrp, RunScript, ScriptExited
from kad.units import Micros
from kad.vrrp.actions import Log
from kad.vrrp.settings import RouterSettings
from kad.vrrp.track_file import Contents, TrackedFiles, followed_files
from kad.vrrp.track_process import Commands, Seen, TrackedProcesses, Waiting, followed_processes
from kad.vrrp.tracked_scripts import TrackedScripts


@dataclass(frozen=True)
class Around:
    """What the shell has found for a configuration: what is in `followed_files`, and the processes that run."""

    contents: Contents = field(default_factory=dict)
    commands: Commands = field(default_factory=dict)


@dataclass(frozen=True)
class FileRead:
    """This is in a tracked file now; None: it can't be read."""

    path: str
    content: bytes | None


@dataclass(frozen=True)
class ProcessesSeen:
    """This happened to processes, in this order."""

    events: Iterable[tuple[int, Seen]]


@dataclass(frozen=True)
class ProcessesScanned:
    """These are all processes there are."""

    commands: Commands


Observation = ScriptExited | FileRead | ProcessesSeen | ProcessesScanned

Due = str | Waiting
"""Who has a date: a script by its name, a change of a tracked process."""


class Trackers:
    """`schedule` is told when one is due, None when never; `number` makes numbers of runs."""

    def __init__(self, schedule: Callable[[Due, Micros | None], None], number: Callable[[], int]) -> None:
        self._scripts = TrackedScripts(schedule, number)
        self._files = TrackedFiles()
        self._processes = TrackedProcesses(schedule)

    def follow(self, share: ConfigureVrrp, wanted: Iterable[RouterSettings], around: Around, now: Micros) -> list[Log]:
        """Follow what these routers do; what is as it was goes on undisturbed."""
        scripts = {script.name: script for script in share.scripts}
        self._scripts.follow({track.name: scripts[track.name] for s in wanted for track in s.tracks}, now)
        lines = self._files.follow(followed_files(share), around.contents)
        return lines + self._processes.follow(followed_processes(share), around.commands, now)

    def stop(self, now: Micros) -> None:
        """Run no script any more."""
        self._scripts.follow({}, now)

    def facts(self, settings: RouterSettings) -> Mapping[str, Any]:
        """The `Facts` about what this router follows."""
        return {
            "verdicts": self._scripts.verdicts({track.name for track in settings.tracks}),
            "files": self._files.numbers(track.name for track in settings.files),
            "processes": self._processes.verdicts(track.name for track in settings.processes),
        }

    def observed(self, what: Observation, now: Micros) -> tuple[list[Log], bool]:
        """What to say of this, and whether it is news for routers."""
        match what:
            case ScriptExited():
                return self._scripts.exited(what, now)
            case FileRead(path=path, content=content):
                return self._files.read(path, content), True
            case ProcessesSeen(events=events):
                lines = [line for pid, seen in events for line in self._processes.seen(pid, seen, now)]
                return lines, bool(lines)
            case ProcessesScanned(commands=commands):
                lines = self._processes.scanned(commands, now)
                return lines, bool(lines)
            case _:
                assert_never(what)

    def runner_lost(self, now: Micros) -> None:
        """No script that runs now will be reported."""
        self._scripts.runner_lost(now)

    def due(self, who: Due, now: Micros) -> tuple[list[Log | RunScript], bool]:
        """What to do now that this one is due, and whether it is news for routers."""
        if isinstance(who, str):
            return self._scripts.due(who, now), False
        lines = self._processes.due(who.name, now)
        return [*lines], bool(lines)
