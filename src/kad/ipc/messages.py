"""Every message between kad's processes, and who may send it. A stranger in a channel is fatal to its reader.

The unions at the end are the whole traffic: `ToVrrp` is all that a VRRP worker can be told, `FromVrrp` all that it
can say. Frames are msgspec (`codec.py`): nothing that a worker sends can make the parent execute anything.
"""

from msgspec import Struct

from kad.config.config import Config
from kad.config.schema.garp_group import GarpGroup
from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.interface_up_down_delays import UpDownDelay
from kad.config.schema.linkbeat_interfaces import LinkbeatInterface
from kad.config.schema.script import Script
from kad.config.schema.static_ipaddress import StaticAddress
from kad.config.schema.static_routes import StaticRoute
from kad.config.schema.static_rules import StaticRule
from kad.config.schema.track_file import TrackFile
from kad.config.schema.track_group import TrackGroup
from kad.config.schema.virtual_server import VirtualServer
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.config.schema.vrrp_script import VrrpScript
from kad.config.schema.vrrp_sync_group import VrrpSyncGroup
from kad.config.schema.vrrp_track_process import VrrpTrackProcess
from kad.units import Micros


class Message(Struct, frozen=True, kw_only=True, tag=True):
    """The root of all messages; the frame carries the class's name."""


# Parent to worker


class ConfigureVrrp(Message, frozen=True, kw_only=True):
    """The VRRP worker's share of the configuration: the first message of its life, and again after a reload.

    `release`: what to do at an end without a Stop, when the parent died or somebody else sent SIGTERM. `first`: the
    daemon starts; a worker that takes a dead one's place does not wait for vrrp_startup_delay once more. `sysctls`:
    what the dead one had said last in Sysctls.
    """

    global_defs: GlobalDefs
    scripts: tuple[VrrpScript, ...]
    instances: tuple[VrrpInstance, ...]
    sync_groups: tuple[VrrpSyncGroup, ...] = ()
    track_files: tuple[TrackFile, ...] = ()
    track_processes: tuple[VrrpTrackProcess, ...] = ()
    garp_groups: tuple[GarpGroup, ...] = ()
    link_delays: tuple[UpDownDelay, ...] = ()
    linkbeat: tuple[LinkbeatInterface, ...] = ()
    linkbeat_all: bool = False
    track_groups: tuple[TrackGroup, ...] = ()
    static_addresses: tuple[StaticAddress, ...] = ()
    static_routes: tuple[StaticRoute, ...] = ()
    static_rules: tuple[StaticRule, ...] = ()
    release: bool = True
    first: bool = True
    sysctls: tuple[tuple[int, str, str, str], ...] = ()


class ConfigureChecker(Message, frozen=True, kw_only=True):
    """The checker worker's share of the configuration: the first message of its life, and again after a reload.

    `release` as in ConfigureVrrp.
    """

    global_defs: GlobalDefs
    virtual_servers: tuple[VirtualServer, ...]
    release: bool = True


class Stop(Message, frozen=True, kw_only=True):
    """End now and cleanly. `release`: take what kad put into the kernel out again (not with -V, -I)."""

    release: bool = True


class Dump(Message, frozen=True, kw_only=True):
    """Tell what you are: `kind` is data, stats or json. `clear`: count from 0 again afterwards."""

    kind: str
    clear: bool = False


NO_RUNNER = "the script runner is not running"
"""`ScriptExited.error` of a script that was not run for this reason: that says nothing about the script."""


class ScriptExited(Message, frozen=True, kw_only=True):
    """How a script that was run with `report` ended: exactly one of the four says it."""

    run: int
    status: int | None = None
    signal: int | None = None
    timed_out: bool = False
    error: str = ""


class RunnerLost(Message, frozen=True, kw_only=True):
    """The runner died: of the scripts asked for so far, none that has not been reported will be."""


# Worker to parent


class Ready(Message, frozen=True, kw_only=True):
    """The first configuration is in force: from now on a death is a crash, not a failed start."""


class Sysctls(Message, frozen=True, kw_only=True):
    """What settings of interfaces were before the worker changed them: a successor is to restore them in the end.

    Each is family, interface, name and value.
    """

    before: tuple[tuple[int, str, str, str], ...]


class GivingUp(Message, frozen=True, kw_only=True):
    """The worker ends with `code`, one of `errors.HOPELESS`, for this reason; it is not to be restarted."""

    reason: str
    code: int


class LogRecord(Message, frozen=True, kw_only=True):
    """One line of log. `created` is Unix time, `lost` how many records were dropped before this one."""

    logger: str
    level: int
    created: float
    text: str
    lost: int = 0


class Dumped(Message, frozen=True, kw_only=True):
    """What was asked for with a Dump of this kind; nothing when there is nothing to tell."""

    kind: str
    text: str


class Late(Message, frozen=True, kw_only=True):
    """A timer was handled this long after it was due."""

    micros: int


class FifoLine(Message, frozen=True, kw_only=True):
    """Tell the pipes for notifications this line; it goes on to the runner."""

    text: str


class RunScript(Message, frozen=True, kw_only=True):
    """Run a command. Commands of one `queue` run one after another in order; an empty queue has no order.

    `script.user` None: the configured script_user, else keepalived_script if that account exists, else root.
    With `report`, a ScriptExited with the same `run` comes back. `timeout` None: it may run for ever.
    """

    run: int
    script: Script
    queue: str = ""
    timeout: Micros | None = None
    report: bool = False


# Parent to runner, and back: a worker's request with its owner's name ("vrrp#3": the third VRRP worker's)


class RunFor(Message, frozen=True, kw_only=True):
    """Run a worker's script."""

    owner: str
    request: RunScript


class ExitedFor(Message, frozen=True, kw_only=True):
    """How an owner's script ended."""

    owner: str
    result: ScriptExited


class Disown(Message, frozen=True, kw_only=True):
    """This owner is gone: end the scripts it wanted to hear of, let its notify scripts finish."""

    owner: str


class ConfigureRunner(Message, frozen=True, kw_only=True):
    """The globals that say as whom scripts run."""

    global_defs: GlobalDefs


# Loader to parent


class NewConfig(Message, frozen=True, kw_only=True):
    """What the loader read on a reload. `lines`: (level, text) of each diagnostic; `refused`: keep the old one."""

    config: Config
    lines: tuple[tuple[int, str], ...]
    refused: bool


ToVrrp = ConfigureVrrp | Dump | ScriptExited | RunnerLost | Stop
ToChecker = ConfigureChecker | ScriptExited | RunnerLost | Stop
ToRunner = ConfigureRunner | FifoLine | RunFor | Disown | Stop

FromWorker = Dumped | FifoLine | GivingUp | Late | LogRecord | Ready | RunScript | Sysctls
"""What the VRRP and the checker worker say."""

FromRunner = Ready | GivingUp | LogRecord | ExitedFor

FromLoader = NewConfig
