"""Work done in another process, whatever becomes of that process."""

import os
import time

import pytest

from kad.errors import ProtocolError
from kad.system import clock
from kad.system.offload import Offload
from kad.units import SECOND


def outcome(job: Offload) -> bytes:
    end = time.monotonic() + 10
    try:
        while time.monotonic() < end:
            result = job.result()
            if result is not None:
                return result
            time.sleep(0.005)
    finally:
        job.end()
        os.waitpid(job.pid, 0)
    raise AssertionError("no result")


def test_the_result_comes_back_whole() -> None:
    assert outcome(Offload(lambda: b"x" * 3_000_000, title="test", limit=SECOND)) == b"x" * 3_000_000


def test_a_crash_is_told_and_stays_there() -> None:
    def crash() -> bytes:
        os.abort()

    with pytest.raises(ProtocolError, match="without a result"):
        outcome(Offload(crash, title="test", limit=SECOND))


def test_work_that_never_ends_is_ended() -> None:
    def sleep() -> bytes:
        time.sleep(60)
        return b""

    job = Offload(sleep, title="test", limit=SECOND)
    assert job.result() is None
    assert 0 < job.deadline - clock.now() <= SECOND
    job.end()
    assert os.waitstatus_to_exitcode(os.waitpid(job.pid, 0)[1]) == -9
