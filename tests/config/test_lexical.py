"""The table of the language: complete in itself, and each entry with a test that is there."""

from pathlib import Path

from kad.config.lexical import LEXICAL

ROOT = Path(__file__).parents[2]


def test_each_thing_is_there_once() -> None:
    names = [row.keyword for row in LEXICAL]
    assert len(set(names)) == len(names) == 52


def test_each_thing_has_a_sentence() -> None:
    assert [row.keyword for row in LEXICAL if not row.meaning.endswith(".") or row.meaning[0].islower()] == []


def test_each_thing_has_a_test_that_is_there() -> None:
    assert [row.keyword for row in LEXICAL if not (ROOT / row.test).is_file()] == []


def test_nothing_in_the_table_breaks_the_columns_of_a_file_with_tabs() -> None:
    texts = [text for row in LEXICAL for text in (row.keyword, row.arguments, row.default, row.meaning)]
    assert [text for text in texts if "\t" in text or "\n" in text] == []
