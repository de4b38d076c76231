"""The requests to the kernel's table, over a socket that answers as told; tests/kernel has the real table."""

import asyncio
import errno
import socket
import struct
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
from pyroute2.netlink.exceptions import NetlinkError

from kad.errors import Hopeless, Refused
from kad.system import ipvs
from kad.system.ipvs import Destination, Service, Table

WEB = Service("10.9.0.1", 80, "TCP", "wrr")
SERVER = Destination("10.1.0.1", 8080, "NAT", 3, uthreshold=100, lthreshold=20)

NAMES = {1: "NEW_SERVICE", 2: "SET_SERVICE", 3: "DEL_SERVICE", 5: "NEW_DEST", 6: "SET_DEST", 7: "DEL_DEST"}


class FakeSocket:
    """Answers each request with the next errno of `answers`, 0 when there are no more."""

    prid = 30

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.requests: list[Any] = []

    async def nlm_request(self, message: Any, msg_type: int, msg_flags: int) -> AsyncIterator[object]:  # noqa: ANN401
        assert (msg_type, msg_flags & 1) == (30, 1)
        message.encode()
        decoded = ipvs._Message(message.data)
        decoded.decode()
        self.requests.append(decoded)
        number = self.answers.pop(0) if self.answers else 0
        if number:
            raise NetlinkError(number)

        async def nothing() -> AsyncIterator[object]:
            none: tuple[object, ...] = ()
            for answer in none:
                yield answer

        return nothing()

    @property
    def commands(self) -> list[str]:
        return [NAMES[request["cmd"]] for request in self.requests]


def done(fake: FakeSocket, what: str, *arguments: object) -> FakeSocket:
    action: Awaitable[None] = getattr(Table(fake), what)(*arguments)  # type: ignore[arg-type]

    async def perform() -> None:
        await action

    asyncio.run(perform())
    return fake


def service_of(fake: FakeSocket) -> dict[str, Any]:
    return {name.removeprefix("IPVS_SVC_ATTR_"): value for name, value in nest(fake, "SERVICE")}


def destination_of(fake: FakeSocket) -> dict[str, Any]:
    return {name.removeprefix("IPVS_DEST_ATTR_"): value for name, value in nest(fake, "DEST")}


def nest(fake: FakeSocket, name: str) -> list[tuple[str, Any]]:
    attributes: list[tuple[str, Any]] = fake.requests[0].get_attr(f"IPVS_CMD_ATTR_{name}")["attrs"]
    return attributes


def test_a_service_is_described_as_keepalived_describes_it() -> None:
    assert service_of(done(FakeSocket(), "add_service", WEB)) == {
        "AF": socket.AF_INET,
        "PROTOCOL": socket.IPPROTO_TCP,
        "ADDR": bytes([10, 9, 0, 1]) + bytes(12),
        "PORT": 80,
        "SCHED_NAME": "wrr",
        "FLAGS": {"flags": 0, "mask": 0xFFFFFFFF},
        "TIMEOUT": 0,
        "NETMASK": b"\xff\xff\xff\xff",
    }


def test_persistence_is_a_flag_a_timeout_and_a_mask() -> None:
    service = Service("10.9.0.1", 80, "TCP", "wrr", persistence_timeout=120, granularity="255.255.255.0")
    sent = service_of(done(FakeSocket(), "add_service", service))
    assert (sent["FLAGS"]["flags"], sent["TIMEOUT"], sent["NETMASK"]) == (1, 120, b"\xff\xff\xff\x00")


def test_an_ipv6_mask_is_a_prefix_length_in_the_machine_s_own_order() -> None:
    service = Service("fd00::1", 80, "UDP", "rr", persistence_timeout=50, granularity="64")
    sent = service_of(done(FakeSocket(), "add_service", service))
    assert (sent["AF"], sent["PROTOCOL"]) == (socket.AF_INET6, socket.IPPROTO_UDP)
    assert (sent["ADDR"], sent["NETMASK"]) == (socket.inet_pton(socket.AF_INET6, "fd00::1"), struct.pack("=I", 64))


