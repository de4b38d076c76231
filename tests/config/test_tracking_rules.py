"""What instances and sync groups track: names that are defined before they are used, once, and by somebody."""

import pytest

from kad.config.diagnostics import Half
from kad.config.load import Loaded
from tests.config.texts import instance, mistake, mistakes, only, place, read, rules

SCRIPT = "vrrp_script s {\n script /bin/x\n}\n"

DEFINITIONS = {
    "track_script": SCRIPT,
    "track_file": "track_file s {\n file /tmp/x\n}\n",
    "track_process": "vrrp_track_process s {\n process x\n}\n",
    "track_bfd": "bfd_instance s {\n neighbor_ip 10.9.0.9\n}\n",
}
UNKNOWN = {"track_script": "unknown-track-script"}
TWICE = {"track_script": "duplicate-track-script"}


def tracked(loaded: Loaded) -> list[str]:
    return [line.name for line in loaded.config.vrrp_instances[0].track_script]


def test_a_script_that_is_not_defined_is_not_tracked() -> None:
    loaded = read(SCRIPT.replace(" s ", " check ") + instance("track_script {\n chek\n check\n}"))
    assert (only(loaded).suggestion, tracked(loaded)) == ("did you mean check?", ["check"])


def test_a_script_must_be_defined_before_it_is_used() -> None:
    loaded = read(instance("track_script {\n s\n}") + SCRIPT)
    assert (rules(loaded), tracked(loaded)) == (["unknown-track-script"], [])
    gone = read(instance("track_script {\n s\n}") + SCRIPT.replace("/bin", "/gone"))
    assert rules(gone) == ["unknown-track-script", "track-script-disabled"]


def test_a_script_is_tracked_once() -> None:
    loaded = read(SCRIPT + instance("track_script {\n s weight 3\n s weight 5\n}"))
    assert only(loaded).rule == "duplicate-track-script"
    assert [line.weight for line in loaded.config.vrrp_instances[0].track_script] == [3]


def test_the_first_of_two_scripts_of_a_name_is_meant() -> None:
    loaded = read(SCRIPT + SCRIPT.replace("/bin/x", "/bin/y") + instance("track_script {\n s\n}"))
    assert only(loaded).rule == "duplicate-script"
    assert [script.script.argv for script in loaded.config.vrrp_scripts] == [("/bin/x",)]


def test_a_script_that_nobody_tracks_is_a_note() -> None:
    assert rules(read(SCRIPT + instance())) == ["unused-script"]


# The same for scripts, files, processes and BFD sessions


def lines(list_: str, *names: str) -> str:
    return f"{list_} {{\n" + "\n".join(names) + "\n}"


def names(loaded: Loaded, list_: str) -> list[str]:
    return [line.name for line in getattr(loaded.config.vrrp_instances[0], list_)]


@pytest.mark.parametrize("list_", DEFINITIONS)
def test_what_is_defined_is_tracked(list_: str) -> None:
    loaded = read(DEFINITIONS[list_] + instance(lines(list_, "s")))
    assert (mistakes(loaded), names(loaded, list_)) == ([], ["s"])


@pytest.mark.parametrize("list_", DEFINITIONS)
def test_a_name_that_is_not_defined_is_told_at_its_line_and_the_others_stay(list_: str) -> None:
    definition = DEFINITIONS[list_].replace(" s ", " check ")
    loaded = read(definition + instance(lines(list_, "chek weight 3", "check")))
    found = mistake(loaded)
    assert (found.rule, found.half, place(found)) == (UNKNOWN.get(list_, "unknown-track"), Half.VRRP, (8, 1, 5))
    assert (found.suggestion, names(loaded, list_)) == ("did you mean check?", ["check"])


@pytest.mark.parametrize("list_", DEFINITIONS)
def test_a_definition_that_comes_later_is_told_with_its_line(list_: str) -> None:
    loaded = read(instance(lines(list_, "s")) + DEFINITIONS[list_])
    found = next(found for found in loaded.diagnostics if found.rule == UNKNOWN.get(list_, "unknown-track"))
    assert (place(found)[0], names(loaded, list_)) == (5, [])
    assert found.message.endswith("it is defined only in line 11: ignored")
    assert found.suggestion.startswith("move the ")


