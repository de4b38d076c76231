"""Statements to drafts: what the file says, checked word by word, with its places.

Every statement is looked up in the grammar of its block (drafts.py), and what is wrong with it becomes a diagnostic;
the statements after it go on. Blocks that were left open are found out by what stands in them. What was read before is
not read again: a statement of the same text in the same kind of block, a block that shares its statements with an
earlier one, and at a reload a top-level block of the same text (memory.py).

Not here: what a single value looks like (kinds.py), what spans keywords and blocks (rules.py). Long, because blocks,
keywords and lists stand in each other to any depth, and so do the methods that read them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import cast

from kad.config.diagnostics import Findings, Half, Span, suggest
from kad.config.drafts import Cursor, Draft, Entry, Place, Schema, cut, schema_of, tag
from kad.config.fields import LINE, Argument, Block, Entries, Keyword, Lines, Value
from kad.config.memory import Memory, Remembered
from kad.config.slips import option_slip, slip
from kad.config.statements import Scope, Statement

_SURROGATE = re.compile("[\ud800-\udfff]")

Local = Callable[[Draft, Findings], bool]
"""A rule about one block: False when the block can't be used."""

INNER = frozenset({"track_file"})
"""Blocks of the outermost level whose names are those of blocks or keywords inside of others too."""

MOST_SEEN = 20_000
"""Statements of one kind of block that are remembered by their text."""


