"""Where a diagnostic points to: line and column, however deep it is, and whoever shares the text that it is about."""

import pytest

from kad.config.diagnostics import Diagnostic
from tests.config.texts import OWN, instance, mistake, place, read, service


def told(text: str, **files: str) -> list[tuple[str, int, int]]:
    """What was written wrong, and in which line and column."""
    found = [found for found in read(text, **files).diagnostics if found.rule not in OWN]
    return [(one.rule, *place(one)[:2]) for one in found]


def marked(found: Diagnostic) -> str:
    """The part of the line that is underlined."""
    assert found.span is not None
    return found.span.text[found.span.column - 1 : found.span.end - 1]


CHECK = """
        HTTP_GET {
            url {
                path /
                status_code 42
            }
            connect_timeout x
        }"""


def test_in_blocks_in_blocks_each_word_has_its_place() -> None:
    loaded = read(service(server=CHECK))
    assert [(place(found), marked(found)) for found in loaded.diagnostics] == [
        ((11, 29, 31), "42"),
        ((13, 29, 30), "x"),
    ]


def farm(*servers: str) -> str:
    """A virtual server; its first real server begins in line 5."""
    return (
        "virtual_server 10.9.0.2 80 {\n    protocol TCP\n    lb_algo rr\n    lb_kind NAT\n" + "".join(servers) + "}\n"
    )


def server(number: int, *lines: str) -> str:
    body = "".join(f"        {line}\n" for line in lines)
    return f"    real_server 10.9.1.{number} 80 {{\n{body}    }}\n"


def test_in_a_body_that_is_shared_each_block_has_its_own_complaint() -> None:
    text = farm(*(server(number, "weight x", "TCP_CHECK {", "    retry y", "}") for number in (1, 22, 3)))
    assert told(text) == [
        ("bad-value", line, column) for first in (5, 11, 17) for line, column in ((first + 1, 16), (first + 3, 19))
    ]


def test_in_a_body_that_is_shared_between_services_too() -> None:
    one = service(server="weight x")
    assert told(one + "\n" + one.replace("10.9.0.2", "10.9.0.3")) == [("bad-value", 7, 16), ("bad-value", 17, 16)]


def test_a_rule_that_runs_later_finds_the_place_in_a_block_that_was_copied() -> None:
    text = farm(*(server(number, "weight 3", "notify_up /gone/x") for number in (1, 22, 3)))
    loaded = read(text)
    assert told(text) == [("script-disabled", 7, 9), ("script-disabled", 11, 9), ("script-disabled", 15, 9)]
    assert [marked(found) for found in loaded.diagnostics] == ["notify_up /gone/x"] * 3


def test_a_rule_finds_a_check_in_a_block_that_was_copied() -> None:
    misc = ("weight 3", "MISC_CHECK {", "    misc_path /gone/x", "}")
    assert told(farm(server(1, *misc), server(22, *misc))) == [("script-disabled", 8, 13), ("script-disabled", 14, 13)]


def test_the_header_of_a_block_whose_body_is_shared_is_its_own() -> None:
    text = farm(server(1, "weight 3"), server(2, "weight 3"), server(2, "weight 3"))
    assert [(rule, line) for rule, line, _ in told(text)] == [("duplicate-real-server", 11)]


LISTS = "    virtual_ipaddress {\n        10.9.0.7\n        10.9.0.8 dev eth9\n    }\n"


def test_a_line_of_a_list_in_a_shared_block_has_its_own_place() -> None:
    head = "vrrp_instance {name} {{\n    interface eth0\n    virtual_router_id {vrid}\n"
    text = "".join(head.format(name=name, vrid=vrid) + LISTS + "}\n" for name, vrid in (("A", 1), ("B", 2)))
    assert told(text) == [
        ("unknown-interface", 6, 22),
        ("shared-vip", 13, 9),
        ("unknown-interface", 14, 22),
    ]


def test_in_a_list_that_is_written_twice_each_line_has_its_place() -> None:
    text = instance("virtual_ipaddress {\n10.9.0.7 dev eth9\n}", vips="10.9.0.8 dev eth8\n10.9.0.9")
    assert told(text) == [("unknown-interface", 5, 14), ("unknown-interface", 8, 22)]


def test_in_a_block_that_is_written_twice_each_keyword_has_its_place() -> None:
    text = instance("authentication {\n auth_type PASS\n}\nauthentication {\n auth_pass 123456789\n}")
    assert told(text) == [("auth-pass-cut", 8, 12)]
    text = "global_defs {\n}\n\nglobal_defs {\n  lvs_sync_daemon eth0 X\n}\n"
    assert told(text) == [("unknown-sync-instance", 5, 24)]


def test_what_stands_beside_a_brace_has_its_place_in_each_block() -> None:
    loaded = read(farm("    real_server 10.9.1.1 80 { weight x }\n", "    real_server 10.9.1.22 80 { weight x }\n"))
    assert [(place(found), marked(found)) for found in loaded.diagnostics] == [
        ((5, 38, 39), "x"),
        ((6, 39, 40), "x"),
    ]


def test_blocks_in_one_line_have_their_places() -> None:
    assert told("global_defs { foo } foo bar\nglobal_defs { } foo {\n x }\n") == [
        ("unknown-keyword", 1, 15),
        ("unknown-keyword", 1, 21),
        ("unknown-keyword", 2, 17),
    ]


def test_a_brace_in_a_later_line_does_not_move_what_is_in_it() -> None:
    assert told("global_defs\n\n{\n  foo\n}\n") == [("unknown-keyword", 4, 3)]


