"""How the configuration wants each process treated."""

import pytest

from kad.care import Care
from kad.config.schema.global_defs import GlobalDefs
from kad.supervisor.shares import CHECKER, RUNNER, VRRP
from kad.supervisor.wishes import raised, wished

EVERYTHING = GlobalDefs(
    vrrp_process_name="v",
    vrrp_priority=-5,
    vrrp_no_swap=True,
    vrrp_rt_priority=10,
    vrrp_cpu_affinity=(1,),
    vrrp_rlimit_rttime=20_000,
    checker_process_name="c",
    checker_priority=6,
    checker_no_swap=True,
    checker_rt_priority=11,
    checker_cpu_affinity=(0, 1),
    checker_rlimit_rttime=30_000,
)


def test_each_worker_is_treated_by_its_own_keywords() -> None:
    assert wished(VRRP, EVERYTHING) == Care("v", -5, True, 10, (1,), 20_000)
    assert wished(CHECKER, EVERYTHING) == Care("c", 6, True, 11, (0, 1), 30_000)
    assert wished(RUNNER, EVERYTHING) == Care()


def test_nothing_is_wished_of_itself_not_even_a_limit_of_real_time() -> None:
    """Keepalived limits a real-time process to 10 ms between two waits, which ends a Python process (DESIGN.md)."""
    assert wished(VRRP, GlobalDefs(vrrp_rt_priority=50)) == Care(rt_priority=50)
    assert wished(CHECKER, GlobalDefs()) == Care()


def test_a_limit_of_0_is_none() -> None:
    assert wished(VRRP, GlobalDefs(vrrp_rlimit_rttime=0)).rttime is None


def test_process_names_gives_keepalived_s_names_where_none_is_said() -> None:
    names = GlobalDefs(process_names=True, checker_process_name="c")
    assert [wished(worker, names).name for worker in (VRRP, CHECKER, RUNNER)] == ["keepalived_vrrp", "c", ""]


@pytest.mark.parametrize(
    ("present", "configured", "highest", "late", "priority"),
    [
        (0, 0, 0, 5_000_000, None),
        (0, 0, -1, 5_000_000, None),
        (0, 0, 10, 999_999, None),
        (0, 0, 10, 1_000_000, 1),
        (3, 0, 10, 1_000_000, 4),
        (0, 5, 10, 1_000_000, 6),
        (10, 0, 10, 1_000_000, None),
    ],
)
def test_who_wakes_late_gets_one_step_more(
    present: int, configured: int, highest: int, late: int, priority: int | None
) -> None:
    assert raised(present, configured, GlobalDefs(max_auto_priority=highest), late) == priority


def test_what_is_late_can_be_said() -> None:
    said = GlobalDefs(max_auto_priority=9, min_auto_priority_delay=1000)
    assert [raised(0, 0, said, late) for late in (999, 1000)] == [None, 1]
