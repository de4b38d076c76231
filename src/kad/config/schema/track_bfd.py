"""track_bfd { … }: the bfd_instances that an instance or a sync group follows."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import argument, keyword
from kad.config.kinds import Fixed, Int, Word


class TrackBfd(Struct, frozen=True, kw_only=True):
    """One line: NAME [weight N [reverse|noreverse]]. None: what the bfd_instance itself says."""

    name: Annotated[str, argument(Word("NAME"), "the name of a bfd_instance", example="router")]
    weight: Annotated[
        int | None, keyword(Int(-253, 253), "added to the priority; 0: its loss is a fault", example="weight 60")
    ] = None
    reverse: Annotated[
        bool | None,
        keyword(Fixed(value=True), "count the weight the other way round"),
        keyword(Fixed(value=False), "count the weight as it is", name="noreverse"),
    ] = None
