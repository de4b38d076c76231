"""What spans the words of addresses, routes and rules: families, names, next hops, preferences, groups, doubles."""

import pytest

from kad.config import diagnostics
from kad.config.config import Config
from kad.config.hop_kinds import NextHop
from kad.config.load import Loaded, load
from kad.config.metric_kinds import Mark, Metric, Range
from kad.config.printing import written
from kad.config.route_kinds import Prefix, Realms
from kad.config.schema.static_ipaddress import StaticAddress
from kad.config.schema.static_routes import StaticRoute
from kad.config.schema.static_rules import StaticRule
from tests.config.texts import MAIN, Memory, World, instance, read
from tests.config.texts import rules as broken

GROUP = "track_group g {\n group {\n VI_1\n }\n}\n"


class Other(World):
    """A machine with other interfaces."""

    def __init__(self, *names: str) -> None:
        self._names = frozenset(names)

    def interfaces(self) -> frozenset[str]:
        return self._names

    def read(self, text: str) -> Loaded:
        return load(MAIN, Memory({MAIN: text}), self)


def told(loaded: Loaded) -> list[str]:
    """The rules that were broken, but for the notes."""
    return [rule for rule in broken(loaded) if rule not in ("not-acted-on", "set-again")]


def static(block: str, *lines: str, before: str = GROUP) -> Loaded:
    """A file with these static lines, and an instance."""
    return read(before + f"{block} {{\n" + "\n".join(lines) + "\n}\n" + instance())


def addresses(config: Config) -> tuple[StaticAddress, ...]:
    return config.static_ipaddress


def route(line: str) -> StaticRoute:
    """The route of a line that nothing is wrong with."""
    loaded = static("static_routes", line)
    assert told(loaded) == []
    return loaded.config.static_routes[0]


def rule(line: str) -> StaticRule:
    """The rule of a line that nothing is wrong with."""
    loaded = static("static_rules", line)
    assert told(loaded) == []
    return loaded.config.static_rules[0]


def lost(block: str, line: str) -> str:
    """The one reason why a line is lost."""
    loaded = static(block, line)
    assert getattr(loaded.config, block) == ()
    (reason,) = told(loaded)
    return reason


# Every word


def test_a_route_has_all_words_of_ip_route() -> None:
    found = route(
        "blackhole 10.1.0.0/16 via 10.0.0.1 src 10.0.0.7 tos AF11 table blue protocol keepalived scope link metric 5"
        " dev eth0 onlink mtu lock 1400 advmss 1000 hoplimit 60 rtt 300ms rttvar lock 1s rto_min 500 reordering 3"
        " window 4 cwnd 5 ssthresh 6 initcwnd 7 initrwnd 8 realms 1/2 features ecn quickack 1 ttl-propagate disabled"
        " fastopen_no_cookie 1 append track_group g"
    )
    assert found == StaticRoute(
        type=6, destination=Prefix("10.1.0.0", 16), via="10.0.0.1", source="10.0.0.7", tos=0x28, table=100,
        protocol=18, scope=253, metric=5, device="eth0", onlink=True, mtu=Metric(1400, lock=True), advmss=Metric(1000),
        hoplimit=60, rtt=Metric(2400), rttvar=Metric(4000, lock=True), rto_min=Metric(500), reordering=Metric(3),
        window=4, cwnd=Metric(5), ssthresh=Metric(6), initcwnd=7, initrwnd=8, realms=Realms(1, 2), ecn=True,
        quickack=1, ttl_propagate=False, fastopen_no_cookie=1, mode="append", track_group="g",
    )  # fmt: skip
    assert found.version == 4


def test_a_rule_has_all_words_of_ip_rule() -> None:
    found = rule(
        "not from 10.1.0.0/16 to 10.2.0.0/16 lookup main order 5 dsfield 0x10 fwmark 0x5/0xff realms 5/6 sup_pl 0"
        " sup_group default dev eth0 oif eth1 tunnel-id 7 uidrange 5-6 ipproto dccp sport 80 dport 1-2 track_group g"
    )
    assert found == StaticRule(
        invert=True, source=Prefix("10.1.0.0", 16), destination=Prefix("10.2.0.0", 16), table=254, preference=5,
        tos=16, fwmark=Mark(5, 255), realms=Realms(5, 6), suppress_prefixlength=0, suppress_ifgroup=0, iif="eth0",
        oif="eth1", tunnel_id=7, uidrange=Range(5, 6), ipproto=33, sport=Range(80, 80), dport=Range(1, 2),
        track_group="g",
    )  # fmt: skip
    assert found.version == 4


