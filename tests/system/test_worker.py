"""A worker's loop and its line to the parent, in a forked process as in real life."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable

import pytest

from kad.errors import ChannelClosed
from kad.system import fork, logs
from kad.system.channel import Channel, pair
from kad.system.worker import Link, run


def worker(setup: Callable[[Link, "asyncio.Event"], None]) -> tuple[int, Channel]:
    ours, theirs = pair()

    def body() -> int:
        async def main(link: Link) -> int:
            ended = asyncio.Event()
            link.start(lambda payload: echo(link, payload), ended.set)
            setup(link, ended)
            await ended.wait()
            link.send(b"bye")
            return 3

        try:
            return run(main, theirs)
        finally:
            theirs.drain(1)

    pid = fork.spawn(body, title="test worker", keep_fds=(theirs.fileno(),))
    theirs.close()
    return pid, ours


def echo(link: Link, payload: bytes) -> None:
    link.send(b"echo " + payload)


def status(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def receive(channel: Channel, seconds: float = 5) -> list[bytes]:
    """All until the other end is closed."""
    end = time.monotonic() + seconds
    found: list[bytes] = []
    try:
        while time.monotonic() < end:
            found += channel.receive()
            channel.flush()
            time.sleep(0.002)
    except ChannelClosed:
        pass
    return found


def nothing(link: Link, ended: asyncio.Event) -> None:
    """Only echo."""


def test_messages_come_and_go_and_sigterm_is_the_end() -> None:
    pid, channel = worker(nothing)
    channel.send(b"hello")
    while not (first := channel.receive()):
        time.sleep(0.002)
    os.kill(pid, signal.SIGTERM)
    assert first + receive(channel) == [b"echo hello", b"bye"]
    assert status(pid) == 3


def test_the_parents_end_of_the_line_is_the_end() -> None:
    pid, channel = worker(nothing)
    channel.close()
    assert status(pid) == 3


def test_more_than_the_line_holds_is_sent_as_the_parent_reads() -> None:
    def flood(link: Link, ended: asyncio.Event) -> None:
        link.send(b"x" * 5_000_000)
        ended.set()

    pid, channel = worker(flood)
    found = receive(channel)
    assert [len(payload) for payload in found] == [5_000_000, 3]
    assert status(pid) == 3


def test_log_lines_that_wait_for_room_are_sent_as_the_parent_reads() -> None:
    def flood(link: Link, ended: asyncio.Event) -> None:
        logs.install_channel(lambda record, lost: link.send(record.getMessage().encode(), droppable=True))  # noqa: ARG005
        for number in range(1000):
            logging.getLogger("kad.test").error("line %d", number)
        asyncio.get_running_loop().call_later(0.2, ended.set)

    pid, channel = worker(flood)
    found = receive(channel)
    assert found == [*(b"line %d" % number for number in range(1000)), b"bye"]
    assert status(pid) == 3


@pytest.mark.parametrize("way", ["callback", "task"])
def test_a_bug_in_a_callback_or_a_task_ends_the_worker(way: str, capfd: pytest.CaptureFixture[str]) -> None:
    def bug() -> None:
        raise ZeroDivisionError("on purpose")

    async def task() -> None:
        bug()

    def setup(link: Link, ended: asyncio.Event) -> None:  # noqa: ARG001 - every setup gets both
        loop = asyncio.get_running_loop()
        if way == "callback":
            loop.call_soon(bug)
        else:
            loop.call_soon(lambda: loop.create_task(task()))

    pid, _channel = worker(setup)
    assert status(pid) == 70
    assert "ZeroDivisionError: on purpose" in capfd.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_meant_for_the_parent_do_not_touch_a_worker(number: signal.Signals) -> None:
    pid, channel = worker(nothing)
    channel.send(b"are you there")
    while not channel.receive():
        time.sleep(0.002)
    os.kill(pid, number)
    channel.send(b"still there")
    while not (answer := channel.receive()):
        time.sleep(0.002)
    assert answer == [b"echo still there"]
    channel.close()
    assert status(pid) == 3
