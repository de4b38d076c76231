"""The lexer: a text to the tokens of grammar.lark, with balanced braces.

It cuts the text at braces with one compiled regex and gives the parser one token for all that stands between two
braces: a token a word would take four times as long (DESIGN 'Dependencies'). What can't be understood becomes a
diagnostic, and the text after it still counts.

A text that was seen before is not read again. Within a configuration, a block whose text in the braces is that of an
earlier one shares its statements (a farm repeats the same few lines ten thousand times); at a reload, a top-level block
whose whole text is unchanged is taken as it is (`Known`).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from kad.config.diagnostics import Findings, Span
from kad.config.statements import Anchor, Known, Statement
from kad.config.text import Text

DEEPEST = 64
"""Blocks in blocks that are read; keepalived's deepest keyword is in the sixth."""

MOST_UNBALANCED = 10
"""Braces that are reported one by one as unbalanced."""

MOST_STATEMENTS = 500_000
LONGEST = 65_536
"""Lines that are read, and characters of one: some times what the largest farms have, and a few seconds at most."""

REMEMBERED = 8
"""Different texts of blocks with the same keyword that are looked at for one that is shared."""

_BLANKS = " \t\r\f\v"

# A region is what stands between two braces. Braces in quotes, comments and ${NAME} are text.
_REGION = re.compile(
    r"""(?: [^{}"\#!\\$]++ | "[^"\n]*+" | "[^\n]*+ | [\#!][^\n]*+ | \\[\#!] | \\ | \$\{[^{}\n"\#!]*+\} | \$ )*+""",
    re.VERBOSE,
)
_SPECIAL = re.compile(r'["#!\\]')
_BLANK = re.compile(r"(?:[ \t\r\f\v\n]++|[#!][^\n\0]*+(?![^\n]))*+")  # and comments


class Token:
    """What the LALR parser needs of a token; a lark.Token would have to be text."""

    __slots__ = ("type", "value")
    start_pos = line = column = end_line = end_column = end_pos = None

    def __init__(self, kind: str, value: object = None) -> None:
        self.type = kind
        self.value = value


_OPEN, _CLOSE = Token("OPEN"), Token("CLOSE")


class _Opened:
    """A block that is open: its header (None: a brace without one), its brace, and what was found until then."""

    __slots__ = ("brace", "column", "dedents", "found", "header", "ignored", "row", "start")

    def __init__(self, header: Statement | None, row: int | None, brace: Span, *, ignored: bool) -> None:
        self.header = header
        self.row = row
        self.brace = brace
        self.ignored = ignored
        self.start = -1
        self.column = 0
        self.found = self.dedents = 0


class _Body(NamedTuple):
    """A block that others may share. `column`: of its brace, when something stands right of it; `end`: of the last."""

    text: str
    rows: int
    column: int
    end: int
    header: Statement


