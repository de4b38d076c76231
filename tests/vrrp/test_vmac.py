"""The names of VMACs and which addresses go to them (reference vrrp.md 5.1)."""

import pytest

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.vrrp_kinds import Vmac
from kad.vrrp.vmac import Child, Plan, own_interface, plan, promoting, speaks_on
from tests.vrrp.lan import VIP, instance

MAC, MAC6 = "00:00:5e:00:01:33", "00:00:5e:00:02:33"
VIP6 = VirtualAddress(address="fe80::100", prefix=64)
NOTHING = frozenset[str]()


def names(planned: Plan) -> list[tuple[str, str, str]]:
    return [(device.name, device.child.base, device.child.mac) for device in planned.devices]


def with_vmac(vmac: Vmac | None = None, **changes: object) -> Plan:
    return plan((instance(use_vmac=vmac or Vmac(), **changes),), GlobalDefs(), NOTHING, {})


@pytest.mark.parametrize(
    ("vmac", "vip", "expected"),
    [
        (Vmac(), VIP, ("vrrp.51", "eth0", MAC)),
        (Vmac(), VIP6, ("vrrp.51", "eth0", MAC6)),
        (Vmac(name="own"), VIP, ("own", "eth0", MAC)),
        (Vmac(mac="02:00:00:00:00:09"), VIP, ("vrrp.51", "eth0", "02:00:00:00:00:09")),
        (Vmac(mac="02:00:00:00:09"), VIP, ("vrrp.51", "eth0", "02:00:00:00:09:33")),
    ],
)
def test_a_vmac_has_the_name_and_address_that_are_written_else_those_by_the_vrid(
    vmac: Vmac, vip: VirtualAddress, expected: tuple[str, str, str]
) -> None:
    assert names(with_vmac(vmac, virtual_ipaddress=(vip,))) == [expected]


@pytest.mark.parametrize(
    ("vip", "taken", "expected"),
    [
        (VIP, {"vrrp.51"}, "vrrp1.51"),
        (VIP, {"vrrp.51", "vrrp1.51"}, "vrrp2.51"),
        (VIP6, {"vrrp.51"}, "vrrp6.51"),
        (VIP6, {"vrrp.51", "vrrp6.51"}, "vrrp1.51"),
    ],
)
def test_a_name_that_is_taken_is_followed_by_the_next_one(vip: VirtualAddress, taken: set[str], expected: str) -> None:
    planned = plan((instance(use_vmac=Vmac(), virtual_ipaddress=(vip,)),), GlobalDefs(), frozenset(taken), {})
    assert [device.name for device in planned.devices] == [expected]


def test_an_interface_that_is_just_like_it_is_taken_whatever_it_is_called() -> None:
    there = {"vrrp.51": Child("eth1", MAC), "old": Child("eth0", MAC), "other": Child("eth0", MAC6)}
    planned = plan((instance(use_vmac=Vmac()),), GlobalDefs(), frozenset(there), there)
    assert names(planned) == [("old", "eth0", MAC)]
    again = plan((instance(use_vmac=Vmac()),), GlobalDefs(), NOTHING, {"vrrp.51": Child("eth0", MAC)})
    assert names(again) == [("vrrp.51", "eth0", MAC)]


def test_two_instances_do_not_get_the_same_one() -> None:
    first = instance(use_vmac=Vmac())
    second = instance(name="VI_2", use_vmac=Vmac(), virtual_ipaddress=(VIP6,))
    assert names(plan((first, second), GlobalDefs(), NOTHING, {})) == [
        ("vrrp.51", "eth0", MAC),
        ("vrrp6.51", "eth0", MAC6),
    ]
    third = instance(name="VI_3", virtual_router_id=9, use_vmac=Vmac(name="vrrp.51"))
    assert [device.name for device in plan((first, third), GlobalDefs(), NOTHING, {}).devices] == [
        "vrrp1.51",
        "vrrp.51",
    ]


