"""The address moves from the left director to the right one and back, kad and keepalived in either place.

Every day: kad against keepalived both ways over version 3, by multicast, by unicast and from a VMAC, over IPv6, and
over version 2 with a password and with AH; and kad against kad with auth_hmac, which this keepalived has not got. The
long matrix adds version 2 without a password, the other kinds of unicast and VMAC, another group, and kad against kad.
"""

import signal
import time
from collections.abc import Callable, Iterator

import pytest

from tests.netns.configs import INTERFACE
from tests.netns.conftest import Pair
from tests.netns.wire import Client

BOTH_WAYS = (("kad", "keepalived"), ("keepalived", "kad"))
EVERY_DAY = [
    (*programs, wire) for wire in ("v3", "pass", "ah", "v6", "unicast-v3", "vmac-v3") for programs in BOTH_WAYS
]
EVERY_DAY += [("kad", "kad", "hmac-v3")]
LONG = [
    *(("kad", "kad", wire) for wire in ("v3", "v2", "pass", "hmac-v2", "hmac-v6", "sum-as-v2")),
    *(
        (*programs, wire)
        for wire in ("v2", "unicast-v2", "unicast-v6", "unicast-ah", "group", "vmac-v2", "vmac-v6", "vmac-base")
        for programs in BOTH_WAYS
    ),
]
CASES = [
    *(pytest.param(case, id="-".join(case)) for case in EVERY_DAY),
    *(pytest.param(case, id="-".join(case), marks=pytest.mark.netns_full) for case in LONG),
]


@pytest.fixture(params=CASES)
def pair(request: pytest.FixtureRequest, make_pair: Callable[..., Pair]) -> Iterator[Pair]:
    """A pair whose left director is master; at the end nobody may have complained of an advert."""
    left, right, wire = request.param
    made = make_pair(left, right, wire)
    made.wait_for_master(made.left)
    yield made
    assert made.bad_counters() == {}
    assert made.bad_packets() == []


def kill_left_and_cut_its_link(pair: Pair) -> None:
    pair.left.host.cut()
    pair.left.daemon.kill_whole()


def test_the_backup_takes_over_when_all_of_the_master_is_killed_and_its_link_cut(pair: Pair) -> None:
    with Client(pair.lab["client"], pair.right.router.vip) as client:
        client.wait_until_answered(timeout=pair.patience)
        kill_left_and_cut_its_link(pair)
        mark = time.time()
        pair.wait_for_master(pair.right)
        client.wait_until_answered(timeout=pair.patience, since=mark + pair.right.router.master_down)
    last = pair.wire.adverts(source=pair.left.source)[-1]
    first = pair.wire.adverts(source=pair.right.source, since=last.at)[0]
    assert first.at - last.at == pytest.approx(pair.right.router.master_down, abs=0.25)
    assert client.longest_gap() <= pair.right.router.master_down + 0.25
    router, host = pair.right.router, pair.right.host
    assert {arp.mac for arp in pair.wire.gratuitous(router.vip, since=first.at)} == {router.mac(host.mac)}
    if (
        router.device == INTERFACE
    ):  # else what the base asks for, whose subnet it is too, tells the client its own address
        assert pair.lab["client"].mac_of(router.vip) == host.mac


def test_a_master_that_is_stopped_resigns_and_the_backup_waits_only_its_skew_time(pair: Pair) -> None:
    seen = len(pair.wire.seen)
    pair.left.daemon.stop()
    assert not pair.left.has_the_address
    resigned = pair.wire.wait_for_advert(pair.left.source, timeout=2, priority=0, since=seen)
    pair.wait_for_master(pair.right)
    taken = pair.wire.adverts(source=pair.right.source, since=resigned.at)[0]
    router = pair.right.router
    skew = router.master_down - 3 * router.advert_int
    assert taken.at - resigned.at == pytest.approx(skew, abs=0.25)


def test_the_returning_master_takes_the_address_back(pair: Pair) -> None:
    kill_left_and_cut_its_link(pair)
    pair.wait_for_master(pair.right)
    pair.left.host.lose_power()
    pair.left.host.restore()
    pair.left.host.wait_for_link()
    pair.left.start_again()
    pair.wait_for_master(pair.left)
    assert pair.right.host.virtual_addresses() == set()


def test_the_backup_returns_without_touching_the_master(pair: Pair) -> None:
    pair.right.daemon.signal(signal.SIGTERM)
    pair.right.daemon.process.wait(10)
    mark = time.time()
    pair.right.start_again()
    time.sleep(pair.right.router.master_down + 0.5)
    assert pair.left.has_the_address
    assert not pair.right.has_the_address
    assert pair.wire.adverts(source=pair.right.source, since=mark) == []
