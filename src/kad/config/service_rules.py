"""What virtual servers have to do with other blocks: each other, groups, the files and sessions that checks follow.

A draft may be kept from one reading of the configuration to the next, so it is never changed here: what must change is
copied first. Not here: what one virtual server says of itself (lvs_rules.py).
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from kad.config import check_rules, hints, lvs_rules
from kad.config.diagnostics import Findings, Half, Span
from kad.config.drafts import Draft
from kad.config.lvs_kinds import INET, GroupMark, GroupMember
from kad.config.schema.bfd_check import BfdCheck
from kad.config.schema.file_check import FileCheck

FIELD = "later_checks"
"""The field of a real server that has the checks which follow something."""


def check(root: Draft, findings: Findings) -> None:
    """Apply the rules that look at several blocks; drop the virtual servers that can't serve."""
    services = root.children("virtual_servers")
    removed: dict[str, Group] = {}
    groups = usable_groups(root, findings, removed)
    names = Names(root)
    kept: dict[tuple[object, ...], Draft] = {}
    for settled in services:
        service = followed(settled, names, findings)
        if service.values["group"]:
            member = grouped(service, groups, findings, removed)
            if member is not None:
                kept["group", id(settled)] = member
            continue
        first = kept.setdefault(_identity(service), service)
        if first is not service:
            text = f"{service.title} is in line {first.line} already: this one is lost"
            _add(findings, "duplicate-virtual-server", service.span(), text, "put all real servers into one block")
    services[:] = kept.values()


def _identity(service: Draft) -> tuple[object, ...]:
    """What the kernel tells services apart by."""
    values = service.values
    if values["fwmark"] is None:
        return values["address"], values["port"], service.get("protocol")
    return "fwmark", values["fwmark"], values["ip_family"]


def _add(findings: Findings, rule: str, place: Callable[[], Span], text: str, suggestion: str = "") -> None:
    findings.add(rule, place, text, suggestion, Half.CHECKER)


def _copy(draft: Draft) -> Draft:
    assert draft.header is not None, "it is a block"
    assert draft.outer is not None, "it is a block"
    return draft.like(draft.header, draft.outer)


# Groups

Group = Draft


def usable_groups(root: Draft, findings: Findings, removed: dict[str, Group]) -> Mapping[str, Group]:
    """The groups that can be used, by their names; the others are taken out, into `removed` (1.3)."""
    found: dict[str, Group] = {}
    for group in root.children("virtual_server_groups"):
        if not _usable(group, findings):
            removed.setdefault(group.values["name"], group)
            continue
        first = found.setdefault(group.values["name"], group)
        if first is not group:
            text = f"{group.title} is in line {first.line} already: this one is never used"
            _add(findings, "duplicate-group", group.span("name"), text, "give it another name")
    root.children("virtual_server_groups")[:] = found.values()
    return found


def _usable(group: Group, findings: Findings) -> bool:
    members, marks = _contents(group)
    if not members and not marks:
        _empty(group, findings)
        return False
    both = len({lvs_rules.family_of(member.address) for member in members}) == 2
    if both and any(mark.family is None for mark in marks):
        text = f"{group.title} has addresses of both families and a fwmark of none: it is removed"
        _add(findings, "mixed-group", group.span("marks"), text, "write inet or inet6 after the mark")
        return False
    return True


def _empty(group: Group, findings: Findings) -> None:
    """Say that a group is removed; where lines were written, after their own mistakes, which say what to do."""
    assert group.header is not None, "it is a block"
    assert group.inner is not None, "it is a block"
    if group.header.body:
        text = f"{group.title} has no usable lines: it is removed"
        _add(findings, "empty-server-group", partial(group.inner.span, group.header.body[-1], -1), text)
    else:
        text = f"{group.title} has no lines: it is removed"
        _add(findings, "empty-server-group", group.span(), text, "add an address or a fwmark")


def _contents(group: Group) -> tuple[tuple[GroupMember, ...], tuple[GroupMark, ...]]:
    return group.values.get("members", ()), group.values.get("marks", ())


def grouped(
    settled: Draft, known: Mapping[str, Group], findings: Findings, removed: Mapping[str, Group]
) -> Draft | None:
    """The virtual server of a group with what follows from that; None when it can't serve (1.1, 1.3)."""
    name = settled.values["group"]
    group = known.get(name)
    if group is None:
        what = f"there is no group {name}"
        near = hints.meant(name, known, "groups") or f"add virtual_server_group {name}"
        if name in removed:
            what, near = f"group {name} is removed (line {removed[name].line})", ""
        _add(findings, "unknown-group", settled.span(), f"{what}: {settled.title} is lost", near)
        return None
    members, marks = _contents(group)
    families = {lvs_rules.family_of(member.address) for member in members}
    families |= {mark.family for mark in marks if mark.family is not None}
    service = _copy(settled)
    if not _in_family(service, families, findings):
        return None
    if marks:
        lvs_rules.no_suspend(service, findings)
    if members:
        lvs_rules.defaulted(service, ("protocol",), findings)
        lvs_rules.ops_of_udp(service, findings)
    else:
        lvs_rules.no_protocol(service, findings)
    if service.get("persistence_timeout") is None and any(member.port == 0 for member in members):
        lvs_rules.for_all_ports(service, findings)
    _ports(service, {member.port for member in members}, marks=bool(marks), findings=findings)
    return service


