"""What is wrong with a configuration: the table of rules, one Diagnostic a mistake, and how people and the log read it.

`RULES` says of each kind of mistake how bad it is and which exit status keepalived gives it. `Findings` collects, in
bounded space however many mistakes there are; `render` draws the line with a caret below; `one_line` is for the log.

Not here: what is checked (`fields.py`, `load.py`, `rules.py`), and what a value means. Long, because the table of rules
alone takes a hundred and seventy lines.
"""

import contextlib
import difflib
import logging
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum, IntEnum

from msgspec import Struct, json, structs

from kad.errors import ExitCode

MOST = 250
"""Diagnostics that are kept, the worst first; what is beyond is counted."""

WIDTH = 110
"""Columns of a source line that are shown around the mistake."""

LONGEST_GUESS = 40
"""Characters of a word beyond which nobody meant a keyword: no suggestion is looked for."""


class Severity(IntEnum):
    """NOTE: worth knowing. WARNING: dealt with as the text says. ERROR: something that was written is lost."""

    NOTE = 0
    WARNING = 1
    ERROR = 2


class Half(Enum):
    """Which half of kad the mistake is in: the VRRP worker, the checker worker, or both read it."""

    BOTH = "both"
    VRRP = "vrrp"
    CHECKER = "checker"


class Rule(Struct, frozen=True):
    """One kind of mistake. `test`: the exit status that -t gives it; `start`: the one that ends a start, or 0."""

    id: str
    severity: Severity
    test: int
    start: int = 0


_NOTE, _WARNING, _ERROR = Severity.NOTE, Severity.WARNING, Severity.ERROR
_TEST, _FATAL, _SECURITY = ExitCode.CONFIG_TEST, ExitCode.CONFIG, ExitCode.NO_CONFIG

