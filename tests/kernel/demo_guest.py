"""The guest's part of the demo: a client, a director with kad, two web servers, each in a namespace; NAT by IPVS.

Each thing that happens is a line `WHO<TAB>WHAT` in the file `lines` of the results, as it happens; what was measured is
in demo.json at the end.
"""

import ctypes
import json
import os
import signal
import socket
import time
from collections import Counter, deque
from pathlib import Path

from tests.kernel.director import RESULTS, Director

VIP = "192.168.7.100"
WEB = {"web-a": "10.1.0.1", "web-b": "10.1.0.2"}
CLONE_NEWNET = 0x40000000
PACE = 0.05
"""Seconds between the client's requests."""

CONFIG = f"""
virtual_server {VIP} 80 {{
    delay_loop 1
    warmup 0
    retry 1
    delay_before_retry 0.5
    connect_timeout 2
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.1.0.1 80 {{
        HTTP_GET {{
            fast_recovery
            url {{
                path /
                status_code 200
            }}
        }}
    }}
    real_server 10.1.0.2 80 {{
        HTTP_GET {{
            fast_recovery
            url {{
                path /
                status_code 200
            }}
        }}
    }}
}}
"""


def say(who: str, what: str) -> None:
    """A line of the timeline."""
    with (RESULTS / "lines").open("a") as lines:
        lines.write(f"{who}\t{what}\n")


def network(director: Director) -> None:
    """Client -- 192.168.7.0/24 -- director -- 10.1.0.0/24 -- web-a, web-b; this process is in the director."""
    director.sh("ip link add farm type bridge && ip addr add 10.1.0.254/24 dev farm && ip link set farm up")
    for name, address in WEB.items():
        director.sh(f"ip netns add {name} && ip link add {name} type veth peer name eth0 netns {name}")
        director.sh(f"ip link set {name} master farm up")
        inside = f"ip -n {name}"
        director.sh(f"{inside} addr add {address}/24 dev eth0 && {inside} link set eth0 up && {inside} link set lo up")
        director.sh(f"{inside} route add default via 10.1.0.254")
    director.sh("ip netns add client && ip link add client type veth peer name eth0 netns client")
    director.sh(f"ip addr add 192.168.7.1/24 dev client && ip addr add {VIP}/32 dev client && ip link set client up")
    director.sh("ip -n client addr add 192.168.7.2/24 dev eth0 && ip -n client link set eth0 up")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def enter(namespace: str) -> None:
    """Move this process into a namespace of `ip netns`."""
    with Path(f"/run/netns/{namespace}").open() as file:
        if ctypes.CDLL(None).setns(file.fileno(), CLONE_NEWNET) != 0:
            raise OSError("setns")


def web_server(name: str) -> int:
    """Start a web server that answers with its name; its pid."""
    pid = os.fork()
    if pid:
        return pid
    try:
        enter(name)
        with socket.create_server((WEB[name], 80), backlog=64) as listening:
            while True:
                connection, _ = listening.accept()
                with connection:
                    connection.settimeout(1)
                    try:
                        connection.recv(4096)
                        connection.sendall(f"HTTP/1.0 200 OK\r\nContent-Length: {len(name)}\r\n\r\n{name}".encode())
                    except OSError:
                        continue
    finally:
        os._exit(0)


