"""Rules of a vrrp_instance (vrrp_rules.py) about who may speak: passwords, signatures, and what strict mode forbids."""

import pytest

from kad.config import diagnostics
from kad.config.diagnostics import start_status
from kad.config.load import Loaded
from kad.config.schema.authentication import AuthType
from kad.config.schema.vrrp_instance import InitialState
from tests.config.texts import instance, mistake, mistakes, only, place, read, rules


def names(loaded: Loaded) -> list[str]:
    return [one.name for one in loaded.config.vrrp_instances]


PEERS = "unicast_peer {\n10.9.1.1\n10.9.1.2\n}\n"


# Passwords


def auth(*words: str, version: int = 2) -> Loaded:
    return read(instance(f"version {version}\nauthentication {{\n" + "\n".join(words) + "\n}"))


def test_a_password_of_eight_bytes_is_right() -> None:
    loaded = auth("auth_type PASS", "auth_pass 12345678")
    assert rules(loaded) == []
    authentication = loaded.config.vrrp_instances[0].authentication
    assert authentication is not None
    assert (authentication.auth_type, authentication.auth_pass) == (AuthType.PASS, "12345678")


@pytest.mark.parametrize(("written", "used"), [("123456789", "12345678"), ("äöüäö", "äöüä"), ("1234567ä", "1234567")])
def test_a_longer_password_is_cut_in_bytes(written: str, used: str) -> None:
    loaded = auth("auth_type PASS", f"auth_pass {written}")
    assert only(loaded).message == "Truncating auth_pass to 8 characters"
    authentication = loaded.config.vrrp_instances[0].authentication
    assert authentication is not None
    assert authentication.auth_pass == used


@pytest.mark.parametrize(
    ("words", "version", "rule"),
    [
        (("auth_type PASS", "auth_pass x"), 3, "auth-ignored"),
        (("auth_type PASS",), 2, "auth-incomplete"),
        (("auth_pass x",), 2, "auth-type-missing"),
        (("auth_type FOO", "auth_pass x"), 2, "bad-value"),
        (("auth_type PASS", "auth_pass"), 2, "missing-argument"),
    ],
)
def test_authentication_that_can_not_be_is_ignored(words: tuple[str, ...], version: int, rule: str) -> None:
    loaded = auth(*words, version=version)
    assert only(loaded).rule == rule
    assert loaded.config.vrrp_instances[0].authentication is None


def test_a_password_that_is_not_used_is_cut_and_told_too() -> None:
    assert rules(auth("auth_type PASS", "auth_pass 123456789", version=3)) == ["auth-ignored", "auth-pass-cut"]


def test_with_ah_an_instance_begins_as_backup() -> None:
    loaded = read(instance("state MASTER\npriority 100\nauthentication {\nauth_type AH\nauth_pass x\n}"))
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("auth-state", (4, 5, 17))
    assert loaded.config.vrrp_instances[0].state is InitialState.BACKUP


def test_there_is_no_ah_for_ipv6() -> None:
    loaded = read(instance("version 2\nauthentication {\nauth_type AH\nauth_pass x\n}", vips="fe80::1"))
    found = mistake(loaded)
    assert (found.rule, place(found)[:2]) == ("auth-ignored", (6, 1))
    assert loaded.config.vrrp_instances[0].authentication is None


def hmac(*lines: str, extra: str = "") -> Loaded:
    return read(instance(f"{extra}\nauth_hmac {{\n" + "\n".join(lines) + "\n}"))


KEY = f"key 1 {'k' * 32}"


def test_a_key_that_is_there_and_active_is_right() -> None:
    loaded = hmac(KEY, f"key 2 {'l' * 32}", "active_key 2")
    assert mistakes(loaded) == []
    found = loaded.config.vrrp_instances[0].auth_hmac
    assert found is not None
    assert ([key.id for key in found.key], found.active_key) == ([1, 2], 2)


@pytest.mark.parametrize(
    ("lines", "line", "what"), [((KEY,), 5, "has no active_key"), ((KEY, "active_key 2"), 7, "has no key 2, which")]
)
def test_without_a_key_to_sign_with_the_instance_is_lost(lines: tuple[str, ...], line: int, what: str) -> None:
    loaded = hmac(*lines)
    found = mistake(loaded)
    assert (found.rule, place(found)[0], names(loaded)) == ("auth-hmac", line, [])
    assert what in found.message
    assert start_status(loaded.diagnostics, vrrp=True, checker=True) == 2


