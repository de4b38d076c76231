"""unicast_peer { … }: the routers that adverts are sent to, one by one."""

from typing import Annotated

from msgspec import Struct

from kad.config.addresses import Address
from kad.config.fields import argument, keyword
from kad.config.kinds import Int


class UnicastPeer(Struct, frozen=True, kw_only=True):
    """One line: ADDRESS [min_ttl N] [max_ttl N]."""

    address: Annotated[str, argument(Address(cut=True), "an address", example="192.0.2.3")]
    min_ttl: Annotated[
        int, keyword(Int(0, 255), "the lowest TTL that its adverts may arrive with", example="min_ttl 254", acts=True)
    ] = 0
    max_ttl: Annotated[
        int, keyword(Int(0, 255), "the highest TTL that its adverts may arrive with", example="max_ttl 255", acts=True)
    ] = 255
