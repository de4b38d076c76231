"""The carrier of interfaces, asked for every second instead of believed: by MII registers, by ethtool, by their flags.

For drivers that do not tell the kernel of a lost carrier (reference keywords: linkbeat_interfaces). Not here: what a
lost carrier means (vrrp/links.py).
"""

import array
import asyncio
import contextlib
import fcntl
import socket
import struct
from collections.abc import Callable, Mapping

from kad.log import logger

log = logger("linkbeat")

ASK_EVERY = 1.0
"""Seconds between two questions."""

METHODS = ("MII", "ETHTOOL", "IOCTL")
"""The best one first."""

# linux/sockios.h, linux/mii.h, linux/ethtool.h, linux/if.h
_GIFFLAGS, _GMIIPHY, _GMIIREG, _ETHTOOL = 0x8913, 0x8947, 0x8948, 0x8946
_BMSR, _BMSR_LINK, _GLINK = 1, 0x4, 0xA
_IFF_UP, _IFF_RUNNING = 0x1, 0x40
_NAME, _REQUEST = 15, 40


def _ioctl(number: int, name: str, data: bytes) -> bytes:
    request = name.encode()[:_NAME].ljust(_NAME + 1, b"\0") + data
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        return fcntl.ioctl(asking, number, request.ljust(_REQUEST, b"\0"))[_NAME + 1 :]


def _flags(name: str) -> int:
    return int(struct.unpack_from("H", _ioctl(_GIFFLAGS, name, b""))[0])


def _mii(name: str) -> bool:
    phy = struct.unpack_from("H", _ioctl(_GMIIPHY, name, b""))[0]
    # The register says that the link was lost until it is read: the second answer is about now.
    answers = [_ioctl(_GMIIREG, name, struct.pack("HHHH", phy, _BMSR, 0, 0)) for _ in range(2)]
    status = struct.unpack_from("HHHH", answers[1])[3]
    if status in (0, 0xFFFF):
        raise OSError(0, "no MII transceiver")
    return bool(status & _BMSR_LINK)


def _ethtool(name: str) -> bool:
    answer = array.array("I", (_GLINK, 0))
    _ioctl(_ETHTOOL, name, struct.pack("P", answer.buffer_info()[0]))
    return bool(answer[1])


def carrier(name: str, method: str) -> bool:
    """Whether an interface is switched on and has a carrier, by this method; OSError when it can't be asked so."""
    flags = _flags(name)
    if not flags & _IFF_UP:
        return False
    if method == "MII":
        return _mii(name)
    return _ethtool(name) if method == "ETHTOOL" else bool(flags & _IFF_RUNNING)


def supported(name: str, wanted: str | None) -> str:
    """The wanted method when the interface has it, else the best that it has."""
    for method in (wanted, *METHODS) if wanted else METHODS:
        asks = {"MII": _mii, "ETHTOOL": _ethtool}.get(method, _flags)
        with contextlib.suppress(OSError):
            asks(name)
            return method
    return METHODS[-1]


class Linkbeat:
    """Asks interfaces for their carrier; `changed` is called when one has another than before."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._wanted: dict[str, str | None] = {}
        self._methods: dict[str, str] = {}
        self._up: dict[str, bool] = {}
        self._timer: asyncio.TimerHandle | None = None

    def follow(self, wanted: Mapping[str, str | None]) -> None:
        """Ask these from now on, each by a method or, with None, by its best."""
        same = self._wanted.items() & wanted.items()
        self._methods = {name: how for name, how in self._methods.items() if (name, wanted.get(name)) in same}
        self._wanted = dict(wanted)
        self._up = {name: self._ask(name) for name in wanted}
        self._rearm()

    def correct(self, up: frozenset[str]) -> frozenset[str]:
        """The interfaces that are up, where the kernel says that these are."""
        return (up - self._up.keys()).union(name for name, good in self._up.items() if good)

    def close(self) -> None:
        """Ask no more."""
        self._wanted = {}
        self._rearm()

    def _ask(self, name: str) -> bool:
        try:
            if name not in self._methods:
                wanted = self._wanted[name]
                _flags(name)  # one that is not there has no method yet
                self._methods[name] = supported(name, wanted)
                if wanted not in (None, self._methods[name]):
                    text = "(%s): Configured linkbeat type %s not supported, using %s"
                    log.warning(text, name, wanted, self._methods[name])
            return carrier(name, self._methods[name])
        except OSError:
            self._methods.pop(name, None)  # it is gone; one of that name that comes may have other methods
            return False

    def _look(self) -> None:
        before, self._up = self._up, {name: self._ask(name) for name in self._wanted}
        for name, good in self._up.items():
            if good is not before[name]:
                log.info("Linkbeat reports %s %s", name, "up" if good else "down")
        self._rearm()
        if self._up != before:
            self._changed()

    def _rearm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(ASK_EVERY, self._look) if self._wanted else None
