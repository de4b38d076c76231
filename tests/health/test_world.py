"""Where a check goes."""

import pytest
from msgspec.structs import replace

from kad.config.schema.http_get import HttpGet, Url
from kad.config.schema.real_server import RealServer
from kad.config.schema.tcp_check import TcpCheck
from kad.config.schema.virtual_server import VirtualServer
from kad.health.world import Endpoint, endpoint
from kad.units import Micros

SERVICE = VirtualServer(address="10.9.0.1", port=80, connect_timeout=Micros(5))
SERVER = RealServer(address="10.1.0.1", port=8080)


def test_a_check_goes_to_its_real_server_unless_it_says_otherwise() -> None:
    assert endpoint(TcpCheck(), SERVER, SERVICE) == Endpoint("10.1.0.1", 8080, Micros(5))
    elsewhere = endpoint(TcpCheck(connect_ip="10.2.0.1", connect_port=81), SERVER, SERVICE)
    assert (elsewhere.address, elsewhere.port) == ("10.2.0.1", 81)


@pytest.mark.parametrize("check", [TcpCheck(), HttpGet(url=(Url(path="/"),))])
def test_a_check_comes_from_where_it_says(check: TcpCheck | HttpGet) -> None:
    check = replace(check, bindto="10.3.0.1", bind_port=9, bind_if="eth0", fwmark=7)
    target = endpoint(check, SERVER, SERVICE)
    assert (target.bindto, target.bind_port, target.bind_if, target.fwmark) == ("10.3.0.1", 9, "eth0", 7)
    check = replace(check, connect_ip="10.2.0.1", connect_port=81, connect_timeout=Micros(3))
    assert endpoint(check, SERVER, SERVICE) == Endpoint("10.2.0.1", 81, Micros(3), "10.3.0.1", 9, "eth0", 7)


@pytest.mark.parametrize(("own", "server", "timeout"), [(1, 2, 1), (None, 2, 2), (None, None, 5)])
def test_the_time_limit_is_the_innermost_one(own: Micros | None, server: Micros | None, timeout: int) -> None:
    real_server = RealServer(address="10.1.0.1", port=8080, connect_timeout=server)
    assert endpoint(TcpCheck(connect_timeout=own), real_server, SERVICE).timeout == timeout
