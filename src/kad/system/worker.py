"""What every worker process does around its own work: an asyncio loop, its line to the parent, its end.

A worker's `process.py` gives `run(main, channel)` a coroutine function; it gets the `Link` and returns an exit
status. The line's end (the parent died) and SIGTERM both arrive as `link.on_end`, and mean: stop cleanly.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from kad.errors import ChannelClosed
from kad.system.channel import Channel


class Link:
    """A worker's line to the parent on the worker's loop: `send` out, `on_message` and `on_end` in."""

    def __init__(self, channel: Channel, loop: asyncio.AbstractEventLoop) -> None:
        self._channel = channel
        self._loop = loop
        self._watching_write = False
        self._on_message: Callable[[bytes], None] | None = None
        self._on_end: Callable[[], None] = loop.stop
        # Log lines go through the channel without passing here, so the channel itself says when it must wait.
        channel.on_waiting = self._watch_write
        if channel.wants_write:
            self._watch_write()

    def start(
        self, on_message: Callable[[bytes], None], on_end: Callable[[], None], *, heed_sigterm: bool = True
    ) -> None:
        """From now on call `on_message` for each message and `on_end` once when the worker must stop."""
        self._on_message = on_message
        self._on_end = on_end
        self._loop.add_reader(self._channel.fileno(), self._readable)
        self._loop.add_signal_handler(signal.SIGTERM, on_end if heed_sigterm else _nothing)

    def send(self, payload: bytes, *, droppable: bool = False) -> bool:
        """Send a message to the parent; False when it was dropped (only log lines may be). Never blocks."""
        return self._channel.send(payload, droppable=droppable)

    def _watch_write(self) -> None:
        if not self._watching_write:
            self._watching_write = True
            self._loop.add_writer(self._channel.fileno(), self._writable)

    def _readable(self) -> None:
        assert self._on_message is not None, "start() comes first"
        try:
            for payload in self._channel.receive():
                self._on_message(payload)
        except ChannelClosed:
            self._loop.remove_reader(self._channel.fileno())
            self._on_end()

    def _writable(self) -> None:
        self._channel.flush()
        if not self._channel.wants_write:
            self._watching_write = False
            self._loop.remove_writer(self._channel.fileno())


def run(main: Callable[[Link], Awaitable[int]], channel: Channel) -> int:
    """Run a worker on a loop of its own until `main` returns its exit status.

    An exception that leaves any callback or task ends the worker, as one that leaves `main` does: asyncio alone would
    only say so, and the worker would go on in half a state.
    """

    async def body() -> int:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        bugs: list[BaseException] = []

        def bug(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            error = context.get("exception")
            if not isinstance(error, BaseException):
                loop.default_exception_handler(context)
                return
            bugs.append(error)
            task.cancel()

        loop.set_exception_handler(bug)
        try:
            return await main(Link(channel, loop))
        except asyncio.CancelledError:
            if bugs:
                raise bugs[0] from None
            raise

    return asyncio.run(body())


def _nothing() -> None:
    """What a worker that others still need at a stop makes of SIGTERM: the parent will tell it when."""
