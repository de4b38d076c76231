"""The state machine as a table, to be held beside reference vrrp.md 3.2 to 3.7 and 4.1 to 4.3: one case for each row.

A case says which state the router is in and how it is configured, what happened before, what happens, and what comes
of it: the state, every action in its order, and the microseconds to the deadline. Where a group of lines is always the
same it has a name (TAKES, LETS_GO). Long, because it has a case for each row. Not here: RFC sentences (test_rfc_*.py).
"""

from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from typing import Any, get_args

import pytest

from kad.config.schema.script import Script
from kad.config.schema.track_script import TrackScript
from kad.config.schema.unicast_peer import UnicastPeer
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_instance import InitialState
from kad.config.schema.vrrp_script import VrrpScript
from kad.log import DETAIL
from kad.units import MILLISECOND, SECOND, Micros
from kad.vrrp.actions import (
    Action,
    AddAddresses,
    Cause,
    Contested,
    Log,
    Notify,
    RemoveAddresses,
    SendAdvert,
    SendGarp,
    State,
    Transition,
)
from kad.vrrp.events import (
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
    Stopped,
)
from kad.vrrp.router import Router
from kad.vrrp.settings import RouterSettings
from kad.vrrp.tracking import Facts
from tests.vrrp.lan import GOOD, HIGHER, LOWER, OURS, START, UNIX, VIP, advert, settings

INIT, BACKUP, MASTER, FAULT = State


@dataclass(frozen=True)
class Hear:
    """An advert arrives; `fields` are what is odd about it."""

    priority: int
    source: IPv4Address = LOWER
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reload:
    """A reload changes these settings."""

    changes: dict[str, Any]
    facts: Facts = GOOD


@dataclass(frozen=True)
class Wait:
    """Time passes, and nobody tells the router."""

    duration: int


Step = (
    Hear
    | Reload
    | Wait
    | Started
    | FactsChanged
    | DeadlinePassed
    | AddressesLost
    | Led
    | SiblingContested
    | Stopped
    | Removed
)
"""What happens: the router's own events, or what stands for them here."""

CHECK = VrrpScript(name="chk", script=Script(argv=("/bin/chk",)))
SCRIPT: dict[str, Any] = {"scripts": (CHECK,), "track_script": (TrackScript(name="chk"),)}
"""Follows a script without weight: its failure is a fault."""

WEIGHTED: dict[str, Any] = {"scripts": (CHECK,), "track_script": (TrackScript(name="chk", weight=-20),)}
PEER: dict[str, Any] = {"unicast_peer": (UnicastPeer(address=str(LOWER)),)}
V3 = {"version": 3}
GROUP = {"sync_group": "G"}
"""A member of a sync group: when it goes where is group.py's affair."""

LED_UP, LED_DOWN = (Led(state, Cause("sync-group", "the group")) for state in (State.MASTER, State.BACKUP))
OWNER = {"priority": 255}
DELAY = 3 * SECOND
OTHER = VirtualAddress(address="192.0.2.101", prefix=24)


def facts(**changes: object) -> FactsChanged:
    """Something around the router is so now; all else is well."""
    return FactsChanged(Facts(**({"source": OURS} | changes)))  # type: ignore[arg-type]


DOWN = facts(down=frozenset({"eth0"}))
FAILED = facts(verdicts={"chk": False})
PASSED = facts(verdicts={"chk": True})
NO_SOURCE = facts(source=None)
WELL = facts()

TAKES = ("detail: setting VIPs.", "set 192.0.2.100", "announce 192.0.2.100 x5")
"""What a new master does to its addresses (4.1, steps 5 and 6)."""

DEAD_LINK = "(VI_1): entering FAULT state (interface eth0 down)"
LETS_GO = ("detail: removing VIPs.", "remove 192.0.2.100")
"""What an old master does to them (4.2)."""

RESIGNS = ("advert 0", "detail: sent 0 priority")
BEGINS_TO_WAIT = ("Entering BACKUP STATE (init)", "INIT -> BACKUP: started", "notify BACKUP")
"""The start of a router that does not become master at once (3.2)."""


def becomes_master(cause: str, before: str = "BACKUP", priority: int = 100) -> tuple[str, ...]:
    """The advert first, then the state, the addresses, their announcement, and the scripts (4.1)."""
    told = ("Entering MASTER STATE", f"{before} -> MASTER: {cause}")
    return (f"advert {priority}", *told, *TAKES, "notify MASTER")


def becomes_backup(cause: str) -> tuple[str, ...]:
    """A master gives way, without priority 0 (3.5, 4.2)."""
    return ("Entering BACKUP STATE", f"MASTER -> BACKUP: {cause}", *LETS_GO, "notify BACKUP")


