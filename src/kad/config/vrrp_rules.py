"""What spans the keywords of a vrrp_instance, and what spans instances (reference vrrp.md 3.2, 8.1, keywords).

The order is keepalived's: what a rule takes back, later rules no longer see. An instance that a rule ends is dropped,
and the diagnostic says so; all the others go on.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from kad.config import hints
from kad.config.diagnostics import Findings, Half, Span
from kad.config.drafts import Draft
from kad.config.fields import Keyword
from kad.config.schema.authentication import AuthType
from kad.config.schema.vrrp_instance import InitialState
from kad.config.vrrp_kinds import HmacKey
from kad.units import MILLISECOND, SECOND, Micros

MOST_VIPS = 255
"""Addresses that an advert's count of them can say (RFC 9568 section 5.2.5)."""

STEP_V3 = Micros(10 * MILLISECOND)
LONGEST_V3 = Micros(4095 * STEP_V3)
"""VRRPv3 says its interval in hundredths of a second, in 12 bits (RFC 9568 section 5.2.7)."""

ADDRESSES = ("virtual_ipaddress", "virtual_ipaddress_excluded")

STRICT = {
    "authentication": "does not support authentication",
    "preempt_delay": "is incompatible with preempt_delay",
    "vmac_xmit_base": "is incompatible with vmac_xmit_base",
    "no_virtual_ipaddress": "needs an address",
    "higher_prio_send_advert": "yields without another advert",
    "garp_lower_prio_delay": "announces nothing when a weaker router advertises",
    "garp_lower_prio_repeat": "announces nothing when a weaker router advertises",
}
"""Keywords that strict mode ignores, and why."""


IPV4, IPV6 = 4, 6

FAMILY = "family"
"""Where a draft of an instance keeps its family for other rules; no field of the Struct has this name."""

LOST = "lost instances"
"""Where the draft of a configuration keeps the instances that were dropped here, by their names; no field either."""

UNICAST = (
    "unicast_peer",
    "unicast_src_ip",
    "check_unicast_src",
    "old_unicast_checksum",
    "unicast_fault_no_peer",
    "unicast_ttl",
)
"""Keywords that mean nothing without peers."""


def check(root: Draft, interfaces: frozenset[str], findings: Findings) -> None:
    """Apply the rules to each instance, then those between instances; drop what can't run."""
    rules = Rules(interfaces, setting(root), findings)
    instances = root.children("vrrp_instances")
    kept = [instance for instance in instances if rules.keep(instance)]
    names = {instance.values["name"] for instance in kept}
    lost = root.lost.get("vrrp_instances", [])
    for instance in lost:  # what else is wrong with it is told in the same run
        rules.keep(instance)
    root.values[LOST] = {one.values["name"]: one for one in (*instances, *lost) if one.values["name"] not in names}
    instances[:] = kept


def setting(root: Draft) -> Callable[[str], Any]:
    """What global_defs says, or its default, by the name of the keyword."""
    settings = root.get("global_defs")
    if isinstance(settings, Draft):
        return settings.get
    return lambda name: getattr(settings, name)


