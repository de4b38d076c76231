"""The files kad reads and holds: configuration, pid files with their locks; and facts about this machine."""

import array
import contextlib
import errno
import fcntl
import glob
import grp
import os
import pwd
import random
import shutil
import socket
import stat
import struct
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from kad.config.reader import ANY_NAME
from kad.log import logger
from kad.system import namespaces

T = TypeVar("T")

log = logger("files")

LARGEST_CONFIG = 64 * 2**20
"""Characters of a configuration file beyond which it is none: some hundred times the largest that people have."""

LARGEST_KEY = 4096
"""Bytes of a file with a key that are read; the longest key has 64, twice that in hex."""

MOST_FOUND = 10_000
LONGEST_SEARCH = 2.0
"""Names, and seconds, that wildcards are good for."""


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
    import psutil  # noqa: PLC0415 - who only reads a configuration must not wait for it

    try:
        process = psutil.Process(pid)
        name = str(process.name())
        return bool(
            process.status() != psutil.STATUS_ZOMBIE and (name in ("keepalived", "kad") or name.startswith("kad: "))
        )
    except psutil.Error:
        return False


def write_whole(path: str, text: str) -> None:
    """Put a file in place at once, with all of the text or not at all; a link of that name is replaced, not followed.

    OSError when it can't be.
    """
    fd, temporary = tempfile.mkstemp(prefix=".kad-", dir=os.path.dirname(path) or ".")
    try:
        with os.fdopen(fd, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


class KeyFile(NamedTuple):
    """What a file with a secret holds, and whether others than its owner may see it."""

    content: bytes
    exposed: bool


def read_key(path: str) -> KeyFile:
    """The secret in a file; OSError when it can't be read."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(fd, "rb") as file:
        _must_be_regular(fd, path)
        return KeyFile(file.read(LARGEST_KEY), exposed=bool(os.fstat(fd).st_mode & 0o077))


def read_keys(paths: Iterable[str]) -> dict[str, bytes | None]:
    """What is in the files that hold keys; None for one that can't be read, which is told."""
    found: dict[str, bytes | None] = {}
    for path in paths:
        try:
            key = read_key(path)
        except OSError as error:
            log.error("can't read key file %s: %s", path, error.strerror)
            found[path] = None
            continue
        found[path] = key.content
        if key.exposed:
            log.warning("key file %s can be read by others than its owner", path)
    return found


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
        """All that a name with wildcards stands for, sorted; a link that leads nowhere is there too."""
        found = []
        end = time.monotonic() + LONGEST_SEARCH
        for path in glob.iglob(os.path.join(glob.escape(directory), pattern)):
            found.append(path)
            if len(found) > MOST_FOUND or time.monotonic() > end:
                raise OSError(errno.E2BIG, "matches too much", pattern)
        return sorted(found)

    def refusal(self, path: str) -> str:
        """Why keepalived would not include this; nothing when it would."""
        try:
            mode = os.stat(path).st_mode
        except OSError as error:
            return f"can't be read: {error.strerror}"
        if stat.S_ISDIR(mode):
            return "is a directory"
        if not stat.S_ISREG(mode):
            return "is no regular file"
        return "is executable" if mode & 0o111 else ""

    def directory(self, path: str) -> str:
        """The directory that a file is in, without symbolic links, as getcwd(3) gives it."""
        return os.path.realpath(os.path.dirname(path) or ".")

    def environment(self, name: str) -> str | None:
        """An environment variable; bytes that are no UTF-8 come as surrogates."""
        return os.environ.get(name)

    def random(self, low: int, high: int) -> int:
        """Another number each time."""
        return random.randint(low, high)  # noqa: S311 - it shall spread, it need not be secret


class Host:
    """`config.reader.Facts` about this machine and a network namespace: the one of this name, else where we are."""

    def __init__(self, namespace: str | None = None) -> None:
        self._namespace = namespace

    def inside(self, namespace: str | None) -> "Host":
        """The same in a namespace; one that was asked for already goes before (-s before net_namespace)."""
        return Host(self._namespace or namespace)

    def namespace_problem(self) -> str:
        """Why the namespace can't be entered; nothing when it can."""
        return namespaces.problem(self._namespace) if self._namespace else ""

    def _ask(self, question: Callable[[], T]) -> T:
        return namespaces.inside(self._namespace, question) if self._namespace else question()

    def interfaces(self) -> frozenset[str]:
        """The names of the interfaces there are; any name when the namespace can't be entered."""
        with contextlib.suppress(OSError):
            return frozenset(name for _, name in self._ask(socket.if_nameindex))
        return ANY_NAME

    def number(self, table: str, name: str) -> int | None:
        """What a name stands for in a table of iproute2, or among the protocols above IP."""
        if table == "protocols":
            with contextlib.suppress(OSError):
                return socket.getprotobyname(name)
            return None
        return next((number for known, number in _named(table) if known == name), None)

    def is_vrf(self, interface: str) -> bool:
        """Whether an interface is driven by the vrf driver."""
        with contextlib.suppress(OSError):
            return self._ask(lambda: _driver(interface)) == "vrf"
        return False

    def script_problem(self, program: str) -> str | None:
        """Why a script's program can't be run, in words; None when it can."""
        if program.startswith("<"):  # the file is only opened (reference vrrp.md 7.2)
            return None
        if "/" not in program:
            return None if shutil.which(program) else "not found in PATH"
        path = Path(program)
        if not path.is_file():
            return "is no file" if path.exists() else "not found"
        return None if os.access(path, os.X_OK) else "is not executable"

    def insecurity(self, program: str) -> str:
        """Who besides root could change a program, or a directory on the way to it: links are followed first."""
        opened = program.startswith("<")
        found = None if opened else shutil.which(program) if "/" not in program else program
        if found is None:
            return ""
        path = Path(os.path.realpath(found))
        for part in (path, *path.parents):
            try:
                status = part.stat()
            except OSError:
                return ""
            if status.st_uid != 0:
                return f"{part} belongs to another user than root"
            sticky = part is not path and status.st_mode & stat.S_ISVTX
            if status.st_mode & stat.S_IWOTH and not sticky:
                return f"everybody can write to {part}"
            if status.st_mode & stat.S_IWGRP and status.st_gid != 0 and not sticky:
                return f"a group other than root's can write to {part}"
        return ""

    def user_problem(self, user: str, group: str | None) -> str:
        """Why a script can't run as this user and group."""
        if not user.isdecimal() and not _exists(pwd.getpwnam, user):
            return f"there is no user {user}"
        name = (group or "").removeprefix(":")
        if name and not name.isdecimal() and not _exists(grp.getgrnam, name):
            return f"there is no group {name}"
        return ""


def _exists(look_up: Callable[[str], object], name: str) -> bool:
    try:
        look_up(name)
    except KeyError:
        return False
    return True


TABLES = ("/etc/iproute2", "/usr/share/iproute2", "/usr/lib/iproute2")
"""Where iproute2's tables are; the first directory that has one counts, as it does for iproute2."""


def _named(table: str) -> Iterator[tuple[str, int]]:
    """The names in a table: lines of NUMBER NAME, of which the last one with a name counts for iproute2 as well."""
    for directory in TABLES:
        files = [Path(directory, table), *sorted(Path(directory, f"{table}.d").glob("*.conf"))]
        texts = [file.read_text("utf-8", "replace") for file in files if file.is_file()]
        if not texts:
            continue
        for line in "\n".join(texts).splitlines():
            words = line.partition("#")[0].split()
            with contextlib.suppress(ValueError):
                if len(words) >= 2:
                    yield words[1], int(words[0], 0)
        return


GET_DRIVER = 3
"""ETHTOOL_GDRVINFO of linux/ethtool.h: the name of the driver stands in bytes 4 to 35 of the answer."""

SIOCETHTOOL = 0x8946


def _driver(interface: str) -> str:
    """The name of the driver of an interface; nothing when there is no such interface or it does not say."""
    answer = array.array("B", struct.pack("I", GET_DRIVER) + bytes(196 - 4))
    request = struct.pack("16sP", interface.encode()[:15], answer.buffer_info()[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            fcntl.ioctl(asking, SIOCETHTOOL, request + bytes(40 - len(request)))
        except OSError:
            return ""
    return answer.tobytes()[4:36].partition(b"\0")[0].decode(errors="replace")
