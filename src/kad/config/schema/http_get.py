"""HTTP_GET { … }: a server is up when each url answers as expected."""

from msgspec import Struct

from kad.config.schema.tcp_check import Connection


class Url(Struct, frozen=True, kw_only=True):
    """url { … }: one request and what its answer must be."""

    path: str
    digest: str | None = None
    status_code: tuple[tuple[int, int], ...] = ()
    virtualhost: str | None = None


class HttpGet(Connection, frozen=True, kw_only=True, tag="HTTP_GET"):
    """The urls of one checker, asked one per delay_loop. `http_protocol` is "1.0", "1.0C" or "1.1"."""

    url: tuple[Url, ...]
    virtualhost: str | None = None
    http_protocol: str = "1.0"
    fast_recovery: bool = False
