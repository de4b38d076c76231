"""Five thousand configurations that nobody would write, every day.

A failure names the number; to see one again: `python -m tests.fuzz --number N`, with `--reference` as it was here.
"""

import resource
import time

import pytest

from kad.config import printing
from kad.config.config import Config
from kad.config.diagnostics import Diagnostic, Span
from kad.config.load import Loaded, load
from kad.config.memory import Memory as Kept
from kad.config.reader import Facts, Reader
from tests.config.texts import MAIN, Memory
from tests.fuzz import check
from tests.fuzz.__main__ import REFERENCE, again, corpus_of
from tests.fuzz.check import fault
from tests.fuzz.mutate import Case, Sources, case, gathered, mutated, sources

COUNT = 5000
CHUNK = 100
MEMORY = 150_000
"""Kilobytes that the highest use of memory may grow by over a chunk."""


@pytest.fixture(scope="module")
def given() -> Sources:
    return sources(corpus_of(REFERENCE))


@pytest.mark.parametrize("first", range(0, COUNT, CHUNK))
def test_no_text_makes_kad_raise_or_hang_or_point_nowhere(first: int, given: Sources) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    faults = {number: said for number in range(first, first + CHUNK) if (said := fault(case(number, given)))}
    assert not faults, "\n".join(f"{again(number, REFERENCE)}\n{said}" for number, said in faults.items())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY


def test_a_number_always_gives_the_same_text() -> None:
    few = gathered(["a {\n b c\n}\n", "d e\n"])
    assert [mutated(number, few) for number in range(50)] == [mutated(number, few) for number in range(50)]
    assert len({mutated(number, few) for number in range(50)}) > 40


GIVEN = Case("vrrp_instance A {\n interface eth0\n virtual_router_id 1\n}\n", "", "")


def test_nothing_is_wrong_with_a_plain_text() -> None:
    assert fault(GIVEN) == ""


def test_an_exception_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(check, "load", broken)
    assert "ValueError: broken" in fault(GIVEN)


def test_a_text_that_takes_long_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "SECONDS_A_PIECE", 0.0)
    assert "of processor time" in fault(GIVEN)


def test_a_text_that_never_ends_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "HANGS", 0.05)
    monkeypatch.setattr(check, "load", lambda *_: time.sleep(5))
    assert "still reading" in fault(GIVEN)


def test_a_place_outside_the_text_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for span in (Span("other", 1, 1, 2, ""), Span(MAIN, 9, 1, 2, ""), Span(MAIN, 1, 0, 2, ""), Span(MAIN, 1, 5, 2, "")):
        wrong = Diagnostic(rule="bad-value", message="", span=span)
        monkeypatch.setattr(check, "load", lambda *_, wrong=wrong: Loaded(config=Config(), diagnostics=(wrong,)))
        assert "[bad-value] points" in fault(GIVEN)


def test_printing_something_else_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "written", lambda _: "")
    assert fault(GIVEN).endswith("printed and read again there is another vrrp_instances")


def test_remembering_something_else_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(path: str, reader: Reader, facts: Facts, *, memory: Kept | None = None) -> Loaded:
        return load(path, Memory({MAIN: ""}) if memory else reader, facts)

    monkeypatch.setattr(check, "load", forgetful)
    assert fault(GIVEN) == "with what was kept of the text before it is another configuration"
