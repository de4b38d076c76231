"""virtual_ipaddress { … } and virtual_ipaddress_excluded { … }: the addresses that follow the master."""

from typing import Annotated

from msgspec import Struct
from msgspec.structs import replace

from kad.config.addresses import Broadcast, Prefixed, Scope
from kad.config.fields import argument, keyword
from kad.config.kinds import Flag, Interface, Word
from kad.config.metric_kinds import Lifetime
from kad.config.route_kinds import FirstAddress

DEV = keyword(Interface(), "the interface to put it on", name="dev", once=True, drops=True, acts=True)
_BROADCAST = keyword(Broadcast(), "the broadcast address", name="brd", aliases=("broadcast",), drops=True, acts=True)
_LABEL = keyword(Word("NAME", longest=15), "its label, as ip-address has it", drops=True, acts=True)
_SCOPE = keyword(Scope(), "where it is valid", otherwise="global (0)", acts=True)
_LIFETIME = keyword(
    Lifetime(),
    "how long it may be the source of new connections; 0: it is deprecated",
    otherwise="IPv6 /128: 0 (deprecated), other IPv6: forever",
    acts=True,
)


class AddressLine(Struct, frozen=True, kw_only=True):
    """One line: ADDR[/LEN] and its options. `address` is in canonical text.

    A lifetime is in seconds, as the kernel has it.
    """

    address: Annotated[str, argument(Prefixed(), "an address", example="192.0.2.10/24", into=("address", "prefix"))]
    prefix: int
    device: Annotated[str | None, DEV] = None
    broadcast: Annotated[str | None, _BROADCAST] = None
    label: Annotated[str | None, _LABEL] = None
    scope: Annotated[str | None, _SCOPE] = None
    peer: Annotated[str | None, keyword(FirstAddress(), "the other end of a point-to-point link", acts=True)] = None
    home: Annotated[bool, keyword(Flag(), "it is the home address of a mobile node (IPv6)", acts=True)] = False
    dad: Annotated[
        bool,
        keyword(
            Flag(), "look for duplicates of it first (IPv6), which is not done otherwise", name="-nodad", acts=True
        ),
    ] = False
    mngtmpaddr: Annotated[bool, keyword(Flag(), "the kernel makes temporary addresses from it (IPv6)", acts=True)] = (
        False
    )
    noprefixroute: Annotated[bool, keyword(Flag(), "no route to its prefix comes with it", acts=True)] = False
    autojoin: Annotated[bool, keyword(Flag(), "the kernel joins this multicast group", acts=True)] = False
    no_track: Annotated[bool, keyword(Flag(), "the instance does not care when someone else deletes it", acts=True)] = (
        False
    )
    preferred_lft: Annotated[int | None, _LIFETIME] = None


class VirtualAddress(AddressLine, frozen=True, kw_only=True):
    """One address of a master."""

    device: Annotated[str | None, replace(DEV, otherwise="the instance's interface or its VMAC")] = None
    use_vmac: Annotated[bool, keyword(Flag(), "put it on a macvlan of its interface that is its own", acts=True)] = (
        False
    )
