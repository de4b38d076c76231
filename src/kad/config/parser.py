"""Text to statements with their places: words, quotes, braces and comments (grammar.lark has the shape).

No keyword is known here, and no text is refused: what can't be understood becomes a diagnostic, and the text after it
still counts. The lexer cuts the text at braces with one compiled regex and gives the LALR parser one token for all the
plain statements between two braces: a token a word would take four times as long (DESIGN 'Dependencies').

Not here: include, macros and conditions (preprocess.py), what a statement means (fields.py, load.py).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from lark import Lark, Transformer
from lark.lexer import Lexer

from kad.config.diagnostics import Findings, Span

DEEPEST = 64
"""Blocks in blocks that are read; keepalived's deepest keyword is in the sixth."""

MOST_UNBALANCED = 10
"""Braces that are reported one by one as unbalanced."""

_BLANKS = " \t\r\f\v"

# A region is what stands between two braces. Braces in quotes, comments and ${NAME} are text.
_REGION = re.compile(
    r"""(?: [^{}"\#!\\$]++ | "[^"\n]*+" | "[^\n]*+ | [\#!][^\n]*+ | \\[\#!] | \\ | \$\{[^{}\n"\#!]*+\} | \$ )*+""",
    re.VERBOSE,
)
_WORD = re.compile(r'"(?P<quoted>[^"]*)"|(?P<bare>[^ \t\r\f\v"]+)')
_SPECIAL = re.compile(r'["#!\\]')
_PLAIN = re.compile(r"[\t $-\[\]-~]*")  # printable ASCII but for ! " # and the backslash: str.split() will do
_ESCAPED = re.compile(r"\\([#!])")


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

    def span(self, line: int, column: int, end: int) -> Span:
        """A place in this file."""
        return Span(path=self.path, line=line, column=column, end=end, text=self.line(line))


class Piece:
    """A part of a file as the lexer gets it: whole lines, the first of which has this number."""

    __slots__ = ("line", "source", "text")

    def __init__(self, source: Source, line: int, text: str) -> None:
        self.source = source
        self.line = line
        self.text = text


class Statement:
    """One line up to a brace or a comment: a keyword and its arguments; with `body` when it opens a block.

    `last` is the line of the brace that closes the block; 0 when there is none.
    """

    __slots__ = ("_words", "body", "column", "last", "line", "source", "text")

    def __init__(self, source: Source, line: int, column: int, text: str) -> None:
        self.source = source
        self.line = line
        self.column = column
        self.text = text
        self.body: tuple[Statement, ...] | None = None
        self.last = 0
        self._words: list[str] | None = None

    @property
    def words(self) -> Sequence[str]:
        """The words, without the quotes that held them; there is at least one."""
        if self._words is None:
            if _PLAIN.fullmatch(self.text):
                self._words = self.text.split()
            else:
                self._words = [_unescaped(found) for found in _WORD.finditer(self.text)]
        return self._words

    def span(self, index: int = 0, last: int | None = None) -> Span:
        """The place of a word, or of all words from `index` to `last` (-1: the last one)."""
        places = [found.span() for found in _WORD.finditer(self.text)]
        start, end = places[index][0], places[index if last is None else last][1]
        return self.source.span(self.line, self.column + start, self.column + end)

    def rest(self, index: int) -> str:
        """The line from a word to its end, as it was written; nothing when there is no such word."""
        places = [found.start() for found in _WORD.finditer(self.text)]
        return self.text[places[index] :].rstrip() if index < len(places) else ""


def _unescaped(found: re.Match[str]) -> str:
    quoted = found["quoted"]
    return _ESCAPED.sub(r"\1", found["bare"]) if quoted is None else quoted


class _Token:
    """What the LALR parser needs of a token; a lark.Token would have to be text."""

    __slots__ = ("type", "value")
    start_pos = line = column = end_line = end_column = end_pos = None

    def __init__(self, kind: str, value: object = None) -> None:
        self.type = kind
        self.value = value


_OPEN, _CLOSE = _Token("OPEN"), _Token("CLOSE")


class _Opened:
    """A block that is open: its header (None: a brace without one) and where a brace closed it too early."""

    __slots__ = ("brace", "header", "ignored")

    def __init__(self, header: Statement | None, brace: Span, *, ignored: bool) -> None:
        self.header = header
        self.brace = brace
        self.ignored = ignored


