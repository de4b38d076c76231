"""What spans the words of one address, route or rule, and lines: families, names, next hops, preferences, track groups.

Static lines and those of instances are held against the same rules (reference vrrp.md 8, keywords). Names of iproute2's
tables become numbers here. This comes before the rules of instances: they see addresses as they will be set. Not here:
what a single word allows (route_kinds.py, hop_kinds.py), and what is about an instance's addresses as its own
(vrrp_rules.py).
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec.structs import replace

from kad.config import addresses, hints
from kad.config.diagnostics import Findings, Half, Span, suggest
from kad.config.drafts import Draft
from kad.config.hop_kinds import NextHop
from kad.config.reader import Facts
from kad.config.route_kinds import ANY, NAMES, Prefix, Realms
from kad.config.schema.virtual_routes import KEEPALIVED

FIRST_PREFERENCE = 16384
"""The preference of the first rule that names none; the next ones get lower ones."""

LONGEST_BROADCAST = 30
"""Prefix lengths beyond this leave no room for a broadcast address (RFC 3021)."""

ACTIONS = ("table", "goto", "action", "l3mdev")
"""The fields of a rule that say what is done: one of them does."""

GROUPED = {"static_ipaddress": "device", "static_routes": "device", "static_rules": "iif"}
"""The lists whose lines may have a track_group, and the interface that they must name for it."""

NAMED = {
    "table": "rt_tables",
    "protocol": "rt_protos",
    "scope": "rt_scopes",
    "tos": "rt_dsfield",
    "suppress_ifgroup": "group",
    "ipproto": "protocols",
    "realms": "rt_realms",
}
"""The fields that may hold a name, and the table that has its number."""


def check(root: Draft, facts: Facts, findings: Findings) -> None:
    """Apply the rules to all addresses, routes and rules; what can't be set is dropped."""
    lines = _Lines(root, facts, findings)
    instances = root.children("vrrp_instances")
    for instance in instances:
        for field in ("virtual_ipaddress", "virtual_ipaddress_excluded"):
            _keep(instance, field, partial(lines.address, instance=instance))
        _keep(instance, "virtual_routes", lines.route)
        _keep(instance, "virtual_rules", lines.rule)
    _keep(root, "static_ipaddress", lines.static_address)
    _keep(root, "static_routes", lines.route)
    _keep(root, "static_rules", lines.rule)
    lines.groups()
    lines.preferences()


def settle(root: Draft, findings: Findings) -> None:
    """Clear the track_groups that were removed since, which was told there; then drop what is there twice."""
    groups = {group.values["name"] for group in root.values.get("track_groups", ())}
    for field in GROUPED:
        for line in root.values.get(field, ()):
            if line.get("track_group") not in groups:
                line.clear("track_group")
    for field in GROUPED:
        _distinct(root, field, findings)
    for instance in root.children("vrrp_instances"):
        for field in ("virtual_routes", "virtual_rules"):
            _distinct(instance, field, findings)


def _distinct(block: Draft, field: str, findings: Findings) -> None:
    """The same line once is enough."""
    seen: set[str] = set()
    kept = []
    for line in block.values.get(field, ()):
        key = repr(sorted(line.values.items()))
        if key in seen:
            text = "this line is there already: once is enough"
            findings.add("duplicate-route", line.span(), text, half=Half.VRRP)
        else:
            seen.add(key)
            kept.append(line)
    if field in block.values:
        block.values[field] = kept


def _keep(block: Draft, field: str, usable: Callable[[Draft], bool]) -> None:
    """Keep the lines of a list that can be used."""
    if field in block.values:
        block.values[field] = [line for line in block.values[field] if usable(line)]


def _version(address: str) -> int:
    return 6 if ":" in address else 4


