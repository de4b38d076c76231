"""Statements to values by the schema's declarations: what every keyword and every block has in common."""

import pytest

from kad.config.diagnostics import Half, Severity
from kad.config.schema.script import Script
from kad.config.schema.vrrp_instance import InitialState, VrrpInstance
from kad.units import SECOND
from tests.config.texts import instance, mistake, mistakes, only, place, read, rules, service


def first(text: str) -> VrrpInstance:
    return read(text).config.vrrp_instances[0]


def test_a_block_has_the_defaults_that_keepalived_documents() -> None:
    one = first(instance())
    assert (one.priority, one.advert_int, one.nopreempt, one.state) == (None, SECOND, False, None)


def test_a_keyword_sets_its_field() -> None:
    one = first(instance("priority 90\nstate MASTER\nadvert_int 2\nlower_prio_no_advert"))
    assert (one.priority, one.state, one.advert_int) == (90, InitialState.MASTER, 2 * SECOND)
    assert one.lower_prio_no_advert is True


def test_an_unknown_keyword_is_told_with_the_nearest_one_and_the_rest_counts() -> None:
    loaded = read(instance("prioirty 90\nadvert_int 3"))
    found = only(loaded)
    assert (found.message, found.suggestion) == (
        'vrrp_instance has no keyword "prioirty": the line is ignored',
        "did you mean priority?",
    )
    assert (found.severity, found.half) == (Severity.WARNING, Half.VRRP)
    assert loaded.config.vrrp_instances[0].advert_int == 3 * SECOND


def test_an_unknown_block_is_skipped_as_a_unit() -> None:
    loaded = read(instance("foo {\n priority 7\n bar {\n x\n }\n}"))
    assert only(loaded).message == 'vrrp_instance has no keyword "foo": the whole block is skipped'
    assert loaded.config.vrrp_instances[0].priority is None
    assert len(loaded.config.vrrp_instances[0].virtual_ipaddress) == 1


def test_an_unknown_word_outside_of_all_blocks_is_told() -> None:
    assert only(read("foo bar\n")).message == 'there is no keyword "foo" outside a block: the line is ignored'


def test_a_missing_argument_is_told_at_the_keyword() -> None:
    found = only(read(instance("priority")))
    assert (found.rule, found.span and (found.span.line, found.span.column)) == ("missing-argument", (4, 5))


def test_a_few_keywords_without_their_argument_are_just_ignored_as_keepalived_does() -> None:
    assert mistakes(read("global_defs {\n router_id\n script_user\n}\n")) == ["missing-value"] * 2


def test_a_bad_value_is_ignored_or_replaced_as_keepalived_does() -> None:
    loaded = read(instance("version 4\npriority 300\npreempt_delay x"))
    assert [found.message.rpartition(": ")[2] for found in loaded.diagnostics] == [
        "ignored, as if it were not there",
        "100 is used",
        "0 s is used",
    ]
    assert (first(instance("priority 300")).priority, first(instance("version 4")).version) == (100, None)


@pytest.mark.parametrize(
    ("lines", "instead"),
    [
        ("advert_int x", "ignored, 1 s is used"),
        ("advert_int 3\nadvert_int x", "ignored, that of line 4 stays"),
        ("mcast_src_ip x", "ignored, as if it were not there"),
    ],
)
def test_a_bad_value_that_is_ignored_says_what_counts_instead(lines: str, instead: str) -> None:
    assert only(read(instance(lines))).message.endswith(f": {instead}")


def test_a_bad_choice_that_is_ignored_says_what_is_used() -> None:
    message = only(read(service().replace("NAT", "dr"))).message
    assert message == 'lb_kind "dr" is none of NAT, DR, TUN: ignored, NAT is used'
    message = only(read("global_defs {\n vrrp_lower_prio_no_advert x\n}")).message
    assert message.endswith(": ignored, off is used")


def test_a_weight_out_of_range_is_used_and_what_that_comes_to_is_told() -> None:
    loaded = read("vrrp_script s {\n script /bin/x\n weight 300\n}\n" + instance("track_script {\n s\n}"))
    consequence = "it is used, but the effective priority is held to 1 to 254"
    assert only(loaded).message == f"weight: 300 is outside -253 to 253: {consequence}"
    assert loaded.config.vrrp_scripts[0].weight == 300


