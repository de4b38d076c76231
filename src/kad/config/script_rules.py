"""Which scripts can't be run, and that scripts run at all (reference vrrp.md 9.3, checker.md 4.6, users.md C).

A script is disabled when its program is not there, when its user or group does not exist, and with
enable_script_security when it would run as root though others than root could change it. keepalived looks at the path
as it is written, and so refuses what is reached through a link; here links are followed first (remedy 21).
"""

from functools import cache
from typing import NamedTuple

from kad.config import check_rules
from kad.config.diagnostics import Findings, Half
from kad.config.drafts import Draft
from kad.config.reader import Facts
from kad.config.schema.script import Script
from kad.config.vrrp_rules import setting

INSTANCE_SCRIPTS = (
    "notify_master",
    "notify_backup",
    "notify_fault",
    "notify_stop",
    "notify",
    "notify_deleted",
    "notify_master_rx_lower_pri",
)
GROUP_SCRIPTS = ("notify_master", "notify_backup", "notify_fault", "notify_stop", "notify")
VIRTUAL_SERVER_SCRIPTS = ("quorum_up", "quorum_down")
REAL_SERVER_SCRIPTS = ("notify_up", "notify_down")
GLOBAL_SCRIPTS = (
    "startup_script",
    "shutdown_script",
    "notify_fifo_script",
    "vrrp_notify_fifo_script",
    "lvs_notify_fifo_script",
)
DEFAULT_USER = "keepalived_script"
ROOT = "root"

MOST_NAMED = 8
"""Scripts that a message names."""


class Problem(NamedTuple):
    """Why a script can't be run, in keepalived's words and in ours.

    `told`: it is the fault of script_user, where it is told once for all.
    """

    why: str
    rule: str = "since not found/accessible"
    told: bool = False


def check(root: Draft, facts: Facts, findings: Findings) -> None:
    """Disable the scripts that can't be run."""
    rules = _Rules(root, facts, findings)
    rules.track_scripts()
    for instance in (*root.children("vrrp_instances"), *root.lost.get("vrrp_instances", ())):
        rules.notifies(instance, INSTANCE_SCRIPTS)
    for group in root.children("vrrp_sync_groups"):
        rules.notifies(group, GROUP_SCRIPTS)
    services = root.children("virtual_servers")
    for index, service in enumerate(services):
        if rules.changes(service):
            if service.settled:
                assert service.header is not None, "it is a block"
                assert service.outer is not None, "it is a block"
                services[index] = service.like(service.header, service.outer)
            rules.service(services[index])
    settings = root.get("global_defs")
    if isinstance(settings, Draft):
        rules.notifies(settings, GLOBAL_SCRIPTS)
    rules.default_user()


def security(root: Draft, findings: Findings) -> None:
    """Warn that scripts run without security; what the other rules have dropped runs none."""
    if setting(root)("enable_script_security"):
        return
    instances, groups = root.children("vrrp_instances"), root.children("vrrp_sync_groups")
    vrrp = any(user.values.get("track_script") for user in (*instances, *groups))
    vrrp = vrrp or any(field in one.values for one in instances for field in INSTANCE_SCRIPTS)
    vrrp = vrrp or any(field in one.values for one in groups for field in GROUP_SCRIPTS)
    checker = any(_scripts(service) for service in root.children("virtual_servers"))
    for used, half in ((vrrp, Half.VRRP), (checker, Half.CHECKER)):
        if used:
            text = "scripts run without enable_script_security: whoever can write to one of them can become root"
            advice = "write enable_script_security and script_user in global_defs"
            findings.add("script-security", None, text, advice, half)


def _scripts(service: Draft) -> list[Script]:
    """The scripts of a virtual server, its real servers and their checks."""
    servers = service.children("real_servers")
    scripts = [service.values[field] for field in VIRTUAL_SERVER_SCRIPTS if field in service.values]
    for server in servers:
        values = server.values
        scripts += [values[field] for field in REAL_SERVER_SCRIPTS if field in values]
        scripts += [check_.values["misc_path"] for check_ in values.get("checks", ()) if "misc_path" in check_.values]
    return scripts


