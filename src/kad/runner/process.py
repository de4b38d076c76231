"""The runner's shell: requests from the parent in, processes started and ended, their results back.

A process of its own, because forking from a worker would cost the worker milliseconds (DESIGN 'Time'), and because
scripts need the rights that workers have dropped. What runs when is `queue.py`'s affair.
"""

import asyncio
import os
import subprocess
from typing import assert_never

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.script import Script
from kad.ipc import codec
from kad.ipc.messages import (
    ConfigureRunner,
    Disown,
    ExitedFor,
    FifoLine,
    FromRunner,
    Ready,
    RunFor,
    ScriptExited,
    Stop,
)
from kad.log import logger
from kad.runner.pipes import Pipes
from kad.runner.queue import Action, Say, Scripts, Signal, Start
from kad.system import clock, scripts
from kad.system.channel import Channel
from kad.system.worker import Link, run
from kad.units import SECOND, Micros

TITLE = "kad: runner"
CAPABILITIES = None
"""All of them: what a script of root's may do is root's affair."""

STOP_TIME = SECOND
"""How long scripts may still run at a stop: what keepalived gives its notify_stop scripts."""

log = logger("runner")


class Runner:
    """The running processes and the timer around the pure `Scripts`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._loop = asyncio.get_running_loop()
        self._scripts = Scripts()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._stopping: Micros | None = None
        self._ended = asyncio.Event()
        self._globals = GlobalDefs()
        self._pipes = Pipes()
        link.start(self._told, self._stop, heed_sigterm=False)

    async def until_stopped(self) -> int:
        """Run until told to stop; the exit status."""
        await self._ended.wait()
        self._pipes.close()
        return 0

    def _told(self, payload: bytes) -> None:
        message = codec.to_runner(payload)
        match message:
            case ConfigureRunner(global_defs=global_defs):
                self._globals = global_defs
                self._pipes.configure(global_defs)
                self._say(Ready())
            case FifoLine(text=text):
                self._pipes.tell(text)
            case RunFor(owner=owner, request=request):
                self._perform(self._scripts.request(owner, request, clock.now()))
            case Disown(owner=owner):
                self._perform(self._scripts.disown(owner, clock.now()))
            case Stop():
                self._stop()
            case _:
                assert_never(message)

    def _stop(self) -> None:
        """Give what runs a moment to finish, then end it."""
        if self._stopping is None:
            self._stopping = Micros(clock.now() + STOP_TIME)
            self._perform([])

    def _perform(self, actions: list[Action]) -> None:
        waiting = list(actions)
        while waiting:
            action = waiting.pop(0)
            match action:
                case Start(key=key, script=script):
                    waiting += self._start(key, script)
                case Signal(key=key, kill=kill):
                    scripts.signal_group(self._processes[key].pid, kill=kill)
                case ExitedFor():
                    self._say(action)
                case Say(text=text):
                    log.warning(text)
                case _:
                    assert_never(action)
        self._rearm()

    def _start(self, key: int, script: Script) -> list[Action]:
        user, group = script.user, script.group
        if user is None:
            user, group = self._globals.script_user, self._globals.script_group
        try:
            process = scripts.start(script, scripts.identity(user, group))
        except (OSError, ValueError, scripts.Unknown) as error:
            reason = _reason(error)
            log.error("can't run %s: %s", script.argv[0], reason)
            return self._scripts.ended(key, ScriptExited(run=0, error=reason), clock.now())
        self._processes[key] = process
        pidfd = os.pidfd_open(process.pid)
        self._loop.add_reader(pidfd, self._exited, key, pidfd)
        return []

    def _exited(self, key: int, pidfd: int) -> None:
        self._loop.remove_reader(pidfd)
        os.close(pidfd)
        code = self._processes.pop(key).wait()
        result = ScriptExited(run=0, status=code) if code >= 0 else ScriptExited(run=0, signal=-code)
        self._perform(self._scripts.ended(key, result, clock.now()))

    def _rearm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._stopping is not None and self._scripts.idle and not self._pipes.read:
            self._ended.set()
            return
        times = [at for at in (self._scripts.deadline, self._stopping) if at is not None]
        if times:
            self._timer = self._loop.call_at(clock.seconds(min(times)), self._due)

    def _due(self) -> None:
        now = clock.now()
        if self._stopping is not None and self._stopping <= now:
            for process in self._processes.values():
                scripts.signal_group(process.pid, kill=True)
            self._ended.set()
            return
        self._perform(self._scripts.deadline_passed(now))

    def _say(self, message: FromRunner) -> None:
        self._link.send(codec.encode(message))


def _reason(error: Exception) -> str:
    """Why a script could not be started, in words; a ValueError is an argument that no program can be given."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"no such {error}" if isinstance(error, scripts.Unknown) else str(error)


def main(channel: Channel) -> int:
    """Run scripts until the parent says stop, or is gone; the exit status."""

    async def body(link: Link) -> int:
        return await Runner(link).until_stopped()

    return run(body, channel)