def enters_fault(cause: str, before: str = "BACKUP") -> tuple[str, ...]:
    return ("Entering FAULT STATE", f"{before} -> FAULT: {cause}")


TIMEOUT = "detail: Receive advertisement timeout"
RECOVERS = ("Entering BACKUP STATE", "FAULT -> BACKUP: recovered", "notify BACKUP")

M = SECOND
DOWN_100, DOWN_255, SKEW_100 = 3_609_375, 3_003_906, 609_375
"""Master down times and skew of version 2 with an interval of 1 s (3.1)."""

NONE: tuple[str, ...] = ()
SLEEPER: dict[str, Any] = {"nopreempt": True, "timer_expired_backup": 254}
RIVAL: tuple[Step, ...] = (Hear(255), Wait(M), Hear(255), Wait(M), Hear(255), Wait(M), Hear(255))
"""Another owner with a lower address that does not yield; who hears it gives way."""


@dataclass(frozen=True)
class Case:
    """One row. `left`: microseconds from the event to the deadline, None when nothing is waited for."""

    row: str
    before: State
    event: Step
    after: State
    actions: tuple[str, ...]
    left: int | None
    config: dict[str, Any] = field(default_factory=dict)
    earlier: tuple[Step, ...] = ()
    at_first: Facts = GOOD


# fmt: off
STARTS = [
    Case("3.2 priority and state unset: BACKUP of 100, waits a master down time", INIT, Started(),
         BACKUP, (*LETS_GO, *BEGINS_TO_WAIT), DOWN_100),
    Case("3.2 state MASTER of a non-owner has no effect on the time", INIT, Started(),
         BACKUP, (*LETS_GO, *BEGINS_TO_WAIT), DOWN_100, {"state": InitialState.MASTER, "priority": 100}),
    Case("3.2 state MASTER without priority owns the addresses: MASTER at once", INIT, Started(),
         MASTER, becomes_master("owner", "INIT", 255), M, {"state": InitialState.MASTER}),
    Case("3.2 owner, state unset: MASTER at once", INIT, Started(),
         MASTER, becomes_master("owner", "INIT", 255), M, OWNER),
    Case("3.2 owner with state BACKUP waits a master down time", INIT, Started(),
         BACKUP, (*LETS_GO, *BEGINS_TO_WAIT), DOWN_255, {"priority": 255, "state": InitialState.BACKUP}),
    Case("3.2 weight 0 script without result: FAULT, silently", INIT, Started(),
         FAULT, (*LETS_GO, "INIT -> FAULT: script-pending"), None, SCRIPT),
    Case("3.2 owner with such a script: FAULT too", INIT, Started(),
         FAULT, (*LETS_GO, "INIT -> FAULT: script-pending"), None, {**SCRIPT, **OWNER}),
    Case("3.2 interface down at the start", INIT, Started(),
         FAULT, (DEAD_LINK, *LETS_GO, "Entering FAULT STATE (init)", "INIT -> FAULT: interface-down", "notify FAULT"),
         None, at_first=DOWN.facts),
    Case("3.5 no source address at the start", INIT, Started(),
         FAULT, ("entering FAULT state (no IPv4 address for interface)", *LETS_GO, "Entering FAULT STATE (init)",
                 "INIT -> FAULT: no-source-address", "notify FAULT"), None, at_first=NO_SOURCE.facts),
    Case("3.5 unicast_fault_no_peer and no peers: a fault that no fact ends", INIT, Started(),
         FAULT, (*LETS_GO, "Entering FAULT STATE (init)", "INIT -> FAULT: no-unicast-peer", "notify FAULT"), None,
         {"unicast_fault_no_peer": True}),
    Case("3.2 vrrp_startup_delay: delay and master down time", INIT, Started(Micros(DELAY)),
         BACKUP, (*LETS_GO, *BEGINS_TO_WAIT), DELAY + DOWN_100),
    Case("3.2 vrrp_startup_delay of an owner: delay and advert_int", INIT, Started(Micros(DELAY)),
         BACKUP, (*LETS_GO, *BEGINS_TO_WAIT), DELAY + M, OWNER),
    Case("3.1 v3: skew and master down time count in advert_int", INIT, Started(),
         BACKUP, (*LETS_GO, *BEGINS_TO_WAIT), 360_937, {**V3, "advert_int": 100 * MILLISECOND}),
    Case("3.1 down_timer_adverts", INIT, Started(),
         BACKUP, (*LETS_GO, *BEGINS_TO_WAIT), 5 * M + SKEW_100, {"down_timer_adverts": 5}),
    Case("4.1 no addresses: nothing to set or announce", INIT, Started(),
         BACKUP, BEGINS_TO_WAIT, DOWN_100, {"virtual_ipaddress": ()}),
]

