"""Settings of network interfaces below /proc/sys/net: set for as long as they are wanted, then as they were."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from kad.log import logger

log = logger("vrrp")

_ROOT = Path("/proc/sys/net")


class Setting(NamedTuple):
    """One setting of one interface; `all` and `default` are such too."""

    family: int
    interface: str
    name: str

    @property
    def path(self) -> Path:
        """Where the kernel has it."""
        return _ROOT / ("ipv4" if self.family == 4 else "ipv6") / "conf" / self.interface / self.name

    def __str__(self) -> str:
        return f"net.ipv{self.family}.conf.{self.interface}.{self.name}"


Before = Mapping[Setting, str]
"""What settings were before they were changed."""


def read(setting: Setting) -> str | None:
    """Its value; None when there is no such setting, or no such interface."""
    with suppress(OSError):
        return setting.path.read_text().strip()
    return None


def write(setting: Setting, value: str) -> None:
    """Set it, unless it is so already or there is no such setting; a refusal is logged."""
    if read(setting) in (None, value):
        return
    try:
        setting.path.write_text(value)
    except OSError as error:
        log.warning("can't set sysctl %s to %s: %s", setting, value, os.strerror(error.errno or 0))


def interfaces() -> tuple[str, ...]:
    """All that have settings but the loopback; `all` and `default` are not among them."""
    with suppress(OSError):
        return tuple(sorted({entry.name for entry in (_ROOT / "ipv4" / "conf").iterdir()} - {"all", "default", "lo"}))
    return ()


class Settings:
    """Those that are changed while they are wanted. `told` is called with what was before, when that is more or less.

    What somebody else changed in the meantime is left as it is.
    """

    def __init__(self, told: Callable[[Before], None]) -> None:
        self.before: dict[Setting, str] = {}
        self._set: dict[Setting, str] = {}
        self._told = told

    def inherit(self, before: Before) -> None:
        """What a process that is dead had changed: it is to be restored as if it had been changed here."""
        for setting, value in before.items():
            self.before.setdefault(setting, value)
            current = read(setting)
            if current is not None:
                self._set.setdefault(setting, current)

    def follow(self, wanted: Mapping[Setting, str]) -> None:
        """Have these set, and those that are not wanted any more as they were before."""
        known = dict(self.before)
        for setting in [setting for setting in self.before if setting not in wanted]:
            self._restore(setting)
        for setting, value in wanted.items():
            current = read(setting)
            if current is None:
                continue
            if setting not in self.before and current != value:
                self.before[setting] = current
        if self.before != known:
            self._told(self.before)  # before anything is changed: whoever takes over must know
        for setting, value in wanted.items():
            current = read(setting)
            if current not in (None, value):
                log.info("NOTICE: setting sysctl %s from %s to %s", setting, current, value)
                write(setting, value)
                self._set[setting] = value

    def _restore(self, setting: Setting) -> None:
        before, ours = self.before.pop(setting), self._set.pop(setting, None)
        current = read(setting)
        if current is not None and current == ours and current != before:
            log.info("NOTICE: resetting sysctl %s to %s", setting, before)
            write(setting, before)
