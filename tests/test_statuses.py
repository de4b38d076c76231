"""The exit status of each kind of bad input, with -t and at each kind of start: one table, and it is walked.

keepalived's statuses were read off Debian's 2.2.7; where kad's differ the row says why.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.box import KAD, Box, connected_box

RUNS = -1
"""The daemon runs, and stops with status 0 when it is told to."""

INSTANCE = """vrrp_instance VI_1 {
    interface veth0
    virtual_router_id 51
    virtual_ipaddress {
        10.9.0.1/24
    }
}
"""
FARM = """virtual_server 10.9.0.2 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.9.1.1 80 {
        TCP_CHECK {
        }
    }
}
"""


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    said: tuple[int, int] | str
    """Where the one diagnostic points, line and column; or what the log says when it is no place in the file."""
    test: int
    start: int
    vrrp_only: int
    check_only: int
    keepalived: tuple[int, int, int, int]
    differs: str = ""


CASES = (
    Case("nothing wrong", INSTANCE, "", 0, RUNS, RUNS, RUNS, (0, RUNS, RUNS, RUNS)),
    Case("a brace is missing", INSTANCE[:-2], (1, 1), 5, RUNS, RUNS, RUNS, (5, RUNS, RUNS, RUNS)),
    Case("a brace too many", INSTANCE + "}\n", (8, 1), 5, RUNS, RUNS, RUNS, (5, RUNS, RUNS, RUNS)),
    Case(
        "a keyword without its argument",
        INSTANCE.replace("interface veth0", "interface"),
        (2, 5),
        2, 2, 2, RUNS,
        (2, 2, 2, RUNS),
    ),
    Case("unknown keyword", INSTANCE.replace("router_id", "router"), (3, 5), 5, 2, 2, RUNS, (5, 2, 2, RUNS)),
    Case("missing interface", INSTANCE.replace("veth0", "nosuch0"), (2, 15), 5, 2, 2, RUNS, (5, 2, 2, RUNS)),
    Case("VRID 0", INSTANCE.replace("51", "0"), (3, 23), 5, 2, 2, RUNS, (5, 2, 2, RUNS)),
    Case(
        "duplicate VRID on one interface",
        INSTANCE + INSTANCE.replace("VI_1", "VI_2"),
        (10, 5),
        5, 2, 2, RUNS,
        (5, 2, 2, RUNS),
    ),
    Case(
        "a real server without a port",
        FARM.replace("10.9.1.1 80", "10.9.1.1"),
        (6, 9),
        0, 1, RUNS, 1,
        (0, 1, RUNS, 1),
    ),
    Case("no IPVS in the kernel", FARM, "IPVS", 0, 1, RUNS, 1, (0, 1, RUNS, 1)),
    Case(
        "no IPVS in the kernel, but an address to serve",
        INSTANCE + FARM,
        "IPVS",
        0, RUNS, RUNS, 1,
        (0, 1, RUNS, 1),
        differs="the address does not depend on the farm: the VRRP half goes on",
    ),
)  # fmt: skip

MODES = {"-t": ("-t",), "start": (), "-P": ("-P",), "-C": ("-C",)}


@pytest.fixture(scope="module")
def host() -> Iterator[Box]:
    if os.geteuid() != 0:
        pytest.skip("root is needed for a network namespace")
    with connected_box() as made:
        yield made


def outcome(process: "subprocess.Popen[str]", started: str) -> tuple[int, str]:
    """The exit status, RUNS for a daemon that started and stops with 0; and all that was printed."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if started in line:
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
    status = process.wait(20)
    text = "".join(lines)
    return (RUNS if status == 0 and started in text else status), text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_status_is_keepaliveds_unless_the_row_says_why_not(case: Case) -> None:
    ours = (case.test, case.start, case.vrrp_only, case.check_only)
    assert (ours != case.keepalived) == bool(case.differs)


@pytest.mark.netns
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_has_its_status_and_one_diagnostic_and_leaves_nothing(
    case: Case, mode: str, host: Box, tmp_path: Path
) -> None:
    file = tmp_path / "kad.conf"
    file.write_text(case.text)
    before = host.addresses()
    process = host.start(*KAD, "-n", "-l", "-G", *MODES[mode], "-f", str(file))
    status, text = outcome(process, "Startup complete")
    expected = {"-t": case.test, "start": case.start, "-P": case.vrrp_only, "-C": case.check_only}[mode]
    assert status == expected, text
    # That there is no IPVS is found out by the half that needs it; a place in the file is told at every start.
    if isinstance(case.said, tuple):
        line, column = case.said
        places = (f"{file}:{line}:{column}\n", f"({file}: Line {line}, column {column})")
        assert sum(text.count(place) for place in places) == 1, text
    elif case.said and mode in ("start", "-C"):
        assert len([line for line in text.splitlines() if case.said in line]) == 1, text
    assert host.addresses() == before
    assert not host.processes()


@pytest.mark.netns
@pytest.mark.parametrize("mode", ["start", "-P", "-C"])
def test_without_root_it_says_so_and_exits_with_four_as_keepalived(mode: str, host: Box, tmp_path: Path) -> None:
    file = tmp_path / "kad.conf"
    file.write_text(INSTANCE)
    # Another user, who may still read: the checkout can lie where only root looks.
    reads = ("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search")
    user = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", *reads)
    done = host.run(*user, *KAD, "-n", "-l", *MODES[mode], "-f", str(file))
    assert done.returncode == 4
    assert done.stderr == "kad: must be run as root, or with CAP_NET_ADMIN and CAP_NET_RAW\n"
