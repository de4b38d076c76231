"""The kernel's IPVS table over generic netlink: services and their destinations (reference checker.md 1.4).

One request a message, each acknowledged; the caller awaits one before the next. What is already there is made what it
should be (EEXIST on a new one: changed instead), what is already gone is no error. Who should be in the table is
`health/quorum.py`'s affair.
"""

import errno
import os
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

from pyroute2.netlink import NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST
from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.generic import ipvs

from kad.errors import MISSING_PERMISSION, Hopeless, Refused

NO_IPVS = (
    'the kernel has no IPVS (generic netlink family "IPVS"): virtual servers can\'t be served;'
    " load the module ip_vs or use a kernel that has it"
)

PROTOCOLS = {"TCP": socket.IPPROTO_TCP, "UDP": socket.IPPROTO_UDP, "SCTP": socket.IPPROTO_SCTP}
METHODS = {"NAT": 0, "TUN": 2, "DR": 3}
PERSISTENT = 0x1
_ALL_FLAGS = 0xFFFFFFFF
_IPIP = 0


@dataclass(frozen=True)
class Service:
    """A virtual service. `granularity`: an IPv4 mask or an IPv6 prefix length, None: each client by itself."""

    address: str
    port: int
    protocol: str
    scheduler: str
    persistence_timeout: int | None = None
    granularity: str | None = None

    @property
    def key(self) -> tuple[str, int, str]:
        """What the kernel tells services apart by."""
        return (_canonical(self.address), self.port, self.protocol)


@dataclass(frozen=True)
class Destination:
    """A server of a service. `method`: "NAT", "DR" or "TUN" (by IP in IP)."""

    address: str
    port: int
    method: str
    weight: int
    uthreshold: int = 0
    lthreshold: int = 0


class _Command(IntEnum):
    NEW_SERVICE = 1
    SET_SERVICE = 2
    DEL_SERVICE = 3
    GET_SERVICE = 4
    NEW_DEST = 5
    SET_DEST = 6
    DEL_DEST = 7
    GET_DEST = 8


_LOGGED_AS = {
    _Command.NEW_SERVICE: "IP_VS_SO_SET_ADD(1154)",
    _Command.SET_SERVICE: "IP_VS_SO_SET_EDIT(1155)",
    _Command.DEL_SERVICE: "IP_VS_SO_SET_DEL(1156)",
    _Command.NEW_DEST: "IP_VS_SO_SET_ADDDEST(1159)",
    _Command.DEL_DEST: "IP_VS_SO_SET_DELDEST(1160)",
    _Command.SET_DEST: "IP_VS_SO_SET_EDITDEST(1161)",
}
"""The socket options of before generic netlink: keepalived's log still calls the commands so."""

_WORDS = {
    (_Command.NEW_SERVICE, errno.ENOENT): "Scheduler or persistence engine not found",
    (_Command.SET_SERVICE, errno.ENOENT): "Scheduler or persistence engine not found",
    (_Command.SET_SERVICE, errno.ESRCH): "No such service",
    (_Command.DEL_SERVICE, errno.ESRCH): "No such service",
    (_Command.NEW_DEST, errno.ESRCH): "Service not defined",
    (_Command.SET_DEST, errno.ESRCH): "Service not defined",
    (_Command.DEL_DEST, errno.ESRCH): "Service not defined",
    (_Command.SET_DEST, errno.ENOENT): "No such destination",
    (_Command.DEL_DEST, errno.ENOENT): "No such destination",
}


class _Message(ipvs.ipvsmsg):  # type: ignore[misc]  # the library has no types
    """IPVS's messages with addresses and masks as raw bytes.

    The library decodes an address by a family that the kernel sends only after it, and knows no IPv6 mask.
    """

    class service(ipvs.ipvsmsg.service):  # type: ignore[misc]  # noqa: N801 - the name is looked up by the library
        """A service."""

        nla_map = tuple(
            (name, "cdata" if name in ("IPVS_SVC_ATTR_ADDR", "IPVS_SVC_ATTR_NETMASK") else kind)
            for name, kind in ipvs.ipvsmsg.service.nla_map
        )

    class dest(ipvs.ipvsmsg.dest):  # type: ignore[misc]  # noqa: N801 - the name is looked up by the library
        """A destination."""

        nla_map = tuple(
            (name, "cdata" if name == "IPVS_DEST_ATTR_ADDR" else kind) for name, kind in ipvs.ipvsmsg.dest.nla_map
        )