class Reading:
    """Reads the statements of one configuration into drafts.

    `memory` has what earlier readings of a block gave. `local` are the rules that look at one block alone, by its
    Struct: they say whether the block is kept, and are part of what is remembered.
    """

    def __init__(
        self, findings: Findings, root: Schema, memory: Memory | None = None, local: Mapping[type, Local] | None = None
    ) -> None:
        self._findings = findings
        self._root = root
        self._memory = memory
        self._local = local or {}
        self._hoisted: list[tuple[Statement, Scope]] = []
        self._left_open: set[Statement] = set()
        self._unbalanced = findings.has("unbalanced-braces")
        self._protos: dict[tuple[int, int], tuple[Draft, tuple[tuple[str, _At], ...]]] = {}

    def read(self, statements: Sequence[Statement]) -> Draft:
        """The whole configuration."""
        draft = Draft(self._root, None, None, Half.BOTH)
        for statement in self._reattached(statements):
            self._top(draft, statement)
            # What stood in a block that was never closed counts as if the brace had been there.
            while self._hoisted:
                inner, scope = self._hoisted.pop(0)
                self._statement(draft, inner, scope)
        return draft

    def _top(self, root: Draft, statement: Statement) -> None:
        """A statement outside of all blocks: from memory when its text is unchanged, else it is read and remembered."""
        entry = self._root.entries.get(statement.words[0])
        declaration = None if entry is None else entry.declaration
        if entry is None or not isinstance(declaration, Block) or not declaration.repeated or statement.body is None:
            self._statement(root, statement, statement.scope())
            return
        if self._foreign(statement, statement.scope(), declaration.half or Half.BOTH):
            return
        remembered = None if self._memory is None else self._memory.recall(statement)
        if remembered is None:
            remembered = self._read_block(statement, entry, declaration)
        else:
            self._findings.replay(remembered.findings)
        root.places.setdefault(entry.field, (statement, 0, statement.scope()))
        if remembered.draft is not None:
            child = remembered.draft if self._memory is None else remembered.fresh()
            if not child.kept:
                root.lost.setdefault(entry.field, []).append(child)
            elif not (declaration.unique and self._known(root, entry.field, child)):
                root.children(entry.field).append(child)

    def _read_block(self, statement: Statement, entry: Entry, declaration: Block) -> Remembered:
        """Read a top-level block; remember it unless a part stands elsewhere or a message names a line of it."""
        hoisted = len(self._hoisted)
        anchor = statement.scope().anchor
        anchor.told = False
        settled = False
        with self._findings.recorded() as record:
            scope = statement.scope()
            self._remarks(statement, scope, entry, declaration.half or Half.BOTH)
            self._findings.muted += not declaration.acts
            child = self._header_and_body(statement, scope, entry, declaration)
            self._findings.muted -= not declaration.acts
            if child is not None and child.kept and child.schema.type in self._local:
                settled = child.settled = True
                child = child if self._local[child.schema.type](child, self._findings) else None
        remembered = Remembered(statement=statement, draft=child, findings=tuple(record), settled=settled)
        stays = len(self._hoisted) == hoisted and statement not in self._left_open and not anchor.told
        if self._memory is not None and stays:
            self._memory.remember(remembered)
        return remembered

    def _remarks(self, statement: Statement, scope: Scope, entry: Entry, half: Half) -> None:
        """What is to be said of a keyword by itself: that kad does not act on it yet, that it has another name now."""
        word = statement.words[0]
        if not entry.declaration.acts and not isinstance(entry.declaration, Keyword):
            self._findings.unacted(word, _At(scope, statement), half)
        if entry.instead:
            text = f"{word} is deprecated"
            self._findings.add("deprecated-keyword", _At(scope, statement), text, f"write {entry.instead}", half)

    def _reattached(self, statements: Sequence[Statement]) -> list[Statement]:
        """The statements; those that follow a block's keyword without its brace become what is in the block."""
        result: list[Statement] = []
        orphans: list[Statement] | None = None
        for statement in statements:
            entry = self._root.entries.get(statement.words[0])
            if orphans is not None and entry is None:
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
        anchor = statement.anchor
        assert anchor is not None, "it stands outside of all blocks"
        for orphan in orphans:
            if orphan.anchor is not None:
                orphan.row = orphan.anchor.row - anchor.row
        statement.body = tuple(orphans)
        entry = self._root.entries[statement.words[0]]
        assert isinstance(entry.declaration, Block), "only blocks have orphans"
        half = entry.declaration.half or Half.BOTH
        span = statement.scope().span(statement)
        self._findings.retract("unbalanced-braces", span)  # the brace that fits it closed nothing
        self._findings.add("missing-brace", span, f"{statement.words[0]} lacks its {{", "add a {", half)

    def _statement(self, draft: Draft, statement: Statement, scope: Scope) -> None:
        seen = draft.schema.seen.get(statement.text)
        if seen is not None and statement.body is None:
            known, value = seen
            assert isinstance(known.declaration, Keyword), "only keywords are remembered by their text"
            if not known.declaration.acts:
                self._without_effect(draft, statement, scope, known, value)
            self._store(draft, known, known.declaration, value, (statement, 1, scope))
            return
        if self._foreign(statement, scope, draft.half):
            return
        found = draft.schema.entries.get(statement.words[0])
        if found is None and statement.body is None:
            found = draft.schema.entries.get(LINE)
        if found is None:
            self._unknown(draft, statement, scope)
            return
        entry, declaration = found, found.declaration
        self._remarks(statement, scope, entry, getattr(declaration, "half", None) or draft.half)
        if isinstance(declaration, Keyword):
            self._keyword(draft, statement, scope, entry, declaration)
            return
        self._findings.muted += not declaration.acts
        match declaration:
            case Block():
                self._block(draft, statement, scope, entry, declaration)
            case Lines():
                self._lines(draft, statement, scope, entry.field, declaration)
            case Entries():
                self._entries(draft, statement, scope, entry.field, declaration)
        self._findings.muted -= not declaration.acts

    def _foreign(self, statement: Statement, scope: Scope, half: Half) -> bool:
        """Whether the statement has bytes that no Config can hold."""
        if statement.text.isascii() or _SURROGATE.search(statement.text) is None:
            return False
        skipped = "the line" if statement.body is None else "the block"
        text = f"these bytes are no UTF-8: {skipped} is skipped"
        words = (index for index, word in enumerate(statement.words) if _SURROGATE.search(word))
        place = _At(scope, statement, next(words, 0))
        self._findings.add("not-utf-8", place, text, "save the file as UTF-8", half)
        return True

    def _unknown(self, draft: Draft, statement: Statement, scope: Scope) -> None:
        word = statement.words[0]
        title = draft.schema.title
        if statement.body is not None and title and self._is_outer(word):
            assert draft.header is not None, "it has a title"
            assert draft.outer is not None, "it has a title"
            self._hoist(draft.header, draft.outer, statement, scope, draft.half)
            return
        text = (
            f'{title} has no keyword "{cut(word)}"' if title else f'there is no keyword "{cut(word)}" outside a block'
        )
        if statement.body is not None:
            text += ": the whole block is skipped"
            self._rescue(draft, statement, scope)
        else:
            text += ": the line is ignored"
        schema = draft.schema
        self._findings.add("unknown-keyword", _At(scope, statement), text, lambda: self._near(word, schema), draft.half)

    def _near(self, word: str, schema: Schema) -> str:
        """The keyword that was perhaps meant: one of this block that is near, or where the word belongs."""
        elsewhere = needs(word, self._root) or _no_keyword(word)
        begun = [entry for entry in schema.entries if entry.startswith(word)]
        return elsewhere or suggest(word, begun) or suggest(word, schema.entries)

    def _is_outer(self, word: str) -> bool:
        """Whether this is a block that can stand outside of all blocks only."""
        entry = self._root.entries.get(word)
        return entry is not None and not isinstance(entry.declaration, Keyword) and word not in INNER

    def _rescue(self, draft: Draft, skipped: Statement, scope: Scope) -> None:
        """A block that is skipped may have been left open: what can stand only outside of it still counts."""
        inner = scope.within(skipped)
        for statement in skipped.body or ():
            if statement.body is None:
                continue
            if self._is_outer(statement.words[0]):
                self._hoist(skipped, scope, statement, inner, draft.half)
            else:
                self._rescue(draft, statement, inner)

    def _hoist(self, around: Statement, outer: Scope, statement: Statement, scope: Scope, half: Half) -> None:
        """Put off a block that stands in one that it can't stand in, and say whose mistake that is, once."""
        self._hoisted.append((statement, scope))
        if self._unbalanced or around in self._left_open:
            return
        line = scope.line(statement)
        if self._is_left_open(around, statement):
            self._left_open.add(around)
            last = outer.anchor.text.span(outer.row(around) + around.last, 1, 1).line
            text = f"{_title(around)} is never closed: {_title(statement)} in line {line} can't stand in it"
            suggestion = f"put a }} before line {line}, and remove the one in line {last}"
            self._findings.add("unbalanced-braces", _At(outer, around, 0, -1), text, suggestion, half)
        else:
            text = f"{cut(statement.words[0])} can't stand in another block: it is read as if it stood after it"
            suggestion = "move it out, or close the block before it"
            self._findings.add("missing-brace", _At(scope, statement), text, suggestion, half)

    def _is_left_open(self, around: Statement, statement: Statement) -> bool:
        """Whether a block lacks its brace, rather than has another one put into it: all that follows is outside."""
        body = around.body or ()
        follows = bool(body) and body[-1].body is not None and self._is_outer(body[-1].words[0])
        return follows and statement.column <= around.column

    # Keywords

    def _keyword(self, draft: Draft, statement: Statement, scope: Scope, entry: Entry, declaration: Keyword) -> None:
        is_line = declaration.name == LINE
        name = draft.schema.title if is_line else statement.words[0]
        before = self._findings.count
        if statement.body is not None:
            text = f"{name} opens no block: what is in the braces is skipped"
            self._findings.add("bad-block", _At(scope, statement), text, half=draft.half)
        if declaration.obsolete:
            text = f"{name} is obsolete: {declaration.obsolete}"
            self._findings.add("deprecated-keyword", _At(scope, statement), text, half=draft.half)
        cursor = Cursor(self._findings, statement, scope, draft.half, 0 if is_line else 1)
        field = declaration.into[0] if declaration.into else entry.field
        if cursor.left < declaration.kind.least:
            self._missing(draft, field, statement, scope, declaration.missing)
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
        if entry.opposite:
            value = not value
        if not declaration.acts:
            self._without_effect(draft, statement, scope, entry, value)
        clean = self._findings.count == before and not entry.instead and not declaration.kind.stateful
        if clean and len(draft.schema.seen) < MOST_SEEN:
            draft.schema.seen[statement.text] = (entry, value)
        self._store(draft, entry, declaration, value, (statement, 1, scope))

    def _without_effect(self, draft: Draft, statement: Statement, scope: Scope, entry: Entry, value: Value) -> None:
        """Note a keyword that kad does not act on yet, unless it says what holds anyhow."""
        declaration = entry.declaration
        assert isinstance(declaration, Keyword), "blocks are noted by their names"
        field = declaration.into[0] if declaration.into else entry.field
        default = draft.schema.defaults.get(field)
        said = value[0] if declaration.into else value
        if declaration.name != LINE and (default is None or said != default):
            self._findings.unacted(statement.words[0], _At(scope, statement), draft.half)

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
            return f"ignored, that of line {_line(draft, field)} stays"
        default = draft.schema.defaults.get(field)
        if default in (None, "") or isinstance(default, tuple):
            return "ignored, as if it were not there"
        return f"ignored, {declaration.kind.text(default)} is used"

    def _missing(self, draft: Draft, field: str, statement: Statement, scope: Scope, rule: str) -> None:
        name = statement.words[0]
        consequence = "the line is ignored" if rule == "missing-value" else "nothing starts without it"
        text = f"{name} needs a value: {consequence}"
        self._findings.add(rule, _At(scope, statement), text, half=draft.half)
        draft.failed.add(field)

    def _extra(self, cursor: Cursor, name: str, half: Half) -> None:
        text = f"{name} takes no more words: the rest of the line is ignored"
        if cursor.at == 1:
            text = f"{name} is a flag and takes no value: it is set, whatever stands after it"
        self._findings.add("extra-words", _At(cursor.scope, cursor.statement, cursor.at, -1), text, half=half)

    def _store(self, draft: Draft, entry: Entry, declaration: Keyword, value: Value, place: Place) -> None:
        """Set the field, or the fields, that the value is for."""
        if declaration.adds:
            draft.values.setdefault(entry.field, []).extend(value)
            draft.places[entry.field] = _own(draft, place)
            return
        if not declaration.into and entry.field not in draft.values:
            draft.values[entry.field] = value
            draft.places[entry.field] = _own(draft, place)
            return
        parts = zip(declaration.into, value, strict=True) if declaration.into else ((entry.field, value),)
        told = False
        for field, part in parts:
            old = draft.values.get(field)
            if old is not None and declaration.once:
                self._again(draft, field, place, "already-set", "is set already: the first one counts")
                return
            if old is not None and old != part and not told:
                told = True
                self._again(draft, field, place, declaration.again, "was set before: this one counts")
            draft.values[field] = part
            draft.places[field] = _own(draft, place)

    def _again(self, draft: Draft, field: str, place: Place, rule: str, text: str) -> None:
        statement, index, scope = place
        assert scope is not None, "a place that is being set has its scope"
        name = statement.words[index - 1]
        text = f"{name} {text} (line {_line(draft, field)})"
        self._findings.add(rule, _At(scope, statement, index - 1), text, half=draft.half)

    # Blocks

    def _block(self, draft: Draft, statement: Statement, scope: Scope, entry: Entry, declaration: Block) -> None:
        word = statement.words[0]
        field = entry.field
        half = declaration.half or draft.half
        if statement.body is None:
            text = f"{word} needs a block in braces"
            self._findings.add("missing-brace", _At(scope, statement), text, "add a { after it", half)
            return
        if declaration.repeated:
            draft.places.setdefault(field, _own(draft, (statement, 0, scope)))
            child = self._header_and_body(statement, scope, entry, declaration, draft.half)
            if child is not None and child.kept and not (declaration.unique and self._known(draft, field, child)):
                draft.children(field).append(child)
            return
        first: Draft | None = draft.values.get(field)
        if first is not None and declaration.once:
            text = f"{word} is there already, in line {first.line}: this one is skipped"
            self._findings.add("already-set", _At(scope, statement), text, half=half)
            return
        if first is not None and declaration.replaces:
            text = f"{word} takes the place of that in line {first.line}"
            self._findings.add("set-replaced", _At(scope, statement), text, half=half)
            first = None
        if first is None:
            schema = schema_of(declaration.types[0], _name(declaration, field))
            first = Draft(schema, statement, scope, half)
            if len(statement.words) > 1:
                self._surplus(first, Cursor(self._findings, statement, scope, half, 1), "ignored")
        inner = first.inner if first.header is statement else scope.within(statement)
        assert inner is not None, "it has a header"
        for one in statement.body:
            self._statement(first, one, inner)
        if self._complete(first, missing=True):
            draft.values[field] = first
            draft.places.setdefault(field, _own(draft, (statement, 0, scope)))

    def _known(self, draft: Draft, field: str, child: Draft) -> bool:
        """Whether the block's name is taken: the first one counts then."""
        name = child.values["name"]
        first = next((other for other in draft.children(field) if other.values["name"] == name), None)
        if first is None:
            return False
        text = f"{child.title} is defined already in line {first.line}: this one is skipped"
        self._findings.add("duplicate-name", child.span("name"), text, "give it another name", child.half)
        return True

    def _header_and_body(
        self, statement: Statement, scope: Scope, entry: Entry, declaration: Block, around: Half = Half.BOTH
    ) -> Draft | None:
        """A block of which there may be several; None when its header says nothing that could be used."""
        word = statement.words[0]
        types = declaration.types
        type_ = types[0] if len(types) == 1 else next(member for member in types if tag(member) == word)
        schema = schema_of(type_, entry.instead or word)
        half = declaration.half or around
        body = statement.body or ()
        key = (id(body), id(schema))
        proto, words = self._protos.get(key, (None, ()))
        if proto is None:
            draft = Draft(schema, statement, scope, half)
        else:
            draft = proto.like(statement, scope)
            draft.half, draft.places = half, dict(draft.places)
        known = self._arguments(draft, Cursor(self._findings, statement, scope, half, 1), "the block is skipped")
        if proto is not None:
            for unacted, place in words:
                self._findings.unacted(unacted, place.beside(proto.inner, draft.inner), half)
            draft.kept = self._complete(draft, missing=known)
            return draft if known else None
        before = self._findings.count, len(self._hoisted)
        inner = draft.inner
        assert inner is not None, "it has a header"
        header = set(draft.values)
        with self._findings.recorded() as record:
            for one in body:
                # What is in a block that is skipped is looked at all the same: one run finds all mistakes.
                self._statement(draft, one, inner)
        if body and before == (self._findings.count, len(self._hoisted)):
            # Without complaints, what is recorded are the keywords that kad does not act on; the first place of each.
            words = tuple({found.message: cast("_At", found.span) for found in reversed(record)}.items())
            self._protos[key] = _without(draft, header), words
        draft.kept = self._complete(draft, missing=known)
        return draft if known else None

    def _arguments(self, draft: Draft, cursor: Cursor, consequence: str) -> bool:
        """Read the words that a block or a line begins with; False when it can't be what it should."""
        title = draft.schema.title
        for field, declaration in draft.schema.arguments:
            if declaration.free or (declaration.optional and not cursor.left):
                continue
            if not cursor.left:
                text = f"{title} needs {declaration.doc}: {consequence}"
                self._findings.add(declaration.missing, _At(cursor.scope, cursor.statement), text, half=draft.half)
                return False
            cursor.about(title, None, "bad-block" if draft.header is not None else "bad-line", consequence)
            if not self._argument(draft, cursor, field, declaration):
                return False
        if cursor.left and draft.header is not None:
            return self._surplus(draft, cursor, consequence)
        return True

    def _argument(self, draft: Draft, cursor: Cursor, field: str, declaration: Argument) -> bool:
        """Read one of these words; False when it is none."""
        place = _own(draft, (cursor.statement, cursor.at, cursor.scope))
        value = declaration.kind.read(cursor)
        if value is None:
            return False
        fields = zip(declaration.into, value, strict=True) if declaration.into else ((field, value),)
        for name, part in fields:
            draft.values[name] = part
            draft.places[name] = place
        return True

    def _surplus(self, draft: Draft, cursor: Cursor, consequence: str) -> bool:
        """Words in a header that no one takes: fatal to a block that must have just one name."""
        title = draft.schema.title
        exact = any(declaration.exact for _, declaration in draft.schema.arguments)
        rule = "bad-block" if exact else "extra-words"
        text = f"{title} takes just one name: {consequence}" if exact else f"{title} takes no more words: ignored"
        self._findings.add(rule, _At(cursor.scope, cursor.statement, cursor.at, -1), text, half=draft.half)
        return not exact

    def _complete(self, draft: Draft, *, missing: bool) -> bool:
        """Whether all is there that the block can't do without; says so with `missing`."""
        complete = True
        for field, declaration in draft.schema.required:
            if draft.values.get(field):
                continue
            complete = False
            if missing and field not in draft.failed and draft.header is not None:
                rule = declaration.required if isinstance(declaration, Keyword | Block) else "missing-keyword"
                name = declaration.name or field
                kind = "usable " if isinstance(declaration, Block) and draft.places.get(field) else ""
                text = f"{draft.title} has no {kind}{name}: it is lost"
                self._findings.add(rule, draft.span(), text, "" if kind else f"add {name}", draft.half)
        if complete and draft.schema.finish is not None:
            draft.schema.finish(draft.values)
        return complete

    # Lists of lines

    def _lines(self, draft: Draft, statement: Statement, scope: Scope, field: str, declaration: Lines) -> None:
        word = statement.words[0]
        half = declaration.half or draft.half
        schema = schema_of(declaration.type, word)
        draft.places.setdefault(field, _own(draft, (statement, 0, scope)))
        for inner, within in self._inner(draft, statement, scope, half):
            line = self._line(schema, inner, within, half, strict=declaration.strict)
            if line is not None:
                draft.children(field).append(line)

    def _entries(self, draft: Draft, statement: Statement, scope: Scope, field: str, declaration: Entries) -> None:
        """A block of plain values."""
        word = statement.words[0]
        half = declaration.half or draft.half
        if declaration.once and field in draft.values:
            text = f"{word} is there already, in line {_line(draft, field)}: this one is skipped"
            self._findings.add("already-set", _At(scope, statement), text, half=half)
            return
        draft.places.setdefault(field, _own(draft, (statement, 0, scope)))
        values = list(draft.values.get(field, ()))
        if declaration.empty and statement.body == ():
            self._findings.add("empty-block", _At(scope, statement), f"{word} {declaration.empty}", half=half)
        for inner, within in self._inner(draft, statement, scope, half):
            cursor = Cursor(self._findings, inner, within, half, 0)
            cursor.about(word, None, "bad-line", "it is skipped" if declaration.words else "the line is skipped")
            while cursor.left:
                value = declaration.kind.read(cursor)
                if value is not None:
                    values.append(value)
                if not declaration.words:
                    if cursor.left and value is not None:
                        self._extra(cursor, word, half)
                    break
        draft.values[field] = tuple(values)

    def _inner(self, draft: Draft, statement: Statement, scope: Scope, half: Half) -> Sequence[tuple[Statement, Scope]]:
        """The lines in the braces of a list, without what can't be one."""
        word = statement.words[0]
        if statement.body is None:
            rest = statement.rest(1)
            advice = f"write {word} {{ {rest} }} in three lines" if rest else "add a { after it"
            self._findings.add("missing-brace", _At(scope, statement), f"{word} needs a block in braces", advice, half)
            return ()
        if len(statement.words) > 1:
            text = f"{word} takes no words before its brace: ignored"
            self._findings.add("extra-words", _At(scope, statement, 1, -1), text, half=half)
        within = scope.within(statement)
        kept = []
        for inner in statement.body:
            if inner.body is not None and self._is_outer(inner.words[0]):
                self._hoist(statement, scope, inner, within, draft.half)
            elif not self._foreign(inner, within, half):
                if inner.body is not None:
                    text = f"a line of {word} opens no block: what is in the braces is skipped"
                    self._findings.add("bad-block", _At(within, inner), text, half=half)
                kept.append((inner, within))
        return kept

    def _line(self, schema: Schema, statement: Statement, scope: Scope, half: Half, *, strict: bool) -> Draft | None:
        draft = Draft(schema, None, None, half)
        draft.inner = scope
        cursor = Cursor(self._findings, statement, scope, half, 0)
        if not self._arguments(draft, cursor, "the line is skipped"):
            return None
        draft.header, draft.outer = statement, scope
        while (word := cursor.next()) is not None:
            entry = schema.entries.get(word)
            if entry is None:
                if not self._stranger(draft, cursor, word, strict=strict):
                    return None
            elif not self._option(draft, cursor, word, entry, strict=strict):
                return None
        if schema.finish is not None:
            schema.finish(draft.values)
        return draft if self._has_free(draft) else None

    def _stranger(self, draft: Draft, cursor: Cursor, word: str, *, strict: bool) -> bool:
        """A word that is no option begins what stands free among them, or it is nothing; False: the line is lost."""
        schema = draft.schema
        if not any(declaration.kind.begins(word) for _, declaration in schema.free):
            near = option_slip(word, schema.entries) or suggest(word, schema.entries) or slip(word)
            rule, consequence = ("bad-line", "the line is skipped") if strict else ("unknown-option", "it is ignored")
            what = f", and it is not {schema.free[-1][1].doc} either" if schema.free else ""
            cursor.report(rule, f'{schema.title} has no option "{cut(word)}"{what}: {consequence}', near)
            return not strict
        cursor.back()
        for field, declaration in schema.free:
            if declaration.optional and not declaration.kind.begins(cursor.peek() or ""):
                continue
            if not cursor.left:
                cursor.report(declaration.missing, f"{schema.title} needs {declaration.doc}: the line is skipped")
                return False
            again = field in draft.values
            cursor.about(schema.title, None, "bad-line", "the line is skipped")
            if not self._argument(draft, cursor, field, declaration):
                return False
            if again:
                cursor.report("set-again", f"{schema.title} was given {declaration.doc} before: this one counts")
        return True

    def _has_free(self, draft: Draft) -> bool:
        """Whether all is there that stands free among the options of a line."""
        for field, declaration in draft.schema.free:
            if not declaration.optional and field not in draft.values:
                text = f"{draft.schema.title} needs {declaration.doc}: the line is skipped"
                self._findings.add("bad-line", draft.span(), text, half=draft.half)
                return False
        return True

    def _option(self, draft: Draft, cursor: Cursor, word: str, entry: Entry, *, strict: bool) -> bool:
        """Read one option; False when the line is lost with it."""
        declaration = entry.declaration
        assert isinstance(declaration, Keyword), "a line has no blocks"
        index = cursor.at - 1
        if not declaration.acts:
            self._findings.unacted(word, _At(cursor.scope, cursor.statement, index), draft.half)
        if entry.instead or declaration.obsolete:
            advice = f"write {entry.instead}" if entry.instead else declaration.obsolete
            cursor.report("deprecated-keyword", f"{word} is deprecated", advice)
        if cursor.left < declaration.kind.least:
            rule = declaration.missing if strict else "missing-option-value"
            cursor.report(rule, f"{word} needs a value: the line is skipped")
            return False
        if declaration.once and entry.field in draft.values:
            cursor.report("bad-line", f"{word} is given twice: the line is skipped")
            return False
        place = (cursor.statement, cursor.at, cursor.scope)
        self._about(cursor, word, draft, entry.field, declaration)
        value = declaration.kind.read(cursor)
        if value is None:
            return not declaration.drops
        self._store(draft, entry, declaration, not value if entry.opposite else value, place)
        return True


