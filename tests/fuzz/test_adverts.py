"""A hundred thousand packets that no router sends, every day; `make fuzz-adverts` reads a million."""

from collections import Counter

import pytest

from kad.vrrp.node import Node
from kad.vrrp.packet import Reason
from kad.vrrp.router import Router
from tests.fuzz import adverts
from tests.fuzz.adverts import fault, faults, good, mutated, node

COUNT = 100_000
CHUNK = 10_000


@pytest.mark.parametrize("first", range(0, COUNT, CHUNK))
def test_no_packet_makes_a_router_raise_or_is_lost_uncounted_or_changes_one_that_refuses_it(first: int) -> None:
    seen: Counter[str] = Counter()
    assert dict(faults(first, CHUNK, seen)) == {}
    assert seen["obeyed"]
    assert {"truncated", "checksum_err", "packet_len_err", "auth_failure", "ip_ttl_err"} <= seen.keys()


def test_what_the_packets_are_made_from_is_good() -> None:
    for packet in good(node(masters=False)):
        of = node(masters=False)
        assert fault(of, packet) == ""
        assert adverts.refused(of).total() == 0, (packet, adverts.refused(of))


def test_a_number_always_gives_the_same_packet() -> None:
    few = good(node(masters=False))
    assert [mutated(number, few) for number in range(50)] == [mutated(number, few) for number in range(50)]


def test_an_exception_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Node, "received", lambda *_: 1 // 0)
    of = node(masters=False)
    assert "ZeroDivisionError" in fault(of, good(of)[0])


def test_a_packet_that_nobody_counts_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Node, "received", lambda *_: [])
    of = node(masters=False)
    assert fault(of, good(of)[0]) == "counted 0 times"


def test_a_refused_packet_that_moves_a_timer_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def moving(self: Router, *_: object) -> list[object]:
        self.stats.errors[Reason.CHECKSUM] += 1
        self.priority -= 1
        return []

    monkeypatch.setattr(Router, "_receive", moving)
    of = node(masters=False)
    assert "changed a router" in fault(of, good(of)[0])
