"""One virtual router: an event and the time in, actions out.

Sources: RFC 3768 section 6, RFC 9568 section 6, reference vrrp.md 3 and 4; section numbers alone are the reference's.

Two rules hold throughout. A packet that is not accepted touches no timer: nobody silences a master with junk. And
FAULT is no memory but a conclusion: the reasons are worked out anew from the facts whenever one of them changes.

Not here: whether a packet is good (validate.py, security.py), what verdicts and links mean (tracking.py), the wire
(packet.py), what keeps the members of a sync group together (group.py), when one of two owners gives way (owners.py).
Over 500 lines, because a state machine is read as a whole.
"""

import logging
from enum import Enum
from typing import assert_never

from msgspec import structs

from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.virtual_routes import VirtualRoute
from kad.config.schema.virtual_rules import VirtualRule
from kad.log import DETAIL
from kad.notify import Event as NotifyEvent
from kad.units import SECOND, Micros
from kad.vrrp import fault_lines
from kad.vrrp.actions import (
    Action,
    AddAddresses,
    Addresses,
    Cause,
    Contested,
    Log,
    Notify,
    RemoveAddresses,
    SendAdvert,
    SendGarp,
    State,
    Transition,
    Ways,
)
from kad.vrrp.events import (
    AT_ONCE,
    AddressesLost,
    DeadlinePassed,
    Event,
    FactsChanged,
    Led,
    PacketReceived,
    Reconfigured,
    Removed,
    SiblingContested,
    Started,
    Stats,
    Stopped,
)
from kad.vrrp.owners import Dispute
from kad.vrrp.packet import CENTISECOND, IPAddress, Reason, Received
from kad.vrrp.security import Security, UnixClock
from kad.vrrp.settings import OWNER, RouterSettings
from kad.vrrp.stall import overtaken
from kad.vrrp.tracking import Facts, Fault, FaultKind, effective_priority, faults
from kad.vrrp.validate import refusal, remarks

MOST_SAID_ONCE = 32
"""How many lines about weaker routers a state is good for: forged senders must not fill the disk either."""


class Timer(Enum):
    """What a router waits for."""

    STATE = "master down while BACKUP, the next advert while MASTER"
    BURST = "the second announcement after becoming master"
    REFRESH = "the next periodic announcement"
    LOWER_PRIO = "the second announcement after a weaker router's advert"


