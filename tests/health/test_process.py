"""The checker worker as its parent sees it: a real process on a real channel, its kernel's table a file of lines."""

import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.misc_check import MiscCheck
from kad.config.schema.real_server import Check, RealServer
from kad.config.schema.script import Script
from kad.config.schema.tcp_check import TcpCheck
from kad.config.schema.virtual_server import VirtualServer
from kad.errors import ChannelClosed, ExitCode, Hopeless, Refused
from kad.health.process import main
from kad.ipc import codec
from kad.ipc.messages import NO_RUNNER, ConfigureChecker, Message, Ready, RunnerLost, RunScript, ScriptExited, Stop
from kad.system import fork, ipvs
from kad.system.channel import Channel, pair
from kad.units import MILLISECOND, SECOND, Micros

SCRIPT = Script(argv=("/usr/bin/check",))


class FileTable:
    """An IPVS table that writes down what is done to it, and refuses what the file `refuse` names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def note(self, line: str) -> None:
        refused = self.folder / "refuse"
        if refused.exists() and refused.read_text() in line:
            raise Refused(f"IPVS cmd {line} error")
        with (self.folder / "done").open("a") as done:
            done.write(line + "\n")

    async def services(self) -> set[tuple[str, int, str]]:
        left = self.folder / "left"
        return {("10.9.0.1", 80, "TCP")} if left.exists() else set()

    async def destinations(self, service: ipvs.Service) -> dict[tuple[str, int], int]:
        assert service.key == ("10.9.0.1", 80, "TCP")
        return {(address, port): weight for address, port, weight in json.loads((self.folder / "left").read_text())}

    async def add_service(self, service: ipvs.Service) -> None:
        self.note(f"+S {service.address} {service.scheduler}")

    async def remove_service(self, service: ipvs.Service) -> None:
        self.note(f"-S {service.address}")

    async def add_destination(self, service: ipvs.Service, destination: ipvs.Destination) -> None:
        self.note(f"+D {service.address} {destination.address} {destination.method} {destination.weight}")

    async def set_destination(self, service: ipvs.Service, destination: ipvs.Destination) -> None:
        self.note(f"~D {service.address} {destination.address} {destination.method} {destination.weight}")

    async def remove_destination(self, service: ipvs.Service, destination: ipvs.Destination) -> None:
        self.note(f"-D {service.address} {destination.address}")

    def close(self) -> None:
        (self.folder / "closed").touch()


class Parent:
    """The test, in the parent's place."""

    def __init__(self, channel: Channel, pid: int, folder: Path) -> None:
        self.channel = channel
        self.pid = pid
        self.folder = folder
        self.heard: list[Message] = []

    def tell(self, message: Message) -> None:
        self.channel.send(codec.encode(message))

    def configure(self, *servers: VirtualServer, global_defs: GlobalDefs | None = None) -> None:
        self.tell(ConfigureChecker(global_defs=global_defs or GlobalDefs(), virtual_servers=servers))

    def listen(self, seconds: float = 0.0) -> None:
        self.channel.flush()
        select.select([self.channel], [], [], seconds)
        self.heard += [codec.from_worker(payload) for payload in self.channel.receive()]

    def until(self, condition: Callable[[], object], seconds: float = 5) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"in vain; heard {self.heard}, done {self.done}"
            self.listen(0.02)

    def ready(self) -> None:
        self.until(lambda: Ready() in self.heard)

    def scripts(self) -> list[RunScript]:
        return [message for message in self.heard if isinstance(message, RunScript)]

    @property
    def done(self) -> list[str]:
        file = self.folder / "done"
        return file.read_text().splitlines() if file.exists() else []

    def exit_status(self) -> int:
        end = time.monotonic() + 5
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        raise AssertionError("it does not end")