_TABLE = (
    # The text itself.
    Rule("no-config", _ERROR, ExitCode.CONFIG_TEST_FAILED, ExitCode.NO_CONFIG),
    Rule("include-missing", _WARNING, 0),
    Rule("include-empty", _WARNING, _TEST),
    Rule("include-not-there", _ERROR, 0),
    Rule("include-unreadable", _ERROR, 0),
    Rule("nothing-said", _ERROR, 0),
    Rule("too-much", _ERROR, _TEST),
    Rule("include-loop", _ERROR, _TEST),
    Rule("include-failed", _ERROR, ExitCode.NO_CONFIG, ExitCode.NO_CONFIG),
    Rule("undefined-name", _NOTE, 0),
    Rule("undefined-reference", _WARNING, _TEST),
    Rule("bad-reference", _WARNING, _TEST),
    Rule("not-expanded", _WARNING, 0),
    Rule("empty-condition", _WARNING, 0),
    Rule("definition-loop", _ERROR, _TEST),
    Rule("bad-definition", _WARNING, _TEST),
    Rule("definition-cut", _WARNING, 0),
    Rule("bad-sequence", _ERROR, _TEST),
    Rule("expansion-too-large", _ERROR, _TEST),
    Rule("not-acted-on", _NOTE, 0),
    Rule("bfd-not-acted-on", _WARNING, 0),
    Rule("nul-byte", _ERROR, _TEST),
    Rule("not-utf-8", _ERROR, 0),
    Rule("unmatched-quote", _ERROR, _TEST),
    Rule("comment-in-word", _NOTE, 0),
    Rule("unbalanced-braces", _ERROR, _TEST),
    Rule("unexpected-brace", _WARNING, _TEST),
    Rule("missing-brace", _ERROR, _TEST),
    Rule("too-deep", _ERROR, _TEST),
    # Keywords and their words.
    Rule("unknown-keyword", _WARNING, _TEST),
    Rule("unknown-option", _WARNING, _TEST),
    Rule("deprecated-keyword", _WARNING, _TEST),
    Rule("missing-argument", _ERROR, _FATAL, _FATAL),
    Rule("missing-value", _WARNING, _TEST),
    Rule("missing-option-value", _ERROR, _TEST),
    Rule("extra-words", _NOTE, 0),
    Rule("address-cut", _NOTE, 0),
    Rule("bad-value", _WARNING, _TEST),
    Rule("already-set", _WARNING, _TEST),
    Rule("set-again", _NOTE, 0),
    Rule("empty-block", _WARNING, _TEST),
    Rule("set-replaced", _WARNING, _TEST),
    Rule("value-replaced", _WARNING, 0),
    Rule("bad-line", _ERROR, _TEST),
    Rule("bad-block", _ERROR, _TEST),
    Rule("missing-keyword", _ERROR, _TEST),
    Rule("duplicate-name", _ERROR, _TEST),
    # VRRP: what spans keywords and blocks.
    Rule("no-namespace", _ERROR, ExitCode.CONFIG_TEST_FAILED, _FATAL),
    Rule("unknown-interface", _ERROR, _TEST, _FATAL),
    Rule("loopback-interface", _ERROR, _TEST, _FATAL),
    Rule("no-interface", _ERROR, _TEST, _FATAL),
    Rule("no-vrid", _ERROR, _TEST, _FATAL),
    Rule("duplicate-vrid", _ERROR, _TEST, _FATAL),
    Rule("no-vip", _WARNING, _TEST),
    Rule("no-vip-v3", _ERROR, _TEST, _FATAL),
    Rule("vip-family", _ERROR, _TEST),
    Rule("vip-not-link-local", _WARNING, 0),
    Rule("vip-not-link-local-strict", _WARNING, _TEST),
    Rule("not-run-yet", _WARNING, 0),
    Rule("unchecked-server", _WARNING, 0),
    Rule("peer-family", _ERROR, _TEST),
    Rule("duplicate-peer", _WARNING, 0),
    Rule("unicast-no-peers", _WARNING, _TEST),
    Rule("multicast-ignored", _WARNING, _TEST),
    Rule("vrf-interface", _WARNING, _TEST),
    Rule("vmac-missing", _WARNING, _TEST),
    Rule("own-interface", _WARNING, _TEST),
    Rule("duplicate-track", _WARNING, _TEST),
    Rule("unknown-track", _ERROR, _TEST),
    Rule("strict-conflict", _WARNING, _TEST),
    Rule("strict-state", _WARNING, _TEST),
    Rule("strict-unicast", _ERROR, 0, _FATAL),
    Rule("no-source", _WARNING, 0),
    Rule("duplicate-vip", _WARNING, 0),
    Rule("shared-vip", _WARNING, 0),
    Rule("too-many-vips", _WARNING, _TEST),
    Rule("broadcast-prefix", _WARNING, _TEST),
    Rule("nopreempt-conflict", _WARNING, _TEST),
    Rule("preempt-delay-conflict", _WARNING, _TEST),
    Rule("auth-ignored", _WARNING, _TEST),
    Rule("auth-hmac", _ERROR, _TEST, _FATAL),
    Rule("auth-hmac-key", _WARNING, _TEST),
    Rule("auth-state", _WARNING, _TEST),
    Rule("auth-incomplete", _WARNING, _TEST),
    Rule("auth-type-missing", _WARNING, 0),
    Rule("auth-pass-cut", _WARNING, _TEST),
    Rule("advert-int-rounded", _WARNING, _TEST),
    Rule("source-family", _WARNING, _TEST),
    Rule("unknown-track-script", _ERROR, _TEST),
    Rule("duplicate-track-script", _WARNING, _TEST),
    Rule("duplicate-script", _WARNING, 0),
    Rule("unused-script", _NOTE, 0),
    Rule("unused-definition", _NOTE, 0),
    Rule("bfd-family", _ERROR, _TEST),
    # Groups of instances and interfaces.
    Rule("empty-group", _WARNING, _TEST),
    Rule("lonely-group", _WARNING, _TEST),
    Rule("unknown-member", _WARNING, _TEST),
    Rule("member-twice", _WARNING, _TEST),
    Rule("mixed-owners", _WARNING, 0),
    Rule("weight-in-group", _WARNING, _TEST),
    Rule("empty-track-group", _WARNING, 0),
    Rule("unknown-track-member", _WARNING, 0),
    Rule("duplicate-interface", _WARNING, _TEST),
    Rule("missing-interface", _ERROR, ExitCode.CONFIG_TEST_FAILED, _FATAL),
    Rule("unknown-sync-instance", _WARNING, 0),
    # Routes, rules and addresses: what spans the words of a line, and lines.
    Rule("host-bits", _WARNING, 0),
    Rule("time-clamped", _WARNING, 0),
    Rule("redundant-vmac", _WARNING, _TEST),
    Rule("peer-address", _WARNING, _TEST),
    Rule("address-option", _WARNING, _TEST),
    Rule("no-static-interface", _ERROR, ExitCode.CONFIG_TEST_FAILED, _FATAL),
    Rule("unknown-route-name", _ERROR, _TEST),
    Rule("route-family", _ERROR, _TEST),
    Rule("bad-route", _ERROR, _TEST),
    Rule("bad-nexthop", _ERROR, _TEST),
    Rule("via-and-nexthop", _ERROR, 0),
    Rule("route-untracked", _WARNING, _TEST),
    Rule("protocol-reset", _WARNING, _TEST),
    Rule("bad-rule", _ERROR, _TEST),
    Rule("rule-preference", _WARNING, _TEST),
    Rule("unknown-track-group", _WARNING, _TEST),
    Rule("track-group-cleared", _WARNING, _TEST),
    Rule("duplicate-route", _WARNING, 0),
    # Virtual servers: what spans keywords and blocks.
    Rule("default-used", _WARNING, _TEST),
    Rule("no-real-servers", _ERROR, _TEST),
    Rule("duplicate-real-server", _ERROR, _TEST),
    Rule("duplicate-virtual-server", _ERROR, 0),
    Rule("family-mismatch", _ERROR, _TEST),
    Rule("port-reset", _WARNING, _TEST),
    Rule("port-zero", _WARNING, _TEST),
    Rule("quorum-too-high", _WARNING, _TEST),
    Rule("no-weight", _WARNING, _TEST),
    Rule("hysteresis-too-high", _WARNING, _TEST),
    Rule("no-sorry-server", _WARNING, _TEST),
    Rule("check-port", _WARNING, 0),
    Rule("check-family", _WARNING, _TEST),
    Rule("check-interface", _ERROR, _TEST),
    Rule("family-conflict", _WARNING, _TEST),
    Rule("scheduler-flag", _WARNING, _TEST),
    Rule("scheduler-flag-unused", _NOTE, 0),
    Rule("protocol-unused", _WARNING, _TEST),
    Rule("ha-suspend-ignored", _WARNING, _TEST),
    Rule("ops-ignored", _WARNING, _TEST),
    Rule("empty-server-group", _ERROR, _TEST),
    Rule("mixed-group", _ERROR, _TEST),
    Rule("duplicate-group", _WARNING, 0),
    Rule("unknown-group", _ERROR, 0),
    Rule("group-family", _ERROR, 0),
    Rule("group-port", _WARNING, _TEST),
    Rule("deprecated-host", _WARNING, 0),
    Rule("udp-length", _WARNING, _TEST),
    Rule("bad-regex", _WARNING, 0),
    Rule("unknown-followed", _ERROR, _TEST),
    # Scripts.
    Rule("track-script-disabled", _WARNING, _TEST),
    Rule("script-disabled", _WARNING, 0),
    Rule("script-user", _ERROR, _TEST),
    Rule("script-security", _WARNING, _SECURITY),
    # What did not fit.
    Rule("more-mistakes", _NOTE, 0),
)

