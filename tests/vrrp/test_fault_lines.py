"""keepalived's lines for faults (reference vrrp.md 3.5, 7)."""

import pytest

from kad.log import DETAIL
from kad.vrrp import fault_lines
from kad.vrrp.actions import Log
from kad.vrrp.tracking import Fault, FaultKind
from tests.vrrp.lan import settings


@pytest.mark.parametrize(
    ("fault", "lines"),
    [
        (Fault(FaultKind.INTERFACE, "", "eth9"), ["(VI_1): entering FAULT state (interface eth9 down)"]),
        (Fault(FaultKind.NO_ADDRESS, ""), ["(VI_1) entering FAULT state (no IPv4 address for interface)"]),
        (Fault(FaultKind.SCRIPT, "", "chk"), ["(VI_1): entering FAULT state due to script chk"]),
        (Fault(FaultKind.FILE, "", "f"), ["(VI_1): entering FAULT state (tracked file f has status -254)"]),
        (
            Fault(FaultKind.PROCESS, "", "web"),
            ["(VI_1) entering FAULT state (tracked process web quorum not achieved)"],
        ),
        (Fault(FaultKind.PENDING, "", "chk"), []),
        (Fault(FaultKind.SIBLING, ""), []),
    ],
)
def test_a_start_in_fault_has_its_reasons(fault: Fault, lines: list[str]) -> None:
    assert [line.text for line in fault_lines.at_start(settings(), [fault])] == lines


def test_a_configured_address_that_is_not_there_is_named_so() -> None:
    ours = settings(mcast_src_ip="192.0.2.77", track_src_ip=True)
    lines = fault_lines.at_start(ours, [Fault(FaultKind.NO_ADDRESS, "")])
    assert [line.text for line in lines] == ["(VI_1): entering FAULT state (src address not configured)"]


def test_a_change_tells_of_files_alone_and_once() -> None:
    kept, gone, come = (Fault(FaultKind.FILE, "", name) for name in ("kept", "gone", "come"))
    other = Fault(FaultKind.SCRIPT, "", "chk")
    assert fault_lines.of_change(settings(), [kept, gone], [kept, come, other]) == [
        Log(DETAIL, "(VI_1): tracked file come now FAULT state"),
        Log(DETAIL, "(VI_1): tracked file gone leaving FAULT state"),
    ]
