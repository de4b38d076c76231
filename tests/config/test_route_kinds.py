"""Prefixes, gateways and names in routes and rules: what each kind takes, and what it makes of the rest."""

import pytest

from kad.config.fields import Kind
from kad.config.kinds import UNSIGNED
from kad.config.route_kinds import (
    ANY,
    NAMES,
    Features,
    FirstAddress,
    Gateway,
    Group,
    Named,
    Network,
    Preference,
    Prefix,
    RealmPair,
    Realms,
    Reserved,
    RouteType,
    TypeWord,
)
from tests.config.words import Said, complaints, refused, remarked, value

KINDS: tuple[Kind, ...] = (
    Network(),
    Network(6),
    Network(old=True),
    Gateway(),
    FirstAddress(),
    Group(),
    RouteType(),
    *(Named(table) for table in NAMES),
    RealmPair(),
    Preference(),
    Features(),
)


@pytest.mark.parametrize("kind", [*KINDS, Reserved(), TypeWord()], ids=lambda kind: type(kind).__name__)
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


# Prefixes and addresses


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.0/24", Prefix("192.0.2.0", 24)),
        ("192.0.2.9", Prefix("192.0.2.9", 32)),
        ("2001:DB8::/32", Prefix("2001:db8::", 32)),
        ("default", ANY),
        ("any", ANY),
        ("all", ANY),
        ("default6", Prefix("::", 0)),
    ],
)
def test_a_prefix_is_a_network_or_a_word_for_all(text: str, network: Prefix) -> None:
    assert value(Network(old=True), text) == network


def test_host_bits_are_cleared_and_an_impossible_length_is_the_longest() -> None:
    assert remarked(Network(), "192.0.2.9/24") == (Prefix("192.0.2.0", 24), "host-bits")
    assert remarked(Network(), "192.0.2.9/33") == (Prefix("192.0.2.9", 32), "bad-value")


def test_only_a_prefix_or_a_word_for_all_begins_a_destination() -> None:
    assert [Network(old=True).begins(word) for word in ("10.0.0.0/8", "default6", "any", "dev", "10")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert not Network().begins("default6")


def test_a_prefix_may_have_to_be_of_a_family() -> None:
    assert refused(Network(6), "192.0.2.0/24") == "is no prefix of IPv6"
    assert refused(Network(6), "default") == "is no prefix of IPv6"
    assert refused(Network(), "defalut") == "is no prefix did you mean default?"


def test_a_gateway_is_of_the_family_that_it_names() -> None:
    assert value(Gateway(), "inet6 2001:db8::1") == "2001:db8::1"
    assert refused(Gateway(), "inet 2001:db8::1") == "is not an IPv4 address"
    assert refused(Gateway(), "inet6") == "needs an address after it"


def test_of_two_peers_or_groups_the_first_one_counts() -> None:
    assert remarked(FirstAddress(), "192.0.2.2", "192.0.2.1") == ("192.0.2.1", "already-set")
    assert remarked(Group(), "b", "a") == ("a", "already-set")
    assert FirstAddress().read(Said("host", "192.0.2.1")) is None


def test_what_is_for_mpls_is_told_and_ignored_with_its_words() -> None:
    words = Said("to 192.0.2.1 dev")
    Reserved().read(words)
    assert (words.words, words.remarks) == (["dev"], ["bad-value"])


# Names and numbers


def test_a_type_is_a_name_or_a_byte_in_any_base() -> None:
    assert [value(RouteType(), text) for text in ("blackhole", "brd", "broadcast", "0x5", "200")] == [6, 3, 3, 5, 200]
    assert [RouteType().write(number) for number in (6, 3, 200)] == ["blackhole", "broadcast", "200"]
    assert [RouteType().begins(word) for word in ("throw", "255", "256", "10.0.0.0/8")] == [True, True, False, False]
    assert refused(RouteType(), "blackhoel").endswith("did you mean blackhole?")


def test_a_name_of_a_table_stays_a_name_and_a_number_is_one() -> None:
    kind = Named("rt_tables", 1, UNSIGNED)
    assert [value(kind, text) for text in ("main", "0x10", "254")] == ["main", 16, 254]
    assert refused(kind, "0") == f"is not a number from 1 to {UNSIGNED}"
    assert refused(kind, "1x")


def test_realms_are_one_or_two_names_or_numbers() -> None:
    assert [value(RealmPair(), text) for text in ("5", "5/6")] == [Realms(0, 5), Realms(5, 6)]
    assert value(RealmPair(), "a/b") == Realms("a", "b")  # type: ignore[arg-type]  # until the rules have the numbers
    assert refused(RealmPair(), "1/2/3") == "is not [FROM/]TO"


def test_a_preference_is_the_kernels_number_for_a_word() -> None:
    assert [value(Preference(), text) for text in ("low", "medium", "high", "255")] == [3, 0, 1, 255]


def test_type_leaves_the_action_to_be_read() -> None:
    words = Said("blackhole")
    assert TypeWord().read(words) is True
    assert words.words == ["blackhole"]
    assert refused(TypeWord(), "table") == "is none of goto, nop, blackhole, unreachable, prohibit"
