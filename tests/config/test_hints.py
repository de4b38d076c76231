"""What is suggested for a name that is not there: a near one, or all that there are, but no guess between numbers."""

import pytest

from kad.config.hints import FEW, interface, listed, meant


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("chek", ["check", "other"], "did you mean check?"),
        ("nothing", ["check", "other"], "the scripts are: check, other"),
        ("VI_3", ["VI_1", "VI_2"], "the scripts are: VI_1, VI_2"),
        ("VI_3", ["VI_1"], "there is only VI_1"),
        ("VI_3", [], ""),
    ],
)
def test_a_name_that_is_not_there_is_guessed_unless_a_number_tells_the_others_apart(
    name: str, known: list[str], hint: str
) -> None:
    assert meant(name, known, "scripts") == hint


def test_names_are_listed_in_order_where_they_are_few() -> None:
    names = [f"n{number}" for number in range(FEW)]
    assert listed(names[::-1], "names") == f"the names are: {', '.join(names)}"
    assert listed([*names, "more"], "names") == ""


@pytest.mark.parametrize(("name", "hint"), [("veth00", "did you mean veth0?"), ("ens3", "")])
def test_of_many_interfaces_only_one_that_begins_alike_is_guessed(name: str, hint: str) -> None:
    many = {f"veth{number}" for number in range(FEW)} | {"lo"}
    assert interface(name, many) == hint


def test_few_interfaces_are_all_listed() -> None:
    assert interface("eth7", {"eth1", "eth0"}) == "the interfaces are: eth0, eth1"
