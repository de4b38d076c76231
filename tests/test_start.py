"""What a start decides before it is a daemon: the role, the sinks, the pid files, and what a reload makes of a file.

The real thing, with its exit statuses, is in test_statuses.py and test_instances.py.
"""

import argparse
import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kad import cli, start
from kad.config.config import Config
from kad.config.memory import Memory
from kad.log import DETAIL
from kad.supervisor.shares import CHECKER, RUNNER, VRRP
from kad.system import logs
from kad.system.files import AlreadyRunning, PidFile

INSTANCE = """vrrp_instance VI_1 {
    interface lo0
    virtual_router_id 51
    virtual_ipaddress {
        10.9.0.1/24
    }
}
"""
CLEAN = "global_defs {\n    vrrp_version 3\n    dynamic_interfaces\n}\n" + INSTANCE


def arguments(*argv: str) -> argparse.Namespace:
    return cli._parser().parse_args(argv)


@pytest.fixture(autouse=True)
def _garbage() -> Iterator[None]:
    """What reads a configuration and ends collects no garbage; the test runner goes on."""
    yield
    gc.enable()


# Roles


def test_both_halves_named_are_the_whole() -> None:
    assert start._role(arguments("-P", "-C")) is start.FULL
    assert start._role(arguments()) is start.FULL
    assert start._role(arguments("--vrrp")) is start.VRRP_ONLY
    assert start._role(arguments("--check")) is start.CHECK_ONLY


@pytest.mark.parametrize(
    ("role", "workers"),
    [
        (start.FULL, [RUNNER, CHECKER, VRRP]),
        (start.VRRP_ONLY, [RUNNER, VRRP]),
        (start.CHECK_ONLY, [RUNNER, CHECKER]),
    ],
)
def test_a_role_has_its_workers_and_the_runner_before_them(role: start.Role, workers: list[str]) -> None:
    assert [spec.name for spec in start._workers(arguments(), role)] == workers


@pytest.mark.parametrize(
    ("argv", "released"),
    [((), [True, True]), (("-I",), [False, True]), (("-V",), [True, False]), (("-V", "-X"), [True, True])],
)
def test_what_workers_leave_behind_at_the_stop_is_said_by_options(argv: tuple[str, ...], released: list[bool]) -> None:
    _, checker, vrrp = start._workers(arguments(*argv), start.FULL)
    assert [checker.release, vrrp.release] == released


# Logging


@pytest.mark.parametrize(
    ("argv", "level"), [((), logging.INFO), (("-D",), DETAIL), (("-D", "-D", "-D"), logging.DEBUG)]
)
def test_each_d_logs_more(argv: tuple[str, ...], level: int) -> None:
    assert start._level(arguments(*argv)) == level


def test_the_log_goes_where_options_say(tmp_path: Path) -> None:
    everywhere = start._sinks(arguments("-l", "-g", str(tmp_path / "log")))
    assert [type(sink) for sink in everywhere] == [logs.Syslog, logs.Console, logs.File]
    for sink in everywhere:
        sink.close()
    assert start._sinks(arguments("-G")) == []


def test_a_configuration_is_dumped_line_by_line_as_it_would_be_written(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger=start.log.name):
        start._dump(Config())
    assert any(line.startswith("global_defs") for line in caplog.messages)
    assert all("\n" not in line for line in caplog.messages)


# Pid files


def pids(directory: Path, *argv: str) -> argparse.Namespace:
    names = {"-p": "own", "-r": "vrrp", "-c": "checkers"}
    return arguments(*argv, *(word for option, name in names.items() for word in (option, str(directory / name))))


@pytest.fixture
def held(tmp_path: Path) -> Iterator[PidFile]:
    """A pid file that another daemon has."""
    made = PidFile(str(tmp_path / "checkers"))
    made.write(os.getpid())
    yield made
    made.remove()


@pytest.mark.parametrize(
    ("role", "names"),
    [(start.FULL, {VRRP, CHECKER}), (start.VRRP_ONLY, {VRRP}), (start.CHECK_ONLY, {CHECKER})],
)
def test_a_role_takes_its_own_pid_file_and_those_of_its_workers(
    tmp_path: Path, role: start.Role, names: set[str]
) -> None:
    own, of_workers = start._pid_files(pids(tmp_path), role)
    assert set(of_workers) == names
    for pid_file in (own, *of_workers.values()):
        assert Path(pid_file.path).exists()
        pid_file.remove()


def test_when_another_daemon_has_one_of_them_none_is_kept(tmp_path: Path, held: PidFile) -> None:
    with pytest.raises(AlreadyRunning):
        start._pid_files(pids(tmp_path), start.FULL)
    assert sorted(path.name for path in tmp_path.iterdir()) == [Path(held.path).name]


