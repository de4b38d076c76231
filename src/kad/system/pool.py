"""AdvertPool: the sockets for adverts that are wanted now, opened, watched and closed. Reports each failure once.

Not here: which are wanted (vrrp/node.py), the sockets themselves (sockets.py).
"""

import asyncio
import errno
import os
from collections.abc import Callable, Mapping

from kad.errors import MISSING_PERMISSION, Hopeless
from kad.log import logger
from kad.system.sockets import AdvertSockets, Arrived, Endpoint, IPAddress, open_sockets

log = logger("vrrp")

Copies = tuple[tuple[IPAddress, bytes], ...]
"""Datagrams and where each goes."""


class AdvertPool:
    """Sockets by endpoint. `readable` is called with what arrived at one of them."""

    def __init__(self, readable: Callable[[Endpoint, list[Arrived]], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._readable = readable
        self._open: dict[Endpoint, AdvertSockets] = {}
        self._errors: dict[Endpoint, int] = {}

    @property
    def unusable(self) -> frozenset[str]:
        """The interfaces that lack a socket which was wanted."""
        return frozenset(endpoint.interface for endpoint in self._errors)

    def follow(
        self,
        wanted: frozenset[Endpoint],
        indexes: Mapping[str, int],
        vrids: Callable[[Endpoint], frozenset[int] | None] = lambda _: None,
    ) -> None:
        """Have these and no others, on the interfaces of these indexes. Hopeless without permission.

        `vrids`: those of which adverts are received at an endpoint; None: all.
        """
        for endpoint, sockets in list(self._open.items()):
            if endpoint not in wanted or indexes.get(endpoint.interface) != sockets.index:
                self._shut(endpoint)
        self._errors = {one: code for one, code in self._errors.items() if one in wanted and one.interface in indexes}
        for endpoint in sorted(wanted, key=str):
            if endpoint.interface in indexes and endpoint not in self._open:
                self._try_to_open(endpoint, indexes[endpoint.interface])
        for endpoint, sockets in self._open.items():
            sockets.hear(vrids(endpoint))

    def send(self, endpoint: Endpoint, index: int | None, copies: Copies, header: tuple[IPAddress, int]) -> int:
        """Send through the endpoint's sockets, opened if they are not yet. An error number; 0 when all copies went.

        `header`: source and hop limit, for IPv6.
        """
        code = 0
        for destination, datagram in copies:
            try:
                self._sockets(endpoint, index).send(datagram, destination, *header)
            except OSError as error:
                code = error.errno or errno.EIO
        return code

    def _sockets(self, endpoint: Endpoint, index: int | None) -> AdvertSockets:
        if index is None:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return self._open.get(endpoint) or self._opened(endpoint, index)

    def close(self) -> None:
        """Close them all."""
        for endpoint in list(self._open):
            self._shut(endpoint)

    def _opened(self, endpoint: Endpoint, index: int) -> AdvertSockets:
        sockets = self._open[endpoint] = open_sockets(endpoint, index)
        self._loop.add_reader(sockets.fileno(), self._arrived, endpoint)
        return sockets

    def _try_to_open(self, endpoint: Endpoint, index: int) -> None:
        try:
            self._opened(endpoint, index)
        except OSError as error:
            if error.errno in (errno.EPERM, errno.EACCES):
                raise Hopeless(f"no permission for raw sockets: {error.strerror}", MISSING_PERMISSION) from error
            if self._errors.get(endpoint) != error.errno:
                log.error("can't open sockets on %s: %s", endpoint.interface, error.strerror)
            self._errors[endpoint] = error.errno or errno.EIO
        else:
            self._errors.pop(endpoint, None)

    def _arrived(self, endpoint: Endpoint) -> None:
        self._readable(endpoint, self._open[endpoint].receive())

    def _shut(self, endpoint: Endpoint) -> None:
        sockets = self._open.pop(endpoint)
        self._loop.remove_reader(sockets.fileno())
        sockets.close()
