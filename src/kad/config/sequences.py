"""~SEQ, ~SEQx and ~LST: a text that is repeated, with variables that have another value each time.

    ~SEQ(VAR, [START, [STEP,]] END) TEXT      ~LST(VAR, VALUE, VALUE ...) TEXT      ~LST({V1,V2},{A1,A2},{B1,B2}) TEXT

Not here: the repeating (preprocess.py). What is in the parentheses of a ~SEQ comes with its $NAMEs replaced.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?:0[xX](?P<hex>[0-9a-fA-F]{1,15})|0(?P<octal>[0-7]{0,18})|(?P<decimal>[1-9]\d{0,17}))"
)
_VALUE = re.compile(r"(?:[^\s,{}()$]|\$\{[^{}]*\}|\$)*")
_ITEM = re.compile(
    rf"[ \t\r\f\v]*(?:\{{(?P<many>(?:\$\{{[^{{}}]*\}}|[^{{}}])*)\}}|(?P<one>{_VALUE.pattern}))[ \t\r\f\v]*(?P<end>,|\Z)"
)


class Sequence(Struct, frozen=True):
    """The variables of a repetition, and their values for each time; as many as it has variables."""

    variables: tuple[str, ...]
    values: Iterable[tuple[str, ...]]


def parse(kind: str, parameters: str) -> Sequence | str:
    """What stands in the parentheses of a SEQ, SEQx or LST; in words what is wrong with it, if anything is."""
    return _list(parameters) if kind == "LST" else _count(kind, parameters)


def _count(kind: str, parameters: str) -> Sequence | str:
    variable, *words = [word.strip() for word in parameters.split(",")]
    if not _NAME.fullmatch(variable):
        return _bad_name(variable)
    if not 1 <= len(words) <= 3:
        return "it takes a variable, and then END; START, END; or START, STEP, END"
    numbers = [_number(word) for word in words]
    if len(words) > 1 and not words[0]:
        numbers[0] = 0  # as keepalived reads it
    for word, number in zip(words, numbers, strict=True):
        if number is None:
            return f"'{word}' is no number"
    start, step, end = _bounds([number for number in numbers if number is not None])
    if step == 0 or (start < end and step < 0) or (start > end and step > 0):
        return f"steps of {step} never lead from {start} to {end}"
    if kind == "SEQx" and min(start, end) < 0:
        return "~SEQx takes no negative numbers"
    return Sequence((variable,), _counted(range(start, end + (1 if step > 0 else -1), step), kind))


def _counted(numbers: range, kind: str) -> Iterator[tuple[str, ...]]:
    return ((f"{number:x}" if kind == "SEQx" else str(number),) for number in numbers)


def _bounds(numbers: list[int]) -> tuple[int, int, int]:
    """START, STEP and END, from the numbers that were written."""
    end = numbers[-1]
    start = numbers[0] if len(numbers) > 1 else (-1 if end < 0 else 1)
    step = numbers[1] if len(numbers) > 2 else (-1 if end < start else 1)
    return start, step, end


def _number(word: str) -> int | None:
    found = _NUMBER.fullmatch(word)
    if found is None:
        return None
    if found["hex"]:
        value = int(found["hex"], 16)
    elif found["decimal"]:
        value = int(found["decimal"])
    else:
        value = int(found["octal"] or "0", 8)
    return -value if found["sign"] == "-" else value


def _list(parameters: str) -> Sequence | str:
    items = _items(parameters)
    if items is None:
        return "its values are words, or words in braces, with commas between them"
    variables, *values = items
    for variable in variables:
        if not _NAME.fullmatch(variable):
            return _bad_name(variable)
    if not values:
        return "it has no values"
    for value in values:
        if len(value) > len(variables):
            return f"{{{','.join(value)}}} has more values than there are variables"
    return Sequence(variables, [value + ("",) * (len(variables) - len(value)) for value in values])


def _items(parameters: str) -> list[tuple[str, ...]] | None:
    """The words between the commas, each set in braces as one; None when there is something else."""
    items: list[tuple[str, ...]] = []
    position = 0
    while (found := _ITEM.match(parameters, position)) is not None:
        if found["many"] is None:
            items.append((found["one"],))
        else:
            words = tuple(word.strip() for word in found["many"].split(","))
            if not all(_VALUE.fullmatch(word) for word in words):
                return None
            items.append(words)
        if not found["end"]:
            return items
        position = found.end()
    return None


def _bad_name(variable: str) -> str:
    return f"'{variable}' is no name of a variable: letters, digits and _, and no digit at its beginning"