RULES: dict[str, Rule] = {rule.id: rule for rule in _TABLE}
"""Every rule by its id."""


class Span(Struct, frozen=True):
    """A place in a file. Columns count characters from 1, `end` is the one after the last; `text` is the whole line.

    `through`: the definitions, repetitions and uses that the text there came through, as notes.
    """

    path: str
    line: int
    column: int
    end: int
    text: str
    through: tuple[str, ...] = ()


class Consequence(Struct, frozen=True, kw_only=True):
    """What follows from a mistake: the rule that is broken too, and what it says."""

    rule: str
    message: str
    half: Half = Half.BOTH


class Diagnostic(Struct, frozen=True, kw_only=True):
    """One mistake: what (`message`), where (`span`, None for the whole configuration), what to do (`suggestion`).

    `also`: what follows from it and is not told by itself.
    """

    rule: str
    message: str
    span: Span | None = None
    suggestion: str = ""
    half: Half = Half.BOTH
    also: tuple[Consequence, ...] = ()

    @property
    def broken(self) -> tuple[Rule, ...]:
        """Every rule that is broken here."""
        return (RULES[self.rule], *(RULES[one.rule] for one in self.also))

    def broken_for(self, halves: frozenset[Half]) -> tuple[Rule, ...]:
        """Those of them that are about one of these halves."""
        broken = ((self.rule, self.half), *((one.rule, one.half) for one in self.also))
        return tuple(RULES[rule] for rule, half in broken if half in halves)

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return max(rule.severity for rule in self.broken)