class _Rules:
    """The rules for one script after another; what they have in common is who runs them by default."""

    def __init__(self, root: Draft, facts: Facts, findings: Findings) -> None:
        self._root = root
        self._facts = facts
        self._findings = findings
        said = setting(root)
        self._secure = bool(said("enable_script_security"))
        self._user: str | None = said("script_user")
        self._group: str | None = said("script_group")
        self._program = cache(facts.script_problem)
        self._insecure = cache(facts.insecurity)
        self._owner = cache(facts.user_problem)
        self._default = self._default_problem()
        self._without_user: list[str] = []

    def _default_problem(self) -> Problem | None:
        """Why scripts that name no user can't be run."""
        if self._user is not None:
            why = self._owner(self._user, self._group)
            return Problem(why, told=True) if why else None
        if self._secure and self._owner(DEFAULT_USER, None):
            return Problem(f"with script security it needs a script_user, or a user {DEFAULT_USER}")
        return None

    def default_user(self) -> None:
        """Say that script_user is no user, and which scripts are disabled with it."""
        settings = self._root.get("global_defs")
        if self._default is None or not self._default.told or not isinstance(settings, Draft):
            return
        named = self._without_user[:MOST_NAMED]
        if len(self._without_user) > MOST_NAMED:
            named.append(f"{len(self._without_user) - MOST_NAMED} more")
        what = f", such as {', '.join(named)}," if named else ""
        text = f"script_user: {self._default.why}: scripts that name no user of their own{what} are disabled"
        self._findings.add("script-user", settings.span("script_user"), text)

    def problem(self, script: Script) -> Problem | None:
        """Why a script can't be run; None when it can."""
        user = script.user
        if user is None and self._default is not None:
            return self._default
        why = "" if user is None else self._owner(user, script.group)
        if why:
            return Problem(f"{why} to run it")
        if not script.argv:
            return None
        found = self._program(script.argv[0])
        if found is not None:
            return Problem(found)
        runs_as = user or self._user or (ROOT if self._owner(DEFAULT_USER, None) else DEFAULT_USER)
        if not self._secure or runs_as not in (ROOT, "0"):
            return None
        insecure = self._insecure(script.argv[0])
        return Problem(insecure, "due to insecure") if insecure else None

    def _disable(self, rule: str, draft: Draft, field: str, what: str, problem: Problem) -> None:
        """Say that a script is disabled; what is the fault of script_user is told there."""
        program = " ".join(draft.values[field].argv[:1])
        shown = what if rule == "track-script-disabled" else f"{what} {program}"
        if problem.told:
            self._without_user.append(shown)
            return
        why = f"{program}: {problem.why}" if shown == what else problem.why
        text = f"Disabling {shown} {problem.rule}: {why}"
        self._findings.add(rule, draft.span(field), text, half=draft.half)

    def track_scripts(self) -> None:
        """Remove the vrrp_scripts that can't be run."""
        scripts = self._root.children("vrrp_scripts")
        kept = []
        for draft in scripts:
            script: Script = draft.values["script"]
            problem = self.problem(script)
            if problem is None:
                kept.append(draft)
                continue
            name = draft.values["name"]
            self._disable("track-script-disabled", draft, "script", f"track script {name}", problem)
            self._untrack(name)
        scripts[:] = kept

    def _untrack(self, name: str) -> None:
        """Nobody follows a script that does not run."""
        for user in (*self._root.children("vrrp_instances"), *self._root.children("vrrp_sync_groups")):
            if "track_script" in user.values:
                lines = user.children("track_script")
                lines[:] = [line for line in lines if line.values["name"] != name]

    def notifies(self, draft: Draft, fields: tuple[str, ...]) -> None:
        """Take back the scripts of these keywords that can't be run."""
        for field in fields:
            script: Script | None = draft.values.get(field)
            if script is None:
                continue
            problem = self.problem(script)
            if problem is None:
                continue
            self._disable("script-disabled", draft, field, f"{field} script", problem)
            draft.clear(field)

    def changes(self, service: Draft) -> bool:
        """Whether any script of a virtual server, its servers and their checks can't be run."""
        return any(self.problem(script) for script in _scripts(service))

    def service(self, service: Draft) -> None:
        """Take back those of a virtual server and its real servers that can't be run."""
        self.notifies(service, VIRTUAL_SERVER_SCRIPTS)
        for server in service.children("real_servers"):
            self.notifies(server, REAL_SERVER_SCRIPTS)
            self.misc_checks(server)

    def misc_checks(self, server: Draft) -> None:
        """Remove the MISC_CHECKs whose script can't be run."""
        checks = server.children("checks")
        kept = []
        for check_ in checks:
            script: Script | None = check_.values.get("misc_path")
            problem = None if script is None else self.problem(script)
            if problem is None:
                kept.append(check_)
                continue
            self._disable("script-disabled", check_, "misc_path", "misc script", problem)
        if len(kept) < len(checks):
            last = next(check_ for check_ in reversed(checks) if check_ not in kept)
            checks[:] = kept
            check_rules.unchecked(server, self._findings, last, "misc_path")
