"""The pipes that notifications are told to, and the programs that read them."""

import os
import time
from pathlib import Path

import pytest

from kad.config.global_kinds import Pipe
from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.script import Script
from kad.runner.pipes import Pipes

READER = """#!/bin/sh
trap 'echo ended >> "$1.read"; exit 0' TERM
while read -r line <&3; do echo "$line" >> "$1.read"; done 3<"$1"
"""


def settings(folder: Path, *, reader: bool = False) -> GlobalDefs:
    script = None
    if reader:
        path = folder / "reader"
        path.write_text(READER)
        path.chmod(0o755)
        script = Script(argv=(str(path),), user=None, group=None)
    return GlobalDefs(
        notify_fifo=Pipe(path=str(folder / "all")),
        vrrp_notify_fifo=Pipe(path=str(folder / "vrrp")),
        vrrp_notify_fifo_script=script,
        script_user="root",
    )


def read(path: Path) -> str:
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return os.read(fd, 4096).decode()
    finally:
        os.close(fd)


def wait_for(path: Path, text: str) -> None:
    end = time.monotonic() + 5
    while not path.exists() or text not in path.read_text():
        assert time.monotonic() < end, f"no {text!r} in {path}"
        time.sleep(0.01)


def test_a_line_goes_to_every_pipe(tmp_path: Path) -> None:
    pipes = Pipes()
    pipes.configure(settings(tmp_path))
    pipes.tell("line\n")
    assert (read(tmp_path / "all"), read(tmp_path / "vrrp")) == ("line\n", "line\n")
    pipes.close()
    assert list(tmp_path.iterdir()) == []


def test_a_reload_without_a_pipe_closes_it_and_keeps_the_other_with_what_is_in_it(tmp_path: Path) -> None:
    pipes = Pipes()
    pipes.configure(settings(tmp_path))
    pipes.tell("line\n")
    pipes.configure(GlobalDefs(notify_fifo=Pipe(path=str(tmp_path / "all")), script_user="root"))
    assert not (tmp_path / "vrrp").exists()
    assert read(tmp_path / "all") == "line\n"
    pipes.close()


def test_a_reader_gets_the_path_last_and_all_lines_before_it_is_told_to_end(tmp_path: Path) -> None:
    pipes = Pipes()
    pipes.configure(settings(tmp_path, reader=True))
    assert pipes.read
    pipes.tell("first\n")
    pipes.tell("last\n")
    wait_for(tmp_path / "vrrp.read", "last")
    pipes.end_readers()
    wait_for(tmp_path / "vrrp.read", "ended")
    assert (tmp_path / "vrrp.read").read_text() == "first\nlast\nended\n"
    pipes.close()


def test_a_pipe_that_can_not_be_had_is_a_line_and_the_other_works(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "vrrp").write_text("a file")
    pipes = Pipes()
    pipes.configure(settings(tmp_path, reader=True))
    assert [line for line in caplog.messages if "can't use" in line] == [
        f"can't use vrrp_notify_fifo {tmp_path}/vrrp: is no named pipe"
    ]
    pipes.tell("line\n")
    assert read(tmp_path / "all") == "line\n"
    assert not pipes.read
    pipes.close()


def test_a_reader_that_can_not_be_run_is_a_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pipes = Pipes()
    gone = Script(argv=("/no/such/reader",), user=None, group=None)
    pipes.configure(
        GlobalDefs(notify_fifo=Pipe(path=str(tmp_path / "all")), notify_fifo_script=gone, script_user="root")
    )
    assert any("can't run /no/such/reader" in line for line in caplog.messages)
    pipes.close()