class _Socket(ipvs.AsyncIPVSSocket):  # type: ignore[misc]  # the library has no types
    module_err_level = "debug"  # `NO_IPVS` says it once, in our log

    async def setup_endpoint(self) -> None:
        if getattr(self.local, "transport", None) is not None:
            return
        await super(ipvs.AsyncIPVSSocket, self).setup_endpoint()
        await self.bind(ipvs.GENL_NAME, _Message)


class Table:
    """An open line to the kernel's table. `Refused` from every method that changes something, when it can't be done."""

    def __init__(self, opened: _Socket) -> None:
        self._socket = opened

    async def services(self) -> set[tuple[str, int, str]]:
        """The keys of the services there are, whoever made them; those by firewall mark are left out."""
        found = set()
        for message in await self._ask(_Command.GET_SERVICE, NLM_F_DUMP):
            nest = message.get_attr("IPVS_CMD_ATTR_SERVICE")
            raw = nest.get_attr("IPVS_SVC_ATTR_ADDR")
            number = nest.get_attr("IPVS_SVC_ATTR_PROTOCOL")
            protocol = next((name for name, known in PROTOCOLS.items() if known == number), None)
            if raw is not None and protocol is not None:
                text = _text(nest.get_attr("IPVS_SVC_ATTR_AF"), raw)
                found.add((text, nest.get_attr("IPVS_SVC_ATTR_PORT"), protocol))
        return found

    async def destinations(self, service: Service) -> dict[tuple[str, int], int]:
        """Address and port of each destination of a service, and its weight; none when there is no such service."""
        found = {}
        attributes = [("IPVS_CMD_ATTR_SERVICE", _service_nest(_bare(service)))]
        for message in await self._ask(_Command.GET_DEST, NLM_F_DUMP, attributes):
            nest = message.get_attr("IPVS_CMD_ATTR_DEST")
            family = nest.get_attr("IPVS_DEST_ATTR_ADDR_FAMILY") or _family(service.address)
            text = _text(family, nest.get_attr("IPVS_DEST_ATTR_ADDR"))
            found[text, nest.get_attr("IPVS_DEST_ATTR_PORT")] = nest.get_attr("IPVS_DEST_ATTR_WEIGHT")
        return found

    async def add_service(self, service: Service) -> None:
        """Create a service, or make the one that is there like this."""
        if await self._do(_Command.NEW_SERVICE, service, passed_over=(errno.EEXIST,)):
            await self._do(_Command.SET_SERVICE, service)

    async def remove_service(self, service: Service) -> None:
        """Delete a service, with the destinations that it still has."""
        await self._do(_Command.DEL_SERVICE, service, passed_over=(errno.ESRCH,))

    async def add_destination(self, service: Service, destination: Destination) -> None:
        """Put a destination in, or make the one that is there like this."""
        if await self._do(_Command.NEW_DEST, service, destination, passed_over=(errno.EEXIST,)):
            await self._do(_Command.SET_DEST, service, destination)

    async def set_destination(self, service: Service, destination: Destination) -> None:
        """Change a destination, or put it in when it is gone."""
        if await self._do(_Command.SET_DEST, service, destination, passed_over=(errno.ENOENT,)):
            await self._do(_Command.NEW_DEST, service, destination)

    async def remove_destination(self, service: Service, destination: Destination) -> None:
        """Take a destination out."""
        await self._do(_Command.DEL_DEST, service, destination, passed_over=(errno.ENOENT, errno.ESRCH))

    def close(self) -> None:
        """End the line."""
        self._socket.close()

    async def _do(
        self,
        command: _Command,
        service: Service,
        destination: Destination | None = None,
        *,
        passed_over: tuple[int, ...] = (),
    ) -> bool:
        """Perform a command; True when it failed with an errno that is `passed_over`. Refused for any other."""
        nest = _service_nest(service if destination is None else _bare(service))
        attributes = [("IPVS_CMD_ATTR_SERVICE", nest)]
        if destination is not None:
            attributes.append(("IPVS_CMD_ATTR_DEST", _destination_nest(destination)))
        try:
            await self._ask(command, NLM_F_ACK, attributes)
        except NetlinkError as error:
            if error.code in passed_over:
                return True
            words = _WORDS.get((command, error.code)) or os.strerror(error.code)
            about = _name(service) + ("" if destination is None else f" -> {_place(destination)}")
            raise Refused(f"IPVS cmd {_LOGGED_AS[command]} error: {words}({error.code}) ({about})") from error
        return False

    async def _ask(
        self, command: _Command, flags: int, attributes: Iterable[tuple[str, dict[str, object]]] = ()
    ) -> list[_Message]:
        message = _Message()
        message["cmd"] = int(command)
        message["version"] = ipvs.GENL_VERSION
        message["attrs"] = list(attributes)
        answers = await self._socket.nlm_request(message, msg_type=self._socket.prid, msg_flags=NLM_F_REQUEST | flags)
        return [answer async for answer in answers]


