"""Which files an include names, and what its checks say of them.

    include   what is missing or can't be read is only told      includew  as includem, and a pattern must match
    includer  what it finds must be a readable, plain file       includeb  as includer, and all of {a,b} must be there
    includem  as includer, and a plain name must be there        includea  all of these

Not here: the reading of the files, loops, conditions and definitions (preprocess.py).
"""

from collections.abc import Iterator

from kad.config.diagnostics import Findings, Span
from kad.config.reader import Reader

MOST_ALTERNATIVES = 1000
"""Names that the braces of one pattern may stand for."""

MOST_BRACES = 8
"""Pairs of braces in a pattern. Each multiplies: {a,b}{a,b}{a,b} are eight names."""

_MUST_BE_THERE = {"includem": "p", "includew": "pw", "includeb": "b", "includea": "pwb"}


class Include:
    """One include line: `keyword` with its checks, `pattern`, and where the pattern stands."""

    def __init__(self, keyword: str, pattern: str, span: Span) -> None:
        self.keyword = keyword
        self.pattern = pattern
        self.span = span

    def told(self, findings: Findings, rule: str, text: str, *, checked: bool) -> None:
        """Say what is wrong: by its own rule, or as the failure of a check."""
        if checked:
            findings.add("include-failed", self.span, f"{text}; {self.keyword} does not allow that")
        else:
            findings.add(rule, self.span, text)

    @property
    def most_names(self) -> int:
        """The names that the braces stand for, at most: as many as with the commas shared equally among them."""
        pairs = min(self.pattern.count("{"), MOST_BRACES)
        return int((self.pattern.count(",") // max(pairs, 1) + 1) ** pairs)

    @property
    def is_checked(self) -> bool:
        """Whether it insists on files that can be read."""
        return self.keyword != "include"

    def files(self, reader: Reader, directory: str, findings: Findings) -> Iterator[str]:
        """The files to read, in order; what is not among them is told."""
        must = _MUST_BE_THERE.get(self.keyword, "")
        try:
            paths, missing = self._matches(reader, directory)
        except OSError as error:
            text = f"{self.pattern} {error.strerror}: nothing is included"
            self.told(findings, "include-not-there", text, checked=self._kind() in must)
            return
        if not paths:
            rule = "include-missing" if self._kind() == "w" else "include-not-there"
            text = f"no file matches {self.pattern}: nothing is included"
            self.told(findings, rule, text, checked=self._kind() in must)
        elif missing and self._kind() == "b":
            text = f"nothing is called {missing[0]}: it is not included"
            self.told(findings, "include-not-there", text, checked="b" in must)
        for path in paths:
            refusal = reader.refusal(path)
            if refusal:
                text = f"{path} {refusal}: it is not included"
                self.told(findings, "include-unreadable", text, checked=self.is_checked)
            else:
                yield path

    def _kind(self) -> str:
        """What the name is: with wildcards, with braces, or plain."""
        if any(mark in self.pattern for mark in "*?["):
            return "w"
        return "b" if "{" in self.pattern else "p"

    def _matches(self, reader: Reader, directory: str) -> tuple[list[str], list[str]]:
        """What matches, in the order of the braces' alternatives; and the alternatives that nothing matches."""
        paths: list[str] = []
        missing: list[str] = []
        if self.pattern.count("{") > MOST_BRACES or self.most_names > MOST_ALTERNATIVES:
            return [], []
        for alternative in alternatives(self.pattern):
            try:
                found = reader.expand(alternative, directory)
            except ValueError:
                found = []  # a name that the system can't even look for
            paths += found
            if not found:
                missing.append(alternative)
        return paths, missing


def alternatives(pattern: str) -> list[str]:
    """`a{b,c}d` to `abd`, `acd`, as glob(3) with GLOB_BRACE; an unclosed brace stands for itself."""
    start = pattern.find("{")
    end = _closing(pattern, start)
    if start < 0 or end < 0:
        return [pattern]
    parts, depth, last = [], 0, start + 1
    for at in range(start + 1, end + 1):
        if depth == 0 and (pattern[at] == "," or at == end):
            parts.append(pattern[last:at])
            last = at + 1
        depth += {"{": 1, "}": -1}.get(pattern[at], 0)
    tails = alternatives(pattern[end + 1 :])
    return [pattern[:start] + middle + tail for part in parts for middle in alternatives(part) for tail in tails]


def _closing(pattern: str, start: int) -> int:
    depth = 0
    for at in range(max(start, 0), len(pattern)):
        depth += {"{": 1, "}": -1}.get(pattern[at], 0)
        if depth == 0 and pattern[at] == "}":
            return at
    return -1
