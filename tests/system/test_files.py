"""Pid files with their locks; which files an include pattern names."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kad.system.files import AlreadyRunning, Disk, Host, PidFile, read_key

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
        ("*.conf", ["a.conf", "b.conf", "directory.conf"]),
        ("a.conf", ["a.conf"]),
        ("[ab].conf", ["a.conf", "b.conf"]),
        ("../*/?.conf", ["a.conf", "b.conf"]),
        ("link", ["link"]),
        ("{a,b}.conf", []),
        ("none*", []),
    ],
)
def test_a_pattern_names_all_that_is_there_in_order(tmp_path: Path, pattern: str, names: list[str]) -> None:
    directory = tmp_path / "with [brackets]"
    directory.mkdir()
    for name in ("b.conf", "a.conf", "c.txt"):
        (directory / name).touch()
    (directory / "directory.conf").mkdir()
    (directory / "link").symlink_to("nowhere")
    assert [os.path.basename(path) for path in Disk().expand(pattern, str(directory))] == names


def test_only_plain_files_are_included(tmp_path: Path) -> None:
    (tmp_path / "plain").touch(mode=0o644)
    (tmp_path / "program").touch(mode=0o755)
    (tmp_path / "link").symlink_to("nowhere")
    os.mkfifo(tmp_path / "fifo")
    found = [Disk().refusal(str(tmp_path / name)) for name in ("plain", "", "program", "fifo", "link")]
    assert found[:4] == ["", "is a directory", "is executable", "is no regular file"]
    assert found[4] == "can't be read: No such file or directory"


def test_the_directory_of_a_file_is_absolute_and_has_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path)
    assert Disk().directory("link/kad.conf") == str(tmp_path / "real")
    assert Disk().directory("kad.conf") == str(tmp_path)


def test_the_environment_and_random_numbers_come_from_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAD_TEST", "a value")
    monkeypatch.delenv("KAD_NONE", raising=False)
    assert [Disk().environment("KAD_TEST"), Disk().environment("KAD_NONE")] == ["a value", None]
    assert {Disk().random(3, 5) for _ in range(200)} == {3, 4, 5}


def test_bytes_that_are_no_utf8_are_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"gr\xfc\xdfe\n")
    assert Disk().read(str(tmp_path / "latin")) == "gr\udcfc\udcdfe\n"


def test_the_loopback_interface_is_there() -> None:
    assert "lo" in Host().interfaces()


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        ("/bin/true", None),
        ("true", None),
        ("</no/such", None),
        ("/no/such", "not found"),
        ("no-such-program", "not found in PATH"),
    ],
)
def test_scripts_that_can_not_run_have_a_reason(program: str, problem: str | None) -> None:
    assert Host().script_problem(program) == problem


def test_a_directory_and_a_plain_file_are_no_scripts(tmp_path: Path) -> None:
    (tmp_path / "plain").touch(mode=0o644)
    assert Host().script_problem(str(tmp_path)) == "is no file"
    assert Host().script_problem(str(tmp_path / "plain")) == "is not executable"


def test_a_key_is_the_bytes_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"a\rb\xff\n")
    path.chmod(0o600)
    assert read_key(str(path)) == (b"a\rb\xff\n", False)
    path.chmod(0o640)
    assert read_key(str(path)).exposed
    with pytest.raises(IsADirectoryError):
        read_key(str(tmp_path))
