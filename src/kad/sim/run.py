"""From a seed to a verdict: episodes of faults, each followed by a time of quiet in which all must come right."""

import traceback
from dataclasses import dataclass
from functools import partial
from random import Random

from kad.config.schema.vrrp_instance import VrrpInstance
from kad.sim.bounds import SLACK
from kad.sim.clock import START, Clock
from kad.sim.faults import Trouble
from kad.sim.junk import GROUPS, STRANGER, junk
from kad.sim.machine import Machine
from kad.sim.network import Network
from kad.sim.plan import Plan, draw
from kad.sim.watch import Violation, Watch
from kad.units import Micros

EPISODES = (1, 3)
"""The fewest and the most episodes of faults after the start."""


@dataclass(frozen=True)
class Outcome:
    """What came of a seed. `duration` is virtual time; `changes` of a state; `violation` None when all rules held."""

    seed: int
    duration: Micros
    changes: int
    history: list[str]
    violation: Violation | None


class Simulation:
    """One seed's world. Nothing in it asks the real clock or the real world anything."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - it is to be the same each time
        self._clock = Clock()
        self._network = Network(self._clock, self._random)
        self._plan: Plan = draw(self._random)
        self._watch = Watch(self._clock, self._network, self._plan)
        world = (self._clock, self._random, self._network)
        self._machines = {
            name: Machine(name, self._plan.own(name), share, world, self._watch)
            for name, share in self._plan.shares.items()
        }
        self._watch.machines = self._machines
        self._trouble = Trouble(
            self._clock, self._random, self._network, self._machines, self._plan.unit, self._watch.note, START
        )

    def run(self) -> None:
        """All episodes; raises Violation."""
        for line in self._plan.describe():
            self._watch.note("plan", line)
        if self._plan.junk:
            self._watch.note("plan", f"host {STRANGER} sends junk")
            self._send_junk()
        for machine in self._machines.values():
            when = Micros(self._clock.now + self._random.randint(0, self._plan.unit))
            self._clock.at(when, machine.start)
        self._clock.run(Micros(START + self._plan.unit))
        self._quiet(resigned=False)
        for _ in range(self._random.randint(*EPISODES)):
            self._trouble.ends, self._trouble.stopped = self._clock.now, False
            self._trouble.draw()
            self._clock.run(self._trouble.ends)
            self._quiet(resigned=self._trouble.stopped)

    def outcome(self, seed: int) -> Outcome:
        """Run, and say what came of it."""
        violation = None
        try:
            self.run()
        except Violation as found:
            violation = found
        except Exception as error:  # noqa: BLE001 - whatever a node raises is what is looked for, too
            lines = traceback.format_exception(error)
            violation = self._watch.violated("raises", "".join([f"{error!r}\n", *lines]).rstrip())
        duration = Micros(self._clock.now - START)
        return Outcome(seed, duration, self._watch.changes, self._watch.history, violation)

    def _quiet(self, *, resigned: bool) -> None:
        begins = self._clock.now
        bounds = self._watch.bounds(resigned=resigned)
        self._watch.note("quiet", "no more faults")
        self._clock.run(Micros(begins + min(SLACK, bounds.owner)))
        self._watch.remember()
        self._clock.run(Micros(begins + bounds.owner))
        self._watch.expect_owner()
        self._clock.run(Micros(begins + bounds.settled))
        self._watch.expect_rest()
        self._clock.run(Micros(begins + bounds.settled + bounds.watch))
        self._watch.expect_rest()
        self._watch.disturb()

    def _send_junk(self) -> None:
        """Junk, to one virtual router after the other, and again some time later."""
        instances: dict[str, VrrpInstance] = {
            one.name: one for share in self._plan.shares.values() for one in share.instances
        }
        for one in instances.values():
            targets = [GROUPS[one.family]]
            if one.unicast_peer:
                number = 0 if one.family == 4 else 1
                targets = [self._plan.own(name)[one.interface][number] for name in self._machines]
            for target in targets:
                self._network.send(one.interface, "stranger", junk(self._random, one, target))
        self._clock.after(self._random.randint(1, self._plan.unit), partial(self._send_junk))


def simulate(seed: int) -> Outcome:
    """What comes of this seed: always the same."""
    return Simulation(seed).outcome(seed)
