"""What the routers need of the kernel beside addresses: interfaces of their own, settings of others, a filter.

A part of the worker's shell. What there is to be is said by vmac.py and firewall.py, how it comes about by kad.system;
this is the order: first what a configuration needs, then the configuration, and when its work on addresses is done,
what it does not need goes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from ipaddress import ip_address
from typing import Protocol

from msgspec import structs

from kad.config.schema.global_defs import GlobalDefs
from kad.ipc.messages import ConfigureVrrp, Message, Sysctls
from kad.log import DETAIL, logger
from kad.system.devices import Devices
from kad.system.netlink import Interfaces, Netlink
from kad.system.nftables import Table
from kad.system.sysctl import Before, Setting
from kad.vrrp import firewall
from kad.vrrp.firewall import EMPTY, Behind
from kad.vrrp.node import ClearAddresses, Placed, SetAddresses
from kad.vrrp.packet import IPAddress
from kad.vrrp.vmac import Child, Plan, plan, promoting

APPEAR = 1.0
"""Seconds until a new interface is certainly up, if its base is."""

LOOK_EVERY = 0.005

log = logger("vrrp")


class Shell(Protocol):
    """What the worker does for this."""

    interfaces: Interfaces

    def follow(self, share: ConfigureVrrp) -> None:
        """Go by this configuration."""

    def after(self, call: Callable[[], Awaitable[None]]) -> None:
        """Do this when the work on addresses is done."""

    def closed(self) -> frozenset[tuple[str, IPAddress]]:
        """The addresses of masters that no packets are taken for."""

    def send(self, message: Message) -> None:
        """Tell the parent."""


class Upkeep:
    """Everything that is not addresses. `configure` comes with each configuration, `look` with each change seen."""

    def __init__(self, netlink: Netlink, shell: Shell) -> None:
        self._shell = shell
        self._devices = Devices(netlink, self._tell_sysctls)
        self._table = Table(firewall.commands)
        self._filter = EMPTY
        self._plan = Plan()
        self._global_defs = GlobalDefs()
        self._shares: list[ConfigureVrrp] = []
        self._turn = asyncio.Lock()
        self._preparing: asyncio.Task[None] | None = None

    def configure(self, share: ConfigureVrrp) -> None:
        """Have what it needs, then let the shell follow it: at once when that is nothing."""
        self._devices.inherit({Setting(*one[:3]): one[3] for one in share.sysctls})
        self._global_defs = share.global_defs
        if self._preparing is None and not self._devices.any and self._filter.empty and not _prepares(share):
            self._plan = Plan(share.instances)
            self._shell.follow(share)
        else:
            self._shares.append(share)
            self._prepare()

    def look(self) -> None:
        """Interfaces are not what they were: make again what somebody deleted, or what a new base needs."""
        if self._devices.stale(self._shell.interfaces):
            self._prepare()

    async def close_addresses(self, work: SetAddresses) -> None:
        """Keep packets from addresses that are about to be set."""
        log.log(DETAIL, "(%s) setting firewall drop rule", work.instance)
        self._filter = self._filter.close(_hosts(work.addresses))
        await self._table.become(self._filter)

    async def open_addresses(self, work: ClearAddresses) -> None:
        """No longer keep packets from addresses that are gone."""
        wanted = self._filter.open(_hosts(work.addresses))
        if wanted != self._filter:
            log.log(DETAIL, "(%s) removing firewall drop rule", work.instance)
            self._filter = wanted
            await self._table.become(wanted)

    async def settled(self) -> None:
        """Wait until nothing is being prepared."""
        if self._preparing is not None:
            await asyncio.wait([self._preparing])

    async def clear(self) -> None:
        """Leave nothing: the filter goes last, for it is there for the last membership reports too."""
        async with self._turn:
            self._plan = Plan()
            await self._devices.keep((), ())
            self._filter = replace(EMPTY, table=self._filter.table)
            await self._table.become(self._filter)

    def _prepare(self) -> None:
        if self._preparing is None:
            self._preparing = asyncio.create_task(self._prepare_devices())
            self._preparing.add_done_callback(_raise)

    async def _prepare_devices(self) -> None:
        """Have the interfaces and the filter that are needed, then go on; later, have again what was deleted."""
        share = self._shares[-1] if self._shares else None
        self._shares.clear()
        async with self._turn:
            if share is not None:
                self._plan = plan(share.instances, share.global_defs, *_present(self._shell.interfaces))
                for remark in self._plan.remarks:
                    log.warning(remark)
            await self._devices.have(self._plan.devices, promoting(self._plan.instances), self._shell.interfaces)
            await self._appeared()
            self._devices.note(self._shell.interfaces)
            await self._refilter(keep=True)
        self._preparing = None
        if share is not None:
            self._shell.follow(structs.replace(share, instances=self._plan.instances))
        self._shell.after(self._tidy)
        if self._shares:
            self._prepare()

    async def _appeared(self) -> None:
        loop = asyncio.get_running_loop()
        patience = loop.time() + APPEAR
        while not self._devices.up(self._shell.interfaces) and loop.time() < patience:
            await asyncio.sleep(LOOK_EVERY)

    async def _tidy(self) -> None:
        """What the old configuration needed and this one does not goes when nothing is on it any more."""
        if self._preparing is None:  # else it is done after that
            async with self._turn:
                await self._devices.keep(self._plan.devices, promoting(self._plan.instances))
                await self._refilter(keep=False)

    async def _refilter(self, *, keep: bool) -> None:
        """Filter for the devices that there are; `keep` what is filtered until now, too."""
        indexes = {link.name: link.index for link in self._shell.interfaces.links.values()}
        wanted, now = firewall.wanted(self._plan, self._global_defs, indexes), self._filter
        closed = self._shell.closed()
        if keep:
            wanted = replace(wanted, guarded=wanted.guarded | now.guarded, vmacs=wanted.vmacs | _there(now, indexes))
            closed |= now.closed
        self._filter = replace(wanted, closed=closed)
        await self._table.become(self._filter)

    def _tell_sysctls(self, before: Before) -> None:
        """What is to be as it was in the end: a successor of this process must know it."""
        self._shell.send(Sysctls(before=tuple((*setting, value) for setting, value in before.items())))


def _there(now: firewall.Filter, indexes: dict[str, int]) -> set[Behind]:
    """What is filtered for devices that are there still."""
    return {one for one in now.vmacs if indexes.get(one.name) == one.index}


def _present(picture: Interfaces) -> tuple[frozenset[str], dict[str, Child]]:
    """The names that are taken, and those of them that kad could have made."""
    links = picture.links
    on_top = [(link, links[link.base].name) for link in links.values() if link.mode and link.base in links]
    children = {link.name: Child(base, link.mac.hex(":"), link.kind, link.mode) for link, base in on_top}
    return frozenset(link.name for link in links.values()), children


def _prepares(share: ConfigureVrrp) -> bool:
    """Whether anything must be there before the routers begin."""
    planned = plan(share.instances, share.global_defs, frozenset(), {})
    return bool(planned.devices or promoting(share.instances) or firewall.needed(share.instances, share.global_defs))


def _hosts(placed: Placed) -> frozenset[tuple[str, IPAddress]]:
    return frozenset((interface, ip_address(address.address)) for interface, address in placed)


def _raise(task: asyncio.Task[None]) -> None:
    """A bug in it ends the worker, as one in any callback does."""
    if not task.cancelled():
        task.result()
