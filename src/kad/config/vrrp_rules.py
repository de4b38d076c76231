"""What spans the keywords of a vrrp_instance, and what spans instances (reference vrrp.md 3.2, 8.1, keywords).

The order is keepalived's: what a rule takes back, later rules no longer see. An instance that a rule ends is dropped,
and the diagnostic says so; all the others go on.
"""

from kad.config.diagnostics import Findings, Half, suggest
from kad.config.drafts import Draft
from kad.config.schema.later import ENDING
from kad.config.schema.vrrp_instance import InitialState
from kad.units import MILLISECOND, SECOND, Micros

MOST_VIPS = 255
"""Addresses that an advert's count of them can say (RFC 9568 section 5.2.5)."""

LONGEST_PASSWORD = 8
"""Bytes of an advert's authentication data (RFC 2338 section 5.3.10)."""

STEP_V3 = Micros(10 * MILLISECOND)
LONGEST_V3 = Micros(4095 * STEP_V3)
"""VRRPv3 says its interval in hundredths of a second, in 12 bits (RFC 9568 section 5.2.7)."""

FEW = 8
"""Interfaces that a suggestion lists."""

ADDRESSES = ("virtual_ipaddress", "virtual_ipaddress_excluded")


def track(root: Draft, findings: Findings) -> None:
    """Drop the track_script lines that name no script defined before them (reference keywords, track_script)."""
    _same_scripts(root, findings)
    scripts = {draft.values["name"]: draft for draft in root.children("vrrp_scripts")}
    for instance in root.children("vrrp_instances"):
        lines = instance.children("track_script")
        kept: dict[str, Draft] = {}
        for line in lines:
            name = line.values["name"]
            if _defined(scripts, name, line, findings) and not _twice(kept, name, line, findings):
                kept[name] = line
        lines[:] = kept.values()


def check(root: Draft, interfaces: frozenset[str], findings: Findings) -> None:
    """Apply the rules to each instance, then those between instances; drop what can't run."""
    settings = root.get("global_defs")
    version = settings.get("vrrp_version") if isinstance(settings, Draft) else settings.vrrp_version
    instances = root.children("vrrp_instances")
    rules = Rules(interfaces, version, findings)
    kept = [instance for instance in instances if rules.keep(instance)]
    _unused_scripts(root, findings)
    instances[:] = kept


