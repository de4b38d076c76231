"""A named pipe that lines are told to."""

import os
import stat
from pathlib import Path

import pytest

from kad.system.fifo import Fifo
from kad.system.scripts import Identity

WHO = Identity(os.geteuid(), os.getegid())


def read(path: Path) -> str:
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return os.read(fd, 1 << 20).decode()
    finally:
        os.close(fd)


def test_it_is_made_for_its_owner_alone_and_removed_with_the_end(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    fifo = Fifo(str(path), WHO)
    status = path.stat()
    assert stat.S_ISFIFO(status.st_mode)
    assert stat.S_IMODE(status.st_mode) == 0o600
    fifo.write("one\n")
    fifo.write("two\n")
    assert read(path) == "one\ntwo\n"
    fifo.close()
    assert not path.exists()


def test_one_that_is_there_is_used_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    Fifo(str(path), WHO).close()
    assert path.exists()


def test_a_full_pipe_loses_whole_lines_says_so_once_and_counts_them_when_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    fifo = Fifo(str(path), WHO)
    line = "x" * 1000 + "\n"
    said = [fifo.write(line) for _ in range(80)]
    assert [one for one in said if one] == ["write error: Resource temporarily unavailable: lines are lost"]
    assert fifo.lost > 1
    lost = fifo.lost
    assert set(read(path).splitlines(keepends=True)) == {line}
    assert fifo.write("again\n") == f"{lost} lines were lost"
    assert fifo.write("more\n") == ""
    assert read(path) == "again\nmore\n"
    fifo.close()


def test_what_is_no_pipe_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("mine")
    with pytest.raises(OSError, match="is no named pipe"):
        Fifo(str(path), WHO)
    assert path.read_text() == "mine"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    with pytest.raises(OSError, match="symbolic links"):
        Fifo(str(tmp_path / "link"), WHO)


@pytest.mark.skipif(os.geteuid() != 0, reason="root is needed to give a pipe away")
def test_a_pipe_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    os.chown(path, 12345, 12345)
    with pytest.raises(OSError, match="belongs to somebody else"):
        Fifo(str(path), WHO)
    Fifo(str(path), Identity(12345, 12345)).close()
