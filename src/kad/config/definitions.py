"""Definitions: what `$NAME` and `${NAME}` stand for, and the lines that they become part of.

A definition holds from its line on, across files, until it is made again. Its value is text: what is in it is
looked up at the use, and the text that results is looked at again, so that `${A}` may yield `$B`, and `$` with `{B}`
behind it. A value of several lines can only be used at the end of a line: its other lines follow.

Some names are there from the start, unless they are defined: `_PWD`, `_INSTANCE`, `_RANDOM`, `_ENV`, `_HASH`, `_BANG`.

Not here: which lines are definitions (preprocess.py), how a line keeps its columns (lines.py).
"""

import re
from collections.abc import Callable

from msgspec import Struct

from kad.config.diagnostics import Findings, suggest
from kad.config.lines import BLANKS, Line, code_end
from kad.config.reader import Reader

LONGEST = 16_384
"""Characters of a line after its expansion; keepalived reads 1023."""

MOST_IN_LINE = 400
"""Uses that are replaced in one line, those in the values among them."""

MOST_USES = 500_000
"""Uses that are replaced in one configuration."""

MOST_LINES = 200_000
"""Lines that expansion makes in one configuration."""

MOST_CHARACTERS = 16 * 2**20
"""Characters of the lines that expansion makes."""

LARGEST_RANDOM = 32_767

_USE = re.compile(r"\$(?:\{(?P<braced>[^{}\n\"#!]*)\}|(?P<bare>[A-Za-z_]\w*+))", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}")
_AFTER_BARE = frozenset(" \t\r\f\v,)")


class Definition(Struct, frozen=True):
    """What a name stands for. `note` says where that was written; `repeats` is the note of the repetition it is in."""

    name: str
    lines: tuple[Line, ...]
    note: str
    repeats: str = ""


