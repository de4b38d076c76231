"""One line on its way from the file to a piece: its text, and where each part of it stands in the file.

`#` and `!` begin a comment anywhere outside of double quotes, as the parser has it too: what stands in one is neither
expanded nor acted on. Blanks take the place of what was acted on, so that the columns of the rest stay right.

Not here: what the line says (preprocess.py, definitions.py, sequences.py).
"""

import re
from bisect import bisect_left, bisect_right

from kad.config.diagnostics import Span
from kad.config.text import Piece, Segment, Source

BLANKS = " \t\r\f\v"

_CODE = re.compile(r'(?:[^"\\#!]++|"[^"]*+"|"[^"]*+\Z|\\[#!]?)*+')
_BRACE = re.compile(r'"[^"]*+(?:"|\Z)|\$\{[^{}\n"#!]*+\}|(?P<brace>[{}])')


class Part(Segment):
    """A part of an expanded line. `names`: the definitions that it came from, to find those that expand themselves."""

    __slots__ = ("names",)

    def __init__(
        self, start: int, end: int, column: int, stop: int, through: tuple[str, ...], *, names: frozenset[str]
    ) -> None:
        super().__init__(start, end, column, stop, through)
        self.names = names

    def within(self, start: int, end: int) -> "Part":
        """What is left of it from `start` to `end`."""
        return Part(start, end, self.column, self.stop, self.through, names=self.names)

    def moved(self, by: int) -> "Part":
        """The same part further along the line."""
        return Part(self.start + by, self.end + by, self.column, self.stop, self.through, names=self.names)


class Line:
    """A line without its end. `through` and `names` are what all of it came through, outermost first."""

    __slots__ = ("names", "number", "parts", "source", "text", "through")

    def __init__(
        self,
        source: Source,
        number: int,
        text: str,
        *,
        parts: tuple[Part, ...] = (),
        through: tuple[str, ...] = (),
        names: frozenset[str] = frozenset(),
    ) -> None:
        self.source = source
        self.number = number
        self.text = text
        self.parts = parts
        self.through = through
        self.names = names

    @property
    def place(self) -> str:
        """Where it stands, for notes."""
        return f"{self.source.path}:{self.number}"

    def piece(self) -> Piece:
        """The line as the parser gets it."""
        return Piece(self.source, self.number, self.text + "\n", self.parts, self.through)

    def span(self, start: int, end: int) -> Span:
        """The place in the file of a part of the text; columns count from 0 here."""
        return self.piece().span(0, start + 1, end + 1)

    def with_text(self, text: str, parts: tuple[Part, ...]) -> "Line":
        """The line with another text, whose parts these are."""
        return Line(self.source, self.number, text, parts=parts, through=self.through, names=self.names)

    def cut(self, start: int, end: int) -> "Line":
        """The part of the line from `start` to `end`, with blanks before it, so that it stands where it stood."""
        text = " " * start + self.text[start:end]
        return self.with_text(text, self.parts)

    def within(self, notes: tuple[str, ...], names: frozenset[str] = frozenset()) -> "Line":
        """The line as it is in a use or a repetition, which these notes tell of."""
        names |= self.names
        return Line(self.source, self.number, self.text, parts=self.parts, through=notes, names=names)

    def origin(self, start: int, end: int) -> tuple[int, int, tuple[str, ...], frozenset[str]]:
        """Where a part of the text stands in the file's line, through which notes and which definitions it came."""
        if not self.parts:
            return start, end, (), self.names
        first, after = self._touched(start, end)
        touched = self.parts[first:after]
        before = self.parts[first - 1] if first else None
        shift = 0 if before is None else before.stop - before.end
        column = touched[0].column if touched and touched[0].start <= start else start + shift
        if touched:
            shift = touched[-1].stop - touched[-1].end
        stop = touched[-1].stop if touched and touched[-1].end >= end else end + shift
        notes = dict.fromkeys(note for part in touched for note in part.through)
        return column, stop, tuple(notes), self.names.union(*(part.names for part in touched))

    def replaced(self, start: int, end: int, value: str, note: str, name: str) -> "Line":
        """The line with `value` in place of a part of it."""
        column, stop, notes, names = self.origin(start, end)
        if note not in self.through:
            notes = (*notes, note)
        # A part without text still moves what follows it.
        new = Part(start, start + len(value), column, stop, notes, names=names | {name})
        first, after = self._touched(start, end)
        grown = len(value) - (end - start)
        left = [part.within(part.start, start) for part in self.parts[first:after] if part.start < start]
        right = [part.within(end, part.end).moved(grown) for part in self.parts[first:after] if part.end > end]
        right += [part.moved(grown) for part in self.parts[after:]]
        return self.with_text(self.text[:start] + value + self.text[end:], (*self.parts[:first], *left, new, *right))

    def _touched(self, start: int, end: int) -> tuple[int, int]:
        """The parts that share text with a part of the line: the index of the first one, and the one after the last."""
        first = bisect_right(self.parts, start, key=_end)
        return first, bisect_left(self.parts, end, lo=first, key=_start)


def _start(part: Part) -> int:
    return part.start


def _end(part: Part) -> int:
    return part.end


def code_end(text: str) -> int:
    """Where the comment of a line begins; its length when there is none."""
    if "#" not in text and "!" not in text:
        return len(text)
    found = _CODE.match(text)
    assert found is not None, "it may be empty"
    return found.end()


def braces(text: str, end: int) -> list[int]:
    """Where the braces of blocks stand in a line up to `end`; those in quotes and of ${NAME} are text."""
    if "{" not in text and "}" not in text:
        return []
    return [found.start() for found in _BRACE.finditer(text, 0, end) if found["brace"]]
