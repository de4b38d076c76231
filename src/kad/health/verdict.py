"""One checker's life: when it tries, how many failures make a verdict, when it tries again. Pure.

An attempt's outcome and the time in; log lines, verdicts and weights out; one deadline. The rules are reference
checker.md 3.1 to 3.3, for HTTP_GET 4.2. What a verdict means for the real server is quorum.py's affair.
"""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from msgspec.structs import replace

from kad.config.schema.http_get import HttpGet
from kad.config.schema.misc_check import MiscCheck
from kad.config.schema.real_server import Check, RealServer
from kad.config.schema.virtual_server import VirtualServer
from kad.health.outcome import Outcome, Reason
from kad.units import SECOND, Micros

FIRST_RUN = SECOND
"""Between the start and the earliest first attempt."""

DYNAMIC_STATUS = 2
"""With misc_dynamic, an exit status from here on means a weight: the status less this."""

T = TypeVar("T")


@dataclass(frozen=True)
class Timing:
    """When a check runs, all values settled. `from_start`: delays count from an attempt's start, not from its end."""

    delay_loop: Micros
    retry: int
    delay_before_retry: Micros
    warmup: Micros
    from_start: bool = False


def timing(check: Check, real_server: RealServer, virtual_server: VirtualServer) -> Timing:
    """What holds for a check: the checker's word, else the real server's, the virtual server's, the type's own.

    The types' own are in reference checker.md 3.1.
    """
    is_http, is_misc = isinstance(check, HttpGet), isinstance(check, MiscCheck)
    delay_loop = first(check.delay_loop, real_server.delay_loop, virtual_server.delay_loop)
    before_retry = Micros(3 * SECOND) if is_http else SECOND
    return Timing(
        delay_loop=delay_loop,
        retry=first(check.retry, real_server.retry, virtual_server.retry, 0 if is_misc else 1),
        delay_before_retry=first(
            check.delay_before_retry, real_server.delay_before_retry, virtual_server.delay_before_retry, before_retry
        ),
        warmup=first(check.warmup, real_server.warmup, virtual_server.warmup, delay_loop),
        from_start=is_misc,
    )


def alpha(check: Check, real_server: RealServer, virtual_server: VirtualServer) -> bool:
    """Whether a check counts as failed until it has succeeded once."""
    return first(check.alpha, real_server.alpha, virtual_server.alpha)


def twin_of(check: Check, others: tuple[Check, ...]) -> int | None:
    """Which of the others tests the very same thing, whenever it does: it knows this check's verdict."""
    wanted = _untimed(check)
    return next((index for index, other in enumerate(others) if _untimed(other) == wanted), None)


def _untimed(check: Check) -> Check:
    return replace(
        check,
        delay_loop=None,
        retry=None,
        delay_before_retry=None,
        warmup=None,
        alpha=None,
        log_all_failures=None,
    )


def first(*values: T | None) -> T:
    """The first value that somebody gave; the last one always is."""
    return next(value for value in values if value is not None)


@dataclass(frozen=True)
class Say:
    """A line for the log; `detail`: only for who asked for details."""

    text: str
    detail: bool = False


@dataclass(frozen=True)
class Judged:
    """The check's verdict, told after every attempt that has one. `first`: it is the first of the check's life."""

    up: bool
    cause: str
    first: bool = False


@dataclass(frozen=True)
class Weighed:
    """By how much this check now changes its real server's weight."""

    contribution: int


Action = Say | Judged | Weighed


class Words(Protocol):
    """What a type of checker says, in keepalived's words. `explains`: the line of its verdict says why."""

    explains: bool

    def succeeded(self) -> str:
        """The first success, or the first one after a failure."""

    def failed(self, outcome: Outcome, retries: int, *, first: bool) -> str:
        """The verdict is down, after so many retries, or on the `first` attempt of all."""

    def attempt_failed(self, turn: int, outcome: Outcome, attempt: int, retries: int) -> str:
        """One failed attempt, the `attempt`-th of `retries` + 1; 0: it is not counted, nothing depends on it."""


class UrlWords(Words, Protocol):
    """What a type with several things to try says besides."""

    def passed(self, turn: int, outcome: Outcome) -> str:
        """One of them succeeded while the checker is still down."""