class Rules:
    """The rules for one instance after another; what they have in common is which VRIDs and addresses are taken."""

    def __init__(self, interfaces: frozenset[str], setting: Callable[[str], Any], findings: Findings) -> None:
        self._interfaces = interfaces
        self._setting = setting
        self._findings = findings
        self._vrids: dict[tuple[str, int, int, bool], Draft] = {}
        self._addresses: dict[tuple[str, str], Draft] = {}

    def keep(self, instance: Draft) -> bool:
        """Whether the instance can run. All rules are tried, so that all mistakes are found at once."""
        instance.values[FAMILY] = self._family(instance)
        self._own_family(instance)
        self._source(instance)
        self._unicast(instance)
        kept = self._interface(instance)
        for field in ADDRESSES:
            self._devices(instance, field)
        self._tracked_interfaces(instance)
        self._preempt(instance)
        self._strict_version(instance)
        self._advert_int(instance)
        self._authentication(instance)
        self._vmac(instance)
        kept &= self._hmac(instance) & self._strict(instance)
        self._distinct(instance)
        if not (kept and instance.kept and self._count(instance) and self._vrid(instance)):
            return False
        self._shared(instance)
        return True

    def _add(self, rule: str, draft: Draft, field: str, text: str, suggestion: str = "") -> None:
        self._findings.add(rule, draft.span(field), text, suggestion, Half.VRRP)

    def _protocol(self, instance: Draft) -> int:
        """The version of the protocol: the instance's, for IPv6 3, else the global one."""
        version: int | None = instance.get("version")
        if version is None:
            return 3 if instance.values[FAMILY] == IPV6 else int(self._setting("vrrp_version"))
        return version

    def _is_strict(self, instance: Draft) -> bool:
        strict: bool | None = instance.get("strict_mode")
        return bool(self._setting("vrrp_strict") if strict is None else strict)

    # The instance's own keywords

    def _interface(self, instance: Draft) -> bool:
        name: str = instance.get("interface")
        if not name:
            if instance.get("unicast_peer") and instance.get("unicast_src_ip") is not None:
                return True
            self._no_interface(instance)
            return False
        if instance.get("vrf") is not None:
            self._add("vrf-interface", instance, "vrf", "vrf is for instances without an interface: ignored")
            instance.clear("vrf")
        if name == "lo":
            text = "VRRP can't run on the loopback interface: the instance is lost"
            self._add("loopback-interface", instance, "interface", text)
            return False
        return self._exists(instance, "interface", name, f" for {instance.title}", "the instance is lost")

    def _no_interface(self, instance: Draft) -> None:
        """Without one, or with one that could not be read: what follows from that stands beside it."""
        if "interface" not in instance.failed:
            text = f"{instance.title} has no interface: it is lost"
            self._add("no-interface", instance, "", text, "add interface")
            return
        text = f"{instance.title} is left without an interface: it is lost"
        self._findings.add("no-interface", instance.last_written("interface"), text, half=Half.VRRP)

    def _exists(self, draft: Draft, field: str, name: str, whose: str, consequence: str) -> bool:
        if name in self._interfaces or self._setting("dynamic_interfaces"):
            return True
        text = f"interface {name}{whose} doesn't exist: {consequence}"
        near = hints.interface(name, self._interfaces)
        self._findings.add("unknown-interface", draft.word(field, name), text, near, Half.VRRP)
        return False

    def _family(self, instance: Draft) -> int:
        """What the instance is for: IPv6 when it says so, else what its first address, source or peer is of."""
        if instance.get("native_ipv6"):
            return IPV6
        lines = instance.children("virtual_ipaddress")
        sources = (instance.get("mcast_src_ip"), instance.get("unicast_src_ip"), instance.get("mcast_dst_ip"))
        peers = [line.values["address"] for line in instance.children("unicast_peer")]
        said = (*(line.values["address"] for line in lines[:1]), *sources, *peers[:1])
        first = next((one for one in said if one is not None), "")
        return IPV6 if ":" in first else IPV4

    def _own_family(self, instance: Draft) -> None:
        """Addresses of another family are ignored (reference keywords); IPv6 begins with a link-local one (5.4)."""
        lines = instance.children("virtual_ipaddress")
        family: int = instance.values[FAMILY]
        for line in lines:
            if _of(line.values["address"]) != family:
                text = f"{line.values['address']} is no IPv{family} address as the instance's others are: ignored"
                self._add("vip-family", line, "address", text, "put it into virtual_ipaddress_excluded")
        lines[:] = [line for line in lines if _of(line.values["address"]) == family]
        if lines and family == IPV6 and not _is_link_local(lines[0].values["address"]):
            strict = self._is_strict(instance)
            first = "the first IPv6 address of an instance"
            must = f"in strict mode {first} must" if strict else f"{first} should"
            text = f"{must} be link-local (RFC 9568, 5.2.9)"
            rule = "vip-not-link-local-strict" if strict else "vip-not-link-local"
            self._add(rule, lines[0], "address", text, "put one of fe80::/64 first")

    def _unicast(self, instance: Draft) -> None:
        """Peers of the other family are lost; without peers the keywords of unicast mean nothing."""
        peers = instance.children("unicast_peer")
        family: int = instance.values[FAMILY]
        kept: dict[str, Draft] = {}
        for peer in peers:
            address = peer.values["address"]
            if _of(address) != family:
                text = f"peer {address} is no IPv{family} address as those of the instance are: ignored"
                self._add("peer-family", peer, "address", text)
            elif kept.setdefault(address, peer) is not peer:
                self._add("duplicate-peer", peer, "address", f"peer {address} is listed twice: once is enough")
        peers[:] = kept.values()
        if peers:
            if instance.get("mcast_dst_ip") is not None:
                self._add("multicast-ignored", instance, "mcast_dst_ip", "mcast_dst_ip is not used with unicast_peer")
                instance.clear("mcast_dst_ip")
            return
        self._no_peers(instance)
        if instance.get("unicast_ttl") is not None:
            instance.clear("unicast_ttl")

    def _no_peers(self, instance: Draft) -> None:
        said = [field for field in UNICAST if instance.get(field) or field in instance.places]
        if not said or instance.get("unicast_fault_no_peer"):
            return
        unusable = last_line(instance, "unicast_peer")
        if unusable is not None:
            text = f"{instance.title} has no usable unicast_peer: adverts are sent to the multicast group"
            self._findings.add("unicast-no-peers", unusable, text, half=Half.VRRP)
            return
        text = f"{said[0]} without a unicast_peer: adverts are sent to the multicast group"
        self._add("unicast-no-peers", instance, said[0], text, "add unicast_peer { ... }, or remove it")

    def _tracked_interfaces(self, instance: Draft) -> None:
        """The own interface is followed anyhow, one that does not exist can't be."""
        own = instance.get("interface")
        lines = instance.children("track_interface")
        kept: dict[str, Draft] = {}
        for line in lines:
            name = line.values["name"]
            if name == own:
                text = f"track_interface {name} is ignored: it is the instance's own interface, which counts anyhow"
                self._add("own-interface", line, "name", text)
            elif name in kept:
                self._add("duplicate-track", line, "name", f"{name} is tracked already: ignored")
            elif self._exists(line, "name", name, " to track", "the line is ignored"):
                kept[name] = line
        lines[:] = kept.values()

    def _vmac(self, instance: Draft) -> None:
        """What is about a virtual hardware address means nothing without one."""
        if instance.get("vmac_xmit_base") and instance.get("use_vmac") is None and instance.get("use_ipvlan") is None:
            text = "vmac_xmit_base is only valid with use_vmac: ignored"
            self._add("vmac-missing", instance, "vmac_xmit_base", text)
            instance.clear("vmac_xmit_base")

    def _hmac(self, instance: Draft) -> bool:
        """A key that is sent with must be there; keepalived would send unsigned adverts (remedy 13 of 13)."""
        hmac: Draft | None = instance.get("auth_hmac")
        if hmac is None:
            return True
        if instance.get("authentication") is not None:
            self._add("auth-ignored", instance, "authentication", "auth_hmac replaces authentication: ignored")
            instance.clear("authentication")
        keys: dict[int, HmacKey] = {}
        for key in hmac.get("key"):
            if keys.setdefault(key.id, key) is not key:
                self._add("auth-hmac-key", hmac, "key", f"key {key.id} is defined twice: the first one counts")
        hmac.values["key"] = tuple(keys.values())
        active: int | None = hmac.get("active_key")
        if active is not None and active in keys:
            return True
        what = "has no active_key" if active is None else f"has no key {active}, which active_key names"
        text = f"auth_hmac {what}: {instance.title} is lost, where keepalived would send adverts without a signature"
        self._add("auth-hmac", hmac, "active_key" if active is not None else "", text, "define the key")
        return False

    def _strict_version(self, instance: Draft) -> None:
        """What counts on the version sees it corrected already."""
        if self._is_strict(instance) and instance.values[FAMILY] == IPV6 and instance.get("version") == 2:
            self._add("strict-conflict", instance, "version", "strict mode has version 3 alone for IPv6: it is used")
            instance.clear("version")

    def _strict(self, instance: Draft) -> bool:
        """What strict mode forbids (RFC 9568, RFC 3768); False when the instance can't run with it."""
        if not self._is_strict(instance):
            return True
        for field, text in STRICT.items():
            if instance.get(field):
                self._add("strict-conflict", instance, field, f"strict mode {text}: ignored")
                instance.clear(field)
        if instance.get("down_timer_adverts") not in (None, 3):
            text = "strict mode has 3 adverts until a takeover: 3 is used"
            self._add("strict-conflict", instance, "down_timer_adverts", text)
            instance.clear("down_timer_adverts")
        if instance.get("lower_prio_no_advert") is False:
            text = "strict mode does not answer weaker routers: ignored"
            self._add("strict-conflict", instance, "lower_prio_no_advert", text)
            instance.clear("lower_prio_no_advert")
        master = instance.get("state") is InitialState.MASTER
        priority = instance.get("priority")
        if instance.get("state") is not None and master != (priority == 255 or (master and priority is None)):
            text = "in strict mode state MASTER goes with priority 255 and with nothing else: the priority decides"
            self._add("strict-state", instance, "state", text)
            instance.clear("state")
        if instance.get("unicast_peer"):
            text = f"strict mode has no unicast: {instance.title} is lost"
            cause = "vrrp_strict in global_defs" if instance.get("strict_mode") is None else "strict_mode"
            self._add("strict-unicast", instance, "unicast_peer", text, f"remove {cause}, or the peers")
            return False
        return True

    def _vrid(self, instance: Draft) -> bool:
        """Each router on an interface needs its own, IPv4 and IPv6 apart, multicast and unicast apart."""
        family: int = instance.values[FAMILY]
        interface, vrid = instance.get("interface"), instance.values["virtual_router_id"]
        unicast = bool(instance.get("unicast_peer"))
        first = self._vrids.setdefault((interface or instance.get("unicast_src_ip"), vrid, family, unicast), instance)
        if first is instance:
            return True
        both = f"{first.values['name']} and {instance.values['name']}"
        text = f"{both} both use VRID {vrid} with IPv{family} on interface {interface}: the second is lost"
        self._add("duplicate-vrid", instance, "virtual_router_id", text, "each router on an interface needs its own")
        return False

    def _preempt(self, instance: Draft) -> None:
        """What is about preemption means something to a router that starts as BACKUP only (3.2)."""
        master = instance.get("state") is InitialState.MASTER
        if instance.get("nopreempt") and (master or instance.get("priority") == 255):
            why = "with initial state MASTER" if master else "with priority 255"
            suggestion = "write state BACKUP on both routers" if master else "write a lower priority"
            self._add(
                "nopreempt-conflict", instance, "nopreempt", f"nopreempt will not work {why}: cleared", suggestion
            )
            instance.clear("nopreempt")
        if instance.get("preempt_delay") and (master or instance.get("nopreempt")):
            why = "with initial state MASTER" if master else "with nopreempt"
            text = f"preempt_delay will not work {why}: cleared"
            self._add("preempt-delay-conflict", instance, "preempt_delay", text)
            instance.clear("preempt_delay")
        if instance.get("timer_expired_backup") is not None and not instance.get("nopreempt"):
            text = "timer_expired_backup needs nopreempt: ignored"
            self._add("nopreempt-conflict", instance, "timer_expired_backup", text, "add nopreempt")
            instance.clear("timer_expired_backup")

    def _advert_int(self, instance: Draft) -> None:
        """Only what the wire can say: whole seconds in version 2, hundredths up to 40.95 s in version 3."""
        interval: Micros = instance.get("advert_int")
        if self._protocol(instance) == 2:
            rounded = max((interval + SECOND // 2) // SECOND, 1) * SECOND
            why = "VRRPv2 adverts tell whole seconds"
        else:
            rounded = min(max((interval + STEP_V3 // 2) // STEP_V3, 1) * STEP_V3, LONGEST_V3)
            why = "VRRPv3 adverts tell hundredths of a second" if rounded < LONGEST_V3 else "VRRPv3 ends at 40.95 s"
        if rounded != interval:
            text = f"{why}: {rounded / SECOND:g} s is used"
            self._add(
                "advert-int-rounded",
                instance,
                "advert_int",
                text,
                "version 3 has fractions" if rounded % SECOND == 0 and interval < rounded else "",
            )
            instance.values["advert_int"] = Micros(rounded)

    def _authentication(self, instance: Draft) -> None:
        """Passwords are for version 2 alone, and need a type; AH is for IPv4 alone and begins as BACKUP (1.5)."""
        authentication: Draft | None = instance.get("authentication")
        if authentication is None:
            return
        kind, password = authentication.get("auth_type"), authentication.get("auth_pass")
        if self._protocol(instance) == 3:
            self._add("auth-ignored", instance, "authentication", "VRRP version 3 has no authentication: ignored")
        elif not password:
            if "auth_pass" not in authentication.failed:
                self._add("auth-incomplete", authentication, "", "authentication without auth_pass: ignored")
        elif kind is None:
            if "auth_type" not in authentication.failed:
                text = "auth_pass without auth_type: no password is sent"
                self._add("auth-type-missing", authentication, "auth_pass", text, "add auth_type PASS")
        elif kind is AuthType.AH and instance.values[FAMILY] == IPV6:
            self._add("auth-ignored", authentication, "auth_type", "there is no AH for IPv6 here: ignored")
        else:
            if kind is AuthType.AH:
                self._begins_as_backup(instance)
            return
        instance.clear("authentication")

    def _begins_as_backup(self, instance: Draft) -> None:
        """With AH only who owns the addresses can begin as MASTER (1.5): without a priority MASTER does."""
        owner = instance.get("priority") in (None, 255)
        if instance.get("state") is InitialState.MASTER and not owner:
            text = "with AH an instance begins as BACKUP: state MASTER is ignored"
            self._add("auth-state", instance, "state", text)
            instance.values["state"] = InitialState.BACKUP

    def _source(self, instance: Draft) -> None:
        family: int = instance.values[FAMILY]
        for field in ("mcast_src_ip", "unicast_src_ip", "mcast_dst_ip"):
            source: str | None = instance.get(field)
            if source is not None and _of(source) != family:
                text = f"{source} is no IPv{family} address as those of the instance are: ignored"
                self._add("source-family", instance, field, text)
                instance.clear(field)
        if instance.get("track_src_ip") and not (instance.get("mcast_src_ip") or instance.get("unicast_src_ip")):
            self._add("no-source", instance, "track_src_ip", "track_src_ip without a source address: ignored")
            instance.clear("track_src_ip")

    # Its addresses

    def _devices(self, instance: Draft, field: str) -> None:
        """Drop the lines whose interface does not exist, and broadcasts that the prefix has no room for."""
        lines = instance.children(field)
        kept = []
        for line in lines:
            device = line.get("device")
            if device is not None and not self._exists(
                line, "device", device, f" for ip address {line.values['address']}", "the address is lost"
            ):
                continue
            if ":" not in line.values["address"] and line.get("broadcast") in ("+", "-") and line.values["prefix"] > 30:
                text = f"a /{line.values['prefix']} has no broadcast address: ignored"
                self._add("broadcast-prefix", line, "broadcast", text)
                line.clear("broadcast")
            kept.append(line)
        lines[:] = kept

    def _count(self, instance: Draft) -> bool:
        """No address at all, or more than an advert can list; False when the instance can't be without."""
        lines = instance.children("virtual_ipaddress")
        if not lines:
            return self._no_address(instance)
        if len(lines) > MOST_VIPS:
            text = f"{len(lines)} addresses, where an advert has room for {MOST_VIPS}: the rest counts as excluded"
            self._add("too-many-vips", instance, "virtual_ipaddress", text)
            instance.children("virtual_ipaddress_excluded")[:0] = lines[MOST_VIPS:]
            del lines[MOST_VIPS:]
        return True

    def _no_address(self, instance: Draft) -> bool:
        strict = self._is_strict(instance)
        if instance.get("no_virtual_ipaddress") and not strict:
            return True
        unusable = last_line(instance, "virtual_ipaddress")
        beside = unusable or _after_stray_brace(instance)
        place = beside or instance.span()
        text = f"{instance.title} has no {'usable ' if unusable else ''}virtual_ipaddress"
        if self._protocol(instance) == 3 or strict:
            what = "version 3" if self._protocol(instance) == 3 else "strict mode"
            self._findings.add("no-vip-v3", place, f"{text}, which {what} requires: it is lost", half=Half.VRRP)
            return False
        advice = "" if beside else "say no_virtual_ipaddress when that is meant"
        self._findings.add("no-vip", place, f"{text}: it elects a master, and that is all", advice, Half.VRRP)
        return True

    def _distinct(self, instance: Draft) -> None:
        """An address once is enough."""
        own: set[tuple[str, int, str]] = set()
        for field in ADDRESSES:
            lines = instance.children(field)
            kept = []
            for line in lines:
                address = line.values["address"]
                key = (address, line.values["prefix"], line.get("device") or instance.get("interface"))
                if key in own:
                    self._add("duplicate-vip", line, "address", f"{address} is listed twice: once is enough")
                else:
                    own.add(key)
                    kept.append(line)
            lines[:] = kept

    def _shared(self, instance: Draft) -> None:
        """Two instances will fight for an address that both have."""
        for field in ADDRESSES:
            for line in instance.children(field):
                address, device = line.values["address"], line.get("device") or instance.get("interface")
                other = self._addresses.setdefault((address, device), instance)
                if other is not instance:
                    text = f"{other.title} has {address} on {device} too: whichever leaves MASTER takes it from both"
                    self._add("shared-vip", line, "address", text)


def last_line(draft: Draft, keyword: str) -> Callable[[], Span] | None:
    """The end of what was written for a keyword: what follows from the mistakes in it is told after them."""
    lines = list(draft.lines_of(keyword))
    return partial(lines[-1][1].span, lines[-1][0], -1) if lines else None


def _after_stray_brace(instance: Draft) -> Callable[[], Span] | None:
    """The keyword that a brace follows although it opens no block: what is in there was meant for something else."""
    assert instance.header is not None, "it is a block"
    assert instance.inner is not None, "it is a block"
    for statement in instance.header.body or ():
        entry = instance.schema.entries.get(statement.words[0])
        if statement.body is not None and entry is not None and isinstance(entry.declaration, Keyword):
            return partial(instance.inner.span, statement, -1)
    return None


def _of(address: str) -> int:
    """The family of an address."""
    return IPV6 if ":" in address else IPV4


def _is_link_local(address: str) -> bool:
    return address.lower().startswith(("fe8", "fe9", "fea", "feb"))
