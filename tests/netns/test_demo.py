"""The demo leaves nothing behind when it is interrupted, wherever it is."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.netns.lab import NETNS_DIR, PREFIX, alive

ROOT = Path(__file__).parent.parent.parent


def run_demo_until(line: str, folder: Path) -> tuple["subprocess.Popen[str]", list[int]]:
    """Start the demo and read along until it says so; its process and the pids of all that it runs by then."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "tests.demo"],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert demo.stdout is not None
    for told in demo.stdout:
        if line in told:
            break
    else:
        pytest.fail(f"the demo ended without saying {line!r}")
    return demo, [child.pid for child in psutil.Process(demo.pid).children(recursive=True)]


def end(demo: "subprocess.Popen[str]", *, timeout: float) -> tuple[int, str]:
    """Wait for its end; the status and the last words."""
    output, _ = demo.communicate(timeout=timeout)
    return demo.returncode, output


def assert_nothing_is_left(demo: "subprocess.Popen[str]", pids: list[int], folder: Path) -> None:
    assert list(NETNS_DIR.glob(f"{PREFIX}{demo.pid}-*")) == []
    deadline = time.monotonic() + 5
    while [pid for pid in pids if alive(pid)] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [pid for pid in pids if alive(pid)] == []
    assert list(folder.iterdir()) == []


MOMENTS = [
    pytest.param("is elected MASTER", 8, id="while a director is master"),
    pytest.param("SIGKILL to all", 5, id="while the address is nowhere", marks=pytest.mark.netns_full),
    pytest.param("web servers answer its", 5, id="while the other kernel runs", marks=pytest.mark.netns_full),
]


@pytest.mark.parametrize(("line", "at_least"), MOMENTS)
def test_an_interrupted_demo_leaves_nothing(line: str, at_least: int, tmp_path: Path) -> None:
    demo, pids = run_demo_until(line, tmp_path)
    assert len(pids) >= at_least
    demo.send_signal(signal.SIGINT)
    status, said = end(demo, timeout=30)
    assert status == 130
    assert "Interrupted" in said
    assert "Traceback" not in said
    assert_nothing_is_left(demo, pids, tmp_path)


@pytest.mark.netns_full
def test_the_demo_ends_by_itself_with_status_zero_and_leaves_nothing(tmp_path: Path) -> None:
    demo, pids = run_demo_until("is elected MASTER", tmp_path)
    status, said = end(demo, timeout=120)
    assert status == 0, said
    assert "Summary" in said
    assert_nothing_is_left(demo, pids, tmp_path)
