"""Run a real parent over fake workers: python -m tests.supervisor.fake_parent DIR VRRP_FAKE CHECKER_FAKE [-R].

Logs to DIR/log, pid files in DIR. A file DIR/next is what a reload finds: "refused", a priority, ... DIR/globals.json
has what global_defs says, at the start and at reloads.
"""

import logging
import os
import sys
from pathlib import Path

import msgspec

from kad.config.config import Config
from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.real_server import RealServer
from kad.config.schema.virtual_server import VirtualServer
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.ipc.messages import NewConfig
from kad.supervisor import lifecycle
from kad.supervisor.process import Options, Parent, WorkerSpec
from kad.system import logs
from kad.system.files import PidFile
from tests.supervisor import fakes


def config(priority: int = 100) -> Config:
    said = Path(os.environ["KAD_TEST_DIR"]) / "globals.json"
    return Config(
        global_defs=msgspec.json.decode(said.read_bytes(), type=GlobalDefs) if said.exists() else GlobalDefs(),
        vrrp_instances=(VrrpInstance(name="VI_1", interface="lo", virtual_router_id=1, priority=priority),),
        virtual_servers=(VirtualServer(address="10.0.0.1", real_servers=(RealServer(address="10.0.0.2"),)),),
    )


def load(directory: Path) -> NewConfig:
    what = (directory / "next").read_text()
    if what == "crash":
        os.abort()
    if what == "refused":
        return NewConfig(config=Config(), lines=((logging.ERROR, "what is wrong"),), refused=True)
    if what == "none":
        farm = config().virtual_servers
        return NewConfig(config=Config(virtual_servers=farm), lines=(), refused=False)
    return NewConfig(config=config(priority=int(what)), lines=(), refused=False)


def main() -> int:
    directory = Path(sys.argv[1])
    vrrp, checker = sys.argv[2:4]
    os.environ["KAD_TEST_DIR"] = str(directory)
    fakes.install()
    lifecycle.FREE_CRASHES = int(os.environ.get("KAD_TEST_FREE_CRASHES", str(lifecycle.FREE_CRASHES)))
    logs.install([logs.File(str(directory / "log"))], level=logging.INFO, ident="kad")
    workers = (
        WorkerSpec("runner", "Script runner process", "kad.runner.process", "kad_runner"),
        WorkerSpec("vrrp", "VRRP child process", f"fake_{vrrp}", "kad_vrrp"),
        WorkerSpec("checker", "Healthcheck child process", f"fake_{checker}", "kad_checker"),
    )
    files = {name: PidFile(str(directory / f"{name}.pid")) for name in ("runner", "vrrp", "checker")}
    options = Options(
        workers=workers,
        load=lambda: load(directory),
        report=lambda status: None,  # noqa: ARG005
        respawn="-R" not in sys.argv,
    )
    return Parent(options, config(), files).run()


if __name__ == "__main__":
    sys.exit(main())
