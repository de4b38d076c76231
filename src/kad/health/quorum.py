"""Who is in service: one virtual server, its real servers, its quorum and its sorry server. Pure.

What the checkers found goes in; what to do comes out, in the order in which keepalived does it: log lines, changes to
the kernel's table, notifications. Each method is a generator of such steps; the caller performs a step and sends back
whether it succeeded (`run = service.checked(...)`, `run.send(ok)`), because a real server changes its state only when
the kernel's table followed. Rules: reference checker.md 1.5, 2.1 to 2.5, 4.11.

Every entry knows what it should be and what the kernel has: what could not be done is done at the next occasion.
Not here: when a check runs and what its answers mean (verdict.py), sockets and scripts (process.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kad.config.schema.real_server import RealServer
from kad.config.schema.virtual_server import VirtualServer
from kad.health import names, verdict
from kad.health.steps import (
    AddDestination,
    AddService,
    Destination,
    RealServerChanged,
    RemoveDestination,
    RemoveService,
    Say,
    SetDestination,
    Steps,
    Table,
    Trial,
    VirtualServerChanged,
)

MAX_WEIGHT = 2**31 - 1


@dataclass
class _Entry:
    """A destination: what the kernel has. `weight` None: it is there, but it may differ in more than its weight."""

    destination: Destination
    present: bool = False
    weight: int | None = None


@dataclass
class _Member(_Entry):
    """A real server. keepalived's names: `alive`; `failed` are the num_failed_checkers, `effective_weight`."""

    config: RealServer = field(kw_only=True)
    name: str = field(kw_only=True)
    inhibit: bool = field(kw_only=True)
    configured_weight: int = field(kw_only=True)
    failed: set[int] = field(default_factory=set)
    contributions: dict[int, int] = field(default_factory=dict)
    alive: bool = False

    @property
    def effective_weight(self) -> int:
        """May be negative: it is remembered so, and shown to the kernel as 0."""
        return self.configured_weight + sum(self.contributions.values())

    @property
    def table_weight(self) -> int:
        return min(max(self.effective_weight, 0), MAX_WEIGHT)


@dataclass
class _Sorry(_Entry):
    name: str = field(kw_only=True)
    inhibit: bool = field(kw_only=True)
    active: bool = False


