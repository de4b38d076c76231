"""Groups of instances and interfaces: members that are there, in one group only, and lists of interfaces."""

import pytest

from kad.config import diagnostics
from kad.config.diagnostics import Half, refuses_reload, start_status
from kad.config.load import Loaded
from tests.config.texts import OWN, instance, mistake, mistakes, place, read

SCRIPT = "vrrp_script s {\n script /bin/x\n}\n"


def pair(first: str = "", second: str = "") -> str:
    """Two instances, in lines 1 to 8 and 9 to 16 when nothing is added to them."""
    return instance(first) + instance(second, name="VI_2", vrid="52", vips="10.9.0.2")


def group(*members: str, name: str = "G", extra: str = "", keyword: str = "vrrp_sync_group") -> str:
    return f"{keyword} {name} {{\n    group {{\n        {' '.join(members)}\n    }}\n    {extra}\n}}\n"


def groups(loaded: Loaded) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.name, one.group) for one in loaded.config.vrrp_sync_groups]


# Sync groups


def test_a_group_of_instances_that_are_there_is_right() -> None:
    loaded = read(pair() + group("VI_1", "VI_2"))
    assert (mistakes(loaded), groups(loaded)) == ([], [("G", ("VI_1", "VI_2"))])


def test_members_may_stand_in_one_line_or_in_many_and_the_group_before_them() -> None:
    loaded = read(group("VI_1\n", "VI_2") + pair())
    assert (mistakes(loaded), groups(loaded)) == ([], [("G", ("VI_1", "VI_2"))])


def test_a_member_that_is_twice_in_a_group_is_there_once() -> None:
    loaded = read(pair() + group("VI_1", "VI_2", "VI_1"))
    assert groups(loaded) == [("G", ("VI_1", "VI_2"))]


def test_a_member_that_is_not_there_is_ignored() -> None:
    loaded = read(pair() + group("VI_1", "VI_2", "VI_22"))
    found = mistake(loaded)
    assert (found.rule, found.half, place(found)) == ("unknown-member", Half.VRRP, (19, 19, 24))
    assert (found.suggestion, groups(loaded)) == ("the instances are: VI_1, VI_2", [("G", ("VI_1", "VI_2"))])
    assert diagnostics.test_status(loaded.diagnostics) == 5
    assert start_status(loaded.diagnostics, vrrp=True, checker=True) == 0


def test_a_member_is_in_one_group_only() -> None:
    loaded = read(pair() + group("VI_1", "VI_2") + group("VI_1", "VI_2", name="H"))
    assert mistakes(loaded) == ["member-twice", "member-twice", "empty-group"]
    assert groups(loaded) == [("G", ("VI_1", "VI_2"))]
    message = next(found.message for found in loaded.diagnostics if found.rule == "member-twice")
    assert message == "VI_1 is in vrrp_sync_group G already, and can't be in vrrp_sync_group H too: ignored"


def test_a_group_of_one_is_kept_and_told() -> None:
    loaded = read(pair() + group("VI_1"))
    found = mistake(loaded)
    assert (found.rule, place(found)[:2], groups(loaded)) == ("lonely-group", (18, 5), [("G", ("VI_1",))])


@pytest.mark.parametrize(
    ("text", "line"), [("vrrp_sync_group G {\n}\n", 1), ("vrrp_sync_group G {\n group {\n }\n}\n", 2)]
)
def test_a_group_without_members_is_removed(text: str, line: int) -> None:
    loaded = read(text)
    found = mistake(loaded)
    assert (found.rule, place(found)[0], groups(loaded)) == ("empty-group", line, [])


def test_a_second_list_of_members_is_skipped() -> None:
    loaded = read(pair() + group("VI_1", "VI_2", extra="group {\n VI_1\n}"))
    found = mistake(loaded)
    assert (found.rule, place(found), groups(loaded)) == ("already-set", (21, 5, 10), [("G", ("VI_1", "VI_2"))])


def test_a_group_has_a_name_that_is_used_once() -> None:
    loaded = read(pair() + group("VI_1", "VI_2") + group("VI_1", "VI_2"))
    assert (mistakes(loaded), len(loaded.config.vrrp_sync_groups)) == (["duplicate-name"], 1)
    assert mistakes(read(pair() + group("VI_1", "VI_2", name=""))) == ["bad-block"]


def test_owners_and_others_in_one_group_will_not_work() -> None:
    loaded = read(pair("priority 255") + group("VI_1", "VI_2"))
    found = mistake(loaded)
    assert (found.rule, place(found)[:2]) == ("mixed-owners", (18, 5))
    assert mistakes(read(pair("priority 255", "priority 255") + group("VI_1", "VI_2"))) == []


def test_the_weight_of_an_interface_is_ignored_in_a_group_and_its_loss_is_a_fault() -> None:
    loaded = read(pair("track_interface {\n eth1 weight 5\n}") + group("VI_1", "VI_2"))
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("weight-in-group", (5, 14, 15))
    assert [(one.name, one.weight) for one in loaded.config.vrrp_instances[0].track_interface] == [("eth1", 0)]


