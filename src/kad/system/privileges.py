"""What a process may do: its Linux capabilities, its parent's death, its name.

capset and prctl have no wrapper in the standard library; these are the calls kad needs, over libc.
"""

import ctypes
import os
import signal
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)

CAPABILITIES = {
    "KILL": 5,
    "SETGID": 6,
    "SETUID": 7,
    "NET_BIND_SERVICE": 10,
    "NET_ADMIN": 12,
    "NET_RAW": 13,
    "IPC_LOCK": 14,
}
"""The numbers (linux/capability.h) of the capabilities that a kad process may ask to keep."""

_VERSION_3 = 0x20080522
_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _prctl(option: int, argument: int = 0) -> None:
    if _LIBC.prctl(option, ctypes.c_ulong(argument), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "prctl")


def held() -> frozenset[str]:
    """Those of CAPABILITIES that this process has in effect."""
    mask = _status_mask("CapEff")
    return frozenset(name for name, number in CAPABILITIES.items() if mask >> number & 1)


def _status_mask(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1], 16)
    raise AssertionError(field)


def keep(names: tuple[str, ...]) -> None:
    """Give up every capability but these, for good: a later exec does not bring them back.

    A named capability that the process does not have is not gained; `held` tells.
    """
    kept = sum(1 << CAPABILITIES[name] for name in names) & _status_mask("CapPrm")
    bounding = _status_mask("CapBnd")
    for number in range(64):
        if bounding >> number & 1 and not kept >> number & 1:
            _prctl(_PR_CAPBSET_DROP, number)
    _LIBC.prctl(_PR_CAP_AMBIENT, ctypes.c_ulong(_PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0)  # absent before Linux 4.3
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    header = _Header(_VERSION_3, 0)
    low = _Data(kept & 0xFFFFFFFF, kept & 0xFFFFFFFF, 0)
    high = _Data(kept >> 32, kept >> 32, 0)
    if _LIBC.capset(ctypes.byref(header), (_Data * 2)(low, high)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "capset")


def die_with_parent() -> None:
    """Get SIGTERM when the parent dies: what a worker that is stuck in a call would otherwise miss."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent died, so that none is lost to init unseen."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
