"""Addresses, ports, prefixes and scopes: what each takes, and what it makes of the rest."""

import pytest

from kad.config.addresses import Address, Broadcast, Netmask, Port, Prefixed, Scope, Target, address, is_name
from kad.config.fields import Kind
from tests.config.words import Said, refused, remarked, value


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


def test_an_address_with_a_zone_is_none() -> None:
    assert address("fe80::1%eth0") is None
    assert str(address("FE80::1")) == "fe80::1"


@pytest.mark.parametrize(
    ("word", "name"), [("www.example.org", True), ("host", True), ("1.2.3", False), ("a_b", False)]
)
def test_what_looks_like_a_name_is_told_from_an_address_gone_wrong(word: str, name: bool) -> None:
    assert is_name(word) is name


def test_an_ipv6_prefix_becomes_canonical_and_has_its_own_longest_length() -> None:
    assert value(Prefixed(), "FD00:0::1/64") == ("fd00::1", 64)
    assert remarked(Prefixed(), "fd00::1/129") == (("fd00::1", 128), "bad-value")
    assert Prefixed().write(("fd00::1", 64)) == "fd00::1/64"


def test_a_target_is_written_as_it_was_read() -> None:
    class Made:
        def __init__(self, address: str, port: int) -> None:
            self.address, self.port = address, port

    kind = Target(Made)
    assert [kind.write(kind.read(Said(text))) for text in ("10.0.0.1", "10.0.0.1 80")] == ["10.0.0.1", "10.0.0.1 80"]


@pytest.mark.parametrize("kind", [Address(4), Address(6), Address(multicast=True), Prefixed(), Broadcast(), Scope()])
def test_the_good_words_of_a_kind_are_good_and_the_bad_ones_are_not(kind: Kind) -> None:
    for word in kind.good():
        value(kind, word)
    for word in kind.bad():
        said = Said(word)
        kind.read(said)
        assert said.refused or said.remarks, word
