"""One router as its peers, signatures and delays make it: what differs from test_router.py's plain ones."""

from ipaddress import IPv6Address

import pytest

from kad.config.schema.authentication import Authentication, AuthType
from kad.config.schema.unicast_peer import UnicastPeer
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.units import SECOND, Micros
from kad.vrrp.actions import SendGarp, State
from kad.vrrp.ah import LAST
from kad.vrrp.events import Started
from kad.vrrp.packet import Reason
from kad.vrrp.router import Router
from kad.vrrp.tracking import Facts
from tests.vrrp.lan import (
    GOOD,
    HIGHER,
    LOWER,
    START,
    Driver,
    advert,
    adverts_in,
    lines_in,
    master,
    settings,
    state_of,
    unix,
)

AH = Authentication(auth_type=AuthType.AH, auth_pass="s3cret")
PEERS = (UnicastPeer(address="192.0.2.9"),)
V6 = (VirtualAddress(address="fe80::100", prefix=64),)


# IPv6


def test_over_ipv6_the_higher_address_wins_among_equals() -> None:
    source = IPv6Address("fe80::10")
    lower, higher = IPv6Address("fe80::9"), IPv6Address("fe80::11")
    router = Driver(Facts(source=source), virtual_ipaddress=V6)
    router.pass_deadline()
    router.receive(advert(100, source=lower, of=router.router.settings))
    assert state_of(router) is State.MASTER
    router.receive(advert(100, source=higher, of=router.router.settings))
    assert state_of(router) is State.BACKUP
    assert router.router.master == higher


# Unicast


def test_a_unicast_router_that_recovers_tells_where_it_is() -> None:
    router = Driver(unicast_peer=PEERS)
    router.learn(down=frozenset({"eth0"}))
    actions = router.learn(down=frozenset())
    [garp] = [action for action in actions if isinstance(action, SendGarp)]
    assert ([address.address for address in garp.addresses], garp.repeat) == (["192.0.2.10"], 1)
    assert "(VI_1) sending gratuitous ARP for 192.0.2.10" in lines_in(actions)


def test_one_that_is_told_to_be_in_fault_without_a_peer_is() -> None:
    assert state_of(Driver(unicast_fault_no_peer=True)) is State.FAULT
    assert state_of(Driver(unicast_fault_no_peer=True, unicast_peer=PEERS)) is State.BACKUP


# AH


def test_a_backup_that_takes_over_goes_on_with_its_master_s_numbers() -> None:
    router = Driver(authentication=AH)
    router.receive(advert(200, of=router.router.settings))
    assert router.router.security.counter.number == 1
    router.pass_deadline()
    assert router.router.security.counter.following() == 2


def test_a_master_that_answers_a_weaker_router_counts_past_it() -> None:
    router = master(authentication=AH)
    counter = router.router.security.counter
    counter.number = 0
    actions = router.receive(advert(50, of=router.router.settings))
    assert counter.number == 2
    assert "(VI_1) IPSEC-AH : Syncing seq_num - Increment seq" in lines_in(actions)
    assert adverts_in(actions) == [100]


def test_numbers_that_came_to_their_end_begin_anew_with_the_next_mastership() -> None:
    router = Driver(authentication=AH)
    counter = router.router.security.counter
    counter.number = LAST
    assert counter.following() == LAST
    router.pass_deadline()
    assert counter.following() == 1


def test_a_replayed_advert_touches_no_timer() -> None:
    router = Driver(authentication=AH)
    packet = advert(200, of=router.router.settings)
    router.receive(packet)
    router.wait(SECOND)
    deadline = router.router.deadline
    assert "already processed" in lines_in(router.receive(packet))[0]
    assert router.router.deadline == deadline
    assert router.router.stats.errors == {Reason.AUTH_FAILURE: 1}


# What is counted, ignored and compared


def test_what_arrives_in_fault_is_counted_and_nothing_more() -> None:
    router = Driver(Facts())
    assert router.hear(200) == []
    assert router.router.stats.errors == {Reason.NOT_RUNNING: 1}


def test_an_owner_that_ignores_adverts_stays_master_whoever_speaks() -> None:
    router = Driver(priority=255, owner_ignore_adverts=True)
    actions = router.hear(255, source=HIGHER)
    assert state_of(router) is State.MASTER
    assert lines_in(actions) == ["(VI_1) Dropping packet(s) from 192.0.2.11 since we are address owner"]


def test_with_skip_check_adv_addr_the_same_master_s_addresses_are_compared_but_once() -> None:
    other = settings(virtual_ipaddress=(VirtualAddress(address="192.0.2.77", prefix=24),))
    for skip, counted in ((True, 1), (False, 2)):
        router = Driver(skip_check_adv_addr=skip)
        router.receive(advert(200, of=other))
        router.receive(advert(200, of=other))
        assert router.router.stats.errors[Reason.ADDRESS_LIST] == counted
    weak = master(skip_check_adv_addr=True)
    for _ in range(2):
        weak.receive(advert(50, source=LOWER, of=other))
    assert weak.router.stats.errors[Reason.ADDRESS_LIST] == 2


def test_the_adverts_that_may_fail_to_come_are_three_or_what_is_said() -> None:
    assert Driver().left == 3_609_375
    assert Driver(down_timer_adverts=5).left == 5_609_375


# Startup delay


@pytest.mark.parametrize(("priority", "wait"), [(100, 3_609_375), (255, SECOND)])
def test_a_startup_delay_puts_off_the_wait_for_a_master_and_an_owner_s_beginning(priority: int, wait: int) -> None:
    router = Router(settings(priority=priority), GOOD, unix)
    router.handle(Started(Micros(10 * SECOND)), START)
    assert router.state is State.BACKUP
    assert router.deadline == START + 10 * SECOND + wait
