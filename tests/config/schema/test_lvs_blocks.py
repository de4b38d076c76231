"""The blocks of virtual servers: what their keywords become, and what holds where nothing is said."""

from kad.config.diagnostics import test_status as status_of_test
from kad.config.load import Loaded
from kad.config.lvs_kinds import GroupMark, GroupMember, Tunnel
from kad.config.schema.bfd_check import BfdCheck
from kad.config.schema.dns_check import DnsCheck
from kad.config.schema.file_check import FileCheck
from kad.config.schema.http_get import HttpGet
from kad.config.schema.ping_check import PingCheck
from kad.config.schema.real_server import LaterCheck
from kad.config.schema.smtp_check import SmtpCheck
from kad.config.schema.ssl import SslKeys
from kad.config.schema.ssl_get import SslGet, SslUrl
from kad.config.schema.udp_check import UdpCheck
from kad.units import SECOND, Micros
from tests.config.texts import read, rules, service

OWN = {"not-acted-on", "bfd-not-acted-on", "not-run-yet", "unchecked-server"}


def found(loaded: Loaded) -> list[str]:
    """What is wrong, without what kad says of itself."""
    return [rule for rule in rules(loaded) if rule not in OWN]


def later(check: str, *, before: str = "") -> LaterCheck:
    """The check, which nothing is wrong with."""
    loaded = read(before + service(server=check))
    assert found(loaded) == []
    (one,) = loaded.config.virtual_servers[0].real_servers[0].later_checks
    return one


def test_every_keyword_of_a_virtual_server_sets_its_field() -> None:
    text = """
    ip_family inet
    lvs_sched mh
    flag-1
    flag-2
    flag-3
    mh-port
    mh-fallback
    lvs_method TUN type gue port 6080 remcsum
    ha_suspend
    smtp_alert no
    snmp_name web
    persistence_engine sip
    sorry_server 10.9.9.9 80
    sorry_server_inhibit
    sorry_server_lvs_method DR
    """
    loaded = read(service(text).replace("    lb_algo rr\n    lb_kind NAT\n", ""))
    one = loaded.config.virtual_servers[0]
    assert found(loaded) == []
    assert (one.ip_family, one.lb_algo, one.lb_kind) == ("inet", "mh", "TUN")
    assert one.tunnel == Tunnel(type="gue", port=6080, checksum="remcsum")
    assert one.flag_1
    assert one.flag_2
    assert one.flag_3
    assert one.mh_port
    assert one.mh_fallback
    assert one.ha_suspend
    assert (one.smtp_alert, one.snmp_name, one.persistence_engine) == (False, "web", "sip")
    assert (one.sorry_server_inhibit, one.sorry_server_lvs_method, one.sorry_server_tunnel) == (True, "DR", None)


def test_the_name_of_a_persistence_engine_is_cut_at_sixteen() -> None:
    loaded = read(service("persistence_engine 12345678901234567"))
    assert (found(loaded), loaded.config.virtual_servers[0].persistence_engine) == (["bad-value"], "1234567890123456")


def test_a_real_server_has_its_own_tunnel_alerts_and_name() -> None:
    text = "lvs_method TUN type gre csum\nsmtp_alert\nsnmp_name one\nuthreshold 5\nlthreshold 3"
    one = read(service(server=text)).config.virtual_servers[0].real_servers[0]
    assert (one.lvs_method, one.tunnel) == ("TUN", Tunnel(type="gre", checksum="csum"))
    assert (one.smtp_alert, one.snmp_name, one.uthreshold, one.lthreshold) == (True, "one", 5, 3)


def test_a_real_server_does_not_know_the_older_name_of_its_method() -> None:
    assert found(read(service(server="lb_kind NAT"))) == ["unknown-keyword"]


def test_the_lines_of_a_group_are_members_and_marks() -> None:
    loaded = read("virtual_server_group web {\n 10.0.0.1 80\n fwmark 3 inet\n 10.0.0.2-5\n fwmark 4\n}\n")
    (group,) = loaded.config.virtual_server_groups
    assert group.members == (GroupMember(address="10.0.0.1", port=80), GroupMember(address="10.0.0.2", last="10.0.0.5"))
    assert group.marks == (GroupMark(mark=3, family="inet"), GroupMark(mark=4))
    assert found(loaded) == []


