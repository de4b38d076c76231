"""What a router follows besides adverts: scripts' verdicts, and the priority and faults that come of them. Pure.

`ScriptTracker` is one vrrp_script's life: when it runs, how many results in a row make a verdict (reference vrrp.md
7.2). `effective_priority` and `faults` say what verdicts, links and source addresses mean for a router (7, 3.5).

Not here: running the script (the runner does), what a fault does to a router (router.py).
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from kad.config.schema.script import Script
from kad.config.schema.vrrp_script import VrrpScript
from kad.ipc.messages import NO_RUNNER, ScriptExited
from kad.units import SECOND, Micros
from kad.vrrp.actions import Log
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
    `siblings`: what keeps other members of its sync group from service, which keeps it from service too.
    """

    down: frozenset[str] = frozenset()
    source: IPAddress | None = None
    verdicts: Verdicts = field(default_factory=dict)
    siblings: "tuple[Fault, ...]" = ()


class FaultKind(Enum):
    """Why a router can't be in service: one word for machines."""

    INTERFACE = "interface-down"
    NO_ADDRESS = "no-source-address"
    NO_PEER = "no-unicast-peer"
    NO_KEY = "no-hmac-key"
    SCRIPT = "script-failed"
    SIBLING = "sync-group-fault"
    PENDING = "script-pending"
    """A script that decides has not said anything yet: no service, and no word about it."""


@dataclass(frozen=True)
class Fault:
    """One reason, and what it is about in words."""

    kind: FaultKind
    text: str

    def __str__(self) -> str:
        return self.text


def faults(settings: RouterSettings, facts: Facts) -> tuple[Fault, ...]:
    """All reasons why this router must not be in service now, the weightiest first; the siblings' after its own."""
    return own_faults(settings, facts) + facts.siblings


def own_faults(settings: RouterSettings, facts: Facts) -> tuple[Fault, ...]:
    """The reasons that this router has itself."""
    down = sorted(facts.down & settings.interfaces)
    found = [Fault(FaultKind.INTERFACE, f"interface {name} is down") for name in down]
    reverse = (
        link.name for link in settings.links if link.weight == 0 and link.reverse and link.name not in facts.down
    )
    found += [Fault(FaultKind.INTERFACE, f"interface {name} is up, which reverse makes a failure") for name in reverse]
    if facts.source is None and settings.interface not in facts.down:
        text = f"interface {settings.interface} has no {_kind_of_address(settings)} address to send from"
        found.append(Fault(FaultKind.NO_ADDRESS, text))
    if settings.no_peer:
        found.append(Fault(FaultKind.NO_PEER, "there is no unicast_peer"))
    if settings.lacks_key:
        found.append(Fault(FaultKind.NO_KEY, "the active_key of auth_hmac can't be read"))
    verdicts = [(track, facts.verdicts.get(track.name)) for track in settings.tracks if track.weight == 0]
    for track, verdict in verdicts:
        if verdict is track.reverse:
            failure = "succeeded, which reverse makes a failure" if track.reverse else "failed"
            found.append(Fault(FaultKind.SCRIPT, f"script {track.name} {failure}"))
    pending = (track.name for track, verdict in verdicts if verdict is None)
    found += [Fault(FaultKind.PENDING, f"script {name} has no result yet") for name in pending]
    return tuple(found)


def _kind_of_address(settings: RouterSettings) -> str:
    return "IPv4" if settings.family == 4 else "link-local IPv6"


def effective_priority(settings: RouterSettings, facts: Facts) -> int:
    """The priority to compete with: 1 to 254; the owner's 255 never changes."""
    if settings.owner:
        return settings.base_priority
    scripts = sum(_contribution(track, good=facts.verdicts.get(track.name)) for track in settings.tracks)
    links = sum(_contribution(link, good=link.name not in facts.down) for link in settings.links)
    return min(max(settings.base_priority + scripts + links, 1), 254)


def _contribution(track: Track, *, good: bool | None) -> int:
    """A positive weight counts while the thing is good, a negative one while it is bad; before a result, none."""
    counts = (track.weight > 0 and good is True) or (track.weight < 0 and good is False)
    return (-track.weight if track.reverse else track.weight) if counts else 0


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
        self.verdict: bool | None = None if before is None else before.verdict
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
