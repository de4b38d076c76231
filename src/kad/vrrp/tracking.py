"""What a router follows besides adverts, and the priority and faults that come of it. Pure.

`ScriptTracker` is one vrrp_script's life: when it runs, how many results in a row make a verdict (reference vrrp.md
7.2). `effective_priority` and `faults` say what verdicts, links and source addresses mean for a router (7, 3.5).

Not here: running the script (the runner does), what a fault does to a router (router.py).
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import chain

from kad.config.schema.script import Script
from kad.config.schema.vrrp_script import VrrpScript
from kad.ipc.messages import NO_RUNNER, ScriptExited
from kad.units import SECOND, Micros
from kad.vrrp.actions import Log
from kad.vrrp.contribution import Contribution, by_number, by_state
from kad.vrrp.packet import IPAddress
from kad.vrrp.settings import RouterSettings, Track

RETRY = SECOND
"""How soon a script is run again for which there was no runner."""

Verdicts = Mapping[str, bool | None]
"""Per vrrp_script: good, bad, or no result yet."""


@dataclass(frozen=True)
class Facts:
    """What is so around a router.

    `down`: interfaces that are not up, or not there at all; `source`: the address that adverts are sent from.
    `files`: the numbers in tracked files. `processes`: whether there are enough of each vrrp_track_process.
    `siblings`: what keeps other members of its sync group from service, which keeps it from service too.
    """

    down: frozenset[str] = frozenset()
    source: IPAddress | None = None
    verdicts: Verdicts = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)
    processes: Mapping[str, bool] = field(default_factory=dict)
    siblings: "tuple[Fault, ...]" = ()


class FaultKind(Enum):
    """Why a router can't be in service: one word for machines."""

    INTERFACE = "interface-down"
    NO_ADDRESS = "no-source-address"
    NO_PEER = "no-unicast-peer"
    NO_KEY = "no-hmac-key"
    SCRIPT = "script-failed"
    FILE = "file-fault"
    PROCESS = "process-quorum"
    SIBLING = "sync-group-fault"
    PENDING = "script-pending"
    """A script that decides has not said anything yet: no service, and no word about it."""


@dataclass(frozen=True)
class Fault:
    """One reason in words, and the name of what it is about, if that has one."""

    kind: FaultKind
    text: str
    name: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.text


def faults(settings: RouterSettings, facts: Facts) -> tuple[Fault, ...]:
    """All reasons why this router must not be in service now, the weightiest first; the siblings' after its own."""
    return own_faults(settings, facts) + facts.siblings


def own_faults(settings: RouterSettings, facts: Facts) -> tuple[Fault, ...]:
    """The reasons that this router has itself."""
    down = sorted(facts.down & settings.interfaces)
    found = [Fault(FaultKind.INTERFACE, f"interface {name} is down", name) for name in down]
    reverse = (
        link.name for link in settings.links if link.weight == 0 and link.reverse and link.name not in facts.down
    )
    found += [
        Fault(FaultKind.INTERFACE, f"interface {name} is up, which reverse makes a failure", name) for name in reverse
    ]
    if facts.source is None and settings.interface not in down:
        which = str(settings.source or f"{_kind_of_address(settings)} address")
        text = f"interface {settings.interface} has no {which} to send from"
        found.append(Fault(FaultKind.NO_ADDRESS, text))
    if settings.no_peer:
        found.append(Fault(FaultKind.NO_PEER, "there is no unicast_peer"))
    if settings.lacks_key:
        found.append(Fault(FaultKind.NO_KEY, "the active_key of auth_hmac can't be read"))
    scripts = _scripts(settings, facts)
    for track, contribution in scripts:
        if contribution.fails:
            failure = "succeeded, which reverse makes a failure" if track.reverse else "failed"
            found.append(Fault(FaultKind.SCRIPT, f"script {track.name} {failure}", track.name))
    for track, contribution in _files(settings, facts):
        if contribution.fails:
            text = f"the number in file {track.name} is {facts.files.get(track.name, 0)}{_weighed(track)}"
            found.append(Fault(FaultKind.FILE, text, track.name))
    for track, contribution in _processes(settings, facts):
        if contribution.fails:
            text = f"there are {'' if track.reverse else 'not '}enough of process {track.name}"
            failure = ", which reverse makes a failure" if track.reverse else ""
            found.append(Fault(FaultKind.PROCESS, text + failure, track.name))
    pending = (track.name for track, contribution in scripts if contribution.waits)
    found += [Fault(FaultKind.PENDING, f"script {name} has no result yet", name) for name in pending]
    return tuple(found)


