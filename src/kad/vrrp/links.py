"""Which interfaces count as up: those that are, unless a change must last first (reference vrrp.md 7.1). Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kad.config.schema.interface_up_down_delays import UpDownDelay
from kad.ipc.messages import ConfigureVrrp
from kad.units import Micros
from kad.vrrp.settings import RouterSettings
from kad.vrrp.settling import Settling


@dataclass(frozen=True)
class LinkWaiting:
    """Who is due when a change of this interface has lasted."""

    name: str


def polled(share: ConfigureVrrp) -> dict[str, str | None]:
    """The interfaces whose carrier is asked for, and by which method; None: the best that it has."""
    every = {one.interface for one in share.instances if share.linkbeat_all or one.linkbeat_use_polling}
    return dict.fromkeys(every) | {one.name: one.method for one in share.linkbeat}


class Links:
    """The interfaces. `up` are those that count; `schedule` is told when one is due, None when never."""

    def __init__(self, schedule: Callable[[LinkWaiting, Micros | None], None]) -> None:
        self._schedule = schedule
        self._delays: Mapping[str, UpDownDelay] = {}
        self._settling: dict[str, Settling] = {}
        self._seen: frozenset[str] = frozenset()

    @property
    def up(self) -> frozenset[str]:
        """The interfaces that count as up."""
        others = self._seen - self._settling.keys()
        return others.union(name for name, state in self._settling.items() if state.good)

    def configure(self, delays: Iterable[UpDownDelay], routers: Iterable[RouterSettings], now: Micros) -> None:
        """These delays hold, each shorter than what the others believe a silent master for (reference keywords)."""
        limits: dict[str, Micros] = {}
        for one in routers:
            limit = Micros((one.down_timer_adverts - 1) * one.advert_int)
            limits[one.interface] = min(limit, limits.get(one.interface, limit))
        self._delays = {
            one.name: UpDownDelay(
                name=one.name,
                down=min(one.down, limits.get(one.name, one.down)),
                up=min(one.up, limits.get(one.name, one.up)),
            )
            for one in delays
        }
        counting = self.up
        for name in self._settling.keys() - self._delays.keys():
            del self._settling[name]
            self._schedule(LinkWaiting(name), None)
        for name in self._delays.keys() - self._settling.keys():
            self._settling[name] = Settling(good=name in counting)
        self.see(self._seen, now)

    def see(self, up: Iterable[str], now: Micros, gone: frozenset[str] = frozenset()) -> frozenset[str]:
        """These interfaces are up now; whose change counts now. One that is `gone` is down without a delay."""
        before = self.up
        self._seen = frozenset(up)
        for name, state in self._settling.items():
            good = name in self._seen and name not in gone
            delay = self._delays[name].up if good else self._delays[name].down
            if name in gone:
                state.good, state.deadline = False, None
            state.see(good=good, now=now, delay=delay)
            self._schedule(LinkWaiting(name), state.deadline)
        return before ^ self.up

    def due(self, name: str, now: Micros) -> frozenset[str]:
        """A change of this one may have lasted long enough; if so, its name."""
        return frozenset({name} if self._settling[name].due(now) else ())
