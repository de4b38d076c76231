"""What is simulated: machines, virtual routers and their configuration, drawn from the seed.

Two to four machines run one or two virtual routers on one or two LANs, perhaps as a sync group. What the routers of one
VRID must agree on (version, addresses, password, in version 2 the interval) they agree on; the rest differs as it may.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from random import Random

from msgspec import structs

from kad.config.schema.authentication import Authentication, AuthType
from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.unicast_peer import UnicastPeer
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_instance import InitialState, VrrpInstance
from kad.config.schema.vrrp_sync_group import VrrpSyncGroup
from kad.ipc.messages import ConfigureVrrp
from kad.units import SECOND, Micros
from kad.vrrp.packet import IPAddress
from kad.vrrp.settings import OWNER

LANS = ("eth0", "eth1")
PRIORITIES = (1, 50, 100, 100, 100, 150, 150, 200, 254)
TICK = 10_000
"""Microseconds of one step of advert_int in version 3."""


@dataclass(frozen=True)
class Plan:
    """A LAN to be simulated. `unit`: its longest advert_int; `hosts`: each machine's number on every LAN."""

    unit: Micros
    hosts: dict[str, int]
    shares: dict[str, ConfigureVrrp]
    junk: bool

    def own(self, machine: str) -> dict[str, tuple[IPAddress, ...]]:
        """The addresses that a machine's interfaces have by themselves."""
        return own_addresses(self.hosts[machine])

    def describe(self) -> list[str]:
        """What each machine is told, for people."""
        lines = []
        for machine, share in self.shares.items():
            for one in share.instances:
                words = [
                    f"{one.name}: dev {one.interface} vrid {one.virtual_router_id} version {one.version}",
                    f"IPv{one.family} {'unicast' if one.unicast_peer else 'multicast'}",
                    f"advert_int {one.advert_int / SECOND:g} priority {one.base_priority}",
                ]
                words += ["nopreempt"] if one.nopreempt else []
                words += [f"preempt_delay {one.preempt_delay / SECOND:g}"] if one.preempt_delay else []
                words += [f"down_timer_adverts {one.down_timer_adverts}"] if one.down_timer_adverts else []
                words += [f"sync group {group.name}" for group in share.sync_groups if one.name in group.group]
                lines.append(f"{machine} (host {self.hosts[machine]}) {' '.join(words)}")
        return lines


@dataclass(frozen=True)
class _Habits:
    """What one machine does in its own way."""

    priority: int
    nopreempt: bool
    preempt_delay: Micros


def own_addresses(host: int) -> dict[str, tuple[IPAddress, ...]]:
    """The addresses of the machine with this number, by LAN."""
    return {
        "eth0": (IPv4Address(f"192.0.2.{host}"), IPv6Address(f"fe80::a:{host}")),
        "eth1": (IPv4Address(f"198.51.100.{host}"), IPv6Address(f"fe80::b:{host}")),
    }


def draw(random: Random) -> Plan:
    """A plan from the seed's numbers."""
    hosts = {f"m{n}": host for n, host in enumerate(random.sample(range(1, 90), random.randint(2, 4)), 1)}
    layout = random.choices(("one", "two", "apart", "group"), (30, 15, 15, 40))[0]
    version = random.choice((2, 3))
    unit = Micros(SECOND if version == 2 else TICK * random.choice((10, 20, 50, 100)))
    names = ("A",) if layout == "one" else ("A", "B")
    habits = _habits(random, hosts, unit)
    owner = random.choice([*hosts]) if random.random() < 0.2 else None
    members: dict[str, list[VrrpInstance]] = {machine: [] for machine in hosts}
    for number, name in enumerate(names):
        lan = LANS[number] if layout in ("apart", "group") else LANS[0]
        if number and layout != "group":
            habits = _habits(random, hosts, unit)
        for machine, instance in _virtual_router(random, (name, lan), version, unit, hosts).items():
            ours = structs.replace(instance, **vars(habits[machine]))
            if machine == owner:
                ours = structs.replace(
                    ours, priority=OWNER, state=InitialState.MASTER, nopreempt=False, preempt_delay=Micros(0)
                )
            members[machine].append(ours)
    for machine in [*hosts][2:]:  # two are left to each virtual router
        if layout in ("two", "apart") and random.random() < 0.3:
            members[machine].pop(random.randrange(2))
    groups = (VrrpSyncGroup(name="G", group=names),) if layout == "group" else ()
    shares = {
        machine: ConfigureVrrp(global_defs=GlobalDefs(), scripts=(), instances=tuple(some), sync_groups=groups)
        for machine, some in members.items()
    }
    return Plan(unit, hosts, shares, junk=random.random() < 0.4)


def reprioritised(random: Random, share: ConfigureVrrp) -> ConfigureVrrp:
    """The same with another priority, one for all that are in a group; an owner stays what it is."""
    priority = random.choice(PRIORITIES)
    instances = tuple(
        one if one.base_priority == OWNER else structs.replace(one, priority=priority) for one in share.instances
    )
    return structs.replace(share, instances=instances)


def _habits(random: Random, hosts: dict[str, int], unit: Micros) -> dict[str, _Habits]:
    manner = random.choices(("preempt", "nopreempt", "delay", "mixed"), (40, 15, 15, 30))[0]
    habits = {}
    for machine in hosts:
        one = random.choice(("preempt", "nopreempt", "delay")) if manner == "mixed" else manner
        delay = Micros(random.randint(1, 5) * unit if one == "delay" else 0)
        habits[machine] = _Habits(random.choice(PRIORITIES), one == "nopreempt", delay)
    return habits


def _virtual_router(
    random: Random, place: tuple[str, str], version: int, unit: Micros, hosts: dict[str, int]
) -> dict[str, VrrpInstance]:
    """One virtual router on all machines, the same but for peers and, in version 3, advert_int."""
    name, lan = place
    number = LANS.index(lan) * 10 + "AB".index(name) * 5
    family = random.choice((4, 6)) if version == 3 else 4
    vips = [f"192.0.2.{100 + number + n}" for n in range(random.randint(1, 3))]
    if family == 6:
        vips = [f"fe80::c:{100 + number}", *(f"2001:db8::{100 + number + n}" for n in range(random.randint(0, 2)))]
    unicast = random.random() < 0.35
    password = Authentication(auth_type=AuthType.PASS, auth_pass="together") if random.random() < 0.3 else None  # noqa: S106
    ready_ints = [unit] if version == 2 else [unit, unit, Micros(unit // 2)]
    same = random.choice(ready_ints) if random.random() < 0.7 else None
    down = random.choice((None, None, None, 2, 5))
    addresses = {machine: own_addresses(host)[lan][0 if family == 4 else 1] for machine, host in hosts.items()}
    return {
        machine: VrrpInstance(
            name=name,
            interface=lan,
            virtual_router_id=51 + number,
            version=version,
            state=InitialState.BACKUP,
            advert_int=same or random.choice(ready_ints),
            authentication=password if version == 2 else None,
            virtual_ipaddress=tuple(VirtualAddress(address=vip, prefix=24 if family == 4 else 64) for vip in vips),
            unicast_peer=tuple(
                UnicastPeer(address=str(address))
                for other, address in addresses.items()
                if unicast and other != machine
            ),
            down_timer_adverts=down,
        )
        for machine in hosts
    }
