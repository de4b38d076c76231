"""Scripts' verdicts, priorities and faults (reference vrrp.md 3.5 and 7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kad.config.schema.auth_hmac import AuthHmac
from kad.config.schema.script import Script
from kad.config.schema.track_interface import TrackInterface
from kad.config.schema.track_script import TrackScript
from kad.config.schema.unicast_peer import UnicastPeer
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_script import VrrpScript
from kad.config.vrrp_kinds import HmacKey
from kad.ipc.messages import NO_RUNNER, ScriptExited
from kad.units import SECOND, Micros
from kad.vrrp.actions import Log
from kad.vrrp.tracking import Facts, Fault, FaultKind, Run, ScriptTracker, effective_priority, faults
from tests.vrrp.lan import OURS, settings

START = Micros(50 * SECOND)
GOOD, BAD = ScriptExited(run=1, status=0), ScriptExited(run=1, status=1)


def check(**changes: object) -> VrrpScript:
    plain: dict[str, object] = {"name": "chk", "script": Script(argv=("/bin/chk",))}
    return VrrpScript(**(plain | changes))  # type: ignore[arg-type]


def tracker(**changes: object) -> ScriptTracker:
    return ScriptTracker(check(**changes), START)


def lines(actions: list[Log]) -> list[str]:
    return [action.text for action in actions]


def follow(results: str, **changes: object) -> str:
    """The verdict after each result: `+` for good and `-` for bad, both ways."""
    script = tracker(**changes)
    verdicts = ""
    for result in results:
        script.deadline_passed(script.deadline)
        script.exited(GOOD if result == "+" else BAD, START)
        verdicts += "+" if script.verdict else "-"
    return verdicts


# Verdicts


def test_a_script_runs_at_once_and_then_every_interval() -> None:
    script = tracker(interval=2 * SECOND)
    assert script.deadline == START
    assert script.deadline_passed(START) == [Run(script.script.script, Micros(2 * SECOND))]
    script.exited(GOOD, START)
    assert script.deadline == START + 2 * SECOND


def test_with_init_fail_a_script_counts_as_bad_until_it_has_succeeded() -> None:
    script = tracker(init_fail=True, rise=3)
    verdicts = [script.verdict]
    script.deadline_passed(START)
    script.exited(GOOD, START)
    assert [*verdicts, script.verdict] == [False, True]
    again = ScriptTracker(check(init_fail=True, interval=5 * SECOND), START, before=script)
    assert again.verdict is True


def test_a_script_s_timeout_is_its_interval_unless_it_has_one() -> None:
    assert tracker(timeout=7 * SECOND).deadline_passed(START) == [Run(check().script, Micros(7 * SECOND))]


def test_a_run_that_comes_late_does_not_put_off_the_next_one() -> None:
    script = tracker(interval=2 * SECOND)
    script.deadline_passed(Micros(START + SECOND // 2))
    assert script.deadline == START + 2 * SECOND


def test_after_a_stall_a_script_s_missed_runs_are_not_made_up_for() -> None:
    script = tracker()
    late = Micros(START + 10 * SECOND)
    script.deadline_passed(late)
    assert script.deadline == late + SECOND


def test_a_script_that_still_runs_is_not_run_again() -> None:
    script = tracker()
    script.deadline_passed(START)
    actions = script.deadline_passed(script.deadline)
    assert [type(action) for action in actions] == [Log]
    assert "Track script chk is already running, expect idle - skipping run" in str(actions[0])
    script.exited(GOOD, START)
    assert len(script.deadline_passed(script.deadline)) == 1


@pytest.mark.parametrize(
    ("results", "rise", "fall", "verdicts"),
    [
        ("+", 3, 3, "+"),
        ("-", 3, 3, "-"),
        ("+--+---", 1, 3, "++++++-"),
        ("-++-+++", 3, 1, "------+"),
        ("+-+-+", 1, 1, "+-+-+"),
        ("+---++", 2, 2, "++---+"),
    ],
)
def test_the_first_result_decides_alone_and_later_ones_in_a_row(
    results: str, rise: int, fall: int, verdicts: str
) -> None:
    assert follow(results, rise=rise, fall=fall) == verdicts


@given(st.text("+-", min_size=1), st.integers(1, 4), st.integers(1, 4))
def test_a_verdict_changes_only_after_rise_or_fall_equal_results(results: str, rise: int, fall: int) -> None:
    verdicts = follow(results, rise=rise, fall=fall)
    for at in range(1, len(results)):
        if verdicts[at] != verdicts[at - 1]:
            run = rise if verdicts[at] == "+" else fall
            assert results[at + 1 - run : at + 1] == verdicts[at] * run


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (GOOD, "succeeded"),
        (ScriptExited(run=1, status=3), "failed (exited with status 3)"),
        (ScriptExited(run=1, signal=9), "failed (due to signal 9)"),
        (ScriptExited(run=1, timed_out=True), "timed_out"),
        (ScriptExited(run=1, error="no such file"), "failed (no such file)"),
    ],
)
def test_a_verdict_is_logged_in_keepalived_s_words(result: ScriptExited, words: str) -> None:
    script = tracker()
    assert lines(script.exited(result, START))[-1] == f"VRRP_Script(chk) {words}"
    assert script.verdict is (result.status == 0)


def test_a_changed_status_is_logged_even_when_it_changes_no_verdict() -> None:
    script = tracker(fall=3)
    assert lines(script.exited(GOOD, START)) == ["VRRP_Script(chk) succeeded"]
    assert lines(script.exited(BAD, START)) == ["Script `chk` now returning 1"]
    assert lines(script.exited(BAD, START)) == []
    assert lines(script.exited(GOOD, START)) == ["Script `chk` now returning 0"]


def test_a_lost_runner_says_nothing_about_the_service_and_the_script_runs_again_at_once() -> None:
    script = tracker(interval=60 * SECOND)
    script.deadline_passed(START)
    now = Micros(START + SECOND)
    script.runner_lost(now)
    assert script.deadline == now
    assert script.verdict is None
    assert isinstance(script.deadline_passed(now)[0], Run)


def test_a_script_for_which_there_was_no_runner_is_tried_again_soon_and_says_nothing_meanwhile() -> None:
    script = tracker(interval=60 * SECOND)
    script.deadline_passed(START)
    assert script.exited(ScriptExited(run=1, error=NO_RUNNER), START) == []
    assert script.verdict is None
    assert script.deadline == START + SECOND
    quick = tracker(interval=SECOND // 2)
    quick.deadline_passed(START)
    quick.exited(ScriptExited(run=1, error=NO_RUNNER), START)
    assert quick.deadline == START + SECOND // 2


def test_a_lost_runner_does_not_hurry_a_script_that_was_not_running() -> None:
    script = tracker(interval=60 * SECOND)
    script.deadline_passed(START)
    script.exited(GOOD, START)
    script.runner_lost(Micros(START + SECOND))
    assert script.deadline == START + 60 * SECOND


# Priority

BOTH = [(True, "good"), (False, "bad"), (None, "unknown")]


@pytest.mark.parametrize(
    ("weight", "reverse", "good", "bad", "unknown"),
    [
        (20, False, 120, 100, 100),
        (-20, False, 100, 80, 100),
        (20, True, 80, 100, 100),
        (-20, True, 100, 120, 100),
        (0, False, 100, 100, 100),
        (253, False, 254, 100, 100),
        (-253, False, 100, 1, 100),
    ],
)
def test_weights_move_the_priority_within_1_and_254(
    *, weight: int, reverse: bool, good: int, bad: int, unknown: int
) -> None:
    ours = settings(scripts=(check(),), track_script=(TrackScript(name="chk", weight=weight, reverse=reverse),))
    priorities = [effective_priority(ours, Facts(verdicts={"chk": verdict})) for verdict in (True, False, None)]
    assert priorities == [good, bad, unknown]
    assert effective_priority(ours, Facts()) == unknown


def test_an_owner_s_priority_never_changes() -> None:
    ours = settings(priority=255, scripts=(check(),), track_script=(TrackScript(name="chk", weight=-50),))
    assert effective_priority(ours, Facts(verdicts={"chk": False})) == 255


def test_weights_add_up() -> None:
    scripts = (check(name="a", weight=10), check(name="b", weight=-5))
    ours = settings(scripts=scripts, track_script=(TrackScript(name="a"), TrackScript(name="b")))
    assert effective_priority(ours, Facts(verdicts={"a": True, "b": False})) == 105


@pytest.mark.parametrize(
    ("weight", "reverse", "up", "down"),
    [
        (20, False, 120, 100),
        (-20, False, 100, 80),
        (20, True, 80, 100),
        (-20, True, 100, 120),
        (0, False, 100, 100),
        (0, True, 100, 100),
    ],
)
def test_the_weight_of_an_interface_counts_by_its_state(*, weight: int, reverse: bool, up: int, down: int) -> None:
    ours = settings(track_interface=(TrackInterface(name="eth9", weight=weight, reverse=reverse),))
    assert effective_priority(ours, Facts(source=OURS)) == up
    assert effective_priority(ours, Facts(down=frozenset({"eth9"}), source=OURS)) == down
    assert (weight == 0) or faults(ours, Facts(down=frozenset({"eth9"}), source=OURS)) == ()


def test_interfaces_and_scripts_add_up() -> None:
    link, script = TrackInterface(name="eth9", weight=-30), TrackScript(name="chk")
    ours = settings(scripts=(check(weight=10),), track_script=(script,), track_interface=(link,))
    facts = Facts(down=frozenset({"eth9"}), source=OURS, verdicts={"chk": True})
    assert effective_priority(ours, facts) == 80


# Faults


def test_a_router_with_link_and_address_has_no_fault() -> None:
    assert faults(settings(), Facts(source=OURS)) == ()


def test_an_interface_that_is_down_is_a_fault_and_hides_that_it_has_no_address() -> None:
    found = faults(settings(), Facts(down=frozenset({"eth0", "eth9"})))
    assert found == (Fault(FaultKind.INTERFACE, "interface eth0 is down"),)


def test_the_interface_of_an_address_is_one_of_the_router_s() -> None:
    ours = settings(virtual_ipaddress_excluded=(VirtualAddress(address="10.0.0.1", prefix=8, device="eth9"),))
    assert faults(ours, Facts(down=frozenset({"eth9"}), source=OURS)) == (
        Fault(FaultKind.INTERFACE, "interface eth9 is down"),
    )


@pytest.mark.parametrize(
    ("reverse", "down", "text"),
    [
        (False, True, "interface eth9 is down"),
        (False, False, ""),
        (True, True, ""),
        (True, False, "interface eth9 is up, which reverse makes a failure"),
    ],
)
def test_a_followed_interface_without_weight_decides_alone(*, reverse: bool, down: bool, text: str) -> None:
    ours = settings(track_interface=(TrackInterface(name="eth9", reverse=reverse),))
    found = faults(ours, Facts(down=frozenset({"eth9"} if down else ()), source=OURS))
    assert found == ((Fault(FaultKind.INTERFACE, text),) if text else ())


def test_what_is_said_of_an_interface_goes_before_what_an_address_on_it_implies() -> None:
    other = (VirtualAddress(address="10.0.0.1", prefix=8, device="eth9"),)
    ours = settings(virtual_ipaddress_excluded=other, track_interface=(TrackInterface(name="eth9", weight=-5),))
    facts = Facts(down=frozenset({"eth9"}), source=OURS)
    assert (faults(ours, facts), effective_priority(ours, facts)) == ((), 95)
    assert ours.watched == {"eth0", "eth9"}


def test_no_source_address_is_a_fault() -> None:
    [fault] = faults(settings(), Facts())
    assert str(fault) == "interface eth0 has no IPv4 address to send from"
    [fault] = faults(settings(native_ipv6=True), Facts())
    assert str(fault) == "interface eth0 has no link-local IPv6 address to send from"


def test_unicast_without_a_peer_is_a_fault_when_it_is_told_to_be_one() -> None:
    [fault] = faults(settings(unicast_fault_no_peer=True), Facts(source=OURS))
    assert (fault.kind, str(fault)) == (FaultKind.NO_PEER, "there is no unicast_peer")
    peers = (UnicastPeer(address="192.0.2.7"),)
    assert faults(settings(unicast_fault_no_peer=True, unicast_peer=peers), Facts(source=OURS)) == ()
    assert faults(settings(), Facts(source=OURS)) == ()


def test_a_router_whose_key_can_not_be_had_does_not_run_unsigned() -> None:
    lacking = AuthHmac(key=(HmacKey(id=1, secret="file:/gone"),), active_key=1)
    [fault] = faults(settings(auth_hmac=lacking), Facts(source=OURS))
    assert (fault.kind, str(fault)) == (FaultKind.NO_KEY, "the active_key of auth_hmac can't be read")


@pytest.mark.parametrize(
    ("reverse", "verdict", "kind"),
    [
        (False, True, None),
        (False, False, FaultKind.SCRIPT),
        (True, True, FaultKind.SCRIPT),
        (True, False, None),
        (False, None, FaultKind.PENDING),
        (True, None, FaultKind.PENDING),
    ],
)
def test_a_script_without_weight_decides_alone(*, reverse: bool, verdict: bool | None, kind: FaultKind | None) -> None:
    ours = settings(scripts=(check(),), track_script=(TrackScript(name="chk", reverse=reverse),))
    found = faults(ours, Facts(source=OURS, verdicts={"chk": verdict}))
    assert [fault.kind for fault in found] == ([] if kind is None else [kind])
    assert not (kind is FaultKind.SCRIPT and reverse) or "succeeded, which reverse" in str(found[0])


def test_a_failed_script_weighs_more_than_one_without_a_result() -> None:
    scripts = (check(name="a"), check(name="b"))
    ours = settings(scripts=scripts, track_script=(TrackScript(name="a"), TrackScript(name="b")))
    found = faults(ours, Facts(source=OURS, verdicts={"b": False}))
    assert [str(fault) for fault in found] == ["script b failed", "script a has no result yet"]


def test_a_script_with_a_weight_is_never_a_fault() -> None:
    ours = settings(scripts=(check(),), track_script=(TrackScript(name="chk", weight=1),))
    assert faults(ours, Facts(source=OURS, verdicts={"chk": False})) == ()
