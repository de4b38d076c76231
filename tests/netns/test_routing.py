"""Routes and rules of a master: kad leaves in the kernel what keepalived leaves, and puts back what others delete."""

import json
import re
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any, Self

import pytest

from tests.netns.configs import VIP, Router
from tests.netns.lab import ENVIRONMENT, Host, Lab
from tests.netns.programs import Daemon, rewrite, start_kad, start_keepalived

START: dict[str, Callable[..., Daemon]] = {"kad": start_kad, "keepalived": start_keepalived}

ROUTES = {
    "gateway": ("198.51.100.0/24 via 192.0.2.254 dev eth0", "198.51.101.0/24 dev eth0 scope link"),
    "metric": ("198.51.100.0/24 via 192.0.2.254 dev eth0 metric 5 tos 0x10",),
    "table": ("198.51.100.0/24 via 192.0.2.254 dev eth0 table 100", "198.51.100.0/24 dev eth0 table 70000"),
    "source": (f"198.51.100.0/24 dev eth0 src {VIP}",),
    "on the link": ("198.51.100.0/24 via 203.0.113.1 dev eth0 onlink",),
    "to nowhere": (
        "blackhole 198.51.100.0/24",
        "unreachable 198.51.101.0/24 metric 7",
        "prohibit 198.51.102.0/24",
        "throw 198.51.103.0/24 table 100",
    ),
    "metrics": (
        "198.51.100.0/24 dev eth0 mtu lock 1400 advmss 1300 window 9000 initcwnd 20 initrwnd 30 hoplimit 9 quickack 1",
        "198.51.101.0/24 dev eth0 rtt 300ms rttvar 1s rto_min lock 400ms ssthresh 9 cwnd lock 7 reordering 5",
        "198.51.102.0/24 dev eth0 congctl lock cubic features ecn fastopen_no_cookie 1 ttl-propagate enabled",
    ),
    "realms": ("198.51.100.0/24 dev eth0 realms 3/4",),
    "protocol": ("198.51.100.0/24 dev eth0 protocol 99 no_track",),
    "next hops": (
        "198.51.100.0/24 nexthop via 192.0.2.10 dev eth0 weight 3 nexthop via 192.0.2.11 nexthop via 192.0.2.12"
        " nexthop via 192.0.2.13 nexthop via 203.0.113.1 dev eth0 onlink realms 1/2",
    ),
    "two gateways": ("198.51.100.0/24 via 192.0.2.10 or 192.0.2.11 no_track",),
    "tunnel": (
        "198.51.100.0/24 dev eth0 encap ip id 5 dst 192.0.2.9 src 192.0.2.1 tos 4 ttl 7",
        "2001:db8:6::/48 dev eth0 encap ip6 id 5 dst 2001:db8::9 src 2001:db8::1 tc 4 hoplimit 9",
    ),
    "IPv6": (
        "2001:db8:1::/48 via 2001:db8::254 dev eth0",
        "2001:db8:2::/48 via 2001:db8::254 dev eth0 metric 50 pref high",
        "2001:db8:3::/48 dev eth0 from 2001:db8:9::/48 mtu 1400",
        "blackhole 2001:db8:4::/48",
        "2001:db8:5::/48 nexthop via 2001:db8::10 dev eth0 weight 2 nexthop via 2001:db8::11 dev eth0",
    ),
    "several like it": (
        "198.51.100.0/24 via 192.0.2.10 dev eth0 append",
        "198.51.100.0/24 via 192.0.2.11 dev eth0 append",
        "198.51.100.0/24 via 192.0.2.12 dev eth0 prepend",
        "198.51.101.0/24 dev eth0 add",
    ),
    "words": ("to 198.51.100.0/24 dev eth0",),
    "default": ("default via 192.0.2.254 dev eth0", "default6 via 2001:db8::254 dev eth0 metric 9"),
    "expires": ("2001:db8:1::/48 dev eth0 expires 600",),
}

