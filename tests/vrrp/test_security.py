"""Who proves what to whom: AH's failures in their order, and what a reload keeps (reference vrrp.md 1.5, 1.6)."""

from dataclasses import replace

from kad.config.schema.auth_hmac import AuthHmac
from kad.config.schema.authentication import Authentication, AuthType
from kad.config.vrrp_kinds import HmacKey
from kad.vrrp.packet import Reason
from kad.vrrp.security import Security
from tests.vrrp.lan import HIGHER, LOWER, advert, sender, settings, unix

AH = settings(authentication=Authentication(auth_type=AuthType.AH, auth_pass="s3cret"))
OTHER = settings(authentication=Authentication(auth_type=AuthType.AH, auth_pass="another"))
HMAC = settings(auth_hmac=AuthHmac(key=(HmacKey(id=1, secret="k" * 32),), active_key=1))


def test_a_good_header_is_accepted_once() -> None:
    security, packet = Security(AH, unix), advert(100, of=AH)
    assert security.refuses_header(packet) is None
    assert security.refuses_header(packet) == (
        Reason.AUTH_FAILURE,
        "IPSEC-AH : sequence number 1 already processed. Packet dropped. Local(1)",
    )


def test_another_password_fails_before_anything_else_and_moves_no_number() -> None:
    security = Security(AH, unix)
    assert security.refuses_header(advert(100, of=OTHER)) == (
        Reason.AUTH_FAILURE,
        "IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password !",
    )
    assert security.counter.number == 0


def test_an_spi_that_is_not_the_sender_s_is_refused() -> None:
    security = Security(AH, unix)
    packet = advert(100, of=AH)._replace(source=HIGHER)
    refused = security.refuses_header(packet)
    assert refused
    assert refused.text == f"IPSEC AH : invalid IPSEC SPI value. {int(LOWER)} and expect {int(HIGHER)}"


def test_without_a_session_nothing_is_asked_for() -> None:
    security, plain = Security(settings(), unix), advert(100)
    assert (security.refuses_trailer(plain), security.remark(plain)) == (None, "")


def test_a_reload_keeps_what_was_heard_of_the_others() -> None:
    security, packet = Security(HMAC, unix), advert(100, of=HMAC)
    assert security.refuses_trailer(packet) is None
    security.reconfigure(replace(HMAC, base_priority=7))
    refused = security.refuses_trailer(packet)
    assert refused
    assert refused.reason is Reason.EXTENSION_REPLAY


def test_a_reload_may_begin_and_end_the_signing() -> None:
    security = Security(settings(), unix)
    security.reconfigure(HMAC)
    assert security.refuses_trailer(advert(100))
    security.reconfigure(settings())
    assert security.refuses_trailer(advert(100)) is None


def test_a_sender_that_signs_is_believed_by_its_like_advert_after_advert() -> None:
    made, security = sender(HMAC, LOWER), Security(HMAC, unix)
    assert [security.refuses_trailer(advert(100, of=HMAC, by=made)) for _ in range(3)] == [None] * 3
