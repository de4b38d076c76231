"""Text to statements: Lark puts the lexer's tokens (scan.py) together by grammar.lark. No keyword is known here.

Not here: include, definitions and conditions (preprocess.py), what a statement means (blocks.py).
"""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from lark import Lark, Transformer
from lark.lexer import Lexer

from kad.config.diagnostics import Findings
from kad.config.scan import Scan, Token
from kad.config.statements import Known, Statement
from kad.config.text import Piece, Text


class _Lexer(Lexer):
    """Gives the parser the tokens of what it is asked to parse: a Scan."""

    def __init__(self, lexer_conf: object) -> None:
        """Lark makes it; there is nothing to keep."""

    def lex(self, lexer_state: object, parser_state: object = None) -> Iterator[Any]:  # noqa: ARG002 - lark's names
        """The tokens; lark hands over what was given to parse()."""
        assert isinstance(lexer_state, Scan), "it is what parse() was given"
        yield from lexer_state.tokens()


class _Build(Transformer[Any, tuple[Statement, ...]]):
    """Puts the statements of each block into its header, as the parser recognises it."""

    def start(self, items: list[list[Statement]]) -> tuple[Statement, ...]:
        """The whole text."""
        return tuple(statement for item in items for statement in item)

    def item(self, children: list[Any]) -> list[Statement]:
        """A run of statements, or one block."""
        child: Any = children[0]
        return cast("list[Statement]", child.value) if isinstance(child, Token) else [child]

    def block(self, children: list[Any]) -> Statement:
        """HEADER OPEN item* CLOSE."""
        header: Statement = children[0].value
        header.body = tuple(statement for item in children[2:-1] for statement in item)
        return header


_PARSER = Lark.open("grammar.lark", rel_to=__file__, parser="lalr", lexer=_Lexer, transformer=_Build())


class Parsed:
    """The statements of a text, and its top-level blocks for the next time (`known`)."""

    def __init__(self, statements: tuple[Statement, ...], scan: Scan, text: Text) -> None:
        self.statements = statements
        self.text = text
        self._blocks = scan.blocks

    def known(self) -> Known:
        """The top-level blocks by their text. Parsing with them takes them: they are good for one more parse."""
        known = Known()
        for begin, end, statement in self._blocks:
            known.add(self.text.text[begin:end], statement)
        return known


def parse(pieces: Sequence[Piece], findings: Findings, known: Known | None = None) -> Parsed:
    """The statements of a text in pieces; what is wrong with it goes to `findings`. Never raises for any text.

    `known` has blocks of an earlier parse; those whose text is found again are taken over, at their new places.
    """
    text = Text(pieces)
    scan = Scan(findings, known or Known(), text)
    tree: Any = _PARSER.parse(cast("Any", scan))
    assert isinstance(tree, tuple), "_Build.start makes it"
    for statement, first in scan.twins:
        statement.body, statement.last = first.body, first.last
    return Parsed(tree, scan, text)
