"""The cases in cases/: NAME.conf has no mistake, NAME.bad.conf gives what NAME.bad.txt shows.

They are the documentation of the diagnostics: each file has one kind of mistake, says in its first lines what is wrong
and what keepalived does, and is as small as a real file with this mistake can be. What they include are .inc files.

The last line of a .txt has the exit statuses: of -t, and of a start of both halves, of -P and of -C. To see what a
case gives now, run `python -m tests.config.test_cases NAME.bad`; to write all expectations anew, with --write.
"""

import re
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from kad.config import diagnostics
from kad.config.diagnostics import MOST, RULES
from kad.config.load import Loaded, load
from tests.config.texts import Memory, World

HERE = Path(__file__).parent / "cases"
SAMPLES = Path(__file__).parents[2] / "conf"
CASES = sorted(HERE.glob("*.conf"))
BAD = [file for file in CASES if file.stem.endswith(".bad")]
REFUSED = {"unreadable.inc": "is not readable"}
"""Files that are there and can't be included, and why."""

NOT_YET = ("not-acted-on", "not-run-yet")
"""What kad reads in a right file, but does not do yet, is no mistake in it."""

WITHOUT_A_CASE = {
    "no-config": "it is what is said when there is no file at all",
    "more-mistakes": "it takes more mistakes than anybody wants to read; a test below makes them",
    "too-much": "it takes a line or a file of more characters than anybody wants to read; test_scan.py makes them",
}
"""Rules that no case shows, and why."""


@cache
def loaded(file: Path) -> Loaded:
    return load(file.name, Memory(_files(), refused={f"./{name}": why for name, why in REFUSED.items()}), World())


@cache
def _files() -> dict[str, str]:
    """All files beside each other, as a name alone and as one that was found from an include."""
    paths = [path for path in HERE.iterdir() if path.suffix in (".conf", ".inc")]
    files = {path.name: path.read_text(encoding="utf-8", errors="surrogateescape") for path in paths}
    return {**files, **{f"./{name}": text for name, text in files.items()}}


def shown(result: Loaded) -> str:
    """The diagnostics as they are drawn, and the exit statuses."""
    found = result.diagnostics
    modes = {"start": (True, True), "-P": (True, False), "-C": (False, True)}
    statuses = [f"-t {diagnostics.test_status(found)}"]
    for name, (vrrp, checker) in modes.items():
        statuses.append(f"{name} {diagnostics.start_status(found, vrrp=vrrp, checker=checker)}")
    return f"{diagnostics.render(found)}\n{', '.join(statuses)}\n"


def mistakes(result: Loaded) -> str:
    """What is wrong, as it is drawn; not what kad does not do yet."""
    return diagnostics.render([found for found in result.diagnostics if found.rule not in NOT_YET])


def rules_in(expectations: Iterable[str]) -> set[str]:
    """The rules that these texts show."""
    mark = re.compile(r"^(?:error|warning|note)\[([a-z0-9-]+)\]", re.MULTILINE)
    return {rule for text in expectations for rule in mark.findall(text)}


def test_there_are_cases() -> None:
    assert len(BAD) >= 75


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_case_gives_exactly_its_diagnostics(file: Path) -> None:
    result = loaded(file)
    if file.stem.endswith(".bad"):
        assert shown(result) == file.with_suffix(".txt").read_text(encoding="utf-8")
    else:
        assert mistakes(result) == ""


def test_every_expectation_has_its_case() -> None:
    assert {file.stem for file in HERE.glob("*.txt")} == {file.stem for file in BAD}


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_case_shows_a_mistake_and_begins_with_what_is_wrong(file: Path) -> None:
    text = file.read_text(encoding="utf-8", errors="surrogateescape")
    assert text.startswith("# ")
    assert loaded(file).diagnostics


def test_every_rule_is_shown_by_a_case_or_has_a_reason_not_to_be() -> None:
    shown_rules = rules_in(file.with_suffix(".txt").read_text(encoding="utf-8") for file in BAD)
    assert set(RULES) - shown_rules - set(WITHOUT_A_CASE) == set()
    assert shown_rules & set(WITHOUT_A_CASE) == set()


def test_a_file_that_is_not_there_is_told_as_that() -> None:
    assert shown(loaded(HERE / "nothing.conf")) == (
        "error[no-config]: can't read the configuration nothing.conf: No such file or directory\n"
        "\n"
        "-t 4, start 6, -P 6, -C 6\n"
    )


def test_ten_thousand_mistakes_are_bounded_and_the_worst_are_shown() -> None:
    lines = "\n".join(f"    priorty {number}" for number in range(10_000))
    text = f"vrrp_instance VI_1 {{\n{lines}\n    interface lo\n    virtual_router_id 51\n}}\n"
    result = load("many.conf", Memory({"many.conf": text}), World())
    assert len(result.diagnostics) <= MOST + 5
    rendered = diagnostics.render(result.diagnostics)
    assert "error[loopback-interface]" in rendered
    assert rendered.endswith("more mistakes are not listed\n")
    assert len(rendered) < 100_000


def test_addresses_in_the_cases_are_those_of_documentation() -> None:
    allowed = re.compile(r"127\.0\.0\.1|192\.0\.2\.|233\.252\.0\.|255\.255\.|2001:db8:|fe80::")
    strange = {
        word
        for text in _files().values()
        for word in re.findall(r"(?<![\w.:])(?:\d+\.\d+\.\d+\.[\d$]|[0-9a-f]{4}:[0-9a-f]{0,4}:)\S*", text)
        if not allowed.match(word)
    }
    assert strange == set()


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("*.conf")), ids=lambda file: file.stem)
def test_the_sample_configurations_are_right(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    result = load(file.name, Memory({file.name: text}), World())
    assert mistakes(result) == ""
    assert result.config.vrrp_instances


def _write() -> None:
    """Write what each case gives now, beside it."""
    for file in BAD:
        file.with_suffix(".txt").write_text(shown(loaded(file)), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1] == "--write":
        _write()
    else:
        sys.stdout.write(shown(loaded(HERE / f"{sys.argv[1].removesuffix('.bad')}.bad.conf")))
