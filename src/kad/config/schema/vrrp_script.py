"""vrrp_script NAME { … }: a command whose exit status says whether this node is fit."""

from typing import Annotated, Any, ClassVar

from msgspec import Struct

from kad.config.commands import Script
from kad.config.fields import Declaration, argument, keyword
from kad.config.kinds import SIGNED, Flag, Int, Owner, Seconds, WeightReverse, Word
from kad.config.schema.script import Script as Command
from kad.config.schema.script import owned
from kad.units import SECOND, Micros

_TIME = Seconds(Micros(1_000), Micros(4294 * SECOND), decimals=3, zero=SECOND)
_COUNT = Int(1, SIGNED)


class VrrpScript(Struct, frozen=True, kw_only=True):
    """A script run every `interval`; `fall` failures in a row make it bad, `rise` successes good."""

    name: Annotated[str, argument(Word("NAME"), "a name", example="chk_web")]
    script: Annotated[
        Command,
        keyword(
            Script(owner=False, least=0), "the command to run", example='script "/usr/bin/pgrep -x nginx"', acts=True
        ),
    ]
    interval: Annotated[Micros, keyword(_TIME, "the time between two runs", example="interval 2", acts=True)] = SECOND
    timeout: Annotated[
        Micros | None, keyword(_TIME, "how long a run may take; without it: interval", example="timeout 1", acts=True)
    ] = None
    weight: Annotated[
        int,
        keyword(
            WeightReverse(-253, 253, kept=True),
            "added to the priority; 0: a failure is a fault",
            example="weight -60",
            into=("weight", "reverse"),
            acts=True,
        ),
    ] = 0
    reverse: bool = False
    rise: Annotated[
        int, keyword(_COUNT, "successes in a row until it counts as up", example="rise 2", fallback=1, acts=True)
    ] = 1
    fall: Annotated[
        int, keyword(_COUNT, "failures in a row until it counts as down", example="fall 3", fallback=1, acts=True)
    ] = 1

    init_fail: Annotated[bool, keyword(Flag(), "it counts as down until it has succeeded", acts=True)] = False

    EXTRA: ClassVar[dict[str, Declaration]] = {"user": keyword(Owner(), "USER [GROUP] that it runs as", acts=True)}

    @staticmethod
    def finish(values: dict[str, Any]) -> None:
        """`user` may stand before or after the script."""
        values["script"] = owned(values["script"], values.pop("user", None))
