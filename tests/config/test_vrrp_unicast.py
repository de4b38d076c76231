"""Rules of a vrrp_instance (vrrp_rules.py) about unicast: peers, and what means something only with them or without."""

import pytest

from kad.config.diagnostics import start_status
from kad.config.load import Loaded
from tests.config.texts import instance, mistake, mistakes, place, read


def names(loaded: Loaded) -> list[str]:
    return [one.name for one in loaded.config.vrrp_instances]


PEERS = "unicast_peer {\n10.9.1.1\n10.9.1.2\n}\n"


def test_peers_of_another_family_are_lost() -> None:
    loaded = read(instance(PEERS.replace("10.9.1.2", "fd00::2")))
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("peer-family", (6, 1, 8))
    assert [peer.address for peer in loaded.config.vrrp_instances[0].unicast_peer] == ["10.9.1.1"]
    assert start_status(loaded.diagnostics, vrrp=True, checker=True) == 0


def test_a_peer_once_is_enough() -> None:
    loaded = read(instance(PEERS.replace("10.9.1.2", "10.9.1.1")))
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("duplicate-peer", (6, 1, 9))
    assert len(loaded.config.vrrp_instances[0].unicast_peer) == 1


@pytest.mark.parametrize(
    "line", ["unicast_src_ip 10.9.0.9", "check_unicast_src", "old_unicast_checksum never", "unicast_ttl 7"]
)
def test_what_is_about_unicast_means_nothing_without_peers(line: str) -> None:
    loaded = read(instance(line))
    found = mistake(loaded)
    assert (found.rule, place(found)[:2]) == ("unicast-no-peers", (4, 5))
    assert names(loaded) == ["VI_1"]
    assert loaded.config.vrrp_instances[0].unicast_ttl is None


def test_that_there_are_no_peers_may_be_meant() -> None:
    assert mistakes(read(instance("check_unicast_src\nunicast_fault_no_peer"))) == []


def test_a_multicast_group_is_not_used_with_peers() -> None:
    loaded = read(instance(f"{PEERS}mcast_dst_ip 224.0.0.30"))
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("multicast-ignored", (8, 1, 24))
    assert loaded.config.vrrp_instances[0].mcast_dst_ip is None


def test_unicast_with_a_source_address_needs_no_interface() -> None:
    text = instance(f"{PEERS}unicast_src_ip 10.9.0.9\nvrf vrf0").replace("    interface eth0\n", "")
    loaded = read(text)
    assert mistakes(loaded) == []
    assert (loaded.config.vrrp_instances[0].interface, loaded.config.vrrp_instances[0].vrf) == ("", "vrf0")
    assert mistakes(read(text.replace("unicast_src_ip 10.9.0.9\n", ""))) == ["no-interface"]


def test_a_vrf_is_for_instances_without_an_interface() -> None:
    loaded = read(instance("vrf vrf0"))
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("vrf-interface", (4, 5, 13))
    assert loaded.config.vrrp_instances[0].vrf is None


def test_a_vrid_may_be_used_once_by_multicast_and_once_by_unicast() -> None:
    loaded = read(instance() + instance(PEERS, name="VI_2", vips="10.9.0.2"))
    assert (mistakes(loaded), names(loaded)) == ([], ["VI_1", "VI_2"])


def test_a_source_must_be_there_to_be_tracked() -> None:
    loaded = read(instance("track_src_ip"))
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("no-source", (4, 5, 17))
    assert not loaded.config.vrrp_instances[0].track_src_ip
    assert mistakes(read(instance("track_src_ip\nmcast_src_ip 10.9.0.9"))) == []


@pytest.mark.parametrize(("peers", "line"), [("unicast_peer 10.9.0.9", 5), ("unicast_peer {\n www.example.org\n}", 6)])
def test_peers_that_are_all_wrong_are_told_before_that_there_are_none(peers: str, line: int) -> None:
    last = [
        one for one in read(instance(f"unicast_src_ip 10.9.0.8\n{peers}")).diagnostics if one.rule != "not-acted-on"
    ][-1]
    assert (last.rule, place(last)[0], last.suggestion) == ("unicast-no-peers", line, "")
    assert last.message == "vrrp_instance VI_1 has no usable unicast_peer: adverts are sent to the multicast group"
