"""authentication { … }: the password that VRRPv2 adverts carry in the clear."""

from enum import Enum

from msgspec import Struct


class AuthType(Enum):
    """How adverts are authenticated. AH comes with a later release."""

    PASS = "PASS"  # noqa: S105 - keepalived's word, not a password


class Authentication(Struct, frozen=True, kw_only=True):
    """auth_type and auth_pass (already cut to 8 bytes)."""

    auth_type: AuthType | None = None
    auth_pass: str = ""
