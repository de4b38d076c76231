"""What can happen to a router, and the counters of what has. Pure shapes; router.py says what comes of them."""

from collections import Counter
from dataclasses import dataclass, field

from kad.units import Micros
from kad.vrrp.actions import Addresses, Cause, State
from kad.vrrp.packet import Reason, Received
from kad.vrrp.settings import RouterSettings
from kad.vrrp.tracking import Facts

AT_ONCE = Micros(0)


@dataclass(frozen=True)
class Started:
    """The router's life begins, with the facts that it was made with. It does nothing for the time of `hold`."""

    hold: Micros = AT_ONCE


@dataclass(frozen=True)
class FactsChanged:
    """A link, the source address or a script's verdict is not what it was."""

    facts: Facts


@dataclass(frozen=True)
class PacketReceived:
    """A packet for this router's VRID came in on its interface."""

    packet: Received


@dataclass(frozen=True)
class DeadlinePassed:
    """`deadline` has come."""


@dataclass(frozen=True)
class AddressesLost:
    """Someone else removed these of our addresses."""

    addresses: Addresses


@dataclass(frozen=True)
class Led:
    """Its sync group takes the router along, to MASTER or to BACKUP."""

    state: State
    cause: Cause


@dataclass(frozen=True)
class SiblingContested:
    """Another member of its sync group, MASTER as it is, heard a weaker router (reference vrrp.md 3.4)."""


@dataclass(frozen=True)
class Reconfigured:
    """A reload changed the settings of the running router, and with them perhaps the facts that matter."""

    settings: RouterSettings
    facts: Facts


@dataclass(frozen=True)
class Stopped:
    """The daemon ends. Without `release` the addresses stay and the others are not told."""

    release: bool = True


@dataclass(frozen=True)
class Removed:
    """A reload took this router out of the configuration."""


Event = (
    Started
    | FactsChanged
    | PacketReceived
    | DeadlinePassed
    | AddressesLost
    | Led
    | SiblingContested
    | Reconfigured
    | Stopped
    | Removed
)


@dataclass
class Stats:
    """What has happened so far, under keepalived's names (reference vrrp.md 11). `errors` counts per `Reason`."""

    advert_rcvd: int = 0
    advert_sent: int = 0
    become_master: int = 0
    release_master: int = 0
    pri_zero_rcvd: int = 0
    pri_zero_sent: int = 0
    errors: Counter[Reason] = field(default_factory=Counter)
