"""BFD_CHECK { … }: a server is up when a BFD session is."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import keyword
from kad.config.kinds import Bool, Word


class BfdCheck(Struct, frozen=True, kw_only=True, tag="BFD_CHECK"):
    """The server is up while the session of a bfd_instance is."""

    name: Annotated[
        str, keyword(Word("NAME"), "the name of a bfd_instance, defined before this", example="name router")
    ]
    alpha: Annotated[
        bool | None,
        keyword(Bool(), "the check counts as failed until the session is up", otherwise="the real server's"),
    ] = None
