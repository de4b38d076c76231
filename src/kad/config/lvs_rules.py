"""What spans the keywords of a virtual_server and its real servers (reference checker.md 1.1, 1.2, 3.4).

Ports are settled here: afterwards a real server has the port that goes into the IPVS table and that its checks use.
"""

from collections.abc import Callable

from kad.config.diagnostics import Findings, Half, Span
from kad.config.drafts import Draft
from kad.config.schema.http_get import HttpGet
from kad.config.schema.tcp_check import TcpCheck
from kad.config.schema.virtual_server import PERSISTENCE, SorryServer

DEFAULTED = ("protocol", "lb_algo", "lb_kind")
"""Keywords that keepalived complains about when they are not there."""


def check(root: Draft, findings: Findings) -> None:
    """Apply the rules to each virtual server; drop those that can't serve."""
    services = root.children("virtual_servers")
    kept: dict[tuple[str, int, str], Draft] = {}
    for service in services:
        if not _keep(service, findings):
            continue
        key = (service.get("address"), service.get("port"), service.get("protocol"))
        first = kept.setdefault(key, service)
        if first is not service:
            assert first.header is not None, "it is a block"
            text = f"{service.title} is in line {first.header.line} already: this one is lost"
            _add(findings, "duplicate-virtual-server", service.span(), text, "put all real servers into one block")
    services[:] = kept.values()


def _add(findings: Findings, rule: str, place: Callable[[], Span], text: str, suggestion: str = "") -> None:
    findings.add(rule, place, text, suggestion, Half.CHECKER)


def _keep(service: Draft, findings: Findings) -> bool:
    """Apply the rules to one virtual server; False when nothing is left of it."""
    _defaults(service, findings)
    _persistence(service, findings)
    servers = service.children("real_servers")
    servers[:] = [server for server in servers if _same_family(service, server, findings)]
    for server in servers:
        _port(service, server, findings)
        _checks(server, findings)
    _distinct(service, findings)
    _sorry_server(service, findings)
    if not servers:
        text = f"{service.title} has no real servers: it is lost"
        _add(findings, "no-real-servers", service.span(), text, "add a real_server")
        return False
    _quorum(service, findings)
    return True


def _defaults(service: Draft, findings: Findings) -> None:
    absent = [field for field in DEFAULTED if field not in service.values and field not in service.failed]
    if absent:
        names = ", ".join(f"{field} {service.get(field)}" for field in absent)
        _add(
            findings,
            "default-used",
            service.span(),
            f"{service.title} does not say: {names} is used",
            "say what you mean",
        )


def _persistence(service: Draft, findings: Findings) -> None:
    """A granularity alone turns persistence on; a service for all ports can't be without it (1.2)."""
    if service.get("persistence_timeout") is not None:
        return
    if service.get("persistence_granularity") is not None:
        service.values["persistence_timeout"] = PERSISTENCE
    elif service.get("port") == 0:
        text = f"a service for all ports needs persistence: persistence_timeout {PERSISTENCE} is used"
        _add(findings, "port-zero", service.span(), text)
        service.values["persistence_timeout"] = PERSISTENCE


def _method(service: Draft, server: Draft) -> str:
    method: str | None = server.get("lvs_method")
    return service.get("lb_kind") if method is None else method


def _same_family(service: Draft, server: Draft, findings: Findings) -> bool:
    """Only a tunnel leads from one family to the other (1.1)."""
    address = server.values["address"]
    if (":" in address) == (":" in service.values["address"]) or _method(service, server) == "TUN":
        return True
    text = f"{service.title} and its real server {address} are of different families: it is lost"
    _add(findings, "family-mismatch", server.span("address"), text)
    return False


def _port(service: Draft, server: Draft, findings: Findings) -> None:
    """Without translation the port can't change; with it, no port means the service's (1.2)."""
    port = service.get("port")
    own = server.get("port")
    if own == 0 and port != 0:
        _check_port(server, port, findings)
    if own not in (0, port) and _method(service, server) != "NAT":
        method = _method(service, server)
        text = f"{method} keeps the port of the virtual server, {port}: port {own} is not used"
        _add(findings, "port-reset", server.span("port"), text, "only NAT translates ports")
    elif own != 0:
        return
    server.values["port"] = port


def _check_port(server: Draft, port: int, findings: Findings) -> None:
    """Checks of keepalived take the port from the line as it was written, and so connect to port 0 (3.4)."""
    for check_ in server.children("checks"):
        if issubclass(check_.schema.type, TcpCheck | HttpGet) and check_.get("connect_port") is None:
            text = f"the real server has no port: kad checks port {port}, where keepalived would try port 0"
            _add(findings, "check-port", check_.span(), text, f"write {server.title} {port}")


def _checks(server: Draft, findings: Findings) -> None:
    """Where a check connects to and from must be of one family; a link-local target needs an interface (3.4)."""
    checks = server.children("checks")
    kept = []
    for check_ in checks:
        if not issubclass(check_.schema.type, TcpCheck | HttpGet):
            kept.append(check_)
            continue
        target = check_.get("connect_ip") or server.values["address"]
        source: str | None = check_.get("bindto")
        if source is not None and (":" in source) != (":" in target):
            text = f"bindto {source} and {target} are of different families: bindto is ignored"
            _add(findings, "check-family", check_.span("bindto"), text)
            check_.clear("bindto")
        if target.lower().startswith("fe80:") and check_.get("bind_if") is None:
            text = f"{target} is link-local, which needs a bind_if: the check is lost"
            _add(findings, "check-interface", check_.span("connect_ip"), text, "add bind_if")
            continue
        kept.append(check_)
    checks[:] = kept


def _distinct(service: Draft, findings: Findings) -> None:
    """A server is its address and port: twice the same is once (1.1)."""
    servers = service.children("real_servers")
    first: dict[tuple[str, int], Draft] = {}
    for server in servers:
        key = (server.values["address"], server.get("port"))
        if first.setdefault(key, server) is not server:
            text = f"real server {key[0]} {key[1]} is in this virtual server already: this one is lost"
            _add(findings, "duplicate-real-server", server.span("address"), text)
    servers[:] = first.values()


def _sorry_server(service: Draft, findings: Findings) -> None:
    sorry: SorryServer | None = service.get("sorry_server")
    if service.get("sorry_server_inhibit") and _before(service, "sorry_server_inhibit", "sorry_server"):
        text = "sorry_server_inhibit before or without sorry_server: ignored"
        _add(findings, "no-sorry-server", service.span("sorry_server_inhibit"), text, "put it after sorry_server")
        service.clear("sorry_server_inhibit")
    if sorry is None:
        return
    if (":" in sorry.address) != (":" in service.values["address"]) and service.get("lb_kind") != "TUN":
        text = f"{service.title} and its sorry server {sorry.address} are of different families: it is lost"
        _add(findings, "family-mismatch", service.span("sorry_server"), text)
        service.clear("sorry_server")
        return
    if sorry.port == 0 or service.get("lb_kind") != "NAT":
        service.values["sorry_server"] = SorryServer(address=sorry.address, port=service.get("port"))


def _before(service: Draft, field: str, other: str) -> bool:
    """Whether a keyword stands before another one, or without it."""
    order = list(service.places)
    return other not in service.values or order.index(field) < order.index(other)


def _quorum(service: Draft, findings: Findings) -> None:
    """Quorum can't be more than there is, hysteresis must stay below it (1.2)."""
    default = service.get("weight")
    weights = [server.get("weight") for server in service.children("real_servers")]
    total = sum(default if weight is None else weight for weight in weights)
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
