"""What servers are called."""

from kad.config.schema.real_server import RealServer
from kad.config.schema.virtual_server import SorryServer, VirtualServer
from kad.health import names

WEB = VirtualServer(address="10.9.0.1", port=80, protocol="TCP")
DNS = VirtualServer(address="FD00:0::1", port=53, protocol="UDP")


def test_a_virtual_server_is_named_by_address_protocol_and_port() -> None:
    assert names.of_virtual_server(WEB) == "[10.9.0.1]:tcp:80"
    assert names.of_virtual_server(DNS) == "[fd00::1]:udp:53"


def test_a_server_has_the_protocol_of_its_virtual_server() -> None:
    assert names.of_server(RealServer(address="10.1.0.1", port=8080), WEB) == "[10.1.0.1]:tcp:8080"
    assert names.of_server(SorryServer(address="fd00:0::9"), DNS) == "[fd00::9]:udp:0"


def test_two_spellings_of_an_address_are_the_same_server() -> None:
    assert names.place(RealServer(address="FD00::A", port=1)) == names.place(SorryServer(address="fd00:0:0::a", port=1))
    assert names.identity(DNS) == names.identity(VirtualServer(address="fd00::1", port=53, protocol="UDP"))
    assert names.identity(DNS) != names.identity(VirtualServer(address="fd00::1", port=53, protocol="TCP"))
