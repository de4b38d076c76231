"""What spans blocks: the rules in the order in which keepalived applies them. Runs after all blocks are read.

Each rule changes the drafts as keepalived would change its data, and says so. Not here: what a single keyword allows
(schema/, kinds.py), and the rules themselves: tracking_rules.py, script_rules.py, route_rules.py, vrrp_rules.py,
group_rules.py, lvs_rules.py, service_rules.py.
"""

from kad.config import group_rules, lvs_rules, route_rules, script_rules, service_rules, tracking_rules, vrrp_rules
from kad.config.blocks import Local
from kad.config.diagnostics import Findings
from kad.config.drafts import Draft
from kad.config.reader import Facts
from kad.config.schema.virtual_server import VirtualServer

LOCAL: dict[type, Local] = {VirtualServer: lvs_rules.local}
"""The rules that look at one block alone, by its Struct: the result is remembered with the block (memory.py)."""


def check(root: Draft, facts: Facts, findings: Findings) -> None:
    """Apply all rules to the configuration."""
    facts = facts.inside(root.get("net_namespace"))
    problem = facts.namespace_problem()
    if problem:
        said = "net_namespace" in root.values
        text = f"the network namespace {root.get('net_namespace')} can't be entered: {problem}"
        findings.add("no-namespace", root.span("net_namespace") if said else None, text)
    interfaces = facts.interfaces()
    lvs_rules.settle(root, findings)
    tracking_rules.check(root, findings)
    script_rules.check(root, facts, findings)
    route_rules.check(root, facts, findings)
    vrrp_rules.check(root, interfaces, findings)
    group_rules.check(root, interfaces, findings)
    route_rules.settle(root, findings)
    tracking_rules.unused(root, findings)
    service_rules.check(root, findings)
    script_rules.security(root, findings)
