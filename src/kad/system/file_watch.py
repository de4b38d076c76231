"""Files whose contents matter, watched by inotify on their directories: read when they may have changed.

A directory that is not there, is replaced or goes away is no reason to lose a file: what inotify can't tell is looked
at every second. Not here: what the contents mean (vrrp/track_file.py).
"""

import asyncio
import ctypes
import os
import stat
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kad.config.schema.track_file import TrackFile
from kad.log import logger

log = logger("files")

MOST = 128
"""Bytes of a file that are read."""

LOOK_EVERY = 1.0
"""Seconds between two looks at what inotify does not tell of."""

_LIBC = ctypes.CDLL(None, use_errno=True)
_EVENT = struct.Struct("iIII")
_BUFFER = 65536

_ATTRIB, _CLOSE_WRITE, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x4, 0x8, 0x40, 0x80, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF, _UNMOUNT, _Q_OVERFLOW, _IGNORED = 0x400, 0x800, 0x2000, 0x4000, 0x8000
_ONLYDIR = 0x1000000
_MASK = (
    _ATTRIB | _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _DELETE_SELF | _MOVE_SELF | _ONLYDIR
)  # fmt: skip
_DIRECTORY_LOST = _DELETE_SELF | _MOVE_SELF | _UNMOUNT | _IGNORED


class Inotify:
    """An inotify descriptor; OSError when there is none to be had."""

    def __init__(self) -> None:
        self.fd: int = _checked(_LIBC.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK))

    def add(self, directory: str) -> int:
        """Watch a directory; the number that its events carry."""
        return _checked(_LIBC.inotify_add_watch(self.fd, os.fsencode(directory), _MASK))

    def remove(self, watch: int) -> None:
        """Watch it no longer; it may be gone already."""
        _LIBC.inotify_rm_watch(self.fd, watch)

    def events(self) -> list[tuple[int, int, str]]:
        """What has happened: the number of the watch, the kind, and the name in the directory."""
        try:
            data = os.read(self.fd, _BUFFER)
        except BlockingIOError:
            return []
        found, at = [], 0
        while at < len(data):
            watch, mask, _, length = _EVENT.unpack_from(data, at)
            at += _EVENT.size
            found.append((watch, mask, os.fsdecode(data[at : at + length].rstrip(b"\0"))))
            at += length
        return found

    def close(self) -> None:
        """Watch nothing any more."""
        os.close(self.fd)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


@dataclass
class _Directory:
    """A watched directory. `which`: what makes it the same one."""

    watch: int
    which: tuple[int, int]


