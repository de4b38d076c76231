"""kad and real keepalived with the same file leave the same IPVS table, in the user-mode kernel.

All scenarios of a set run beside each other in one boot; each test looks at what one of them left.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.kernel import demo_ipvs, guest
from tests.peers import peer

COMPARED = ["nat_round_robin", "sorry_server_and_inhibit", "http_status_and_scripts", "foreign_service"]
EVERY_DAY = [f"{program}:{name}" for name in COMPARED for program in ("kad", "keepalived")] + [
    "kad:crash_of_the_checker"
]

COMPARED_FULL = [
    "golden_tables",
    "reload_in_place",
    "notifications",
    "slow_script",
    "parent_killed",
    "left_in_place",
    "urls_in_turn",
]
KAD_ONLY = [
    "leftovers",
    "cold_start",
    "cleared_by_hand",
    "large_farm",
    "web_servers_that_keep_alive",
    "checker_terminated",
    "runner_killed",
]
FULL = [
    *[f"{program}:{name}" for name in COMPARED_FULL for program in ("kad", "keepalived")],
    *[f"kad:{name}" for name in KAD_ONLY],
    "keepalived:crash_of_keepalived_s_checker",
]

Results = dict[str, Any]


@pytest.fixture(scope="module")
def every_day(tmp_path_factory: pytest.TempPathFactory) -> Results:
    guest.need()
    peer("usr/sbin/keepalived")
    return guest.run(tmp_path_factory.mktemp("guest"), EVERY_DAY, seconds=150)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Results:
    guest.need()
    peer("usr/sbin/keepalived")
    results: Results = {}
    for part in (FULL[0::2], FULL[1::2]):
        results |= guest.run(tmp_path_factory.mktemp("guest"), part, seconds=240)
    return results


def said(result: Results) -> str:
    return f"{result['error']}\n{result['wrong']}\n{result['log']}"


@pytest.mark.parametrize("name", COMPARED)
def test_kad_leaves_the_table_that_keepalived_leaves(name: str, every_day: Results) -> None:
    kad, keepalived = every_day[f"{name}.kad"], every_day[f"{name}.keepalived"]
    assert (kad["error"], kad["wrong"]) == ("", []), said(kad)
    assert (keepalived["error"], keepalived["wrong"]) == ("", []), said(keepalived)
    assert kad["seen"] == keepalived["seen"]


def test_a_crash_of_the_checker_changes_nothing_in_the_table(every_day: Results) -> None:
    kad = every_day["crash_of_the_checker.kad"]
    assert (kad["error"], kad["wrong"]) == ("", []), said(kad)


def test_traffic_goes_to_the_living_only(tmp_path: Path) -> None:
    guest.need()
    told: list[str] = []
    measured = demo_ipvs.play(tmp_path / "guest", lambda who, what: told.append(f"{who}: {what}"))
    story = "\n".join(told)
    both, one, again = measured["both"], measured["one"], measured["again"]
    assert both.keys() == again.keys() == {"web-a", "web-b"}, story
    assert one.keys() == {"web-a"}, story
    assert measured["blind"] <= measured["out"] + 0.5, story
    assert measured["clean"], story


@pytest.mark.kernel_full
@pytest.mark.parametrize("name", COMPARED_FULL)
def test_kad_leaves_the_table_that_keepalived_leaves_in_the_long_set_too(name: str, full: Results) -> None:
    test_kad_leaves_the_table_that_keepalived_leaves(name, full)


@pytest.mark.kernel_full
@pytest.mark.parametrize("name", KAD_ONLY)
def test_kad_does_what_it_promises_beyond_keepalived(name: str, full: Results) -> None:
    kad = full[f"{name}.kad"]
    assert (kad["error"], kad["wrong"]) == ("", []), said(kad)


@pytest.mark.kernel_full
def test_keepalived_puts_the_dead_back_after_the_same_crash(full: Results) -> None:
    keepalived = full["crash_of_keepalived_s_checker.keepalived"]
    assert (keepalived["error"], keepalived["wrong"]) == ("", []), said(keepalived)
