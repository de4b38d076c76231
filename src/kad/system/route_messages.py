"""Routes and policy rules as rtnetlink messages (reference vrrp.md 8.2).

Sources: linux/rtnetlink.h, linux/fib_rules.h, linux/lwtunnel.h, linux/mpls_iptunnel.h. What pyroute2 has no words for
is declared here in its own way. Not here: sending them (routes.py).
"""

import socket
from collections.abc import Callable
from typing import Any

from pyroute2.netlink import nla
from pyroute2.netlink.rtnl.fibmsg import fibmsg
from pyroute2.netlink.rtnl.rtmsg import nh, rtmsg, rtmsg_base

from kad.config.hop_kinds import EncapValue, Ip6Encap, IpEncap, MplsEncap, NextHop
from kad.config.metric_kinds import Range
from kad.config.route_kinds import Realms
from kad.config.schema.virtual_routes import KEEPALIVED, VirtualRoute
from kad.config.schema.virtual_rules import VirtualRule
from kad.units import SECOND

IndexOf = Callable[[str], int | None]
"""The index of the interface of a name; None when there is none."""

Attributes = list[tuple[str, Any]]

_MAIN = 254
_RTNH_F_ONLINK = 4
_MPLS, _IP, _ILA, _IP6 = 1, 2, 3, 4
"""LWTUNNEL_ENCAP_."""

_ECN = 1
_CC_ALGO = 16
_METRICS = {
    "mtu": 2,
    "window": 3,
    "rtt": 4,
    "rttvar": 5,
    "ssthresh": 6,
    "cwnd": 7,
    "advmss": 8,
    "reordering": 9,
    "hoplimit": 10,
    "initcwnd": 11,
    "rto_min": 13,
    "initrwnd": 14,
    "quickack": 15,
    "fastopen_no_cookie": 17,
}
"""The numbers of RTAX_NAME."""

_TO_TABLE, _GOTO = 1, 2
_ACTIONS = {"nop": 3, "blackhole": 6, "unreachable": 7, "prohibit": 8}
_INVERT = 2


class _IpTunnel(nla):  # type: ignore[misc]  # pyroute2 has no types
    nla_map = (
        ("LWTUNNEL_IP_UNSPEC", "none"),
        ("LWTUNNEL_IP_ID", "be64"),
        ("LWTUNNEL_IP_DST", "ip4addr"),
        ("LWTUNNEL_IP_SRC", "ip4addr"),
        ("LWTUNNEL_IP_TTL", "uint8"),
        ("LWTUNNEL_IP_TOS", "uint8"),
        ("LWTUNNEL_IP_FLAGS", "be16"),
    )


class _Ip6Tunnel(nla):  # type: ignore[misc]
    nla_map = (
        ("LWTUNNEL_IP6_UNSPEC", "none"),
        ("LWTUNNEL_IP6_ID", "be64"),
        ("LWTUNNEL_IP6_DST", "ip6addr"),
        ("LWTUNNEL_IP6_SRC", "ip6addr"),
        ("LWTUNNEL_IP6_HOPLIMIT", "uint8"),
        ("LWTUNNEL_IP6_TC", "uint8"),
        ("LWTUNNEL_IP6_FLAGS", "be16"),
    )


class _Ila(nla):  # type: ignore[misc]
    nla_map = (("ILA_ATTR_UNSPEC", "none"), ("ILA_ATTR_LOCATOR", "be64"))


class _Mpls(nla):  # type: ignore[misc]
    nla_map = (("MPLS_IPTUNNEL_UNSPEC", "none"), ("MPLS_IPTUNNEL_DST", "cdata"))


class _Metrics(nla):  # type: ignore[misc]
    nla_map = (
        *rtmsg_base.metrics.nla_map,
        ("RTAX_FASTOPEN_NO_COOKIE", "uint32"),
    )


_ENCAPS = {_MPLS: _Mpls, _IP: _IpTunnel, _ILA: _Ila, _IP6: _Ip6Tunnel}
_NAMED = {"RTA_METRICS": "metrics", "RTA_EXPIRES": "uint32"}
_ROUTE_MAP = (
    *((name, _NAMED.get(name, kind)) for name, kind in rtmsg_base.nla_map),
    ("RTA_PAD", "none"),
    ("RTA_UID", "uint32"),
    ("RTA_TTL_PROPAGATE", "uint8"),
)


