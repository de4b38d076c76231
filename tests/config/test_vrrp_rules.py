"""What spans the keywords of an instance, and what spans instances."""

import pytest

from kad.config.diagnostics import start_status
from kad.config.load import Loaded, load
from kad.config.schema.authentication import AuthType
from kad.units import Micros
from tests.config.texts import MAIN, Memory, World, instance, only, read, rules

SCRIPT = "vrrp_script s {\n script /bin/x\n}\n"


def lost(loaded: Loaded) -> str:
    """The one reason for which the file has no instance left; a start with VRRP ends with its status."""
    assert loaded.config.vrrp_instances == ()
    return only(loaded).rule


def names(loaded: Loaded) -> list[str]:
    return [one.name for one in loaded.config.vrrp_instances]


# What ends an instance


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (instance().replace("    interface eth0\n", ""), "no-interface"),
        (instance().replace("eth0", "eth7"), "unknown-interface"),
        (instance().replace("eth0", "lo"), "loopback-interface"),
        (instance().replace("    virtual_router_id 51\n", ""), "no-vrid"),
        (instance(vrid="0"), "no-vrid"),
        (instance(vrid="256"), "no-vrid"),
        (instance("version 3", vips=""), "no-vip-v3"),
    ],
)
def test_what_an_instance_can_not_be_without_ends_it_and_the_start_of_vrrp(text: str, rule: str) -> None:
    loaded = read(text)
    assert lost(loaded) == rule
    assert start_status(loaded.diagnostics, vrrp=True, checker=True) == 2
    assert start_status(loaded.diagnostics, vrrp=False, checker=True) == 0


def test_a_few_interfaces_are_listed_and_none_is_guessed() -> None:
    assert only(read(instance().replace("eth0", "eth7"))).suggestion == "the interfaces are: eth0, eth1, lo"


@pytest.mark.parametrize(("name", "suggestion"), [("eth00", "did you mean eth0?"), ("eth7", ""), ("ens3", "")])
def test_of_many_interfaces_only_a_near_miss_is_guessed(name: str, suggestion: str) -> None:
    class Many(World):
        def interfaces(self) -> frozenset[str]:
            return super().interfaces() | {f"veth{number}" for number in range(20)}

    loaded = load(MAIN, Memory({MAIN: instance().replace("eth0", name)}), Many())
    assert only(loaded).suggestion == suggestion


def test_a_vrid_is_used_once_on_an_interface() -> None:
    loaded = read(instance() + instance(name="VI_2", vips="10.9.0.2"))
    found = only(loaded)
    assert (found.rule, found.span and found.span.line) == ("duplicate-vrid", 11)
    assert names(loaded) == ["VI_1"]
    assert start_status(loaded.diagnostics, vrrp=True, checker=False) == 2


def test_an_instance_lost_by_its_vrid_shares_no_address() -> None:
    assert only(read(instance() + instance(name="VI_2"))).rule == "duplicate-vrid"


def test_a_vrid_may_be_used_on_another_interface() -> None:
    loaded = read(instance() + instance(name="VI_2", vips="10.9.0.2").replace("eth0", "eth1"))
    assert (names(loaded), rules(loaded)) == (["VI_1", "VI_2"], [])


def test_an_instance_that_is_lost_takes_no_vrid() -> None:
    loaded = read(instance("version 3", vips="") + instance(name="VI_2"))
    assert (names(loaded), rules(loaded)) == (["VI_2"], ["no-vip-v3"])


def test_an_ipv6_instance_is_not_run_yet() -> None:
    loaded = read(instance(vips="fd00::1/64"))
    assert lost(loaded) == "ipv6-instance"
    assert start_status(loaded.diagnostics, vrrp=True, checker=True) == 0


def test_ah_is_not_run_without_authentication_instead() -> None:
    assert lost(read(instance("authentication {\n auth_type AH\n auth_pass x\n}"))) == "auth-ah"


# Preemption


