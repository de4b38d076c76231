"""The text of a configuration in pieces, and the way back from it to the lines of the files."""

from kad.config.text import Piece, Segment, Source, Text

FILE = Source("f.conf", "first\r\nsecond $A end\nthird")


def test_a_source_has_its_lines_without_their_ends() -> None:
    assert [FILE.line(number) for number in (0, 1, 2, 3, 4)] == ["", "first", "second $A end", "third", ""]


def test_a_place_shows_its_whole_line() -> None:
    span = FILE.span(3, 1, 6, ("through",))
    assert (span.path, span.line, span.column, span.end, span.text) == ("f.conf", 3, 1, 6, "third")
    assert span.through == ("through",)


def test_a_piece_counts_its_rows_from_its_line() -> None:
    piece = Piece(FILE, 2, "second $A end\nthird\n")
    assert (piece.span(0, 1, 7).line, piece.span(1, 1, 6).text) == (2, "third")


def expanded(text: str = "second one two end", *, end: int = 14) -> Piece:
    """The second line, in which $A stands for `one two`."""
    return Piece(FILE, 2, text, (Segment(7, end, 7, 9, ("$A is defined in g:1",)),), ("in ~SEQ",))


def test_what_was_expanded_leads_back_to_the_reference() -> None:
    span = expanded().span(0, 12, 15)  # the word `two`
    assert (span.column, span.end, span.text) == (8, 10, "second $A end")
    assert span.through == ("$A is defined in g:1", "in ~SEQ")


def test_what_stands_before_and_after_an_expansion_keeps_its_own_place() -> None:
    before, after = expanded().span(0, 1, 7), expanded().span(0, 16, 19)
    assert (before.column, before.end, before.through) == (1, 7, ("in ~SEQ",))
    assert (after.column, after.end, after.through) == (11, 14, ("in ~SEQ",))


def test_what_is_partly_expanded_is_marked_from_its_first_to_its_last_character() -> None:
    span = expanded("secondone end", end=10).span(0, 1, 11)
    assert (span.column, span.end) == (1, 10)
    to_its_end = expanded().span(0, 1, 15)
    assert (to_its_end.column, to_its_end.end) == (1, 10)
    assert to_its_end.through == ("$A is defined in g:1", "in ~SEQ")


def test_an_expansion_to_nothing_moves_what_follows_it() -> None:
    span = expanded("second  end", end=7).span(0, 9, 12)
    assert (span.column, span.end) == (11, 14)


def test_a_text_joins_its_pieces_and_knows_the_file_of_each_row() -> None:
    other = Source("g.conf", "x\ny")
    text = Text([Piece(FILE, 1, "first\n"), Piece(other, 1, ""), Piece(other, 1, "x\ny"), Piece(FILE, 3, "third\n")])
    assert text.text == "first\nx\ny\nthird\n"
    found = [text.span(row, 1, 2) for row in range(4)]
    assert [(span.path, span.line) for span in found] == [("f.conf", 1), ("g.conf", 1), ("g.conf", 2), ("f.conf", 3)]
    assert text.source(2) is other
