"""The processes that routers follow: which match, and whether there are enough of them (reference vrrp.md 7.4). Pure.

Of all processes only those that match something are remembered: a fork of one matches what its parent does, until it
runs another program. Not here: seeing them (system/process_watch.py).
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import chain

from kad.config.schema.vrrp_track_process import VrrpTrackProcess
from kad.ipc.messages import ConfigureVrrp
from kad.units import Micros
from kad.vrrp.actions import Log
from kad.vrrp.settling import AT_ONCE, Settling

NAME_SIZE = 15
"""How much of a program's name the kernel keeps."""

Command = tuple[str, tuple[str, ...]]
"""What a process is: the name that the kernel has for it, and its command line, empty when nobody asked for it."""

Commands = Mapping[int, Command]
"""Processes by their pids."""

Seen = Command | int | None
"""What happened to a process: it runs this command, it is a fork of this parent, or it has ended."""


class Kind(Enum):
    """What brought a change about."""

    START = "a program was started, or took another name"
    FORK = "a process forked"
    END = "a process ended"

    @classmethod
    def of(cls, what: Seen) -> "Kind":
        """Of what happened to a process."""
        if what is None:
            return cls.END
        return cls.FORK if isinstance(what, int) else cls.START


@dataclass(frozen=True)
class Waiting:
    """Who is due when a change of this tracked process has lasted."""

    name: str


def followed_processes(share: ConfigureVrrp) -> dict[str, VrrpTrackProcess]:
    """Those that an instance or a sync group follows, by their names."""
    lines = chain.from_iterable(user.track_process for user in share.instances)
    shared = chain.from_iterable(group.track_process for group in share.sync_groups)
    names = {line.name for line in chain(lines, shared)}
    return {one.name: one for one in share.track_processes if one.name in names}


def by_command_line(one: VrrpTrackProcess) -> bool:
    """Whether the command line is compared, not the short name: asked for, or implied by parameters."""
    return one.full_command or one.param_match is not None or len(one.process) > 1


def matches(one: VrrpTrackProcess, command: Command) -> bool:
    """Whether a process is one of those that are meant."""
    name, line = command
    program, *parameters = one.process
    if not by_command_line(one):
        return name == program[:NAME_SIZE]
    if not line or line[0] != program:
        return False
    if one.param_match is None and not parameters:
        return True
    found = list(line[1:])
    if one.param_match in (None, "exact"):
        return found == parameters
    leading = found[: len(parameters)]
    if one.param_match == "partial" or not parameters:
        return leading == parameters
    return (
        leading[:-1] == parameters[:-1] and len(leading) == len(parameters) and leading[-1].startswith(parameters[-1])
    )


class _Tracked:
    """One vrrp_track_process: the pids that match, and whether that are enough."""

    def __init__(self, definition: VrrpTrackProcess, pids: set[int], before: "_Tracked | None") -> None:
        self.definition = definition
        self.pids = pids
        self.settling: Settling = Settling(good=self.enough) if before is None else before.settling

    @property
    def enough(self) -> bool:
        most = self.definition.quorum_max
        least = 0 if most == 0 else self.definition.quorum
        return len(self.pids) >= least and (most is None or len(self.pids) <= most)

    def delay(self, kind: Kind | None) -> Micros:
        """How long what came of this must last: fork_delay is for forks alone, not for a program that starts."""
        if kind is None:
            kind = Kind.FORK if self.enough else Kind.END
        each = {Kind.FORK: self.definition.fork_delay, Kind.END: self.definition.terminate_delay}
        return (each[kind] or self.definition.delay) if kind in each else AT_ONCE

    def news(self) -> Log:
        text = "gained" if self.settling.good else "lost"
        return Log(logging.INFO, f"Quorum {text} for tracked process {self.definition.name}")


class TrackedProcesses:
    """All tracked processes. `schedule` is told when a change of one has lasted, None when none is waited for."""

    def __init__(self, schedule: Callable[[Waiting, Micros | None], None]) -> None:
        self._schedule = schedule
        self._tracked: dict[str, _Tracked] = {}

    def verdicts(self, names: Iterable[str]) -> dict[str, bool]:
        """Whether there are enough of these."""
        return {name: self._tracked[name].settling.good for name in names if name in self._tracked}

    def follow(self, definitions: Mapping[str, VrrpTrackProcess], commands: Commands, now: Micros) -> list[Log]:
        """Track these, of which these processes are there; what one of that name counted as until a reload holds on."""
        old, self._tracked = self._tracked, {}
        for name, definition in definitions.items():
            pids = {pid for pid, command in commands.items() if matches(definition, command)}
            self._tracked[name] = _Tracked(definition, pids, old.get(name))
        for name in old.keys() - definitions.keys():
            self._schedule(Waiting(name), None)
        return self._settle(self._tracked.values(), now)

    def scanned(self, commands: Commands, now: Micros) -> list[Log]:
        """These are all processes there are; what to say, nothing when nothing changed.

        How one came to be is not seen: it counts as a fork, after whose delay, and one that is gone as an end.
        """
        for one in self._tracked.values():
            one.pids = {pid for pid, command in commands.items() if matches(one.definition, command)}
        return self._settle(self._tracked.values(), now)

    def seen(self, pid: int, what: Seen, now: Micros) -> list[Log]:
        """This happened to a process; what to say, nothing when nothing changed."""
        touched = []
        for one in self._tracked.values():
            there = what in one.pids if isinstance(what, int) else what is not None and matches(one.definition, what)
            if there is not (pid in one.pids):
                (one.pids.add if there else one.pids.discard)(pid)
                touched.append(one)
        return self._settle(touched, now, kind=Kind.of(what))

    def due(self, name: str, now: Micros) -> list[Log]:
        """A change of this one may have lasted long enough."""
        one = self._tracked[name]
        return [one.news()] if one.settling.due(now) else []

    def _settle(self, changed: Iterable[_Tracked], now: Micros, kind: Kind | None = None) -> list[Log]:
        lines = []
        for one in changed:
            if one.settling.see(good=one.enough, now=now, delay=one.delay(kind)):
                lines.append(one.news())
            self._schedule(Waiting(one.definition.name), one.settling.deadline)
        return lines