def _no_keyword(word: str) -> str:
    """What to do about a word that can't be a keyword."""
    return "write a blank instead of the =" if "=" in word.strip("=") else slip(word)


def needs(word: str, root: Schema) -> str:
    """Where a keyword belongs that is unknown in its block: `it needs vrrp_instance { ... }`; nothing for others."""
    homes = sorted(path for path in _homes(root).get(word, ()) if path)
    if not homes:
        return ""
    most = 3
    listed = " or ".join(f"{path} {{ ... }}" for path in homes[:most])
    return f"it needs {listed}{' or another' if len(homes) > most else ''}"


@cache
def _homes(root: Schema) -> dict[str, set[str]]:
    """Each keyword, and the names of the blocks that it can stand in."""
    homes: dict[str, set[str]] = {}
    waiting = [root]
    while waiting:
        schema = waiting.pop()
        for word, entry in schema.entries.items():
            homes.setdefault(word, set()).add(schema.title)
            if isinstance(entry.declaration, Block) and not entry.instead:
                types = entry.declaration.types
                type_ = types[0] if len(types) == 1 else next(one for one in types if tag(one) == word)
                waiting.append(schema_of(type_, word))
    return homes


class _At:
    """A place, worked out only when it is needed."""

    __slots__ = ("_index", "_last", "_scope", "_statement")

    def __init__(self, scope: Scope, statement: Statement, index: int = 0, last: int | None = None) -> None:
        self._scope, self._statement, self._index, self._last = scope, statement, index, last

    def __call__(self) -> Span:
        """The place."""
        return self._scope.span(self._statement, self._index, self._last)

    def beside(self, old: Scope | None, new: Scope | None) -> "_At":
        """The same place in another block that shares its statements, whose scope is `new`."""
        assert old is not None, "only the root has none"
        assert new is not None, "only the root has none"
        scope = Scope(new.anchor, new.base + self._scope.base - old.base)
        return _At(scope, self._statement, self._index, self._last)


