"""Where a configuration's text stands: files, the pieces of them that are parsed, and the way back from an expansion.

The preprocessor makes pieces; `Text` joins them, so that the lexer has one text, and leads from a place in it back to
the line of the file, and through which definitions it came.
"""

from bisect import bisect_right
from collections.abc import Sequence

from kad.config.diagnostics import Span


class Source:
    """One file that was read, for the places in it."""

    __slots__ = ("_lines", "path", "text")

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._lines: list[str] | None = None

    def line(self, number: int) -> str:
        """A line's text, without its end; numbers start at 1."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines[number - 1].rstrip("\r") if 0 < number <= len(self._lines) else ""

    def span(self, line: int, column: int, end: int, through: tuple[str, ...] = ()) -> Span:
        """A place in this file. `through`: the definitions that the text came through, innermost last."""
        return Span(path=self.path, line=line, column=column, end=end, text=self.line(line), through=through)


class Segment:
    """A part of an expanded line that stands for another part of the line in the file.

    Columns count from 0, an end is the one after the last: `start` to `end` of the piece's text came from `column` to
    `stop` of the file's line. `through` says how: "$IF is defined in FILE:3".
    """

    __slots__ = ("column", "end", "start", "stop", "through")

    def __init__(self, start: int, end: int, column: int, stop: int, through: tuple[str, ...]) -> None:
        self.start, self.end, self.column, self.stop, self.through = start, end, column, stop, through


class Piece:
    """A part of a file as the lexer gets it: whole lines, the first of which has this number.

    A line that was expanded is a piece of its own: its `segments` lead back to the line as it stands in the file, in
    the order of the text; `through` is what the whole line came through (the use of a multi-line definition, a ~SEQ).
    """

    __slots__ = ("line", "segments", "source", "text", "through")

    def __init__(
        self,
        source: Source,
        line: int,
        text: str,
        segments: tuple[Segment, ...] = (),
        through: tuple[str, ...] = (),
    ) -> None:
        self.source = source
        self.line = line
        self.text = text
        self.segments = segments
        self.through = through

    def span(self, row: int, column: int, end: int) -> Span:
        """The place in the file of a part of a line of this piece; rows count from 0, columns from 1."""
        through = self.through
        if self.segments:
            first, before = self._original(column - 1)
            last, after = self._original(end - 2) if end - 1 > column else (first, before)
            column, end = first[0] + 1, last[1] + 1
            through = (*before, *(note for note in after if note not in before), *through)
        return self.source.span(self.line + row, column, end, through)

    def _original(self, at: int) -> tuple[tuple[int, int], tuple[str, ...]]:
        """Where a character of the expanded line comes from (start and end), and through what."""
        shift = 0
        for segment in self.segments:
            if at < segment.start:
                break
            if at < segment.end:
                return (segment.column, segment.stop), segment.through
            shift = segment.stop - segment.end
        return (at + shift, at + shift + 1), ()


class Text:
    """A whole configuration as one text: that of its pieces, one after the other; it knows where each line is from."""

    __slots__ = ("_rows", "pieces", "text")

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = [piece for piece in pieces if piece.text]
        self._rows: list[int] = []
        parts = []
        row = 0
        for piece in self.pieces:
            self._rows.append(row)
            parts.append(piece.text)
            if not piece.text.endswith("\n"):
                parts.append("\n")
            row += piece.text.count("\n") + (not piece.text.endswith("\n"))
        self.text = "".join(parts)

    def span(self, row: int, column: int, end: int) -> Span:
        """The place in a file of a part of a row of the whole text; rows count from 0, columns from 1."""
        index = bisect_right(self._rows, row) - 1
        return self.pieces[index].span(row - self._rows[index], column, end)

    def source(self, row: int) -> Source:
        """The file that a row comes from."""
        return self.pieces[bisect_right(self._rows, row) - 1].source
