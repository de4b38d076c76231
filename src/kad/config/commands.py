"""The kind of value that is a command: a notify script, a track script, a MISC_CHECK's.

How the text is split into words is keepalived's way, read off the dump of 2.2.7; `join_command` is the way back. Not
here: whether the program can be run (rules.py), running it (the runner).
"""

import re
from collections.abc import Sequence

from kad.config.fields import Kind, Value, Words, quoted
from kad.config.schema.script import Script as Command

# A quoted text in which \" does not end it, else up to the next quote; a text in single quotes; a bare word.
_FIRST = re.compile(r"""[ \t\r\f\v]*(?:"((?:\\.|[^"\\])*)"|"([^"]*)"|'([^']*)'|([^ \t\r\f\v"']+))""")
_PART = re.compile(
    r"""(?P<between>\\?\s+|\\\Z) | '(?P<single>(?:\\.|[^'\\])*)' | "(?P<double>(?:\\.|[^"\\])*)"
    | (?P<bare>(?:\\\S|[^\s"'\\])+) | (?P<open>["'])""",
    re.VERBOSE | re.DOTALL,
)
_SAFE = re.compile(r"[\w%+,./:=@^-]+", re.ASCII)
_UNSAFE = re.compile(r"""[\x01-\x1f\x7f-\x9f"'$\\]""")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|c.|.)", re.DOTALL)
_NAMED = {"a": "\a", "b": "\b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Script(Kind):
    """`"COMMAND ARG 'ARG 2'" [USER [GROUP]]`: a command in one pair of quotes, then as whom it runs.

    The command is split at blanks, quotes group, and backslash escapes are read (reference keywords: script value,
    escapes). `owner`: USER and GROUP may follow; else what follows is ignored.
    """

    form = "COMMAND [USER [GROUP]]"

    def __init__(self, *, owner: bool = True, least: int = 1, absent: bool = False) -> None:
        self.owner = owner
        self.least = 0 if absent else least
        self.absent = absent
        self.form = "COMMAND [USER [GROUP]]" if owner else "COMMAND"

    def read(self, words: Words) -> Command | None:
        """The command, or None when no program can be made out; without words, where that is allowed, an empty one."""
        if self.absent and words.peek() is None:
            return Command(argv=())
        if words.peek() is None:
            words.refuse("has no command after it")
            return None
        parts = _first_split(words.rest())
        argv = split_command(parts[0]) if parts else []
        if not argv or "\0" in "".join(argv):
            words.refuse("names no program that could be run" if argv is not None else "has a quote without an end")
            return None
        if len(parts) > 1 and not self.owner:
            words.remark("extra-words", "only the first word counts: put the arguments into the quotes")
            return Command(argv=tuple(argv))
        user = parts[1] if len(parts) > 1 else None
        group = parts[2] if len(parts) > 2 else None
        return Command(argv=tuple(argv), user=user, group=group)

    def write(self, value: Value) -> str:
        """The command, in quotes when it needs them, and as whom it runs when that may follow it."""
        owners = (value.user, value.group) if self.owner else ()
        return " ".join((join_command(value.argv), *(_owner(name) for name in owners if name is not None)))

    def good(self) -> tuple[str, ...]:
        """A program, one with arguments, and with an owner where there may be one."""
        owned = ('"/bin/true" root root',) if self.owner else ()
        return ("/bin/true", "\"/bin/echo one 'two three' \\x24\"", *owned)

    def bad(self) -> tuple[str, ...]:
        """No program at all, and a quote without an end."""
        return ('""', '"/bin/echo \'one"')


def _first_split(text: str) -> list[str]:
    """The command and the words after it, as they are outside and inside of quotes."""
    parts = []
    position = 0
    while (found := _FIRST.match(text, position)) is not None:
        escaped = found[1]
        parts.append(found[found.lastindex or 0] if escaped is None else escaped.replace('\\"', '"'))
        position = found.end()
    return parts


def split_command(text: str) -> list[str] | None:
    """The words of a command; None when a quote in it has no end."""
    result: list[str] = []
    word: str | None = None
    for part in _PART.finditer(text):
        if part["open"]:
            return None
        if part["between"]:
            if word is not None:
                result.append(word)
            word = None
        else:
            inner = part["single"] or part["double"] or part["bare"] or ""
            word = (word or "") + _ESCAPE.sub(_escaped, inner)
    return result if word is None else [*result, word]


def join_command(argv: Sequence[str]) -> str:
    """The words of a command as one text that split_command makes the same words of; in quotes unless it is plain."""
    text = " ".join(word if _SAFE.fullmatch(word) else f"'{_UNSAFE.sub(_hexadecimal, word)}'" for word in argv)
    return text if _SAFE.fullmatch(text) else f'"{text}"'


def escaped_word(word: str) -> str:
    """One word as split_command reads it where no quotes are around the whole, as those of a pattern."""
    return word if _SAFE.fullmatch(word) else f'"{_UNSAFE.sub(_hexadecimal, word)}"'


def _hexadecimal(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02x}"


def _owner(name: str) -> str:
    """A user or a group as the first split must have it: a backslash before a double quote would hide it."""
    return f"'{name}'" if "\\" in name or '"' in name else quoted(name)


def _escaped(found: re.Match[str]) -> str:
    """The character that a backslash sequence stands for."""
    code = found[1]
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    if code[0] in "01234567":
        return chr(int(code, 8) & 0xFF)
    if code[0] == "c" and len(code) > 1:
        return chr(ord(code[1]) & 0x1F)
    return _NAMED.get(code, code)
