"""The pipes that notifications are told to, and the user's programs that read them. Part of the runner's shell.

A line goes to every pipe that is configured for it. One that is full loses the line, which is counted and said; nothing
ever waits for a reader. A program that reads a pipe is started with it, again at a reload, and told to end only when
all lines, those of the stop too, have been in the pipe for a moment (reference vrrp.md 9.2; 13, weakness 19).
"""

import subprocess

from kad.config.global_kinds import Pipe
from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.script import Script
from kad.log import logger
from kad.system import scripts
from kad.system.fifo import Fifo

log = logger("runner")

VRRP = ("notify_fifo", "vrrp_notify_fifo")
"""The keywords of the pipes that get what the VRRP worker tells; each has one of a reader, NAME_script."""


class Pipes:
    """The pipes and readers that the configuration wants."""

    def __init__(self) -> None:
        self._pipes: dict[str, tuple[Pipe, Fifo]] = {}
        self._readers: list[subprocess.Popen[bytes]] = []

    def configure(self, settings: GlobalDefs) -> None:
        """Have these pipes and no others, and their readers started anew."""
        wanted = {name: getattr(settings, name) for name in VRRP}
        self.end_readers()
        for name, (pipe, fifo) in list(self._pipes.items()):
            if wanted[name] != pipe:
                fifo.close()
                del self._pipes[name]
        for name, pipe in wanted.items():
            if pipe is not None and name not in self._pipes:
                self._open(name, pipe, settings)
            reader: Script | None = getattr(settings, f"{name}_script")
            if name in self._pipes and reader is not None:
                self._start(reader, self._pipes[name][1].path, settings)

    def tell(self, line: str) -> None:
        """Tell a line of the VRRP worker's."""
        for _, fifo in self._pipes.values():
            outcome = fifo.write(line)
            if outcome:
                log.warning("vrrp notify fifo %s: %s", fifo.path, outcome)

    @property
    def read(self) -> bool:
        """Whether a program of ours reads one of them."""
        self._readers = [reader for reader in self._readers if reader.poll() is None]
        return bool(self._readers)

    def end_readers(self) -> None:
        """Tell the programs that read to end."""
        for reader in self._readers:
            if reader.poll() is None:
                scripts.signal_group(reader.pid, kill=False)
        self._readers = []

    def close(self) -> None:
        """Have no pipes any more."""
        self.end_readers()
        for _, fifo in self._pipes.values():
            fifo.close()
        self._pipes.clear()

    def _open(self, name: str, pipe: Pipe, settings: GlobalDefs) -> None:
        user, group = pipe.user, pipe.group
        if user is None:
            user, group = settings.script_user, settings.script_group
        try:
            self._pipes[name] = pipe, Fifo(pipe.path, scripts.identity(user, group))
        except (OSError, scripts.Unknown) as error:
            reason = error.strerror if isinstance(error, OSError) else f"no such {error}"
            log.error("can't use %s %s: %s", name, pipe.path, reason)

    def _start(self, reader: Script, path: str, settings: GlobalDefs) -> None:
        user, group = reader.user, reader.group
        if user is None:
            user, group = settings.script_user, settings.script_group
        command = Script(argv=(*reader.argv, path), user=user, group=group)
        try:
            self._readers.append(scripts.start(command, scripts.identity(user, group)))
        except (OSError, ValueError, scripts.Unknown) as error:
            log.error("can't run %s: %s", reader.argv[0], error)
