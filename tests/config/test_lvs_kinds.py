"""How a virtual server is named, how packets travel, what a group consists of: what each kind takes and writes.

That each takes its own good words and complains about its bad ones is in schema/test_bounds.py.
"""

import pytest

from kad.config.fields import Kind
from kad.config.lvs_kinds import (
    Family,
    GroupMark,
    GroupMember,
    Mark,
    Member,
    Method,
    Protocol,
    Service,
    Sole,
    Tunnel,
)
from tests.config.words import Said, refused, remarked, value


@pytest.mark.parametrize("method", ["NAT", "DR"])
def test_only_a_tunnel_has_options(method: str) -> None:
    assert value(Method(), method) == (method, None)
    assert value(Method(), f"{method} type ipip") == (method, None)
    assert remarked(Method(), f"{method} type gre") == ((method, None), "extra-words")


@pytest.mark.parametrize(
    ("options", "tunnel"),
    [
        ("", Tunnel()),
        ("type ipip", Tunnel()),
        ("nocsum", Tunnel()),
        ("type gue port 6080", Tunnel(type="gue", port=6080)),
        ("port 6080 remcsum type gue", Tunnel(type="gue", port=6080, checksum="remcsum")),
        ("type gre csum", Tunnel(type="gre", checksum="csum")),
        ("type gue port 1 port 2", Tunnel(type="gue", port=2)),
    ],
)
def test_a_tunnel_has_a_type_a_port_and_checksums(options: str, tunnel: Tunnel) -> None:
    assert value(Method(), f"TUN {options}") == ("TUN", tunnel)


@pytest.mark.parametrize(
    "options", ["type gue", "port 1", "csum", "type gre remcsum", "type", "port", "foo bar", "port 0"]
)
def test_options_that_contradict_each_other_are_ignored_and_the_method_counts(options: str) -> None:
    words = Said(f"TUN {options}")
    assert Method().read(words) == ("TUN", Tunnel())
    assert (words.refused, words.remarks, words.words) == ([], ["bad-value"], [])


def test_a_method_is_written_in_capitals() -> None:
    assert refused(Method(), "nat") == "is none of NAT, DR, TUN did you mean NAT?"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("10.0.0.1 80", ("10.0.0.1", 80, None, "")),
        ("10.0.0.1", ("10.0.0.1", 0, None, "")),
        ("10.0.0.1 0", ("10.0.0.1", 0, None, "")),
        ("fwmark 0", ("", 0, 0, "")),
        ("fwmark 4294967295", ("", 0, 4294967295, "")),
        ("group web", ("", 0, None, "web")),
    ],
)
def test_a_virtual_server_is_an_address_a_mark_or_a_group(text: str, read: object) -> None:
    assert value(Service(), text) == read


def test_what_hangs_on_the_address_of_a_virtual_server_is_cut_and_told() -> None:
    assert remarked(Service(), "10.9.0.2-7 80") == (("10.9.0.2", 80, None, ""), "address-cut")


@pytest.mark.parametrize("text", ["fwmark -1", "fwmark x", "10.0.0.1 http", "www.example.com 80"])
def test_what_names_no_virtual_server_is_refused(text: str) -> None:
    assert refused(Service(), text)


@pytest.mark.parametrize("text", ["fwmark", "group"])
def test_a_virtual_server_needs_its_mark_or_the_name_of_its_group(text: str) -> None:
    assert remarked(Service(), text) == (None, "missing-argument")


def test_a_family_that_is_known_stays() -> None:
    words = Said("inet6", "inet")
    assert Family().read(words) is None
    assert words.refused == ["is not the family that was said before"]
    assert Family().read(Said("inet", "inet")) == "inet"


def test_no_protocol_is_written_as_nothing() -> None:
    assert (Protocol().write(""), Protocol().write("SCTP")) == (None, "SCTP")


def test_a_sole_word_suffers_no_other() -> None:
    assert value(Sole(), "web") == "web"
    assert refused(Sole(), "web farm").endswith("put it into quotes")


@pytest.mark.parametrize(
    ("text", "member"),
    [
        ("10.0.0.1", GroupMember(address="10.0.0.1")),
        ("10.0.0.1 80", GroupMember(address="10.0.0.1", port=80)),
        ("10.0.0.1-9 80", GroupMember(address="10.0.0.1", last="10.0.0.9", port=80)),
        ("10.0.0.0-255", GroupMember(address="10.0.0.0", last="10.0.0.255")),
        ("10.0.0.9-10.0.1.3 80", GroupMember(address="10.0.0.9", last="10.0.1.3", port=80)),
        ("FD00::1-1f 80", GroupMember(address="fd00::1", last="fd00::1f", port=80)),
        ("fd00::1-fd00::1:5", GroupMember(address="fd00::1", last="fd00::1:5")),
        ("10.0.1.0/24 80", GroupMember(address="10.0.1.0", prefix=24, port=80)),
        ("fd00::/64", GroupMember(address="fd00::", prefix=64)),
    ],
)
def test_a_member_is_an_address_a_range_or_a_network(text: str, member: GroupMember) -> None:
    assert value(Member(), text) == (member,)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("10.0.0.10-10", "ends before it begins"),
        ("10.0.0.10-9", "ends before it begins"),
        ("10.0.0.10-256", "ends in more than 255"),
        ("fd00::1-10000", "ends in more than ffff"),
        ("10.0.0.9-10.0.0.8", "ends before it begins"),
        ("10.0.0.9-fd00::1", "is not a range of IP addresses of one family"),
        ("10.0.0.9-x", "is not a range of IP addresses of one family"),
        ("x-9", "is not a range of IP addresses"),
        ("10.0.1.1/24", "is not the first address of that network"),
        ("10.0.1.1/0", "has no prefix length from 1 to 32"),
        ("10.0.1.1/33", "has no prefix length from 1 to 32"),
        ("weight", "is not an IP address, a range or a network"),
    ],
)
def test_what_is_no_member_is_refused(text: str, why: str) -> None:
    assert refused(Member(), text) == why


def test_a_mark_may_have_a_family() -> None:
    assert value(Mark(), "5") == (GroupMark(mark=5),)
    assert value(Mark(), "5 inet6") == (GroupMark(mark=5, family="inet6"),)
    assert refused(Mark(), "5 inet7").startswith("is neither inet nor inet6")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Method(), "TUN type gue port 6080 csum"),
        (Service(), "fwmark 3"),
        (Service(), 'group "two words"'),
        (Member(), "10.0.0.1-10.0.0.9 80"),
        (Mark(), "5 inet6"),
    ],
)
def test_what_is_read_is_written_as_it_was(kind: Kind, text: str) -> None:
    words = Said(text)
    if '"' in text:
        words.words = ["group", "two words"]
    assert kind.write(kind.read(words)) == text