def test_a_definition_in_a_file_that_is_included_later_comes_later_too() -> None:
    text = instance(lines("track_script", "s")) + "include other\n"
    assert mistakes(read(text, other=SCRIPT)) == ["unknown-track-script"]
    assert mistakes(read("include other\n" + instance(lines("track_script", "s")), other=SCRIPT)) == []


@pytest.mark.parametrize("list_", DEFINITIONS)
def test_a_name_is_tracked_once(list_: str) -> None:
    loaded = read(DEFINITIONS[list_] + instance(lines(list_, "s weight 3", "s weight 5")))
    found = mistake(loaded)
    assert (found.rule, place(found)) == (TWICE.get(list_, "duplicate-track"), (9, 1, 2))
    assert [line.weight for line in getattr(loaded.config.vrrp_instances[0], list_)] == [3]


@pytest.mark.parametrize("list_", [name for name in DEFINITIONS if name != "track_bfd"])
def test_what_nobody_tracks_is_a_note(list_: str) -> None:
    found = mistake(read(DEFINITIONS[list_] + instance()))
    rule = "unused-script" if list_ == "track_script" else "unused-definition"
    assert (found.rule, place(found)[:2]) == (rule, (1, 1))
    assert found.message.endswith("is tracked by no instance")


def test_a_bfd_session_that_nobody_tracks_is_still_a_session() -> None:
    assert mistakes(read(DEFINITIONS["track_bfd"] + instance())) == []


@pytest.mark.parametrize("list_", DEFINITIONS)
def test_the_first_of_two_definitions_of_a_name_is_meant(list_: str) -> None:
    second = DEFINITIONS[list_].replace("/x", "/y").replace("process x", "process y").replace(".9\n", ".10\n")
    loaded = read(DEFINITIONS[list_] + second + instance(lines(list_, "s")))
    found = mistake(loaded)
    rule = "duplicate-script" if list_ == "track_script" else "duplicate-name"
    assert (found.rule, place(found)[0], found.suggestion) == (rule, 4, "give it another name")
    config = loaded.config
    kept = {
        "track_script": [one.script.argv for one in config.vrrp_scripts],
        "track_file": [one.file for one in config.track_files],
        "track_process": [one.process for one in config.vrrp_track_processes],
        "track_bfd": [one.neighbor_ip for one in config.bfd_instances],
    }
    assert kept[list_] == [
        {"track_script": ("/bin/x",), "track_file": "/tmp/x", "track_process": ("x",)}.get(list_, "10.9.0.9")
    ]


@pytest.mark.parametrize("list_", DEFINITIONS)
def test_a_sync_group_tracks_by_the_same_rules(list_: str) -> None:
    members = instance() + instance(name="VI_2", vrid="52", vips="10.9.0.2")
    group = f"vrrp_sync_group G {{\n group {{\n VI_1 VI_2\n }}\n {lines(list_, 's', 'other')}\n}}\n"
    loaded = read(DEFINITIONS[list_] + members + group)
    (sync,) = loaded.config.vrrp_sync_groups
    assert UNKNOWN.get(list_, "unknown-track") in mistakes(loaded)
    # A file has a weight of its own, and what is weighted is not tracked in a group.
    expected: list[str] = [] if list_ == "track_file" else ["s"]
    assert [line.name for line in getattr(sync, list_)] == expected


def test_a_tracked_file_of_an_old_name_is_one_too() -> None:
    text = DEFINITIONS["track_file"].replace("track_file", "vrrp_track_file")
    loaded = read(text + instance(lines("track_file", "s")))
    assert (mistakes(loaded), names(loaded, "track_file")) == (["deprecated-keyword"], ["s"])


# Weights


@pytest.mark.parametrize(
    ("words", "expected"), [("", (None, None)), ("weight -5", (-5, None)), ("weight 5 reverse", (5, True))]
)
@pytest.mark.parametrize("list_", DEFINITIONS)
def test_a_line_may_have_a_weight_of_its_own(list_: str, words: str, expected: tuple[int | None, bool | None]) -> None:
    loaded = read(DEFINITIONS[list_] + instance(lines(list_, f"s {words}")))
    (line,) = getattr(loaded.config.vrrp_instances[0], list_)
    assert ((line.weight, line.reverse), mistakes(loaded)) == (expected, [])


