"""What a LAN does to datagrams, in good weather and in bad."""

from ipaddress import IPv4Address
from random import Random

import pytest

from kad.sim.clock import START, Clock
from kad.sim.network import SLOWEST, Datagram, Network, Path, Weather
from kad.units import SECOND, Micros

HELLO = Datagram(IPv4Address("192.0.2.1"), IPv4Address("224.0.0.18"), 255, b"hello")


class Room:
    """Three machines on a LAN, and what each has heard, when."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.network = Network(self.clock, Random(1))
        self.heard: dict[str, list[int]] = {"a": [], "b": [], "c": []}
        for name in self.heard:
            self.network.plug("lan", name, lambda _lan, _datagram, name=name: self._hear(name))  # type: ignore[misc]

    def _hear(self, name: str) -> None:
        self.heard[name].append(self.clock.now - START)

    def say(self, times: int = 1) -> None:
        for _ in range(times):
            self.network.send("lan", "a", HELLO)
        self.clock.run(Micros(self.clock.now + 10 * SECOND))


def test_all_others_hear_and_soon() -> None:
    room = Room()
    room.say()
    assert [len(room.heard[name]) for name in "abc"] == [0, 1, 1]
    assert max(room.heard["b"] + room.heard["c"]) <= SLOWEST
    assert room.network.touched == {}


def test_cut_path_carries_nothing_one_way() -> None:
    room = Room()
    room.network.set_cut(Path("lan", "a", "b"), cut=True)
    room.say()
    assert [len(room.heard[name]) for name in "abc"] == [0, 0, 1]
    room.network.set_cut(Path("lan", "a", "b"), cut=False)
    room.say()
    assert [len(room.heard[name]) for name in "abc"] == [0, 1, 2]


@pytest.mark.parametrize(("weather", "fewest", "most"), [(Weather(loss=0.5), 20, 80), (Weather(twice=0.5), 120, 180)])
def test_weather_loses_and_repeats(weather: Weather, fewest: int, most: int) -> None:
    room = Room()
    room.network.weather["lan"] = weather
    room.say(100)
    assert fewest < len(room.heard["b"]) < most
    assert Path("lan", "a", "b") in room.network.touched


def test_datagrams_arrive_in_order_in_good_weather() -> None:
    room = Room()
    heard: list[bytes] = []
    room.network.plug("lan", "d", lambda _lan, datagram: heard.append(datagram.content))
    for number in range(50):
        room.network.send("lan", "a", HELLO._replace(content=bytes([number])))
    room.say()
    assert heard == [*(bytes([number]) for number in range(50)), b"hello"]


def test_late_datagrams_overtake_each_other() -> None:
    room = Room()
    room.network.weather["lan"] = Weather(late=1_000_000)
    room.say(20)
    assert len(room.heard["b"]) == 20
    assert max(room.heard["b"]) > 500_000
