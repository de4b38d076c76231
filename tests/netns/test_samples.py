"""The sample configurations in conf/: real keepalived reads each without a word, kad without a warning.

Not here: what they do when they run (test_kad.py).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.box import Box
from tests.config.test_cases import NOT_YET
from tests.corpus.compare import headlines
from tests.corpus.machine import KAD, ask, ask_keepalived, machine
from tests.peers import peer

CONF = Path(__file__).parents[2] / "conf"
SAMPLES = sorted(path.name for path in CONF.glob("*.conf"))


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A machine with the interfaces that the samples name."""
    with machine(tmp_path_factory.mktemp("machine"), ["eth0", "eth1"], ()) as made:
        yield made


@pytest.mark.parametrize("name", SAMPLES)
def test_keepalived_reads_a_sample_without_a_word(name: str, host: Box) -> None:
    said = ask_keepalived(host, CONF, [name], peer("usr/sbin/keepalived"))[name]
    assert (said.status, said.text.strip()) == (0, "")


@pytest.mark.parametrize("name", SAMPLES)
def test_kad_reads_a_sample_without_an_error_or_a_warning(name: str, host: Box) -> None:
    said = ask(host, CONF, [*KAD, name])
    found = [line for line in headlines(said.text) if not any(f"[{rule}]" in line for rule in NOT_YET)]
    assert (said.status, found) == (0, [])


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_says_in_its_first_lines_what_the_other_node_has(name: str) -> None:
    comments = [line for line in (CONF / name).read_text().splitlines() if line.startswith("#")]
    assert any(words in line for line in comments for words in ("second node", "other one", "on both")), comments
