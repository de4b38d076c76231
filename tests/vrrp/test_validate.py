"""Which adverts are obeyed, and keepalived's words about the others (reference vrrp.md 2)."""

from ipaddress import IPv6Address

import pytest

from kad.config.schema.auth_hmac import AuthHmac
from kad.config.schema.authentication import Authentication, AuthType
from kad.config.schema.unicast_peer import UnicastPeer
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.vrrp_kinds import HmacKey
from kad.units import SECOND
from kad.vrrp import validate
from kad.vrrp.packet import Reason, Received, Refusal
from kad.vrrp.security import Security
from kad.vrrp.settings import RouterSettings
from kad.vrrp.validate import remarks
from tests.vrrp.lan import GROUP, OURS, advert, settings, unix

V2 = settings()
V3 = settings(version=3)
PASS = settings(authentication=Authentication(auth_type=AuthType.PASS, auth_pass="s3cret"))


def refusal(packet: Received, ours: RouterSettings) -> Refusal | None:
    return validate.refusal(packet, ours, Security(ours, unix))


CASES: list[tuple[RouterSettings, dict[str, object], Reason, str]] = [
    (V2, {"message": bytes(19)}, Reason.PACKET_LENGTH, "vrrp packet from 192.0.2.9 too short, length 39 and expect 40"),
    (V2, {"message": bytes(21)}, Reason.PACKET_LENGTH, "vrrp packet from 192.0.2.9 too long, length 41 and expect 40"),
    (V2, {"ttl": 254}, Reason.TTL, "invalid TTL/HL from 192.0.2.9. Received 254 and expect 255"),
    (
        V2,
        {"version": 3, "message": bytes(12)},
        Reason.VERSION,
        "wrong VRRP version from 192.0.2.9. Received 3 and expect 2",
    ),
    (V2, {"auth_type": 3}, Reason.INVALID_AUTH_TYPE, "Invalid auth type from 192.0.2.9: 3"),
    (V2, {"auth_type": 1}, Reason.AUTH_TYPE_MISMATCH, "received a 1 auth from 192.0.2.9, expecting 0!"),
    (PASS, {"auth_type": 0}, Reason.AUTH_TYPE_MISMATCH, "received a 0 auth from 192.0.2.9, expecting 1!"),
    (PASS, {"message": bytes(20)}, Reason.AUTH_FAILURE, "received an invalid passwd from 192.0.2.9!"),
    (
        V2,
        {"interval": 2},
        Reason.INTERVAL,
        "advertisement interval mismatch with 192.0.2.9 mine=1 sec rcv'd=2 sec",
    ),
    (V2, {"type": 2}, Reason.TYPE, "Invalid packet type from 192.0.2.9. 2 and expect 1"),
    (
        V2,
        {"total_length": 41},
        Reason.PACKET_LENGTH,
        "ip_tot_len mismatch against received length from 192.0.2.9. 41 and received 40",
    ),
    (V2, {"vrid": 52, "message": bytes(20)}, Reason.CHECKSUM, "Invalid VRRPv2 checksum from 192.0.2.9"),
    (V3, {"message": b"\1" + bytes(11)}, Reason.CHECKSUM, "Invalid VRRPv3 checksum from 192.0.2.9"),
    (
        V3,
        {"interval": 0},
        Reason.INTERVAL,
        "advertisement interval mismatch with 192.0.2.9 mine=100 sec rcv'd=0 sec",
    ),
]


@pytest.mark.parametrize(("ours", "changes", "reason", "text"), CASES)
def test_a_bad_packet_is_rejected_for_its_reason_in_keepalived_s_words(
    ours: RouterSettings, changes: dict[str, object], reason: Reason, text: str
) -> None:
    packet = advert(100, of=ours)._replace(**changes)  # type: ignore[arg-type]
    if reason is Reason.CHECKSUM and packet.version == 2:
        packet = packet._replace(message=b"\1" + bytes(19))
    assert refusal(packet, ours) == (reason, text)


def test_a_packet_to_another_group_is_rejected() -> None:
    packet = advert(100)
    packet = packet._replace(destination=packet.source)
    text = "Expected multicast packet but received unicast packet from 192.0.2.9"
    assert refusal(packet, V2) == (Reason.NOT_MULTICAST, text)


