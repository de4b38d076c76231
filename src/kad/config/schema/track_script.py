"""track_script { … }: the vrrp_scripts whose verdict an instance follows."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import argument, keyword
from kad.config.kinds import Fixed, Weight, Word


class TrackScript(Struct, frozen=True, kw_only=True):
    """One line: NAME [weight N [reverse|noreverse]]. None: what the vrrp_script itself says."""

    name: Annotated[str, argument(Word("NAME"), "the name of a vrrp_script", example="chk_web")]
    weight: Annotated[
        int | None, keyword(Weight(), "added to the priority; 0: a failure is a fault", example="weight -60", acts=True)
    ] = None
    reverse: Annotated[
        bool | None,
        keyword(Fixed(True), "count the weight the other way round", acts=True),
        keyword(Fixed(False), "count the weight as it is", name="noreverse", acts=True),
    ] = None
