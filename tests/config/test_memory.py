"""A configuration that is read with what the last reading left is the same as one that is read afresh, only sooner."""

import random

import pytest

from kad.config.diagnostics import Findings
from kad.config.load import Loaded, load
from kad.config.memory import Memory as Remembered
from kad.config.parser import parse
from kad.config.text import Piece, Source
from tests.config.texts import MAIN, Memory, World, instance, mistake, place, read, service

WORLD = World()


def reload(texts: list[str], **files: str) -> tuple[Loaded, Remembered]:
    """What the last of these texts says when the others were read before it."""
    memory = Remembered()
    loaded = read("")
    for text in texts:
        loaded = load(
            MAIN,
            Memory({MAIN: text, **{f"/etc/{name}": content for name, content in files.items()}}),
            WORLD,
            memory=memory,
        )
    return loaded, memory


def same_as_fresh(before: str, after: str, recalled: int) -> Loaded:
    """The second text, which is read as without the first, so many of its blocks being recalled."""
    loaded, memory = reload([before, after])
    assert loaded == read(after)
    assert memory.recalled == recalled
    return loaded


ONE = instance()
TWO = instance(name="VI_2", vrid="52", vips="10.9.0.2")
FARM = service(server="weight 3\n        TCP_CHECK {\n        }")


# What is recalled


def test_nothing_is_recalled_at_the_first_reading() -> None:
    assert reload([ONE + TWO])[1].recalled == 0


def test_blocks_whose_text_is_unchanged_are_recalled() -> None:
    same_as_fresh(ONE + TWO + FARM, ONE + TWO + FARM, 3)


def test_a_block_that_was_changed_is_read_again_and_the_others_are_recalled() -> None:
    loaded = same_as_fresh(ONE + TWO + FARM, ONE + TWO.replace("10.9.0.2", "10.9.0.3") + FARM, 2)
    assert [one.virtual_ipaddress[0].address for one in loaded.config.vrrp_instances] == ["10.9.0.1", "10.9.0.3"]


def test_blocks_that_moved_are_recalled_in_their_new_order() -> None:
    loaded = same_as_fresh(ONE + TWO, "# first\n\n" + TWO + "# then\n" + ONE, 2)
    assert [one.name for one in loaded.config.vrrp_instances] == ["VI_2", "VI_1"]


def test_blocks_that_move_into_an_included_file_are_recalled() -> None:
    memory = Remembered()
    load(MAIN, Memory({MAIN: ONE + TWO}), WORLD, memory=memory)
    files = Memory({MAIN: ONE + "include two\n", "/etc/two": TWO})
    assert load(MAIN, files, WORLD, memory=memory) == load(MAIN, files, WORLD)
    assert memory.recalled == 2


def test_a_block_is_recalled_time_and_again() -> None:
    loaded, memory = reload([ONE, "\n" + ONE, ONE, "\n\n" + ONE])
    assert (loaded, memory.recalled) == (read("\n\n" + ONE), 1)


def test_a_block_that_was_away_for_a_reading_is_read_again() -> None:
    loaded, memory = reload([ONE + TWO, ONE, ONE + TWO])
    assert (loaded, memory.recalled) == (read(ONE + TWO), 1)


def test_what_a_definition_stands_for_is_a_part_of_the_text() -> None:
    text = "$IF=eth0\n" + ONE.replace("eth0", "$IF") + TWO
    same_as_fresh(text, text, 2)
    loaded = same_as_fresh(text, text.replace("$IF=eth0", "$IF=eth1"), 1)
    assert loaded.config.vrrp_instances[0].interface == "eth1"


def test_global_settings_are_read_each_time_and_hold_for_recalled_blocks() -> None:
    text = "global_defs {\n vrrp_version 2\n}\n" + instance("advert_int 0.5")
    loaded = same_as_fresh(text, text.replace("version 2", "version 3"), 1)
    assert loaded.config.vrrp_instances[0].advert_int == 500_000


def test_an_empty_or_missing_configuration_in_between_loses_the_memory_only() -> None:
    memory = Remembered()
    for files in ({MAIN: ONE}, {}, {MAIN: ONE}):
        loaded = load(MAIN, Memory(dict(files)), WORLD, memory=memory)
        assert loaded == load(MAIN, Memory(dict(files)), WORLD)
    assert memory.recalled == 0


# What the rules change


def test_a_rule_changes_what_is_used_and_not_what_is_remembered() -> None:
    text = instance("nopreempt\nstate MASTER\npriority 90")
    loaded = same_as_fresh(text + TWO, "\n" + text + TWO, 2)
    assert (mistake(loaded).rule, place(mistake(loaded))) == ("nopreempt-conflict", (5, 5, 14))
    again, memory = reload([text, text.replace("state MASTER\n", ""), text.replace("state MASTER\n", "")])
    assert (again.diagnostics, memory.recalled) == ((), 1)
    assert again.config.vrrp_instances[0].nopreempt