def test_an_unknown_state_means_backup() -> None:
    assert only(read(instance("state FOO"))).message == 'state "FOO" is none of MASTER, BACKUP: BACKUP is used'
    assert first(instance("state FOO")).state is InitialState.BACKUP


SPARE = instance().rstrip()[:-1] + "".join(
    instance(name=f"VI_{number}", vrid=str(number), vips=f"10.9.1.{number}") for number in range(2, 7)
)


def test_a_brace_too_few_and_one_too_many_at_the_end_is_one_mistake_of_the_block_left_open() -> None:
    loaded = read(SPARE + "}\n")
    found = only(loaded)
    assert (found.rule, found.span and found.span.line) == ("unbalanced-braces", 1)
    assert found.message == "vrrp_instance VI_1 is never closed: vrrp_instance VI_2 in line 8 can't stand in it"
    assert found.suggestion == "put a } before line 8, and remove the one in line 48"
    assert len(loaded.config.vrrp_instances) == 6


def test_each_block_left_open_is_told_when_their_braces_stand_at_the_end() -> None:
    text = instance().rstrip()[:-1] + instance(name="VI_2", vrid="52", vips="10.9.0.2").rstrip()[:-1]
    loaded = read(text + instance(name="VI_3", vrid="53", vips="10.9.0.3") + "}\n}\n")
    assert [found.span and found.span.line for found in loaded.diagnostics] == [1, 8]
    assert rules(loaded) == ["unbalanced-braces"] * 2


def test_a_block_put_into_another_one_is_no_brace_left_out() -> None:
    script = "vrrp_script s {\n script /bin/x\n}"
    assert rules(read(instance(script))) == ["missing-brace", "unused-script"]


def test_words_too_many_are_a_note() -> None:
    found = only(read(instance("priority 90 91 92")))
    assert (found.severity, found.span and (found.span.column, found.span.end)) == (Severity.NOTE, (17, 22))


def test_a_flag_with_a_value_is_set_all_the_same_and_that_is_told() -> None:
    loaded = read(instance("nopreempt off"))
    assert only(loaded).message == "nopreempt is a flag and takes no value: it is set, whatever stands after it"
    assert loaded.config.vrrp_instances[0].nopreempt


def test_the_last_of_two_settings_counts() -> None:
    loaded = read(instance("priority 90\npriority 91"))
    assert only(loaded).message == "priority was set before: this one counts (line 4)"
    assert loaded.config.vrrp_instances[0].priority == 91


def test_saying_the_same_twice_is_nothing() -> None:
    assert rules(read(instance("priority 90\npriority 90"))) == []


def test_the_first_of_two_scripts_counts() -> None:
    loaded = read(instance('notify "/bin/a"\nnotify "/bin/b"'))
    assert only(loaded).rule == "already-set"
    assert loaded.config.vrrp_instances[0].notify == Script(argv=("/bin/a",))


def test_preempt_undoes_nopreempt() -> None:
    assert not first(instance("nopreempt\npreempt")).nopreempt


def test_backup_after_master_is_ignored() -> None:
    assert rules(read(instance("state MASTER\nstate BACKUP"))) == ["already-set"]
    assert first(instance("state MASTER\nstate BACKUP")).state is InitialState.MASTER
    assert first(instance("state BACKUP\nstate MASTER")).state is InitialState.MASTER


def test_an_alias_is_as_good_as_the_name() -> None:
    loaded = read(service("lvs_sched wrr\nlvs_method DR").replace("lb_algo rr", "").replace("lb_kind NAT", ""))
    assert (loaded.config.virtual_servers[0].lb_algo, loaded.config.virtual_servers[0].lb_kind) == ("wrr", "DR")
    assert rules(loaded) == []


def test_a_deprecated_name_works_and_is_told() -> None:
    loaded = read(service(server="HTTP_GET {\n nb_get_retry 3\n url {\n path /\n }\n}"))
    found = only(loaded)
    assert (found.rule, found.suggestion) == ("deprecated-keyword", "write retry")
    assert loaded.config.virtual_servers[0].real_servers[0].checks[0].retry == 3


# Blocks


def test_a_block_without_what_it_needs_is_dropped_with_one_diagnostic() -> None:
    loaded = read(service(server="HTTP_GET {\n retry 1\n}"))
    assert mistake(loaded).message == "HTTP_GET has no url: it is lost"
    assert loaded.config.virtual_servers[0].real_servers[0].checks == ()