async def open_table() -> Table:
    """A line to the kernel's table; Hopeless when the kernel has none, or does not let us."""
    opened = _Socket()
    try:
        await opened.setup_endpoint()
    except NetlinkError as error:
        opened.close()
        if error.code == errno.EPERM:
            raise Hopeless("no permission to change the IPVS table", MISSING_PERMISSION) from error
        raise Hopeless(NO_IPVS) from error
    return Table(opened)


def _bare(service: Service) -> Service:
    """A service as keepalived names it when the destination is meant: nothing of its persistence."""
    return replace(service, persistence_timeout=None, granularity=None)


def _service_nest(service: Service) -> dict[str, object]:
    family = _family(service.address)
    flags = 0 if service.persistence_timeout is None else PERSISTENT
    return {
        "attrs": [
            ("IPVS_SVC_ATTR_AF", int(family)),
            ("IPVS_SVC_ATTR_PROTOCOL", PROTOCOLS[service.protocol]),
            ("IPVS_SVC_ATTR_ADDR", _packed(service.address)),
            ("IPVS_SVC_ATTR_PORT", service.port),
            ("IPVS_SVC_ATTR_SCHED_NAME", service.scheduler),
            ("IPVS_SVC_ATTR_FLAGS", {"flags": flags, "mask": _ALL_FLAGS}),
            ("IPVS_SVC_ATTR_TIMEOUT", service.persistence_timeout or 0),
            ("IPVS_SVC_ATTR_NETMASK", _netmask(family, service.granularity)),
        ]
    }


def _destination_nest(destination: Destination) -> dict[str, object]:
    attributes: list[tuple[str, object]] = [
        ("IPVS_DEST_ATTR_ADDR_FAMILY", int(_family(destination.address))),
        ("IPVS_DEST_ATTR_ADDR", _packed(destination.address)),
        ("IPVS_DEST_ATTR_PORT", destination.port),
        ("IPVS_DEST_ATTR_FWD_METHOD", METHODS[destination.method]),
        ("IPVS_DEST_ATTR_WEIGHT", destination.weight),
    ]
    if destination.method == "TUN":
        attributes.append(("IPVS_DEST_ATTR_TUN_TYPE", _IPIP))
    attributes += [
        ("IPVS_DEST_ATTR_U_THRESH", destination.uthreshold),
        ("IPVS_DEST_ATTR_L_THRESH", destination.lthreshold),
    ]
    return {"attrs": attributes}


def _netmask(family: socket.AddressFamily, granularity: str | None) -> bytes:
    """Four bytes: an IPv4 mask in network order, an IPv6 prefix length in the machine's own."""
    if family == socket.AF_INET6:
        return struct.pack("=I", 128 if granularity is None else int(granularity))
    return socket.inet_aton(granularity or "255.255.255.255")


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _packed(address: str) -> bytes:
    """The 16 bytes of a kernel's nf_inet_addr."""
    return socket.inet_pton(_family(address), address).ljust(16, b"\0")


def _text(family: int, raw: bytes) -> str:
    return socket.inet_ntop(family, raw[: 16 if family == socket.AF_INET6 else 4])


def _canonical(address: str) -> str:
    return _text(_family(address), _packed(address))


def _name(service: Service) -> str:
    return f"{_canonical(service.address)}:{service.protocol.lower()}:{service.port}"


def _place(destination: Destination) -> str:
    return f"{_canonical(destination.address)}:{destination.port}"
