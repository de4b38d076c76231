"""SSL { … }: what SSL_GETs show a server that asks who they are."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import keyword
from kad.config.kinds import Word


class SslKeys(Struct, frozen=True, kw_only=True):
    """The client's own certificate, and whose others it trusts."""

    password: Annotated[
        str | None, keyword(Word(), "the password of the private key", again="set-replaced", missing="missing-value")
    ] = None
    ca: Annotated[
        str | None, keyword(Word("PATH"), "the file of the authorities", again="set-replaced", missing="missing-value")
    ] = None
    certificate: Annotated[
        str | None, keyword(Word("PATH"), "the file of the certificate", again="set-replaced", missing="missing-value")
    ] = None
    key: Annotated[
        str | None, keyword(Word("PATH"), "the file of the private key", again="set-replaced", missing="missing-value")
    ] = None
