"""All that routers follow besides interfaces, told and asked in one place."""

from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.script import Script
from kad.config.schema.track_file import TrackFile, TrackFileLine
from kad.config.schema.track_process import TrackProcess
from kad.config.schema.track_script import TrackScript
from kad.config.schema.vrrp_script import VrrpScript
from kad.config.schema.vrrp_track_process import VrrpTrackProcess
from kad.ipc.messages import ConfigureVrrp, RunScript, ScriptExited
from kad.units import SECOND, Micros
from kad.vrrp.settings import Others, RouterSettings, settle
from kad.vrrp.track_process import Waiting
from kad.vrrp.trackers import Around, Due, FileRead, ProcessesScanned, ProcessesSeen, Trackers
from tests.vrrp.lan import START, instance

SCRIPT = VrrpScript(name="chk", script=Script(argv=("/chk",)))
FILE = TrackFile(name="load", file="/run/load")
PROCESS = VrrpTrackProcess(name="web", process=("nginx",), terminate_delay=SECOND)
WEB = ("nginx", ())
FOLLOWER = instance(
    track_script=(TrackScript(name="chk"),),
    track_file=(TrackFileLine(name="load"),),
    track_process=(TrackProcess(name="web"),),
)


def followed() -> tuple[Trackers, RouterSettings, dict[Due, Micros | None]]:
    """The trackers of one router that follows one of each, the router, and who is due when."""
    share = ConfigureVrrp(
        global_defs=GlobalDefs(),
        scripts=(SCRIPT,),
        instances=(FOLLOWER,),
        track_files=(FILE,),
        track_processes=(PROCESS,),
    )
    ours = settle(FOLLOWER, GlobalDefs(), {"chk": SCRIPT}, None, Others({"load": FILE}, {"web": PROCESS}))
    schedule: dict[Due, Micros | None] = {}
    made = Trackers(schedule.__setitem__, lambda: 1)
    assert made.follow(share, [ours], Around({"/run/load": b"7"}, {5: WEB}), START) == []
    return made, ours, schedule


def test_what_is_found_at_the_start_are_facts() -> None:
    made, ours, _ = followed()
    assert made.facts(ours) == {"verdicts": {"chk": None}, "files": {"load": 7}, "processes": {"web": True}}


def test_what_is_observed_later_is_news_when_it_changes_something() -> None:
    made, ours, schedule = followed()
    assert schedule["chk"] == START
    (asked,), news = made.due("chk", START)
    assert isinstance(asked, RunScript)
    assert not news
    assert made.observed(ScriptExited(run=1, status=0), START)[1]
    assert made.observed(FileRead("/run/load", b"8"), START)[1]
    assert made.observed(ProcessesSeen([(5, None)]), START) == ([], False)
    assert schedule[Waiting("web")] == START + SECOND
    lines, news = made.due(Waiting("web"), Micros(START + SECOND))
    assert (len(lines), news) == (1, True)
    assert made.facts(ours) == {"verdicts": {"chk": True}, "files": {"load": 8}, "processes": {"web": False}}
    assert made.observed(ProcessesScanned({6: WEB}), Micros(START + SECOND))[1]
    assert not made.observed(ProcessesScanned({6: WEB}), Micros(START + SECOND))[1]


def test_after_the_stop_no_script_is_due() -> None:
    made, _, schedule = followed()
    made.stop(START)
    assert schedule["chk"] is None


def test_a_runner_that_is_lost_has_scripts_due_again() -> None:
    made, _, schedule = followed()
    made.due("chk", START)
    assert schedule["chk"] == START + SECOND
    made.runner_lost(Micros(START + 5))
    assert schedule["chk"] == START + 5
