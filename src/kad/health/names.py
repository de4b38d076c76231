"""What virtual and real servers are called in log lines and notifications (reference checker.md, head). Pure."""

from ipaddress import ip_address

from kad.config.schema.real_server import RealServer
from kad.config.schema.virtual_server import SorryServer, VirtualServer

Identity = tuple[str, int, str]
"""What makes a virtual server the same one after a reload: address, port, protocol."""

Place = tuple[str, int]
"""Where a server listens, the address in canonical text: what makes a destination the same one."""


def identity(virtual_server: VirtualServer) -> Identity:
    """Which service of the kernel this is."""
    return (canonical(virtual_server.address), virtual_server.port, virtual_server.protocol)


def place(server: RealServer | SorryServer) -> Place:
    """Which destination of its service this is."""
    return (canonical(server.address), server.port)


def canonical(address: str) -> str:
    """The shortest text of an address, without an IPv6 zone."""
    return ip_address(address.partition("%")[0]).compressed


def of_virtual_server(virtual_server: VirtualServer) -> str:
    """`[10.9.0.1]:tcp:80`."""
    return f"[{canonical(virtual_server.address)}]:{virtual_server.protocol.lower()}:{virtual_server.port}"


def of_server(server: RealServer | SorryServer, virtual_server: VirtualServer) -> str:
    """`[10.1.0.1]:tcp:8080`; the protocol is the virtual server's, whatever the checker speaks."""
    return f"[{canonical(server.address)}]:{virtual_server.protocol.lower()}:{server.port}"
