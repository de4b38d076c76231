"""Message to bytes and back: msgspec's MessagePack, decoded against the closed set that the reader may get."""

from typing import Generic, TypeVar

import msgspec

from kad.errors import ProtocolError
from kad.ipc.messages import FromLoader, FromRunner, FromWorker, Message, ToChecker, ToRunner, ToVrrp

_ENCODER = msgspec.msgpack.Encoder()
M = TypeVar("M")


def encode(message: Message) -> bytes:
    """The bytes of a message, for the decoder at the other end."""
    return _ENCODER.encode(message)


class Decoder(Generic[M]):
    """Reads the messages of one union; ProtocolError for anything else."""

    def __init__(self, expected: type[M]) -> None:
        self._decoder = msgspec.msgpack.Decoder(expected)

    def __call__(self, payload: bytes) -> M:
        """The message in these bytes."""
        try:
            return self._decoder.decode(payload)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise ProtocolError(str(error)) from error


# mypy has no type for "a union as a value", so each says its type twice.
to_vrrp: Decoder[ToVrrp] = Decoder(ToVrrp)  # type: ignore[arg-type]
to_checker: Decoder[ToChecker] = Decoder(ToChecker)  # type: ignore[arg-type]
to_runner: Decoder[ToRunner] = Decoder(ToRunner)  # type: ignore[arg-type]
from_worker: Decoder[FromWorker] = Decoder(FromWorker)  # type: ignore[arg-type]
from_runner: Decoder[FromRunner] = Decoder(FromRunner)  # type: ignore[arg-type]
from_loader: Decoder[FromLoader] = Decoder(FromLoader)
