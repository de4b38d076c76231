"""A command that kad runs for the user: a notify script, a track script, a MISC_CHECK."""

from msgspec import Struct


class Script(Struct, frozen=True, kw_only=True):
    """`"COMMAND ARG 'ARG 2'" [USER [GROUP]]`, split into words; no shell ever sees it."""

    argv: tuple[str, ...]
    user: str | None = None
    group: str | None = None