def test_a_recalled_block_is_held_against_the_other_blocks_of_now() -> None:
    text = ONE + TWO.replace("52", "53")
    loaded = same_as_fresh(text, text.replace("53", "51"), 1)
    assert [one.name for one in loaded.config.vrrp_instances] == ["VI_1"]
    loaded = same_as_fresh(text.replace("53", "51"), text, 1)
    assert [one.name for one in loaded.config.vrrp_instances] == ["VI_1", "VI_2"]


def test_a_service_that_was_settled_is_the_same_object_and_nobody_changes_it() -> None:
    text = FARM + service(server="weight 3\n        notify_up /gone/x", head="10.9.0.3 80")
    loaded = same_as_fresh(text, ONE + text, 2)
    assert [one.real_servers[0].notify_up for one in loaded.config.virtual_servers] == [None, None]
    assert mistake(loaded).rule == "script-disabled"


def test_a_machine_that_changed_is_seen_by_blocks_that_did_not() -> None:
    class Later(World):
        def interfaces(self) -> frozenset[str]:
            return frozenset({"lo", "eth1"})

        def script_problem(self, program: str) -> str | None:
            return f"{program} is gone"

    text = instance("notify /bin/x") + TWO.replace("eth0", "eth1") + service(server="notify_up /bin/x")
    memory = Remembered()
    before = load(MAIN, Memory({MAIN: text}), WORLD, memory=memory)
    after = load(MAIN, Memory({MAIN: text}), Later(), memory=memory)
    assert memory.recalled == 3
    assert after == load(MAIN, Memory({MAIN: text}), Later())
    assert [one.name for one in after.config.vrrp_instances] == ["VI_2"]
    assert after.config.virtual_servers[0].real_servers[0].notify_up is None
    again = load(MAIN, Memory({MAIN: text}), WORLD, memory=memory)
    assert (again, memory.recalled) == (before, 3)


# Complaints


def test_the_complaints_about_a_block_that_moved_are_at_its_new_place() -> None:
    text = instance("prioirty 7\npriority 300", vips="10.9.0.1 labell x")
    loaded = same_as_fresh(text, "\n\n\n" + text, 1)
    assert [found.span and found.span.line for found in loaded.diagnostics] == [7, 8, 10, 10]


def test_complaints_in_a_block_that_is_lost_are_told_again() -> None:
    text = "vrrp_instance {\n prioirty 7\n}\n"
    loaded = same_as_fresh(text, "\n" + text, 1)
    assert loaded.config.vrrp_instances == ()


@pytest.mark.parametrize(
    "extra", ["priority 90\npriority 91", "priority 90\nadvert_int 3\nadvert_int x", "notify /bin/x\nnotify /bin/y"]
)
def test_a_complaint_that_names_another_line_names_the_right_one_after_a_move(extra: str) -> None:
    text = instance(extra)
    loaded = same_as_fresh(text + TWO, "\n" + text + TWO, 1)
    assert any("line 5" in found.message or "line 6" in found.message for found in loaded.diagnostics)


def test_keywords_that_kad_does_not_act_on_are_told_again_at_their_new_place() -> None:
    text = instance("smtp_alert\nvirtual_routes {\n 10.0.0.0/8 via 10.9.0.3 as to 10.0.0.5\n}")
    loaded = same_as_fresh(text, "\n" + text, 1)
    (found,) = [found for found in loaded.diagnostics if found.rule == "not-acted-on"]
    assert found.message.endswith("smtp_alert (line 5), as (line 7)")


def test_of_two_equal_bodies_the_second_says_its_own_place_when_the_first_is_gone() -> None:
    server = "smtp_alert\n        weight 3"
    first, second = service(server=server), service(server=server, head="10.9.0.3 80")
    loaded = same_as_fresh(first + second, service() + second, 1)
    (found,) = [found for found in loaded.diagnostics if found.rule == "not-acted-on"]
    assert found.message.endswith(": smtp_alert (line 16)")


def test_an_undefined_name_in_a_recalled_block_keeps_what_follows_from_it() -> None:
    text = ONE.replace("51", "$VRID")
    loaded = same_as_fresh(text + TWO, "\n" + text + TWO, 2)
    (found,) = loaded.diagnostics
    assert (found.rule, [one.rule for one in found.also]) == ("undefined-name", ["no-vrid"])


def test_a_block_that_holds_what_belongs_elsewhere_is_read_again_each_time() -> None:
    inner = "vrrp_script s {\n script /bin/x\n}\n"
    same_as_fresh(instance(inner) + TWO, "\n" + instance(inner) + TWO, 1)
    left_open = ONE.rstrip()[:-1] + TWO + "}\n"
    same_as_fresh(left_open, "\n" + left_open, 0)


