"""What spans the keywords of the checks of one real server (reference checker.md 3.4, 4).

Not here: what a check names elsewhere in the configuration (service_rules.py), scripts that can't be run
(script_rules.py).
"""

import re
from collections.abc import Callable, Iterator

from kad.config.diagnostics import Findings, Half, Span
from kad.config.drafts import Draft
from kad.config.schema.dns_check import DnsCheck
from kad.config.schema.http_get import HttpGet
from kad.config.schema.ping_check import PingCheck
from kad.config.schema.smtp_check import SmtpCheck
from kad.config.schema.ssl_get import SslGet
from kad.config.schema.tcp_check import TcpCheck
from kad.config.schema.udp_check import UdpCheck

FIELDS = ("checks", "later_checks")
"""The fields of a real server that have its checks."""

WITH_PORT: frozenset[type] = frozenset({TcpCheck, HttpGet, SslGet, SmtpCheck, DnsCheck, UdpCheck})
"""Those that connect to a port."""

CONNECTING = WITH_PORT | {PingCheck}
"""Those that connect to an address."""

_LINK_LOCAL = re.compile(r"fe[89ab][0-9a-f]:")


def _add(findings: Findings, rule: str, place: Callable[[], Span], text: str, suggestion: str = "") -> None:
    findings.add(rule, place, text, suggestion, Half.CHECKER)


def check(server: Draft, findings: Findings) -> None:
    """Apply the rules to the checks of a real server; drop those that can't run."""
    lost: Draft | None = None
    for field in FIELDS:
        checks: list[Draft] | None = server.values.get(field)
        if checks:
            kept = [one for one in checks if _keep(server, one, findings)]
            if len(kept) < len(checks):
                lost = next(one for one in reversed(checks) if one not in kept)
                checks[:] = kept
    unchecked(server, findings, lost, "connect_ip")


def unchecked(server: Draft, findings: Findings, lost: Draft | None = None, field: str = "") -> None:
    """Say what it means for a server that none of its checks is left (2.1): beside what was wrong with the last one."""
    if any(server.values.get(field) for field in FIELDS):
        return
    place = next((server.span(field) for field in FIELDS if field in server.places), None)
    if place is not None:
        text = f"{server.title} has no usable check: it counts as up for ever"
        _add(findings, "unchecked-server", place if lost is None else lost.span(field), text)


def _keep(server: Draft, check_: Draft, findings: Findings) -> bool:
    """Apply the rules to one check; False when it can't run."""
    type_ = check_.schema.type
    if type_ in _MORE:
        _MORE[type_](check_, findings)
    return type_ not in CONNECTING or _reachable(server, check_, findings)


def _target(server: Draft, check_: Draft) -> str:
    target: str = check_.values.get("connect_ip") or server.values["address"]
    return target


def _has_interface(server: Draft, check_: Draft) -> bool:
    """Whether the interface is known that leads to a target."""
    target = _target(server, check_)
    return target[:2] != "fe" or _LINK_LOCAL.match(target) is None or check_.values.get("bind_if") is not None


def _reachable(server: Draft, check_: Draft, findings: Findings) -> bool:
    """Where a check connects to and from must be of one family; a link-local target needs an interface (3.4)."""
    values = check_.values
    if "bindto" in values:
        _one_family(server, check_, findings)
    if _has_interface(server, check_):
        return True
    text = f"{_target(server, check_)} is link-local, which needs a bind_if: the check is lost"
    _add(findings, "check-interface", check_.span("connect_ip"), text, "add bind_if")
    return False


def _one_family(server: Draft, check_: Draft, findings: Findings) -> None:
    """Of a source and a target that can't go together the one that was said later is ignored."""
    source, target = check_.values["bindto"], _target(server, check_)
    if (":" in source) == (":" in target):
        return
    places = check_.places
    later = "bindto"
    if "connect_ip" in check_.values and "bindto" in places and "connect_ip" in places:
        first, second = places["bindto"][0], places["connect_ip"][0]
        if (first.row, first.column) < (second.row, second.column):
            later = "connect_ip"
    text = f"bindto {source} and {target} are of different families: {later} is ignored"
    _add(findings, "check-family", check_.span(later), text)
    check_.clear(later)
    if later == "connect_ip":
        _one_family(server, check_, findings)


# Ports


def _without_connect_port(server: Draft) -> Iterator[Draft]:
    """The checks that connect to the real server's own port."""
    for field in FIELDS:
        for check_ in server.values.get(field, ()):
            if check_.schema.type in WITH_PORT and "connect_port" not in check_.values:
                yield check_


def without_port(server: Draft, port: int, findings: Findings) -> None:
    """Checks of keepalived take the port from the line as it was written, and so connect to port 0 (3.4)."""
    for check_ in _without_connect_port(server):
        if port:
            text = f"the real server has no port: kad checks port {port}, where keepalived would try port 0"
            _add(findings, "check-port", check_.span(), text, f"write {server.title} {port}")
        else:
            text = "neither the real server nor the check has a port: port 0 is tried, which never answers"
            _add(findings, "check-port", check_.span(), text, "add connect_port")


def keep_port(server: Draft, port: int) -> None:
    """Let the checks connect to the port that was written, which is going to be cleared."""
    for check_ in _without_connect_port(server):
        check_.values["connect_port"] = port


# Single types


def _smtp(check_: Draft, findings: Findings) -> None:
    """What stands in host { } is the check's own; what comes later in the file counts."""
    host: Draft | None = check_.values.pop("host", None)
    if host is None:
        return
    text = "host is deprecated: what it says counts for the SMTP_CHECK itself"
    _add(findings, "deprecated-host", check_.span("host"), text, "write one SMTP_CHECK for each host")
    assert host.header is not None, "it is a block"
    for field, value in host.values.items():
        place = check_.places.get(field)
        if field not in check_.values or place is None or place[0].row < host.header.row:
            check_.values[field] = value


def _udp(check_: Draft, findings: Findings) -> None:
    """No reply can be longer and shorter."""
    if check_.get("min_reply_length") > check_.get("max_reply_length"):
        least, most = check_.get("min_reply_length"), check_.get("max_reply_length")
        field = "min_reply_length" if "min_reply_length" in check_.values else "max_reply_length"
        text = f"min_reply_length {least} is more than max_reply_length {most}: no reply is ever right"
        _add(findings, "udp-length", check_.span(field), text)


def _web(check_: Draft, findings: Findings) -> None:
    """A pattern must be able to begin somewhere."""
    for url in check_.values["url"]:
        most = url.values.get("regex_max_offset")
        if most is not None and url.get("regex_min_offset") >= most:
            text = f"regex_min_offset {url.get('regex_min_offset')} is not below regex_max_offset {most}"
            _add(findings, "bad-regex", url.span("regex_max_offset"), f"{text}: the pattern never occurs")


_MORE: dict[type, Callable[[Draft, Findings], None]] = {
    SmtpCheck: _smtp,
    UdpCheck: _udp,
    HttpGet: _web,
    SslGet: _web,
}
"""The rules of single types of checks."""
