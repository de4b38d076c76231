"""Copies of one advert: what they share and what they do not (reference vrrp.md 1.1, 1.5, 1.6)."""

from ipaddress import IPv4Address, IPv6Address

from kad.config.schema.auth_hmac import AuthHmac
from kad.config.schema.authentication import Authentication, AuthType
from kad.config.schema.unicast_peer import UnicastPeer
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.vrrp_kinds import HmacKey
from kad.vrrp.auth_hmac import SIZE
from tests.vrrp.lan import GROUP, OURS, sender, settings

PEERS = (UnicastPeer(address="192.0.2.21"), UnicastPeer(address="192.0.2.22"))
AH = Authentication(auth_type=AuthType.AH, auth_pass="s3cret")
HMAC = AuthHmac(key=(HmacKey(id=1, secret="k" * 32),), active_key=1)


def test_an_advert_goes_to_the_group_or_to_each_peer_in_their_order() -> None:
    assert [where for where, _ in sender(settings(), OURS).copies(100)] == [GROUP]
    unicast = sender(settings(unicast_peer=PEERS), OURS)
    assert [where for where, _ in unicast.copies(100)] == [IPv4Address("192.0.2.21"), IPv4Address("192.0.2.22")]


def test_all_copies_have_one_identification_and_the_next_advert_another() -> None:
    made = sender(settings(unicast_peer=PEERS), OURS)
    first, second = made.copies(100), made.copies(100)
    assert [copy[4:6] for _, copy in first + second] == [b"\0\1", b"\0\1", b"\0\2", b"\0\2"]


def test_all_copies_have_one_ah_number() -> None:
    made = sender(settings(unicast_peer=PEERS, authentication=AH), OURS)
    made.copies(100)
    assert [copy[28:32] for _, copy in made.copies(100)] == [b"\0\0\0\2"] * 2


def test_all_copies_have_one_trailer() -> None:
    first, second = (copy for _, copy in sender(settings(unicast_peer=PEERS, auth_hmac=HMAC), OURS).copies(100))
    assert first[-SIZE:] == second[-SIZE:]
    assert first[16:20] != second[16:20]


def test_the_ttl_of_unicast_is_255_or_what_is_said() -> None:
    for ttl in (None, 7):
        [first, _] = sender(settings(unicast_peer=PEERS, unicast_ttl=ttl), OURS).copies(100)
        assert first[1][8] == (255 if ttl is None else ttl)


def test_over_ipv6_the_message_alone_is_sent_whatever_the_version() -> None:
    vip = (VirtualAddress(address="fe80::100", prefix=64),)
    for version, size in ((2, 24), (3, 24)):
        made = sender(settings(virtual_ipaddress=vip, version=version), IPv6Address("fe80::1"))
        [(where, message)] = made.copies(100)
        assert (where, len(message), message[0]) == (IPv6Address("ff02::12"), size, version << 4 | 1)
