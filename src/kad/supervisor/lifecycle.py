"""One worker's life: starting, ready, waiting to be started again, stopping, over. Pure: events and the time in.

The policy (DESIGN 'Retry policy'): a death after *ready* is a crash and costs nothing but a fork, so the first ten
within a minute restart at once; only then the delay grows. A death before *ready* would most likely come again, so it
backs off from the first. An exit that says that it must come again (`errors.HOPELESS`) ends the worker for good.

Not here: forking, pids, messages (process.py).
"""

from dataclasses import dataclass
from enum import Enum

from kad.errors import HOPELESS
from kad.units import SECOND, Micros

FREE_CRASHES = 10
"""Deaths after *ready* within CRASH_WINDOW that restart at once."""

CRASH_WINDOW = Micros(60 * SECOND)
LONGEST_DELAY = Micros(60 * SECOND)
CHILD_WAIT_TIME = Micros(5 * SECOND)
"""How long a worker may take to stop unless child_wait_time says otherwise."""

TIDY_TIME = Micros(2 * SECOND)
"""How long a last run that only tidies up may take."""


class State(Enum):
    """Where a worker is in its life."""

    ABSENT = "absent"
    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting to be restarted"
    STOPPING = "stopping"
    GIVEN_UP = "given up"


@dataclass(frozen=True)
class Fork:
    """Start the worker now."""


@dataclass(frozen=True)
class AskToStop:
    """Tell the worker to stop cleanly."""


@dataclass(frozen=True)
class Kill:
    """It did not stop in time: end it."""


@dataclass(frozen=True)
class Died:
    """Say in one line that it died; `delay` microseconds until it is started again."""

    delay: Micros


@dataclass(frozen=True)
class GaveUp:
    """Say that it ended for good, with this exit status."""

    code: int


Action = Fork | AskToStop | Kill | Died | GaveUp


class Lifecycle:
    """One worker, over all its processes. `deadline` is its only timer: call `deadline_passed` then.

    `tidies`: at a stop it takes out of the kernel what it put in. When its last process could not, because it was
    killed, it is run once more just to do that.
    """

    def __init__(self, *, tidies: bool = True) -> None:
        self.state = State.ABSENT
        self._tidies = tidies
        self._tidied = False
        self.deadline: Micros | None = None
        self._crashes: list[Micros] = []
        self._failures = 0

    def start(self) -> list[Action]:
        """The configuration wants this worker: begin, unless it is there; also begins again after giving up."""
        if self.state not in (State.ABSENT, State.GIVEN_UP):
            return []
        self._failures = 0
        self._tidied = False
        return self._fork()

    def ready(self) -> None:
        """Its first configuration is in force."""
        if self.state is State.STARTING:
            self.state = State.READY

    def stop(self, now: Micros, patience: Micros = CHILD_WAIT_TIME) -> list[Action]:
        """End it: ask, and kill when it has not gone after `patience`."""
        if self.state in (State.STARTING, State.READY):
            self.state = State.STOPPING
            self.deadline = Micros(now + patience)
            return [AskToStop()]
        if self.state is State.WAITING:
            return self._tidy(now)
        return []

    def deadline_passed(self, now: Micros) -> list[Action]:
        """Its deadline has come: it has waited long enough to start, or to stop."""
        if self.state is State.WAITING:
            return self._fork()
        assert self.state is State.STOPPING, "only a wait and a stop have an end"
        self.deadline = Micros(now + CHILD_WAIT_TIME)
        return [Kill()]

    def exited(self, code: int | None, now: Micros) -> list[Action]:
        """Its process is gone, with this exit status, or by a signal (None)."""
        self.deadline = None
        if self.state is State.STOPPING:
            return self._tidy(now) if code != 0 else self._gone()
        if code is not None and code in HOPELESS:
            self.state = State.GIVEN_UP
            return [GaveUp(code)]
        delay = self._delay(crashed=self.state is State.READY, now=now)
        if not delay:
            return [Died(delay), *self._fork()]
        self.state = State.WAITING
        self.deadline = Micros(now + delay)
        return [Died(delay)]

    def died_for_good(self, now: Micros) -> list[Action]:
        """Its process is gone, and it is not to be restarted (-R)."""
        return self._tidy(now)

    def _tidy(self, now: Micros) -> list[Action]:
        """The last process left things behind: one more run, begun and stopped, removes them."""
        if not self._tidies or self._tidied:
            return self._gone()
        self._tidied = True
        self.state = State.STOPPING
        self.deadline = Micros(now + TIDY_TIME)
        return [Fork(), AskToStop()]

    def _gone(self) -> list[Action]:
        self.state = State.ABSENT
        self.deadline = None
        return []

    def _fork(self) -> list[Action]:
        self.state = State.STARTING
        self.deadline = None
        return [Fork()]

    def _delay(self, *, crashed: bool, now: Micros) -> Micros:
        """How long to wait before the next start: 0 for a rare crash, else 1, 2, 4 … 60 s."""
        self._crashes = [at for at in self._crashes if now - at < CRASH_WINDOW]
        if crashed:
            self._crashes.append(now)
            if len(self._crashes) <= FREE_CRASHES:
                self._failures = 0
                return Micros(0)
        self._failures += 1
        return Micros(min(SECOND << min(self._failures - 1, 6), LONGEST_DELAY))
