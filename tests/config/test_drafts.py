"""The schema as a whole: every keyword's bounds, its words for people, and that each field can be set."""

from collections.abc import Iterator

import pytest

from kad.config.config import Config
from kad.config.diagnostics import Findings, Half
from kad.config.drafts import Cursor, Draft, Schema, schema_of, tag
from kad.config.fields import Block, Keyword, Lines
from kad.config.kinds import Int
from kad.config.parser import parse
from kad.config.schema.real_server import RealServer
from kad.config.schema.tcp_check import TcpCheck
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.config.schema.vrrp_instance import VrrpInstance
from kad.config.schema.vrrp_script import VrrpScript
from kad.config.schema.vrrp_sync_group import VrrpSyncGroup
from kad.config.statements import Scope, Statement
from kad.config.text import Piece, Source
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
    # What keepalived uses all the same is told in other words.
    marks = (f'{word} "', f"{word}: ")

    def complaints(number: int) -> list[str]:
        loaded = read(wrapped(path, f"{word} {number}"))
        return [
            found.message
            for found in loaded.diagnostics
            if found.message.startswith(marks) and str(number) in found.message
        ]

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
    (header,) = statements(text)
    draft = Draft(schema_of(RealServer, "real_server"), header, header.scope(), Half.CHECKER)
    draft.values["address"] = "10.0.0.1"
    return draft


def statements(text: str) -> tuple[Statement, ...]:
    return parse([Piece(Source("x.conf", text), 1, text)], Findings()).statements


def place(draft: Draft, field: str = "") -> tuple[int, int]:
    span = draft.span(field)()
    return span.line, span.column


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


def written() -> Draft:
    """A sync group with its members beside the keyword, in lines, and in a list that came too late."""
    text = "vrrp_sync_group G {\n group A {\n  B C\n  D\n }\n group {\n }\n notify_master /bin/x /bin/x\n}\n"
    (header,) = statements(text)
    draft = Draft(schema_of(VrrpSyncGroup, "vrrp_sync_group"), header, header.scope(), Half.VRRP)
    assert header.body is not None
    draft.places["notify_master"] = (header.body[-1], 1, None)
    return draft


def test_what_was_written_is_known_with_its_places_whatever_was_made_of_it() -> None:
    draft = written()
    found = {word: (at().line, at().column) for word, at in draft.words_of("group")}
    assert found == {"A": (2, 8), "B": (3, 3), "C": (3, 5), "D": (4, 3)}
    assert [len(one.words) for one in draft.written("group")] == [2, 1]
    last = draft.last_written("notify_master")()
    assert (last.line, last.column, last.end) == (8, 23, 29)
    assert draft.last_written("notify_fault")() == draft.span()()


def test_a_word_is_marked_where_the_field_was_set_or_all_of_it_when_it_is_not_in_there() -> None:
    draft = written()
    assert draft.word("notify_master", "/bin/x")().column == 16
    assert draft.word("notify_master", "/bin/y")() == draft.span("notify_master")()


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
    assert [field for field, _ in schema_of(VrrpInstance, "vrrp_instance").required] == ["virtual_router_id"]
    assert [field for field, _ in schema_of(VrrpScript, "vrrp_script").required] == ["script"]


# Copies of drafts


TWINS = """
outer {
    real_server 10.0.0.1 80 {
        weight 7
        TCP_CHECK {
            retry 3
        }
    }
    # further down
    real_server 10.0.0.22 80 {
        weight 7
        TCP_CHECK {
            retry 3
        }
    }
}
"""


def twins() -> tuple[Draft, Draft]:
    """The draft of the first server, as if it had been read, and one like it for the second."""
    (outer,) = statements(TWINS)
    first, second = outer.body or ()
    scope = outer.scope().within(outer)
    draft = Draft(schema_of(RealServer, "real_server"), first, scope, Half.CHECKER)
    assert draft.inner is not None
    weight, header = first.body or ()
    check = Draft(schema_of(TcpCheck, "TCP_CHECK"), header, draft.inner, Half.CHECKER)
    check.values["retry"], check.places["retry"] = 3, ((header.body or ())[0], 1, None)
    draft.values |= {"address": "10.0.0.1", "weight": 7, "checks": [check]}
    draft.places |= {"address": (first, 1, scope), "weight": (weight, 1, None), "checks": (header, 0, None)}
    return draft, draft.like(second, scope)


