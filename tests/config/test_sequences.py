"""What stands in the parentheses of ~SEQ, ~SEQx and ~LST."""

import pytest

from kad.config.sequences import Sequence, parse


def values(kind: str, parameters: str) -> list[tuple[str, ...]]:
    sequence = parse(kind, parameters)
    assert isinstance(sequence, Sequence), sequence
    return list(sequence.values)


@pytest.mark.parametrize(
    ("kind", "parameters", "expected"),
    [
        ("SEQ", "I, 1, 3", "1 2 3"),
        ("SEQ", "I,3", "1 2 3"),
        ("SEQ", "I,0", "1 0"),
        ("SEQ", "I,-3", "-1 -2 -3"),
        ("SEQ", "I,3,1", "3 2 1"),
        ("SEQ", "I,3,-1,1", "3 2 1"),
        ("SEQ", " I , 1 , 4 , 9 ", "1 5 9"),
        ("SEQ", "I,1,4,8", "1 5"),
        ("SEQ", "I,5,5", "5"),
        ("SEQ", "I,0x10,0X11", "16 17"),
        ("SEQ", "I,010,+9", "8 9"),
        ("SEQ", "I,,2", "0 1 2"),
        ("SEQx", "I,9,12", "9 a b c"),
        ("SEQx", "I,0x1e,0x21", "1e 1f 20 21"),
    ],
)
def test_a_count_goes_from_start_to_end_inclusive(kind: str, parameters: str, expected: str) -> None:
    assert values(kind, parameters) == [(word,) for word in expected.split()]


@pytest.mark.parametrize(
    ("kind", "parameters", "why"),
    [
        ("SEQ", "I", "it takes"),
        ("SEQ", "I,1,2,3,4", "it takes"),
        ("SEQ", "I,a", "'a' is no number"),
        ("SEQ", "I,09", "'09' is no number"),
        ("SEQ", "I," + "9" * 5000, "'9999"),
        ("SEQ", "I,1,,4", "'' is no number"),
        ("SEQ", "I,1,0,3", "steps of 0"),
        ("SEQ", "I,3,1,1", "steps of 1 never lead from 3 to 1"),
        ("SEQ", "I,1,-1,3", "steps of -1"),
        ("SEQ", ",2", "'' is no name"),
        ("SEQ", "1I,2", "'1I' is no name"),
        ("SEQ", "", "'' is no name"),
        ("SEQx", "I,-2", "no negative numbers"),
        ("LST", "I", "no values"),
        ("LST", "", "'' is no name"),
        ("LST", "I,a b,c", "its values are words"),
        ("LST", "{I,J},{a b}", "its values are words"),
        ("LST", "{I J},{a}", "'I J' is no name|its values"),
        ("LST", "I,a,b}", "its values are words"),
        ("LST", "{I,J},{a,b} {c}", "its values are words"),
        ("LST", "{I,J},{a,b,c}", "more values than"),
        ("LST", "I,{a,b},c", "more values than"),
    ],
)
def test_what_is_wrong_is_said(kind: str, parameters: str, why: str) -> None:
    found = parse(kind, parameters)
    assert isinstance(found, str)
    assert any(part in found for part in why.split("|")), found


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("I,a,b", [("a",), ("b",)]),
        (" I , a , b ", [("a",), ("b",)]),
        ("I,a,,b", [("a",), ("",), ("b",)]),
        ("I,", [("",)]),
        ("I,{a},b", [("a",), ("b",)]),
        ("{I},{a},{b}", [("a",), ("b",)]),
        ("{I,J},{a,b},{c},{}", [("a", "b"), ("c", ""), ("", "")]),
        ("{ I , J },{ a , b }", [("a", "b")]),
        ("{I,J},a,b", [("a", ""), ("b", "")]),
        ("I,$A,${B},x${C}.y", [("$A",), ("${B}",), ("x${C}.y",)]),
        ("{I,J},{${A},${B}}", [("${A}", "${B}")]),
    ],
)
def test_a_list_gives_each_variable_a_value_each_time(parameters: str, expected: list[tuple[str, ...]]) -> None:
    assert values("LST", parameters) == expected


def test_a_count_is_not_made_before_it_is_needed() -> None:
    sequence = parse("SEQ", "I,1,1000000000000")
    assert isinstance(sequence, Sequence)
    assert next(iter(sequence.values)) == ("1",)
