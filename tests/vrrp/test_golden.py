"""Golden frames G1 to G13 of reference vrrp.md 1.8, captured from keepalived 2.4.3: sent and taken in, byte for byte.

Each case goes the whole way: from an instance of the configuration to the bytes on the wire, and from the bytes back
through all checks of a router that is configured alike.
"""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

import pytest

from kad.config.schema.auth_hmac import AuthHmac
from kad.config.schema.authentication import Authentication, AuthType
from kad.config.schema.unicast_peer import UnicastPeer
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.vrrp_kinds import HmacKey
from kad.units import MILLISECOND
from kad.vrrp.packet import checksum, pseudo_header, unsolicited_advertisement
from kad.vrrp.security import Security
from kad.vrrp.settings import RouterSettings
from kad.vrrp.validate import refusal
from tests.vrrp.lan import decoded, sender, settings

HERE, HERE6 = "192.0.2.1", "fe80::ff:fe00:1"


def vips(*addresses: str) -> tuple[VirtualAddress, ...]:
    return tuple(VirtualAddress(address=address, prefix=64 if ":" in address else 24) for address in addresses)


def peers(*addresses: str) -> tuple[UnicastPeer, ...]:
    return tuple(UnicastPeer(address=address) for address in addresses)


def router(vrid: int, *addresses: str, **more: object) -> RouterSettings:
    return settings(None, (), virtual_router_id=vrid, virtual_ipaddress=vips(*addresses), **more)


PASS = Authentication(auth_type=AuthType.PASS, auth_pass="s3cret")
AH = Authentication(auth_type=AuthType.AH, auth_pass="s3cret")
HMAC = AuthHmac(key=(HmacKey(id=1, secret="0123456789abcdef0123456789abcdef"),), active_key=1)
HMAC_7 = AuthHmac(key=(HmacKey(id=7, secret=f"hex:{bytes(range(32)).hex()}"),), active_key=7)

G1 = router(1, "192.0.2.100")
G2 = router(51, "192.0.2.100", "192.0.2.101", virtual_ipaddress_excluded=vips("192.0.2.200"))
G3 = router(2, "192.0.2.102", authentication=PASS)
G4 = router(3, "192.0.2.103", authentication=AH)
G5 = router(8, "192.0.2.108", authentication=AH, unicast_src_ip=HERE, unicast_peer=peers("192.0.2.2", "192.0.2.3"))
G6 = router(4, "192.0.2.104", "192.0.2.105", version=3, advert_int=500 * MILLISECOND)
G7 = router(5, "192.0.2.106", version=3, v3_checksum_as_v2=True)
G8 = router(6, "fe80::1000", "2001:db8::100")
G9 = router(7, "192.0.2.107", version=3, unicast_src_ip=HERE, unicast_peer=peers("192.0.2.2", "192.0.2.3"))
G10 = router(12, "2001:db8::112", unicast_src_ip="2001:db8::1", unicast_peer=peers("2001:db8::2"))
G11 = router(9, "192.0.2.109", version=3, auth_hmac=HMAC)
G12 = router(10, "fe80::1001", auth_hmac=HMAC_7)
G13 = router(11, "192.0.2.111", version=2, auth_hmac=HMAC)


