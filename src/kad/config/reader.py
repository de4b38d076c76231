"""What the config package may ask about the outside world, and what it gives back. `system/files.py` answers."""

from typing import Protocol


class Reader(Protocol):
    """Where configuration text comes from."""

    def read(self, path: str) -> str:
        """The text of a file (bytes that are no UTF-8 as surrogates); OSError when it can't be read."""

    def expand(self, pattern: str, directory: str) -> list[str]:
        """The files that an include pattern (wildcards, {a,b}) names, sorted, as absolute paths.

        `directory` is that of the including file. Directories and other non-regular files are left out.
        """


class Facts(Protocol):
    """What a configuration is held against."""

    def interfaces(self) -> frozenset[str]:
        """The names of the network interfaces of this namespace."""

    def script_problem(self, program: str) -> str | None:
        """Why this program (the first word of a script) can't be run; None when it can."""
