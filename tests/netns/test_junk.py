"""Junk adverts for the VRID of a pair: the master's schedule and the backup stay as they are."""

import itertools
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.netns.conftest import Pair
from tests.netns.junk import junk_of
from tests.netns.wire import Advert, Capture

ROOT = Path(__file__).parents[2]


def first_advert(pair: Pair) -> Advert:
    """The last advert of the master so far."""
    return pair.wire.adverts(source=pair.left.source)[-1]


def throw_junk(pair: Pair, rate: int, seconds: float, capture: Capture) -> float:
    """Throw it from the client; by how much the master's latest advert was late meanwhile, in seconds."""
    client = pair.lab["client"]
    packets = junk_of(first_advert(pair), client.address)
    mark, since = (pair.left.daemon.mark(), pair.right.daemon.mark()), time.time()
    argv = [sys.executable, "-m", "tests.netns.junk", str(rate), str(seconds), *(one.hex() for one in packets)]
    done = subprocess.run(
        client.command(argv), cwd=ROOT, capture_output=True, text=True, check=True, timeout=seconds + 20
    )
    assert int(done.stdout) > 0.8 * rate * seconds
    adverts = capture.adverts(source=pair.left.source, since=since)
    for director, begin in zip((pair.left, pair.right), mark, strict=True):
        entered = [line for line in director.daemon.lines()[begin:] if "Entering" in line]
        assert entered == [], director
    assert pair.left.has_the_address
    assert not pair.right.has_the_address
    interval = pair.left.router.advert_int
    assert len(adverts) >= int(seconds / interval)
    return max(after.at - before.at for before, after in itertools.pairwise(adverts)) - interval


@pytest.mark.parametrize("wire_name", ["v3", "hmac-v3", "pass"])
def test_junk_a_hundred_times_a_second_moves_neither(make_pair: Callable[..., Pair], wire_name: str) -> None:
    pair = make_pair("kad", "kad", wire_name)
    pair.wait_for_master(pair.left)
    assert throw_junk(pair, 100, 5, pair.wire) < 0.1


@pytest.mark.netns_full
@pytest.mark.alone
@pytest.mark.parametrize("wire_name", ["hmac-v3", "pass"])
def test_half_a_minute_of_junk_moves_neither(make_pair: Callable[..., Pair], wire_name: str) -> None:
    pair = make_pair("kad", "kad", wire_name)
    pair.wait_for_master(pair.left)
    assert throw_junk(pair, 100, 30, pair.wire) < 0.02


@pytest.mark.netns_full
@pytest.mark.alone
@pytest.mark.parametrize("wire_name", ["v3", "hmac-v3"])
def test_a_flood_of_junk_delays_no_advert(make_pair: Callable[..., Pair], wire_name: str) -> None:
    pair = make_pair("kad", "kad", wire_name)
    pair.wait_for_master(pair.left)
    with Capture(pair.lab["client"], source=pair.left.source) as capture:
        assert throw_junk(pair, 20_000, 10, capture) < 0.02