@dataclass(frozen=True)
class Golden:
    """The advert number `number` of a router: its copies. `clock`: seconds and 1/65536 of them, of auth_hmac."""

    of: RouterSettings
    copies: tuple[str, ...]
    priority: int = 254
    number: int = 1
    source: str = HERE
    clock: tuple[int, int] = (0x6B044AE5, 0)

    def unix(self) -> int:
        seconds, fraction = self.clock
        return seconds * 1_000_000 + -(-fraction * 1_000_000 // 65_536)

    def sent(self) -> list[tuple[str, str]]:
        made = sender(self.of, ip_address(self.source), self.unix)
        for _ in range(self.number - 1):
            made.copies(254)
        return [(str(destination), datagram.hex()) for destination, datagram in made.copies(self.priority)]


CASES = {
    "G1": Golden(G1, ("45c0002800010000ff701891c0000201e0000012 2101fe0100011e97c00002640000000000000000",)),
    "G1 stop": Golden(G1, ("45c0002800050000ff70188dc0000201e0000012 2101000100011c98c00002640000000000000000",), 0, 5),
    "G3": Golden(G3, ("45c0002800010000ff701891c0000201e0000012 2102fe010101e179c00002667333637265740000",)),
    "G4": Golden(
        G4,
        (
            "45c0004000010000ff3318b6c0000201e0000012 70040000c000020100000001868b23dca25e1d00f5efc0f1"
            "2103fe0102011c92c00002670000000000000000",
        ),
    ),
    "G4 stop": Golden(
        G4,
        (
            "45c0004000050000ff3318b2c0000201e0000012 70040000c00002010000000548e4313ab4b7e4ad34ffd402"
            "2103000102011a93c00002670000000000000000",
        ),
        0,
        5,
    ),
    "G5": Golden(
        G5,
        (
            "45c0004000010000ff3336c6c0000201c0000202 70040000c00002010000000114a4420f4a549869a3e90435"
            "2108fe0102011c88c000026c0000000000000000",
            "45c0004000010000ff3336c5c0000201c0000203 70040000c00002010000000113bc1deac67d038589de4b60"
            "2108fe0102011c88c000026c0000000000000000",
        ),
    ),
    "G6": Golden(G6, ("45c0002400010000ff701895c0000201e0000012 3104fe020032a95fc0000268c0000269",)),
    "G6 stop": Golden(G6, ("45c00024000c0000ff70188ac0000201e0000012 310400020032a760c0000268c0000269",), 0, 12),
    "G7": Golden(G7, ("45c0002000010000ff701899c0000201e0000012 3105fe0100640e2ac000026a",)),
    "G8": Golden(
        G8,
        ("3106fe0200649629 fe800000000000000000000000001000 20010db8000000000000000000000100",),
        source=HERE6,
    ),
    "G8 stop": Golden(
        G8,
        ("310600020064942a fe800000000000000000000000001000 20010db8000000000000000000000100",),
        0,
        5,
        source=HERE6,
    ),
    "G9": Golden(
        G9,
        (
            "45c0002000010000ff7036a9c0000201c0000202 3107fe01006489a6c000026b",
            "45c0002000010000ff7036a8c0000201c0000203 3107fe01006489a5c000026b",
        ),
    ),
    "G10": Golden(G10, ("310cfe01006445c5 20010db8000000000000000000000112",), source="2001:db8::1"),
    "G11": Golden(
        G11,
        (
            "45c0003c00010000ff70187dc0000201e0000012 3109fe0100646b92c000026d"
            "010100006b044ae544a50000a05ece1971315fd2f34561dc1a6ab3d3",
        ),
        clock=(0x6B044AE5, 0x44A5),
    ),
    "G12": Golden(
        G12,
        ("310afe0100644689fe800000000000000000000000001001 010700006b044ae5448e000093de21c19c60bc63dbd001501f1b782a",),
        source=HERE6,
        clock=(0x6B044AE5, 0x448E),
    ),
    "G13": Golden(
        G13,
        (
            "45c0004400010000ff701875c0000201e0000012 210bfe0100011e82c000026f0000000000000000"
            "010100006b044ae544ae00006c4e889d91e3c3c64383d4c3c6513edc",
        ),
        clock=(0x6B044AE5, 0x44AE),
    ),
}

MESSAGES = {
    "G2": (Golden(G2, (), 150), "213396020001c3fec0000264c00002650000000000000000"),
    "G2 stop": (Golden(G2, (), 0), "21330002000159ffc0000264c00002650000000000000000"),
    "G3 stop": (Golden(G3, (), 0), "210200010101df7ac00002667333637265740000"),
    "G7 stop": (Golden(G7, (), 0), "3105000100640c2bc000026a"),
}
"""Those of which the reference has no IP header."""

G5_STOP = "70040000c0000201000000053be3c7f745abca6ee373db66 2108000102011a89c000026c0000000000000000"


def plain(text: str) -> str:
    return text.replace(" ", "")


@pytest.mark.parametrize("name", CASES)
def test_an_advert_is_keepalived_s_byte_for_byte(name: str) -> None:
    golden = CASES[name]
    assert [datagram for _, datagram in golden.sent()] == [plain(copy) for copy in golden.copies]


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_keepalived_s_byte_for_byte(name: str) -> None:
    golden, message = MESSAGES[name]
    [(_, datagram)] = golden.sent()
    assert datagram[40:] == message


def test_the_last_advert_of_unicast_ah_is_keepalived_s_byte_for_byte() -> None:
    first, _ = Golden(G5, (), 0, 5).sent()
    assert first == ("192.0.2.2", "45c0004000050000ff3336c2c0000201c0000202" + plain(G5_STOP))


@pytest.mark.parametrize("name", CASES)
def test_a_golden_advert_passes_all_checks_of_its_like_and_is_read_field_for_field(name: str) -> None:
    golden = CASES[name]
    for (destination, _), copy in zip(golden.sent(), golden.copies, strict=True):
        packet = decoded(bytes.fromhex(plain(copy)), ip_address(golden.source), ip_address(destination))
        assert refusal(packet, golden.of, Security(golden.of, golden.unix)) is None
        assert (packet.source, packet.destination) == (ip_address(golden.source), ip_address(destination))
        assert (packet.version, packet.type, packet.vrid) == (golden.of.version, 1, golden.of.vrid)
        assert (packet.priority, packet.interval) == (golden.priority, golden.of.wire_interval)
        assert (packet.addresses, packet.naddr) == (golden.of.packed_addresses, len(golden.of.addresses))


@pytest.mark.parametrize("name", [name for name, one in CASES.items() if one.of.family == 4 or one.of.hmac])
def test_any_bit_turned_over_behind_the_ip_header_is_refused(name: str) -> None:
    """Over IPv6 without a signature it is the kernel that checks the sum (tests/system/test_sockets.py)."""
    golden = CASES[name]
    destination, text = golden.sent()[0]
    datagram = bytes.fromhex(text)
    signed = golden.of.hmac is not None
    start = 0 if golden.of.family == 6 else 20
    for position in range(start, len(datagram)):
        if signed and position in {start + 6, start + 7} and golden.of.family == 6:
            continue  # the checksum, which the kernel checks
        changed = bytearray(datagram)
        changed[position] ^= 0x10
        try:
            packet = decoded(bytes(changed), ip_address(golden.source), ip_address(destination))
        except AssertionError:
            continue  # no AH header any more
        other = packet.vrid != golden.of.vrid
        assert other or refusal(packet, golden.of, Security(golden.of, golden.unix)), position


def test_the_kernel_s_part_of_an_ipv6_advert_is_told_by_the_settings() -> None:
    assert (G8.ttl, G8.destinations) == (255, (ip_address("ff02::12"),))
    assert (G10.ttl, G10.destinations) == (255, (ip_address("2001:db8::2"),))


def test_an_unsolicited_neighbour_advertisement_is_keepalived_s_byte_for_byte() -> None:
    frame = unsolicited_advertisement(bytes.fromhex("020000000001"), IPv6Address("fe80::1000"), router=False)
    vip, everybody = "fe800000000000000000000000001000", "ff020000000000000000000000000001"
    assert frame.hex() == (
        f"333300000001020000000001 86dd 60000000 0020 3aff {vip} {everybody}8800 379d 20000000 {vip} 0201 020000000001"
    ).replace(" ", "")
    assert len(frame) == 86


def test_a_router_says_that_it_is_one() -> None:
    vip, everybody = IPv6Address("fe80::1000"), IPv6Address("ff02::1")
    frame = unsolicited_advertisement(bytes.fromhex("020000000001"), vip, router=True)
    assert frame[58] == 0xA0
    assert checksum(pseudo_header(vip, everybody, 32, 58) + frame[54:]) == 0
