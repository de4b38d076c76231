"""auth_hmac: sequences, modes, windows and marks (reference vrrp.md 1.6). Time is what a test says it is."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kad.vrrp.auth_hmac import SIZE, HmacSettings, Session, later, sequence_at, trailer_of
from kad.vrrp.packet import Adverts, Reason, Received
from tests.vrrp.lan import GROUP, HIGHER, LOWER, decoded

SECOND = 1_000_000
NOW = 1_800_000_000 * SECOND
KEY, OTHER_KEY = b"k" * 32, b"o" * 32
OURS = HmacSettings(active=1, keys={1: KEY}, window=5)
NOBODY: frozenset[IPv4Address] = frozenset()


def signed(session: Session, unix: int = NOW, source: IPv4Address = LOWER, priority: int = 100) -> Received:
    """The next advert of a router, as it arrives."""
    extra = SIZE if session.settings.sends else 0
    adverts = Adverts(
        version=3, vrid=51, interval=100, addresses=[GROUP], source=source, destination=GROUP, extra=extra
    )
    trailer = session.sign(source, adverts.unsummed(priority), unix)
    return decoded(adverts.header(1) + adverts.message(priority, trailer) + trailer, source, GROUP)


def reason(session: Session, packet: Received, unix: int = NOW) -> Reason | None:
    refused = session.refusal(packet, unix, peers=frozenset())
    return None if refused is None else refused.reason


def sequence(packet: Received) -> int:
    return int.from_bytes(trailer_of(packet)[4:12])


def changed(packet: Received, at: int, to: bytes) -> Received:
    """The packet with other bytes in its trailer."""
    start = packet.size + at
    return packet._replace(message=packet.message[:start] + to + packet.message[start + len(to) :])


# Sequences


def test_a_sequence_is_the_time_and_grows_by_one_within_a_moment() -> None:
    session = Session(OURS)
    first, second = signed(session), signed(session)
    assert sequence(first) == sequence_at(NOW) == 1_800_000_000 << 32
    assert sequence(second) == sequence(first) + 1


def test_the_fraction_counts_in_65536ths() -> None:
    assert sequence_at(NOW + SECOND // 2) - sequence_at(NOW) == 0x8000 << 16


def test_a_clock_that_goes_back_a_little_does_not_take_the_sequence_back() -> None:
    session = Session(OURS)
    first, second = signed(session), signed(session, NOW - 3 * SECOND)
    assert sequence(second) == sequence(first) + 1


def test_a_clock_that_goes_back_beyond_the_window_begins_anew_unless_sequences_must_grow() -> None:
    session = Session(OURS)
    signed(session)
    assert sequence(signed(session, NOW - 60 * SECOND)) == sequence_at(NOW - 60 * SECOND)
    monotonic = Session(replace(OURS, monotonic=True))
    first = signed(monotonic)
    assert sequence(signed(monotonic, NOW - 60 * SECOND)) == sequence(first) + 1


@given(st.integers(0, (1 << 64) - 1), st.integers(1, (1 << 63) - 1))
def test_later_is_serial_number_arithmetic(number: int, step: int) -> None:
    following = (number + step) % (1 << 64)
    assert later(following, number)
    assert not later(number, following)
    assert not later(number, number)


# Verifying


def test_what_one_signs_the_other_accepts_once() -> None:
    one, other = Session(OURS), Session(OURS)
    packet = signed(one)
    assert reason(other, packet) is None
    assert reason(other, packet) is Reason.EXTENSION_REPLAY
    assert reason(other, signed(one)) is None


@pytest.mark.parametrize(
    ("at", "to", "why"),
    [
        (0, b"\2", Reason.EXTENSION_MALFORMED),
        (2, b"\0\1", Reason.EXTENSION_MALFORMED),
        (1, b"\2", Reason.EXTENSION_KEY),
        (4, b"\0\0\0\0", Reason.EXTENSION_STALE),
        (10, b"\1\0", Reason.EXTENSION_HMAC),
        (12, b"\0", Reason.EXTENSION_HMAC),
    ],
)
def test_a_wrong_trailer_is_refused_for_its_reason_and_moves_no_mark(at: int, to: bytes, why: Reason) -> None:
    one, other = Session(OURS), Session(OURS)
    packet = signed(one)
    assert reason(other, changed(packet, at, to)) is why
    assert reason(other, packet) is None


def test_keepalived_s_words() -> None:
    other = Session(OURS)
    packet = signed(Session(OURS), NOW - 9 * SECOND)
    refused = other.refusal(packet, NOW, peers=frozenset())
    assert refused
    assert refused.text == ("stale authentication trailer from 192.0.2.9, clock skew 9 sec exceeds window 5 sec")
    missing = other.refusal(signed(Session(replace(OURS, sends=False))), NOW, peers=frozenset())
    assert missing == (Reason.EXTENSION_MISSING, "missing authentication trailer from 192.0.2.9")


def test_the_signature_covers_the_sender_and_the_whole_message_but_its_checksum() -> None:
    other, packet = Session(OURS), signed(Session(OURS))
    assert reason(other, packet._replace(source=HIGHER)) is Reason.EXTENSION_HMAC
    for position in set(range(packet.size)) - {3, 6, 7}:  # 3 counts the addresses, and so says where the trailer is
        message = bytearray(packet.message)
        message[position] ^= 0x10
        assert reason(other, packet._replace(message=bytes(message))) is Reason.EXTENSION_HMAC, position
    assert reason(other, changed(packet, 6 - packet.size, b"\0\0")) is None


def test_another_key_of_the_same_number_is_refused_and_an_old_one_may_stay_for_a_while() -> None:
    packet = signed(Session(OURS))
    assert reason(Session(replace(OURS, keys={1: OTHER_KEY})), packet) is Reason.EXTENSION_HMAC
    assert reason(Session(replace(OURS, active=2, keys={1: KEY, 2: OTHER_KEY})), packet) is None


@pytest.mark.parametrize(
    ("sends", "requires", "accepts_unsigned"), [(True, True, False), (True, False, True), (False, False, True)]
)
def test_the_modes(*, sends: bool, requires: bool, accepts_unsigned: bool) -> None:
    session = Session(replace(OURS, sends=sends, requires=requires))
    unsigned = signed(Session(replace(OURS, sends=False)))
    assert (reason(session, unsigned) is None) is accepts_unsigned
    assert bool(trailer_of(signed(session))) is sends
    wrong = changed(signed(Session(OURS)), 12, b"\0")
    assert reason(session, wrong) is Reason.EXTENSION_HMAC


def test_an_old_clock_is_refused_by_time_but_not_by_monotonic() -> None:
    packet = signed(Session(OURS), NOW - 6 * SECOND)
    assert reason(Session(OURS), packet) is Reason.EXTENSION_STALE
    assert reason(Session(replace(OURS, monotonic=True)), packet) is None


def test_a_skew_above_half_the_window_is_told_once() -> None:
    session = Session(OURS)
    packet = signed(Session(OURS), NOW - 3 * SECOND)
    assert session.skew_warning(signed(Session(OURS), NOW - 2 * SECOND), NOW) == ""
    assert session.skew_warning(packet, NOW) == (
        "authentication clock skew 3 sec from 192.0.2.9 approaching window 5 sec"
    )
    assert session.skew_warning(packet, NOW) == ""


def test_a_mark_that_is_out_of_the_window_is_forgotten_with_time_alone() -> None:
    early = NOW - 60 * SECOND
    for monotonic in (False, True):
        session = Session(replace(OURS, monotonic=monotonic))
        assert reason(session, signed(Session(OURS))) is None
        # Both clocks were put back by a minute.
        refused = reason(session, signed(Session(OURS), early), early)
        assert refused is (Reason.EXTENSION_REPLAY if monotonic else None)


def test_a_group_s_four_latest_senders_are_remembered() -> None:
    session = Session(OURS)
    packets = [signed(Session(OURS), source=IPv4Address(f"192.0.2.{last}")) for last in range(1, 6)]
    for packet in packets:
        assert reason(session, packet) is None
    assert [reason(session, packet) for packet in packets[1:]] == [Reason.EXTENSION_REPLAY] * 4
    assert reason(session, packets[0]) is None


def test_of_a_group_s_senders_the_one_that_was_silent_longest_is_forgotten() -> None:
    session = Session(OURS)
    senders = {last: Session(OURS) for last in range(1, 6)}

    def next_of(last: int) -> Received:
        return signed(senders[last], source=IPv4Address(f"192.0.2.{last}"))

    first = {last: next_of(last) for last in range(1, 5)}
    for packet in (*first.values(), next_of(1), next_of(5)):
        assert reason(session, packet) is None
    assert reason(session, first[1]) is Reason.EXTENSION_REPLAY
    assert reason(session, first[2]) is None


def test_with_unicast_only_peers_are_looked_at() -> None:
    session = Session(OURS)
    refused = session.refusal(signed(Session(OURS)), NOW, peers=frozenset({HIGHER}))
    assert refused == (Reason.NO_PEER, "unicast source address 192.0.2.9 not a unicast peer")
    assert session.refusal(signed(Session(OURS)), NOW, peers=frozenset({LOWER})) is None


def test_keys_are_in_no_representation() -> None:
    assert "kkkk" not in repr(OURS)