class Finding(Struct, frozen=True, kw_only=True):
    """A diagnostic in the making: its place and suggestion are worked out only when it is kept."""

    rule: str
    span: Callable[[], Span] | Span | None
    message: str
    suggestion: Callable[[], str] | str = ""
    half: Half = Half.BOTH


ROOTS = frozenset(
    {
        "undefined-name",
        "undefined-reference",
        "not-expanded",
        "bad-reference",
        "definition-loop",
        "unmatched-quote",
        "missing-argument",
    }
)
"""What else is wrong in the line of one of these follows from it."""

CUT = frozenset({"unmatched-quote"})
"""Those that take the rest of a line with them: that words are missing there is nothing of its own."""

UNACTED = {"": "not-acted-on", "bfd_instance": "bfd-not-acted-on", "track_bfd": "bfd-not-acted-on"}
UNACTED["BFD_CHECK"] = "bfd-not-acted-on"


class Findings:
    """Collects diagnostics in bounded space; keeps at least one of each rule and half, so that statuses stay right.

    `count` is how many there were; `hints` how often a keyword was met that kad does not act on yet.
    """

    def __init__(self) -> None:
        self.count = 0
        self.hints = 0
        self.muted = 0
        self._kept: dict[Severity, list[Diagnostic]] = {severity: [] for severity in Severity}
        self._seen: set[tuple[str, Half]] = set()
        self._left_out = 0
        self._record: list[Finding] | None = None
        self._roots: dict[tuple[str, int], list[Consequence]] = {}
        self._cut: set[tuple[str, int]] = set()
        self._unacted: dict[str, tuple[Span, Half]] = {}

    def add(
        self,
        rule: str,
        span: Callable[[], Span] | Span | None,
        message: str,
        suggestion: Callable[[], str] | str = "",
        half: Half = Half.BOTH,
    ) -> None:
        """Add one; `span` and `suggestion` are only worked out when it is kept."""
        self._add(Finding(rule=rule, span=span, message=message, suggestion=suggestion, half=half))

    def unacted(self, word: str, span: Callable[[], Span] | Span, half: Half) -> None:
        """A keyword that kad accepts and does not act on yet: one diagnostic a file names them all.

        While `muted`, in a block that is named itself, what stands in it is not.
        """
        if self.muted:
            return
        self._add(Finding(rule=UNACTED[""], span=span, message=word, half=half))

    def _add(self, finding: Finding) -> None:
        if self._record is not None:
            self._record.append(finding)
        if finding.rule == UNACTED[""]:
            self.hints += 1
            if finding.message not in self._unacted:
                self._unacted[finding.message] = _span(finding), finding.half
            return
        self.count += 1
        if self._roots and self._follows(finding):
            return
        kept = self._kept[RULES[finding.rule].severity]
        if len(kept) >= MOST and (finding.rule, finding.half) in self._seen:
            self._left_out += 1
            return
        self._seen.add((finding.rule, finding.half))
        suggestion = finding.suggestion
        diagnostic = Diagnostic(
            rule=finding.rule,
            message=finding.message,
            span=None if finding.span is None else _span(finding),
            suggestion=suggestion() if callable(suggestion) else suggestion,
            half=finding.half,
        )
        if finding.rule in ROOTS and diagnostic.span is not None:
            line = diagnostic.span.path, diagnostic.span.line
            self._roots.setdefault(line, [])
            if finding.rule in CUT:
                self._cut.add(line)
        kept.append(diagnostic)

    def _follows(self, finding: Finding) -> bool:
        """Whether this only follows from something that is wrong in the same line; remembered as that, then."""
        if finding.span is None or finding.rule in ROOTS:
            return False
        span = _span(finding)
        line = span.path, span.line
        follows = self._roots.get(line)
        if follows is None:
            return False
        consequence = Consequence(rule=finding.rule, message=finding.message, half=finding.half)
        lacks = finding.rule in ("missing-argument", "missing-value") and line in self._cut
        if not lacks and consequence not in follows and len(follows) < MOST:
            follows.append(consequence)
        return True

    def retract(self, rule: str, after: Span) -> bool:
        """Take the first diagnostic of this rule back that stands after a place of the same file; whether there is one.

        What looked like a mistake of its own turned out to belong to another.
        """
        kept = self._kept[RULES[rule].severity]
        for index, found in enumerate(kept):
            span = found.span
            if found.rule == rule and span is not None and span.path == after.path and span.line > after.line:
                del kept[index]
                if not any(one.rule == rule and one.half == found.half for one in kept):
                    self._seen.discard((rule, found.half))
                return True
        return False

    @contextlib.contextmanager
    def recorded(self) -> Iterator[list[Finding]]:
        """What is found in this context, so that it can be replayed."""
        record: list[Finding] = []
        before, self._record = self._record, record
        try:
            yield record
        finally:
            self._record = before
            if before is not None:
                before.extend(record)

    def replay(self, findings: Iterable[Finding]) -> None:
        """Find once more what was found before; the places may be others now."""
        for finding in findings:
            self._add(finding)

    def has(self, rule: str) -> bool:
        """Whether there is one of this kind."""
        return any(known == rule for known, _ in self._seen)

    def result(self, paths: Sequence[str]) -> tuple[Diagnostic, ...]:
        """What was found, in the order of the text; `paths` are the files in the order they were read."""
        chosen: list[Diagnostic] = []
        left_out = self._left_out
        seen: set[tuple[str, Half]] = set()
        for severity in reversed(Severity):
            for alone in self._kept[severity]:
                found = self._with_what_follows(alone)
                kinds = {(rule.id, found.half) for rule in found.broken}
                if len(chosen) < MOST or not kinds <= seen:
                    seen |= kinds
                    chosen.append(found)
                else:
                    left_out += 1
        chosen += self._accepted(paths)
        order = {path: index for index, path in enumerate(paths)}
        chosen.sort(key=lambda found: _place(found, order))
        if left_out:
            chosen.append(Diagnostic(rule="more-mistakes", message=f"{left_out} more mistakes are not listed"))
        return tuple(chosen)

    def _with_what_follows(self, found: Diagnostic) -> Diagnostic:
        if found.rule not in ROOTS or found.span is None:
            return found
        follows = self._roots.pop((found.span.path, found.span.line), [])
        return structs.replace(found, also=tuple(follows)) if follows else found

    def _accepted(self, paths: Sequence[str]) -> Iterator[Diagnostic]:
        """One diagnostic a file for all keywords in it that kad does not act on yet, and one for those of BFD."""
        for path in dict.fromkeys((*paths, *(span.path for span, _ in self._unacted.values()))):
            for rule, text in _ACCEPTED.items():
                words = {
                    word: span
                    for word, (span, _) in self._unacted.items()
                    if span.path == path and UNACTED.get(word, UNACTED[""]) == rule
                }
                if words:
                    first = min(words.values(), key=lambda span: (span.line, span.column))
                    order = sorted(words, key=lambda word: (words[word].line, words[word].column))
                    listed = ", ".join(f"{word} (line {words[word].line})" for word in order)
                    yield Diagnostic(rule=rule, message=f"{text}: {listed}", span=first)


