"""python -m bench.vrrp: kad's VRRP under load beside keepalived's, in the same run, in namespaces of its own (root).

takeover: N addresses taken over by one master that advertises every 0.1 s: from the first address to the last as the
kernel tells of them, beside what `ip -batch` needs for the same addresses; and how late its latest advert was.
routers: processor time of master and backup of 255 routers; each backup and each master has a keepalived for its peer.
Medians of several runs by turns. Status 1 when a goal is missed. `make bench-vrrp`.
"""

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from bench.address_watch import AddressWatch
from tests.netns.lab import Host, Lab, ip_batch
from tests.netns.programs import Daemon, start_kad, start_keepalived
from tests.netns.wire import Capture

PROGRAMS = {"kad": start_kad, "keepalived": start_keepalived}
INTERVAL = 0.1
BATCH_GOAL, KEEPALIVED_GOAL, LATE_GOAL, PROCESSOR_GOAL = 1.3, 1.5, 0.050, 3.0


def addresses(count: int) -> list[str]:
    """So many /32s that no test network has."""
    return [f"10.{16 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}/32" for number in range(count)]


def instance(number: int, priority: int, vips: Sequence[str], excluded: Sequence[str], interval: float) -> str:
    """One vrrp_instance."""
    lines = "\n".join(f"        {one}" for one in vips)
    more = "\n".join(f"        {one}" for one in excluded)
    also = f"    virtual_ipaddress_excluded {{\n{more}\n    }}\n" if excluded else ""
    return (
        f"vrrp_instance VI_{number} {{\n    state BACKUP\n    interface eth0\n    virtual_router_id {number}\n"
        f"    priority {priority}\n    version 3\n    advert_int {interval:g}\n"
        f"    virtual_ipaddress {{\n{lines}\n    }}\n{also}}}\n"
    )


def quiet(body: str) -> str:
    """A configuration of these instances that sends few announcements: they are not what is measured."""
    return f"global_defs {{\n    vrrp_garp_master_repeat 1\n    vrrp_garp_master_delay 60\n}}\n{body}"


def lateness(capture: Capture, source: str, since: float, until: float) -> float:
    """By how much the latest of the adverts in this time came after it was due, in seconds."""
    times = [one.at for one in capture.adverts(source=source) if since <= one.at <= until + 2 * INTERVAL]
    return max((after - before - INTERVAL for before, after in itertools.pairwise(times)), default=0.0)


def takeover(program: str, count: int) -> tuple[float, float]:
    """Seconds from the first address to the last, and the latest advert's delay."""
    with tempfile.TemporaryDirectory(prefix="kad-bench-") as folder, Lab(Path(folder), "left", "client") as lab:
        host, every = lab["left"], addresses(count)
        if program == "ip":
            with AddressWatch(host) as watch:
                ip_batch([f"address add {one} dev eth0" for one in every], namespace=host.namespace)
                first, last = watch.until(count)
            return last - first, 0.0
        with Capture(lab["client"]) as capture, AddressWatch(host) as watch:
            daemon = PROGRAMS[program](host, quiet(instance(1, 100, every[:100], every[100:], INTERVAL)))
            first, last = watch.until(count)
            time.sleep(1)
            late = lateness(capture, host.address, first - INTERVAL, last)
            daemon.kill_whole()
        return last - first, late


def spent(processes: Sequence[psutil.Process]) -> float:
    """Processor seconds of these processes so far."""
    return sum(sum(one.cpu_times()[:2]) for one in processes)


def processor(daemon: Daemon, seconds: float) -> float:
    """The share of one processor that a daemon takes."""
    every = [psutil.Process(pid) for pid in daemon.pids()]
    before = spent(every)
    time.sleep(seconds)
    return (spent(every) - before) / seconds


def routers(priority: int, interval: float) -> str:
    """255 routers with an address each."""
    vips = addresses(255)
    return quiet("".join(instance(n, priority, [vips[n - 1]], (), interval) for n in range(1, 256)))


def shares(seconds: float, interval: float) -> dict[str, float]:
    """Processor shares: as masters, each with its own network, and as backups, both hearing the same keepalived."""
    figures: dict[str, float] = {}
    for program, start in PROGRAMS.items():
        with tempfile.TemporaryDirectory(prefix="kad-bench-") as folder, Lab(Path(folder), "left", "client") as lab:
            daemon = start(lab["left"], routers(200, interval))
            settle(lab["left"])
            figures[f"{program} master"] = processor(daemon, seconds)
            daemon.kill_whole()
    figures |= backups(seconds, interval)
    return figures


