"""What happens to the text before it is parsed: `include`, and lines that are for kad alone.

A line that begins with `@kad` is kad's, whatever its config-id; keepalived skips it as another machine's. `@^kad` is
the opposite: everybody's but kad's. Definitions ($NAME=), conditions (@id) and sequences (~SEQ, ~LST) are recognised
and reported, not acted on yet.

Not here: words and braces (parser.py). Files are read through the `Reader` that is handed in.
"""

import posixpath
import re
from collections.abc import Iterator

from kad.config.diagnostics import Findings, Span
from kad.config.parser import Piece, Source
from kad.config.reader import Reader

OWN = "kad"
"""The id of the lines that only kad reads."""

MOST_FILES = 10_000
"""Files that are read for one configuration; includes that multiply end here."""

DEEPEST = 32
"""Files in files that are read."""

MOST_ALTERNATIVES = 10_000
"""Names that the braces of one pattern may stand for."""

_INCLUDE = r"include(?:r|m|w|b|a)?(?=[ \t])"
_SPECIAL = re.compile(rf"^[ \t\r\f\v]*(?P<what>@\^?\S*|\$\w+=|~SEQx?|~LST|{_INCLUDE})(?P<rest>[^\n]*)", re.MULTILINE)
_COMMENT = re.compile(r"[ \t]+[#!].*|[ \t\r]+$")


class Preprocessor:
    """Reads a configuration and all that it includes. `sources` are the files, in the order of reading."""

    def __init__(self, reader: Reader, findings: Findings) -> None:
        self._reader = reader
        self._findings = findings
        self._reading: list[str] = []
        self.sources: list[Source] = []

    def read(self, path: str) -> list[Piece]:
        """The pieces of the configuration in this file; none, and a diagnostic, when it can't be read."""
        try:
            text = self._reader.read(path)
        except (OSError, ValueError) as error:
            why = _reason(error)
            self._findings.add("no-config", None, f"can't read the configuration {path}: {why}")
            return []
        self._reading.append(posixpath.normpath(path))
        pieces = list(self._pieces(self._source(path, text)))
        self._reading.pop()
        return pieces

    def _source(self, path: str, text: str) -> Source:
        source = Source(path, text)
        self.sources.append(source)
        return source

    def _pieces(self, source: Source) -> Iterator[Piece]:
        """The source cut at the lines that mean something here."""
        text, start, line = source.text, 0, 1
        for found in _SPECIAL.finditer(text):
            line_start = text.rfind("\n", 0, found.start("what")) + 1
            if line_start > start:
                yield Piece(source, line, text[start:line_start])
            line += text.count("\n", start, line_start)
            end = min(found.end() + 1, len(text))
            yield from self._special(source, line, found, found.start("what") - line_start)
            start, line = end, line + 1
        if start < len(text):
            yield Piece(source, line, text[start:])

    def _special(self, source: Source, line: int, found: re.Match[str], indent: int) -> Iterator[Piece]:
        what, rest = found["what"], found["rest"]
        if what == f"@{OWN}":
            # The id becomes blanks, so that the columns of what follows stay right.
            kept = " " * (indent + len(what)) + rest
            yield from self._own(source, line, kept)
        elif what.startswith("include"):
            yield from self._include(source, line, rest, indent, indent + len(what))
        elif what != f"@^{OWN}":
            self._unsupported(source, line, what, indent)

    def _own(self, source: Source, line: int, text: str) -> Iterator[Piece]:
        found = _SPECIAL.match(text)
        if found is not None and found["what"].startswith("include"):
            yield from self._special(source, line, found, found.start("what"))
        else:
            yield Piece(source, line, text + "\n")

    def _unsupported(self, source: Source, line: int, what: str, indent: int) -> None:
        span = source.span(line, indent + 1, indent + 1 + len(what))
        kinds = {"@": "conditions (@id)", "$": "definitions ($NAME=)", "~": "sequences (~SEQ, ~LST)"}
        text = f"kad does not act on {kinds[what[0]]} yet: the line is skipped"
        self._findings.add("not-supported-yet", span, text)

    def _include(self, source: Source, line: int, rest: str, indent: int, column: int) -> Iterator[Piece]:
        pattern = _COMMENT.sub("", rest.lstrip(" \t"))
        at = column + len(rest) - len(rest.lstrip(" \t"))
        if not pattern or pattern[0] in "#!":
            span = source.span(line, indent + 1, column + 1)
            self._findings.add("include-missing", span, "include needs the name of a file")
            return
        span = source.span(line, at + 1, at + 1 + len(pattern))
        for path in self._matches(pattern, posixpath.dirname(source.path) or ".", span):
            yield from self._included(path, span)

    def _matches(self, pattern: str, directory: str, span: Span) -> list[str]:
        """The files that a pattern names; none is worth a word."""
        braces = pattern.count("{")
        paths: list[str] = []
        # Each pair of braces multiplies: {a,b}{a,b}{a,b} are eight names.
        if braces <= 8 and (pattern.count(",") // max(braces, 1) + 1) ** braces <= MOST_ALTERNATIVES:
            try:
                paths = self._reader.expand(pattern, directory)
            except (OSError, ValueError):
                paths = []  # a pattern that the system can't even look for
        if not paths:
            self._findings.add("include-missing", span, f"no file matches {pattern}: nothing is included")
        return paths

    def _included(self, path: str, span: Span) -> Iterator[Piece]:
        name = posixpath.normpath(path)
        why = ""
        if name in self._reading:
            why = "it is being read already"
        elif len(self._reading) >= DEEPEST:
            why = f"more than {DEEPEST} files in files"
        elif len(self.sources) >= MOST_FILES:
            why = f"more than {MOST_FILES} files"
        if why:
            self._findings.add("include-loop", span, f"{path} is not included: {why}")
            return
        try:
            text = self._reader.read(path)
        except (OSError, ValueError) as error:
            self._findings.add("include-unreadable", span, f"can't read {path}: {_reason(error)}: not included")
            return
        self._reading.append(name)
        yield from self._pieces(self._source(path, text))
        self._reading.pop()


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
