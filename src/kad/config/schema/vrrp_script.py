"""vrrp_script NAME { … }: a command whose exit status says whether this node is fit."""

from msgspec import Struct

from kad.config.schema.script import Script
from kad.units import SECOND, Micros


class VrrpScript(Struct, frozen=True, kw_only=True):
    """A script run every `interval`; `fall` failures in a row make it bad, `rise` successes good."""

    name: str
    script: Script
    interval: Micros = SECOND
    timeout: Micros | None = None
    weight: int = 0
    reverse: bool = False
    rise: int = 1
    fall: int = 1
