"""track_interface { … }: interfaces whose state an instance or a sync group follows."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import argument, keyword
from kad.config.kinds import Fixed, Interface, Weight


class TrackInterface(Struct, frozen=True, kw_only=True):
    """One line: INTERFACE [weight N [reverse]]."""

    name: Annotated[str, argument(Interface(), "an interface", example="eth1")]
    weight: Annotated[
        int,
        keyword(
            Weight(),
            "added to the priority while it is up; 0: its loss is a fault",
            example="weight -60",
            fallback=0,
            acts=True,
        ),
    ] = 0
    reverse: Annotated[bool, keyword(Fixed(value=True), "count the weight the other way round", acts=True)] = False
