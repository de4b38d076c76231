"""Many routers of one machine for the tests of the node: what it is told, its clock, and what it wants done."""

from ipaddress import IPv4Address

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.config.schema.vrrp_script import VrrpScript
from kad.ipc.messages import ConfigureVrrp, RunScript
from kad.units import SECOND, Micros
from kad.vrrp.actions import Log, State
from kad.vrrp.node import Node, Transmit, Work
from kad.vrrp.packet import Adverts, IPAddress, Received
from kad.vrrp.settings import Key, Wire
from tests.vrrp.lan import GROUP, HIGHER, OURS, START, VIP, instance, unix
from tests.vrrp.lan import decoded as lan_decoded


def share(
    *instances: VrrpInstance, scripts: tuple[VrrpScript, ...] = (), global_defs: GlobalDefs | None = None
) -> ConfigureVrrp:
    return ConfigureVrrp(global_defs=global_defs or GlobalDefs(), scripts=scripts, instances=instances)


class Lan:
    """A node on a LAN where eth0 and eth1 are up and have an address, and its clock."""

    def __init__(self, *instances: VrrpInstance, scripts: tuple[VrrpScript, ...] = ()) -> None:
        self.now = START
        self.node = Node(unix)
        self.node.links_changed({"eth0", "eth1"}, self.now)
        self.node.addresses_changed({"eth0": (OURS,), "eth1": (IPv4Address("198.51.100.1"),)}, self.now)
        self.work = self.node.configure(share(*(instances or (instance(),)), scripts=scripts), self.now)

    def configure(self, *instances: VrrpInstance, scripts: tuple[VrrpScript, ...] = ()) -> list[Work]:
        return self.node.configure(share(*instances, scripts=scripts), self.now)

    def state(self, interface: str = "eth0", vrid: int = 51) -> State:
        return self.node.members[Key(interface, vrid)].router.state

    def run(self, seconds: float) -> list[Work]:
        """Let the time pass, deadline by deadline."""
        end = Micros(self.now + int(seconds * SECOND))
        work: list[Work] = []
        while (at := self.node.deadline) is not None and at <= end:
            self.now = at
            work += self.node.deadline_passed(at)
        self.now = end
        return work

    def hear(self, priority: int, *, interface: str = "eth0", vrid: int = 51) -> list[Work]:
        wire = Adverts(
            version=2, vrid=vrid, interval=1, addresses=[IPv4Address(VIP.address)], source=HIGHER, destination=GROUP
        )
        return self.node.received(Wire(interface, GROUP), wire.datagram(priority, 1), self.now)


def sent(work: list[Work]) -> list[Received]:
    return [decoded(*copy, item) for item in work if isinstance(item, Transmit) for copy in item.copies]


def decoded(destination: IPAddress, datagram: bytes, item: Transmit) -> Received:
    return lan_decoded(datagram, item.source, destination, item.ttl)


def kinds(work: list[Work]) -> list[type]:
    return [type(item) for item in work if not isinstance(item, Log)]


def lines(work: list[Work]) -> list[str]:
    return [item.text for item in work if isinstance(item, Log)]


def scripts_run(work: list[Work]) -> list[str]:
    return [" ".join(item.script.argv) for item in work if isinstance(item, RunScript)]
