"""virtual_ipaddress { … } and virtual_ipaddress_excluded { … }: the addresses that follow the master."""

from msgspec import Struct


class VirtualAddress(Struct, frozen=True, kw_only=True):
    """One line: ADDR[/LEN] [dev IF] [brd ADDR|+|-] [label NAME] [scope SCOPE]. `address` is in canonical text."""

    address: str
    prefix: int
    device: str | None = None
    broadcast: str | None = None
    label: str | None = None
    scope: str | None = None
