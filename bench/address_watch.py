"""AddressWatch: when addresses were set on a host, as the kernel tells of it. Sees one event for each, decodes none."""

import contextlib
import select
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Self

from tests.netns.lab import Host, inside

_RTMGRP_IPV4_IFADDR = 0x10
_RTM_NEWADDR = 20
_SO_RCVBUFFORCE = 33
_HEADER = struct.Struct("=IH")


def _opened() -> socket.socket:
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 1 << 24)
    opened.bind((0, _RTMGRP_IPV4_IFADDR))
    return opened


class AddressWatch:
    """Counts new IPv4 addresses of a host from entry to exit."""

    def __init__(self, host: Host) -> None:
        self._socket = inside(host.namespace, _opened)
        self._times: list[float] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while not self._done.is_set():
            if not select.select([self._socket], [], [], 0.02)[0]:
                continue
            now = time.time()
            with contextlib.suppress(BlockingIOError):
                while True:
                    _, kind = _HEADER.unpack_from(self._socket.recv(8192, socket.MSG_DONTWAIT))
                    if kind == _RTM_NEWADDR:
                        self._times.append(now)
            time.sleep(0.001)  # the processor is for the one who is watched

    def until(self, count: int, timeout: float = 60) -> tuple[float, float]:
        """When the first and the last of so many addresses were there, in Unix time; TimeoutError when they are not."""
        deadline = time.monotonic() + timeout
        while len(self._times) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self._times)} of {count} addresses")
            time.sleep(0.01)
        return self._times[0], self._times[count - 1]
