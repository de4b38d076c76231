"""The messages of the kernel's process events. How they are listened to: test_process_watch.py."""

import os

import pytest

from kad.system import fork, process_events
from kad.system.process_events import Events, decode
from tests.system.test_process_watch import with_events


def message(what: int, *pids: int) -> bytes:
    return bytes(16 + 20) + process_events._EVENT.pack(what, 0, 0, *pids)


@pytest.mark.parametrize(
    ("data", "event"),
    [
        (message(0x1, 5, 5, 6, 6), (0x1, 6, 5)),
        (message(0x1, 5, 5, 6, 5), None),
        (message(0x2, 6, 6, 0, 0), (0x2, 6, 0)),
        (message(0x200, 7, 6, 0, 0), None),
        (message(0x80000000, 6, 6, 0, 0), (0x80000000, 6, 0)),
        (message(0x80000000, 7, 6, 0, 0), None),
        (message(0x4, 6, 6, 0, 0), None),
        (message(0x0, 0, 0, 0, 0), (0x0, 0, 0)),
        (b"short", None),
    ],
)
def test_an_event_is_read_and_one_of_a_thread_is_not(data: bytes, event: tuple[int, int, int] | None) -> None:
    assert decode(data) == event


@with_events
def test_a_reserved_socket_is_used_by_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork, "INHERITED", set())
    process_events.reserve()
    (reserved,) = fork.INHERITED
    try:
        for _ in range(2):
            one = Events()
            one.socket.settimeout(5)
            while (event := decode(one.socket.recv(4096))) is None or event[0] != process_events.NONE:
                pass
            one.socket.close()
    finally:
        os.close(reserved)
