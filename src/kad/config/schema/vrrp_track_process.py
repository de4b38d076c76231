"""vrrp_track_process NAME { … }: processes that must run."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import argument, keyword
from kad.config.kinds import Flag, Int, Seconds, Several, WeightReverse, Word
from kad.config.vrrp_kinds import ParamMatch
from kad.units import SECOND, Micros

_DELAY = Seconds(Micros(1), Micros(3600 * SECOND))


class VrrpTrackProcess(Struct, frozen=True, kw_only=True):
    """Processes counted by name. `delay` sets both delays. None: no upper limit."""

    name: Annotated[str, argument(Word("NAME"), "a name", example="web")]
    process: Annotated[
        tuple[str, ...],
        keyword(
            Several("NAME [PARAMETER ...]"),
            "the process, and parameters it must have",
            example="process nginx",
            once=True,
            acts=True,
        ),
    ]
    param_match: Annotated[
        str | None,
        keyword(ParamMatch(), "how the parameters are compared", otherwise="off; exact with parameters", acts=True),
    ] = None
    weight: Annotated[
        int,
        keyword(
            WeightReverse(-254, 254),
            "added to the priority; 0: too few or too many is a fault",
            example="weight 60",
            into=("weight", "reverse"),
            acts=True,
        ),
    ] = 0
    reverse: bool = False
    quorum: Annotated[int, keyword(Int(1, 65535), "the fewest processes that are enough", acts=True)] = 1
    quorum_max: Annotated[
        int | None,
        keyword(
            Int(0, 65535), "the most processes that may be; 0: there must be none", otherwise="unlimited", acts=True
        ),
    ] = None
    delay: Annotated[Micros, keyword(_DELAY, "fork_delay and terminate_delay together", acts=True)] = Micros(0)
    terminate_delay: Annotated[
        Micros, keyword(_DELAY, "how long what an end brings about must last until it counts", acts=True)
    ] = Micros(0)
    fork_delay: Annotated[
        Micros, keyword(_DELAY, "how long what a fork brings about must last until it counts", acts=True)
    ] = Micros(0)
    full_command: Annotated[bool, keyword(Flag(), "compare the whole command line, not the short name", acts=True)] = (
        False
    )
