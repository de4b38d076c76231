"""Start the user's commands: as whom, with which environment, in a process group of their own.

As keepalived does it (reference vrrp.md 9.3): no shell, standard streams on /dev/null, IFS and the LD_ variables
that could change what runs removed.
"""

import contextlib
import errno
import grp
import os
import pwd
import signal
import subprocess
from dataclasses import dataclass

from kad.config.schema.script import Script

DEFAULT_USER = "keepalived_script"
"""The account that scripts run as when it exists and nothing else is said."""

LARGEST_ID = 2**32 - 2
"""The kernel's ids have 32 bits, and the last one means "none"."""

_FORBIDDEN = ("IFS", "LD_PRELOAD", "LD_LIBRARY_PATH")


class Unknown(Exception):  # noqa: N818 - reads as it is raised: Unknown("user nobody")
    """A user or group that a script shall run as does not exist. `str(error)` says which."""


@dataclass(frozen=True)
class Identity:
    """Whom a script runs as."""

    uid: int
    gid: int


def identity(user: str | None, group: str | None) -> Identity:
    """The ids of these names or numbers; no user: DEFAULT_USER's if it exists, else root's. Raises Unknown."""
    if user is None:
        try:
            entry = pwd.getpwnam(DEFAULT_USER)
        except KeyError:
            return Identity(0, 0)
    else:
        entry = _user(user)
    return Identity(entry.pw_uid, entry.pw_gid if group is None else _group(group))


def _user(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(int(name)) if name.isdecimal() else pwd.getpwnam(name)
    except (KeyError, OverflowError):
        raise Unknown(f"user {name}") from None


def _group(name: str) -> int:
    if name.isdecimal():
        if int(name) > LARGEST_ID:
            raise Unknown(f"group {name}")
        return int(name)
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise Unknown(f"group {name}") from None


def start(script: Script, who: Identity) -> subprocess.Popen[bytes]:
    """Start a command in a new process group; OSError when it can't be.

    A file that is executable but has no `#!` line is given to /bin/sh, as keepalived gives it to system().
    """
    try:
        return _popen(list(script.argv), who)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    return _popen(["/bin/sh", *script.argv], who)


OPENS = "<"
"""A script </PATH is no program: it succeeds when the file can be opened (reference vrrp.md 7.2)."""


def _popen(argv: list[str], who: Identity) -> subprocess.Popen[bytes]:
    if argv[0].startswith(OPENS):
        argv = ["/bin/sh", "-c", ': <"$0"', argv[0].removeprefix(OPENS)]
    ours = who == Identity(os.geteuid(), os.getegid())
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name not in _FORBIDDEN},
        process_group=0,
        user=None if ours else who.uid,
        group=None if ours else who.gid,
        extra_groups=None if ours else [],
    )


def signal_group(pid: int, *, kill: bool) -> None:
    """Signal the process group that `start` made."""
    with contextlib.suppress(ProcessLookupError):  # it may have just ended
        os.killpg(pid, signal.SIGKILL if kill else signal.SIGTERM)
