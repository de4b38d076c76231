"""What holds for a router when instance, globals and defaults are put together."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest

from kad.config.schema.auth_hmac import AuthHmac
from kad.config.schema.authentication import Authentication, AuthType
from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.script import Script
from kad.config.schema.track_script import TrackScript
from kad.config.schema.unicast_peer import UnicastPeer
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_script import VrrpScript
from kad.config.schema.vrrp_sync_group import VrrpSyncGroup
from kad.config.vrrp_kinds import HmacKey, Vmac
from kad.notify import Event as NotifyEvent
from kad.notify import NotifyScripts
from kad.units import SECOND, Micros
from kad.vrrp.group import with_tracking
from kad.vrrp.settings import Garp, Key, Peer, Track, changed, key_paths, secret, settle
from tests.vrrp.lan import VIP, Driver, instance, notified_in, settings

PASSWORD = Authentication(auth_type=AuthType.PASS, auth_pass="s3cret")


def test_garp_values_come_from_the_instance_else_the_globals_else_keepalived_s_defaults() -> None:
    assert settings().garp == Garp(Micros(5 * SECOND), 5, Micros(0), 1, Micros(5 * SECOND), 5)
    global_defs = GlobalDefs(vrrp_garp_master_delay=Micros(2 * SECOND), vrrp_garp_master_repeat=3)
    assert settings(global_defs).garp == Garp(Micros(2 * SECOND), 3, Micros(0), 1, Micros(2 * SECOND), 3)
    own = settings(global_defs, garp_master_delay=Micros(0), garp_lower_prio_repeat=0)
    assert own.garp == Garp(Micros(0), 3, Micros(0), 1, Micros(2 * SECOND), 0)


@pytest.mark.parametrize(
    "value",
    [
        "garp_master_delay",
        "garp_master_repeat",
        "garp_master_refresh",
        "garp_master_refresh_repeat",
        "garp_lower_prio_delay",
        "garp_lower_prio_repeat",
    ],
)
def test_each_garp_value_of_the_globals_holds_unless_the_instance_says(value: str) -> None:
    global_defs = GlobalDefs(**{f"vrrp_{value}": Micros(7 * SECOND)})  # type: ignore[arg-type]
    own: dict[str, object] = {value: Micros(0)}
    found = [settings(global_defs).garp, settings(global_defs, (), **own).garp]
    name = value.removeprefix("garp_")
    assert [getattr(garp, name) for garp in found] == [7 * SECOND, 0]


def test_the_version_and_the_group_come_from_the_globals_unless_the_instance_says() -> None:
    global_defs = GlobalDefs(vrrp_version=3, vrrp_mcast_group4="224.0.0.99")
    assert settings(global_defs).version == 3
    assert settings(global_defs).group == IPv4Address("224.0.0.99")
    assert settings(global_defs, version=2).version == 2


@pytest.mark.parametrize(("version", "wire"), [(2, 3), (3, 300)])
def test_the_wire_has_seconds_in_v2_and_centiseconds_in_v3(version: int, wire: int) -> None:
    assert settings(version=version, advert_int=3 * SECOND).wire_interval == wire


def test_a_password_is_padded_to_eight_bytes_and_means_nothing_in_v3() -> None:
    assert (settings(authentication=PASSWORD).auth_type, settings(authentication=PASSWORD).auth_data) == (
        1,
        b"s3cret\0\0",
    )
    v3 = settings(authentication=PASSWORD, version=3)
    assert (v3.auth_type, v3.auth_data) == (0, bytes(8))
    assert settings().auth_data == bytes(8)


def test_a_password_s_bytes_are_those_of_the_file_cut_to_eight() -> None:
    odd = Authentication(auth_type=AuthType.PASS, auth_pass=b"\xff\xfe12345678".decode(errors="surrogateescape"))
    assert settings(authentication=odd).auth_data == b"\xff\xfe123456"


def test_a_track_takes_weight_and_reverse_from_its_script_unless_it_says() -> None:
    script = VrrpScript(name="chk", script=Script(argv=("/bin/chk",)), weight=7, reverse=True)
    plain, own = TrackScript(name="chk"), TrackScript(name="chk", weight=0, reverse=False)
    tracks = settings(scripts=(script,), track_script=(plain, own, TrackScript(name="unknown"))).tracks
    assert tracks == (Track("chk", 7, reverse=True), Track("chk", 0, reverse=False))


def test_the_interfaces_of_a_router_are_its_own_and_those_of_its_addresses() -> None:
    elsewhere = VirtualAddress(address="10.0.0.1", prefix=8, device="eth9")
    ours = settings(virtual_ipaddress=(VIP,), virtual_ipaddress_excluded=(elsewhere,))
    assert ours.interfaces == {"eth0", "eth9"}
    assert ours.all_addresses == (VIP, elsewhere)
    assert ours.advertised == (IPv4Address(VIP.address),)


def test_the_key_of_a_router_is_its_interface_and_vrid() -> None:
    assert settings(name="A").key == settings(name="B").key == Key("eth0", 51, family=4, unicast=False)


def test_a_fixed_source_address_is_kept() -> None:
    assert settings(mcast_src_ip="192.0.2.77").source == IPv4Address("192.0.2.77")
    assert settings().source is None


def test_a_flag_of_the_globals_holds_unless_the_instance_says() -> None:
    global_defs = GlobalDefs(vrrp_lower_prio_no_advert=True, vrrp_higher_prio_send_advert=True)
    assert settings(global_defs).lower_prio_no_advert
    assert settings(global_defs).higher_prio_send_advert
    assert not settings(global_defs, lower_prio_no_advert=False).lower_prio_no_advert


def test_notify_scripts_are_carried_over() -> None:
    script = Script(argv=("/bin/n",))
    assert settings(notify=script, notify_stop=script).notify == NotifyScripts(notify=script, notify_stop=script)


def test_a_reload_can_say_which_settings_changed() -> None:
    assert changed(settings(), settings()) == ()
    assert changed(settings(), settings(priority=7, nopreempt=True)) == ("base_priority", "nopreempt")


# Family, unicast, signatures


V6 = (VirtualAddress(address="fe80::100", prefix=64),)
KEY = "k" * 32


def hmac(**more: object) -> AuthHmac:
    return AuthHmac(**({"key": (HmacKey(id=1, secret=KEY),), "active_key": 1} | more))  # type: ignore[arg-type]


def test_the_family_is_that_of_the_first_address_and_ipv6_is_version_3() -> None:
    ours = settings(virtual_ipaddress=V6)
    assert (ours.family, ours.version, ours.key.family) == (6, 3, 6)
    assert settings(virtual_ipaddress=V6, version=2).version == 2
    assert (settings().family, settings(virtual_ipaddress=(), native_ipv6=True).family) == (4, 6)
    assert settings(virtual_ipaddress=(), unicast_peer=(UnicastPeer(address="fe80::9"),)).family == 6


def test_the_group_is_the_family_s_unless_the_instance_says_another() -> None:
    global_defs = GlobalDefs(vrrp_mcast_group6="ff02::99")
    assert settings(global_defs, virtual_ipaddress=V6).group == IPv6Address("ff02::99")
    assert settings(virtual_ipaddress=V6).group == IPv6Address("ff02::12")
    assert settings(mcast_dst_ip="224.0.0.30").destinations == (IPv4Address("224.0.0.30"),)


def test_peers_make_a_router_unicast_and_not_that_of_the_group() -> None:
    peers = (UnicastPeer(address="192.0.2.7"), UnicastPeer(address="192.0.2.8", min_ttl=3, max_ttl=9))
    ours = settings(unicast_peer=peers, unicast_src_ip="192.0.2.77")
    assert (ours.unicast, ours.key.unicast, ours.source) == (True, True, IPv4Address("192.0.2.77"))
    assert ours.peers == (Peer(IPv4Address("192.0.2.7")), Peer(IPv4Address("192.0.2.8"), 3, 9))
    assert ours.destinations == (IPv4Address("192.0.2.7"), IPv4Address("192.0.2.8"))


def test_the_source_of_unicast_means_nothing_without_peers() -> None:
    assert settings(unicast_src_ip="192.0.2.77").source is None


def test_strangers_are_refused_when_the_instance_or_the_globals_say_so_or_a_peer_has_bounds() -> None:
    plain = (UnicastPeer(address="192.0.2.7"),)
    assert not settings(unicast_peer=plain).check_source
    assert settings(unicast_peer=plain, check_unicast_src=True).check_source
    assert settings(GlobalDefs(vrrp_check_unicast_src=True), unicast_peer=plain).check_source
    assert settings(unicast_peer=(UnicastPeer(address="192.0.2.7", max_ttl=9),)).check_source


def test_the_ttl_of_unicast_is_its_own_and_that_of_multicast_255() -> None:
    peers = (UnicastPeer(address="192.0.2.7"),)
    assert [settings(unicast_peer=peers, unicast_ttl=ttl).ttl for ttl in (None, 0, 9)] == [255, 0, 9]
    assert settings(unicast_ttl=9).ttl == 255


def test_ah_has_a_key_and_zeros_where_the_password_would_be() -> None:
    ours = settings(authentication=Authentication(auth_type=AuthType.AH, auth_pass="s3cret"))
    assert (ours.auth_type, ours.auth_data, ours.ah_key, ours.extra) == (2, bytes(8), b"s3cret\0\0", 24)
    assert (settings().ah_key, settings().extra) == (b"", 0)


@pytest.mark.parametrize("name", ["owner_ignore_adverts", "skip_check_adv_addr", "v3_checksum_as_v2"])
def test_each_of_these_flags_of_the_globals_holds_unless_the_instance_says(name: str) -> None:
    setting, word = ("checksum_as_v2", name) if name.startswith("v3") else (name, f"vrrp_{name}")
    global_defs = GlobalDefs(**{word: True})  # type: ignore[arg-type]
    own: dict[str, object] = {name: False}
    found = [settings(), settings(global_defs), settings(global_defs, (), **own)]
    assert [getattr(one, setting) for one in found] == [False, True, False]


def test_the_adverts_that_may_fail_to_come_are_counted_by_the_instance_or_the_globals() -> None:
    assert settings().down_timer_adverts == 3
    assert settings(GlobalDefs(vrrp_down_timer_adverts=5)).down_timer_adverts == 5
    assert settings(GlobalDefs(vrrp_down_timer_adverts=5), down_timer_adverts=2).down_timer_adverts == 2


@pytest.mark.parametrize(
    ("written", "key"),
    [
        (KEY, KEY.encode()),
        (f"hex:{'0f' * 32}", b"\x0f" * 32),
        ("file:/ascii", b"a" * 40),
        ("file:/hex", b"\xab" * 32),
        ("file:/short", None),
        ("file:/odd", None),
        ("file:/unreadable", None),
        ("file:/unknown", None),
    ],
)
def test_a_key_is_what_is_written_or_in_a_file_in_either_form(written: str, key: bytes | None) -> None:
    files = {
        "/ascii": b"a" * 40 + b"\r\n",
        "/hex": b"hex:" + b"ab" * 32 + b"\n",
        "/short": b"short\n",
        "/odd": b"hex:zz",
        "/unreadable": None,
    }
    assert secret(written, files) == key


def test_the_files_with_keys_are_named() -> None:
    keys = (HmacKey(id=1, secret=KEY), HmacKey(id=2, secret="file:/etc/key"))
    assert key_paths((instance(), instance(auth_hmac=hmac(key=keys)))) == ("/etc/key",)


@pytest.mark.parametrize(
    ("mode", "sends", "requires"), [("enforce", 1, 1), ("permissive", 1, 0), ("receive-only", 0, 0)]
)
def test_the_modes_of_auth_hmac(mode: str, sends: int, requires: int) -> None:
    ours = settings(auth_hmac=hmac(mode=mode))
    assert ours.hmac
    assert (ours.hmac.sends, ours.hmac.requires, ours.extra) == (bool(sends), bool(requires), 28 * sends)


@pytest.mark.parametrize(("advert_int", "window"), [(1, 5), (10, 30), (255, 300)])
def test_the_window_of_auth_hmac_is_three_intervals_within_bounds_unless_it_says(advert_int: int, window: int) -> None:
    usual = settings(advert_int=advert_int * SECOND, auth_hmac=hmac())
    own = settings(auth_hmac=hmac(time_window=Micros(7 * SECOND), anti_replay="monotonic"))
    assert usual.hmac
    assert own.hmac
    assert (usual.hmac.window, usual.hmac.monotonic) == (window, False)
    assert (own.hmac.window, own.hmac.monotonic) == (7, True)


def test_a_key_that_can_not_be_had_is_lacking_if_it_is_the_active_one() -> None:
    keys = (HmacKey(id=1, secret=KEY), HmacKey(id=2, secret="file:/gone"))
    assert not settings(auth_hmac=hmac(key=keys)).lacks_key
    assert settings(auth_hmac=hmac(key=keys, active_key=2)).lacks_key


@pytest.mark.parametrize("here", [True, None])
def test_strict_mode_takes_back_what_the_rfcs_do_not_know_of(*, here: bool | None) -> None:
    everywhere = GlobalDefs(vrrp_strict=not here, vrrp_higher_prio_send_advert=True, vrrp_garp_lower_prio_repeat=5)
    strict = settings(everywhere, priority=255, strict_mode=here, lower_prio_no_advert=False)
    assert (strict.lower_prio_no_advert, strict.higher_prio_send_advert) == (True, False)
    assert strict.garp.lower_prio_repeat == 0
    assert strict.owner_ignore_adverts


def test_strict_mode_lets_others_hear_the_owner_and_ipv6_speak_version_3() -> None:
    assert not settings(strict_mode=True).owner_ignore_adverts
    ipv6 = (VirtualAddress(address="fe80::1", prefix=64),)
    assert settings(strict_mode=True, version=2, virtual_ipaddress=ipv6).version == 3
    assert settings(strict_mode=True, version=2).version == 2
    assert settings(version=2, virtual_ipaddress=ipv6).version == 2


def test_an_instance_need_not_be_strict_where_the_rest_is() -> None:
    assert not settings(GlobalDefs(vrrp_strict=True), strict_mode=False).lower_prio_no_advert


def test_with_dont_track_primary_neither_the_vmac_nor_its_base_decides() -> None:
    assert settings(use_vmac=Vmac()).interfaces == {"eth0", "vrrp.51"}
    assert settings(use_vmac=Vmac(), dont_track_primary=True).interfaces == frozenset()


@pytest.mark.parametrize(
    ("own", "group", "everywhere", "told"),
    [
        (None, None, False, False),
        (None, None, True, True),
        (None, True, False, True),
        (None, False, True, False),
        (False, True, True, False),
        (True, False, False, True),
    ],
)
def test_changes_of_priority_are_told_as_the_instance_says_or_its_group_or_the_globals(
    *, own: bool | None, group: bool | None, everywhere: bool, told: bool
) -> None:
    groups = (VrrpSyncGroup(name="G", group=("VI_1",), notify_priority_changes=group),)
    one = with_tracking(instance(notify_priority_changes=own), groups)
    settled = settle(one, GlobalDefs(vrrp_notify_priority_changes=everywhere), {})
    assert settled.notify_priority_changes is told
    driver = Driver(of=replace(settled, links=(Track("eth9", -20, reverse=False),)))
    actions = driver.learn(down=frozenset({"eth9"}))
    assert (NotifyEvent.BACKUP_PRIORITY in notified_in(actions)) is told
