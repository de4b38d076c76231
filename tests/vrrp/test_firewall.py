"""What nft is told (reference vrrp.md 5.3). That it means the right thing is shown in netns/test_vmac.py."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.vrrp_kinds import Vmac
from kad.vrrp.actions import State
from kad.vrrp.firewall import EMPTY, Behind, Filter, closed, commands, needed, wanted
from kad.vrrp.router import Router
from kad.vrrp.vmac import plan
from tests.vrrp.lan import GOOD, instance, settings, unix

VMAC = Behind("vrrp.51", 3, "eth0", ipv4=True, ipv6=False)
VIP4, VIP6, NEAR = IPv4Address("192.0.2.100"), IPv6Address("2001:db8::1"), IPv6Address("fe80::1")
GUARDED = Filter(guarded=frozenset({4, 6}))


def verbs(made: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(verb, next(iter(what))) for command in made for verb, what in command.items()]


def elements(made: list[dict[str, Any]]) -> dict[tuple[str, str], list[Any]]:
    added = [what["element"] for command in made for what in command.values() if "element" in what]
    return {(one["family"], one["name"]): one["elem"] for one in added}


def test_without_anything_to_filter_there_is_no_table() -> None:
    assert commands(None, EMPTY) == commands(EMPTY, EMPTY) == []
    assert EMPTY.empty
    assert not GUARDED.empty


def test_a_table_is_made_anew_when_it_is_not_known_what_is_there_and_removed_in_the_end() -> None:
    filtering = Filter(vmacs=frozenset({VMAC}))
    made = commands(None, filtering)
    assert verbs(made)[:3] == [("add", "table"), ("delete", "table"), ("add", "table")]
    assert elements(made) == {("ip", "vmac_map"): [["vrrp.51", "eth0"]]}
    assert verbs(commands(EMPTY, filtering))[:2] == [("add", "table"), ("add", "map")]
    assert verbs(commands(filtering, EMPTY)) == [("add", "table"), ("delete", "table")]


def test_an_address_more_or_less_changes_the_set_and_leaves_the_rules() -> None:
    shut = GUARDED.close([("eth0", VIP4)])
    assert verbs(commands(GUARDED, shut)) == [("add", "element")]
    assert elements(commands(GUARDED, shut)) == {("ip", "vips"): ["192.0.2.100"]}
    assert verbs(commands(shut, shut.open([("eth0", VIP4)]))) == [("flush", "set")]
    assert commands(shut, shut) == []


def test_a_link_local_address_is_closed_on_its_own_interface_only() -> None:
    made = commands(GUARDED, GUARDED.close([("eth0", VIP6), ("eth0", NEAR)]))
    assert elements(made) == {
        ("ip6", "vips"): ["2001:db8::1"],
        ("ip6", "vips_link_local"): [{"concat": ["fe80::1", "eth0"]}],
    }


@pytest.mark.parametrize("closed", [True, False])
def test_a_vmac_that_was_made_again_is_another_one(*, closed: bool) -> None:
    old = replace(GUARDED, vmacs=frozenset({VMAC})).close([("vrrp.51", VIP4)] if closed else [])
    new = replace(old, vmacs=frozenset({replace(VMAC, index=9)}))
    assert verbs(commands(old, new)) == [("flush", "map"), ("add", "element")]


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("table", "mine", "'table': 'mine'"),
        ("priority", -5, "'prio': -5"),
        ("counters", True, "{'counter': None}"),
        ("by_index", True, "['ipv6_addr', 'iface_index']"),
    ],
)
def test_the_globals_say_what_the_table_is_like(field: str, value: object, text: str) -> None:
    keyword = {
        "table": "nftables",
        "priority": "nftables_priority",
        "counters": "nftables_counters",
        "by_index": "nftables_ifindex",
    }[field]
    global_defs = GlobalDefs(**{keyword: value})  # type: ignore[arg-type]
    shut = plan((instance(accept=False, virtual_ipaddress=(_line("fe80::1"),)),), global_defs, frozenset(), {})
    asked = wanted(shut, global_defs, {})
    assert getattr(asked, field) == value
    assert text in str(commands(EMPTY, asked))
    assert text not in str(commands(EMPTY, wanted(shut, GlobalDefs(), {})))


def _line(text: str) -> VirtualAddress:
    return VirtualAddress(address=text, prefix=64 if ":" in text else 24)


def test_only_devices_that_are_there_are_filtered() -> None:
    planned = plan((instance(use_vmac=Vmac()),), GlobalDefs(), frozenset(), {})
    assert wanted(planned, GlobalDefs(), {"eth0": 2}).empty
    assert wanted(planned, GlobalDefs(), {"eth0": 2, "vrrp.51": 3}).vmacs == {VMAC}


@pytest.mark.parametrize(
    ("changes", "accepts"),
    [
        ({}, True),
        ({"accept": False}, False),
        ({"accept": False, "priority": 255}, True),
        ({"strict_mode": True, "version": 3}, False),
        ({"strict_mode": True, "version": 3, "accept": True}, True),
        ({"strict_mode": True, "version": 2, "accept": True}, False),
        ({"strict_mode": True, "priority": 255}, True),
    ],
)
def test_who_does_not_own_the_addresses_accepts_unless_it_says_not_or_is_strict(
    changes: dict[str, object], *, accepts: bool
) -> None:
    assert settings(None, (), **changes).accept is accepts
    assert needed([instance(**changes)], GlobalDefs()) == (frozenset() if accepts else {4})


def test_the_globals_make_all_strict_but_one_that_says_not() -> None:
    strict = GlobalDefs(vrrp_strict=True, vrrp_version=3)
    assert not settings(strict).accept
    assert settings(strict, strict_mode=False).accept


def test_closed_are_the_addresses_of_masters_that_do_not_accept() -> None:
    routers = [Router(settings(accept=accept), GOOD, unix) for accept in (True, False, False)]
    for router, state in zip(routers, (State.MASTER, State.MASTER, State.BACKUP), strict=True):
        router.state = state
    assert closed(routers[:1]) == closed(routers[2:]) == frozenset()
    assert closed(routers) == {("eth0", VIP4)}
