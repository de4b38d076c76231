"""A named pipe that lines are told to: made if it is not there, never waited for."""

import errno
import os
import stat
from pathlib import Path

from kad.system.scripts import Identity


class Fifo:
    """The writing end. OSError when there is something else at the path, or it can't be had.

    It is opened for reading too, so that there need be no reader; what nobody reads stays in the pipe until it is full.
    A pipe of another owner than root and `who` is not used (reference vrrp.md 9.2).
    """

    def __init__(self, path: str, who: Identity) -> None:
        self.path = path
        self.lost = 0
        self._made = False
        try:
            os.mkfifo(path, 0o600)
            self._made = True
        except FileExistsError:
            pass
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            self._own(who)
        except BaseException:
            os.close(self._fd)
            raise

    def _own(self, who: Identity) -> None:
        status = os.fstat(self._fd)
        if not stat.S_ISFIFO(status.st_mode):
            raise OSError(errno.EINVAL, "is no named pipe", self.path)
        if self._made:
            os.fchown(self._fd, who.uid, who.gid)
        elif status.st_uid not in (0, who.uid):
            raise OSError(errno.EPERM, "belongs to somebody else", self.path)

    def write(self, line: str) -> str:
        """Tell a line: all of it or nothing. What there is to say of that: that lines are lost, or that some were."""
        try:
            os.write(self._fd, line.encode(errors="surrogateescape"))
        except OSError as error:
            self.lost += 1
            return f"write error: {error.strerror}: lines are lost" if self.lost == 1 else ""
        lost, self.lost = self.lost, 0
        return f"{lost} lines were lost" if lost else ""

    def close(self) -> None:
        """Close it, and remove it if it was made here."""
        os.close(self._fd)
        if self._made:
            Path(self.path).unlink(missing_ok=True)
