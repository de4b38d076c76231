"""The interfaces that kad makes on top of others (macvlan), with their settings and those of their bases.

`Devices` makes, adopts and removes them as they are wanted (reference vrrp.md 5.1). It only puts right what is missing
or is not what it should be; one that somebody switched off stays off.

Not here: which are wanted and what they are called (vrrp/vmac.py).
"""

import errno
import os
from collections.abc import Callable, Iterable
from ipaddress import IPv6Interface
from pathlib import Path
from typing import Any, Protocol

from pyroute2.netlink.exceptions import NetlinkError

from kad.log import logger
from kad.system import sysctl
from kad.system.netlink import Interfaces, Link, Netlink
from kad.system.sysctl import Before, Setting, Settings

log = logger("vrrp")

_OWN_IPV4 = {"arp_ignore": "1", "accept_local": "1", "rp_filter": "0", "promote_secondaries": "1"}
_BASE_IPV4 = {"arp_ignore": "1", "arp_filter": "1"}
_NO_ADDRESSES = "1"
"""addr_gen_mode none: the kernel makes no link-local address from the hardware address."""

_GROUPS = Path("/etc/iproute2/group")


class Child(Protocol):
    """What an interface is on top of, its hardware address as text, and what it is."""

    @property
    def base(self) -> str:
        """The interface that it stands on, by name."""

    @property
    def mac(self) -> str:
        """Its hardware address."""

    @property
    def kind(self) -> str:
        """What the kernel calls it."""

    @property
    def mode(self) -> str:
        """What it may say to others on the same base."""


class Device(Protocol):
    """A wanted interface: vrrp.vmac.Device is one."""

    @property
    def instance(self) -> str:
        """Whose it is."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def child(self) -> Child:
        """What it is like."""

    @property
    def ipv4(self) -> bool:
        """Whether it carries IPv4, which its base must not answer for."""

    @property
    def ipv6(self) -> bool:
        """Whether IPv6 is on."""

    @property
    def link_local(self) -> bool:
        """Whether it has its base's link-local address."""

    @property
    def group(self) -> str | None:
        """The group of interfaces that it is put in."""