class Service:
    """One virtual server in service. The steps of one call must be over before the next call."""

    def __init__(self, config: VirtualServer, *, rs_init_notifies: bool = False) -> None:
        self.config = config
        self.name = names.of_virtual_server(config)
        self.quorum_up = False
        self.created = False
        self.rs_init_notifies = rs_init_notifies
        self._members = [self._member(server) for server in config.real_servers]
        self._sorry = self._sorry_server()
        self._quorum = max(config.quorum, 1)
        self._hysteresis = min(config.hysteresis, self._quorum - 1)
        self._live_weight = 0
        self._unsettled = False
        self._silent: set[tuple[int, int]] = set()

    def _member(self, server: RealServer) -> _Member:
        config = self.config
        destination = Destination(
            names.place(server), server.lvs_method or config.lb_kind, server.uthreshold, server.lthreshold
        )
        alphas = [verdict.alpha(check, server, config) for check in server.checks]
        return _Member(
            destination,
            config=server,
            name=names.of_server(server, config),
            inhibit=verdict.first(server.inhibit_on_failure, config.inhibit_on_failure),
            configured_weight=verdict.first(server.weight, config.weight),
            failed={index for index, alpha in enumerate(alphas) if alpha},
        )

    def _sorry_server(self) -> _Sorry | None:
        server = self.config.sorry_server
        if server is None:
            return None
        inhibit = self.config.sorry_server_inhibit
        for member in self._members:
            if member.destination.place == names.place(server):
                inhibit = member.inhibit  # they share the kernel's entry
        destination = Destination(names.place(server), self.config.lb_kind)
        return _Sorry(destination, name=names.of_server(server, self.config), inhibit=inhibit)

    # What others may ask

    def is_up(self, server: int, check: int) -> bool:
        """Whether this checker counts as up."""
        return check not in self._members[server].failed

    def configured_weight(self, server: int) -> int:
        """The weight that the file gives a real server."""
        return self._members[server].configured_weight

    def concerned(self, server: int, check: int, *, up: bool, first: bool) -> bool:
        """Whether `checked` with these would do anything: the most frequent verdict is the one already known."""
        return first or self._unsettled or not self.created or up != self.is_up(server, check)

    # Events

    def start(self, found: Table | None = None) -> Steps:
        """Put the service and its real servers into the kernel's table.

        `found`: what a dead kad, or another program, left there under this service.
        """
        if found is not None:
            self._adopt(found)
        if not (yield AddService()):
            return
        self.created = True
        for member in self._members:
            member.alive = not member.failed
            if member.alive:
                self._live_weight += member.table_weight
            yield from self._apply(member)
            if member.alive and self.rs_init_notifies:
                yield self._told(member, up=True, cause="start")
        yield from self._evaluate("start", starting=True)
        if self._sorry is not None:
            yield from self._apply(self._sorry)
        for place in (found or {}).keys() - self._places():
            name = f"[{place[0]}]:{self.config.protocol.lower()}:{place[1]}"
            yield Say(f"VS {self.name} has a destination {name} that is not configured: leaving it alone")

    def succeed(self, old: "Service") -> Steps:
        """Take over from the same virtual server of before a reload, touching only what changed."""
        if not old.created:
            yield from self.start()
            return
        yield from old.leave(self._places(), {member.destination.place for member in self._members})
        self.created = True
        if _service_part(old.config) != _service_part(self.config):
            yield AddService()
        self.quorum_up = old.quorum_up
        before = self._inherit(old)
        for member in self._members:
            yield from self._apply(member)
            previous = before.get(member.destination.place)
            if member.alive and (self.rs_init_notifies if previous is None else not previous.alive):
                yield self._told(member, up=True, cause="reload")
        yield from self._evaluate("reload", starting=True)
        if self._sorry is not None:
            yield from self._apply(self._sorry)

    def leave(self, staying: set[names.Place], servers: set[names.Place]) -> Steps:
        """Before a successor takes over: take out what does not stay, tell of whoever is not among its `servers`."""
        for member in self._members:
            if member.destination.place in servers:
                continue
            yield Say(f"service {member.name} no longer exist")
            if member.present and member.destination.place not in staying:
                yield Say(f"Removing service {member.name} from VS {self.name}")
                yield from self._remove(member)
            if member.alive:
                yield self._told(member, up=False, cause="removed from the configuration")
        if self._sorry is not None and self._sorry.present and self._sorry.destination.place not in staying:
            yield Say(f"Removing sorry server {self._sorry.name} from VS {self.name}")
            yield from self._remove(self._sorry)

    def checked(self, server: int, check: int, *, up: bool, cause: str, first: bool = False) -> Steps:
        """A checker of a real server has a verdict (reference checker.md 2.2)."""
        member = self._members[server]
        if not self.created:
            (member.failed.discard if up else member.failed.add)(check)
            yield from self.start()
            return
        if self._unsettled:
            yield from self._settle()
        was_up = check not in member.failed
        if up and not was_up:
            if member.failed != {check} or (yield from self._transition(member, up=True, cause=cause)):
                member.failed.discard(check)
        elif not up and was_up:
            if member.failed or (yield from self._transition(member, up=False, cause=cause)):
                member.failed.add(check)
        elif not up and first and (server, check) not in self._silent:
            # An alpha checker whose first run fails: nothing changes, but the user is told.
            yield self._told(member, up=False, cause=cause)

    def weighed(self, server: int, check: int, contribution: int) -> Steps:
        """A checker changes its real server's weight by `contribution` from now on (reference checker.md 4.11)."""
        member = self._members[server]
        before, before_live = member.effective_weight, member.table_weight
        member.contributions[check] = contribution
        if member.effective_weight == before:
            return
        state = "active" if member.alive else "inactive"
        yield Say(
            f"Changing weight from {before} to {member.effective_weight} for {state} service {member.name}"
            f" of VS {self.name}"
        )
        if member.alive:
            self._live_weight += member.table_weight - before_live
        if self.created:
            yield from self._apply(member)
            yield from self._evaluate(f"weight of {member.name} is now {member.effective_weight}")

    def stop(self, *, shutting_down: bool = True) -> Steps:
        """Take everything out; `shutting_down` False: a reload removes the virtual server, which is always told."""
        told = self.config.omega or not shutting_down
        cause = "shutting down" if shutting_down else "removed from the configuration"
        if not shutting_down:
            yield Say(f"Removing Virtual Server {self.name}")
        if self._sorry is not None and self._sorry.present:
            yield from self._remove(self._sorry)
        for member in self._members:
            if shutting_down or member.present:
                verb = "Shutting down" if shutting_down else "Removing"
                inhibited = "(inhibited) " if member.inhibit and not member.alive else ""
                yield Say(f"{verb} {inhibited}service {member.name} from VS {self.name}")
            if member.present:
                yield from self._remove(member)
        if self.created:
            self.created = not (yield RemoveService())
        for member in self._members:
            if member.alive:
                member.alive = False
                if told:
                    yield self._told(member, up=False, cause=cause)
        if self.quorum_up:
            self.quorum_up = False
            if told:
                yield self._quorum_told(cause)

    # Transitions

    def _transition(self, member: _Member, *, up: bool, cause: str) -> Trial:
        """Bring a real server up or down; False: the kernel did not follow and nothing has changed (2.3)."""
        verb = ("Enabling" if up else "Disabling") if member.inhibit else ("Adding" if up else "Removing")
        join = "to" if verb == "Adding" else "from" if verb == "Removing" else "of"
        yield Say(f"{verb} service {member.name} {join} VS {self.name}")
        member.alive = up
        if not (yield from self._apply(member)):
            member.alive = not up
            return False
        self._live_weight += member.table_weight if up else -member.table_weight
        yield self._told(member, up=up, cause=cause)
        yield from self._evaluate(f"{member.name} is {'up' if up else 'down'} ({cause})")
        return True

    def _evaluate(self, cause: str, *, starting: bool = False) -> Steps:
        """Gain or lose quorum (2.4). The sorry server is in service exactly while there is none."""
        weight, quorum, hysteresis = self._live_weight, self._quorum, self._hysteresis
        if not self.quorum_up and weight >= quorum + hysteresis:
            self.quorum_up = True
            threshold = f"{quorum}+{hysteresis}={quorum + hysteresis} <= {weight}"
            yield Say(f"Gained quorum {threshold} for VS {self.name}")
            if self._sorry is not None and self._sorry.active:
                yield from self._relieve(self._sorry)
            yield self._quorum_told(cause)
        elif self._loses(weight) or (starting and not self.quorum_up and self._off_duty()):
            self.quorum_up = False
            how = "Starting with quorum down" if starting else "Lost quorum"
            threshold = f"{quorum}-{hysteresis}={quorum - hysteresis} > {weight}"
            yield Say(f"{how} {threshold} for VS {self.name}")
            if self._sorry is not None and not self._sorry.active:
                yield from self._call_in(self._sorry)
            yield self._quorum_told(cause)

    def _off_duty(self) -> bool:
        return self._sorry is not None and not self._sorry.active

    def _loses(self, weight: int) -> bool:
        return self.quorum_up and (weight == 0 or weight < self._quorum - self._hysteresis)

    def _relieve(self, sorry: _Sorry) -> Steps:
        """Quorum is back: the sorry server goes, then the living come. In between there is nobody, as in keepalived."""
        yield Say(f"{'Disabling' if sorry.inhibit else 'Removing'} sorry server {sorry.name} from VS {self.name}")
        sorry.active = False
        yield from self._apply(sorry)
        yield Say(f"Adding alive servers to the pool for VS {self.name}")
        yield from self._apply_living()

    def _call_in(self, sorry: _Sorry) -> Steps:
        yield Say(f"{'Enabling' if sorry.inhibit else 'Adding'} sorry server {sorry.name} to VS {self.name}")
        sorry.active = True
        yield Say(f"Removing alive servers from the pool for VS {self.name}")
        yield from self._apply_living()
        yield from self._apply(sorry)

    def _apply_living(self) -> Steps:
        for member in self._members:
            if member.alive:
                yield from self._apply(member)

    def _told(self, member: _Member, *, up: bool, cause: str) -> RealServerChanged:
        script = member.config.notify_up if up else member.config.notify_down
        return RealServerChanged(member.name, up, cause, script)

    def _quorum_told(self, cause: str) -> VirtualServerChanged:
        script = self.config.quorum_up if self.quorum_up else self.config.quorum_down
        return VirtualServerChanged(self.name, self.quorum_up, cause, script)

    # The kernel's table

    def _wanted(self, entry: _Entry) -> int | None:
        """The weight that an entry should have in the table; None: it should not be there."""
        if isinstance(entry, _Sorry):
            return 1 if entry.active else 0 if entry.inhibit else None
        assert isinstance(entry, _Member), "an entry is a real server's or the sorry server's"
        if entry.alive and not (self._sorry is not None and self._sorry.active):
            return entry.table_weight
        return 0 if entry.inhibit else None

    def _everyone(self) -> list[_Entry]:
        return [*self._members, *([self._sorry] if self._sorry is not None else [])]

    def _places(self) -> set[names.Place]:
        return {entry.destination.place for entry in self._everyone()}

    def _apply(self, entry: _Entry) -> Trial:
        """Make the kernel's entry what it should be; whether it is."""
        wanted = self._wanted(entry)
        if wanted is None:
            return (yield from self._remove(entry))
        if entry.present and entry.weight == wanted:
            return True
        step = SetDestination if entry.present else AddDestination
        if not (yield step(entry.destination, wanted)):
            self._unsettled = True
            return False
        entry.present, entry.weight = True, wanted
        return True

    def _remove(self, entry: _Entry) -> Trial:
        if not entry.present:
            return True
        if not (yield RemoveDestination(entry.destination, entry.weight or 0)):
            self._unsettled = True
            return False
        entry.present, entry.weight = False, None
        return True

    def _settle(self) -> Steps:
        """Do again what the kernel refused: whoever must go first, so that nobody serves beside the sorry server."""
        self._unsettled = False
        for entry in sorted(self._everyone(), key=lambda entry: bool(self._wanted(entry))):
            yield from self._apply(entry)

    def _adopt(self, found: Table) -> None:
        """Believe the table: who was in it with a weight is up, who was not stays out until its checkers say so.

        So neither a dead real server gets traffic again, nor does a living one lose it, because kad was restarted.
        From a table with none of ours in it nothing can be learnt.
        """
        if not self._places() & found.keys():
            return
        for index, member in enumerate(self._members):
            weight = found.get(member.destination.place)
            member.present = weight is not None
            if member.config.checks:
                served = weight is not None and (weight > 0 or not member.inhibit)
                member.failed = set() if served else set(range(len(member.config.checks)))
                self._silent |= {(index, check) for check in member.failed}
        if self._sorry is not None:
            place = self._sorry.destination.place
            shared = any(member.destination.place == place for member in self._members)
            self._sorry.present = place in found and not shared

    def _inherit(self, old: "Service") -> dict[names.Place, _Member]:
        """What stays over a reload: what is in the table, the sorry server's duty, verdicts; the old real servers."""
        before = {member.destination.place: member for member in old._members}
        in_table = {entry.destination.place: entry for entry in old._everyone() if entry.present}
        for index, member in enumerate(self._members):
            _keep_place(member, in_table)
            previous = before.get(member.destination.place)
            if previous is not None:
                new_checks = _keep_verdicts(member, previous)
                self._silent |= {(index, check) for check in new_checks}
            member.alive = not member.failed
            if member.alive:
                self._live_weight += member.table_weight
        if self._sorry is not None:
            place = self._sorry.destination.place
            if old._sorry is not None and old._sorry.destination.place == place:
                self._sorry.active = old._sorry.active
            if all(member.destination.place != place for member in self._members):
                _keep_place(self._sorry, in_table)
        return before


def _keep_place(entry: _Entry, in_table: Mapping[names.Place, _Entry]) -> None:
    previous = in_table.get(entry.destination.place)
    if previous is not None:
        entry.present = True
        entry.weight = previous.weight if entry.destination == previous.destination else None


def _keep_verdicts(member: _Member, previous: _Member) -> set[int]:
    """Keep the verdicts of the checkers that test the same; the indices of the others.

    Those count as up on a server that is alive, and as down on one that is not: no dead server gets traffic only
    because its checker was edited.
    """
    member.failed.clear()
    others = set()
    for index, check in enumerate(member.config.checks):
        twin = verdict.twin_of(check, previous.config.checks)
        if twin is None:
            others.add(index)
            continue
        if twin in previous.failed:
            member.failed.add(index)
        if twin in previous.contributions:
            member.contributions[index] = previous.contributions[twin]
    if not previous.alive:
        member.failed |= others
    return others


def _service_part(config: VirtualServer) -> tuple[object, ...]:
    """What the kernel knows of a service beside its identity."""
    return (config.lb_algo, config.persistence_timeout, config.persistence_granularity)
