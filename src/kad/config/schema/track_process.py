"""track_process { … }: the vrrp_track_processes that an instance or a sync group follows."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import argument, keyword
from kad.config.kinds import Fixed, Int, Word


class TrackProcess(Struct, frozen=True, kw_only=True):
    """One line: NAME [weight N [reverse|noreverse]]. None: what the vrrp_track_process itself says."""

    name: Annotated[str, argument(Word("NAME"), "the name of a vrrp_track_process", example="web")]
    weight: Annotated[
        int | None,
        keyword(Int(-254, 254), "added to the priority; 0: a failure is a fault", example="weight 60", acts=True),
    ] = None
    reverse: Annotated[
        bool | None,
        keyword(Fixed(value=True), "count the weight the other way round", acts=True),
        keyword(Fixed(value=False), "count the weight as it is", name="noreverse", acts=True),
    ] = None