@pytest.mark.parametrize("setting", ["state MASTER", "priority 255"])
def test_nopreempt_is_cleared_for_who_starts_as_master(setting: str) -> None:
    loaded = read(instance(f"nopreempt\n{setting}"))
    assert only(loaded).rule == "nopreempt-conflict"
    assert not loaded.config.vrrp_instances[0].nopreempt


@pytest.mark.parametrize("setting", ["state MASTER", "nopreempt"])
def test_a_preempt_delay_without_preemption_is_cleared(setting: str) -> None:
    loaded = read(instance(f"preempt_delay 5\n{setting}"))
    assert only(loaded).rule == "preempt-delay-conflict"
    assert loaded.config.vrrp_instances[0].preempt_delay == 0


def test_nopreempt_that_is_cleared_leaves_the_delay_to_the_next_rule() -> None:
    loaded = read(instance("nopreempt\npreempt_delay 5\npriority 255"))
    assert rules(loaded) == ["nopreempt-conflict"]
    assert loaded.config.vrrp_instances[0].preempt_delay == 5_000_000


def test_preemption_of_a_backup_is_nobodys_business() -> None:
    assert rules(read(instance("state BACKUP\nnopreempt"))) == []
    assert rules(read(instance("preempt_delay 5"))) == []


# The interval. What keepalived 2.2.7 makes of each was read off its dump.


@pytest.mark.parametrize(
    ("version", "written", "used"),
    [
        (2, "1.5", 2_000_000),
        (2, "0.4", 1_000_000),
        (2, "2.4", 2_000_000),
        (3, "0.123", 120_000),
        (3, "0.014", 10_000),
        (3, "41", 40_950_000),
        (3, "255", 40_950_000),
    ],
)
def test_an_interval_that_the_wire_can_not_say_is_rounded(version: int, written: str, used: int) -> None:
    loaded = read(instance(f"version {version}\nadvert_int {written}"))
    assert only(loaded).rule == "advert-int-rounded"
    assert loaded.config.vrrp_instances[0].advert_int == used


@pytest.mark.parametrize(("version", "written"), [(2, "1"), (2, "255"), (3, "0.01"), (3, "1.5"), (3, "40.95")])
def test_an_interval_that_the_wire_can_say_stays(version: int, written: str) -> None:
    loaded = read(instance(f"version {version}\nadvert_int {written}"))
    assert rules(loaded) == []
    assert loaded.config.vrrp_instances[0].advert_int == Micros(round(float(written) * 1_000_000))


def test_the_global_version_counts_where_the_instance_has_none() -> None:
    assert rules(read("global_defs {\n vrrp_version 3\n}\n" + instance("advert_int 0.5"))) == []


# Authentication


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


def test_a_source_of_another_family_is_ignored() -> None:
    loaded = read(instance("mcast_src_ip fd00::1"))
    assert only(loaded).rule == "source-family"
    assert loaded.config.vrrp_instances[0].mcast_src_ip is None


# Addresses


def vips(loaded: Loaded) -> list[str]:
    return [line.address for line in loaded.config.vrrp_instances[0].virtual_ipaddress]


def test_no_address_is_a_warning_in_version_2() -> None:
    loaded = read(instance(vips=""))
    assert only(loaded).rule == "no-vip"
    assert names(loaded) == ["VI_1"]


def test_an_address_of_another_family_is_ignored() -> None:
    loaded = read(instance(vips="10.9.0.1\nfd00::1"))
    assert (only(loaded).rule, vips(loaded)) == ("vip-family", ["10.9.0.1"])


def test_excluded_addresses_may_be_of_any_family() -> None:
    assert rules(read(instance("virtual_ipaddress_excluded {\n fd00::1\n}"))) == []


def test_an_address_once_is_enough() -> None:
    loaded = read(instance("virtual_ipaddress_excluded {\n10.9.0.1/24\n}", vips="10.9.0.1/24\n10.9.0.1/24"))
    assert rules(loaded) == ["duplicate-vip"] * 2
    assert (vips(loaded), loaded.config.vrrp_instances[0].virtual_ipaddress_excluded) == (["10.9.0.1"], ())


