"""authentication { … }: the password that VRRPv2 adverts carry in the clear."""

from enum import Enum
from typing import Annotated

from msgspec import Struct

from kad.config.fields import keyword
from kad.config.kinds import Choice, Word


class AuthType(Enum):
    """How adverts are authenticated. AH comes with a later release."""

    PASS = "PASS"  # noqa: S105 - keepalived's word, not a password


class Authentication(Struct, frozen=True, kw_only=True):
    """auth_type and auth_pass (already cut to 8 bytes)."""

    # AH is read, so that a rule can say what its absence means; it never gets into the Struct.
    auth_type: Annotated[AuthType | None, keyword(Choice({"PASS": AuthType.PASS, "AH": "AH"}), "how: PASS")] = None
    auth_pass: Annotated[str, keyword(Word(), "the password, of which 8 bytes count")] = ""