class Router:
    """One virtual router. `deadline` is its only timer: give it DeadlinePassed then. `unix` is for auth_hmac alone.

    For its sync group: `wishes` says that it would be MASTER were it alone, `obeys` that it has heard a master.
    """

    def __init__(self, settings: RouterSettings, facts: Facts, unix: UnixClock) -> None:
        self.settings = settings
        self.facts = facts
        self.state = State.INIT
        self.priority = effective_priority(settings, facts)
        self.security = Security(settings, unix)
        self.master: IPAddress | None = None
        self.master_priority = 0
        self.since: Micros = AT_ONCE
        self.cause = Cause("none", "not started")
        self.master_interval = settings.advert_int
        self.stats = Stats()
        self.wishes = False
        self.obeys = False
        self._faults: tuple[Fault, ...] = ()
        self._timers: dict[Timer, Micros] = {}
        self._preempt_from: Micros | None = None
        self._waiting_for = "master-silent"
        self._heard_at: Micros | None = None
        self._dispute = Dispute()
        self._complained: set[Reason] = set()
        self._masters = 0
        self._said: set[str] = set()

    @property
    def deadline(self) -> Micros | None:
        """When something is to be done without an event."""
        return min(self._timers.values(), default=None)

    @property
    def skew(self) -> Micros:
        """How much longer than others this router waits: the less, the higher its priority (3.1)."""
        unit = SECOND if self.settings.version == 2 else self.master_interval
        return Micros((256 - self.priority) * unit // 256)

    @property
    def master_down(self) -> Micros:
        """How long a silent master is still believed in (3.1)."""
        return Micros(self.settings.down_timer_adverts * self.master_interval + self.skew)

    def handle(self, event: Event, now: Micros) -> list[Action]:
        """What there is to do about this."""
        before = self.state
        actions = self._heed(event, now)
        if self.state is not before:
            self.since = now
        return actions

    def _heed(self, event: Event, now: Micros) -> list[Action]:
        actions: list[Action]
        match event:
            case PacketReceived(packet=packet):
                actions = [*self._wake(now), *self._receive(packet, now)]
            case DeadlinePassed():
                actions = [*self._wake(now), *self._pass_deadlines(now)]
            case FactsChanged(facts=facts):
                self.facts = facts
                actions = [*self._reprioritise(), *self._reconsider(now)]
            case AddressesLost(addresses=addresses):
                actions = self._restore(addresses)
            case Led(state=state, cause=cause):
                actions = self._follow(state, cause, now)
            case SiblingContested():
                actions = self._announce_again(now)
            case Started(hold=hold):
                actions = self._start(now, hold)
            case Reconfigured(settings=settings, facts=facts):
                actions = self._reconfigure(settings, facts, now)
            case Stopped(release=release):
                actions = self._stop(NotifyEvent.STOP, Cause("stopped", "the VRRP worker ends"), release=release)
            case Removed():
                # keepalived without notify_deleted calls a removed instance's FAULT scripts (9.1).
                cause = Cause("removed", "no longer in the configuration")
                deleted = self.settings.notify.notify_deleted is not None
                told = NotifyEvent.DELETED if deleted else NotifyEvent.FAULT
                actions = self._stop(told, cause, release=True)
            case _:
                assert_never(event)
        return actions

    # Start, stop, reload

    def _start(self, now: Micros, hold: Micros) -> list[Action]:
        """Begin as BACKUP, or as MASTER at once; a startup delay puts off both (3.2)."""
        self._faults = faults(self.settings, self.facts)
        at_once = self.settings.starts_master
        said = [*self._compare(self.settings.base_priority), *fault_lines.at_start(self.settings, self._faults)]
        if at_once and not self._faults and not hold:
            return self._become_master(now, Cause("owner", "the addresses are this router's own"))
        leftover = [*said, *self._clear(self.settings.all_addresses, self.settings.ways)]
        if self._faults:
            return [*leftover, *self._fault(" (init)")]
        actions = self._become_backup(now, Cause("started", "waiting for a master's advert"), " (init)")
        if hold:
            wait = self.settings.advert_int if at_once else self.master_down
            self._timers[Timer.STATE] = Micros(now + hold + wait)
        return [*leftover, *actions]

    def _stop(self, event: NotifyEvent, cause: Cause, *, release: bool) -> list[Action]:
        actions: list[Action] = []
        if self.state is State.MASTER and release:
            actions += [*self._resign(), *self._release()]
        actions += [Transition(self.state, State.INIT, cause), Notify(event, self.priority)]
        self.state = State.INIT
        self.wishes = self.obeys = False
        self._timers.clear()
        return actions

    def _reconfigure(self, settings: RouterSettings, facts: Facts, now: Micros) -> list[Action]:
        """Go on with other settings: a master stays master, a backup waits anew (10.4)."""
        old, self.settings, self.facts = self.settings, settings, facts
        self.security.reconfigure(settings)
        if not settings.owner:
            self._dispute.over()
        if settings.version != old.version or settings.advert_int != old.advert_int:
            self.master_interval = settings.advert_int
        actions = self._reprioritise()
        left = (address for address in old.all_addresses if address not in settings.all_addresses)
        gone = tuple(_still_on(old.device(address), address, settings) for address in left)
        fresh = tuple(address for address in settings.all_addresses if address not in old.all_addresses)
        gone_ways = tuple(way for way in old.ways if way not in settings.ways)
        fresh_ways = tuple(way for way in settings.ways if way not in old.ways)
        if self.state is State.MASTER:
            actions += self._remove(gone, gone_ways)
            if _silent(faults(settings, facts)):  # else it is master no longer, and may have nothing to send from
                actions += [*self._advertise(now), *self._set(fresh, fresh_ways, settings.garp.master_repeat)]
        else:
            actions += self._remove(gone + fresh, gone_ways + fresh_ways)
            if self.state is State.BACKUP:
                self.wishes = False
                self._timers[Timer.STATE] = Micros(now + self.master_down)
        return [*actions, *self._reconsider(now)]

    # The sync group

    @property
    def silent(self) -> bool:
        """Whether nobody is told of its FAULT: it only waits for a script's first result."""
        return self.state is State.FAULT and _silent(self._faults)

    def _follow(self, state: State, cause: Cause, now: Micros) -> list[Action]:
        """Go where the group goes."""
        if state is State.MASTER and self.state is State.BACKUP:
            return self._become_master(now, Cause(cause.word, f"{cause.text}; here {self._why_master(now).text}"))
        if state is State.BACKUP and self.state is State.MASTER:
            return self._become_backup(now, cause)
        return []

    def _wish(self) -> list[Action]:
        """Wait until the others want to be MASTER too; the wish holds until there is a master to obey."""
        self.wishes, self.obeys = True, False
        return [self._detail(f"waiting for the other members of sync group {self.settings.sync_group}")]

    # Facts: priority and faults

    def _reprioritise(self) -> list[Action]:
        """Follow the trackers' weights. A running timer goes on as it is (3.6)."""
        old, self.priority = self.priority, self._dispute.lowered(effective_priority(self.settings, self.facts))
        return self._compare(old)

    def _compare(self, old: int) -> list[Action]:
        """What is said of a priority that is not what it was."""
        if old == self.priority:
            return []
        actions: list[Action] = [self._say(f"Changing effective priority from {old} to {self.priority}")]
        told = {State.MASTER: NotifyEvent.MASTER_PRIORITY, State.BACKUP: NotifyEvent.BACKUP_PRIORITY}.get(self.state)
        if told is not None and self.settings.notify_priority_changes:
            actions.append(Notify(told, self.priority))
        return actions

    def _reconsider(self, now: Micros) -> list[Action]:
        """Enter or leave FAULT as the facts say."""
        old, self._faults = self._faults, faults(self.settings, self.facts)
        if self.state is State.INIT:
            return []
        said: list[Action] = [*fault_lines.of_change(self.settings, old, self._faults)]
        # A script that a reload brought and that has no result yet keeps no running router from its work.
        if not _silent(self._faults) and (self.state is not State.FAULT or _silent(old)):
            return [*said, *self._fault()]
        if self.state is State.FAULT and not self._faults:
            actions = self._become_backup(now, Cause("recovered", f"no longer: {old[0]}"))
            return [*said, *actions, *self._announce_source()]
        return said

    def _announce_source(self) -> list[Action]:
        """A master that sends by unicast can reach us at once when it need not ask where we are (3.5)."""
        source = self.facts.source
        if not self.settings.unicast or source is None:
            return []
        what = "gratuitous ARP" if source.version == 4 else "NA"
        address = VirtualAddress(address=str(source), prefix=source.max_prefixlen)
        return [self._detail(f"sending {what} for {source}"), SendGarp((address,), 1)]

    def _fault(self, when: str = "") -> list[Action]:
        was_master = self.state is State.MASTER
        cause = Cause(self._faults[0].kind.value, "; ".join(map(str, self._faults)))
        actions = self._enter(State.FAULT, cause, when, silent=_silent(self._faults))
        if was_master:
            actions += [*self._resign(), *self._release()]
        self._timers.clear()
        if not _silent(self._faults):
            actions.append(Notify(NotifyEvent.FAULT, self.priority))
        return actions

    # Adverts received

    def _receive(self, packet: Received, now: Micros) -> list[Action]:
        if self.state not in (State.BACKUP, State.MASTER):
            self.stats.errors[Reason.NOT_RUNNING] += 1
            return []
        refused = refusal(packet, self.settings, self.security)
        if refused is not None:
            self.stats.errors[refused.reason] += 1
            return self._complain({refused.reason: refused.text})
        self.stats.advert_rcvd += 1
        same_master = self.state is State.BACKUP and packet.source == self.master
        compare = not (self.settings.skip_check_adv_addr and same_master)
        odd = remarks(packet, self.settings, compare_addresses=compare)
        if skew := self.security.remark(packet):
            odd[Reason.CLOCK_SKEW] = skew
        self.stats.errors.update(odd.keys())
        actions = self._complain(odd)
        if packet.priority == 0:
            self.stats.pri_zero_rcvd += 1
        if self.state is State.MASTER:
            return [*actions, *self._receive_as_master(packet, now)]
        return [*actions, *self._receive_as_backup(packet, now)]

    def _receive_as_backup(self, packet: Received, now: Micros) -> list[Action]:
        if packet.priority == 0:  # RFC 9568 section 6.4.2: the master resigned
            self._timers[Timer.STATE] = Micros(now + self.skew)
            self._waiting_for = "master-resigned"
            return [self._detail("Backup received priority 0 advertisement")]
        restored = self._restore_ownership() if packet.priority < OWNER else []
        return [*restored, *self._compare_as_backup(packet, now)]

    def _compare_as_backup(self, packet: Received, now: Micros) -> list[Action]:
        if packet.priority >= self.priority:
            stopped = self._preempt_from is not None
            self._preempt_from = None
            accepted = self._accept(packet, now)
            return [self._detail("stop preempt delay"), *accepted] if stopped else accepted
        if self.settings.nopreempt:
            return self._accept(packet, now)
        if self._delays_preemption(now):
            return [*self._start_preempt_delay(now), *self._accept(packet, now)]
        self._waiting_for = "higher-priority-than-master"
        line = f"received lower priority ({packet.priority}) advert from {packet.source} - discarding"
        return [self._say_once(line)]

    def _delays_preemption(self, now: Micros) -> bool:
        """Whether a weaker master is still to be left alone; the delay begins with the first advert of one (3.3)."""
        return bool(self.settings.preempt_delay) and (self._preempt_from is None or now < self._preempt_from)

    def _start_preempt_delay(self, now: Micros) -> list[Action]:
        if self._preempt_from is not None:
            return []
        delay = self.settings.preempt_delay
        self._preempt_from = Micros(now + delay)
        return [self._detail(f"start preempt delay ({delay // SECOND}.{delay % SECOND:06d})")]

    def _accept(self, packet: Received, now: Micros) -> list[Action]:
        """Obey the master: note who it is, and wait for its next advert."""
        actions: list[Action] = []
        if packet.source != self.master:
            if self.master is None:
                actions.append(self._detail(f"master set to {packet.source}"))
            else:
                actions.append(self._detail(f"master changed from {self.master} to {packet.source}"))
            self.master = packet.source
            self._masters += 1
            if self._masters <= MOST_SAID_ONCE:
                self._complained.clear()
        actions += self._learn_interval(packet)
        self.master_priority = packet.priority
        self._timers[Timer.STATE] = Micros(now + self.master_down)
        self._heard_at = now
        self._waiting_for = "master-silent"
        self.wishes, self.obeys = False, True
        return actions

    def _learn_interval(self, packet: Received) -> list[Action]:
        """RFC 9568 section 6.4.2: a v3 backup counts in the master's intervals."""
        interval = Micros(packet.interval * CENTISECOND)
        if self.settings.version == 2 or interval == self.master_interval:
            return []
        old, self.master_interval = self.master_interval, interval
        old_ms, new_ms = old // 1000, interval // 1000
        return [self._say_once(f"advertisement interval updated from {old_ms}ms to {new_ms}ms by master")]

    def _receive_as_master(self, packet: Received, now: Micros) -> list[Action]:
        if packet.priority == 0:  # RFC 9568 section 6.4.3
            return [self._detail("Master received priority 0 message"), *self._advertise(now)]
        source = self.facts.source
        assert source is not None, "a master has an address to send from"
        if packet.priority == self.priority and packet.source == source:
            line = "WARNING - equal priority advert received from remote host with our IP address."
            return [self._say_once(line, logging.WARNING)]
        actions = self._two_owners(packet, source, now)
        if (packet.priority, int(packet.source)) < (self.priority, int(source)):
            return [*actions, *self._hold_against(packet, now)]
        return [*actions, *self._yield_to(packet, now)]

    def _two_owners(self, packet: Received, source: IPAddress, now: Micros) -> list[Action]:
        """Tell of another owner; give way to one that does not yield although it should (3.4)."""
        if not packet.priority == self.priority == OWNER:
            return []
        both = f"local instance and {packet.source} are both configured as address owner, please resolve"
        lines: list[Action] = [self._say_once(f"CONFIGURATION ERROR: {both}", logging.WARNING)]
        theirs = packet.interval * CENTISECOND if packet.version == 3 else 0  # else it is ours
        interval = Micros(max(self.settings.advert_int, theirs))
        if int(packet.source) < int(source) and self._dispute.claimed(interval, now):
            self.priority = self._dispute.lowered(self.priority)
            still = f"{packet.source} is still advertising as address owner, please resolve - reducing our priority"
            lines.append(self._say(still, logging.WARNING))
        return lines

    def _restore_ownership(self) -> list[Action]:
        """The other owner is silent, or no owner any more."""
        if not self._dispute.given_way:
            return []
        self._dispute.over()
        self.priority = effective_priority(self.settings, self.facts)
        return [self._say("rogue address owner appears to have stopped advertising")]

    def _yield_to(self, packet: Received, now: Micros) -> list[Action]:
        actions: list[Action] = [self._send(self.priority)] if self.settings.higher_prio_send_advert else []
        if packet.priority > self.priority:
            word, text = "higher-priority", f"higher priority {packet.priority}, ours {self.priority}"
        else:
            word, text = "higher-address", f"same priority {packet.priority} but higher IP address than ours"
        actions.append(self._say(f"Master received advert from {packet.source} with {text}"))
        actions += self._learn_interval(packet)
        actions += self._become_backup(now, Cause(word, f"{packet.source} has {text}"))
        self.master, self.master_priority = packet.source, packet.priority
        self._heard_at = now
        self.obeys = True
        return actions

    def _hold_against(self, packet: Received, now: Micros) -> list[Action]:
        """Answer a weaker router, and tell the LAN again where the addresses are (3.4)."""
        line = f"Received advert from {packet.source} with lower priority {packet.priority}, ours {self.priority}"
        actions: list[Action] = []
        if packet.ah is not None:  # ours must be the higher number in the new election (1.5)
            self.security.counter.overtake(packet.ah.number)
            actions.append(self._detail("IPSEC-AH : Syncing seq_num - Increment seq"))
        if self.settings.lower_prio_no_advert:
            actions += [self._say_once(line)]
        else:
            actions += [self._say_once(f"{line}, forcing new election"), *self._advertise(now)]
        if self.settings.sync_group:
            actions.append(Contested())
        return [*actions, *self._announce_again(now), Notify(NotifyEvent.MASTER_RX_LOWER_PRI, self.priority)]

    def _announce_again(self, now: Micros) -> list[Action]:
        """Tell the LAN where the addresses are, now and once more: somebody may have heard otherwise (3.4)."""
        garp = self.settings.garp
        if self.state is not State.MASTER:
            return []
        if garp.lower_prio_repeat and garp.lower_prio_delay:
            self._timers[Timer.LOWER_PRIO] = Micros(now + garp.lower_prio_delay)
        return self._announce(self.settings.all_addresses, garp.lower_prio_repeat)

    # Timers

    def _wake(self, now: Micros) -> list[Action]:
        """Give way, without a word on the wire, when this master slept until another one took over (3.7)."""
        if self.state is not State.MASTER or not overtaken(self.settings, self._timers[Timer.STATE], now):
            return []
        late = (now - self._timers[Timer.STATE]) / SECOND
        cause = Cause("stalled", f"the next advert is {late:.3f} s late, and another router must have taken over")
        return self._become_backup(now, cause)

    def _pass_deadlines(self, now: Micros) -> list[Action]:
        actions: list[Action] = []
        for timer in Timer:
            due = self._timers.get(timer)
            if due is not None and due <= now:
                del self._timers[timer]
                actions += self._pass(timer, due, now)
        return actions

    def _pass(self, timer: Timer, due: Micros, now: Micros) -> list[Action]:
        garp = self.settings.garp
        match timer:
            case Timer.STATE if self.state is State.MASTER:
                # From the schedule, not from now: the period must not drift. After a stall, begin a new schedule.
                following = Micros(due + self.settings.advert_int)
                return self._advertise(now, following if following > now else None)
            case Timer.STATE:
                further = self._wish() if self.settings.sync_group else self._become_master(now, self._why_master(now))
                return [self._detail("Receive advertisement timeout"), *further]
            case Timer.REFRESH:
                self._timers[Timer.REFRESH] = Micros(now + garp.master_refresh)
                return self._announce(self.settings.all_addresses, garp.master_refresh_repeat)
            case Timer.LOWER_PRIO:
                return self._announce(self.settings.all_addresses, garp.lower_prio_repeat)
            case Timer.BURST:
                return self._announce(self.settings.all_addresses, garp.master_repeat)

    def _why_master(self, now: Micros) -> Cause:
        """What the end of the master-down time means."""
        if self._waiting_for == "master-resigned":
            return Cause(self._waiting_for, f"{self.master or 'the master'} sent priority 0")
        if self._waiting_for == "higher-priority-than-master":
            return Cause(self._waiting_for, f"all adverts heard have a priority below ours, {self.priority}")
        if self._heard_at is None:
            return Cause(self._waiting_for, "no advert since the wait for one began")
        return Cause(self._waiting_for, f"no advert from {self.master} for {(now - self._heard_at) / SECOND:.3f} s")

    # Becoming and being MASTER, BACKUP

    def _become_master(self, now: Micros, cause: Cause) -> list[Action]:
        """In the order of 4.1: the advert first, so that the old master lets go before the addresses are ours."""
        self.security.counter.restart_if_cycled()
        actions = [*self._restore_ownership(), *self._advertise(now)]
        actions += self._enter(State.MASTER, cause)
        self.stats.become_master += 1
        self.master, self.master_priority = None, 0
        if self.master_interval != self.settings.advert_int:
            old, own = self.master_interval // 1000, self.settings.advert_int // 1000
            actions.append(self._detail(f"changing advert interval from {old}ms to locally configured {own}ms"))
            self.master_interval = self.settings.advert_int
        garp = self.settings.garp
        if garp.master_delay:
            self._timers[Timer.BURST] = Micros(now + garp.master_delay)
        if garp.master_refresh:
            self._timers[Timer.REFRESH] = Micros(now + garp.master_delay + garp.master_refresh)
        actions += self._set(self.settings.all_addresses, self.settings.ways, garp.master_repeat)
        return [*actions, Notify(NotifyEvent.MASTER, self.priority)]

    def _become_backup(self, now: Micros, cause: Cause, when: str = "") -> list[Action]:
        was_master = self.state is State.MASTER
        actions = self._enter(State.BACKUP, cause, when)
        if was_master:
            actions += self._release()
        self._timers.clear()
        self._timers[Timer.STATE] = Micros(now + self.master_down)
        self._preempt_from = None
        self._heard_at = None
        self._waiting_for = "master-silent"
        return [*actions, Notify(NotifyEvent.BACKUP, self.priority)]

    def _enter(self, new: State, cause: Cause, when: str = "", *, silent: bool = False) -> list[Action]:
        """The change itself and its two lines: keepalived's words, then why."""
        old, self.state, self.cause = self.state, new, cause
        self.wishes = self.obeys = False
        self._complained.clear()
        self._said.clear()
        self._masters = 0
        change = Transition(old, new, cause)
        return [change] if silent else [self._say(f"Entering {new.name} STATE{when}"), change]

    def _advertise(self, now: Micros, following: Micros | None = None) -> list[Action]:
        """Send an advert; the next one is due at `following`, or an advert_int from now."""
        self._timers[Timer.STATE] = following or Micros(now + self.settings.advert_int)
        return [self._send(self.priority)]

    def _resign(self) -> list[Action]:
        """Tell the others, once, that they need not wait. Without an address there is nothing to tell it from."""
        if self.facts.source is None:
            return []
        self.stats.pri_zero_sent += 1
        return [self._send(0), self._detail("sent 0 priority")]

    def _send(self, priority: int) -> Action:
        self.stats.advert_sent += 1
        return SendAdvert(priority)

    def _release(self) -> list[Action]:
        self.stats.release_master += 1
        return self._clear(self.settings.all_addresses, self.settings.ways)

    def _clear(self, addresses: Addresses, ways: Ways) -> list[Action]:
        addressing, routing = self._lines("removing", addresses, ways)
        return [*reversed(routing), *addressing, *self._remove(addresses, ways)]

    @staticmethod
    def _remove(addresses: Addresses, ways: Ways) -> list[Action]:
        return [RemoveAddresses(addresses, ways)] if addresses or ways else []

    def _set(self, addresses: Addresses, ways: Ways, repeat: int) -> list[Action]:
        if not addresses and not ways:
            return []
        addressing, routing = self._lines("setting", addresses, ways)
        return [*addressing, *routing, AddAddresses(addresses, ways), *self._announce(addresses, repeat)]

    def _lines(self, doing: str, addresses: Addresses, ways: Ways) -> tuple[list[Action], list[Action]]:
        """What is done, in keepalived's words (4.1): with addresses, and with routes and rules."""
        kinds = (("VIPs", self.settings.addresses), ("E-VIPs", self.settings.excluded))
        words = (("Routes", VirtualRoute), ("Rules", VirtualRule))
        return (
            [self._detail(f"{doing} {kind}.") for kind, some in kinds if some and addresses],
            [self._detail(f"{doing} Virtual {word}") for word, kind in words if any(isinstance(w, kind) for w in ways)],
        )

    @staticmethod
    def _announce(addresses: Addresses, repeat: int) -> list[Action]:
        return [SendGarp(addresses, repeat)] if addresses and repeat else []

    def _restore(self, addresses: Addresses) -> list[Action]:
        """Put back what is ours, rather than leave MASTER for it as keepalived does (13, weakness 24)."""
        lost = tuple(address for address in addresses if address in self.settings.all_addresses)
        if self.state is not State.MASTER or not lost:
            return []
        actions: list[Action] = []
        for address in lost:
            where = f"{address.address}/{address.prefix} dev {self.settings.device(address)}"
            actions.append(self._say(f"ip address {where}, no longer exist: putting it back", logging.WARNING))
        return [*actions, AddAddresses(lost), *self._announce(lost, self.settings.garp.master_repeat)]

    # Lines

    def _complain(self, lines: dict[Reason, str]) -> list[Action]:
        """Each kind once, until the state or the master changes: a stream of bad packets must not fill the disk."""
        fresh = {reason: text for reason, text in lines.items() if reason not in self._complained}
        self._complained.update(fresh)
        return [self._say(text) for text in fresh.values()]

    def _say_once(self, text: str, level: int = logging.INFO) -> Log:
        """Say the same only once until the state changes, for it may come with each of a weaker router's adverts."""
        fresh = text not in self._said and len(self._said) < MOST_SAID_ONCE
        if fresh:
            self._said.add(text)
        return self._say(text, level if fresh else logging.DEBUG)

    def _say(self, text: str, level: int = logging.INFO) -> Log:
        return Log(level, f"({self.settings.name}) {text}")

    def _detail(self, text: str) -> Log:
        return self._say(text, DETAIL)


def _still_on(device: str, address: VirtualAddress, settings: RouterSettings) -> VirtualAddress:
    """An address that is on an interface where these settings would not have it."""
    return address if settings.device(address) == device else structs.replace(address, device=device)


def _silent(causes: tuple[Fault, ...]) -> bool:
    """Whether this is nothing, or only the wait for a script's first result, of which keepalived is silent (3.2)."""
    return all(fault.kind is FaultKind.PENDING for fault in causes)
