"""A master that slept, and timer_expired_backup (reference vrrp.md 3.7)."""

import pytest

from kad.units import SECOND
from kad.vrrp.actions import State
from kad.vrrp.events import DeadlinePassed
from tests.vrrp.lan import HIGHER, Driver, adverts_in, causes_in, master, removed_in, state_of

SLEEPER: dict[str, object] = {"nopreempt": True, "timer_expired_backup": 254}


def wakes(router: Driver, after: int) -> None:
    """The next advert is due `after` microseconds before the process runs again."""
    assert router.left is not None
    router.wait(router.left + after)
    router.actions = router.router.handle(DeadlinePassed(), router.now)


@pytest.mark.parametrize(("version", "advert_int", "patience"), [(2, SECOND, 3_007_812), (3, 100_000, 300_781)])
def test_a_master_that_slept_gives_way_without_a_word_on_the_wire(version: int, advert_int: int, patience: int) -> None:
    router = master(**SLEEPER, version=version, advert_int=advert_int)
    wakes(router, patience - advert_int + 1)
    assert state_of(router) is State.BACKUP
    assert (adverts_in(router.actions), causes_in(router.actions)) == ([], ["stalled"])
    assert len(removed_in(router.actions)) == 1
    assert router.left == router.router.master_down


@pytest.mark.parametrize(("version", "advert_int", "patience"), [(2, SECOND, 3_007_812), (3, 100_000, 300_781)])
def test_one_that_only_dozed_goes_on(version: int, advert_int: int, patience: int) -> None:
    router = master(**SLEEPER, version=version, advert_int=advert_int)
    wakes(router, patience - advert_int)
    assert (state_of(router), adverts_in(router.actions)) == (State.MASTER, [100])


def test_the_others_priority_may_be_said() -> None:
    router = master(nopreempt=True, timer_expired_backup=100)
    wakes(router, 2_609_375)
    assert state_of(router) is State.MASTER
    wakes(router, 2_609_376)
    assert state_of(router) is State.BACKUP


def test_without_the_keyword_a_master_goes_on_however_long_it_slept() -> None:
    router = master()
    wakes(router, 1000 * SECOND)
    assert (state_of(router), adverts_in(router.actions)) == (State.MASTER, [100])


def test_adverts_that_wait_for_a_sleeper_find_it_giving_way_and_are_obeyed() -> None:
    router = master(**SLEEPER)
    router.wait(10 * SECOND)
    actions = router.hear(50, source=HIGHER)
    assert (state_of(router), adverts_in(actions)) == (State.BACKUP, [])
    assert router.router.master == HIGHER
    assert adverts_in(router.hear(50, source=HIGHER)) == []