def test_a_brace_without_a_keyword_does_not_move_what_is_in_it() -> None:
    assert told("global_defs {\n  {\n    foo\n  }\n  bar\n}\n") == [
        ("unexpected-brace", 2, 3),
        ("unknown-keyword", 3, 5),
        ("unknown-keyword", 5, 3),
    ]


# Blocks that were left open


def test_a_block_hoisted_out_of_one_that_was_left_open_keeps_its_places() -> None:
    text = instance().rstrip()[:-1] + instance("priority x", name="VI_2", vrid="52", vips="10.9.0.2 foo") + "}\n"
    assert told(text) == [
        ("unbalanced-braces", 1, 1),
        ("bad-value", 11, 14),
        ("unknown-option", 13, 18),
    ]


def test_a_block_hoisted_out_of_a_list_keeps_its_places() -> None:
    text = (
        instance().replace("    }\n}\n", "") + instance("priority x", name="VI_2", vrid="52", vips="10.9.0.2") + "}}\n"
    )
    assert told(text)[1:] == [("bad-value", 10, 14)]


def test_a_block_hoisted_out_of_a_shared_one_keeps_its_places() -> None:
    inner = "vrrp_script s {\n    script /bin/x\n    fall x\n}"
    text = farm(server(1, *inner.split("\n")), server(2, *inner.replace("s {", "t {").split("\n")))
    found = [one for one in told(text) if one[0] == "bad-value"]
    assert found == [("bad-value", 8, 18), ("bad-value", 14, 18)]


def test_the_lines_of_a_block_without_its_brace_keep_their_places() -> None:
    text = "\n" + instance("priority x").replace("VI_1 {", "VI_1")
    assert told(text) == [("missing-brace", 2, 1), ("bad-value", 5, 14)]


# Files and definitions


def test_a_block_that_goes_on_in_another_file_has_places_in_both() -> None:
    loaded = read(
        "vrrp_instance A {\n    interface eth0\n    include rest\n    foo\n}\n", rest="  bar\n  virtual_router_id 0\n"
    )
    found = [(one.rule, one.span and one.span.path, *place(one)[:2]) for one in loaded.diagnostics]
    assert found == [
        ("unknown-keyword", "/etc/kad.conf", 4, 5),
        ("unknown-keyword", "/etc/rest", 1, 3),
        ("no-vrid", "/etc/rest", 2, 21),
    ]


def test_what_is_wrong_with_a_definition_is_told_where_it_is_used_and_where_it_comes_from() -> None:
    found = mistake(read("$P=300\n" + instance("priority $P nice")[:-1].replace(" nice", "") + "\n"))
    assert (found.rule, place(found), marked(found)) == ("bad-value", (5, 14, 16), "$P")
    assert found.span is not None
    assert found.span.through == ("$P is defined in /etc/kad.conf:1",)


@pytest.mark.parametrize("blanks", ["", "\t", "  \t  "])
def test_tabs_count_as_the_one_character_that_they_are(blanks: str) -> None:
    found = mistake(read(f"global_defs {{\n{blanks}foo\tbar\n}}\n"))
    assert (place(found)[:2], marked(found)) == ((2, len(blanks) + 1), "foo")


# Blocks that share their text are not one block


def test_values_do_not_leak_between_blocks_that_share_their_text() -> None:
    text = farm(*(server(number, "weight 3", "TCP_CHECK {", "    retry 2", "}") for number in (1, 22)))
    (one,) = read(text).config.virtual_servers
    first, second = one.real_servers
    assert (first.address, second.address) == ("10.9.1.1", "10.9.1.22")
    assert (first.weight, first.checks) == (second.weight, second.checks)


def test_what_a_rule_does_to_one_of_two_equal_blocks_stays_there() -> None:
    text = farm(server(1, "weight 3").replace("1 80 {", "1 {"))
    loaded = read(text + text.replace("10.9.0.2 80", "10.9.0.3 8080"))
    assert [one.real_servers[0].port for one in loaded.config.virtual_servers] == [80, 8080]
    assert [one.real_servers[0].weight for one in loaded.config.virtual_servers] == [3, 3]


def test_a_keyword_that_failed_in_one_block_did_not_fail_in_its_neighbour() -> None:
    text = farm(server(1, "HTTP_GET {", "    url {", "    }", "}"), server(2, "HTTP_GET {", "}"))
    assert [(rule, line) for rule, line, _ in told(text) if rule == "missing-keyword"][-1:] == [("missing-keyword", 12)]
    both = "vrrp_instance A {\n    virtual_router_id\n}\nvrrp_instance B {\n}\n"
    assert [(rule, line) for rule, line, _ in told(both)] == [
        ("no-interface", 1),
        ("missing-argument", 2),
        ("no-vrid", 4),
        ("no-interface", 4),
    ]


def test_equal_text_in_different_blocks_means_what_it_means_there() -> None:
    text = instance("track_script {\n    s weight 5\n}\ntrack_interface {\n    eth1 weight 5\n}")
    loaded = read("vrrp_script s {\n script /bin/x\n weight 5\n}\ntrack_file weight {\n file 5\n weight 5\n}\n" + text)
    (one,) = loaded.config.vrrp_instances
    assert (one.track_script[0].weight, one.track_interface[0].weight) == (5, 5)
    assert (loaded.config.vrrp_scripts[0].weight, loaded.config.track_files[0].weight) == (5, 5)
