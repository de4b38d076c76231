"""What happens to the text before it is parsed: include, and lines that are for kad alone."""

from kad.config.load import load
from kad.config.preprocess import DEEPEST
from tests.config.texts import MAIN, Memory, World, instance, only, read, rules


def names(text: str, **files: str) -> list[str]:
    return [one.name for one in read(text, **files).config.vrrp_instances]


def test_an_included_file_counts_as_if_it_stood_there() -> None:
    text = instance(name="A", vrid="1", vips="10.0.0.1") + "include b.conf\n" + instance(name="C", vrid="3")
    assert names(text, b_conf=instance(name="B", vrid="2", vips="10.0.0.2")) == ["A", "B", "C"]


def test_include_works_inside_a_block_and_its_name_ends_at_a_comment() -> None:
    loaded = read(instance("include more # here"), more="priority 7\n")
    assert loaded.config.vrrp_instances[0].priority == 7
    assert rules(loaded) == []


def test_a_pattern_includes_all_that_it_matches_in_order() -> None:
    text = "include sites_*\n"
    a, b = instance(name="A", vrid="1"), instance(name="B", vrid="2", vips="10.9.0.2")
    memory = Memory({MAIN: text, "/etc/sites_b": b, "/etc/sites_a": a})
    assert [one.name for one in load(MAIN, memory, World()).config.vrrp_instances] == ["A", "B"]


def test_a_relative_name_starts_at_the_directory_of_the_including_file() -> None:
    memory = Memory({MAIN: "include sub/one\n", "/etc/sub/one": "include two\n", "/etc/sub/two": instance()})
    assert len(load(MAIN, memory, World()).config.vrrp_instances) == 1
    assert memory.asked == [("sub/one", "/etc"), ("two", "/etc/sub")]


def test_a_mistake_in_an_included_file_is_told_with_its_place_there() -> None:
    found = only(read("include b.conf\n", b_conf="\nfoo\n"))
    assert found.span is not None
    assert (found.span.path, found.span.line, found.span.text) == ("/etc/b.conf", 2, "foo")


def test_mistakes_come_file_by_file() -> None:
    loaded = read("include b.conf\nfoo\n", b_conf="bar\n")
    assert [found.span.path for found in loaded.diagnostics if found.span] == [MAIN, "/etc/b.conf"]


def test_a_file_that_includes_itself_is_read_once() -> None:
    found = only(read(instance() + "include kad.conf\n"))
    assert (found.rule, found.message) == ("include-loop", f"{MAIN} is not included: it is being read already")


def test_a_loop_over_two_files_ends() -> None:
    assert rules(read("include b.conf\n", b_conf="include kad.conf\n")) == ["include-loop"]


def test_a_file_may_be_included_twice_in_a_row() -> None:
    assert rules(read("include b.conf\ninclude b.conf\n", b_conf="# nothing\n")) == []


def test_files_in_files_end_at_a_bound() -> None:
    chain = {f"/etc/{number}": f"include {number + 1}\n" for number in range(1, DEEPEST + 500)}
    loaded = load(MAIN, Memory({MAIN: "include 1\n", **chain}), World())
    assert rules(loaded) == ["include-loop"]


def test_an_include_without_a_match_is_told_and_hurts_nothing() -> None:
    loaded = read("include nothing.conf\n" + instance())
    found = only(loaded)
    assert (found.rule, found.span and found.span.column) == ("include-missing", 9)
    assert len(loaded.config.vrrp_instances) == 1


def test_an_include_without_a_name_is_told() -> None:
    assert rules(read("include  # what\n")) == ["include-missing"]


def test_a_pattern_that_stands_for_millions_of_names_is_not_expanded() -> None:
    memory = Memory({MAIN: "include " + "{a,b,c,d,e,f,g,h,i,j}" * 8 + "\n"})
    assert rules(load(MAIN, memory, World())) == ["include-missing"]
    assert memory.asked == []


def test_a_file_that_can_not_be_read_is_told() -> None:
    class Secret(Memory):
        def read(self, path: str) -> str:
            if path == "/etc/b.conf":
                raise PermissionError(13, "Permission denied")
            return super().read(path)

    loaded = load(MAIN, Secret({MAIN: "include b.conf\n", "/etc/b.conf": ""}), World())
    assert only(loaded).message == "can't read /etc/b.conf: Permission denied: not included"


def test_a_main_file_that_can_not_be_read_is_a_diagnostic_too() -> None:
    loaded = load("/etc/none.conf", Memory({}), World())
    assert only(loaded).rule == "no-config"
    assert loaded.config.vrrp_instances == ()


def test_lines_for_kad_are_read_with_their_columns_right() -> None:
    assert read(instance("@kad priority 7")).config.vrrp_instances[0].priority == 7
    found = only(read(instance("@kad priority 700")))
    assert found.span is not None
    assert (found.span.text, found.span.column) == ("    @kad priority 700", 19)


def test_kad_may_have_includes_of_its_own() -> None:
    assert len(read("@kad include b.conf\n", b_conf=instance()).config.vrrp_instances) == 1


def test_lines_for_all_but_kad_are_skipped() -> None:
    loaded = read(instance("priority 7\n@^kad priority 8"))
    assert loaded.config.vrrp_instances[0].priority == 7
    assert rules(loaded) == []


def test_lines_that_are_not_supported_yet_get_one_diagnostic_each() -> None:
    loaded = read("$A=1\n@host1 include x\n~SEQ(A, 1, 2) foo $A\n" + instance())
    assert rules(loaded) == ["not-supported-yet"] * 3
    assert len(loaded.config.vrrp_instances) == 1


def test_a_last_line_without_an_end_is_a_line() -> None:
    assert rules(read("include")) == ["unknown-keyword"]
    assert rules(read("include b.conf", b_conf="foo")) == ["unknown-keyword"]
