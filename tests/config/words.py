"""Words for a kind of value that remembers what the kind said about them."""

from kad.config.fields import Kind


class Said:
    """Words for a kind that remembers what the kind said."""

    def __init__(self, text: str, current: object = None) -> None:
        self.text = text
        self.words = text.split()
        self.current = current
        self.refused: list[str] = []
        self.remarks: list[str] = []

    def next(self) -> str | None:
        return self.words.pop(0) if self.words else None

    def peek(self) -> str | None:
        return self.words[0] if self.words else None

    def rest(self) -> str:
        self.words.clear()
        return self.text

    def refuse(self, why: str, suggestion: str = "") -> None:
        self.refused.append(f"{why} {suggestion}".rstrip())

    def remark(self, rule: str, text: str, suggestion: str = "") -> None:
        assert text or suggestion
        self.remarks.append(rule)

    def report(self, rule: str, text: str, suggestion: str = "") -> None:
        self.remark(rule, text, suggestion)


def value(kind: Kind, text: str) -> object:
    """The value, which nothing is said about."""
    words = Said(text)
    result = kind.read(words)
    assert (words.refused, words.remarks) == ([], [])
    return result


def refused(kind: Kind, text: str) -> str:
    """Why the kind refuses the text."""
    words = Said(text)
    assert kind.read(words) is None
    (why,) = words.refused
    return why


def remarked(kind: Kind, text: str, current: object = None) -> tuple[object, str]:
    """The value, and the rule of the one thing that is said about it."""
    words = Said(text, current)
    result = kind.read(words)
    (rule,) = words.remarks
    return result, rule


def complaints(kind: Kind, text: str) -> int:
    """How often something is said about the words; a word that is left over counts as well."""
    words = Said(text)
    if len(words.words) < kind.least:
        return 1
    kind.read(words)
    return len(words.refused) + len(words.remarks) + len(words.words)