def backups(seconds: float, interval: float) -> dict[str, float]:
    """Processor shares of two backups that hear the same master, at the same time."""
    with (
        tempfile.TemporaryDirectory(prefix="kad-bench-") as folder,
        Lab(Path(folder), "sender", "left", "right") as lab,
    ):
        sender = start_keepalived(lab["sender"], routers(200, interval))
        settle(lab["sender"])
        sides = zip(PROGRAMS.items(), ("left", "right"), strict=True)
        daemons = {name: start(lab[side], routers(100, interval)) for (name, start), side in sides}
        time.sleep(5)
        every = {name: [psutil.Process(pid) for pid in daemon.pids()] for name, daemon in daemons.items()}
        before = {name: spent(group) for name, group in every.items()}
        time.sleep(seconds)
        figures = {f"{name} backup": (spent(group) - before[name]) / seconds for name, group in every.items()}
        for daemon in (*daemons.values(), sender):
            daemon.kill_whole()
    return figures


def settle(host: Host) -> None:
    """Wait until it is master of all, and a little longer."""
    deadline = time.monotonic() + 30
    while len(host.virtual_addresses()) < 255:
        if time.monotonic() > deadline:
            raise RuntimeError("it did not become master of all")
        time.sleep(0.2)
    time.sleep(3)


def verdict(ratio: float, goal: float) -> str:
    """Whether a goal is met."""
    return f"{ratio:6.2f}   goal {goal:g}: {'met' if ratio <= goal else 'MISSED'}"


def show_takeover(count: int, runs: int) -> bool:
    """Print the takeover of so many addresses; whether its goals are met."""
    taken: dict[str, list[tuple[float, float]]] = {"ip": [], "kad": [], "keepalived": []}
    for _ in range(runs):
        for program, results in taken.items():
            results.append(takeover(program, count))
    took = {program: statistics.median(one for one, _ in results) for program, results in taken.items()}
    late = {program: max(one for _, one in results) for program, results in taken.items()}
    print(f"takeover of {count} addresses, first to last, median of {runs}; latest advert")
    print(f"  {'kad':<10} {took['kad']:7.3f} s   {late['kad'] * 1000:7.1f} ms")
    print(f"  {'keepalived':<10} {took['keepalived']:7.3f} s   {late['keepalived'] * 1000:7.1f} ms")
    print(f"  {'ip -batch':<10} {took['ip']:7.3f} s")
    yardstick, goal = ("ip", BATCH_GOAL) if count > 2000 else ("keepalived", KEEPALIVED_GOAL)
    ratio = took["kad"] / took[yardstick]
    print(f"  kad / {yardstick} {verdict(ratio, goal)}")
    print(f"  latest advert, ms {verdict(late['kad'] * 1000, LATE_GOAL * 1000)}", flush=True)
    return ratio <= goal and late["kad"] <= LATE_GOAL


def show_routers(seconds: float) -> bool:
    """Print the processor time of 255 routers; whether the goals are met."""
    figures, met = shares(seconds, 1.0), True
    print(f"255 routers at 1 s, share of one processor over {seconds:g} s")
    for role in ("master", "backup"):
        ours, theirs = figures[f"kad {role}"], figures[f"keepalived {role}"]
        ratio = ours / max(theirs, 0.0001)
        met = met and ratio <= PROCESSOR_GOAL
        print(f"  {role:<8} kad {ours:7.2%}   keepalived {theirs:7.2%}  {verdict(ratio, PROCESSOR_GOAL)}", flush=True)
    return met


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.vrrp", description="VRRP under load, beside keepalived.")
    parser.add_argument("--runs", type=int, default=3, help="runs that a median is taken of (3)")
    parser.add_argument("--seconds", type=float, default=20, help="how long processor time is counted (20)")
    parser.add_argument("--counts", type=int, nargs="*", default=[1001, 5001], help="addresses (1001 5001)")
    parser.add_argument("--no-routers", action="store_true", help="takeovers alone")
    arguments = parser.parse_args(argv)
    met = [show_takeover(count, arguments.runs) for count in arguments.counts]
    if not arguments.no_routers:
        met.append(show_routers(arguments.seconds))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