@pytest.fixture
def buggy_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for before `parent`: the worker is forked with it."""

    async def attempt(*_: object) -> None:
        raise AssertionError("a bug")

    monkeypatch.setattr("kad.health.checks.tcp_check.TcpProbe.attempt", attempt)


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parent]:
    async def open_table() -> FileTable:
        if (tmp_path / "no ipvs").exists():
            raise Hopeless(ipvs.NO_IPVS)
        return FileTable(tmp_path)

    monkeypatch.setattr(ipvs, "open_table", open_table)
    monkeypatch.setattr("kad.health.verdict.FIRST_RUN", 10 * MILLISECOND)
    ours, theirs = pair()

    def body() -> int:
        try:
            return main(theirs)
        except Hopeless as error:
            return 40 + error.code

    pid = fork.spawn(body, title="kad: checker under test", keep_fds=(theirs.fileno(),))
    theirs.close()
    worker = Parent(ours, pid, tmp_path)
    yield worker
    ours.close()
    if worker.pid:
        os.kill(worker.pid, signal.SIGKILL)
        os.waitpid(worker.pid, 0)


def farm(
    *servers: RealServer,
    address: str = "10.9.0.1",
    quorum_down: Script | None = None,
    omega: bool = False,
    algo: str = "rr",
) -> VirtualServer:
    return VirtualServer(
        address=address,
        port=80,
        protocol="TCP",
        lb_algo=algo,
        delay_loop=Micros(50 * MILLISECOND),
        delay_before_retry=Micros(20 * MILLISECOND),
        connect_timeout=SECOND,
        warmup=Micros(0),
        retry=1,
        omega=omega,
        quorum_down=quorum_down,
        real_servers=servers,
    )


def real(
    port: int = 80, check: Check | None = None, address: str = "127.0.0.1", notify: Script | None = None
) -> RealServer:
    return RealServer(address=address, port=port, checks=(check,) if check else (), notify_down=notify)


@contextmanager
def web_server(port: int = 0) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", port)) as listening:
        yield listening.getsockname()[1]


def test_it_is_ready_when_its_servers_are_in_the_kernel(parent: Parent) -> None:
    parent.configure(farm(real()), farm(real(address="127.0.0.2"), address="10.9.0.2"))
    parent.ready()
    assert parent.done == [
        "+S 10.9.0.1 rr",
        "+D 10.9.0.1 127.0.0.1 NAT 1",
        "+S 10.9.0.2 rr",
        "+D 10.9.0.2 127.0.0.2 NAT 1",
    ]


def test_a_server_that_dies_is_taken_out_and_put_back_when_it_returns(parent: Parent) -> None:
    with web_server() as port:
        parent.configure(farm(real(port, TcpCheck(), notify=SCRIPT), real(address="127.0.0.2")))
        parent.ready()
    parent.until(lambda: parent.done[-1] == "-D 10.9.0.1 127.0.0.1")
    parent.until(parent.scripts)
    assert [(run.script, run.queue, run.report) for run in parent.scripts()] == [
        (SCRIPT, f"real_server [127.0.0.1]:tcp:{port} [10.9.0.1]:tcp:80", False)
    ]
    with web_server(port):
        parent.until(lambda: parent.done[-1] == "+D 10.9.0.1 127.0.0.1 NAT 1")


def test_a_script_decides_and_may_take_no_longer_than_the_delay_loop(parent: Parent) -> None:
    parent.configure(farm(real(check=MiscCheck(misc_path=SCRIPT, retry=0))))
    parent.ready()
    parent.until(parent.scripts)
    run = parent.scripts()[0]
    assert (run.script, run.report, run.timeout, run.queue) == (SCRIPT, True, 50 * MILLISECOND, "")
    parent.tell(ScriptExited(run=run.run, status=1))
    parent.until(lambda: parent.done[-1] == "-D 10.9.0.1 127.0.0.1")


def test_a_dynamic_script_sets_the_weight(parent: Parent) -> None:
    parent.configure(farm(real(check=MiscCheck(misc_path=SCRIPT, misc_dynamic=True))))
    parent.ready()
    parent.until(parent.scripts)
    parent.tell(ScriptExited(run=parent.scripts()[0].run, status=9))
    parent.until(lambda: parent.done[-1] == "~D 10.9.0.1 127.0.0.1 NAT 7")


@pytest.mark.parametrize("loss", [RunnerLost(), ScriptExited(run=0, error=NO_RUNNER)])
def test_a_lost_runner_says_nothing_about_a_server_and_its_script_is_tried_again(
    parent: Parent, loss: RunnerLost | ScriptExited
) -> None:
    parent.configure(farm(real(check=MiscCheck(misc_path=SCRIPT, retry=0))))
    parent.ready()
    parent.until(parent.scripts)
    first = parent.scripts()[0].run
    parent.tell(ScriptExited(run=first, error=NO_RUNNER) if isinstance(loss, ScriptExited) else loss)
    parent.until(lambda: len(parent.scripts()) == 2)
    assert parent.done == ["+S 10.9.0.1 rr", "+D 10.9.0.1 127.0.0.1 NAT 1"]


def test_a_stop_takes_out_what_was_put_in(parent: Parent) -> None:
    parent.configure(farm(real()))
    parent.ready()
    parent.tell(Stop())
    assert parent.exit_status() == 0
    assert parent.done[2:] == ["-D 10.9.0.1 127.0.0.1", "-S 10.9.0.1"]


def test_a_stop_without_release_leaves_everything_and_tells_nobody(parent: Parent) -> None:
    parent.configure(farm(real(notify=SCRIPT), omega=True))
    parent.ready()
    parent.tell(Stop(release=False))
    assert parent.exit_status() == 0
    with pytest.raises(ChannelClosed):
        parent.listen(1)
    assert (len(parent.done), parent.scripts()) == (2, [])


def test_with_omega_a_stop_runs_the_scripts(parent: Parent) -> None:
    down = Script(argv=("/usr/bin/quorum",))
    parent.configure(farm(real(notify=SCRIPT), omega=True, quorum_down=down))
    parent.ready()
    parent.tell(Stop())
    parent.until(lambda: len(parent.scripts()) == 2)
    assert [run.script for run in parent.scripts()] == [SCRIPT, down]
    assert parent.exit_status() == 0


def test_sigterm_and_the_death_of_the_parent_are_clean_stops(parent: Parent) -> None:
    parent.configure(farm(real()))
    parent.ready()
    os.kill(parent.pid, signal.SIGTERM)
    assert parent.exit_status() == 0
    assert parent.done[-1] == "-S 10.9.0.1"


def test_the_end_of_the_channel_is_a_clean_stop(parent: Parent) -> None:
    parent.configure(farm(real()))
    parent.ready()
    parent.channel.close()
    assert parent.exit_status() == 0
    assert parent.done[-1] == "-S 10.9.0.1"


@pytest.mark.parametrize("end", ["sigterm", "channel"])
def test_an_end_without_a_stop_keeps_to_what_was_asked_at_the_start(parent: Parent, end: str) -> None:
    parent.tell(ConfigureChecker(global_defs=GlobalDefs(), virtual_servers=(farm(real()),), release=False))
    parent.ready()
    if end == "sigterm":
        os.kill(parent.pid, signal.SIGTERM)
    else:
        parent.channel.close()
    assert parent.exit_status() == 0
    assert not [line for line in parent.done if line.startswith("-")]


def test_a_stop_in_the_midst_of_the_start_takes_out_what_there_is(parent: Parent) -> None:
    parent.configure(*(farm(real(), address=f"10.9.1.{number}") for number in range(1, 200)))
    parent.tell(Stop())
    assert parent.exit_status() == 0
    put_in = {line.split()[1] for line in parent.done if line.startswith("+S")}
    assert put_in == {line.split()[1] for line in parent.done if line.startswith("-S")}


def test_a_reload_does_nothing_to_a_virtual_server_that_did_not_change(parent: Parent) -> None:
    with web_server() as port:
        server = farm(real(port, TcpCheck()))
        parent.configure(server)
        parent.ready()
        parent.configure(server, farm(real(), address="10.9.0.2"))
        parent.until(lambda: parent.done[-1] == "+D 10.9.0.2 127.0.0.1 NAT 1")
        assert parent.done[2:] == ["+S 10.9.0.2 rr", "+D 10.9.0.2 127.0.0.1 NAT 1"]
    parent.until(lambda: parent.done[-1] == "-D 10.9.0.1 127.0.0.1")


def test_a_reload_changes_what_changed_in_place_and_goes_on_checking(parent: Parent) -> None:
    with web_server() as port:
        parent.configure(farm(real(port, TcpCheck())))
        parent.ready()
        parent.configure(farm(real(port, TcpCheck()), algo="wlc"))
        parent.until(lambda: parent.done[-1] == "+S 10.9.0.1 wlc")
        assert len(parent.done) == 3
    parent.until(lambda: parent.done[-1] == "-D 10.9.0.1 127.0.0.1")


def test_a_reload_removes_a_virtual_server_that_is_gone(parent: Parent) -> None:
    parent.configure(farm(real()), farm(real(), address="10.9.0.2"))
    parent.ready()
    parent.configure(farm(real(), address="10.9.0.2"))
    parent.until(lambda: parent.done[4:] == ["-D 10.9.0.1 127.0.0.1", "-S 10.9.0.1"])


def test_reloads_in_quick_succession_do_not_starve_the_checks(parent: Parent) -> None:
    with web_server() as port:
        servers = [farm(real(port, TcpCheck()), algo=algo) for algo in ("rr", "wlc")]
        parent.configure(servers[0])
        parent.ready()
    for number in range(100):
        parent.configure(servers[number % 2])
        parent.listen(0.02)
        if "-D 10.9.0.1 127.0.0.1" in parent.done:
            return
    raise AssertionError(parent.done)


def test_what_a_dead_kad_left_is_believed(parent: Parent) -> None:
    (parent.folder / "left").write_text(json.dumps([["127.0.0.1", 80, 1], ["127.0.0.9", 80, 1]]))
    parent.configure(
        farm(real(check=TcpCheck(connect_port=1)), real(address="127.0.0.2", check=TcpCheck(connect_port=1)))
    )
    parent.ready()
    assert parent.done == ["+S 10.9.0.1 rr", "~D 10.9.0.1 127.0.0.1 NAT 1"]


def test_what_the_kernel_refuses_is_tried_again(parent: Parent) -> None:
    (parent.folder / "refuse").write_text("-D")
    with web_server() as port:
        parent.configure(farm(real(port, TcpCheck()), real()))
        parent.ready()
    time.sleep(0.3)
    assert len(parent.done) == 3
    (parent.folder / "refuse").unlink()
    parent.until(lambda: parent.done[-1] == "-D 10.9.0.1 127.0.0.1")


def test_without_ipvs_there_is_no_hope(parent: Parent) -> None:
    (parent.folder / "no ipvs").touch()
    parent.configure(farm(real()))
    assert parent.exit_status() == 41


def test_a_thousand_servers_that_die_together_are_all_taken_out(parent: Parent) -> None:
    with web_server() as port:
        check = TcpCheck(connect_ip="127.0.0.1", connect_port=port, delay_loop=Micros(500 * MILLISECOND))
        servers = [real(check=check, address=f"10.1.{number // 250}.{number % 250}") for number in range(1000)]
        parent.configure(farm(*servers))
        parent.until(lambda: Ready() in parent.heard, seconds=20)
    parent.until(lambda: sum(line.startswith("-D") for line in parent.done) == 1000, seconds=20)


def test_a_bug_in_a_check_ends_the_worker(buggy_check: None, parent: Parent) -> None:  # noqa: ARG001 - its order
    parent.configure(farm(real(check=TcpCheck())))
    assert parent.exit_status() == ExitCode.SOFTWARE