def test_a_bad_line_of_a_group_is_skipped_alone() -> None:
    loaded = read("virtual_server_group web {\n 10.0.0.1 80\n protocol TCP\n 10.0.0.2 80 90\n fwmark x\n}\n")
    (group,) = loaded.config.virtual_server_groups
    assert found(loaded) == ["bad-line", "extra-words", "bad-line"]
    assert [member.address for member in group.members] == ["10.0.0.1", "10.0.0.2"]
    message = next(one.message for one in loaded.diagnostics if one.rule == "bad-line")
    assert message.startswith('virtual_server_group "protocol" is not an IP address')


def test_a_group_has_one_name() -> None:
    assert found(read("virtual_server_group a b {\n 10.0.0.1 80\n}\n")) == ["bad-block"]
    assert found(read("virtual_server_group {\n 10.0.0.1 80\n}\n")) == ["missing-argument"]


def test_a_block_in_a_group_that_was_left_open_counts_all_the_same() -> None:
    loaded = read("virtual_server_group web {\n 10.0.0.1 80\n" + service())
    assert len(loaded.config.virtual_servers) == 1
    assert len(loaded.config.virtual_server_groups) == 1


def test_a_second_ssl_block_takes_the_place_of_the_first() -> None:
    loaded = read("SSL {\n password x\n key /k\n}\nSSL {\n ca /a\n}\n")
    assert (found(loaded), loaded.config.ssl) == (["set-replaced"], SslKeys(ca="/a"))
    assert read("").config.ssl is None


def test_what_is_said_twice_where_keepalived_complains_is_complained_about() -> None:
    assert found(read("SSL {\n key /k\n key /l\n}\n")) == ["set-replaced"]
    assert status_of_test(read("SSL {\n key /k\n key /l\n}\n").diagnostics) == 5
    assert found(read(service("virtualhost a\nvirtualhost b"))) == ["value-replaced"]
    assert status_of_test(read(service("virtualhost a\nvirtualhost b")).diagnostics) == 0
    url = "HTTP_GET {\n url {\n path /a\n path /b\n }\n}"
    assert found(read(service(server=url))) == ["value-replaced"]
    assert found(read(service(server="SMTP_CHECK {\n helo_name a\n helo_name b\n}"))) == ["value-replaced"]
    assert found(read(service("delay_loop 5\ndelay_loop 6"))) == ["set-again"]
    assert found(read(service("lb_kind TUN type gre\nlb_kind NAT"))) == ["set-again"] * 2


def test_an_ssl_get_is_an_http_get_with_its_own_urls() -> None:
    text = 'SSL_GET {\n enable_sni\n tls_compliant\n url {\n path /\n tls_compliant off\n regex "a b"\n }\n}'
    check = later(text)
    assert isinstance(check, SslGet)
    assert not isinstance(check, HttpGet)
    assert (check.enable_sni, check.tls_compliant) == (True, True)
    assert check.url == (SslUrl(path="/", tls_compliant=False, regex="a b"),)


def test_the_patterns_of_a_url_have_options_offsets_and_a_stack() -> None:
    lines = (
        "regex works",
        "regex_no_match",
        "regex_options caseless utf",
        "regex_options dotall",
        "regex_min_offset 1",
        "regex_max_offset 99",
        "regex_stack 1 2",
    )
    loaded = read(service(server="HTTP_GET {{\n url {{\n path /\n {}\n }}\n}}".format("\n".join(lines))))
    (check,) = loaded.config.virtual_servers[0].real_servers[0].checks
    assert isinstance(check, HttpGet)
    (url,) = check.url
    assert (found(loaded), url.regex, url.regex_no_match) == ([], "works", True)
    assert url.regex_options == ("caseless", "utf", "dotall")
    assert (url.regex_min_offset, url.regex_max_offset, url.regex_stack) == (1, 99, (1, 2))


