"""Metrics, times, marks and ranges in routes and rules: what each kind takes, and what it makes of the rest."""

import pytest

from kad.config.fields import Kind
from kad.config.kinds import UNSIGNED
from kad.config.metric_kinds import (
    FOREVER,
    Algorithm,
    Congestion,
    FirewallMark,
    KernelTime,
    Lifetime,
    Lockable,
    Mark,
    Metric,
    Numbers,
    Range,
)
from tests.config.words import complaints, refused, remarked, value

KINDS: tuple[Kind, ...] = (
    Lockable(),
    *(KernelTime(parts) for parts in (1, 4, 8)),
    Congestion(),
    Lifetime(),
    FirewallMark(),
    Numbers(1, 65535, single=True),
    Numbers(0, UNSIGNED - 1),
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
def test_good_words_pass_and_bad_ones_are_complained_about(kind: Kind) -> None:
    assert [text for text in kind.good() if complaints(kind, text)] == []
    assert [text for text in kind.bad() if not complaints(kind, text)] == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
def test_what_is_written_reads_back_as_the_same_value(kind: Kind) -> None:
    for text in kind.good():
        before = value(kind, text)
        written = kind.write(before)
        assert written is not None
        assert value(kind, written) == before
        assert kind.text(before)


# Metrics and times


def test_a_metric_may_be_locked() -> None:
    assert value(Lockable(), "1400") == Metric(1400)
    assert value(Lockable(), "lock 1400") == Metric(1400, lock=True)
    assert remarked(Lockable(), "lock") == (None, "missing-argument")


@pytest.mark.parametrize(
    ("parts", "text", "number"),
    [
        (8, "300ms", 2400),
        (8, "0.3s", 2400),
        (8, "2400", 2400),
        (4, "1s", 4000),
        (1, "500", 500),
        (8, "250.125ms", 2001),
    ],
)
def test_a_time_is_in_the_kernels_unit_as_a_number_alone_is(parts: int, text: str, number: int) -> None:
    assert value(KernelTime(parts), text) == Metric(number)


@pytest.mark.parametrize(("text", "number"), [("10ms", 200), ("199", 200), ("121s", 120_000)])
def test_a_time_outside_of_its_bounds_is_cut_and_that_is_told(text: str, number: int) -> None:
    assert remarked(KernelTime(1), text) == (Metric(number), "time-clamped")


def test_what_the_kernels_unit_can_not_say_is_rounded_and_told() -> None:
    assert remarked(KernelTime(1), "0.2005s") == (Metric(201), "bad-value")


@pytest.mark.parametrize("text", ["1e3", "300us", "x", "-1", "120001", "."])
def test_what_is_no_time_is_refused(text: str) -> None:
    assert refused(KernelTime(1), text)


def test_a_time_is_written_in_milliseconds_where_it_can_be() -> None:
    assert [KernelTime(8).write(Metric(number)) for number in (2400, 2401)] == ["300ms", "2401"]
    assert KernelTime(8).write(Metric(2400, lock=True)) == "lock 300ms"


def test_a_lock_needs_a_time_or_a_name() -> None:
    assert remarked(KernelTime(1), "lock") == (None, "missing-argument")
    assert remarked(Congestion(), "lock") == (None, "missing-argument")
    assert value(Congestion(), "lock cubic") == Algorithm("cubic", lock=True)


def test_a_lifetime_may_be_for_ever() -> None:
    assert [value(Lifetime(), text) for text in ("forever", "5", str(UNSIGNED))] == [FOREVER, 5, FOREVER]
    assert Lifetime().write(FOREVER) == "forever"


# What rules match


def test_a_mark_has_a_mask_and_any_base() -> None:
    assert value(FirewallMark(), "0x10") == Mark(16, UNSIGNED)
    assert value(FirewallMark(), "010/0xff") == Mark(8, 255)
    assert refused(FirewallMark(), "5/").startswith("is not MARK[/MASK]")


def test_a_port_alone_is_a_range_of_one() -> None:
    assert value(Numbers(1, 65535, single=True), "80") == Range(80, 80)
    assert value(Numbers(0, 9), "0-9") == Range(0, 9)
    assert refused(Numbers(0, 9), "5") == "is not START-END from 0 to 9"
    assert refused(Numbers(0, 9), "6-5")