class _Hop(nh):  # type: ignore[misc]
    nla_map = _ROUTE_MAP
    encaps = _ENCAPS
    metrics = _Metrics


class _Route(rtmsg):  # type: ignore[misc]
    nla_map = _ROUTE_MAP
    encaps = _ENCAPS
    metrics = _Metrics

    @staticmethod
    def get_nh(*_: object, **__: object) -> type[_Hop]:
        return _Hop


# Routes


def route_message(route: VirtualRoute, index_of: IndexOf, *, add: bool) -> _Route:
    """A route to set or to remove; LookupError when an interface is not there.

    What is no part of a route's identity is left out of a removal: the kernel may hold it in another form.
    """
    table = _MAIN if route.table is None else route.table
    message = _Route()
    message["family"] = _family(route.version)
    message["type"] = route.type
    message["scope"] = route.scope or 0
    message["proto"] = KEEPALIVED if route.protocol is None else route.protocol
    message["tos"] = route.tos
    message["table"] = table if table < 256 else 0
    message["flags"] = _RTNH_F_ONLINK if route.onlink else 0
    message["dst_len"] = route.destination.length
    attributes: Attributes = [("RTA_TABLE", table)]
    if route.destination.length:
        attributes.append(("RTA_DST", route.destination.address))
    if route.source_prefix is not None:
        message["src_len"] = route.source_prefix.length
        attributes.append(("RTA_SRC", route.source_prefix.address))
    attributes += _given(
        RTA_PREFSRC=route.source,
        RTA_PRIORITY=route.metric,
        RTA_FLOW=_realms(route.realms),
        RTA_GATEWAY=route.via,
        RTA_OIF=_index(route.device, index_of),
    )
    if route.nexthops:
        attributes.append(("RTA_MULTIPATH", [_hop(hop, index_of) for hop in route.nexthops]))
    attributes += _encapsulation(route.encap)
    message["attrs"] = attributes + (_details(route) if add else [])
    return message


def _details(route: VirtualRoute) -> Attributes:
    metrics = _metrics(route)
    return _given(
        RTA_METRICS={"attrs": metrics} if metrics else None,
        RTA_PREF=route.pref,
        RTA_EXPIRES=None if route.expires is None else route.expires // SECOND,
        RTA_TTL_PROPAGATE=route.ttl_propagate,
    )


def _metrics(route: VirtualRoute) -> Attributes:
    locked = 0
    metrics: Attributes = []
    for name, number in _METRICS.items():
        value = getattr(route, name)
        if value is not None:
            metrics.append((f"RTAX_{name.upper()}", getattr(value, "value", value)))
            locked |= getattr(value, "lock", False) << number
    if route.ecn:
        metrics.append(("RTAX_FEATURES", _ECN))
    if route.congctl is not None:
        metrics.append(("RTAX_CC_ALGO", route.congctl.name))
        locked |= route.congctl.lock << _CC_ALGO
    return [("RTAX_LOCK", locked), *metrics] if locked else metrics


def _hop(hop: NextHop, index_of: IndexOf) -> dict[str, Any]:
    return {
        "flags": _RTNH_F_ONLINK if hop.onlink else 0,
        "hops": hop.weight - 1,
        "oif": _index(hop.device, index_of) or 0,
        "attrs": _given(RTA_GATEWAY=hop.via, RTA_FLOW=_realms(hop.realms)) + _encapsulation(hop.encap),
    }


