"""The wire, byte for byte: golden frames captured from keepalived 2.4.3 (reference vrrp.md 1.7 and 1.8)."""

import socket
import struct
from ipaddress import IPv4Address

import dpkt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kad.vrrp.packet import (
    Advertisement2,
    Advertisement3,
    Adverts,
    Reason,
    Received,
    advertisement,
    checksum,
    decode,
    gratuitous_arp,
)

SOURCE, GROUP = IPv4Address("192.0.2.1"), IPv4Address("224.0.0.18")


def vip(last: int) -> IPv4Address:
    return IPv4Address(f"192.0.2.{last}")


def adverts(
    *addresses: IPv4Address, vrid: int, version: int = 2, interval: int = 1, auth_type: int = 0, password: bytes = b""
) -> Adverts:
    return Adverts(
        version=version,
        vrid=vrid,
        interval=interval,
        addresses=addresses,
        source=SOURCE,
        destination=GROUP,
        auth_type=auth_type,
        auth_data=password.ljust(8, b"\0"),
    )


G1 = adverts(vip(100), vrid=1)
G2 = adverts(vip(100), vip(101), vrid=51)
G3 = adverts(vip(102), vrid=2, auth_type=1, password=b"s3cret")
G6 = adverts(vip(104), vip(105), vrid=4, version=3, interval=50)

GOLDEN = [
    (G1, 254, 1, "45c0002800010000ff701891c0000201e0000012 2101fe0100011e97c00002640000000000000000"),
    (G1, 0, 5, "45c0002800050000ff70188dc0000201e0000012 2101000100011c98c00002640000000000000000"),
    (G3, 254, 1, "45c0002800010000ff701891c0000201e0000012 2102fe010101e179c00002667333637265740000"),
    (G6, 254, 1, "45c0002400010000ff701895c0000201e0000012 3104fe020032a95fc0000268c0000269"),
    (G6, 0, 12, "45c00024000c0000ff70188ac0000201e0000012 310400020032a760c0000268c0000269"),
]
MESSAGES = [
    (G2, 150, "213396020001c3fec0000264c00002650000000000000000"),
    (G2, 0, "21330002000159ffc0000264c00002650000000000000000"),
    (G3, 0, "210200010101df7ac00002667333637265740000"),
]


def received(datagram: bytes) -> Received:
    result = decode(datagram)
    assert isinstance(result, Received)
    return result


@pytest.mark.parametrize(("router", "priority", "identification", "frame"), GOLDEN)
def test_an_advert_is_keepalived_s_byte_for_byte(
    router: Adverts, priority: int, identification: int, frame: str
) -> None:
    assert router.datagram(priority, identification).hex() == frame.replace(" ", "")


@pytest.mark.parametrize(("router", "priority", "message"), MESSAGES)
def test_an_advert_s_message_is_keepalived_s_byte_for_byte(router: Adverts, priority: int, message: str) -> None:
    assert router.datagram(priority, 1)[20:].hex() == message


def test_a_golden_v2_frame_is_read_back_field_for_field() -> None:
    packet = received(bytes.fromhex(GOLDEN[2][3]))
    assert (packet.source, packet.destination, packet.ttl, packet.total_length) == (SOURCE, GROUP, 255, 40)
    assert (packet.version, packet.type, packet.vrid, packet.priority, packet.naddr) == (2, 1, 2, 254, 1)
    assert (packet.auth_type, packet.auth_data, packet.interval) == (1, b"s3cret\0\0", 1)
    assert packet.addresses == vip(102).packed
    assert packet.size == len(packet.message) == 20
    assert packet.checksum_holds


def test_a_golden_v3_frame_is_read_back_field_for_field() -> None:
    packet = received(bytes.fromhex(GOLDEN[3][3]))
    assert (packet.version, packet.type, packet.vrid, packet.priority, packet.naddr) == (3, 1, 4, 254, 2)
    assert (packet.auth_type, packet.interval, packet.addresses) == (0, 50, vip(104).packed + vip(105).packed)
    assert packet.size == len(packet.message) == 16
    assert packet.checksum_holds


def test_v3_ignores_the_reserved_bits_before_its_interval() -> None:
    frame = bytearray(G6.datagram(254, 1))
    frame[24] |= 0xF0
    assert received(bytes(frame)).interval == 50


@pytest.mark.parametrize("router", [G1, G2, G3, G6])
def test_any_bit_turned_over_in_a_message_breaks_its_checksum(router: Adverts) -> None:
    frame = router.datagram(254, 1)
    for position in range(21, len(frame)):  # byte 20 has the version, which chooses the way to sum
        changed = bytearray(frame)
        changed[position] ^= 0x10
        packet = received(bytes(changed))
        assert not (packet.size == len(packet.message) and packet.checksum_holds), position


