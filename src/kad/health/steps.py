"""What the health framework asks for, step by step: changes to the kernel's table, log lines, notifications. Pure.

quorum.py yields them, process.py performs them.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass

from kad.config.schema.script import Script
from kad.health import names


@dataclass(frozen=True)
class Destination:
    """A destination of the service as the kernel knows it, less its weight. `method`: "NAT", "DR" or "TUN"."""

    place: names.Place
    method: str
    uthreshold: int = 0
    lthreshold: int = 0


@dataclass(frozen=True)
class AddService:
    """Create the service; one that is there already becomes what is configured."""


@dataclass(frozen=True)
class RemoveService:
    """Delete the service."""


@dataclass(frozen=True)
class AddDestination:
    """Put a destination in; one that is there already becomes this."""

    destination: Destination
    weight: int


@dataclass(frozen=True)
class SetDestination:
    """Change a destination; one that is gone comes back."""

    destination: Destination
    weight: int


@dataclass(frozen=True)
class RemoveDestination:
    """Take a destination out."""

    destination: Destination
    weight: int


@dataclass(frozen=True)
class Say:
    """A line for the log."""

    text: str


@dataclass(frozen=True)
class RealServerChanged:
    """Tell the user: run `script`, if any. `name` is the real server's, `cause` for whoever asks why."""

    name: str
    up: bool
    cause: str
    script: Script | None


@dataclass(frozen=True)
class VirtualServerChanged:
    """Tell the user that quorum was gained or lost: run `script`, if any."""

    name: str
    up: bool
    cause: str
    script: Script | None


TableStep = AddService | RemoveService | AddDestination | SetDestination | RemoveDestination
Step = TableStep | Say | RealServerChanged | VirtualServerChanged

Steps = Generator[Step, bool, None]
Trial = Generator[Step, bool, bool]
"""Steps that end in whether the kernel's table followed."""


Table = Mapping[names.Place, int]
"""What the kernel has under a service: the weight of each destination."""
