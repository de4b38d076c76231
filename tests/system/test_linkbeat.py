"""The carrier of interfaces, asked of real ones in a network namespace of the test's own. Needs root."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kad.system import linkbeat
from kad.system.linkbeat import Linkbeat, carrier, supported
from tests.netns.lab import Host, Lab, inside

pytestmark = [pytest.mark.netns, pytest.mark.skipif(os.geteuid() != 0, reason="netns tests need root")]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with Lab(tmp_path, "left") as lab:
        yield lab["left"]


@pytest.mark.parametrize("method", ["ETHTOOL", "IOCTL"])
def test_a_cut_cable_and_a_switched_off_interface_have_no_carrier(host: Host, method: str) -> None:
    def ask() -> bool:
        return inside(host.namespace, lambda: carrier("eth0", method))

    def until(expected: bool) -> None:
        deadline = time.monotonic() + 5
        while ask() is not expected:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    assert ask()
    host.cut()
    until(expected=False)
    host.restore()
    until(expected=True)
    host.ip("link", "set", "eth0", "down")
    until(expected=False)


def test_a_veth_has_no_mii_registers_and_is_asked_by_ethtool(host: Host) -> None:
    def ask(wanted: str | None) -> str:
        return inside(host.namespace, lambda: supported("eth0", wanted))

    assert [ask(wanted) for wanted in (None, "MII", "ETHTOOL", "IOCTL")] == ["ETHTOOL", "ETHTOOL", "ETHTOOL", "IOCTL"]


def test_an_interface_that_is_not_there_can_t_be_asked(host: Host) -> None:
    with pytest.raises(OSError, match="No such device"):
        inside(host.namespace, lambda: carrier("eth9", "IOCTL"))


def test_changes_are_told_and_correct_what_the_kernel_says(
    host: Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(linkbeat, "ASK_EVERY", 0.02)
    caplog.set_level("INFO")
    asked: list[str] = []

    def ask(name: str, wanted: str | None) -> str:
        asked.append(name)
        return supported(name, wanted)

    monkeypatch.setattr(linkbeat, "supported", ask)

    async def body() -> None:
        told: list[None] = []
        beat = Linkbeat(lambda: told.append(None))

        async def until(wanted: Callable[[], bool]) -> None:
            deadline = time.monotonic() + 5
            while not wanted():
                assert time.monotonic() < deadline
                await asyncio.sleep(0.01)

        beat.follow({"eth0": "MII", "eth9": None})
        both = frozenset({"eth0", "eth1"})
        assert beat.correct(both) == both
        await asyncio.to_thread(host.cut)
        await until(lambda: beat.correct(both) == {"eth1"})
        await asyncio.to_thread(host.restore)
        await until(lambda: beat.correct(frozenset({"eth1"})) == both)
        assert len(told) == 2
        host_ip = ("link", "add", "eth9", "type", "veth", "peer", "name", "peer9")
        await asyncio.to_thread(host.ip, *host_ip)
        await asyncio.to_thread(host.ip, "link", "set", "eth9", "up")
        await asyncio.to_thread(host.ip, "link", "set", "peer9", "up")
        await until(lambda: "eth9" in beat.correct(both))
        await asyncio.to_thread(host.ip, "link", "delete", "eth9")
        await until(lambda: "eth9" not in beat.correct(both))
        await asyncio.to_thread(host.ip, *host_ip)
        await until(lambda: asked == ["eth0", "eth9", "eth9"])
        beat.close()

    inside(host.namespace, lambda: asyncio.run(body()))
    assert caplog.messages == [
        "(eth0): Configured linkbeat type MII not supported, using ETHTOOL",
        "Linkbeat reports eth0 down",
        "Linkbeat reports eth0 up",
        "Linkbeat reports eth9 up",
        "Linkbeat reports eth9 down",
    ]