RULES = {
    "prefixes": (
        "from 198.51.100.0/24 table 100 preference 500",
        "to 198.51.100.0/24 lookup main preference 501",
        "from 2001:db8:1::/48 to 2001:db8:2::/48 table 70000 preference 502",
    ),
    "without a preference": ("from 198.51.100.0/24 table 100", "from 198.51.101.0/24 table 100"),
    "packets": (
        "from 198.51.100.0/24 fwmark 0x5/0xff tos 0x10 iif eth0 table 100 preference 500",
        "not from 198.51.100.0/24 oif eth0 fwmark 7 table 100 preference 501",
        "to 198.51.100.0/24 tunnel-id 9 table 100 preference 502",
        "to 198.51.100.0/24 uidrange 100-200 ipproto tcp sport 10-20 dport 80-81 table 100 preference 503",
    ),
    "actions": (
        "from 198.51.100.0/24 preference 500 blackhole",
        "from 198.51.100.0/24 preference 501 unreachable",
        "from 198.51.100.0/24 preference 502 prohibit",
        "from 198.51.100.0/24 preference 503 goto 600",
        "from 198.51.100.0/24 preference 600 nop",
    ),
    "suppressed": (
        "from 198.51.100.0/24 suppress_prefixlength 0 table main preference 500",
        "from 198.51.100.0/24 suppress_ifgroup 4 table main preference 501",
    ),
    "VRF": ("l3mdev preference 500",),
    "type": ("from 198.51.100.0/24 preference 500 type blackhole",),
    "realms": ("from 198.51.100.0/24 realms 3/4 table 100 preference 500",),
    "protocol": ("from 198.51.100.0/24 protocol 9 no_track table 100 preference 500",),
}

FEATURES = [
    *(pytest.param(lines, (), id=f"route, {name}") for name, lines in ROUTES.items()),
    *(pytest.param((), lines, id=f"rule, {name}") for name, lines in RULES.items()),
]


def master(routes: tuple[str, ...] = (), rules: tuple[str, ...] = ()) -> Router:
    blocks = (("virtual_routes", routes), ("virtual_rules", rules))
    lines = [line for name, inner in blocks if inner for line in (f"{name} {{", *inner, "}")]
    return Router(priority=200, lines=tuple(lines))


def picture(host: Host) -> dict[str, Any]:
    """What the kernel has: routes of all tables, rules and addresses, but for what time changes."""
    shown: dict[str, Any] = {}
    for family in ("-4", "-6"):
        shown[f"route {family}"] = host.ip("-j", "-d", family, "route", "show", "table", "all")
        shown[f"rule {family}"] = host.ip("-j", "-d", family, "rule")
    shown["addresses"] = host.ip("-j", "address", "show")
    text = json.dumps({name: json.loads(value or "[]") for name, value in shown.items()})
    return json.loads(re.sub(r'"(expires|valid_life_time|preferred_life_time)": \d+', r'"\1": 1', text))  # type: ignore[no-any-return]


def until(wanted: Callable[[], object], what: str, timeout: float = 5) -> None:
    deadline = time.monotonic() + timeout
    while not wanted():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def settled(host: Host) -> dict[str, Any]:
    """The picture when it has not changed for a while."""
    before: dict[str, Any] = {}
    now = picture(host)
    while before != now:
        time.sleep(0.2)
        before, now = now, picture(host)
    return now


class Monitor:
    """What the kernel says of changes of routes and rules meanwhile."""

    def __init__(self, host: Host) -> None:
        self._process = subprocess.Popen(
            host.command(["ip", "-4", "monitor", "route", "rule"]), stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
        )
        self.lines: list[str] = []

    def __enter__(self) -> Self:
        time.sleep(0.3)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        said = self._process.communicate(timeout=5)[0]
        self.lines = [" ".join(line.split()) for line in said.splitlines()]


def life(lab: Lab, program: str, router: Router, *options: str) -> list[dict[str, Any]]:
    """The kernel while this program is master, and when it has stopped."""
    host = lab["left"]
    daemon = START[program](host, router.text(), *options)
    daemon.wait_for("Entering MASTER STATE")
    during = settled(host)
    assert daemon.stop() == 0
    return [during, settled(host)]


