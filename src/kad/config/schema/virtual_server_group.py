"""virtual_server_group NAME { … }: addresses, ranges of them and firewall marks that are one service."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import LINE, argument, keyword
from kad.config.kinds import Word
from kad.config.lvs_kinds import GroupMark, GroupMember, Mark, Member


class VirtualServerGroup(Struct, frozen=True, kw_only=True):
    """One line for each member. In the table of the kernel all addresses come before the marks."""

    name: Annotated[str, argument(Word("NAME"), "a name", example="WEB", exact=True)]
    members: Annotated[
        tuple[GroupMember, ...],
        keyword(
            Member(),
            "an address, a range of them or a network, with the port",
            example="192.0.2.10 80",
            name=LINE,
            adds=True,
            drops=True,
        ),
    ] = ()
    marks: Annotated[
        tuple[GroupMark, ...],
        keyword(Mark(), "packets with this firewall mark", example="fwmark 1", name="fwmark", adds=True, drops=True),
    ] = ()
