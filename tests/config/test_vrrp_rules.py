"""What spans the keywords of an instance, and what spans instances."""

import pytest

from kad.config.diagnostics import start_status
from kad.config.load import Loaded, load
from kad.units import Micros
from tests.config.texts import MAIN, Memory, World, instance, mistake, mistakes, only, place, read, rules


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


def test_timer_expired_backup_needs_nopreempt() -> None:
    loaded = read(instance("timer_expired_backup"))
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("nopreempt-conflict", (4, 5, 25))
    assert loaded.config.vrrp_instances[0].timer_expired_backup is None
    assert mistakes(read(instance("timer_expired_backup\nnopreempt"))) == []


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


# Families


def test_the_first_address_says_which_family_an_instance_is_of() -> None:
    loaded = read(instance(vips="fe80::5\nfd00::1\n10.9.0.1"))
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("vip-family", (8, 1, 9))
    assert vips(loaded) == ["fe80::5", "fd00::1"]


def test_native_ipv6_says_it_whatever_the_addresses_are() -> None:
    loaded = read(instance("native_ipv6"))
    assert (sorted(mistakes(loaded)), names(loaded)) == (["no-vip-v3", "vip-family"], [])
    assert mistakes(read(instance("native_ipv6", vips="fe80::1"))) == []


@pytest.mark.parametrize(("strict", "rule"), [("", "vip-not-link-local"), ("strict_mode", "vip-not-link-local-strict")])
def test_the_first_ipv6_address_should_be_link_local(strict: str, rule: str) -> None:
    loaded = read(instance(strict, vips="fd00::1"))
    found = mistake(loaded)
    assert (found.rule, place(found), vips(loaded)) == (rule, (6, 9, 16), ["fd00::1"])


def test_a_vrid_may_be_used_once_in_each_family() -> None:
    loaded = read(instance() + instance(name="VI_6", vips="fe80::1"))
    assert (mistakes(loaded), names(loaded)) == ([], ["VI_1", "VI_6"])


def test_a_source_of_another_family_is_ignored() -> None:
    loaded = read(instance("mcast_src_ip fd00::1"))
    assert only(loaded).rule == "source-family"
    assert loaded.config.vrrp_instances[0].mcast_src_ip is None


@pytest.mark.parametrize("keyword", ["unicast_src_ip", "mcast_dst_ip"])
def test_every_kind_of_source_or_target_of_another_family_is_ignored(keyword: str) -> None:
    loaded = read(instance(f"unicast_peer {{\n10.9.1.1\n}}\n{keyword} ff02::5"))
    assert "source-family" in mistakes(loaded)
    assert getattr(loaded.config.vrrp_instances[0], keyword) is None


# Interfaces


def test_an_interface_that_may_come_later_need_not_exist() -> None:
    text = "global_defs {\n dynamic_interfaces\n}\n" + instance(vips="10.9.0.1 dev eth9").replace("eth0", "eth7")
    loaded = read(text)
    assert (mistakes(loaded), loaded.config.vrrp_instances[0].interface) == ([], "eth7")


def tracked_interfaces(*lines: str) -> Loaded:
    return read(instance("track_interface {\n" + "\n".join(lines) + "\n}"))


@pytest.mark.parametrize(
    ("line", "rule"), [("eth0", "own-interface"), ("eth1 weight 5", "duplicate-track"), ("eth7", "unknown-interface")]
)
def test_interfaces_that_can_not_be_tracked_are_ignored(line: str, rule: str) -> None:
    loaded = tracked_interfaces("eth1", line)
    found = mistake(loaded)
    assert (found.rule, place(found)) == (rule, (6, 1, 5))
    assert [(one.name, one.weight) for one in loaded.config.vrrp_instances[0].track_interface] == [("eth1", 0)]


def test_a_vmac_must_be_there_to_be_sent_around() -> None:
    loaded = read(instance("vmac_xmit_base"))
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("vmac-missing", (4, 5, 19))
    assert not loaded.config.vrrp_instances[0].vmac_xmit_base
    assert mistakes(read(instance("vmac_xmit_base\nuse_vmac"))) == []


# Instances that are alike


def test_what_a_rule_takes_from_one_of_two_equal_instances_stays_with_the_other() -> None:
    extra = "track_interface {\n eth0\n eth1\n}\nunicast_peer {\n 10.9.1.1\n}\nmcast_src_ip 10.9.0.9"
    first = instance(extra, vips="10.9.0.1/31 brd +")
    second = first.replace("VI_1", "VI_2").replace("    interface eth0", "    interface eth1").replace("51", "52")
    loaded = read(first + second)
    assert [[line.name for line in one.track_interface] for one in loaded.config.vrrp_instances] == [["eth1"], ["eth0"]]
    assert mistakes(loaded) == ["own-interface", "broadcast-prefix"] * 2
    assert [place(found)[0] for found in loaded.diagnostics if found.rule == "own-interface"] == [5, 21]


# What follows from mistakes in lines is told after these


@pytest.mark.parametrize("vips", ["www.example.org", "10.9.0.1 dev eth9", "10.9.0.300/24 label x"])
def test_an_instance_whose_addresses_are_all_wrong_has_no_usable_one_and_gets_no_advice(vips: str) -> None:
    last = read(instance(vips=vips)).diagnostics[-1]
    assert (last.rule, place(last)[0], last.suggestion) == ("no-vip", 6, "")
    assert last.message == "vrrp_instance VI_1 has no usable virtual_ipaddress: it elects a master, and that is all"


def test_addresses_that_stand_in_no_braces_were_meant_too() -> None:
    text = "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress 10.9.0.1\n}\n"
    assert mistakes(read(text)) == ["missing-brace", "no-vip"]
    assert read(text.replace("eth0\n", "eth0\n version 3\n")).config.vrrp_instances == ()
    stray = text.replace("virtual_ipaddress 10.9.0.1", "priority 5 {\n 10.9.0.1\n }")
    last = read(stray).diagnostics[-1]
    assert (mistakes(read(stray)), last.suggestion) == (["bad-block", "no-vip"], "")


def test_an_empty_list_of_addresses_is_no_mistake_of_a_line() -> None:
    loaded = read(instance(vips=""))
    assert mistake(loaded).suggestion == "say no_virtual_ipaddress when that is meant"


def test_that_an_instance_is_left_without_an_interface_is_told_where_that_is_seen() -> None:
    loaded = read(instance().replace("eth0", "a-name-of-an-interface"))
    assert {(found.rule, place(found)) for found in loaded.diagnostics} == {
        ("bad-value", (2, 15, 37)),
        ("no-interface", (2, 15, 37)),
    }


@pytest.mark.parametrize(("line", "columns"), [("interface eth7", (15, 19)), ('interface "eth7"', (15, 21))])
def test_of_an_interface_that_is_not_there_the_name_alone_is_marked(line: str, columns: tuple[int, int]) -> None:
    assert place(mistake(read(instance().replace("interface eth0", line)))) == (2, *columns)
