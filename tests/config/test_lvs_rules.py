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
    assert only(loaded).message.endswith("protocol UDP, lb_algo wlc, lb_kind NAT is used")
    assert (farm(loaded).protocol, farm(loaded).lb_algo, farm(loaded).lb_kind) == ("UDP", "wlc", "NAT")


def test_what_was_said_wrongly_is_told_once() -> None:
    assert rules(read(service().replace("lb_algo rr", "lb_algo rrr"))) == ["bad-value"]


def test_a_service_without_servers_is_lost() -> None:
    loaded = read("virtual_server 10.9.0.2 80 {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n}\n")
    assert only(loaded).rule == "no-real-servers"
    assert loaded.config.virtual_servers == ()


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
    assert (only(loaded).rule, servers(loaded)[0].checks) == ("check-interface", ())
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
