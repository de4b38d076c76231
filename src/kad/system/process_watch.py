"""The processes of this machine: looked at once, then followed by the kernel's process events (the proc connector).

Where there are no events (another network or pid namespace than the first, no permission, a kernel without them) all
processes are looked at again and again, at most a twentieth of the time. Not here: which ones matter
(vrrp/track_process.py).
"""

import asyncio
import errno
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

from kad.log import logger
from kad.system.process_events import EXIT, FORK, NONE, Events, decode

log = logger("processes")

LOOK_EVERY, SHARE = 1.0, 20
"""Seconds between two looks at all processes where there are no events; more when a look takes over 1/SHARE of that."""

CONFIRMED_WITHIN = 2.0
"""Seconds that the kernel has to say that it will tell of events."""

MOST_AT_ONCE = 200
"""Events that are read between two turns of the loop."""

Command = tuple[str, tuple[str, ...]]
Seen = Command | int | None
"""Of vrrp/track_process.py: it runs this command, it is a fork of this process, or it has ended."""


def command_of(pid: int, *, lines: bool) -> Command | None:
    """The name of a process, with `lines` also its command line; None when there is none that runs."""
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
        line = Path(f"/proc/{pid}/cmdline").read_bytes() if lines else b""
    except OSError:
        return None
    name, _, rest = status.partition(b"(")[2].rpartition(b") ")
    if rest[:1] in b"ZX":
        return None
    words = line.removesuffix(b"\0").split(b"\0") if line else []
    return os.fsdecode(name), tuple(map(os.fsdecode, words))


def scan(*, lines: bool) -> dict[int, Command]:
    """All processes that run."""
    found = ((pid, command_of(pid, lines=lines)) for pid in psutil.pids())
    return {pid: command for pid, command in found if command is not None}


class ProcessWatch:
    """Tells `seen` of events, each a pid and what happened, and `scanned` of all processes when events were lost."""

    def __init__(
        self,
        seen: Callable[[list[tuple[int, Seen]]], None],
        scanned: Callable[[dict[int, Command]], None],
        events: Callable[[], Events] = Events,
    ) -> None:
        self._seen = seen
        self._scanned = scanned
        self._make_events = events
        self._loop = asyncio.get_running_loop()
        self._events: Events | None = None
        self._confirmed = False
        self._lines = False
        self._following = False
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def follow(self, *, wanted: bool, lines: bool) -> dict[int, Command]:
        """From now on tell, with command lines, or no longer; all processes there are now."""
        self._lines = lines
        if not wanted:
            self.close()
            return {}
        if not self._following:
            self._following = True
            self._open()
        return scan(lines=lines)

    def close(self) -> None:
        """Tell nothing any more."""
        self._following = self._confirmed = False
        self._stop_events()
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _open(self) -> None:
        try:
            self._events = self._make_events()
        except OSError as error:
            self._poll(error.strerror or str(error))
            return
        self._loop.add_reader(self._events.socket.fileno(), self._readable)
        self._timer = self._loop.call_later(CONFIRMED_WITHIN, self._late)

    def _stop_events(self) -> None:
        if self._events is not None:
            self._loop.remove_reader(self._events.socket.fileno())
            self._events.socket.close()
            self._events = None

    def _late(self) -> None:
        self._timer = None
        if not self._confirmed:
            self._stop_events()
            self._poll("it does not answer; is CONFIG_PROC_EVENTS enabled?")

    def _poll(self, why: str) -> None:
        log.warning("the kernel's process events can't be had (%s): looking at all processes every second", why)
        self._rescan(again=True)

    def _readable(self) -> None:
        assert self._events is not None, "there is something to read from"
        told: list[tuple[int, Seen]] = []
        try:
            for _ in range(MOST_AT_ONCE):
                event = decode(self._events.socket.recv(4096))
                if event is not None:
                    told += self._translated(*event)
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            self._confirmed = True  # what is lost was told; the answer itself may be part of it
            log.info("process events were lost: looking at all processes again")
            self._rescan(again=False)
        if told:
            self._seen(told)

    def _translated(self, what: int, pid: int, parent: int) -> Iterable[tuple[int, Seen]]:
        if what == NONE:
            self._confirmed = True
        elif what == FORK:
            yield pid, parent
        else:
            yield pid, None if what == EXIT else command_of(pid, lines=self._lines)

    def _rescan(self, *, again: bool) -> None:
        if self._task is None:
            self._task = self._loop.create_task(self._scan(again=again))

    async def _scan(self, *, again: bool) -> None:
        """Look at all in a thread: of thousands it takes a while. Events meanwhile wait, and come after it."""
        while True:
            if self._events is not None:
                self._loop.remove_reader(self._events.socket.fileno())
            began = time.monotonic()
            commands = await asyncio.to_thread(scan, lines=self._lines)
            self._scanned(commands)
            if self._events is not None:
                self._loop.add_reader(self._events.socket.fileno(), self._readable)
            if not again:
                self._task = None
                return
            await asyncio.sleep(max(LOOK_EVERY, SHARE * (time.monotonic() - began)))