class FileWatch:
    """Tells `changed` of each followed file whose contents are not what they were: its path, and what is in it."""

    def __init__(self, changed: Callable[[str, bytes | None], None]) -> None:
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._inotify: Inotify | None = None
        self._contents: dict[str, bytes | None] = {}
        self._directories: dict[str, _Directory] = {}
        self._refused: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None

    def follow(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """Watch these files from now on, and no others; what is in them."""
        wanted = set(paths)
        if wanted and self._inotify is None:
            self._open()
        self._watch(wanted)
        self._refused &= wanted
        self._contents = {path: self._read(path) for path in wanted}
        self._rearm()
        return dict(self._contents)

    def close(self) -> None:
        """Watch nothing any more."""
        self._contents = {}
        self._rearm()
        if self._inotify is not None:
            self._loop.remove_reader(self._inotify.fd)
            self._inotify.close()
            self._inotify = None

    def _open(self) -> None:
        try:
            self._inotify = Inotify()
        except OSError as error:
            log.warning("files can't be watched (%s): looking at them every second", error.strerror)
            return
        self._loop.add_reader(self._inotify.fd, self._readable)

    def _watch(self, paths: Iterable[str]) -> set[str]:
        """Watch the directories of these, and no others; those that are watched only now, or no longer."""
        before = dict(self._directories)
        wanted = {directory_of(path) for path in paths}
        for directory in self._directories.keys() - wanted:
            self._forget(directory)
        for directory in wanted:
            which = _which(directory)
            known = self._directories.get(directory)
            if known is not None and known.which != which:
                self._forget(directory)
            if which is not None and directory not in self._directories and self._inotify is not None:
                try:
                    self._directories[directory] = _Directory(self._inotify.add(directory), which)
                except OSError as error:  # too many watches, or gone in the meantime: it is looked at
                    log.debug("%s can't be watched: %s", directory, error.strerror)
        every = before.keys() | self._directories.keys()
        return {name for name in every if before.get(name) is not self._directories.get(name)}

    def _forget(self, directory: str) -> None:
        known = self._directories.pop(directory)
        others = (other.watch for other in self._directories.values())  # another name of the same directory
        if self._inotify is not None and known.watch not in others:
            self._inotify.remove(known.watch)

    def _readable(self) -> None:
        assert self._inotify is not None, "there is something to read from"
        suspects: set[str] = set()
        by_watch: dict[int, list[str]] = {}
        for directory, known in self._directories.items():
            by_watch.setdefault(known.watch, []).append(directory)
        for watch, mask, name in self._inotify.events():
            directories = by_watch.get(watch, [])
            if mask & _Q_OVERFLOW:
                suspects |= self._contents.keys()
            elif mask & _DIRECTORY_LOST:
                for directory in directories:
                    if directory in self._directories:
                        self._forget(directory)
                suspects |= {path for path in self._contents if directory_of(path) in directories}
            else:
                suspects |= {os.path.join(directory, name) for directory in directories}
        fresh = self._watch(self._contents)
        self._look_at(path for path in self._contents if path in suspects or directory_of(path) in fresh)

    def _look(self) -> None:
        """See what inotify does not tell: a directory that came or is another one, a link's far end."""
        self._timer = None
        fresh = self._watch(self._contents)
        places = ((path, directory_of(path)) for path in self._contents)
        self._look_at(
            path
            for path, directory in places
            if directory in fresh or directory not in self._directories or os.path.islink(path)
        )
        self._rearm()

    def _look_at(self, paths: Iterable[str]) -> None:
        for path in list(paths):
            now = self._read(path)
            if path in self._contents and self._contents[path] != now:
                self._contents[path] = now
                self._changed(path, now)

    def _read(self, path: str) -> bytes | None:
        try:
            found = content(path)
        except PermissionError as error:
            if path not in self._refused:
                log.warning("%s can't be read: %s", path, error.strerror)
            self._refused.add(path)
            return None
        self._refused.discard(path)
        return found

    def _rearm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(LOOK_EVERY, self._look) if self._contents else None


def directory_of(path: str) -> str:
    """Where a file is."""
    return os.path.dirname(path) or "."


def content(path: str) -> bytes | None:
    """The beginning of a file; None when there is none. It never waits for the other end of a pipe.

    PermissionError: it may not be read, which is another thing.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except PermissionError:
        raise
    except OSError:
        return None
    try:
        return os.read(fd, MOST)
    except OSError:
        return None
    finally:
        os.close(fd)


def initialise(files: Iterable[TrackFile]) -> None:
    """Make those that are to be there from the start of the daemon (reference vrrp.md 7.3); failures are told."""
    for one in files:
        if one.init_file is not None:
            try:
                make(one.file, one.init_file.value, overwrite=one.init_file.overwrite)
            except OSError as error:
                log.error("Unable to initialise track file %s (%s): %s", one.name, one.file, error.strerror)


def make(path: str, value: int, *, overwrite: bool) -> None:
    """Make a file with a number in it, unless it is there and not to be overwritten. OSError says why it can't be."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK | (0 if overwrite else os.O_EXCL)
    try:
        fd = os.open(path, flags, 0o644)
    except FileExistsError:
        return
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(0, "it is not a regular file")
        os.ftruncate(fd, 0)
        os.write(fd, b"%d\n" % value)
    finally:
        os.close(fd)


def _which(directory: str) -> tuple[int, int] | None:
    try:
        status = os.stat(directory)
    except OSError:
        return None
    return status.st_dev, status.st_ino
