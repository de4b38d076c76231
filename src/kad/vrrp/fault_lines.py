"""The lines that keepalived has for faults of what a router follows, beside those of the states themselves. Pure."""

import logging
from collections.abc import Iterable

from kad.log import DETAIL
from kad.vrrp.actions import Log
from kad.vrrp.settings import RouterSettings
from kad.vrrp.tracking import Fault, FaultKind


def at_start(settings: RouterSettings, faults: Iterable[Fault]) -> list[Log]:
    """Why the router begins in FAULT."""
    reasons = (_reason(settings, fault) for fault in faults)
    return [Log(logging.INFO, f"({settings.name}){reason}") for reason in reasons if reason]


def _reason(settings: RouterSettings, fault: Fault) -> str:
    source = "(src address not configured)" if settings.source else f"(no IPv{settings.family} address for interface)"
    texts = {
        FaultKind.INTERFACE: f": entering FAULT state (interface {fault.name} down)",
        FaultKind.NO_ADDRESS: f"{':' if settings.source else ''} entering FAULT state {source}",
        FaultKind.SCRIPT: f": entering FAULT state due to script {fault.name}",
        FaultKind.FILE: f": entering FAULT state (tracked file {fault.name} has status -254)",
        FaultKind.PROCESS: f" entering FAULT state (tracked process {fault.name} quorum not achieved)",
    }
    return texts.get(fault.kind, "")


def of_change(settings: RouterSettings, old: Iterable[Fault], new: Iterable[Fault]) -> list[Log]:
    """What is said of tracked files that are a fault from now on, or no longer."""
    before, now = ([fault.name for fault in faults if fault.kind is FaultKind.FILE] for faults in (old, new))
    begun = (f"{name} now FAULT state" for name in now if name not in before)
    over = (f"{name} leaving FAULT state" for name in before if name not in now)
    return [Log(DETAIL, f"({settings.name}): tracked file {text}") for text in (*begun, *over)]
