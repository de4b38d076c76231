"""The paths of a route as words: next hops and encapsulations, and what is left of them when something is wrong."""

import pytest

from kad.config.fields import Kind
from kad.config.hop_kinds import Encap, HopWords, IlaEncap, Ip6Encap, IpEncap, MplsEncap, NextHop, NextHops
from kad.config.route_kinds import Realms
from tests.config.words import Said, complaints, refused, remarked, value

KINDS: tuple[Kind, ...] = (Encap(), NextHops())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
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


def test_an_encapsulation_ends_at_the_first_word_that_is_not_its_own() -> None:
    words = Said("ip id 5 dst 192.0.2.9 ttl 9 mtu 1400")
    assert Encap().read(words) == IpEncap(id=5, dst="192.0.2.9", ttl=9)
    assert words.words == ["mtu", "1400"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ip6 dst 2001:db8::9 tc 5 hoplimit 4", Ip6Encap(dst="2001:db8::9", tc=5, hoplimit=4)),
        ("mpls 100/200", MplsEncap((100, 200))),
        ("ila 2001:0DB8:0:1", IlaEncap("2001:db8:0:1")),
    ],
)
def test_there_are_four_encapsulations(text: str, expected: object) -> None:
    assert value(Encap(), text) == expected


@pytest.mark.parametrize(
    "text", ["", "gre", "ip ttl 9", "ip dst", "ip dst 2001:db8::9", "mpls", "mpls 1048576", "ila x"]
)
def test_half_an_encapsulation_is_none(text: str) -> None:
    assert refused(Encap(), text)


def test_next_hops_are_all_words_to_the_end() -> None:
    assert value(NextHops(), "via 192.0.2.1 dev eth0 weight 3 nexthop dev eth1 onlink encap mpls 5 realms 7") == (
        NextHop(via="192.0.2.1", device="eth0", weight=3),
        NextHop(device="eth1", onlink=True, encap=MplsEncap((5,)), realms=Realms(0, 7)),
    )


@pytest.mark.parametrize("bad", ["via host dev eth0", "weight 5", "via 192.0.2.9 weight 0", "via 192.0.2.9 dev"])
def test_a_next_hop_that_can_not_be_used_is_left_out_alone(bad: str) -> None:
    assert remarked(NextHops(), f"via 192.0.2.1 nexthop {bad}") == ((NextHop(via="192.0.2.1"),), "bad-nexthop")


def test_what_is_no_part_of_a_next_hop_is_told_and_ignored_with_all_that_follows() -> None:
    words = Said("via 192.0.2.1 mtu 1400 nexthop via 192.0.2.2")
    assert NextHops().read(words) == (NextHop(via="192.0.2.1"),)
    assert (words.remarks, words.words) == (["unknown-option"], [])


def test_a_next_hop_that_can_not_be_used_is_told_before_the_line_is_lost() -> None:
    words = Said("via host")
    assert NextHops().read(words) is None
    assert (words.remarks, words.refused) == (["bad-nexthop"], ["leaves no next hop that can be used"])


def test_what_is_said_of_a_next_hop_but_no_refusal_is_passed_on() -> None:
    words = Said("the rest")
    hop = HopWords(words)
    hop.remark("one", "text")
    hop.report("two", "text")
    assert (hop.rest(), words.remarks) == ("the rest", ["one", "two"])
