"""The parent: starts the workers, hands each its share of the configuration, restarts them, passes on what they say.

One thread, one selector, nothing that waits. It owns the log sinks, the pid files and the signals, and it touches no
input from the network: what arrives here came from kad's own processes, typed. What happens to a worker that ends is
decided in lifecycle.py; what each worker is told, in shares.py. Long, because what it does at each event shares one
state: workers, loader and signals.
"""

import contextlib
import errno
import gc
import importlib
import logging
import os
import selectors
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import assert_never

from kad import __version__
from kad.care import Care
from kad.config.config import Config
from kad.config.schema.script import Script
from kad.errors import HOPELESS, MISSING_PERMISSION, ChannelClosed, ExitCode, Hopeless, ProtocolError
from kad.ipc import codec
from kad.ipc.messages import (
    NO_RUNNER,
    Disown,
    Dump,
    Dumped,
    ExitedFor,
    FifoLine,
    FromRunner,
    FromWorker,
    GivingUp,
    Late,
    LogRecord,
    Message,
    NewConfig,
    Ready,
    RunFor,
    RunnerLost,
    RunScript,
    ScriptExited,
    Stop,
    Sysctls,
)
from kad.log import logger
from kad.supervisor import dump
from kad.supervisor.errand import OWNER, Errand
from kad.supervisor.lifecycle import Action, AskToStop, Died, Fork, GaveUp, Kill, Lifecycle, State
from kad.supervisor.shares import RUNNER, VRRP, once_more, share
from kad.supervisor.wishes import NO_CARE, raised, wished
from kad.system import clock, daemon, fork, logs, privileges, scheduling
from kad.system.channel import Channel, pair
from kad.system.files import PidFile, write_whole
from kad.system.offload import Offload
from kad.units import SECOND, Micros

log = logger("parent")

LOAD_TIME = Micros(30 * SECOND)
"""How long reading a new configuration may take before the running one is kept."""

DRAIN_TIME = 0.5
"""Seconds that an ending worker waits for the parent to take its last words."""

LOCK = "IPC_LOCK"
"""What a process needs for as long as it maps memory that is to stay."""

OPTIONAL_CAPABILITIES = frozenset({"NET_BIND_SERVICE", LOCK})
"""Used when there; without them a worker still does its main work."""


@dataclass(frozen=True)
class WorkerSpec:
    """One kind of worker: `noun` is how log lines name it, `module` has TITLE, CAPABILITIES and main(channel)."""

    name: str
    noun: str
    module: str
    ident: str
    release: bool = True


@dataclass(frozen=True)
class Options:
    """What the command line decided.

    `load` reads the configuration again, in the loader; `report` tells whoever started the daemon how that went.
    `suffix`: the names of instance and namespace; `dump_folder`: where dumps go that have no place of their own.
    """

    workers: tuple[WorkerSpec, ...]
    load: Callable[[], NewConfig]
    report: Callable[[int], None]
    respawn: bool = True
    suffix: str = ""
    dump_folder: str = "."


class Worker:
    """A worker as the parent sees it: its life, its present process and its channel."""

    def __init__(self, spec: WorkerSpec, pid_file: PidFile | None) -> None:
        self.spec = spec
        self.lifecycle = Lifecycle(tidies=spec.release and spec.name != RUNNER)
        self.care = NO_CARE
        self.module: ModuleType = importlib.import_module(spec.module)
        self.pid_file = pid_file
        self.pid: int | None = None
        self.channel: Channel | None = None
        self.generation = 0
        self.share: Message | None = None
        self.last_share: Message | None = None
        """What it was last wanted for: what a last run that only tidies up is told."""
        self.sysctls: Sysctls | None = None

    @property
    def owner(self) -> str:
        """The name that the runner knows this very process by."""
        return f"{self.spec.name}#{self.generation}"


