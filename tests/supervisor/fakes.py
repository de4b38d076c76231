"""Worker modules for the tests of the parent: each class attribute set below is one, made importable by name."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from types import ModuleType

from kad.errors import ExitCode, Hopeless
from kad.ipc import codec
from kad.ipc.messages import ConfigureVrrp, Late, Ready, RunScript, ScriptExited, Stop
from kad.log import logger
from kad.system.channel import Channel
from kad.system.worker import Link, run

TICK = 0.005
SCRIPT_QUEUE = "fake"


def _worker(setup: Callable[[Link, asyncio.Event], None]) -> Callable[[Channel], int]:
    def main(channel: Channel) -> int:
        async def body(link: Link) -> int:
            ended = asyncio.Event()
            link.start(lambda payload: told(link, payload, ended), ended.set)
            setup(link, ended)
            await ended.wait()
            return 0

        return run(body, channel)

    def told(link: Link, payload: bytes, ended: asyncio.Event) -> None:
        message = codec.to_vrrp(payload) if b"ConfigureChecker" not in payload else None
        if message is None or isinstance(message, ConfigureVrrp):
            link.send(codec.encode(Ready()))
        elif isinstance(message, Stop):
            ended.set()
        elif isinstance(message, ScriptExited):
            logger("fake").info("script %d: status %s error %r", message.run, message.status, message.error)

    return main


def _ticking(link: Link, ended: asyncio.Event) -> None:  # noqa: ARG001 - every setup gets both
    loop = asyncio.get_running_loop()
    start, count = loop.time(), 0

    def tick() -> None:
        nonlocal count
        logger("fake").info("tick %d", count)
        count += 1
        loop.call_at(start + count * TICK, tick)

    tick()


def _quiet(link: Link, ended: asyncio.Event) -> None:
    pass


def _scripted(link: Link, ended: asyncio.Event) -> None:  # noqa: ARG001
    from kad.config.schema.script import Script

    for number, argv in enumerate((("/bin/true",), ("/bin/false",), ("/no/such/program",))):
        link.send(codec.encode(RunScript(run=number, script=Script(argv=argv), report=True)))


def _late(link: Link, ended: asyncio.Event) -> None:  # noqa: ARG001
    for _ in range(4):
        link.send(codec.encode(Late(micros=1_500_000)))


def _flood(channel: Channel) -> int:
    """Say ready, then log without end or mercy."""
    channel.send(codec.encode(Ready()))
    flood = logger("flood")
    while True:
        flood.info("flood " + "x" * 200)


def _stuck(channel: Channel) -> int:
    """Say ready and never look at the channel again."""
    channel.send(codec.encode(Ready()))
    while True:
        time.sleep(60)


def _hopeless(channel: Channel) -> int:  # noqa: ARG001
    raise Hopeless("this machine lacks a unicorn", ExitCode.FATAL)


def _buggy(channel: Channel) -> int:
    channel.send(codec.encode(Ready()))
    if os.path.exists(os.environ["KAD_TEST_DIR"] + "/bug"):
        os.unlink(os.environ["KAD_TEST_DIR"] + "/bug")
        raise ZeroDivisionError("on purpose")
    return _stuck(channel)


def _stranger(channel: Channel) -> int:
    """Send what no worker sends, once."""
    channel.send(codec.encode(Ready()))
    if os.path.exists(os.environ["KAD_TEST_DIR"] + "/bug"):
        os.unlink(os.environ["KAD_TEST_DIR"] + "/bug")
        channel.send(b"\x80\x04cos\nsystem\n")
    return _stuck(channel)


def install() -> None:
    """Make `fake_NAME` importable for each of the workers above."""
    mains = {
        "ticking": _worker(_ticking),
        "quiet": _worker(_quiet),
        "scripted": _worker(_scripted),
        "late": _worker(_late),
        "flood": _flood,
        "stuck": _stuck,
        "hopeless": _hopeless,
        "buggy": _buggy,
        "stranger": _stranger,
    }
    for name, main in mains.items():
        module = ModuleType(f"fake_{name}")
        vars(module).update(TITLE=f"kad: fake {name}", CAPABILITIES=None, main=main)
        sys.modules[module.__name__] = module
