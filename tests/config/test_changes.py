"""What a reload from one configuration to another means for each worker."""

from kad.config.changes import changes, difference, instances, real_servers, virtual_servers
from kad.config.config import Config
from tests.config.texts import instance, read, service


def config(text: str) -> Config:
    loaded = read(text)
    assert not any(found.severity.name == "ERROR" for found in loaded.diagnostics)
    return loaded.config


TWO = instance() + instance("priority 90", name="VI_2", vrid="52", vips="10.9.0.2")
FARM = service()


def test_the_same_file_changes_nothing() -> None:
    assert (found := changes(config(TWO + FARM), config(TWO + FARM))).instances.nothing
    assert (found.vrrp, found.checker, found.runner) == (False, False, False)
    assert [one.name for one in found.instances.same] == ["VI_1", "VI_2"]


def test_a_new_order_changes_nothing() -> None:
    other = instance("priority 90", name="VI_2", vrid="52", vips="10.9.0.2") + instance()
    assert not changes(config(TWO), config(other)).vrrp


def test_a_changed_priority_alters_one_instance_and_leaves_the_checker_alone() -> None:
    found = changes(config(TWO + FARM), config(TWO.replace("90", "91") + FARM))
    assert [(old.priority, new.priority) for old, new in found.instances.altered] == [(90, 91)]
    assert (found.vrrp, found.checker) == (True, False)


def test_instances_come_and_go_by_name() -> None:
    found = instances(config(instance()).vrrp_instances, config(instance(name="VI_9")).vrrp_instances)
    assert ([one.name for one in found.added], [one.name for one in found.removed]) == (["VI_9"], ["VI_1"])


def test_a_virtual_server_is_its_address_port_and_protocol() -> None:
    old = config(FARM).virtual_servers
    assert virtual_servers(old, config(service("delay_loop 3")).virtual_servers).altered
    moved = virtual_servers(old, config(service(head="10.9.0.2 81")).virtual_servers)
    assert (len(moved.added), len(moved.removed)) == (1, 1)


def test_real_servers_are_compared_by_address_and_port() -> None:
    old = config(FARM).virtual_servers[0].real_servers
    new = config(service(server="weight 5")).virtual_servers[0].real_servers
    assert len(real_servers(old, new).altered) == 1


def test_a_changed_script_is_the_vrrp_workers_affair() -> None:
    script = 'vrrp_script s {\n script "/bin/x"\n}\n'
    found = changes(config(script + TWO), config(script.replace("/x", "/y") + TWO))
    assert (found.vrrp, found.checker, found.runner, found.instances.nothing) == (True, False, False, True)
    assert len(found.scripts.altered) == 1


def test_changed_globals_are_everybodys_affair() -> None:
    found = changes(config(TWO), config("global_defs {\n router_id x\n}\n" + TWO))
    assert (found.vrrp, found.checker, found.runner) == (True, True, True)


def test_a_difference_keeps_the_order_of_the_lists() -> None:
    found = difference(["b1", "a1", "c1"], ["d1", "c2", "b1", "e1"], lambda word: word[0])
    assert found.added == ("d1", "e1")
    assert found.removed == ("a1",)
    assert found.altered == (("c1", "c2"),)
    assert found.same == ("b1",)
    assert not found.nothing
