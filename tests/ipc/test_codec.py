"""Messages to bytes and back; strangers are refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kad.config.schema.script import Script
from kad.errors import ProtocolError
from kad.ipc import codec
from kad.ipc.messages import FromWorker as Said
from kad.ipc.messages import (
    GivingUp,
    LogRecord,
    Message,
    Ready,
    RunScript,
    ScriptExited,
    Stop,
    ToVrrp,
)

SCRIPT = Script(argv=("/bin/notify", "a b"), user="nobody")


@pytest.mark.parametrize(
    "message",
    [
        Ready(),
        GivingUp(reason="no permission", code=4),
        LogRecord(logger="kad.vrrp", level=20, created=1.5, text="line", lost=3),
        RunScript(run=1, script=SCRIPT, queue="VI_1", timeout=None, report=True),
    ],
)
def test_what_a_worker_says_arrives_equal(message: Said) -> None:
    assert codec.from_worker(codec.encode(message)) == message


@pytest.mark.parametrize("message", [Stop(release=False), ScriptExited(run=3, signal=9)])
def test_what_a_worker_is_told_arrives_equal(message: ToVrrp) -> None:
    assert codec.to_vrrp(codec.encode(message)) == message


def test_a_worker_may_not_say_what_only_the_parent_says() -> None:
    with pytest.raises(ProtocolError):
        codec.from_worker(codec.encode(Stop()))


def test_a_field_of_another_type_is_refused() -> None:
    class LogRecord(Message, frozen=True, kw_only=True, tag="LogRecord"):
        logger: str
        level: str

    with pytest.raises(ProtocolError):
        codec.from_worker(codec.encode(LogRecord(logger="x", level="high")))


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_a_protocol_error(payload: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        codec.from_worker(payload)
