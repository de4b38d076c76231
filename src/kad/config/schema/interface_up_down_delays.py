"""interface_up_down_delays { … }: how long a change of a link must last until it counts."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import argument
from kad.config.kinds import Interface, Seconds
from kad.units import SECOND, Micros

_DELAY = Seconds(Micros(0), Micros(255 * SECOND))


class UpDownDelay(Struct, frozen=True, kw_only=True):
    """One line: INTERFACE DOWN [UP]."""

    name: Annotated[str, argument(Interface(), "an interface")]
    down: Annotated[Micros, argument(_DELAY, "the delay of a loss")]
    up: Annotated[Micros, argument(_DELAY, "the delay of a return", optional=True)] = Micros(0)
