"""One end of a SOCK_SEQPACKET pair: whole messages out and in, and nothing waits but an exit (`drain`).

A message longer than a frame travels as several. What the other end has not room for waits in a bounded queue here;
past the bound a message is dropped and counted. What is in a message is not this module's affair (`ipc/`).
"""

import select
import socket
import time
from collections import deque
from collections.abc import Callable

from kad.errors import ChannelClosed, ProtocolError

FRAME = 60_000
"""Most bytes a frame carries: well below net.core.wmem_default, so that several fit into a socket."""

DROPPABLE_LIMIT = 256 * 1024
"""Bytes that may wait before log lines and the like are dropped."""

LIMIT = 256 * 1024 * 1024
"""Bytes that may wait at all: a configuration of any size passes, a stopped reader does not eat the machine."""

_LAST, _MORE = b"\0", b"\1"
_BUFFER = 1024 * 1024


class Channel:
    """A process's line to another. Readable and writable like a socket: `fileno()`, `wants_write`."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._partial: list[bytes] = []
        self._partial_bytes = 0
        self.dropped = 0
        self.on_waiting: Callable[[], None] | None = None
        """Called when a message could not be sent at once: watch for writability, then call `flush`."""

    def fileno(self) -> int:
        """The descriptor to watch."""
        return self._socket.fileno()

    @property
    def closed(self) -> bool:
        """Whether this end has been closed."""
        return self._socket.fileno() < 0

    @property
    def wants_write(self) -> bool:
        """Whether frames wait for room."""
        return bool(self._waiting)

    def send(self, payload: bytes, *, droppable: bool = False) -> bool:
        """Send a message or queue it; False when it was dropped. Never blocks, never raises."""
        limit = DROPPABLE_LIMIT if droppable else LIMIT
        if self._waiting_bytes + len(payload) > limit:
            self.dropped += 1
            return False
        for start in range(0, max(len(payload), 1), FRAME):
            mark = _MORE if start + FRAME < len(payload) else _LAST
            self._waiting.append(mark + payload[start : start + FRAME])
        self._waiting_bytes += len(payload)
        self.flush()
        if self._waiting and self.on_waiting is not None:
            self.on_waiting()
        return True

    def flush(self) -> None:
        """Send what waits, as far as there is room. A closed other end shows at the next `receive`."""
        while self._waiting:
            try:
                self._socket.send(self._waiting[0])
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self._waiting.clear()
                self._waiting_bytes = 0
                return
            self._waiting_bytes -= len(self._waiting.popleft()) - 1

    def receive(self, most: int = 64) -> list[bytes]:
        """The messages that have come, at most about `most`; ChannelClosed at the end of the last one.

        ChannelClosed is raised only by a call that finds nothing else, so nothing that was sent is lost.
        """
        messages: list[bytes] = []
        for _ in range(most):
            try:
                frame = self._socket.recv(_BUFFER)
            except (BlockingIOError, InterruptedError):
                break
            except ConnectionResetError:
                # The other end was closed with messages from us unread. That is told once, before what it sent.
                continue
            if not frame:
                if messages:
                    break
                raise ChannelClosed
            self._assemble(frame, messages)
        return messages

    def _assemble(self, frame: bytes, messages: list[bytes]) -> None:
        if frame[:1] not in (_LAST, _MORE):
            raise ProtocolError("a frame that is neither the last nor one of several")
        self._partial.append(frame[1:])
        self._partial_bytes += len(frame)
        if self._partial_bytes > LIMIT:
            raise ProtocolError("a message without end")
        if frame[:1] == _LAST:
            messages.append(b"".join(self._partial))
            self._partial.clear()
            self._partial_bytes = 0

    def drain(self, seconds: float) -> None:
        """Before an exit: wait, but no longer than this, until what waits is sent."""
        end = time.monotonic() + seconds
        while self._waiting and (left := end - time.monotonic()) > 0:
            select.select([], [self._socket], [], left)
            self.flush()

    def close(self) -> None:
        """Close this end; the other one sees ChannelClosed."""
        self._socket.close()


def pair() -> tuple[Channel, Channel]:
    """The two ends of a new channel: one stays, the other goes to the child."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return Channel(one), Channel(other)
