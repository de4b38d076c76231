"""The cases in cases/: NAME.conf is read without a word, NAME.bad.conf gives what NAME.bad.txt shows.

The last line of a .txt has the exit statuses: of -t, and of a start of both halves, of -P and of -C. To see what a
case gives now, run this file: `python -m tests.config.test_cases NAME`.
"""

import sys
from pathlib import Path

import pytest

from kad.config import diagnostics
from kad.config.load import Loaded, load
from tests.config.texts import Memory, World

HERE = Path(__file__).parent / "cases"
SAMPLES = Path(__file__).parents[2] / "conf"
CASES = sorted(HERE.glob("*.conf"))


def loaded(file: Path) -> Loaded:
    files = {path.name: path.read_text(encoding="utf-8", errors="surrogateescape") for path in HERE.glob("*")}
    return load(file.name, Memory({**files, **{f"./{name}": text for name, text in files.items()}}), World())


def shown(result: Loaded) -> str:
    """The diagnostics as they are drawn, and the exit statuses."""
    found = result.diagnostics
    modes = {"start": (True, True), "-P": (True, False), "-C": (False, True)}
    statuses = [f"-t {diagnostics.test_status(found)}"]
    for name, (vrrp, checker) in modes.items():
        statuses.append(f"{name} {diagnostics.start_status(found, vrrp=vrrp, checker=checker)}")
    return f"{diagnostics.render(found)}\n{', '.join(statuses)}\n"


def test_there_are_cases() -> None:
    assert len(CASES) > 5


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_case_gives_exactly_its_diagnostics(file: Path) -> None:
    result = loaded(file)
    if file.stem.endswith(".bad"):
        assert shown(result) == file.with_suffix(".txt").read_text(encoding="utf-8")
    else:
        assert diagnostics.render(result.diagnostics) == ""


def test_every_expectation_has_its_case() -> None:
    assert {file.stem for file in HERE.glob("*.txt")} == {file.stem for file in CASES if file.stem.endswith(".bad")}


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("*.conf")), ids=lambda file: file.stem)
def test_the_sample_configurations_are_right(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    result = load(file.name, Memory({file.name: text}), World())
    assert diagnostics.render(result.diagnostics) == ""
    assert result.config.vrrp_instances


if __name__ == "__main__":
    sys.stdout.write(shown(loaded(HERE / f"{sys.argv[1]}.conf")))
