"""MISC_CHECK { … }: a server is up when a script says so."""

from typing import Annotated, Any, ClassVar

from kad.config.commands import Script
from kad.config.fields import Declaration, keyword
from kad.config.kinds import Flag, Owner, Seconds
from kad.config.schema.script import Script as Command
from kad.config.schema.script import owned
from kad.config.schema.tcp_check import Timing, retries
from kad.units import SECOND, Micros

_TIMEOUT = Seconds(Micros(0), Micros(4294 * SECOND), decimals=0)


class MiscCheck(Timing, frozen=True, kw_only=True, tag="MISC_CHECK"):
    """The server is up when a command ends with status 0. With misc_dynamic, 2 to 255 is up with weight status - 2."""

    retry: Annotated[int | None, retries("0")] = None
    misc_path: Annotated[
        Command,
        keyword(
            Script(owner=False, least=0),
            "the command to run, with its arguments in the quotes",
            example='misc_path "/usr/local/bin/check-db 198.51.100.11"',
            acts=True,
        ),
    ]
    misc_timeout: Annotated[
        Micros | None,
        keyword(
            _TIMEOUT,
            "how long it may run until it is ended and counts as failed; 0: as if nothing were said",
            example="misc_timeout 3",
            otherwise="the virtual server's delay_loop",
            acts=True,
        ),
    ] = None
    misc_dynamic: Annotated[
        bool, keyword(Flag(), "exit statuses from 2 to 255 set the weight, to the status less 2", acts=True)
    ] = False

    EXTRA: ClassVar[dict[str, Declaration]] = {
        "user": keyword(
            Owner(), "as whom it runs", missing="missing-value", otherwise="script_user of global_defs", acts=True
        )
    }

    @staticmethod
    def finish(values: dict[str, Any]) -> None:
        """`user` may stand before or after the script; a time of 0 is none."""
        values["misc_path"] = owned(values["misc_path"], values.pop("user", None))
        if values.get("misc_timeout") == 0:
            del values["misc_timeout"]
