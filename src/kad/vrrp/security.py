"""What signs one router's adverts and proves those of others: AH's counter and auth_hmac's session. Pure.

The checks that need a memory; those that need none are in validate.py. Unix time comes from a clock that is handed in.
"""

import hmac
from collections.abc import Callable

from kad.vrrp import ah
from kad.vrrp.auth_hmac import Session
from kad.vrrp.packet import Adverts, Reason, Received, Refusal
from kad.vrrp.settings import RouterSettings

UnixClock = Callable[[], int]
"""Unix time in microseconds, whenever it is asked."""


class Security:
    """The memory of one router's authentication. It survives a reload, as far as the keys do."""

    def __init__(self, settings: RouterSettings, unix: UnixClock) -> None:
        self.counter = ah.Counter()
        self._unix = unix
        self._settings = settings
        self._session = None if settings.hmac is None else Session(settings.hmac)

    def reconfigure(self, settings: RouterSettings) -> None:
        """Go on with other settings: what was heard of the others stays known."""
        self._settings = settings
        if settings.hmac is None or self._session is None:
            self._session = None if settings.hmac is None else Session(settings.hmac)
        else:
            self._session.settings = settings.hmac

    # Sending

    def trailer(self, adverts: Adverts, priority: int) -> bytes:
        """auth_hmac's trailer for all copies of the next advert; nothing when there is none."""
        if self._session is None:
            return b""
        return self._session.sign(adverts.source, adverts.unsummed(priority), self._unix())

    def header(self, ip_header: bytes, message: bytes, number: int) -> bytes:
        """AH's header for one copy of an advert."""
        settings = self._settings
        return ah.header(settings.ah_key, ip_header, number, message, multicast=not settings.unicast)

    # Receiving

    def refuses_trailer(self, packet: Received) -> Refusal | None:
        """Row 5 of reference vrrp.md 2."""
        if self._session is None:
            return None
        return self._session.refusal(packet, self._unix(), peers=self._settings.peer_addresses)

    def refuses_header(self, packet: Received) -> Refusal | None:
        """AH's part of row 6c: the check value first, then the sender, then the number, as keepalived does."""
        assert packet.ah is not None, "row 1 has seen to it"
        settings, (spi, number, icv) = self._settings, packet.ah
        message = packet.message[: packet.size]
        if not hmac.compare_digest(
            ah.icv(settings.ah_key, packet.header, message, multicast=not settings.unicast), icv
        ):
            text = "IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password !"
        elif spi != int(packet.source):
            text = f"IPSEC AH : invalid IPSEC SPI value. {spi} and expect {int(packet.source)}"
        elif not self.counter.accept(number):
            seen = f"Packet dropped. Local({self.counter.number})"
            text = f"IPSEC-AH : sequence number {number} already processed. {seen}"
        else:
            return None
        return Refusal(Reason.AUTH_FAILURE, text)

    def remark(self, packet: Received) -> str:
        """What is odd about a trailer that is good, once."""
        return "" if self._session is None else self._session.skew_warning(packet, self._unix())
