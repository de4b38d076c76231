"""MISC_CHECK, with a runner that does as it is told."""

import asyncio

import pytest

from kad.config.schema.misc_check import MiscCheck
from kad.config.schema.script import Script
from kad.health.checks.misc_check import MiscProbe, contribution, outcome_of
from kad.health.outcome import Outcome, Reason
from kad.health.world import Endpoint, Stream
from kad.ipc.messages import NO_RUNNER, ScriptExited
from kad.units import SECOND, Micros

CHECK = MiscCheck(misc_path=Script(argv=("/usr/bin/check", "a b")), misc_dynamic=True)
PROBE = MiscProbe("[10.0.0.1]:tcp:80", "[10.9.0.1]:tcp:80", CHECK, Micros(7 * SECOND))


@pytest.mark.parametrize(
    ("result", "static", "dynamic"),
    [
        (ScriptExited(run=1, status=0), Reason.OK, Reason.OK),
        (ScriptExited(run=1, status=1), Reason.EXIT_STATUS, Reason.EXIT_STATUS),
        (ScriptExited(run=1, status=2), Reason.EXIT_STATUS, Reason.OK),
        (ScriptExited(run=1, status=255), Reason.EXIT_STATUS, Reason.OK),
        (ScriptExited(run=1, signal=9), Reason.SIGNAL, Reason.SIGNAL),
        (ScriptExited(run=1, timed_out=True), Reason.TIMEOUT, Reason.TIMEOUT),
        (ScriptExited(run=1, error="no such file"), Reason.NOT_STARTED, Reason.NOT_STARTED),
        (ScriptExited(run=1, error=NO_RUNNER), Reason.NOT_RUN, Reason.NOT_RUN),
        (None, Reason.NOT_RUN, Reason.NOT_RUN),
    ],
)
def test_each_end_of_a_script_has_its_meaning(result: ScriptExited | None, static: Reason, dynamic: Reason) -> None:
    assert (outcome_of(result, dynamic=False).reason, outcome_of(result, dynamic=True).reason) == (static, dynamic)


@pytest.mark.parametrize(("status", "change"), [(0, 0), (2, -10), (12, 0), (22, 10), (255, 243), (None, 0)])
def test_a_dynamic_status_makes_the_weight_the_status_less_two(status: int | None, change: int) -> None:
    assert contribution(Outcome(Reason.OK, exit_status=status), 10, dynamic=True) == change


def test_without_misc_dynamic_no_status_changes_the_weight() -> None:
    assert contribution(Outcome(Reason.OK, exit_status=0), 10, dynamic=False) == 0


def test_an_attempt_is_one_run_of_the_script_with_its_time_limit() -> None:
    asked: list[object] = []

    class FakeRunner:
        async def run(self, script: Script, timeout: Micros) -> ScriptExited | None:
            asked.append((script, timeout))
            return ScriptExited(run=1, status=3)

        def open(self, endpoint: Endpoint) -> Stream:
            raise AssertionError(endpoint)

    assert asyncio.run(PROBE.attempt(FakeRunner(), 0)) == Outcome(Reason.OK, exit_status=3)
    assert asked == [(CHECK.misc_path, 7 * SECOND)]


ABOUT = "Misc check for [[10.0.0.1]:tcp:80 VS [10.9.0.1]:tcp:80] by [/usr/bin/check]"
EXITED = outcome_of(ScriptExited(run=1, status=1), dynamic=True)


@pytest.mark.parametrize(
    ("outcome", "retries", "line"),
    [
        (EXITED, 2, "failed after 2 retries (exited with status 1)."),
        (EXITED, 1, "failed after 1 retry (exited with status 1)."),
        (EXITED, 0, "failed with retry disabled (exited with status 1)."),
        (outcome_of(ScriptExited(run=1, signal=9), dynamic=True), 2, "failed after 2 retries (due to signal 9)."),
        (outcome_of(ScriptExited(run=1, timed_out=True), dynamic=True), 1, "timed out after 1 retry."),
    ],
)
def test_the_lines_are_keepalived_s(outcome: Outcome, retries: int, line: str) -> None:
    assert PROBE.failed(outcome, retries, first=True) == f"{ABOUT} {line}"
    assert PROBE.succeeded() == f"{ABOUT} succeeded."


def test_the_line_of_the_verdict_says_why() -> None:
    assert PROBE.explains
    assert "status 1" in PROBE.failed(EXITED, 0, first=False)


def test_a_failed_attempt_and_one_that_was_not_made_have_lines_of_their_own() -> None:
    assert PROBE.attempt_failed(0, EXITED, 1, 2) == f"{ABOUT} failed on attempt 1 of 3 (exited with status 1)."
    assert PROBE.attempt_failed(0, EXITED, 0, 2) == f"{ABOUT} failed again (exited with status 1)."
    not_run = outcome_of(None, dynamic=True)
    assert PROBE.attempt_failed(0, not_run, 0, 2) == f"{ABOUT} not run: {NO_RUNNER}; trying again."
