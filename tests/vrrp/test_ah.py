"""AH: sequence numbers that serve both ways, and what the check value covers (reference vrrp.md 1.5)."""

import pytest

from kad.vrrp.ah import LAST, Counter, header, icv

KEY = b"s3cret\0\0"
IP = bytes.fromhex("45c0004000010000ff3318b6c0000201e0000012")
MESSAGE = bytes.fromhex("2103fe0102011c92c00002670000000000000000")


def test_numbers_begin_at_1_and_grow() -> None:
    counter = Counter()
    assert [counter.following() for _ in range(3)] == [1, 2, 3]


def test_one_who_takes_over_goes_on_from_the_number_that_it_heard_last() -> None:
    counter = Counter()
    assert counter.accept(7)
    assert counter.following() == 8


@pytest.mark.parametrize(("number", "good"), [(6, False), (7, False), (8, True)])
def test_only_a_higher_number_is_accepted(number: int, *, good: bool) -> None:
    counter = Counter()
    counter.accept(7)
    assert counter.accept(number) is good
    assert counter.number == max(number, 7)


def test_a_counter_at_its_end_stays_there_until_the_router_becomes_master_again() -> None:
    counter = Counter()
    counter.accept(LAST - 1)
    assert [counter.following() for _ in range(3)] == [LAST, LAST, LAST]
    counter.restart_if_cycled()
    assert counter.following() == 1
    counter.restart_if_cycled()
    assert counter.following() == 2


def test_the_spi_is_the_sender_s_address_and_the_length_counts_words() -> None:
    made = header(KEY, IP, 1, MESSAGE, multicast=True)
    assert made.hex() == "70040000c000020100000001868b23dca25e1d00f5efc0f1"


@pytest.mark.parametrize("position", [1, 6, 7, 10, 11])
def test_what_routers_change_on_the_way_is_not_covered(position: int) -> None:
    headers = IP + header(KEY, IP, 1, MESSAGE, multicast=True)
    changed = headers[:position] + b"\x55" + headers[position + 1 :]
    assert icv(KEY, changed, MESSAGE, multicast=True) == headers[-12:]


def test_the_ttl_is_covered_on_the_own_lan_alone() -> None:
    headers = IP + header(KEY, IP, 1, MESSAGE, multicast=True)
    hop = headers[:8] + b"\xfe" + headers[9:]
    assert icv(KEY, hop, MESSAGE, multicast=True) != icv(KEY, headers, MESSAGE, multicast=True)
    assert icv(KEY, hop, MESSAGE, multicast=False) == icv(KEY, headers, MESSAGE, multicast=False)


def test_another_password_makes_another_check_value() -> None:
    headers = IP + header(KEY, IP, 1, MESSAGE, multicast=True)
    assert icv(b"another\0", headers, MESSAGE, multicast=True) != headers[-12:]


@pytest.mark.parametrize("number", [7, LAST, 0xFFFFFFFE, 0xFFFFFFFF])
def test_a_weaker_router_s_number_is_overtaken_as_far_as_numbers_go(number: int) -> None:
    counter = Counter()
    counter.overtake(number)
    assert counter.number == min(number + 1, 0xFFFFFFFF)
    following = counter.following()
    assert len(header(KEY, IP, following, MESSAGE, multicast=True)) == 24
    assert following >= counter.number > 7 or number == 7
