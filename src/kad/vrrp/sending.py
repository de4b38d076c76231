"""What a router puts on the wire: its adverts to the group or to each peer, signed as it is configured. Pure.

Not here: the bytes of one advert (packet.py), when one is sent (router.py), sockets (process.py).
"""

from kad.vrrp.packet import AH_PROTOCOL, PROTOCOL, Adverts, IPAddress
from kad.vrrp.router import Router
from kad.vrrp.settings import RouterSettings

Copies = tuple[tuple[IPAddress, bytes], ...]
"""One advert: where each copy goes, and its bytes (over IPv4 with the header)."""


class Sender:
    """One router's adverts. All copies of one carry the same identification, AH number and trailer (1.1, 1.5, 1.6)."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self._identification = 0
        self._made: tuple[RouterSettings, IPAddress, tuple[Adverts, ...]] | None = None

    def copies(self, priority: int) -> Copies:
        """The next advert. The identification counts from 1 and skips 0 (reference vrrp.md 1.1)."""
        settings, source = self.router.settings, self.router.facts.source
        assert source is not None, "a router that sends has an address to send from"
        if self._made is None or self._made[0] is not settings or self._made[1] != source:
            self._made = (settings, source, _adverts(settings, source))
        every = self._made[2]
        self._identification = self._identification % 0xFFFF + 1
        security = self.router.security
        if settings.ah_key:
            number = security.counter.following()
            return tuple((one.destination, self._with_header(one, priority, number)) for one in every)
        trailer = security.trailer(every[0], priority)
        return tuple(
            (one.destination, one.header(self._identification) + one.message(priority, trailer) + trailer)
            for one in every
        )

    def _with_header(self, adverts: Adverts, priority: int, number: int) -> bytes:
        header, message = adverts.header(self._identification), adverts.message(priority)
        return header + self.router.security.header(header, message, number) + message


def _adverts(settings: RouterSettings, source: IPAddress) -> tuple[Adverts, ...]:
    return tuple(
        Adverts(
            version=settings.version,
            vrid=settings.vrid,
            interval=settings.wire_interval,
            addresses=settings.advertised,
            source=source,
            destination=destination,
            auth_type=settings.auth_type,
            auth_data=settings.auth_data,
            ttl=settings.ttl,
            protocol=AH_PROTOCOL if settings.ah_key else PROTOCOL,
            extra=settings.extra,
            checksum_as_v2=settings.checksum_as_v2,
        )
        for destination in settings.destinations
    )
