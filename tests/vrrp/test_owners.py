"""Two owners of the same addresses, of whom the one that should yield does not (reference vrrp.md 3.4, 13.23)."""

from kad.units import SECOND
from kad.vrrp.actions import State
from kad.vrrp.events import Reconfigured
from kad.vrrp.owners import MOST_CLAIMS
from tests.vrrp.lan import GOOD, HIGHER, LOWER, Driver, adverts_in, causes_in, lines_in, settings, state_of

STILL = "(VI_1) 192.0.2.9 is still advertising as address owner, please resolve - reducing our priority"
OVER = "(VI_1) rogue address owner appears to have stopped advertising"


def owner(**changes: object) -> Driver:
    return Driver(priority=255, **changes)  # type: ignore[arg-type]


def claims(router: Driver, times: int, every: int = SECOND) -> None:
    """The other owner, whose address is lower, advertises."""
    for _ in range(times):
        router.wait(every)
        router.hear(255, source=LOWER)


def gave_way() -> Driver:
    router = owner()
    claims(router, MOST_CLAIMS + 1)
    return router


def test_an_owner_gives_way_to_one_that_does_not_yield_to_its_answers() -> None:
    router = owner()
    for _ in range(MOST_CLAIMS):
        claims(router, 1)
        assert (state_of(router), adverts_in(router.actions)) == (State.MASTER, [255])
    claims(router, 1)
    assert state_of(router) is State.BACKUP
    assert STILL in lines_in(router.actions)
    assert causes_in(router.actions) == ["higher-priority"]
    assert (router.router.priority, router.left) == (254, 3_007_812)
    claims(router, 10)
    assert state_of(router) is State.BACKUP


def test_a_claim_after_a_silence_is_the_first_again() -> None:
    router = owner()
    claims(router, MOST_CLAIMS)
    router.wait(3 * SECOND)
    claims(router, MOST_CLAIMS)
    assert state_of(router) is State.MASTER


def test_adverts_that_come_in_one_breath_are_one_claim() -> None:
    router = owner()
    router.wait(SECOND)
    claims(router, 50, every=1000)
    assert state_of(router) is State.MASTER


def test_the_longer_interval_of_both_counts() -> None:
    router = owner(version=3, advert_int=100_000)
    for _ in range(MOST_CLAIMS + 1):
        router.wait(2 * SECOND)
        router.hear(255, source=LOWER, interval=200)
    assert state_of(router) is State.BACKUP


def test_one_with_a_higher_address_is_yielded_to_at_once_as_an_owner() -> None:
    router = owner(down_timer_adverts=1)
    for _ in range(MOST_CLAIMS + 1):
        router.hear(255, source=HIGHER)
        assert (state_of(router), router.router.priority) == (State.BACKUP, 255)
        router.pass_deadline()


def test_when_the_other_one_falls_silent_it_is_owner_again_from_its_first_advert_on() -> None:
    router = gave_way()
    router.pass_deadline()
    assert (state_of(router), adverts_in(router.actions)) == (State.MASTER, [255])
    assert OVER in lines_in(router.actions)


def test_a_lesser_priority_shows_that_there_is_no_other_owner_any_more() -> None:
    router = gave_way()
    router.wait(SECOND)
    lines = lines_in(router.hear(254, source=LOWER))
    assert lines[0] == OVER
    assert (router.router.priority, router.left) == (255, 2_007_812)


def test_what_is_tracked_does_not_restore_it() -> None:
    router = gave_way()
    router.learn(down=frozenset({"eth0"}))
    router.learn(down=frozenset())
    assert (state_of(router), router.router.priority) == (State.BACKUP, 254)


def test_a_reload_that_makes_it_no_owner_ends_the_dispute() -> None:
    router = gave_way()
    router.router.handle(Reconfigured(settings(priority=150), GOOD), router.now)
    assert router.router.priority == 150
    router.router.handle(Reconfigured(settings(priority=255), GOOD), router.now)
    assert router.router.priority == 255
