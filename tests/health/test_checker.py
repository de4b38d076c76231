"""A checker, put together from the configuration."""

import asyncio

import pytest
from msgspec.structs import replace

from kad.config.schema.http_get import HttpGet, Url
from kad.config.schema.misc_check import MiscCheck
from kad.config.schema.real_server import Check, RealServer
from kad.config.schema.script import Script
from kad.config.schema.tcp_check import TcpCheck
from kad.config.schema.virtual_server import VirtualServer
from kad.health.checker import Checker, checkers, twins
from kad.health.outcome import Outcome, Reason
from kad.health.verdict import UrlVerdict, Weighed
from kad.ipc.messages import ScriptExited
from kad.units import SECOND, Micros
from tests.health.network import FakeServer

WEB = HttpGet(url=(Url(path="/a"), Url(path="/b")))


def service(*servers: RealServer) -> VirtualServer:
    return VirtualServer(address="10.9.0.1", port=80, protocol="TCP", real_servers=servers)


def server(number: int, *checks: Check, weight: int | None = None, virtualhost: str | None = None) -> RealServer:
    return RealServer(address=f"10.1.0.{number}", port=80, checks=checks, weight=weight, virtualhost=virtualhost)


def only(check: Check, **of_server: int) -> Checker:
    return Checker(service(server(1, check, **of_server)), 0, 0, up=True)  # type: ignore[arg-type]


def test_there_is_a_checker_for_each_check_of_each_server() -> None:
    made = list(checkers(service(server(1, TcpCheck(), WEB), server(2), server(3, TcpCheck())), lambda *_: True))
    assert [(checker.server, checker.check) for checker in made] == [(0, 0), (0, 1), (2, 0)]


def test_a_checker_counts_as_what_its_service_says_until_it_has_run() -> None:
    made = checkers(service(server(1, TcpCheck(), TcpCheck())), lambda _, check: check == 1)
    assert [checker.verdict.up for checker in made] == [False, True]


def test_a_web_checker_asks_its_urls_in_turn_with_the_host_of_its_server() -> None:
    checker = Checker(service(server(1, WEB, virtualhost="www")), 0, 0, up=True)
    assert isinstance(checker.verdict, UrlVerdict)
    for path in (b"/a", b"/b"):
        web = FakeServer([b"HTTP/1.0 200 OK\r\n\r\n"])
        checker.verdict.begin(SECOND)
        outcome = asyncio.run(checker.attempt(web))
        assert web.sent.startswith(b"GET " + path)
        assert b"Host: www\r\n" in web.sent
        checker.ended(outcome, SECOND)


def test_a_web_checker_of_a_server_without_a_host_has_that_of_its_virtual_server() -> None:
    web = FakeServer([b"HTTP/1.0 200 OK\r\n\r\n"])
    checker = Checker(replace(service(server(1, WEB)), virtualhost="farm"), 0, 0, up=True)
    checker.verdict.begin(SECOND)
    asyncio.run(checker.attempt(web))
    assert b"Host: farm\r\n" in web.sent


@pytest.mark.parametrize(("own", "limit"), [(Micros(5), 5), (None, 60 * SECOND)])
def test_a_script_may_take_its_misc_timeout_or_else_the_delay_loop(own: Micros | None, limit: int) -> None:
    asked: list[tuple[Script, int]] = []

    class FakeRunner(FakeServer):
        async def run(self, script: Script, timeout: Micros) -> ScriptExited | None:
            asked.append((script, timeout))
            return None

    script = Script(argv=("x",), user="bob")
    asyncio.run(only(MiscCheck(misc_path=script, misc_timeout=own)).attempt(FakeRunner([])))
    assert asked == [(script, limit)]


def test_only_a_dynamic_script_changes_the_weight() -> None:
    script = Script(argv=("x",))
    success = Outcome(Reason.OK, exit_status=9)
    dynamic = only(MiscCheck(misc_path=script, misc_dynamic=True), weight=3)
    static = only(MiscCheck(misc_path=script), weight=3)
    assert Weighed(9 - 2 - 3) in dynamic.ended(success, SECOND)
    assert not [action for action in static.ended(success, SECOND) if isinstance(action, Weighed)]


@pytest.mark.parametrize(("own", "default", "logs"), [(None, True, True), (None, False, False), (False, True, False)])
def test_whether_all_failures_are_logged_is_the_checker_s_own_word_or_else_the_global_one(
    own: bool | None, default: bool, logs: bool
) -> None:
    misc = MiscCheck(misc_path=Script(argv=("x",)), log_all_failures=own)
    for check in (TcpCheck(log_all_failures=own), replace(WEB, log_all_failures=own), misc):
        checker = only(check)
        checker.log_failures(default=default)
        assert checker.verdict.log_all == logs


def test_a_twin_is_the_checker_of_the_same_server_that_tests_the_same() -> None:
    old = service(server(1, TcpCheck(), TcpCheck(connect_port=81)), server(2, TcpCheck()))
    new = service(
        server(2, TcpCheck(retry=7)),
        server(1, TcpCheck(connect_port=81, delay_loop=Micros(5)), TcpCheck(connect_port=82)),
        server(3, TcpCheck()),
    )
    assert twins(old, new) == {(0, 0): (1, 0), (1, 0): (0, 1)}
