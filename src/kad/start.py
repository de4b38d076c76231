"""What a run of the daemon does: configuration, log sinks, pid files, then the parent of the workers.

Everything that can be found wrong is found, and said on standard error, before the process becomes a daemon. Not here:
the options themselves and the commands that run no daemon (cli.py).
"""

import argparse
import gc
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import setproctitle
from msgspec import structs

from kad.config import diagnostics, printing
from kad.config.config import Config
from kad.config.load import Loaded, load
from kad.config.memory import Memory
from kad.errors import MISSING_PERMISSION, ExitCode
from kad.ipc.messages import NewConfig
from kad.log import DETAIL, logger
from kad.supervisor.process import Options, Parent, WorkerSpec
from kad.supervisor.shares import CHECKER, RUNNER, VRRP
from kad.system import daemon, logs, namespaces, privileges, process_events
from kad.system.files import AlreadyRunning, Disk, Host, PidFile

RUN_DIR = "/run"
DUMPS = "/tmp"  # noqa: S108 - keepalived's place; a file there is made anew under a random name, then moved
NEEDED = ("NET_ADMIN", "NET_RAW")
FIXED = ("net_namespace", "instance", "use_pid_dir")
"""What holds from the start to the end, whatever a reload says (reference vrrp.md 10.4)."""

log = logger("parent")

PidFiles = tuple[PidFile, dict[str, PidFile]]
"""The parent's own, and those of its workers by their names."""


@dataclass(frozen=True)
class Role:
    """Which half runs, and the names it goes by: full, -P and -C may each have one instance.

    `suffix`: what tells it from others in log and pid files; `folder`: where the latter are.
    """

    vrrp: bool
    checker: bool
    pid_file: str
    ident: str
    suffix: str = ""
    folder: str = RUN_DIR

    def path(self, pid_file: str) -> str:
        """Where a pid file of this name is."""
        stem, _, kind = pid_file.rpartition(".")
        return f"{self.folder}/{stem}{self.suffix}.{kind}"


@dataclass(frozen=True)
class _First:
    """The configuration of the start, and what its reading left for the reloads, whose loaders inherit it."""

    config: Config
    memory: Memory


FULL = Role(vrrp=True, checker=True, pid_file="keepalived.pid", ident="kad")
VRRP_ONLY = Role(vrrp=True, checker=False, pid_file="kad-vrrp.pid", ident="kad-vrrp")
CHECK_ONLY = Role(vrrp=False, checker=True, pid_file="kad-checker.pid", ident="kad-checker")


def start(arguments: argparse.Namespace) -> int:
    """Run the daemon that these arguments ask for; the exit status."""
    missing = sorted(set(NEEDED) - privileges.held())
    if missing:
        names = " and ".join(f"CAP_{name}" for name in missing)
        print(f"kad: must be run as root, or with {names}", file=sys.stderr)
        return MISSING_PERMISSION
    return _start(arguments, _role(arguments))


def _role(arguments: argparse.Namespace) -> Role:
    if arguments.vrrp and not arguments.check:
        return VRRP_ONLY
    if arguments.check and not arguments.vrrp:
        return CHECK_ONLY
    return FULL


def _named(role: Role, config: Config, namespace: str | None) -> Role:
    """The role under the names that the configuration gives it (reference vrrp.md 10.1)."""
    names = [name for name in (config.instance, namespace) if name]
    folder = f"{RUN_DIR}/keepalived" if names or config.use_pid_dir else RUN_DIR
    return replace(role, suffix="".join(f"_{name}" for name in names), folder=folder)


def _load(arguments: argparse.Namespace, memory: Memory) -> Loaded:
    host = Host(arguments.namespace)
    return load(arguments.use_file, Disk(), host, config_id=arguments.config_id, memory=memory)


def _print(loaded: Loaded) -> None:
    sys.stderr.write(diagnostics.render(loaded.diagnostics, colour=sys.stderr.isatty()))


def _start(arguments: argparse.Namespace, role: Role) -> int:
    daemon.hold_signals()
    try:
        for name in ("use_file", "pid", "vrrp_pid", "checkers_pid", "log_file"):
            path = getattr(arguments, name)
            setattr(arguments, name, path and os.path.abspath(path))  # a daemon works in /
    except FileNotFoundError:
        print("kad: the working directory is gone: name the files from the root on", file=sys.stderr)
        return ExitCode.FATAL
    memory = Memory()
    loaded = _load(arguments, memory)
    if not arguments.log_console:
        _print(loaded)
    try:
        sinks = _sinks(arguments)
    except OSError as error:
        print(f"kad: can't log to {error.filename}: {error.strerror}", file=sys.stderr)
        return ExitCode.FATAL
    namespace = arguments.namespace or loaded.config.net_namespace
    role = _named(role, loaded.config, namespace)
    logs.install(sinks, level=_level(arguments), ident=role.ident + role.suffix)
    for diagnostic in loaded.diagnostics:
        log.log(diagnostics.level(diagnostic), diagnostics.one_line(diagnostic))
    status = diagnostics.start_status(loaded.diagnostics, vrrp=role.vrrp, checker=role.checker)
    if status:
        log.error("Configuration can't be used: exiting with status %d", status)
        return status
    try:
        if namespace:
            process_events.reserve()
            namespaces.enter(namespace)
        own, held = _pid_files(arguments, role)
    except (AlreadyRunning, OSError) as error:
        text = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        log.error(text)
        if not arguments.log_console:
            print(f"kad: {text}", file=sys.stderr)
        return ExitCode.FATAL
    return _hold(arguments, role, _First(loaded.config, memory), (own, held))


