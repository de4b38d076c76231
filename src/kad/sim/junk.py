"""Somebody on the LAN who sends what every router must refuse, with the highest priority."""

from ipaddress import IPv4Address, IPv6Address
from random import Random

from kad.config.schema.vrrp_instance import VrrpInstance
from kad.sim.network import Datagram
from kad.sim.plan import own_addresses
from kad.vrrp.packet import Adverts, IPAddress

STRANGER = 99
"""The number of a host that no machine has."""

KINDS = ("version", "vrid", "checksum", "short")
GROUPS: dict[int, IPAddress] = {4: IPv4Address("224.0.0.18"), 6: IPv6Address("ff02::12")}


def junk(random: Random, instance: VrrpInstance, destination: IPAddress) -> Datagram:
    """One such datagram: of the other version, for a VRID nobody has, with a wrong checksum, or cut off."""
    kind = random.choice(KINDS)
    assert instance.version is not None
    version = 5 - instance.version if kind == "version" else instance.version
    source = own_addresses(STRANGER)[instance.interface][0 if destination.version == 4 else 1]
    adverts = Adverts(
        version=version,
        vrid=instance.virtual_router_id + (100 if kind == "vrid" else 0),
        interval=1 if version == 2 else 100,
        addresses=[source],
        source=source,
        destination=destination,
    )
    content = bytearray(adverts.datagram(254, random.randint(1, 0xFFFF)))
    if kind == "checksum":
        content[-12] ^= 0x55  # anything that the sum covers
    if kind == "short":
        del content[-5:]
    return Datagram(source, destination, 255, bytes(content))
