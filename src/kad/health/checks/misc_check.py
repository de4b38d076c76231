"""MISC_CHECK: a server is up when a script says so (reference checker.md 4.6). One run, and its words."""

from kad.config.schema.misc_check import MiscCheck
from kad.health.outcome import Outcome, Reason
from kad.health.verdict import DYNAMIC_STATUS
from kad.health.world import World
from kad.ipc import messages
from kad.ipc.messages import ScriptExited
from kad.units import Micros


def outcome_of(result: ScriptExited | None, *, dynamic: bool) -> Outcome:
    """What a script's end says about the server."""
    match result:
        case None | ScriptExited(error=messages.NO_RUNNER):
            return Outcome(Reason.NOT_RUN, messages.NO_RUNNER)
        case ScriptExited(timed_out=True):
            return Outcome(Reason.TIMEOUT)
        case ScriptExited(signal=int(signal)):
            return Outcome(Reason.SIGNAL, f"due to signal {signal}")
        case ScriptExited(status=int(status)) if status == 0 or (dynamic and status >= DYNAMIC_STATUS):
            return Outcome(Reason.OK, exit_status=status)
        case ScriptExited(status=int(status)):
            return Outcome(Reason.EXIT_STATUS, f"exited with status {status}", exit_status=status)
        case ScriptExited(error=error):
            return Outcome(Reason.NOT_STARTED, error)


def contribution(outcome: Outcome, configured_weight: int, *, dynamic: bool) -> int:
    """By how much a success changes the real server's weight (reference checker.md 4.11)."""
    status = outcome.exit_status
    if not dynamic or status is None or status < DYNAMIC_STATUS:
        return 0
    return status - DYNAMIC_STATUS - configured_weight


class MiscProbe:
    """MISC_CHECK of one real server; the names are those of its lines."""

    explains = True

    def __init__(self, name: str, virtual_server: str, check: MiscCheck, timeout: Micros) -> None:
        self._about = f"[{name} VS {virtual_server}] by [{check.misc_path.argv[0]}]"
        self._check = check
        self._timeout = timeout

    async def attempt(self, world: World, turn: int) -> Outcome:  # noqa: ARG002 - one thing to try
        """Run the script once."""
        result = await world.run(self._check.misc_path, self._timeout)
        return outcome_of(result, dynamic=self._check.misc_dynamic)

    def succeeded(self) -> str:
        """The line of the first success, or the first one after a failure."""
        return f"Misc check for {self._about} succeeded."

    def failed(self, outcome: Outcome, retries: int, *, first: bool) -> str:  # noqa: ARG002 - the same on the first run
        """The line of the verdict."""
        plural = "y" if retries == 1 else "ies"
        after = f"after {retries} retr{plural}" if retries else "with retry disabled"
        return f"Misc check for {self._about} {_how(outcome, after)}."

    def attempt_failed(self, turn: int, outcome: Outcome, attempt: int, retries: int) -> str:  # noqa: ARG002
        """The line of one failed attempt."""
        if outcome.reason is Reason.NOT_RUN:
            return f"Misc check for {self._about} not run: {outcome.detail}; trying again."
        when = f"on attempt {attempt} of {retries + 1}" if attempt else "again"
        return f"Misc check for {self._about} {_how(outcome, when)}."


def _how(outcome: Outcome, when: str) -> str:
    if outcome.reason is Reason.TIMEOUT:
        return f"timed out {when}"
    return f"failed {when} ({outcome.detail})"
