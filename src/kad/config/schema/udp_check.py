"""UDP_CHECK { … }: a server is up when nothing says that a datagram did not arrive, or when it answers rightly."""

from typing import Annotated

from kad.config.check_kinds import Bytes
from kad.config.fields import keyword
from kad.config.kinds import Int
from kad.config.schema.tcp_check import Connection

_LENGTH = Int(0, 65535)


class UdpCheck(Connection, frozen=True, kw_only=True, tag="UDP_CHECK"):
    """The server is up when no ICMP error answers a datagram, and the reply is right where one is asked for.

    `require_reply` None: silence is good; "": any reply is; else hexadecimal with X for any digit.
    """

    payload: Annotated[str | None, keyword(Bytes(), "the bytes to send", otherwise="bytes that keepalived chooses")] = (
        None
    )
    require_reply: Annotated[
        str | None,
        keyword(
            Bytes(wild=True),
            "there must be a reply, which begins with these bytes; an X stands for any digit",
            fallback="",
            otherwise="off",
        ),
    ] = None
    min_reply_length: Annotated[int, keyword(_LENGTH, "the bytes that a reply must have at least")] = 0
    max_reply_length: Annotated[int, keyword(_LENGTH, "the bytes that a reply may have at most")] = 255
