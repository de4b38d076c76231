"""Interfaces and addresses of a network namespace over rtnetlink. Needs root."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv6Address
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.system import netlink as module
from kad.system.netlink import BATCH, Gone, Interfaces, Netlink, Refused, watch
from tests.netns.lab import Host, Lab, inside, ip_batch

pytestmark = [pytest.mark.netns, pytest.mark.skipif(os.geteuid() != 0, reason="netns tests need root")]

OWN = IPv4Address("192.0.2.1")
T = TypeVar("T")


@pytest.fixture
def host(tmp_path: object) -> Iterator[Host]:
    with Lab(tmp_path, "left") as made:  # type: ignore[arg-type]
        yield made["left"]


def run(host: Host, body: Callable[[Netlink], Awaitable[T]]) -> T:
    """Run a coroutine with a netlink of the host's, and a loop of its own."""

    async def main() -> T:
        netlink = Netlink()
        await netlink.open()
        try:
            return await asyncio.wait_for(body(netlink), 10)
        finally:
            netlink.close()

    return inside(host.namespace, lambda: asyncio.run(main()))


def vip(address: str = "192.0.2.100", prefix: int = 24, **details: str) -> VirtualAddress:
    return msgspec.structs.replace(VirtualAddress(address=address, prefix=prefix), **details)


async def eth0(netlink: Netlink) -> int:
    link = (await netlink.interfaces()).named("eth0")
    assert link is not None
    return link.index


def test_the_picture_has_the_interfaces_and_their_addresses_in_order(host: Host) -> None:
    host.ip("address", "add", "192.0.2.50/24", "dev", "eth0")
    picture = run(host, lambda netlink: netlink.interfaces())
    link = picture.named("eth0")
    assert link is not None
    assert (link.mac.hex(":"), link.up, link.arp) == (host.mac, True, True)
    assert picture.of("eth0") == (OWN, IPv4Address("192.0.2.50"))
    assert picture.named("eth7") is None
    assert picture.of("eth7") == ()
    loopback = picture.named("lo")
    assert loopback is not None
    assert loopback.up


def test_an_interface_without_carrier_is_not_up(host: Host) -> None:
    host.cut()
    deadline = time.monotonic() + 3  # the kernel takes up to a second to say so
    while (link := run(host, lambda netlink: netlink.interfaces()).named("eth0")) is None or link.up:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_interface_without_arp_says_so(host: Host) -> None:
    host.ip("link", "set", "eth0", "arp", "off")
    link = run(host, lambda netlink: netlink.interfaces()).named("eth0")
    assert link is not None
    assert not link.arp


def test_addresses_are_set_with_all_their_details_and_taken_off(host: Host) -> None:
    wanted = (
        vip("10.4.1.1", 24, label="eth0:1", broadcast="+", scope="link"),
        vip("10.1.1.1", 28, broadcast="-"),
        vip("10.2.1.1", 27, broadcast="10.2.1.30", scope="100"),
        vip("10.3.1.1", 32),
    )

    async def set_them(netlink: Netlink) -> list[Refused]:
        return await netlink.add(await eth0(netlink), wanted)

    async def clear_them(netlink: Netlink) -> list[Refused]:
        return await netlink.remove(await eth0(netlink), wanted)

    assert run(host, set_them) == []
    shown = host.ip("-4", "address", "show", "dev", "eth0")
    for line in (
        "10.4.1.1/24 brd 10.4.1.255 scope link eth0:1",
        "10.1.1.1/28 brd 10.1.1.0 scope global eth0",
        "10.2.1.1/27 brd 10.2.1.30 scope 100 eth0",
        "10.3.1.1/32 scope global eth0",
    ):
        assert line in shown, shown
    assert run(host, clear_them) == []
    assert host.addresses() == {"192.0.2.1/24"}


