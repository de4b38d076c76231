"""The fixtures of the lab: a network for one test, gone after it however the test ends, and a pair of directors."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.netns.configs import HMAC, VIPS6, VMAC, VMAC_NAME, Router
from tests.netns.lab import Host, Lab
from tests.netns.programs import Daemon, start_kad, start_keepalived
from tests.netns.wire import Capture

START: dict[str, Callable[..., Daemon]] = {"kad": start_kad, "keepalived": start_keepalived}

STARTED = r"Entering (BACKUP|MASTER|FAULT) STATE"
"""What either program says when it is ready to take part, signals included."""

SAME_AH_NUMBER = re.compile(r"sequence number (\d+) already processed\. Packet dropped\. Local\(\1\)")
"""Two that advertise in the same moment use the same number, and each drops the other's; the next one decides."""

WIRES = {
    "v3": Router(priority=100, version=3, advert_int=0.1),
    "v2": Router(priority=100, version=2, advert_int=1),
    "pass": Router(priority=100, version=2, advert_int=1, auth_pass="s3cret"),
    "ah": Router(priority=100, version=2, advert_int=1, auth_pass="s3cret", auth_type="AH"),
    "group": Router(priority=100, version=3, advert_int=0.1, lines=("mcast_dst_ip 224.0.0.30",)),
    "sum-as-v2": Router(priority=100, version=3, advert_int=0.1, lines=("v3_checksum_as_v2 on",)),
    "hmac-v3": Router(priority=100, version=3, advert_int=0.1, lines=HMAC),
    "hmac-v2": Router(priority=100, version=2, advert_int=1, lines=HMAC),
    "hmac-v6": Router(priority=100, version=3, advert_int=0.1, vips=VIPS6, lines=HMAC),
    "vmac-v3": Router(priority=100, version=3, advert_int=0.1, lines=VMAC, device=VMAC_NAME),
    "vmac-v2": Router(priority=100, version=2, advert_int=1, lines=VMAC, device=VMAC_NAME),
    "vmac-v6": Router(priority=100, version=3, advert_int=0.1, vips=VIPS6, lines=VMAC, device=VMAC_NAME),
    "vmac-base": Router(priority=100, version=3, advert_int=0.1, lines=(*VMAC, "vmac_xmit_base"), device=VMAC_NAME),
    "v6": Router(priority=100, version=3, advert_int=0.1, vips=VIPS6),
    "unicast-v2": Router(priority=100, version=2, advert_int=1, unicast=True),
    "unicast-v3": Router(priority=100, version=3, advert_int=0.1, unicast=True),
    "unicast-v6": Router(priority=100, version=3, advert_int=0.1, unicast=True, vips=VIPS6),
    "unicast-ah": Router(priority=100, version=2, advert_int=1, auth_pass="s3cret", auth_type="AH", unicast=True),
}
"""The ways in which two routers talk here."""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Two directors, "left" 192.0.2.1 and "right" 192.0.2.2, and a "client" on one switch.

    What the daemons logged is printed at the end: pytest shows it when the test failed.
    """
    with Lab(tmp_path, "left", "right", "client") as made:
        yield made
        for file in sorted(tmp_path.glob("*/*.log")):
            print(f"--- {file.parent.name} {file.name}\n{file.read_text(errors='replace')}")


@pytest.fixture
def wire(lab: Lab) -> Iterator[Capture]:
    """What the client's network card sees."""
    with Capture(lab["client"]) as capture:
        yield capture


@dataclass
class Director:
    """A host that serves the address, what it runs and with which configuration."""

    host: Host
    program: str
    router: Router
    daemon: Daemon

    def start_again(self) -> None:
        """Start what was stopped or killed, and wait until it listens."""
        mark = self.daemon.mark()
        self.daemon = START[self.program](self.host, self.router.text())
        self.daemon.wait_for(STARTED, since=mark)

    @property
    def has_the_address(self) -> bool:
        return set(self.router.vips) <= self.host.addresses(self.router.device)

    @property
    def source(self) -> str:
        """Where its adverts come from."""
        return address_of(self.host, self.router)


def address_of(host: Host, router: Router) -> str:
    """The own address that a host speaks VRRP with."""
    if router.family == 4:
        return host.address
    return host.address6 if router.unicast else host.link_local


@dataclass
class Pair:
    """Two directors of one virtual router, priorities 200 on the left and 100 on the right."""

    lab: Lab
    wire: Capture
    left: Director
    right: Director

    @property
    def patience(self) -> float:
        """Seconds in which either of them has certainly taken over, on a busy machine too."""
        return self.right.router.master_down + 5

    def wait_for_master(self, director: Director) -> None:
        """Until this one advertises and has the address, and the other has not got it."""
        other = self.right if director is self.left else self.left
        self.wire.wait_for_advert(director.source, timeout=2 * self.patience, since=len(self.wire.seen))
        deadline = time.monotonic() + self.patience
        while not director.has_the_address or (other.has_the_address and other.daemon.process.poll() is None):
            assert time.monotonic() < deadline, f"{director.host.name} did not become the only master"
            time.sleep(0.02)

    def bad_packets(self) -> list[str]:
        """What either says against the other's adverts, but for what AH can't avoid."""
        every = self.left.daemon.bad_packets() + self.right.daemon.bad_packets()
        return [line for line in every if not SAME_AH_NUMBER.search(line)]

    def bad_counters(self) -> dict[str, int]:
        """What those that still run have counted against the other's adverts, but for what AH can't avoid."""
        counted: dict[str, int] = {}
        for side in (self.left, self.right):
            counted |= {f"{side.program} {name}": count for name, count in side.daemon.bad_counters().items()}
        with_ah = self.right.router.auth_pass is not None and self.right.router.auth_type == "AH"
        return {name: count for name, count in counted.items() if not (with_ah and name.endswith("Failure"))}


@pytest.fixture
def make_pair(lab: Lab, wire: Capture) -> Callable[..., Pair]:
    """Start a program on each side and wait until both listen; `changes` go into both configurations."""

    def make(
        left: str, right: str, wire_name: str = "v3", *, only_left: Router | None = None, **changes: object
    ) -> Pair:
        base = replace(WIRES[wire_name], **changes)  # type: ignore[arg-type]
        if base.family == 6:
            lab.speak_ipv6()
        if base.unicast:
            lab.be_a_hub()
        hosts = (lab["left"], lab["right"])
        own, peer = (address_of(host, base) for host in hosts)
        routers = (
            replace(only_left or replace(base, priority=200), own=own, peer=peer),
            replace(base, own=peer, peer=own),
        )
        directors = [
            Director(host, program, router, START[program](host, router.text()))
            for host, program, router in zip(hosts, (left, right), routers, strict=True)
        ]
        for director in directors:
            director.daemon.wait_for(STARTED)
        return Pair(lab, wire, *directors)

    return make
