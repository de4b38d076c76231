"""A Config as text in keepalived's syntax, with every default that can be said: what kad understood.

The law: what this prints, read again, gives an equal Config and no complaint that the first text did not have. Nothing
is known here of any keyword: blocks and keywords come in the order of their declarations, which schema/ and config.py
arrange so that names stand before their uses and a keyword before those that look back at it.

What has no value is left out: it comes from somewhere else, from an enclosing block or from the kernel. A flag that is
off is left out as well: there is no word for it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, structs

from kad.config.config import Config
from kad.config.drafts import Schema, schema_of, tag
from kad.config.fields import LINE, Argument, Block, Entries, Keyword, Kind, Lines, Value
from kad.config.kinds import Owner
from kad.config.schema.script import Script
from kad.config.statements import Statement

Values = Mapping[str, Value]

_ACTED_ON = re.compile(r"[@~$]|include[a-z]?\Z")
"""How a line begins that the preprocessor takes for its own."""


class Heard:
    """The words of a statement as a kind reads them (fields.Words), and whether it complained."""

    def __init__(self, text: str, current: Value = None) -> None:
        self._statement = Statement(0, 1, text)
        self._at = 0
        self.current = current
        self.complaints: list[str] = []

    @property
    def left(self) -> int:
        """How many words are left."""
        return len(self._statement.words) - self._at

    def next(self) -> str | None:
        """The next word; None at the end."""
        word = self.peek()
        self._at += word is not None
        return word

    def peek(self) -> str | None:
        """The next word without taking it."""
        return self._statement.words[self._at] if self.left else None

    def rest(self) -> str:
        """The rest of the line as it was written."""
        text = self._statement.rest(self._at)
        self._at = len(self._statement.words)
        return text

    def refuse(self, why: str, suggestion: str = "") -> None:  # noqa: ARG002 - that there is one is enough
        """A complaint."""
        self.complaints.append(why)

    def remark(self, rule: str, text: str, suggestion: str = "") -> None:  # noqa: ARG002 - that there is one is enough
        """A complaint too."""
        self.complaints.append(text)

    def report(self, rule: str, text: str, suggestion: str = "") -> None:  # noqa: ARG002 - that there is one is enough
        """One more."""
        self.complaints.append(text)


def sayable(kind: Kind, text: str) -> bool:
    """Whether a kind reads these words without a complaint."""
    words = Heard(text)
    return words.left >= kind.least and kind.read(words) is not None and not words.complaints and not words.left


def written(config: Config) -> str:
    """The configuration as it is in effect."""
    parts: list[str] = []
    before = ""
    for line in _statements(config, schema_of(Config, "")):
        if before == "}" or (line.endswith("{") and not line.startswith(" ") and before):
            parts.append("")
        parts.append(line)
        before = line
    return "".join(f"{line}\n" for line in parts)


def _statements(struct: Struct, schema: Schema) -> Iterator[str]:
    """What stands in the braces of a block."""
    values = _values(struct, schema)
    done: set[str] = set()
    for field, declaration in schema.declared:
        value = values.get(field)
        match declaration:
            case Keyword():
                for words in _keyword(field, declaration, values, schema, done):
                    name = declaration.name or field
                    yield _plain(words) if name == LINE else f"{name} {words}".rstrip(" ")
            case Block(repeated=True):
                for one in value or ():
                    yield from _block(field, declaration, one)
            case Block() if value is not None:
                yield from _block(field, declaration, value)
            case Lines() if value:
                inner = schema_of(declaration.type, declaration.name or field)
                yield from _braces(declaration.name or field, (_line(one, inner) for one in value))
            case Entries() if value:
                entries = (declaration.kind.write(one) for one in value)
                lines = (_plain(words) for words in entries if words is not None)
                yield from _braces(declaration.name or field, lines)


def _values(struct: Struct, schema: Schema) -> Values:
    """The values of a block's fields as its keywords gave them."""
    values = {field.name: getattr(struct, field.name) for field in structs.fields(struct)}
    unfinish = getattr(struct, "unfinish", None)
    if unfinish is not None:
        unfinish(values)
        return values
    # The owner of a script may stand in a keyword of its own.
    for field, declaration in schema.declared:
        if field not in values and isinstance(declaration, Keyword) and isinstance(declaration.kind, Owner):
            scripts = [value for value in values.values() if isinstance(value, Script) and value.user is not None]
            values[field] = (scripts[0].user, scripts[0].group) if scripts else None
    return values


def _keyword(field: str, declaration: Keyword, values: Values, schema: Schema, done: set[str]) -> Iterator[str]:
    """The words of each statement that says the value of a field; none when it can't be said or was said already."""
    into = declaration.into or (field,)
    parts = tuple(values.get(name) for name in into)
    if parts[0] is None or done.issuperset(into):
        return
    usual = all(part == schema.defaults.get(name) for name, part in zip(into, parts, strict=True))
    value = parts if declaration.into else parts[0]
    for one in ((part,) for part in value) if declaration.adds else (value,):
        words = declaration.kind.write(one)
        # Some defaults are none of the values that can be written, and that of an obsolete keyword is better unsaid.
        unsaid = usual and (value == "" or declaration.obsolete)
        if words is not None and not unsaid and (not usual or sayable(declaration.kind, words)):
            done.update(into)
            yield words


def _block(field: str, declaration: Block, struct: Struct) -> Iterator[str]:
    """A sub-block with its header."""
    name = tag(type(struct)) if len(declaration.types) > 1 else declaration.name or field
    schema = schema_of(type(struct), name)
    header = " ".join((name, *_arguments(struct, schema)))
    yield from _braces(header, _statements(struct, schema))


def _arguments(struct: Struct, schema: Schema) -> list[str]:
    """The words of the header; those at its end that say no more than the default may be left out."""
    values = _values(struct, schema)
    words: list[str] = []
    needed = 0
    for field, declaration in schema.arguments:
        value = _argument(field, declaration, values)
        default = schema.defaults.get(field)
        text = None if value is None else declaration.kind.write(value)
        usual = declaration.optional and value == default
        if declaration.free:
            # It stands among the options, so that the one before it may be missing.
            words += [] if text is None or usual else [text]
            needed = len(words)
        elif text is None:
            break
        else:
            words.append(text)
            needed = needed if usual else len(words)
    return words[:needed]


def _argument(field: str, declaration: Argument, values: Values) -> Value:
    if not declaration.into:
        return values.get(field)
    return tuple(values.get(name) for name in declaration.into)


def line(struct: Struct) -> str:
    """One line of a list as it is written, without what is usual."""
    schema = schema_of(type(struct), "")
    usual = {name for name, default in schema.defaults.items() if getattr(struct, name, None) == default}
    return _line(struct, schema, usual)


def _line(struct: Struct, schema: Schema, unsaid: Iterable[str] = ()) -> str:
    """One line of a list: what it begins with, and its options but for these."""
    values = _values(struct, schema)
    words = _arguments(struct, schema)
    done: set[str] = set(unsaid)
    for field, declaration in schema.declared:
        if isinstance(declaration, Keyword):
            for option in _keyword(field, declaration, values, schema, done):
                words += [declaration.name or field, option]
    return _plain(" ".join(word for word in words if word))


def _plain(line: str) -> str:
    """A line of a list, its first word in quotes when the preprocessor would take it for its own."""
    first, blank, rest = line.partition(" ")
    return f'"{first}"{blank}{rest}' if _ACTED_ON.match(first) else line


def _braces(header: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"{header} {{"
    for line in lines:
        yield f"    {line}"
    yield "}"
