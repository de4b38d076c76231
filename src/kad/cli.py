"""The command line: keepalived's options, its exit statuses, and the commands that run no daemon.

`kad -t`, `kad lint`, `kad config` and `kad explain` read a configuration or the manual, and end. What a daemon needs is
imported only by those who start one (start.py).
"""

import argparse
import errno
import gc
import io
import os
import platform
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn, TypeVar

import msgspec

from kad import __version__
from kad.errors import ExitCode
from kad.system import daemon

if TYPE_CHECKING:
    from kad.config.load import Loaded

Arguments = TypeVar("Arguments")

DEFAULT_CONFIG = "/etc/keepalived/keepalived.conf"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command `kad`; the exit status."""
    daemon.open_standard_streams()
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in _COMMANDS:
        return _piped(_COMMANDS[words[0]], words[1:])
    arguments = _parser().parse_args(_separate(words))
    if arguments.version:
        print(f"kad v{__version__}, Python {platform.python_version()}, Linux {platform.release()}", file=sys.stderr)
        return ExitCode.OK
    if arguments.signum is not None:
        return _signum(arguments.signum)
    if arguments.config_test is not None:
        return _piped(_test, arguments)
    from kad import start  # noqa: PLC0415 - the other commands must not wait for what only a daemon needs

    return start.start(arguments)


def _piped(command: Callable[[Arguments], int], arguments: Arguments) -> int:
    """Run a command whose output may go to a reader that has seen enough: that is no failure to talk about."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what the terminal's encoding has no sign for
    try:
        status = command(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as error:
        # What is still buffered has nowhere to go; the interpreter would complain of it at its end.
        if error.errno != errno.EPIPE:
            os.write(2, f"kad: can't write: {error.strerror}\n".encode())
        null = os.open(os.devnull, os.O_WRONLY)
        for fd in (1, 2):
            os.dup2(null, fd)
        return ExitCode.FATAL
    return status


def _separate(argv: Sequence[str]) -> list[str]:
    """Give a bare -t its empty value: only -tFILE and --config-test=FILE name a file, the next word never does."""
    return ["--config-test=" if word in ("-t", "--config-test") else word for word in argv]


def _host() -> str:
    """The name of this host up to the first dot."""
    return os.uname().nodename.partition(".")[0]


def _signum(name: str) -> int:
    """--signum=NAME: the number of a signal, as keepalived says it."""
    from kad.supervisor.dump import NAMES  # noqa: PLC0415 - see main()

    if name not in NAMES:
        print(f"kad: unknown signal {name}: {', '.join(NAMES)}", file=sys.stderr)
        return ExitCode.FATAL
    print(NAMES[name])
    return ExitCode.OK


# Commands that read a configuration


def _test(arguments: argparse.Namespace) -> int:
    """-t: say all that is wrong with the configuration, run nothing."""
    from kad.config import diagnostics  # noqa: PLC0415 - see main()

    found = _load(arguments.use_file, arguments.config_id, arguments.namespace).diagnostics
    if not arguments.config_test:
        sys.stderr.write(diagnostics.render(found, colour=sys.stderr.isatty()))
        return diagnostics.test_status(found)
    try:
        with open(arguments.config_test, "a", encoding="utf-8", errors="surrogateescape", opener=_at_once) as output:
            output.write(diagnostics.render(found))
    except OSError as error:
        print(f"kad: can't write {arguments.config_test}: {error.strerror}", file=sys.stderr)
        return ExitCode.CONFIG_TEST_FAILED
    return diagnostics.test_status(found)


def _at_once(path: str, flags: int) -> int:
    """Open a file to write; a pipe that nobody reads is refused, not waited for."""
    return os.open(path, flags | os.O_NONBLOCK, 0o666)


def _load(path: str, config_id: str, namespace: str | None = None) -> "Loaded":
    from kad.config.load import load  # noqa: PLC0415 - see main()
    from kad.system.files import Disk, Host  # noqa: PLC0415 - see main()

    gc.disable()  # the process ends soon, and what it makes is bounded by the text
    return load(path, Disk(), Host(namespace), config_id=config_id)


def _lint(argv: Sequence[str]) -> int:
    """`kad lint FILE...`: all that is wrong with these files; the status is the one of -t, the worst of them."""
    from kad.config import diagnostics  # noqa: PLC0415 - see main()

    parser = _Parser(prog="kad lint", description="Say all that is wrong with configuration files.")
    parser.add_argument("files", nargs="+", metavar="FILE")
    _reading_options(parser)
    arguments = parser.parse_args(argv)
    statuses = []
    everything: list[diagnostics.Diagnostic] = []
    for path in arguments.files:
        found = _load(path, arguments.config_id).diagnostics
        statuses.append(diagnostics.test_status(found))
        everything += found
        if not arguments.json:
            sys.stdout.write(diagnostics.render(found, colour=sys.stdout.isatty()))
            print(diagnostics.summary(path, found))
    if arguments.json:
        sys.stdout.write(diagnostics.as_json(everything) + "\n")
    return ExitCode.CONFIG if ExitCode.CONFIG in statuses else max(statuses)


def _config(argv: Sequence[str]) -> int:
    """`kad config FILE`: the configuration as it counts, with all defaults; what is wrong goes to standard error."""
    from kad.config import diagnostics, printing  # noqa: PLC0415 - see main()

    parser = _Parser(prog="kad config", description="Print the configuration as it counts, with all defaults.")
    parser.add_argument("file", nargs="?", metavar="FILE", default=DEFAULT_CONFIG)
    _reading_options(parser)
    arguments = parser.parse_args(argv)
    loaded = _load(arguments.file, arguments.config_id)
    sys.stderr.write(diagnostics.render(loaded.diagnostics, colour=sys.stderr.isatty()))
    if any(found.rule == "no-config" for found in loaded.diagnostics):
        return diagnostics.test_status(loaded.diagnostics)
    if arguments.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(loaded.config)).decode() + "\n")
    else:
        sys.stdout.write(printing.written(loaded.config))
    return diagnostics.test_status(loaded.diagnostics)


