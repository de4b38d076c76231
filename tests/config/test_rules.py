"""Scripts that can't be run are disabled, wherever they are used."""

import pytest

from kad.config import diagnostics
from kad.config.diagnostics import Half
from kad.config.load import Loaded
from tests.config.texts import instance, only, read, rules, service

SECURE = "global_defs {\n enable_script_security\n}\n"


def scripts_run(loaded: Loaded) -> list[Half]:
    return [found.half for found in loaded.diagnostics if found.rule == "script-security"]


def test_a_track_script_that_can_not_be_run_is_disabled_and_not_tracked() -> None:
    loaded = read("vrrp_script s {\n script /gone/x\n}\n" + instance("track_script {\n s\n}"))
    found = only(loaded)
    assert found.message == "Disabling track script s since not found/accessible: /gone/x not found"
    assert loaded.config.vrrp_scripts == ()
    assert loaded.config.vrrp_instances[0].track_script == ()
    assert diagnostics.test_status(loaded.diagnostics) == 5


@pytest.mark.parametrize("keyword", ["notify_master", "notify_backup", "notify_fault", "notify_stop", "notify"])
def test_a_notify_script_that_can_not_be_run_is_disabled(keyword: str) -> None:
    loaded = read(instance(f"{keyword} /gone/x"))
    assert only(loaded).rule == "script-disabled"
    assert getattr(loaded.config.vrrp_instances[0], keyword) is None
    assert diagnostics.test_status(loaded.diagnostics) == 0


@pytest.mark.parametrize("keyword", ["quorum_up", "quorum_down"])
def test_a_quorum_script_that_can_not_be_run_is_disabled(keyword: str) -> None:
    loaded = read(service(f"{keyword} /gone/x"))
    assert (rules(loaded), getattr(loaded.config.virtual_servers[0], keyword)) == (["script-disabled"], None)


@pytest.mark.parametrize("keyword", ["notify_up", "notify_down"])
def test_a_servers_script_that_can_not_be_run_is_disabled(keyword: str) -> None:
    loaded = read(service(server=f"{keyword} /gone/x"))
    server = loaded.config.virtual_servers[0].real_servers[0]
    assert (rules(loaded), getattr(server, keyword)) == (["script-disabled"], None)


def test_a_misc_check_that_can_not_be_run_is_lost_and_what_follows_is_told() -> None:
    loaded = read(service(server='MISC_CHECK {\n misc_path "/gone/x"\n}'))
    assert only(loaded).message.endswith("the check is lost, so that the server counts as up for ever")
    assert loaded.config.virtual_servers[0].real_servers[0].checks == ()


def test_a_misc_check_that_is_not_the_only_check_is_lost_alone() -> None:
    loaded = read(service(server='MISC_CHECK {\n misc_path "/gone/x"\n}\nTCP_CHECK {\n}'))
    assert only(loaded).message.endswith("the check is lost")
    assert len(loaded.config.virtual_servers[0].real_servers[0].checks) == 1


def test_scripts_without_script_security_are_told_once_a_half() -> None:
    text = instance("notify /bin/x\nnotify_master /bin/y") + service("quorum_up /bin/x", server="notify_up /bin/x")
    assert scripts_run(read(text)) == [Half.VRRP, Half.CHECKER]
    assert diagnostics.test_status(read(text).diagnostics) == 6
    assert scripts_run(read(SECURE + text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "vrrp_script s {\n script /bin/x\n}\n" + instance("track_script {\n s\n}"),
        instance("notify_fault /bin/x"),
        service("quorum_down /bin/x"),
        service(server="notify_down /bin/x"),
        service(server="MISC_CHECK {\n misc_path /bin/x\n}"),
    ],
)
def test_every_kind_of_script_counts_for_script_security(text: str) -> None:
    assert len(scripts_run(read(text))) == 1


def test_scripts_that_are_disabled_do_not_count_for_script_security() -> None:
    assert scripts_run(read(instance("notify /gone/x") + service(server="notify_up /gone/x"))) == []


def test_a_program_is_looked_for_once() -> None:
    asked: list[str] = []

    class World:
        def interfaces(self) -> frozenset[str]:
            return frozenset({"eth0"})

        def script_problem(self, program: str) -> str | None:
            asked.append(program)
            return None

    from kad.config.load import load
    from tests.config.texts import MAIN, Memory

    load(MAIN, Memory({MAIN: instance("notify /bin/x\nnotify_master /bin/x")}), World())
    assert asked == ["/bin/x"]