class _Lines:
    """The rules for one line after another; what they have in common is what they are held against."""

    def __init__(self, root: Draft, facts: Facts, findings: Findings) -> None:
        self._root = root
        self._facts = facts
        self._findings = findings
        self._interfaces = facts.interfaces()
        settings = root.get("global_defs")
        self._setting: Callable[[str], Any] = (
            settings.get if isinstance(settings, Draft) else lambda name: getattr(settings, name)
        )

    def _add(self, rule: str, line: Draft, field: str, text: str, suggestion: Callable[[], str] | str = "") -> None:
        self._findings.add(rule, line.span(field), text, suggestion, Half.VRRP)

    def _lost(self, rule: str, line: Draft, field: str, why: str) -> bool:
        """Say why a line is lost; False, as it is."""
        self._add(rule, line, field, f"{why}: the line is skipped")
        return False

    def _exists(self, line: Draft, field: str, what: str) -> bool:
        """Whether the interface that a field names is there, or may come later."""
        name: str | None = line.get(field)
        if name is None or name in self._interfaces or self._setting("dynamic_interfaces"):
            return True
        text = f"interface {name} for {what} doesn't exist: the line is skipped"
        self._add("unknown-interface", line, field, text, lambda: hints.interface(name, self._interfaces))
        return False

    # Addresses

    def address(self, line: Draft, instance: Draft | None = None) -> bool:
        """Whether an address can be set; what means nothing for its family is cleared."""
        six = _version(line.values["address"]) == 6
        if six and line.get("broadcast") is not None:
            return self._lost("bad-line", line, "broadcast", "IPv6 has no broadcast addresses")
        for field in ("scope", "label"):
            if six and line.get(field) is not None:
                self._add("address-option", line, field, f"IPv6 addresses have no {field}: ignored")
                line.clear(field)
        self._peer(line)
        if instance is not None and line.get("use_vmac") and instance.values.get("use_vmac"):
            text = "use_vmac says nothing here, the whole instance has it"
            self._add("redundant-vmac", line, "use_vmac", text)
        return True

    def _peer(self, line: Draft) -> None:
        """With a peer, the address is one end of a link, and has neither a prefix nor a broadcast address."""
        peer: str | None = line.get("peer")
        if peer is None:
            return
        whole = 128 if ":" in line.values["address"] else 32
        if _version(peer) != _version(line.values["address"]):
            text = f"peer {peer} is of another family than {line.values['address']}: ignored"
            self._add("peer-address", line, "peer", text)
            line.clear("peer")
            return
        if line.values["prefix"] != whole:
            text = f"an address with a peer has no prefix length: /{whole} is used"
            self._add("peer-address", line, "address", text)
            line.values["prefix"] = whole
        if line.get("broadcast") is not None:
            self._add("peer-address", line, "broadcast", "an address with a peer has no broadcast address: ignored")
            line.clear("broadcast")

    def static_address(self, line: Draft) -> bool:
        """Whether a static address has an interface; what an instance's addresses are asked, it is asked too."""
        if not self.address(line) or not self._exists(line, "device", f"address {line.values['address']}"):
            return False
        if line.get("device") is None:
            default = self._setting("default_interface")
            if default not in self._interfaces and not self._setting("dynamic_interfaces"):
                what = f"address {line.values['address']} names no interface"
                why = f"{what}, and the default interface {default} doesn't exist"
                return self._lost("no-static-interface", line, "address", why)
            line.values["device"] = default
        if line.get("broadcast") in ("+", "-") and line.values["prefix"] > LONGEST_BROADCAST:
            text = f"a /{line.values['prefix']} has no broadcast address: ignored"
            self._add("broadcast-prefix", line, "broadcast", text)
            line.clear("broadcast")
        return True

    # Names

    def _numbers(self, line: Draft) -> bool:
        """Put numbers in the place of names; False when the line is lost with one that is none."""
        for field, table in NAMED.items():
            value = line.values.get(field)
            number = self._number(table, value)
            if value is None or number is not None:
                if number is not None:
                    line.values[field] = number
                continue
            if field == "ipproto":
                self._add("bad-value", line, field, f"there is no protocol {value}: ignored")
                line.clear(field)
                continue
            shown = f"{value.source or ''}/{value.target}".lstrip("/") if isinstance(value, Realms) else value
            known = NAMES[table]
            text = f"{field} {shown} is in none of the tables ({table}): the line is skipped"
            self._add("unknown-route-name", line, field, text, suggest(str(shown), known))
            return False
        return True

    def _number(self, table: str, value: Any) -> Any:  # noqa: ANN401 - a number, a name, or two of them
        """What a name stands for; numbers stand for themselves."""
        if isinstance(value, Realms):
            source, target = self._number(table, value.source), self._number(table, value.target)
            return None if source is None or target is None else Realms(source, target)
        if not isinstance(value, str):
            return value
        number = self._facts.number(table, value)
        return NAMES[table].get(value) if number is None else number

    # Routes

    def route(self, line: Draft) -> bool:
        """Whether a route can be set; its words are brought into one form."""
        kept = self._numbers(line) and self._exists(line, "device", "a route") and self._vrf(line)
        if not (kept and self._second_gateway(line)):
            return False
        version = self._route_family(line)
        if version is None or not self._family_options(line, version) or not self._nexthops(line, version):
            return False
        if line.values["destination"] == ANY:
            line.values["destination"] = _zero(version)
        self._tracked_route(line)
        return True

    def _vrf(self, line: Draft) -> bool:
        name = line.get("vrf")
        if name is None or (name in self._interfaces and self._facts.is_vrf(name)):
            return True
        return self._lost("bad-route", line, "vrf", f"{name} is no VRF")

    def _second_gateway(self, line: Draft) -> bool:
        """`via A or B` is the old form of two next hops."""
        second: str | None = line.values.pop("or_", None)
        if second is None:
            return True
        if line.get("nexthops"):
            return self._lost("bad-route", line, "nexthops", '"or" and nexthop exclude each other')
        gateways = [gateway for gateway in (line.get("via"), second) if gateway is not None]
        line.values["nexthops"] = tuple(NextHop(via=gateway, device=line.get("device")) for gateway in gateways)
        line.clear("via")
        line.clear("device")
        return True

    def _route_family(self, line: Draft) -> int | None:
        """The version of IP that the addresses of a route are of; None when they are not of one."""
        addresses = {
            field: _address(line.get(field))
            for field in ("destination", "via", "source", "source_prefix")
            if line.get(field) not in (None, ANY)
        }
        hops: tuple[NextHop, ...] = line.get("nexthops")
        fallback = next((_version(hop.via) for hop in hops if hop.via is not None), 4)
        return self._one_family(line, _route(line), addresses, fallback)

    def _one_family(self, line: Draft, what: str, addresses: dict[str, str], fallback: int) -> int | None:
        """The one version of the addresses of a line, or what it says itself; None when they don't go together."""
        said: int | None = line.get("family")
        version = None
        for field, address in addresses.items():
            if version not in (None, _version(address)):
                self._lost("route-family", line, field, f"{what} mixes IPv4 and IPv6 addresses")
                return None
            version = _version(address)
        if said is not None and version not in (None, said):
            word = "inet6" if said == 6 else "inet"
            self._lost("route-family", line, "family", f"{word} does not go with the IPv{version} addresses of {what}")
            return None
        return version or said or fallback

    def _family_options(self, line: Draft, version: int) -> bool:
        """Whether all options are such that this family has."""
        foreign = ("realms",) if version == 6 else ("expires", "pref", "source_prefix")
        for field in foreign:
            if line.get(field) is not None:
                name = "from" if field == "source_prefix" else field
                return self._lost("route-family", line, field, f"the option {name} is for IPv{10 - version} only")
        return True

    def _nexthops(self, line: Draft, version: int) -> bool:
        """Leave out next hops that can't be used; False when none of several is left."""
        hops: tuple[NextHop, ...] = line.get("nexthops")
        if not hops:
            return True
        kept = [hop for hop in (self._nexthop(line, hop, version) for hop in hops) if hop is not None]
        if not kept:
            self._findings.add("bad-route", _end(line), "no next hop is left: the line is skipped", half=Half.VRRP)
            return False
        for field in ("via", "device"):
            # The kernel takes a single path beside several only when it is the first of them.
            if line.get(field) not in (None, getattr(kept[0], field)):
                name = "via" if field == "via" else "dev"
                return self._lost(
                    "via-and-nexthop", line, field, f"{name} is not that of the first nexthop, which the kernel refuses"
                )
        line.values["nexthops"] = tuple(kept)
        return True

    def _nexthop(self, line: Draft, hop: NextHop, version: int) -> NextHop | None:
        """A next hop with its names as numbers; None when it can't be used."""
        realms = self._number("rt_realms", hop.realms)
        why = ""
        if hop.via is not None and _version(hop.via) != version:
            why = f"{hop.via} is not of IPv{version}, as the route is"
        elif hop.device is not None and hop.device not in self._interfaces and not self._setting("dynamic_interfaces"):
            text = f"interface {hop.device} for a next hop doesn't exist: this next hop is left out"
            near = partial(hints.interface, hop.device, self._interfaces)
            self._findings.add("unknown-interface", line.word("nexthops", hop.device), text, near, Half.VRRP)
            return None
        elif hop.realms is not None and (realms is None or version == 6):
            why = "realms are for IPv4 only" if version == 6 else "its realms are in none of the tables (rt_realms)"
        if why:
            place = line.span("nexthops") if hop.via is None else _address_word(line, hop.via)
            self._findings.add("bad-nexthop", place, f"{why}: this next hop is left out", half=Half.VRRP)
            return None
        return replace(hop, realms=realms)

    def _tracked_route(self, line: Draft) -> None:
        """Only a route with an interface can be followed, and only by its protocol."""
        if line.get("device") is None and not line.get("no_track"):
            several = bool(line.get("nexthops"))
            what = "with several next hops" if several else "that names no interface"
            text = f"a route {what} can't be tracked: no_track is used"
            self._add("route-untracked", line, "destination", text, f"add {'' if several else 'dev or '}no_track")
            line.values["no_track"] = True
        self._protocol(line)

    def _protocol(self, line: Draft) -> None:
        """Tracked lines are known by their protocol."""
        if line.get("no_track") or line.get("protocol") in (None, KEEPALIVED):
            return
        text = f"what is tracked has protocol keepalived ({KEEPALIVED}): this word is ignored"
        self._add("protocol-reset", line, "protocol", text, "add no_track to keep the other one")
        line.values["protocol"] = KEEPALIVED

    # Rules

    def rule(self, line: Draft) -> bool:
        """Whether a rule can be set."""
        kept = self._numbers(line) and self._exists(line, "iif", "a rule") and self._exists(line, "oif", "a rule")
        if not (kept and self._action(line) and self._goto(line)):
            return False
        prefixes = {field: line.get(field) for field in ("source", "destination") if line.get(field) is not None}
        addresses = {field: prefix.address for field, prefix in prefixes.items() if prefix != ANY}
        version = self._one_family(line, "the rule", addresses, 4)
        if version is None:
            return False
        if version == 6 and line.get("realms") is not None:
            return self._lost("route-family", line, "realms", "realms are for IPv4 only")
        for field, prefix in prefixes.items():
            line.values[field] = _zero(version) if prefix == ANY else prefix
        self._protocol(line)
        return True

    def _action(self, line: Draft) -> bool:
        """Whether just one thing is to be done, and only what belongs to it is said."""
        given = [field for field in ACTIONS if field in line.values]
        if not given:
            return self._lost("bad-rule", line, "", "the rule does not say what to do, such as table NUMBER")
        if len(given) > 1:
            return self._lost("bad-rule", line, given[1], "a rule does one thing, and this says two")
        if given == ["table"] and line.get("table") == 0:
            return self._lost("bad-rule", line, "table", "there is no table 0")
        for field in ("realms", "suppress_prefixlength", "suppress_ifgroup"):
            if given != ["table"] and line.get(field) is not None:
                return self._lost("bad-rule", line, field, f"{field} goes with a table only")
        return True

    def _goto(self, line: Draft) -> bool:
        """Whether a rule goes to a later one: the kernel would loop else."""
        target, preference = line.get("goto"), line.get("preference")
        if target is None:
            return True
        if preference is None:
            return self._lost("bad-rule", line, "goto", "a rule with goto needs a preference")
        if preference >= target:
            return self._lost(
                "bad-rule",
                line,
                "goto",
                f"preference {preference} of the rule is not lower than {target}, which it goes to",
            )
        return True

    def preferences(self) -> None:
        """Give the rules without a preference the next free one below the last, in the order of the text."""
        blocks = (
            (self._root, "static_rules"),
            *((one, "virtual_rules") for one in self._root.children("vrrp_instances")),
        )
        rules = [line for block, field in blocks for line in block.values.get(field, ())]
        taken = {line.get("preference") for line in rules}
        preference = FIRST_PREFERENCE
        for line in sorted(rules, key=lambda line: line.row):
            if line.get("preference") is not None:
                continue
            while preference in taken and preference:
                preference -= 1
            taken.add(preference)
            text = f"the rule has no preference: {preference} is used, which is probably not what you want"
            self._add("rule-preference", line, "", text, "add preference NUMBER")
            line.values["preference"] = preference

    # All of them

    def groups(self) -> None:
        """Clear the track_groups of static lines that are not defined before them, or that nothing can lose."""
        groups = {group.values["name"]: group for group in self._root.values.get("track_groups", ())}
        for field, device in GROUPED.items():
            for line in self._root.values.get(field, ()):
                self._group(line, device, groups)

    def _group(self, line: Draft, device: str, groups: dict[str, Draft]) -> None:
        name: str | None = line.get("track_group")
        if name is None:
            return
        if name not in groups or groups[name].row > line.row:
            later = "" if name not in groups else f" before it, only in line {groups[name].line}"
            text = f"track_group {name} is not defined{later}: ignored"
            near = "" if later else hints.meant(name, groups, "track_groups")
            self._add("unknown-track-group", line, "track_group", text, near)
        elif line.get(device) is None:
            word = "iif" if device == "iif" else "dev"
            self._add("track-group-cleared", line, "track_group", f"track_group needs {word}: ignored", f"add {word}")
        else:
            return
        line.clear("track_group")


def _zero(version: int) -> Prefix:
    return Prefix("::" if version == 6 else "0.0.0.0", 0)  # noqa: S104 - a destination, no socket


def _route(line: Draft) -> str:
    """A route as messages call it."""
    destination: Prefix = line.values["destination"]
    return "the default route" if destination == ANY else f"route {destination.address}/{destination.length}"


def _end(line: Draft) -> Callable[[], Span]:
    """The last word of a line: what follows from mistakes in it is told after them."""
    assert line.header is not None, "it is a line"
    assert line.outer is not None, "it is a line"
    return partial(line.outer.span, line.header, -1)


def _address_word(line: Draft, via: str) -> Callable[[], Span]:
    """Where a next hop has its gateway, however that is written."""
    words = line.header.words if line.header is not None else ()
    return line.word("nexthops", next((word for word in words if str(addresses.address(word)) == via), via))


def _address(value: Prefix | str) -> str:
    return value.address if isinstance(value, Prefix) else value