class _Scan:
    """The tokens of one text, with balanced braces."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._open: list[_Opened] = []
        self._suspects: list[tuple[Statement, int, str]] = []
        self._header: Statement | None = None
        self._unbalanced = 0

    def tokens(self, pieces: Sequence[Piece]) -> Iterator[_Token]:
        """The tokens of these pieces, as one text."""
        for piece in pieces:
            yield from self._piece(piece)
        yield from self._last_header()
        self._report_unclosed()
        for opened in reversed(self._open):
            if not opened.ignored:
                yield _CLOSE

    def _piece(self, piece: Piece) -> Iterator[_Token]:
        text, line, position, start_of_line = piece.text, piece.line, 0, 0
        while True:
            found = _REGION.match(text, position)
            assert found is not None, "a region may be empty"
            end = found.end()
            statements = self._statements(piece.source, text[position:end], line, position - start_of_line + 1)
            breaks = text.count("\n", position, end)
            if breaks:
                line += breaks
                start_of_line = text.rindex("\n", position, end) + 1
            if statements:
                yield from self._last_header()
                # The last one may be the header of a block, whose brace may be in a later line or piece.
                self._header = statements.pop()
                if statements and len(self._open) <= DEEPEST:
                    yield _Token("LINES", statements)
            if end == len(text):
                return
            brace = end - start_of_line + 1
            yield from self._brace(text[end], piece.source, line, brace)
            position = end + 1

    def _last_header(self) -> Iterator[_Token]:
        """The statement that waited for a brace and got none."""
        if self._header is not None and len(self._open) <= DEEPEST:
            yield _Token("LINES", [self._header])
        self._header = None

    def _brace(self, brace: str, source: Source, line: int, column: int) -> Iterator[_Token]:
        if brace == "{":
            yield from self._opening(source.span(line, column, column + 1))
        else:
            yield from self._last_header()
            yield from self._closing(source, line, column)

    def _opening(self, span: Span) -> Iterator[_Token]:
        header, self._header = self._header, None
        depth = len(self._open)
        ignored = header is None or depth >= DEEPEST
        self._open.append(_Opened(header, span, ignored=ignored))
        if depth > DEEPEST:
            return
        if depth == DEEPEST:
            self._findings.add("too-deep", span, f"more than {DEEPEST} blocks in blocks: skipped")
        elif header is None:
            text = "a block needs a keyword before its brace: what is in it counts for the block around it"
            self._findings.add("unexpected-brace", span, text, "remove the brace and the one that closes it")
        else:
            yield _Token("HEADER", header)
            yield _OPEN

    def _closing(self, source: Source, line: int, column: int) -> Iterator[_Token]:
        if not self._open:
            if self._unbalanced < MOST_UNBALANCED:
                text = "this brace closes nothing: the block was closed before, or never opened"
                self._findings.add("unbalanced-braces", source.span(line, column, column + 1), text, "remove it")
            self._unbalanced += 1
            return
        opened = self._open.pop()
        if opened.header is not None:
            opened.header.last = line
        self._suspect(opened, source, line, column)
        if not opened.ignored:
            yield _CLOSE

    def _suspect(self, opened: _Opened, source: Source, line: int, column: int) -> None:
        """Remember a block whose closing brace stands where the one of a block around it belongs."""
        header = opened.header
        if header is None or len(self._suspects) >= MOST_UNBALANCED or line == header.line:
            return
        if column >= _indent(header) or source.line(line)[: column - 1].strip(_BLANKS):
            return
        for outer in reversed(self._open):
            if outer.header is not None and _indent(outer.header) == column:
                where = f"the brace in line {line} stands where that of {_title(outer.header)} belongs"
                self._suspects.append((header, line, f"{_title(header)} is never closed: {where}"))
                return

    def _report_unclosed(self) -> None:
        """Say which blocks were left open: by indentation where that tells, else the ones that are open at the end."""
        count = len(self._open)
        for header, line, text in self._suspects[:count]:
            self._findings.add("unbalanced-braces", header.span(0, -1), text, f"put a }} before line {line}")
        for opened in self._open[: min(max(count - len(self._suspects), 0), MOST_UNBALANCED)]:
            name = "this block" if opened.header is None else _title(opened.header)
            place = opened.brace if opened.header is None else opened.header.span(0, -1)
            self._findings.add("unbalanced-braces", place, f"{name} is never closed", "add the missing }")

    def _statements(self, source: Source, text: str, line: int, column: int) -> list[Statement]:
        """The statements of a region, which begins in this line and column."""
        if not text or text.isspace():
            return []
        statements: list[Statement] = []
        plain = _SPECIAL.search(text) is None and "\0" not in text
        for raw in text.split("\n"):
            kept = raw if plain else self._cleaned(source, raw, line, column)
            content = kept.strip(_BLANKS)
            if content:
                statements.append(Statement(source, line, column + kept.index(content), content))
            line += 1
            column = 1
        return statements

    def _cleaned(self, source: Source, raw: str, line: int, column: int) -> str:
        """A line without its comment and without what follows a quote that has no end."""
        if "\0" in raw:
            at = column + raw.index("\0")
            self._findings.add("nul-byte", source.span(line, at, at + 1), "a NUL byte: the line is skipped")
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
                    span = source.span(line, column + at, column + len(raw.rstrip(_BLANKS)))
                    text = "a quote without an end: the rest of the line is lost"
                    self._findings.add("unmatched-quote", span, text, 'add the missing "')
                    return raw[:at]
                position = end + 1
            else:
                self._glued_comment(source, raw, line, column, at)
                return raw[:at]
        return raw

    def _glued_comment(self, source: Source, raw: str, line: int, column: int, at: int) -> None:
        """A comment mark right after a word may have been meant as a part of the word: a password, a path."""
        if at == 0 or raw[at - 1] in _BLANKS or raw[at + 1 : at + 2] in ("", " ", "\t"):
            return
        span = source.span(line, column + at, column + at + 1)
        text = f"the line is cut here: {raw[at]} begins a comment"
        self._findings.add("comment-in-word", span, text, f"write \\{raw[at]}, or put the word in double quotes")


def _indent(header: Statement) -> int:
    line = header.source.line(header.line)
    return len(line) - len(line.lstrip(_BLANKS)) + 1


def _title(header: Statement) -> str:
    """A block as it is called in messages: its keyword and name."""
    return " ".join(header.words[:2])


class _Text:
    """What the parser is asked to parse."""

    def __init__(self, scan: _Scan, pieces: Sequence[Piece]) -> None:
        self.scan = scan
        self.pieces = pieces


class _Lexer(Lexer):
    """Gives the parser the tokens of what it is asked to parse: a _Scan and its pieces."""

    def __init__(self, lexer_conf: object) -> None:
        """Lark makes it; there is nothing to keep."""

    def lex(self, lexer_state: object, parser_state: object = None) -> Iterator[Any]:  # noqa: ARG002 - lark's names
        """The tokens; lark hands over what was given to parse()."""
        assert isinstance(lexer_state, _Text), "it is what parse() was given"
        yield from lexer_state.scan.tokens(lexer_state.pieces)


class _Build(Transformer[Any, tuple[Statement, ...]]):
    """Puts the statements of each block into its header, as the parser recognises it."""

    def start(self, items: list[list[Statement]]) -> tuple[Statement, ...]:
        """The whole text."""
        return tuple(statement for item in items for statement in item)

    def item(self, children: list[Any]) -> list[Statement]:
        """A run of statements, or one block."""
        child: Any = children[0]
        return cast("list[Statement]", child.value) if isinstance(child, _Token) else [child]

    def block(self, children: list[Any]) -> Statement:
        """HEADER OPEN item* CLOSE."""
        header: Statement = children[0].value
        header.body = tuple(statement for item in children[2:-1] for statement in item)
        return header


_PARSER = Lark.open("grammar.lark", rel_to=__file__, parser="lalr", lexer=_Lexer, transformer=_Build())


def parse(pieces: Sequence[Piece], findings: Findings) -> tuple[Statement, ...]:
    """The statements of a text in pieces; what is wrong with it goes to `findings`. Never raises for any text."""
    tree: Any = _PARSER.parse(cast("Any", _Text(_Scan(findings), pieces)))
    assert isinstance(tree, tuple), "_Build.start makes it"
    return tree