def test_what_is_there_is_set_and_what_is_not_is_removed_without_complaint(host: Host) -> None:
    async def twice(netlink: Netlink) -> list[list[Refused]]:
        index = await eth0(netlink)
        change = (netlink.add, netlink.add, netlink.remove, netlink.remove)
        return [await one(index, [vip()]) for one in change]

    assert run(host, twice) == [[], [], [], []]


def test_a_refused_address_is_told_with_its_reason_and_the_others_are_set(host: Host) -> None:
    bad = vip(scope="link")  # in the subnet of an address of another scope

    async def body(netlink: Netlink) -> list[Refused]:
        return await netlink.add(await eth0(netlink), [vip("10.1.1.1"), bad, vip("10.1.1.2")])

    assert run(host, body) == [Refused(bad, "Invalid argument")]
    assert host.addresses() == {"192.0.2.1/24", "10.1.1.1/24", "10.1.1.2/24"}


def test_ipv6_addresses_are_set_without_duplicate_address_detection_and_a_128_is_no_source(host: Host) -> None:
    inside(host.namespace, enable_ipv6)
    wanted = [vip("2001:db8::1", 64), vip("2001:db8::2", 128)]

    async def set_them(netlink: Netlink) -> list[Refused]:
        return await netlink.add(await eth0(netlink), wanted)

    assert run(host, set_them) == []
    shown = host.ip("-6", "address", "show", "dev", "eth0", "scope", "global")
    assert "2001:db8::1/64 scope global nodad" in shown, shown
    assert "2001:db8::2/128 scope global deprecated nodad" in shown or "nodad deprecated" in shown, shown
    picture = run(host, lambda netlink: netlink.interfaces())
    assert IPv6Address("2001:db8::1") in picture.of("eth0")


def enable_ipv6() -> None:
    Path("/proc/sys/net/ipv6/conf/eth0/disable_ipv6").write_text("0")


def test_more_addresses_than_a_batch_are_all_set_and_all_taken_off(host: Host) -> None:
    many = [vip(f"10.9.{number >> 8}.{number & 255}", 32) for number in range(3 * BATCH + 1)]

    async def body(netlink: Netlink) -> tuple[int, int]:
        index = await eth0(netlink)
        assert await netlink.add(index, many) == []
        there = len(await netlink.present(index))
        assert await netlink.remove(index, many) == []
        assert await netlink.present(index) == {"192.0.2.1/24"}
        return there, len(await netlink.present(index))

    assert run(host, body) == (3 * BATCH + 2, 1)


def test_others_have_their_turn_while_many_addresses_are_set(host: Host) -> None:
    async def body(netlink: Netlink) -> int:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        await netlink.add(await eth0(netlink), [vip(f"10.9.0.{n}", 32) for n in range(4 * BATCH)])
        counting.cancel()
        return turns

    assert run(host, body) >= 4


def test_an_interface_that_is_gone_refuses_all(host: Host) -> None:
    refused = run(host, lambda netlink: netlink.add(9999, [vip()]))
    assert refused == [Refused(vip(), "No such device")]


class Seen:
    """What the watch said, and how to wait for it."""

    def __init__(self) -> None:
        self.pictures: list[Interfaces] = []
        self.gone: list[Gone] = []
        self.changes = 0

    def picture(self, picture: Interfaces) -> None:
        self.pictures.append(picture)

    def change(self, picture: Interfaces, gone: Gone | None) -> None:
        assert picture is self.pictures[-1]
        self.changes += 1
        if gone is not None:
            self.gone.append(gone)

    async def until(self, wanted: Callable[[], object]) -> None:
        deadline = time.monotonic() + 5
        while not wanted():
            assert time.monotonic() < deadline, "the watch did not see it"
            await asyncio.sleep(0.01)


def watching(host: Host, body: Callable[[Netlink, Seen], Awaitable[T]]) -> T:
    """Run a coroutine while a watch is on."""

    async def main(netlink: Netlink) -> T:
        seen = Seen()
        task = asyncio.create_task(watch(netlink, seen.picture, seen.change))
        await seen.until(lambda: seen.pictures)
        try:
            return await body(netlink, seen)
        finally:
            task.cancel()

    return run(host, main)


