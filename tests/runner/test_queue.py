"""When scripts start and end, without a process."""

from kad.config.schema.script import Script
from kad.ipc.messages import ExitedFor, RunScript, ScriptExited
from kad.runner.queue import HOLD_UP, KILL_AFTER, KILL_AGAIN, LONGEST_QUEUE, Action, Say, Scripts, Signal, Start
from kad.units import SECOND, Micros

NOW = Micros(0)
DONE = ScriptExited(run=0, status=0)


def wanted(run: int, queue: str = "", timeout: Micros | None = None, *, report: bool = False) -> RunScript:
    script = Script(argv=(f"/bin/script{run}",))
    return RunScript(run=run, script=script, queue=queue, timeout=timeout, report=report)


def started(actions: list[Action]) -> list[str]:
    return [action.script.argv[0] for action in actions if isinstance(action, Start)]


def test_scripts_without_a_queue_run_at_once_beside_each_other() -> None:
    scripts = Scripts()
    assert started(scripts.request("vrrp#1", wanted(1), NOW)) == ["/bin/script1"]
    assert started(scripts.request("vrrp#1", wanted(2), NOW)) == ["/bin/script2"]


def test_scripts_of_one_queue_run_in_order_each_after_the_one_before() -> None:
    scripts = Scripts()
    [first] = scripts.request("vrrp#1", wanted(1, "VI_1"), NOW)
    assert isinstance(first, Start)
    assert scripts.request("vrrp#1", wanted(2, "VI_1"), NOW) == []
    assert scripts.request("vrrp#1", wanted(3, "VI_1"), NOW) == []
    [second] = scripts.ended(first.key, DONE, NOW)
    assert isinstance(second, Start)
    assert started([second]) == ["/bin/script2"]
    assert started(scripts.ended(second.key, DONE, NOW)) == ["/bin/script3"]


def test_queues_do_not_wait_for_each_other() -> None:
    scripts = Scripts()
    scripts.request("vrrp#1", wanted(1, "VI_1"), NOW)
    assert started(scripts.request("vrrp#1", wanted(2, "VI_2"), NOW)) == ["/bin/script2"]


def test_a_restarted_worker_waits_behind_the_scripts_of_the_one_before() -> None:
    scripts = Scripts()
    scripts.request("vrrp#1", wanted(1, "VI_1"), NOW)
    assert scripts.request("vrrp#2", wanted(1, "VI_1"), NOW) == []


def test_a_report_goes_to_its_owner_with_its_own_number() -> None:
    scripts = Scripts()
    [start] = scripts.request("vrrp#4", wanted(17, report=True), NOW)
    assert isinstance(start, Start)
    result = ScriptExited(run=0, status=3)
    assert scripts.ended(start.key, result, NOW) == [
        ExitedFor(owner="vrrp#4", result=ScriptExited(run=17, status=3)),
    ]
    assert scripts.idle


def test_a_script_over_its_time_is_terminated_then_killed_again_and_again() -> None:
    scripts = Scripts()
    [start] = scripts.request("vrrp#1", wanted(1, timeout=SECOND, report=True), NOW)
    assert isinstance(start, Start)
    assert scripts.deadline == SECOND
    assert scripts.deadline_passed(SECOND) == [Signal(start.key, kill=False)]
    killed_at = Micros(SECOND + KILL_AFTER)
    assert scripts.deadline == killed_at
    assert scripts.deadline_passed(killed_at) == [Signal(start.key, kill=True)]
    assert scripts.deadline_passed(Micros(killed_at + KILL_AGAIN)) == [Signal(start.key, kill=True)]
    assert scripts.ended(start.key, ScriptExited(run=0, signal=9), NOW) == [
        ExitedFor(owner="vrrp#1", result=ScriptExited(run=1, timed_out=True)),
    ]


def test_a_script_that_hangs_holds_its_queue_up_only_for_so_long() -> None:
    scripts = Scripts()
    scripts.request("vrrp#1", wanted(1, "VI_1"), NOW)
    scripts.request("vrrp#1", wanted(2, "VI_1"), NOW)
    assert scripts.deadline == HOLD_UP
    say, start = scripts.deadline_passed(HOLD_UP)
    assert isinstance(say, Say)
    assert started([start]) == ["/bin/script2"]
    assert scripts.deadline == 2 * HOLD_UP


def test_when_the_hanging_script_ends_after_all_the_queue_is_not_started_twice() -> None:
    scripts = Scripts()
    [hanging] = scripts.request("vrrp#1", wanted(1, "VI_1"), NOW)
    assert isinstance(hanging, Start)
    scripts.request("vrrp#1", wanted(2, "VI_1"), NOW)
    scripts.request("vrrp#1", wanted(3, "VI_1"), NOW)
    scripts.deadline_passed(HOLD_UP)
    assert scripts.ended(hanging.key, DONE, HOLD_UP) == []


def test_a_full_queue_drops_its_oldest_waiting_script() -> None:
    scripts = Scripts()
    [running] = scripts.request("vrrp#1", wanted(0, "VI_1"), NOW)
    assert isinstance(running, Start)
    for run in range(1, LONGEST_QUEUE + 1):
        assert scripts.request("vrrp#1", wanted(run, "VI_1"), NOW) == []
    [said] = scripts.request("vrrp#1", wanted(LONGEST_QUEUE + 1, "VI_1"), NOW)
    assert isinstance(said, Say)
    assert started(scripts.ended(running.key, DONE, NOW)) == ["/bin/script2"]


def test_a_lost_owners_checks_are_ended_and_its_notifications_finish() -> None:
    scripts = Scripts()
    [check] = scripts.request("checker#1", wanted(1, report=True), NOW)
    scripts.request("checker#1", wanted(2, "VS"), NOW)
    assert isinstance(check, Start)
    assert scripts.disown("checker#1", NOW) == [Signal(check.key, kill=False)]