def test_a_required_value_that_is_impossible_is_one_diagnostic_at_the_value() -> None:
    loaded = read(instance(vrid="0"))
    found = only(loaded)
    assert (found.rule, found.span and found.span.column) == ("no-vrid", 23)
    assert loaded.config.vrrp_instances == ()


def test_a_required_value_that_is_set_again_wrongly_stays() -> None:
    loaded = read(instance("virtual_router_id 0"))
    assert only(loaded).rule == "bad-value"
    assert loaded.config.vrrp_instances[0].virtual_router_id == 51


def test_mistakes_in_a_block_that_is_dropped_are_told_too() -> None:
    assert rules(read("vrrp_instance {\n prioirty 7\n}\n")) == ["bad-block", "unknown-keyword"]


def test_an_instance_has_just_one_name() -> None:
    assert rules(read(instance(name="A B"))) == ["bad-block"]
    assert read(instance(name="A B")).config.vrrp_instances == ()


def test_a_name_is_used_once() -> None:
    loaded = read(instance() + instance("priority 7", vrid="52"))
    assert only(loaded).message == "vrrp_instance VI_1 is defined already in line 1: this one is skipped"
    assert [one.priority for one in loaded.config.vrrp_instances] == [None]


def test_a_server_with_an_impossible_address_is_skipped_and_the_others_stay() -> None:
    other = "real_server 10.9.1.2 80 {\n}"
    loaded = read(service(other, server_head="www.example.org 80"))
    assert only(loaded).rule == "bad-block"
    assert [one.address for one in loaded.config.virtual_servers[0].real_servers] == ["10.9.1.2"]


def test_a_second_globals_block_adds_to_the_first() -> None:
    loaded = read("global_defs {\n router_id a\n}\nglobal_defs {\n vrrp_version 3\n}\n")
    assert (loaded.config.global_defs.router_id, loaded.config.global_defs.vrrp_version) == ("a", 3)


def test_a_keyword_that_opens_no_block_is_told_and_its_value_counts() -> None:
    loaded = read(instance("priority 90 {\n priority 7\n}"))
    assert only(loaded).rule == "bad-block"
    assert loaded.config.vrrp_instances[0].priority == 90


def test_a_block_without_its_brace_gets_what_follows_it() -> None:
    loaded = read(instance().replace("VI_1 {", "VI_1"))
    assert rules(loaded) == ["missing-brace"]  # the brace that closes it is no mistake of its own
    assert [one.virtual_router_id for one in loaded.config.vrrp_instances] == [51]
    loaded = read(instance().replace("VI_1 {", "VI_1") + "}\n")
    assert rules(loaded) == ["missing-brace", "unbalanced-braces"]


def test_a_block_without_anything_is_told_once() -> None:
    assert rules(read("vrrp_instance A\n" + instance())) == ["missing-brace"]
    assert rules(read(instance("authentication"))) == ["missing-brace"]
    assert rules(read(instance("track_script"))) == ["missing-brace"]


def test_a_block_left_open_does_not_swallow_the_next_one() -> None:
    loaded = read(instance(name="A", vrid="1").rstrip()[:-1] + instance(name="B", vrid="2", vips="10.9.0.2"))
    assert [one.name for one in loaded.config.vrrp_instances] == ["A", "B"]
    assert rules(loaded) == ["unbalanced-braces"]


def test_an_unknown_block_left_open_does_not_swallow_the_next_ones_however_deep() -> None:
    loaded = read("foo {\n bar {\n" + instance(name="A", vrid="1") + instance(name="B", vrid="2", vips="10.9.0.2"))
    assert [one.name for one in loaded.config.vrrp_instances] == ["A", "B"]
    assert rules(loaded) == ["unbalanced-braces", "unknown-keyword", "unbalanced-braces"]


def test_a_list_left_open_does_not_swallow_the_next_block() -> None:
    text = (
        instance(name="A", vrid="1").replace("    }\n}", "    ") + instance(name="B", vrid="2", vips="10.9.0.2") + "}}"
    )
    loaded = read(text)
    assert [one.name for one in loaded.config.vrrp_instances] == ["A", "B"]
    assert only(loaded).message.startswith("virtual_ipaddress is never closed: ")