def test_the_watch_sees_addresses_and_links_come_and_go(host: Host) -> None:
    async def body(netlink: Netlink, seen: Seen) -> None:
        [picture] = seen.pictures
        index = await eth0(netlink)
        new = IPv4Address("192.0.2.50")
        host.ip("address", "add", "192.0.2.50/24", "dev", "eth0")
        await seen.until(lambda: picture.of("eth0") == (OWN, new))
        host.ip("address", "delete", "192.0.2.1/24", "dev", "eth0")
        await seen.until(lambda: Gone(index, IPv4Interface("192.0.2.1/24")) in seen.gone)
        assert OWN not in picture.of("eth0")
        host.ip("link", "set", "eth0", "name", "wan0")
        await seen.until(lambda: picture.named("wan0"))
        assert picture.named("eth0") is None
        host.ip("link", "delete", "wan0")
        await seen.until(lambda: picture.named("wan0") is None)
        assert index not in picture.addresses

    watching(host, body)


def test_a_port_that_leaves_its_bridge_is_still_there_with_its_addresses(host: Host) -> None:
    async def body(_: Netlink, seen: Seen) -> None:
        [picture] = seen.pictures
        host.ip("link", "add", "br1", "type", "bridge")
        host.ip("link", "set", "eth0", "master", "br1")
        host.ip("link", "set", "eth0", "nomaster")
        host.ip("link", "delete", "br1")
        await seen.until(lambda: seen.changes and picture.named("br1") is None)
        link = picture.named("eth0")
        assert link is not None
        assert link.mac.hex(":") == host.mac
        assert picture.of("eth0") == (OWN,)

    watching(host, body)


@pytest.mark.parametrize("twin", [("192.0.2.1/32",), ("192.0.2.1", "peer", "198.51.100.77/24")])
def test_an_address_that_is_there_twice_is_one_and_stays_while_one_of_both_stays(
    host: Host, twin: tuple[str, ...]
) -> None:
    async def body(_: Netlink, seen: Seen) -> None:
        [picture] = seen.pictures
        host.ip("address", "add", *twin, "dev", "eth0")
        await seen.until(lambda: seen.changes)
        assert picture.of("eth0") == (OWN,)
        host.ip("address", "delete", *twin, "dev", "eth0")
        await seen.until(lambda: seen.gone)
        assert picture.of("eth0") == (OWN,)
        host.ip("address", "delete", "192.0.2.1/24", "dev", "eth0")
        await seen.until(lambda: len(seen.gone) > 1)
        assert picture.of("eth0") == ()

    watching(host, body)


def test_the_watch_does_not_take_the_trouble_to_decode_what_we_added_ourselves(host: Host) -> None:
    async def body(netlink: Netlink, seen: Seen) -> None:
        index = await eth0(netlink)
        await netlink.add(index, [vip()])
        await netlink.remove(index, [vip()])
        await seen.until(lambda: seen.gone)
        assert seen.changes == 1

    watching(host, body)


def test_when_the_kernel_had_to_drop_events_everything_is_read_again(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = module._Watcher.__init__

    def tiny(watcher: module._Watcher) -> None:
        small(watcher, rcvbuf=1)  # type: ignore[call-arg]

    monkeypatch.setattr(module._Watcher, "__init__", tiny)

    async def body(_: Netlink, seen: Seen) -> None:
        lines = [f"address add 10.9.{number}.1/24 dev eth0" for number in range(60)]
        ip_batch(lines, namespace=host.namespace)  # blocks this loop, so that nobody reads the events meanwhile
        await seen.until(lambda: len(seen.pictures) > 1)
        assert len(seen.pictures[-1].of("eth0")) == 61

    watching(host, body)
