"""static_ipaddress { … }: addresses that are there from the start to the stop, whoever is master."""

from typing import Annotated

from msgspec.structs import replace

from kad.config.fields import keyword
from kad.config.route_kinds import Group
from kad.config.schema.virtual_ipaddress import DEV, AddressLine


class StaticAddress(AddressLine, frozen=True, kw_only=True):
    """One address. With a track_group, the state of its interface matters to the instances of the group."""

    device: Annotated[str | None, replace(DEV, otherwise="default_interface (eth0)")] = None
    track_group: Annotated[str | None, keyword(Group(), "the instances that fail with its interface", acts=True)] = None
