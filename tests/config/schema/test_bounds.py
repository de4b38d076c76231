"""Each keyword at its bounds and past them, and whether it is told what it is for: made from the declarations.

Each good word of a kind is accepted where the keyword stands, each bad one is complained about there. What spans
keywords and blocks is no matter of bounds: the tests of the rules have it.
"""

from collections.abc import Iterator

import pytest

from kad.config.drafts import schema_of
from kad.config.fields import LINE, Block, Entries, Kind, Lines
from kad.config.keywords import Place, canonical, places
from kad.config.printing import Heard
from tests.config.schema.contexts import Around, around

WITHOUT_BOUNDS = {
    "Reserved": "it is refused, whatever follows it",
    "TypeWord": "the word that it takes is that of another option, which is tried by itself",
}
"""Kinds that have no good words to show, and why."""

Tried = tuple[str, Kind, Place, int]
"""What is tried: what it is called, its kind, its place, and which word of a header it is (-1: a keyword's)."""


def tried() -> Iterator[Tried]:
    """Every kind at every place that it is declared for, other names for the same left out."""
    for place in canonical():
        if place.kind is not None and not isinstance(place.declaration, Entries):
            yield place.path, place.kind, place, -1
        if isinstance(place.declaration, Block) and place.inner is not None:
            for index, (field, argument) in enumerate(place.inner.arguments):
                yield f"{place.path}:{field}", argument.kind, place, index
        if isinstance(place.declaration, Lines | Entries):
            yield from _of_line(next(one for one in places() if one.block == (*place.block, place.name)))


def _of_line(line: Place) -> Iterator[Tried]:
    assert line.name == LINE, "the line comes before its options"
    if line.kind is not None:
        yield line.path, line.kind, line, -1
        return
    assert line.inner is not None, "it is no plain value, then"
    for index, (field, argument) in enumerate(line.inner.arguments):
        yield f"{line.path}:{field}", argument.kind, line, index


ALL = list(tried())


def said(place: Place, words: str, index: int) -> list[str]:
    around_it: Around = around(place, words, argument=index)
    return [found.message for found in around_it.complaints()]


def obsolete(place: Place) -> bool:
    return bool(getattr(place.declaration, "obsolete", ""))


def test_there_are_keywords() -> None:
    assert len(ALL) > 200


@pytest.mark.parametrize(
    ("place", "kind", "index"), [one[2:3] + one[1:2] + one[3:] for one in ALL], ids=[one[0] for one in ALL]
)
def test_good_words_are_accepted_and_bad_ones_complained_about(place: Place, kind: Kind, index: int) -> None:
    expected = 1 if obsolete(place) and index < 0 else 0
    assert {words: found for words in kind.good() if len(found := said(place, words, index)) > expected} == {}
    assert [words for words in kind.bad() if len(said(place, words, index)) <= expected] == []


def kinds() -> dict[Kind, str]:
    """Every kind that is used, with one of its places."""
    return {kind: path for path, kind, _, _ in ALL}


def reads_back(kind: Kind, words: str) -> bool:
    """Whether what a kind writes for the value of some words is read as that value."""
    value = kind.read(Heard(words))
    written = kind.write(value)
    if written is None:
        return not value
    again = Heard(written)
    return bool(kind.read(again) == value and not again.complaints and not again.left)


def test_what_a_kind_writes_it_reads_as_the_same_value() -> None:
    wrong = [(path, words) for kind, path in kinds().items() for words in kind.good() if not reads_back(kind, words)]
    assert wrong == []


def test_every_kind_has_good_words_or_a_reason_for_having_none() -> None:
    without = {type(kind).__name__: path for kind, path in kinds().items() if not kind.good()}
    assert {name: path for name, path in without.items() if name not in WITHOUT_BOUNDS} == {}
    assert [name for name in WITHOUT_BOUNDS if name not in without] == []


def test_every_keyword_says_what_it_is_for() -> None:
    assert [place.path for place in canonical() if not place.declaration.doc.strip()] == []
    arguments = [one for place in canonical() if place.inner is not None for _, one in place.inner.arguments]
    assert [one for one in arguments if not one.doc.strip()] == []


def test_every_default_is_of_a_value_that_can_be_read_or_is_said_in_words() -> None:
    assert [place.path for place in places() if "\t" in place.default or "\n" in place.default] == []


def test_the_words_around_a_statement_are_right_and_a_wrong_word_shows() -> None:
    place = next(one for one in canonical() if one.path == "/vrrp_instance/virtual_ipaddress/*/dev")
    right = around(place, "eth0")
    assert right.text.split("\n")[right.line - 1].strip() == "192.0.2.1/24 dev eth0"
    assert right.complaints() == []
    assert [found.rule for found in around(place, "n" * 16).complaints()] == ["bad-line"]


def test_a_place_knows_its_schema() -> None:
    assert all(
        place.inner is None or place.inner is schema_of(place.inner.type, place.inner.title) for place in places()
    )
