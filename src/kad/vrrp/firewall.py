"""The nftables table that keeps packets where they belong (reference vrrp.md 5.3), as JSON for `nft -j`. Pure.

Two things: group memberships of a VMAC are reported by its base, so that a switch does not learn the virtual hardware
address where there is no master; and under no_accept packets for a master's addresses are dropped.

Not here: running nft (system/nftables.py), when an address begins to be a master's (process.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.vrrp.actions import State
from kad.vrrp.router import Router
from kad.vrrp.settings import accepts
from kad.vrrp.vmac import MACVLAN, Plan

Command = dict[str, Any]
"""One object of nft's JSON, as libnftables-json(5) has it."""

IPAddress = IPv4Address | IPv6Address

FAMILIES = {4: "ip", 6: "ip6"}
DISCOVERY = ["nd-neighbor-solicit", "nd-neighbor-advert"]
LINK_LOCAL = {"prefix": {"addr": "fe80::", "len": 10}}


@dataclass(frozen=True, order=True)
class Behind:
    """A VMAC and its base, by name; `index` tells one from another of the same name that was there before."""

    name: str
    index: int
    base: str
    ipv4: bool
    ipv6: bool


@dataclass(frozen=True)
class Filter:
    """What is to be filtered. `guarded`: the families of addresses that packets may be kept from.

    `closed`: the addresses that packets are kept from now, with the interface that each is on.
    """

    table: str = "keepalived"
    priority: int = -1
    counters: bool = False
    by_index: bool = False
    vmacs: frozenset[Behind] = frozenset()
    guarded: frozenset[int] = frozenset()
    closed: frozenset[tuple[str, IPAddress]] = frozenset()

    def close(self, addresses: Iterable[tuple[str, IPAddress]]) -> "Filter":
        """Keep packets from these too."""
        return replace(self, closed=self.closed.union(addresses))

    def open(self, addresses: Iterable[tuple[str, IPAddress]]) -> "Filter":
        """Let packets through to these again."""
        return replace(self, closed=self.closed.difference(addresses))

    @property
    def empty(self) -> bool:
        """Whether no table is needed."""
        return not self.vmacs and not self.guarded


EMPTY = Filter()


def needed(instances: Iterable[VrrpInstance], global_defs: GlobalDefs) -> frozenset[int]:
    """The families of addresses that packets may have to be kept from."""
    shut = [one for one in instances if not accepts(one, global_defs)]
    every = (line for one in shut for line in (*one.virtual_ipaddress, *one.virtual_ipaddress_excluded))
    return frozenset(6 if ":" in line.address else 4 for line in every)


def closed(routers: Iterable[Router]) -> frozenset[tuple[str, IPAddress]]:
    """The addresses that masters have although no packets for them are taken, with their interfaces."""
    masters = (one.settings for one in routers if one.state is State.MASTER and not one.settings.accept)
    return frozenset(
        (settings.device(address), ip_address(address.address))
        for settings in masters
        for address in settings.all_addresses
    )


def wanted(planned: Plan, global_defs: GlobalDefs, indexes: Mapping[str, int]) -> Filter:
    """What is to be filtered with these devices; `indexes` tells which interfaces there are."""
    macvlans = (one for one in planned.devices if one.child.kind == MACVLAN)
    there = (one for one in macvlans if one.name in indexes and one.child.base in indexes)
    return Filter(
        table=global_defs.nftables or EMPTY.table,
        priority=global_defs.nftables_priority,
        counters=global_defs.nftables_counters,
        by_index=global_defs.nftables_ifindex,
        vmacs=frozenset(Behind(one.name, indexes[one.name], one.child.base, one.ipv4, one.ipv6) for one in there),
        guarded=needed(planned.instances, global_defs),
    )


def commands(old: Filter | None, new: Filter) -> list[Command]:
    """What makes the table of `old` into that of `new`, all at once; of None nothing is known. Often nothing.

    Where only the contents of sets differ the rules stay, and what they have counted.
    """
    made: list[Command] = []
    for version in FAMILIES:
        before, after = (None if one is None else _structure(one, version) for one in (old, new))
        assert after is not None, "it is made of a filter"
        if before == after:
            assert old is not None, "it has a structure"
            made += _contents(old, new, version)
            continue
        if before or (old is None and after):
            table = _table(old or new, version)
            made += [{"add": table}, {"delete": table}]
        if after:
            made += [{"add": item} for item in after]
            made += _contents(replace(new, vmacs=frozenset(), closed=frozenset()), new, version)
    return made


def _table(wanted: Filter, version: int) -> Command:
    return {"table": {"family": FAMILIES[version], "name": wanted.table}}


def _structure(wanted: Filter, version: int) -> list[Command]:
    """Table, sets, chains and rules, in the order in which keepalived has them; nothing when none is needed."""
    vmacs, guarded = _vmacs(wanted, version), version in wanted.guarded
    if not vmacs and not guarded:
        return []
    builder = _Builder(wanted, version)
    if vmacs:
        builder.set("vmac_map", "iface_index", map="iface_index")
        if version == 6:
            builder.set("vmac_set", "iface_index")
    builder.base_chain("out", "output")
    if vmacs:
        _reports(builder, version)
    if guarded:
        builder.set("vips", "ipv4_addr" if version == 4 else "ipv6_addr")
        builder.base_chain("in", "input")
        if version == 6:
            _discovery(builder, by_index=wanted.by_index)
        for chain, field in (("in", "daddr"), ("out", "saddr")):
            builder.rule(chain, _is(builder.field(field), "@vips"), {"drop": None})
    return builder.made