def test_a_block_without_its_brace_that_gets_it_is_as_if_it_always_had_it() -> None:
    lacks = "vrrp_instance A\n interface eth0\n foo {\n  x\n }\n"
    loaded = same_as_fresh(lacks, "global_defs {\n}\n foo {\n  x\n }\n", 0)
    assert place(mistake(loaded)) == (3, 2, 5)


def test_a_block_that_may_have_been_left_open_is_not_recalled() -> None:
    text = ONE.replace("    }\n}", "}\n}")
    same_as_fresh(text, text + TWO.rstrip()[:-1], 0)


# The parts


def test_memory_gives_a_draft_only_for_the_statement_that_it_was_made_from() -> None:
    memory = Remembered()
    first, second = (parse([Piece(Source("f", "a {\n}\n"), 1, "a {\n}\n")], Findings()).statements[0] for _ in range(2))
    assert memory.recall(first) is None
    assert memory.recall(second) is None
    assert memory.recalled == 0


# Any change


BASE = """# what all share
$NAME=eth0
global_defs {
    vrrp_version 2
}
vrrp_script chk {
    script "/bin/x"
    weight 300
}
track_file load {
    file /tmp/load
    weight 2 reverse
}
vrrp_instance A {
    interface $NAME
    virtual_router_id 51
    priority 90
    priority 91
    virtual_ipaddress {
        10.9.0.1/24 dev eth1
        10.9.0.2/33
    }
    track_script {
        chk weight 5
        nosuch
    }
    track_file {
        load
    }
    use_vmac
}
# the second
vrrp_instance B {
    interface eth0
    virtual_router_id 52
    virtual_ipaddress { 10.9.0.3 labell x }
    track_script { chk }
    notify /gone/x
    authentication {
        auth_type PASS
        auth_pass 123456789
    }
}
vrrp_sync_group G {
    group {
        A
        B C
    }
}
virtual_server 10.9.0.2 80 {
    protocol TCP
    lb_algo rr
    quorum 3
    real_server 10.9.1.1 80 {
        smtp_alert
        TCP_CHECK {
            connect_timeout 3
        }
    }
    real_server 10.9.1.2 80 {
        smtp_alert
        TCP_CHECK {
            connect_timeout 3
        }
    }
    real_server 10.9.1.3 80 { weight x }
    real_server 10.9.1.44 80 { weight x }
}
virtual_server 10.9.0.4 80 {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    real_server 10.9.1.1 80 {
        smtp_alert
        TCP_CHECK {
            connect_timeout 3
        }
    }
    real_server 10.9.1.2 {
        HTTP_GET {
            url {
                path /
            }
        }
    }
    real_server 10.9.1.3 80 {
        HTTP_GET {
            url {
                path /
            }
        }
    }
}
foo bar {
    x
}
include more
"""
MORE = """vrrp_instance M {
    interface $NONE
    virtual_router_id 60
    virtual_ipaddress {
        10.9.0.70
    }
    state MASTER
    nopreempt
}
"""
PIECES = [
    "}\n", "{\n", "# c\n", "\n", "    }\n", '"', "$NONE", "foo\n", "priority 7\n", "weight x\n", " x", "# \0\n",
    "vrrp_instance Z {\n", "real_server 10.9.1.9 80 {\n", "\udcff", "priority 300\n", "vrrp_script\n",
]  # fmt: skip


def edited(chance: random.Random, text: str) -> str:
    """The text after a few changes as people make them, and as they slip."""
    lines = text.splitlines(keepends=True) or ["\n"]
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        at = chance.randrange(len(lines))
        match chance.randrange(6):
            case 0:
                lines[at] = ""
            case 1:
                lines.insert(at, chance.choice(PIECES))
            case 2:
                lines.insert(at, chance.choice(lines))
            case 3:
                end = at + chance.randrange(14)
                moved, lines[at:end] = lines[at:end], []
                to = chance.randrange(len(lines) + 1)
                lines[to:to] = moved
                lines = lines or ["\n"]
            case 4:
                column = chance.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:column] + chance.choice(PIECES) + lines[at][column:]
            case _:
                lines[at] = chance.choice([lines[at].lstrip(), "  " + lines[at], lines[at].replace("10.9", "10.8")])
    return "".join(lines)


@pytest.mark.parametrize("seed", range(60))
def test_after_any_changes_a_reading_with_memory_is_one_without(seed: int) -> None:
    chance = random.Random(seed)
    memory = Remembered()
    files = {MAIN: BASE, "/etc/more": MORE}
    for step in range(6):
        loaded, fresh = load(MAIN, Memory(files), WORLD, memory=memory), load(MAIN, Memory(files), WORLD)
        assert loaded.config == fresh.config, (seed, step, files)
        assert loaded.diagnostics == fresh.diagnostics, (seed, step, files)
        path = chance.choice([MAIN, MAIN, MAIN, "/etc/more"])
        again = chance.random() < 0.1
        files = {MAIN: BASE, "/etc/more": MORE} if again else {**files, path: edited(chance, files[path])}
