"""Two routers that both own the addresses, of whom one ignores the other: the other one gives way.

Keepalived 2.2.7 does so at the first advert, 2.4.3 hardly ever, kad when three answers were of no use. The one that
ignores the other is always kad: each advert that keepalived ignores makes it wait with its own.
"""

import time

import pytest

from tests.netns.configs import Router
from tests.netns.conftest import START
from tests.netns.lab import Lab
from tests.netns.wire import Capture


@pytest.mark.parametrize("program", ["kad", "keepalived"])
def test_an_owner_gives_way_to_one_that_ignores_it(lab: Lab, wire: Capture, program: str) -> None:
    stubborn = Router(priority=255, state="MASTER", lines=("owner_ignore_adverts on",))
    owner = Router(priority=255, state="MASTER")
    deaf = START["kad"](lab["left"], stubborn.text())
    deaf.wait_for("Entering MASTER STATE")
    other = START[program](lab["right"], owner.text())
    other.wait_for("Entering MASTER STATE")
    if program == "kad":
        other.wait_for("is still advertising as address owner, please resolve - reducing our priority")
    other.wait_for("Entering BACKUP STATE")
    time.sleep(0.5)
    assert set(owner.vips) <= lab["left"].addresses()
    assert not lab["right"].addresses() & set(owner.vips)
    since = time.time()
    deaf.stop()
    if program == "kad":
        other.wait_for("rogue address owner appears to have stopped advertising")
        time.sleep(0.5)
        assert {advert.priority for advert in wire.adverts(source=lab["right"].address, since=since)} == {255}