def test_the_first_of_two_keys_of_a_number_counts() -> None:
    loaded = hmac(KEY, f"key 1 {'l' * 32}", "active_key 1")
    assert mistake(loaded).rule == "auth-hmac-key"
    found = loaded.config.vrrp_instances[0].auth_hmac
    assert found is not None
    assert [key.secret[0] for key in found.key] == ["k"]


def test_hmac_replaces_the_password() -> None:
    loaded = hmac(KEY, "active_key 1", extra="authentication {\nauth_type PASS\nauth_pass x\n}")
    found = mistake(loaded)
    assert (found.rule, place(found)[0]) == ("auth-ignored", 4)
    assert loaded.config.vrrp_instances[0].authentication is None


# Strict mode


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("authentication {\nauth_type PASS\nauth_pass x\n}", "authentication"),
        ("preempt_delay 5", "preempt_delay"),
        ("vmac_xmit_base\nuse_vmac", "vmac_xmit_base"),
        ("no_virtual_ipaddress", "no_virtual_ipaddress"),
        ("down_timer_adverts 5", "down_timer_adverts"),
        ("higher_prio_send_advert", "higher_prio_send_advert"),
        ("garp_lower_prio_delay 5", "garp_lower_prio_delay"),
        ("garp_lower_prio_repeat 5", "garp_lower_prio_repeat"),
        ("lower_prio_no_advert off", "lower_prio_no_advert"),
    ],
)
@pytest.mark.parametrize("everywhere", [False, True])
def test_what_strict_mode_forbids_is_ignored(line: str, field: str, everywhere: bool) -> None:
    text = instance(line if everywhere else f"{line}\nstrict_mode")
    loaded = read(text + "global_defs {\n vrrp_strict\n}\n" if everywhere else text)
    found = mistake(loaded)
    assert (found.rule, place(found)[:2]) == ("strict-conflict", (4, 5))
    assert not getattr(loaded.config.vrrp_instances[0], field)


def test_strict_mode_has_version_3_alone_for_ipv6() -> None:
    loaded = read(instance("version 2\nadvert_int 0.5\nstrict_mode", vips="fe80::1"))
    assert (mistake(loaded).rule, place(mistake(loaded))[:2]) == ("strict-conflict", (4, 5))
    (one,) = loaded.config.vrrp_instances
    assert (one.version, one.advert_int) == (None, 500_000)


def test_an_instance_may_be_less_strict_than_the_rest() -> None:
    assert mistakes(read("global_defs {\n vrrp_strict\n}\n" + instance("preempt_delay 5\nstrict_mode off"))) == []


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("state MASTER\npriority 100", True),
        ("state BACKUP\npriority 255", True),
        ("state MASTER\npriority 255", False),
        ("state MASTER", False),
        ("state BACKUP\npriority 100", False),
        ("priority 255", False),
    ],
)
def test_in_strict_mode_the_state_goes_with_the_priority(lines: str, told: bool) -> None:
    loaded = read(instance(f"{lines}\nstrict_mode"))
    assert mistakes(loaded) == (["strict-state"] if told else [])
    if told:
        assert (place(mistake(loaded)), loaded.config.vrrp_instances[0].state) == ((4, 5, 17), None)


def test_strict_mode_has_no_unicast() -> None:
    loaded = read(instance(f"strict_mode\n{PEERS}"))
    found = mistake(loaded)
    assert (found.rule, place(found)[:2], names(loaded)) == ("strict-unicast", (5, 1), [])
    assert start_status(loaded.diagnostics, vrrp=True, checker=True) == 2


def test_strict_mode_needs_an_address_in_version_2_too() -> None:
    loaded = read(instance("strict_mode", vips=""))
    assert (mistakes(loaded), names(loaded)) == (["no-vip-v3"], [])


def test_that_there_is_no_address_may_be_meant() -> None:
    loaded = read(instance("no_virtual_ipaddress", vips=""))
    assert (mistakes(loaded), names(loaded)) == ([], ["VI_1"])


@pytest.mark.parametrize("priority", ["", "priority 255"])
def test_with_ah_who_owns_the_addresses_begins_as_master_all_the_same(priority: str) -> None:
    loaded = read(instance(f"state MASTER\n{priority}\nauthentication {{\nauth_type AH\nauth_pass x\n}}"))
    assert (mistakes(loaded), loaded.config.vrrp_instances[0].state) == ([], InitialState.MASTER)


@pytest.mark.parametrize("lines", ["state MASTER\npriority 100", "state BACKUP\npriority 255"])
def test_a_state_that_strict_mode_does_not_know_fails_a_test(lines: str) -> None:
    assert diagnostics.test_status(read(instance(f"{lines}\nstrict_mode")).diagnostics) == 5
