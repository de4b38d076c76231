"""The sockets of VRRP, on the wire of a network namespace's own veth pair. Needs root."""

import os
import select
import socket
import struct
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import TypeVar

import pytest

from kad.system.sockets import AdvertSockets, Arrived, Endpoint, FrameSocket, forwards, open_sockets
from tests.netns.lab import Host, Lab, inside

pytestmark = [pytest.mark.netns, pytest.mark.skipif(os.geteuid() != 0, reason="netns tests need root")]

GROUP = IPv4Address("224.0.0.18")
T = TypeVar("T")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("lab"), "left", "right") as made:
        yield made


def on(host: Host, function: Callable[[], T]) -> T:
    return inside(host.namespace, function)


def index(host: Host) -> int:
    return on(host, lambda: socket.if_nametoindex("eth0"))


def opened(host: Host, group: IPv4Address = GROUP) -> AdvertSockets:
    return on(host, lambda: open_sockets(Endpoint("eth0", group), socket.if_nametoindex("eth0")))


def datagram(source: str, payload: bytes, group: IPv4Address = GROUP) -> bytes:
    """An IPv4 packet as VRRP sends it; the kernel fills in the checksum."""
    length = 20 + len(payload)
    header = struct.pack("!BBHHHBBH", 0x45, 0xC0, length, 7, 0, 255, 112, 0)
    return header + IPv4Address(source).packed + group.packed + payload


def send(sockets: AdvertSockets, payload: bytes) -> None:
    """One IPv4 packet to the group of the sockets."""
    group = sockets.endpoint.address
    assert isinstance(group, IPv4Address)
    sockets.send(datagram("192.0.2.1", payload, group), group, IPv4Address("192.0.2.1"), 255)


def receive(sockets: AdvertSockets) -> list[bytes]:
    """What has come, waiting for a moment for the first of it."""
    return [data for data, _ in arrivals(sockets)]


def arrivals(sockets: AdvertSockets) -> list[Arrived]:
    select.select([sockets.fileno()], [], [], 1)
    return sockets.receive()


def test_what_one_sends_to_the_group_the_other_receives_with_its_header_as_it_was_sent(lab: Lab) -> None:
    left, right = opened(lab["left"]), opened(lab["right"])
    send(left, b"payload!")
    [received] = receive(right)
    assert received[:10] == datagram("192.0.2.1", b"payload!")[:10]
    assert received[12:] == datagram("192.0.2.1", b"payload!")[12:]
    left.close()
    right.close()


def test_one_does_not_hear_itself(lab: Lab) -> None:
    left, right = opened(lab["left"]), opened(lab["right"])
    send(left, b"payload!")
    assert len(receive(right)) == 1
    assert left.receive() == []
    left.close()
    right.close()


def test_a_socket_hears_its_own_group_only(lab: Lab) -> None:
    other = IPv4Address("224.0.0.99")
    left, right = opened(lab["left"], other), opened(lab["right"])
    right_other = opened(lab["right"], other)
    send(left, b"payload!")
    assert len(receive(right_other)) == 1
    assert right.receive() == []
    for sockets in (left, right, right_other):
        sockets.close()


def test_a_pass_of_receiving_is_bounded(lab: Lab) -> None:
    left, right = opened(lab["left"]), opened(lab["right"])
    for _ in range(10):
        send(left, b"payload!")
    assert len(receive(right)) == 10
    for _ in range(10):
        send(left, b"payload!")
    assert len(right.receive(most=4)) == 4
    left.close()
    right.close()


# Unicast, AH, IPv6


RIGHT, ELSEWHERE = IPv4Address("192.0.2.2"), IPv4Address("192.0.2.77")
LEFT6, RIGHT6, GROUP6 = (IPv6Address(address) for address in ("fe80::1", "fe80::2", "ff02::12"))
MESSAGE = bytes.fromhex("3106fe01006400002001 0db8000000000000000000000100".replace(" ", "") + "0000")


def of(host: Host, address: str, *, unicast: bool = False, ah: bool = False) -> AdvertSockets:
    endpoint = Endpoint("eth0", ip_address(address), unicast, ah)
    return on(host, lambda: open_sockets(endpoint, socket.if_nametoindex("eth0")))


def closed(*sockets: AdvertSockets) -> None:
    for one in sockets:
        one.close()


def test_unicast_hears_what_is_sent_to_its_own_address_alone(lab: Lab) -> None:
    left, right = of(lab["left"], "192.0.2.1", unicast=True), of(lab["right"], "192.0.2.2", unicast=True)
    group = opened(lab["left"])
    send(group, b"payload!")
    left.send(datagram("192.0.2.1", b"unicast!", RIGHT), RIGHT, IPv4Address("192.0.2.1"), 255)
    assert [data[20:] for data in receive(right)] == [b"unicast!"]
    closed(left, right, group)


def test_an_own_address_need_not_be_there_yet(lab: Lab) -> None:
    closed(of(lab["left"], str(ELSEWHERE), unicast=True), of(lab["left"], "2001:db8::77", unicast=True))


