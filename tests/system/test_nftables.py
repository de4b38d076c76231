"""Changing a table through nft: in order, and a failure told once. The rules themselves: netns/test_vmac.py."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from kad.system import nftables
from kad.system.nftables import Table


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What nft was told; it fails for `bad`."""
    told: list[Any] = []

    def run(commands: list[dict[str, Any]]) -> str:
        told.append(commands)
        return "no such thing" if {"to": "bad"} in commands else ""

    monkeypatch.setattr(nftables, "run", run)
    return told


def way(before: str | None, after: str) -> list[dict[str, Any]]:
    return [] if before == after else [{"from": before}, {"to": after}]


def test_nothing_is_run_when_nothing_changes(asked: list[Any]) -> None:
    async def main() -> None:
        table = Table(way)
        for wanted in ("a", "a", "b"):
            await table.become(wanted)

    asyncio.run(main())
    assert asked == [way(None, "a"), way("a", "b")]


def test_after_a_failure_nothing_is_known_and_the_same_one_is_told_once(
    asked: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        table = Table(way)
        for wanted in ("a", "bad", "bad", "a"):
            await table.become(wanted)

    with caplog.at_level(logging.WARNING):
        asyncio.run(main())
    assert asked[-1] == way(None, "a")
    assert [record.getMessage() for record in caplog.records] == [
        "packets are not filtered with nftables: no such thing"
    ]


def test_a_missing_nft_is_said_and_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(nftables, "_PLACES", str(tmp_path))
    assert "apt install nftables" in nftables.run([{"add": {}}])


@pytest.mark.parametrize(
    ("script", "why"), [("echo wrong >&2; exit 1", "wrong"), ("exit 3", "status 3"), ("exit 0", "")]
)
def test_what_nft_says_is_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, why: str) -> None:
    monkeypatch.setattr(nftables, "_PLACES", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "nft").write_text(f"#!/bin/sh\ncat >/dev/null\n{script}\n")
    (tmp_path / "nft").chmod(0o755)
    said = nftables.run([{"add": {}}])
    assert why in said
    assert bool(said) is bool(why)
