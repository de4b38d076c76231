"""linkbeat_interfaces { … }: interfaces whose carrier is asked for, not told."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import argument, keyword
from kad.config.kinds import Fixed, Interface


class LinkbeatInterface(Struct, frozen=True, kw_only=True):
    """One line: INTERFACE [MII|ETHTOOL|IOCTL]. None: the best that the interface has."""

    name: Annotated[str, argument(Interface(), "an interface")]
    method: Annotated[
        str | None,
        keyword(Fixed("MII"), "ask the interface's MII registers", name="MII", acts=True),
        keyword(Fixed("ETHTOOL"), "ask by ethtool", name="ETHTOOL", acts=True),
        keyword(Fixed("IOCTL"), "ask for the interface's flags", name="IOCTL", acts=True),
    ] = None
