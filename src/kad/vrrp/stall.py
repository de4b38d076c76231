"""A master that slept: whether somebody else must have taken over meanwhile (timer_expired_backup). Pure.

A process may be stopped, a virtual machine frozen. With preemption a master that wakes is right to go on: it would win
the election anyhow. Without, the one that took over must not be displaced (reference vrrp.md 3.7).
"""

from kad.units import SECOND, Micros
from kad.vrrp.settings import RouterSettings

ADVERTS_MISSED = 3
"""How many adverts of ours the others do without; we can't know what their down_timer_adverts is."""


def overtaken(settings: RouterSettings, due: Micros, now: Micros) -> bool:
    """Whether it is so, when the advert that was `due` is not sent yet."""
    highest = settings.timer_expired_backup
    if highest is None:
        return False
    skew = (256 - highest) * (SECOND if settings.version == 2 else settings.advert_int) // 256
    sent = due - settings.advert_int
    return now - sent > ADVERTS_MISSED * settings.advert_int + skew
