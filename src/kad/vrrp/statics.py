"""What is there from the start to the stop, whoever is master: static addresses, routes and rules. Pure.

Reference vrrp.md 8.2, 8.3. A track_group means that its instances can't do without the interfaces of its lines. Not
here: the kernel (process.py), which routes and rules were lost (routing.py).
"""

import logging
from collections.abc import Iterable

from kad.config.schema.static_ipaddress import StaticAddress
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.ipc.messages import ConfigureVrrp
from kad.vrrp.actions import Log, Ways
from kad.vrrp.node import ClearAddresses, Placed, SetAddresses
from kad.vrrp.routing import STATIC

Lines = list[Log | SetAddresses | ClearAddresses]


class Statics:
    """All static lines of the configuration."""

    def __init__(self) -> None:
        self._addresses: Placed = ()
        self._ways: Ways = ()
        self._up: frozenset[str] = frozenset()

    def configure(self, share: ConfigureVrrp) -> Lines:
        """These are to be there from now on: what goes, then what comes."""
        addresses = tuple((one.device or "", _plain(one)) for one in share.static_addresses)
        ways: Ways = (*share.static_routes, *share.static_rules)
        gone = _without(self._addresses, addresses), tuple(way for way in self._ways if way not in ways)
        fresh = _without(addresses, self._addresses), tuple(way for way in ways if way not in self._ways)
        self._addresses, self._ways = addresses, ways
        work: Lines = [ClearAddresses(STATIC, *gone)] if any(gone) else []
        return [*work, SetAddresses(STATIC, *fresh)] if any(fresh) else work

    def lost(self, lost: Placed) -> Lines:
        """Someone else removed these addresses: restore those that are static."""
        ours = tuple(one for one in self._addresses if one in lost)
        work: Lines = [
            Log(logging.WARNING, f"Restoring deleted static address {a.address}/{a.prefix} dev {device}")
            for device, a in ours
        ]
        return [*work, SetAddresses(STATIC, ours)] if ours else []

    def links_changed(self, up: Iterable[str]) -> Lines:
        """These interfaces are up now: with an interface its addresses may have gone."""
        before, self._up = self._up, frozenset(up)
        ours = tuple(one for one in self._addresses if one[0] in self._up - before)
        return [SetAddresses(STATIC, ours)] if ours else []

    def stop(self) -> Lines:
        """The daemon ends."""
        work: Lines = [ClearAddresses(STATIC, self._addresses, self._ways)] if self._addresses or self._ways else []
        self._addresses, self._ways = (), ()
        return work


def _plain(address: StaticAddress) -> VirtualAddress:
    names = (name for name in VirtualAddress.__struct_fields__ if name in StaticAddress.__struct_fields__)
    return VirtualAddress(**{name: getattr(address, name) for name in names})


def _without(some: Placed, others: Placed) -> Placed:
    return tuple(one for one in some if one not in others)
