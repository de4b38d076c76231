"""auth_hmac { … }: adverts that are signed and verified with HMAC-SHA256, an extension of keepalived."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import keyword
from kad.config.kinds import Int, Seconds, choice
from kad.config.vrrp_kinds import HmacKey, Key
from kad.units import SECOND, Micros


class AuthHmac(Struct, frozen=True, kw_only=True):
    """The keys and how strict it is. `time_window` None: three advert intervals, at least 5 s and at most 300 s."""

    key: Annotated[
        tuple[HmacKey, ...],
        keyword(Key(), "a shared secret of 32 to 64 bytes, by its number", adds=True, since="2.4.3", acts=True),
    ] = ()
    active_key: Annotated[
        int | None,
        keyword(Int(1, 255), "the key that is sent with", since="2.4.3", otherwise="none, it must be said", acts=True),
    ] = None
    time_window: Annotated[
        Micros | None,
        keyword(
            Seconds(SECOND, Micros(300 * SECOND), decimals=0),
            "how far clocks may differ",
            since="2.4.3",
            otherwise="three advert intervals, at least 5 and at most 300",
            acts=True,
        ),
    ] = None
    anti_replay: Annotated[
        str, keyword(choice("time", "monotonic"), "what an old advert is known by", since="2.4.3", acts=True)
    ] = "time"
    mode: Annotated[
        str,
        keyword(
            choice("enforce", "permissive", "receive-only"),
            "whether unsigned adverts are accepted",
            since="2.4.3",
            acts=True,
        ),
    ] = "enforce"
