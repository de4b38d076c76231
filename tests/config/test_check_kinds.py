"""Bytes of UDP, names of DNS, patterns and their options: what each kind takes and writes."""

import pytest

from kad.config.check_kinds import Bytes, Domain, FileWeight, Pattern, RegexOptions, Stack
from tests.config.words import Said, refused, remarked, value


@pytest.mark.parametrize(
    ("text", "digits"), [("00ff", "00ff"), ("12 3 456 7", "1203450607"), ("A b C", "0a0b0c"), ("5", "05")]
)
def test_bytes_are_pairs_of_digits_and_one_alone_is_a_byte(text: str, digits: str) -> None:
    assert value(Bytes(), text) == digits


def test_a_wildcard_stands_for_a_digit_where_it_may() -> None:
    assert value(Bytes(wild=True), "1x Xf X") == "1XXf0X"
    assert refused(Bytes(), "1X") == "is not made of hexadecimal digits"
    assert refused(Bytes(wild=True), "gg") == "is not made of hexadecimal digits and X"


def test_no_bytes_at_all_are_any_reply() -> None:
    assert value(Bytes(wild=True), "") == ""
    assert Bytes(wild=True).text("") == "any reply"


@pytest.mark.parametrize("name", [".", "example.com", "www.example.com.", "a"])
def test_a_domain_has_labels_or_is_the_root(name: str) -> None:
    assert value(Domain(), name) == name


@pytest.mark.parametrize("name", ["a..b", ".a", "a..", ".."])
def test_an_empty_label_is_refused(name: str) -> None:
    assert refused(Domain(), name) == "has an empty label"


def test_the_weight_of_a_file_is_reversed_not_reversed_or_as_the_file_says() -> None:
    kind = FileWeight()
    assert [value(kind, text) for text in ("5", "-5 reverse", "0 noreverse")] == [(5, None), (-5, True), (0, False)]
    assert remarked(kind, "5 dynamic") == ((5, None), "unknown-option")
    assert [kind.write(pair) for pair in ((5, None), (-5, True), (0, False))] == ["5", "-5 reverse", "0 noreverse"]
    assert refused(kind, "2147483648")


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("works", "works"),
        ('"it works"', "it works"),
        ("'it works'", "it works"),
        (r"\\d+", r"\d+"),
        (r"\d+", "d+"),
        (r'"a\x41\101"', "aAA"),
    ],
)
def test_a_pattern_is_one_word_whose_escapes_are_read(text: str, pattern: str) -> None:
    assert value(Pattern(), text) == pattern


@pytest.mark.parametrize("text", ["two words", '""', "'open", r"a\x00"])
def test_what_is_not_one_pattern_is_refused(text: str) -> None:
    assert refused(Pattern(), text)


@pytest.mark.parametrize("pattern", [r"^\d+$", "it's", 'say "yes"', "#a!b", "foo(", "x{2}", "tab\there"])
def test_a_pattern_reads_back_as_it_was(pattern: str) -> None:
    assert value(Pattern(), Pattern().write(pattern)) == pattern


def test_unknown_options_of_a_pattern_are_left_out_and_told() -> None:
    words = Said("caseless greedy utf")
    assert RegexOptions().read(words) == ("caseless", "utf")
    assert words.refused == ["is no option of a pattern"]


@pytest.mark.parametrize("text", ["2 1", "1", "a b", "-1 5", "1 4294967296"])
def test_a_stack_has_two_sizes_the_first_not_above_the_second(text: str) -> None:
    assert value(Stack(), "1 2") == (1, 2)
    assert refused(Stack(), text)