def test_the_v3_checksum_covers_the_ip_addresses_too() -> None:
    frame = bytearray(G6.datagram(254, 1))
    frame[15] ^= 1
    assert not received(bytes(frame)).checksum_holds


def test_options_in_the_ip_header_are_stepped_over() -> None:
    frame = G1.datagram(254, 1)
    assert received(b"\x46" + frame[1:20] + b"\x94\x04\0\0" + frame[20:]).message == frame[20:]


def test_padding_to_the_shortest_ethernet_frame_is_known_as_such() -> None:
    frame = G1.datagram(254, 1)
    assert received(frame + bytes(6)).padded
    assert not received(frame).padded
    assert not received(frame + bytes(4)).padded
    assert not received(adverts(*map(vip, range(3)), vrid=1).datagram(1, 1) + bytes(6)).padded


@given(st.binary(max_size=200))
@example(b"")
@example(bytes.fromhex("4f000014000000000070") + bytes(10))
def test_no_bytes_make_decoding_raise(datagram: bytes) -> None:
    result = decode(datagram)
    if isinstance(result, Received):
        assert isinstance(result.checksum_holds, bool)
        assert isinstance(result.padded, bool)
        assert len(result.addresses) <= 4 * result.naddr
        assert len(result.auth_data) <= 8
    else:
        assert result is Reason.TRUNCATED


@given(st.binary(min_size=8, max_size=80))
def test_no_message_behind_a_good_ip_header_makes_decoding_raise(message: bytes) -> None:
    packet = received(G1.datagram(1, 1)[:20] + message)
    assert packet.message == message
    assert isinstance(packet.checksum_holds, bool)


def test_another_protocol_or_ip_version_is_no_advert() -> None:
    frame = G1.datagram(254, 1)
    assert decode(frame[:9] + b"\x34" + frame[10:]) is Reason.TRUNCATED
    assert decode(b"\x65" + frame[1:]) is Reason.TRUNCATED
    assert decode(frame[:27]) is Reason.TRUNCATED


@given(
    version=st.sampled_from([2, 3]),
    vrid=st.integers(1, 255),
    priority=st.integers(0, 255),
    identification=st.integers(1, 0xFFFF),
    interval=st.integers(1, 255),
    addresses=st.lists(st.ip_addresses(v=4), max_size=20),
    password=st.binary(max_size=8),
)
def test_dpkt_and_struct_agree_on_every_advert(
    *,
    version: int,
    vrid: int,
    priority: int,
    identification: int,
    interval: int,
    addresses: list[IPv4Address],
    password: bytes,
) -> None:
    router = adverts(*addresses, vrid=vrid, version=version, interval=interval, auth_type=1, password=password)
    datagram = router.datagram(priority, identification)
    ip = dpkt.ip.IP(datagram)
    oracle, packet = ip.data, received(datagram)
    assert isinstance(oracle, Advertisement2 if version == 2 else Advertisement3)
    assert (ip.id, ip.ttl, ip.tos, ip.len) == (identification, 255, 0xC0, len(datagram))
    assert checksum(datagram[:20]) == 0
    assert packet.checksum_holds
    assert (oracle.vrid, oracle.priority, oracle.naddr) == (packet.vrid, packet.priority, packet.naddr)
    assert (oracle.interval, oracle.addresses) == (packet.interval, packet.addresses)
    assert (packet.vrid, packet.priority, packet.interval) == (vrid, priority, interval)
    assert bytes(oracle) == datagram[20:]


def test_the_oracle_sums_for_itself() -> None:
    oracle = Advertisement2(bytes.fromhex(MESSAGES[0][2]))
    oracle.sum = 0
    assert bytes(oracle).hex() == MESSAGES[0][2]
    oracle3 = Advertisement3(bytes.fromhex("3104fe020032a95fc0000268c0000269"))
    oracle3.sum = 0
    oracle3.pseudo = SOURCE.packed + GROUP.packed + struct.pack("!HH", 112, 16)
    assert bytes(oracle3)[6:8].hex() == "a95f"
    assert len(oracle3) == 16


def test_the_oracle_reads_no_other_version() -> None:
    with pytest.raises(dpkt.UnpackError):
        advertisement(bytes(20))


def test_an_odd_byte_is_summed_as_if_a_zero_followed() -> None:
    assert checksum(b"\x01\x02\x03") == checksum(b"\x01\x02\x03\x00") == 0xFBFD


def test_a_gratuitous_arp_is_keepalived_s_byte_for_byte() -> None:
    frame = gratuitous_arp(bytes.fromhex("020000000001"), vip(100))
    assert frame.hex() == (
        "ffffffffffff020000000001080600010800060400010200000000 01c0000264 ffffffffffff c0000264".replace(" ", "")
    )
    assert len(frame) == 42
    assert socket.inet_ntoa(dpkt.ethernet.Ethernet(frame).data.tpa) == "192.0.2.100"