def test_a_half_that_does_not_run_needs_no_pid_file(tmp_path: Path, held: PidFile) -> None:
    assert held.path
    own, of_workers = start._pid_files(pids(tmp_path), start.VRRP_ONLY)
    for pid_file in (own, *of_workers.values()):
        pid_file.remove()


# Reloads


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    path = tmp_path / "kad.conf"
    path.write_text(CLEAN)
    return path


def first(memory: Memory | None = None, **changes: object) -> start._First:
    """What the start read, as far as it matters to reloads."""
    return start._First(Config(**changes), memory or Memory())  # type: ignore[arg-type]


def test_a_reload_can_not_change_the_names_that_the_daemon_runs_under(conf: Path) -> None:
    conf.write_text("instance other\nuse_pid_dir\n" + CLEAN)
    news = start._reload(arguments("-f", str(conf)), start.FULL, first(instance="one", use_pid_dir=True))
    assert news.config.instance == "one"
    assert (logging.ERROR, "Cannot change instance at a reload - please restart kad") in news.lines
    assert not [line for _, line in news.lines if "use_pid_dir" in line and "Cannot" in line]


@pytest.mark.parametrize(
    ("config", "namespace", "pid_file", "ident"),
    [
        (Config(), None, "/run/keepalived.pid", "kad"),
        (Config(use_pid_dir=True), None, "/run/keepalived/keepalived.pid", "kad"),
        (Config(instance="one"), None, "/run/keepalived/keepalived_one.pid", "kad_one"),
        (Config(), "blue", "/run/keepalived/keepalived_blue.pid", "kad_blue"),
        (Config(instance="one"), "blue", "/run/keepalived/keepalived_one_blue.pid", "kad_one_blue"),
    ],
)
def test_instance_and_namespace_are_in_the_names_of_pid_files_and_in_the_log(
    config: Config, namespace: str | None, pid_file: str, ident: str
) -> None:
    role = start._named(start.FULL, config, namespace)
    assert role.path(role.pid_file) == pid_file
    assert role.ident + role.suffix == ident
    idents = {spec.ident for spec in start._workers(arguments(), role)}
    assert idents == {f"kad_{half}{role.suffix}" for half in ("runner", "vrrp", "checker")}


def test_a_reload_hands_on_the_configuration_and_what_is_to_be_said_of_it(conf: Path) -> None:
    conf.write_text(CLEAN + "foo\n")
    news = start._reload(arguments("-f", str(conf)), start.FULL, first())
    assert [one.name for one in news.config.vrrp_instances] == ["VI_1"]
    ((level, line),) = [one for one in news.lines if "accepted, not yet" not in one[1]]
    assert level == logging.WARNING
    assert line.startswith(f'({conf}: Line 12, column 1) there is no keyword "foo" outside a block')
    assert line.endswith("[unknown-keyword]")
    assert not news.refused


@pytest.mark.parametrize(("role", "refused"), [(start.FULL, True), (start.VRRP_ONLY, True), (start.CHECK_ONLY, False)])
def test_an_error_refuses_a_reload_of_the_half_that_it_is_in(conf: Path, role: start.Role, refused: bool) -> None:
    conf.write_text(CLEAN.replace("51", "0"))
    assert start._reload(arguments("-f", str(conf)), role, first()).refused is refused


def test_a_file_that_is_gone_refuses_a_reload(conf: Path) -> None:
    conf.unlink()
    assert start._reload(arguments("-f", str(conf)), start.FULL, first()).refused


def test_a_reload_reads_again_only_what_has_changed(conf: Path) -> None:
    memory = Memory()
    before = start._load(arguments("-f", str(conf)), memory)
    conf.write_text("# moved\n" + CLEAN + INSTANCE.replace("VI_1", "VI_2").replace("51", "52"))
    news = start._reload(arguments("-f", str(conf)), start.FULL, first(memory))
    assert memory.recalled == 1
    assert news.config.vrrp_instances[0] == before.config.vrrp_instances[0]
    assert news == start._reload(arguments("-f", str(conf)), start.FULL, first())


def test_the_name_of_the_configuration_decides_which_lines_count(conf: Path) -> None:
    conf.write_text(CLEAN + "@one foo\n@two bar\n")
    news = start._reload(arguments("-f", str(conf), "-i", "two"), start.FULL, first())
    assert [line.partition('"')[2].partition('"')[0] for _, line in news.lines if "unknown-keyword" in line] == ["bar"]
