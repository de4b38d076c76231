"""What spans the keywords of the checks of a real server."""

import pytest
from msgspec import Struct

from kad.config.diagnostics import test_status as status_of_test
from kad.config.load import Loaded
from kad.config.schema.http_get import HttpGet
from kad.config.schema.smtp_check import SmtpCheck
from kad.config.schema.tcp_check import Connection
from tests.config.texts import only, read, rules, service

NOTE = "not-acted-on"
UNRUN = "unchecked-server"


def checks(loaded: Loaded) -> list[Struct]:
    (server,) = loaded.config.virtual_servers[0].real_servers
    return [*server.checks, *server.later_checks]


def found(loaded: Loaded) -> list[str]:
    """What is wrong, without what kad says of itself."""
    return [rule for rule in rules(loaded) if rule not in (NOTE, UNRUN)]


def one(text: str, server_head: str = "10.9.1.1 80") -> Loaded:
    return read(service(server=text, server_head=server_head))


@pytest.mark.parametrize("kind", ["TCP_CHECK", "UDP_CHECK", "DNS_CHECK", "SMTP_CHECK", "PING_CHECK"])
def test_every_check_that_connects_keeps_to_one_family(kind: str) -> None:
    loaded = one(f"{kind} {{\n bindto fd00::1\n}}")
    (check,) = checks(loaded)
    assert isinstance(check, Connection)
    assert (found(loaded), check.bindto) == (["check-family"], None)


def test_of_a_source_and_a_target_of_two_families_the_later_one_is_ignored() -> None:
    loaded = one("TCP_CHECK {\n bindto 10.9.9.9\n connect_ip fd00::1\n}")
    (check,) = checks(loaded)
    assert isinstance(check, Connection)
    assert only(loaded).message.endswith("of different families: connect_ip is ignored")
    assert (check.bindto, check.connect_ip) == ("10.9.9.9", None)


def test_a_source_that_fits_neither_target_goes_too() -> None:
    loaded = one("TCP_CHECK {\n bindto fd00::1\n connect_ip 10.9.9.9\n}")
    (check,) = checks(loaded)
    assert isinstance(check, Connection)
    assert (found(loaded), check.bindto, check.connect_ip) == (["check-family"] * 2, None, None)


@pytest.mark.parametrize("target", ["fe80::1", "febf::1"])
def test_every_link_local_target_needs_an_interface(target: str) -> None:
    loaded = one(f"PING_CHECK {{\n connect_ip {target}\n}}\nTCP_CHECK {{\n}}")
    assert found(loaded) == ["check-interface"]
    assert len(checks(loaded)) == 1


def test_an_address_that_only_looks_link_local_needs_none() -> None:
    assert found(one("PING_CHECK {\n connect_ip fec0::1\n}")) == []
    assert found(one("PING_CHECK {\n connect_ip fe8::1\n}")) == []


# Ports


def test_a_check_without_any_port_is_told_to_never_succeed() -> None:
    loaded = read(service("persistence_timeout 5", head="10.9.0.2", server="TCP_CHECK {\n}", server_head="10.9.1.1"))
    assert (only(loaded).rule, only(loaded).suggestion) == ("check-port", "add connect_port")


@pytest.mark.parametrize("kind", ["PING_CHECK {\n}", "SMTP_CHECK {\n host {\n connect_port 25\n }\n}"])
def test_a_check_that_needs_no_port_of_its_server_is_not_told_so(kind: str) -> None:
    assert "check-port" not in rules(one(kind, server_head="10.9.1.1"))


def test_the_checks_of_a_firewall_mark_keep_the_port_that_its_server_loses() -> None:
    text = service(
        head="fwmark 3", server="TCP_CHECK {\n}\nTCP_CHECK {\n connect_port 81\n}\nMISC_CHECK {\n misc_path /bin/x\n}"
    )
    loaded = read(text.replace("NAT", "DR").replace("protocol TCP", ""))
    ports = [getattr(check, "connect_port", "none") for check in checks(loaded)]
    assert (loaded.config.virtual_servers[0].real_servers[0].port, ports) == (0, [80, 81, "none"])


# Single types


