"""A daemon that enters a network namespace by itself, and the names and the mask that it runs under."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.box import KAD, Box, box

CONFIG = """{head}
global_defs {{
    process_name failover
    umask 022
}}
vrrp_instance VI_1 {{
    interface inner0
    virtual_router_id 51
    priority 255
    virtual_ipaddress {{
        10.9.0.1/24
    }}
}}
"""


@pytest.fixture
def host() -> Iterator[Box]:
    """A box with a second namespace, blue, in which alone there is an interface inner0."""
    with box() as made:
        for command in (
            "netns add blue",
            "-n blue link add inner0 type veth peer name inner1",
            "-n blue link set inner0 up",
            "-n blue link set inner1 up",
            "-n blue addr add 10.9.9.1/24 dev inner0",
        ):
            done = made.run("ip", *command.split())
            assert done.returncode == 0, done.stderr
        yield made


@contextmanager
def running(host: Box, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """Kad until the end of the block; it is in a namespace where the box does not look for what to end."""
    process = host.start(*KAD, "-n", "-l", "-G", *options)
    try:
        yield process
    finally:
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        finally:
            for child in family:
                if child.is_running():
                    child.kill()


def wait_for_address(host: Box) -> None:
    end = time.monotonic() + 10
    while "10.9.0.1/24" not in host.run("ip", "-n", "blue", "-4", "addr", "show", "dev", "inner0").stdout:
        assert time.monotonic() < end, "no address in the namespace"
        time.sleep(0.05)


@pytest.mark.parametrize("by", ["net_namespace", "-s"])
def test_kad_does_all_its_work_in_the_namespace_that_it_is_to_enter(host: Box, tmp_path: Path, by: str) -> None:
    file = tmp_path / "kad.conf"
    file.write_text(CONFIG.format(head="net_namespace blue" if by == "net_namespace" else ""))
    options = ("-f", str(file)) if by == "net_namespace" else ("-f", str(file), "-s", "blue")
    tested = host.run(*KAD, "-t", *options)
    assert (tested.returncode, tested.stderr) == (0, "")
    with running(host, *options) as process:
        wait_for_address(host)
        assert int(host.read("/run/keepalived/keepalived_blue.pid")) > 0
        process.send_signal(signal.SIGHUP)  # a reload, whose loader is in the namespace already
        time.sleep(1)
        wait_for_address(host)
    assert process.stdout is not None
    said = process.stdout.read()
    assert "Reload complete" in said
    assert "kad_vrrp_blue" in said
    assert process.returncode == 0
    assert "10.9.0.1" not in host.run("ip", "-n", "blue", "addr").stdout
    assert host.addresses() == []


def test_a_namespace_that_is_not_there_ends_the_start_with_its_place(host: Box, tmp_path: Path) -> None:
    (tmp_path / "kad.conf").write_text(CONFIG.format(head="net_namespace green"))
    done = host.run(*KAD, "-n", "-G", "-f", str(tmp_path / "kad.conf"))
    assert done.returncode == 2
    assert "the network namespace green can't be entered: No such file or directory" in done.stderr
    assert "inner0" not in done.stderr


def test_the_mask_of_files_and_the_name_are_those_of_the_file(host: Box, tmp_path: Path) -> None:
    """-u goes before the keyword."""
    file = tmp_path / "kad.conf"
    file.write_text(CONFIG.format(head="net_namespace blue"))
    for options, mask in (((), 0o022), (("-u", "027"), 0o027)):
        with running(host, "-f", str(file), *options) as process:
            wait_for_address(host)
            parent = psutil.Process(process.pid)
            assert parent.name() == "failover"
            status = Path(f"/proc/{process.pid}/status").read_text()
            assert int(status.partition("Umask:")[2].split()[0], 8) == mask