def test_checks_keep_their_order_and_kind() -> None:
    loaded = read(
        service(server='MISC_CHECK {\n misc_path "/bin/x"\n}\nTCP_CHECK {\n}\nMISC_CHECK {\n misc_path /bin/y\n}')
    )
    checks = loaded.config.virtual_servers[0].real_servers[0].checks
    assert [type(one).__name__ for one in checks] == ["MiscCheck", "TcpCheck", "MiscCheck"]


def test_a_user_counts_wherever_it_stands() -> None:
    for text in ("user bob staff\nscript /bin/x", "script /bin/x\nuser bob staff"):
        loaded = read(f"vrrp_script s {{\n{text}\n}}\n" + instance("track_script {\n s\n}"))
        assert loaded.config.vrrp_scripts[0].script == Script(argv=("/bin/x",), user="bob", group="staff")


# Lists of lines


def test_a_line_has_options_in_any_order() -> None:
    (one,) = first(instance(vips="10.9.0.1/24 label eth0:1 dev eth1 brd + scope link")).virtual_ipaddress
    assert (one.address, one.prefix, one.device, one.broadcast, one.label, one.scope) == (
        "10.9.0.1", 24, "eth1", "+", "eth0:1", "link",
    )  # fmt: skip


def test_an_unknown_option_is_ignored_and_the_line_stays() -> None:
    loaded = read(instance(vips="10.9.0.1 labell x"))
    assert rules(loaded) == ["unknown-option"] * 2
    assert loaded.diagnostics[0].suggestion == "did you mean label?"
    assert len(loaded.config.vrrp_instances[0].virtual_ipaddress) == 1


@pytest.mark.parametrize(
    "line", ["10.9.0.1 dev", "10.9.0.1 dev eth0 dev eth1", "10.9.0.1 brd x", "foo", "10.9.0.1 label " + "x" * 16]
)
def test_a_line_with_a_bad_address_or_option_is_lost_alone(line: str) -> None:
    loaded = read(instance(vips=f"{line}\n10.9.0.2"))
    assert only(loaded).severity is Severity.ERROR
    assert [one.address for one in loaded.config.vrrp_instances[0].virtual_ipaddress] == ["10.9.0.2"]


def test_a_scope_that_is_none_is_ignored_and_the_line_stays() -> None:
    assert first(instance(vips="10.9.0.1 scope foo")).virtual_ipaddress[0].scope is None


def test_two_lists_are_one() -> None:
    one = first(instance("virtual_ipaddress {\n10.9.0.7\n}"))
    assert [line.address for line in one.virtual_ipaddress] == ["10.9.0.7", "10.9.0.1"]


def test_a_line_opens_no_block() -> None:
    assert rules(read(instance(vips="10.9.0.1 {\n x\n}"))) == ["bad-block"]


def test_a_tracked_script_may_be_weighted() -> None:
    script = "vrrp_script s {\n script /bin/x\n}\n"
    for words, expected in {
        "": (None, None),
        "weight 5 reverse": (5, True),
        "weight -3 noreverse": (-3, False),
    }.items():
        (line,) = first(script + instance(f"track_script {{\n s {words}\n}}")).track_script
        assert (line.weight, line.reverse) == expected


# Bytes


def test_bytes_that_are_no_utf_8_lose_their_line_only() -> None:
    text = instance("notify_master /bin/\udcff\npriority 7")
    loaded = read(text)
    assert only(loaded).rule == "not-utf-8"
    assert loaded.config.vrrp_instances[0].priority == 7


def test_bytes_in_a_comment_do_not_matter() -> None:
    assert rules(read("# \udcff\n" + instance())) == []


@pytest.mark.parametrize("word", ["vrrp_instance", "vrrp_script", "virtual_server"])
def test_a_block_whose_name_has_such_bytes_is_lost_and_the_others_stay(word: str) -> None:
    loaded = read(f"{word} \udcff 80 {{\n foo\n}}\n" + instance())
    found = only(loaded)
    assert (found.rule, place(found)[:2]) == ("not-utf-8", (1, len(word) + 2))
    assert found.message.endswith("the block is skipped")
    assert [one.name for one in loaded.config.vrrp_instances] == ["VI_1"]


def test_a_server_whose_line_has_such_bytes_is_lost_alone() -> None:
    loaded = read(service("real_server 10.9.1.9 \udcff {\n}"))
    assert only(loaded).rule == "not-utf-8"
    assert [one.address for one in loaded.config.virtual_servers[0].real_servers] == ["10.9.1.1"]