def smtp(text: str) -> SmtpCheck:
    (check,) = checks(one(f"SMTP_CHECK {{\n{text}\n}}"))
    assert isinstance(check, SmtpCheck)
    return check


def test_a_host_of_smtp_check_speaks_for_the_check_and_is_deprecated() -> None:
    text = "host {\n connect_ip 10.9.9.9\n retry 0\n}"
    loaded = one(f"SMTP_CHECK {{\n{text}\n}}")
    assert (found(loaded), status_of_test(loaded.diagnostics)) == (["deprecated-host"], 0)
    assert (smtp(text).connect_ip, smtp(text).retry, smtp(text).connect_port) == ("10.9.9.9", 0, None)


def test_what_stands_later_in_smtp_check_counts() -> None:
    assert smtp("connect_port 25\nhost {\n connect_port 26\n}").connect_port == 26
    assert smtp("host {\n connect_port 26\n}\nconnect_port 25").connect_port == 25


def test_what_a_host_says_is_held_to_the_rules_of_the_check() -> None:
    text = "connect_ip 10.9.9.9\nhost {\n bindto fd00::1\n}"
    assert found(one(f"SMTP_CHECK {{\n{text}\n}}")) == ["check-family", "deprecated-host"]
    assert (smtp(text).connect_ip, smtp(text).bindto) == ("10.9.9.9", None)


def test_of_two_hosts_the_last_word_counts() -> None:
    assert smtp("host {\n connect_port 26\n}\nhost {\n connect_port 27\n}").connect_port == 27


def test_equal_servers_with_a_host_get_the_same() -> None:
    check = "SMTP_CHECK {\n host {\n connect_port 26\n }\n}"
    loaded = read(service(f"real_server 10.9.1.2 80 {{\n {check}\n}}\nreal_server 10.9.1.3 80 {{\n {check}\n}}"))
    found_checks = [server.later_checks for server in loaded.config.virtual_servers[0].real_servers[:2]]
    assert found_checks[0] == found_checks[1]
    assert [getattr(one, "connect_port", 0) for one in found_checks[0]] == [26]


@pytest.mark.parametrize(
    ("text", "wrong"), [("min_reply_length 256", 1), ("max_reply_length 0", 0), ("min_reply_length 255", 0)]
)
def test_a_reply_can_not_be_longer_and_shorter(text: str, wrong: int) -> None:
    assert found(one(f"UDP_CHECK {{\n{text}\n}}")) == ["udp-length"] * wrong


@pytest.mark.parametrize("kind", ["HTTP_GET", "SSL_GET"])
def test_a_pattern_must_be_able_to_begin_somewhere(kind: str) -> None:
    def offsets(text: str) -> list[str]:
        return found(one(f"{kind} {{\n url {{\n path /\n {text}\n }}\n}}"))

    assert offsets("regex_min_offset 5\nregex_max_offset 5") == ["bad-regex"]
    assert offsets("regex_min_offset 5\nregex_max_offset 6") == []
    assert offsets("regex_min_offset 5") == []


def web(text: str) -> HttpGet:
    (check,) = checks(one(f"HTTP_GET {{\n url {{\n path /\n }}\n{text}\n}}"))
    assert isinstance(check, HttpGet)
    return check


def test_a_name_for_the_handshake_turns_it_on() -> None:
    assert (web("sni_name www.example.com").enable_sni, web("sni_name www.example.com").sni_name) == (
        True,
        "www.example.com",
    )
    assert (web("sni_name").enable_sni, web("sni_name").sni_name) == (True, None)
    assert (web("").enable_sni, web("").sni_name) == (False, None)


def test_an_old_name_of_retry_is_taken_and_told() -> None:
    assert web("nb_get_retry 3").retry == 3
    assert found(one("HTTP_GET {\n url {\n path /\n }\n nb_get_retry 3\n}")) == ["deprecated-keyword"]


def test_urls_without_a_path_are_lost_and_with_the_last_of_them_the_check() -> None:
    loaded = one("HTTP_GET {\n url {\n }\n}")
    assert (found(loaded), checks(loaded)) == (["missing-keyword"] * 2, [])
