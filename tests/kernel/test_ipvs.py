"""kad and real keepalived with the same file leave the same IPVS table, in the user-mode kernel.

All scenarios of a set run beside each other in one boot; each test looks at what one of them left.
"""

from typing import Any

import pytest

from tests.kernel import guest
from tests.peers import peer

COMPARED = ["nat_round_robin", "sorry_server_and_inhibit", "http_status_and_scripts", "foreign_service"]
EVERY_DAY = [f"{program}:{name}" for name in COMPARED for program in ("kad", "keepalived")] + [
    "kad:crash_of_the_checker"
]

Results = dict[str, Any]


@pytest.fixture(scope="module")
def every_day(tmp_path_factory: pytest.TempPathFactory) -> Results:
    guest.need()
    peer("usr/sbin/keepalived")
    return guest.run(tmp_path_factory.mktemp("guest"), EVERY_DAY, seconds=90)


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