def _in_family(service: Draft, families: set[str], findings: Findings) -> bool:
    """Settle the family of a virtual server with that of its group; False when they can't go together."""
    own: str | None = service.values.get("ip_family")
    name = service.values["group"]
    if len(families) == 2:
        if all(lvs_rules.method_of(service, server) == "TUN" for server in service.children("real_servers")):
            service.clear("ip_family")
            return True
        text = f"group {name} is of both families, and only tunnels lead from one to the other: {service.title} is lost"
        _add(findings, "group-family", service.span(), text, "write lb_kind TUN, or make two groups")
        return False
    family = next(iter(families), own or lvs_rules.common_family(service) or INET)
    if own not in (None, family):
        text = f"group {name} is {family}, and the virtual server {own}: {service.title} is lost"
        _add(findings, "group-family", service.span("ip_family"), text)
        return False
    service.values["ip_family"] = family
    return True


def _ports(service: Draft, ports: set[int], *, marks: bool, findings: Findings) -> None:
    """Without translation packets keep their port, which is that of the group's line or any at all (1.2)."""
    for server in service.children("real_servers"):
        own = server.values["port"]
        if own == 0 or (ports == {own} and not marks) or lvs_rules.method_of(service, server) == "NAT":
            continue
        method = lvs_rules.method_of(service, server)
        if ports - {own}:
            text = f"{method} keeps the ports of the group's lines, not all of which are {own}: that is for checks only"
        else:
            text = f"{method} keeps the ports of packets with a firewall mark: port {own} is for checks only"
        _add(findings, "group-port", server.span("port"), text, "only NAT translates ports")


# What checks follow


class _Followed(NamedTuple):
    """A kind of check that follows another block: the keyword that names it, what that is, and where each begins."""

    field: str
    what: str
    rows: Mapping[str, int]
    once: bool


class Names:
    """The blocks that checks can follow: keepalived knows those that stand before the check."""

    def __init__(self, root: Draft) -> None:
        self._root = root
        self._kinds: dict[type, _Followed] = {}

    def kind(self, type_: type) -> _Followed | None:
        """What a type of check follows, if anything; looked up when there is one."""
        if type_ not in (FileCheck, BfdCheck):
            return None
        if not self._kinds:
            self._kinds = {
                FileCheck: _Followed("track_file", "track_file", self._rows("track_files"), once=False),
                BfdCheck: _Followed("name", "bfd_instance", self._rows("bfd_instances"), once=True),
            }
        return self._kinds[type_]

    def _rows(self, field: str) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for draft in self._root.values.get(field, ()):
            found.setdefault(draft.values["name"], draft.row)
        return found


def followed(service: Draft, names: Names, findings: Findings) -> Draft:
    """The virtual server without the checks that follow what is not there (4.9, 4.10)."""
    result = service
    for index, server in enumerate(service.children("real_servers")):
        if FIELD not in server.values:
            continue
        checks: list[Draft] = server.values[FIELD]
        lost = _lost(checks, names, findings)
        if lost:
            result = _copy(service) if result is service else result
            copied = result.children("real_servers")[index]
            copied.values[FIELD] = [check_ for at, check_ in enumerate(copied.values[FIELD]) if at not in lost]
            last = checks[max(lost)]
            check_rules.unchecked(copied, findings, last, "track_file" if "track_file" in last.places else "name")
    return result


def _lost(checks: list[Draft], names: Names, findings: Findings) -> set[int]:
    """The checks of one real server that can't be, by their number."""
    lost = set()
    used: set[str] = set()
    for index, check_ in enumerate(checks):
        kind = names.kind(check_.schema.type)
        if kind is None:
            continue
        name = check_.values[kind.field]
        row = kind.rows.get(name)
        why = near = ""
        if row is None:
            why = f"there is no {kind.what} {name}"
            near = hints.meant(name, kind.rows, kind.what + "s") or f"add {kind.what} {name} before the virtual_server"
        elif row > check_.row:
            why, near = f"{kind.what} {name} is defined after it", "put it before the virtual_server"
        elif kind.once and name in used:
            why = f"{kind.what} {name} is followed by this real server already"
        used.add(name)
        if why:
            _add(findings, "unknown-followed", check_.span(kind.field), f"{why}: the check is lost", near)
            lost.add(index)
    return lost
