"""What was perhaps meant by a name that is not there.

Names that people give are often alike but for a number, and then a guess would mislead: all that there are help more.
Not here: keywords that are misspelt (`suggest` in diagnostics.py is enough for these).
"""

import re
from collections.abc import Collection

from kad.config.diagnostics import suggest

FEW = 8
"""Names that a suggestion lists."""

_DIGITS = re.compile("[0-9]+")


def meant(name: str, known: Collection[str], what: str) -> str:
    """`did you mean NAME?` or, when no name is near or a number tells them apart, those that exist: the `what`."""
    letters = _DIGITS.sub("", name)
    numbered = any(_DIGITS.sub("", one) == letters for one in known)
    return (not numbered and suggest(name, known)) or listed(known, what)


def listed(known: Collection[str], what: str) -> str:
    """Those that exist, where they are few."""
    if not known or len(known) > FEW:
        return ""
    return f"the {what} are: {', '.join(sorted(known))}" if len(known) > 1 else f"there is only {next(iter(known))}"


def interface(name: str, known: Collection[str]) -> str:
    """The names of interfaces are all alike: all of them where there are few, else what begins like this one."""
    if len(known) <= FEW:
        return listed(known, "interfaces")
    return suggest(name, [one for one in sorted(known) if one.startswith(name) or name.startswith(one)])
