"""What the config package may ask about the outside world, and what it gives back. `system/files.py` answers."""

from typing import Protocol


class Reader(Protocol):
    """Where configuration text comes from, and what may stand in it from outside."""

    def read(self, path: str) -> str:
        """The text of a file (bytes that are no UTF-8 as surrogates); OSError when it can't be read."""

    def expand(self, pattern: str, directory: str) -> list[str]:
        """What is there with a name that matches (wildcards, but no braces), sorted; files or whatever it is.

        `directory` is that of the including file. OSError or ValueError when nothing can have such a name.
        """

    def refusal(self, path: str) -> str:
        """Why something is not included: "is a directory", "is executable"; nothing for a plain regular file."""

    def directory(self, path: str) -> str:
        """The absolute path of the directory that a file is in."""

    def environment(self, name: str) -> str | None:
        """An environment variable; None when it is not set."""

    def random(self, low: int, high: int) -> int:
        """Any integer from `low` to `high`, both included."""


class _AnyName(frozenset[str]):
    """Whatever is looked for is there: nothing can be said about it."""

    def __contains__(self, name: object) -> bool:
        return True


ANY_NAME = _AnyName()


class Facts(Protocol):
    """What a configuration is held against."""

    def inside(self, namespace: str | None) -> "Facts":
        """The same in a network namespace, unless another one was asked for already; None: where we are."""

    def namespace_problem(self) -> str:
        """Why the network namespace that was asked for can't be entered; nothing when it can, or none was."""

    def interfaces(self) -> frozenset[str]:
        """The names of the network interfaces of this namespace; ANY_NAME when they can't be found out."""

    def number(self, table: str, name: str) -> int | None:
        """What a name stands for in a table of iproute2, or in `protocols`; None when it is not there.

        The tables are rt_tables, rt_protos, rt_scopes, rt_realms, rt_dsfield and group.
        """

    def is_vrf(self, interface: str) -> bool:
        """Whether an interface is a VRF."""

    def script_problem(self, program: str) -> str | None:
        """Why this program (the first word of a script) can't be run; None when it can."""

    def insecurity(self, program: str) -> str:
        """Who besides root could change this program or replace it; nothing when nobody can."""

    def user_problem(self, user: str, group: str | None) -> str:
        """Why a script can't run as this user and group; nothing when it can. A colon before a group does not count."""
