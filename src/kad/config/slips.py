"""Slips of typing that many make: what a word that was refused may say about how it came to be.

Not here: names that are near to others (`suggest` in diagnostics.py).
"""

import re
import unicodedata
from collections.abc import Container

_UNIT = re.compile(r"([0-9]*\.?[0-9]+)(us|ms|s|sec|secs|seconds?|m|min|minutes?|h|hours?)\Z", re.IGNORECASE)
_SECONDS = {"us": 1, "ms": 1000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000}
_QUOTES = "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
_BLANKS = "\u00a0\u2007\u202f\u3000\u200b\ufeff"
_PORT = re.compile(r"([0-9.]+):([0-9]{1,5})\Z|\[([0-9a-fA-F:.]+)\]:([0-9]{1,5})\Z")

_OPTIONS = {"device": "dev", "interface": "dev", "gateway": "via", "source": "src"}
"""What people write for an option that has another name."""


def option_slip(word: str, options: Container[str]) -> str:
    """What to write instead of an option that is none, when the right one has quite another name."""
    right = _OPTIONS.get(word.lower())
    if right in options:
        return f"write {right}"
    return "write a /LENGTH after the address" if word.lower() in ("netmask", "mask") else ""


def slip(word: str) -> str:
    """What to do about a word that was typed in a way that many type; nothing when it looks like none of these."""
    for character in word:
        if character in _BLANKS:
            return f"a {_name(character)} is no blank here: write a plain one"
        if character in _QUOTES:
            return f'a {_name(character)} is no quote here: write "'
    if word.startswith("//"):
        return "write # before a comment"
    if word.startswith("="):
        return "write the value without ="
    if len(word) > 1 and word[-1] in ",;":
        return f"write it without the {word[-1]}"
    return ""


def address_slip(word: str) -> str:
    """What to do about a word that is no address."""
    found = _PORT.match(word)
    if found is not None:
        return f"write {found[1] or found[3]} {found[2] or found[4]}"
    if len(word) > 1 and word[-1] in ",;":
        return "write each address in a line of its own"
    return slip(word)


def time_slip(word: str, unit: int) -> str:
    """What to do about a word that is no time in units of so many microseconds."""
    found = _UNIT.match(word)
    if found is None or len(found[1]) > 9:
        return slip(word)
    name = found[2].lower()
    micros = round(float(found[1]) * _SECONDS[name if name in _SECONDS else name[0]])
    whole, rest = divmod(micros, unit)
    digits = len(str(unit)) - 1
    return f"write {whole}.{rest:0{digits}d}".rstrip("0") if rest else f"write {whole}"


def _name(character: str) -> str:
    name = unicodedata.name(character, "character").lower()
    return f"{name} (U+{ord(character):04X})"
