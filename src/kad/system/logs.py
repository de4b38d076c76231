"""Where log lines go: from a worker over its channel to the parent; from the parent to syslog, console and file.

multiprocessing-logging's handler sends records through one shared queue, where a killed writer can silence all others
and pickles execute in the reader; `ChannelHandler` keeps the handler and replaces that transport (DESIGN 'Logging').
No sink ever waits: a record that a full pipe or a stopped syslog has no room for is counted, and the count is told.
"""

import contextlib
import errno
import logging
import logging.handlers
import os
import select
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from multiprocessing_logging import MultiProcessingHandler


class ChannelHandler(MultiProcessingHandler):  # type: ignore[misc]  # the library has no types
    """A worker's only handler: gives each formatted record to `send`, which must not block.

    `send` gets the record and how many were lost before it, and returns False when it too had to be dropped.
    """

    def __init__(self, send: Callable[[logging.LogRecord, int], bool]) -> None:
        # Not the library's __init__: it would make the shared queue and the thread that reads it.
        logging.Handler.__init__(self)
        self._give = send
        self._lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Format the record here, where its arguments are, and send it."""
        super().emit(record)

    def _send(self, s: logging.LogRecord) -> None:
        self._lost = 0 if self._give(s, self._lost) else self._lost + 1

    def setFormatter(self, fmt: logging.Formatter | None) -> None:  # noqa: N802 - logging's name
        """Set the formatter that turns an exception into text."""
        logging.Handler.setFormatter(self, fmt)

    def close(self) -> None:
        """Nothing to wait for: there is no thread."""
        logging.Handler.close(self)


_VISIBLE = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}
"""What could steer a terminal that shows the log: names in a configuration may hold any character."""


class _Counting(logging.Handler):
    """A sink that counts what it could not write and says so before the next line that it can."""

    lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self.lost:
                note = logging.LogRecord("kad.parent", logging.WARNING, "", 0, f"{self.lost} log lines lost", (), None)
                self.filter(note)  # gives it its identity
                self.write(self.format(note), note)
                self.lost = 0
            self.write(self.format(record).translate(_VISIBLE), record)
        except OSError:
            self.lost += 1

    def write(self, line: str, record: logging.LogRecord) -> None:
        """Write one line, or raise OSError when that would wait."""
        raise NotImplementedError  # pragma: no cover - abstract


class Console(_Counting):
    """Lines to standard error, none when the reader of a pipe does not keep up."""

    def __init__(self, stream: IO[Any] | None = None) -> None:
        super().__init__()
        self._fd = (stream or sys.stderr).fileno()
        self.setFormatter(_Dated())

    def write(self, line: str, record: logging.LogRecord) -> None:  # noqa: ARG002 - the sink's interface
        """Write one line when there is room for it."""
        poll = select.poll()
        poll.register(self._fd, select.POLLOUT)
        if not poll.poll(0):
            raise OSError(errno.EAGAIN, "the console is full")
        # A pipe that is writable has room for PIPE_BUF bytes: a longer line could wait.
        os.write(self._fd, line.encode(errors="backslashreplace")[: select.PIPE_BUF - 1] + b"\n")


class File(_Counting):
    """Lines appended to a file."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = Path(path)
        self._file = self._path.open("ab", buffering=0)
        self.setFormatter(_Dated())

    def write(self, line: str, record: logging.LogRecord) -> None:  # noqa: ARG002 - the sink's interface
        """Append one line."""
        self._file.write(line.encode(errors="backslashreplace") + b"\n")


class Syslog(_Counting):
    """Lines to the local syslog daemon, in the way of syslog(3); it may be absent, or come and go."""

    def __init__(self, facility: int, address: str = "/dev/log") -> None:
        super().__init__()
        self._address = address
        self._facility = facility
        self._socket: socket.socket | None = None
        self.setFormatter(logging.Formatter("%(ident)s[%(worker_pid)d]: %(message)s"))

    def write(self, line: str, record: logging.LogRecord) -> None:
        """Send one datagram; once more on a new socket, for a syslog daemon that was restarted."""
        severity = next(number for level, number in _SEVERITIES if record.levelno >= level)
        stamp = time.strftime("%b %e %H:%M:%S", time.localtime(record.created))
        data = f"<{self._facility << 3 | severity}>{stamp} {line}".encode(errors="backslashreplace")
        try:
            self._connected().send(data)
        except BlockingIOError:
            raise
        except OSError:
            self._disconnect()
            self._connected().send(data)

    def _connected(self) -> socket.socket:
        if self._socket is None:
            fresh = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
            try:
                fresh.connect(self._address)
            except OSError:
                fresh.close()
                raise
            self._socket = fresh
        return self._socket

    def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


_SEVERITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (0, 7))
"""syslog(3)'s severities for logging's levels, highest first."""


class _Dated(logging.Formatter):
    """`Mon Nov 23 20:15:01.123456 2026: text`, as keepalived dates its console lines, with the process before."""

    def format(self, record: logging.LogRecord) -> str:
        micros = int(record.created * 1_000_000) % 1_000_000
        stamp = time.strftime(f"%b %d %H:%M:%S.{micros:06d}", time.localtime(record.created))
        return f"{stamp} {vars(record).get('ident', 'kad')}: {super().format(record)}"


class Identify(logging.Filter):
    """Gives each of the parent's own records its ident and pid; a worker's records bring theirs."""

    def __init__(self, ident: str) -> None:
        super().__init__()
        self._ident = ident

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        if "ident" not in vars(record):
            record.ident = self._ident
            record.worker_pid = os.getpid()
        return True


def syslog_facility(number: int) -> int:
    """The facility for -S NUMBER: local0 to local7 for 0 to 7."""
    return logging.handlers.SysLogHandler.LOG_LOCAL0 + number


DAEMON = logging.handlers.SysLogHandler.LOG_DAEMON
"""The facility without -S."""


def install(sinks: list[logging.Handler], *, level: int, ident: str) -> None:
    """Make these the places that kad's log goes to; no sink at all is allowed."""
    root = logging.getLogger("kad")
    root.setLevel(level)
    root.propagate = False
    for handler in list(root.handlers):
        root.removeHandler(handler)
        with contextlib.suppress(OSError):
            handler.close()
    identify = Identify(ident)
    for sink in sinks or [logging.NullHandler()]:  # without any, logging would print warnings by itself
        sink.addFilter(identify)
        root.addHandler(sink)


def install_channel(send: Callable[[logging.LogRecord, int], bool]) -> None:
    """In a worker: every line goes to the parent."""
    root = logging.getLogger("kad")
    for handler in list(root.handlers):
        root.removeHandler(handler)
        _INHERITED.append(handler)
    root.addHandler(ChannelHandler(send))


_INHERITED: list[logging.Handler] = []
"""The parent's sinks as a worker inherits them, kept for ever: their descriptors are closed already, and by now the
numbers may be others', whom the end of such a sink would close."""


def replay(*, name: str, level: int, created: float, text: str, ident: str, pid: int) -> None:
    """In the parent: hand on a record that a worker sent, under the worker's identity and time."""
    record = logging.LogRecord(name, level, "", 0, text, (), None)
    record.created = created
    record.ident = ident
    record.worker_pid = pid
    logging.getLogger("kad").handle(record)
