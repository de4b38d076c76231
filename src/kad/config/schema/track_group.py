"""track_group NAME { … }: instances that fail when a static address, route or rule is lost."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import argument, entries
from kad.config.kinds import Word


class TrackGroup(Struct, frozen=True, kw_only=True):
    """The instances of the group."""

    name: Annotated[str, argument(Word("NAME"), "a name", example="SIDES", exact=True, missing="bad-block")]
    group: Annotated[
        tuple[str, ...], entries(Word("INSTANCE"), "the instances that fail", words=True, once=True, acts=True)
    ] = ()
