"""What a running worker tells of itself, in keepalived's layouts. Beside the real one: netns/test_dumps.py."""

import json

from msgspec import structs

from kad.config.schema.authentication import Authentication, AuthType
from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.script import Script
from kad.config.schema.track_file import TrackFile, TrackFileLine
from kad.config.schema.track_interface import TrackInterface
from kad.config.schema.track_process import TrackProcess
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_track_process import VrrpTrackProcess
from kad.units import SECOND
from kad.vrrp import dumps
from tests.vrrp.lan import START, instance
from tests.vrrp.many import Lan, share

COUNTERS = [
    *("advert_rcvd", "advert_sent", "become_master", "release_master"),
    *("packet_len_err", "advert_interval_err", "ip_ttl_err", "invalid_type_rcvd", "addr_list_err"),
    *("invalid_authtype", "authtype_mismatch", "auth_failure"),
    *("auth_ext_missing", "auth_ext_malformed", "auth_ext_unknown_key", "auth_ext_invalid_hmac"),
    *("auth_ext_stale", "auth_ext_replay", "pri_zero_rcvd", "pri_zero_sent"),
]
"""As keepalived 2.4.3 has them (reference vrrp.md 11)."""


def test_the_statistics_have_keepalived_s_lines_and_then_what_it_does_not_count() -> None:
    lan = Lan()
    lan.hear(200)
    lan.run(4)
    lines = dumps.stats(lan.node).splitlines()
    assert lines[:6] == [
        "VRRP Instance: VI_1",
        "  Advertisements:",
        "    Received: 1",
        "    Sent: 1",
        "  Became master: 1",
        "  Released master: 0",
    ]
    assert [line for line in lines[6:] if not line.startswith("    ")] == [
        "  Packet Errors:",
        "  Authentication Errors:",
        "  Authentication Extension Errors:",
        "  Priority Zero:",
        "  Other Packets Ignored:",
    ]
    others = lines[lines.index("  Other Packets Ignored:") + 1 :]
    assert "    checksum_err: 0" in others
    assert "    unknown_peer_err: 0" in others


def test_the_json_has_keepalived_s_counters_in_its_order_and_then_others() -> None:
    (one,) = json.loads(dumps.as_json(Lan().node, 0))
    assert list(one["stats"])[: len(COUNTERS)] == COUNTERS
    assert "checksum_err" in list(one["stats"])[len(COUNTERS) :]


def test_the_second_version_of_the_json_names_its_list() -> None:
    node = Lan().node
    assert json.loads(dumps.as_json(node, 0, 2)) == {"vrrp": json.loads(dumps.as_json(node, 0))}


def test_slashes_are_escaped_as_keepalived_does() -> None:
    assert "192.0.2.100\\/24 dev eth0" in dumps.as_json(Lan().node, 0)


def test_the_data_of_a_router_are_what_it_is_at_the_moment() -> None:
    script = Script(argv=("/bin/n", "a b"), user=None, group=None)
    lan = Lan(instance(priority=150, notify=script, track_interface=(TrackInterface(name="eth1"),)))
    lan.hear(200)
    (one,) = json.loads(dumps.as_json(lan.node, 10 * SECOND))
    data = one["data"]
    assert (data["iname"], data["ifp_ifname"], data["vrid"]) == ("VI_1", "eth0", 51)
    assert (data["base_priority"], data["effective_priority"], data["master_priority"]) == (150, 150, 200)
    assert (data["state"], data["wantstate"], data["vipset"]) == (1, 1, False)
    assert data["vips"] == ["192.0.2.100/24 dev eth0 scope global"]
    assert (data["script"], data["track_ifp"]) == ("'/bin/n' 'a b'", ["eth1"])
    assert data["last_transition"] == START / SECOND + 10
    lan.run(5)
    (one,) = json.loads(dumps.as_json(lan.node, 0))
    data = one["data"]
    assert (data["state"], data["vipset"], data["master_priority"]) == (2, True, 0)
    assert data["vips"] == ["192.0.2.100/24 dev eth0 scope global set"]
    assert data["last_transition"] > START / SECOND


def test_a_password_is_not_told() -> None:
    secret = Authentication(auth_type=AuthType.PASS, auth_pass="s3cret")
    lan = Lan(instance(authentication=secret))
    (one,) = json.loads(dumps.as_json(lan.node, 0))
    assert (one["data"]["auth_type"], one["data"]["auth_data"]) == (1, "********")
    assert "s3cret" not in dumps.as_json(lan.node, 0) + dumps.state(lan.node, 0) + dumps.stats(lan.node)


def test_addresses_are_in_keepalived_s_words() -> None:
    lan = Lan(
        instance(
            virtual_ipaddress=(
                VirtualAddress(address="192.0.2.1", prefix=32, label="eth0:1", device="eth1"),
                VirtualAddress(address="192.0.2.2", prefix=24, broadcast="192.0.2.255", scope="link"),
            )
        )
    )
    settings = next(iter(lan.node.members.values())).router.settings
    said = [dumps.address(settings, one, present=True) for one in settings.addresses]
    assert said == [
        "192.0.2.1 dev eth1 scope global label eth0:1 set",
        "192.0.2.2/24 brd 192.0.2.255 dev eth0 scope link set",
    ]


def test_the_state_says_why_each_router_is_what_it_is() -> None:
    lan = Lan()
    lan.hear(200)
    lan.run(4)
    said = dumps.state(lan.node, 0)
    assert "   State = MASTER\n" in said
    assert "   Reason = master-silent: no advert from 192.0.2.11 for" in said
    assert said.startswith("------< VRRP Topology >------\n VRRP Instance = VI_1\n")


def test_adverts_for_nobody_are_in_the_state() -> None:
    lan = Lan()
    lan.hear(200, vrid=99)
    assert "   unknown_vrid = 1\n" in dumps.state(lan.node, 0)


def test_counters_can_be_cleared() -> None:
    lan = Lan()
    lan.hear(200)
    lan.hear(200, vrid=99)
    lan.node.clear_counters()
    (one,) = json.loads(dumps.as_json(lan.node, 0))
    assert not any(one["stats"].values())
    assert "unknown_vrid" not in dumps.state(lan.node, 0)


def test_without_routers_there_is_nothing_to_tell() -> None:
    lan = Lan()
    lan.node.configure(share(global_defs=GlobalDefs()), lan.now)
    assert dumps.stats(lan.node) == ""


def test_what_is_followed_is_in_the_dump_and_whether_the_own_interface_counts() -> None:
    follower = instance(
        dont_track_primary=True,
        track_file=(TrackFileLine(name="load", weight=-2),),
        track_process=(TrackProcess(name="web", weight=20, reverse=True),),
    )
    files = (TrackFile(name="load", file="/run/load"),)
    processes = (VrrpTrackProcess(name="web", process=("nginx",)),)
    node = Lan().node
    node.configure(structs.replace(share(follower), track_files=files, track_processes=processes), START)
    text = dumps.state(node, 0)
    assert "   Tracked files :\n     load weight -2\n" in text
    assert "   Tracked processes :\n     web weight 20 reverse\n" in text
    (one,) = json.loads(dumps.as_json(node, 0))
    assert one["data"]["dont_track_primary"] == 1
