"""What happens to the text before it is parsed: include, conditions (@id), definitions ($NAME=), and repetitions.

A line of the file goes, up to its comment, through these in turn, and so does what becomes of it:

    @id LINE, @^id LINE    is for the machines with this config-id, or for all others
    $NAME=VALUE            defines; a backslash at the end takes the next line in as well
    ~SEQ(...) LINE         repeats the line
    $NAME, ${NAME}         are replaced
    include FILE           reads files at this place

A line that begins with `@kad` is kad's, whatever its config-id; keepalived skips it as another machine's. `@^kad` is
the opposite: everybody's but kad's. What follows a brace counts as a line here too.

Text without any of this is passed on in pieces as large as possible. A line that was expanded is a piece of its own,
which leads back to what was written. Everything has a bound: files, depth, lines, characters.

Not here: words and braces (parser.py). Files are read through the `Reader` that is handed in.
"""

import posixpath
import re
from collections.abc import Callable, Iterator

from kad.config import sequences
from kad.config.definitions import DEEPEST_USE, LONGEST, Definition, Definitions
from kad.config.diagnostics import Findings
from kad.config.includes import MOST_ALTERNATIVES, Include
from kad.config.lines import BLANKS, Line, braces, code_end
from kad.config.reader import Reader
from kad.config.text import Piece, Source

OWN = "kad"
"""The id of the lines that only kad reads."""

MOST_FILES = 10_000
"""Files that are read for one configuration; includes that multiply end here."""

MOST_TEXT = 256 * 2**20
"""Characters of all these files."""

DEEPEST = 32
"""Files in files that are read."""

_BLANK = r"[ \t\r\f\v]*"
_INCLUDE = r"include[rmwba]?(?=[ \t\r]|\Z)"
_HEAD = re.compile(rf"{_BLANK}(?:@|\$\w+=|~(?:SEQx?|LST){_BLANK}\(|{_INCLUDE})", re.ASCII)

# What makes a line special, by what has to be in the text for that. Each begins with a character to search for.
_MARKS = (
    ("$", re.compile(r"\$[\w{][^\n]*", re.ASCII)),
    ("@", re.compile(r"@(?<![^\s{}]@)[^\n]*")),
    ("~", re.compile(r"~(?<![^\s{}]~)(?:SEQ|LST)[^\n]*")),
    ("include", re.compile(r"include(?<![^\s{}]include)[rmwba]?(?:[\s#!][^\n]*|\Z)")),
)

