"""The command line: keepalived's options, its exit statuses, and the start of the parent.

Everything that can be found wrong is found, and said on standard error, before the process becomes a daemon.
"""

import argparse
import logging
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import msgspec
import setproctitle

from kad import __version__
from kad.config import diagnostics
from kad.config.config import Config
from kad.config.load import Loaded, load
from kad.errors import MISSING_PERMISSION, ExitCode
from kad.ipc.messages import NewConfig
from kad.log import DETAIL, logger
from kad.supervisor.process import Options, Parent, WorkerSpec
from kad.supervisor.shares import CHECKER, RUNNER, VRRP
from kad.system import daemon, logs, privileges
from kad.system.files import AlreadyRunning, Disk, Host, PidFile

DEFAULT_CONFIG = "/etc/keepalived/keepalived.conf"
RUN_DIR = "/run"
NEEDED = ("NET_ADMIN", "NET_RAW")
UMASK = 0o177
"""What keepalived's files, and those of the scripts it runs, are made with."""

log = logger("parent")


@dataclass(frozen=True)
class Role:
    """Which half runs, and the names it goes by: full, -P and -C may each have one instance."""

    vrrp: bool
    checker: bool
    pid_file: str
    ident: str


FULL = Role(vrrp=True, checker=True, pid_file="keepalived.pid", ident="kad")
VRRP_ONLY = Role(vrrp=True, checker=False, pid_file="kad-vrrp.pid", ident="kad-vrrp")
CHECK_ONLY = Role(vrrp=False, checker=True, pid_file="kad-checker.pid", ident="kad-checker")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command `kad`; the exit status."""
    daemon.open_standard_streams()
    arguments = _parser().parse_args(_separate(sys.argv[1:] if argv is None else argv))
    if arguments.version:
        print(f"kad v{__version__}, Python {platform.python_version()}, Linux {platform.release()}", file=sys.stderr)
        return ExitCode.OK
    role = _role(arguments)
    if arguments.config_test is not None:
        return _test(arguments)
    missing = sorted(set(NEEDED) - privileges.held())
    if missing:
        names = " and ".join(f"CAP_{name}" for name in missing)
        print(f"kad: must be run as root, or with {names}", file=sys.stderr)
        return MISSING_PERMISSION
    return _start(arguments, role)


def _separate(argv: Sequence[str]) -> list[str]:
    """Give a bare -t its empty value: only -tFILE and --config-test=FILE name a file, the next word never does."""
    return ["--config-test=" if word in ("-t", "--config-test") else word for word in argv]


def _role(arguments: argparse.Namespace) -> Role:
    if arguments.vrrp and not arguments.check:
        return VRRP_ONLY
    if arguments.check and not arguments.vrrp:
        return CHECK_ONLY
    return FULL


def _load(arguments: argparse.Namespace) -> Loaded:
    return load(arguments.use_file, Disk(), Host())


def _test(arguments: argparse.Namespace) -> int:
    """-t: say all that is wrong with the configuration, run nothing."""
    loaded = _load(arguments)
    status = diagnostics.test_status(loaded.diagnostics)
    if arguments.config_test:
        text = diagnostics.render(loaded.diagnostics)
        try:
            with Path(arguments.config_test).open("a", encoding="utf-8", errors="surrogateescape") as output:
                output.write(text)
        except OSError as error:
            print(f"kad: can't write {arguments.config_test}: {error.strerror}", file=sys.stderr)
            return ExitCode.CONFIG_TEST_FAILED
    else:
        _print(loaded)
    return status


def _print(loaded: Loaded) -> None:
    sys.stderr.write(diagnostics.render(loaded.diagnostics, colour=sys.stderr.isatty()))


def _start(arguments: argparse.Namespace, role: Role) -> int:
    daemon.hold_signals()
    for name in ("use_file", "pid", "vrrp_pid", "checkers_pid", "log_file"):
        path = getattr(arguments, name)
        setattr(arguments, name, path and os.path.abspath(path))  # a daemon works in /
    loaded = _load(arguments)
    if not arguments.log_console:
        _print(loaded)
    try:
        sinks = _sinks(arguments)
    except OSError as error:
        print(f"kad: can't log to {error.filename}: {error.strerror}", file=sys.stderr)
        return ExitCode.FATAL
    logs.install(sinks, level=_level(arguments), ident=role.ident)
    for diagnostic in loaded.diagnostics:
        log.log(diagnostics.level(diagnostic), diagnostics.one_line(diagnostic))
    status = diagnostics.start_status(loaded.diagnostics, vrrp=role.vrrp, checker=role.checker)
    if status:
        log.error("Configuration can't be used: exiting with status %d", status)
        return status
    try:
        own, held = _pid_files(arguments, role)
    except (AlreadyRunning, OSError) as error:
        text = f"pid file {error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        log.error(text)
        if not arguments.log_console:
            print(f"kad: {text}", file=sys.stderr)
        return ExitCode.FATAL
    return _hold(arguments, role, loaded.config, own, held)


def _hold(arguments: argparse.Namespace, role: Role, config: Config, own: PidFile, held: dict[str, PidFile]) -> int:
    """Run for as long as the pid files are ours; the exit status."""
    report: Callable[[int], None] = _tell_nobody
    ended: int = ExitCode.SOFTWARE
    try:
        if not arguments.dont_fork:
            report = daemon.detach()
        ended = _supervise(arguments, role, config, (own, held), report)
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
    config: Config,
    pid_files: tuple[PidFile, dict[str, PidFile]],
    report: Callable[[int], None],
) -> int:
    """Be the parent of the workers; the exit status. `report` tells the daemon's starter that all is well."""
    own, held = pid_files
    setproctitle.setproctitle("kad")
    os.umask(UMASK)
    try:
        own.write(os.getpid())
    except OSError as error:
        log.error("can't write the pid file %s: %s", own.path, error.strerror)
    if own.stale_pid is not None:
        log.info("Took over the stale pid file %s of pid %d, which is gone", own.path, own.stale_pid)
    if arguments.dump_conf:
        _dump(config)
    options = Options(
        workers=_workers(arguments, role),
        load=lambda: _reload(arguments, role),
        respawn=not arguments.dont_respawn,
        report=report,
    )
    return Parent(options, config, held).run()


