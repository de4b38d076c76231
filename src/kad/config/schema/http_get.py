"""HTTP_GET { … }: a server is up when each url answers as expected."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import block, keyword
from kad.config.kinds import UNSIGNED, Bool, Choice, Hex, Int, StatusCodes, Word
from kad.config.schema.tcp_check import Connection


class Url(Struct, frozen=True, kw_only=True):
    """url { … }: one request and what its answer must be."""

    path: Annotated[str, keyword(Word(), "what to ask for")]
    digest: Annotated[str | None, keyword(Hex(32), "the MD5 that the body must have", once=True)] = None
    status_code: Annotated[
        tuple[tuple[int, int], ...],
        keyword(StatusCodes(), "the statuses that are good; 200-299 when there is none", adds=True),
    ] = ()
    virtualhost: Annotated[str | None, keyword(Word(), "the Host header", missing="missing-value")] = None


_PROTOCOLS = {"1.0": "1.0", "1.0C": "1.0C", "1.1": "1.1"}


class HttpGet(Connection, frozen=True, kw_only=True, tag="HTTP_GET"):
    """The urls of one checker, asked one per delay_loop. `http_protocol` is "1.0", "1.0C" or "1.1"."""

    url: Annotated[tuple[Url, ...], block(Url, doc="a page to ask for", repeated=True)]
    retry: Annotated[
        int | None,
        keyword(Int(0, UNSIGNED), "attempts more before a server that was up is down", deprecated=("nb_get_retry",)),
    ] = None
    virtualhost: Annotated[
        str | None, keyword(Word(), "the Host header for urls without one", missing="missing-value")
    ] = None
    http_protocol: Annotated[
        str, keyword(Choice(_PROTOCOLS, fold=True), "the version of the request", missing="missing-value")
    ] = "1.0"
    fast_recovery: Annotated[bool, keyword(Bool(), "ask all urls at once at the start and after a failure")] = False
