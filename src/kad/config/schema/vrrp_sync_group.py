"""vrrp_sync_group NAME { … }: instances that change their state as one."""

from typing import Annotated

from msgspec import Struct

from kad.config.commands import Script
from kad.config.fields import argument, entries, keyword, lines
from kad.config.kinds import Bool, Flag, Word
from kad.config.schema.script import Script as Command
from kad.config.schema.track_bfd import TrackBfd
from kad.config.schema.track_file import TrackFileLine
from kad.config.schema.track_interface import TrackInterface
from kad.config.schema.track_process import TrackProcess
from kad.config.schema.track_script import TrackScript


class VrrpSyncGroup(Struct, frozen=True, kw_only=True):
    """A group of instances. None: what the global settings say."""

    name: Annotated[str, argument(Word("NAME"), "a name", example="SIDES", exact=True, missing="bad-block")]
    group: Annotated[
        tuple[str, ...], entries(Word("INSTANCE"), "the instances of the group", words=True, once=True, acts=True)
    ] = ()
    track_interface: Annotated[
        tuple[TrackInterface, ...],
        lines(TrackInterface, "the interfaces whose state counts for every member", acts=True),
    ] = ()
    track_script: Annotated[
        tuple[TrackScript, ...], lines(TrackScript, "the scripts whose verdict counts for every member", acts=True)
    ] = ()
    track_file: Annotated[
        tuple[TrackFileLine, ...], lines(TrackFileLine, "the files whose number counts for every member", acts=True)
    ] = ()
    track_process: Annotated[
        tuple[TrackProcess, ...], lines(TrackProcess, "the processes that count for every member", acts=True)
    ] = ()
    track_bfd: Annotated[
        tuple[TrackBfd, ...], lines(TrackBfd, "the BFD sessions whose state counts for every member")
    ] = ()
    notify_backup: Annotated[
        Command | None, keyword(Script(), "run when the group becomes BACKUP", once=True, acts=True)
    ] = None
    notify_master: Annotated[
        Command | None, keyword(Script(), "run when the group becomes MASTER", once=True, acts=True)
    ] = None
    notify_fault: Annotated[
        Command | None, keyword(Script(), "run when the group goes to FAULT", once=True, acts=True)
    ] = None
    notify_stop: Annotated[Command | None, keyword(Script(), "run when kad stops", once=True, acts=True)] = None
    notify: Annotated[
        Command | None, keyword(Script(), "run on every change, with GROUP NAME STATE PRIORITY", once=True, acts=True)
    ] = None
    smtp_alert: Annotated[
        bool | None,
        keyword(Bool(), "send mail when the group changes", otherwise="smtp_alert_vrrp, then smtp_alert, then off"),
    ] = None
    sync_group_tracking_weight: Annotated[
        bool,
        keyword(Flag(), "members may have weights in what they track", deprecated=("global_tracking",), acts=True),
    ] = False
    notify_priority_changes: Annotated[
        bool | None,
        keyword(Bool(), "tell the pipes of members' priorities", otherwise="vrrp_notify_priority_changes", acts=True),
    ] = None
