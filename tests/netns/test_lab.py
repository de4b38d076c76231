"""The lab does what the tests believe, shown with keepalived on both sides, and leaves nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.netns.configs import VIP, Router
from tests.netns.failover import WIRES, Round
from tests.netns.lab import NETNS_DIR, PREFIX, Lab, alive, ip
from tests.netns.programs import start_keepalived
from tests.netns.wire import Capture, Client

MASTER = Router(priority=200)
BACKUP = Router(priority=100)


def test_two_keepaliveds_fail_over_as_the_protocol_says(lab: Lab, wire: Capture) -> None:
    master = start_keepalived(lab["left"], MASTER.text())
    backup = start_keepalived(lab["right"], BACKUP.text())
    master.wait_for("Entering MASTER STATE")
    wire.wait_for_advert(lab["left"].address, timeout=3)
    with Client(lab["client"], VIP) as client:
        client.wait_until_answered(timeout=3)
        lab["left"].cut()
        master.kill_whole()
        backup.wait_for("Entering MASTER STATE", since=backup.mark())
        client.wait_until_answered(timeout=3, since=time.time())
    assert lab["right"].virtual_addresses() == {f"{VIP}/24"}
    assert lab["client"].mac_of(VIP) == lab["right"].mac
    assert client.longest_gap() <= BACKUP.master_down + 0.25
    assert client.longest_gap() > BACKUP.master_down - BACKUP.advert_int - 0.05


def test_a_wrong_password_is_a_bad_packet_to_both(lab: Lab) -> None:
    words = ("right", "wrong")
    daemons = [
        start_keepalived(host, Router(priority=100, version=2, advert_int=1, auth_pass=word).text())
        for host, word in zip((lab["left"], lab["right"]), words, strict=True)
    ]
    for daemon in daemons:
        daemon.wait_for("received an invalid passwd")
        assert daemon.bad_packets()


def test_a_cut_cable_is_seen_by_the_host_and_mended(lab: Lab) -> None:
    host = lab["left"]
    host.cut()
    assert "NO-CARRIER" in host.ip("link", "show", "dev", "eth0")
    host.restore()
    host.wait_for_link()
    with Client(lab["client"], host.address, interval=0.01) as client:
        client.wait_until_answered(timeout=3)


def namespaces_of(pid: int) -> list[str]:
    return sorted(path.name for path in NETNS_DIR.glob(f"{PREFIX}{pid}-*"))


def test_nothing_is_left_of_a_lab_with_running_daemons(tmp_path: Path) -> None:
    with Lab(tmp_path, "only") as lab:
        daemon = start_keepalived(lab["only"], BACKUP.text())
        daemon.wait_for("Startup complete")
        started = daemon.pids()
        assert len(started) == 2
        assert namespaces_of(os.getpid())
    assert not [name for name in namespaces_of(os.getpid()) if name.startswith(lab.name)]
    daemon.process.wait(5)
    assert not any(alive(pid) for pid in started)


INTERRUPTED = """
import signal, tempfile, time
from pathlib import Path
from tests.netns.lab import Lab
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
with tempfile.TemporaryDirectory() as folder, Lab(Path(folder), "only") as lab:
    print(lab["only"].run(["true"]), flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_nothing_is_left_of_a_lab_whose_maker_was(number: signal.Signals, tmp_path: Path) -> None:
    maker = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert maker.stdout is not None
    maker.stdout.readline()
    assert len(namespaces_of(maker.pid)) == 2
    maker.send_signal(number)
    maker.wait(10)
    maker.stdout.close()
    (tmp_path / "next").mkdir()
    with Lab(tmp_path / "next", "next"):
        assert namespaces_of(maker.pid) == []
    assert f"{PREFIX}{maker.pid}-" not in ip("netns")


@pytest.mark.parametrize(
    ("takeover", "gap", "late", "long"),
    [
        (3.61, 3.6, False, False),
        (3.66, 3.6, True, False),
        (3.55, 3.0, True, False),
        (3.61, 3.66, False, True),
    ],
)
def test_a_failover_that_misses_the_protocol_s_time_is_seen_as_missed(
    takeover: float, gap: float, late: bool, long: bool
) -> None:
    measured = Round("kad", WIRES[0], phase=0.5, takeover=takeover, gap=gap)
    assert (measured.late, measured.long) == (late, long)
