"""How a script's line is split, as keepalived 2.2.7 splits it (read off its dump, -d)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kad.config.commands import Script, join_command, split_command
from kad.config.schema.script import Script as Command
from kad.config.schema.script import owned
from kad.config.statements import Statement
from tests.config.texts import read
from tests.config.words import refused, remarked, value

WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=4)
NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'#!{}$"), min_size=1)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/bin/x", Command(argv=("/bin/x",))),
        ("/bin/x bob", Command(argv=("/bin/x",), user="bob")),
        ('"/bin/x a b" bob staff', Command(argv=("/bin/x", "a", "b"), user="bob", group="staff")),
        ("'/bin/x a b' bob", Command(argv=("/bin/x", "a", "b"), user="bob")),
        ("\"/bin/x 'a b' c\"", Command(argv=("/bin/x", "a b", "c"))),
        ("\"'/bin/x' a\"", Command(argv=("/bin/x", "a"))),
        (r'"/bin/x a\zb \"q\""', Command(argv=("/bin/x", "azb", "q"))),
        (r'"/bin/x a\ b"', Command(argv=("/bin/x", "a", "b"))),
        ('"/bin/x a\\"', Command(argv=("/bin/x", "a"))),
    ],
)
def test_a_script_is_split_as_keepalived_splits_it(text: str, command: Command) -> None:
    assert value(Script(), text) == command


@pytest.mark.parametrize("text", ['""', '"   "'])
def test_a_script_without_a_program_is_refused(text: str) -> None:
    assert refused(Script(least=0), text) == "names no program that could be run"


def test_a_script_with_an_open_quote_is_refused() -> None:
    assert refused(Script(), '"/bin/x \'a b"') == "has a quote without an end"


def test_a_script_with_a_nul_can_not_be_run() -> None:
    assert refused(Script(), r'"/bin/x \0"')


def test_words_after_a_track_script_do_not_count() -> None:
    assert remarked(Script(owner=False), "/bin/x a b") == (Command(argv=("/bin/x",)), "extra-words")


def test_escapes_stand_for_their_characters() -> None:
    assert split_command(r"\x41\101 \n\t\cA\E 'x\x42' \y") == ["AA", "\n\t\x01\x1b", "xB", "y"]


def test_an_empty_quote_is_an_argument() -> None:
    assert split_command("x '' y") == ["x", "", "y"]


def test_an_owner_replaces_what_the_script_says_and_none_leaves_it() -> None:
    script = Command(argv=("/bin/x",), user="a", group="b")
    assert owned(script, ("c", None)) == Command(argv=("/bin/x",), user="c")
    assert owned(script, None) is script


@given(WORDS)
def test_a_command_is_written_so_that_it_splits_into_the_same_words(argv: list[str]) -> None:
    text = join_command(argv)
    assert text.count('"') in (0, 2)
    assert split_command(text.strip('"')) == argv


@given(WORDS, st.none() | NAMES, st.none() | NAMES)
def test_a_script_that_is_written_into_a_file_reads_back_as_it_is(
    argv: list[str], user: str | None, group: str | None
) -> None:
    script = Command(argv=tuple(argv), user=user, group=group if user is not None else None)
    text = f"notify {Script().write(script)}"
    assert value(Script(), Statement(0, 1, text).rest(1)) == script


def test_a_plain_command_is_written_plainly_and_others_in_quotes() -> None:
    assert Script().write(Command(argv=("/bin/x",), user="bob", group="staff")) == "/bin/x bob staff"
    assert Script().write(Command(argv=("/bin/x", "a b", "", "'"))) == "\"/bin/x 'a b' '' '\\x27'\""
    assert Script(owner=False).write(Command(argv=("/bin/x",), user="bob")) == "/bin/x"


def test_what_is_written_goes_through_the_whole_reading() -> None:
    odd = Command(argv=("/bin/x", "${_PWD}", "#!{}", "a\nb\t", "\xe9\u2028\x85", "\\"))
    text = f"vrrp_instance V {{\n interface eth0\n virtual_router_id 1\n notify {Script().write(odd)}\n}}\n"
    assert read(text).config.vrrp_instances[0].notify == odd


def test_a_script_without_words_misses_its_command() -> None:
    assert refused(Script(least=0), "") == "has no command after it"
