"""static_rules { … }: policy rules that are there from the start to the stop, whoever is master."""

from typing import Annotated

from kad.config.fields import keyword
from kad.config.route_kinds import Group
from kad.config.schema.virtual_rules import VirtualRule


class StaticRule(VirtualRule, frozen=True, kw_only=True):
    """One rule. With a track_group, the state of its interface matters to the instances of the group."""

    track_group: Annotated[
        str | None,
        keyword(
            Group(),
            "the instances that fail with its interface",
            acts=True,
            example="iif eth0 table 100 preference 1000 track_group SIDES",
        ),
    ] = None
