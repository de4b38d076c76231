"""The kinds of virtual router that the RFCs know, for tests that hold for each of them: version and family."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest

from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.vrrp.packet import IPAddress
from kad.vrrp.settings import RouterSettings
from kad.vrrp.tracking import Facts
from tests.vrrp.lan import EXCLUDED, GROUP, HIGHER, LOWER, OURS, VIP, Driver, sender, settings

VIP6 = VirtualAddress(address="2001:db8::100", prefix=64)
FIRST6 = VirtualAddress(address="fe80::100", prefix=64)


@dataclass(frozen=True)
class Style:
    """One kind: what its configuration says, its group, and three addresses in ascending order, ours in the middle."""

    name: str
    config: dict[str, Any]
    group: IPAddress = GROUP
    addresses: tuple[IPAddress, IPAddress, IPAddress] = (LOWER, OURS, HIGHER)
    virtual: tuple[VirtualAddress, ...] = (VIP, EXCLUDED)
    header: int = 20

    def settings(self, **changes: object) -> RouterSettings:
        return settings(**(self.config | {"virtual_ipaddress": self.virtual} | changes))

    def router(self, **changes: object) -> Driver:
        """One that has been started."""
        return Driver(Facts(source=self.ours), of=self.settings(**changes))

    def master(self, **changes: object) -> Driver:
        """One that has become master by waiting."""
        driver = self.router(**changes)
        driver.pass_deadline()
        return driver

    @property
    def lower(self) -> IPAddress:
        return self.addresses[0]

    @property
    def ours(self) -> IPAddress:
        return self.addresses[1]

    @property
    def higher(self) -> IPAddress:
        return self.addresses[2]

    def datagram(self, priority: int = 100, **changes: object) -> tuple[IPAddress, bytes]:
        """Where the first advert goes, and its bytes: over IPv6 without the IP header, which the kernel makes."""
        return sender(self.settings(**changes), self.ours).copies(priority)[0]

    def message(self, priority: int = 100, **changes: object) -> bytes:
        """The VRRP message of the first advert."""
        return self.datagram(priority, **changes)[1][self.header :]

    @property
    def packed(self) -> bytes:
        return b"".join(ip_address(one.address).packed for one in self.virtual)


V2 = Style("v2-ipv4", {"version": 2})
V3_IPV4 = Style("v3-ipv4", {"version": 3})
V3_IPV6 = Style(
    "v3-ipv6",
    {"version": 3},
    IPv6Address("ff02::12"),
    (IPv6Address("fe80::9"), IPv6Address("fe80::10"), IPv6Address("fe80::11")),
    (FIRST6, VIP6),
    0,
)

V3 = pytest.mark.parametrize("style", [V3_IPV4, V3_IPV6], ids=lambda style: style.name)
"""Both families of version 3: RFC 9568."""

LATER = (IPv4Address("192.0.2.50"), IPv6Address("fe80::50"))