@pytest.mark.parametrize("ours", [V2, V3, PASS])
def test_what_a_twin_sends_is_good_and_nothing_is_odd_about_it(ours: RouterSettings) -> None:
    packet = advert(100, of=ours)
    assert refusal(packet, ours) is None
    assert remarks(packet, ours) == {}


def test_an_advert_padded_by_ethernet_is_good() -> None:
    packet = advert(100)
    padded = packet._replace(message=packet.message + bytes(6), total_length=46)
    assert refusal(padded, V2) is None
    refused = refusal(padded._replace(total_length=40), V2)
    assert refused
    assert refused.reason is Reason.PACKET_LENGTH
    assert "ip_tot_len mismatch" in refused.text


def test_another_interval_is_odd_in_v3_but_accepted() -> None:
    packet = advert(100, of=settings(version=3, advert_int=2 * SECOND))
    assert refusal(packet, V3) is None
    text = "advertisement interval mismatch ours = 100 centi-sec rcv'd=200 centi-sec"
    assert remarks(packet, V3) == {Reason.INTERVAL: text}


def vips(*last: int) -> RouterSettings:
    return settings(virtual_ipaddress=tuple(VirtualAddress(address=f"192.0.2.{n}", prefix=32) for n in last))


def test_another_number_of_addresses_is_odd_but_accepted() -> None:
    packet = advert(100, of=vips(1, 2, 3))
    assert refusal(packet, vips(1, 2)) is None
    assert remarks(packet, vips(1, 2)) == {Reason.ADDRESS_LIST: "expected 2 VIPs but received 3"}


def test_a_missing_address_is_odd_but_accepted() -> None:
    text = "ip address associated with VRID 51 not present in advert from 192.0.2.9: 192.0.2.2"
    assert remarks(advert(100, of=vips(1, 3)), vips(1, 2)) == {Reason.ADDRESS_LIST: text}


def test_the_order_of_addresses_does_not_matter() -> None:
    assert remarks(advert(100, of=vips(2, 1)), vips(1, 2)) == {}


# Who may speak, and how


AH = settings(authentication=Authentication(auth_type=AuthType.AH, auth_pass="s3cret"))
PEERS = (UnicastPeer(address="192.0.2.9", min_ttl=250, max_ttl=254), UnicastPeer(address="192.0.2.7"))


def unicast(*peers: str, **more: object) -> RouterSettings:
    lines = tuple(UnicastPeer(address=address) for address in peers or ("192.0.2.9",))
    return settings(None, (), unicast_peer=lines, **more)


def test_an_ah_header_must_be_there_exactly_when_ah_is_configured() -> None:
    assert refusal(advert(100), AH) == (
        Reason.AUTH_TYPE_MISMATCH,
        "No AH header but auth type is AH from 192.0.2.9",
    )
    assert refusal(advert(100, of=AH), V2) == (
        Reason.AUTH_TYPE_MISMATCH,
        "Received AH header but auth type not AH from 192.0.2.9",
    )
    assert refusal(advert(100, of=AH), AH) is None


def test_a_trailer_that_nobody_asked_for_is_too_long() -> None:
    signed = settings(auth_hmac=AuthHmac(key=(HmacKey(id=1, secret="k" * 32),), active_key=1))
    refused = refusal(advert(100, of=signed), V2)
    assert refused == (Reason.PACKET_LENGTH, "vrrp packet from 192.0.2.9 too long, length 68 and expect 40")
    assert refusal(advert(100, of=signed), signed) is None
    assert refusal(advert(100), signed) == (
        Reason.EXTENSION_MISSING,
        "missing authentication trailer from 192.0.2.9",
    )


def test_a_unicast_router_obeys_unicast_alone() -> None:
    ours = unicast()
    packet = advert(100, of=ours)
    assert refusal(packet, ours) is None
    assert refusal(packet._replace(destination=GROUP), ours) == (
        Reason.NOT_UNICAST,
        "Expected unicast packet but received multicast packet from 192.0.2.9",
    )


def test_any_ttl_will_do_for_unicast() -> None:
    assert refusal(advert(100, of=unicast(), ttl=3), unicast()) is None


def test_only_with_check_unicast_src_must_the_sender_be_a_peer() -> None:
    stranger = advert(100, of=unicast("192.0.2.7"))
    assert refusal(stranger, unicast("192.0.2.7")) is None
    assert refusal(stranger, unicast("192.0.2.7", check_unicast_src=True)) == (
        Reason.NO_PEER,
        "unicast source address 192.0.2.9 not a unicast peer",
    )
    assert refusal(stranger, unicast("192.0.2.9", check_unicast_src=True)) is None