def test_an_address_has_all_words_of_ip_address() -> None:
    loaded = static(
        "static_ipaddress",
        "10.1.0.1/24 dev eth1 brd + label eth1:x scope link home -nodad mngtmpaddr noprefixroute autojoin no_track"
        " preferred_lft 5 track_group g",
    )
    assert told(loaded) == []
    assert addresses(loaded.config) == (
        StaticAddress(
            address="10.1.0.1", prefix=24, device="eth1", broadcast="+", label="eth1:x", scope="link", home=True,
            dad=True, mngtmpaddr=True, noprefixroute=True, autojoin=True, no_track=True, preferred_lft=5,
            track_group="g",
        ),
    )  # fmt: skip


def test_instances_have_routes_and_rules_without_track_groups() -> None:
    loaded = read(instance("virtual_routes {\n10.1.0.0/16 dev eth0\n}\nvirtual_rules {\nprohibit preference 5\n}"))
    one = loaded.config.vrrp_instances[0]
    assert (one.virtual_routes[0].destination, one.virtual_rules[0].action) == (Prefix("10.1.0.0", 16), "prohibit")
    assert told(read(instance("virtual_routes {\n10.1.0.0/16 dev eth0 track_group g\n}"))) == ["bad-line"]


# The destination


@pytest.mark.parametrize(
    ("line", "kind", "destination"),
    [
        ("10.1.0.0/16 dev eth0", 1, Prefix("10.1.0.0", 16)),
        ("dev eth0 10.1.0.0/16", 1, Prefix("10.1.0.0", 16)),
        ("to 10.1.0.0/16 dev eth0", 1, Prefix("10.1.0.0", 16)),
        ("dev eth0 throw 10.1.0.0/16", 9, Prefix("10.1.0.0", 16)),
        ("5 10.1.0.0/16 dev eth0", 5, Prefix("10.1.0.0", 16)),
        ("10.1.0.0/16 dev eth0 10.2.0.0/16", 1, Prefix("10.2.0.0", 16)),
        ("default dev eth0", 1, Prefix("0.0.0.0", 0)),
        ("default6 dev eth0", 1, Prefix("::", 0)),
        ("inet6 all dev eth0", 1, Prefix("::", 0)),
        ("any via 2001:db8::1 dev eth0", 1, Prefix("::", 0)),
        ("via 2001:db8::1 any dev eth0", 1, Prefix("::", 0)),
    ],
)
def test_a_destination_stands_anywhere_and_takes_its_family_from_the_others(
    line: str, kind: int, destination: Prefix
) -> None:
    found = route(line)
    assert (found.type, found.destination) == (kind, destination)


@pytest.mark.parametrize(
    "line",
    ["dev eth0", "unicast to 10.1.0.0/16 dev eth0", "blackhole dev eth0 10.1.0.0/16", "10/8 dev eth0", "x dev eth0"],
)
def test_without_a_destination_the_route_is_lost(line: str) -> None:
    assert lost("static_routes", line) == "bad-line"


@pytest.mark.parametrize(
    ("block", "line"), [("static_routes", "blackhole"), ("static_routes", "10.1.0.0/16 mtu"), ("static_rules", "table")]
)
def test_a_line_that_ends_too_early_ends_the_test_as_keepalived_does(block: str, line: str) -> None:
    loaded = static(block, line)
    assert diagnostics.test_status(loaded.diagnostics) == 2


# Families


@pytest.mark.parametrize(
    "line",
    [
        "10.1.0.0/16 via 2001:db8::1",
        "10.1.0.0/16 src 2001:db8::1",
        "10.1.0.0/16 dev eth0 inet6",
        "2001:db8::/32 dev eth0 inet",
        "2001:db8::/32 dev eth0 realms 5",
        "10.1.0.0/16 dev eth0 expires 5",
        "10.1.0.0/16 dev eth0 pref low",
        "10.1.0.0/16 dev eth0 from 2001:db8::/32",
    ],
)
def test_a_route_is_of_one_family(line: str) -> None:
    assert lost("static_routes", line) == "route-family"


