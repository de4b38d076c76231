"""How one attempt of a check ended, and why. Pure shapes, made by `checks/`, judged by `verdict.py`."""

from dataclasses import dataclass
from enum import Enum


class Reason(Enum):
    """Why an attempt ended as it did: one word for machines. `Outcome.detail` has the particulars for people."""

    OK = "ok"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    RESET = "reset"
    LOCAL = "local"
    """The attempt never left this host: no such interface or source address, a local filter."""
    NO_ANSWER = "no-answer"
    NOT_HTTP = "not-http"
    STATUS = "status"
    DIGEST = "digest"
    TOO_LONG = "too-long"
    EXIT_STATUS = "exit-status"
    SIGNAL = "signal"
    NOT_STARTED = "not-started"
    """The script could not be run at all."""
    NOT_RUN = "not-run"
    """kad itself could not make the attempt (out of descriptors, script runner gone): it says nothing."""


@dataclass(frozen=True)
class Outcome:
    """One attempt's end. `exit_status` is set by scripts, `note` is a line for the log that is no failure.

    `phrase` is what keepalived calls it in its lines ("HTTP status code", "Timeout HTTP read").
    """

    reason: Reason
    detail: str = ""
    exit_status: int | None = None
    note: str = ""
    phrase: str = ""

    @property
    def ok(self) -> bool:
        """Whether the server did what it should."""
        return self.reason is Reason.OK

    def __str__(self) -> str:
        return f"{self.reason.value}: {self.detail}" if self.detail else self.reason.value
