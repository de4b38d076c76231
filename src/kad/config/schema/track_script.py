"""track_script { … }: the vrrp_scripts whose verdict an instance follows."""

from msgspec import Struct


class TrackScript(Struct, frozen=True, kw_only=True):
    """One line: NAME [weight N [reverse|noreverse]]. None: what the vrrp_script itself says."""

    name: str
    weight: int | None = None
    reverse: bool | None = None
