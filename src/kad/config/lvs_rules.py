"""What spans the keywords of a virtual_server and its real servers (reference checker.md 1.1, 1.2).

They look at one virtual server alone, so that what they give can be kept. Ports are settled here: afterwards a real
server has the port that goes into the IPVS table and that its checks use; one of a group keeps its own.

Not here: the checks of a real server (check_rules.py), what spans several blocks (service_rules.py).
"""

from collections.abc import Callable, Iterator

from kad.config import check_rules
from kad.config.diagnostics import Findings, Half, Span
from kad.config.drafts import Draft
from kad.config.lvs_kinds import INET, INET6
from kad.config.schema.virtual_server import PERSISTENCE, SorryServer

DEFAULTED = ("protocol", "lb_algo", "lb_kind")
"""Keywords that keepalived complains about when they are not there."""

MOSTLY = {"protocol": "TCP (or UDP)"}
"""What is meant by nearly all, where the default is something else."""

SCHEDULER_FLAGS = {"hashed": "sh", "sh_port": "sh", "sh_fallback": "sh", "mh_port": "mh", "mh_fallback": "mh"}
"""Flags that mean something to one scheduler, and which that is."""

SORRY = ("sorry_server", "sorry_server_inhibit", "sorry_server_lvs_method", "sorry_server_tunnel")
"""What is said of a sorry server."""

Position = tuple[int, int]
"""Where a statement stands in its block."""


def settle(root: Draft, findings: Findings) -> None:
    """Apply the rules to the virtual servers that were not settled when they were read; drop those that can't serve."""
    services = root.children("virtual_servers")
    services[:] = [service for service in services if service.settled or local(service, findings)]


def local(service: Draft, findings: Findings) -> bool:
    """Apply the rules to one virtual server; False when nothing is left of it."""
    family = _family(service, findings)
    _mask(service, family, findings)
    _scheduler(service, findings)
    _mark(service, findings)
    _defaults(service, findings)
    _persistence(service, findings)
    servers = service.children("real_servers")
    servers[:] = [server for server in servers if _same_family(service, family, server, findings)]
    for server in servers:
        check_rules.check(server, findings)
        _port(service, server, findings)
    _distinct(service, findings)
    _sorry_server(service, family, findings)
    if not servers:
        _no_servers(service, findings)
        return False
    _quorum(service, findings)
    return True


def _no_servers(service: Draft, findings: Findings) -> None:
    """Say that a service is lost; where servers were written, their own mistakes say what to do."""
    if "real_servers" in service.places:
        text = f"{service.title} has no usable real server: it is lost"
        _add(findings, "no-real-servers", service.last_written("real_server"), text)
    else:
        text = f"{service.title} has no real servers: it is lost"
        _add(findings, "no-real-servers", service.span(), text, "add a real_server")


def _add(findings: Findings, rule: str, place: Callable[[], Span], text: str, suggestion: str = "") -> None:
    findings.add(rule, place, text, suggestion, Half.CHECKER)


def _position(service: Draft, field: str) -> Position:
    """Where a keyword of a virtual server stands: the last time that it was set."""
    statement = service.places[field][0]
    return statement.row, statement.column


# Families


def family_of(address: str) -> str:
    """The family of an address."""
    return INET6 if ":" in address else INET


def _family(service: Draft, findings: Findings) -> str | None:
    """The family of the service; None when only its group can say (1.1).

    What comes first in the block says what the family of a firewall mark is; tunnels say nothing of it.
    """
    address = service.values["address"]
    said = service.values.get("ip_family")
    family: str | None
    if address:
        family = family_of(address)
    else:
        first = min(_claims(service), default=None)
        family = _common(service) if first is None else first[1]
        if family is not None:
            service.values["ip_family"] = family
    if said not in (None, family):
        text = f"ip_family {said} is not the family of the service, {family}: ignored"
        _add(findings, "family-conflict", service.span("ip_family"), text)
        if address:
            service.clear("ip_family")
    return family


def _claims(service: Draft) -> Iterator[tuple[Position, str]]:
    """What says of which family the service is, and where."""
    values = service.values
    if "ip_family" in values:
        yield _position(service, "ip_family"), values["ip_family"]
    if "persistence_granularity" in values:
        family = INET if "." in values["persistence_granularity"] else INET6
        yield _position(service, "persistence_granularity"), family
    if "sorry_server" in values and _sorry_method(service) != "TUN":
        yield _position(service, "sorry_server"), family_of(values["sorry_server"].address)
    for server in service.children("real_servers"):
        if method_of(service, server) != "TUN":
            assert server.header is not None, "it is a block"
            yield (server.header.row, server.header.column), family_of(server.values["address"])
            break


def _common(service: Draft) -> str | None:
    """The family of a service that tunnels to all its servers: theirs, or IPv4; of a group: the group's."""
    if service.values["group"]:
        return None
    return common_family(service) or INET