_ACCEPTED = {
    "not-acted-on": "accepted, not yet acted on",
    "bfd-not-acted-on": "accepted, not yet acted on, so that it holds no state and changes none",
}


def _span(finding: Finding) -> Span:
    span = finding.span
    assert span is not None, "the caller looked"
    return span() if callable(span) else span


def _place(found: Diagnostic, order: dict[str, int]) -> tuple[int, bool, int, int]:
    """Where a diagnostic belongs: by its place, but what names many places in a file comes after all that is in it."""
    if found.span is None:
        return len(order) + 1, False, 0, 0
    return order.get(found.span.path, len(order)), found.rule in _ACCEPTED, found.span.line, found.span.column


# Exit statuses


def test_status(diagnostics: Iterable[Diagnostic]) -> int:
    """The exit status of -t: keepalived reads all halves there, whatever -P and -C say (reference vrrp.md 10.2).

    A missing argument ends keepalived's test on the spot, so its status wins; else the highest class does.
    """
    classes = {int(rule.test) for found in diagnostics for rule in found.broken}
    return int(_FATAL if _FATAL in classes else max(classes, default=0))


def start_status(diagnostics: Iterable[Diagnostic], *, vrrp: bool, checker: bool) -> int:
    """The exit status that these mistakes end a start with; 0: the halves that run can run."""
    halves = _halves(vrrp=vrrp, checker=checker)
    return int(max((rule.start for found in diagnostics for rule in found.broken_for(halves)), default=0))