class Rules:
    """The rules for one instance after another; what they have in common is which VRIDs and addresses are taken."""

    def __init__(self, interfaces: frozenset[str], version: int, findings: Findings) -> None:
        self._interfaces = interfaces
        self._version = version
        self._findings = findings
        self._vrids: dict[tuple[str, int], Draft] = {}
        self._addresses: dict[tuple[str, str], Draft] = {}

    def keep(self, instance: Draft) -> bool:
        """Whether the instance can run. All rules are tried, so that all mistakes are found at once."""
        kept = self._interface(instance) & self._family(instance) & self._supported(instance)
        for field in ADDRESSES:
            self._devices(instance, field)
        self._preempt(instance)
        self._advert_int(instance)
        kept &= self._authentication(instance)
        self._source(instance)
        self._distinct(instance)
        if not (kept and self._count(instance) and self._vrid(instance)):
            return False
        self._shared(instance)
        return True

    def _add(self, rule: str, draft: Draft, field: str, text: str, suggestion: str = "") -> None:
        self._findings.add(rule, draft.span(field), text, suggestion, Half.VRRP)

    def _protocol(self, instance: Draft) -> int:
        """The version of the protocol: the instance's, else the global one."""
        version: int | None = instance.get("version")
        return self._version if version is None else version

    # The instance's own keywords

    def _interface(self, instance: Draft) -> bool:
        name = instance.get("interface")
        if name == "lo":
            text = "VRRP can't run on the loopback interface: the instance is lost"
            self._add("loopback-interface", instance, "interface", text)
            return False
        return self._exists(instance, "interface", name, f" for {instance.title}", "the instance is lost")

    def _exists(self, draft: Draft, field: str, name: str, whose: str, consequence: str) -> bool:
        if name in self._interfaces:
            return True
        near = self._interfaces_like(name)
        self._add("unknown-interface", draft, field, f"interface {name}{whose} doesn't exist: {consequence}", near)
        return False

    def _interfaces_like(self, name: str) -> str:
        """Names of interfaces are all alike, so a guess would mislead: all of them where there are few."""
        if len(self._interfaces) <= FEW:
            return f"the interfaces are: {', '.join(sorted(self._interfaces))}"
        return suggest(name, [one for one in sorted(self._interfaces) if one.startswith(name) or name.startswith(one)])

    def _family(self, instance: Draft) -> bool:
        """The first address decides the family; others of another family are ignored (reference keywords)."""
        lines = instance.children("virtual_ipaddress")
        if not lines:
            return True
        if ":" in lines[0].values["address"]:
            text = f"kad does not run IPv6 instances yet: {instance.title} is lost"
            self._findings.add("ipv6-instance", lines[0].span("address"), text, half=Half.VRRP)
            return False
        for line in lines:
            if ":" in line.values["address"]:
                text = f"{line.values['address']} is no IPv4 address as the instance's first one is: ignored"
                self._add("vip-family", line, "address", text, "put it into virtual_ipaddress_excluded")
        lines[:] = [line for line in lines if ":" not in line.values["address"]]
        return True

    def _supported(self, instance: Draft) -> bool:
        """What kad does not act on yet, and would make it a second master if it did as if it were not there."""
        if "unicast_peer" in instance.places:
            text = "kad does not send adverts by unicast yet, and peers would not see those by multicast"
            self._add("unicast-instance", instance, "unicast_peer", f"{text}: {instance.title} is lost")
        if "auth_hmac" in instance.places:
            text = f"kad has no HMAC authentication yet, and peers refuse adverts without it: {instance.title} is lost"
            self._add("auth-hmac", instance, "auth_hmac", text)
        return instance.places.keys().isdisjoint(ENDING)

    def _vrid(self, instance: Draft) -> bool:
        key = (instance.values["interface"], instance.values["virtual_router_id"])
        first = self._vrids.setdefault(key, instance)
        if first is instance:
            return True
        both = f"{first.values['name']} and {instance.values['name']}"
        text = f"{both} both use VRID {key[1]} with IPv4 on interface {key[0]}: the second is lost"
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

    def _authentication(self, instance: Draft) -> bool:
        """Passwords are for version 2 alone, and need a type; what kad can't do ends the instance."""
        authentication: Draft | None = instance.get("authentication")
        if authentication is None:
            return True
        kind, password = authentication.get("auth_type"), authentication.get("auth_pass")
        self._cut_password(authentication, password)
        if self._protocol(instance) == 3:
            text = "VRRP version 3 has no authentication: ignored"
            self._add("auth-ignored", instance, "authentication", text)
        elif kind == "AH":
            text = f"kad has no AH authentication yet, and peers refuse adverts without it: {instance.title} is lost"
            self._add("auth-ah", authentication, "auth_type", text, "use PASS on all routers")
            return False
        elif not password:
            if "auth_pass" not in authentication.failed:
                self._add("auth-incomplete", authentication, "", "authentication without auth_pass: ignored")
        elif kind is None:
            if "auth_type" not in authentication.failed:
                text = "auth_pass without auth_type: no password is sent"
                self._add("auth-type-missing", authentication, "auth_pass", text, "add auth_type PASS")
        else:
            return True
        instance.clear("authentication")
        return True

    def _cut_password(self, authentication: Draft, password: str) -> None:
        data = password.encode()
        if len(data) <= LONGEST_PASSWORD:
            return
        text = f"Truncating auth_pass to {LONGEST_PASSWORD} characters"
        self._add("auth-pass-cut", authentication, "auth_pass", text, "the rest never counts, on any router")
        authentication.values["auth_pass"] = data[:LONGEST_PASSWORD].decode(errors="ignore")

    def _source(self, instance: Draft) -> None:
        source: str | None = instance.get("mcast_src_ip")
        if source is not None and ":" in source:
            text = f"{source} is no IPv4 address as those of the instance are: ignored"
            self._add("source-family", instance, "mcast_src_ip", text)
            instance.clear("mcast_src_ip")

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
            if line.get("broadcast") in ("+", "-") and line.values["prefix"] > 30:
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
        if self._protocol(instance) == 3:
            text = f"{instance.title} has no virtual_ipaddress, which version 3 requires: it is lost"
            self._add("no-vip-v3", instance, "", text)
            return False
        text = f"{instance.title} has no virtual_ipaddress: it elects a master, and that is all"
        self._add("no-vip", instance, "", text)
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


def _defined(scripts: dict[str, Draft], name: str, line: Draft, findings: Findings) -> bool:
    """Whether a script of this name is defined, and before the line."""
    script = scripts.get(name)
    if script is None:
        text = f"track script {name} not found: ignored"
        findings.add("unknown-track-script", line.span("name"), text, lambda: suggest(name, scripts), Half.VRRP)
    elif _later(script, line):
        assert script.header is not None, "it is a block"
        text = f"track script {name} not found, it is defined only in line {script.header.line}: ignored"
        suggestion = "move the vrrp_script before the instance"
        findings.add("unknown-track-script", line.span("name"), text, suggestion, Half.VRRP)
    else:
        return True
    return False


def _twice(kept: dict[str, Draft], name: str, line: Draft, findings: Findings) -> bool:
    """Whether the instance tracks the script already."""
    if name in kept:
        text = f"{name} is tracked already: ignored"
        findings.add("duplicate-track-script", line.span("name"), text, half=Half.VRRP)
    return name in kept


def _later(script: Draft, line: Draft) -> bool:
    """Whether a script stands after a line of the same file that uses it."""
    assert script.header is not None, "it is a block"
    assert line.header is not None, "it is a line"
    return script.header.source is line.header.source and script.header.line > line.header.line


def _same_scripts(root: Draft, findings: Findings) -> None:
    """Of two vrrp_scripts of one name, the first is the one that names mean."""
    scripts = root.children("vrrp_scripts")
    first: dict[str, Draft] = {}
    for script in scripts:
        if first.setdefault(script.values["name"], script) is not script:
            text = f"{script.title} is defined twice: the first one is used"
            findings.add("duplicate-script", script.span("name"), text, "give it another name", Half.VRRP)
    scripts[:] = first.values()


def _unused_scripts(root: Draft, findings: Findings) -> None:
    """A script that no instance follows is not run."""
    used = {
        line.values["name"]
        for instance in root.children("vrrp_instances")
        for line in instance.children("track_script")
    }
    for script in root.children("vrrp_scripts"):
        if script.values["name"] not in used:
            findings.add("unused-script", script.span(), f"{script.title} is tracked by no instance", half=Half.VRRP)
