"""The lines of the notify FIFOs: kad's and keepalived's of the same story, byte for byte."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.netns.configs import Router
from tests.netns.conftest import START
from tests.netns.lab import Host, Lab
from tests.netns.programs import Daemon, rewrite
from tests.netns.test_kad import reload
from tests.netns.test_sync_group import text

GLOBALS = "global_defs {{\n    vrrp_notify_fifo {0}/vrrp\n    notify_fifo {0}/all\n{1}}}\n"
MASTER = Router(priority=200)


def told(fd: int, enough: int, seconds: float = 10) -> list[str]:
    """The lines so far: as many as are wanted, and those that come within half a second after."""
    end, said = time.monotonic() + seconds, b""
    while time.monotonic() < end:
        try:
            said += os.read(fd, 1 << 16)
        except BlockingIOError:
            time.sleep(0.02)
        if said.count(b"\n") >= enough and end - time.monotonic() > 0.5:
            end = time.monotonic() + 0.5
    return said.decode().splitlines()


def opened(folder: Path, name: str) -> int:
    os.mkfifo(folder / name, 0o600)
    return os.open(folder / name, os.O_RDWR | os.O_NONBLOCK)


def started(host: Host, program: str, config: str) -> Daemon:
    daemon = START[program](host, config)
    daemon.wait_for("Entering MASTER STATE")
    return daemon


def story(lab: Lab, name: str, program: str) -> tuple[list[str], list[str]]:
    """A group of two becomes master, is at fault, recovers, and is stopped."""
    host = lab[name]
    host.ip("link", "add", "eth9", "type", "veth", "peer", "name", "peer9")
    for link in ("eth9", "peer9"):
        host.ip("link", "set", link, "up")
    pipes = [opened(host.folder, pipe) for pipe in ("vrrp", "all")]
    daemon = started(host, program, GLOBALS.format(host.folder, "") + text(150, tracked="eth9"))
    first = told(pipes[0], 6)
    host.ip("link", "set", "eth9", "down")
    fault = told(pipes[0], 3)
    host.ip("link", "set", "eth9", "up")
    back = told(pipes[0], 6)
    daemon.stop()
    last = told(pipes[0], 3, 3)
    lines = first + fault + back + last
    every = told(pipes[1], len(lines), 3)
    for pipe in pipes:
        os.close(pipe)
    return lines, every


def test_a_group_s_story_is_told_in_keepalived_s_lines_and_order(lab: Lab) -> None:
    theirs, ours = story(lab, "left", "keepalived"), story(lab, "right", "kad")
    assert theirs[0] == theirs[1]
    assert len(theirs[0]) == 18
    assert ours == theirs


@pytest.mark.parametrize("program", ["keepalived", "kad"])
def test_a_change_of_priority_is_told_when_wished(lab: Lab, program: str) -> None:
    host = lab["left"]
    pipe = opened(host.folder, "vrrp")
    healthy = host.folder / "healthy"
    healthy.touch()
    more = "    vrrp_notify_priority_changes\n    script_user root\n"
    check = f'vrrp_script ok {{\n    script "/usr/bin/test -e {healthy}"\n    interval 1\n    weight -20\n}}\n'
    router = replace(MASTER, blocks=check, lines=("track_script {", "    ok", "}"))
    started(host, program, GLOBALS.format(host.folder, more) + router.text())
    healthy.unlink()
    states = ("BACKUP 200", "MASTER 200", "MASTER_PRIORITY 180")
    assert told(pipe, 3) == [f'INSTANCE "VI_1" {state}' for state in states]
    os.close(pipe)


def test_what_a_reload_deletes_is_told_and_what_stays_is_repeated_when_wished(lab: Lab) -> None:
    host = lab["left"]
    pipe = opened(host.folder, "vrrp")
    more = "    fifo_write_vrrp_states_on_reload\n"
    router = replace(MASTER, lines=("notify_deleted",))
    daemon = started(host, "kad", GLOBALS.format(host.folder, more) + router.text())
    assert told(pipe, 2)[-1] == 'INSTANCE "VI_1" MASTER 200'
    rewrite(host, GLOBALS.format(host.folder, more) + replace(router, priority=150).text())
    reload(daemon)
    assert told(pipe, 1) == ['INSTANCE "VI_1" MASTER 150']
    rewrite(
        host, GLOBALS.format(host.folder, more) + router.text().replace("virtual_router_id 51", "virtual_router_id 9")
    )
    reload(daemon)
    assert told(pipe, 2)[:2] == ['INSTANCE "VI_1" DELETED 150', 'INSTANCE "VI_1" BACKUP 200']
    os.close(pipe)


def test_the_program_that_reads_gets_the_lines_of_the_stop(lab: Lab) -> None:
    """Keepalived ends it before it writes them (reference vrrp.md 9.2)."""
    host = lab["left"]
    script, log = host.folder / "reader", host.folder / "read.log"
    script.write_text(f'#!/bin/sh\nwhile read -r line; do echo "$line" >> {log}; done < "$1"\n')
    script.chmod(0o755)
    more = f"    vrrp_notify_fifo_script {script}\n    script_user root\n"
    daemon = started(host, "kad", GLOBALS.format(host.folder, more) + MASTER.text())
    assert daemon.stop() == 0
    assert log.read_text().splitlines() == [f'INSTANCE "VI_1" {state} 200' for state in ("BACKUP", "MASTER", "STOP")]
    assert not (host.folder / "vrrp").exists()
