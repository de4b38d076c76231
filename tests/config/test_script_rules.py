"""Scripts that can't be run are disabled, wherever they are used; and that scripts run at all is told."""

import pytest

from kad.config import diagnostics
from kad.config.diagnostics import Half
from kad.config.load import Loaded, load
from kad.config.schema.script import Script
from tests.config.texts import MAIN, Memory, World, instance, mistake, mistakes, only, read, rules, service

SECURE = "global_defs {\n enable_script_security\n}\n"


def scripts_run(loaded: Loaded) -> list[Half]:
    return [found.half for found in loaded.diagnostics if found.rule == "script-security"]


def test_a_track_script_that_can_not_be_run_is_disabled_and_not_tracked() -> None:
    loaded = read("vrrp_script s {\n script /gone/x\n}\n" + instance("track_script {\n s\n}"))
    found = only(loaded)
    assert found.message == "Disabling track script s since not found/accessible: /gone/x: not found"
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
    assert sorted(rules(loaded)) == ["script-disabled", "unchecked-server"]
    found = next(found for found in loaded.diagnostics if found.rule == "unchecked-server")
    assert found.message.endswith("it counts as up for ever")
    assert loaded.config.virtual_servers[0].real_servers[0].checks == ()


def test_a_misc_check_that_is_not_the_only_check_is_lost_alone() -> None:
    loaded = read(service(server='MISC_CHECK {\n misc_path "/gone/x"\n}\nTCP_CHECK {\n}'))
    assert only(loaded).rule == "script-disabled"
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

    class Asked(World):
        def script_problem(self, program: str) -> str | None:
            asked.append(program)
            return super().script_problem(program)

    load(MAIN, Memory({MAIN: instance("notify /bin/x\nnotify_master /bin/x")}), Asked())
    assert asked == ["/bin/x"]


@pytest.mark.parametrize("keyword", ["notify_master", "notify_backup", "notify_fault", "notify_stop", "notify"])
def test_a_sync_groups_script_that_can_not_be_run_is_disabled(keyword: str) -> None:
    other = instance(name="VI_2", vrid="52", vips="10.9.0.2")
    loaded = read(instance() + other + f"vrrp_sync_group G {{\n group {{\n VI_1 VI_2\n }}\n {keyword} /gone/x\n}}\n")
    found = mistake(loaded)
    assert (found.rule, found.half, found.span and found.span.line) == ("script-disabled", Half.VRRP, 21)
    assert getattr(loaded.config.vrrp_sync_groups[0], keyword) is None


@pytest.mark.parametrize("keyword", ["notify_deleted", "notify_master_rx_lower_pri"])
def test_the_other_scripts_of_an_instance_are_looked_at_too(keyword: str) -> None:
    loaded = read(instance(f"{keyword} /gone/x"))
    assert mistake(loaded).rule == "script-disabled"
    assert getattr(loaded.config.vrrp_instances[0], keyword) is None


def test_notify_deleted_alone_names_no_program_to_look_for() -> None:
    loaded = read(instance("notify_deleted"))
    assert mistakes(loaded) == []
    assert loaded.config.vrrp_instances[0].notify_deleted == Script(argv=())


@pytest.mark.parametrize(
    "keyword", ["startup_script", "shutdown_script", "notify_fifo_script", "lvs_notify_fifo_script"]
)
def test_a_global_script_that_can_not_be_run_is_disabled(keyword: str) -> None:
    loaded = read(f"global_defs {{\n {keyword} /gone/x\n}}\n")
    found = mistake(loaded)
    assert (found.rule, found.span and (found.span.line, found.span.column)) == ("script-disabled", (2, 2))
    assert getattr(loaded.config.global_defs, keyword) is None


# Users


def test_a_script_of_a_user_that_is_not_there_is_disabled() -> None:
    loaded = read("vrrp_script s {\n script /bin/x\n user nobody-here\n}\n" + instance("track_script {\n s\n}"))
    found = mistake(loaded)
    assert found.rule == "track-script-disabled"
    assert "there is no user nobody-here" in found.message
    assert (loaded.config.vrrp_scripts, loaded.config.vrrp_instances[0].track_script) == ((), ())


def test_a_notify_script_of_a_group_that_is_not_there_is_disabled() -> None:
    assert mistake(read(instance("notify /bin/x root nobody-here"))).rule == "script-disabled"


def test_a_script_user_that_is_not_there_disables_what_names_no_user_of_its_own() -> None:
    loaded = read("global_defs {\n script_user nobody-here\n}\n" + instance("notify /bin/x\nnotify_master /bin/x root"))
    assert mistakes(loaded) == ["script-user"], "that they are disabled is a part of it"
    user = loaded.diagnostics[0]
    assert user.message.startswith("script_user: there is no user nobody-here: scripts that name no user of their own")
    assert user.span is not None
    assert (user.span.line, user.span.column, user.span.end) == (2, 2, 25)
    one = loaded.config.vrrp_instances[0]
    assert (one.notify, one.notify_master) == (None, Script(argv=("/bin/x",), user="root"))
    assert diagnostics.test_status(loaded.diagnostics) == 6, "scripts run without script security"


