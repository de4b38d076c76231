"""Old and new Config to what each worker needs to do on a reload: what is new, what is gone, what is different. Pure.

Blocks are the same when they go by the same name: an instance's name, a virtual server's address, port and protocol.
Not here: what a worker makes of a difference.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

from kad.config.config import Config
from kad.config.schema.real_server import RealServer
from kad.config.schema.virtual_server import VirtualServer
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.config.schema.vrrp_script import VrrpScript

T = TypeVar("T")


class Difference(Struct, Generic[T], frozen=True, kw_only=True):
    """Two lists of blocks compared, in the order of the new one (`removed`: the old). `altered`: (old, new) pairs."""

    added: tuple[T, ...] = ()
    removed: tuple[T, ...] = ()
    altered: tuple[tuple[T, T], ...] = ()
    same: tuple[T, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to do; a new order alone is nothing."""
        return not (self.added or self.removed or self.altered)


class Changes(Struct, frozen=True, kw_only=True):
    """Which workers have anything to do, and what for those two that have blocks of their own."""

    vrrp: bool
    checker: bool
    runner: bool
    scripts: Difference[VrrpScript]
    instances: Difference[VrrpInstance]
    virtual_servers: Difference[VirtualServer]


def changes(old: Config, new: Config) -> Changes:
    """What a reload from one configuration to the other means for each worker."""
    settings = old.global_defs != new.global_defs
    changed_scripts = scripts(old.vrrp_scripts, new.vrrp_scripts)
    changed_instances = instances(old.vrrp_instances, new.vrrp_instances)
    changed_servers = virtual_servers(old.virtual_servers, new.virtual_servers)
    return Changes(
        vrrp=settings or not (changed_scripts.nothing and changed_instances.nothing),
        checker=settings or not changed_servers.nothing,
        runner=settings,
        scripts=changed_scripts,
        instances=changed_instances,
        virtual_servers=changed_servers,
    )


def scripts(old: Sequence[VrrpScript], new: Sequence[VrrpScript]) -> Difference[VrrpScript]:
    """The vrrp_scripts, by name."""
    return difference(old, new, lambda script: script.name)


def instances(old: Sequence[VrrpInstance], new: Sequence[VrrpInstance]) -> Difference[VrrpInstance]:
    """The instances, by name."""
    return difference(old, new, lambda instance: instance.name)


def virtual_servers(old: Sequence[VirtualServer], new: Sequence[VirtualServer]) -> Difference[VirtualServer]:
    """The virtual servers, by address, port and protocol."""
    return difference(old, new, lambda service: (service.address, service.port, service.protocol))


def real_servers(old: Sequence[RealServer], new: Sequence[RealServer]) -> Difference[RealServer]:
    """The real servers of one virtual server, by address and port."""
    return difference(old, new, lambda server: (server.address, server.port))


def difference(old: Sequence[T], new: Sequence[T], key: Callable[[T], Hashable]) -> Difference[T]:
    """Compare two lists by a key that is unique in each."""
    before = {key(item): item for item in old}
    after = {key(item) for item in new}
    met = [(before[key(item)], item) for item in new if key(item) in before]
    return Difference(
        added=tuple(item for item in new if key(item) not in before),
        removed=tuple(item for item in old if key(item) not in after),
        altered=tuple((was, now) for was, now in met if was != now),
        same=tuple(now for was, now in met if was == now),
    )
