"""Which interfaces of their own the virtual routers get (use_vmac), and what each is called. Pure.

A macvlan in private mode with the virtual hardware address stands on the instance's interface, its base (reference
vrrp.md 5.1). `plan` settles every name and writes it into the instances: afterwards `own_interface` is where an
instance has its addresses, and an address that is to be elsewhere has that interface as its `dev`.

Not here: making them (system/devices.py), which packets are kept from them (firewall.py); use_ipvlan is not acted on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import structs

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.config.vrrp_kinds import LONGEST_NAME

MACVLAN = "macvlan"


@dataclass(frozen=True)
class Child:
    """An interface on top of another, its base. `mac`: six octets as text."""

    base: str
    mac: str
    kind: str = MACVLAN
    mode: str = "private"


@dataclass(frozen=True)
class Device:
    """An interface that there is to be for an instance.

    `ipv4`: it carries IPv4, and its base must not answer ARP for it. `ipv6`: IPv6 is not switched off on it;
    `link_local`: it gets its base's link-local address, from which IPv6 adverts come.
    """

    instance: str
    name: str
    child: Child
    ipv4: bool
    ipv6: bool
    link_local: bool
    group: str | None = None


@dataclass(frozen=True)
class Plan:
    """The instances with all names in them, the devices, and what is to be told about names that were not free."""

    instances: tuple[VrrpInstance, ...] = ()
    devices: tuple[Device, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass
class Names:
    """Which interfaces there are; `children` are those of them that kad could have made. `claimed`: promised by now."""

    taken: frozenset[str]
    children: Mapping[str, Child]
    claimed: set[str] = field(default_factory=set)

    def found(self, child: Child, wanted: str | None, usual: str) -> str | None:
        """An interface of the wanted name, else of any, that is just like this; one of the usual name before others."""
        same = {name for name, other in self.children.items() if other == child and name not in self.claimed}
        if wanted is not None:
            return wanted if wanted in same else None
        return min(same, key=lambda name: (name != usual, name), default=None)

    def usable(self, wanted: str, kind: str) -> bool:
        """Whether an interface of this name can be made: there is none, or one that may be replaced."""
        mine = wanted in self.children and self.children[wanted].kind == kind
        return wanted not in self.claimed and (wanted not in self.taken or mine)

    def free(self, prefix: str, vrid: int, family: int) -> str:
        """PREFIX.VRID, for IPv6 then PREFIX6.VRID, then PREFIX1.VRID and so on (5.1)."""
        marks = ["", *(["6"] if family == 6 else []), *map(str, range(1, 1000))]
        names = (_name(prefix, mark, vrid) for mark in marks)
        return next(name for name in names if name not in self.taken and name not in self.claimed)


def plan(
    instances: tuple[VrrpInstance, ...], global_defs: GlobalDefs, taken: frozenset[str], children: Mapping[str, Child]
) -> Plan:
    """Settle the names. Those that are written come first, and a device that is there already keeps its name."""
    names = Names(taken, children)
    remarks: list[str] = []
    chosen = [_named(instance, names, remarks) for instance in instances]
    done: list[VrrpInstance] = []
    devices: list[Device] = []
    for instance, named in zip(instances, chosen, strict=True):
        own = named or _unnamed(instance, global_defs, names)
        others = {} if own is None else {(instance.interface, instance.family): own}
        before = len(others)
        addresses, excluded = (
            tuple(_place(instance, address, others, global_defs, names) for address in lines)
            for lines in (instance.virtual_ipaddress, instance.virtual_ipaddress_excluded)
        )
        devices += ([own] if own is not None else []) + list(others.values())[before:]
        changed = structs.replace(instance, virtual_ipaddress=addresses, virtual_ipaddress_excluded=excluded)
        done.append(changed if own is None else _with_name(changed, own.name))
    return Plan(tuple(done), tuple(devices), tuple(remarks))


def promoting(instances: tuple[VrrpInstance, ...]) -> frozenset[str]:
    """Where promote_secondaries is asked for; every VMAC has it anyhow."""
    return frozenset(one.interface for one in instances if one.promote_secondaries and one.use_vmac is None)


def own_interface(instance: VrrpInstance) -> str:
    """The interface that the instance's addresses go to; before `plan` the name that a VMAC would have at best."""
    said = instance.use_vmac
    if said is None:
        return instance.interface
    return said.name or _name("vrrp", "", instance.virtual_router_id)


