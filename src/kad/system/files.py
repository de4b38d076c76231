"""The files kad reads and holds: configuration, pid files with their locks; and facts about this machine."""

import contextlib
import errno
import fcntl
import glob
import os
import shutil
import socket
import stat
from pathlib import Path

import psutil

LARGEST_CONFIG = 64 * 2**20
"""Characters of a configuration file beyond which it is none: some hundred times the largest that people have."""


def _must_be_regular(fd: int, path: str) -> None:
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        raise OSError(errno.EINVAL, "is no regular file", path)


class AlreadyRunning(Exception):  # noqa: N818 - the answer, not a fault
    """Another daemon holds the pid file. `str(error)` says which."""


class PidFile:
    """A pid file, locked for as long as this process lives, so that a second instance is found out.

    The lock decides; the pid inside is for people and scripts. A keepalived that does not lock its file is found
    by the pid in it. After a SIGKILL the file stays, without a lock: it is stale, and is taken over.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.stale_pid: int | None = None
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        while True:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
            try:
                _must_be_regular(self._fd, path)
                self._take()
            except BaseException:
                os.close(self._fd)
                raise
            if self._is_there():
                return
            os.close(self._fd)  # whoever held it removed it between our open and our lock: that file has no name now

    def _take(self) -> None:
        before = self._read()
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(self._by(before)) from None
        if before is None or before == os.getpid():
            return
        if _is_director(before):
            raise AlreadyRunning(self._by(before))
        self.stale_pid = before

    def _by(self, pid: int | None) -> str:
        who = f"pid {pid}, {self.path}" if pid else f"it holds {self.path}"  # a worker's file is empty without one
        return f"daemon is already running ({who})"

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._fd), os.stat(self.path))
        except FileNotFoundError:
            return False

    def _read(self) -> int | None:
        text = os.pread(self._fd, 32, 0).strip()
        return int(text) if text.isdigit() else None

    def write(self, pid: int) -> None:
        """Name the process that the file stands for; 0 empties it."""
        os.ftruncate(self._fd, 0)
        if pid:
            os.pwrite(self._fd, f"{pid}\n".encode(), 0)

    def remove(self) -> None:
        """Remove the file, if it can be removed, and give the lock back."""
        with contextlib.suppress(OSError):
            os.unlink(self.path)
        os.close(self._fd)


def _is_director(pid: int) -> bool:
    """Whether this is a live keepalived or kad, and not whoever got the number after it died."""
    try:
        process = psutil.Process(pid)
        name = str(process.name())
        return bool(
            process.status() != psutil.STATUS_ZOMBIE and (name in ("keepalived", "kad") or name.startswith("kad: "))
        )
    except psutil.Error:
        return False


class Disk:
    """`config.reader.Reader` on the real file system."""

    def read(self, path: str) -> str:
        """The text of a regular file; bytes that are no UTF-8 come as surrogates. OSError: none, or too large."""
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # opening a FIFO would wait for its other end
        with os.fdopen(fd, encoding="utf-8", errors="surrogateescape") as file:
            _must_be_regular(fd, path)
            text = file.read(LARGEST_CONFIG + 1)
        if len(text) > LARGEST_CONFIG:
            raise OSError(errno.EFBIG, f"larger than {LARGEST_CONFIG // 2**20} MiB", path)
        return text

    def expand(self, pattern: str, directory: str) -> list[str]:
        """The regular files that an include pattern names, sorted."""
        found: set[str] = set()
        for alternative in _braces(pattern):
            found.update(glob.glob(os.path.join(glob.escape(directory), alternative)))
        return sorted(path for path in found if Path(path).is_file())


def _braces(pattern: str) -> list[str]:
    """`a{b,c}d` to `abd`, `acd`, as glob(3) with GLOB_BRACE; an unclosed brace stands for itself."""
    start = pattern.find("{")
    end = _closing(pattern, start)
    if start < 0 or end < 0:
        return [pattern]
    parts, depth, last = [], 0, start + 1
    for at in range(start + 1, end + 1):
        if depth == 0 and (pattern[at] == "," or at == end):
            parts.append(pattern[last:at])
            last = at + 1
        depth += {"{": 1, "}": -1}.get(pattern[at], 0)
    tails = _braces(pattern[end + 1 :])
    return [pattern[:start] + middle + tail for part in parts for middle in _braces(part) for tail in tails]


def _closing(pattern: str, start: int) -> int:
    depth = 0
    for at in range(max(start, 0), len(pattern)):
        depth += {"{": 1, "}": -1}.get(pattern[at], 0)
        if depth == 0 and pattern[at] == "}":
            return at
    return -1


class Host:
    """`config.reader.Facts` about this machine and network namespace."""

    def interfaces(self) -> frozenset[str]:
        """The names of the interfaces there are."""
        return frozenset(name for _, name in socket.if_nameindex())

    def script_problem(self, program: str) -> str | None:
        """Why a script's program can't be run, in words; None when it can."""
        if "/" not in program:
            return None if shutil.which(program) else "not found in PATH"
        path = Path(program)
        if not path.is_file():
            return "is no file" if path.exists() else "not found"
        return None if os.access(path, os.X_OK) else "is not executable"