class Verdict:
    """A checker with one thing to try: TCP_CHECK, MISC_CHECK. `deadline`: start an attempt then; None: one is running.

    `up` and `has_run` are keepalived's; a checker begins with its retries used up, so its first attempt decides.
    """

    def __init__(self, timing: Timing, words: Words, *, up: bool) -> None:
        self.timing = timing
        self.up = up
        self.has_run = False
        self.turn = 0
        """Which of its things the next attempt tries: the url's number with HTTP_GET, else 0."""
        self.log_all = False
        self.deadline: Micros | None = None
        self._words = words
        self._failures = timing.retry
        self._started = Micros(0)
        self._contribution = 0

    def start(self, now: Micros, fraction: float) -> None:
        """Set the first deadline. `fraction`, 0 to 1, spreads the checkers of a farm over their warmup."""
        self.deadline = Micros(now + FIRST_RUN + int(self.timing.warmup * fraction))

    def resume(self, old: "Verdict", now: Micros) -> None:
        """Go on, after a reload, where the same check stood: neither its knowledge nor its next date is lost."""
        self.up, self.has_run = old.up, old.has_run
        self._contribution = old._contribution
        self._failures = old._failures
        self.deadline = now if old.deadline is None else old.deadline

    def begin(self, now: Micros) -> None:
        """An attempt starts."""
        self._started = now
        self.deadline = None

    def ended(self, outcome: Outcome, now: Micros, contribution: int = 0) -> list[Action]:
        """An attempt ended. `contribution`: by how much a success changes the weight (misc_dynamic)."""
        if outcome.reason is Reason.NOT_RUN:
            self._wait(max(self.timing.delay_before_retry, SECOND), now)
            return [Say(self._words.attempt_failed(self.turn, outcome, 0, self.timing.retry))]
        actions: list[Action] = [Say(outcome.note)] if outcome.note else []
        if outcome.ok:
            return actions + self._weigh(contribution) + self._succeeded(outcome, now)
        undecided = self.up or not self.has_run
        if undecided and self._failures < self.timing.retry:
            self._failures += 1
            self._wait(self.timing.delay_before_retry, now)
            return [*actions, self._attempt_line(outcome, self._failures)]
        return actions + self._failed(outcome, now, decisive=undecided) + self._weigh(0)

    def _succeeded(self, outcome: Outcome, now: Micros) -> list[Action]:
        self._failures = 0
        self._wait(self.timing.delay_loop, now)
        return self._is_up(str(outcome))

    def _is_up(self, cause: str) -> list[Action]:
        judged = Judged(up=True, cause=cause, first=not self.has_run)
        news = not self.up or not self.has_run
        self.up = self.has_run = True
        return [Say(self._words.succeeded()), judged] if news else [judged]

    def _failed(self, outcome: Outcome, now: Micros, *, decisive: bool) -> list[Action]:
        """A failure that leaves the checker down; `decisive`: until now it was up, or had never run."""
        self._wait(self._delay_when_down(), now)
        judged = Judged(up=False, cause=str(outcome), first=not self.has_run)
        actions: list[Action] = []
        if not decisive:
            actions.append(self._attempt_line(outcome, 0))
        else:
            if not self._words.explains:
                actions.append(self._attempt_line(outcome, self.timing.retry + 1, always=True))
            actions.append(Say(self._words.failed(outcome, self.timing.retry, first=not self.has_run)))
            self._failures = 0
        self.up, self.has_run = False, True
        return [*actions, judged]

    def _attempt_line(self, outcome: Outcome, attempt: int, *, always: bool = False) -> Say:
        # keepalived says why only with log_all_failures; the attempt that decides says it here in any case.
        text = self._words.attempt_failed(self.turn, outcome, attempt, self.timing.retry)
        return Say(text, detail=not (always or self.log_all))

    def _weigh(self, contribution: int) -> list[Action]:
        if contribution == self._contribution:
            return []
        self._contribution = contribution
        return [Weighed(contribution)]

    def _delay_when_down(self) -> Micros:
        return self.timing.delay_loop

    def _wait(self, delay: Micros, now: Micros) -> None:
        since = self._started if self.timing.from_start else now
        self.deadline = Micros(max(since + delay, now))


class UrlVerdict(Verdict):
    """A checker with several things to try, one after another: HTTP_GET (reference checker.md 4.2).

    It is up after a whole pass over its urls. A url that fails is the only one tried until it succeeds; then comes a
    whole pass again. `fast_recovery`: no waiting between the urls of the first pass and of that one.
    """

    def __init__(self, timing: Timing, words: UrlWords, *, up: bool, urls: int, fast_recovery: bool) -> None:
        super().__init__(timing, words, up=up)
        self._url_words = words
        self._urls = urls
        self._fast_recovery = fast_recovery
        self._failing = False

    def resume(self, old: Verdict, now: Micros) -> None:
        """Go on where the same check stood, in the midst of a pass if need be."""
        super().resume(old, now)
        assert isinstance(old, UrlVerdict), "the same check has the same kind of verdict"
        self.turn, self._failing = old.turn, old._failing

    def _succeeded(self, outcome: Outcome, now: Micros) -> list[Action]:
        self._failures = 0
        settled = self.up and self.has_run
        said: list[Action] = [] if self.up else [Say(self._url_words.passed(self.turn, outcome))]
        self.turn = 0 if self._failing else (self.turn + 1) % self._urls
        passed_all = self.turn == 0 and not self._failing
        self._failing = False
        hurried = self._fast_recovery and not settled and not passed_all
        self._wait(Micros(0) if hurried else self.timing.delay_loop, now)
        if settled or passed_all:
            return said + self._is_up(str(outcome))
        return said

    def _failed(self, outcome: Outcome, now: Micros, *, decisive: bool) -> list[Action]:
        self._failing = True
        return super()._failed(outcome, now, decisive=decisive)

    def _delay_when_down(self) -> Micros:
        return max(self.timing.delay_before_retry, self.timing.delay_loop)
