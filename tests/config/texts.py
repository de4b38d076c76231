"""What the tests of the configuration share: files in memory, a machine in memory, short ways to write a block."""

from kad.config.diagnostics import Diagnostic
from kad.config.load import Loaded, load

MAIN = "/etc/kad.conf"


class Memory:
    """A reader whose files are a dict. An include names one of them, or several with a * at its end."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files
        self.asked: list[tuple[str, str]] = []

    def read(self, path: str) -> str:
        if path not in self.files:
            raise FileNotFoundError(2, "No such file or directory")
        return self.files[path]

    def expand(self, pattern: str, directory: str) -> list[str]:
        self.asked.append((pattern, directory))
        path = pattern if pattern.startswith("/") else f"{directory}/{pattern}"
        if path.endswith("*"):
            return sorted(name for name in self.files if name.startswith(path[:-1]))
        return [path] if path in self.files else []


class World:
    """A machine with some interfaces, where the programs in /gone/ are not."""

    def interfaces(self) -> frozenset[str]:
        return frozenset({"lo", "eth0", "eth1"})

    def script_problem(self, program: str) -> str | None:
        return "not found" if program.startswith("/gone/") else None


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
