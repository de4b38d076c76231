"""The dumps that signals ask for, beside those of keepalived at the same moment of the same life."""

import json
import re
import signal
from typing import Any

from tests.netns.configs import Router
from tests.netns.conftest import START
from tests.netns.lab import Host, Lab
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
JSON, CLEAR = signal.SIGRTMIN + 2, signal.SIGRTMAX - 1
MOMENT = {"last_transition", "auth_data"}
"""What is another at each start, or hidden by 2.4.3 and kad alone."""


def started(host: Host, program: str) -> Daemon:
    daemon = START[program](host, ROUTER.text())
    daemon.wait_for("Entering MASTER STATE")
    return daemon


def labels(text: str) -> list[str]:
    return [re.sub(r"\d+$", "N", line) for line in text.splitlines()]


def test_statistics_and_json_are_keepalived_s_with_more_at_the_end(lab: Lab) -> None:
    told: dict[str, tuple[str, Any]] = {}
    for program, host in (("keepalived", lab["left"]), ("kad", lab["right"])):
        daemon = started(host, program)
        said = daemon.asked(signal.SIGUSR2, "keepalived.stats")
        (one,) = json.loads(daemon.asked(JSON, "keepalived.json"))
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


def test_a_dump_of_kad_says_why_and_clears_when_asked(lab: Lab, wire: Capture) -> None:
    daemon = started(lab["left"], "kad")
    assert wire.adverts()
    said = daemon.asked(signal.SIGUSR1, "keepalived.data")
    assert "   State = MASTER" in said
    assert "   Reason = master-silent" in said
    assert (daemon.dumps / "keepalived.data").stat().st_mode & 0o777 == 0o600
    first = daemon.asked(CLEAR, "keepalived.stats")
    again = daemon.asked(signal.SIGUSR2, "keepalived.stats")
    assert "Became master: 1" in first
    assert "Became master: 0" in again


def test_a_dump_that_can_not_be_written_is_a_line_and_no_more(lab: Lab) -> None:
    daemon = started(lab["left"], "kad")
    daemon.dumps.rmdir()
    daemon.signal(signal.SIGUSR2)
    daemon.wait_for("A dump could not be written: No such file or directory")
    assert daemon.process.poll() is None
