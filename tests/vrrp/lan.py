"""Routers and packets for the tests of the pure core: no sockets, and a clock that a test sets by hand."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.config.schema.vrrp_script import VrrpScript
from kad.notify import Event as NotifyEvent
from kad.units import SECOND, Micros
from kad.vrrp.actions import Action, AddAddresses, Log, Notify, RemoveAddresses, SendAdvert, SendGarp, State, Transition
from kad.vrrp.events import DeadlinePassed, FactsChanged, PacketReceived, Started
from kad.vrrp.packet import CENTISECOND, Envelope, IPAddress, Received, decode, decode6
from kad.vrrp.router import Router
from kad.vrrp.security import UnixClock
from kad.vrrp.sending import Sender
from kad.vrrp.settings import RouterSettings, settle
from kad.vrrp.tracking import Facts

OURS, LOWER, HIGHER = IPv4Address("192.0.2.10"), IPv4Address("192.0.2.9"), IPv4Address("192.0.2.11")
GROUP = IPv4Address("224.0.0.18")
VIP = VirtualAddress(address="192.0.2.100", prefix=24)
EXCLUDED = VirtualAddress(address="192.0.2.200", prefix=32)
GOOD = Facts(source=OURS)
START = Micros(1_000 * SECOND)
"""When a test's router starts: not 0, so that a missing `now +` shows."""

UNIX = 1_800_000_000 * SECOND - START
"""Unix time when the monotonic clock of a test is at 0."""


def instance(**changes: object) -> VrrpInstance:
    plain: dict[str, object] = {
        "name": "VI_1",
        "interface": "eth0",
        "virtual_router_id": 51,
        "virtual_ipaddress": (VIP,),
    }
    return VrrpInstance(**(plain | changes))  # type: ignore[arg-type]


def settings(
    global_defs: GlobalDefs | None = None, scripts: tuple[VrrpScript, ...] = (), **changes: object
) -> RouterSettings:
    by_name = {script.name: script for script in scripts}
    return settle(instance(**changes), global_defs or GlobalDefs(), by_name)


def unix() -> int:
    """Unix time when tests start."""
    return UNIX + START


def sender(ours: RouterSettings, source: IPAddress, clock: UnixClock = unix) -> Sender:
    """What a router with these settings sends with."""
    return Sender(Router(ours, Facts(source=source), clock))


def decoded(datagram: bytes, source: IPAddress, destination: IPAddress, ttl: int = 255) -> Received:
    """The datagram as it arrives: an IPv6 one with what the kernel says of it."""
    if isinstance(source, IPv6Address) and isinstance(destination, IPv6Address):
        packet = decode6(datagram, Envelope(source, destination, ttl))
    else:
        packet = decode(datagram)
    assert isinstance(packet, Received)
    return packet


def advert(
    priority: int,
    *,
    source: IPAddress = LOWER,
    of: RouterSettings | None = None,
    by: Sender | None = None,
    **changes: int,
) -> Received:
    """What a router with our settings would send; `changes` are fields of the packet."""
    sent = of or settings()
    sent = replace(sent, version=changes.pop("version", sent.version))
    unit = SECOND if sent.version == 2 else CENTISECOND
    interval = Micros(changes.pop("interval", sent.wire_interval) * unit)
    sent = replace(sent, advert_int=interval, auth_type=changes.pop("auth_type", sent.auth_type))
    destination, datagram = (by or sender(sent, source)).copies(priority)[0]
    return decoded(datagram, source, destination)._replace(**changes)  # type: ignore[arg-type]


class Driver:
    """A router and its clock: what a test does to it, and what came of that."""

    def __init__(self, facts: Facts = GOOD, of: RouterSettings | None = None, **changes: object) -> None:
        self.now = START
        self.router = Router(of or settings(**changes), facts, lambda: UNIX + self.now)  # type: ignore[arg-type]
        self.actions = self.router.handle(Started(), self.now)

    @property
    def left(self) -> int | None:
        """Microseconds to the deadline."""
        return None if self.router.deadline is None else self.router.deadline - self.now

    def wait(self, duration: int) -> None:
        self.now = Micros(self.now + duration)

    def pass_deadline(self) -> list[Action]:
        """Sleep until the deadline, then say that it passed."""
        assert self.router.deadline is not None
        self.now = self.router.deadline
        self.actions = self.router.handle(DeadlinePassed(), self.now)
        return self.actions

    def hear(self, priority: int, **changes: object) -> list[Action]:
        packet = advert(priority, of=self.router.settings, **changes)  # type: ignore[arg-type]
        return self.receive(packet)

    def receive(self, packet: Received) -> list[Action]:
        self.actions = self.router.handle(PacketReceived(packet), self.now)
        return self.actions

    def learn(self, **facts: object) -> list[Action]:
        """Something around it changes."""
        changed = replace(self.router.facts, **facts)  # type: ignore[arg-type]
        self.actions = self.router.handle(FactsChanged(changed), self.now)
        return self.actions


def master(**changes: object) -> Driver:
    """A router that has just become master by waiting."""
    driver = Driver(**changes)  # type: ignore[arg-type]
    driver.pass_deadline()
    return driver


def adverts_in(actions: list[Action]) -> list[int]:
    return [action.priority for action in actions if isinstance(action, SendAdvert)]


def lines_in(actions: list[Action]) -> list[str]:
    return [action.text for action in actions if isinstance(action, Log)]


def added_in(actions: list[Action]) -> list[str]:
    return [a.address for action in actions if isinstance(action, AddAddresses) for a in action.addresses]


def removed_in(actions: list[Action]) -> list[str]:
    return [a.address for action in actions if isinstance(action, RemoveAddresses) for a in action.addresses]


def garps_in(actions: list[Action]) -> list[tuple[int, int]]:
    """(addresses, repeat) of each announcement."""
    return [(len(action.addresses), action.repeat) for action in actions if isinstance(action, SendGarp)]


def notified_in(actions: list[Action]) -> list[NotifyEvent]:
    return [action.event for action in actions if isinstance(action, Notify)]


def causes_in(actions: list[Action]) -> list[str]:
    return [action.cause.word for action in actions if isinstance(action, Transition)]


def state_of(driver: Driver) -> State:
    """The state, as a value that the type checker does not think it knows from the line before."""
    return driver.router.state
