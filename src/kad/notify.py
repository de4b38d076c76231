"""Which scripts a change of state calls, and with which arguments (reference vrrp.md 9.1). Pure.

Not here: running them and writing to pipes (the runner), mail.
"""

from dataclasses import dataclass
from enum import Enum

from kad.config.schema.script import Script


class Event(Enum):
    """What there is to tell, under the name that scripts get."""

    MASTER = "MASTER"
    BACKUP = "BACKUP"
    FAULT = "FAULT"
    STOP = "STOP"
    DELETED = "DELETED"
    MASTER_RX_LOWER_PRI = "MASTER_RX_LOWER_PRI"
    MASTER_PRIORITY = "MASTER_PRIORITY"
    BACKUP_PRIORITY = "BACKUP_PRIORITY"
    """The last two are told to pipes alone."""


STATES = (Event.MASTER, Event.BACKUP, Event.FAULT, Event.STOP, Event.DELETED)
"""What the general script is called for."""


@dataclass(frozen=True)
class NotifyScripts:
    """The scripts of one instance or sync group: one for each event, and one for all of them."""

    notify_master: Script | None = None
    notify_backup: Script | None = None
    notify_fault: Script | None = None
    notify_stop: Script | None = None
    notify_deleted: Script | None = None
    notify_master_rx_lower_pri: Script | None = None
    notify: Script | None = None


def called(
    scripts: NotifyScripts, event: Event, *, name: str, priority: int, kind: str = "INSTANCE"
) -> tuple[Script, ...]:
    """The scripts to run, in this order: the event's own as it is configured, then the general one.

    The general one gets four arguments after its own: `kind` (INSTANCE or GROUP), the name, the event, the effective
    priority (0 for a group).
    """
    specific = {
        Event.MASTER: scripts.notify_master,
        Event.BACKUP: scripts.notify_backup,
        Event.FAULT: scripts.notify_fault,
        Event.STOP: scripts.notify_stop,
        Event.DELETED: scripts.notify_deleted,
        Event.MASTER_RX_LOWER_PRI: scripts.notify_master_rx_lower_pri,
    }.get(event)
    general = scripts.notify if event in STATES else None
    if specific is not None and not specific.argv:
        specific = None  # notify_deleted alone only wants it to be told
    if general is not None:
        argv = (*general.argv, kind, name, event.value, str(priority))
        general = Script(argv=argv, user=general.user, group=general.group)
    return tuple(script for script in (specific, general) if script is not None)


def fifo_line(event: Event, *, name: str, priority: int, kind: str = "INSTANCE") -> str:
    """The line for a pipe (reference vrrp.md 9.2)."""
    return f'{kind} "{name}" {event.value} {priority}\n'
