"""A network on this machine: hosts in namespaces of their own, joined by a bridge in another one.

Nothing of it is in the host's own network namespace. Whatever happens, `close()` ends every process inside by its pid
and removes the namespaces; what a killed test run left is removed by the next Lab. Needs root and iproute2.
Not here: what the hosts run (programs.py), what one sees on the wire (wire.py).
"""

import contextlib
import ctypes
import fcntl
import itertools
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

PREFIX = "kadlab"
"""Namespaces are named PREFIX, pid of the maker, number of the lab, host: no two labs meet."""

NETNS_DIR = Path("/run/netns")
SUBNET = "192.0.2"
SUBNET6 = "2001:db8"
INTERFACE = "eth0"
CLONE_NEWNET = 0x40000000
ENVIRONMENT = os.environ | {"PATH": f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"}

T = TypeVar("T")
_numbers = itertools.count(1)
_libc = ctypes.CDLL(None, use_errno=True)


def entering(namespace: str | None) -> list[str]:
    """What to put before a command so that it runs in a namespace.

    Not `ip netns exec` or `ip -n`: they remount /, which a chroot does not let them do where / is no mount of its own.
    """
    return ["nsenter", f"--net={NETNS_DIR / namespace}", "--"] if namespace else []


def ip(*arguments: str, namespace: str | None = None, check: bool = True) -> str:
    """Run `ip`, in a namespace if one is named; what it printed."""
    argv = [*entering(namespace), "ip", *arguments]
    done = subprocess.run(argv, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def ip_batch(lines: Sequence[str], *, namespace: str | None = None) -> None:
    """Run many `ip` commands in one process; the first that fails ends it."""
    done = subprocess.run(
        [*entering(namespace), "ip", "-batch", "-"],
        env=ENVIRONMENT,
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"ip -batch: {done.stderr.strip()}")


def inside(namespace: str, function: Callable[[], T]) -> T:
    """Call the function in a thread that has entered the namespace: a socket that it makes stays in there."""
    results: list[T] = []
    errors: list[BaseException] = []

    def enter() -> None:
        try:
            with (NETNS_DIR / namespace).open() as file:
                failed = _libc.setns(file.fileno(), CLONE_NEWNET)
            assert not failed, f"can't enter {namespace}: {os.strerror(ctypes.get_errno())}"
            results.append(function())
        except BaseException as error:  # noqa: BLE001 - it is raised again below, in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def pids_in(namespace: str) -> list[int]:
    """The processes whose network namespace this is."""
    return [int(pid) for pid in ip("netns", "pids", namespace, check=False).split()]


def kill_all(pids: Sequence[int], number: signal.Signals = signal.SIGKILL) -> None:
    """Send each process the signal; one that is gone already is what was wanted."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def kill_at_once(pids: Sequence[int]) -> None:
    """End several processes as a power cut does: none of them sees that another is gone before it is gone itself."""
    kill_all(pids, signal.SIGSTOP)
    kill_all(pids)


def alive(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


def remove_namespace(namespace: str) -> None:
    """End what runs inside, by pid, until nothing does; then take the namespace away."""
    deadline = time.monotonic() + 5
    killed: set[int] = set()
    while time.monotonic() < deadline:
        inside_now = pids_in(namespace)
        kill_all(inside_now)
        killed.update(inside_now)
        if not inside_now and not any(alive(pid) for pid in killed):
            break
        time.sleep(0.005)
    ip("netns", "delete", namespace, check=False)


def remove_leftovers() -> None:
    """Remove the namespaces of labs whose maker no longer lives: it was killed before it could."""
    for path in NETNS_DIR.glob(f"{PREFIX}*-*"):
        pid = path.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists():
            remove_namespace(path.name)


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """`ip netns add` prepares /run/netns the first time: two at once would trip over each other."""
    folder = os.open("/run", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


class Host:
    """One machine of a lab: a namespace with lo and eth0, and a folder for its files."""

    def __init__(self, lab: "Lab", name: str, number: int) -> None:
        self.lab = lab
        self.name = name
        self.namespace = f"{lab.name}-{name}"
        self.address = f"{SUBNET}.{number}"
        self.address6 = f"{SUBNET6}::{number}"
        self.link_local = f"fe80::{number}"
        self.mac = f"02:00:00:00:00:{number:02x}"
        self.port = f"p{number}"
        self.folder = lab.folder / name
        self.folder.mkdir()

    def cable(self) -> str:
        """The command that lays the cable between this host and the switch."""
        end = f"{INTERFACE} address {self.mac} netns {self.namespace}"
        return f"link add {self.port} netns {self.lab.switch} type veth peer name {end}"

    def ip(self, *arguments: str) -> str:
        """Run `ip` in here."""
        return ip(*arguments, namespace=self.namespace)

    def command(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs a command in here."""
        return [*entering(self.namespace), *argv]

    def run(self, argv: Sequence[str], *, env: dict[str, str] | None = None) -> str:
        """Run a command in here to its end; what it printed."""
        environment = ENVIRONMENT | (env or {})
        done = subprocess.run(
            self.command(argv), env=environment, capture_output=True, text=True, check=True, timeout=30
        )
        return done.stdout

    def addresses(self, interface: str = INTERFACE) -> set[str]:
        """The addresses of an interface, as "192.0.2.1/24"; none when it is not there."""
        argv = ("-j", "address", "show", "dev", interface)
        found: list[dict[str, Any]] = json.loads(ip(*argv, namespace=self.namespace, check=False) or "[]")
        return {f"{a['local']}/{a['prefixlen']}" for link in found for a in link.get("addr_info", ())}

    def virtual_addresses(self) -> set[str]:
        """The addresses of eth0 that some program added to the host's own."""
        return self.addresses() - {f"{self.address}/24", f"{self.address6}/64", f"{self.link_local}/64"}

    def mac_of(self, address: str) -> str | None:
        """Where this host's ARP table says that an address is."""
        found: list[dict[str, Any]] = json.loads(self.ip("-j", "neighbour", "show", "to", address) or "[]")
        return next((entry["lladdr"] for entry in found if "lladdr" in entry), None)

    def pids(self) -> list[int]:
        """Every process in here."""
        return pids_in(self.namespace)

    def lose_power(self) -> None:
        """What a killed daemon leaves is gone as after a power cut: processes, added addresses, pid files."""
        kill_all(self.pids())
        for address in self.virtual_addresses():
            self.ip("address", "delete", address, "dev", INTERFACE)
        for link in json.loads(self.ip("-j", "link", "show", "type", "macvlan")):
            self.ip("link", "delete", link["ifname"])
        for file in self.folder.glob("*.pid"):
            file.unlink()

    def wait_for_link(self, *, timeout: float = 5) -> None:
        """Until eth0 is running and the switch forwards on its port: the kernel takes up to a second for either."""
        deadline = time.monotonic() + timeout
        while not self._linked():
            assert time.monotonic() < deadline, f"{self.namespace}: {INTERFACE} does not come up"
            time.sleep(0.02)

    def _linked(self) -> bool:
        port = ip("-j", "-d", "link", "show", "dev", self.port, namespace=self.lab.switch)
        return '"operstate":"UP"' in self.ip("-j", "link", "show", "dev", INTERFACE) and '"forwarding"' in port

    def cut(self) -> None:
        """Pull the cable out at the switch; the host sees its carrier go."""
        ip("link", "set", self.port, "down", namespace=self.lab.switch)

    def restore(self) -> None:
        """Put the cable back in."""
        ip("link", "set", self.port, "up", namespace=self.lab.switch)

    def __repr__(self) -> str:
        return f"Host({self.name})"


class Lab:
    """Hosts 192.0.2.1, .2, .3 … in the order of their names, on one switch.

    The folder gets one folder a host; it is the caller's to remove.
    """

    def __init__(self, folder: Path, *names: str) -> None:
        self.name = f"{PREFIX}{os.getpid()}-{next(_numbers)}"
        self.folder = folder
        self.switch = f"{self.name}-switch"
        self.hosts = {name: Host(self, name, number) for number, name in enumerate(names, start=1)}
        self._namespaces = [self.switch, *(host.namespace for host in self.hosts.values())]

    def __getitem__(self, name: str) -> Host:
        return self.hosts[name]

    def __enter__(self) -> Self:
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _build(self) -> None:
        with _one_at_a_time():
            remove_leftovers()
            ip_batch([f"netns add {namespace}" for namespace in self._namespaces])
        for namespace in self._namespaces:
            inside(namespace, _quiet)
        # Snooping off: the switch floods multicast at once, as one does that has seen every host join.
        bridge = "link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0"
        hosts = self.hosts.values()
        ip_batch([host.cable() for host in hosts])
        ports = [f"link set {host.port} master br0 up" for host in hosts]
        ip_batch([bridge, "link set br0 up", *ports], namespace=self.switch)
        for host in hosts:
            address = f"address add {host.address}/24 dev {INTERFACE}"
            ip_batch(["link set lo up", address, f"link set {INTERFACE} up"], namespace=host.namespace)
        for host in hosts:
            host.wait_for_link()

    def speak_ipv6(self) -> None:
        """Give every host a link-local and a global IPv6 address, none of them made up or doubted by the kernel."""
        for host in self.hosts.values():
            inside(host.namespace, _allow_ipv6)
            addresses = [f"address add {a}/64 dev {INTERFACE} nodad" for a in (host.link_local, host.address6)]
            ip_batch(addresses, namespace=host.namespace)

    def be_a_hub(self) -> None:
        """From now on the switch forgets at once who is where: everybody sees what is sent to one."""
        ip("link", "set", "br0", "type", "bridge", "ageing_time", "0", namespace=self.switch)

    def close(self) -> None:
        """End every process of the lab and remove its namespaces."""
        for namespace in self._namespaces:
            if (NETNS_DIR / namespace).exists():
                remove_namespace(namespace)


def _quiet() -> None:
    """No IPv6 in this namespace: its own chatter would be most of what a capture sees."""
    for which in ("all", "default"):
        with contextlib.suppress(OSError):
            Path(f"/proc/sys/net/ipv6/conf/{which}/disable_ipv6").write_text("1")


def _allow_ipv6() -> None:
    for name, value in (("addr_gen_mode", "1"), ("accept_dad", "0"), ("accept_ra", "0"), ("disable_ipv6", "0")):
        Path(f"/proc/sys/net/ipv6/conf/{INTERFACE}/{name}").write_text(value)
