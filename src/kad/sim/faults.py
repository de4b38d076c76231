"""What goes wrong, drawn from the seed. Each fault begins and ends; some last until a later episode.

A fault is drawn with its time and put on the clock; the end of all of them is what the bounds count from (watch.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from kad.sim.clock import Clock
from kad.sim.machine import Machine
from kad.sim.network import Network, Path, Weather
from kad.sim.plan import reprioritised
from kad.units import SECOND, Micros

LASTS = 0.3
"""How often a stop, a dead machine or a dead interface is not mended in its own episode."""


@dataclass
class Trouble:
    """All faults of one episode. `ends`: when the last one has; `stopped`: whether a clean stop is the only one."""

    clock: Clock
    random: Random
    network: Network
    machines: dict[str, Machine]
    unit: Micros
    note: Callable[[str, str], None]
    ends: Micros
    repairs: list[tuple[str, Callable[[], None]]] = field(default_factory=list)
    stopped: bool = False

    def draw(self) -> None:
        """Perhaps mend what lasts, then one to four faults."""
        repairs = 0
        if self.random.random() < 0.7:
            for text, repair in self.repairs:
                repairs += 1
                self._at(self._moment(2), "repair", text, repair)
            self.repairs.clear()
        if self.random.random() < 0.25 and not repairs:  # alone, so that the shortest bounds can be held against it
            self._stop(lasting=True)
            self.stopped = True
            return
        kinds = (
            self._weather, self._partition, self._one_way, self._stall, self._flap, self._vanish, self._crash,
            self._power, self._stop, self._reload, self._snatch,
        )  # fmt: skip
        for _ in range(self.random.choice((1, 1, 2, 3, 4))):
            self.random.choice(kinds)()

    def _at(self, when: Micros, who: str, text: str, do: Callable[[], None], settles: int = 0) -> None:
        def happen() -> None:
            self.note(who, text)
            do()

        self.clock.at(when, happen)
        self.ends = max(self.ends, Micros(when + settles))

    def _moment(self, units: float, after: Micros | None = None) -> Micros:
        """Some time within so many units of now, or of a moment."""
        begin = self.clock.now if after is None else after
        return Micros(begin + self.random.randint(1, max(int(units * self.unit), 1)))

    def _span(self) -> tuple[Micros, Micros]:
        """When a fault begins and ends: some are short, some longer than any wait for a master."""
        begins = self._moment(3)
        return begins, self._moment(self.random.choice((0.1, 1, 3, 7)), begins)

    def _machine(self) -> Machine:
        return self.random.choice([*self.machines.values()])

    def _lan(self) -> str:
        return self.random.choice(self._lans())

    def _lans(self) -> list[str]:
        return sorted({one.interface for m in self.machines.values() for one in m.share.instances})

    # The network

    def _weather(self) -> None:
        lan, (begins, ends) = self._lan(), self._span()
        weather = Weather(
            loss=self.random.choice((0, 0.1, 0.3, 0.6, 0.9)),
            twice=self.random.choice((0, 0, 0.3)),
            late=int(self.random.choice((0, 0.1, 1, 2.5)) * self.unit),
        )
        said = f"loses {weather.loss:.0%}, repeats {weather.twice:.0%}, delays by up to {weather.late / SECOND:g} s"
        self._at(begins, lan, said, partial(self._set_weather, lan, weather))
        self._at(ends, lan, "good weather", partial(self._set_weather, lan, Weather()), settles=weather.late)

    def _set_weather(self, lan: str, weather: Weather) -> None:
        self.network.weather[lan] = weather

    def _partition(self) -> None:
        names = [*self.machines]
        side = self.random.sample(names, self.random.randint(1, len(names) - 1))
        pairs = [(a, b) for a in names for b in names if (a in side) != (b in side)]
        self._cut(pairs, f"{' '.join(sorted(side))} cut off from the others")

    def _one_way(self) -> None:
        a, b = self.random.sample([*self.machines], 2)
        self._cut([(a, b)], f"{b} does not hear {a}")

    def _cut(self, pairs: list[tuple[str, str]], text: str) -> None:
        lans = self._lans() if self.random.random() < 0.3 else [self._lan()]
        begins, ends = self._span()
        for lan in lans:
            paths = [Path(lan, a, b) for a, b in pairs]
            self._at(begins, lan, text, partial(self._set_cut, paths, cut=True))
            self._at(ends, lan, f"no longer: {text}", partial(self._set_cut, paths, cut=False))

    def _set_cut(self, paths: list[Path], *, cut: bool) -> None:
        for path in paths:
            self.network.set_cut(path, cut=cut)

    # The machines

    def _stall(self) -> None:
        machine, (begins, ends) = self._machine(), self._span()
        self._at(begins, machine.name, "stalls", machine.stall)
        self._at(ends, machine.name, "wakes", machine.wake)

    def _mends(self, when: Micros, who: str, text: str, do: Callable[[], None], *, lasting: bool | None = None) -> None:
        """Mend it then, or in a later episode."""
        if self.random.random() < LASTS if lasting is None else lasting:
            self.repairs.append((f"{who} {text}", do))
        else:
            self._at(when, who, text, do)

    def _flap(self) -> None:
        machine, lan = self._machine(), self._lan()
        begins, ends = self._span()

        def carrier(*, up: bool) -> None:
            if lan in machine.kernel.links:
                machine.kernel.links[lan].up = up
                machine.touch()
                machine.links_changed()

        self._at(begins, machine.name, f"{lan} loses its carrier", partial(carrier, up=False))
        self._mends(ends, machine.name, f"{lan} has a carrier", partial(carrier, up=True))

    def _vanish(self) -> None:
        machine, lan = self._machine(), self._lan()
        begins, ends = self._span()

        def change(do: Callable[[str], None]) -> None:
            do(lan)
            machine.touch()
            machine.links_changed()

        self._at(begins, machine.name, f"{lan} is deleted", partial(change, machine.kernel.delete))
        self._mends(ends, machine.name, f"{lan} is made anew", partial(change, machine.kernel.create))

    def _crash(self) -> None:
        machine, (begins, ends) = self._machine(), self._span()
        self._at(begins, machine.name, "kad is killed", machine.kill)
        self._at(ends, machine.name, "kad is started", machine.start)

    def _power(self) -> None:
        machine, (begins, ends) = self._machine(), self._span()
        self._at(begins, machine.name, "power off", machine.power_off)
        self._mends(ends, machine.name, "power on", machine.power_on)

    def _stop(self, *, lasting: bool | None = None) -> None:
        machine, (begins, ends) = self._machine(), self._span()
        self._at(begins, machine.name, "kad is stopped", machine.stop)
        self._mends(ends, machine.name, "kad is started", machine.start, lasting=lasting)

    def _reload(self) -> None:
        machine, share = self._machine(), None
        share = reprioritised(self.random, machine.share)
        said = ", ".join(f"{one.name} {one.base_priority}" for one in share.instances)
        self._at(self._moment(4), machine.name, f"reload, priority {said}", partial(machine.reload, share))

    def _snatch(self) -> None:
        """Somebody removes a virtual address, where one is then."""

        def snatch() -> None:
            for machine in self.machines.values():
                for interface, address in sorted(machine.kernel.virtual):
                    link = machine.kernel.links[interface]
                    self.note(machine.name, f"somebody removes {address} from {interface}")
                    del link.virtual[address]
                    machine.snatched(link.index, address)
                    return

        self._at(self._moment(4), "somebody", "looks for an address to remove", snatch)
