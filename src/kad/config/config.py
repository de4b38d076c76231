"""Config: a whole configuration, typed and immutable, as `load.py` makes it and the workers get it."""

from msgspec import Struct

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.virtual_server import VirtualServer
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.config.schema.vrrp_script import VrrpScript


class Config(Struct, frozen=True, kw_only=True):
    """Everything the configuration says, in file order."""

    global_defs: GlobalDefs = GlobalDefs()
    vrrp_scripts: tuple[VrrpScript, ...] = ()
    vrrp_instances: tuple[VrrpInstance, ...] = ()
    virtual_servers: tuple[VirtualServer, ...] = ()
