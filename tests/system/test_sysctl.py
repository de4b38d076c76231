"""Settings of interfaces: set while they are wanted, then as they were."""

from pathlib import Path

import pytest

from kad.system import sysctl
from kad.system.sysctl import Before, Setting, Settings

ONE, TWO = Setting(4, "eth0", "arp_ignore"), Setting(6, "eth0", "disable_ipv6")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kernel with two settings."""
    monkeypatch.setattr(sysctl, "_ROOT", tmp_path)
    for setting in (ONE, TWO):
        setting.path.parent.mkdir(parents=True)
        setting.path.write_text("0\n")
    return tmp_path


def test_what_is_no_longer_wanted_is_as_it_was_and_whoever_takes_over_knows_it(root: Path) -> None:
    told: list[Before] = []
    settings = Settings(lambda before: told.append(dict(before)))
    settings.follow({ONE: "1", TWO: "1"})
    assert (sysctl.read(ONE), sysctl.read(TWO), told) == ("1", "1", [{ONE: "0", TWO: "0"}])
    settings.follow({TWO: "1"})
    assert (sysctl.read(ONE), sysctl.read(TWO), told[-1]) == ("0", "1", {TWO: "0"})
    settings.follow({})
    assert (sysctl.read(TWO), told[-1]) == ("0", {})
    assert root.exists()


def test_what_is_right_already_is_not_changed_and_not_told(root: Path) -> None:
    told: list[Before] = []
    Settings(told.append).follow({ONE: "0"})
    assert told == []
    assert root.exists()


@pytest.mark.usefixtures("root")
def test_what_somebody_else_changed_in_the_meantime_stays() -> None:
    settings = Settings(lambda _: None)
    settings.follow({ONE: "1"})
    ONE.path.write_text("2\n")
    settings.follow({})
    assert sysctl.read(ONE) == "2"


@pytest.mark.usefixtures("root")
def test_what_a_dead_process_had_changed_is_restored_by_its_successor() -> None:
    Settings(lambda _: None).follow({ONE: "1"})
    successor = Settings(lambda _: None)
    successor.inherit({ONE: "0"})
    successor.follow({ONE: "1"})
    assert sysctl.read(ONE) == "1"
    successor.follow({})
    assert sysctl.read(ONE) == "0"


@pytest.mark.usefixtures("root")
def test_a_setting_that_is_not_there_is_no_matter() -> None:
    missing = Setting(4, "eth9", "arp_ignore")
    settings = Settings(lambda _: None)
    settings.follow({missing: "1"})
    settings.follow({})
    sysctl.write(missing, "1")
    assert sysctl.read(missing) is None