def _own(draft: Draft, place: Place) -> Place:
    """A place as a draft keeps it: without the scope when that is its own, so that a twin of the draft can share it."""
    statement, index, scope = place
    return (statement, index, None) if scope is draft.inner else place


def _line(draft: Draft, field: str) -> int:
    """The line of the file in which a field was set."""
    statement, _, scope = draft.places.get(field, (draft.header, -1, draft.outer))
    within = scope or draft.inner
    assert statement is not None, "the root has no place"
    assert within is not None, "the root has no place"
    return within.line(statement)


def _without(draft: Draft, header: set[str]) -> Draft:
    """What the statements in the braces gave, without what the header says: the draft to make others like."""
    proto = Draft(draft.schema, draft.header, draft.outer, draft.half)
    proto.inner = draft.inner
    proto.values = {field: value for field, value in draft.values.items() if field not in header}
    proto.places = {field: place for field, place in draft.places.items() if field not in header}
    assert draft.header is not None, "it is a block"
    assert draft.outer is not None, "it is a block"
    return proto.like(draft.header, draft.outer)


def _name(declaration: Block, field: str) -> str:
    return declaration.name or field


def _title(statement: Statement) -> str:
    """A block as it is called in messages: its keyword and name."""
    return cut(" ".join(statement.words[:2]))