AS_BACKUP = [
    Case("3.3 timer", BACKUP, DeadlinePassed(),
         MASTER, (TIMEOUT, *becomes_master("master-silent")), M, earlier=(Wait(DOWN_100),)),
    Case("3.1 a timer that has not ended yet", BACKUP, DeadlinePassed(),
         BACKUP, NONE, 1, earlier=(Wait(DOWN_100 - 1),)),
    Case("3.3 advert of priority 0: timer = skew", BACKUP, Hear(0),
         BACKUP, ("detail: Backup received priority 0 advertisement",), SKEW_100),
    Case("3.3 and when the skew is over", BACKUP, DeadlinePassed(),
         MASTER, (TIMEOUT, *becomes_master("master-resigned")), M, earlier=(Hear(200), Hear(0), Wait(SKEW_100))),
    Case("3.3 higher priority: accepted, timer = master down, sender stored", BACKUP, Hear(200),
         BACKUP, ("detail: master set to 192.0.2.9",), DOWN_100, earlier=(Wait(M),)),
    Case("3.3 equal priority never preempts, from a lower address", BACKUP, Hear(100, LOWER),
         BACKUP, ("detail: master set to 192.0.2.9",), DOWN_100, earlier=(Wait(M),)),
    Case("3.3 equal priority never preempts, from a higher address", BACKUP, Hear(100, HIGHER),
         BACKUP, ("detail: master set to 192.0.2.11",), DOWN_100, earlier=(Wait(M),)),
    Case("3.3 the same master again: only the timer", BACKUP, Hear(200),
         BACKUP, NONE, DOWN_100, earlier=(Hear(200), Wait(M))),
    Case("2 another master", BACKUP, Hear(200, HIGHER),
         BACKUP, ("detail: master changed from 192.0.2.9 to 192.0.2.11",), DOWN_100, earlier=(Hear(200), Wait(M))),
    Case("3.1 v3: the master's interval is learnt", BACKUP, Hear(200, fields={"interval": 50}),
         BACKUP, ("advertisement interval mismatch ours = 100 centi-sec rcv'd=50 centi-sec",
                  "detail: master set to 192.0.2.9", "advertisement interval updated from 1000ms to 500ms by master"),
         3 * 500_000 + 304_687, V3),
    Case("3.1 v3: as master it goes back to its own, always", BACKUP, DeadlinePassed(),
         MASTER, (TIMEOUT, "advert 100", "Entering MASTER STATE", "BACKUP -> MASTER: master-silent",
                  "detail: changing advert interval from 500ms to locally configured 1000ms", *TAKES, "notify MASTER"),
         M, V3, (Hear(200, fields={"interval": 50}), Wait(1_804_687))),
    Case("3.3 lower priority: ignored, the timer goes on", BACKUP, Hear(99),
         BACKUP, ("received lower priority (99) advert from 192.0.2.9 - discarding",), DOWN_100 - M,
         earlier=(Wait(M),)),
    Case("3.3 and when the timer ends", BACKUP, DeadlinePassed(),
         MASTER, (TIMEOUT, *becomes_master("higher-priority-than-master")), M, earlier=(Hear(99), Wait(DOWN_100))),
    Case("3.3 lower priority with nopreempt: accepted", BACKUP, Hear(99),
         BACKUP, ("detail: master set to 192.0.2.9",), DOWN_100, {"nopreempt": True}, (Wait(M),)),
    Case("3.3 nopreempt does not hold against priority 0", BACKUP, Hear(0),
         BACKUP, ("detail: Backup received priority 0 advertisement",), SKEW_100, {"nopreempt": True}),
    Case("3.3 preempt_delay not started: started, accepted", BACKUP, Hear(99),
         BACKUP, ("detail: start preempt delay (3.000000)", "detail: master set to 192.0.2.9"), DOWN_100,
         {"preempt_delay": DELAY}, (Wait(M),)),
    Case("3.3 preempt_delay not over: accepted", BACKUP, Hear(99),
         BACKUP, NONE, DOWN_100, {"preempt_delay": DELAY}, (Hear(99), Wait(DELAY - 1))),
    Case("3.3 preempt_delay over: ignored, so that the timer may end", BACKUP, Hear(99),
         BACKUP, ("received lower priority (99) advert from 192.0.2.9 - discarding",), DOWN_100 - DELAY,
         {"preempt_delay": DELAY}, (Hear(99), Wait(DELAY))),
    Case("3.3 priority >= own stops a preempt delay", BACKUP, Hear(100),
         BACKUP, ("detail: stop preempt delay",), DOWN_100, {"preempt_delay": DELAY}, (Hear(99), Wait(M))),
    Case("3.3 the preempt delay begins anew after FAULT", BACKUP, Hear(99),
         BACKUP, ("detail: start preempt delay (3.000000)",), DOWN_100,
         {"preempt_delay": DELAY}, (Hear(99), Wait(DELAY), DOWN, WELL)),
    Case("3.3 rejected advert: the timer runs on", BACKUP, Hear(200, fields={"ttl": 254}),
         BACKUP, ("invalid TTL/HL from 192.0.2.9. Received 254 and expect 255",), DOWN_100 - M, earlier=(Wait(M),)),
    Case("3.6 a raised priority discards the master's adverts", BACKUP, Hear(90),
         BACKUP, ("received lower priority (90) advert from 192.0.2.9 - discarding",), 3_687_500 - M,
         WEIGHTED, (FAILED, Hear(90), PASSED, Wait(M))),
    Case("3.6 a changed priority moves no timer", BACKUP, FAILED,
         BACKUP, ("Changing effective priority from 100 to 80",), DOWN_100 - M, WEIGHTED, (Wait(M),)),
    Case("3.6 but the next skew", BACKUP, Hear(0),
         BACKUP, ("detail: Backup received priority 0 advertisement",), 687_500, WEIGHTED, (FAILED,)),
    Case("3.5 weight 0 tracker fails: FAULT, nothing sent", BACKUP, FAILED,
         FAULT, (*enters_fault("script-failed"), "notify FAULT"), None, SCRIPT, (PASSED,)),
    Case("3.5 interface down", BACKUP, DOWN,
         FAULT, (*enters_fault("interface-down"), "notify FAULT"), None),
    Case("3.5 the last source address goes", BACKUP, NO_SOURCE,
         FAULT, (*enters_fault("no-source-address"), "notify FAULT"), None),
    Case("3.5 a fact that matters to nobody", BACKUP, facts(down=frozenset({"eth9"})),
         BACKUP, NONE, DOWN_100 - M, earlier=(Wait(M),)),
    Case("13.24 addresses that are not set can't be lost", BACKUP, AddressesLost((VIP,)),
         BACKUP, NONE, DOWN_100 - M, earlier=(Wait(M),)),
    Case("10.4 reload: the timer restarts in full", BACKUP, Reload({"advert_int": 2 * SECOND}),
         BACKUP, NONE, 6 * M + SKEW_100, earlier=(Wait(M),)),
    Case("10.4 reload: addresses that go and come are taken off, whoever set them", BACKUP,
         Reload({"virtual_ipaddress": (OTHER,)}), BACKUP, ("remove 192.0.2.100 192.0.2.101",), DOWN_100),
    Case("3.5 SIGTERM: nothing on the wire", BACKUP, Stopped(),
         INIT, ("BACKUP -> INIT: stopped", "notify STOP"), None),
    Case("9.1 removed by a reload: FAULT scripts", BACKUP, Removed(),
         INIT, ("BACKUP -> INIT: removed", "notify FAULT"), None),
]

