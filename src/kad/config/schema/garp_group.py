"""garp_group { … }: how fast gratuitous ARPs follow each other on some interfaces."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import entries, keyword
from kad.config.kinds import Interface, Seconds
from kad.units import SECOND, Micros

_SPACING = Seconds(Micros(0), Micros(4294 * SECOND + 967_295))


class GarpGroup(Struct, frozen=True, kw_only=True):
    """The pauses on an interface, or on several that share one clock."""

    garp_interval: Annotated[
        Micros | None,
        keyword(
            _SPACING, "the pause between two gratuitous ARPs", example="garp_interval 0.1", otherwise="unset", acts=True
        ),
    ] = None
    gna_interval: Annotated[
        Micros | None,
        keyword(
            _SPACING,
            "the pause between two unsolicited neighbour advertisements",
            example="gna_interval 0.1",
            otherwise="unset",
            acts=True,
        ),
    ] = None
    interface: Annotated[str | None, keyword(Interface(), "the interface that it is for", acts=True)] = None
    interfaces: Annotated[
        tuple[str, ...],
        entries(Interface(), "interfaces that share the pauses", words=True, empty="names no interface", acts=True),
    ] = ()