def test_a_destination_is_described_as_keepalived_describes_it() -> None:
    assert destination_of(done(FakeSocket(), "add_destination", WEB, SERVER)) == {
        "ADDR_FAMILY": socket.AF_INET,
        "ADDR": bytes([10, 1, 0, 1]) + bytes(12),
        "PORT": 8080,
        "FWD_METHOD": 0,
        "WEIGHT": 3,
        "U_THRESH": 100,
        "L_THRESH": 20,
    }


@pytest.mark.parametrize(("method", "number"), [("NAT", 0), ("TUN", 2), ("DR", 3)])
def test_each_forwarding_method_has_its_number_and_only_a_tunnel_a_type(method: str, number: int) -> None:
    sent = destination_of(done(FakeSocket(), "add_destination", WEB, Destination("10.1.0.1", 80, method, 1)))
    assert (sent["FWD_METHOD"], sent.get("TUN_TYPE")) == (number, 0 if method == "TUN" else None)


def test_with_a_destination_the_service_is_named_without_its_persistence() -> None:
    service = Service("10.9.0.1", 80, "TCP", "wrr", persistence_timeout=120, granularity="255.255.255.0")
    sent = service_of(done(FakeSocket(), "add_destination", service, SERVER))
    assert (sent["FLAGS"]["flags"], sent["TIMEOUT"], sent["NETMASK"]) == (0, 0, b"\xff\xff\xff\xff")


@pytest.mark.parametrize(
    ("what", "arguments", "answer", "commands"),
    [
        ("add_service", (WEB,), 0, ["NEW_SERVICE"]),
        ("add_service", (WEB,), errno.EEXIST, ["NEW_SERVICE", "SET_SERVICE"]),
        ("remove_service", (WEB,), errno.ESRCH, ["DEL_SERVICE"]),
        ("add_destination", (WEB, SERVER), errno.EEXIST, ["NEW_DEST", "SET_DEST"]),
        ("set_destination", (WEB, SERVER), 0, ["SET_DEST"]),
        ("set_destination", (WEB, SERVER), errno.ENOENT, ["SET_DEST", "NEW_DEST"]),
        ("remove_destination", (WEB, SERVER), errno.ENOENT, ["DEL_DEST"]),
        ("remove_destination", (WEB, SERVER), errno.ESRCH, ["DEL_DEST"]),
    ],
)
def test_the_table_becomes_what_it_should_be_whatever_was_there(
    what: str, arguments: tuple[object, ...], answer: int, commands: list[str]
) -> None:
    assert done(FakeSocket(answer), what, *arguments).commands == commands


def test_a_refusal_is_logged_in_keepalived_s_form() -> None:
    line = r"IPVS cmd IP_VS_SO_SET_ADDDEST\(1159\) error: Service not defined\(3\) \(10.9.0.1:tcp:80 -> 10.1.0.1:8080\)"
    with pytest.raises(Refused, match=line):
        done(FakeSocket(errno.ESRCH), "add_destination", WEB, SERVER)


def test_a_scheduler_that_the_kernel_does_not_have_is_named_as_the_cause() -> None:
    line = (
        r"IPVS cmd IP_VS_SO_SET_ADD\(1154\) error: Scheduler or persistence engine not found\(2\) \(10.9.0.1:tcp:80\)"
    )
    with pytest.raises(Refused, match=line):
        done(FakeSocket(errno.ENOENT), "add_service", WEB)


def test_a_refusal_of_the_second_attempt_is_a_refusal() -> None:
    with pytest.raises(Refused, match=r"SET_EDITDEST\(1161\)"):
        done(FakeSocket(errno.EEXIST, errno.EINVAL), "add_destination", WEB, SERVER)


def test_a_kernel_without_ipvs_is_hopeless_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_family(_: object) -> None:
        raise NetlinkError(errno.ENOENT)

    monkeypatch.setattr(ipvs._Socket, "setup_endpoint", no_family)
    with pytest.raises(Hopeless, match="load the module ip_vs") as raised:
        asyncio.run(ipvs.open_table())
    assert raised.value.code == 1
