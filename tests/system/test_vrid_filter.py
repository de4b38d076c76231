"""The socket filter on VRIDs: what it lets through, run by the kernel itself."""

import socket
import struct

import pytest

from kad.system.vrid_filter import attach, detach, program


def passes(instructions: bytes, packet: bytes) -> bool:
    """Whether the kernel's own interpreter lets this packet through: on a socket pair the packet is all there is."""
    sending, receiving = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with sending, receiving:
        receiving.setblocking(False)
        attach(receiving, instructions)
        sending.send(packet)
        try:
            return receiving.recv(2048) == packet
        except BlockingIOError:
            return False


def packet4(vrid: int, *, options: int = 0, ah: bool = False, inner: int = 112) -> bytes:
    header = struct.pack("!BBHHHBBH4s4s", 0x45 + options, 0, 0, 0, 0, 255, 51 if ah else 112, 0, b"\1" * 4, b"\2" * 4)
    return header + bytes(4 * options) + (bytes([inner]) + bytes(23) if ah else b"") + bytes([0x31, vrid]) + bytes(10)


@pytest.mark.parametrize("ah", [False, True])
@pytest.mark.parametrize("options", [0, 1, 10])
@pytest.mark.parametrize("wanted", [{1}, {51}, {1, 2, 255}, set(range(1, 256)), set()])
def test_just_the_wanted_vrids_come_through(wanted: set[int], options: int, ah: bool) -> None:
    instructions = program(wanted, family=4, ah=ah)
    come = {vrid for vrid in range(256) if passes(instructions, packet4(vrid, options=options, ah=ah))}
    assert come == wanted


def test_over_ipv6_there_is_no_header_in_front() -> None:
    instructions = program({7, 8}, family=6, ah=False)
    assert {vrid for vrid in range(256) if passes(instructions, bytes([0x31, vrid]) + bytes(10))} == {7, 8}


def test_what_else_is_wrong_with_it_does_not_matter() -> None:
    instructions = program({51}, family=4, ah=False)
    good = packet4(51)
    for bad in (good[:22], b"\x45" + b"\xff" * 19 + b"\xff\x33", good + bytes(1000)):
        assert passes(instructions, bad), bad


def test_what_is_too_short_to_have_a_vrid_does_not_come_through() -> None:
    for ah in (False, True):
        whole = packet4(0, ah=ah)
        for length in range(1, (46 if ah else 22)):
            assert not passes(program({0}, family=4, ah=ah), whole[:length])


def test_behind_ah_only_vrrp_is_meant() -> None:
    assert not passes(program({51}, family=4, ah=True), packet4(51, ah=True, inner=6))


def test_a_filter_can_be_replaced_and_taken_off() -> None:
    sending, receiving = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with sending, receiving:
        attach(receiving, program({1}, family=4, ah=False))
        attach(receiving, program({2}, family=4, ah=False))
        sending.send(packet4(2))
        sending.send(packet4(1))
        detach(receiving)
        sending.send(packet4(3))
        assert [receiving.recv(100)[21] for _ in range(2)] == [2, 3]
