"""A failing text made shorter: lines are left out as long as it goes on failing in the same way."""

from collections.abc import Callable


def shrunk(text: str, fails: Callable[[str], bool]) -> str:
    """A text that still fails, and would not without any one of its lines."""
    lines = text.split("\n")
    size = max(len(lines) // 2, 1)
    while True:
        before = len(lines)
        at = 0
        while at < len(lines):
            fewer = lines[:at] + lines[at + size :]
            if fails("\n".join(fewer)):
                lines = fewer
            else:
                at += size
        if size > 1:
            size //= 2
        elif len(lines) == before:
            return "\n".join(lines)


def kind(said: str) -> str:
    """The way in which something fails: its last line without the figures in it."""
    last = said.strip().splitlines()[-1] if said.strip() else ""
    return "".join(character for character in last if not character.isdigit())