def common_family(service: Draft) -> str | None:
    """The family that all servers have; None when there are two."""
    families = {family_of(server.values["address"]) for server in service.children("real_servers")}
    if "sorry_server" in service.values:
        families.add(family_of(service.values["sorry_server"].address))
    return families.pop() if len(families) == 1 else None


def method_of(service: Draft, server: Draft) -> str:
    """How packets get to a real server."""
    method: str | None = server.values.get("lvs_method")
    return service.get("lb_kind") if method is None else method


def _same_family(service: Draft, family: str | None, server: Draft, findings: Findings) -> bool:
    """Only a tunnel leads from one family to the other (1.1)."""
    address = server.values["address"]
    if family is None or (":" in address) == (family == INET6) or method_of(service, server) == "TUN":
        return True
    text = f"{service.title} and its real server {address} are of different families: the real server is lost"
    _add(findings, "family-mismatch", server.span("address"), text)
    return False


# Scheduling and persistence


def _mask(service: Draft, family: str | None, findings: Findings) -> None:
    """A granularity is a mask for IPv4, a length for IPv6."""
    mask: str | None = service.get("persistence_granularity")
    if mask is None or family is None or ("." in mask) == (family == INET):
        return
    form = "a netmask like 255.255.255.0" if family == INET else "a prefix length from 1 to 128"
    text = f"persistence_granularity {mask} is not {form}, as {service.title} needs it: ignored"
    _add(findings, "bad-value", service.span("persistence_granularity"), text)
    service.clear("persistence_granularity")


def _scheduler(service: Draft, findings: Findings) -> None:
    """The flags of a scheduler count after its name only (1.2)."""
    values = service.values
    for field, needed in SCHEDULER_FLAGS.items():
        if field not in values:
            continue
        name = field.replace("_", "-")
        said = "lb_algo" in values and _position(service, "lb_algo") < _position(service, field)
        scheduler = values["lb_algo"] if said else ""
        if scheduler == needed and field != "hashed":
            continue
        if scheduler in SCHEDULER_FLAGS.values():
            text = f"{name} does nothing after lb_algo {scheduler}"
            _add(findings, "scheduler-flag-unused", service.span(field), text)
        else:
            text = f"{name} is for lb_algo {needed}, which does not stand before it: ignored"
            _add(findings, "scheduler-flag", service.span(field), text, f"write lb_algo {needed} before it")
        service.clear(field)


def _mark(service: Draft, findings: Findings) -> None:
    """A firewall mark has no protocol, and no address that a machine could have (1.2)."""
    if service.values["fwmark"] is None:
        return
    no_protocol(service, findings)
    no_suspend(service, findings)


def no_protocol(service: Draft, findings: Findings) -> None:
    """A firewall mark has no protocol."""
    if service.values.get("protocol"):
        text = f"{service.title} stands for firewall marks, which have no protocol: ignored"
        _add(findings, "protocol-unused", service.span("protocol"), text)
    service.values["protocol"] = ""


def no_suspend(service: Draft, findings: Findings) -> None:
    """A firewall mark is no address that this machine could have or not."""
    if service.get("ha_suspend"):
        text = f"{service.title} stands for firewall marks, which no machine has as an address: ha_suspend is ignored"
        _add(findings, "ha-suspend-ignored", service.span("ha_suspend"), text)
        service.clear("ha_suspend")


def _defaults(service: Draft, findings: Findings) -> None:
    """What keepalived complains about when it is not there; whether a group needs a protocol depends on the group."""
    has_address = bool(service.values["address"])
    defaulted(service, DEFAULTED if has_address else DEFAULTED[1:], findings)
    if has_address:
        ops_of_udp(service, findings)


def defaulted(service: Draft, fields: tuple[str, ...], findings: Findings) -> None:
    """Say which of these keywords are not there, and what is used."""
    absent = [field for field in fields if field not in service.values and field not in service.failed]
    if absent:
        used = _all_of([str(service.get(field)) for field in absent])
        text = f"{service.title} does not say {', '.join(absent)}: {used} {'are' if len(absent) > 1 else 'is'} used"
        lines = [f"{field} {MOSTLY.get(field, service.get(field))}" for field in absent]
        _add(findings, "default-used", service.span(), text, f"add {_all_of(lines)}")


def _all_of(words: list[str]) -> str:
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def ops_of_udp(service: Draft, findings: Findings) -> None:
    """Scheduling each packet by itself breaks what has connections (1.2)."""
    if service.get("ops") and service.get("protocol") != "UDP":
        text = f"ops is for UDP and firewall marks, not for {service.get('protocol')}: ignored"
        _add(findings, "ops-ignored", service.span("ops"), text)
        service.clear("ops")


