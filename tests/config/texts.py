"""What the tests of the configuration share: files in memory, a machine in memory, short ways to write a block."""

import copy
import posixpath
from typing import Self

from kad.config.diagnostics import Diagnostic
from kad.config.load import Loaded, load
from kad.config.reader import ANY_NAME

MAIN = "/etc/kad.conf"


class Memory:
    """A reader whose files are a dict. A name with a * at its end stands for several of them.

    `refused` says of paths why they can't be included, `variables` is the environment. A random number is always the
    highest that it may be.
    """

    def __init__(
        self, files: dict[str, str], *, refused: dict[str, str] | None = None, variables: dict[str, str] | None = None
    ) -> None:
        self.files = files
        self.refused = refused or {}
        self.variables = variables or {}
        self.asked: list[tuple[str, str]] = []

    def read(self, path: str) -> str:
        if path not in self.files:
            raise FileNotFoundError(2, "No such file or directory")
        return self.files[path]

    def expand(self, pattern: str, directory: str) -> list[str]:
        self.asked.append((pattern, directory))
        path = pattern if pattern.startswith("/") else f"{directory}/{pattern}"
        known = [*self.files, *self.refused]
        if path.endswith("*"):
            return sorted(name for name in known if name.startswith(path[:-1]))
        return [path] if path in known else []

    def refusal(self, path: str) -> str:
        return self.refused.get(path, "")

    def directory(self, path: str) -> str:
        return posixpath.dirname(path)

    def environment(self, name: str) -> str | None:
        return self.variables.get(name)

    def random(self, low: int, high: int) -> int:
        assert low <= high
        return high


class World:
    """A machine with some interfaces, where the programs in /gone/ are not."""

    namespace: str | None = None

    def inside(self, namespace: str | None) -> Self:
        found = copy.copy(self)
        found.namespace = self.namespace or namespace
        return found

    def namespace_problem(self) -> str:
        return "No such file or directory" if self.namespace == "gone" else ""

    def interfaces(self) -> frozenset[str]:
        return ANY_NAME if self.namespace == "gone" else frozenset({"lo", "eth0", "eth1"})

    def number(self, table: str, name: str) -> int | None:
        tables = {"rt_tables": {"blue": 100}, "rt_dsfield": {"AF11": 0x28}, "protocols": {"dccp": 33}}
        return tables.get(table, {}).get(name)

    def is_vrf(self, interface: str) -> bool:
        return interface == "vrf0"

    def script_problem(self, program: str) -> str | None:
        return "not found" if program.startswith("/gone/") else None

    def insecurity(self, program: str) -> str:
        return "everybody can write to it" if program.startswith("/open/") else ""

    def user_problem(self, user: str, group: str | None) -> str:
        return f"there is no user {user}" if "nobody-" in user or "nobody-" in (group or "") else ""


def read(text: str, **files: str) -> Loaded:
    """What the text says; `files` are others beside it, `_` in a name stands for a dot."""
    others = {f"/etc/{name.replace('_', '.')}": content for name, content in files.items()}
    return load(MAIN, Memory({MAIN: text, **others}), World())


def rules(loaded: Loaded) -> list[str]:
    """The kinds of mistakes, in the order of the text; that scripts run at all is left out."""
    return [found.rule for found in loaded.diagnostics if found.rule != "script-security"]


def only(loaded: Loaded) -> Diagnostic:
    """The one mistake that there is."""
    found = [found for found in loaded.diagnostics if found.rule != "script-security"]
    assert len(found) == 1, found
    return found[0]


OWN = frozenset({"not-acted-on", "bfd-not-acted-on", "not-run-yet", "unchecked-server", "script-security"})
"""What is said because of what kad is, or of the whole file, and not because of something that was written wrong."""


def mistakes(loaded: Loaded) -> list[str]:
    """The kinds of what was written wrong, in the order of the text."""
    return [found.rule for found in loaded.diagnostics if found.rule not in OWN]


def mistake(loaded: Loaded) -> Diagnostic:
    """The one thing that was written wrong."""
    found = [found for found in loaded.diagnostics if found.rule not in OWN]
    assert len(found) == 1, found
    return found[0]


def place(found: Diagnostic) -> tuple[int, int, int]:
    """Line, first column and the column after the last one."""
    assert found.span is not None
    return found.span.line, found.span.column, found.span.end


def instance(extra: str = "", *, name: str = "VI_1", vips: str = "10.9.0.1/24", vrid: str = "51") -> str:
    """A vrrp_instance that is right, with more in it."""
    return f"""vrrp_instance {name} {{
    interface eth0
    virtual_router_id {vrid}
    {extra}
    virtual_ipaddress {{
        {vips}
    }}
}}
"""


def service(extra: str = "", *, server: str = "", head: str = "10.9.0.2 80", server_head: str = "10.9.1.1 80") -> str:
    """A virtual_server that is right, with more in it and in its real server."""
    return f"""virtual_server {head} {{
    protocol TCP
    lb_algo rr
    lb_kind NAT
    {extra}
    real_server {server_head} {{
        {server}
    }}
}}
"""