IN_A_GROUP = [
    Case("3.3, 4.1 timer, not all are ready: only the wish; no timer needed, the group calls", BACKUP,
         DeadlinePassed(),
         BACKUP, (TIMEOUT, "detail: waiting for the other members of sync group G"), None, GROUP, (Wait(DOWN_100),)),
    Case("6 the group becomes MASTER", BACKUP, LED_UP, MASTER, becomes_master("sync-group"), M, GROUP),
    Case("6 the group becomes BACKUP: nothing sent", MASTER, LED_DOWN,
         BACKUP, becomes_backup("sync-group"), DOWN_100, GROUP),
    Case("6 it is BACKUP already", BACKUP, LED_DOWN, BACKUP, NONE, DOWN_100, GROUP),
    Case("6 it is MASTER already", MASTER, LED_UP, MASTER, NONE, M, GROUP),
    Case("6 a fault is stronger than the group", FAULT, LED_UP, FAULT, NONE, None, GROUP),
    Case("6 before the start there is no group", INIT, LED_UP, INIT, NONE, None, GROUP),
    Case("3.4 lower priority: GARP for the other members too", MASTER, Hear(99, HIGHER),
         MASTER, ("Received advert from 192.0.2.11 with lower priority 99, ours 100, forcing new election",
                  "advert 100", "contested", "announce 192.0.2.100 x5", "notify MASTER_RX_LOWER_PRI"), M, GROUP),
    Case("3.4 another member heard it: GARP, no advert", MASTER, SiblingContested(),
         MASTER, ("announce 192.0.2.100 x5",), M // 2, GROUP, (Wait(M // 2),)),
    Case("3.4 and not MASTER", BACKUP, SiblingContested(), BACKUP, NONE, DOWN_100, GROUP),
    Case("3.4 and not in FAULT", FAULT, SiblingContested(), FAULT, NONE, None, GROUP),
    Case("3.4 and not started", INIT, SiblingContested(), INIT, NONE, None, GROUP),
]

AS_MASTER = [
    Case("3.4 timer: send advert", MASTER, DeadlinePassed(), MASTER, ("advert 100",), M, earlier=(Wait(M),)),
    Case("3.1 the next advert is due from when this one was", MASTER, DeadlinePassed(),
         MASTER, ("advert 100",), M - 1000, earlier=(Wait(M + 1000),)),
    Case("3.1 after a stall one advert, and a new schedule", MASTER, DeadlinePassed(),
         MASTER, ("advert 100",), M, earlier=(Wait(3 * M),)),
    Case("3.4 priority 0: an advert at once", MASTER, Hear(0),
         MASTER, ("detail: Master received priority 0 message", "advert 100"), M, earlier=(Wait(M // 2),)),
    Case("3.4 higher priority", MASTER, Hear(101),
         BACKUP, ("Master received advert from 192.0.2.9 with higher priority 101, ours 100",
                  *becomes_backup("higher-priority")), DOWN_100, earlier=(Wait(M // 2),)),
    Case("3.4 higher priority with nopreempt: that matters to a BACKUP only", MASTER, Hear(101),
         BACKUP, ("Master received advert from 192.0.2.9 with higher priority 101, ours 100",
                  *becomes_backup("higher-priority")), DOWN_100, {"nopreempt": True}),
    Case("3.4 equal priority, sender's address higher", MASTER, Hear(100, HIGHER),
         BACKUP, ("Master received advert from 192.0.2.11 with same priority 100 but higher IP address than ours",
                  *becomes_backup("higher-address")), DOWN_100),
    Case("3.4 higher_prio_send_advert: one own advert first", MASTER, Hear(101),
         BACKUP, ("advert 100", "Master received advert from 192.0.2.9 with higher priority 101, ours 100",
                  *becomes_backup("higher-priority")), DOWN_100, {"higher_prio_send_advert": True}),
    Case("3.1 v3: a master that yields learns the other's interval", MASTER, Hear(101, fields={"interval": 50}),
         BACKUP, ("advertisement interval mismatch ours = 100 centi-sec rcv'd=50 centi-sec",
                  "Master received advert from 192.0.2.9 with higher priority 101, ours 100",
                  "advertisement interval updated from 1000ms to 500ms by master",
                  *becomes_backup("higher-priority")), 3 * 500_000 + 304_687, V3),
    Case("3.4 lower priority: advert and GARP, timer anew", MASTER, Hear(99, HIGHER),
         MASTER, ("Received advert from 192.0.2.11 with lower priority 99, ours 100, forcing new election",
                  "advert 100", "announce 192.0.2.100 x5", "notify MASTER_RX_LOWER_PRI"), M, earlier=(Wait(M // 2),)),
    Case("3.4 equal priority, sender's address lower", MASTER, Hear(100, LOWER),
         MASTER, ("Received advert from 192.0.2.9 with lower priority 100, ours 100, forcing new election",
                  "advert 100", "announce 192.0.2.100 x5", "notify MASTER_RX_LOWER_PRI"), M),
    Case("3.4 lower_prio_no_advert: GARP only, the schedule stays", MASTER, Hear(99),
         MASTER, ("Received advert from 192.0.2.9 with lower priority 99, ours 100", "announce 192.0.2.100 x5",
                  "notify MASTER_RX_LOWER_PRI"),
         M // 2, {"lower_prio_no_advert": True}, (Wait(M // 2),)),
    Case("3.4 GARP again after garp_lower_prio_delay", MASTER, DeadlinePassed(),
         MASTER, ("announce 192.0.2.100 x3",), M // 2,
         {"garp_lower_prio_delay": M // 2, "garp_lower_prio_repeat": 3}, (Hear(99), Wait(M // 2))),
    Case("3.4 garp_lower_prio_repeat 0: none", MASTER, Hear(99),
         MASTER, ("Received advert from 192.0.2.9 with lower priority 99, ours 100, forcing new election",
                  "advert 100", "notify MASTER_RX_LOWER_PRI"), M, {"garp_lower_prio_repeat": 0}),
    Case("3.4 equal priority and our own address: a warning and nothing else", MASTER, Hear(100, OURS),
         MASTER, ("WARNING - equal priority advert received from remote host with our IP address.",), M // 2,
         earlier=(Wait(M // 2),)),
    Case("3.4 two owners, the other's address higher: it yields", MASTER, Hear(255, HIGHER),
         BACKUP, ("CONFIGURATION ERROR: local instance and 192.0.2.11 are both configured as address owner, "
                  "please resolve",
                  "Master received advert from 192.0.2.11 with same priority 255 but higher IP address than ours",
                  *becomes_backup("higher-address")), DOWN_255, OWNER),
    Case("3.4 two owners, the other's address lower: it answers", MASTER, Hear(255, LOWER),
         MASTER, ("CONFIGURATION ERROR: local instance and 192.0.2.9 are both configured as address owner, "
                  "please resolve",
                  "Received advert from 192.0.2.9 with lower priority 255, ours 255, forcing new election",
                  "advert 255", "announce 192.0.2.100 x5", "notify MASTER_RX_LOWER_PRI"), M, OWNER),
    Case("3.4 two owners, the other does not yield: unlike keepalived's it gives way", MASTER, Hear(255, LOWER),
         BACKUP, ("CONFIGURATION ERROR: local instance and 192.0.2.9 are both configured as address owner, "
                  "please resolve",
                  "192.0.2.9 is still advertising as address owner, please resolve - reducing our priority",
                  "Master received advert from 192.0.2.9 with higher priority 255, ours 254",
                  *becomes_backup("higher-priority")), 3_007_812, OWNER,
         RIVAL[:-1]),
    Case("3.4 and it stays away as long as the other is there", BACKUP, Hear(255),
         BACKUP, NONE, 3_007_812, OWNER, (*RIVAL, Wait(M))),
    Case("3.4 a lower advert restores 255", BACKUP, Hear(254),
         BACKUP, ("rogue address owner appears to have stopped advertising",
                  "received lower priority (254) advert from 192.0.2.9 - discarding"), 3_007_812 - M,
         OWNER, (*RIVAL, Wait(M))),
    Case("3.4 silence restores 255", BACKUP, DeadlinePassed(),
         MASTER, (TIMEOUT, "rogue address owner appears to have stopped advertising",
                  *becomes_master("master-silent", priority=255)), M, OWNER, (*RIVAL, Wait(3_007_812))),
    Case("3.7 timer_expired_backup: stalled too long, BACKUP without priority 0", MASTER, DeadlinePassed(),
         BACKUP, becomes_backup("stalled"), DOWN_100, SLEEPER, (Wait(3_007_813),)),
    Case("3.7 what came meanwhile finds a BACKUP", MASTER, Hear(50),
         BACKUP, (*becomes_backup("stalled"), "detail: master set to 192.0.2.9"), DOWN_100, SLEEPER, (Wait(10 * M),)),
    Case("3.7 not stalled too long", MASTER, DeadlinePassed(),
         MASTER, ("advert 100",), M, SLEEPER, (Wait(3_007_812),)),
    Case("2 row 12: owner_ignore_adverts", MASTER, Hear(255, HIGHER),
         MASTER, ("Dropping packet(s) from 192.0.2.11 since we are address owner",), M // 2,
         {**OWNER, "owner_ignore_adverts": True}, (Wait(M // 2),)),
    Case("2 rejected advert: unlike keepalived's the timer runs on", MASTER, Hear(200, fields={"ttl": 254}),
         MASTER, ("invalid TTL/HL from 192.0.2.9. Received 254 and expect 255",), M // 2, earlier=(Wait(M // 2),)),
    Case("4.1 the second burst after garp_master_delay", MASTER, DeadlinePassed(),
         MASTER, ("announce 192.0.2.100 x2",), M // 2,
         {"garp_master_delay": M // 2, "garp_master_repeat": 2}, (Wait(M // 2),)),
    Case("4.1 the first refresh after delay and refresh", MASTER, DeadlinePassed(),
         MASTER, ("announce 192.0.2.100 x1",), M // 4,
         {"garp_master_delay": 0, "garp_master_refresh": M // 4}, (Wait(M // 4),)),
    Case("3.5 interface down: one priority 0", MASTER, DOWN,
         FAULT, (*enters_fault("interface-down", "MASTER"), *RESIGNS, *LETS_GO, "notify FAULT"), None),
    Case("3.5 weight 0 tracker fails: one priority 0", MASTER, FAILED,
         FAULT, (*enters_fault("script-failed", "MASTER"), *RESIGNS, *LETS_GO, "notify FAULT"), None,
         SCRIPT, (PASSED, Wait(DOWN_100), DeadlinePassed())),
    Case("3.5 the last source address goes: nothing to resign from", MASTER, NO_SOURCE,
         FAULT, (*enters_fault("no-source-address", "MASTER"), *LETS_GO, "notify FAULT"), None),
    Case("3.5 the interface of a VIP counts too", MASTER, facts(down=frozenset({"eth1"})),
         FAULT, (*enters_fault("interface-down", "MASTER"), *RESIGNS, *LETS_GO, "notify FAULT"), None,
         {"virtual_ipaddress": (VirtualAddress(address="192.0.2.100", prefix=24, device="eth1"),)}),
    Case("3.6 a lowered priority: no election, no timer moved", MASTER, FAILED,
         MASTER, ("Changing effective priority from 100 to 80",), M // 2, WEIGHTED, (Wait(M // 2),)),
    Case("3.6 it goes out with the next advert", MASTER, DeadlinePassed(),
         MASTER, ("advert 80",), M, WEIGHTED, (FAILED, Wait(M))),
    Case("3.6 an owner's priority never changes", MASTER, FAILED, MASTER, NONE, M // 2,
         {**WEIGHTED, **OWNER}, (Wait(M // 2),)),
    Case("13.24 a lost address is put back", MASTER, AddressesLost((VIP,)),
         MASTER, ("ip address 192.0.2.100/24 dev eth0, no longer exist: putting it back", "set 192.0.2.100",
                  "announce 192.0.2.100 x5"), M // 2, earlier=(Wait(M // 2),)),
    Case("13.24 a foreign address is none of ours", MASTER, AddressesLost((OTHER,)),
         MASTER, NONE, M // 2, earlier=(Wait(M // 2),)),
    Case("10.4 reload: an advert at once, no change of state", MASTER, Reload({"priority": 90}),
         MASTER, ("Changing effective priority from 100 to 90", "advert 90"), M, earlier=(Wait(M // 2),)),
    Case("10.4 reload: old addresses go before new ones come", MASTER, Reload({"virtual_ipaddress": (OTHER,)}),
         MASTER, ("remove 192.0.2.100", "advert 100", "detail: setting VIPs.", "set 192.0.2.101",
                  "announce 192.0.2.101 x5"), M),
    Case("10.4 reload: what it brings may be a fault", MASTER, Reload({}, DOWN.facts),
         FAULT, (*enters_fault("interface-down", "MASTER"), *RESIGNS, *LETS_GO, "notify FAULT"), None),
    Case("4.3 SIGTERM: one priority 0, addresses removed", MASTER, Stopped(),
         INIT, (*RESIGNS, *LETS_GO, "MASTER -> INIT: stopped", "notify STOP"), None),
    Case("4.3 SIGTERM with --dont-release-vrrp: neither", MASTER, Stopped(release=False),
         INIT, ("MASTER -> INIT: stopped", "notify STOP"), None),
    Case("10.4 removed by a reload: priority 0, addresses removed, FAULT scripts", MASTER, Removed(),
         INIT, (*RESIGNS, *LETS_GO, "MASTER -> INIT: removed", "notify FAULT"), None),
]

IN_FAULT = [
    Case("3.5 adverts are ignored", FAULT, Hear(200), FAULT, NONE, None),
    Case("3.5 interface up: BACKUP, full master down time", FAULT, WELL, BACKUP, RECOVERS, DOWN_100),
    Case("3.5 owners too", FAULT, WELL, BACKUP, RECOVERS, DOWN_255, OWNER),
    Case("3.5 as long as one cause is present", FAULT, NO_SOURCE, FAULT, NONE, None),
    Case("3.5 unicast: one GARP for the own address", FAULT, WELL,
         BACKUP, (*RECOVERS, "detail: sending gratuitous ARP for 192.0.2.10", "announce 192.0.2.10 x1"),
         DOWN_100, PEER),
    Case("3.2 a pending script's good result: BACKUP", FAULT, PASSED, BACKUP, RECOVERS, DOWN_100, SCRIPT),
    Case("3.2 its bad one: FAULT aloud", FAULT, FAILED,
         FAULT, ("Entering FAULT STATE", "FAULT -> FAULT: script-failed", "notify FAULT"), None, SCRIPT, (WELL,)),
    Case("3.5 nothing is waited for", FAULT, DeadlinePassed(), FAULT, NONE, None),
    Case("13.24 nothing is set that could be lost", FAULT, AddressesLost((VIP,)), FAULT, NONE, None),
    Case("10.4 reload: the fault stays", FAULT, Reload({"priority": 90}, DOWN.facts),
         FAULT, ("Changing effective priority from 100 to 90",), None),
    Case("10.4 reload: what it brings may end the fault", FAULT, Reload({}), BACKUP, RECOVERS, DOWN_100),
    Case("3.5 SIGTERM: nothing on the wire", FAULT, Stopped(), INIT, ("FAULT -> INIT: stopped", "notify STOP"), None),
    Case("9.1 removed by a reload", FAULT, Removed(), INIT, ("FAULT -> INIT: removed", "notify FAULT"), None),
]

BEFORE_THE_START = [
    Case("2 adverts are ignored", INIT, Hear(200), INIT, NONE, None),
    Case("facts are noted", INIT, DOWN, INIT, NONE, None),
    Case("nothing is waited for", INIT, DeadlinePassed(), INIT, NONE, None),
    Case("nothing is set that could be lost", INIT, AddressesLost((VIP,)), INIT, NONE, None),
    Case("a reload is noted", INIT, Reload({"priority": 90}),
         INIT, ("Changing effective priority from 100 to 90",), None),
    Case("an end before the beginning", INIT, Stopped(), INIT, ("INIT -> INIT: stopped", "notify STOP"), None),
    Case("removed before the beginning", INIT, Removed(), INIT, ("INIT -> INIT: removed", "notify FAULT"), None),
]

STARTED_AGAIN = [
    Case("nobody starts a router twice; who did would have it begin anew", BACKUP, Started(),
         BACKUP, (*LETS_GO, "Entering BACKUP STATE (init)", "BACKUP -> BACKUP: started", "notify BACKUP"), DOWN_100,
         earlier=(Wait(M),)),
    Case("as above, without its addresses", MASTER, Started(),
         BACKUP, (*LETS_GO, "Entering BACKUP STATE (init)", "MASTER -> BACKUP: started", *LETS_GO, "notify BACKUP"),
         DOWN_100),
    Case("as above, in FAULT as long as the fault is there", FAULT, Started(),
         FAULT, (DEAD_LINK, *LETS_GO, "Entering FAULT STATE (init)", "FAULT -> FAULT: interface-down", "notify FAULT"),
         None),
]
# fmt: on

TABLE = [*STARTS, *AS_BACKUP, *IN_A_GROUP, *AS_MASTER, *IN_FAULT, *BEFORE_THE_START, *STARTED_AGAIN]


def configured(config: dict[str, Any]) -> RouterSettings:
    """An instance with these keywords, perhaps in a group."""
    keywords = {name: value for name, value in config.items() if name != "sync_group"}
    return replace(settings(**keywords), sync_group=config.get("sync_group", ""))


def happen(router: Router, step: Step, now: Micros, config: dict[str, Any]) -> list[Action]:
    """Let it happen; the actions that come of it."""
    match step:
        case Hear(priority=priority, source=source, fields=fields):
            event: Event = PacketReceived(advert(priority, source=source, of=router.settings, **fields))
        case Reload(changes=changes, facts=now_so):
            event = Reconfigured(configured(config | changes), now_so)
        case Wait():
            raise AssertionError("time passes without an event")
        case _:
            event = step
    return router.handle(event, now)


def in_state(state: State, case: Case) -> tuple[Router, Micros]:
    """A router that has come into this state in the usual way."""
    now = START
    router = Router(configured(case.config), case.at_first, lambda: UNIX + now)
    if state is INIT:
        return router, now
    router.handle(Started(), now)
    if state is MASTER and router.state is BACKUP:
        assert router.deadline is not None
        now = router.deadline
        router.handle(DeadlinePassed(), now)
        router.handle(LED_UP, now)  # a member of a group waits for this
    if state is FAULT:
        router.handle(DOWN, now)
    return router, now


def said(action: Action) -> str:
    """An action in the words of the table."""
    text = str(action)
    match action:
        case Log(level=level, text=line):
            text = ("detail: " if level == DETAIL else "") + line.removeprefix("(VI_1) ")
        case Transition(old=old, new=new, cause=cause):
            text = f"{old.name} -> {new.name}: {cause.word}"
        case SendAdvert(priority=priority):
            text = f"advert {priority}"
        case AddAddresses(addresses=addresses):
            text = f"set {' '.join(a.address for a in addresses)}"
        case RemoveAddresses(addresses=addresses):
            text = f"remove {' '.join(a.address for a in addresses)}"
        case SendGarp(addresses=addresses, repeat=repeat):
            text = f"announce {' '.join(a.address for a in addresses)} x{repeat}"
        case Contested():
            text = "contested"
        case Notify(event=event):
            text = f"notify {event.name}"
    return text


@pytest.mark.parametrize("case", TABLE, ids=[f"{case.before.name}: {case.row}" for case in TABLE])
def test_row(case: Case) -> None:
    router, now = in_state(case.before, case)
    for step in case.earlier:
        if isinstance(step, Wait):
            now = Micros(now + step.duration)
        else:
            happen(router, step, now, case.config)
    assert router.state is case.before
    actions = happen(router, case.event, now, case.config)
    assert tuple(said(action) for action in actions) == case.actions
    assert router.state is case.after
    assert (None if router.deadline is None else router.deadline - now) == case.left


STANDS_FOR: dict[type, type] = {Hear: PacketReceived, Reload: Reconfigured}


def test_every_pair_of_a_state_and_an_event_has_a_row() -> None:
    covered = {(case.before, STANDS_FOR.get(type(case.event), type(case.event))) for case in TABLE}
    assert {(state, event) for state in State for event in get_args(Event)} - covered == set()


def test_no_row_is_there_twice() -> None:
    rows = [(case.before, case.row) for case in TABLE]
    assert sorted(map(str, rows)) == sorted(set(map(str, rows)))