@pytest.mark.parametrize(
    "line",
    [
        "from 10.1.0.0/16 to 2001:db8::/32 table 5 preference 1",
        "from 10.1.0.0/16 inet6 table 5 preference 1",
        "from 2001:db8::/32 realms 5 table 5 preference 1",
    ],
)
def test_a_rule_is_of_one_family(line: str) -> None:
    assert lost("static_rules", line) == "route-family"


def test_ipv6_routes_have_options_of_their_own() -> None:
    found = route("2001:db8::/32 dev eth0 from 2001:db8:1::/48 expires 5 pref high")
    assert (found.source_prefix, found.expires, found.pref, found.version) == (
        Prefix("2001:db8:1::", 48), 5_000_000, 1, 6,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "version"),
    [("table 5 preference 1", 4), ("table 5 preference 1 inet6", 6), ("to 2001:db8::/32 table 5 preference 1", 6)],
)
def test_a_rule_is_for_ipv4_unless_it_says_something_else(line: str, version: int) -> None:
    assert rule(line).version == version


def test_a_rule_for_all_is_for_all_of_its_family() -> None:
    assert rule("from any to 2001:db8::/32 table 5 preference 1").source == Prefix("::", 0)


# Names, interfaces


@pytest.mark.parametrize("words", ["table red", "scope far", "protocol me", "tos AF99", "realms me"])
def test_a_name_that_is_in_no_table_costs_the_line(words: str) -> None:
    assert lost("static_routes", f"10.1.0.0/16 dev eth0 no_track {words}") == "unknown-route-name"


def test_a_transport_protocol_that_is_none_is_ignored() -> None:
    loaded = static("static_rules", "table 5 preference 1 ipproto me")
    assert told(loaded) == ["bad-value"]
    assert loaded.config.static_rules[0].ipproto is None


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("static_routes", "10.1.0.0/16 dev eth7"),
        ("static_routes", "10.1.0.0/16 nexthop dev eth0 nexthop dev eth7"),
        ("static_rules", "iif eth7 table 5 preference 1"),
        ("static_rules", "oif eth7 table 5 preference 1"),
        ("static_ipaddress", "10.1.0.1/24 dev eth7"),
    ],
)
def test_interfaces_must_be_there_unless_they_may_come_later(block: str, line: str) -> None:
    assert "unknown-interface" in told(static(block, line))
    loaded = static(block, line, before="global_defs {\n dynamic_interfaces\n}\n")
    assert "unknown-interface" not in told(loaded)
    assert len(getattr(loaded.config, block)) == 1


def test_a_vrf_must_be_one_and_be_there() -> None:
    assert lost("static_routes", "10.1.0.0/16 dev eth0 vrf eth1") == "bad-route"
    assert lost("static_routes", "10.1.0.0/16 dev eth0 vrf vrf0") == "bad-route"
    loaded = Other("eth0", "vrf0").read("static_routes {\n10.1.0.0/16 dev eth0 vrf vrf0\n}\n")
    assert (told(loaded), loaded.config.static_routes[0].vrf) == (["not-run-yet"], "vrf0")


# Next hops


def test_the_old_form_of_two_gateways_becomes_two_next_hops() -> None:
    loaded = static("static_routes", "10.1.0.0/16 via 10.0.0.1 or 10.0.0.2 dev eth0 no_track")
    assert told(loaded) == ["deprecated-keyword"]
    found = loaded.config.static_routes[0]
    assert (found.via, found.device) == (None, None)
    assert found.nexthops == (NextHop(via="10.0.0.1", device="eth0"), NextHop(via="10.0.0.2", device="eth0"))