def refuses_reload(diagnostics: Iterable[Diagnostic], *, vrrp: bool, checker: bool) -> bool:
    """Whether a reload keeps the old configuration: any error in what the running halves read does."""
    halves = _halves(vrrp=vrrp, checker=checker)
    return any(rule.severity is Severity.ERROR for found in diagnostics for rule in found.broken_for(halves))


def _halves(*, vrrp: bool, checker: bool) -> frozenset[Half]:
    """The halves that a diagnostic must be about to count."""
    running = {Half.VRRP: vrrp, Half.CHECKER: checker, Half.BOTH: True}
    return frozenset(half for half, runs in running.items() if runs)


# Did you mean


def suggest(word: str, candidates: Iterable[str]) -> str:
    """`did you mean NAME?`, or nothing when no candidate is near."""
    if len(word) > LONGEST_GUESS:
        return ""
    known = {candidate.lower(): candidate for candidate in candidates}
    near = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.7)
    return f"did you mean {known[near[0]]}?" if near else ""


# For people

_COLOURS = {Severity.NOTE: "\033[36m", Severity.WARNING: "\033[33m", Severity.ERROR: "\033[31m"}
_BOLD, _PLAIN = "\033[1m", "\033[0m"


def render(diagnostics: Sequence[Diagnostic], *, colour: bool = False) -> str:
    """All of them as a person reads them, an empty line between two; nothing for none."""
    return "\n".join(_block(found, colour=colour) for found in diagnostics)


def _block(found: Diagnostic, *, colour: bool) -> str:
    name = found.severity.name.lower()
    label = f"{name}[{found.rule}]"
    message = printable(found.message)
    if colour:
        label, message = f"{_COLOURS[found.severity]}{label}{_PLAIN}", f"{_BOLD}{message}{_PLAIN}"
    lines = [f"{label}: {message}"]
    if found.span is not None:
        lines += _snippet(found.span, printable(found.suggestion))
        margin = " " * len(str(found.span.line))
        lines += [f"{margin} = {printable(note)}" for note in found.span.through]
        lines += [f"{margin} = so {printable(one.message)}" for one in found.also]
    elif found.suggestion:
        lines.append(f"  {printable(found.suggestion)}")
    return "".join(f"{line}\n" for line in lines)


