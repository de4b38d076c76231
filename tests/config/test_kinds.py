"""The kinds of value: what each takes, what it makes of the rest, and how it writes a value down."""

import pytest

from kad.config.kinds import (
    SIGNED,
    Bool,
    Choice,
    Fixed,
    Flag,
    Hex,
    Int,
    Interface,
    OptionalWord,
    Owner,
    Seconds,
    Several,
    StatusCodes,
    Weight,
    WeightReverse,
    Word,
    any_base,
    choice,
    whole,
)
from kad.units import MILLISECOND, SECOND, Micros
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
    why = refused(Seconds(Micros(10_000), Micros(255 * SECOND)), text)
    assert why.removesuffix(" write 1") == "is not a number of seconds from 0.01 to 255"


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


def test_the_last_words_of_a_weight_may_be_others_too() -> None:
    kind = WeightReverse(-254, 254, also=("noreverse",))
    assert value(kind, "5 noreverse") == (5, False)
    assert (kind.form, kind.write((5, True)), kind.write((-5, False))) == (
        "NUMBER [reverse|noreverse]",
        "5 reverse",
        "-5",
    )


def test_numbers_are_decimal_or_as_c_has_them() -> None:
    assert [whole(word) for word in ("010", "0x10", "-3", "1e2", "")] == [10, None, -3, None, None]
    assert [any_base(word) for word in ("010", "0x1F", "-0x1f", "9", "08", "0", "x")] == [8, 31, -31, 9, None, 0, None]
    assert value(Int(0, 99, c=True), "0x10") == 16
    assert refused(Int(0, 99), "0x10")


def test_a_number_that_is_clamped_becomes_the_nearer_bound() -> None:
    assert remarked(Int(1, 99, clamped=True), "100") == (99, "bad-value")
    assert remarked(Int(1, 99, clamped=True), "-7") == (1, "bad-value")
    assert refused(Int(1, 99, clamped=True), "x")


def test_a_number_shows_its_range_its_bounds_and_what_is_past_them() -> None:
    kind = Int(0, 9, zero=1, absent=5)
    assert (kind.form, kind.extent(), kind.good(), kind.bad()) == ("[NUMBER]", "0..9", ("1", "9"), ("-1", "10", "many"))
    assert Weight().extent() == "-253..253"
    assert Weight(limit=100).extent() == "-100..100"


def test_a_kept_number_is_refused_where_no_int_holds_it() -> None:
    assert remarked(Int(0, 9, kept=True), str(SIGNED)) == (SIGNED, "bad-value")
    assert refused(Int(0, 9, kept=True), str(SIGNED + 1))


@pytest.mark.parametrize(
    ("text", "micros"), [("1", 1_000), ("1000", 1_000_000), ("0.001", 1), ("1.5", 1_500), ("2.", 2_000)]
)
def test_milliseconds_are_read_to_the_microsecond(text: str, micros: int) -> None:
    kind = Seconds(Micros(0), Micros(9_999 * MILLISECOND), decimals=3, unit=MILLISECOND)
    assert value(kind, text) == micros
    assert kind.form == "MILLISECONDS"


def test_milliseconds_are_rounded_at_the_third_decimal() -> None:
    kind = Seconds(Micros(0), Micros(9_999 * MILLISECOND), decimals=3, unit=MILLISECOND)
    assert remarked(kind, "1.0005") == (1_001, "bad-value")
    assert kind.text(Micros(1_500)) == "1.5 ms"
    assert refused(kind, "10000") == "is not a number of milliseconds from 0 to 9999"


def test_a_time_shows_its_range_and_what_is_past_it() -> None:
    kind = Seconds(Micros(0), Micros(9 * SECOND), decimals=3, zero=SECOND)
    assert (kind.extent(), kind.good(), kind.bad()) == ("0..9", ("0.001", "9"), ("-1", "9.001", "1e3", "soon"))
    assert kind.write(Micros(1_500_000)) == "1.5"


def test_a_long_word_is_cut_in_whole_characters_where_that_is_said() -> None:
    assert remarked(Word(longest=4, cut=True), "aaaaa") == ("aaaa", "bad-value")
    assert remarked(Word(longest=4, cut=True), "aaaä") == ("aaa", "bad-value")
    assert value(Word(longest=5), "aaaä") == "aaaä"


def test_a_word_may_be_left_out_for_a_value_of_its_own() -> None:
    kind = OptionalWord("TABLE", "keepalived")
    assert (value(kind, ""), value(kind, "mine")) == ("keepalived", "mine")
    assert (kind.write("keepalived"), kind.write("mine"), kind.form) == ("", "mine", "[TABLE]")


def test_several_words_are_all_of_the_line() -> None:
    assert value(Several(), "one two three") == ("one", "two", "three")
    assert Several().write(("one", "t w o")) == 'one "t w o"'


def test_a_flag_is_true_and_what_is_off_can_not_be_written() -> None:
    assert value(Flag(), "") is True
    assert (Flag().write(True), Flag().write(False)) == ("", None)


def test_a_fixed_value_is_written_by_its_own_name_only() -> None:
    assert value(Fixed("MII"), "") == "MII"
    assert (Fixed("MII").write("MII"), Fixed("MII").write("IOCTL")) == ("", None)


def test_a_choice_that_stays_is_told_when_another_follows_it() -> None:
    kind = choice("MASTER", "BACKUP")
    assert (value(kind, "MASTER"), kind.write("BACKUP"), kind.extent()) == ("MASTER", "BACKUP", "MASTER|BACKUP")


def test_a_message_writes_truth_and_choices_as_the_file_does() -> None:
    assert (Bool().text(True), Bool().text(False), Bool().write(False)) == ("on", "off", "off")


def test_words_that_would_not_read_back_are_written_in_quotes() -> None:
    assert [Word().write(word) for word in ("plain", "two words", "", "a#b", "${X}")] == [
        "plain",
        '"two words"',
        '""',
        '"a#b"',
        '"${X}"',
    ]


def test_status_codes_are_written_as_codes_and_ranges() -> None:
    assert StatusCodes().write(((200, 200), (301, 304))) == "200 301-304"
    assert StatusCodes().write(()) is None
