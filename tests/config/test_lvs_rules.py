"""What spans the keywords of a virtual server and its real servers."""

import pytest

from kad.config.load import Loaded
from kad.config.schema.real_server import RealServer
from kad.config.schema.virtual_server import VirtualServer
from tests.config.texts import only, read, rules, service


def farm(loaded: Loaded) -> VirtualServer:
    (one,) = loaded.config.virtual_servers
    return one


def servers(loaded: Loaded) -> tuple[RealServer, ...]:
    return farm(loaded).real_servers


def test_what_is_not_said_gets_keepaliveds_defaults_and_one_diagnostic() -> None:
    loaded = read("virtual_server 10.9.0.2 80 {\n real_server 10.9.1.1 80 {\n }\n}\n")
    assert only(loaded).message.endswith("does not say protocol, lb_algo, lb_kind: UDP, wlc and NAT are used")
    assert only(loaded).suggestion == "add protocol TCP (or UDP), lb_algo wlc and lb_kind NAT"
    assert (farm(loaded).protocol, farm(loaded).lb_algo, farm(loaded).lb_kind) == ("UDP", "wlc", "NAT")


def test_what_was_said_wrongly_is_told_once() -> None:
    assert rules(read(service().replace("lb_algo rr", "lb_algo rrr"))) == ["bad-value"]


def test_a_service_without_servers_is_lost() -> None:
    loaded = read("virtual_server 10.9.0.2 80 {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n}\n")
    assert (only(loaded).rule, only(loaded).suggestion) == ("no-real-servers", "add a real_server")
    assert loaded.config.virtual_servers == ()


def test_a_service_without_usable_servers_is_lost_which_follows_from_their_mistakes() -> None:
    loaded = read(service(server_head="10.9.1.1 8O80"))
    assert rules(loaded) == ["bad-block", "no-real-servers"]
    last = loaded.diagnostics[-1]
    assert (last.message, last.suggestion) == ("virtual_server 10.9.0.2 80 has no usable real server: it is lost", "")


def test_the_second_of_two_equal_services_is_lost() -> None:
    loaded = read(service() + service("delay_loop 3"))
    assert only(loaded).rule == "duplicate-virtual-server"
    assert farm(loaded).delay_loop == 60_000_000


def test_services_of_two_protocols_are_two() -> None:
    assert rules(read(service() + service().replace("TCP", "UDP"))) == []


# Families


def test_a_server_of_another_family_is_lost() -> None:
    loaded = read(service("real_server fd00::1 80 {\n}"))
    assert only(loaded).rule == "family-mismatch"
    assert [server.address for server in servers(loaded)] == ["10.9.1.1"]


def test_a_tunnel_leads_to_another_family() -> None:
    assert rules(read(service("real_server fd00::1 80 {\n lvs_method TUN\n}"))) == []


def test_a_sorry_server_of_another_family_is_lost() -> None:
    loaded = read(service("sorry_server fd00::1 80"))
    assert (only(loaded).rule, farm(loaded).sorry_server) == ("family-mismatch", None)


# Ports


def port(kind: str, written: str, own: str = "") -> tuple[int, list[str]]:
    """The port of a real server that is written so in a service of port 80, and what is said."""
    method = f"lvs_method {own}" if own else ""
    loaded = read(service(server=method, server_head=f"10.9.1.1 {written}").replace("lb_kind NAT", f"lb_kind {kind}"))
    return servers(loaded)[0].port, rules(loaded)


def test_nat_translates_ports() -> None:
    assert port("NAT", "8080") == (8080, [])


@pytest.mark.parametrize("kind", ["NAT", "DR", "TUN"])
@pytest.mark.parametrize("written", ["", "0", "80"])
def test_no_port_is_the_services(kind: str, written: str) -> None:
    assert port(kind, written) == (80, [])


@pytest.mark.parametrize("kind", ["DR", "TUN"])
def test_without_translation_the_port_is_the_services(kind: str) -> None:
    assert port(kind, "8080") == (80, ["port-reset"])


def test_the_servers_own_method_decides() -> None:
    assert port("DR", "8080", own="NAT") == (8080, [])
    assert port("NAT", "8080", own="DR") == (80, ["port-reset"])


def test_servers_are_equal_once_their_ports_are_known() -> None:
    loaded = read(service("real_server 10.9.1.1 {\n}"))
    assert only(loaded).rule == "duplicate-real-server"
    assert len(servers(loaded)) == 1