class Budget:
    """How much a configuration may expand to. What is beyond is dropped, and told once."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._told = False
        self._lines = MOST_LINES
        self._characters = MOST_CHARACTERS
        self._uses = MOST_USES

    def line(self, line: Line) -> bool:
        """Whether there is room for one more line."""
        self._lines -= 1
        self._characters -= len(line.text)
        return (self._lines >= 0 and self._characters >= 0) or self.exceeded(line)

    def use(self, line: Line, count: int) -> bool:
        """Whether a line in which so many uses were replaced, the last just now, is not too much."""
        self._uses -= 1
        return (count <= MOST_IN_LINE and len(line.text) <= LONGEST and self._uses >= 0) or self.exceeded(line)

    def exceeded(self, line: Line, why: str = "") -> bool:
        """Tell, at the first time, that something is too large. Always False."""
        if not self._told:
            self._told = True
            why = why or f"{MOST_LINES} lines, or {LONGEST} characters and {MOST_IN_LINE} uses in one line"
            text = f"the expansion is too large: more than {why}: the rest of it is dropped"
            indent = len(line.text) - len(line.text.lstrip(BLANKS))
            self._findings.add("expansion-too-large", line.span(indent, max(code_end(line.text), indent + 1)), text)
        return False


class Definitions:
    """The names of one configuration, and how lines are expanded with them."""

    def __init__(self, reader: Reader, findings: Findings, config_id: str) -> None:
        self._reader = reader
        self._findings = findings
        self._known: dict[str, Definition] = {}
        self._reported: set[tuple[str, str]] = set()
        self._predefined: dict[str, Callable[[_Use], str | None]] = {
            "_PWD": lambda use: self._alone(use, reader.directory(self.path)),
            "_INSTANCE": lambda use: self._alone(use, config_id),
            "_HASH": lambda use: self._alone(use, "#"),
            "_BANG": lambda use: self._alone(use, "!"),
            "_RANDOM": self._random,
            "_ENV": self._environment,
        }
        self.budget = Budget(findings)
        self.path = ""
        """The file that is being read. A value of several lines may be used in another one than it stands in."""

    def define(self, definition: Definition) -> None:
        """From now on the name stands for this."""
        self._known[definition.name] = definition

    def expand(self, line: Line) -> tuple[Line, list[Line]] | None:
        """The line with what its uses stand for, and the lines that follow it, of values with several.

        It is the same line when there is nothing to replace; None when it gets too large.
        """
        if "$" not in line.text:
            return line, []
        tail: list[Line] = []
        at = count = 0
        end = code_end(line.text)
        while (at := line.text.find("$", at, end)) >= 0:
            found = _USE.match(line.text, at, end)
            use = _Use(line, found, end) if found is not None else None
            changed = self._replace(use, tail) if use is not None else None
            if changed is None:
                at += 1
                continue
            # The value may end what stands before it: `$` or `${`. And it may begin a comment.
            at = max(at - 2, 0) if line.text[:at].strip(BLANKS) else 0
            end = code_end(changed.text)
            line = changed
            count += 1
            if not self.budget.use(line, count):
                return None
        return line, tail

    def _replace(self, use: "_Use", tail: list[Line]) -> Line | None:
        """The line with a use replaced; None when it stays."""
        definition = self._known.get(use.name)
        if not self._may_be_replaced(use, definition):
            return None
        if definition is None:
            return self._replace_predefined(use)
        if len(definition.lines) > 1:
            return self._replace_lines(use, definition, tail)
        value = definition.lines[0].text.strip(BLANKS)
        return use.line.replaced(use.start, use.end, value, _note(use, definition), use.name)

    def _replace_predefined(self, use: "_Use") -> Line | None:
        value = self._predefined[use.name](use)
        if value is None:
            return None
        note = f"{use.written} is predefined: {value or 'nothing'}"
        return use.line.replaced(use.start, use.end, value, note, use.key)

    def _replace_lines(self, use: "_Use", definition: Definition, tail: list[Line]) -> Line:
        """The first line of a value of several; the others go before what follows already."""
        line = use.line
        first, *others = definition.lines
        note = f"used as {use.written} in {line.place}"
        through = (*line.through, *(other for other in use.notes if other not in line.through), note)
        tail[:0] = [other.within(through, use.names | {use.name}) for other in others]
        if line.text[: use.start].strip(BLANKS):
            return line.replaced(use.start, use.end, first.text.strip(BLANKS), definition.note, use.name)
        return first.within(through, use.names | {use.name})

    # What does not stand there

    def _may_be_replaced(self, use: "_Use", definition: Definition | None) -> bool:
        """Whether a use stands for something, at the place where it stands."""
        known = use.name in self._predefined if definition is None else not use.arguments
        if not known:
            self._undefined(use)
        elif self._may_stand_there(use, definition):
            if use.key not in use.names:
                return True
            text = f"{use.written} stands for itself, directly or through others: it stays as it is"
            self._add(use, "definition-loop", text)
        return False

    def _may_stand_there(self, use: "_Use", definition: Definition | None) -> bool:
        """Whether what follows a use lets it be one."""
        if definition is not None and len(definition.lines) > 1 and use.follows.strip(BLANKS):
            text = f"{use.written} has several lines: it stays as it is, since something follows it in the line"
            self._add(use, "not-expanded", text, "put what follows into a line of its own")
            return False
        if use.braced or not use.follows or use.follows[0] in _AFTER_BARE:
            return True
        text = f"{use.written} stays as it is, since {use.follows[0]} follows it and no blank, comma or )"
        self._add(use, "not-expanded", text, f"write ${{{use.name}}}")
        return False

    def _undefined(self, use: "_Use") -> None:
        """Tell of a name that nobody defined; once in a file."""
        if not use.braced and use.follows and use.follows[0] not in _AFTER_BARE:
            return
        if not use.name.strip(BLANKS):
            return
        if use.name in self._known or use.name in self._predefined:
            text = f"{use.written} stays as it is: {use.name} takes no arguments"
            self._add(use, "bad-reference", text, f"write ${{{use.name}}}")
        elif not use.braced or use.quoted:
            text = f"nobody defined {use.written}: it stays as it is"
            self._add(use, "undefined-name", text, lambda: self._near(use))
        else:
            text = f"nobody defined {use.written}: it stays as it is; keepalived would cut the line at its braces"
            self._add(use, "undefined-reference", text, lambda: self._near(use))

    def _near(self, use: "_Use") -> str:
        """What the name may have been meant to be."""
        form = "${{{}}}" if use.braced else "${}"
        return suggest(form.format(use.name), [form.format(name) for name in (*self._known, *self._predefined)])

    def _add(self, use: "_Use", rule: str, text: str, suggestion: Callable[[], str] | str = "") -> None:
        """Tell of a use, once for each way to write it in a file."""
        key = (use.line.source.path, rule + use.written)
        if key not in self._reported:
            self._reported.add(key)
            self._findings.add(rule, use.line.span(use.start, use.end), text, suggestion)

    # Predefined names

    def _alone(self, use: "_Use", value: str) -> str | None:
        if use.arguments:
            self._undefined(use)
            return None
        return value

    def _random(self, use: "_Use") -> str | None:
        """`${_RANDOM [MIN [MAX]]}`: an integer, both bounds included."""
        if len(use.arguments) > 2 or not all(_NUMBER.fullmatch(word) for word in use.arguments):
            text = f"{use.written} stays as it is: _RANDOM takes at most two numbers, MIN and MAX"
            self._add(use, "bad-reference", text)
            return None
        numbers = [int(word) for word in use.arguments]
        low = numbers[0] if numbers else 0
        high = numbers[1] if len(numbers) > 1 else max(LARGEST_RANDOM, low)
        if low > high:
            self._add(use, "bad-reference", f"{use.written} is always {low}, since its MIN is above its MAX")
            return str(low)
        return str(self._reader.random(low, high))

    def _environment(self, use: "_Use") -> str | None:
        """`${_ENV NAME}`: the environment variable's first line; nothing when it is not set."""
        if len(use.arguments) != 1 or not _NAME.fullmatch(use.arguments[0]):
            text = f"{use.written} stays as it is: _ENV takes the name of one environment variable"
            self._add(use, "bad-reference", text, "write ${_ENV NAME}")
            return None
        first, *others = re.split(r"[\n\0]", self._reader.environment(use.arguments[0]) or "")
        if others:
            self._add(use, "bad-reference", f"{use.written} has several lines: only the first is used")
        return first


class _Use:
    """`$NAME`, `${NAME}` or `${NAME ARGUMENT...}` in a line; `end` is where the line's code ends."""

    def __init__(self, line: Line, found: re.Match[str], end: int) -> None:
        self.line = line
        self.start, self.end = found.span()
        self.written = found[0]
        self.braced = found["braced"] is not None
        self.follows = line.text[self.end : end]
        words = [found["bare"]] if not self.braced else found["braced"].split()
        # Only a predefined name may have something beside it in its braces.
        spoiled = self.braced and len(words) == 1 and words[0] != found["braced"]
        self.name: str = words[0] if words and _NAME.fullmatch(words[0]) and not spoiled else found["braced"] or ""
        self.arguments: list[str] = words[1:]
        self.key = " ".join((self.name, *self.arguments))
        _, _, self.notes, self.names = line.origin(self.start, self.end)

    @property
    def quoted(self) -> bool:
        """Whether it stands in double quotes."""
        return self.line.text.count('"', 0, self.start) % 2 == 1


def _note(use: _Use, definition: Definition) -> str:
    return definition.repeats if definition.repeats in use.line.through else definition.note
