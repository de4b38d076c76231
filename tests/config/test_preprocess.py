"""What happens to the text before it is parsed: include, conditions, and how definitions and repetitions act."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kad.config import diagnostics
from kad.config.definitions import DEEPEST_USE, LONGEST, MOST_CHARACTERS, MOST_LINES, MOST_USES, Budget
from kad.config.diagnostics import RULES, Diagnostic, Findings
from kad.config.lines import Line
from kad.config.load import load
from kad.config.preprocess import DEEPEST, Preprocessor
from kad.config.text import Piece
from tests.config.texts import MAIN, Memory, World, instance, only, read, rules


def names(text: str, **files: str) -> list[str]:
    return [one.name for one in read(text, **files).config.vrrp_instances]


def test_an_included_file_counts_as_if_it_stood_there() -> None:
    text = instance(name="A", vrid="1", vips="10.0.0.1") + "include b.conf\n" + instance(name="C", vrid="3")
    assert names(text, b_conf=instance(name="B", vrid="2", vips="10.0.0.2")) == ["A", "B", "C"]


def test_include_works_inside_a_block_and_its_name_ends_at_a_comment() -> None:
    loaded = read(instance("include more # here"), more="priority 7\n")
    assert loaded.config.vrrp_instances[0].priority == 7
    assert rules(loaded) == []


def test_a_pattern_includes_all_that_it_matches_in_order() -> None:
    text = "include sites_*\n"
    a, b = instance(name="A", vrid="1"), instance(name="B", vrid="2", vips="10.9.0.2")
    memory = Memory({MAIN: text, "/etc/sites_b": b, "/etc/sites_a": a})
    assert [one.name for one in load(MAIN, memory, World()).config.vrrp_instances] == ["A", "B"]


def test_a_relative_name_starts_at_the_directory_of_the_including_file() -> None:
    memory = Memory({MAIN: "include sub/one\n", "/etc/sub/one": "include two\n", "/etc/sub/two": instance()})
    assert len(load(MAIN, memory, World()).config.vrrp_instances) == 1
    assert memory.asked == [("sub/one", "/etc"), ("two", "/etc/sub")]


def test_a_mistake_in_an_included_file_is_told_with_its_place_there() -> None:
    found = only(read("include b.conf\n", b_conf="\nfoo\n"))
    assert found.span is not None
    assert (found.span.path, found.span.line, found.span.text) == ("/etc/b.conf", 2, "foo")


def test_mistakes_come_file_by_file() -> None:
    loaded = read("include b.conf\nfoo\n", b_conf="bar\n")
    assert [found.span.path for found in loaded.diagnostics if found.span] == [MAIN, "/etc/b.conf"]


def test_a_file_that_includes_itself_is_read_once() -> None:
    found = only(read(instance() + "include kad.conf\n"))
    assert (found.rule, found.message) == ("include-loop", f"{MAIN} is not included: it is being read already")


def test_a_loop_over_two_files_ends() -> None:
    assert rules(read("include b.conf\n", b_conf="include kad.conf\n")) == ["include-loop"]


def test_a_file_may_be_included_twice_in_a_row() -> None:
    assert rules(read(instance() + "include b.conf\ninclude b.conf\n", b_conf="# nothing\n")) == []


def test_files_in_files_end_at_a_bound() -> None:
    chain = {f"/etc/{number}": f"include {number + 1}\n" for number in range(1, DEEPEST + 500)}
    loaded = load(MAIN, Memory({MAIN: "include 1\n", **chain}), World())
    assert rules(loaded) == ["include-loop"]


def test_an_include_without_a_match_is_told_and_hurts_nothing() -> None:
    loaded = read("include nothing.conf\n" + instance())
    found = only(loaded)
    assert (found.rule, found.span and found.span.column) == ("include-not-there", 9)
    assert len(loaded.config.vrrp_instances) == 1


@pytest.mark.parametrize("text", ["include", "include\n", "include\r\n", "include  # x\n", "include#\n", "{ include"])
def test_an_include_without_a_name_is_told(text: str) -> None:
    found = seen(text)[1]
    assert [(one.rule, one.message) for one in found] == [
        ("include-empty", "include needs the name of a file: nothing is included")
    ]


def test_a_pattern_that_stands_for_millions_of_names_is_not_expanded() -> None:
    memory = Memory({MAIN: "include " + "{a,b,c,d,e,f,g,h,i,j}" * 8 + "\n"})
    assert rules(load(MAIN, memory, World())) == ["include-not-there"]
    assert memory.asked == []


def test_a_file_that_can_not_be_read_is_told() -> None:
    class Secret(Memory):
        def read(self, path: str) -> str:
            if path == "/etc/b.conf":
                raise PermissionError(13, "Permission denied")
            return super().read(path)

    loaded = load(MAIN, Secret({MAIN: "include b.conf\n", "/etc/b.conf": ""}), World())
    assert only(loaded).message == "can't read /etc/b.conf: Permission denied: not included"


@pytest.mark.parametrize("text", ["", "\n \n", "# being written\n", "@other {\n", "$A=1\n"])
def test_a_configuration_that_says_nothing_refuses_a_reload(text: str) -> None:
    loaded = read(text)
    found = only(loaded)
    assert (found.rule, found.message) == ("nothing-said", f"there is nothing in the configuration {MAIN}")
    assert diagnostics.start_status(loaded.diagnostics, vrrp=True, checker=True) == 0
    assert diagnostics.refuses_reload(loaded.diagnostics, vrrp=True, checker=True)


def test_a_main_file_that_can_not_be_read_is_a_diagnostic_too() -> None:
    loaded = load("/etc/none.conf", Memory({}), World())
    assert only(loaded).rule == "no-config"
    assert loaded.config.vrrp_instances == ()


def test_lines_for_kad_are_read_with_their_columns_right() -> None:
    assert read(instance("@kad priority 7")).config.vrrp_instances[0].priority == 7
    found = only(read(instance("@kad priority 700")))
    assert found.span is not None
    assert (found.span.text, found.span.column) == ("    @kad priority 700", 19)


def test_kad_may_have_includes_of_its_own() -> None:
    assert len(read("@kad include b.conf\n", b_conf=instance()).config.vrrp_instances) == 1


def test_lines_for_all_but_kad_are_skipped() -> None:
    loaded = read(instance("priority 7\n@^kad priority 8"))
    assert loaded.config.vrrp_instances[0].priority == 7
    assert rules(loaded) == []


def test_a_last_line_without_an_end_is_a_line() -> None:
    assert rules(read("foo")) == ["unknown-keyword"]
    assert rules(read("include b.conf", b_conf="foo")) == ["unknown-keyword"]


# Conditions


def seen(
    text: str, config_id: str = "host1", *, files: dict[str, str] | None = None, variables: dict[str, str] | None = None
) -> tuple[list[Piece], list[Diagnostic]]:
    """The pieces of a text, and what is wrong with it. Beside it are b.conf and c.conf, and x, which is a program."""
    findings = Findings()
    known = {MAIN: text, "/etc/b.conf": "in b $A\n$B=from b\n", "/etc/c.conf": "in c\n", **(files or {})}
    memory = Memory(known, refused={"/etc/x": "is executable"}, variables=variables)
    pieces = Preprocessor(memory, findings, config_id).read(MAIN)
    return pieces, list(findings.result([MAIN]))


def lines(text: str, config_id: str = "host1", *, files: dict[str, str] | None = None) -> list[str]:
    """The lines that the parser gets, without blanks around them; there must be nothing wrong."""
    pieces, found = seen(text, config_id, files=files)
    assert found == []
    return [line.strip() for piece in pieces for line in piece.text.splitlines()]


def wrong(text: str) -> list[str]:
    """The rules of what is wrong with a text."""
    return [found.rule for found in seen(text)[1]]


def test_text_without_anything_special_stays_in_one_piece() -> None:
    text = "a { b@c.d\n  email me@example.org # include $X ~SEQ(\n} ! @host1\n" * 5
    assert [piece.text for piece in seen(text)[0]] == [text]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("@host1 a", ["a"]),
        ("@host2 a", []),
        ("@^host1 a", []),
        ("@^host2 a", ["a"]),
        ("@host a\n@host11 a\n@HOST1 a", []),
        ("@ a", []),
        ("  @host1\ta", ["a"]),
        ("@host1 @host2 a", ["@host2 a"]),
        ("a { @host1 b\n} @host2 c", ["a {", "b", "}"]),
        ("@host1 include c.conf\n@host2 include b.conf", ["in c"]),
    ],
)
def test_a_condition_compares_a_whole_word_with_the_config_id(text: str, left: list[str]) -> None:
    assert lines(text + "\n") == left


@pytest.mark.parametrize("text", ["@host1\n", "@host2 # x\n", "  @^host1", "@\n", "a { @kad\n"])
def test_a_condition_without_a_line_is_told(text: str) -> None:
    (found,) = seen(text)[1]
    assert "has no line after it" in found.message
    assert found.span is not None
    assert (
        found.span.text[found.span.column - 1 : found.span.end - 1]
        == text[text.index("@") :].split(maxsplit=1)[0].strip()
    )


def test_kads_own_id_does_not_depend_on_the_config_id() -> None:
    assert lines("@kad a\n@^kad b\n", config_id="host2") == ["a"]
    assert lines("@ a\n@^ b\n@^host1 c\n", config_id="") == ["b", "c"]


# Definitions, in a file


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("$A=1\na $A\n", ["a 1"]),
        ("  $A=  two words  # comment\na ${A}s\n", ["a two wordss"]),
        ("$A=\na ${A}b\n", ["a b"]),
        ("$A=1\n$A=2\na $A\n", ["a 2"]),
        ("@host1 $A=1\n@host2 $A=2\na $A\n", ["a 1"]),
        ("a { $A=1\n $A }\n", ["a {", "1 }"]),
        ('$A="x # y"\na $A\n', ['a "x # y"']),
        ("$A= \\\na { \\\n  b \\\n}\n$A\nz\n", ["a {", "b", "}", "z"]),
        ("$A=a \\\nb\nx $A\n", ["x a", "b"]),
        ("$A= \\\na # comment \\\nb\n\n$A\n", ["", "a", "b"]),
        ("$A= \\\na \\\n\nb\n$A\n", ["b", "a"]),
        ("$A= \\\na \\\n# comment \\\nb\n$A\n", ["a", "b"]),
        ("$A= \\\na \\\n  ! comment \\\n\\\nb\n$A\n", ["a", "b"]),
        ("$A= \\\r\na \\\r\nb\r\n$A\r\n", ["a", "b"]),
        ("$A= \\\na", []),
        ("@host2 $A= \\\na\n", ["a"]),
        ("$B= \\\n1 \\\n2\n$A= \\\na $B \\\nz\n$A\n", ["a 1", "2", "z"]),
        ("$A= \\\n@host1 a \\\n@host2 b \\\n~SEQ(I,1,2) c $I \\\n$B=6 \\\nd $B\n$A\n", ["a", "c 1", "c 2", "d 6"]),
        ("$K=@host1 z\n$K\n$K=@host2 z\n$K\n", ["z"]),
        ("$A=1\ninclude b.conf\nb is $B\n", ["in b 1", "b is from b"]),
        ("$A=b\n$B=include\n$B ${A}.conf\n", ["in b b"]),
        ("$A= \\\ninclude c.conf \\\nz\n$A\n", ["in c", "z"]),
    ],
)
def test_definitions_hold_from_their_line_on(text: str, left: list[str]) -> None:
    assert lines(text) == left


def test_a_comment_ends_a_definition_and_that_is_told() -> None:
    pieces, found = seen("$A= \\\na \\\n# comment\nb\n$A\n")
    assert [piece.text.strip() for piece in pieces] == ["b", "a"]
    assert [(one.rule, one.span and one.span.line) for one in found] == [("definition-cut", 3)]


@pytest.mark.parametrize("text", ["$A = 1\n", "$1A=1\n", "$A-B=1\n", "$=1 $A\n", "$A\t=\n"])
def test_a_definition_must_look_like_one(text: str) -> None:
    assert wrong(text) == ["bad-definition"]
    assert lines("a $A=1\n") == ["a $A=1"]


def test_lines_of_a_value_stand_where_they_were_written() -> None:
    pieces, _ = seen("$IF=eth0\n$A= \\\n  a \\\n  b ${IF} c\n\n$A\n")
    span = pieces[-1].span(0, 10, 11)
    assert (pieces[-1].text, span.line, span.column, span.text) == ("  b eth0 c\n", 4, 11, "  b ${IF} c")
    assert span.through == (f"used as $A in {MAIN}:6",)
    span = pieces[-1].span(0, 5, 9)
    assert (span.column, span.end) == (5, 10)
    assert span.through == (f"$IF is defined in {MAIN}:1", f"used as $A in {MAIN}:6")


def test_pwd_is_the_directory_of_the_file_that_uses_it() -> None:
    files = {"/etc/sub/d.conf": "$A\n${_PWD}\n"}
    text = "$A= \\\na ${_PWD} \\\nb ${_PWD}\ninclude sub/d.conf\n$_PWD\n"
    assert lines(text, files=files) == ["a /etc/sub", "b /etc/sub", "/etc/sub", "/etc"]


# Repetitions


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("~SEQ(I, 1, 2) a $I\n$I\n", ["a 1", "a 2", "2"]),
        ("~SEQ(I,1,2) ~SEQ(J,$I,2) ${I}_$J\n", ["1_1", "1_2", "2_2"]),
        ("~LST(I, a, b) $I # $X\n", ["a", "b"]),
        ("$E=2\n~SEQ(I, $E) a { $I }\n", ["a { 1 }", "a { 2 }"]),
        ("$A= \\\na $I \\\nb\n~SEQ(I, 2) x $A\n", ["x a 1", "b", "x a 2", "b"]),
        ("~LST(F,b,c) include ${F}.conf\n", ["in b $A", "in c"]),
        ("~SEQ(I,2) $B=$I\n$B\n", ["2"]),
        ("@host2 ~SEQ(I,2) a\n@host1 ~SEQ(I,1) b\n~SEQ(I,2) @host2 c\n", ["b"]),
        ("~SEQ(I,3)\n~SEQY(1) a\n", ["~SEQY(1) a"]),
        ("$V=$W\n$W=5\n~LST(I,$V,7) $I\n", ["5", "7"]),
    ],
)
def test_repetitions_repeat_what_follows_them(text: str, left: list[str]) -> None:
    pieces, found = seen(text)
    assert [line.strip() for piece in pieces for line in piece.text.splitlines()] == left
    assert {one.rule for one in found} <= {"undefined-name"}


def test_a_repeated_line_leads_back_to_the_file() -> None:
    pieces, _ = seen("~LST({I,J},{aa,b},{c}) x $I $J y\n")
    assert [piece.through for piece in pieces] == [
        ("I is aa in this repetition", "J is b in this repetition"),
        ("I is c in this repetition", "J is empty in this repetition"),
    ]
    at = pieces[0].text.index("aa")
    assert [pieces[0].span(0, at + 1, at + 3).column, pieces[0].span(0, at + 1, at + 3).end] == [26, 28]
    span = pieces[1].span(0, pieces[1].text.index("y") + 1, pieces[1].text.index("y") + 2)
    assert (span.column, span.through) == (32, pieces[1].through)


@pytest.mark.parametrize("text", ["~SEQ(I,1,0,2) a\n", "~LST(I) a\n", "~SEQ I a\n", "~SEQ(I,2\n", "~SEQx(I,-2) a\n"])
def test_a_bad_repetition_is_skipped(text: str) -> None:
    pieces, found = seen(text)
    assert (pieces, [one.rule for one in found]) == ([], ["bad-sequence"])


# Includes with checks


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("include none", "include-not-there"),
        ("include none*", "include-missing"),
        ("include x", "include-unreadable"),
        ("includer x", "include-failed"),
        ("includer none", "include-not-there"),
        ("includem none", "include-failed"),
        ("includem none*", "include-missing"),
        ("includew none*", "include-failed"),
        ("includeb {b.conf,none}", "include-failed"),
        ("includew {b.conf,none}", "include-not-there"),
        ("includea {none,never}", "include-failed"),
    ],
)
def test_a_checked_include_that_fails_ends_the_start(text: str, rule: str) -> None:
    assert wrong(f"$A=1\n{text}\n") == [rule]
    assert RULES["include-failed"].start == 6


def test_the_configuration_may_be_a_pattern() -> None:
    memory = Memory({"/etc/kad/1": "a\n$X=5\n", "/etc/kad/2": "b $X\n"})
    pieces = Preprocessor(memory, Findings()).read("/etc/kad/*")
    assert [piece.text for piece in pieces] == ["a\n", "b 5\n"]
    preprocessor = Preprocessor(memory, findings := Findings())
    assert preprocessor.read("/etc/none*") == []
    assert findings.has("no-config")


# Bounds


def doubling(start: str, value: str) -> str:
    return "".join(f"$A{n}={start}{value.replace('@', f'${{A{n + 1}}}')}\n" for n in range(40)) + "$A40=x\n"


@pytest.mark.parametrize(
    "text",
    [
        doubling("", "@@") + "$A0\n",
        doubling("\\\n", "@ \\\n@") + "$A0\n",
        "~SEQ(I,1,1000000000) ~SEQ(J,1,1000000000) a\n",
        "~SEQ(I,1,1000000000)\n",
        f"$A={'x' * 4000}\n$B=${{A}}${{A}}\n$B\n",
        f"~SEQ(I,1,1000000) {'x' * 9000}\n",
        "{ @host1 " * 20_000 + "\n",
        "".join(f"$A{n}=1 \\\n $A{n + 1} \\\n\n" for n in range(100)) + "$A100=1 \\\n2\n$A0\n",
    ],
)
def test_an_expansion_without_end_ends(text: str) -> None:
    pieces, found = seen(text + "z\n")
    assert [one.rule for one in found] == ["expansion-too-large"]
    assert sum(len(piece.text) for piece in pieces) < MOST_CHARACTERS + len(text) + 10
    assert len(pieces) <= MOST_LINES + 10
    assert pieces[-1].text.endswith("z\n")


REPEAT = "~SEQ(A, 1, 1000000000) "
CHAIN = "".join(f"$A{n}=${{A{n + 1}}}\n" for n in range(90))
WORST = [
    *(REPEAT + rest for rest in ("$A", "", "a { b }", "${A}" * 99, "${A} ${A}", "${Q}" * 900, "$" * 4000, "a{}" * 900)),
    *(REPEAT + rest for rest in ("$B$A=$A", "~SEQ(B, x) $A", "@host1 $A", "include c.conf", "x " * 2000)),
    REPEAT + "\\#" * 1500 + "${A}" * 99,
    "".join(f"~SEQ(A{n},1)" for n in range(50)) + REPEAT + "$A",
    "~SEQ(I,1,1000000) ~LST(A," + ",".join(["x" * 15] * 230) + ") ${A}",
    doubling("", "@@") + REPEAT + "$A0",
    doubling("\\\n", "@ \\\n@") + REPEAT + "$A0",
    CHAIN + REPEAT + "$A60",
]


@pytest.mark.parametrize("text", WORST)
def test_the_worst_texts_are_little_work(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    work = {"uses": 0, "lines": 0, "characters": 0}
    look, line = Budget.look, Budget.line

    def looked(self: Budget, at: Line, written: str) -> bool:
        work["uses"] += 1
        return look(self, at, written)

    def lined(self: Budget, at: Line, what: Callable[[], str]) -> bool:
        work["lines"] += 1
        work["characters"] += len(at.text)
        return line(self, at, what)

    monkeypatch.setattr(Budget, "look", looked)
    monkeypatch.setattr(Budget, "line", lined)
    pieces, _ = seen(text + "\n")
    # One line more is looked at before it is found too much, and one for each level that it is in.
    assert work["uses"] <= MOST_USES + text.count("$") + DEEPEST_USE
    assert work["lines"] <= MOST_LINES + len(text) + DEEPEST_USE
    assert work["characters"] <= MOST_CHARACTERS + len(text) + DEEPEST_USE * LONGEST
    assert len(pieces) <= MOST_LINES + 10


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (REPEAT + "x", "the repetition of A makes more than 50000 lines"),
        (REPEAT + "x" * 4000, "the repetition of A makes more than 4 MiB of text"),
        (REPEAT + "${A} " * 9, "${A} is beyond the 50000 uses that there may be"),
        ("$M=\\\n" + "{ } \\\n" * 900 + "\n" + "$M\n" * 100, "$M makes more than 50000 lines"),
        (doubling("", "@@") + "x $A0", "up to $A0 more than 100 uses are replaced in this line"),
        (f"$X={'x' * 3000}\na ${{X}}${{X}}", "with ${X} this line has more than 4096 characters"),
        (CHAIN + "$A0", "${A64} is in more than 64 definitions and repetitions in each other"),
    ],
)
def test_what_expands_without_end_is_told_by_its_limit_and_its_name(text: str, why: str) -> None:
    messages = [one.message for one in seen(text + "\n")[1] if one.rule == "expansion-too-large"]
    assert messages == [f"the expansion is too large: {why}: the rest of it is dropped"]


def test_what_stands_in_the_files_does_not_count() -> None:
    pieces, found = seen("$A=x\n" + "$A\n" * (MOST_USES + 1000))
    assert (len(pieces), found) == (MOST_USES + 1000, [])


def test_files_that_multiply_end_at_a_bound() -> None:
    assert "include-loop" in wrong("~SEQ(I,1,20000) include c.conf\n")


PLAIN = "$A ${A} $B ${B} $A= $B= \\ x # ! { } ~SEQ(A,3) ~SEQ(B,$A,9) ~LST({A,B},{$B,x},{y}) ~LST( ( ) , ~ @ $ ${ $_PWD"
OTHER = [
    "\n",
    "\n",
    " ",
    '"',
    "\0",
    "\r",
    "é",
    "@host1 ",
    "@^host1 ",
    "include b.conf",
    "includea *",
    "include kad.conf",
]
WORDS = st.sampled_from([*PLAIN.split(), *OTHER, "${_RANDOM 1 $A}", "${_ENV}", "${_ENV A}", "${_HASH}"])


@settings(deadline=None)
@given(st.lists(WORDS, max_size=40))
def test_no_text_raises_or_grows_without_end(words: list[str]) -> None:
    text = "".join(words)
    pieces, found = seen(text, variables={"A": "${_ENV A} $B"})
    assert sum(len(piece.text) for piece in pieces) <= MOST_CHARACTERS + 10_001 * len(text)
    for piece in pieces:
        for row, line in enumerate(piece.text.splitlines() if not piece.segments else [piece.text.rstrip("\n")]):
            span = piece.span(row, 1, len(line) + 1)
            assert 1 <= span.column <= span.end <= max(len(span.text), len(line)) + 2
    assert all(one.span is None or one.span.column >= 1 for one in found)


def test_a_condition_that_has_no_line_after_it_is_told_and_is_none_for_the_line_below() -> None:
    loaded = read("@lb1\n" + instance())
    assert rules(loaded) == ["empty-condition"]
    assert [one.name for one in loaded.config.vrrp_instances] == ["VI_1"]
