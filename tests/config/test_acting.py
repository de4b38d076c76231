"""What is read but not run yet: it stays in the Config, is said, and no worker gets it."""

import pytest

from kad.config import acting, diagnostics
from kad.config.diagnostics import Half, Severity, refuses_reload, start_status
from kad.config.load import Loaded
from tests.config.texts import instance, mistakes, place, read, service

UNBOUND = instance("unicast_peer {\n10.9.1.1\n}\nunicast_src_ip 10.9.0.9", name="U", vrid="9", vips="10.9.0.9").replace(
    "    interface eth0\n", ""
)
"""An instance without an interface, which must be unicast."""


def not_run(loaded: Loaded) -> list[tuple[str, Half, tuple[int, int, int]]]:
    return [(one.message, one.half, place(one)) for one in loaded.diagnostics if one.rule == "not-run-yet"]


def test_an_instance_without_an_interface_is_unicast_and_read_and_not_run() -> None:
    loaded = read(UNBOUND)
    ((message, half, where),) = not_run(loaded)
    assert "without an interface" in message
    assert message.endswith(": vrrp_instance U is read, but not run")
    assert (half, where) == (Half.VRRP, (1, 1, 16))
    assert len(loaded.config.vrrp_instances) == 1
    assert acting.running(loaded.config).vrrp_instances == ()


@pytest.mark.parametrize(
    "text",
    [
        instance(vips="fe80::1"),
        instance("unicast_peer {\n10.9.1.1\n}"),
        instance("authentication {\nauth_type AH\nauth_pass x\n}"),
        instance(f"auth_hmac {{\nkey 1 {'k' * 32}\nactive_key 1\n}}"),
        instance("mcast_dst_ip 224.0.0.30"),
    ],
)
def test_every_way_of_speaking_is_run(text: str) -> None:
    loaded = read(text)
    assert not_run(loaded) == []
    assert acting.running(loaded.config).vrrp_instances == loaded.config.vrrp_instances


def test_what_is_not_run_yet_is_no_mistake_and_the_rest_starts() -> None:
    loaded = read(instance() + UNBOUND)
    assert mistakes(loaded) == []
    assert [one.name for one in acting.running(loaded.config).vrrp_instances] == ["VI_1"]
    (found,) = [found for found in loaded.diagnostics if found.rule == "not-run-yet"]
    assert found.severity is Severity.WARNING
    assert diagnostics.test_status(loaded.diagnostics) == 0
    assert start_status(loaded.diagnostics, vrrp=True, checker=True) == 0
    assert not refuses_reload(loaded.diagnostics, vrrp=True, checker=True)


@pytest.mark.parametrize("head", ["fwmark 3", "group G"])
def test_a_service_that_is_no_address_is_read_and_not_run(head: str) -> None:
    text = "virtual_server_group G {\n 10.9.0.7 80\n}\n" + service(head=head) + service()
    loaded = read(text)
    ((message, half, where),) = not_run(loaded)
    assert message.endswith(f": virtual_server {head} is read, but not run")
    assert (half, where[:2]) == (Half.CHECKER, (4, 1))
    assert len(loaded.config.virtual_servers) == 2
    assert [one.address for one in acting.running(loaded.config).virtual_servers] == ["10.9.0.2"]


def test_a_server_that_has_only_checks_of_later_is_told_because_it_counts_as_up() -> None:
    loaded = read(service(server="PING_CHECK {\n}"))
    (found,) = [found for found in loaded.diagnostics if found.rule == "unchecked-server"]
    assert (found.half, place(found)[:2]) == (Half.CHECKER, (6, 5))
    assert found.message == "kad runs none of the checks of real_server 10.9.1.1 80 yet: it counts as up"
    with_another = read(service(server="PING_CHECK {\n}\nTCP_CHECK {\n}"))
    assert "unchecked-server" not in [found.rule for found in with_another.diagnostics]


# Keywords that are without effect


def unacted(loaded: Loaded) -> list[str]:
    return [found.message for found in loaded.diagnostics if found.rule == "not-acted-on"]


def test_all_keywords_that_kad_does_not_act_on_are_named_in_one_note_a_file() -> None:
    loaded = read(
        "global_defs {\n    enable_dbus\n    vrrp_min_garp\n}\n" + instance("use_ipvlan\ndebug 2") + "include other\n",
        other=instance("use_ipvlan\nsmtp_alert", name="VI_2", vrid="52", vips="10.9.0.2"),
    )
    assert unacted(loaded) == [
        "accepted, not yet acted on: enable_dbus (line 2), vrrp_min_garp (line 3), use_ipvlan (line 8), debug (line 9)",
        "accepted, not yet acted on: smtp_alert (line 5)",
    ]
    one, other = (found for found in loaded.diagnostics if found.rule == "not-acted-on")
    assert (one.span and one.span.path, place(one), one.severity) == ("/etc/kad.conf", (2, 5, 16), Severity.NOTE)
    assert (other.span and other.span.path, place(other)) == ("/etc/other", (5, 1, 11))
    assert diagnostics.test_status(loaded.diagnostics) == 0


def test_a_keyword_that_is_met_again_is_named_once() -> None:
    text = instance("use_ipvlan") + instance("use_ipvlan", name="VI_2", vrid="52", vips="10.9.0.2")
    assert unacted(read(text)) == ["accepted, not yet acted on: use_ipvlan (line 4)"]


def test_options_of_a_line_are_named_too() -> None:
    loaded = read(instance("virtual_routes {\n 10.0.0.0/8 via 10.9.0.3 as to 10.0.0.5\n}"))
    assert unacted(loaded) == ["accepted, not yet acted on: as (line 5)"]


def test_bfd_is_told_apart_because_no_session_is_a_state_that_is_missing() -> None:
    loaded = read("bfd_instance b {\n neighbor_ip 10.9.0.9\n}\n" + instance("track_bfd {\n b\n}"))
    (found,) = [found for found in loaded.diagnostics if found.rule == "bfd-not-acted-on"]
    assert found.message.endswith("changes none: bfd_instance (line 1), track_bfd (line 7)")
    assert (found.severity, place(found)) == (Severity.WARNING, (1, 1, 13))


def test_in_blocks_that_share_their_text_a_keyword_is_named_where_it_stands_first() -> None:
    server = "smtp_alert\n        weight 3"
    text = service(server=server) + service(server=server, head="10.9.0.3 80")
    assert unacted(read(text)) == ["accepted, not yet acted on: smtp_alert (line 7)"]


def test_a_keyword_that_says_what_holds_anyhow_is_not_named() -> None:
    assert unacted(read(instance("debug 0"))) == []
    assert unacted(read(instance("debug 2"))) == ["accepted, not yet acted on: debug (line 4)"]
