"""What a router wants done, and why it changed its state. Pure shapes; who does it is process.py's affair."""

from dataclasses import dataclass
from enum import Enum

from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.notify import Event

Addresses = tuple[VirtualAddress, ...]


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
    """Put these addresses on their interfaces."""

    addresses: Addresses


@dataclass(frozen=True)
class RemoveAddresses:
    """Take these addresses off their interfaces, whoever put them there, and forget announcements that wait."""

    addresses: Addresses


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
