"""Interfaces and addresses of the kernel's twin."""

from ipaddress import IPv4Address

from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.sim.kernel import Kernel

OWN, VIP = IPv4Address("192.0.2.1"), VirtualAddress(address="192.0.2.100", prefix=24)


def test_addresses_come_and_go() -> None:
    kernel = Kernel({"eth0": (OWN,)})
    kernel.add("eth0", VIP)
    kernel.add("eth0", VIP)
    assert kernel.virtual == {("eth0", "192.0.2.100/24")}
    assert kernel.of("eth0") == (OWN, IPv4Address("192.0.2.100"))
    kernel.remove("eth0", VIP)
    assert kernel.of("eth0") == (OWN,)


def test_interface_made_anew_is_another_one_without_virtual_addresses() -> None:
    kernel = Kernel({"eth0": (OWN,)})
    kernel.add("eth0", VIP)
    index = kernel.links["eth0"].index
    kernel.delete("eth0")
    kernel.add("eth0", VIP)
    assert (kernel.up, kernel.of("eth0")) == (frozenset(), ())
    kernel.create("eth0")
    assert kernel.links["eth0"].index != index
    assert kernel.of("eth0") == (OWN,)
