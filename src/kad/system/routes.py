"""The kernel's routes and policy rules over rtnetlink: set, removed, and watched for what others remove.

Not here: how a message looks (route_messages.py), what there should be and what is done about a loss (vrrp/routing.py).
"""

import asyncio
import errno
import os
import socket
import struct
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any

from pyroute2 import AsyncIPRoute
from pyroute2.netlink import NLM_F_ACK, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST
from pyroute2.netlink.exceptions import NetlinkError

from kad.config.schema.virtual_routes import KEEPALIVED, VirtualRoute
from kad.config.schema.virtual_rules import VirtualRule
from kad.log import logger
from kad.system.netlink import BATCH, Netlink
from kad.system.route_messages import IndexOf, route_message, rule_message

log = logger("netlink")

_RTM_NEWROUTE, _RTM_DELROUTE, _RTM_NEWRULE, _RTM_DELRULE = 24, 25, 32, 33
_RTMGRP_IPV4_ROUTE, _RTMGRP_IPV4_RULE, _RTMGRP_IPV6_ROUTE, _RTMGRP_IPV6_RULE = 0x40, 0x80, 0x400, 0x40000
_MODES = {"add": NLM_F_CREATE | NLM_F_EXCL, "append": NLM_F_CREATE | NLM_F_APPEND, "prepend": NLM_F_CREATE}
_HEADER = struct.Struct("=IHHII")
_PROTOCOL_AT = _HEADER.size + 5
"""Where rtmsg says who made the route."""

_RETRY = 0.1

Way = VirtualRoute | VirtualRule
"""What says where packets go: a route or a policy rule."""

GoneWay = tuple[int, int, str]
"""What is known of a route or rule that is gone: version of IP, table or preference, destination as ADDRESS/LENGTH.

A rule has no destination here.
"""


class Routes:
    """Sets and removes routes and rules through a Netlink; `index_of` knows the interfaces."""

    def __init__(self, netlink: Netlink, index_of: IndexOf) -> None:
        self._netlink = netlink
        self._index_of = index_of

    async def add(self, ways: Sequence[Way]) -> list[str | None]:
        """Set in order. Of each: "" when it is set now, None when it was there already, else why it is not."""
        fine = {errno.EEXIST: None}
        return [fine.get(code, os.strerror(code) if code else "") for code in await self._change(ways, add=True)]

    async def remove(self, ways: Sequence[Way]) -> list[str]:
        """Remove in order. Of each: "" when it is not there now, else why it still is."""
        fine = (0, errno.ESRCH, errno.ENOENT, errno.ENODEV, errno.EOPNOTSUPP)
        return ["" if code in fine else os.strerror(code) for code in await self._change(ways, add=False)]

    async def _change(self, ways: Sequence[Way], *, add: bool) -> list[int]:
        codes: list[int] = []
        for start in range(0, len(ways), BATCH):
            batch = ways[start : start + BATCH]
            requests = [self._request(way, add=add) for way in batch]
            answers = iter(await self._netlink.exchange([one for one in requests if one is not None]))
            codes += [errno.ENODEV if one is None else next(answers) for one in requests]
        return codes

    def _request(self, way: Way, *, add: bool) -> tuple[Any, int, int] | None:
        """Message, kind and flags; None when an interface is not there."""
        flags = NLM_F_REQUEST | NLM_F_ACK
        try:
            if isinstance(way, VirtualRoute):
                message = route_message(way, self._index_of, add=add)
                return (message, _RTM_NEWROUTE, flags | _MODES[way.mode]) if add else (message, _RTM_DELROUTE, flags)
            kind, more = (_RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL) if add else (_RTM_DELRULE, 0)
            return rule_message(way), kind, flags | more
        except LookupError:
            return None


class _Watcher(AsyncIPRoute):  # type: ignore[misc]  # pyroute2 has no types
    """A monitor of what is removed by others: it does not take the trouble to decode anything else."""

    own_port = 0

    def enqueue(self, data: bytes, addr: object) -> Any:  # noqa: ANN401
        """Drop all else, as cheaply as it goes: a machine with a full table has thousands of changes."""
        length, kind, _, _, port = _HEADER.unpack_from(data)
        foreign = kind == _RTM_DELROUTE and data[_PROTOCOL_AT] != KEEPALIVED
        if length == len(data) and (kind not in (_RTM_DELROUTE, _RTM_DELRULE) or port == self.own_port or foreign):
            return None
        return super().enqueue(data, addr)


async def watch_routes(netlink: Netlink, on_gone: Callable[[GoneWay | None], None]) -> None:
    """Tell of each route of ours and each rule that somebody else removed, for ever; None: it may be any.

    Ours are those with keepalived's protocol.
    """
    while True:
        watcher = _Watcher()
        watcher.own_port = netlink.route_port
        groups = _RTMGRP_IPV4_ROUTE | _RTMGRP_IPV4_RULE | _RTMGRP_IPV6_ROUTE | _RTMGRP_IPV6_RULE
        try:
            await watcher.bind(groups=groups)
            on_gone(None)
            while True:
                async for message in watcher.get():
                    if message["header"]["type"] in (_RTM_DELROUTE, _RTM_DELRULE):
                        on_gone(_gone(message))
                await asyncio.sleep(0)  # thousands may wait: others must have their turn in between
        except (OSError, NetlinkError) as error:
            log.warning("the kernel's events about routes were lost (%s): looking at all of them", error)
        finally:
            watcher.close()
        await asyncio.sleep(_RETRY)


def _gone(message: Any) -> GoneWay:  # noqa: ANN401 - pyroute2 has no types
    version = 6 if message["family"] == socket.AF_INET6 else 4
    if message["header"]["type"] == _RTM_DELRULE:
        return version, message.get("priority") or 0, ""
    zero = "::" if version == 6 else "0.0.0.0"  # noqa: S104 - a destination, no socket
    destination = ip_address(message.get("dst") or zero)
    return version, message.get("table") or 0, f"{destination}/{message['dst_len']}"