def speaks_on(instance: VrrpInstance) -> str:
    """The interface that adverts leave from and come to: unicast always has the base (reference keywords)."""
    return instance.interface if instance.vmac_xmit_base or instance.unicast_peer else own_interface(instance)


def _named(instance: VrrpInstance, names: Names, remarks: list[str]) -> Device | None:
    """The device whose name is written, if that can be had."""
    said = instance.use_vmac
    if said is None or said.name is None:
        return None
    child = _child(instance)
    if not names.usable(said.name, child.kind):
        text = f"({instance.name}) there is another interface {said.name} already: the name by the VRID is used"
        remarks.append(text)
        return None
    if said.name in names.children and names.children[said.name] != child:
        text = f"({instance.name}) VMAC {said.name} already exists but is incompatible. It will be deleted/updated"
        remarks.append(text)
    return _device(instance, said.name, child, names)


def _unnamed(instance: VrrpInstance, global_defs: GlobalDefs, names: Names) -> Device | None:
    if instance.use_vmac is None:
        return None
    child, vrid = _child(instance), instance.virtual_router_id
    usual = _name(global_defs.vmac_prefix, "", vrid)
    name = names.found(child, None, usual) or names.free(global_defs.vmac_prefix, vrid, instance.family)
    return _device(instance, name, child, names)


def _child(instance: VrrpInstance) -> Child:
    return Child(instance.interface, _mac(instance, instance.family))


def _device(instance: VrrpInstance, name: str, child: Child, names: Names) -> Device:
    names.claimed.add(name)
    assert instance.use_vmac is not None, "only then it has one"
    every = (*instance.virtual_ipaddress, *instance.virtual_ipaddress_excluded)
    return Device(
        instance=instance.name,
        name=name,
        child=child,
        ipv4=instance.family == 4,
        ipv6=instance.family == 6 or any(":" in line.address for line in every),
        link_local=instance.family == 6,
        group=instance.use_vmac.group,
    )


def _place(
    instance: VrrpInstance,
    address: VirtualAddress,
    devices: dict[tuple[str, int], Device],
    global_defs: GlobalDefs,
    names: Names,
) -> VirtualAddress:
    """The address with the interface that it goes to; `devices` by base and family, more of them when it needs one."""
    family = 6 if ":" in address.address else 4
    base = address.device or instance.interface
    own = instance.use_vmac is not None
    if own and (base, family) == (instance.interface, instance.family):
        return structs.replace(address, device=devices[base, family].name)
    elsewhere = instance.use_vmac_addr and (base, family) != (instance.interface, instance.family)
    if not (address.use_vmac or elsewhere):
        return structs.replace(address, device=base) if own and address.device is None else address
    if (base, family) not in devices:
        child = Child(base, _mac(instance, family))
        prefix = global_defs.vmac_addr_prefix or global_defs.vmac_prefix
        usual = _name(prefix, "", instance.virtual_router_id)
        name = names.found(child, None, usual) or names.free(prefix, instance.virtual_router_id, family)
        names.claimed.add(name)
        devices[base, family] = Device(
            instance.name, name, child, ipv4=family == 4, ipv6=family == 6, link_local=family == 6
        )
    return structs.replace(address, device=devices[base, family].name)


def _mac(instance: VrrpInstance, family: int) -> str:
    """RFC 9568 section 7.3; or the one that is written, whose sixth octet is the VRID when it has but five (5.1)."""
    vrid = f"{instance.virtual_router_id:02x}"
    said = None if instance.use_vmac is None else instance.use_vmac.mac
    if said is not None and family == instance.family:
        return said if said.count(":") == 5 else f"{said}:{vrid}"
    return f"00:00:5e:00:{'01' if family == 4 else '02'}:{vrid}"


def _with_name(instance: VrrpInstance, name: str) -> VrrpInstance:
    assert instance.use_vmac is not None, "only then it has one"
    return structs.replace(instance, use_vmac=structs.replace(instance.use_vmac, name=name))


def _name(prefix: str, mark: str, vrid: int) -> str:
    """Cut where the kernel's limit is; the VRID is what tells them apart."""
    end = f"{mark}.{vrid}"
    return prefix[: LONGEST_NAME - len(end)] + end
