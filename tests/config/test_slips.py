"""What is said of words that were typed in a way that many type."""

import pytest

from kad.config.slips import address_slip, option_slip, slip, time_slip


@pytest.mark.parametrize(
    ("word", "advice"),
    [
        ("51", ""),
        ("51,", "write it without the ,"),
        ("=51", "write the value without ="),
        ("//", "write # before a comment"),
        ("5\u00a0", "a no-break space (U+00A0) is no blank here: write a plain one"),
        ("\u201con\u201d", 'a left double quotation mark (U+201C) is no quote here: write "'),
    ],
)
def test_a_slip_is_explained(word: str, advice: str) -> None:
    assert slip(word) == advice


@pytest.mark.parametrize(
    ("word", "advice"),
    [
        ("192.0.2.1:80", "write 192.0.2.1 80"),
        ("[2001:db8::1]:80", "write 2001:db8::1 80"),
        ("192.0.2.1,", "write each address in a line of its own"),
        ("host", ""),
    ],
)
def test_a_slip_in_an_address_is_explained(word: str, advice: str) -> None:
    assert address_slip(word) == advice


@pytest.mark.parametrize(
    ("word", "unit", "advice"),
    [
        ("0.5s", 1_000_000, "write 0.5"),
        ("500ms", 1_000_000, "write 0.5"),
        ("2min", 1_000_000, "write 120"),
        ("1s", 1000, "write 1000"),
        ("5us", 1000, "write 0.005"),
        ("1,", 1000, "write it without the ,"),
        ("soon", 1000, ""),
    ],
)
def test_a_time_with_a_unit_is_written_without_it(word: str, unit: int, advice: str) -> None:
    assert time_slip(word, unit) == advice


def test_an_option_that_has_another_name_is_told_by_that() -> None:
    assert option_slip("device", {"dev", "label"}) == "write dev"
    assert option_slip("Gateway", {"via"}) == "write via"
    assert option_slip("gateway", {"dev"}) == ""
    assert option_slip("netmask", {"dev"}) == "write a /LENGTH after the address"
