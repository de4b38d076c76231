"""The demo's first part: an address that survives its director."""

import sys
import time
from dataclasses import replace
from pathlib import Path

from tests.demo.story import Story
from tests.demo.traffic import Browser
from tests.netns.configs import VIP, Router
from tests.netns.lab import Host, Lab
from tests.netns.programs import Daemon, start_kad
from tests.netns.wire import Capture, Client

BACKUP = Router(priority=100, version=2, advert_int=1)
MASTER = replace(BACKUP, priority=200)

ROOT = Path(__file__).parent.parent.parent

EXPLANATION = (
    f"Two directors share one address, {VIP}. The one in charge, the master, says so every second (that is VRRP);"
    " the other listens. When it has heard nothing for three seconds and a bit, it takes the address over and tells"
    " everyone on the wire. A client fetches pages from that address all the while, and pings it every millisecond."
    " In this part a small relay in each director hands the pages on; real balancing by IPVS comes in the second.",
    "Each of the six is a network namespace: a machine of its own as far as its network goes.",
)


def serve(host: Host, *arguments: str) -> Daemon:
    """Start a web server or a relay on a host."""
    argv = [sys.executable, "-m", "tests.demo.traffic", *arguments]
    return Daemon(host, argv, env={"PYTHONPATH": str(ROOT)}, name=arguments[0])


def who(pages: dict[str, int]) -> str:
    """Which web servers served how many pages, in words."""
    return " and ".join(f"{count} from {name}" for name, count in sorted(pages.items()))


