"""What holds for a router when instance, globals and defaults are put together."""

from ipaddress import IPv4Address

import pytest

from kad.config.schema.authentication import Authentication, AuthType
from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.script import Script
from kad.config.schema.track_script import TrackScript
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_script import VrrpScript
from kad.notify import NotifyScripts
from kad.units import SECOND, Micros
from kad.vrrp.settings import Garp, Key, Track, changed
from tests.vrrp.lan import VIP, settings

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
