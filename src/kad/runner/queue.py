"""Which script starts when, and when it is ended. Pure: requests, exits and the time in, actions out.

Scripts of one queue run one after another, so the last one to finish tells the final state; a script that holds its
queue up for too long no longer does. A script over its time gets SIGTERM, its whole process group, and SIGKILL 2 s
later and every 10 s after that (reference vrrp.md 7.2).

Not here: processes and users (process.py, system/scripts.py).
"""

from dataclasses import dataclass, field
from enum import Enum

from kad.config.schema.script import Script
from kad.ipc.messages import ExitedFor, RunScript, ScriptExited
from kad.units import SECOND, Micros

KILL_AFTER = Micros(2 * SECOND)
KILL_AGAIN = Micros(10 * SECOND)
HOLD_UP = Micros(30 * SECOND)
"""How long a script may keep the next ones of its queue waiting."""

LONGEST_QUEUE = 1000
"""Scripts waiting in one queue beyond which the oldest waiting one is dropped: its state has long been superseded."""


class Phase(Enum):
    """How far the ending of a script has got."""

    RUNNING = "running"
    TERMINATED = "told to end"
    KILLED = "killed"


@dataclass(frozen=True)
class Start:
    """Run this now; tell `started` or `ended`."""

    key: int
    script: Script


@dataclass(frozen=True)
class Signal:
    """End the process group of this script: with SIGKILL when `kill`, else with SIGTERM."""

    key: int
    kill: bool


@dataclass(frozen=True)
class Say:
    """A line for the log."""

    text: str


Action = Start | Signal | Say | ExitedFor


@dataclass
class _Run:
    owner: str
    request: RunScript
    held_until: Micros
    timeout_at: Micros | None
    next_signal: Micros | None = None
    phase: Phase = Phase.RUNNING
    timed_out: bool = False
    holds_queue: bool = True


@dataclass
class _Queue:
    running: int | None = None
    waiting: list[tuple[str, RunScript]] = field(default_factory=list)


class Scripts:
    """All scripts wanted and running. `deadline` is the only timer: call `deadline_passed` then."""

    def __init__(self) -> None:
        self._runs: dict[int, _Run] = {}
        self._queues: dict[tuple[str, str], _Queue] = {}
        self._next_key = 0

    @property
    def deadline(self) -> Micros | None:
        """When something is to be done without an event."""
        return min((at for run in self._runs.values() for at in self._times(run)), default=None)

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        return not self._runs and not any(queue.waiting for queue in self._queues.values())

    def request(self, owner: str, request: RunScript, now: Micros) -> list[Action]:
        """A worker wants a script run."""
        if not request.queue:
            return [self._start(owner, request, now)]
        queue = self._queues.setdefault(_queue_of(owner, request), _Queue())
        if queue.running is None:
            start = self._start(owner, request, now)
            queue.running = start.key
            return [start]
        queue.waiting.append((owner, request))
        if len(queue.waiting) <= LONGEST_QUEUE:
            return []
        queue.waiting.pop(0)
        return [Say(f"queue {request.queue} is full: dropped its oldest waiting script")]

    def ended(self, key: int, result: ScriptExited, now: Micros) -> list[Action]:
        """A script's process is gone, or could not be started (`result.error`); `result.run` does not matter."""
        run = self._runs.pop(key)
        actions: list[Action] = []
        if run.request.report:
            told = ScriptExited(
                run=run.request.run,
                status=None if run.timed_out else result.status,
                signal=None if run.timed_out else result.signal,
                timed_out=run.timed_out,
                error=result.error,
            )
            actions.append(ExitedFor(owner=run.owner, result=told))
        if run.request.queue and run.holds_queue:
            actions += self._next(_queue_of(run.owner, run.request), now)
        return actions

    def deadline_passed(self, now: Micros) -> list[Action]:
        """Do what is due: time-outs, kills, queues held up."""
        actions: list[Action] = []
        for key, run in list(self._runs.items()):
            if run.timeout_at is not None and run.timeout_at <= now:
                run.timed_out = True
                actions += self._end(key, run, now)
            if run.next_signal is not None and run.next_signal <= now:
                run.phase = Phase.KILLED
                run.next_signal = Micros(now + KILL_AGAIN)
                actions.append(Signal(key, kill=True))
            if run.holds_queue and run.request.queue and run.held_until <= now:
                run.holds_queue = False
                program = run.request.script.argv[0]
                actions.append(Say(f"{program} still runs after {HOLD_UP // SECOND} s: no longer waiting for it"))
                actions += self._next(_queue_of(run.owner, run.request), now)
        return actions

    def disown(self, owner: str, now: Micros) -> list[Action]:
        """A worker is gone: nobody waits for its reports, so those scripts end; its notifications finish."""
        actions: list[Action] = []
        for key, run in self._runs.items():
            if run.owner == owner and run.request.report and run.phase is Phase.RUNNING:
                actions += self._end(key, run, now)
        return actions

    def _start(self, owner: str, request: RunScript, now: Micros) -> Start:
        key = self._next_key
        self._next_key += 1
        timeout_at = None if request.timeout is None else Micros(now + request.timeout)
        self._runs[key] = _Run(owner, request, held_until=Micros(now + HOLD_UP), timeout_at=timeout_at)
        return Start(key, request.script)

    def _next(self, name: tuple[str, str], now: Micros) -> list[Action]:
        queue = self._queues.get(name)
        if queue is None:
            return []
        if not queue.waiting:
            del self._queues[name]
            return []
        start = self._start(*queue.waiting.pop(0), now)
        queue.running = start.key
        return [start]

    def _end(self, key: int, run: _Run, now: Micros) -> list[Action]:
        run.phase = Phase.TERMINATED
        run.timeout_at = None
        run.next_signal = Micros(now + KILL_AFTER)
        return [Signal(key, kill=False)]

    @staticmethod
    def _times(run: _Run) -> list[Micros]:
        held = run.held_until if run.holds_queue and run.request.queue else None
        return [at for at in (run.timeout_at, run.next_signal, held) if at is not None]


def _queue_of(owner: str, request: RunScript) -> tuple[str, str]:
    # The worker's name without its generation: a restarted worker's notifications stay behind its predecessor's.
    return owner.partition("#")[0], request.queue