_CONDITION = re.compile(rf"{_BLANK}@(?P<others>\^?)(?P<id>\S*)")
_DEFINITION = re.compile(rf"{_BLANK}(?P<written>\$(?P<name>[^\s=(){{}}\"$]*)(?P<blanks>{_BLANK}))=(?P<value>.*)")
_SEQUENCE = re.compile(rf"{_BLANK}~(?P<kind>SEQx|SEQ|LST)(?:{_BLANK}\((?P<parameters>[^()]*)\)|(?=[\s(]|\Z))")
_INCLUDE_LINE = re.compile(rf"{_BLANK}(?P<keyword>{_INCLUDE})(?P<pattern>.*)")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class _Reading:
    """A file while it is read: the next of its lines, for definitions of several."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.position = 0
        self.number = 1

    def move(self, position: int) -> None:
        """Go on to the line that begins here."""
        self.number += self.source.text.count("\n", self.position, position)
        self.position = position

    def next(self) -> Line | None:
        """The line that is next, or None at the end of the file."""
        text = self.source.text
        if self.position >= len(text):
            return None
        end = text.find("\n", self.position)
        end = len(text) if end < 0 else end
        line = Line(self.source, self.number, text[self.position : end])
        self.position, self.number = min(end + 1, len(text)), self.number + 1
        return line


class Preprocessor:
    """Reads a configuration and all that it includes. `sources` are the files, in the order of reading."""

    def __init__(self, reader: Reader, findings: Findings, config_id: str = "") -> None:
        self._reader = reader
        self._findings = findings
        self._config_id = config_id
        self._definitions = Definitions(reader, findings, config_id)
        self._open: list[str] = []
        self._pieces: list[Piece] = []
        self._characters = 0
        self._depth = 0
        self._known: set[str] = set()
        self.sources: list[Source] = []

    def read(self, path: str) -> list[Piece]:
        """The pieces of the configuration in this file, or these, if it is a pattern.

        None, and a diagnostic, when nothing can be read.
        """
        self._pieces = []
        for name in self._named(path):
            try:
                text = self._reader.read(name)
            except (OSError, ValueError) as error:
                why = _reason(error)
                self._findings.add("no-config", None, f"can't read the configuration {name}: {why}")
                continue
            self._read(name, text)
        return self._pieces

    def _named(self, path: str) -> list[str]:
        """The files of a configuration; a name that is no pattern is taken as it is."""
        if not any(mark in path for mark in "*?[{"):
            return [path]
        include = Include("include", path, Source(path, "").span(1, 1, 1))
        return list(include.files(self._reader, ".", Findings())) or [path]

    def _read(self, path: str, text: str) -> None:
        source = Source(path, text)
        self._characters += len(text)
        if path not in self._known:
            self._known.add(path)
            self._definitions.budget.free(text)
        self.sources.append(source)
        self._open.append(posixpath.normpath(path))
        self._depth += 1
        outer, self._definitions.path = self._definitions.path, path
        self._cut(source)
        self._definitions.path = outer
        self._depth -= 1
        self._open.pop()

    def _cut(self, source: Source) -> None:
        """The pieces of a file: its special lines, and what is between them."""
        text, start, number = source.text, 0, 1
        reading = _Reading(source)
        for at in _special_lines(text):
            if at < reading.position:
                continue  # it belongs to the definition before it
            reading.move(at)
            before = len(self._pieces)
            line = reading.next()
            if line is None or not self._line(line, reading):
                continue
            if at > start:
                self._pieces.insert(before, Piece(source, number, text[start:at]))
            start, number = reading.position, reading.number
        if start < len(text):
            self._pieces.append(Piece(source, number, text[start:]))

    def _line(self, line: Line, reading: _Reading | None = None) -> bool:
        """Act on a line. False: there was nothing to do, and it was not passed on either (a line of the file).

        A line that is not from the file, but made from others, comes without `reading`, and is always passed on.
        """
        end = code_end(line.text)
        if not line.text[:end].strip(BLANKS):
            return False
        if end > LONGEST:
            self._definitions.budget.exceeded(line, f"this line has more than {LONGEST} characters")
            return reading is None
        cuts = [brace + 1 for brace in braces(line.text, end) if _HEAD.match(line.text, brace + 1, end)]
        if not cuts:
            return self._statement(line, reading)
        for start, stop in zip((0, *cuts), (*cuts, len(line.text)), strict=True):
            part = line.cut(start, stop)
            if not self._definitions.budget.line(part, lambda: "what follows a brace"):
                break
            if not self._statement(part, reading if stop == len(line.text) else None) and reading is not None:
                self._pieces.append(part.piece())
        return True

    def _statement(self, line: Line, reading: _Reading | None) -> bool:
        """Act on a line, or on what stands in it between a brace and the next; as _line."""
        kept = self._condition(line) if _begins(line) == "@" else line
        if kept is None:
            return True
        mark = _begins(kept)
        if mark == "$":
            defined = _DEFINITION.match(kept.text, 0, code_end(kept.text))
            if defined is not None and self._define(kept, defined, reading):
                return True
        elif mark == "~":
            sequence = _SEQUENCE.match(kept.text, 0, code_end(kept.text))
            if sequence is not None:
                self._repeat(kept, sequence)
                return True
        result = self._definitions.expand(kept)
        if result is None:
            return True
        expanded, tail = result
        if expanded is kept:
            return self._pass_on(kept, original=kept is line and reading is not None)
        self._nested([expanded, *tail], lambda: _made(expanded))
        return True

    def _pass_on(self, line: Line, *, original: bool) -> bool:
        """Read the files of an include, or pass a line on to the parser; but not one that is still as in the file."""
        include = _INCLUDE_LINE.match(line.text, 0, code_end(line.text))
        if include is not None:
            self._include(line, include)
        elif original:
            return False
        else:
            self._pieces.append(line.piece())
        return True

    def _nested(self, lines: list[Line], what: Callable[[], str]) -> bool:
        """Act on lines that `what` made of one; False: there is no room for them."""
        if self._depth >= DEEPEST_USE:
            return self._definitions.budget.too_deep(lines[0], what())
        self._depth += 1
        fits = True
        for line in lines:
            fits = self._definitions.budget.line(line, what)
            if not fits:
                break
            self._line(line)
        self._depth -= 1
        return fits

    # Conditions

    def _condition(self, line: Line) -> Line | None:
        """The line without its condition; None when it is for others."""
        found = _CONDITION.match(line.text, 0, code_end(line.text))
        if found is None:
            return line
        if not line.text[found.end() : code_end(line.text)].strip(BLANKS):
            self._lonely_condition(line, found)
        is_ours = found["id"] != "" and found["id"] in (OWN, self._config_id)
        if is_ours == bool(found["others"]):
            return None
        # The condition becomes blanks, so that the columns of what follows stay right.
        return line.cut(found.end(), len(line.text))

    def _lonely_condition(self, line: Line, found: re.Match[str]) -> None:
        condition = found[0].strip(BLANKS)
        text = f"{condition} has no line after it: it is no condition for the line below"
        span = lambda: line.span(found.end() - len(condition), found.end())  # noqa: E731 - it is seldom needed
        self._findings.add("empty-condition", span, text, "write it before the line that it is for")

    # Definitions

    def _define(self, line: Line, found: re.Match[str], reading: _Reading | None) -> bool:
        """Take a definition in; False when the line is none after all."""
        name = found["name"]
        if found["blanks"] or not _NAME.fullmatch(name):
            self._bad_definition(line, found)
            return True
        first = line.cut(found.start("value"), len(line.text))
        lines = list(self._continued(first, name, reading)) if reading is not None else [_without_backslash(first)]
        if len(lines) > 1 and not lines[0].text.strip(BLANKS):
            del lines[0]
        self._definitions.define(Definition(name, tuple(lines), f"${name} is defined in {line.place}"))
        return True

    def _bad_definition(self, line: Line, found: re.Match[str]) -> None:
        name = found["name"]
        span = line.span(found.start("written"), found.end("written"))
        if _NAME.fullmatch(name):
            text, advice = f"no definition of ${name}: the line is skipped", "remove the blank before the ="
        else:
            text, advice = f"${name} can't be defined: the line is skipped", "letters, digits and _ make a name"
        self._findings.add("bad-definition", span, text, advice)

    def _continued(self, first: Line, name: str, reading: _Reading) -> Iterator[Line]:
        """The lines of a value: each that ends in a backslash takes in the next, which may be a comment.

        A blank line and a comment without a backslash end it.
        """
        line: Line | None = first
        while line is not None:
            kept = _without_backslash(line)
            if line is first or kept.text.strip(BLANKS):
                yield kept
            if not _goes_on(line):
                return
            line = reading.next()
            if line is not None and not _goes_on(line) and not line.text[: code_end(line.text)].strip(BLANKS):
                self._ended_early(line, name)
                return

    def _ended_early(self, line: Line, name: str) -> None:
        if line.text.strip(BLANKS):
            indent = len(line.text) - len(line.text.lstrip(BLANKS))
            span = line.span(indent, len(line.text.rstrip(BLANKS)))
            text = f"this comment ends the definition of ${name}: what follows is not part of it"
            self._findings.add("definition-cut", span, text, "move the comment out of the definition")

    # Repetitions

    def _repeat(self, line: Line, found: re.Match[str]) -> None:
        """Act on what follows a ~SEQ or ~LST as often as it says, with its variables set."""
        kind, parameters = found["kind"], found["parameters"]
        sequence: sequences.Sequence | str = "its parameters stand in parentheses"
        if parameters is not None:
            if kind != "LST":
                inside = self._definitions.expand(line.cut(found.start("parameters"), found.end("parameters")))
                parameters = inside[0].text if inside is not None else ""
            sequence = sequences.parse(kind, parameters)
        if isinstance(sequence, str):
            mark = found.start() + found[0].index("~")
            text = f"~{kind}: {sequence}: the line is skipped"
            self._findings.add("bad-sequence", lambda: line.span(mark, found.end()), text)
            return
        rest = line.cut(found.end(), code_end(line.text))
        what = f"the repetition of {', '.join(sequence.variables)}"
        for values in sequence.values:
            notes = [self._set(line, *pair) for pair in zip(sequence.variables, values, strict=True)]
            if not self._nested([rest.within((*line.through, *notes))], lambda: what) or self._definitions.budget.spent:
                return

    def _set(self, line: Line, name: str, value: str) -> str:
        """Set a variable of a repetition; gives the note that tells of it."""
        shown = value or "empty"
        note = f"{name} is {shown} in this repetition"
        text = Line(line.source, line.number, value)
        self._definitions.define(Definition(name, (text,), f"${name} is {shown} since {line.place}", note))
        return note

    # Includes

    def _include(self, line: Line, found: re.Match[str]) -> None:
        keyword, written = found["keyword"], found["pattern"]
        pattern = written.strip(BLANKS)
        if not pattern:
            span = line.span(found.start("keyword"), found.end("keyword"))
            self._findings.add("include-empty", span, f"{keyword} needs the name of a file: nothing is included")
            return
        start = found.start("pattern") + len(written) - len(written.lstrip(BLANKS))
        span = line.span(start, start + len(pattern))
        include = Include(keyword, pattern, span)
        directory = posixpath.dirname(self._definitions.path) or "."
        names = include.most_names
        budget = self._definitions.budget
        if 1 < names <= MOST_ALTERNATIVES and not budget.lines(names, line, lambda: f"looking for {names} names"):
            return
        for path in include.files(self._reader, directory, self._findings):
            self._included(path, include, line)

    def _included(self, path: str, include: Include, line: Line) -> None:
        why = ""
        if posixpath.normpath(path) in self._open:
            why = "it is being read already"
        elif len(self._open) >= DEEPEST or self._depth >= DEEPEST_USE:
            why = f"more than {DEEPEST} files in files"
        elif len(self.sources) >= MOST_FILES:
            why = f"more than {MOST_FILES} files"
        elif self._characters > MOST_TEXT:
            why = f"more than {MOST_TEXT // 2**20} MiB of text"
        if why:
            self._findings.add("include-loop", include.span, f"{path} is not included: {why}")
            return
        try:
            text = self._reader.read(path)
        except (OSError, ValueError) as error:
            what = f"can't read {path}: {_reason(error)}: not included"
            include.told(self._findings, "include-unreadable", what, checked=include.is_checked)
            return
        # A file is free at its first reading only.
        if path not in self._known or self._definitions.budget.text(text, line, lambda: f"reading {path} again"):
            self._read(path, text)


def _made(expanded: Line) -> str:
    """What made a line: a use or a repetition."""
    for note in expanded.through:  # the outermost is the first
        if note.startswith("used as "):
            return note.removeprefix("used as ").partition(" in ")[0]
        if note.endswith("in this repetition"):
            return f"the repetition of {note.partition(' ')[0]}"
    return "what is replaced in this line"


def _special_lines(text: str) -> list[int]:
    """Where the lines begin in which there may be something to do."""
    starts: set[int] = set()
    for mark, pattern in _MARKS:
        if mark in text:
            starts.update(text.rfind("\n", 0, found.start()) + 1 for found in pattern.finditer(text))
    return sorted(starts)


def _begins(line: Line) -> str:
    """The first character of a line, which says what it may be."""
    return line.text.lstrip(BLANKS)[:1]


def _goes_on(line: Line) -> bool:
    """Whether a backslash ends a line of a definition, before or after its comment."""
    code = line.text[: code_end(line.text)]
    return line.text.rstrip(BLANKS).endswith("\\") or code.rstrip(BLANKS).endswith("\\")


def _without_backslash(line: Line) -> Line:
    """A line of a definition without its comment and the backslash at its end."""
    code = line.text[: code_end(line.text)].rstrip(BLANKS)
    text = code.removesuffix("\\").rstrip(BLANKS)
    return line.with_text(text, line.parts)


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
