"""Network namespaces: entering one for good, and asking something in one from outside."""

import ctypes
import os
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

FOLDER = "/run/netns"
"""Where ip(8) keeps them by name."""

_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


def enter(name: str) -> None:
    """Have this thread, and the processes it starts, in a namespace from now on; OSError when it can't be."""
    fd = os.open(f"{FOLDER}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _LIBC.setns(fd, _CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), name)
    finally:
        os.close(fd)


def inside(name: str, question: Callable[[], T]) -> T:
    """The answer to a question that is asked in a namespace; this process stays where it is. OSError as of `enter`."""
    answers: list[T] = []
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            enter(name)
            answers.append(question())
        except BaseException as error:  # noqa: BLE001 - it is raised again where the question was asked
            errors.append(error)

    # A namespace belongs to a thread: one that ends takes it along.
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return answers[0]


def problem(name: str) -> str:
    """Why a namespace can't be entered, in words; nothing when it can."""
    try:
        inside(name, lambda: None)
    except OSError as error:
        return error.strerror or str(error)
    return ""