def test_a_twin_has_all_places_as_far_from_its_own_header() -> None:
    one, other = twins()
    assert [place(one), place(one, "weight"), place(one.children("checks")[0])] == [(3, 5), (4, 9), (5, 9)]
    assert [place(other), place(other, "weight"), place(other.children("checks")[0])] == [(10, 5), (11, 9), (12, 9)]
    assert place(other.children("checks")[0], "retry") == (13, 13)
    assert (one.line, other.line, one.row, other.row) == (3, 10, 2, 9)


def test_what_is_changed_in_a_twin_is_not_changed_in_the_other() -> None:
    one, other = twins()
    other.values["weight"] = 9
    other.clear("address")
    other.children("checks")[0].values["retry"] = 1
    other.children("checks").clear()
    assert (one.get("weight"), one.values["address"]) == (7, "10.0.0.1")
    assert [check.get("retry") for check in one.children("checks")] == [3]


def test_a_line_of_a_list_stands_where_its_copy_does() -> None:
    (block,) = statements("\nvirtual_ipaddress {\n    10.0.0.1 dev eth0\n}\n")
    scope = block.scope().within(block)
    (line,) = block.body or ()
    draft = Draft(schema_of(VirtualAddress, "virtual_ipaddress"), None, None, Half.VRRP)
    draft.inner = scope
    draft.values, draft.places = {"address": "10.0.0.1", "device": "eth0"}, {"device": (line, 2, None)}
    draft.header, draft.outer = line, scope
    further = Scope(scope.anchor, scope.base + 1)
    assert place(draft, "device") == (3, 18)
    assert draft.like(line, further).row == draft.row + 1


def test_what_a_settled_draft_gave_is_kept_and_a_copy_of_it_is_free() -> None:
    draft = server()
    draft.settled = True
    built = draft.build()
    assert draft.build() is built
    assert draft.header is not None
    assert draft.outer is not None
    copy = draft.like(draft.header, draft.outer)
    copy.values["weight"] = 3
    assert (copy.settled, copy.build().weight, draft.build().weight) == (False, 3, None)


# Cursors


def cursor(text: str, at: int = 1) -> tuple[Cursor, Findings]:
    (statement,) = statements(text)
    findings = Findings()
    return Cursor(findings, statement, statement.scope(), Half.VRRP, at), findings


def test_a_cursor_goes_through_the_words_and_back() -> None:
    words, _ = cursor("keyword one two\n")
    assert (words.at, words.left, words.peek(), words.next(), words.next(), words.next()) == (
        1,
        2,
        "one",
        "one",
        "two",
        None,
    )
    words.back()
    assert (words.at, words.peek()) == (2, "two")


def test_the_rest_is_as_it_was_written_and_nothing_is_left_then() -> None:
    words, _ = cursor('keyword one  "t w o"\n', 2)
    assert (words.rest(), words.left, words.peek()) == ('"t w o"', 0, None)


def test_a_refused_word_is_told_at_its_place_with_what_follows() -> None:
    words, findings = cursor("keyword one two\n")
    words.about("keyword", None, "bad-line", "the line is skipped")
    words.next()
    words.next()
    words.refuse("is wrong", "write three")
    words.remark("address-cut", "only a part")
    one, other = findings.result(["x.conf"])
    assert (one.rule, one.message, one.suggestion, one.half) == (
        "bad-line",
        'keyword "two" is wrong: the line is skipped',
        "write three",
        Half.VRRP,
    )
    assert one.span is not None
    assert (one.span.column, one.span.end) == (13, 16)
    assert (other.rule, other.message) == ("address-cut", "keyword: only a part")
