"""Log sinks that never wait, and tell what was lost."""

import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from kad.system import logs

PARENT = logging.getLogger("kad.parent")


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    yield
    root = logging.getLogger("kad")
    for handler in list(root.handlers):
        root.removeHandler(handler)
    root.propagate = True  # other tests look at what is logged
    root.setLevel(logging.NOTSET)


def test_a_full_pipe_on_the_console_loses_lines_and_says_how_many() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb", buffering=0) as stream:
        logs.install([logs.Console(stream)], level=logging.INFO, ident="kad")
        for number in range(5000):
            PARENT.info("line %d %s", number, "x" * 100)
        taken = os.read(reading, 10_000_000)
        PARENT.info("after")
    rest = os.fdopen(reading, "rb").read().decode()
    whole = taken.decode() + rest
    assert "log lines lost" in rest
    lost = int(rest.partition(" log lines lost")[0].rpartition(" ")[2])
    assert whole.count("line ") == 5000 - lost
    assert rest.endswith("kad: after\n")


def test_syslog_gets_ident_pid_facility_and_severity(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslogd:
        syslogd.bind(str(tmp_path / "log"))
        logs.install(
            [logs.Syslog(logs.syslog_facility(1), str(tmp_path / "log"))], level=logging.INFO, ident="kad-vrrp"
        )
        PARENT.warning("hello")
        assert syslogd.recv(1000).decode().endswith(f" kad-vrrp[{os.getpid()}]: hello")
        PARENT.error("bad")
        assert syslogd.recv(1000).startswith(b"<139>")  # local1 << 3 | err


def test_a_syslog_daemon_that_was_restarted_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "log"
    sink = logs.Syslog(logs.DAEMON, str(path))
    logs.install([sink], level=logging.INFO, ident="kad")
    PARENT.info("nobody listens")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslogd:
        syslogd.bind(str(path))
        PARENT.info("first")
        assert b"1 log lines lost" in syslogd.recv(1000)
        assert b"first" in syslogd.recv(1000)
    path.unlink()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslogd:
        syslogd.bind(str(path))
        PARENT.info("second")
        assert b"second" in syslogd.recv(1000)


def test_a_syslog_daemon_that_does_not_read_stops_nobody(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslogd:
        syslogd.bind(str(tmp_path / "log"))
        sink = logs.Syslog(logs.DAEMON, str(tmp_path / "log"))
        logs.install([sink], level=logging.INFO, ident="kad")
        for _ in range(2000):
            PARENT.info("x")
        assert sink.lost > 0


def test_the_channel_handler_counts_what_was_dropped_and_tells_it_with_the_next_record() -> None:
    told: list[tuple[str, int]] = []
    room = [True, False, False, True, True]

    def send(record: logging.LogRecord, lost: int) -> bool:
        told.append((record.getMessage(), lost))
        return room.pop(0)

    logs.install([], level=logging.INFO, ident="kad")
    logs.install_channel(send)
    for number in range(5):
        PARENT.info("record %d", number)
    assert told == [("record 0", 0), ("record 1", 0), ("record 2", 1), ("record 3", 2), ("record 4", 0)]


def test_the_channel_handler_makes_no_thread_and_no_shared_queue() -> None:
    handler = logs.ChannelHandler(lambda record, lost: True)  # noqa: ARG005
    assert not hasattr(handler, "queue")
    assert not hasattr(handler, "_receive_thread")


def test_a_replayed_record_keeps_the_workers_identity_and_time(tmp_path: Path) -> None:
    logs.install([logs.File(str(tmp_path / "log"))], level=logging.INFO, ident="kad")
    logs.replay(name="kad.vrrp", level=20, created=0.25, text="100 % of it", ident="kad_vrrp", pid=77)
    assert (tmp_path / "log").read_text().endswith("00.250000 kad_vrrp: 100 % of it\n")


def test_less_than_the_level_is_not_written(tmp_path: Path) -> None:
    logs.install([logs.File(str(tmp_path / "log"))], level=logging.INFO, ident="kad")
    PARENT.debug("quiet")
    assert (tmp_path / "log").read_text() == ""
