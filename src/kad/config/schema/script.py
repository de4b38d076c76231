"""A command that kad runs for the user: a notify script, a track script, a MISC_CHECK."""

from msgspec import Struct


class Script(Struct, frozen=True, kw_only=True):
    """`"COMMAND ARG 'ARG 2'" [USER [GROUP]]`, split into words; no shell ever sees it."""

    argv: tuple[str, ...]
    user: str | None = None
    group: str | None = None


def owned(script: Script, owner: tuple[str, str | None] | None) -> Script:
    """The script, to be run as this user and group; None: as it is."""
    if owner is None:
        return script
    user, group = owner
    return Script(argv=script.argv, user=user, group=group)
