"""The command line where nothing is started: options, statuses, what is said where."""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kad import __version__, cli, start
from kad.errors import ExitCode
from kad.system import privileges

CLEAN = "global_defs {\n    vrrp_version 3\n}\n"
UNKNOWN = "global_defs {\n    vrrp_verson 3\n}\n"


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """A start holds signals back, and a command that soon ends collects no garbage; the test runner wants its own."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    gc.enable()


def file(directory: Path, text: str) -> str:
    path = directory / "kad.conf"
    path.write_text(text)
    return str(path)


def test_a_clean_file_is_silent_and_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["-t", "-f", file(tmp_path, CLEAN)]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_mistake_is_shown_on_standard_error_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file(tmp_path, UNKNOWN)
    assert cli.main(["-t", "-f", path]) == 5
    out, err = capsys.readouterr()
    assert out == ""
    assert f"--> {path}:2:5\n" in err
    assert "did you mean vrrp_version?" in err


def test_findings_are_appended_to_a_file_when_one_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, log = file(tmp_path, UNKNOWN), tmp_path / "log"
    for _ in range(2):
        assert cli.main([f"--config-test={log}", "-f", path]) == 5
    assert log.read_text().count("vrrp_verson") == 4  # in the message and in the line, twice
    assert capsys.readouterr().err == ""


def test_a_file_for_the_findings_that_can_not_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["-t/no/such/dir/log", "-f", file(tmp_path, CLEAN)]) == 4
    assert capsys.readouterr().err == "kad: can't write /no/such/dir/log: No such file or directory\n"


def test_the_word_after_a_bare_t_is_no_file_to_write_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file(tmp_path, UNKNOWN)
    with pytest.raises(SystemExit) as ended:
        cli.main(["-t", path])
    assert ended.value.code == 1
    assert "unrecognized arguments" in capsys.readouterr().err
    assert Path(path).read_text() == UNKNOWN


@pytest.mark.parametrize("kind", ["fifo", "directory", "device"])
def test_a_configuration_that_is_no_regular_file_is_told_at_once(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "conf"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    else:
        path = Path("/dev/zero")
    assert cli.main(["-t", "-f", str(path)]) == 4
    assert "can't read the configuration" in capsys.readouterr().err


def test_a_configuration_larger_than_any_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "conf"
    with path.open("wb") as huge:
        huge.truncate(3 * 2**30)
    assert cli.main(["-t", "-f", str(path)]) == 4
    assert "larger than 64 MiB" in capsys.readouterr().err


def test_a_missing_file_does_not_pass_the_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["-t", "-f", str(tmp_path / "none")]) == 4
    assert "No such file" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--nonsense"], ["-S", "9"], ["-S", "x"], ["-f"]])
def test_a_command_line_that_can_not_be_understood_is_one(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(argv)
    assert ended.value.code == 1
    assert "kad: " in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["-v"]) == 0
    assert f"kad v{__version__}" in capsys.readouterr().err


def test_without_its_capabilities_nothing_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privileges, "held", lambda: frozenset({"NET_ADMIN"}))
    assert cli.main(["-n", "-f", file(tmp_path, CLEAN)]) == 4
    assert capsys.readouterr().err == "kad: must be run as root, or with CAP_NET_RAW\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="without root the missing rights are told first")
def test_a_log_file_that_can_not_be_opened_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["-n", "-G", "-g", "/no/such/dir/log", "-f", file(tmp_path, CLEAN)]) == 1
    assert capsys.readouterr().err == "kad: can't log to /no/such/dir/log: No such file or directory\n"


def kad(*words: str, output: int, encoding: str = "") -> subprocess.CompletedProcess[bytes]:
    """Run the command by itself: what becomes of its output is about the process."""
    environment = {**os.environ, **({"PYTHONIOENCODING": encoding} if encoding else {})}
    return subprocess.run(
        [sys.executable, "-m", "kad", *words], stdout=output, stderr=subprocess.PIPE, env=environment, check=False
    )


def test_a_reader_that_has_seen_enough_is_nothing_to_talk_about() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = kad("explain", "--unsupported", output=writer)
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (1, b"")


def test_a_full_disk_is_told_in_a_sentence() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        ended = kad("explain", "--unsupported", output=full.fileno())
    assert (ended.returncode, ended.stderr) == (1, b"kad: can't write: No space left on device\n")


def test_letters_that_the_terminal_does_not_have_are_shown_as_their_numbers(tmp_path: Path) -> None:
    ended = kad("lint", file(tmp_path, "caf\u00e9\n"), output=subprocess.PIPE, encoding="ascii")
    assert (ended.returncode, ended.stderr) == (5, b"")
    assert b'there is no keyword "caf\\xe9"' in ended.stdout


def test_a_pipe_that_nobody_reads_is_no_file_for_the_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert cli.main([f"-t{tmp_path / 'pipe'}", "-f", file(tmp_path, UNKNOWN)]) == ExitCode.CONFIG_TEST_FAILED
    assert capsys.readouterr().err.startswith(f"kad: can't write {tmp_path / 'pipe'}: ")


def test_a_start_in_a_directory_that_is_gone_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    before = os.getcwd()
    os.chdir(gone)
    try:
        gone.rmdir()
        ended = start._start(cli._parser().parse_args(["-f", "kad.conf"]), start.FULL)
    finally:
        os.chdir(before)
    assert ended == ExitCode.FATAL
    assert capsys.readouterr().err.startswith("kad: the working directory is gone")