@pytest.mark.parametrize(("list_", "limit"), [("track_file", 254), ("track_process", 254), ("track_bfd", 253)])
def test_a_weight_that_can_not_be_leaves_that_of_the_definition(list_: str, limit: int) -> None:
    loaded = read(DEFINITIONS[list_] + instance(lines(list_, f"s weight {limit + 1}")))
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("bad-value", (8, 10, 13))
    assert [line.weight for line in getattr(loaded.config.vrrp_instances[0], list_)] == [None]
    assert mistakes(read(DEFINITIONS[list_] + instance(lines(list_, f"s weight -{limit}")))) == []


def test_a_script_weighs_what_is_left_of_one_that_is_just_too_much() -> None:
    loaded = read(SCRIPT + instance(lines("track_script", "s weight 254")))
    assert [line.weight for line in loaded.config.vrrp_instances[0].track_script] == [253]


# Definitions


def test_bounds_of_a_process_leave_a_number_between_them() -> None:
    text = "vrrp_track_process s {\n process x\n quorum 3\n quorum_max 2\n}\n"
    loaded = read(text + instance(lines("track_process", "s")))
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("bad-value", (4, 2, 14))
    assert (loaded.config.vrrp_track_processes[0].quorum, loaded.config.vrrp_track_processes[0].quorum_max) == (3, None)


@pytest.mark.parametrize("most", ["0", "3"])
def test_there_may_have_to_be_no_process_or_just_as_many(most: str) -> None:
    text = f"vrrp_track_process s {{\n process x\n quorum 3\n quorum_max {most}\n}}\n"
    loaded = read(text + instance(lines("track_process", "s")))
    assert (mistakes(loaded), loaded.config.vrrp_track_processes[0].quorum_max) == ([], int(most))


def session(name: str, neighbor: str, *extra: str) -> str:
    return f"bfd_instance {name} {{\n neighbor_ip {neighbor}\n" + "".join(f" {line}\n" for line in extra) + "}\n"


def test_both_ends_of_a_session_are_of_one_family() -> None:
    loaded = read(session("a", "10.9.0.9", "source_ip fd00::1") + session("b", "fd00::9", "source_ip fd00::1"))
    found = mistake(loaded)
    assert (found.rule, place(found), found.half) == ("bfd-family", (3, 2, 19), Half.BOTH)
    assert [one.name for one in loaded.config.bfd_instances] == ["b"]


@pytest.mark.parametrize(
    ("second", "lost"),
    [((), True), (("source_ip 10.9.0.1",), False), (("multihop",), False)],
)
def test_two_sessions_differ_in_an_end_or_in_their_hops(second: tuple[str, ...], lost: bool) -> None:
    loaded = read(session("a", "10.9.0.9") + session("b", "10.9.0.9", *second))
    assert mistakes(loaded) == (["duplicate-name"] if lost else [])
    assert len(loaded.config.bfd_instances) == (1 if lost else 2)
    if lost:
        assert place(mistake(loaded)) == (5, 2, 22)


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("vrrp_script s {\n}\n", "script"),
        ("track_file s {\n}\n", "file"),
        ("vrrp_track_process s {\n}\n", "process"),
        ("bfd_instance s {\n}\n", "neighbor_ip"),
    ],
)
def test_a_definition_without_what_it_is_about_is_lost(text: str, needed: str) -> None:
    found = mistake(read(text))
    assert (found.rule, found.suggestion, place(found)[0]) == ("missing-keyword", f"add {needed}", 1)


def test_a_bfd_session_has_a_name_of_at_most_thirty_one_characters() -> None:
    assert mistakes(read(session("n" * 32, "10.9.0.9"))) == ["bad-block"]
    assert mistakes(read(session("n" * 31, "10.9.0.9"))) == []


# What is not used follows from what is wrong with the lines


@pytest.mark.parametrize(
    "wrong",
    [
        "track_script check",
        "track_script {\n check weight\n}",
        "track_script {\n check weight x\n}",
        "track_script {\n chek\n}",
    ],
)
def test_a_script_that_a_wrong_line_meant_is_not_called_unused(wrong: str) -> None:
    loaded = read(SCRIPT.replace(" s ", " check ") + instance(wrong))
    assert mistakes(loaded) != []
    assert "unused-script" not in mistakes(loaded)


def test_names_that_are_far_from_all_others_leave_a_script_unused() -> None:
    loaded = read(SCRIPT + instance(lines("track_script", "check")))
    assert mistakes(loaded) == ["unused-script", "unknown-track-script"]
    assert loaded.diagnostics[-1].suggestion == "there is only s"
