"""Which signal asks for which dump, and where it is written."""

import signal

import pytest

from kad.config.config import Config
from kad.config.schema.global_defs import GlobalDefs
from kad.ipc.messages import Dump
from kad.supervisor import dump


def test_the_signals_are_keepalived_s() -> None:
    assert {
        signal.SIGUSR1: Dump(kind="data"),
        signal.SIGUSR2: Dump(kind="stats"),
        signal.SIGRTMIN + 2: Dump(kind="json"),
        signal.SIGRTMAX - 1: Dump(kind="stats", clear=True),
    } == dump.REQUESTS
    assert dump.NAMES["STATS_CLEAR"] == signal.SIGRTMAX - 1
    assert set(dump.NAMES.values()) == {signal.SIGTERM, signal.SIGHUP, *dump.REQUESTS}


@pytest.mark.parametrize(
    ("settings", "kind", "path"),
    [
        (GlobalDefs(), "data", "/tmp/keepalived.data"),
        (GlobalDefs(data_use_instance=True), "stats", "/tmp/keepalived_one.stats"),
        (GlobalDefs(json_dump_file="/x/j", data_use_instance=True), "json", "/x/j"),
        (GlobalDefs(state_dump_file="/x/d"), "data", "/x/d"),
        (GlobalDefs(stats_dump_file="/x/s"), "stats", "/x/s"),
        (GlobalDefs(stats_dump_file="/x/s"), "json", "/tmp/keepalived.json"),
    ],
)
def test_a_dump_goes_where_the_configuration_says(settings: GlobalDefs, kind: str, path: str) -> None:
    """Keepalived accepts stats_dump_file and json_dump_file and ignores them (reference vrrp.md 11)."""
    assert dump.path(kind, Config(global_defs=settings), "_one", "/tmp") == path
