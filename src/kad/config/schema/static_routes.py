"""static_routes { … }: routes that are there from the start to the stop, whoever is master."""

from typing import Annotated

from kad.config.fields import keyword
from kad.config.route_kinds import Group
from kad.config.schema.virtual_routes import VirtualRoute


class StaticRoute(VirtualRoute, frozen=True, kw_only=True):
    """One route. With a track_group, the state of its interface matters to the instances of the group."""

    track_group: Annotated[str | None, keyword(Group(), "the instances that fail with its interface", acts=True)] = None
