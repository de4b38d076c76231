"""Which adverts are obeyed, and keepalived's words about the others (reference vrrp.md 2)."""

import pytest

from kad.config.schema.authentication import Authentication, AuthType
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.units import SECOND
from kad.vrrp import validate
from kad.vrrp.packet import Reason, Received, Refusal
from kad.vrrp.security import Security
from kad.vrrp.settings import RouterSettings
from kad.vrrp.validate import remarks
from tests.vrrp.lan import advert, settings, unix

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
