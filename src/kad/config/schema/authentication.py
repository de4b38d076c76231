"""authentication { … }: the password that VRRPv2 adverts carry in the clear."""

from enum import Enum
from typing import Annotated

from msgspec import Struct

from kad.config.fields import keyword
from kad.config.kinds import Choice
from kad.config.vrrp_kinds import Password


class AuthType(Enum):
    """How adverts are authenticated."""

    PASS = "PASS"  # noqa: S105 - keepalived's word, not a password
    AH = "AH"


_TYPES = Choice({kind.value: kind for kind in AuthType})


class Authentication(Struct, frozen=True, kw_only=True):
    """auth_type and auth_pass (already cut to 8 bytes)."""

    auth_type: Annotated[
        AuthType | None, keyword(_TYPES, "a plain password, or a signature in an IPsec header", acts=True)
    ] = None
    auth_pass: Annotated[
        str, keyword(Password(), "the password, of which 8 bytes count", example="auth_pass k4dk4dk4", acts=True)
    ] = ""