class Client:
    """A client in its namespace that asks for a page every PACE seconds, and tells this process who answered."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                os.close(reading)
                enter("client")
                self._ask_for_ever(writing)
            finally:
                os._exit(0)
        os.close(writing)
        os.set_blocking(reading, False)
        self._pipe = reading
        self._rest = b""
        self.answers: deque[tuple[float, str]] = deque()
        """When each request ended, and who answered; "" when nobody did."""

    def _ask_for_ever(self, pipe: int) -> None:
        while True:
            began = time.monotonic()
            try:
                with socket.create_connection((VIP, 80), timeout=1) as connection:
                    connection.sendall(f"GET / HTTP/1.0\r\nHost: {VIP}\r\n\r\n".encode())
                    who = connection.recv(4096).rpartition(b"\r\n")[2].decode()
            except OSError:
                who = ""
            os.write(pipe, f"{time.monotonic()} {who}\n".encode())
            time.sleep(max(0.0, PACE - (time.monotonic() - began)))

    def watch(self, seconds: float) -> list[str]:
        """Who answered in the next seconds."""
        end = time.monotonic() + seconds
        before = len(self.answers)
        while time.monotonic() < end:
            time.sleep(0.05)
            self._listen()
        return [who for _, who in list(self.answers)[before:]]

    def _listen(self) -> None:
        try:
            data = self._rest + os.read(self._pipe, 65536)
        except BlockingIOError:
            return
        *whole, self._rest = data.split(b"\n")
        for line in whole:
            when, _, who = line.decode().partition(" ")
            self.answers.append((float(when), who))

    def since(self, moment: float) -> list[tuple[float, str]]:
        """What was answered, and when, since a moment."""
        return [(when, who) for when, who in self.answers if when >= moment]


def shares(answers: list[str]) -> str:
    """Who answered how often, in words."""
    counts = Counter(answers)
    parts = [f"{name} {counts[name]}" for name in WEB]
    return f"{len(answers)} pages: {', '.join(parts)}, nobody {counts['']}"


def show_table(director: Director) -> None:
    """The kernel's table in ipvsadm's words."""
    for line in director.ipvsadm("-Ln").splitlines()[3:]:
        say("table", line.rstrip())


def seconds_until(client: Client, director: Director, log_line: str) -> float:
    """How long until kad says something; the client goes on asking."""
    began = time.monotonic()
    times = director.log().count(log_line)
    while director.log().count(log_line) == times and time.monotonic() - began < 30:
        client.watch(0.1)
    return time.monotonic() - began


def play(director: Director) -> dict[str, object]:
    """The whole story; what was measured."""
    network(director)
    servers = {name: web_server(name) for name in WEB}
    say(
        "kernel",
        "up: a client, a director and two web servers in a network namespace each; IPVS does NAT between them",
    )
    director.start(CONFIG)
    director.logged("Remote Web server [10.1.0.2]:tcp:80 succeed on service.")
    say("kad", f"started; both web servers answer its health checks; {VIP}:80 is in the kernel's table:")
    show_table(director)
    client = Client()
    both = client.watch(2)
    say("client", shares(both))

    say("trouble", "web-b is killed")
    killed = time.monotonic()
    os.kill(servers["web-b"], signal.SIGKILL)
    os.waitpid(servers["web-b"], 0)
    out = seconds_until(client, director, "Removing service [10.1.0.2]:tcp:80")
    say("kad", f"web-b failed twice: taken out of the table after {out:.1f} s")
    show_table(director)
    client.watch(0.3)
    one = client.watch(2)
    failed = [when for when, who in client.since(killed) if not who]
    blind = max(failed) - killed if failed else 0.0
    say("client", shares(one) + f" (while web-b was dead and still in the table, {len(failed)} went unanswered)")

    say("trouble", "web-b is started again")
    servers["web-b"] = web_server("web-b")
    back = seconds_until(client, director, "Adding service [10.1.0.2]:tcp:80")
    say("kad", f"web-b answers twice: back in the table after {back:.1f} s")
    show_table(director)
    client.watch(0.3)
    again = client.watch(2)
    say("client", shares(again))

    clean = director.stop() == 0 and director.table() == []
    say("kad", "stopped; the table is empty" if clean else "stopped, but left something in the table")
    for pid in (client.pid, *servers.values()):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return {
        "both": Counter(both),
        "one": Counter(one),
        "again": Counter(again),
        "out": out,
        "back": back,
        "blind": blind,
        "failed": len(failed),
        "clean": clean,
    }


def main() -> None:
    """Play, and leave the measurements."""
    director = Director("kad", "demo")
    try:
        result = play(director)
    finally:
        director.clean_up()
    (RESULTS / "demo.json").write_text(json.dumps(result))