@pytest.mark.parametrize(
    ("line", "reasons"),
    [
        ("10.1.0.0/16 no_track via 10.0.0.1 or 10.0.0.2 nexthop via 10.0.0.3", ["deprecated-keyword", "bad-route"]),
        ("10.1.0.0/16 no_track via 10.0.0.1 nexthop via 10.0.0.3", ["via-and-nexthop"]),
        ("10.1.0.0/16 dev eth0 nexthop via 10.0.0.3", ["via-and-nexthop"]),
        ("10.1.0.0/16 no_track nexthop via 2001:db8::1", ["bad-nexthop", "bad-route"]),
        ("2001:db8::/32 no_track nexthop via 2001:db8::1 realms 5", ["bad-nexthop", "bad-route"]),
        ("10.1.0.0/16 no_track nexthop via 10.0.0.1 realms me", ["bad-nexthop", "bad-route"]),
    ],
)
def test_next_hops_exclude_other_paths_and_are_of_the_routes_family(line: str, reasons: list[str]) -> None:
    loaded = static("static_routes", line)
    assert (loaded.config.static_routes, told(loaded)) == ((), reasons)


def test_any_number_of_next_hops_is_kept_and_decides_the_family() -> None:
    hops = " ".join(f"nexthop via 2001:db8::{number}" for number in range(1, 10))
    found = route(f"default no_track {hops}")
    assert (len(found.nexthops), found.version) == (9, 6)


# Tracking


def test_a_route_without_an_interface_is_not_tracked() -> None:
    loaded = static("static_routes", "10.1.0.0/16", "10.2.0.0/16 no_track", "10.3.0.0/16 dev eth0")
    assert told(loaded) == ["route-untracked"]
    assert [one.no_track for one in loaded.config.static_routes] == [True, True, False]


@pytest.mark.parametrize(
    ("block", "line", "field"),
    [
        ("static_routes", "10.1.0.0/16 dev eth0 protocol 7", "static_routes"),
        ("static_rules", "table 5 preference 1 protocol 7", "static_rules"),
    ],
)
def test_what_is_tracked_has_the_protocol_of_keepalived(block: str, line: str, field: str) -> None:
    loaded = static(block, line)
    assert (told(loaded), getattr(loaded.config, field)[0].protocol) == (["protocol-reset"], 18)
    loaded = static(block, f"{line} no_track")
    assert (told(loaded), getattr(loaded.config, field)[0].protocol) == ([], 7)


@pytest.mark.parametrize(
    ("block", "line", "reason"),
    [
        ("static_routes", "10.1.0.0/16 no_track track_group g", "track-group-cleared"),
        ("static_rules", "table 5 preference 1 oif eth0 track_group g", "track-group-cleared"),
        ("static_routes", "10.1.0.0/16 dev eth0 track_group h", "unknown-track-group"),
        ("static_rules", "table 5 preference 1 iif eth0 track_group h", "unknown-track-group"),
        ("static_ipaddress", "10.1.0.1/24 track_group h", "unknown-track-group"),
    ],
)
def test_a_track_group_must_be_there_and_have_an_interface_to_follow(block: str, line: str, reason: str) -> None:
    loaded = static(block, line)
    assert (told(loaded), getattr(loaded.config, block)[0].track_group) == ([reason], None)


def test_a_track_group_is_defined_before_it_is_used() -> None:
    loaded = read("static_ipaddress {\n10.1.0.1/24 track_group g\n}\n" + GROUP + instance())
    (found,) = [found for found in loaded.diagnostics if found.rule == "unknown-track-group"]
    assert found.message == "track_group g is not defined before it, only in line 4: ignored"


def test_a_track_group_that_is_removed_is_forgotten() -> None:
    loaded = read(
        "track_group g {\n group {\n gone\n }\n}\nstatic_ipaddress {\n10.1.0.1/24 track_group g\n}\n" + instance()
    )
    assert loaded.config.static_ipaddress[0].track_group is None


# Rules


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("from 10.1.0.0/16", "bad-rule"),
        ("table 5 goto 6", "bad-rule"),
        ("prohibit table 5", "bad-rule"),
        ("l3mdev table 5", "bad-rule"),
        ("table 5 table 6", "bad-line"),
        ("blackhole unreachable", "bad-line"),
        ("table 0", "bad-line"),
        ("table unspec", "bad-rule"),
        ("goto 5", "bad-rule"),
        ("goto 5 preference 5", "bad-rule"),
        ("blackhole realms 5", "bad-rule"),
        ("blackhole suppress_prefixlength 5", "bad-rule"),
        ("l3mdev suppress_ifgroup 5", "bad-rule"),
        ("ip_proto tcp table 5", "bad-line"),
        ("type table 5", "bad-line"),
    ],
)
def test_a_rule_does_one_thing(line: str, reason: str) -> None:
    assert lost("static_rules", line) == reason


