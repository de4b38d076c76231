"""The law of the printed configuration: read again, it is equal, and nothing is wrong with it that was not before."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kad.config.diagnostics import Severity
from kad.config.load import Loaded, load
from kad.config.printing import written
from tests.config.schema.contexts import configuration
from tests.config.test_cases import CASES, SAMPLES, loaded
from tests.config.texts import Memory, World, instance, read, rules, service

SEEDS = 400
BATCH = 20


def broken(before: Loaded) -> tuple[bool, set[str]]:
    """Whether a configuration reads back as another one, and which rules only its printed form breaks."""
    after = read(written(before.config))
    known = {rule.id for found in before.diagnostics for rule in found.broken}
    return after.config != before.config, {
        rule.id for found in after.diagnostics for rule in found.broken if rule.severity > Severity.NOTE
    } - known


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_what_was_understood_of_a_case_reads_back_as_it_is(file: Path) -> None:
    assert broken(loaded(file)) == (False, set())


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("*.conf")), ids=lambda file: file.stem)
def test_the_sample_configurations_read_back_as_they_are(file: Path) -> None:
    assert broken(load(file.name, Memory({file.name: file.read_text()}), World())) == (False, set())


@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_any_configuration_of_good_words_reads_back_as_it_is(first: int) -> None:
    seeds = range(first, first + BATCH)
    assert {seed: found for seed in seeds if (found := broken(read(configuration(seed)))) != (False, set())} == {}


def test_the_law_can_be_broken() -> None:
    config = read(instance("priority 7")).config
    assert read(written(config)).config == config
    assert read(written(config).replace("priority 7", "priority 8")).config != config
    assert "bad-value" in rules(read(written(config).replace("priority 7", "priority none")))


def test_defaults_are_printed_and_what_comes_from_elsewhere_is_not() -> None:
    text = written(read(instance() + service()).config)
    assert "\n    advert_int 1\n" in text
    assert "\n    lb_kind NAT\n" in text
    assert "garp_master_delay" not in text.partition("vrrp_instance")[2]


def test_blocks_come_with_their_names_and_lists_with_their_options() -> None:
    text = written(read(instance(vips="10.9.0.1/24 dev eth1 label eth1:x")).config)
    assert "vrrp_instance VI_1 {\n" in text
    assert "    virtual_ipaddress {\n        10.9.0.1/24 dev eth1 label eth1:x\n    }\n" in text


def test_the_owner_of_a_script_is_printed_as_its_own_keyword() -> None:
    text = "vrrp_script chk {\n script \"/bin/x 'a b'\"\n user bob staff\n}\n" + instance("track_script {\n chk\n}")
    printed = written(read(text).config)
    assert "    script \"/bin/x 'a b'\"\n" in printed
    assert "    user bob staff\n" in printed


def test_words_with_marks_blanks_and_braces_are_quoted() -> None:
    config = read(service('virtualhost "a {b} #c"')).config
    assert '    virtualhost "a {b} #c"\n' in written(config)
    assert read(written(config)).config == config


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters='"$\n\0')))
def test_any_word_that_a_file_can_hold_reads_back_as_it_is(word: str) -> None:
    config = read(service()).config
    server = replace(config.virtual_servers[0], virtualhost=word)
    config = replace(config, virtual_servers=(server,))
    assert read(written(config)).config == config


def test_a_line_that_looks_like_the_preprocessors_is_quoted() -> None:
    text = 'vrrp_script "@x" {\n script /bin/x\n}\n' + instance('track_script {\n "@x"\n}')
    config = read(text).config
    assert config.vrrp_instances[0].track_script[0].name == "@x"
    assert read(written(config)).config == config