def test_a_url_s_bad_pattern_does_not_fail_the_test() -> None:
    text = "HTTP_GET {\n url {\n path /\n regex a b\n regex_min_offset x\n regex_stack 5\n regex_options foo\n }\n}"
    assert found(read(service(server=text))) == ["bad-regex"] * 4


def test_an_smtp_check_says_helo_by_a_name() -> None:
    assert later("SMTP_CHECK {\n}") == SmtpCheck(helo_name="smtpchecker.keepalived.org")
    assert later("SMTP_CHECK {\n helo_name me\n connect_timeout 3\n}") == SmtpCheck(
        helo_name="me", connect_timeout=Micros(3 * SECOND)
    )


def test_a_dns_check_asks_for_the_root_s_soa() -> None:
    assert later("DNS_CHECK {\n}") == DnsCheck(record_type="SOA", name=".")
    assert later("DNS_CHECK {\n type aaaa\n name www.example.com\n}") == DnsCheck(
        record_type="AAAA", name="www.example.com"
    )


def test_the_first_name_of_a_dns_check_counts_and_a_bad_one_is_none() -> None:
    loaded = read(service(server="DNS_CHECK {\n name a..b\n name a.b\n name c.d\n}"))
    (check,) = loaded.config.virtual_servers[0].real_servers[0].later_checks
    assert (found(loaded), check) == (["bad-value", "already-set"], DnsCheck(name="a.b"))


def test_a_udp_check_sends_and_expects_bytes() -> None:
    assert later("UDP_CHECK {\n}") == UdpCheck(
        payload=None, require_reply=None, min_reply_length=0, max_reply_length=255
    )
    assert later(
        "UDP_CHECK {\n payload 00 ff\n require_reply 1X\n min_reply_length 1\n max_reply_length 2\n}"
    ) == UdpCheck(payload="00ff", require_reply="1X", min_reply_length=1, max_reply_length=2)


def test_a_reply_that_is_said_wrongly_is_required_all_the_same() -> None:
    loaded = read(service(server="UDP_CHECK {\n require_reply zz\n payload zz\n}"))
    (check,) = loaded.config.virtual_servers[0].real_servers[0].later_checks
    assert (found(loaded), check) == (["bad-value"] * 2, UdpCheck(require_reply=""))


def test_a_ping_check_connects_as_the_others_do() -> None:
    assert later("PING_CHECK {\n connect_ip 10.9.9.9\n retry 0\n}") == PingCheck(connect_ip="10.9.9.9", retry=0)


def test_a_file_check_and_a_bfd_check_follow_a_name() -> None:
    file = "track_file load {\n file /run/load\n}\n"
    session = "bfd_instance peer {\n neighbor_ip 10.0.0.9\n}\n"
    assert later("FILE_CHECK {\n track_file load\n}", before=file) == FileCheck(track_file="load")
    assert later("FILE_CHECK {\n track_file load\n weight 5 reverse\n}", before=file) == FileCheck(
        track_file="load", weight=5, reverse=True
    )
    assert later("BFD_CHECK {\n name peer\n alpha\n}", before=session) == BfdCheck(name="peer", alpha=True)


def test_a_check_without_what_it_follows_is_lost() -> None:
    assert found(read(service(server="FILE_CHECK {\n weight 5\n}\nBFD_CHECK {\n alpha\n}"))) == ["missing-keyword"] * 2


def test_checks_that_kad_does_not_run_are_named_in_one_note() -> None:
    loaded = read(service(server="TCP_CHECK {\n}\nSMTP_CHECK {\n connect_port 25\n}\nPING_CHECK {\n}"))
    (note,) = loaded.diagnostics
    assert note.message == "accepted, not yet acted on: SMTP_CHECK (line 9), PING_CHECK (line 12)"


def test_a_server_none_of_whose_checks_run_is_told_about() -> None:
    assert "unchecked-server" in rules(read(service(server="SMTP_CHECK {\n}")))
    assert "unchecked-server" not in rules(read(service(server="SMTP_CHECK {\n}\nTCP_CHECK {\n}")))
