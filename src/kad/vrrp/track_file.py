"""The files whose number routers follow: which ones, and what number is in each (reference vrrp.md 7.3). Pure.

Not here: watching and reading them (system/file_watch.py), what a number does to a priority (contribution.py).
"""

import logging
import re
from collections.abc import Iterable, Mapping
from itertools import chain

from kad.config.schema.track_file import TrackFile
from kad.ipc.messages import ConfigureVrrp
from kad.vrrp.actions import Log

Contents = Mapping[str, bytes | None]
"""What is in files, by their paths; None for one that can't be read."""

SIZE = 127
"""How much of a file is looked at, in bytes."""

_NUMBER = re.compile(rb"[ \t-\r]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))")
_LEAST, _MOST = -(2**31), 2**31 - 1


def number(content: bytes | None) -> int:
    """The number that a file begins with, as C's strtol reads one; 0 when there is none, and without a file.

    It may be too large for what keepalived takes: see `usable`.
    """
    found = None if content is None else _NUMBER.match(content[:SIZE])
    if found is None:
        return 0
    sign, hexadecimal, octal, decimal = found.groups()
    digits, base = next((d, b) for d, b in ((hexadecimal, 16), (octal, 8), (decimal, 10)) if d is not None)
    return int(sign + digits, base)


def usable(value: int) -> bool:
    """Whether the number is one that can be reckoned with: 32 bits."""
    return _LEAST <= value <= _MOST


def followed_files(share: ConfigureVrrp) -> dict[str, TrackFile]:
    """Those that an instance or a sync group follows, by their names."""
    lines = chain.from_iterable(user.track_file for user in share.instances)
    shared = chain.from_iterable(group.track_file for group in share.sync_groups)
    names = {line.name for line in chain(lines, shared)}
    return {one.name: one for one in share.track_files if one.name in names}


class TrackedFiles:
    """All tracked files, by their names in the configuration."""

    def __init__(self) -> None:
        self._files: dict[str, TrackFile] = {}
        self._numbers: dict[str, int] = {}

    def numbers(self, names: Iterable[str]) -> dict[str, int]:
        """What is in these."""
        return {name: self._numbers.get(name, 0) for name in names}

    def follow(self, files: Mapping[str, TrackFile], contents: Contents) -> list[Log]:
        """Track these files, with this in them; what to say of them."""
        before, self._files = self._files, dict(files)
        same = (name for name in files if name in before and before[name].file == files[name].file)
        self._numbers = {name: self._numbers.get(name, 0) for name in same}
        return [
            line
            for path in dict.fromkeys(one.file for one in files.values())
            for line in self.read(path, contents.get(path))
        ]

    def read(self, path: str, content: bytes | None) -> list[Log]:
        """This is in the file now; a number that is none to reckon with is as if the file had not changed."""
        value = number(content)
        if not usable(value):
            return [Log(logging.INFO, f"Invalid number {value} read from {path} - ignoring")]
        self._numbers |= {name: value for name, one in self._files.items() if one.file == path}
        return []
