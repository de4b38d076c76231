"""Pid files with their locks; which files an include pattern names."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kad.system.files import AlreadyRunning, Disk, Host, PidFile

GONE = 2**22 - 7
"""A pid that no test machine has reached."""


def test_a_pid_file_that_somebody_holds_can_not_be_taken(tmp_path: Path) -> None:
    first = PidFile(str(tmp_path / "kad.pid"))
    first.write(os.getpid())
    with pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}"):
        PidFile(str(tmp_path / "kad.pid"))
    first.remove()
    PidFile(str(tmp_path / "kad.pid")).remove()


def test_a_stale_pid_file_is_taken_over_and_its_pid_told(tmp_path: Path) -> None:
    path = tmp_path / "kad.pid"
    path.write_text(f"{GONE}\n")
    pid_file = PidFile(str(path))
    assert pid_file.stale_pid == GONE
    pid_file.write(4711)
    assert path.read_text() == "4711\n"


def test_a_pid_that_now_belongs_to_another_program_is_stale(tmp_path: Path) -> None:
    path = tmp_path / "kad.pid"
    path.write_text(f"{os.getppid()}\n")
    assert PidFile(str(path)).stale_pid == os.getppid()


def test_a_live_keepalived_that_does_not_lock_its_file_is_found_by_its_pid(tmp_path: Path) -> None:
    program = tmp_path / "keepalived"
    program.symlink_to(sys.executable)
    process = subprocess.Popen([str(program), "-c", "print(flush=True); input()"], stdin=-1, stdout=-1)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        (tmp_path / "keepalived.pid").write_text(f"{process.pid}\n")
        with pytest.raises(AlreadyRunning):
            PidFile(str(tmp_path / "keepalived.pid"))
    finally:
        process.kill()
        process.wait()


def test_nonsense_in_a_pid_file_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "kad.pid"
    path.write_bytes(b"\0" * 1000)
    PidFile(str(path)).write(12)
    assert path.read_text() == "12\n"


def test_a_pid_file_is_not_written_through_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "kad.pid").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="symbolic links"):
        PidFile(str(tmp_path / "kad.pid"))


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.conf", ["a.conf", "b.conf"]),
        ("{a,b}.conf", ["a.conf", "b.conf"]),
        ("{a,z}.conf", ["a.conf"]),
        ("{b,{a,c}}.conf", ["a.conf", "b.conf"]),
        ("[ab].con{f,g}", ["a.conf", "b.conf"]),
        ("directory.d", []),
        ("{a.conf", []),
        ("{}.conf", []),
        ("none*", []),
    ],
)
def test_an_include_pattern_names_regular_files_in_order(tmp_path: Path, pattern: str, names: list[str]) -> None:
    for name in ("b.conf", "a.conf"):
        (tmp_path / name).touch()
    (tmp_path / "directory.d").mkdir()
    assert Disk().expand(pattern, str(tmp_path)) == [str(tmp_path / name) for name in names]


def test_bytes_that_are_no_utf8_are_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"gr\xfc\xdfe\n")
    assert Disk().read(str(tmp_path / "latin")) == "gr\udcfc\udcdfe\n"


def test_the_loopback_interface_is_there() -> None:
    assert "lo" in Host().interfaces()


@pytest.mark.parametrize(
    ("program", "problem"),
    [("/bin/true", None), ("true", None), ("/no/such", "not found"), ("no-such-program", "not found in PATH")],
)
def test_scripts_that_can_not_run_have_a_reason(program: str, problem: str | None) -> None:
    assert Host().script_problem(program) == problem


def test_a_directory_and_a_plain_file_are_no_scripts(tmp_path: Path) -> None:
    (tmp_path / "plain").touch(mode=0o644)
    assert Host().script_problem(str(tmp_path)) == "is no file"
    assert Host().script_problem(str(tmp_path / "plain")) == "is not executable"
