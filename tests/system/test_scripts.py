"""The user's commands: as whom they run, and with what."""

import os
import pwd
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from kad.config.schema.script import Script
from kad.system import scripts

ROOT = scripts.Identity(0, 0)
NOBODY = pwd.getpwnam("nobody")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")


def program(directory: Path, text: str) -> str:
    directory.chmod(0o755)
    path = directory / "script"
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def run(*argv: str, who: scripts.Identity | None = None) -> int:
    me = scripts.Identity(os.geteuid(), os.getegid())
    return scripts.start(Script(argv=argv), who or me).wait(timeout=10)


def test_arguments_arrive_as_they_are_written_no_shell_between(tmp_path: Path) -> None:
    script = program(tmp_path, '#!/bin/sh\nfor word; do echo "$word"; done >' + str(tmp_path / "out"))
    assert run(script, "a b", "$HOME;*") == 0
    assert (tmp_path / "out").read_text() == "a b\n$HOME;*\n"


def test_a_script_without_a_first_line_is_given_to_the_shell(tmp_path: Path) -> None:
    assert run(program(tmp_path, "exit 7\n")) == 7


def test_a_file_behind_an_arrow_is_only_opened(tmp_path: Path) -> None:
    file = tmp_path / "with 'quotes' and $HOME"
    file.write_text("exit 5\n")
    assert run(f"<{file}") == 0
    file.unlink()
    assert run(f"<{file}") != 0


def test_a_program_that_is_not_there_is_an_os_error() -> None:
    with pytest.raises(FileNotFoundError):
        run("/no/such/program")


def test_variables_that_could_change_what_runs_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/evil")
    monkeypatch.setenv("KEPT", "yes")
    assert run(program(tmp_path, '#!/bin/sh\n[ -z "$LD_LIBRARY_PATH" ] && [ "$KEPT" = yes ]')) == 0


@needs_root
def test_a_script_of_another_user_has_that_users_ids_and_no_groups_of_ours() -> None:
    test = f"[ \"$(id -u) $(id -G)\" = '{NOBODY.pw_uid} {NOBODY.pw_gid}' ]"
    assert run("/bin/sh", "-c", test, who=scripts.identity("nobody", None)) == 0
    assert run("/bin/sh", "-c", test) == 1


def test_names_and_numbers_both_name_a_user() -> None:
    assert scripts.identity("nobody", None) == scripts.identity(str(NOBODY.pw_uid), None)
    assert scripts.identity("nobody", "root") == scripts.Identity(NOBODY.pw_uid, 0)
    assert scripts.identity("root", "12345") == scripts.Identity(0, 12345)


@pytest.mark.parametrize(("user", "group"), [("nobody-such", None), ("root", "no-such"), ("99999999999", None)])
def test_an_unknown_user_or_group_is_told_by_name(user: str, group: str | None) -> None:
    with pytest.raises(scripts.Unknown, match=r"no-such|nobody-such|99999999999"):
        scripts.identity(user, group)


def test_ending_a_script_ends_its_children_too(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = program(tmp_path, f"#!/bin/sh\nsleep 600 & echo $! > {pids}\nwait")
    process = scripts.start(Script(argv=(script,)), scripts.Identity(os.geteuid(), os.getegid()))
    end = time.monotonic() + 10
    while not (pids.exists() and pids.read_text().strip()) and time.monotonic() < end:
        time.sleep(0.01)
    child = psutil.Process(int(pids.read_text()))
    scripts.signal_group(process.pid, kill=True)
    assert process.wait(timeout=10) == -signal.SIGKILL
    child.wait(timeout=10)
    scripts.signal_group(process.pid, kill=True)  # nobody there any more: no error


def test_a_script_does_not_get_our_descriptors(tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        assert run(program(tmp_path, f"#!/bin/sh\n[ ! -e /proc/self/fd/{file.fileno()} ]")) == 0
    assert subprocess.run(["true"], check=False).returncode == 0