def test_a_service_for_all_ports_gets_persistence() -> None:
    loaded = read(service(head="10.9.0.2", server_head="10.9.1.1"))
    assert (only(loaded).rule, farm(loaded).persistence_timeout) == ("port-zero", 360)
    assert rules(read(service("persistence_timeout 50", head="10.9.0.2", server_head="10.9.1.1"))) == []


def test_a_granularity_alone_turns_persistence_on() -> None:
    loaded = read(service("persistence_granularity 255.255.255.0"))
    assert (rules(loaded), farm(loaded).persistence_timeout) == ([], 360)
    assert farm(read(service("persistence_timeout"))).persistence_timeout == 360


# Checks


def test_a_check_of_a_server_without_a_port_uses_the_services_and_that_is_told() -> None:
    loaded = read(service(server="TCP_CHECK {\n}", server_head="10.9.1.1"))
    found = only(loaded)
    assert (found.rule, found.suggestion) == ("check-port", "write real_server 10.9.1.1 80")
    assert found.message == "the real server has no port: kad checks port 80, where keepalived would try port 0"


@pytest.mark.parametrize("check", ["TCP_CHECK {\n connect_port 80\n}", "MISC_CHECK {\n misc_path /bin/x\n}"])
def test_a_check_that_needs_no_port_of_the_server_is_nobodys_business(check: str) -> None:
    assert rules(read(service(server=check, server_head="10.9.1.1"))) == []


def test_a_check_is_bound_to_an_address_of_its_targets_family() -> None:
    loaded = read(service(server="TCP_CHECK {\n bindto fd00::1\n}"))
    assert only(loaded).rule == "check-family"
    check = servers(loaded)[0].checks[0]
    assert getattr(check, "bindto", "none") is None
    assert rules(read(service(server="TCP_CHECK {\n bindto fd00::1\n connect_ip fd00::2\n}"))) == []


def test_a_link_local_target_needs_an_interface() -> None:
    loaded = read(service(server="TCP_CHECK {\n connect_ip fe80::1\n}"))
    assert (rules(loaded), servers(loaded)[0].checks) == (["check-interface", "unchecked-server"], ())
    assert rules(read(service(server="TCP_CHECK {\n connect_ip fe80::1\n bind_if eth0\n}"))) == []


# Quorum


def two(extra: str, weights: tuple[int, int] = (1, 1)) -> Loaded:
    other = f"real_server 10.9.1.2 80 {{\n weight {weights[1]}\n}}"
    return read(service(f"{extra}\n{other}", server=f"weight {weights[0]}"))


def test_a_quorum_that_can_not_be_reached_is_lowered() -> None:
    loaded = two("quorum 5", (1, 3))
    assert (only(loaded).rule, farm(loaded).quorum) == ("quorum-too-high", 4)


def test_a_quorum_that_can_be_reached_stays() -> None:
    assert rules(two("quorum 4", (1, 3))) == []


def test_hysteresis_stays_below_quorum() -> None:
    loaded = two("quorum 2\nhysteresis 2")
    assert (only(loaded).rule, farm(loaded).hysteresis) == ("hysteresis-too-high", 1)
    assert rules(two("quorum 2\nhysteresis 1")) == []


def test_the_services_weight_is_that_of_servers_without_one() -> None:
    assert rules(read(service("weight 7\nquorum 7"))) == []


def test_servers_without_any_weight_never_reach_quorum() -> None:
    loaded = two("", (0, 0))
    assert (only(loaded).rule, farm(loaded).quorum, farm(loaded).hysteresis) == ("no-weight", 1, 0)


# Sorry server


def test_a_sorry_server_gets_a_port_as_a_real_server_does() -> None:
    for kind, written, expected in (("NAT", "", 80), ("NAT", "81", 81), ("DR", "81", 80)):
        sorry = farm(read(service(f"sorry_server 10.9.9.9 {written}").replace("NAT", kind))).sorry_server
        assert sorry is not None
        assert sorry.port == expected


def test_sorry_server_inhibit_stands_after_sorry_server() -> None:
    assert rules(read(service("sorry_server 10.9.9.9 80\nsorry_server_inhibit"))) == []
    for text in ("sorry_server_inhibit\nsorry_server 10.9.9.9 80", "sorry_server_inhibit"):
        loaded = read(service(text))
        assert (only(loaded).rule, farm(loaded).sorry_server_inhibit) == ("no-sorry-server", False)


