"""SSL_GET { … }: HTTP_GET (http_get.py) over TLS."""

from typing import Annotated

from kad.config.fields import block, keyword
from kad.config.kinds import Bool
from kad.config.schema.http_get import Url, WebCheck


class SslUrl(Url, frozen=True, kw_only=True):
    """url { … } of an SSL_GET."""

    tls_compliant: Annotated[
        bool | None,
        keyword(Bool(), "end the connection as TLS asks for; on at the check is on here", otherwise="the check's"),
    ] = None


class SslGet(WebCheck, frozen=True, kw_only=True, tag="SSL_GET"):
    """The server is up when each url answers as expected over TLS. The server's certificate is not verified."""

    tls_compliant: Annotated[bool, keyword(Bool(), "end connections as TLS asks for, for all urls")] = False
    url: Annotated[tuple[SslUrl, ...], block(SslUrl, doc="a page to ask for", repeated=True)]
