"""Pauses between announcements, and a master that was stopped for a while, on the wire.

Keepalived 2.2.7 keeps the pauses too, but of the packets that wait for them it sends one for each address; and with
timer_expired_backup it answers the adverts that waited for it and stays master: so only kad is held to these.
"""

import itertools
import os
import signal
import time

import pytest

from tests.netns.configs import Router
from tests.netns.conftest import START
from tests.netns.lab import Lab
from tests.netns.wire import Capture

VIPS = ("192.0.2.100", "192.0.2.101")
PAUSE = 0.1


@pytest.mark.parametrize("program", ["kad", "keepalived"])
def test_announcements_keep_the_pause_and_delay_no_advert(lab: Lab, wire: Capture, program: str) -> None:
    router = Router(
        priority=100,
        vips=tuple(f"{vip}/24" for vip in VIPS),
        lines=("garp_master_repeat 3",),
        blocks=f"global_defs {{\n    vrrp_garp_interval {PAUSE}\n}}",
        garp_delay=0,
    )
    daemon = START[program](lab["left"], router.text())
    daemon.wait_for("Entering MASTER STATE")
    time.sleep(1.2)
    seen = sorted((arp.at, vip) for vip in VIPS for arp in wire.gratuitous(vip))
    assert {vip for _, vip in seen} == {*VIPS}
    if program == "kad":
        assert [vip for _, vip in seen] == [*VIPS] * 3
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(seen)]
    assert min(gaps) > PAUSE - 0.01
    adverts = [advert.at for advert in wire.adverts(source=lab["left"].address)]
    assert max(later - earlier for earlier, later in itertools.pairwise(adverts)) < router.advert_int + 0.08


def test_with_timer_expired_backup_a_stopped_master_gives_way_when_it_goes_on(lab: Lab, wire: Capture) -> None:
    left = Router(priority=150, lines=("nopreempt", "timer_expired_backup 100"))
    right = Router(priority=100, lines=("nopreempt",))
    sleeper = START["kad"](lab["left"], left.text())
    sleeper.wait_for("Entering MASTER STATE")
    other = START["keepalived"](lab["right"], right.text())
    other.wait_for("Entering BACKUP STATE")
    time.sleep(0.5)
    mark = sleeper.mark()
    os.kill(sleeper.child("vrrp"), signal.SIGSTOP)
    other.wait_for("Entering MASTER STATE")
    time.sleep(0.5)
    since = time.time()
    os.kill(sleeper.child("vrrp"), signal.SIGCONT)
    sleeper.wait_for("Entering BACKUP STATE", since=mark)
    time.sleep(0.6)
    assert wire.adverts(source=lab["left"].address, since=since) == []
    assert not lab["left"].addresses() & set(left.vips)
    assert set(left.vips) <= lab["right"].addresses()