# Firewall marks and families


def mark(extra: str = "", *, server: str = "", server_head: str = "10.9.1.1 80", kind: str = "NAT") -> Loaded:
    """A virtual server of a firewall mark."""
    text = service(extra, head="fwmark 3", server=server, server_head=server_head)
    return read(text.replace("protocol TCP", "").replace("NAT", kind))


def found(loaded: Loaded) -> list[str]:
    """What is wrong, without what kad says of itself."""
    return [rule for rule in rules(loaded) if rule not in ("not-acted-on", "not-run-yet", "unchecked-server")]


def test_a_firewall_mark_has_no_protocol_and_lacks_none() -> None:
    assert (found(mark()), farm(mark()).protocol) == ([], "")
    loaded = mark("protocol UDP")
    assert (found(loaded), farm(loaded).protocol) == (["protocol-unused"], "")


def test_a_firewall_mark_suspends_no_checks_and_may_schedule_each_packet() -> None:
    loaded = mark("ha_suspend\nops")
    assert (found(loaded), farm(loaded).ha_suspend, farm(loaded).ops) == (["ha-suspend-ignored"], False, True)


@pytest.mark.parametrize(("kind", "port", "wrong"), [("NAT", 80, 0), ("DR", 0, 1), ("TUN", 0, 1)])
def test_a_firewall_mark_translates_ports_by_nat_alone(kind: str, port: int, wrong: int) -> None:
    loaded = mark("sorry_server 10.9.9.9 80", kind=kind)
    sorry = farm(loaded).sorry_server
    assert sorry is not None
    assert (found(loaded), servers(loaded)[0].port, sorry.port) == (["port-reset"] * 2 * wrong, port, port)


def test_a_firewall_mark_without_ports_needs_no_persistence() -> None:
    assert found(mark(server_head="10.9.1.1")) == []


@pytest.mark.parametrize(
    ("extra", "kind", "family"),
    [
        ("", "NAT", "inet"),
        ("ip_family inet6", "TUN", "inet6"),
        ("persistence_granularity 64", "TUN", "inet6"),
        ("sorry_server fd00::1 80", "TUN", "inet"),
        ("real_server fd00::1 80 {\n lvs_method DR\n}", "TUN", "inet6"),
    ],
)
def test_the_family_of_a_mark_is_what_is_said_first_or_that_of_its_servers(extra: str, kind: str, family: str) -> None:
    loaded = mark(extra, kind=kind, server_head="10.9.1.1")
    assert ([rule for rule in found(loaded) if rule != "port-reset"], farm(loaded).ip_family) == ([], family)


def test_all_the_tunnels_of_a_mark_to_one_family_say_that_it_is_that() -> None:
    assert farm(mark(kind="TUN", server_head="fd00::1")).ip_family == "inet6"
    assert farm(mark("sorry_server 10.9.9.9", kind="TUN", server_head="fd00::1")).ip_family == "inet"


def test_what_is_said_of_a_family_later_is_ignored() -> None:
    loaded = read(service(head="fwmark 3").replace("protocol TCP", "").replace("}\n}", "}\n ip_family inet6\n}"))
    assert (found(loaded), farm(loaded).ip_family) == (["family-conflict"], "inet")
    loaded = read(service("ip_family inet6"))
    assert (found(loaded), farm(loaded).ip_family) == (["family-conflict"], None)
    loaded = read(service("ip_family inet"))
    assert (found(loaded), farm(loaded).ip_family) == ([], "inet")


@pytest.mark.parametrize(("mask", "head"), [("64", "10.9.0.2 80"), ("255.255.255.0", "fd00::2 80")])
def test_a_granularity_of_the_other_family_is_ignored(mask: str, head: str) -> None:
    server_head = "fd00::9 80" if ":" in head else "10.9.1.1 80"
    loaded = read(service(f"persistence_granularity {mask}", head=head, server_head=server_head))
    form = "a prefix length" if ":" in head else "a netmask"
    assert f"is not {form}" in only(loaded).message
    assert (farm(loaded).persistence_granularity, farm(loaded).persistence_timeout) == (None, None)


# Schedulers


def scheduled(text: str) -> Loaded:
    return read(service().replace("lb_algo rr", text))


