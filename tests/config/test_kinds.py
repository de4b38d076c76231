"""The kinds of value: what each takes, and what it makes of the rest."""

import pytest

from kad.config.kinds import (
    Address,
    Bool,
    Broadcast,
    Choice,
    Hex,
    Int,
    Interface,
    Netmask,
    Owner,
    Port,
    Prefixed,
    Scope,
    Seconds,
    Service,
    StatusCodes,
    Target,
    Weight,
    WeightReverse,
    Word,
)
from kad.units import SECOND, Micros
from tests.config.words import Said, refused, remarked, value


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("255", 255), ("+7", 7), ("007", 7)])
def test_a_whole_number_in_its_range_is_taken(text: str, number: int) -> None:
    assert value(Int(1, 255), text) == number


@pytest.mark.parametrize("text", ["0", "256", "-1", "x", "1.0", "0x10", "100abc", "", "9" * 5000, "\u0661"])
def test_what_is_no_whole_number_in_the_range_is_refused(text: str) -> None:
    words = Said("")
    words.words = [text]
    assert Int(1, 255).read(words) is None
    assert words.refused == ["is not a whole number from 1 to 255"]


def test_a_number_may_have_a_value_for_its_absence_and_for_zero() -> None:
    assert value(Int(1, 9, absent=360), "") == 360
    assert remarked(Int(0, 9, zero=1), "0") == (1, "bad-value")


def test_a_number_that_is_kept_is_used_outside_its_range() -> None:
    assert remarked(Int(-253, 253, kept=True), "300") == (300, "bad-value")
    assert refused(Int(-253, 253, kept=True), "9" * 15)


def test_a_weight_is_cut_by_one() -> None:
    assert [value(Weight(), text) for text in ("254", "-254", "253", "0")] == [253, -253, 253, 0]
    assert refused(Weight(), "255")


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("1", 1_000_000),
        ("0.01", 10_000),
        (".5", 500_000),
        ("3.", 3_000_000),
        ("1.123456", 1_123_456),
        ("255", 255_000_000),
    ],
)
def test_seconds_are_read_to_the_microsecond(text: str, micros: int) -> None:
    assert value(Seconds(Micros(10_000), Micros(255 * SECOND)), text) == micros


@pytest.mark.parametrize("text", ["0.009", "255.1", "-1", "1s", "1e1", ".", "x", "1,5", "9" * 40])
def test_what_is_no_time_in_the_range_is_refused(text: str) -> None:
    assert refused(Seconds(Micros(10_000), Micros(255 * SECOND)), text) == "is not a number of seconds from 0.01 to 255"


@pytest.mark.parametrize(
    ("decimals", "text", "micros"), [(6, "1.1234564", 1_123_456), (6, "1.1234565", 1_123_457), (3, "0.0126", 13_000)]
)
def test_decimals_that_do_not_count_are_rounded_away_and_told(decimals: int, text: str, micros: int) -> None:
    kind = Seconds(Micros(0), Micros(255 * SECOND), decimals=decimals)
    assert remarked(kind, text) == (micros, "bad-value")


def test_whole_seconds_take_no_fraction() -> None:
    assert refused(Seconds(Micros(0), Micros(9 * SECOND), decimals=0), "1.5")
    assert value(Seconds(Micros(0), Micros(9 * SECOND), decimals=0), "9") == 9 * SECOND


def test_a_time_of_zero_may_mean_another() -> None:
    assert remarked(Seconds(Micros(1), Micros(SECOND), zero=SECOND), "0.0") == (SECOND, "bad-value")


def test_seconds_are_written_as_in_the_file() -> None:
    assert [Seconds(Micros(0), SECOND).text(Micros(number)) for number in (1_500_000, 2_000_000, 1)] == [
        "1.5 s",
        "2 s",
        "0.000001 s",
    ]


@pytest.mark.parametrize(("text", "truth"), [("on", True), ("yes", True), ("true", True), ("", True), ("off", False)])
def test_a_bool_is_on_when_nothing_is_said(text: str, truth: bool) -> None:
    assert value(Bool(), text) is truth


def test_a_bool_is_in_lower_case_only() -> None:
    assert refused(Bool(), "On").endswith("did you mean on?")


def test_a_choice_takes_its_words_alone() -> None:
    kind = Choice({"TCP": 6, "UDP": 17})
    assert value(kind, "UDP") == 17
    assert refused(kind, "udp") == "is none of TCP, UDP did you mean UDP?"
    assert value(Choice({"TCP": 6}, fold=True), "tcp") == 6


def test_names_have_a_longest_length() -> None:
    assert value(Interface(), "a" * 15) == "a" * 15
    assert refused(Interface(), "a" * 16) == "is longer than 15 characters"
    assert value(Word(), "a" * 500)