def _tell_nobody(status: int) -> None:
    """-n: the exit status itself tells."""


def _workers(arguments: argparse.Namespace, role: Role) -> tuple[WorkerSpec, ...]:
    """The workers of this role, the runner first: it serves the others. keepalived's words name them in the log."""
    specs = [WorkerSpec(RUNNER, "Script runner process", "kad.runner.process", "kad_runner")]
    if role.checker:
        release = not arguments.dont_release_ipvs
        specs.append(
            WorkerSpec(CHECKER, "Healthcheck child process", "kad.health.process", "kad_checker", release=release)
        )
    if role.vrrp:
        release = arguments.release_vips or not arguments.dont_release_vrrp
        specs.append(WorkerSpec(VRRP, "VRRP child process", "kad.vrrp.process", "kad_vrrp", release=release))
    return tuple(specs)


def _reload(arguments: argparse.Namespace, role: Role) -> NewConfig:
    """Run in the loader: read the configuration again; errors refuse it, warnings do not."""
    loaded = _load(arguments)
    refused = diagnostics.refuses_reload(loaded.diagnostics, vrrp=role.vrrp, checker=role.checker)
    lines = tuple((diagnostics.level(found), diagnostics.one_line(found)) for found in loaded.diagnostics)
    return NewConfig(config=loaded.config, lines=lines, refused=refused)


def _pid_files(arguments: argparse.Namespace, role: Role) -> tuple[PidFile, dict[str, PidFile]]:
    """Take the parent's pid file and those of its workers; AlreadyRunning when another daemon has one of them."""
    own = PidFile(arguments.pid or f"{RUN_DIR}/{role.pid_file}")
    held: dict[str, PidFile] = {}
    try:
        if role.vrrp:
            held[VRRP] = PidFile(arguments.vrrp_pid or f"{RUN_DIR}/vrrp.pid")
        if role.checker:
            held[CHECKER] = PidFile(arguments.checkers_pid or f"{RUN_DIR}/checkers.pid")
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
    """-d: the configuration as it was understood, one object a line."""
    log.info("------< Global definitions >------")
    log.info(msgspec.json.encode(config.global_defs).decode())
    parts = (("VRRP Scripts", config.vrrp_scripts), ("VRRP Topology", config.vrrp_instances))
    for heading, blocks in (*parts, ("LVS Topology", config.virtual_servers)):
        if blocks:
            log.info("------< %s >------", heading)
        for block in blocks:
            log.info(msgspec.json.encode(block).decode())


class _Parser(argparse.ArgumentParser):
    """argparse with keepalived's exit status for a command line that can't be understood."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and exit with FATAL."""
        self.print_usage(sys.stderr)
        self.exit(ExitCode.FATAL, f"kad: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="kad", description="VRRP failover and health-checked real servers behind IPVS.")
    add = parser.add_argument
    add("-f", "--use-file", metavar="FILE", default=DEFAULT_CONFIG, help=f"configuration file ({DEFAULT_CONFIG})")
    add("-P", "--vrrp", "--vrrp-only", action="store_true", help="run only the VRRP half")
    add("-C", "--check", "--check-only", action="store_true", help="run only the health checkers and IPVS")
    add("-n", "--dont-fork", action="store_true", help="stay in the foreground")
    add("-l", "--log-console", action="store_true", help="log to standard error too")
    add("-D", "--log-detail", action="count", default=0, help="log more; twice: everything")
    add(
        "-S",
        "--log-facility",
        type=int,
        choices=range(8),
        metavar="0-7",
        help="syslog facility local0 to local7",
    )
    add("-g", "--log-file", metavar="FILE", help="log to this file too")
    add("-G", "--no-syslog", action="store_true", help="do not log to syslog")
    add("-d", "--dump-conf", action="store_true", help="log the configuration as it was understood")
    add("-R", "--dont-respawn", action="store_true", help="stop when a worker dies, do not restart it")
    add("-X", "--release-vips", action="store_true", help="remove addresses at stop (the default; undoes -V)")
    add("-V", "--dont-release-vrrp", action="store_true", help="leave addresses in place at stop")
    add("-I", "--dont-release-ipvs", action="store_true", help="leave the IPVS table in place at stop")
    add("-p", "--pid", metavar="FILE", help="pid file of the parent")
    add("-r", "--vrrp_pid", metavar="FILE", help="pid file of the VRRP worker")
    add("-c", "--checkers_pid", metavar="FILE", help="pid file of the checker worker")
    add(
        "-t",
        "--config-test",
        nargs="?",
        const="",
        metavar="FILE",
        help="test the configuration; append findings to FILE",
    )
    add("-v", "--version", action="store_true", help="say the version and exit")
    return parser
