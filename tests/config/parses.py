"""What the tests of the parser share: the statements of a text, their shape, and what is wrong with the text."""

from collections.abc import Sequence

from kad.config.diagnostics import Diagnostic, Findings
from kad.config.parser import Parsed, parse
from kad.config.statements import Known, Statement
from kad.config.text import Piece, Source

FILE = "x.conf"


def parsed(text: str, known: Known | None = None) -> tuple[Parsed, tuple[Diagnostic, ...]]:
    """What the parser makes of a file."""
    findings = Findings()
    result = parse([Piece(Source(FILE, text), 1, text)], findings, known)
    return result, findings.result([FILE])


def shape(statements: Sequence[Statement]) -> list[object]:
    """Each statement as its words, a block as its words and what is in it."""
    return [[*one.words] if one.body is None else ([*one.words], shape(one.body)) for one in statements]


def clean(text: str) -> list[object]:
    """The shape of a text that there is nothing to say about."""
    result, found = parsed(text)
    assert found == ()
    return shape(result.statements)


def complaints(text: str) -> list[tuple[str, int, int]]:
    """What is wrong, and in which line and column."""
    return places(parsed(text)[1])


def places(found: Sequence[Diagnostic]) -> list[tuple[str, int, int]]:
    """Rule, line and column of each."""
    return [(one.rule, one.span.line, one.span.column) for one in found if one.span is not None]
