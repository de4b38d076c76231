"""The schema as a whole: every keyword's bounds, its words for people, and that each field can be set."""

from collections.abc import Iterator

import pytest

from kad.config.config import Config
from kad.config.diagnostics import Findings, Half
from kad.config.drafts import Draft, Schema, schema_of, tag
from kad.config.fields import Block, Keyword, Lines
from kad.config.kinds import Int
from kad.config.parser import Piece, Source, parse
from kad.config.schema.real_server import RealServer
from kad.config.schema.vrrp_instance import VrrpInstance
from tests.config.texts import read


def schemas(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """All blocks, with where they stand: `virtual_server/real_server`."""
    yield path, schema
    for word, entry in schema.entries.items():
        match entry.declaration:
            case Block(types=types):
                (type_,) = [one for one in types if len(types) == 1 or tag(one) == word]
                yield from schemas(schema_of(type_, word), f"{path}/{word}")
            case Lines(type=type_):
                yield from schemas(schema_of(type_, word), f"{path}/{word}/*")
            case _:
                pass


ALL = dict(schemas(schema_of(Config, "")))
NUMBERS = [
    (path, word, entry.declaration)
    for path, schema in ALL.items()
    for word, entry in schema.entries.items()
    if isinstance(entry.declaration, Keyword) and type(entry.declaration.kind) is Int and not path.endswith("*")
]


def wrapped(path: str, line: str) -> str:
    """A whole configuration with this line in this block."""
    before, after = "", ""
    for word in path.strip("/").split("/"):
        argument = {
            "vrrp_instance": "VI_1",
            "vrrp_script": "s",
            "virtual_server": "10.9.0.2 80",
            "real_server": "10.9.1.1 80",
        }
        before += f"{word} {argument.get(word, '')} {{\n"
        after += "}\n"
    return before + line + "\n" + after


@pytest.mark.parametrize(("path", "word", "declaration"), NUMBERS, ids=[f"{path}/{word}" for path, word, _ in NUMBERS])
def test_every_number_is_taken_at_its_bounds_and_not_past_them(path: str, word: str, declaration: Keyword) -> None:
    kind = declaration.kind
    assert isinstance(kind, Int)
    low = kind.low if kind.zero is None else 1

    def complaints(number: int) -> list[str]:
        loaded = read(wrapped(path, f"{word} {number}"))
        return [found.message for found in loaded.diagnostics if found.message.startswith(f'{word} "{number}"')]

    assert complaints(low) == []
    assert complaints(kind.high) == []
    assert len(complaints(kind.low - 1)) == 1
    assert len(complaints(kind.high + 1)) == 1


def test_every_keyword_and_argument_says_what_it_is_for() -> None:
    for path, schema in ALL.items():
        for word, entry in schema.entries.items():
            assert entry.declaration.doc, f"{path}/{word}"
        for field, declaration in schema.arguments:
            assert declaration.doc, f"{path} {field}"


def test_every_field_of_every_block_can_be_set_from_the_file() -> None:
    for path, schema in ALL.items():
        settable = {field for field, _ in schema.arguments} | {entry.field for entry in schema.entries.values()}
        declarations = [one for _, one in schema.arguments] + [
            entry.declaration for entry in schema.entries.values() if isinstance(entry.declaration, Keyword)
        ]
        settable |= {field for one in declarations for field in one.into}
        assert set(schema.defaults) <= settable, path


# Drafts


def server(text: str = "real_server 10.0.0.1 80 {\n}\n") -> Draft:
    (header,) = parse([Piece(Source("x.conf", text), 1, text)], Findings())
    draft = Draft(schema_of(RealServer, "real_server"), header, Half.CHECKER)
    draft.values["address"] = "10.0.0.1"
    return draft


def test_a_draft_has_what_was_set_and_else_the_default() -> None:
    draft = server()
    draft.values["weight"] = 0
    assert (draft.get("weight"), draft.get("port")) == (0, 0)
    draft.clear("weight")
    assert draft.get("weight") is None


def test_a_draft_becomes_its_struct() -> None:
    assert server().build() == RealServer(address="10.0.0.1")


def test_a_field_that_was_not_set_is_at_the_header() -> None:
    place = server().span("weight")()
    assert (place.line, place.column, place.end) == (1, 1, 24)


def test_a_long_title_is_cut() -> None:
    assert len(server(f"real_server {'x' * 500} {{\n}}\n").title) == 60


def test_a_struct_that_builds_on_another_has_its_keywords_too() -> None:
    checks = schema_of(Config, "").entries["virtual_server"].declaration
    assert isinstance(checks, Block)
    farm = schema_of(checks.types[0], "virtual_server").entries["real_server"].declaration
    assert isinstance(farm, Block)
    kinds = schema_of(farm.types[0], "real_server").entries["HTTP_GET"].declaration
    assert isinstance(kinds, Block)
    http = next(one for one in kinds.types if tag(one) == "HTTP_GET")
    assert {"url", "connect_port", "delay_loop", "nb_get_retry"} <= set(schema_of(http, "HTTP_GET").entries)


def test_what_a_block_can_not_be_without_is_known() -> None:
    assert [field for field, _ in schema_of(VrrpInstance, "vrrp_instance").required] == [
        "interface",
        "virtual_router_id",
    ]
