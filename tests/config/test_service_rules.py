"""What virtual servers have to do with each other, with groups, and with what their checks follow."""

import pytest

from kad.config.diagnostics import test_status as status_of_test
from kad.config.load import Loaded, load
from kad.config.memory import Memory as Kept
from kad.config.schema.virtual_server import VirtualServer
from tests.config.texts import MAIN, Memory, World, read, rules, service

OWN = {"not-acted-on", "bfd-not-acted-on", "not-run-yet", "unchecked-server"}
"""What kad says of itself."""


def found(loaded: Loaded) -> list[str]:
    return [rule for rule in rules(loaded) if rule not in OWN]


def group(*members: str, name: str = "web") -> str:
    return "\n".join((f"virtual_server_group {name} {{", *members, "}\n"))


def member(text: str = "", *, server: str = "", server_head: str = "10.9.1.1 80", kind: str = "NAT") -> str:
    """A virtual server of the group."""
    return service(text, head="group web", server=server, server_head=server_head).replace(
        "lb_kind NAT", f"lb_kind {kind}"
    )


def farm(loaded: Loaded) -> VirtualServer:
    (one,) = loaded.config.virtual_servers
    return one


# Groups


def test_a_group_may_stand_after_who_uses_it() -> None:
    for text in (group("10.0.0.1 80") + member(), member() + group("10.0.0.1 80")):
        loaded = read(text)
        assert (found(loaded), farm(loaded).group, farm(loaded).ip_family) == ([], "web", "inet")


def test_without_its_group_a_virtual_server_is_lost_and_the_test_does_not_fail() -> None:
    loaded = read(service(head="group wweb") + group("10.0.0.1 80"))
    (diagnostic,) = [one for one in loaded.diagnostics if one.rule == "unknown-group"]
    assert (diagnostic.suggestion, loaded.config.virtual_servers) == ("did you mean web?", ())
    assert status_of_test(loaded.diagnostics) == 0


def test_a_group_without_usable_lines_is_removed() -> None:
    loaded = read(group("weight"))
    assert (found(loaded), loaded.config.virtual_server_groups) == (["bad-line", "empty-server-group"], ())
    (last,) = [one for one in read(group()).diagnostics if one.rule == "empty-server-group"]
    assert (last.message.endswith("has no lines: it is removed"), last.suggestion) == (
        True,
        "add an address or a fwmark",
    )


def test_who_uses_a_group_that_was_removed_is_told_where_it_stands_and_not_to_add_it() -> None:
    loaded = read(group("weight") + member())
    (lost,) = [one for one in loaded.diagnostics if one.rule == "unknown-group"]
    assert (lost.message, lost.suggestion) == ("group web is removed (line 1): virtual_server group web is lost", "")


def test_the_groups_that_exist_are_listed_when_none_is_near() -> None:
    loaded = read(group("10.0.0.1 80") + service(head="group mail"))
    (lost,) = [one for one in loaded.diagnostics if one.rule == "unknown-group"]
    assert lost.suggestion == "there is only web"


def test_a_server_whose_checks_follow_nothing_that_exists_counts_as_up_and_that_is_told_last() -> None:
    checks = "FILE_CHECK {\n track_file f\n}\nBFD_CHECK {\n name b\n}"
    loaded = read(service(server=checks))
    told = [(one.rule, one.span and one.span.line) for one in loaded.diagnostics if not one.rule.endswith("acted-on")]
    assert told == [("unknown-followed", 8), ("unknown-followed", 11), ("unchecked-server", 11)]
    assert not has_unchecked(read(service(server=f"{checks}\nTCP_CHECK {{\n}}")))


def has_unchecked(loaded: Loaded) -> bool:
    return any(one.rule == "unchecked-server" for one in loaded.diagnostics)


def test_a_group_of_both_families_needs_one_for_each_mark() -> None:
    loaded = read(group("10.0.0.1 80", "fd00::1 80", "fwmark 3"))
    assert (found(loaded), loaded.config.virtual_server_groups) == (["mixed-group"], ())
    assert found(read(group("10.0.0.1 80", "fd00::1 80", "fwmark 3 inet"))) == []


def test_the_first_group_of_a_name_counts() -> None:
    loaded = read(group("10.0.0.1 80") + group("10.0.0.2 80"))
    assert found(loaded) == ["duplicate-group"]
    assert [one.members[0].address for one in loaded.config.virtual_server_groups] == ["10.0.0.1"]


def test_only_tunnels_lead_from_a_group_of_both_families() -> None:
    both = group("10.0.0.1 80", "fd00::1 80")
    loaded = read(both + member())
    assert (found(loaded), loaded.config.virtual_servers) == (["group-family"], ())
    loaded = read(both + member(kind="TUN"))
    assert (found(loaded), farm(loaded).ip_family) == ([], None)


@pytest.mark.parametrize("text", ["ip_family inet6", ""])
def test_a_group_and_who_uses_it_are_of_one_family(text: str) -> None:
    loaded = read(group("10.0.0.1 80") + member(text, server_head="fd00::1 80"))
    assert (found(loaded), loaded.config.virtual_servers) == (["group-family"], ())
    assert status_of_test(loaded.diagnostics) == 0


def test_a_mark_s_family_is_its_group_s() -> None:
    assert found(read(group("fwmark 3 inet6") + member().replace("protocol TCP", ""))) == ["group-family"]
    loaded = read(group("fwmark 3 inet6") + member(kind="TUN").replace("protocol TCP", ""))
    assert (found(loaded), farm(loaded).ip_family) == (["group-port"], "inet6")