def test_a_rule_may_go_to_a_later_one() -> None:
    assert rule("type goto 6 preference 5").goto == 6


def test_rules_without_a_preference_get_the_next_free_one_in_the_order_of_the_text() -> None:
    inside = "virtual_rules {\n from 10.3.0.0/16 table 5\n}"
    loaded = read(
        "static_rules {\n from 10.1.0.0/16 table 5\n from 10.2.0.0/16 table 5\n table 6 preference 16382\n}\n"
        + instance(inside)
        + "static_rules {\n from 10.4.0.0/16 table 5\n}\n"
    )
    assert told(loaded) == ["rule-preference"] * 4
    assert [one.preference for one in loaded.config.static_rules] == [16384, 16383, 16382, 16380]
    assert loaded.config.vrrp_instances[0].virtual_rules[0].preference == 16381


# Addresses


@pytest.mark.parametrize(
    ("line", "reasons", "kept"),
    [
        ("10.1.0.1/24 peer 10.1.0.2", ["peer-address"], ("10.1.0.1", 32, "10.1.0.2")),
        ("10.1.0.1 peer 10.1.0.2", [], ("10.1.0.1", 32, "10.1.0.2")),
        ("2001:db8::1 peer 2001:db8::2", [], ("2001:db8::1", 128, "2001:db8::2")),
        ("10.1.0.1/24 peer 2001:db8::1", ["peer-address"], ("10.1.0.1", 24, None)),
        ("10.1.0.1/24 peer 10.1.0.2/24", ["bad-value"], ("10.1.0.1", 24, None)),
        ("10.1.0.1 peer 10.1.0.2 brd +", ["peer-address"], ("10.1.0.1", 32, "10.1.0.2")),
        ("10.1.0.1 peer 10.1.0.2 peer 10.1.0.3", ["already-set"], ("10.1.0.1", 32, "10.1.0.2")),
    ],
)
def test_an_address_with_a_peer_has_no_prefix_and_no_broadcast(
    line: str, reasons: list[str], kept: tuple[str, int, str | None]
) -> None:
    loaded = static("static_ipaddress", line)
    (one,) = addresses(loaded.config)
    assert (told(loaded), (one.address, one.prefix, one.peer), one.broadcast) == (reasons, kept, None)
    inside = read(instance(vips=line)).config.vrrp_instances
    assert [(vip.address, vip.prefix, vip.peer) for one in inside for vip in one.virtual_ipaddress] in ([], [kept])


def test_what_means_nothing_in_ipv6_is_cleared_and_a_broadcast_costs_the_line() -> None:
    loaded = static("static_ipaddress", "2001:db8::1/64 scope link label x")
    assert told(loaded) == ["address-option"] * 2
    assert (addresses(loaded.config)[0].scope, addresses(loaded.config)[0].label) == (None, None)
    assert lost("static_ipaddress", "2001:db8::1/64 brd +") == "bad-line"


def test_a_short_prefix_has_no_broadcast_address() -> None:
    loaded = static("static_ipaddress", "10.1.0.1/31 brd +")
    assert (told(loaded), addresses(loaded.config)[0].broadcast) == (["broadcast-prefix"], None)


def test_a_static_address_is_on_the_default_interface_which_must_be_there() -> None:
    assert addresses(static("static_ipaddress", "10.1.0.1/24").config)[0].device == "eth0"
    other = "global_defs {\n default_interface eth1\n}\n"
    assert addresses(static("static_ipaddress", "10.1.0.1/24", before=other).config)[0].device == "eth1"


def test_without_a_default_interface_a_static_address_is_lost_unless_it_may_come_later() -> None:
    loaded = Other("eth1").read("static_ipaddress {\n10.1.0.1/24\n}\n")
    assert (told(loaded), addresses(loaded.config)) == (["no-static-interface"], ())
    assert diagnostics.test_status(loaded.diagnostics) == 4
    gone = "global_defs {\n dynamic_interfaces\n default_interface eth7\n}\n"
    assert addresses(static("static_ipaddress", "10.1.0.1/24", before=gone).config)[0].device == "eth7"


