"""The parent's own scripts, which the runner runs like all others: one before the workers start, one after their end.

Pure. Neither may keep the daemon from what it is for: one that nothing is heard of counts as ended, and a failure is
a line in the log (reference keywords: startup_script, shutdown_script).
"""

from kad.config.schema.script import Script
from kad.ipc.messages import RunFor, RunScript, ScriptExited
from kad.units import SECOND, Micros

OWNER = "parent"
"""Whom the runner runs them for."""

GRACE = Micros(5 * SECOND)
"""How much longer than its own limit a script is waited for: the runner ends it, and says so."""


class Errand:
    """One script of the parent's, under way. `noun`: what it is in the log. After `deadline`, wait no longer."""

    def __init__(self, noun: str, script: Script, limit: Micros, now: Micros) -> None:
        self.noun = noun
        self.deadline = Micros(now + limit + GRACE)
        self.request = RunFor(owner=OWNER, request=RunScript(run=0, script=script, timeout=limit, report=True))

    def failure(self, result: ScriptExited) -> str:
        """What went wrong, as a line; nothing when it ended well."""
        if result.error:
            return f"{self.noun} failed: {result.error}"
        if result.timed_out:
            return f"{self.noun} took too long and was ended"
        if result.signal is not None:
            return f"{self.noun} was ended by signal {result.signal}"
        return f"{self.noun} exited with status {result.status}" if result.status else ""
