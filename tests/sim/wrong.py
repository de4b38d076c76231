"""Routers that are wrong in one rule each: the simulator must find every one of them out."""

from dataclasses import replace

from kad.units import SECOND, Micros
from kad.vrrp.actions import Action, State
from kad.vrrp.events import Event, FactsChanged
from kad.vrrp.packet import Received
from kad.vrrp.router import Router, Timer


class EqualPreempts(Router):
    """A backup does not obey a master of its own priority."""

    def _compare_as_backup(self, packet: Received, now: Micros) -> list[Action]:
        return [] if packet.priority == self.priority else super()._compare_as_backup(packet, now)


class ResignationIgnored(Router):
    """A backup waits as long after priority 0 as after any advert."""

    def _receive_as_backup(self, packet: Received, now: Micros) -> list[Action]:
        return [] if packet.priority == 0 else super()._receive_as_backup(packet, now)


class RefusedRearms(Router):
    """A packet that must be refused counts as a sign of life."""

    def _receive(self, packet: Received, now: Micros) -> list[Action]:
        accepted = self.stats.advert_rcvd
        actions = super()._receive(packet, now)
        if self.stats.advert_rcvd == accepted and self.state is State.BACKUP:
            self._timers[Timer.STATE] = Micros(now + self.master_down)
        return actions


class StrongerIgnored(Router):
    """A master yields to nobody."""

    def _yield_to(self, packet: Received, now: Micros) -> list[Action]:
        return self._hold_against(packet, now)


class LowerAddressWins(Router):
    """Of two masters with the same priority the one with the higher address yields."""

    def _receive_as_master(self, packet: Received, now: Micros) -> list[Action]:
        source = self.facts.source
        if packet.priority == self.priority and source is not None and packet.source != source:
            lower = int(packet.source) < int(source)
            return self._yield_to(packet, now) if lower else self._hold_against(packet, now)
        return super()._receive_as_master(packet, now)


class SkewReversed(Router):
    """The stronger a router is the longer it waits."""

    @property
    def skew(self) -> Micros:
        unit = SECOND if self.settings.version == 2 else self.master_interval
        return Micros(self.priority * unit // 256)


class SkewSubtracted(Router):
    """The wait is shorter by the skew, not longer."""

    @property
    def master_down(self) -> Micros:
        return Micros(self.settings.down_timer_adverts * self.master_interval - self.skew)


class FaultForever(Router):
    """What was once at fault serves never again."""

    def _reconsider(self, now: Micros) -> list[Action]:
        return [] if self.state is State.FAULT else super()._reconsider(now)


class FaultIgnored(Router):
    """A router goes on whatever happens to its interface."""

    def _fault(self, when: str = "") -> list[Action]:
        return [] if self.state is not State.INIT else super()._fault(when)


class AddressesStay(Router):
    """A master that gives way keeps its addresses."""

    def _release(self) -> list[Action]:
        return []


class OwnIntervalOnly(Router):
    """A version 3 backup counts in its own intervals, whatever the master says."""

    def _learn_interval(self, _packet: Received) -> list[Action]:
        return []


class NopreemptIgnored(Router):
    """A backup never leaves a weaker master alone."""

    def _compare_as_backup(self, packet: Received, now: Micros) -> list[Action]:
        return self._accept(packet, now) if packet.priority >= self.priority else []


class GroupFaultIgnored(Router):
    """A member of a sync group serves on when another one can't."""

    def handle(self, event: Event, now: Micros) -> list[Action]:
        if isinstance(event, FactsChanged):
            event = FactsChanged(replace(event.facts, siblings=()))
        return super().handle(event, now)


class GroupNotAwaited(Router):
    """A member of a sync group becomes MASTER without the others."""

    def _pass_deadlines(self, now: Micros) -> list[Action]:
        actions = super()._pass_deadlines(now)
        return [*actions, *self._become_master(now, self._why_master(now))] if self.wishes else actions


WRONG: tuple[type[Router], ...] = (
    EqualPreempts,
    ResignationIgnored,
    RefusedRearms,
    StrongerIgnored,
    LowerAddressWins,
    SkewReversed,
    SkewSubtracted,
    FaultForever,
    FaultIgnored,
    AddressesStay,
    OwnIntervalOnly,
    NopreemptIgnored,
    GroupFaultIgnored,
    GroupNotAwaited,
)
