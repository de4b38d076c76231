"""What is kept from one reading of a configuration to the next, so that a reload reads only what has changed.

A top-level block whose text (after include, definitions and conditions) is the same as before gives the same draft and
the same complaints, at its new place. Memory is a matter of speed alone: without it the result is the same.
"""

from msgspec import Struct

from kad.config.diagnostics import Finding
from kad.config.drafts import Draft
from kad.config.statements import Known, Statement


class Remembered(Struct):
    """What one top-level block gave: its draft (None: it was lost) and the complaints about it.

    `settled`: the rules that look at this block alone were applied, and no others change it: it need not be copied.
    """

    statement: Statement
    draft: Draft | None
    findings: tuple[Finding, ...]
    settled: bool = False

    def fresh(self) -> Draft:
        """A draft that rules may change, while the remembered one stays as it is; a settled one is handed out."""
        assert self.draft is not None, "the block was not lost"
        assert self.draft.header is not None, "it is a block"
        assert self.draft.outer is not None, "it is a block"
        return self.draft if self.settled else self.draft.like(self.draft.header, self.draft.outer)


class Memory:
    """The blocks of the last reading. `known` goes into the parser, `recall` is asked with what it found again."""

    def __init__(self) -> None:
        self.known = Known()
        self._before: dict[int, Remembered] = {}
        self._now: dict[int, Remembered] = {}
        self.recalled = 0
        """Blocks of the present reading that were not read again."""

    def begin(self) -> Known:
        """A new reading begins: what the last one left can be recalled, these blocks first of all."""
        self._before, self._now, self.recalled = self._now, {}, 0
        return self.known

    def recall(self, statement: Statement) -> Remembered | None:
        """What the block gave when it was read before; the parser gives the same statement for the same text."""
        found = self._before.get(id(statement))
        if found is None:
            return None
        self.recalled += 1
        self._now[id(statement)] = found
        return found

    def remember(self, found: Remembered) -> None:
        """Keep what a block gave; it holds its statement, so that the id stays its own."""
        self._now[id(found.statement)] = found