def _encapsulation(encap: EncapValue | None) -> Attributes:
    match encap:
        case None:
            return []
        case IpEncap():
            kind, attributes = (
                _IP,
                _given(
                    LWTUNNEL_IP_ID=encap.id,
                    LWTUNNEL_IP_DST=encap.dst,
                    LWTUNNEL_IP_SRC=encap.src,
                    LWTUNNEL_IP_TTL=encap.ttl,
                    LWTUNNEL_IP_TOS=encap.tos,
                    LWTUNNEL_IP_FLAGS=encap.flags,
                ),
            )
        case Ip6Encap():
            kind, attributes = (
                _IP6,
                _given(
                    LWTUNNEL_IP6_ID=encap.id,
                    LWTUNNEL_IP6_DST=encap.dst,
                    LWTUNNEL_IP6_SRC=encap.src,
                    LWTUNNEL_IP6_HOPLIMIT=encap.hoplimit,
                    LWTUNNEL_IP6_TC=encap.tc,
                    LWTUNNEL_IP6_FLAGS=encap.flags,
                ),
            )
        case MplsEncap():
            kind, attributes = _MPLS, [("MPLS_IPTUNNEL_DST", _labels(encap.labels))]
        case _:
            locator = int("".join(group.rjust(4, "0") for group in encap.locator.split(":")), 16)
            kind, attributes = _ILA, [("ILA_ATTR_LOCATOR", locator)]
    return [("RTA_ENCAP_TYPE", kind), ("RTA_ENCAP", {"attrs": attributes})]


def _labels(labels: tuple[int, ...]) -> bytes:
    """A stack of labels: 20 bits each, the last one marked as the bottom (RFC 3032 section 2.1)."""
    words = [label << 12 for label in labels]
    words[-1] |= 1 << 8
    return b"".join(word.to_bytes(4) for word in words)


# Rules


def rule_message(rule: VirtualRule) -> fibmsg:
    """A rule to set or to remove."""
    table = rule.table or 0
    message = fibmsg()
    message["family"] = _family(rule.version)
    message["tos"] = rule.tos or 0
    message["table"] = table if table < 256 else 0
    message["flags"] = _INVERT if rule.invert else 0
    message["action"] = _action(rule)
    attributes: Attributes = []
    for name, field, prefix in (("FRA_SRC", "src_len", rule.source), ("FRA_DST", "dst_len", rule.destination)):
        if prefix is not None and prefix.length:
            message[field] = prefix.length
            attributes.append((name, prefix.address))
    message["attrs"] = attributes + _given(
        FRA_TABLE=table or None,
        FRA_PRIORITY=rule.preference,
        FRA_IIFNAME=rule.iif,
        FRA_OIFNAME=rule.oif,
        FRA_GOTO=rule.goto,
        FRA_FWMARK=None if rule.fwmark is None else rule.fwmark.value,
        FRA_FWMASK=None if rule.fwmark is None else rule.fwmark.mask,
        FRA_FLOW=_realms(rule.realms),
        FRA_TUN_ID=rule.tunnel_id,
        FRA_SUPPRESS_PREFIXLEN=rule.suppress_prefixlength,
        FRA_SUPPRESS_IFGROUP=rule.suppress_ifgroup,
        FRA_L3MDEV=1 if rule.l3mdev else None,
        FRA_UID_RANGE=_range(rule.uidrange),
        FRA_PROTOCOL=KEEPALIVED if rule.protocol is None else rule.protocol,
        FRA_IP_PROTO=rule.ipproto,
        FRA_SPORT_RANGE=_range(rule.sport),
        FRA_DPORT_RANGE=_range(rule.dport),
    )
    return message


def _action(rule: VirtualRule) -> int:
    if rule.action is not None:
        return _ACTIONS[rule.action]
    return _TO_TABLE if rule.goto is None else _GOTO


# Both


def _range(numbers: Range | None) -> str | None:
    return None if numbers is None else f"{numbers.first}:{numbers.last}"


def _realms(realms: Realms | None) -> int | None:
    return None if realms is None else (realms.source or 0) << 16 | realms.target


def _given(**values: Any) -> Attributes:  # noqa: ANN401 - the kinds of value that attributes have
    return [(name, value) for name, value in values.items() if value is not None]


def _index(name: str | None, index_of: IndexOf) -> int | None:
    if name is None:
        return None
    index = index_of(name)
    if index is None:
        raise LookupError(name)
    return index


def _family(version: int) -> int:
    return socket.AF_INET6 if version == 6 else socket.AF_INET
