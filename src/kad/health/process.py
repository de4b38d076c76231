"""The checker worker's shell: runs the checks when they are due, performs what their verdicts ask for.

Checks run beside each other, each an asyncio task; all that changes the kernel's table goes through one task, in the
order in which it was decided. What a verdict is, is verdict.py's affair; what follows from it, quorum.py's.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from logging import INFO
from typing import assert_never

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.script import Script
from kad.config.schema.virtual_server import VirtualServer
from kad.errors import Refused
from kad.health import names, verdict
from kad.health.checker import Checker, checkers, twins
from kad.health.quorum import Service
from kad.health.schedule import Schedule
from kad.health.steps import (
    AddDestination,
    AddService,
    Destination,
    RealServerChanged,
    RemoveDestination,
    RemoveService,
    Say,
    SetDestination,
    Step,
    Steps,
    TableStep,
    VirtualServerChanged,
)
from kad.health.world import Endpoint
from kad.ipc import codec
from kad.ipc.messages import ConfigureChecker, Late, Ready, RunnerLost, RunScript, ScriptExited, Stop
from kad.log import DETAIL, logger
from kad.system import clock, ipvs, streams
from kad.system.channel import Channel
from kad.system.worker import Link, run
from kad.units import SECOND, Micros

TITLE = "kad: checker"
CAPABILITIES = ("NET_ADMIN", "NET_RAW")

AT_ONCE = 64
"""Checks that are started before everything else gets its turn."""

log = logger("checker")

Job = Callable[[], Awaitable[None]]


@dataclass(eq=False)
class _Running:
    """A virtual server in service, and its checkers."""

    config: VirtualServer
    service: Service
    kernel_name: ipvs.Service
    checkers: list[Checker] = field(default_factory=list)


class Worker:
    """The virtual servers, the timer of their checks, and the queue of what is to be done in order."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._loop = asyncio.get_running_loop()
        self._table: ipvs.Table | None = None
        self._running: dict[names.Identity, _Running] = {}
        self._globals = GlobalDefs()
        self._schedule: Schedule[Checker] = Schedule()
        self._timer: asyncio.TimerHandle | None = None
        self._owners: dict[Checker, _Running] = {}
        self._attempts: dict[Checker, asyncio.Task[None]] = {}
        self._jobs: asyncio.Queue[Job] = asyncio.Queue()
        self._scripts: dict[int, asyncio.Future[ScriptExited | None]] = {}
        self._last_run = 0
        self._ready = False
        self._stopping = False
        self._ended = asyncio.Event()
        self._crashed: asyncio.Future[None] = self._loop.create_future()
        streams.allow_many()
        self._release_at_end = True
        link.start(self._told, lambda: self._stop(release=self._release_at_end))

    async def until_stopped(self) -> int:
        """Work until told to stop; the exit status."""
        working = self._loop.create_task(self._work())
        await asyncio.wait({working, self._crashed}, return_when=asyncio.FIRST_COMPLETED)
        for ended in (working, self._crashed):
            if ended.done():
                ended.result()
        return 0

    # Messages

    def _told(self, payload: bytes) -> None:
        message = codec.to_checker(payload)
        match message:
            case ConfigureChecker(release=release):
                self._release_at_end = release
                self._jobs.put_nowait(partial(self._configure, message))
            case ScriptExited(run=number):
                self._script_ended(number, message)
            case RunnerLost():
                for number in list(self._scripts):
                    self._script_ended(number, None)
            case Stop(release=release):
                self._stop(release=release)
            case _:
                assert_never(message)

    def _script_ended(self, number: int, result: ScriptExited | None) -> None:
        waiting = self._scripts.pop(number, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(result)

    def _stop(self, *, release: bool) -> None:
        if self._stopping:
            return
        self._stopping = True
        for running in self._running.values():
            self._rest(running)
        self._jobs.put_nowait(partial(self._release, release=release))

    # What is done in order

    async def _work(self) -> None:
        while not self._ended.is_set():
            job = await self._jobs.get()
            await job()

    async def _configure(self, message: ConfigureChecker) -> None:
        """Take a configuration: what it has no longer goes, what it changed changes, the rest goes on undisturbed."""
        first = self._table is None
        table = self._table = self._table or await ipvs.open_table()
        existing = await table.services() if first else set()
        self._globals = message.global_defs
        wanted = {names.identity(config): config for config in message.virtual_servers}
        for identity in self._running.keys() - wanted.keys():
            gone = self._running.pop(identity)
            self._rest(gone)
            await self._perform(gone, gone.service.stop(shutting_down=False))
        before, self._running = self._running, {}
        for identity, config in wanted.items():
            if self._stopping:  # what has not been looked at yet is still as it was
                self._running |= {key: old for key, old in before.items() if key not in self._running}
                return
            old = before.get(identity)
            if old is not None and old.config == config:
                self._running[identity] = old
            else:
                self._running[identity] = await self._begin(config, old, left_over=identity in existing)
        if self._stopping:
            return
        self._start_checks()
        if not self._ready:
            self._ready = True
            self._link.send(codec.encode(Ready()))

    async def _begin(self, config: VirtualServer, old: _Running | None, *, left_over: bool) -> _Running:
        """Put a virtual server into service, new or changed; its checkers begin later, all together."""
        service = Service(config, rs_init_notifies=self._globals.rs_init_notifies)
        running = _Running(config, service, _kernel_name(config))
        if old is not None:
            self._rest(old)
            await self._perform(running, service.succeed(old.service))
        elif left_over:
            assert self._table is not None, "the table is open by now"
            found = await self._table.destinations(running.kernel_name)
            await self._perform(running, service.start(found))
        else:
            await self._perform(running, service.start())
        running.checkers = list(checkers(config, service.is_up))
        if old is not None:
            self._resume(running, old)
        return running

    def _resume(self, running: _Running, old: _Running) -> None:
        now = clock.now()
        positions = {(checker.server, checker.check): checker for checker in old.checkers}
        known = twins(old.config, running.config)
        for checker in running.checkers:
            twin = known.get((checker.server, checker.check))
            if twin is not None:
                checker.verdict.resume(positions[twin].verdict, now)

    async def _release(self, *, release: bool) -> None:
        """The last job: take out what kad put in, in any case leave nothing half done."""
        if release:
            for running in self._running.values():
                await self._perform(running, running.service.stop())
        if self._table is not None:
            self._table.close()
        self._ended.set()

    async def _judge(self, checker: Checker, judged: verdict.Judged) -> None:
        running = self._owners.get(checker)
        if running is not None:
            steps = running.service.checked(
                checker.server, checker.check, up=judged.up, cause=judged.cause, first=judged.first
            )
            await self._perform(running, steps)

    async def _weigh(self, checker: Checker, contribution: int) -> None:
        running = self._owners.get(checker)
        if running is not None:
            await self._perform(running, running.service.weighed(checker.server, checker.check, contribution))

    async def _perform(self, running: _Running, steps: Steps) -> None:
        """Perform steps one after another, telling each time whether the kernel's table followed."""
        try:
            step = next(steps)
            while True:
                step = steps.send(await self._step(running, step))
        except StopIteration:
            pass

    async def _step(self, running: _Running, step: Step) -> bool:
        match step:
            case Say(text=text):
                log.info(text)
            case RealServerChanged(name=name, up=up, cause=cause, script=script):
                log.log(DETAIL, "%s of VS %s is %s: %s", name, running.service.name, "UP" if up else "DOWN", cause)
                self._notify(script, f"real_server {name} {running.service.name}")
            case VirtualServerChanged(name=name, up=up, cause=cause, script=script):
                log.log(DETAIL, "VS %s is %s: %s", name, "UP" if up else "DOWN", cause)
                self._notify(script, f"virtual_server {name}")
            case _:
                try:
                    await self._change(running.kernel_name, step)
                except Refused as error:
                    log.error(str(error))
                    return False
        return True

    async def _change(self, service: ipvs.Service, step: TableStep) -> None:
        table = self._table
        assert table is not None, "the table is open before anything is in service"
        match step:
            case AddService():
                await table.add_service(service)
            case RemoveService():
                await table.remove_service(service)
            case AddDestination(destination=destination, weight=weight):
                await table.add_destination(service, _kernel_destination(destination, weight))
            case SetDestination(destination=destination, weight=weight):
                await table.set_destination(service, _kernel_destination(destination, weight))
            case RemoveDestination(destination=destination, weight=weight):
                await table.remove_destination(service, _kernel_destination(destination, weight))
            case _:
                assert_never(step)

    def _notify(self, script: Script | None, queue: str) -> None:
        if script is not None:
            self._link.send(codec.encode(RunScript(run=self._next_run(), script=script, queue=queue)))

    # Checks

    def _start_checks(self) -> None:
        for running in self._running.values():
            for checker in running.checkers:
                checker.log_failures(default=self._globals.checker_log_all_failures)
                if checker in self._owners:
                    continue
                self._owners[checker] = running
                log.info("Activating healthchecker for service %s for VS %s", checker.name, running.service.name)
                if checker.verdict.deadline is None:
                    checker.verdict.start(clock.now(), random.random())  # noqa: S311 - nothing depends on its secrecy
                self._arm(checker)

    def _rest(self, running: _Running) -> None:
        """End the checks of a virtual server; what is still queued of their verdicts is ignored."""
        for checker in running.checkers:
            self._owners.pop(checker, None)
            self._schedule.cancel(checker)
            attempt = self._attempts.pop(checker, None)
            if attempt is not None:
                attempt.cancel()

    def _arm(self, checker: Checker) -> None:
        assert checker.verdict.deadline is not None, "a checker at rest has its next date"
        self._schedule.arm(checker, checker.verdict.deadline)
        self._rearm()

    def _rearm(self) -> None:
        deadline = self._schedule.deadline
        if self._timer is not None:
            if deadline is not None and self._timer.when() <= clock.seconds(deadline) and not self._timer.cancelled():
                return  # it comes early enough, and then looks again
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer = self._loop.call_at(clock.seconds(deadline), self._due)

    def _due(self) -> None:
        late = 0 if self._timer is None else clock.now() - round(self._timer.when() * SECOND)
        if late >= self._globals.min_auto_priority_delay:
            self._link.send(codec.encode(Late(micros=late)), droppable=True)
        self._timer = None
        now = clock.now()
        for checker in self._schedule.due(now, AT_ONCE):
            checker.verdict.begin(now)
            attempt = self._loop.create_task(self._attempt(checker))
            self._attempts[checker] = attempt
            attempt.add_done_callback(self._attempt_over)
        self._rearm()

    async def _attempt(self, checker: Checker) -> None:
        outcome = await checker.attempt(self)
        del self._attempts[checker]
        running = self._owners[checker]
        for action in checker.ended(outcome, clock.now()):
            match action:
                case verdict.Say(text=text, detail=detail):
                    log.log(DETAIL if detail else INFO, text)
                case verdict.Judged(up=up, first=first):
                    if running.service.concerned(checker.server, checker.check, up=up, first=first):
                        self._jobs.put_nowait(partial(self._judge, checker, action))
                case verdict.Weighed(contribution=contribution):
                    self._jobs.put_nowait(partial(self._weigh, checker, contribution))
                case _:
                    assert_never(action)
        self._arm(checker)

    def _attempt_over(self, attempt: asyncio.Task[None]) -> None:
        """A bug in a check ends the worker: it is started again."""
        if not attempt.cancelled() and attempt.exception() is not None and not self._crashed.done():
            self._crashed.set_exception(attempt.exception() or AssertionError)

    # What checks ask of the world

    def open(self, endpoint: Endpoint) -> streams.Stream:
        """An unconnected stream."""
        return streams.open_stream(
            endpoint.address,
            bindto=endpoint.bindto,
            bind_port=endpoint.bind_port,
            bind_if=endpoint.bind_if,
            fwmark=endpoint.fwmark,
        )

    async def run(self, script: Script, timeout: Micros) -> ScriptExited | None:
        """How a script ended; None when the runner is not there."""
        number = self._next_run()
        waiting: asyncio.Future[ScriptExited | None] = self._loop.create_future()
        self._scripts[number] = waiting
        self._link.send(codec.encode(RunScript(run=number, script=script, timeout=timeout, report=True)))
        try:
            return await waiting
        finally:
            self._scripts.pop(number, None)

    def _next_run(self) -> int:
        self._last_run += 1
        return self._last_run


def _kernel_name(config: VirtualServer) -> ipvs.Service:
    return ipvs.Service(
        address=config.address,
        port=config.port,
        protocol=config.protocol,
        scheduler=config.lb_algo,
        persistence_timeout=config.persistence_timeout,
        granularity=config.persistence_granularity,
    )


def _kernel_destination(destination: Destination, weight: int) -> ipvs.Destination:
    address, port = destination.place
    return ipvs.Destination(address, port, destination.method, weight, destination.uthreshold, destination.lthreshold)


def main(channel: Channel) -> int:
    """Check the real servers and keep the kernel's table, until the parent says stop, or is gone; the exit status.

    Hopeless when the kernel has no IPVS.
    """

    async def body(link: Link) -> int:
        return await Worker(link).until_stopped()

    return run(body, channel)
