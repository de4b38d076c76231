"""What the machine is made of, before it is made."""

from tests.corpus.machine import accounts, interface_commands, with_accounts
from tests.corpus.table import lines


def test_accounts_are_those_of_script_user_outside_comments() -> None:
    text = "global_defs {\n  script_user a b\n  script_user c # for all\n  # script_user d\n}\n"
    assert accounts([text]) == (["a", "c"], ["b", "c"])


def test_an_account_that_is_there_is_not_made_again() -> None:
    users, groups = with_accounts("root:x:0:0::/:\n", "root:x:0:\n", ["root", "a"], ["root", "b", "a"])
    assert users == "root:x:0:0::/:\na:x:5000:5001::/nonexistent:/usr/sbin/nologin\n"
    assert groups == "root:x:0:\nb:x:5000:\na:x:5001:\n"


def test_every_interface_has_an_address_of_each_family_and_is_up() -> None:
    made = interface_commands(["eth0", "eth0.10"])
    assert (
        "link set eth0.10 up\naddr add 198.18.1.1/24 dev eth0.10\naddr add 2001:db8:2::1/64 dev eth0.10 nodad\n" in made
    )


def test_a_table_has_columns_of_one_width() -> None:
    assert lines([("a", 1, "x"), ("bcd", 20, "")]) == ["  a     1  x", "  bcd  20"]
    assert lines([]) == []
