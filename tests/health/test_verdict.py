"""One checker's life, without a network."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kad.config.schema.http_get import HttpGet, Url
from kad.config.schema.misc_check import MiscCheck
from kad.config.schema.real_server import Check, RealServer
from kad.config.schema.script import Script
from kad.config.schema.tcp_check import TcpCheck
from kad.config.schema.virtual_server import VirtualServer
from kad.health.outcome import Outcome, Reason
from kad.health.verdict import Action, Judged, Say, Timing, UrlVerdict, Verdict, Weighed, alpha, timing
from kad.units import SECOND, Micros

D = Micros(10 * SECOND)
B = Micros(2 * SECOND)
NOW = Micros(1000 * SECOND)
GOOD = Outcome(Reason.OK)
BAD = Outcome(Reason.REFUSED)


class PlainWords:
    explains = False

    def succeeded(self) -> str:
        return "success"

    def failed(self, outcome: Outcome, retries: int, *, first: bool) -> str:
        return f"failed first={first} retries={retries} {outcome}"

    def attempt_failed(self, turn: int, outcome: Outcome, attempt: int, retries: int) -> str:
        return f"attempt {attempt}/{retries} {outcome}" if turn == 0 else f"url {turn} {outcome}"

    def passed(self, turn: int, outcome: Outcome) -> str:
        assert outcome.ok
        return f"passed {turn}"


def checker(*, up: bool = True, retry: int = 2, from_start: bool = False) -> Verdict:
    plan = Timing(delay_loop=D, retry=retry, delay_before_retry=B, warmup=D, from_start=from_start)
    return Verdict(plan, PlainWords(), up=up)


def web(urls: int, *, up: bool = True, retry: int = 1, fast: bool = False, before_retry: Micros = B) -> UrlVerdict:
    plan = Timing(delay_loop=D, retry=retry, delay_before_retry=before_retry, warmup=D)
    return UrlVerdict(plan, PlainWords(), up=up, urls=urls, fast_recovery=fast)


def attempt(verdict: Verdict, outcome: Outcome, at: Micros = NOW, took: int = 0, weight: int = 0) -> list[Action]:
    verdict.begin(at)
    return verdict.ended(outcome, Micros(at + took), weight)


def verdicts(actions: list[Action]) -> list[bool]:
    return [action.up for action in actions if isinstance(action, Judged)]


def lines(actions: list[Action], *, details: bool = False) -> list[str]:
    return [action.text for action in actions if isinstance(action, Say) and (details or not action.detail)]


def test_the_first_attempt_comes_one_second_and_a_part_of_the_warmup_after_the_start() -> None:
    verdict = checker()
    verdict.start(NOW, 0.25)
    assert verdict.deadline == NOW + SECOND + D // 4


def test_while_an_attempt_runs_nothing_is_due() -> None:
    verdict = checker()
    verdict.start(NOW, 0)
    verdict.begin(NOW)
    assert verdict.deadline is None


def test_the_first_attempt_decises_whatever_the_retries() -> None:
    verdict = checker(retry=5)
    actions = attempt(verdict, BAD)
    assert verdicts(actions) == [False]
    assert "failed first=True retries=5 refused" in lines(actions)
    assert not verdict.up


def test_a_server_that_was_up_goes_down_only_after_all_its_retries() -> None:
    verdict = checker(retry=2)
    attempt(verdict, GOOD)
    assert [verdicts(attempt(verdict, BAD)) for _ in range(3)] == [[], [], [False]]


def test_retries_are_spaced_by_delay_before_retry_and_the_next_round_by_delay_loop() -> None:
    verdict = checker(retry=1)
    attempt(verdict, GOOD)
    assert verdict.deadline == NOW + D
    attempt(verdict, BAD)
    assert verdict.deadline == NOW + B
    attempt(verdict, BAD)
    assert verdict.deadline == NOW + D


def test_while_down_there_are_no_retries() -> None:
    verdict = checker(retry=3)
    attempt(verdict, BAD)
    assert verdicts(attempt(verdict, BAD)) == [False]
    assert verdict.deadline == NOW + D


def test_one_success_brings_a_server_back_and_a_later_failure_has_all_its_retries_again() -> None:
    verdict = checker(retry=1)
    attempt(verdict, BAD)
    actions = attempt(verdict, GOOD)
    assert verdicts(actions) == [True]
    assert lines(actions) == ["success"]
    assert verdicts(attempt(verdict, BAD)) == []


def test_a_success_between_two_failures_starts_the_retries_anew() -> None:
    verdict = checker(retry=1)
    attempt(verdict, GOOD)
    for _ in range(5):
        assert verdicts(attempt(verdict, BAD)) == []
        attempt(verdict, GOOD)
    assert verdict.up


def test_success_is_logged_once_and_not_at_every_round() -> None:
    verdict = checker()
    assert lines(attempt(verdict, GOOD)) == ["success"]
    assert lines(attempt(verdict, GOOD)) == []


def test_an_alpha_checker_is_down_until_it_has_succeeded_and_fails_its_first_run_at_once() -> None:
    verdict = checker(up=False, retry=3)
    actions = attempt(verdict, BAD)
    assert [action for action in actions if isinstance(action, Judged)] == [
        Judged(up=False, cause="refused", first=True)
    ]


def test_only_the_first_verdict_is_marked_as_the_first() -> None:
    verdict = checker()
    marks = [action.first for _ in range(3) for action in attempt(verdict, GOOD) if isinstance(action, Judged)]
    assert marks == [True, False, False]


def test_the_attempt_that_decides_says_why_and_the_others_only_to_who_asks() -> None:
    verdict = checker(retry=1)
    attempt(verdict, GOOD)
    retried = attempt(verdict, BAD)
    assert (lines(retried), lines(retried, details=True)) == ([], ["attempt 1/1 refused"])
    assert lines(attempt(verdict, BAD)) == ["attempt 2/1 refused", "failed first=False retries=1 refused"]


def test_a_verdict_whose_line_says_why_is_one_line() -> None:
    verdict = checker(retry=0)
    verdict._words.explains = True
    assert lines(attempt(verdict, BAD), details=True) == ["failed first=True retries=0 refused"]


def test_a_failure_while_down_is_only_for_who_asks() -> None:
    verdict = checker(retry=2)
    attempt(verdict, BAD)
    again = attempt(verdict, BAD)
    assert (lines(again), lines(again, details=True)) == ([], ["attempt 0/2 refused"])


def test_log_all_failures_says_each_attempt() -> None:
    verdict = checker(retry=1)
    verdict.log_all = True
    attempt(verdict, GOOD)
    assert lines(attempt(verdict, BAD)) == ["attempt 1/1 refused"]


def test_an_attempt_that_kad_could_not_make_says_nothing_about_the_server() -> None:
    verdict = checker(retry=0)
    attempt(verdict, GOOD)
    actions = attempt(verdict, Outcome(Reason.NOT_RUN))
    assert (verdicts(actions), verdict.up, verdict.deadline) == ([], True, NOW + B)


def test_tcp_counts_its_delay_from_the_end_of_the_attempt() -> None:
    verdict = checker()
    attempt(verdict, GOOD, took=3 * SECOND)
    assert verdict.deadline == NOW + 3 * SECOND + D


def test_misc_counts_its_delay_from_the_start_of_the_run() -> None:
    verdict = checker(from_start=True)
    attempt(verdict, GOOD, took=3 * SECOND)
    assert verdict.deadline == NOW + D


def test_a_script_that_ran_past_its_next_start_is_started_again_at_once() -> None:
    verdict = checker(from_start=True)
    attempt(verdict, GOOD, took=15 * SECOND)
    assert verdict.deadline == NOW + 15 * SECOND


def test_a_weight_is_told_before_the_server_comes_up_and_only_when_it_changes() -> None:
    verdict = checker(up=False, retry=0)
    assert [type(action) for action in attempt(verdict, GOOD, weight=5)] == [Weighed, Say, Judged]
    assert Weighed(5) not in attempt(verdict, GOOD, weight=5)


def test_a_verdict_of_down_withdraws_the_weight() -> None:
    verdict = checker(retry=0)
    attempt(verdict, GOOD, weight=5)
    assert attempt(verdict, BAD)[-1] == Weighed(0)


def test_a_failure_with_retries_left_keeps_the_weight() -> None:
    verdict = checker(retry=1)
    attempt(verdict, GOOD, weight=5)
    assert not [action for action in attempt(verdict, BAD) if isinstance(action, Weighed)]


def test_a_web_server_is_up_only_after_a_whole_pass_over_its_urls() -> None:
    verdict = web(urls=3, up=False)
    assert [verdicts(attempt(verdict, GOOD)) for _ in range(3)] == [[], [], [True]]


def test_one_url_is_asked_per_delay_loop_in_turn() -> None:
    verdict = web(urls=2)
    turns = []
    for _ in range(4):
        turns.append(verdict.turn)
        attempt(verdict, GOOD)
        assert verdict.deadline == NOW + D
    assert turns == [0, 1, 0, 1]


def test_a_url_that_fails_is_the_only_one_asked_until_it_succeeds() -> None:
    verdict = web(urls=3, retry=0)
    for _ in range(3):
        attempt(verdict, GOOD)
    attempt(verdict, GOOD)
    attempt(verdict, BAD)
    assert verdict.turn == 1
    attempt(verdict, BAD)
    assert verdict.turn == 1


def test_after_the_failed_url_succeeds_comes_a_whole_pass_before_the_server_is_up() -> None:
    verdict = web(urls=2, retry=0)
    attempt(verdict, GOOD)
    attempt(verdict, BAD)
    assert [(verdict.turn, verdicts(attempt(verdict, GOOD))) for _ in range(3)] == [(1, []), (0, []), (1, [True])]


def test_even_a_single_url_needs_two_successes_to_recover() -> None:
    verdict = web(urls=1, retry=0)
    attempt(verdict, BAD)
    first = attempt(verdict, GOOD)
    assert (verdicts(first), lines(first), verdict.deadline) == ([], ["passed 0"], NOW + D)
    second = attempt(verdict, GOOD)
    assert (verdicts(second), lines(second)) == ([True], ["passed 0", "success"])


def test_a_failure_in_the_recovery_pass_is_the_new_failed_url_and_has_no_retries() -> None:
    verdict = web(urls=3, retry=2)
    attempt(verdict, BAD)
    attempt(verdict, GOOD)
    attempt(verdict, GOOD)
    assert verdict.turn == 1
    assert verdicts(attempt(verdict, BAD)) == [False]
    assert verdict.turn == 1


def test_fast_recovery_does_not_wait_between_the_urls_of_the_first_and_the_recovery_pass() -> None:
    verdict = web(urls=2, retry=0, fast=True)
    attempt(verdict, GOOD)
    assert verdict.deadline == NOW
    attempt(verdict, GOOD)
    assert verdict.deadline == NOW + D
    attempt(verdict, BAD)
    assert verdict.deadline == NOW + D
    attempt(verdict, GOOD)
    assert verdict.deadline == NOW
    attempt(verdict, GOOD)
    assert verdict.deadline == NOW
    assert verdicts(attempt(verdict, GOOD)) == [True]
    assert verdict.deadline == NOW + D


def test_a_web_server_that_is_down_is_asked_after_the_longer_of_the_two_delays() -> None:
    verdict = web(urls=1, retry=0, before_retry=Micros(3 * D))
    attempt(verdict, BAD)
    assert verdict.deadline == NOW + 3 * D


def test_the_second_url_of_the_first_pass_has_its_retries() -> None:
    verdict = web(urls=2, retry=1)
    attempt(verdict, GOOD)
    assert verdicts(attempt(verdict, BAD)) == []
    assert verdict.turn == 1
    assert verdicts(attempt(verdict, BAD)) == [False]


SCRIPT = Script(argv=("/bin/true",))
TYPE_DEFAULTS = [
    (TcpCheck(), Timing(D, retry=1, delay_before_retry=SECOND, warmup=D)),
    (HttpGet(url=(Url(path="/"),)), Timing(D, retry=1, delay_before_retry=Micros(3 * SECOND), warmup=D)),
    (MiscCheck(misc_path=SCRIPT), Timing(D, retry=0, delay_before_retry=SECOND, warmup=D, from_start=True)),
]


@pytest.mark.parametrize(("check", "expected"), TYPE_DEFAULTS)
def test_without_a_word_from_the_file_each_type_has_its_own_defaults(check: Check, expected: Timing) -> None:
    virtual_server = VirtualServer(address="10.0.0.1", delay_loop=D)
    assert timing(check, RealServer(address="10.0.0.2"), virtual_server) == expected


@pytest.mark.parametrize(
    ("own", "server", "service", "expected"),
    [(3, 2, 1, 3), (None, 2, 1, 2), (None, None, 1, 1), (0, 2, 1, 0), (None, 0, 1, 0)],
)
def test_the_checker_s_word_goes_before_the_real_server_s_and_that_before_the_virtual_server_s(
    own: Micros | None, server: Micros | None, service: Micros, expected: int
) -> None:
    plan = timing(
        TcpCheck(delay_loop=own, retry=own, delay_before_retry=own, warmup=own),
        RealServer(address="10.0.0.2", delay_loop=server, retry=server, delay_before_retry=server, warmup=server),
        VirtualServer(
            address="10.0.0.1", delay_loop=service, retry=service, delay_before_retry=service, warmup=service
        ),
    )
    wanted = Micros(expected)
    assert plan == Timing(delay_loop=wanted, retry=wanted, delay_before_retry=wanted, warmup=wanted)


@pytest.mark.parametrize("check", [check for check, _ in TYPE_DEFAULTS])
def test_every_type_takes_its_rhythm_and_its_alpha_from_its_own_words(check: Check) -> None:
    times = {name: Micros(9) for name in ("delay_loop", "delay_before_retry", "warmup")}
    own = replace(check, **times, retry=8, alpha=True)
    plan = timing(own, RealServer(address="10.0.0.2"), VirtualServer(address="10.0.0.1"))
    assert (plan.delay_loop, plan.delay_before_retry, plan.warmup, plan.retry) == (9, 9, 9, 8)
    assert alpha(own, RealServer(address="10.0.0.2"), VirtualServer(address="10.0.0.1"))


def test_a_retry_of_the_virtual_server_goes_before_a_type_s_own_even_for_scripts() -> None:
    virtual_server = VirtualServer(address="10.0.0.1", retry=4)
    assert timing(MiscCheck(misc_path=SCRIPT), RealServer(address="10.0.0.2"), virtual_server).retry == 4


def test_alpha_is_inherited_and_can_be_undone_further_in() -> None:
    virtual_server = VirtualServer(address="10.0.0.1", alpha=True)
    assert alpha(TcpCheck(), RealServer(address="10.0.0.2"), virtual_server)
    assert not alpha(TcpCheck(), RealServer(address="10.0.0.2", alpha=False), virtual_server)
    assert alpha(TcpCheck(alpha=True), RealServer(address="10.0.0.2", alpha=False), virtual_server)


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(0, 3), st.booleans())
def test_a_checker_is_never_left_without_a_deadline_nor_with_one_in_the_past(
    results: list[bool], retry: int, up: bool
) -> None:
    for verdict in (checker(up=up, retry=retry), web(3, up=up, retry=retry, fast=True)):
        now = NOW
        for good in results:
            verdict.begin(now)
            verdict.ended(GOOD if good else BAD, now)
            assert verdict.deadline is not None
            assert verdict.deadline >= now
            now = verdict.deadline