def infos(shown: dict[str, Any]) -> list[Any]:
    """All addresses of all interfaces."""
    return [info for link in shown["addresses"] for info in link["addr_info"]]


ADDRESSES = {
    "flags": (
        "2001:db8::77/64 -nodad",
        "2001:db8::78/128 home",
        "2001:db8::79/64 mngtmpaddr",
        "2001:db8::80/64 noprefixroute",
        "192.0.2.102/24 noprefixroute",
    ),
    "lifetimes": (
        "2001:db8::77/64 preferred_lft 100",
        "2001:db8::78/128",
        "2001:db8::79/128 preferred_lft forever",
        "192.0.2.102/24 preferred_lft 100",
    ),
    "joining": ("ff0e::77/128 autojoin", "239.1.2.3/32 autojoin"),
    "labels": ("10.4.1.1/24 label eth0:1 brd + scope link", "10.5.1.1/25 brd 10.5.1.99"),
    "peer": ("192.0.2.102 peer 192.0.2.150", "2001:db8::77 peer 2001:db8::99"),
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_master_has_its_addresses_as_keepalived_has_them(lab: Lab, name: str) -> None:
    lab.speak_ipv6()
    host = lab["left"]
    before = settled(host)
    router = Router(priority=200, lines=("virtual_ipaddress_excluded {", *ADDRESSES[name], "}"))
    ours = life(lab, "kad", router)
    theirs = life(lab, "keepalived", router)
    assert ours[0] == theirs[0]
    assert ours[1] == before
    assert len(infos(ours[0])) == len(infos(before)) + 1 + len(ADDRESSES[name])


STATIC = """
track_group sides {
    group {
        VI_1
    }
}
static_ipaddress {
    203.0.113.5/32 dev eth0
    2001:db8::55/64 dev eth9
    203.0.113.6/32 dev eth9 track_group sides
}
static_routes {
    203.0.113.64/26 via 192.0.2.254 dev eth0
    203.0.113.128/26 dev eth9
}
static_rules {
    from 203.0.113.64/26 table 77 preference 900
}
"""


def add_link(host: Host, name: str) -> None:
    host.ip("link", "add", name, "type", "veth", "peer", "name", f"{name}p")
    for end in (name, f"{name}p"):
        host.ip("link", "set", end, "up")


def test_what_is_static_is_as_with_keepalived_from_start_to_stop_and_restored(lab: Lab) -> None:
    lab.speak_ipv6()
    host = lab["left"]
    add_link(host, "eth9")
    before = settled(host)
    router = Router(priority=200, blocks=STATIC)
    theirs, ours = (life(lab, program, router) for program in ("keepalived", "kad"))
    assert ours == theirs
    assert ours[1] == before
    assert len(ways(ours[0])) == 3
    daemon = start_kad(host, router.text())
    until(lambda: picture(host) == ours[0], "all is there again after a start")
    mark = daemon.mark()
    for words in (
        "address delete 203.0.113.5/32 dev eth0",
        "route delete 203.0.113.64/26",
        "rule delete preference 900",
    ):
        host.ip(*words.split())
    until(lambda: picture(host) == ours[0], "all is restored")
    for word in ("address 203.0.113.5", "route 203.0.113.64/26", "rule from 203.0.113.64/26"):
        daemon.wait_for(f"Restoring deleted static {word}", since=mark)
    assert not [line for line in daemon.lines()[mark:] if "STATE" in line]
    host.ip("link", "set", "eth9", "down")
    daemon.wait_for("Entering FAULT STATE", since=mark)
    host.ip("link", "set", "eth9", "up")
    daemon.wait_for("Entering MASTER STATE", since=mark)
    until(lambda: picture(host) == ours[0], "all is there again with the interface")


def test_static_lines_alone_are_work_enough_and_a_reload_changes_only_what_differs(lab: Lab) -> None:
    host = lab["left"]
    text = "static_routes {{\n    203.0.113.0/26 dev eth0\n    203.0.113.{}/26 dev eth0\n}}\n"
    daemon = start_kad(host, text.format(64))
    until(lambda: has(host, "route", "show", "203.0.113.64/26"), "the route is there")
    rewrite(host, text.format(128))
    with Monitor(host) as monitor:
        daemon.signal(signal.SIGHUP)
        until(lambda: has(host, "route", "show", "203.0.113.128/26"), "the other route is there")
    assert monitor.lines == [
        "Deleted 203.0.113.64/26 dev eth0 proto keepalived",
        "203.0.113.128/26 dev eth0 proto keepalived",
    ]
    assert daemon.stop() == 0
    assert not has(host, "route", "show", "proto", "keepalived")


@pytest.mark.parametrize(
    "router", [master(("198.51.100.0/24 dev eth9",)), master((), ("from 10.0.0.0/8 oif eth9 table 5 preference 500",))]
)
def test_the_interface_of_a_tracked_route_or_rule_is_one_that_a_master_needs(lab: Lab, router: Router) -> None:
    host = lab["left"]
    add_link(host, "eth9")
    daemon = start_kad(host, router.text())
    daemon.wait_for("Entering MASTER STATE")
    before = settled(host)
    mark = daemon.mark()
    host.ip("link", "set", "eth9", "down")
    daemon.wait_for("Entering FAULT STATE", since=mark)
    until(lambda: not ways(picture(host)), "a router in FAULT has nothing")
    host.ip("link", "set", "eth9", "up")
    daemon.wait_for("Entering MASTER STATE", since=mark)
    until(lambda: picture(host) == before, "all is there again")


@pytest.mark.parametrize(("routes", "rules"), FEATURES)
def test_a_master_has_the_routes_and_rules_that_keepalived_has(
    lab: Lab, routes: tuple[str, ...], rules: tuple[str, ...]
) -> None:
    lab.speak_ipv6()
    before = settled(lab["left"])
    router = master(routes, rules)
    theirs, ours = (life(lab, program, router) for program in ("keepalived", "kad"))
    assert ours == theirs
    assert len(ways(ours[0])) == len(routes) + len(rules)
    assert ours[1] == before


def ways(shown: dict[str, Any]) -> list[Any]:
    """The routes and rules that the kernel does not make itself."""
    return [way for name, found in shown.items() if name != "addresses" for way in found if way["protocol"] != "kernel"]


def test_a_family_before_the_line_is_heard(lab: Lab) -> None:
    host = lab["left"]
    lab.speak_ipv6()
    routes = ("inet 198.51.100.0/24 dev eth0", "inet6 2001:db8:1::/48 dev eth0 no_track", "inet6 default dev eth0")
    rules = ("inet from 198.51.100.0/24 table 100 preference 500", "inet6 fwmark 7 table 100 preference 501")
    daemon = start_kad(host, master(routes, rules).text())
    daemon.wait_for("Entering MASTER STATE")
    shown = settled(host)
    assert [way["dst"] for way in ways({"4": shown["route -4"]})] == ["198.51.100.0/24"]
    assert {way["dst"] for way in ways({"6": shown["route -6"]})} == {"2001:db8:1::/48", "default"}
    assert [way["priority"] for way in ways({"4": shown["rule -4"]})] == [500]
    assert [way["priority"] for way in ways({"6": shown["rule -6"]})] == [501]


def has(host: Host, *words: str) -> bool:
    """Whether `ip` shows something for these words."""
    return bool(host.ip(*words).strip())


def test_what_others_delete_is_put_back_unless_it_is_not_tracked(lab: Lab) -> None:
    host = lab["left"]
    lab.speak_ipv6()
    routes = (
        "198.51.100.0/24 via 192.0.2.254 dev eth0",
        "198.51.101.0/24 via 192.0.2.254 dev eth0 no_track",
        "2001:db8:1::/48 via 2001:db8::254 dev eth0 table 100",
    )
    rules = (
        "from 198.51.100.0/24 table 100 preference 500",
        "from 198.51.100.0/24 table 100 preference 501 no_track",
    )
    daemon = start_kad(host, master(routes, rules).text())
    daemon.wait_for("Entering MASTER STATE")
    before = settled(host)
    mark = daemon.mark()
    for words in ("route delete 198.51.101.0/24", "rule delete preference 501"):
        host.ip(*words.split())
    without = settled(host)
    for words in (
        "route delete 198.51.100.0/24",
        "-6 route delete 2001:db8:1::/48 table 100",
        "rule delete preference 500",
    ):
        host.ip(*words.split())
    until(lambda: picture(host) == without, "all that is tracked is there again")
    for word in ("route 198.51.100.0/24", "route 2001:db8:1::/48", "rule from 198.51.100.0/24"):
        daemon.wait_for(rf"\(VI_1\) {word} .*, no longer exist: putting it back", since=mark)
    assert before != without
    assert not [line for line in daemon.lines()[mark:] if "STATE" in line]


def test_a_route_that_can_not_be_set_is_told_and_set_when_it_can_be(lab: Lab) -> None:
    host = lab["left"]
    host.ip("link", "add", "eth9", "type", "veth", "peer", "name", "peer9")
    routes = ("198.51.100.0/24 via 203.0.113.1 dev eth9 no_track", "198.51.101.0/24 dev eth0 src 203.0.113.9")
    daemon = start_kad(host, master(routes).text())
    daemon.wait_for(r"\(VI_1\) can't set route 198.51.100.0/24 via 203.0.113.1 dev eth9 no_track: ")
    daemon.wait_for(r"\(VI_1\) can't set route 198.51.101.0/24 src 203.0.113.9 dev eth0: Invalid argument")
    host.ip("address", "add", "203.0.113.9/24", "dev", "eth9")
    daemon.wait_for(r"\(VI_1\) route 198.51.101.0/24 src 203.0.113.9 dev eth0 is set now")
    for name in ("eth9", "peer9"):
        host.ip("link", "set", name, "up")
    until(lambda: has(host, "route", "show", "198.51.100.0/24"), "the route is there with its interface")
    host.ip("link", "set", "eth9", "down")
    assert not has(host, "route", "show", "198.51.100.0/24")
    host.ip("link", "set", "eth9", "up")
    until(lambda: has(host, "route", "show", "198.51.100.0/24"), "the route is there again with its interface")
    host.ip("address", "delete", "203.0.113.9/24", "dev", "eth9")
    assert not has(host, "route", "show", "198.51.101.0/24")
    host.ip("address", "add", "203.0.113.9/24", "dev", "eth9")
    until(lambda: has(host, "route", "show", "198.51.101.0/24"), "the route is there again with its address")
    assert daemon.stop() == 0
    assert not has(host, "route", "show", "proto", "keepalived")


def test_a_reload_changes_only_the_routes_and_rules_that_differ(lab: Lab) -> None:
    host = lab["left"]
    kept = ("198.51.100.0/24 via 192.0.2.254 dev eth0", "from 198.51.100.0/24 table 100 preference 500")
    old = master((kept[0], "198.51.101.0/24 dev eth0"), (kept[1], "from 198.51.101.0/24 table 100 preference 501"))
    new = master((kept[0], "198.51.102.0/24 dev eth0"), (kept[1], "from 198.51.102.0/24 table 100 preference 502"))
    daemon = start_kad(host, old.text())
    daemon.wait_for("Entering MASTER STATE")
    settled(host)
    with Monitor(host) as monitor:
        rewrite(host, new.text())
        daemon.signal(signal.SIGHUP)
        daemon.wait_for("Reload complete")
        until(lambda: has(host, "route", "show", "198.51.102.0/24"), "the new route is there")
        settled(host)
    assert monitor.lines == [
        "Deleted 501: from 198.51.101.0/24 lookup 100 proto keepalived",
        "Deleted 198.51.101.0/24 dev eth0 proto keepalived",
        "198.51.102.0/24 dev eth0 proto keepalived",
        "502: from 198.51.102.0/24 lookup 100 proto keepalived",
    ]
