"""The kernel's events about processes, the proc connector: its socket and its messages.

They are to be had in the first network namespace alone, by a socket that was made there, and tell pids of the first pid
namespace. Not here: what is done with them (process_watch.py).
"""

import contextlib
import errno
import os
import socket
import struct

from kad.system import fork

# linux/connector.h, linux/cn_proc.h. A message: netlink's header, the connector's, then what happened, on which CPU,
# when, and the pids: of a fork parent and child, else the process; each as a thread and as a process.
_CONNECTOR, _CN_PROC, _LISTEN, _DONE = 11, 1, 1, 3
_NETLINK = struct.Struct("=IHHII")
_MESSAGE = struct.Struct("=IIIIHHI")
_EVENT = struct.Struct("=IIQIIII")
_AT = _NETLINK.size + 20
_RECEIVE_BUFFER = 4 * 2**20
_FIRST_PID_NAMESPACE = "pid:[4026531836]"

NONE, FORK, EXEC, COMM, EXIT = 0x0, 0x1, 0x2, 0x200, 0x80000000
"""What an event is about. NONE: the kernel says that it will tell."""


def reserve() -> None:
    """Make a socket here, before another network namespace is entered, for the child that wants one."""
    with contextlib.suppress(OSError):
        fork.INHERITED.add(_socket().detach())


def _socket() -> socket.socket:
    return socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, _CONNECTOR)


def decode(message: bytes) -> tuple[int, int, int] | None:
    """(what, pid, parent) of an event about a whole process; parent is 0 but for a fork. None: not of interest."""
    if len(message) < _AT + _EVENT.size:
        return None
    what, _, _, first_thread, first, second_thread, second = _EVENT.unpack_from(message, _AT)
    if what == FORK:
        return (what, second, first) if second_thread == second else None
    if what in (EXEC, COMM, EXIT):
        return (what, first, 0) if first_thread == first else None
    return (what, 0, 0) if what == NONE else None


class Events:
    """The socket of the kernel's process events; OSError when there are none to be had."""

    def __init__(self) -> None:
        if os.readlink("/proc/self/ns/pid") != _FIRST_PID_NAMESPACE:
            raise OSError(errno.ENOTSUP, "their pids are those of another pid namespace")
        self.socket = socket.socket(fileno=os.dup(next(iter(fork.INHERITED)))) if fork.INHERITED else _socket()
        try:
            with contextlib.suppress(OSError):
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            if not self.socket.getsockname()[1]:  # else it is the reserved one, and somebody before us has bound it
                self.socket.bind((0, _CN_PROC))
            body = _MESSAGE.pack(_CN_PROC, 1, 0, 0, 4, 0, _LISTEN)
            self.socket.send(_NETLINK.pack(_NETLINK.size + len(body), _DONE, 0, 0, os.getpid()) + body)
        except OSError:
            self.socket.close()
            raise