def test_an_address_may_be_on_two_interfaces_or_with_two_lengths() -> None:
    assert rules(read(instance(vips="10.9.0.1/24\n10.9.0.1/24 dev eth1\n10.9.0.1/25"))) == []


def test_an_address_of_two_instances_is_told_and_stays() -> None:
    loaded = read(instance() + instance(name="VI_2", vrid="52"))
    assert only(loaded).rule == "shared-vip"
    assert names(loaded) == ["VI_1", "VI_2"]


def test_an_address_on_an_interface_that_is_not_there_is_lost() -> None:
    loaded = read(instance(vips="10.9.0.1\n10.9.0.2 dev eth9"))
    assert (only(loaded).rule, vips(loaded)) == ("unknown-interface", ["10.9.0.1"])
    assert start_status(loaded.diagnostics, vrrp=True, checker=True) == 2


def test_addresses_that_an_advert_has_no_room_for_are_excluded_in_their_order() -> None:
    loaded = read(instance(vips="\n".join(f"10.9.{number // 200}.{number % 200 + 1}" for number in range(300))))
    assert only(loaded).rule == "too-many-vips"
    one = loaded.config.vrrp_instances[0]
    assert (len(one.virtual_ipaddress), len(one.virtual_ipaddress_excluded)) == (255, 45)
    assert one.virtual_ipaddress_excluded[0].address == "10.9.1.56"


def test_255_addresses_have_room_and_256_have_not() -> None:
    vips = [f"10.9.0.{number}" for number in range(256)]
    assert rules(read(instance(vips="\n".join(vips)))) == ["too-many-vips"]
    assert rules(read(instance(vips="\n".join(f"10.9.0.{number}" for number in range(1, 256))))) == []


@pytest.mark.parametrize(("length", "kept"), [(30, "+"), (31, None), (32, None)])
def test_a_prefix_needs_room_for_a_broadcast_address(length: int, kept: str | None) -> None:
    loaded = read(instance(vips=f"10.9.0.1/{length} brd +"))
    assert loaded.config.vrrp_instances[0].virtual_ipaddress[0].broadcast == kept
    assert rules(loaded) == ([] if kept else ["broadcast-prefix"])


# Tracked scripts


def tracked(loaded: Loaded) -> list[str]:
    return [line.name for line in loaded.config.vrrp_instances[0].track_script]


def test_a_script_that_is_not_defined_is_not_tracked() -> None:
    loaded = read(SCRIPT.replace(" s ", " check ") + instance("track_script {\n chek\n check\n}"))
    assert (only(loaded).suggestion, tracked(loaded)) == ("did you mean check?", ["check"])


def test_a_script_must_be_defined_before_it_is_used() -> None:
    loaded = read(instance("track_script {\n s\n}") + SCRIPT)
    assert (rules(loaded), tracked(loaded)) == (["unknown-track-script", "unused-script"], [])
    gone = read(instance("track_script {\n s\n}") + SCRIPT.replace("/bin", "/gone"))
    assert rules(gone) == ["unknown-track-script", "track-script-disabled"]


def test_a_script_is_tracked_once() -> None:
    loaded = read(SCRIPT + instance("track_script {\n s weight 3\n s weight 5\n}"))
    assert only(loaded).rule == "duplicate-track-script"
    assert [line.weight for line in loaded.config.vrrp_instances[0].track_script] == [3]


def test_the_first_of_two_scripts_of_a_name_is_meant() -> None:
    loaded = read(SCRIPT + SCRIPT.replace("/bin/x", "/bin/y") + instance("track_script {\n s\n}"))
    assert only(loaded).rule == "duplicate-script"
    assert [script.script.argv for script in loaded.config.vrrp_scripts] == [("/bin/x",)]


def test_a_script_that_nobody_tracks_is_a_note() -> None:
    assert rules(read(SCRIPT + instance())) == ["unused-script"]