@pytest.mark.parametrize("flag", ["sh-port", "sh-fallback", "mh-port", "mh-fallback"])
def test_a_scheduler_s_flag_stands_after_its_name(flag: str) -> None:
    own, field = flag[:2], flag.replace("-", "_")
    other = {"sh": "mh", "mh": "sh"}[own]
    for text, wrong, kept in (
        (f"lb_algo {own}\n{flag}", [], True),
        (f"{flag}\nlb_algo {own}", ["scheduler-flag"], False),
        (f"lb_algo rr\n{flag}", ["scheduler-flag"], False),
        (f"lb_algo {other}\n{flag}", ["scheduler-flag-unused"], False),
    ):
        loaded = scheduled(text)
        assert (found(loaded), getattr(farm(loaded), field)) == (wrong, kept), text


@pytest.mark.parametrize(
    ("algo", "rule"), [("sh", "scheduler-flag-unused"), ("mh", "scheduler-flag-unused"), ("rr", "scheduler-flag")]
)
def test_hashed_never_does_anything(algo: str, rule: str) -> None:
    loaded = scheduled(f"lb_algo {algo}\nhashed")
    assert (found(loaded), farm(loaded).hashed) == ([rule], False)


def test_each_packet_is_scheduled_by_itself_for_udp_only() -> None:
    assert (found(read(service("ops"))), farm(read(service("ops"))).ops) == (["ops-ignored"], False)
    udp = read(service("ops").replace("TCP", "UDP"))
    assert (found(udp), farm(udp).ops) == ([], True)


# Tunnels and sorry servers


def test_a_sorry_server_s_own_method_decides() -> None:
    loaded = read(service("sorry_server fd00::1 81\nsorry_server_lvs_method TUN type gre"))
    assert found(loaded) == ["port-reset"]
    sorry, tunnel = farm(loaded).sorry_server, farm(loaded).sorry_server_tunnel
    assert sorry is not None
    assert tunnel is not None
    assert (sorry.port, tunnel.type) == (80, "gre")


def test_a_sorry_server_s_method_stands_after_it() -> None:
    loaded = read(service("sorry_server_lvs_method TUN\nsorry_server 10.9.9.9 80"))
    assert (found(loaded), farm(loaded).sorry_server_lvs_method) == (["no-sorry-server"], None)
    assert farm(loaded).sorry_server_tunnel is None


def test_what_is_said_of_a_sorry_server_is_lost_with_it() -> None:
    loaded = read(service("sorry_server fd00::1 80\nsorry_server_inhibit\nsorry_server_lvs_method DR"))
    assert (found(loaded), farm(loaded).sorry_server_inhibit) == (["family-mismatch"], False)
    assert farm(loaded).sorry_server_lvs_method is None


def test_a_tunnel_that_kad_does_not_make_is_told() -> None:
    assert "not-run-yet" in rules(read(service().replace("NAT", "TUN type gre")))
    assert "not-run-yet" in rules(read(service(server="lvs_method TUN type gre")))
    assert rules(read(service().replace("NAT", "TUN type ipip"))) == []


def test_a_virtual_server_in_a_block_that_was_left_open_is_held_to_the_rules_too() -> None:
    loaded = read("vrrp_script s {\n script /bin/x\n" + service("quorum 9"))
    assert "quorum-too-high" in rules(loaded)
    assert farm(loaded).quorum == 1


def test_a_family_that_was_read_elsewhere_is_held_against_what_is_said_here() -> None:
    assert found(mark("ip_family inet6", kind="TUN", server_head="10.9.1.1")) == []
    assert found(mark("ip_family inet\nip_family inet6", kind="TUN", server_head="10.9.1.1")) == ["bad-value"]


def test_a_server_of_another_family_is_called_lost_by_its_kind() -> None:
    loaded = read(service("sorry_server fd00::9 80", server_head="fd00::1 80"))
    messages = [found.message for found in loaded.diagnostics if found.rule == "family-mismatch"]
    assert [text.rpartition(": ")[2] for text in messages] == ["the sorry server is lost", "the real server is lost"]


@pytest.mark.parametrize("check", ["HTTP_GET {\n}", "MISC_CHECK {\n}", "TCP_CHECK {\n connect_ip fe80::1\n}"])
def test_a_server_whose_last_check_is_lost_counts_as_up_and_that_is_told(check: str) -> None:
    def told(text: str) -> bool:
        return any("no usable check" in one.message for one in read(service(server=text)).diagnostics)

    assert told(check)
    assert not told(f"{check}\nTCP_CHECK {{\n}}")
    assert not told("")