Weighed = list[tuple[Track, Contribution]]
"""What is followed, and what it does."""


def _scripts(settings: RouterSettings, facts: Facts) -> Weighed:
    return [(track, by_state(track, good=facts.verdicts.get(track.name))) for track in settings.tracks]


def _links(settings: RouterSettings, facts: Facts) -> Weighed:
    return [(link, by_state(link, good=link.name not in facts.down)) for link in settings.links]


def _files(settings: RouterSettings, facts: Facts) -> Weighed:
    """An owner's weights count for nothing, not for a fault either."""
    counting = (track for track in settings.files if track.weight == 0 or not settings.owner)
    return [(track, by_number(track, facts.files.get(track.name, 0))) for track in counting]


def _processes(settings: RouterSettings, facts: Facts) -> Weighed:
    return [(track, by_state(track, good=facts.processes.get(track.name, False))) for track in settings.processes]


def _weighed(track: Track) -> str:
    if track.weight == 0:
        return ", which reverse makes a failure" if track.reverse else ""
    return f", times {-track.weight if track.reverse else track.weight}"


def _kind_of_address(settings: RouterSettings) -> str:
    return "IPv4" if settings.family == 4 else "link-local IPv6"


def effective_priority(settings: RouterSettings, facts: Facts) -> int:
    """The priority to compete with: 1 to 254; the owner's 255 never changes."""
    if settings.owner:
        return settings.base_priority
    weighed = (kind(settings, facts) for kind in (_scripts, _links, _files, _processes))
    total = settings.base_priority + sum(one.priority for _, one in chain.from_iterable(weighed))
    return min(max(total, 1), 254)


@dataclass(frozen=True)
class Run:
    """Run the script now; tell `exited`."""

    script: Script
    timeout: Micros


class ScriptTracker:
    """One vrrp_script. `deadline` is its only timer: when it runs next; the first time at once.

    `before`: the tracker of this name until a reload. Its verdict holds on, rather than that everybody who follows the
    script must do without one; a command that changed has its first result decide alone again.
    """

    def __init__(self, script: VrrpScript, now: Micros, before: "ScriptTracker | None" = None) -> None:
        self.script = script
        at_first = False if script.init_fail else None
        self.verdict: bool | None = at_first if before is None else before.verdict
        self.deadline = now
        self._first = before is None or before.script.script != script.script
        self._running = False
        self._streak = 0
        self._last_status = 0

    def deadline_passed(self, now: Micros) -> list[Run | Log]:
        """It is time for the next run, unless the last one is not over."""
        following = Micros(self.deadline + self.script.interval)
        self.deadline = following if following > now else Micros(now + self.script.interval)
        if self._running:
            line = f"Track script {self.script.name} is already running, expect idle - skipping run"
            return [Log(logging.INFO, line)]
        self._running = True
        return [Run(self.script.script, self.script.timeout or self.script.interval)]

    def exited(self, result: ScriptExited, now: Micros) -> list[Log]:
        """The run is over; `verdict` may have changed. One that could not even be asked for is tried again soon."""
        self._running = False
        if result.error == NO_RUNNER:
            self.deadline = min(self.deadline, Micros(now + RETRY))
            return []
        good = result.status == 0
        lines = []
        if result.status is not None and result.status != self._last_status:
            lines.append(Log(logging.INFO, f"Script `{self.script.name}` now returning {result.status}"))
            self._last_status = result.status
        if self._decides(good=good):
            self.verdict = good
            self._streak = 0
            lines.append(Log(logging.INFO, f"VRRP_Script({self.script.name}) {_words(result)}"))
        return lines

    def runner_lost(self, now: Micros) -> None:
        """Nobody will tell how the run ended: that says nothing about the service, so ask again now."""
        if self._running:
            self._running = False
            self.deadline = now

    def _decides(self, *, good: bool) -> bool:
        """Whether this result makes or changes the verdict: the first one does, later ones in a row of rise or fall."""
        if self._first or self.verdict is None:
            self._first = False
            return True
        self._streak = 0 if good is self.verdict else self._streak + 1
        return self._streak >= (self.script.rise if good else self.script.fall) and good is not self.verdict


def _words(result: ScriptExited) -> str:
    """A result in the words that keepalived has for it."""
    if result.timed_out:
        return "timed_out"
    if result.signal is not None:
        return f"failed (due to signal {result.signal})"
    if result.error:
        return f"failed ({result.error})"
    return "succeeded" if result.status == 0 else f"failed (exited with status {result.status})"