def _explain(argv: Sequence[str]) -> int:
    """`kad explain KEYWORD`: what a keyword does; status 1 when there is no such keyword."""
    from kad.config import manual  # noqa: PLC0415 - see main()

    parser = _Parser(prog="kad explain", description="Say what a keyword does and where it is allowed.")
    parser.add_argument("keyword", nargs="*", metavar="KEYWORD", help="priority, vrrp_instance/priority, @id, ...")
    parser.add_argument("--unsupported", action="store_true", help="list what is accepted and not yet acted on")
    arguments = parser.parse_args(argv)
    if arguments.unsupported and not arguments.keyword:
        sys.stdout.write(manual.unsupported())
        return ExitCode.OK
    if not arguments.keyword:
        parser.error("name a keyword, or write --unsupported")
    if arguments.unsupported:
        parser.error("--unsupported lists them all: name no keyword")
    found = manual.explain_words(arguments.keyword)
    sys.stdout.write(found.text)
    return ExitCode.OK if found.known else ExitCode.FATAL


_COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {"lint": _lint, "config": _config, "explain": _explain}


def _reading_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("-i", "--config-id", metavar="NAME", default=_host(), help="what @NAME lines are for")


def _mask(text: str) -> int:
    """A file creation mask as C writes numbers."""
    value = int(text, 8 if text.startswith("0") and text.isdigit() else 0)
    if not 0 <= value <= 0o777:
        raise ValueError(text)
    return value


class _Parser(argparse.ArgumentParser):
    """argparse with keepalived's exit status for a command line that can't be understood."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and exit with FATAL."""
        self.print_usage(sys.stderr)
        if message.startswith("unrecognized arguments") and self.prog == "kad":
            message += "; the configuration is named with -f FILE, the commands are lint, config and explain"
        self.exit(ExitCode.FATAL, f"kad: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="kad",
        description="VRRP failover and health-checked real servers behind IPVS.",
        epilog="Other commands: kad lint FILE..., kad config FILE, kad explain KEYWORD; each has --help.",
    )
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
        help="test the configuration that -f names; -tFILE, --config-test=FILE: append what is found to FILE",
    )
    add("-i", "--config-id", metavar="NAME", default=_host(), help="what @NAME lines are for (this host)")
    add("-u", "--umask", type=_mask, metavar="MASK", help="file creation mask (0177); goes before the keyword umask")
    add("-s", "--namespace", metavar="NAME", help="run in this network namespace; goes before net_namespace")
    add("--signum", metavar="NAME", help="say the number of a signal (STOP, RELOAD, DATA, STATS, ...) and exit")
    add("-v", "--version", action="store_true", help="say the version and exit")
    return parser
