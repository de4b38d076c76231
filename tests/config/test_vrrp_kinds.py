"""The kinds of value that only VRRP's blocks have: what each takes, makes of the rest, and writes down again."""

import pytest

from kad.config.fields import Kind
from kad.config.vrrp_kinds import (
    HmacKey,
    Init,
    InitFile,
    Ipvlan,
    Key,
    OldChecksum,
    ParamMatch,
    UseIpvlan,
    UseVmac,
    Vmac,
)
from tests.config.texts import instance, mistake, place, read
from tests.config.words import Said, refused, remarked, value

KINDS: list[Kind] = [UseVmac(), UseIpvlan(), OldChecksum(), ParamMatch(), Init()]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
def test_good_words_are_good_and_read_back_as_they_are_written(kind: Kind) -> None:
    for text in kind.good():
        found = value(kind, text)
        written = kind.write(found)
        assert written is not None
        assert value(kind, written) == found, text


@pytest.mark.parametrize("kind", [*KINDS, Key()], ids=lambda kind: type(kind).__name__)
def test_bad_words_are_complained_about(kind: Kind) -> None:
    for text in kind.bad():
        words = Said(text)
        kind.read(words)
        assert words.refused or words.remarks, text


# VMACs


def test_a_vmac_may_have_a_name_an_address_and_a_group() -> None:
    assert value(UseVmac(), "") == Vmac()
    assert value(UseVmac(), "vrrp.5 2:0:0:0:0:1 netlink_notify_msg group lan") == Vmac(
        name="vrrp.5", mac="02:00:00:00:00:01", netlink_notify_msg=True, group="lan"
    )


def test_five_octets_leave_the_sixth_to_the_vrid() -> None:
    assert value(UseVmac(), "02:00:00:00:00") == Vmac(mac="02:00:00:00:00")


@pytest.mark.parametrize("mac", ["01:00:00:00:00:01", "00:00:5e:00:02:07", "00:00:5E:00:01"])
def test_an_address_that_is_multicast_or_a_virtual_routers_is_ignored(mac: str) -> None:
    assert remarked(UseVmac(), f"{mac} vrrp.5") == (Vmac(name="vrrp.5"), "bad-value")


def test_what_is_no_part_of_a_vmac_is_ignored() -> None:
    assert remarked(UseVmac(), "one two") == (Vmac(name="one"), "unknown-option")
    assert remarked(UseVmac(), "one group") == (Vmac(name="one"), "bad-value")
    assert remarked(UseVmac(), "n" * 16) == (Vmac(), "bad-value")


def test_a_name_may_be_a_word_that_means_something_else() -> None:
    assert value(UseVmac(), "name group") == Vmac(name="group")
    assert value(UseIpvlan(), "name bridge private") == Ipvlan(name="bridge", mode="private")


# Ipvlans


def test_an_ipvlan_may_have_an_address_and_a_mode() -> None:
    assert value(UseIpvlan(), "") == Ipvlan()
    assert value(UseIpvlan(), "ipv.5 10.0.0.5/24 vepa group lan") == Ipvlan(
        name="ipv.5", address="10.0.0.5", prefix=24, mode="vepa", group="lan"
    )
    assert value(UseIpvlan(), "fd00::5") == Ipvlan(address="fd00::5", prefix=128)


def test_what_is_no_part_of_an_ipvlan_is_ignored() -> None:
    assert remarked(UseIpvlan(), "one privat") == (Ipvlan(name="one"), "unknown-option")
    assert remarked(UseIpvlan(), "10.0.0.5/33") == (Ipvlan(address="10.0.0.5", prefix=32), "bad-value")
    assert remarked(UseIpvlan(), "one name") == (Ipvlan(name="one"), "bad-value")


# Keys


SECRET = "k" * 32


def test_a_key_is_text_digits_or_a_file() -> None:
    for secret in (SECRET, "k" * 64, "hex:" + "0f" * 32, "file:/etc/kad/key"):
        assert value(Key(), f"7 {secret}") == (HmacKey(id=7, secret=secret),)
        assert Key().write((HmacKey(id=7, secret=secret),)) == f"7 {secret}"


@pytest.mark.parametrize(
    "secret", ["k" * 31, "k" * 65, "ä" * 33, "hex:" + "0f" * 31, "hex:" + "0f" * 65, "hex:0", "hex:xx", "file:"]
)
def test_a_key_that_can_not_be_one_is_ignored_and_not_repeated_in_the_message(secret: str) -> None:
    assert remarked(Key(), f"7 {secret}") == (None, "bad-value")
    loaded = read(instance(f"auth_hmac {{\n key 7 {secret}\n key 1 {SECRET}\n active_key 1\n}}"))
    assert all(secret.removeprefix("file:") not in found.message.split() for found in loaded.diagnostics)


@pytest.mark.parametrize("number", ["0", "256", "x"])
def test_a_key_has_a_number_of_one_byte(number: str) -> None:
    assert refused(Key(), f"{number} {SECRET}") == "is not a whole number from 1 to 255"


# Others


def test_the_old_checksum_is_always_or_never_used() -> None:
    assert (value(OldChecksum(), ""), value(OldChecksum(), "never")) == ("always", "never")
    assert refused(OldChecksum(), "no") == "is not never write never or nothing"


def test_parameters_match_exactly_unless_something_else_is_said() -> None:
    assert [value(ParamMatch(), text) for text in ("", "initial", "partial")] == ["exact", "initial", "partial"]
    assert refused(ParamMatch(), "partly").endswith("did you mean partial?")


def test_a_file_begins_with_a_number_and_may_be_overwritten() -> None:
    assert value(Init(), "") == InitFile()
    assert value(Init(), "overwrite -5") == InitFile(value=-5, overwrite=True)
    assert remarked(Init(), "300") == (InitFile(value=300), "bad-value")
    assert remarked(Init(), "5 again") == (InitFile(value=5), "unknown-option")


def test_a_bad_part_is_told_at_its_place_and_the_rest_counts() -> None:
    loaded = read(instance("use_vmac vrrp.5 01:00:00:00:00:01 group lan"))
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("bad-value", (4, 21, 38))
    assert loaded.config.vrrp_instances[0].use_vmac == Vmac(name="vrrp.5", group="lan")
