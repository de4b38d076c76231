"""virtual_ipaddress { … } and virtual_ipaddress_excluded { … }: the addresses that follow the master."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import argument, keyword
from kad.config.kinds import Broadcast, Interface, Prefixed, Scope, Word


class VirtualAddress(Struct, frozen=True, kw_only=True):
    """One line: ADDR[/LEN] [dev IF] [brd ADDR|+|-] [label NAME] [scope SCOPE]. `address` is in canonical text."""

    address: Annotated[str, argument(Prefixed(), "an address", into=("address", "prefix"))]
    prefix: int
    device: Annotated[
        str | None, keyword(Interface(), "the interface to put it on", name="dev", once=True, drops=True)
    ] = None
    broadcast: Annotated[
        str | None, keyword(Broadcast(), "the broadcast address", name="brd", aliases=("broadcast",), drops=True)
    ] = None
    label: Annotated[str | None, keyword(Word(longest=15), "its label, as ip-address has it", drops=True)] = None
    scope: Annotated[str | None, keyword(Scope(), "where it is valid")] = None
