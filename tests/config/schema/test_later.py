"""Keywords that keepalived has and kad does not act on yet: told as what they are, each with what follows from it."""

import pytest

from kad.config import diagnostics
from kad.config.config import Config
from kad.config.diagnostics import refuses_reload, start_status
from kad.config.drafts import Schema, schema_of, tag
from kad.config.fields import Block, Lines
from kad.config.schema.later import CHECKS, ENDING, INNER, LATER, UNICAST, VALUED
from tests.config.texts import instance, only, read, rules, service


def _schemas(schema: Schema) -> dict[str, Schema]:
    """Each block that kad knows, by its title."""
    found = {schema.title: schema}
    for word, entry in schema.entries.items():
        match entry.declaration:
            case Block(types=types):
                for type_ in types:
                    if len(types) == 1 or tag(type_) == word:
                        found |= _schemas(schema_of(type_, word))
            case Lines(type=type_):
                found |= _schemas(schema_of(type_, word))
            case _:
                pass
    return found


SCHEMAS = _schemas(schema_of(Config, ""))


@pytest.mark.parametrize("title", LATER)
def test_a_word_that_kad_declares_is_not_listed_as_a_later_one(title: str) -> None:
    assert LATER[title]
    assert LATER[title].isdisjoint(SCHEMAS[title].entries)


def test_words_with_a_meaning_of_their_own_are_listed() -> None:
    assert LATER["real_server"] >= CHECKS
    assert LATER["vrrp_instance"] >= ENDING | UNICAST
    assert LATER["virtual_ipaddress"] >= VALUED
    assert LATER[""] >= INNER
    assert LATER["vrrp_instance"] >= INNER


def test_a_line_that_kad_does_not_act_on_yet_is_told_as_such_and_skipped() -> None:
    loaded = read(instance("debug 3\npriority 90"))
    found = only(loaded)
    assert (found.rule, found.message, found.suggestion) == (
        "not-supported-yet",
        "kad does not act on debug yet: the line is skipped",
        "",
    )
    assert loaded.config.vrrp_instances[0].priority == 90


def test_a_block_that_kad_does_not_act_on_yet_is_skipped_without_a_guess() -> None:
    found = only(read(instance("track_interface {\n eth1\n}")))
    assert (found.message, found.suggestion) == ("kad does not act on track_interface yet: the block is skipped", "")


def test_what_keepalived_accepts_does_not_fail_a_test_nor_a_start_nor_a_reload() -> None:
    text = "vrrp_sync_group G {\n group {\n  VI_1\n }\n track_file {\n  f\n }\n}\n" + instance("use_vmac")
    found = read(text).diagnostics
    assert [one.rule for one in found] == ["not-supported-yet"] * 2
    assert (diagnostics.test_status(found), start_status(found, vrrp=True, checker=True)) == (0, 0)
    assert not refuses_reload(found, vrrp=True, checker=True)


def test_an_unknown_keyword_may_have_meant_one_that_comes_later() -> None:
    assert only(read(instance("unicast_per {\n}"))).suggestion == "did you mean unicast_peer?"


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_a_check_that_is_not_made_is_told_with_what_follows(check: str) -> None:
    found = only(read(service(server=f"{check} {{\n connect_timeout 3\n}}")))
    consequence = "the server is not checked by it, and without another check counts as up"
    assert found.message == f"kad does not act on {check} yet: {consequence}"


def test_an_option_of_an_address_takes_its_value_along() -> None:
    loaded = read(instance(vips="10.9.0.1 peer 10.9.0.9 noprefixroute dev eth1"))
    assert rules(loaded) == ["not-supported-yet"] * 2
    assert loaded.config.vrrp_instances[0].virtual_ipaddress[0].device == "eth1"


@pytest.mark.parametrize(
    ("extra", "rule", "word"),
    [
        ("unicast_peer {\n 10.9.0.8\n}", "unicast-instance", "unicast_peer"),
        ("unicast_src_ip 10.9.0.7\nunicast_peer {\n 10.9.0.8\n}\nunicast_ttl 6", "unicast-instance", "unicast_peer"),
        ("auth_hmac {\n key 1 x\n active_key 1\n}", "auth-hmac", "auth_hmac"),
    ],
)
def test_an_instance_that_would_be_a_second_master_is_lost_alone(extra: str, rule: str, word: str) -> None:
    loaded = read(instance(extra) + instance(name="VI_2", vrid="52", vips="10.9.0.2"))
    found = only(loaded)
    assert (found.rule, found.span and found.span.text.split()[0]) == (rule, word)
    assert [one.name for one in loaded.config.vrrp_instances] == ["VI_2"]
    mine = loaded.diagnostics
    assert (diagnostics.test_status(mine), start_status(mine, vrrp=True, checker=True)) == (0, 0)
    assert refuses_reload(mine, vrrp=True, checker=True)
    assert not refuses_reload(mine, vrrp=False, checker=True)


def test_a_unicast_source_alone_does_not_end_an_instance() -> None:
    loaded = read(instance("unicast_src_ip 10.9.0.7"))
    assert (rules(loaded), len(loaded.config.vrrp_instances)) == (["not-supported-yet"], 1)


def test_a_later_block_that_was_left_open_loses_nothing_but_itself() -> None:
    loaded = read("vrrp_sync_group G {\n group {\n VI_1\n }\n" + instance())
    assert rules(loaded) == ["unbalanced-braces", "not-supported-yet"]
    assert len(loaded.config.vrrp_instances) == 1


def test_a_later_block_ends_one_that_lacks_its_brace() -> None:
    loaded = read("vrrp_instance VI_1\ninterface eth0\nvirtual_router_id 51\nstatic_routes {\n x\n}\n")
    assert rules(loaded) == ["missing-brace", "no-vip", "not-supported-yet"]