# Lists of values


@pytest.mark.parametrize(
    "text", ["global_defs {{\n notification_email {}\n}}\n", "garp_group {{\n interfaces {}\n garp_interval 1\n}}\n"]
)
def test_a_list_that_must_not_be_empty_is_told(text: str) -> None:
    assert "empty-block" in rules(read(text.format("{\n}")))
    assert "empty-block" not in rules(read(text.format("{\n eth0\n}")))


GROUP = "track_group G {{\n    group {}\n}}\n"


@pytest.mark.parametrize("values", ["{\n A\n B\n}", "{ A B }", "{\n A B\n}", "{\n A }"])
def test_values_may_stand_in_one_line_or_in_many(values: str) -> None:
    members = instance(name="A") + instance(name="B", vrid="52", vips="10.9.0.2")
    (group,) = read(members + GROUP.format(values)).config.track_groups
    assert group.group == (("A", "B") if "B" in values else ("A",))


def test_a_value_that_can_not_be_is_skipped_and_the_others_stay() -> None:
    loaded = read(f"garp_group {{\n garp_interval 1\n interfaces {{\n  eth0 {'x' * 16} eth1\n }}\n}}\n")
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("bad-line", (4, 8, 24))
    assert found.message.endswith(": it is skipped")
    assert loaded.config.garp_groups[0].interfaces == ("eth0", "eth1")


def test_a_list_needs_its_braces_and_no_words_before_them() -> None:
    assert mistakes(read(GROUP.format("A"))) == ["missing-brace", "empty-track-group"]
    loaded = read(instance() + GROUP.format("x y { VI_1 }"))
    assert (mistake(loaded).rule, place(mistake(loaded))) == ("extra-words", (10, 11, 14))


# Options


@pytest.mark.parametrize(
    ("line", "where"), [("10.9.0.1 label", (6, 18, 23)), ("10.9.0.1 scope", (6, 18, 23)), ("10.9.0.1 dev", (6, 18, 21))]
)
def test_an_option_without_its_value_takes_its_line_with_it(line: str, where: tuple[int, int, int]) -> None:
    loaded = read(instance(vips=f"{line}\n10.9.0.2"))
    found = only(loaded)
    assert (found.rule, place(found)) == ("missing-option-value", where)
    assert [one.address for one in loaded.config.vrrp_instances[0].virtual_ipaddress] == ["10.9.0.2"]


def test_a_name_is_not_taken_for_the_option_that_is_called_so() -> None:
    loaded = read("vrrp_script weight {\n script /bin/x\n}\n" + instance("track_script {\n weight weight 5\n}"))
    (line,) = loaded.config.vrrp_instances[0].track_script
    assert (line.name, line.weight) == ("weight", 5)


# Keywords that are told of


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("linkbeat_use_polling", "write linkbeat_interfaces"),
        ("lvs_sync_daemon_interface eth0", "write lvs_sync_daemon in global_defs"),
    ],
)
def test_an_obsolete_keyword_is_told_with_what_to_write_instead_and_counts(line: str, advice: str) -> None:
    loaded = read(instance(line))
    found = mistake(loaded)
    assert (found.rule, place(found)[:2]) == ("deprecated-keyword", (4, 5))
    assert advice in found.message + found.suggestion
    assert getattr(loaded.config.vrrp_instances[0], line.split(maxsplit=1)[0])


def test_a_second_block_takes_the_place_of_the_first_where_keepalived_does_that() -> None:
    loaded = read("SSL {\n password a\n ca x\n}\nSSL {\n password b\n}\n" + service())
    found = mistake(loaded)
    assert (found.rule, place(found)[:2]) == ("set-replaced", (5, 1))
    assert loaded.config.ssl is not None
    assert (loaded.config.ssl.password, loaded.config.ssl.ca) == ("b", None)


def test_a_name_outside_of_all_blocks_is_set_once() -> None:
    loaded = read("instance one\ninstance two\n")
    found = mistake(loaded)
    assert (found.rule, place(found), loaded.config.instance) == ("already-set", (2, 1, 9), "one")
    assert found.message.endswith("(line 1)")


def test_a_keyword_without_its_words_is_fatal_or_ignored_as_in_keepalived() -> None:
    assert mistakes(read("instance\n")) == ["missing-value"]
    assert mistakes(read("child_wait_time\n")) == ["missing-argument"]
