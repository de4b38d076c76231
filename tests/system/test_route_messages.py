"""Routes and rules as messages: what can't be seen in a kernel here. All else is in tests/netns/test_routing.py."""

import pytest

from kad.config.hop_kinds import IlaEncap, MplsEncap
from kad.config.route_kinds import Prefix
from kad.config.schema.virtual_routes import VirtualRoute
from kad.config.schema.virtual_rules import VirtualRule
from kad.system.route_messages import route_message, rule_message


def encoded(route: VirtualRoute) -> bytes:
    message = route_message(route, {"eth0": 7}.get, add=True)
    message.encode()
    return bytes(message.data)


def test_an_interface_that_is_not_there_is_a_lookup_error() -> None:
    route = VirtualRoute(destination=Prefix("198.51.100.0", 24), device="eth1")
    with pytest.raises(LookupError):
        encoded(route)


def test_labels_are_as_keepalived_sends_them() -> None:
    route = VirtualRoute(destination=Prefix("198.51.100.0", 24), device="eth0", encap=MplsEncap((100, 200)))
    assert bytes.fromhex("0c00 0100 00064000 000c8100") in encoded(route)


def test_a_locator_is_as_keepalived_sends_it() -> None:
    route = VirtualRoute(destination=Prefix("2001:db8::", 32), device="eth0", encap=IlaEncap("1:2:3:4"))
    assert bytes.fromhex("0c00 0100 0001000200030004") in encoded(route)


def test_a_rule_of_a_large_table_has_it_in_an_attribute_only() -> None:
    message = rule_message(VirtualRule(table=70000, preference=5))
    assert message["table"] == 0
    assert ("FRA_TABLE", 70000) in message["attrs"]