class Parent:
    """The supervisor. `run()` returns the exit status."""

    def __init__(self, options: Options, config: Config, pid_files: dict[str, PidFile]) -> None:
        self._options = options
        self._config = config
        self._workers = {spec.name: Worker(spec, pid_files.get(spec.name)) for spec in options.workers}
        self._by_pid: dict[int, Worker] = {}
        self._selector = selectors.DefaultSelector()
        self._stopping = False
        self._started = False
        self._status: int = ExitCode.OK
        self._gave_up: int = ExitCode.OK
        self._loader: Offload | None = None
        self._reload_wanted = False
        self._errand: tuple[Errand, Callable[[], None]] | None = None
        self._begun = False
        self._writer: int | None = None
        self._shut_down = False

    def run(self) -> int:
        """Supervise until told to stop, or until no worker can do its work; the exit status."""
        log.info("Starting kad v%s", __version__)
        privileges.adopt_orphans()
        self._watch_signals()
        gc.collect()
        gc.freeze()  # what is imported by now stays shared with the workers, page by page
        self._give(self._workers[RUNNER])
        settings = self._config.global_defs
        self._do("startup script", settings.startup_script, settings.startup_script_timeout, self._start_workers)
        while not self._over():
            for key, _ in self._selector.select(self._timeout()):
                key.data()
            self._pass_deadlines()
        log.info("Stopped kad v%s", __version__)
        return self._status

    # Signals and timers

    def _watch_signals(self) -> None:
        reading, writing = socket.socketpair()
        reading.setblocking(False)
        writing.setblocking(False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, *dump.REQUESTS):
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        self._wakeup = (reading, writing)
        self._selector.register(reading, selectors.EVENT_READ, self._signalled)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])

    def _signalled(self) -> None:
        numbers = set(self._wakeup[0].recv(4096))
        if numbers & {signal.SIGTERM, signal.SIGINT}:
            self._stop("Stopping")
        if signal.SIGHUP in numbers and not self._stopping:
            self._reload()
        for number in sorted(numbers & dump.REQUESTS.keys()):
            self._ask_for(dump.REQUESTS[number])
        # Always: one SIGCHLD may stand for several, and another signal may have hidden it in a full buffer.
        self._reap()

    def _timeout(self) -> float | None:
        times = [worker.lifecycle.deadline for worker in self._workers.values()]
        if self._loader is not None:
            times.append(self._loader.deadline)
        if self._errand is not None:
            times.append(self._errand[0].deadline)
        soonest = min((at for at in times if at is not None), default=None)
        return None if soonest is None else max(0, soonest - clock.now()) / SECOND

    def _pass_deadlines(self) -> None:
        now = clock.now()
        for worker in self._workers.values():
            if worker.lifecycle.deadline is not None and worker.lifecycle.deadline <= now:
                self._perform(worker, worker.lifecycle.deadline_passed(now))
        if self._loader is not None and self._loader.deadline <= now:
            log.error("Reading the new configuration takes longer than %d s: keeping the old one", LOAD_TIME // SECOND)
            self._end_loader()
        if self._errand is not None and self._errand[0].deadline <= now:
            self._errand_ended(ScriptExited(run=0, error="nothing was heard of its end"))

    # Dumps

    def _ask_for(self, asked: Dump) -> None:
        vrrp = self._workers.get(VRRP)
        if vrrp is None or not self._send(vrrp, asked):
            log.info("Nothing to dump: no VRRP worker runs")

    def _write(self, dumped: Dumped) -> None:
        """Write it in a process of its own, one at a time: a disk may take its time, or never answer."""
        if not dumped.text:
            return
        if self._writer is not None:
            log.warning("The last dump is still being written: this one is not")
            return
        path = dump.path(dumped.kind, self._config, self._options.suffix, self._options.dump_folder)
        try:
            self._writer = fork.spawn(lambda: _written(path, dumped.text), title="kad: dump", keep_fds=())
        except OSError as error:
            log.error("can't write a dump: %s", error.strerror)

    # The parent's own scripts

    def _do(self, noun: str, script: Script | None, limit: Micros, then: Callable[[], None]) -> None:
        """Have the runner run this, and do `then` when it has ended; at once when there is nothing to run."""
        if script is None:
            then()
            return
        errand = Errand(noun, script, limit, clock.now())
        log.info("Running %s %s", noun, script.argv[0])
        self._errand = errand, then
        if not self._send(self._workers[RUNNER], errand.request):
            self._errand_ended(ScriptExited(run=0, error=NO_RUNNER))

    def _errand_ended(self, result: ScriptExited) -> None:
        if self._errand is None:
            return
        (errand, then), self._errand = self._errand, None
        if failure := errand.failure(result):
            log.error("%s", failure)
        then()

    # Starting, stopping, restarting

    def _start_workers(self) -> None:
        if self._stopping:
            return
        self._begun = True
        for worker in self._workers.values():
            self._give(worker)
        self._check_started()

    def _give(self, worker: Worker) -> None:
        """Start or end a worker, or tell it its news, as the present configuration wants it."""
        wanted = share(worker.spec.name, self._config, release=worker.spec.release)
        changed = wanted != worker.share
        worker.share = wanted
        worker.last_share = wanted or worker.last_share
        if wanted is None:
            self._perform(worker, worker.lifecycle.stop(clock.now(), self._config.child_wait_time))
        elif worker.lifecycle.state in (State.ABSENT, State.GIVEN_UP):
            self._perform(worker, worker.lifecycle.start())
        elif changed and worker.lifecycle.state is not State.STOPPING:
            self._send(worker, wanted)

    def _perform(self, worker: Worker, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Fork():
                    self._fork(worker)
                case AskToStop():
                    self._send(worker, Stop(release=worker.spec.release))
                case Kill():
                    log.error("%s(%s) failed to die - forcing termination", worker.spec.noun, worker.pid)
                    self._kill(worker)
                case Died():
                    pass  # said in _exited, where the reason is known
                case GaveUp(code=code):
                    self._gave_up = self._gave_up or code
                case _:
                    assert_never(action)

    def _fork(self, worker: Worker) -> None:
        assert worker.last_share is not None, "only a worker that was wanted is started"
        worker.care = wished(worker.spec.name, self._config.global_defs)
        try:
            ours, theirs = pair()
            try:
                pid = fork.spawn(
                    lambda: self._child(worker, theirs),
                    title=worker.care.name or worker.module.TITLE,
                    keep_fds=(theirs.fileno(),),
                )
                self._watch(ours, lambda: self._readable(worker))
            finally:
                theirs.close()
        except OSError as error:
            # What pair() made is closed with the last reference to it.
            log.error("can't start %s: %s", worker.spec.noun, error.strerror)
            self._perform(worker, worker.lifecycle.exited(ExitCode.SOFTWARE, clock.now()))
            return
        log.info("Starting %s, pid=%d", worker.spec.noun, pid)
        worker.generation += 1
        worker.pid, worker.channel = pid, ours
        self._by_pid[pid] = worker
        _note(worker.pid_file, pid)
        again = once_more(worker.last_share, worker.sysctls)
        self._send(worker, worker.last_share if worker.generation == 1 else again)

    def _child(self, worker: Worker, channel: Channel) -> int:
        """A worker's whole life, in the forked child; its exit status."""

        def send_record(record: logging.LogRecord, lost: int) -> bool:
            text = record.getMessage() + (f"\n{record.exc_text}" if record.exc_text else "")
            line = LogRecord(logger=record.name, level=record.levelno, created=record.created, text=text, lost=lost)
            return channel.send(codec.encode(line), droppable=True)

        logs.install_channel(send_record)
        _take_care(worker.care)
        try:
            _confine(worker.module, worker.care)
            return int(worker.module.main(channel))
        except Hopeless as error:
            channel.send(codec.encode(GivingUp(reason=str(error), code=error.code)))
            return error.code
        except Exception:
            log.exception("%s: a bug ended this process", worker.spec.noun)
            return ExitCode.SOFTWARE
        finally:
            channel.drain(DRAIN_TIME)

    def _kill(self, worker: Worker) -> None:
        if worker.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if pid == self._writer:
                self._writer = None
                if status:
                    log.error("A dump could not be written: %s", os.strerror(os.waitstatus_to_exitcode(status)))
            worker = self._by_pid.pop(pid, None)
            if worker is not None:
                self._exited(worker, os.waitstatus_to_exitcode(status))

    def _exited(self, worker: Worker, code: int) -> None:
        pid = worker.pid
        # A worker's last words may still be in the channel. One that floods it ends with it: its queue is bounded.
        while worker.channel is not None:
            self._readable(worker)
        worker.pid = None
        _note(worker.pid_file, 0)
        if worker.spec.name != RUNNER:
            self._send(self._workers[RUNNER], Disown(owner=worker.owner))
        actions = worker.lifecycle.exited(code if code >= 0 else None, clock.now())
        died = next((action for action in actions if isinstance(action, Died)), None)
        if died is not None and not self._options.respawn:
            log.error("%s(%d) died: Exiting (%s)", worker.spec.noun, pid, _how(code))
            self._status = ExitCode.FATAL
            self._perform(worker, worker.lifecycle.died_for_good(clock.now()))
            self._stop("Stopping: a worker died, and -R says not to restart it")
            return
        if died is not None:
            later = f" in {died.delay // SECOND} s" if died.delay else ""
            log.error("%s(%d) died: Respawning%s (%s)", worker.spec.noun, pid, later, _how(code))
        self._perform(worker, actions)
        if any(isinstance(action, GaveUp) for action in actions):
            self._mind_the_hopeless()
        if worker.lifecycle.state is State.ABSENT and worker.share is not None and not self._stopping:
            self._perform(worker, worker.lifecycle.start())  # a reload wants it again that an earlier one ended
        if worker.spec.name == RUNNER:
            self._errand_ended(ScriptExited(run=0, error=NO_RUNNER))
        if worker.spec.name == RUNNER and not self._stopping:
            for other in self._workers.values():
                if other is not worker:
                    self._send(other, RunnerLost())
        self._check_started()

    def _stop(self, why: str) -> None:
        if self._stopping:
            return
        self._stopping = True
        log.info(why)
        daemon.notify_service_manager("STOPPING=1")
        self._errand = None  # a startup script that still runs is the runner's to end
        if self._loader is not None:
            self._end_loader()
        for worker in self._workers.values():
            if worker.spec.name != RUNNER:
                self._perform(worker, worker.lifecycle.stop(clock.now(), self._config.child_wait_time))

    def _mind_the_hopeless(self) -> None:
        """A worker has just given up: a start that leaves none that can do its work ends with its status.

        Later it is no reason to end: a reload must not end what runs.
        """
        if self._started:
            return
        wanted = [w for w in self._workers.values() if w.share is not None and w.spec.name != RUNNER]
        if wanted and all(worker.lifecycle.state is State.GIVEN_UP for worker in wanted):
            self._status = self._gave_up
            self._stop("Stopping: no worker can do its work")

    def _over(self) -> bool:
        """Whether there is nothing left to supervise. The runner stops last: it still has scripts to finish."""
        runner = self._workers[RUNNER]
        others = [worker for worker in self._workers.values() if worker is not runner]
        ended = (State.ABSENT, State.GIVEN_UP)
        if not self._stopping or any(worker.lifecycle.state not in ended for worker in others):
            return False
        if not self._shut_down:
            self._shut_down = True
            settings = self._config.global_defs
            limit = settings.shutdown_script_timeout
            self._do("shutdown script", settings.shutdown_script, limit, lambda: None)
        if self._errand is not None:
            return False
        self._perform(runner, runner.lifecycle.stop(clock.now()))
        return runner.lifecycle.state in ended

    def _check_started(self) -> None:
        """Once: say that everything wanted runs, also to whoever started us."""
        wanted = [worker for worker in self._workers.values() if worker.share is not None]
        states = {worker.lifecycle.state for worker in wanted if worker.spec.name != RUNNER}
        hopeless = states == {State.GIVEN_UP}  # _mind_the_hopeless sees to that
        if not self._begun or self._started or self._stopping or hopeless or states - {State.READY, State.GIVEN_UP}:
            return
        self._started = True
        log.info("Startup complete")
        daemon.notify_service_manager(f"READY=1\nMAINPID={os.getpid()}")
        self._options.report(ExitCode.OK)

    # Channels

    def _watch(self, channel: Channel, readable: Callable[[], None]) -> None:
        def ready() -> None:
            if channel.closed:  # by what was handled a moment ago, in the same round of events
                return
            channel.flush()
            if not channel.wants_write:
                self._selector.modify(channel, selectors.EVENT_READ, ready)
            readable()

        def waiting() -> None:
            self._selector.modify(channel, selectors.EVENT_READ | selectors.EVENT_WRITE, ready)

        self._selector.register(channel, selectors.EVENT_READ, ready)
        channel.on_waiting = waiting

    def _unwatch(self, channel: Channel) -> None:
        self._selector.unregister(channel)
        channel.close()

    def _send(self, worker: Worker, message: Message) -> bool:
        return worker.channel is not None and worker.channel.send(codec.encode(message))

    def _readable(self, worker: Worker) -> None:
        """Take what a worker says; a closed channel is dropped, its process is reaped when it is gone."""
        if worker.channel is None:
            return
        decode = codec.from_runner if worker.spec.name == RUNNER else codec.from_worker
        try:
            for payload in worker.channel.receive():
                self._told(worker, decode(payload))
        except ChannelClosed:
            self._unwatch(worker.channel)
            worker.channel = None
        except ProtocolError as error:
            log.error("%s(%s) said what no worker says (%s): ending it", worker.spec.noun, worker.pid, error)
            self._unwatch(worker.channel)
            worker.channel = None
            self._kill(worker)

    def _told(self, worker: Worker, message: FromWorker | FromRunner) -> None:
        match message:
            case LogRecord():
                self._replay(worker, message)
            case Ready():
                worker.lifecycle.ready()
                self._check_started()
            case GivingUp(reason=reason, code=code):
                log.error("%s can't go on: %s (status %d)", worker.spec.noun, reason, code)
            case RunScript() | FifoLine():
                self._hand_on(worker, message)
            case Dumped():
                self._write(message)
            case Late(micros=micros):
                self._hurry(worker, micros)
            case Sysctls():
                worker.sysctls = message
            case ExitedFor():
                self._script_exited(message)
            case _:
                assert_never(message)

    def _hurry(self, worker: Worker, late: int) -> None:
        """Let a worker that woke late wait less for a processor, where max_auto_priority allows it."""
        settings = self._config.global_defs
        priority = raised(worker.care.rt_priority, wished(worker.spec.name, settings).rt_priority, settings, late)
        if priority is not None and worker.pid is not None:
            text = "%s woke %d us late: raising its real-time priority to %d"
            log.warning(text, worker.spec.noun, late, priority)
            self._treat(worker, replace(worker.care, rt_priority=priority))

    def _treat(self, worker: Worker, new: Care) -> None:
        """Change how a running worker is treated."""
        if worker.pid is None or worker.care == new:
            return
        for problem in scheduling.change(worker.care, new, worker.pid):
            log.warning("%s: %s", worker.spec.noun, problem)
        if (worker.care.name, worker.care.no_swap) != (new.name, new.no_swap):
            log.info("%s: its name and no_swap change when it is started again", worker.spec.noun)
        worker.care = new

    def _hand_on(self, worker: Worker, asked: RunScript | FifoLine) -> None:
        """Have the runner do it; what it can't do now is said to whoever wants to know."""
        wanted = RunFor(owner=worker.owner, request=asked) if isinstance(asked, RunScript) else asked
        if self._send(self._workers[RUNNER], wanted):
            return
        if isinstance(asked, FifoLine):
            log.warning("A line for the notify FIFO is lost: %s", NO_RUNNER)
        elif asked.report:
            self._send(worker, ScriptExited(run=asked.run, error=NO_RUNNER))

    def _script_exited(self, message: ExitedFor) -> None:
        if message.owner == OWNER:
            self._errand_ended(message.result)
        for other in self._workers.values():
            if other.owner == message.owner:
                self._send(other, message.result)

    def _replay(self, worker: Worker, record: LogRecord) -> None:
        def say(level: int, text: str) -> None:
            logs.replay(
                name=record.logger,
                level=level,
                created=record.created,
                text=text,
                ident=worker.spec.ident,
                pid=worker.pid or 0,
            )

        if record.lost:
            say(logging.WARNING, f"{record.lost} log lines lost")
        for line in record.text.splitlines() or [""]:
            say(record.level, line)

    # Reload

    def _reload(self) -> None:
        """Read the configuration again, in a process of its own: a parser's bug or slowness is not ours."""
        if self._loader is not None:
            if not self._reload_wanted:
                log.info("Reload already in progress, request queued")
            self._reload_wanted = True
            return
        log.info("Reloading ...")
        daemon.notify_service_manager("RELOADING=1\nMONOTONIC_USEC=" + str(clock.now()))
        try:
            self._loader = Offload(lambda: codec.encode(self._options.load()), title="kad: loader", limit=LOAD_TIME)
        except OSError as error:
            log.error("can't start the loader: %s; keeping the old configuration", error.strerror)
            daemon.notify_service_manager("READY=1")
            return
        self._watch(self._loader.channel, self._loaded)

    def _loaded(self) -> None:
        assert self._loader is not None, "only a watched loader is read"
        try:
            payload = self._loader.result()
            new = None if payload is None else codec.from_loader(payload)
        except ProtocolError as error:
            log.error("The new configuration could not be read (%s): keeping the running one", error)
            self._end_loader()
            return
        if new is not None:
            self._adopt(new)
            self._end_loader()

    def _end_loader(self) -> None:
        assert self._loader is not None, "there is a loader to end"
        self._selector.unregister(self._loader.channel)
        self._loader.end()
        self._loader = None
        daemon.notify_service_manager("READY=1")
        if self._reload_wanted and not self._stopping:
            self._reload_wanted = False
            self._reload()

    def _adopt(self, new: NewConfig) -> None:
        for level, text in new.lines:
            log.log(level, text)
        if new.refused:
            log.error("New config failed validation: keeping the running configuration")
            return
        self._config = new.config
        for worker in self._workers.values():
            self._treat(worker, wished(worker.spec.name, new.config.global_defs))
            if self._begun or worker.spec.name == RUNNER:
                self._give(worker)
        log.info("Reload complete")


def _written(path: str, text: str) -> int:
    """Write a dump, in the process made for it; the exit status is the number of what went wrong."""
    try:
        write_whole(path, text)
    except OSError as error:
        return error.errno or errno.EIO
    return 0


def _take_care(care: Care) -> None:
    """Have the kernel treat this new process as is wished; what it refuses is a line and no more."""
    problems = scheduling.change(NO_CARE, care)
    if care.no_swap and (problem := scheduling.lock_memory()):
        problems.append(problem)
    for problem in problems:
        log.warning("%s", problem)


def _confine(module: ModuleType, care: Care) -> None:
    """Leave this process only the capabilities that its work needs; Hopeless when it has not got those."""
    wanted: tuple[str, ...] | None = module.CAPABILITIES
    if wanted is None:
        return
    if care.no_swap:
        wanted += (LOCK,)
    privileges.keep(wanted)
    missing = sorted(set(wanted) - OPTIONAL_CAPABILITIES - privileges.held())
    if missing:
        names = ", ".join(f"CAP_{name}" for name in missing)
        raise Hopeless(f"no permission: {names} missing", MISSING_PERMISSION)


def _note(pid_file: PidFile | None, pid: int) -> None:
    """Write a worker's pid file: for people and scripts, so a failure is a line and no more."""
    try:
        if pid_file is not None:
            pid_file.write(pid)
    except OSError as error:
        log.error("can't write the pid file %s: %s", pid_file.path if pid_file else "", error.strerror)


def _how(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        hint = " for good" if code in HOPELESS else ""
        return f"exited with status {code}{hint}"
    with contextlib.suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"
