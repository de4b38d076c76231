"""The names of iproute2's tables, and which interfaces are VRFs, as this machine has them."""

from pathlib import Path

import pytest

from kad.system import files
from kad.system.files import Host


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two empty directories of tables, of which the first one counts; the first of them."""
    first, second = tmp_path / "etc", tmp_path / "usr"
    (first / "rt_tables.d").mkdir(parents=True)
    second.mkdir()
    monkeypatch.setattr(files, "TABLES", (str(first), str(second)))
    return first


def test_a_name_has_the_number_of_its_line(tables: Path) -> None:
    (tables / "rt_dsfield").write_text("# comment\n0x00\tdefault\n0x28 AF11 # assured\nbroken\nx y\n")
    assert [Host().number("rt_dsfield", name) for name in ("AF11", "default", "comment", "y")] == [0x28, 0, None, None]


def test_files_beside_a_table_add_to_it(tables: Path) -> None:
    (tables / "rt_tables").write_text("254 main\n")
    (tables / "rt_tables.d" / "own.conf").write_text("100 blue\n")
    (tables / "rt_tables.d" / "own.txt").write_text("101 red\n")
    assert [Host().number("rt_tables", name) for name in ("main", "blue", "red")] == [254, 100, None]


def test_a_table_that_is_not_there_is_looked_for_in_the_next_directory(tables: Path) -> None:
    (tables.parent / "usr" / "group").write_text("7 wan\n")
    assert Host().number("group", "wan") == 7
    (tables / "group").write_text("0 default\n")
    assert Host().number("group", "wan") is None


def test_transport_protocols_have_the_names_of_the_system() -> None:
    assert Host().number("protocols", "no-such-protocol") is None


def test_the_loopback_interface_and_what_is_not_there_are_no_vrf() -> None:
    assert not Host().is_vrf("lo")
    assert not Host().is_vrf("no-such-one")