def _reports(builder: "_Builder", version: int) -> None:
    """A VMAC's membership reports leave from its base, and it asks for no routers."""
    protocol = builder.family
    kind = _is({"meta": {"key": "oifkind"}}, "macvlan")
    base = {"map": {"key": {"meta": {"key": "oif"}}, "data": "@vmac_map"}}
    elsewhere = {"dup": {"addr": builder.field("daddr"), "dev": base}}
    if version == 4:
        builder.rule("out", _is(_payload(protocol, "protocol"), "igmp"), kind, elsewhere, {"drop": None})
        return
    message = _payload("icmpv6", "type")
    builder.rule("out", _is(message, "mld2-listener-report"), kind, elsewhere, {"drop": None})
    ours = _is({"meta": {"key": "oif"}}, "@vmac_set")
    builder.rule("out", _is(message, "nd-router-solicit"), kind, ours, {"drop": None})


def _discovery(builder: "_Builder", *, by_index: bool) -> None:
    """Neighbours may be looked for in any case; a link-local address is one only together with its interface."""
    builder.set("neighbor-discovery", "icmpv6_type", flags=["constant"], elem=DISCOVERY)
    builder.set("vips_link_local", ["ipv6_addr", "iface_index" if by_index else "ifname"])
    chains = (("in", "daddr", "iif"), ("out", "saddr", "oif"))
    for chain, _, _ in chains:
        builder.chain(f"{chain}_link_local")
    for chain, field, interface in chains:
        builder.rule(chain, _is(_payload("icmpv6", "type"), "@neighbor-discovery"), {"accept": None})
        builder.rule(chain, _is(builder.field(field), LINK_LOCAL), {"goto": {"target": f"{chain}_link_local"}})
        key = {"meta": {"key": interface if by_index else f"{interface}name"}}
        both = _is({"concat": [builder.field(field), key]}, "@vips_link_local")
        builder.rule(f"{chain}_link_local", both, {"drop": None})


class _Builder:
    """The objects of one table, in the order in which they are asked for."""

    def __init__(self, wanted: Filter, version: int) -> None:
        self.family = FAMILIES[version]
        self._wanted = wanted
        self.made: list[Command] = [_table(wanted, version)]

    def set(self, name: str, kind: str | list[str], **more: Any) -> None:  # noqa: ANN401 - as JSON is
        what = "map" if "map" in more else "set"
        self.made.append({what: self._named(name=name, type=kind, **more)})

    def chain(self, name: str, **more: Any) -> None:  # noqa: ANN401 - as JSON is
        self.made.append({"chain": self._named(name=name, **more)})

    def base_chain(self, name: str, hook: str) -> None:
        self.chain(name, type="filter", hook=hook, prio=self._wanted.priority, policy="accept")

    def rule(self, chain: str, *expressions: Command) -> None:
        """What is counted is what all conditions hold for: the counter stands before the verdict."""
        counter: list[Command] = [{"counter": None}] if self._wanted.counters else []
        conditions, verdict = list(expressions[:-1]), expressions[-1]
        self.made.append({"rule": self._named(chain=chain, expr=[*conditions, *counter, verdict])})

    def field(self, name: str) -> Command:
        return _payload(self.family, name)

    def _named(self, **more: Any) -> Command:  # noqa: ANN401 - as JSON is
        return {"family": self.family, "table": self._wanted.table, **more}


def _contents(old: Filter, new: Filter, version: int) -> list[Command]:
    """What changes the sets that differ."""
    made: list[Command] = []
    before = _sets(old, version)
    for name, elements in _sets(new, version).items():
        if elements == before.get(name, []):
            continue
        where = {"family": FAMILIES[version], "table": new.table, "name": name}
        what = "map" if name == "vmac_map" else "set"
        if before.get(name):
            made.append({"flush": {what: where}})
        if elements:
            made.append({"add": {"element": where | {"elem": [element for _, element in elements]}}})
    return made


def _sets(wanted: Filter, version: int) -> dict[str, list[tuple[int, Any]]]:
    """The elements by set, each with the index that it depends on unseen, or 0."""
    found: dict[str, list[tuple[int, Any]]] = {}
    vmacs = _vmacs(wanted, version)
    if vmacs:
        found["vmac_map"] = [(vmac.index, [vmac.name, vmac.base]) for vmac in vmacs]
        if version == 6:
            found["vmac_set"] = [(vmac.index, vmac.name) for vmac in vmacs]
    if version in wanted.guarded:
        closed = [one for one in sorted(wanted.closed, key=str) if one[1].version == version]
        anywhere = {str(address): None for _, address in closed if version == 4 or not address.is_link_local}
        found["vips"] = [(0, text) for text in anywhere]
        if version == 6:
            near = [(name, address) for name, address in closed if address.is_link_local]
            found["vips_link_local"] = [(0, {"concat": [str(address), name]}) for name, address in near]
    return found


def _vmacs(wanted: Filter, version: int) -> list[Behind]:
    return [one for one in sorted(wanted.vmacs) if (one.ipv4 if version == 4 else one.ipv6)]


def _is(left: Command, right: Any) -> Command:  # noqa: ANN401 - as JSON is
    return {"match": {"op": "==", "left": left, "right": right}}


def _payload(protocol: str, field: str) -> Command:
    return {"payload": {"protocol": protocol, "field": field}}