def test_a_group_of_marks_has_no_protocol_and_one_of_addresses_needs_it() -> None:
    loaded = read(group("fwmark 3") + member())
    assert (found(loaded), farm(loaded).protocol) == (["protocol-unused"], "")
    loaded = read(group("10.0.0.1 80", "fwmark 3") + member().replace("protocol TCP", ""))
    assert (found(loaded), farm(loaded).protocol) == (["default-used"], "UDP")


def test_a_group_with_a_mark_does_not_suspend_checks() -> None:
    loaded = read(group("10.0.0.1 80", "fwmark 3") + member("ha_suspend"))
    assert (found(loaded), farm(loaded).ha_suspend) == (["ha-suspend-ignored"], False)
    assert farm(read(group("10.0.0.1 80") + member("ha_suspend"))).ha_suspend


def test_a_group_schedules_packets_one_by_one_of_udp_or_marks() -> None:
    assert found(read(group("10.0.0.1 80") + member("ops"))) == ["ops-ignored"]
    assert found(read(group("10.0.0.1 80") + member("ops").replace("TCP", "UDP"))) == []
    assert found(read(group("fwmark 3") + member("ops").replace("protocol TCP", ""))) == []


def test_a_group_with_a_line_for_all_ports_gets_persistence() -> None:
    loaded = read(group("10.0.0.1 80", "10.0.0.2") + member())
    assert (found(loaded), farm(loaded).persistence_timeout) == (["port-zero"], 360)


@pytest.mark.parametrize(
    ("lines", "kind", "wrong"),
    [
        (["10.0.0.1 80"], "DR", 0),
        (["10.0.0.1 81"], "DR", 1),
        (["10.0.0.1 81"], "NAT", 0),
        (["10.0.0.1 80", "10.0.0.1 81"], "TUN", 1),
        (["10.0.0.1 80", "fwmark 3"], "DR", 1),
    ],
)
def test_ports_that_a_group_does_not_keep_are_told_and_stay(lines: list[str], kind: str, wrong: int) -> None:
    loaded = read(group(*lines) + member(kind=kind))
    assert (found(loaded), farm(loaded).real_servers[0].port) == (["group-port"] * wrong, 80)


def test_two_virtual_servers_may_use_one_group() -> None:
    loaded = read(group("10.0.0.1 80") + member() + member().replace("TCP", "UDP"))
    assert (found(loaded), len(loaded.config.virtual_servers)) == ([], 2)


def test_a_group_that_changes_between_two_readings_changes_who_uses_it() -> None:
    kept = Kept()

    def again(lines: str) -> VirtualServer:
        text = group(lines) + member().replace("protocol TCP", "")
        return farm(load(MAIN, Memory({MAIN: text}), World(), memory=kept))

    assert [again(lines).protocol for lines in ("10.0.0.1 80", "fwmark 3", "10.0.0.1 80")] == ["UDP", "", "UDP"]


# Each other


def test_the_second_service_of_a_mark_and_family_is_lost() -> None:
    mark = service(head="fwmark 3").replace("protocol TCP", "")
    assert found(read(mark + mark)) == ["duplicate-virtual-server"]
    assert found(read(mark + mark.replace("fwmark 3", "fwmark 4"))) == []
    assert found(read(mark + mark.replace("10.9.1.1", "fd00::1"))) == []


# What checks follow

FILE = "track_file load {\n file /run/load\n}\n"
SESSION = "bfd_instance peer {\n neighbor_ip 10.0.0.9\n}\n"
FILE_CHECK = "FILE_CHECK {\n track_file load\n}\n"
BFD_CHECK = "BFD_CHECK {\n name peer\n}\n"


@pytest.mark.parametrize(("block", "check"), [(FILE, FILE_CHECK), (SESSION, BFD_CHECK)])
def test_a_check_follows_what_stands_before_it(block: str, check: str) -> None:
    right = read(block + service(server=check))
    assert (found(right), len(farm(right).real_servers[0].later_checks)) == ([], 1)
    late = read(service(server=check) + block)
    assert (found(late), farm(late).real_servers[0].later_checks) == (["unknown-followed"], ())
    none = read(service(server=check))
    assert (found(none), farm(none).real_servers[0].later_checks) == (["unknown-followed"], ())
    assert status_of_test(none.diagnostics) == 5


def test_a_session_is_followed_once_by_a_server_and_a_file_as_often_as_one_likes() -> None:
    assert found(read(SESSION + service(server=BFD_CHECK * 2))) == ["unknown-followed"]
    assert found(read(FILE + service(server=FILE_CHECK * 2))) == []


def test_only_the_check_that_is_wrong_is_lost() -> None:
    loaded = read(FILE + service(server=FILE_CHECK + BFD_CHECK + "PING_CHECK {\n}"))
    names = [type(check).__name__ for check in farm(loaded).real_servers[0].later_checks]
    assert (found(loaded), names) == (["unknown-followed"], ["FileCheck", "PingCheck"])


def test_a_file_that_comes_between_two_readings_brings_its_check_back() -> None:
    kept = Kept()

    def again(text: str) -> int:
        loaded = load(MAIN, Memory({MAIN: text + service(server=FILE_CHECK)}), World(), memory=kept)
        return len(farm(loaded).real_servers[0].later_checks)

    assert [again(text) for text in (FILE, "", FILE)] == [1, 0, 1]
