"""The order of the rules: what one takes back, later ones no longer see. The rules themselves: test_*_rules.py."""

from kad.config import diagnostics
from kad.config.schema.script import Script
from kad.errors import ExitCode
from tests.config.texts import instance, mistakes, read

SCRIPT = "vrrp_script s {\n script /bin/x\n}\n"
GROUP = "vrrp_sync_group G {\n group {\n  VI_1\n  VI_2\n }\n}\n"


def test_a_line_that_names_no_script_is_told_before_the_script_is_found_to_be_gone() -> None:
    text = instance("track_script {\n s\n}") + SCRIPT.replace("/bin", "/gone")
    assert mistakes(read(text)) == ["unknown-track-script", "track-script-disabled"]


def test_a_script_that_is_disabled_is_not_called_unused_too() -> None:
    assert mistakes(read(SCRIPT.replace("/bin", "/gone") + instance())) == ["track-script-disabled"]


def test_a_script_that_only_a_lost_instance_tracked_is_not_called_unused() -> None:
    loaded = read(SCRIPT + instance("track_script {\n s\n}", vrid="0"))
    assert mistakes(loaded) == ["no-vrid"]


def test_what_else_is_wrong_with_a_lost_instance_is_told_too() -> None:
    wrong = "track_script {\n nope\n}\nnotify /gone/x\nstate MASTER\nnopreempt"
    loaded = read(instance(wrong, vrid="0", vips="10.9.0.1 dev eth9"))
    assert sorted(mistakes(loaded)) == [
        "no-vrid",
        "nopreempt-conflict",
        "script-disabled",
        "unknown-interface",
        "unknown-track-script",
    ]


def test_a_group_is_told_of_a_member_that_was_lost() -> None:
    loaded = read(instance() + instance(name="VI_2", vips="10.9.0.2") + GROUP)
    assert mistakes(loaded) == ["duplicate-vrid", "unknown-member", "lonely-group"]
    assert "which is lost (line 9): ignored" in next(
        found.message for found in loaded.diagnostics if found.rule == "unknown-member"
    )
    assert loaded.config.vrrp_sync_groups[0].group == ("VI_1",)


def test_a_tracked_script_that_a_group_takes_back_is_not_called_unused_too() -> None:
    other = instance(name="VI_2", vrid="52", vips="10.9.0.2")
    loaded = read(SCRIPT + instance("track_script {\n s weight 5\n}") + other + GROUP)
    assert mistakes(loaded) == ["weight-in-group"]


def test_a_value_is_used_by_all_rules_after_the_one_that_changed_it() -> None:
    loaded = read(instance("nopreempt\npriority 255\npreempt_delay 5\nnotify /bin/x"))
    assert mistakes(loaded) == ["nopreempt-conflict"]
    one = loaded.config.vrrp_instances[0]
    assert (one.nopreempt, one.preempt_delay, one.notify) == (False, 5_000_000, Script(argv=("/bin/x",)))


def test_rules_are_applied_to_an_instance_that_ends_too_so_that_one_run_tells_all() -> None:
    loaded = read(instance("nopreempt\nstate MASTER\nmcast_src_ip fd00::1").replace("eth0", "eth7"))
    assert mistakes(loaded) == ["unknown-interface", "nopreempt-conflict", "source-family"]


def test_a_namespace_that_can_not_be_entered_is_the_one_mistake_and_ends_a_start() -> None:
    text = "net_namespace gone\nvrrp_instance VI_1 {\n interface eth7\n virtual_router_id 51\n"
    loaded = read(text + " virtual_ipaddress {\n 10.9.0.1/24\n }\n}\n")
    assert mistakes(loaded) == ["no-namespace"]
    assert diagnostics.start_status(loaded.diagnostics, vrrp=True, checker=True) == ExitCode.CONFIG


def test_in_a_namespace_the_interfaces_of_that_one_count() -> None:
    text = "net_namespace blue\nvrrp_instance VI_1 {\n interface eth7\n virtual_router_id 51\n"
    assert mistakes(read(text + " virtual_ipaddress {\n 10.9.0.1/24\n }\n}\n")) == ["unknown-interface"]
