"""What a router wants done, and why it changed its state. Pure shapes; who does it is process.py's affair."""

from dataclasses import dataclass
from enum import Enum

from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.virtual_routes import VirtualRoute
from kad.config.schema.virtual_rules import VirtualRule
from kad.notify import Event

Addresses = tuple[VirtualAddress, ...]

Ways = tuple[VirtualRoute | VirtualRule, ...]
"""Where packets go: routes, then the rules that need them."""


class State(Enum):
    """Where a router is; keepalived's numbers (reference vrrp.md 3)."""

    INIT = 0
    BACKUP = 1
    MASTER = 2
    FAULT = 3


@dataclass(frozen=True)
class Cause:
    """Why a state changed: a word for machines, and the particulars for people."""

    word: str
    text: str


@dataclass(frozen=True)
class Log:
    """One line for the log."""

    level: int
    text: str


@dataclass(frozen=True)
class Transition:
    """The state changed; said so that every change can be explained afterwards."""

    old: State
    new: State
    cause: Cause


@dataclass(frozen=True)
class SendAdvert:
    """Send an advert with this priority now, before anything that comes after it."""

    priority: int


@dataclass(frozen=True)
class AddAddresses:
    """Put these addresses on their interfaces, then set the routes and rules."""

    addresses: Addresses
    ways: Ways = ()


@dataclass(frozen=True)
class RemoveAddresses:
    """Remove rules and routes, then take these addresses off their interfaces, whoever put all that there.

    Announcements that wait are forgotten.
    """

    addresses: Addresses
    ways: Ways = ()


@dataclass(frozen=True)
class SendGarp:
    """Announce these addresses, all of them `repeat` times over, when they are set."""

    addresses: Addresses
    repeat: int


@dataclass(frozen=True)
class Contested:
    """A weaker router was heard: the other members of the sync group say again where their addresses are."""


@dataclass(frozen=True)
class Notify:
    """Tell the user's scripts."""

    event: Event
    priority: int


Action = Log | Transition | SendAdvert | AddAddresses | RemoveAddresses | SendGarp | Contested | Notify
