"""What followed things do to a router, by their state and by their number (reference vrrp.md 7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kad.vrrp.contribution import Contribution, by_number, by_state
from kad.vrrp.settings import Track


def track(weight: int, *, reverse: bool = False) -> Track:
    return Track("load", weight, reverse)


@pytest.mark.parametrize(
    ("weight", "good", "counts"),
    [(60, True, 60), (60, False, 0), (-60, True, 0), (-60, False, -60), (60, None, 0), (-60, None, 0)],
)
def test_a_positive_weight_counts_while_good_and_a_negative_one_while_bad(
    weight: int, good: bool | None, counts: int
) -> None:
    assert by_state(track(weight), good=good) == Contribution(counts)
    assert by_state(track(weight, reverse=True), good=good) == Contribution(-counts)


@pytest.mark.parametrize("reverse", [False, True])
def test_without_a_weight_bad_is_a_fault_and_reverse_swaps_the_two(*, reverse: bool) -> None:
    assert by_state(track(0, reverse=reverse), good=reverse) == Contribution(fails=True)
    assert by_state(track(0, reverse=reverse), good=not reverse) == Contribution()
    assert by_state(track(0, reverse=reverse), good=None) == Contribution(waits=True)


@pytest.mark.parametrize(
    ("number", "weight", "found"),
    [
        (2, 10, Contribution(20)),
        (60, 2, Contribution(120)),
        (0, 254, Contribution(0)),
        (20, -3, Contribution(-60)),
        (-20, -3, Contribution(60)),
        (253, 1, Contribution(253)),
        (254, 1, Contribution(253)),
        (2147483647, 254, Contribution(253)),
        (-253, 1, Contribution(-253)),
        (-254, 1, Contribution(fails=True)),
        (-127, 2, Contribution(fails=True)),
        (2147483647, -254, Contribution(fails=True)),
        (0, 0, Contribution()),
        (1, 0, Contribution(fails=True)),
        (-1, 0, Contribution(fails=True)),
    ],
)
def test_a_number_is_multiplied_with_its_weight_and_too_low_is_a_fault(
    number: int, weight: int, found: Contribution
) -> None:
    assert by_number(track(weight), number) == found


@pytest.mark.parametrize(
    ("number", "weight", "found"),
    [
        (20, 3, Contribution(-60)),
        (20, -3, Contribution(60)),
        (254, 1, Contribution(fails=True)),
        (0, 0, Contribution(fails=True)),
        (1, 0, Contribution()),
    ],
)
def test_reverse_takes_the_product_away(number: int, weight: int, found: Contribution) -> None:
    assert by_number(track(weight, reverse=True), number) == found


@given(number=st.integers(-(2**31), 2**31 - 1), weight=st.integers(-254, 254), reverse=st.booleans())
def test_a_number_never_moves_a_priority_by_more_than_253(number: int, weight: int, *, reverse: bool) -> None:
    found = by_number(track(weight, reverse=reverse), number)
    assert -253 <= found.priority <= 253
    assert not (found.fails and found.priority)
