"""The dumps that signals ask for, beside those of keepalived at the same moment of the same life."""

import json
import re
import signal
import time
from pathlib import Path
from typing import Any, cast

import pytest

from tests.netns.configs import Router
from tests.netns.conftest import START
from tests.netns.lab import ENVIRONMENT, Host, Lab
from tests.netns.programs import Daemon
from tests.netns.wire import Capture

ROUTER = Router(
    priority=150,
    version=2,
    advert_int=1,
    auth_pass="s3cret",
    vips=("192.0.2.100/24", "192.0.2.101/32 label eth0:1"),
    lines=("track_interface {", "    lo", "}", "nopreempt", "virtual_ipaddress_excluded {", "    203.0.113.7/32", "}"),
)
JSON, CLEAR = cast("signal.Signals", signal.SIGRTMIN + 2), cast("signal.Signals", signal.SIGRTMAX - 1)
MOMENT = {"last_transition", "auth_data"}
"""What is another at each start, or hidden by 2.4.3 and kad alone."""


def started(host: Host, program: str, folder: Path) -> Daemon:
    """A master whose dumps go into this folder."""
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ENVIRONMENT, "TMPDIR", str(folder))
        daemon = START[program](host, ROUTER.text())
    daemon.wait_for("Entering MASTER STATE")
    return daemon


def asked(daemon: Daemon, number: signal.Signals, file: Path) -> str:
    file.unlink(missing_ok=True)
    daemon.signal(number)
    end = time.monotonic() + 5
    while not file.exists() or not file.read_text():
        assert time.monotonic() < end, f"no {file.name}"
        time.sleep(0.02)
    time.sleep(0.1)  # keepalived writes in place
    return file.read_text()


def labels(text: str) -> list[str]:
    return [re.sub(r"\d+$", "N", line) for line in text.splitlines()]


def test_statistics_and_json_are_keepalived_s_with_more_at_the_end(lab: Lab, tmp_path: Path) -> None:
    told: dict[str, tuple[str, Any]] = {}
    for program, host in (("keepalived", lab["left"]), ("kad", lab["right"])):
        folder = tmp_path / program
        daemon = started(host, program, folder)
        said = asked(daemon, signal.SIGUSR2, folder / "keepalived.stats")
        (one,) = json.loads(asked(daemon, JSON, folder / "keepalived.json"))
        told[program] = said, one
        daemon.stop()
    theirs, ours = labels(told["keepalived"][0]), labels(told["kad"][0])
    since_2_4 = ours.index("  Authentication Extension Errors:")
    assert theirs == ours[:since_2_4] + ours[since_2_4 + 7 :][:3]
    assert ours[since_2_4 + 10] == "  Other Packets Ignored:"
    their_data, our_data = told["keepalived"][1], told["kad"][1]
    assert {k: v for k, v in our_data["data"].items() if k not in MOMENT} == {
        k: v for k, v in their_data["data"].items() if k not in MOMENT
    }
    assert list(our_data["data"]) == list(their_data["data"])
    assert {key: our_data["stats"][key] for key in their_data["stats"]} == their_data["stats"]


def test_a_dump_of_kad_says_why_and_clears_when_asked(lab: Lab, wire: Capture, tmp_path: Path) -> None:
    folder = tmp_path / "dumps"
    daemon = started(lab["left"], "kad", folder)
    assert wire.adverts()
    said = asked(daemon, signal.SIGUSR1, folder / "keepalived.data")
    assert "   State = MASTER" in said
    assert "   Reason = master-silent" in said
    assert (folder / "keepalived.data").stat().st_mode & 0o777 == 0o600
    first = asked(daemon, CLEAR, folder / "keepalived.stats")
    again = asked(daemon, signal.SIGUSR2, folder / "keepalived.stats")
    assert "Became master: 1" in first
    assert "Became master: 0" in again


def test_a_dump_that_can_not_be_written_is_a_line_and_no_more(lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "dumps"
    daemon = started(lab["left"], "kad", folder)
    folder.rmdir()
    daemon.signal(signal.SIGUSR2)
    daemon.wait_for("A dump could not be written: No such file or directory")
    assert daemon.process.poll() is None
