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

LONGEST = 4096
"""Characters of a line after its expansion; keepalived reads 1023."""

MOST_IN_LINE = 100
"""Uses that are replaced in one line, those in the values among them."""

MOST_USES = 50_000
"""Uses that are looked at in one configuration, beside those that stand in its files."""

MOST_LINES = 50_000
"""Lines and braces that expansion makes in one configuration, beside those of its files."""

MOST_CHARACTERS = 4 * 2**20
"""Characters of the lines that expansion makes, beside those of the files."""

DEEPEST_USE = 64
"""Definitions, repetitions and files in each other."""

MOST_GUESSES = 100_000
"""Names that are looked at to find those that are near to one that nobody defined."""

LARGEST_RANDOM = 32_767

_USE = re.compile(r"\$(?:\{(?P<braced>[^{}\n\"#!]*)\}|(?P<bare>[A-Za-z_]\w*+))", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}")
_MARKS = re.compile(r'["#!\\]')
_AFTER_BARE = frozenset(" \t\r\f\v,)")


class Definition(Struct, frozen=True):
    """What a name stands for. `note` says where that was written; `repeats` is the note of the repetition it is in."""

    name: str
    lines: tuple[Line, ...]
    note: str
    repeats: str = ""


class Budget:
    """How much a configuration may expand to. What is beyond is dropped, and told once, with what made it so large.

    What stands in the files is free: a large configuration may use its definitions as often as it is large.
    """

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._told = False
        self._lines = MOST_LINES
        self._characters = MOST_CHARACTERS
        self._uses = MOST_USES

    def free(self, text: str) -> None:
        """Make room for what stands in a file."""
        self._lines += _lines_in(text)
        self._characters += len(text)
        self._uses += text.count("$")

    def line(self, line: Line, what: Callable[[], str]) -> bool:
        """Whether there is room for one more line. `what` makes it: a definition or a repetition."""
        return self.text(line.text, line, what)

    def text(self, text: str, line: Line, what: Callable[[], str]) -> bool:
        """Whether there is room for one more text of whole lines, which this line stands for."""
        self._lines -= _lines_in(text)
        self._characters -= len(text)
        if self._lines >= 0 and self._characters >= 0:
            return True
        limit = f"{MOST_LINES} lines" if self._lines < 0 else f"{MOST_CHARACTERS // 2**20} MiB of text"
        return self.exceeded(line, f"{what()} makes more than {limit}")

    def look(self, line: Line, written: str) -> bool:
        """Whether there is room for looking at one more use."""
        self._uses -= 1
        return self._uses >= 0 or self.exceeded(line, f"{written} is beyond the {MOST_USES} uses that there may be")

    @property
    def spent(self) -> bool:
        """Whether there is room for nothing more."""
        return min(self._lines, self._characters, self._uses) < 0

    def work(self, characters: int) -> None:
        """So many characters were gone through."""
        self._characters -= characters

    def lines(self, count: int, line: Line, what: Callable[[], str]) -> bool:
        """Whether there is room for what is as much work as so many lines."""
        self._lines -= count - 1
        return self.text("", line, what)

    def use(self, line: Line, count: int, start: int) -> bool:
        """Whether a line in which so many uses were replaced, the last just now at `start`, is not too much."""
        if count <= MOST_IN_LINE and len(line.text) <= LONGEST:
            return True
        # Where the part that came of it stands in the file is the use that began it all.
        column, stop, _, _ = line.origin(start, start + 1)
        written = line.source.line(line.number)[column:stop].strip(BLANKS)
        if count > MOST_IN_LINE:
            why = f"up to {written} more than {MOST_IN_LINE} uses are replaced in this line"
        else:
            why = f"with {written} this line has more than {LONGEST} characters"
        return self.exceeded(line, why)

    def too_deep(self, line: Line, what: str) -> bool:
        """Tell that too much is in each other. Always False."""
        return self.exceeded(line, f"{what} is in more than {DEEPEST_USE} definitions and repetitions in each other")

    def exceeded(self, line: Line, why: str) -> bool:
        """Tell, at the first time, that something is too large. Always False."""
        if not self._told:
            self._told = True
            text = f"the expansion is too large: {why}: the rest of it is dropped"
            indent = len(line.text) - len(line.text.lstrip(BLANKS))
            self._findings.add("expansion-too-large", line.span(indent, max(code_end(line.text), indent + 1)), text)
        return False


def _lines_in(text: str) -> int:
    """The lines of a text; braces begin another each, and a text has at least one."""
    braces = 0
    if "{" in text or "}" in text:  # those of ${NAME} are none
        braces = max(text.count("{") + text.count("}") - 2 * text.count("${"), 0)
    return text.count("\n") + braces + 1


class Definitions:
    """The names of one configuration, and how lines are expanded with them."""

    def __init__(self, reader: Reader, findings: Findings, config_id: str) -> None:
        self._reader = reader
        self._findings = findings
        self._known: dict[str, Definition] = {}
        self._reported: set[tuple[str, str]] = set()
        self._guesses = MOST_GUESSES
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
        while (found := _USE.search(line.text, at, end)) is not None:
            if not self.budget.look(line, found[0]):
                return None
            start = found.start()
            changed = self._replace(_Use(line, found, end), tail)
            if changed is None:
                at = start + 1
                continue
            # The value may end what stands before it: `$` or `${`. And it may begin a comment.
            at = max(start - 2, 0) if line.text[:start].strip(BLANKS) else 0
            end = self._code_end(line, changed, found, end)
            line = changed
            count += 1
            if not self.budget.use(line, count, start):
                return None
        return line, tail

    def _code_end(self, line: Line, changed: Line, found: re.Match[str], end: int) -> int:
        """Where the code of a changed line ends: a value without a mark moves its end, another may begin a comment."""
        grown = len(changed.text) - len(line.text)
        value = changed.text[found.start() : found.end() + grown]
        if value and changed.source is line.source and changed.number == line.number and not _MARKS.search(value):
            return end + grown
        self.budget.work(len(changed.text))
        return code_end(changed.text)

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
                return len(use.names) < DEEPEST_USE or self.budget.too_deep(use.line, use.written)
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
        names = [*self._known, *(self._predefined if use.name.startswith("_") else ())]
        self._guesses -= len(names)
        if self._guesses < 0:
            return ""
        form = "${{{}}}" if use.braced else "${}"
        return suggest(form.format(use.name), [form.format(name) for name in names])

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