@pytest.mark.parametrize(
    ("definition", "line"),
    [
        (SCRIPT, "track_script {\n s weight 5\n}"),
        (SCRIPT.replace("/bin/x", "/bin/x\n weight 5"), "track_script {\n s\n}"),
        ("track_file s {\n file /tmp/x\n}\n", "track_file {\n s\n}"),
        ("vrrp_track_process s {\n process x\n weight 3\n}\n", "track_process {\n s\n}"),
        ("bfd_instance s {\n neighbor_ip 10.9.0.9\n weight 3\n}\n", "track_bfd {\n s\n}"),
    ],
)
@pytest.mark.parametrize("in_group", [False, True])
def test_what_has_a_weight_is_not_tracked_in_a_group(definition: str, line: str, in_group: bool) -> None:
    list_ = line.split(maxsplit=1)[0]
    text = definition + pair("" if in_group else line) + group("VI_1", "VI_2", extra=line if in_group else "")
    loaded = read(text)
    assert "weight-in-group" in mistakes(loaded)
    user = loaded.config.vrrp_sync_groups[0] if in_group else loaded.config.vrrp_instances[0]
    assert getattr(user, list_) == ()
    found = next(found for found in loaded.diagnostics if found.rule == "weight-in-group")
    assert found.span is not None
    assert found.span.text.split()[0] == "s"


def test_a_line_without_weight_overrides_a_definition_that_has_one() -> None:
    script = SCRIPT.replace("/bin/x", "/bin/x\n weight 5")
    loaded = read(script + pair("track_script {\n s weight 0\n}") + group("VI_1", "VI_2"))
    assert (mistakes(loaded), len(loaded.config.vrrp_instances[0].track_script)) == ([], 1)


@pytest.mark.parametrize(
    ("keyword", "said"), [("sync_group_tracking_weight", []), ("global_tracking", ["deprecated-keyword"])]
)
def test_a_group_may_allow_weights(keyword: str, said: list[str]) -> None:
    loaded = read(SCRIPT + pair("track_script {\n s weight 5\n}") + group("VI_1", "VI_2", extra=keyword))
    assert (mistakes(loaded), len(loaded.config.vrrp_instances[0].track_script)) == (said, 1)


def test_an_instance_outside_of_the_group_keeps_its_weights() -> None:
    third = instance("track_script {\n s weight 5\n}", name="VI_3", vrid="53", vips="10.9.0.3")
    loaded = read(SCRIPT + pair() + third + group("VI_1", "VI_2"))
    assert (mistakes(loaded), len(loaded.config.vrrp_instances[2].track_script)) == ([], 1)


# Track groups


def test_a_track_group_has_instances_that_are_there() -> None:
    loaded = read(pair() + group("VI_1", "VI_22", keyword="track_group"))
    found = mistake(loaded)
    assert (found.rule, place(found), found.suggestion) == (
        "unknown-track-member",
        (19, 14, 19),
        "the instances are: VI_1, VI_2",
    )
    assert [(one.name, one.group) for one in loaded.config.track_groups] == [("G", ("VI_1",))]
    assert diagnostics.test_status(loaded.diagnostics) == 0


def test_a_track_group_without_members_is_removed() -> None:
    loaded = read("track_group G {\n}\n")
    found = mistake(loaded)
    assert (found.rule, place(found), loaded.config.track_groups) == ("empty-track-group", (1, 1, 14), ())


# Pacing


def paced(*lines: str) -> Loaded:
    return read("garp_group {\n" + "\n".join(lines) + "\n}\n")


def test_a_garp_group_has_a_pause_and_interfaces() -> None:
    loaded = paced("garp_interval 0.1", "interfaces {\n eth0 eth1\n}")
    assert mistakes(loaded) == []
    (one,) = loaded.config.garp_groups
    assert (one.garp_interval, one.interfaces) == (100_000, ("eth0", "eth1"))


def test_a_garp_group_without_a_pause_is_removed() -> None:
    loaded = paced("interface eth0")
    found = mistake(loaded)
    assert (found.rule, place(found)[:2], loaded.config.garp_groups) == ("empty-group", (1, 1), ())


@pytest.mark.parametrize(("lines", "line"), [("interface eth9", 3), ("interfaces {\n eth9\n}", 4)])
def test_an_interface_of_a_garp_group_that_is_not_there_is_ignored(lines: str, line: int) -> None:
    loaded = paced("gna_interval 1", lines)
    found = mistake(loaded)
    assert (found.rule, place(found)[0]) == ("unknown-interface", line)
    (one,) = loaded.config.garp_groups
    assert (one.interface, one.interfaces) == (None, ())


def test_an_interface_is_in_one_garp_group() -> None:
    one, other = (
        "garp_group {\n gna_interval 1\n interface eth0\n}\n",
        "garp_group {\n gna_interval 2\n interface eth0\n}\n",
    )
    loaded = read(one + other)
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("duplicate-interface", (7, 2, 16))
    assert [group.interface for group in loaded.config.garp_groups] == ["eth0", None]


