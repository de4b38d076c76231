"""Config: a whole configuration, typed and immutable, as `load.py` makes it and the workers get it."""

from typing import Annotated

from msgspec import Struct

from kad.config.diagnostics import Half
from kad.config.fields import block
from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.virtual_server import VirtualServer
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.config.schema.vrrp_script import VrrpScript


class Config(Struct, frozen=True, kw_only=True):
    """Everything the configuration says, in file order."""

    global_defs: Annotated[GlobalDefs, block(GlobalDefs, doc="what holds everywhere")] = GlobalDefs()
    vrrp_scripts: Annotated[
        tuple[VrrpScript, ...],
        block(VrrpScript, doc="a script that instances track", name="vrrp_script", repeated=True, half=Half.VRRP),
    ] = ()
    vrrp_instances: Annotated[
        tuple[VrrpInstance, ...],
        block(VrrpInstance, doc="a virtual router", name="vrrp_instance", repeated=True, unique=True, half=Half.VRRP),
    ] = ()
    virtual_servers: Annotated[
        tuple[VirtualServer, ...],
        block(VirtualServer, doc="a service", name="virtual_server", repeated=True, half=Half.CHECKER),
    ] = ()
