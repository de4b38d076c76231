"""rtnetlink messages that set and remove addresses, packed by hand: a takeover of thousands must not wait for Python.

pyroute2 takes 0.1 ms for one of them, the kernel as long again to obey; struct takes a few microseconds. The test
compares each with what pyroute2 reads from it. Not here: sending them (netlink.py). Source: reference vrrp.md 8.1.
"""

import socket
import struct
from collections.abc import Sequence
from ipaddress import ip_interface

from kad.config.schema.virtual_ipaddress import VirtualAddress

RTM_NEWADDR, RTM_DELADDR = 20, 21
IFA_PROTO_KEEPALIVED = 18
"""How keepalived marks its addresses (reference vrrp.md 8.1); kernels before 5.18 ignore it."""

_REQUEST, _ACK, _EXCL, _CREATE = 0x1, 0x4, 0x200, 0x400
_IFA_ADDRESS, _IFA_LOCAL, _IFA_LABEL, _IFA_BROADCAST, _IFA_CACHEINFO, _IFA_FLAGS, _IFA_PROTO = 1, 2, 3, 4, 6, 8, 11
_IFA_F_NODAD = 0x02
_FOREVER = 0xFFFFFFFF
_SCOPES = {"global": 0, "universe": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}
_NLMSG_ERROR = 2
_SOL_NETLINK, _NETLINK_CAP_ACK = 270, 10
_HEADER = struct.Struct("=IHHII")
_BODY = struct.Struct("=BBBBI")
_ATTRIBUTE = struct.Struct("=HH")
_ANSWER = struct.Struct("=IHHIIi")
_RECEIVE_BUFFER = 1 << 20


def address_message(address: VirtualAddress, index: int, kind: int, number: int) -> bytes:
    """The whole message, header included, about one address on the interface with this index."""
    family = socket.AF_INET6 if ":" in address.address else socket.AF_INET
    packed = socket.inet_pton(family, address.address)
    scope, details, flags = 0, b"", _REQUEST | _ACK
    if kind == RTM_NEWADDR:
        scope, details, flags = _scope(address.scope), _details(address, family), flags | _CREATE | _EXCL
    body = b"".join(
        (
            _BODY.pack(family, address.prefix, 0, scope, index),
            _attribute(_IFA_LOCAL, packed),
            _attribute(_IFA_ADDRESS, packed if address.peer is None else socket.inet_pton(family, address.peer)),
            details,
        )
    )
    return _HEADER.pack(_HEADER.size + len(body), kind, flags, number, 0) + body


def _attribute(kind: int, content: bytes) -> bytes:
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(content), kind) + content + bytes(-len(content) % 4)


def _details(address: VirtualAddress, family: int) -> bytes:
    details = _attribute(_IFA_PROTO, bytes([IFA_PROTO_KEEPALIVED]))
    flags, preferred = _flags(address), _FOREVER
    if family == socket.AF_INET6:
        flags |= 0 if address.dad else _IFA_F_NODAD
        unsaid = 0 if address.prefix == 128 else _FOREVER  # not to be picked as a source address
        preferred = unsaid if address.preferred_lft is None else address.preferred_lft
    if flags:
        details += _attribute(_IFA_FLAGS, struct.pack("=I", flags))
    if preferred != _FOREVER:
        details += _attribute(_IFA_CACHEINFO, struct.pack("=IIII", preferred, _FOREVER, 0, 0))
    if address.label is not None:
        details += _attribute(_IFA_LABEL, address.label.encode() + b"\0")
    if address.broadcast is not None:
        network = ip_interface(f"{address.address}/{address.prefix}").network
        signs = {"+": str(network.broadcast_address), "-": str(network.network_address)}
        text = signs.get(address.broadcast, address.broadcast)
        details += _attribute(_IFA_BROADCAST, socket.inet_pton(family, text))
    return details


def _flags(address: VirtualAddress) -> int:
    """Those that a line may ask for (IFA_F_ in linux/if_addr.h)."""
    return address.home * 0x10 | address.mngtmpaddr * 0x100 | address.noprefixroute * 0x200 | address.autojoin * 0x400


def _scope(name: str | None) -> int:
    if name is None:
        return 0
    return _SCOPES[name] if name in _SCOPES else int(name, 0)


class AddressSocket:
    """An rtnetlink socket that only changes addresses. OSError when there is none to be had."""

    def __init__(self) -> None:
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC
        self._socket = socket.socket(socket.AF_NETLINK, kind, socket.NETLINK_ROUTE)
        self._socket.setsockopt(_SOL_NETLINK, _NETLINK_CAP_ACK, 1)  # answers do not repeat the question
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._socket.bind((0, 0))
        self._number = 0

    @property
    def port(self) -> int:
        """The port id that the kernel's events about these changes carry."""
        return int(self._socket.getsockname()[0])

    def exchange(self, kind: int, index: int, addresses: Sequence[VirtualAddress]) -> list[int]:
        """Send one message for each address; how the kernel answered: error numbers in their order, 0 for success.

        It works through all of them inside of the call, so this takes as long as the kernel does and no answer is
        waited for. OSError when it gives none.
        """
        if not addresses:
            return []
        first = self._number + 1
        messages = [address_message(one, index, kind, first + at) for at, one in enumerate(addresses)]
        self._number += len(messages)
        self._socket.send(b"".join(messages))
        codes: dict[int, int] = {}
        while len(codes) < len(messages):
            data = self._socket.recv(65536, socket.MSG_DONTWAIT)
            _, answer, _, number, _, code = _ANSWER.unpack_from(data)
            if answer == _NLMSG_ERROR and number >= first:
                codes[number] = -code
        return [codes[first + at] for at in range(len(messages))]

    def close(self) -> None:
        """Close it."""
        self._socket.close()