def _snippet(span: Span, suggestion: str) -> list[str]:
    """The place, the line, and carets below the words: ` --> FILE:7:5`, `7 |  text`, `  |  ^^^^ do this`."""
    start, end = span.column - 1, max(span.end - 1, span.column)
    text, before, marked = _window(span.text, start, end)
    margin = " " * len(str(span.line))
    carets = f"{margin} | {' ' * before}{'^' * max(marked, 1)} {suggestion}".rstrip()
    return [f"{margin}--> {printable(span.path)}:{span.line}:{span.column}", f"{span.line} | {text}".rstrip(), carets]


def _window(line: str, start: int, end: int) -> tuple[str, int, int]:
    """The part of the line to show, the columns before the mark in it, and the columns of the mark."""
    left = max(0, min(start - WIDTH // 4, len(line) - WIDTH)) if len(line) > WIDTH else 0
    right = left + WIDTH
    end = min(end, right)
    cells = [_cell(character) for character in line[left:right]]
    head, tail = ("…" if left else ""), ("…" if right < len(line) else "")
    before = len(head) + sum(width for _, width in cells[: start - left])
    marked = sum(width for _, width in cells[start - left : end - left])
    return head + "".join(text for text, _ in cells) + tail, before, marked


def _cell(character: str) -> tuple[str, int]:
    """A character as it is shown, and how many columns that takes on a terminal."""
    if character == "\t":
        return "    ", 4
    if " " <= character <= "~":
        return character, 1
    shown = printable(character)
    if unicodedata.combining(shown):
        return shown, 0
    return shown, 2 if unicodedata.east_asian_width(shown) in "WF" else 1


def printable(text: str) -> str:
    """The text without what would move a terminal's cursor or can't be encoded: each such character as U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    return "".join("�" if unicodedata.category(c) in _UNPRINTABLE else c for c in text)


_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


# For the log

_LEVELS = {Severity.NOTE: logging.INFO, Severity.WARNING: logging.WARNING, Severity.ERROR: logging.ERROR}


def level(found: Diagnostic) -> int:
    """The level that the log gets it with."""
    return _LEVELS[found.severity]


def one_line(found: Diagnostic) -> str:
    """`(FILE: Line N, column C) text`: keepalived's form, so that what greps for it goes on working."""
    text = f"{found.message} - {found.suggestion}" if found.suggestion else found.message
    text = "; so ".join((text, *(one.message for one in found.also)))
    if found.span is not None and found.span.through:
        text = f"{text} ({'; '.join(found.span.through)})"
    if found.span is not None:
        text = f"({found.span.path}: Line {found.span.line}, column {found.span.column}) {text}"
    return f"{printable(text)} [{found.rule}]"


# For machines and for the end of a list


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """A JSON list: severity, rule, message, suggestion, half, place, what it came through and what follows from it."""
    return json.encode([_plain(found) for found in diagnostics]).decode(errors="replace")


def _plain(found: Diagnostic) -> dict[str, object]:
    span = found.span
    return {
        "severity": found.severity.name.lower(),
        "rule": found.rule,
        "message": printable(found.message),
        "suggestion": printable(found.suggestion),
        "half": found.half.value,
        "path": None if span is None else printable(span.path),
        "line": None if span is None else span.line,
        "column": None if span is None else span.column,
        "end": None if span is None else span.end,
        "text": None if span is None else printable(span.text),
        "through": [] if span is None else [printable(note) for note in span.through],
        "also": [{"rule": one.rule, "message": printable(one.message)} for one in found.also],
    }


def summary(path: str, diagnostics: Sequence[Diagnostic]) -> str:
    """How many of each severity there are in a file, in one line."""
    counts = Counter(found.severity for found in diagnostics)
    words = [
        f"{counts[severity]} {severity.name.lower()}{'s' if counts[severity] > 1 else ''}"
        for severity in reversed(Severity)
        if counts[severity]
    ]
    return f"{printable(path)}: {', '.join(words) or 'nothing to complain of'}"
