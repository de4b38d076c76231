"""The messages about addresses that are packed by hand: pyroute2 reads from each what it would have written itself."""

import socket
from typing import Any

import msgspec
import pytest
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg

from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.system.address_messages import RTM_DELADDR, RTM_NEWADDR, address_message

FOREVER = 0xFFFFFFFF


def vip(address: str, prefix: int, **details: str) -> VirtualAddress:
    return msgspec.structs.replace(VirtualAddress(address=address, prefix=prefix), **details)


def read(message: bytes) -> Any:  # noqa: ANN401 - pyroute2 has no types
    decoded = ifaddrmsg(message)
    decoded.decode()
    return decoded


def attributes(decoded: Any) -> dict[str, Any]:  # noqa: ANN401 - pyroute2 has no types
    return {one[0]: one[1] for one in decoded["attrs"]}


PLAIN: dict[str, Any] = {"IFA_PROTO": 18}
CASES: list[tuple[VirtualAddress, int, dict[str, Any]]] = [
    (vip("192.0.2.1", 24), 0, {}),
    (vip("192.0.2.1", 32, label="eth0:1"), 0, {"IFA_LABEL": "eth0:1"}),
    (vip("192.0.2.1", 32, label="eth0:11"), 0, {"IFA_LABEL": "eth0:11"}),  # with its zero a whole word
    (vip("192.0.2.77", 28, broadcast="+", scope="link"), 253, {"IFA_BROADCAST": "192.0.2.79"}),
    (vip("192.0.2.77", 28, broadcast="-", scope="host"), 254, {"IFA_BROADCAST": "192.0.2.64"}),
    (vip("192.0.2.77", 28, broadcast="192.0.2.70", scope="0x64"), 100, {"IFA_BROADCAST": "192.0.2.70"}),
    (vip("2001:db8::1", 64, scope="site"), 200, {"IFA_FLAGS": 2}),
    (
        vip("2001:db8::1", 128),
        0,
        {
            "IFA_FLAGS": 2,
            "IFA_CACHEINFO": {"ifa_preferred": 0, "ifa_valid": FOREVER, "cstamp": 0, "tstamp": 0},
        },
    ),
]


@pytest.mark.parametrize(("address", "scope", "more"), CASES)
def test_a_new_address_has_all_its_details(address: VirtualAddress, scope: int, more: dict[str, Any]) -> None:
    message = address_message(address, 7, RTM_NEWADDR, 99)
    decoded = read(message)
    header = decoded["header"]
    assert (header["length"], header["type"], header["sequence_number"]) == (len(message), RTM_NEWADDR, 99)
    assert header["flags"] == 0x605  # a request, to be answered, create, and only if it is not there
    family = socket.AF_INET6 if ":" in address.address else socket.AF_INET
    assert (decoded["family"], decoded["prefixlen"], decoded["index"]) == (family, address.prefix, 7)
    assert decoded["scope"] == scope
    assert attributes(decoded) == {"IFA_LOCAL": address.address, "IFA_ADDRESS": address.address, **PLAIN, **more}


@pytest.mark.parametrize("address", [case[0] for case in CASES])
def test_to_take_one_off_only_what_tells_it_apart_is_said(address: VirtualAddress) -> None:
    decoded = read(address_message(address, 7, RTM_DELADDR, 99))
    assert (decoded["header"]["type"], decoded["header"]["flags"]) == (RTM_DELADDR, 0x5)
    assert (decoded["prefixlen"], decoded["scope"]) == (address.prefix, 0)
    assert attributes(decoded) == {"IFA_LOCAL": address.address, "IFA_ADDRESS": address.address}


def written_by_pyroute2(address: VirtualAddress, kind: int) -> bytes:
    message = ifaddrmsg()
    message["header"]["type"], message["header"]["sequence_number"] = kind, 1
    message["header"]["flags"], message["header"]["pid"] = (0x605 if kind == RTM_NEWADDR else 0x5), 0
    decoded = read(address_message(address, 7, kind, 1))
    for name in ("family", "prefixlen", "index", "scope"):
        message[name] = decoded[name]
    message["attrs"] = [(one[0], one[1]) for one in decoded["attrs"]]
    message.encode()
    return bytes(message.data)


@pytest.mark.parametrize("address", [case[0] for case in CASES])
def test_pyroute2_writes_the_same_bytes(address: VirtualAddress) -> None:
    for kind in (RTM_NEWADDR, RTM_DELADDR):
        assert written_by_pyroute2(address, kind) == address_message(address, 7, kind, 1)
