"""Statements to drafts: what the file says, checked word by word, with its places.

Every statement is looked up in the grammar of its block (drafts.py), and what is wrong with it becomes a diagnostic;
the statements after it go on. Blocks that were left open are found out by what stands in them.

Not here: what a single value looks like (kinds.py), what spans keywords and blocks (rules.py).
"""

import re
from collections.abc import Sequence

from kad.config.diagnostics import Findings, Half, suggest
from kad.config.drafts import Cursor, Draft, Entry, Schema, cut, schema_of, tag
from kad.config.fields import Block, Keyword, Lines, Value
from kad.config.parser import Statement
from kad.config.schema.later import ENDING, INNER, UNICAST, VALUED, consequence

_SURROGATE = re.compile("[\ud800-\udfff]")


class Reading:
    """Reads the statements of one configuration into drafts."""

    def __init__(self, findings: Findings, root: Schema) -> None:
        self._findings = findings
        self._root = root
        self._outer = root.entries.keys() | (root.later - INNER)
        self._hoisted: list[Statement] = []
        self._left_open: set[Statement] = set()
        self._unbalanced = findings.has("unbalanced-braces")

    def read(self, statements: Sequence[Statement]) -> Draft:
        """The whole configuration."""
        draft = Draft(self._root, None, Half.BOTH)
        for statement in self._reattached(statements):
            self._statement(draft, statement)
            # What stood in a block that was never closed counts as if the brace had been there.
            while self._hoisted:
                self._statement(draft, self._hoisted.pop(0))
        return draft

    def _reattached(self, statements: Sequence[Statement]) -> list[Statement]:
        """The statements; those that follow a block's keyword without its brace become what is in the block."""
        result: list[Statement] = []
        orphans: list[Statement] | None = None
        for statement in statements:
            entry = self._root.entries.get(statement.words[0])
            ends = entry is not None or (statement.body is not None and statement.words[0] in self._outer)
            if orphans is not None and not ends:
                orphans.append(statement)
                continue
            self._adopt(result, orphans)
            lacks = entry is not None and isinstance(entry.declaration, Block) and statement.body is None
            orphans = [] if lacks else None
            result.append(statement)
        self._adopt(result, orphans)
        return result

    def _adopt(self, result: list[Statement], orphans: list[Statement] | None) -> None:
        if not orphans:
            return
        statement = result[-1]
        statement.body = tuple(orphans)
        entry = self._root.entries[statement.words[0]]
        assert isinstance(entry.declaration, Block), "only blocks have orphans"
        half = entry.declaration.half or Half.BOTH
        self._findings.add("missing-brace", statement.span, f"{statement.words[0]} lacks its {{", "add a {", half)

    def _statement(self, draft: Draft, statement: Statement) -> None:
        entry = draft.schema.entries.get(statement.words[0])
        if self._foreign(statement, draft.half):
            return
        if entry is None:
            self._unknown(draft, statement)
            return
        match entry.declaration:
            case Keyword() as declaration:
                self._keyword(draft, statement, entry, declaration)
            case Block() as declaration:
                self._block(draft, statement, entry.field, declaration)
            case Lines() as declaration:
                self._lines(draft, statement, entry.field, declaration)

    def _foreign(self, statement: Statement, half: Half) -> bool:
        """Whether the statement has bytes that no Config can hold."""
        if statement.text.isascii() or _SURROGATE.search(statement.text) is None:
            return False
        text = "these bytes are no UTF-8: the line is skipped"
        self._findings.add("not-utf-8", lambda: statement.span(0, -1), text, "save the file as UTF-8", half)
        return True

    def _unknown(self, draft: Draft, statement: Statement) -> None:
        word = statement.words[0]
        title = draft.schema.title
        if word in draft.schema.later:
            self._later(draft, statement)
            return
        if statement.body is not None and title and word in self._outer:
            assert draft.header is not None, "it has a title"
            self._hoist(draft.header, statement, draft.half)
            return
        text = (
            f'{title} has no keyword "{cut(word)}"' if title else f'there is no keyword "{cut(word)}" outside a block'
        )
        if statement.body is not None:
            text += ": the whole block is skipped"
            self._rescue(draft, statement)
        schema = draft.schema
        self._findings.add("unknown-keyword", statement.span, text, lambda: _near(word, schema), draft.half)

    def _later(self, draft: Draft, statement: Statement) -> None:
        """A keyword of keepalived that kad does not act on yet."""
        word = statement.words[0]
        draft.places.setdefault(word, (statement, 0))
        if statement.body is not None:
            self._rescue(draft, statement)
        unicast = draft.header is not None and any(one.words[0] == "unicast_peer" for one in draft.header.body or ())
        if word in ENDING or (word in UNICAST and unicast):
            return
        text = f"kad does not act on {word} yet: {consequence(word, block=statement.body is not None)}"
        self._findings.add("not-supported-yet", statement.span, text, half=draft.half)

    def _rescue(self, draft: Draft, skipped: Statement) -> None:
        """A block that is skipped may have been left open: what can stand only outside of it still counts."""
        for statement in skipped.body or ():
            if statement.body is None:
                continue
            if statement.words[0] in self._outer:
                self._hoist(skipped, statement, draft.half)
            else:
                self._rescue(draft, statement)

    def _hoist(self, around: Statement, statement: Statement, half: Half) -> None:
        """Put off a block that stands in one that it can't stand in, and say whose mistake that is, once."""
        self._hoisted.append(statement)
        if self._unbalanced or around in self._left_open:
            return
        if self._is_left_open(around, statement):
            self._left_open.add(around)
            text = f"{_title(around)} is never closed: {_title(statement)} in line {statement.line} can't stand in it"
            suggestion = f"put a }} before line {statement.line}, and remove the one in line {around.last}"
            self._findings.add("unbalanced-braces", lambda: around.span(0, -1), text, suggestion, half)
        else:
            text = f"{cut(statement.words[0])} can't stand in another block: it is read as if it stood after it"
            suggestion = "move it out, or close the block before it"
            self._findings.add("missing-brace", statement.span, text, suggestion, half)

    def _is_left_open(self, around: Statement, statement: Statement) -> bool:
        """Whether a block lacks its brace, rather than has another one put into it: all that follows is outside."""
        body = around.body or ()
        follows = bool(body) and body[-1].body is not None and body[-1].words[0] in self._outer
        return follows and statement.column <= around.column

    # Keywords

    def _keyword(self, draft: Draft, statement: Statement, entry: Entry, declaration: Keyword) -> None:
        name = statement.words[0]
        if statement.body is not None:
            text = f"{name} opens no block: what is in the braces is skipped"
            self._findings.add("bad-block", statement.span, text, half=draft.half)
        if entry.instead:
            text = f"{name} is deprecated"
            self._findings.add("deprecated-keyword", statement.span, text, f"write {entry.instead}", draft.half)
        cursor = Cursor(self._findings, statement, draft.half, 1)
        field = declaration.into[0] if declaration.into else entry.field
        if cursor.left < declaration.kind.least:
            self._missing(draft, field, statement, declaration.missing)
            return
        self._about(cursor, name, draft, field, declaration)
        value = declaration.kind.read(cursor)
        if value is None and declaration.fallback is None:
            draft.failed.add(field)
            return
        if value is None:
            value = declaration.fallback
        elif cursor.left:
            self._extra(cursor, name, draft.half)
        self._store(draft, entry, declaration, not value if entry.opposite else value, (statement, 1))

    def _about(self, cursor: Cursor, name: str, draft: Draft, field: str, declaration: Keyword) -> None:
        """Tell the cursor what refusing the next words means."""
        rule, consequence = declaration.rule, self._instead(draft, field, declaration)
        if declaration.fallback is not None:
            consequence = f"{declaration.kind.text(declaration.fallback)} is used"
        elif declaration.drops:
            rule, consequence = "bad-line", "the line is skipped"
        elif any(field == needed for needed, _ in draft.schema.required) and field not in draft.values:
            rule, consequence = declaration.required, f"{draft.title} is lost"
        cursor.about(name, draft.values.get(field), rule, consequence)

    def _instead(self, draft: Draft, field: str, declaration: Keyword) -> str:
        """What counts when a value is ignored: an earlier one, the default, or what holds where nothing is said."""
        if declaration.adds:
            return "ignored"
        if field in draft.values:
            return f"ignored, that of line {draft.places[field][0].line} stays"
        default = draft.schema.defaults.get(field)
        if default is None:
            return "ignored, as if it were not there"
        return f"ignored, {declaration.kind.text(default)} is used"

    def _missing(self, draft: Draft, field: str, statement: Statement, rule: str) -> None:
        name = statement.words[0]
        text = f"{name} needs a value: ignored" if rule == "missing-value" else f"{name} needs a value"
        self._findings.add(rule, statement.span, text, half=draft.half)
        draft.failed.add(field)

    def _extra(self, cursor: Cursor, name: str, half: Half) -> None:
        first, statement = cursor.at, cursor.statement
        text = f"{name} takes no more words: the rest of the line is ignored"
        if first == 1:
            text = f"{name} is a flag and takes no value: it is set, whatever stands after it"
        self._findings.add("extra-words", lambda: statement.span(first, -1), text, half=half)

    def _store(
        self, draft: Draft, entry: Entry, declaration: Keyword, value: Value, place: tuple[Statement, int]
    ) -> None:
        """Set the field, or the fields, that the value is for."""
        parts = zip(declaration.into, value, strict=True) if declaration.into else ((entry.field, value),)
        for field, part in parts:
            old = draft.values.get(field)
            if old is not None and declaration.adds:
                part = (*old, *part)  # noqa: PLW2901 - what is stored is both
            elif old is not None and declaration.once:
                self._again(draft, field, place, "already-set", "is set already: the first one counts")
                return
            elif old is not None and old != part:
                self._again(draft, field, place, "set-again", "was set before: this one counts")
            draft.values[field] = part
            draft.places[field] = place

    def _again(self, draft: Draft, field: str, place: tuple[Statement, int], rule: str, text: str) -> None:
        statement, index = place
        name = statement.words[index - 1]
        line = draft.places[field][0].line
        span = lambda: statement.span(index - 1)  # noqa: E731 - worked out only when it is kept
        self._findings.add(rule, span, f"{name} {text} (line {line})", half=draft.half)

    # Blocks

    def _block(self, draft: Draft, statement: Statement, field: str, declaration: Block) -> None:
        word = statement.words[0]
        half = declaration.half or draft.half
        if statement.body is None:
            text = f"{word} needs a block in braces"
            self._findings.add("missing-brace", statement.span, text, "add a { after it", half)
            return
        types = declaration.types
        type_ = types[0] if len(types) == 1 else next(member for member in types if tag(member) == word)
        if declaration.repeated:
            draft.places.setdefault(field, (statement, 0))
            child = self._child(schema_of(type_, word), statement, half, statement.body)
            if child is not None and not (declaration.unique and self._known(draft, field, child)):
                draft.children(field).append(child)
            return
        first: Draft = draft.values.get(field) or Draft(schema_of(type_, word), statement, half)
        for inner in statement.body:
            self._statement(first, inner)
        if self._complete(first, missing=True):
            draft.values[field] = first
            draft.places.setdefault(field, (statement, 0))

    def _known(self, draft: Draft, field: str, child: Draft) -> bool:
        """Whether the block's name is taken: the first one counts then."""
        name = child.values["name"]
        first = next((other for other in draft.children(field) if other.values["name"] == name), None)
        if first is None:
            return False
        assert first.header is not None, "it is a block"
        text = f"{child.title} is defined already in line {first.header.line}: this one is skipped"
        self._findings.add("duplicate-name", child.span("name"), text, "give it another name", child.half)
        return True

    def _child(self, schema: Schema, statement: Statement, half: Half, body: Sequence[Statement]) -> Draft | None:
        draft = Draft(schema, statement, half)
        cursor = Cursor(self._findings, statement, half, 1)
        known = self._arguments(draft, cursor, "the block is skipped")
        for inner in body:
            # What is in a block that is skipped is looked at all the same: one run finds all mistakes.
            self._statement(draft, inner)
        return draft if self._complete(draft, missing=known) and known else None

    def _arguments(self, draft: Draft, cursor: Cursor, consequence: str) -> bool:
        """Read the words that a block or a line begins with; False when it can't be what it should."""
        title = draft.schema.title
        for field, declaration in draft.schema.arguments:
            if not cursor.left:
                if declaration.optional:
                    continue
                text = f"{title} needs {declaration.doc}: {consequence}"
                self._findings.add(declaration.missing, cursor.statement.span, text, half=draft.half)
                return False
            place = (cursor.statement, cursor.at)
            cursor.about(title, None, "bad-block" if draft.header is not None else "bad-line", consequence)
            value = declaration.kind.read(cursor)
            if value is None:
                return False
            fields = zip(declaration.into, value, strict=True) if declaration.into else ((field, value),)
            for name, part in fields:
                draft.values[name] = part
                draft.places[name] = place
        if cursor.left and draft.header is not None:
            return self._surplus(draft, cursor, consequence)
        return True

    def _surplus(self, draft: Draft, cursor: Cursor, consequence: str) -> bool:
        """Words in a header that no one takes: fatal to a block that must have just one name."""
        first, statement, title = cursor.at, cursor.statement, draft.schema.title
        exact = any(declaration.exact for _, declaration in draft.schema.arguments)
        rule = "bad-block" if exact else "extra-words"
        text = f"{title} takes just one name: {consequence}" if exact else f"{title} takes no more words: ignored"
        self._findings.add(rule, lambda: statement.span(first, -1), text, half=draft.half)
        return not exact

    def _complete(self, draft: Draft, *, missing: bool) -> bool:
        """Whether all is there that the block can't do without; says so with `missing`."""
        complete = True
        for field, declaration in draft.schema.required:
            if draft.values.get(field):
                continue
            complete = False
            if missing and field not in draft.failed and draft.header is not None:
                rule = declaration.required if isinstance(declaration, Keyword) else "missing-keyword"
                name = declaration.name or field
                kind = "usable " if isinstance(declaration, Block) and draft.places.get(field) else ""
                text = f"{draft.title} has no {kind}{name}: it is lost"
                self._findings.add(rule, draft.span(), text, f"add {name}", draft.half)
        finish = getattr(draft.schema.type, "finish", None)
        if complete and finish is not None:
            finish(draft.values)
        return complete

    # Lists of lines

    def _lines(self, draft: Draft, statement: Statement, field: str, declaration: Lines) -> None:
        word = statement.words[0]
        if statement.body is None:
            self._findings.add("missing-brace", statement.span, f"{word} needs a block in braces", half=draft.half)
            return
        schema = schema_of(declaration.type, word)
        draft.places.setdefault(field, (statement, 0))
        for inner in statement.body:
            if inner.body is not None and inner.words[0] in self._outer:
                self._hoist(statement, inner, draft.half)
            elif not self._foreign(inner, draft.half):
                line = self._line(schema, inner, draft.half)
                if line is not None:
                    draft.children(field).append(line)

    def _line(self, schema: Schema, statement: Statement, half: Half) -> Draft | None:
        draft = Draft(schema, None, half)
        cursor = Cursor(self._findings, statement, half, 0)
        if statement.body is not None:
            text = f"a line of {schema.title} opens no block: what is in the braces is skipped"
            self._findings.add("bad-block", statement.span, text, half=half)
        if not self._arguments(draft, cursor, "the line is skipped"):
            return None
        draft.header = statement
        while (word := cursor.next()) is not None:
            entry = schema.entries.get(word)
            if word in schema.later:
                cursor.report("not-supported-yet", f"kad does not act on {word} yet: it is ignored")
                if word in VALUED:
                    cursor.next()
            elif entry is None:
                near = _near(word, schema)
                cursor.report("unknown-option", f'{schema.title} has no option "{cut(word)}": it is ignored', near)
            elif not self._option(draft, cursor, word, entry):
                return None
        return draft

    def _option(self, draft: Draft, cursor: Cursor, word: str, entry: Entry) -> bool:
        """Read one option; False when the line is lost with it."""
        declaration = entry.declaration
        assert isinstance(declaration, Keyword), "a line has no blocks"
        if cursor.left < declaration.kind.least:
            cursor.report("missing-option-value", f"{word} needs a value: the line is skipped")
            return False
        if declaration.once and entry.field in draft.values:
            cursor.report("bad-line", f"{word} is given twice: the line is skipped")
            return False
        place = (cursor.statement, cursor.at)
        self._about(cursor, word, draft, entry.field, declaration)
        value = declaration.kind.read(cursor)
        if value is None:
            return not declaration.drops
        self._store(draft, entry, declaration, value, place)
        return True


def _near(word: str, schema: Schema) -> str:
    """The keyword of keepalived that was perhaps meant, whether kad acts on it or not."""
    begun = [entry for entry in schema.entries if entry.startswith(word)]
    return suggest(word, begun) or suggest(word, (*schema.entries, *sorted(schema.later)))


def _title(statement: Statement) -> str:
    """A block as messages call it when there is no draft of it."""
    return cut(" ".join(statement.words[:2]))