@pytest.mark.parametrize(("ttl", "good"), [(249, False), (250, True), (254, True), (255, False)])
def test_a_peer_s_ttl_must_be_within_its_bounds(ttl: int, *, good: bool) -> None:
    ours = settings(unicast_peer=PEERS)
    refused = refusal(advert(100, of=ours, ttl=ttl), ours)
    text = f"invalid TTL/HL from 192.0.2.9. Received {ttl} and expect 250 to 254"
    assert refused == (None if good else (Reason.TTL, text))


def test_bounds_for_one_peer_make_strangers_unwelcome() -> None:
    ours = settings(unicast_peer=PEERS[:1])
    refused = refusal(advert(100, of=ours, source=OURS), ours)
    assert refused
    assert refused.reason is Reason.NO_PEER


def test_an_owner_may_be_told_to_ignore_all_others() -> None:
    ours = settings(priority=255, owner_ignore_adverts=True)
    assert refusal(advert(100), ours) == (
        Reason.OWNER,
        "Dropping packet(s) from 192.0.2.9 since we are address owner",
    )
    assert refusal(advert(100), settings(priority=254, owner_ignore_adverts=True)) is None
    assert refusal(advert(100), settings(priority=255)) is None


@pytest.mark.parametrize("wrong", [False, True])
def test_with_v3_checksum_as_v2_either_sum_will_do_but_not_any(*, wrong: bool) -> None:
    without_pseudo, with_pseudo = (settings(version=3, v3_checksum_as_v2=flag) for flag in (True, False))
    for sent in (without_pseudo, with_pseudo):
        packet = advert(100, of=sent)
        message = bytes([*packet.message[:6], *(packet.message[6:8] if not wrong else b"\0\1"), *packet.message[8:]])
        refused = refusal(packet._replace(message=message), without_pseudo)
        assert (refused is None) is not wrong
    refused = refusal(advert(100, of=without_pseudo), with_pseudo)
    assert refused
    assert refused.reason is Reason.CHECKSUM


# IPv6


V6 = settings(virtual_ipaddress=(VirtualAddress(address="fe80::100", prefix=64),))
NEXT = IPv6Address("fe80::9")


def test_over_ipv6_the_same_checks_hold() -> None:
    packet = advert(100, source=NEXT, of=V6)
    assert refusal(packet, V6) is None
    assert remarks(packet, V6) == {}
    assert refusal(packet._replace(ttl=64), V6) == (
        Reason.TTL,
        "invalid TTL/HL from fe80::9. Received 64 and expect 255",
    )
    short = packet._replace(message=packet.message[:20])
    assert refusal(short, V6) == (
        Reason.PACKET_LENGTH,
        "vrrp packet from fe80::9 too short, length 20 and expect 24",
    )


def test_nothing_pads_an_ipv6_advert() -> None:
    packet = advert(100, source=NEXT, of=V6)
    refused = refusal(packet._replace(message=packet.message + bytes(2), total_length=26), V6)
    assert refused == (Reason.PACKET_LENGTH, "vrrp packet from fe80::9 too long, length 26 and expect 24")


def test_version_2_over_ipv6_has_no_authentication_data() -> None:
    ours = settings(virtual_ipaddress=V6.addresses, version=2)
    packet = advert(100, source=NEXT, of=ours)
    assert (len(packet.message), refusal(packet, ours)) == (24, None)


def test_addresses_of_16_bytes_are_compared_too() -> None:
    other = settings(virtual_ipaddress=(VirtualAddress(address="fe80::200", prefix=64),))
    text = "ip address associated with VRID 51 not present in advert from fe80::9: fe80::100"
    assert remarks(advert(100, source=NEXT, of=other), V6) == {Reason.ADDRESS_LIST: text}


def test_the_addresses_of_the_same_master_need_not_be_compared_again() -> None:
    packet = advert(100, of=vips(1, 3))
    assert remarks(packet, vips(1, 2), compare_addresses=False) == {}
    assert Reason.ADDRESS_LIST in remarks(advert(100, of=vips(1, 2, 3)), vips(1, 2), compare_addresses=False)
