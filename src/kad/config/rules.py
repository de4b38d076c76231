"""What spans blocks: names that must exist or be unique, scripts that can't be run. Runs after all blocks are read.

Each rule changes the drafts as keepalived would change its data, and says so. The rules of VRRP instances are in
vrrp_rules.py, those of virtual servers in lvs_rules.py. Not here: what a single keyword allows (schema/, kinds.py).
"""

from collections.abc import Callable
from functools import cache

from kad.config import lvs_rules, vrrp_rules
from kad.config.diagnostics import Findings, Half
from kad.config.drafts import Draft
from kad.config.reader import Facts
from kad.config.schema.script import Script

Problem = Callable[[str], str | None]
"""Why a program can't be run; None when it can."""

INSTANCE_SCRIPTS = ("notify_master", "notify_backup", "notify_fault", "notify_stop", "notify")
VIRTUAL_SERVER_SCRIPTS = ("quorum_up", "quorum_down")
REAL_SERVER_SCRIPTS = ("notify_up", "notify_down")


def check(root: Draft, facts: Facts, findings: Findings) -> None:
    """Apply all rules to the configuration."""
    vrrp_rules.track(root, findings)
    _scripts(root, facts, findings)
    vrrp_rules.check(root, facts.interfaces(), findings)
    lvs_rules.check(root, findings)


def _scripts(root: Draft, facts: Facts, findings: Findings) -> None:
    """Disable the scripts that can't be run (reference vrrp.md 9.3, checker.md 4.6), warn that others run at all."""
    problem = cache(facts.script_problem)
    vrrp = _track_scripts(root, problem, findings)
    for instance in root.children("vrrp_instances"):
        vrrp |= _notifies(instance, INSTANCE_SCRIPTS, problem, findings)
    checker = False
    for service in root.children("virtual_servers"):
        checker |= _notifies(service, VIRTUAL_SERVER_SCRIPTS, problem, findings)
        for server in service.children("real_servers"):
            checker |= _notifies(server, REAL_SERVER_SCRIPTS, problem, findings)
            checker |= _misc_checks(server, problem, findings)
    settings = root.get("global_defs")
    if isinstance(settings, Draft) and settings.get("enable_script_security"):
        return
    for used, half in ((vrrp, Half.VRRP), (checker, Half.CHECKER)):
        if used:
            text = "scripts run without enable_script_security: whoever can write to one of them can become root"
            findings.add(
                "script-security", None, text, "write enable_script_security and script_user in global_defs", half
            )


def _track_scripts(root: Draft, problem: Problem, findings: Findings) -> bool:
    """Remove the vrrp_scripts that can't be run; whether any is left."""
    scripts = root.children("vrrp_scripts")
    kept = []
    for draft in scripts:
        script: Script = draft.values["script"]
        why = problem(script.argv[0])
        if why is None:
            kept.append(draft)
            continue
        name = draft.values["name"]
        text = f"Disabling track script {name} since not found/accessible: {script.argv[0]} {why}"
        findings.add("track-script-disabled", draft.span("script"), text, half=Half.VRRP)
        _untrack(root, name)
    scripts[:] = kept
    return bool(kept)


def _untrack(root: Draft, name: str) -> None:
    """No instance follows a script that does not run."""
    for instance in root.children("vrrp_instances"):
        lines = instance.children("track_script")
        lines[:] = [line for line in lines if line.values["name"] != name]


def _notifies(draft: Draft, fields: tuple[str, ...], problem: Problem, findings: Findings) -> bool:
    """Take back the notify scripts that can't be run; whether any is left."""
    used = False
    for field in fields:
        script: Script | None = draft.get(field)
        if script is None:
            continue
        why = problem(script.argv[0])
        if why is None:
            used = True
            continue
        text = f"Disabling {field} script {script.argv[0]} since not found/accessible: {why}"
        findings.add("script-disabled", draft.span(field), text, half=draft.half)
        draft.clear(field)
    return used


def _misc_checks(server: Draft, problem: Problem, findings: Findings) -> bool:
    """Remove the MISC_CHECKs whose script can't be run; whether any is left."""
    used = False
    checks = server.children("checks")
    kept = []
    for check_ in checks:
        script: Script | None = check_.values.get("misc_path")
        why = None if script is None else problem(script.argv[0])
        if script is not None and why is not None:
            others = "" if len(checks) > 1 else ", so that the server counts as up for ever"
            text = (
                f"Disabling misc script {script.argv[0]} since not found/accessible: {why}; the check is lost{others}"
            )
            findings.add("script-disabled", check_.span("misc_path"), text, half=Half.CHECKER)
            continue
        used |= script is not None
        kept.append(check_)
    checks[:] = kept
    return used
