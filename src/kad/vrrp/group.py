"""A sync group: routers of one machine that are MASTER, BACKUP or in FAULT together (reference vrrp.md 6). Pure.

The group holds no timers and hears no adverts. After each event it looks at its members and says which of them must
follow. Three rules keep them together, in this order:

- A member's fault is a fault of each other member too (`Facts.siblings`, tracking.py), for as long as it lasts.
- A member that obeys another master takes all that are MASTER with it to BACKUP.
- A member whose wait has ended only wishes to be MASTER. When all of them wish it they go together; one that a reload
  brought into a group that is MASTER goes as soon as it wishes.

Not here: finding the members, and telling scripts (node.py).
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from msgspec import structs

from kad.config.schema.vrrp_instance import VrrpInstance
from kad.config.schema.vrrp_sync_group import VrrpSyncGroup
from kad.notify import NotifyScripts
from kad.vrrp.actions import Cause, Log, State
from kad.vrrp.events import Led
from kad.vrrp.router import Router
from kad.vrrp.settings import Key, RouterSettings
from kad.vrrp.tracking import Facts, Fault, FaultKind, own_faults

CAUSE = "sync-group"


class _Line(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=_Line)


@dataclass(frozen=True)
class GroupSettings:
    """One group; `keys`: its members in the order of the configuration."""

    name: str
    keys: tuple[Key, ...]
    notify: NotifyScripts


def with_tracking(instance: VrrpInstance, groups: Iterable[VrrpSyncGroup]) -> VrrpInstance:
    """The instance with what its group follows added; what both name is followed as the instance says."""
    group = next((group for group in groups if instance.name in group.group), None)
    if group is None:
        return instance
    fields = ("track_interface", "track_script", "track_file", "track_process", "track_bfd")
    both = {field: _added(getattr(instance, field), getattr(group, field)) for field in fields}
    told = instance.notify_priority_changes
    return structs.replace(
        instance, notify_priority_changes=group.notify_priority_changes if told is None else told, **both
    )


def _added(own: tuple[T, ...], shared: tuple[T, ...]) -> tuple[T, ...]:
    names = {line.name for line in own}
    return own + tuple(line for line in shared if line.name not in names)


def join(routers: Iterable[RouterSettings], group: VrrpSyncGroup) -> tuple[GroupSettings, tuple[RouterSettings, ...]]:
    """The group, and its members' settings as they are in it; `routers` that it does not name are left out.

    A group of owners starts as MASTER; one owner among others waits with them (reference vrrp.md 6).
    """
    by_name = {settings.name: settings for settings in routers}
    members = [by_name[name] for name in group.group if name in by_name]
    at_once = all(settings.starts_master for settings in members)
    joined = tuple(replace(one, sync_group=group.name, starts_master=at_once) for one in members)
    notify = NotifyScripts(
        notify_master=group.notify_master,
        notify_backup=group.notify_backup,
        notify_fault=group.notify_fault,
        notify_stop=group.notify_stop,
        notify=group.notify,
    )
    return GroupSettings(group.name, tuple(settings.key for settings in members), notify), joined


Orders = tuple[tuple[Key, Led], ...]
"""What members must do, in this order."""


class SyncGroup:
    """One sync group. `state` is what was told of it last; `before`: the group of this name until a reload."""

    def __init__(self, settings: GroupSettings, before: "SyncGroup | None" = None) -> None:
        self.settings = settings
        self.state: State = State.INIT if before is None else before.state

    def begin(self, faults: Mapping[str, tuple[Fault, ...]], *, at_once: bool) -> State | None:
        """The state in which all members are about to start, when it is to be told before theirs."""
        every = [fault for causes in faults.values() for fault in causes]
        if any(fault.kind is not FaultKind.PENDING for fault in every):
            self.state = State.FAULT
        elif not every and not at_once:
            self.state = State.BACKUP
        return None if self.state is State.INIT else self.state

    def say_synchronising(self, state: State) -> Log:
        """The line that keepalived has for it."""
        return Log(logging.INFO, f"VRRP_Group({self.settings.name}) Syncing instances to {state.name} state")

    def orders(self, mover: Key, members: Mapping[Key, Router]) -> Orders:
        """What must follow from the members' states now; of several that become MASTER the mover is the first."""
        masters = [key for key in self._present(members) if members[key].state is State.MASTER]
        obedient = [key for key in self._present(members) if members[key].obeys]
        wishing = [key for key in self._present(members) if members[key].wishes]
        if masters and obedient:
            cause = self._cause(f"{members[obedient[0]].settings.name} obeys another master")
            return tuple((key, Led(State.BACKUP, cause)) for key in masters)
        if wishing and (masters or len(wishing) == len(self.settings.keys)):
            first = [key for key in wishing if key == mover]
            cause = self._cause("no member hears a master that it must obey")
            return tuple((key, Led(State.MASTER, cause)) for key in first + [k for k in wishing if k != mover])
        return ()

    def concluded(self, members: Mapping[Key, Router]) -> State | None:
        """The state that all members have come to, if it is news; None while they differ, are silent or have ended."""
        states = {members[key].state for key in self._present(members)}
        silent = any(members[key].silent for key in self._present(members))
        if len(states) != 1 or silent or states <= {self.state, State.INIT}:
            return None
        (self.state,) = states
        return self.state

    def _present(self, members: Mapping[Key, Router]) -> list[Key]:
        return [key for key in self.settings.keys if key in members]

    def _cause(self, text: str) -> Cause:
        return Cause(CAUSE, f"sync group {self.settings.name}: {text}")


def siblings(faults: Mapping[str, tuple[Fault, ...]], member: str) -> tuple[Fault, ...]:
    """What the faults of a group's members (by instance name) are to one of them: its siblings' are its own too.

    Of each sibling the first one is enough; one that only waits for a script makes the others wait without a word.
    """
    found = []
    for name, causes in faults.items():
        if name == member or not causes:
            continue
        kind = FaultKind.PENDING if causes[0].kind is FaultKind.PENDING else FaultKind.SIBLING
        found.append(Fault(kind, f"{name} of the same sync group is at fault: {causes[0]}"))
    return tuple(sorted(found, key=lambda fault: fault.kind is FaultKind.PENDING))


def follows_siblings(router: Router, facts: Facts) -> State | None:
    """Where new facts about its siblings alone take a router: into FAULT, out of it, or nowhere."""
    settings = router.settings
    if router.facts.siblings == facts.siblings or own_faults(settings, facts):
        return None
    if facts.siblings:
        return None if router.state is State.FAULT else State.FAULT
    return State.BACKUP if router.state is State.FAULT else None
