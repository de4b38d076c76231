"""MISC_CHECK { … }: a server is up when a script says so."""

from kad.config.schema.script import Script
from kad.config.schema.tcp_check import Timing
from kad.units import Micros


class MiscCheck(Timing, frozen=True, kw_only=True, tag="MISC_CHECK"):
    """Exit 0 is up; with misc_dynamic, 2 to 255 is up with weight status - 2."""

    misc_path: Script
    misc_timeout: Micros | None = None
    misc_dynamic: bool = False