def test_ah_is_a_protocol_of_its_own(lab: Lab) -> None:
    left, ah, plain = opened(lab["left"]), of(lab["right"], str(GROUP), ah=True), opened(lab["right"])
    packet = bytearray(datagram("192.0.2.1", b"payload!"))
    packet[9] = 51
    left.send(bytes(packet), GROUP, IPv4Address("192.0.2.1"), 255)
    assert [data[20:] for data in receive(ah)] == [b"payload!"]
    assert plain.receive() == []
    closed(left, ah, plain)


@pytest.fixture(scope="module")
def lab6(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("lab6"), "left", "right") as made:
        made.speak_ipv6()
        yield made


@pytest.mark.parametrize(("unicast", "ttl"), [(False, 255), (True, 255), (True, 7)])
def test_over_ipv6_the_header_comes_beside_the_message_with_the_sum_put_in(
    lab6: Lab, *, unicast: bool, ttl: int
) -> None:
    left = of(lab6["left"], "fe80::1" if unicast else "ff02::12", unicast=unicast)
    right = of(lab6["right"], "fe80::2" if unicast else "ff02::12", unicast=unicast)
    destination = RIGHT6 if unicast else GROUP6
    left.send(MESSAGE, destination, LEFT6, ttl)
    [(message, header)] = arrivals(right)
    assert (header, message[:6], message[8:]) == ((LEFT6, destination, ttl), MESSAGE[:6], MESSAGE[8:])
    assert message[6:8] != b"\0\0"
    assert left.receive() == []
    closed(left, right)


def test_an_ipv6_message_with_a_wrong_sum_never_arrives(lab6: Lab) -> None:
    def rawest() -> socket.socket:
        made = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 112)
        made.setsockopt(socket.IPPROTO_IPV6, 7, -1)  # IPV6_CHECKSUM: off
        return made

    right = of(lab6["right"], "fe80::2", unicast=True)
    with on(lab6["left"], rawest) as left:
        scope = index(lab6["left"])
        left.sendto(MESSAGE, ("fe80::2", 0, 0, scope))
        assert arrivals(right) == []
    closed(right)


def test_the_traffic_class_of_ipv6_adverts_is_that_of_routing(lab6: Lab) -> None:
    def listen() -> socket.socket:
        listening = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x86DD))
        listening.bind(("eth0", 0x86DD))
        listening.settimeout(1)
        return listening

    left = of(lab6["left"], "ff02::12")
    with on(lab6["right"], listen) as listening:
        left.send(MESSAGE, GROUP6, LEFT6, 255)
        packet = listening.recv(2000)
        while packet[6] != 112:
            packet = listening.recv(2000)
    assert (int.from_bytes(packet[:2]) >> 4 & 0xFF, packet[7]) == (0xC0, 255)
    closed(left)


def test_whether_an_interface_forwards_is_read_from_the_kernel(lab6: Lab) -> None:
    def switch(value: str) -> bool:
        Path("/proc/sys/net/ipv6/conf/eth0/forwarding").write_text(value)
        return forwards("eth0")

    assert on(lab6["left"], lambda: (switch("1"), switch("0"))) == (True, False)
    assert not forwards("eth77")


def test_an_interface_that_is_not_there_raises_and_leaks_no_descriptor(lab: Lab) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match="No such device"):
        on(lab["left"], lambda: open_sockets(Endpoint("eth7", GROUP), 99))
    with pytest.raises(OSError, match="No such device"):
        on(lab["left"], lambda: open_sockets(Endpoint("eth0", GROUP), 9999))
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_dead_link_raises_on_sending_and_is_silent_on_receiving(lab: Lab) -> None:
    left = opened(lab["left"])
    lab["left"].ip("link", "set", "eth0", "down")
    try:
        with pytest.raises(OSError, match=r"Network is unreachable|Network is down"):
            send(left, b"payload!")
        assert left.receive() == []
    finally:
        lab["left"].ip("link", "set", "eth0", "up")
        lab["left"].wait_for_link()
        left.close()


def test_the_group_is_joined_as_long_as_the_sockets_are_open(lab: Lab) -> None:
    def joined() -> bool:
        return "224.0.0.18" in lab["left"].ip("maddress", "show", "dev", "eth0")

    left = opened(lab["left"])
    assert joined()
    left.close()
    assert not joined()


def test_a_frame_goes_out_as_it_is(lab: Lab) -> None:
    def listen() -> socket.socket:
        listening = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88B5))
        listening.bind(("eth0", 0x88B5))
        listening.settimeout(1)
        return listening

    frames = on(lab["left"], FrameSocket)
    with on(lab["right"], listen) as listening:
        frame = b"\xff" * 6 + bytes.fromhex("020000000001 88b5") + b"forty-two bytes, all of them as given"
        frames.send("eth0", frame)
        assert listening.recv(2000) == frame
    with pytest.raises(OSError, match="No such device"):
        frames.send("eth7", frame)
    frames.close()


def test_no_socket_survives_an_exec() -> None:
    """Scripts are run by another process, but nothing may depend on that."""
    frames = FrameSocket()
    descriptors = [int(name) for name in os.listdir("/proc/self/fd")]
    sockets = [fd for fd in descriptors if Path(f"/proc/self/fd/{fd}").exists() and not os.get_inheritable(fd)]
    assert frames._socket.fileno() in sockets
    frames.close()
