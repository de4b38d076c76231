"""keyword(), argument(), block(): how a schema field says what stands in the file; and the kinds of value.

A schema file declares a block as a msgspec Struct whose fields are annotated with these. From that one
declaration `load.py` makes the parser, the default, the range, the diagnostics, and later the manual entry.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """What a value looks like. Subclasses parse the words after a keyword into a value."""


@dataclass(frozen=True)
class Keyword:
    """One keyword of a block: how its words are read and what it is for."""

    kind: Kind
    doc: str
    name: str = ""
    aliases: tuple[str, ...] = ()
    repeated: bool = False


@dataclass(frozen=True)
class Argument:
    """A word on the line that opens the block: `vrrp_instance NAME {`."""

    kind: Kind
    doc: str


@dataclass(frozen=True)
class Block:
    """A sub-block: `authentication { … }`, or several of them: `real_server … { … }`."""

    type: Any
    doc: str
    name: str = ""
    repeated: bool = False