# Lists of interfaces


LISTS = [("linkbeat_interfaces", "eth9 MII"), ("interface_up_down_delays", "eth9 1 2")]


@pytest.mark.parametrize(
    ("block", "line"), [("linkbeat_interfaces", "eth9 MII"), ("interface_up_down_delays", "eth9 1 2")]
)
def test_what_is_said_of_an_interface_that_is_not_there_ends_the_start_of_vrrp(block: str, line: str) -> None:
    loaded = read(f"{block} {{\n    {line}\n    {line.replace('eth9', 'eth1')}\n}}\n")
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("missing-interface", (2, 5, 9))
    assert [one.name for one in getattr(loaded.config, block)] == ["eth1"]
    assert start_status(loaded.diagnostics, vrrp=True, checker=True) == 2
    assert start_status(loaded.diagnostics, vrrp=False, checker=True) == 0
    assert diagnostics.test_status(loaded.diagnostics) == 4


@pytest.mark.parametrize(
    ("block", "line"), [("linkbeat_interfaces", "eth9 MII"), ("interface_up_down_delays", "eth9 1 2")]
)
def test_an_interface_that_may_come_later_is_kept(block: str, line: str) -> None:
    loaded = read(f"global_defs {{\n dynamic_interfaces\n}}\n{block} {{\n {line}\n}}\n")
    assert (mistakes(loaded), len(getattr(loaded.config, block))) == ([], 1)


def test_delays_and_methods_are_read() -> None:
    loaded = read(
        "linkbeat_interfaces {\n eth0\n eth1 ETHTOOL\n}\ninterface_up_down_delays {\n eth0 1.5\n eth1 2 3\n}\n"
    )
    assert mistakes(loaded) == []
    assert [(one.name, one.method) for one in loaded.config.linkbeat_interfaces] == [
        ("eth0", None),
        ("eth1", "ETHTOOL"),
    ]
    assert [(one.down, one.up) for one in loaded.config.interface_up_down_delays] == [
        (1_500_000, 0),
        (2_000_000, 3_000_000),
    ]


def test_a_line_without_its_delay_is_lost_alone() -> None:
    loaded = read("interface_up_down_delays {\n eth0\n eth1 256\n eth1 255\n}\n")
    assert [one.down for one in loaded.config.interface_up_down_delays] == [255_000_000]
    assert [found.span and found.span.line for found in loaded.diagnostics if found.rule != "not-acted-on"] == [2, 3]


# The sync daemon


def test_the_sync_daemon_follows_an_instance_that_is_there() -> None:
    daemon = "global_defs {\n    lvs_sync_daemon eth0 {}\n}\n"
    loaded = read(daemon.replace("{}", "VI_11") + instance())
    found = mistake(loaded)
    assert (found.rule, place(found)[:2], found.suggestion) == ("unknown-sync-instance", (2, 26), "there is only VI_1")
    assert diagnostics.test_status(loaded.diagnostics) == 0
    assert mistakes(read(daemon.replace("{}", "inst VI_1") + instance())) == []
    assert mistakes(read(daemon.replace(" {}", "") + instance())) == []


# What follows from members that are not there


def test_a_group_whose_other_members_are_lost_is_left_alone_which_is_told_after_them() -> None:
    loaded = read(instance() + group("VI_1", "VI_OUTSIDE"))
    told = [(found.rule, place(found)) for found in loaded.diagnostics if found.rule not in OWN]
    assert told == [("unknown-member", (11, 14, 24)), ("lonely-group", (11, 14, 24))]
    lonely = next(found for found in loaded.diagnostics if found.rule == "lonely-group")
    assert lonely.message.startswith("vrrp_sync_group G is left with only 1 member, VI_1")


@pytest.mark.parametrize("keyword", ["vrrp_sync_group", "track_group"])
def test_an_empty_sync_or_track_group_is_no_reason_to_refuse_a_reload(keyword: str) -> None:
    loaded = read(instance() + group("VI_9", keyword=keyword))
    assert mistakes(loaded)[-1].startswith("empty-")
    assert not refuses_reload(loaded.diagnostics, vrrp=True, checker=True)
    (last,) = [found for found in loaded.diagnostics if found.rule.startswith("empty-")]
    assert (last.message, place(last)) == (f"{keyword} G is left without members: it is removed", (11, 9, 13))


def test_a_member_that_stands_in_a_line_beside_the_keyword_is_marked_where_it_is() -> None:
    loaded = read(pair() + "vrrp_sync_group G {\n group { VI_1 VI_2 VI_9 }\n}\n")
    assert place(mistake(loaded)) == (18, 20, 24)


def test_in_a_group_that_shares_its_text_with_another_each_member_has_its_place() -> None:
    loaded = read(instance() + group("VI_1", "VI_9") + group("VI_1", "VI_9", name="H"))
    assert [place(one)[0] for one in loaded.diagnostics if one.rule == "unknown-member"] == [11, 17]
