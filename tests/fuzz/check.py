"""What kad owes to any text: it is read in bounded time, without an exception, and what is said of it makes sense.

`fault(case)` is what is wrong, or nothing. Printed and read again, what was understood is the same; and read with what
was kept of the text before the mutations, it is the same as read afresh.
"""

import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from kad.config import diagnostics, printing
from kad.config.load import Loaded, load
from kad.config.memory import Memory as Kept
from tests.config.texts import MAIN, Memory, World
from tests.fuzz.mutate import OTHER, Case

STATUSES = frozenset({0, 2, 4, 5, 6})

SECONDS_A_PIECE = 2.0
PIECE = 100_000
"""Characters that may take that long; a shorter text may too."""

HANGS = 30.0
"""Seconds after which reading is interrupted, however long the text is."""


class Watched(Memory):
    """A reader in memory that knows which files were read."""

    def __init__(self, files: dict[str, str]) -> None:
        super().__init__(files)
        self.was_read: set[str] = set()

    def read(self, path: str) -> str:
        self.was_read.add(path)
        return super().read(path)


class Hangs(BaseException):
    """Reading was interrupted."""


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Raise Hangs when this takes longer."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Hangs

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def fault(given: Case) -> str:
    """What is wrong with how kad reads this case; nothing when all is well."""
    try:
        with limit(HANGS):
            return _read(given)
    except Hangs:
        return f"still reading after {HANGS:.0f} s"
    except Exception:  # noqa: BLE001 - any exception at all is what is looked for
        return traceback.format_exc()


def _read(given: Case) -> str:
    files = {MAIN: given.text, OTHER: given.other}
    reader = Watched(files)
    start = time.process_time()
    loaded = load(MAIN, reader, World())
    took = time.process_time() - start
    allowed = SECONDS_A_PIECE * max(1.0, (len(given.text) + len(given.other)) / PIECE)
    if took > allowed:
        return f"{took:.1f} s of processor time for {len(given.text)} characters"
    return _of_diagnostics(loaded, reader) or _of_printing(loaded) or _of_memory(loaded, files, given.before)


def _of_diagnostics(loaded: Loaded, reader: Watched) -> str:
    found = loaded.diagnostics
    status = diagnostics.test_status(found)
    if status not in STATUSES:
        return f"-t has the status {status}"
    for diagnostic in found:
        diagnostics.render([diagnostic]).encode("utf-8")
        diagnostics.one_line(diagnostic).encode("utf-8")
        span = diagnostic.span
        if span is None:
            continue
        if span.path not in reader.was_read:
            return f"[{diagnostic.rule}] points into {span.path!r}, which was not read"
        if not 1 <= span.line <= reader.files[span.path].count("\n") + 1:
            return f"[{diagnostic.rule}] points at line {span.line} of a file with fewer"
        if span.column < 1 or span.end < span.column:
            return f"[{diagnostic.rule}] points at columns {span.column} to {span.end}"
    return ""


def _of_printing(loaded: Loaded) -> str:
    written = printing.written(loaded.config)
    again = load(MAIN, Watched({MAIN: written}), World())
    if again.config == loaded.config:
        return ""
    both = {
        field: (getattr(loaded.config, field), getattr(again.config, field))
        for field in loaded.config.__struct_fields__
    }
    different = {field: pair for field, pair in both.items() if pair[0] != pair[1]}
    details = [f"{field}: {one!r}\nbecomes {other!r}" for field, (one, other) in different.items()]
    return "\n".join([written, *details, f"printed and read again there is another {', '.join(different)}"])


def _of_memory(loaded: Loaded, files: dict[str, str], before: str) -> str:
    memory = Kept()
    load(MAIN, Memory({**files, MAIN: before}), World(), memory=memory)
    again = load(MAIN, Memory(files), World(), memory=memory)
    if again.config != loaded.config:
        return "with what was kept of the text before it is another configuration"
    if again.diagnostics != loaded.diagnostics:
        return "with what was kept of the text before there are other diagnostics"
    return ""