class Devices:
    """Those that there are to be. `told`: what settings of other interfaces were before kad changed them."""

    def __init__(self, netlink: Netlink, told: Callable[[Before], None]) -> None:
        self._netlink = netlink
        self._settings = Settings(told)
        self._made: dict[str, Device] = {}
        self._promoting: frozenset[str] = frozenset()
        self._seen: tuple[object, ...] = ()
        self._complaints: dict[str, str] = {}
        self._ready: dict[str, int] = {}
        self._given: dict[str, set[str]] = {}

    @property
    def any(self) -> bool:
        """Whether there is anything to look after."""
        return bool(self._made or self._promoting or self._settings.before)

    def inherit(self, before: Before) -> None:
        """What a dead process had changed."""
        self._settings.inherit(before)

    async def have(self, wanted: Iterable[Device], promoting: Iterable[str], picture: Interfaces) -> None:
        """Have these too, and `promote_secondaries` set on these interfaces."""
        self._promoting |= frozenset(promoting)
        self._made |= {device.name: device for device in wanted}
        await self.mend(picture)

    async def keep(self, wanted: Iterable[Device], promoting: Iterable[str]) -> None:
        """Have these only: the others are removed, and what was changed for them is as it was."""
        kept = {device.name for device in wanted}
        self._promoting = frozenset(promoting)
        there = await self._netlink.links()
        for name in [name for name in self._made if name not in kept]:
            device = self._forget(name)
            link = there.named(name)
            if link is not None and _is(link, device, there):
                await self._try(device, "removing", "del", index=link.index)
        self._settings.follow(self._wanted_settings())

    async def mend(self, picture: Interfaces) -> None:
        """Make what is missing, and set what is not set; `picture` says which addresses the bases have."""
        self._settings.follow(self._wanted_settings())
        there = await self._netlink.links()
        for device in list(self._made.values()):
            base = there.named(device.child.base)
            if base is not None and device.name in self._made:
                await self._mend(device, base, there, picture)
        self._settings.follow(self._wanted_settings())  # a base that was made again has its settings anew

    def stale(self, picture: Interfaces) -> bool:
        """Whether something has happened since `note` that `mend` may have to answer."""
        return bool(self._made) and self._signature(picture) != self._seen

    def note(self, picture: Interfaces) -> None:
        """This is what was mended."""
        self._seen = self._signature(picture)

    def up(self, picture: Interfaces) -> bool:
        """Whether all are up whose base is."""
        for device in self._made.values():
            base, link = picture.named(device.child.base), picture.named(device.name)
            if base is not None and base.up and (link is None or not link.up):
                return False
        return True

    def _signature(self, picture: Interfaces) -> tuple[object, ...]:
        found: list[object] = []
        for device in self._made.values():
            for name in (device.child.base, device.name):
                link = picture.named(name)
                found.append(None if link is None else link.index)
                if device.link_local:
                    found.append(_link_local(picture, name))
        return tuple(found)

    async def _mend(self, device: Device, base: Link, there: Interfaces, picture: Interfaces) -> None:
        link = there.named(device.name)
        if link is not None and not _is(link, device, there):
            await self._try(device, "removing", "del", index=link.index)
            link = None
        elif link is not None and self._ready.get(device.name) != link.index:
            log.info("(%s) Found matching interface %s", device.instance, device.name)
        if link is None:
            await self._make_room(device, there)
            link = await self._make(device, base)
        if link is None:
            return
        _set_own(device)
        if self._ready.get(device.name) != link.index:  # later it is up to others whether it is up
            await self._try(device, "starting", "set", index=link.index, state="up")
            self._ready[device.name] = link.index
        if device.link_local:
            await self._have_link_local(device, link, base, picture)

    async def _make_room(self, device: Device, there: Interfaces) -> None:
        """One that a configuration before called otherwise goes first: two of one hardware address can't be up."""
        for name in [name for name, other in self._made.items() if other.child == device.child and name != device.name]:
            old = there.named(name)
            self._forget(name)
            if old is not None and _is(old, device, there):
                await self._try(device, "removing", "del", old.name, index=old.index)

    def _forget(self, name: str) -> Device:
        self._ready.pop(name, None)
        self._given.pop(name, None)
        return self._made.pop(name)

    async def _make(self, device: Device, base: Link) -> Link | None:
        child = device.child
        options: dict[str, Any] = {"ifname": device.name, "kind": child.kind, "link": base.index}
        options |= {"macvlan_mode": child.mode, "address": child.mac}
        if (group := _group(device.group)) is not None:
            options["group"] = group
        if not await self._try(device, "creating", "add", **options):
            return None
        made = (await self._netlink.links()).named(device.name)
        if made is not None:
            log.info("(%s): Success creating VMAC interface %s", device.instance, device.name)
        return made

    async def _have_link_local(self, device: Device, link: Link, base: Link, picture: Interfaces) -> None:
        """The base's link-local address, or what that would be; none that it had. It is never picked as a source."""
        wanted = _link_local(picture, device.child.base) or made_of(base.mac)
        present = {str(one) for one in await self._netlink.link_locals(link.index)}
        for old in present - {str(wanted)}:
            if old in self._given.get(device.name, ()):
                await self._netlink.take_link_local(link.index, IPv6Interface(old))
        if wanted is not None and str(wanted) not in present:
            await self._netlink.give_link_local(link.index, wanted)
        if wanted is not None:
            self._given.setdefault(device.name, set()).add(str(wanted))

    async def _try(self, device: Device, doing: str, command: str, name: str = "", **options: Any) -> bool:  # noqa: ANN401 - netlink's
        """Whether it went well; a refusal is told once, until it went well."""
        try:
            await self._netlink.route.link(command, **options)
        except NetlinkError as error:
            if (command, error.code) in (("add", errno.EEXIST), ("del", errno.ENODEV)):
                return True
            why = os.strerror(error.code)
            if self._complaints.get(device.name) != why:
                log.error("(%s): Error %s VMAC interface %s: %s", device.instance, doing, name or device.name, why)
            self._complaints[device.name] = why
            return False
        self._complaints.pop(device.name, None)
        if command == "del":
            log.info("(%s) Success removing VMAC interface %s", device.instance, name or device.name)
        return True

    def _wanted_settings(self) -> dict[Setting, str]:
        """What other interfaces must have for these; strict reverse path filtering of all would drop what VMACs get."""
        wanted = {Setting(4, name, "promote_secondaries"): "1" for name in self._promoting}
        bases = {device.child.base for device in self._made.values() if device.ipv4}
        wanted |= {Setting(4, base, name): value for base in bases for name, value in _BASE_IPV4.items()}
        every = Setting(4, "all", "rp_filter")
        strict = self._settings.before.get(every) or sysctl.read(every)
        if bases and strict not in (None, "0"):
            assert strict is not None, "it was just looked at"
            wanted[every] = "0"
            others = ("default", *(name for name in sysctl.interfaces() if name not in self._made))
            for setting in (Setting(4, name, "rp_filter") for name in others):
                # The kernel goes by the stricter one of an interface's own value and that of all.
                own = self._settings.before.get(setting) or sysctl.read(setting) or "0"
                wanted[setting] = max(own, strict)
        return wanted


def _set_own(device: Device) -> None:
    for name, value in _OWN_IPV4.items() if device.ipv4 else ():
        sysctl.write(Setting(4, device.name, name), value)
    sysctl.write(Setting(6, device.name, "addr_gen_mode"), _NO_ADDRESSES)
    sysctl.write(Setting(6, device.name, "disable_ipv6"), "0" if device.ipv6 else "1")


def _is(link: Link, device: Device, there: Interfaces) -> bool:
    """Whether an interface is just what is wanted."""
    child, base = device.child, there.links.get(link.base)
    same_mac = child.kind != "macvlan" or link.mac.hex(":") == child.mac
    return (
        (link.kind, link.mode) == (child.kind, child.mode) and base is not None and base.name == child.base and same_mac
    )


def _link_local(picture: Interfaces, name: str) -> IPv6Interface | None:
    """The first link-local address of an interface, with its prefix length."""
    link = picture.named(name)
    every = () if link is None else picture.addresses.get(link.index, ())
    return next((one for one, _ in every if isinstance(one, IPv6Interface) and one.is_link_local), None)


def made_of(mac: bytes) -> IPv6Interface | None:
    """The link-local address that goes with a hardware address (RFC 4291, appendix A)."""
    if len(mac) != 6:
        return None
    identifier = bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:]
    return IPv6Interface((b"\xfe\x80" + bytes(6) + identifier, 64))


def _group(name: str | None) -> int | None:
    """The number of a group of interfaces."""
    if name is None or name.isdecimal():
        return None if name is None else int(name)
    try:
        lines = [line.split("#")[0].split() for line in _GROUPS.read_text().splitlines()]
    except OSError:
        lines = []
    found = next((line[0] for line in lines if len(line) == 2 and line[1] == name), None)
    if found is None:
        log.warning("there is no group %s in %s: ignored", name, _GROUPS)
    return None if found is None else int(found, 0)