def _hold(arguments: argparse.Namespace, role: Role, first: "_First", files: PidFiles) -> int:
    """Run for as long as the pid files are ours; the exit status."""
    own, held = files
    report: Callable[[int], None] = _tell_nobody
    ended: int = ExitCode.SOFTWARE
    try:
        if not arguments.dont_fork:
            report = daemon.detach()
        ended = _supervise(arguments, role, first, files, report)
    except OSError as error:
        log.error("can't go on: %s", error)
        ended = ExitCode.FATAL
    finally:
        for pid_file in (own, *held.values()):
            pid_file.remove()
        report(ended)
    return ended


def _supervise(
    arguments: argparse.Namespace,
    role: Role,
    first: "_First",
    pid_files: PidFiles,
    report: Callable[[int], None],
) -> int:
    """Be the parent of the workers; the exit status. `report` tells the daemon's starter that all is well."""
    own, held = pid_files
    setproctitle.setproctitle(first.config.global_defs.process_name or "kad")
    os.umask(first.config.global_defs.umask if arguments.umask is None else arguments.umask)
    try:
        own.write(os.getpid())
    except OSError as error:
        log.error("can't write the pid file %s: %s", own.path, error.strerror)
    if own.stale_pid is not None:
        log.info("Took over the stale pid file %s of pid %d, which is gone", own.path, own.stale_pid)
    if arguments.dump_conf:
        _dump(first.config)
    options = Options(
        workers=_workers(arguments, role),
        load=lambda: _reload(arguments, role, first),
        respawn=not arguments.dont_respawn,
        report=report,
        suffix=role.suffix,
        dump_folder=os.environ.get("TMPDIR") or DUMPS,
    )
    return Parent(options, first.config, held).run()


def _tell_nobody(status: int) -> None:
    """-n: the exit status itself tells."""


def _workers(arguments: argparse.Namespace, role: Role) -> tuple[WorkerSpec, ...]:
    """The workers of this role, the runner first: it serves the others. keepalived's words name them in the log."""
    suffix = role.suffix
    specs = [WorkerSpec(RUNNER, "Script runner process", "kad.runner.process", f"kad_runner{suffix}")]
    if role.checker:
        release = not arguments.dont_release_ipvs
        specs.append(
            WorkerSpec(
                CHECKER, "Healthcheck child process", "kad.health.process", f"kad_checker{suffix}", release=release
            )
        )
    if role.vrrp:
        release = arguments.release_vips or not arguments.dont_release_vrrp
        specs.append(WorkerSpec(VRRP, "VRRP child process", "kad.vrrp.process", f"kad_vrrp{suffix}", release=release))
    return tuple(specs)


def _reload(arguments: argparse.Namespace, role: Role, first: "_First") -> NewConfig:
    """Run in the loader: read the configuration again; errors refuse it, warnings do not."""
    gc.disable()  # the loader ends when it has answered
    loaded = _load(arguments, first.memory)
    refused = diagnostics.refuses_reload(loaded.diagnostics, vrrp=role.vrrp, checker=role.checker)
    lines = [(diagnostics.level(found), diagnostics.one_line(found)) for found in loaded.diagnostics]
    config = loaded.config
    for name in FIXED:
        if getattr(config, name) != getattr(first.config, name):
            lines.append((logging.ERROR, f"Cannot change {name} at a reload - please restart kad"))
            config = structs.replace(config, **{name: getattr(first.config, name)})
    return NewConfig(config=config, lines=tuple(lines), refused=refused)


def _pid_files(arguments: argparse.Namespace, role: Role) -> tuple[PidFile, dict[str, PidFile]]:
    """Take the parent's pid file and those of its workers; AlreadyRunning when another daemon has one of them."""
    own = PidFile(arguments.pid or role.path(role.pid_file))
    held: dict[str, PidFile] = {}
    try:
        if role.vrrp:
            held[VRRP] = PidFile(arguments.vrrp_pid or role.path("vrrp.pid"))
        if role.checker:
            held[CHECKER] = PidFile(arguments.checkers_pid or role.path("checkers.pid"))
    except BaseException:
        for pid_file in (own, *held.values()):
            pid_file.remove()
        raise
    return own, held


def _sinks(arguments: argparse.Namespace) -> list[logging.Handler]:
    sinks: list[logging.Handler] = []
    if not arguments.no_syslog:
        facility = arguments.log_facility
        sinks.append(logs.Syslog(logs.DAEMON if facility is None else logs.syslog_facility(facility)))
    if arguments.log_console:
        sinks.append(logs.Console())
    if arguments.log_file:
        sinks.append(logs.File(arguments.log_file))
    return sinks


def _level(arguments: argparse.Namespace) -> int:
    return (logging.INFO, DETAIL, logging.DEBUG)[min(arguments.log_detail, 2)]


def _dump(config: Config) -> None:
    """-d: the configuration as it was understood."""
    for line in printing.written(config).splitlines():
        log.info(line)