@pytest.mark.parametrize(
    ("text", "canonical"), [("10.0.0.1", "10.0.0.1"), ("FD00:0::1", "fd00::1"), ("fe80::1", "fe80::1")]
)
def test_addresses_become_canonical(text: str, canonical: str) -> None:
    assert value(Address(), text) == canonical


@pytest.mark.parametrize("text", ["010.0.0.1", "10.0.0", "10.0.0.256", "fe80::1%eth0", "10.0.0.1/24", "1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert refused(Address(), text).startswith("is not an IP address")


def test_a_name_is_no_address_and_is_not_looked_up() -> None:
    assert refused(Address(), "www.example.org") == "is not an IP address, names are not looked up"


def test_an_address_may_have_to_be_of_a_family_or_multicast() -> None:
    assert refused(Address(4), "fd00::1") == "is not an IPv4 address"
    assert refused(Address(4, multicast=True), "10.0.0.1") == "is not a multicast address"
    assert value(Address(4, multicast=True), "224.0.0.18") == "224.0.0.18"


def test_what_hangs_on_a_servers_address_is_cut_and_told() -> None:
    assert remarked(Address(cut=True), "10.9.0.2-7") == ("10.9.0.2", "address-cut")


def test_a_service_that_is_no_address_is_not_supported_yet() -> None:
    assert remarked(Service(), "fwmark 3") == (None, "form-not-supported")
    assert value(Service(), "10.0.0.1") == "10.0.0.1"


def test_an_address_without_a_length_is_a_host() -> None:
    assert value(Prefixed(), "10.0.0.1") == ("10.0.0.1", 32)
    assert value(Prefixed(), "fd00::1") == ("fd00::1", 128)
    assert value(Prefixed(), "10.0.0.1/0") == ("10.0.0.1", 0)


@pytest.mark.parametrize("length", ["33", "x", "", "-1", "255.255.255.0"])
def test_an_impossible_length_becomes_the_longest(length: str) -> None:
    assert remarked(Prefixed(), f"10.0.0.1/{length}") == (("10.0.0.1", 32), "bad-value")


def test_a_broadcast_is_an_address_or_a_sign() -> None:
    assert [value(Broadcast(), text) for text in ("+", "-", "10.0.0.255")] == ["+", "-", "10.0.0.255"]
    assert refused(Broadcast(), "fd00::1")


def test_ports_are_numbers() -> None:
    assert [value(Port(), text) for text in ("0", "65535")] == [0, 65535]
    assert refused(Port(), "65536") == "is not a port from 1 to 65535"
    assert refused(Port(), "http").endswith("names are not looked up")


def test_a_target_has_an_address_and_perhaps_a_port() -> None:
    assert value(Target(dict), "10.0.0.1") == {"address": "10.0.0.1", "port": 0}
    assert value(Target(dict), "10.0.0.1 80") == {"address": "10.0.0.1", "port": 80}
    assert refused(Target(dict), "10.0.0.1 x")
    assert refused(Target(dict), "x 80")


def test_scopes_are_names_or_numbers() -> None:
    assert [value(Scope(), text) for text in ("link", "12", "0", "255")] == ["link", "12", "0", "255"]
    assert refused(Scope(), "lnik").endswith("did you mean link?")
    assert refused(Scope(), "256")


def test_a_netmask_may_have_holes_or_be_a_length() -> None:
    assert [value(Netmask(), text) for text in ("255.0.255.0", "64")] == ["255.0.255.0", "64"]
    assert refused(Netmask(), "129")
    assert refused(Netmask(), "fd00::")


def test_hexadecimal_digits_are_counted_and_lowered() -> None:
    assert value(Hex(4), "aBc0") == "abc0"
    assert refused(Hex(4), "abc")
    assert refused(Hex(4), "abcg")


def test_status_codes_are_codes_and_ranges_and_a_bad_one_is_left_out() -> None:
    assert value(StatusCodes(), "200 301-304") == ((200, 200), (301, 304))
    words = Said("99 200 600-700 304-301")
    assert StatusCodes().read(words) == ((200, 200),)
    assert len(words.refused) == 3


def test_an_owner_is_a_user_and_perhaps_a_group() -> None:
    assert value(Owner(), "bob") == ("bob", None)
    assert value(Owner(), "bob staff") == ("bob", "staff")


def test_a_scripts_weight_may_be_reversed() -> None:
    assert value(WeightReverse(-253, 253), "5 reverse") == (5, True)
    assert value(WeightReverse(-253, 253), "-5") == (-5, False)
    assert remarked(WeightReverse(-253, 253), "5 foo") == ((5, False), "unknown-option")
    assert refused(WeightReverse(-253, 253), "x")
