"""What spans instances and interfaces: sync groups, track groups, pacing, carriers, delays, the sync daemon.

Runs after the rules of the instances: what names an instance that was lost is told so (reference vrrp.md 6).
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from kad.config import hints
from kad.config.diagnostics import Findings, Half, Span
from kad.config.drafts import Draft
from kad.config.vrrp_rules import LOST, last_line, setting

WEIGHTED = ("track_interface", "track_script", "track_file", "track_process", "track_bfd")


def check(root: Draft, interfaces: frozenset[str], findings: Findings) -> None:
    """Apply the rules to each kind of group and list."""
    rules = _Rules(root, interfaces, findings)
    rules.sync_groups()
    rules.track_groups()
    rules.garp_groups()
    rules.interface_lists()
    rules.sync_daemon()


class _Rules:
    """The rules; what they have in common is which instances and interfaces there are."""

    def __init__(self, root: Draft, interfaces: frozenset[str], findings: Findings) -> None:
        self._root = root
        self._findings = findings
        self._interfaces = interfaces
        self._setting: Callable[[str], Any] = setting(root)
        self._instances = {draft.values["name"]: draft for draft in root.children("vrrp_instances")}
        self._lost: dict[str, Draft] = root.values.get(LOST, {})

    def _add(self, rule: str, draft: Draft, field: str, text: str, suggestion: Callable[[], str] | str = "") -> None:
        self._findings.add(rule, draft.span(field), text, suggestion, Half.VRRP)

    # Sync groups

    def sync_groups(self) -> None:
        """Members must exist and be in one group only; a group without any is removed."""
        groups = self._root.children("vrrp_sync_groups")
        taken: dict[str, Draft] = {}
        kept = []
        for group in groups:
            said = group.get("group")
            members = self._members(group, taken)
            group.values["group"] = tuple(members)
            if not members:
                self._removed("empty-group", group, said)
                continue
            if len(members) == 1:
                self._lonely(group, said)
            self._owners(group, members)
            self._weights(group, members)
            kept.append(group)
        groups[:] = kept

    def _members(self, group: Draft, taken: dict[str, Draft]) -> list[str]:
        members = []
        for name in dict.fromkeys(group.get("group")):
            if not self._is_there("unknown-member", group, name):
                continue
            if taken.setdefault(name, group) is not group:
                text = f"{name} is in {taken[name].title} already, and can't be in {group.title} too: ignored"
                self._findings.add("member-twice", _member(group, name), text, half=Half.VRRP)
            else:
                members.append(name)
        return members

    def _is_there(self, rule: str, group: Draft, name: str) -> bool:
        """Whether a member is an instance that runs."""
        if name in self._instances:
            return True
        what = f"which is lost (line {self._lost[name].line})" if name in self._lost else "which is no instance"
        text = f"{group.title} names {name}, {what}: ignored"
        near = "" if name in self._lost else partial(hints.meant, name, self._instances, "instances")
        self._findings.add(rule, _member(group, name), text, near, Half.VRRP)
        return False

    def _lonely(self, group: Draft, said: tuple[str, ...]) -> None:
        """A group of one does nothing; when it had others, that is told after what became of them."""
        (member,) = group.values["group"]
        others = [name for name in said if name != member]
        has = "is left with" if others else "has"
        text = f"{group.title} {has} only 1 member, {member}: a group is for two or more"
        place = _member(group, others[-1]) if others else group.span("group")
        self._findings.add("lonely-group", place, text, half=Half.VRRP)

    def _removed(self, rule: str, group: Draft, said: tuple[str, ...]) -> None:
        """A group without members; when there were some, that is told after what became of them."""
        if said:
            text = f"{group.title} is left without members: it is removed"
            self._findings.add(rule, _member(group, said[-1]), text, half=Half.VRRP)
        else:
            text = f"{group.title} has no members: it is removed"
            field = "group" if "group" in group.places else ""
            written = last_line(group, "group")
            advice = "" if written else "name its instances in it" if field else "add group { ... }"
            self._findings.add(rule, written or group.span(field), text, advice, Half.VRRP)

    def _owners(self, group: Draft, members: list[str]) -> None:
        owners = [name for name in members if self._instances[name].get("priority") == 255]
        if owners and len(owners) < len(members):
            text = f"{group.title}: {owners[0]} owns its addresses (priority 255) and others do not: this won't work"
            self._add("mixed-owners", group, "group", text)

    def _weights(self, group: Draft, members: list[str]) -> None:
        """Without sync_group_tracking_weight a member's priority is its own: what is weighted is not tracked (6)."""
        if group.get("sync_group_tracking_weight"):
            return
        for user in (group, *(self._instances[name] for name in members)):
            for field in WEIGHTED:
                if field in user.values:
                    self._unweighted(user, field)

    def _unweighted(self, user: Draft, field: str) -> None:
        lines = user.children(field)
        kept = []
        for line in lines:
            weight = self._weight(field, line)
            if field == "track_interface" and weight:
                text = f"the weight of {line.values['name']} is ignored in a sync group: its loss is a fault"
                self._add("weight-in-group", line, "weight", text, "or write sync_group_tracking_weight in the group")
                line.clear("weight")
            elif weight:
                text = f"{line.values['name']} has a weight, and is not tracked in a sync group"
                suggestion = "write sync_group_tracking_weight in the group, or weight 0"
                self._add("weight-in-group", line, "name", text, suggestion)
                continue
            kept.append(line)
        lines[:] = kept

    def _weight(self, field: str, line: Draft) -> int:
        weight: int | None = line.get("weight")
        if weight is not None:
            return weight
        definitions = {
            "track_script": "vrrp_scripts",
            "track_file": "track_files",
            "track_process": "vrrp_track_processes",
            "track_bfd": "bfd_instances",
        }[field]
        for draft in self._root.children(definitions):
            if draft.values["name"] == line.values["name"]:
                return int(draft.get("weight"))
        return 0

    # Other groups and lists

    def track_groups(self) -> None:
        """Members must exist; a group without any is removed."""
        groups = self._root.children("track_groups")
        kept = []
        for group in groups:
            said = group.get("group")
            members = [name for name in dict.fromkeys(said) if self._is_there("unknown-track-member", group, name)]
            group.values["group"] = tuple(members)
            if members:
                kept.append(group)
            else:
                self._removed("empty-track-group", group, said)
        groups[:] = kept

    def garp_groups(self) -> None:
        """A group needs a pause and an interface of its own."""
        taken: dict[str, Draft] = {}
        kept = []
        for group in self._root.children("garp_groups"):
            if group.get("garp_interval") is None and group.get("gna_interval") is None:
                self._add("empty-group", group, "", "garp_group has no garp_interval or gna_interval: it is removed")
                continue
            for field in ("interface", "interfaces"):
                said = group.get(field)
                names = () if said is None else (said,) if isinstance(said, str) else said
                good = tuple(name for name in names if self._paced(group, field, name, taken))
                if field == "interface" and not good:
                    group.clear(field)
                elif field == "interfaces" and names:
                    group.values[field] = good
            kept.append(group)
        self._root.children("garp_groups")[:] = kept

    def _paced(self, group: Draft, field: str, name: str, taken: dict[str, Draft]) -> bool:
        if not self._exists(group, field, name, "of garp_group"):
            return False
        if taken.setdefault(name, group) is not group:
            self._add("duplicate-interface", group, field, f"{name} is in another garp_group already: ignored")
            return False
        return True

    def _exists(self, draft: Draft, field: str, name: str, whose: str, rule: str = "unknown-interface") -> bool:
        if name in self._interfaces or self._setting("dynamic_interfaces"):
            return True
        text = f"interface {name} {whose} doesn't exist: it is ignored"
        near = hints.interface(name, self._interfaces)
        place = next((place for word, place in draft.words_of(field) if word == name), draft.word(field, name))
        self._findings.add(rule, place, text, near, Half.VRRP)
        return False

    def interface_lists(self) -> None:
        """What is said of an interface that is not there ends keepalived."""
        for field in ("linkbeat_interfaces", "interface_up_down_delays"):
            lines = self._root.children(field)
            lines[:] = [
                line
                for line in lines
                if self._exists(line, "name", line.values["name"], f"in {field}", "missing-interface")
            ]

    def sync_daemon(self) -> None:
        """The instance that the sync daemon follows must be there."""
        settings = self._root.get("global_defs")
        daemon = settings.get("lvs_sync_daemon") if isinstance(settings, Draft) else None
        if daemon is None or daemon.instance is None or daemon.instance in self._instances:
            return
        name = daemon.instance
        text = f"lvs_sync_daemon follows {name}, which is no instance that runs: it is not started"
        near = "" if name in self._lost else hints.meant(name, self._instances, "instances")
        self._findings.add("unknown-sync-instance", settings.word("lvs_sync_daemon", name), text, near)


def _member(group: Draft, name: str) -> Callable[[], Span]:
    """Where a group names a member; looked for only when it is shown."""

    def found() -> Span:
        return next((place for word, place in group.words_of("group") if word == name), group.span("group"))()

    return found
