"""Network namespaces: entering one, and asking something in one from outside."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from kad.config.reader import ANY_NAME
from kad.system import namespaces
from kad.system.files import Host
from tests.netns.lab import ip

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(os.geteuid() != 0, reason="root is needed for a network namespace"),
]


@pytest.fixture
def blue() -> Iterator[str]:
    """A namespace with an pair of interfaces of its own."""
    name = f"kadns{os.getpid()}"
    ip("netns", "add", name)
    try:
        ip("link", "add", "inner0", "type", "veth", "peer", "name", "inner1", namespace=name)
        yield name
    finally:
        ip("netns", "del", name)


def here() -> str:
    return os.readlink("/proc/thread-self/ns/net")


def test_what_is_asked_inside_is_answered_there_and_we_stay_outside(blue: str) -> None:
    before = here()
    names = namespaces.inside(blue, lambda: {name for _, name in socket.if_nameindex()})
    assert names == {"lo", "inner0", "inner1"}
    assert namespaces.inside(blue, here) != before
    assert here() == before


def test_the_facts_of_a_configuration_are_those_of_its_namespace(blue: str) -> None:
    assert "inner0" not in Host().interfaces()
    assert Host().inside(blue).interfaces() == {"lo", "inner0", "inner1"}
    assert Host(blue).inside("other").interfaces() == {"lo", "inner0", "inner1"}  # -s goes before net_namespace
    assert Host(blue).namespace_problem() == ""
    assert not Host(blue).is_vrf("inner0")


def test_a_namespace_that_is_not_there_is_a_problem_in_words() -> None:
    assert namespaces.problem("kad-none") == "No such file or directory"
    assert Host("kad-none").namespace_problem() == "No such file or directory"
    assert Host("kad-none").interfaces() is ANY_NAME
    assert "whatever" in ANY_NAME
    assert not Host("kad-none").is_vrf("lo")


def test_what_is_no_namespace_can_not_be_entered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    monkeypatch.setattr(namespaces, "FOLDER", str(tmp_path))
    assert namespaces.problem("plain") == "Invalid argument"


def test_an_error_of_the_question_is_raised_where_it_was_asked(blue: str) -> None:
    with pytest.raises(ZeroDivisionError):
        namespaces.inside(blue, lambda: 1 // 0)