def _persistence(service: Draft, findings: Findings) -> None:
    """A granularity alone turns persistence on; a service for all ports can't be without it (1.2)."""
    if service.get("persistence_timeout") is not None:
        return
    if service.get("persistence_granularity") is not None:
        service.values["persistence_timeout"] = PERSISTENCE
    elif service.values["address"] and service.values["port"] == 0:
        for_all_ports(service, findings)


def for_all_ports(service: Draft, findings: Findings) -> None:
    """Turn persistence on, without which a service for all ports can't be."""
    text = f"a service for all ports needs persistence: persistence_timeout {PERSISTENCE} is used"
    _add(findings, "port-zero", service.span(), text)
    service.values["persistence_timeout"] = PERSISTENCE


# Real servers


def _port(service: Draft, server: Draft, findings: Findings) -> None:
    """Without translation the port can't change; with it, no port means the service's (1.2)."""
    own = server.get("port")
    port = service.values["port"]
    if own == 0:
        check_rules.without_port(server, port, findings)
        server.values["port"] = port
        return
    if service.values["group"] or own == port:
        return
    method = method_of(service, server)
    if method == "NAT":
        return
    if service.values["address"]:
        text = f"{method} keeps the port of the virtual server, {port}: port {own} is not used"
    else:
        text = f"{method} keeps the ports of the packets: port {own} is for checks only"
        check_rules.keep_port(server, own)
    _add(findings, "port-reset", server.span("port"), text, "only NAT translates ports")
    server.values["port"] = port


def _distinct(service: Draft, findings: Findings) -> None:
    """A server is its address and port: twice the same is once (1.1)."""
    servers = service.children("real_servers")
    first: dict[tuple[str, int], Draft] = {}
    for server in servers:
        key = (server.values["address"], server.values["port"])
        if first.setdefault(key, server) is not server:
            text = f"real server {key[0]} {key[1]} is in this virtual server already: this one is lost"
            _add(findings, "duplicate-real-server", server.span("address"), text)
    servers[:] = first.values()


# The sorry server


def _sorry_method(service: Draft) -> str:
    method: str | None = service.get("sorry_server_lvs_method")
    return service.get("lb_kind") if method is None else method


def _sorry_server(service: Draft, family: str | None, findings: Findings) -> None:
    _after_sorry_server(service, findings)
    sorry: SorryServer | None = service.get("sorry_server")
    if sorry is None:
        return
    method = _sorry_method(service)
    if family not in (None, family_of(sorry.address)) and method != "TUN":
        both = f"{service.title} and its sorry server {sorry.address}"
        text = f"{both} are of different families: the sorry server is lost"
        _add(findings, "family-mismatch", service.span("sorry_server"), text)
        for field in SORRY:
            service.clear(field)
        return
    port = service.values["port"]
    if service.values["group"] or sorry.port == port or (sorry.port and method == "NAT"):
        return
    if sorry.port:
        what = f"the port of the virtual server, {port}" if port else "the ports of the packets"
        text = f"{method} keeps {what}: port {sorry.port} of the sorry server is not used"
        _add(findings, "port-reset", service.span("sorry_server"), text, "only NAT translates ports")
    service.values["sorry_server"] = SorryServer(address=sorry.address, port=port)


def _after_sorry_server(service: Draft, findings: Findings) -> None:
    """What is said of a sorry server stands after it (1.2)."""
    values = service.values
    for field in ("sorry_server_inhibit", "sorry_server_lvs_method"):
        if field not in values:
            continue
        if "sorry_server" in values and _position(service, "sorry_server") < _position(service, field):
            continue
        text = f"{field} before or without sorry_server: ignored"
        _add(findings, "no-sorry-server", service.span(field), text, "put it after sorry_server")
        service.clear(field)
    if "sorry_server_lvs_method" not in values:
        service.clear("sorry_server_tunnel")


# Quorum


def _quorum(service: Draft, findings: Findings) -> None:
    """Quorum can't be more than there is, hysteresis must stay below it (1.2)."""
    default: int = service.get("weight")
    total: int = sum(server.values.get("weight", default) for server in service.children("real_servers"))
    quorum = service.get("quorum")
    if total == 0:
        text = f"all real servers of {service.title} have weight 0: quorum is never reached"
        _add(findings, "no-weight", service.span(), text, "give one of them a weight")
    elif quorum > total:
        text = f"quorum {quorum} exceeds the total weight of the real servers: {total} is used"
        _add(findings, "quorum-too-high", service.span("quorum"), text)
        quorum = service.values["quorum"] = total
    if service.get("hysteresis") >= quorum:
        text = f"hysteresis must be less than quorum: {quorum - 1} is used"
        _add(findings, "hysteresis-too-high", service.span("hysteresis"), text)
        service.values["hysteresis"] = quorum - 1
