"""What instances and sync groups track: names that must be defined, before the line that uses them.

The definitions themselves are looked at too (reference keywords: track_script, track_file, track_process, track_bfd).
Runs before the scripts are looked at: a script that can't be run is no longer tracked then (rules.py).
"""

from collections.abc import Iterator
from itertools import chain

from kad.config import hints
from kad.config.diagnostics import Findings, Half, suggest
from kad.config.drafts import Draft

TRACKED = {
    "track_script": ("vrrp_scripts", "script", "vrrp_script"),
    "track_file": ("track_files", "file", "track_file"),
    "track_process": ("vrrp_track_processes", "process", "vrrp_track_process"),
    "track_bfd": ("bfd_instances", "BFD instance", "bfd_instance"),
}
"""The list of lines: the definitions it names, what messages call one, and its block."""

SAID = "names that are tracked"
"""Where the draft of a configuration keeps what its lines named, usable or not; no field has this name."""


def check(root: Draft, findings: Findings) -> None:
    """Drop the lines that name nothing defined before them; of two definitions of one name the first is meant."""
    _processes(root, findings)
    _sessions(root, findings)
    for field, (definitions, noun, keyword) in TRACKED.items():
        names = _Names(noun, keyword, _distinct(root, definitions, keyword, findings), findings)
        names.lost = {draft.values["name"]: draft for draft in root.lost.get(definitions, ())}
        lost = root.lost.get("vrrp_instances", ())
        for user in chain(root.children("vrrp_instances"), lost, root.children("vrrp_sync_groups")):
            if field in user.places:
                names.said.update(_said(user, field))
            if field in user.values:
                names.keep(user.children(field))
        root.values.setdefault(SAID, {})[field] = names.said


def unused(root: Draft, findings: Findings) -> None:
    """A script, file or process that nothing follows does nothing; of what is wrong with a line another rule tells."""
    checks = {
        check.values.get("track_file")
        for service in root.children("virtual_servers")
        if root.children("track_files")
        for server in service.children("real_servers")
        for check in server.values.get("later_checks", ())
    }
    for field, (definitions, _, _) in TRACKED.items():
        if field == "track_bfd":
            continue
        used = root.values[SAID][field]
        names = [draft.values["name"] for draft in root.children(definitions)]
        meant = _meant(used.difference(names), names)
        for draft in root.children(definitions):
            name = draft.values["name"]
            if name not in used and name not in meant and not (field == "track_file" and name in checks):
                rule = "unused-script" if field == "track_script" else "unused-definition"
                findings.add(rule, draft.span(), f"{draft.title} is tracked by no instance", half=Half.VRRP)


def _said(user: Draft, field: str) -> Iterator[str]:
    """The names in the lines of a list, also of those that could not be used, and of those without braces."""
    for statement, scope in user.lines_of(field):
        yield from statement.words[1:] if scope is user.inner else statement.words[:1]


def _meant(strangers: set[str], names: list[str]) -> set[str]:
    """The names that were perhaps meant by those that are not there; of very many only some are looked at."""
    near = (suggest(one, names) for one in sorted(strangers)[: hints.FEW])
    return {guess.removeprefix("did you mean ").removesuffix("?") for guess in near}


def _distinct(root: Draft, definitions: str, keyword: str, findings: Findings) -> dict[str, Draft]:
    drafts = root.children(definitions)
    first: dict[str, Draft] = {}
    for draft in drafts:
        if first.setdefault(draft.values["name"], draft) is not draft:
            text = f"{draft.title} is defined twice: the first one is used"
            rule = "duplicate-script" if keyword == "vrrp_script" else "duplicate-name"
            findings.add(rule, draft.span("name"), text, "give it another name", Half.VRRP)
    drafts[:] = first.values()
    return first


class _Names:
    """The definitions of one kind, by their names, for the lines that use them."""

    def __init__(self, noun: str, keyword: str, by_name: dict[str, Draft], findings: Findings) -> None:
        self._noun = noun
        self._keyword = keyword
        self._by_name = by_name
        self._findings = findings
        of_scripts = keyword == "vrrp_script"
        self._unknown = "unknown-track-script" if of_scripts else "unknown-track"
        self._twice = "duplicate-track-script" if of_scripts else "duplicate-track"
        self.lost: dict[str, Draft] = {}
        self.said: set[str] = set()
        """What the lines name, whether it is there or not."""

    def keep(self, lines: list[Draft]) -> None:
        """Keep the lines that name something defined before them, each once."""
        kept: dict[str, Draft] = {}
        for line in lines:
            name = line.values["name"]
            if name in kept:
                self._findings.add(
                    self._twice, line.span("name"), f"{name} is tracked already: ignored", half=Half.VRRP
                )
            elif self._defined(name, line):
                kept[name] = line
        lines[:] = kept.values()

    def _defined(self, name: str, line: Draft) -> bool:
        """Whether a definition of this name is there, and before the line."""
        definition = self._by_name.get(name)
        if definition is not None and definition.row <= line.row:
            return True
        text = f"track {self._noun} {name} not found"
        if definition is None and name in self.lost:
            text = f"{text}, what defines it in line {self.lost[name].line} is lost: ignored"
            self._findings.add(self._unknown, line.span("name"), text, half=Half.VRRP)
        elif definition is None:
            near = lambda: hints.meant(name, self._by_name, f"names after {self._keyword}")  # noqa: E731 - seldom shown
            self._findings.add(self._unknown, line.span("name"), f"{text}: ignored", near, Half.VRRP)
        else:
            text = f"{text}, it is defined only in line {definition.line}: ignored"
            advice = f"move the {self._keyword} before the line"
            self._findings.add(self._unknown, line.span("name"), text, advice, Half.VRRP)
        return False


def _processes(root: Draft, findings: Findings) -> None:
    """Bounds of how many there may be must leave a number between them; `delay` is short for both delays."""
    for draft in root.children("vrrp_track_processes"):
        most: int | None = draft.get("quorum_max")
        if most is not None and most != 0 and most < draft.get("quorum"):
            text = f"quorum_max {most} is less than quorum {draft.get('quorum')}: ignored"
            findings.add("bad-value", draft.span("quorum_max"), text, half=Half.VRRP)
            draft.clear("quorum_max")


def _sessions(root: Draft, findings: Findings) -> None:
    """Both ends of a BFD session are of one family, and no two sessions are the same (reference keywords)."""
    kept: dict[tuple[str, str | None, bool], Draft] = {}
    for draft in root.children("bfd_instances"):
        neighbor: str = draft.values["neighbor_ip"]
        source: str | None = draft.get("source_ip")
        if source is not None and (":" in source) != (":" in neighbor):
            text = f"source_ip {source} and neighbor_ip {neighbor} are of different families: {draft.title} is lost"
            findings.add("bfd-family", draft.span("source_ip"), text)
        elif kept.setdefault((neighbor, source, draft.get("multihop")), draft) is not draft:
            text = f"another bfd_instance has the same neighbor_ip {neighbor} and source: {draft.title} is lost"
            findings.add("duplicate-name", draft.span("neighbor_ip"), text)
    root.children("bfd_instances")[:] = kept.values()