class Play:
    """The network of the first part and what happens in it, act by act."""

    def __init__(self, story: Story, lab: Lab, wire: Capture, client: Client, browser: Browser) -> None:
        self._story = story
        self._lab = lab
        self._wire = wire
        self._client = client
        self._browser = browser
        self._a = lab["director-a"]
        self._b = lab["director-b"]

    def run(self) -> None:
        """All acts."""
        tell = self._story.tell
        master, backup = self._elect()
        pages = self._browser.wait_for_pages(10, timeout=10)
        tell("client", f"is served through director-a: {pages.total()} pages, {who(pages)}")
        killed = self._kill(master)
        self._take_over(backup, killed)
        pages = self._browser.wait_for_pages(10, timeout=10)
        tell("client", f"is served through director-b: {pages.total()} pages, {who(pages)}")
        master = self._come_back(backup)
        self._stop(master)

    def _holder(self) -> str:
        """Which director's network card the client believes to have the address."""
        mac = self._lab["client"].mac_of(VIP)
        return next((host.name for host in (self._a, self._b) if host.mac == mac), "nobody")

    def _elect(self) -> tuple[Daemon, Daemon]:
        tell = self._story.tell
        began = time.monotonic()
        master = start_kad(self._a, MASTER.text())
        backup = start_kad(self._b, BACKUP.text())
        tell("director-a", "starts kad with priority 200")
        tell("director-b", "starts kad with priority 100; both first listen for a master")
        master.wait_for("Entering MASTER STATE", timeout=20)
        tell("director-a", "heard nobody better: it is elected MASTER")
        self._client.wait_until_answered(timeout=10)
        tell("client", f"pings {VIP} and is answered by {self._holder()}")
        took = time.monotonic() - began
        self._story.figure("first master elected", f"{took:.1f} s", "3 x 1 s + skew, and the start", good=took < 6)
        return master, backup

    def _kill(self, master: Daemon) -> float:
        pids = master.pids()
        self._wire.wait_for_advert(self._a.address, timeout=5, since=len(self._wire.seen))
        time.sleep(0.4)
        killed = time.time()
        master.kill_whole()
        self._a.cut()
        self._story.tell(
            "trouble", f"SIGKILL to all {len(pids)} processes of kad on director-a, and its cable is pulled"
        )
        return killed

    def _take_over(self, backup: Daemon, killed: float) -> None:
        tell = self._story.tell
        taken = self._wire.wait_for_advert(self._b.address, timeout=20, since=len(self._wire.seen))
        last = self._wire.adverts(source=self._a.address)[-1]
        silence = taken.at - last.at
        tell("director-b", f"has heard nothing for {silence:.2f} s: it takes over as MASTER")
        self._client.wait_until_answered(timeout=10, since=taken.at)
        backup.wait_for("Entering MASTER STATE")
        gap = self._client.longest_gap(since=killed - 1)
        tell("client", f"is answered again, now by {self._holder()}; nobody answered it for {gap:.2f} s")
        limit = BACKUP.master_down
        self._story.figure(
            "takeover after the last advertisement",
            f"{silence:.3f} s",
            f"3 x 1 s + skew = {limit:.3f} s",
            good=abs(silence - limit) < 0.25,
        )
        self._story.figure(
            "address unanswered after the master died",
            f"{gap:.3f} s",
            f"at most {limit:.3f} s",
            good=gap < limit + 0.25,
        )

    def _come_back(self, backup: Daemon) -> Daemon:
        tell = self._story.tell
        self._a.lose_power()
        self._a.restore()
        self._a.wait_for_link()
        serve(self._a, "relay", *(self._lab[name].address for name in ("web-1", "web-2")))
        since, mark = time.time(), backup.mark()
        master = start_kad(self._a, MASTER.text())
        tell("director-a", "is repaired: the cable is in, kad starts again, and listens first")
        backup.wait_for("Entering BACKUP STATE", since=mark, timeout=20)
        tell("director-b", "hears director-a with the higher priority: it steps back to BACKUP")
        pages = self._browser.wait_for_pages(10, timeout=10)
        gap = self._client.longest_gap(since=since)
        tell("client", f"is served through director-a again: {who(pages)}; it missed {gap * 1000:.0f} ms on the way")
        holder = self._holder()
        self._story.figure("old master back: address unanswered", f"{gap:.3f} s", "below 0.5 s", good=gap < 0.5)
        self._story.figure("who has the address then", holder, "director-a", good=holder == "director-a")
        return master

    def _stop(self, master: Daemon) -> None:
        tell = self._story.tell
        stopped = time.time()
        master.stop()
        tell("director-a", "is stopped for maintenance: before it ends it says that it resigns (priority 0)")
        taken = self._wire.wait_for_advert(self._b.address, timeout=10, since=len(self._wire.seen))
        tell("director-b", "need not wait for silence: it is MASTER at once, but for its skew time")
        self._client.wait_until_answered(timeout=10, since=taken.at)
        gap = self._client.longest_gap(since=stopped - 1)
        skew = BACKUP.master_down - 3 * BACKUP.advert_int
        tell("client", f"is answered by {self._holder()}; nobody answered it for {gap:.2f} s")
        self._story.figure(
            "address unanswered at a planned stop", f"{gap:.3f} s", f"skew = {skew:.3f} s", good=gap < skew + 0.25
        )
        left = self._a.virtual_addresses()
        tell("director-a", "has no address and no process of kad left")
        self._story.figure("left on director-a", f"{len(left)} addresses", "0 addresses", good=not left)


def play(story: Story, folder: Path) -> None:
    """Make the network, play, remove it."""
    story.chapter("1. An address that survives its director", *EXPLANATION)
    with Lab(folder, "director-a", "director-b", "web-1", "web-2", "client") as lab:
        story.tell("network", "six namespaces: " + ", ".join((*lab.hosts, "and a switch between them")))
        webs = [serve(lab[name], "web", name) for name in ("web-1", "web-2")]
        addresses = [web.host.address for web in webs]
        for name in ("director-a", "director-b"):
            serve(lab[name], "relay", *addresses)
        story.tell("web", f"web-1 and web-2 serve pages at {' and '.join(addresses)}")
        client = lab["client"]
        with Capture(client) as wire, Client(client, VIP) as pings, Browser(client, VIP) as browser:
            Play(story, lab, wire, pings, browser).run()
    story.tell("network", "removed")
