"""Whole messages between two ends, and nobody waits."""

import socket

import pytest

from kad.errors import ChannelClosed, ProtocolError
from kad.system.channel import DROPPABLE_LIMIT, FRAME, Channel, pair


def receive_all(channel: Channel, sender: Channel) -> list[bytes]:
    messages: list[bytes] = []
    while True:
        all_sent = not sender.wants_write
        found = channel.receive()
        if not found and all_sent:
            return messages
        messages += found
        sender.flush()


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 5_000_000])
def test_a_message_of_any_size_arrives_whole(size: int) -> None:
    ours, theirs = pair()
    payload = bytes(range(256)) * (size // 256 + 1)
    assert ours.send(payload[:size])
    assert receive_all(theirs, ours) == [payload[:size]]


def test_messages_arrive_in_order() -> None:
    ours, theirs = pair()
    sent = [b"%d" % number for number in range(5000)]
    for payload in sent:
        ours.send(payload)
    assert receive_all(theirs, ours) == sent


def test_sending_to_one_that_does_not_read_never_waits_and_drops_only_what_may_be_dropped() -> None:
    ours, theirs = pair()
    line = b"x" * 1000
    for _ in range(10_000):
        ours.send(line, droppable=True)
    assert ours.dropped > 5000
    assert ours.send(b"important")
    received = receive_all(theirs, ours)
    assert received[-1] == b"important"
    assert len(received) == 10_001 - ours.dropped
    assert sum(map(len, received)) < DROPPABLE_LIMIT + 1_000_000


def test_the_end_is_told_after_everything_that_was_sent() -> None:
    ours, theirs = pair()
    theirs.send(b"last words")
    theirs.close()
    assert ours.receive() == [b"last words"]
    with pytest.raises(ChannelClosed):
        ours.receive()


def test_last_words_are_heard_also_from_one_that_did_not_listen() -> None:
    ours, theirs = pair()
    ours.send(b"never read")
    theirs.send(b"last words")
    theirs.close()
    assert ours.receive() == [b"last words"]
    with pytest.raises(ChannelClosed):
        ours.receive()


def test_sending_to_one_that_is_gone_is_no_error() -> None:
    ours, theirs = pair()
    theirs.close()
    assert ours.send(b"nobody there")
    assert not ours.wants_write


def test_waiting_is_announced_once_there_is_no_room() -> None:
    ours, _theirs = pair()
    told = []
    ours.on_waiting = lambda: told.append(True)
    ours.send(b"small")
    assert not told
    ours.send(b"x" * 5_000_000)
    assert told


def test_a_frame_with_a_wrong_mark_is_a_protocol_error() -> None:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    other.send(b"\x07hello")
    with pytest.raises(ProtocolError):
        Channel(one).receive()


def test_draining_gives_up_in_time_when_nobody_reads() -> None:
    ours, _theirs = pair()
    ours.send(b"x" * 5_000_000)
    ours.drain(0.05)
    assert ours.wants_write