def test_a_written_name_of_another_interface_is_not_taken_and_that_of_another_macvlan_is() -> None:
    wanted = instance(use_vmac=Vmac(name="own"))
    other = plan((wanted,), GlobalDefs(), frozenset({"own"}), {})
    assert ([device.name for device in other.devices], len(other.remarks)) == (["vrrp.51"], 1)
    replaced = plan((wanted,), GlobalDefs(), frozenset({"own"}), {"own": Child("eth1", MAC)})
    assert [device.name for device in replaced.devices] == ["own"]
    assert "will be deleted/updated" in replaced.remarks[0]


@pytest.mark.parametrize(
    ("prefix", "addresses", "expected"),
    [("virtual", None, ["virtual.51", "virtual1.51"]), ("virtual", "far", ["virtual.51", "far.51"])],
)
def test_the_prefixes_are_those_of_the_globals(prefix: str, addresses: str | None, expected: list[str]) -> None:
    far = VirtualAddress(address="198.51.100.1", prefix=24, device="eth1", use_vmac=True)
    global_defs = GlobalDefs(vmac_prefix=prefix, vmac_addr_prefix=addresses)
    planned = plan((instance(use_vmac=Vmac(), virtual_ipaddress_excluded=(far,)),), global_defs, NOTHING, {})
    assert [device.name for device in planned.devices] == expected


def test_a_long_prefix_is_cut_and_the_vrid_is_not() -> None:
    planned = plan(
        (instance(virtual_router_id=255, use_vmac=Vmac()),), GlobalDefs(vmac_prefix="p" * 15), frozenset(), {}
    )
    assert planned.devices[0].name == "p" * 11 + ".255"


FAR = VirtualAddress(address="198.51.100.1", prefix=24, device="eth1")
NEAR6 = VirtualAddress(address="2001:db8::1", prefix=64)


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"use_vmac": Vmac()}, {"198.51.100.1": "eth1", "2001:db8::1": "eth0", "192.0.2.100": "vrrp.51"}),
        (
            {"use_vmac": Vmac(), "use_vmac_addr": True},
            {"198.51.100.1": "vrrp1.51", "2001:db8::1": "vrrp6.51", "192.0.2.100": "vrrp.51"},
        ),
        ({"use_vmac_addr": True}, {"198.51.100.1": "vrrp.51", "2001:db8::1": "vrrp6.51", "192.0.2.100": None}),
        ({}, {"198.51.100.1": "eth1", "2001:db8::1": None, "192.0.2.100": None}),
    ],
)
def test_addresses_elsewhere_have_vmacs_only_when_that_is_wished(
    changes: dict[str, object], places: dict[str, str | None]
) -> None:
    planned = plan((instance(**changes, virtual_ipaddress_excluded=(FAR, NEAR6)),), GlobalDefs(), NOTHING, {})
    every = planned.instances[0].virtual_ipaddress + planned.instances[0].virtual_ipaddress_excluded
    assert {line.address: line.device for line in every} == places


def test_an_address_that_names_the_instance_s_interface_is_on_the_vmac() -> None:
    same = VirtualAddress(address="192.0.2.101", prefix=24, device="eth0")
    planned = with_vmac(virtual_ipaddress_excluded=(same,))
    assert planned.instances[0].virtual_ipaddress_excluded[0].device == "vrrp.51"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("eth0", "eth0")),
        ({"use_vmac": Vmac()}, ("vrrp.51", "vrrp.51")),
        ({"use_vmac": Vmac(), "vmac_xmit_base": True}, ("vrrp.51", "eth0")),
    ],
)
def test_adverts_leave_from_the_vmac_unless_the_base_is_wished(
    changes: dict[str, object], expected: tuple[str, str]
) -> None:
    one = instance(**changes)
    assert (own_interface(one), speaks_on(one)) == expected


def test_promote_secondaries_is_for_the_interface_of_those_without_a_vmac() -> None:
    plain, vmac = instance(promote_secondaries=True), instance(promote_secondaries=True, use_vmac=Vmac())
    assert (promoting((plain,)), promoting((vmac,))) == (frozenset({"eth0"}), NOTHING)
