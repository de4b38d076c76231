"""Which sockets are open: as they are wanted, watched, closed, and tried again. Needs root."""

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address

import pytest

from kad.system.pool import AdvertPool
from kad.system.sockets import Arrived, Endpoint
from tests.netns.lab import Host, Lab, inside

pytestmark = [pytest.mark.netns, pytest.mark.skipif(os.geteuid() != 0, reason="netns tests need root")]

SOURCE, PEER = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
GROUP = IPv4Address("224.0.0.18")
ONE, OTHER = Endpoint("eth0", GROUP), Endpoint("eth0", IPv4Address("224.0.0.99"))


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with Lab(tmp_path_factory.mktemp("lab"), "left", "right") as made:
        yield made["left"]


def within(host: Host, story: Callable[[AdvertPool, int, list[Endpoint]], None]) -> None:
    """Tell the story in the host, to a pool and the index of eth0; at the end all descriptors are closed."""

    async def main() -> None:
        before = len(os.listdir("/proc/self/fd"))
        heard: list[Endpoint] = []

        def readable(endpoint: Endpoint, arrived: list[Arrived]) -> None:
            heard.extend([endpoint] * len(arrived))

        pool = AdvertPool(readable)
        story(pool, socket.if_nametoindex("eth0"), heard)
        pool.close()
        assert len(os.listdir("/proc/self/fd")) == before

    inside(host.namespace, lambda: asyncio.run(main()))


def joined() -> set[str]:
    with open("/proc/thread-self/net/igmp") as file:
        return {line.split()[0] for line in file if line.startswith("\t\t\t\t")}


GROUP_HEX, OTHER_HEX = "120000E0", "630000E0"


def test_what_is_wanted_is_open_and_nothing_else(host: Host) -> None:
    def story(pool: AdvertPool, index: int, _: list[Endpoint]) -> None:
        pool.follow(frozenset({ONE, OTHER}), {"eth0": index})
        assert {GROUP_HEX, OTHER_HEX} <= joined()
        pool.follow(frozenset({OTHER}), {"eth0": index})
        assert joined() & {GROUP_HEX, OTHER_HEX} == {OTHER_HEX}
        assert pool.unusable == frozenset()

    within(host, story)


def test_an_interface_that_is_not_there_waits_and_one_that_can_not_be_used_is_said(host: Host) -> None:
    def story(pool: AdvertPool, index: int, _: list[Endpoint]) -> None:
        gone = Endpoint("eth7", GROUP)
        pool.follow(frozenset({gone}), {"eth0": index})
        assert pool.unusable == frozenset()
        pool.follow(frozenset({gone}), {"eth7": 9999})
        assert pool.unusable == {"eth7"}
        pool.follow(frozenset({ONE}), {"eth0": index})
        assert pool.unusable == frozenset()

    within(host, story)


def test_sending_opens_what_is_not_open_yet_and_tells_an_error_by_its_number(host: Host) -> None:
    def story(pool: AdvertPool, index: int, _: list[Endpoint]) -> None:
        header = bytes.fromhex("45c0001c00010000ff700000c0000201e0000012")
        copies = ((GROUP, header + bytes(8)),)
        assert pool.send(ONE, index, copies, (SOURCE, 255)) == 0
        assert GROUP_HEX in joined()
        assert pool.send(ONE, None, copies, (SOURCE, 255)) == errno.ENODEV
        assert pool.send(Endpoint("eth7", GROUP), None, copies, (SOURCE, 255)) == errno.ENODEV

    within(host, story)