def test_a_vmac_for_an_address_says_nothing_in_an_instance_with_one() -> None:
    assert "redundant-vmac" in told(read(instance("use_vmac", vips="10.9.0.1/24 use_vmac")))
    assert told(read(instance(vips="10.9.0.1/24 use_vmac"))) == []


# All of them


@pytest.mark.parametrize(
    ("block", "line", "same"),
    [
        ("static_ipaddress", "10.1.0.1/24", "10.1.0.1/24 dev eth0"),
        ("static_routes", "default dev eth0", "0.0.0.0/0 dev eth0"),
        ("static_rules", "table main preference 5", "lookup 254 priority 5"),
    ],
)
def test_the_same_line_once_is_enough(block: str, line: str, same: str) -> None:
    loaded = static(block, line, same)
    assert (told(loaded), len(getattr(loaded.config, block))) == (["duplicate-route"], 1)


def test_what_is_printed_reads_back_equal_and_without_a_word() -> None:
    text = (
        GROUP
        + "static_ipaddress {\n10.1.0.1/24 peer 10.1.0.2 -nodad preferred_lft forever\n2001:db8::1 dev eth1\n}\n"
        + "static_routes {\nblackhole default\n10.0.0.0/8 via 10.9.0.9 or 10.9.0.8\n10.2.0.0/16 dev eth0 table blue"
        + " rtt 0.25s track_group g\n2001:db8::/32 nexthop via 2001:db8::1 weight 256 encap ip6 id 5\n}\n"
        + "static_rules {\nfrom any fwmark 5/6 sport 80 table main\nnot to 2001:db8::/32 type blackhole\n}\n"
        + instance("virtual_routes {\ndefault dev eth0 congctl lock bbr\n}\nvirtual_rules {\nuidrange 1-2 nop\n}")
    )
    first = read(text)
    again = read(written(first.config))
    assert again.config == first.config
    assert told(again) == []
    assert len(first.config.static_routes) == 4


@pytest.mark.parametrize(("hop", "marked"), [("via inet6 2001:DB8::1", "2001:DB8::1"), ("dev eth7", "eth7")])
def test_of_several_next_hops_the_wrong_word_is_marked(hop: str, marked: str) -> None:
    loaded = static("static_routes", f"10.1.0.0/16 no_track nexthop via 10.0.0.1 nexthop {hop}")
    (span,) = [one.span for one in loaded.diagnostics if one.rule in ("bad-nexthop", "unknown-interface")]
    assert span is not None
    assert span.text[span.column - 1 : span.end - 1] == marked


@pytest.mark.parametrize(("word", "advice"), [("via", "add dev or no_track"), ("nexthop via", "add no_track")])
def test_what_makes_a_route_tracked_or_not_is_advised(word: str, advice: str) -> None:
    loaded = static("static_routes", f"10.1.0.0/16 {word} 10.0.0.1")
    assert [found.suggestion for found in loaded.diagnostics if found.rule == "route-untracked"] == [advice]


@pytest.mark.parametrize(
    ("list_", "line", "begin"),
    [
        ("static_routes", "2001:db8::/32 via 10.0.0.1 dev eth0", "route 2001:db8::/32 mixes"),
        ("static_routes", "default via 10.0.0.1 src fd00::1 dev eth0", "the default route mixes"),
        ("static_rules", "from 10.0.0.0/8 to fd00::/8 table 5 preference 5", "the rule mixes"),
        ("static_rules", "from 10.0.0.0/8 preference 5", "the rule does not say what to do"),
        ("static_rules", "from 10.0.0.0/8 goto 5 preference 6", "preference 6 of the rule is not lower than 5"),
        ("static_routes", "10.1.0.0/16 dev eth0 protocol static", "what is tracked has protocol keepalived (18)"),
    ],
)
def test_a_message_names_what_it_is_about(list_: str, line: str, begin: str) -> None:
    assert any(found.message.startswith(begin) for found in static(list_, line).diagnostics)