class Scan:
    """The tokens of one text, with balanced braces."""

    def __init__(self, findings: Findings, known: Known, text: Text) -> None:
        self._findings = findings
        self._known = known
        self._whole = text
        self._text = text.text
        self._open: list[_Opened] = []
        self._suspects: list[tuple[_Opened, Span, str]] = []
        self._header: Statement | None = None
        self._header_row = self._header_at = self._header_found = 0
        self._run: list[Statement] = []
        self._shared: dict[str, list[_Body]] = {}
        self._dedents = 0
        self._unbalanced = self._count = 0
        self.blocks: list[tuple[int, int, Statement]] = []
        """The top-level blocks that were parsed, and where in the text they begin and end."""
        self.twins: list[tuple[Statement, Statement]] = []
        """Blocks and those whose statements they share, once these are put together."""

    def tokens(self) -> Iterator[Token]:
        """The tokens of the whole text."""
        text, position, row, start_of_line = self._text, 0, 0, 0
        match = _REGION.match
        while True:
            if not self._open and self._header is None:
                position, row, start_of_line = self._take_known(position, row, start_of_line)
            found = match(text, position)
            assert found is not None, "a region may be empty"
            end = found.end()
            self._statements(position, end, row, position - start_of_line + 1)
            breaks = text.count("\n", position, end)
            if breaks:
                row += breaks
                start_of_line = text.rindex("\n", position, end) + 1
            if self._count > MOST_STATEMENTS:
                span = self._whole.span(row, 1, 1)
                self._findings.add("too-much", span, f"more than {MOST_STATEMENTS} lines: the rest is not read")
                break
            if end == len(text):
                break
            if text[end] == "{":
                position, rows = self._shared_body(end, row, end - start_of_line + 1)
                if position:
                    row += rows
                    start_of_line = text.rindex("\n", end, position) + 1 if rows else start_of_line
                    continue
                yield from self._opening(row, end - start_of_line + 1, end)
            else:
                yield from self._closing(row, end - start_of_line + 1, end)
            position = end + 1
        self._flush_header()
        self._report_unclosed()
        yield from self._flush()
        for opened in reversed(self._open):
            if not opened.ignored:
                yield _CLOSE

    def _flush(self) -> Iterator[Token]:
        """The statements since the last brace, as one token."""
        if self._run:
            yield Token("LINES", self._run)
            self._run = []

    def _flush_header(self) -> None:
        """The statement that waited for a brace and got none."""
        if self._header is not None and len(self._open) <= DEEPEST:
            self._run.append(self._header)
        self._header = None

    # Text that was seen before

    def _take_known(self, position: int, row: int, start_of_line: int) -> tuple[int, int, int]:
        """Take the unchanged blocks that follow each other here; where the text goes on."""
        text = self._text
        while True:
            blank = _BLANK.match(text, position)
            assert blank is not None, "it may be empty"
            begin = blank.end()
            start_of_line = max(start_of_line, text.rfind("\n", position, begin) + 1)
            found = self._known.take(text, begin, begin - start_of_line + 1)
            if found is None:
                return begin, row + text.count("\n", position, begin), start_of_line
            length, statement = found
            row += text.count("\n", position, begin)
            self.blocks.append((begin, begin + length, statement))
            statement.anchor = self._moved(statement, row)
            self._run.append(statement)
            row += text.count("\n", begin, begin + length)
            position = begin + length
            start_of_line = max(start_of_line, text.rfind("\n", begin, position) + 1)

    def _moved(self, statement: Statement, row: int) -> Anchor:
        """The anchor of a statement that was known before: everything in the block counts from it."""
        anchor = statement.anchor
        assert anchor is not None, "it stood outside of all blocks"
        anchor.text, anchor.row, statement.row = self._whole, row, 0
        return anchor

    def _shared_body(self, brace: int, row: int, column: int) -> tuple[int, int]:
        """The end of the block that opens here, and its rows, when one of the same text is known; else 0."""
        header = self._header
        if header is None or not self._open or len(self._open) >= DEEPEST or row != self._header_row:
            return 0, 0
        for body in self._shared.get(_keyword(header), ()):
            if body.column not in (0, column) or (body.rows and body.end < header.column):
                continue
            if self._text.startswith(body.text, brace):
                self.twins.append((header, body.header))
                self._flush_header()
                return brace + len(body.text), body.rows
        return 0, 0

    def _remember(self, opened: _Opened, end: int, column: int) -> None:
        """Remember a closed block, so that the next one of the same text shares its statements."""
        header = opened.header
        if header is None or opened.ignored or opened.start < 0 or self._findings.count != opened.found:
            return
        if self._dedents != opened.dedents:  # whether that tells of a block left open depends on what is around it
            return
        if self._open:
            known = self._shared.setdefault(_keyword(header), [])
            if len(known) >= REMEMBERED:
                known.pop()
            body = self._text[opened.start : end]
            beside = body[1:].partition("\n")[0].strip(_BLANKS + "}")
            known.insert(0, _Body(body, body.count("\n"), opened.column if beside else 0, column, header))
        else:
            self.blocks.append((opened.start, end, header))

    # Braces

    def _opening(self, row: int, column: int, at: int) -> Iterator[Token]:
        header, self._header = self._header, None
        depth = len(self._open)
        span = self._whole.span(row, column, column + 1)
        ignored = header is None or depth >= DEEPEST
        opened = _Opened(header, self._base() if header is None else self._header_row, span, ignored=ignored)
        opened.found = self._findings.count if header is None else self._header_found
        opened.dedents, opened.column = self._dedents, column
        if depth == 0:
            opened.start = self._header_at
        elif row == self._header_row:
            opened.start = at
        self._open.append(opened)
        if depth > DEEPEST:
            return
        if depth == DEEPEST:
            self._findings.add("too-deep", span, f"more than {DEEPEST} blocks in blocks: skipped")
        elif header is None:
            text = "a block needs a keyword before its brace: what is in it counts for the block around it"
            self._findings.add("unexpected-brace", span, text, "remove the brace and the one that closes it")
        else:
            yield from self._flush()
            yield Token("HEADER", header)
            yield _OPEN

    def _closing(self, row: int, column: int, at: int) -> Iterator[Token]:
        self._flush_header()
        if not self._open:
            if self._unbalanced < MOST_UNBALANCED:
                text = "this brace closes nothing: the block was closed before, or never opened"
                span = self._whole.span(row, column, column + 1)
                self._findings.add("unbalanced-braces", span, text, "remove it")
            self._unbalanced += 1
            return
        opened = self._open.pop()
        if opened.header is not None:
            opened.header.last = row - (opened.row or 0)
        self._suspect(opened, row, column)
        self._remember(opened, at + 1, column)
        if not opened.ignored:
            yield from self._flush()
            yield _CLOSE

    # Blocks that were left open

    def _span(self, opened: _Opened) -> Span:
        """The place of a block: its header, or the brace that has none."""
        if opened.header is None:
            return opened.brace
        start, end = opened.header.columns(0, -1)
        return self._whole.span(opened.row or 0, start, end)

    def _suspect(self, opened: _Opened, row: int, column: int) -> None:
        """Remember a block whose closing brace stands where the one of a block around it belongs."""
        header = opened.header
        if header is None or row == opened.row or column >= header.column:
            return
        self._dedents += 1
        if len(self._suspects) >= MOST_UNBALANCED:
            return
        closing = self._whole.span(row, column, column + 1)
        if closing.text[: closing.column - 1].strip(_BLANKS):
            return
        for outer in reversed(self._open):
            if outer.header is not None and outer.header.column == column and _is_first(self._span(outer)):
                where = f"the brace in line {closing.line} stands where that of {_title(outer.header)} belongs"
                self._suspects.append((opened, closing, f"{_title(header)} is never closed: {where}"))
                return

    def _report_unclosed(self) -> None:
        """Say which blocks were left open: by indentation where that tells, else the ones that are open at the end."""
        count = len(self._open)
        for opened, closing, text in self._suspects[:count]:
            suggestion = f"put a }} before line {closing.line}"
            self._findings.add("unbalanced-braces", self._span(opened), text, suggestion)
        for opened in self._open[: min(max(count - len(self._suspects), 0), MOST_UNBALANCED)]:
            name = "this block" if opened.header is None else _title(opened.header)
            self._findings.add("unbalanced-braces", self._span(opened), f"{name} is never closed", "add the missing }")

    # Lines

    def _base(self) -> int | None:
        """The row that those of statements here count from; None outside of all blocks."""
        return self._open[-1].row if self._open else None

    def _statements(self, at: int, end: int, row: int, column: int) -> None:
        """Add the statements from `at` to `end`, which begin in this row and column, to the run; the last one waits."""
        region = self._text[at:end]
        if not region or region.isspace():
            return
        plain = _SPECIAL.search(region) is None and "\0" not in region
        base = self._base()
        for raw in region.split("\n"):
            found = self._findings.count
            kept = raw if plain else self._cleaned(raw, row, column)
            content = kept.strip(_BLANKS)
            if len(content) > LONGEST:
                span = self._whole.span(row, column, column + 1)
                self._findings.add("too-much", span, f"a line of more than {LONGEST} characters: it is skipped")
                content = ""
            if content:
                self._flush_header()
                self._count += 1
                indent = kept.index(content)
                statement = Statement(0 if base is None else row - base, column + indent, content)
                if base is None:
                    statement.anchor = Anchor(self._whole, row)
                # It may be the header of a block, whose brace may be in a later line.
                self._header, self._header_row, self._header_at = statement, row, at + indent
                self._header_found = found
                if self._count > MOST_STATEMENTS:
                    return
            at += len(raw) + 1
            row += 1
            column = 1

    def _cleaned(self, raw: str, row: int, column: int) -> str:
        """A line without its comment and without what follows a quote that has no end."""
        if "\0" in raw:
            at = column + raw.index("\0")
            self._findings.add("nul-byte", self._whole.span(row, at, at + 1), "a NUL byte: the line is skipped")
            return ""
        position = 0
        while (found := _SPECIAL.search(raw, position)) is not None:
            at = found.start()
            mark = raw[at]
            if mark == "\\":
                position = at + (2 if raw[at + 1 : at + 2] in ("#", "!") else 1)
            elif mark == '"':
                end = raw.find('"', at + 1)
                if end < 0:
                    span = self._whole.span(row, column + at, column + len(raw.rstrip(_BLANKS)))
                    text = "a quote without an end: the rest of the line is lost"
                    self._findings.add("unmatched-quote", span, text, 'add the missing "')
                    return raw[:at]
                position = end + 1
            else:
                self._glued_comment(raw, row, column, at)
                return raw[:at]
        return raw

    def _glued_comment(self, raw: str, row: int, column: int, at: int) -> None:
        """A comment mark right after a word may have been meant as a part of the word: a password, a path."""
        if at == 0 or raw[at - 1] in _BLANKS or raw[at + 1 : at + 2] in ("", " ", "\t"):
            return
        span = self._whole.span(row, column + at, column + at + 1)
        text = f"the line is cut here: {raw[at]} begins a comment"
        self._findings.add("comment-in-word", span, text, f"write \\{raw[at]}, or put the word in double quotes")


def _keyword(header: Statement) -> str:
    return header.words[0]


def _is_first(span: Span) -> bool:
    """Whether nothing stands before a place in its line."""
    return not span.text[: span.column - 1].strip(_BLANKS)


def _title(header: Statement) -> str:
    """A block as it is called in messages: its keyword and name."""
    return " ".join(header.words[:2])