class Bare(World):
    """A machine without a user for scripts."""

    def user_problem(self, user: str, group: str | None) -> str:
        return (
            "there is no user keepalived_script" if user == "keepalived_script" else super().user_problem(user, group)
        )


def test_with_security_and_without_a_user_for_them_scripts_are_disabled_instead_of_run_as_root() -> None:
    loaded = load(MAIN, Memory({MAIN: SECURE + instance("notify /bin/x\nnotify_master /bin/x bob")}), Bare())
    assert mistake(loaded).rule == "script-disabled"
    one = loaded.config.vrrp_instances[0]
    assert (one.notify is None, one.notify_master is None) == (True, False)


# Who could change a program


@pytest.mark.parametrize("owner", ["root", "0"])
def test_with_security_a_program_that_others_could_change_is_not_run_as_root(owner: str) -> None:
    loaded = read(SECURE + instance(f"notify /open/x {owner}"))
    found = mistake(loaded)
    assert "insecure: everybody can write to it" in found.message
    assert (found.rule, loaded.config.vrrp_instances[0].notify) == ("script-disabled", None)


def test_with_security_such_a_program_may_be_run_as_another_user() -> None:
    assert mistakes(read(SECURE + instance("notify /open/x bob"))) == []
    assert mistakes(read(SECURE + instance("notify /open/x"))) == [], "the user for scripts is not root"


def test_without_security_it_is_run_and_told_in_general() -> None:
    loaded = read(instance("notify /open/x root"))
    assert mistakes(loaded) == []
    assert scripts_run(loaded) == [Half.VRRP]


def test_an_insecure_track_script_is_told_in_keepaliveds_words() -> None:
    text = "global_defs {\n enable_script_security\n script_user root\n}\n"
    loaded = read(text + "vrrp_script s {\n script /open/x\n}\n" + instance("track_script {\n s\n}"))
    assert mistake(loaded).message.startswith("Disabling track script s due to insecure: /open/x")


# Where it is told


def test_a_script_that_is_disabled_is_told_at_its_own_keyword() -> None:
    found = mistake(read(instance("notify_master /gone/x")))
    assert found.span is not None
    assert (found.span.line, found.span.column, found.span.end) == (4, 5, 26)
    script = "vrrp_script s {\n    script /gone/x\n}\n"
    found = mistake(read(script + instance("track_script {\n s\n}")))
    assert found.span is not None
    assert (found.span.line, found.span.column) == (2, 5)


def test_of_two_equal_servers_each_has_its_own_disabled_script() -> None:
    other = "real_server 10.9.1.2 80 {\n        notify_up /gone/x\n    }"
    loaded = read(service(other, server="notify_up /gone/x"))
    assert mistakes(loaded) == ["script-disabled"] * 2
    assert [found.span and found.span.line for found in loaded.diagnostics] == [6, 9]


# How it is said


def test_a_script_user_that_is_not_there_names_the_scripts_that_are_disabled_with_it() -> None:
    text = "global_defs {\n script_user nobody-here\n}\nvrrp_script s {\n script /bin/x\n}\n"
    loaded = read(
        text + instance("notify /bin/y\ntrack_script {\n s\n}") + service(server="MISC_CHECK {\n misc_path /z\n}")
    )
    assert mistakes(loaded) == ["script-user"]
    assert loaded.diagnostics[0].message.endswith(
        "of their own, such as track script s, notify script /bin/y, misc script /z, are disabled"
    )
    assert any(found.rule == "unchecked-server" for found in loaded.diagnostics)


def test_of_very_many_scripts_without_a_user_only_some_are_named() -> None:
    many = "".join(f"vrrp_script s{number} {{\n script /bin/x\n}}\n" for number in range(10))
    loaded = read("global_defs {\n script_user nobody-here\n}\n" + many)
    assert "track script s7, 2 more, are disabled" in loaded.diagnostics[0].message


def test_a_script_is_insecure_or_has_no_user_once_in_a_sentence() -> None:
    track = "vrrp_script s {\n script /open/x\n user root\n}\n" + instance("track_script {\n s\n}")
    assert mistake(read(SECURE + track)).message == (
        "Disabling track script s due to insecure: /open/x: everybody can write to it"
    )
    assert mistake(read(track.replace("root", "nobody-here"))).message == (
        "Disabling track script s since not found/accessible: /open/x: there is no user nobody-here to run it"
    )
