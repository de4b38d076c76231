"""The long set of scenarios; see scenarios.py."""

import os
import signal
import socket
import threading
from pathlib import Path

from tests.kernel.director import Director
from tests.kernel.scenarios import SERVICE, destination, farm, real


def golden_tables(director: Director) -> None:
    """Reference checker.md 1.6, cases 1, 4, 6 and 8, and the other forwarding methods, in one file."""
    director.addresses("fd00:1::2/128")

    def service(head: str, body: str) -> str:
        return f"virtual_server {head} {{\n{body}\n}}\n"

    director.start(
        service(
            "10.9.0.1 80",
            "protocol TCP\nlb_algo rr\nlb_kind NAT\nreal_server 10.1.0.1 80 {\nweight 3\n}\n"
            "real_server 10.1.0.2 8080 {\nuthreshold 100\nlthreshold 20\n}",
        )
        + service("10.9.0.1 83", "protocol SCTP\npersistence_timeout\nlb_kind NAT\nreal_server 10.1.0.1 83 {\n}")
        + service("10.9.0.1", "protocol TCP\nlb_algo lc\nlb_kind NAT\nreal_server 10.1.0.1 {\n}")
        + service(
            "fd00:1::1 80",
            "protocol TCP\nlb_algo nq\nlb_kind NAT\npersistence_timeout 50\npersistence_granularity 64\n"
            "real_server fd00:1::2 80 {\n}",
        )
        + service("10.9.0.2 53", "protocol UDP\nlb_algo sed\nlb_kind DR\nreal_server 10.1.0.1 53 {\nweight 0\n}")
        + service(
            "10.9.0.3 80",
            "protocol TCP\nlb_algo wrr\nlb_kind TUN\npersistence_timeout 120\npersistence_granularity 255.255.255.0\n"
            "real_server 10.1.0.1 80 {\n}\nreal_server 10.1.0.2 80 {\nlvs_method NAT\n}",
        )
    )
    director.expect(
        "start",
        *("-A -t 10.9.0.1:80 -s rr", "-a -t 10.9.0.1:80 -r 10.1.0.1:80 -m -w 3"),
        "-a -t 10.9.0.1:80 -r 10.1.0.2:8080 -m -w 1",
        *("-A --sctp-service 10.9.0.1:83 -s wlc -p 360", "-a --sctp-service 10.9.0.1:83 -r 10.1.0.1:83 -m -w 1"),
        *("-A -t 10.9.0.1:0 -s lc -p 360", "-a -t 10.9.0.1:0 -r 10.1.0.1:0 -m -w 1"),
        *("-A -t [fd00:1::1]:80 -s nq -p 50 -M 64", "-a -t [fd00:1::1]:80 -r [fd00:1::2]:80 -m -w 1"),
        *("-A -u 10.9.0.2:53 -s sed", "-a -u 10.9.0.2:53 -r 10.1.0.1:53 -g -w 0"),
        "-A -t 10.9.0.3:80 -s wrr -p 120 -M 255.255.255.0",
        "-a -t 10.9.0.3:80 -r 10.1.0.1:80 -i -w 1 --tun-type ipip",
        "-a -t 10.9.0.3:80 -r 10.1.0.2:80 -m -w 1",
    )
    thresholds = [line.split() for line in director.ipvsadm("-Ln --thresholds").splitlines() if "10.1.0.2:8080" in line]
    director.seen["thresholds"] = [" ".join(words) for words in thresholds]
    director.stop()
    director.expect("stop", patience=1)


def reload_in_place(director: Director) -> None:
    """Weight, scheduler, method, servers come and go by reload; who was dead stays out."""
    director.addresses("10.1.0.1/32", "10.1.0.2/32", "10.1.0.3/32")
    director.serve("10.1.0.1", 80)
    director.serve("10.1.0.3", 80)
    director.start(farm(real(1), real(2)))
    director.expect("start", SERVICE, destination(1))
    director.rewrite(farm(real(1, "weight 20"), real(2)))
    director.expect("weight", SERVICE, destination(1, 20))
    director.rewrite(farm(real(1, "weight 20"), real(2), algo="wlc"))
    wlc = SERVICE.replace("rr", "wlc")
    director.expect("scheduler", wlc, destination(1, 20))
    director.rewrite(farm(real(1, "weight 20\nlvs_method DR"), real(2), algo="wlc"))
    director.expect("method", wlc, destination(1, 20, "g"))
    director.rewrite(farm(real(3), real(2), algo="wlc"))
    director.expect("another server", wlc, destination(3))
    director.rewrite(farm(real(3), real(2), algo="wlc", options="persistence_timeout 100"))
    director.expect("persistence", wlc + " -p 100", destination(3))
    director.rewrite(farm(real(3), service="10.9.0.2 80"))
    moved = [line.replace("10.9.0.1", "10.9.0.2") for line in (SERVICE, destination(3))]
    director.expect("another service", *moved)
    director.rewrite("virtual_server 10.9.0.2 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n" + real(3) + "}\n}\n")
    director.stays("a bad file", *moved, seconds=2)
    director.stop()
    director.expect("stop", patience=1)


def notifications(director: Director) -> None:
    """Every script runs for its event, and with omega at the stop."""
    director.addresses("10.1.0.1/32", "10.1.0.2/32")
    director.serve("10.1.0.1", 80)
    director.serve("10.1.0.2", 80)
    told = director.path("told")
    script = director.path("tell")
    script.write_text(f'#!/bin/sh\necho "$@" >>{told}\n')
    script.chmod(0o755)

    def notify(number: int) -> str:
        return f'notify_up "{script} up {number}"\nnotify_down "{script} down {number}"'

    options = f'omega\nquorum 2\nquorum_up "{script} quorum up"\nquorum_down "{script} quorum down"'
    director.start(
        "global_defs {\nscript_user root\n}\n" + farm(real(1, notify(1)), real(2, notify(2)), options=options)
    )

    def heard(step: str, *lines: str) -> None:
        def found() -> list[str]:
            return sorted(told.read_text().splitlines()) if told.exists() else []

        director.until(lambda: found() == sorted(lines), f"{step}: {lines} told")
        director.seen[step] = found()
        told.unlink(missing_ok=True)

    heard("start", "quorum up")
    director.logged(" success.", times=2)
    director.kill("10.1.0.1", 80)
    heard("death", "down 1", "quorum down")
    director.serve("10.1.0.1", 80)
    heard("return", "up 1", "quorum up")
    director.stop()
    heard("stop", "down 1", "down 2", "quorum down")


def slow_script(director: Director) -> None:
    """A MISC_CHECK over its time is a failure, and its processes are ended."""
    sleeping = director.path("sleeping")
    script = director.path("sleep")
    script.write_text(f"#!/bin/sh\necho $$ >{sleeping}\nexec sleep 60\n")
    script.chmod(0o755)
    check = f'MISC_CHECK {{\nmisc_path "{script}"\nmisc_timeout 1\nuser root\n}}'
    director.start(farm(real(1, check=check), real(2, check="")))
    director.expect("timed out", SERVICE, destination(2))
    pid = int(sleeping.read_text())
    director.until(lambda: sleeping.read_text() != f"{pid}\n" or not Path(f"/proc/{pid}").exists(), "end of the script")
    director.stop()


def parent_killed(director: Director) -> None:
    """SIGKILL of the parent: its workers notice, and take out what was put in."""
    director.start(farm(real(1, check="")))
    director.expect("start", SERVICE, destination(1))
    director.stop(signal.SIGKILL)
    director.expect("over")


def left_in_place(director: Director) -> None:
    """-I leaves the table; the next start takes it over."""
    director.start(farm(real(1, check="")), arguments=("-I",))
    director.expect("start", SERVICE, destination(1))
    director.stop()
    director.stays("stop", SERVICE, destination(1), seconds=0.5)
    director.start(farm(real(1, check=""), real(2, check="")))
    director.expect("again", SERVICE, destination(1), destination(2))
    director.stop()
    director.expect("stop for good", patience=1)


def leftovers(director: Director) -> None:
    """Kad only: what somebody left under a configured service becomes what is configured; strangers stay."""
    for line in (
        "-A -t 10.9.0.1:80 -s wlc -p 77",
        "-a -t 10.9.0.1:80 -r 10.1.0.1:80 -g -w 9",
        "-a -t 10.9.0.1:80 -r 10.1.0.7:80 -m -w 1",
        "-a -t 10.9.0.1:80 -r 10.1.0.9:8000 -m -w 1",
    ):
        director.ipvsadm(line)
    stranger = destination(7)
    director.start(farm(real(1, check=""), real(2, check=""), options="sorry_server 10.1.0.9 8000"))
    director.expect("start", SERVICE, destination(1), destination(2), stranger)
    director.logged("has a destination [10.1.0.7]:tcp:80 that is not configured: leaving it alone")
    director.stop()
    director.expect("stop", patience=1)


def cold_start(director: Director) -> None:
    """`python -m kad` as anybody would start it."""
    director.start(farm(real(1, check="")), warm=False)
    director.expect("start", SERVICE, destination(1), patience=60)
    director.check(director.stop() == 0, "the stop did not end well")
    director.expect("stop", patience=1)


def cleared_by_hand(director: Director) -> None:
    """A destination that somebody deletes comes back with the next change of its weight; nothing else breaks."""
    director.addresses("10.1.0.1/32")
    director.serve("10.1.0.1", 80)
    director.start(farm(real(1), real(2, check="")))
    director.expect("start", SERVICE, destination(1), destination(2))
    director.ipvsadm("-d -t 10.9.0.1:80 -r 10.1.0.1:80")
    director.kill("10.1.0.1", 80)
    director.logged("Removing service [10.1.0.1]:tcp:80 from VS")
    director.serve("10.1.0.1", 80)
    director.expect("back", SERVICE, destination(1), destination(2))
    director.ipvsadm("-C")
    director.check(director.stop() == 0, "the stop did not end well")
    director.expect("stop", patience=1)


def large_farm(director: Director) -> None:
    """200 virtual servers of five real servers each come and go."""
    text = "".join(
        f"virtual_server 10.9.{number}.1 80 {{\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n"
        + "".join(real(server, check="") for server in range(1, 6))
        + "}\n"
        for number in range(200)
    )
    director.start(text)
    director.until(lambda: len(Path("/proc/net/ip_vs").read_text().splitlines()) == 3 + 1200, "whole farm", 60)
    director.stop()
    director.expect("stop", patience=1)


class KeepAliveServer:
    """Answers HTTP/1.1 with a length and keeps the connection open: keepalived waits for an end that never comes."""

    def __init__(self, address: str) -> None:
        listening = socket.create_server((address, 80))
        self.kept: list[socket.socket] = []

        def serve() -> None:
            while True:
                connection, _ = listening.accept()
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok")
                self.kept.append(connection)

        threading.Thread(target=serve, daemon=True).start()


def web_servers_that_keep_alive(director: Director) -> None:
    """Kad only: an answer ends where HTTP says that it ends, and needs no reason phrase."""
    director.addresses("10.1.0.1/32")
    KeepAliveServer("10.1.0.1")
    check = "HTTP_GET {\nconnect_timeout 1\nhttp_protocol 1.1\nurl {\npath /\n}\n}"
    director.start(farm(real(1, "alpha", check=check)))
    director.expect("up", SERVICE, destination(1))
    director.stop()


def urls_in_turn(director: Director) -> None:
    """Several urls, one fails and recovers: down at once, up after a whole pass."""
    director.addresses("10.1.0.1/32")
    web = director.serve("10.1.0.1", 80, status=200)
    check = "HTTP_GET {\nfast_recovery\n" + "".join(f"url {{\npath /{name}\n}}\n" for name in "abc") + "}"
    director.start(farm(real(1, check=check)))
    director.expect("start", SERVICE, destination(1))
    director.logged("Remote Web server [10.1.0.1]:tcp:80 succeed on service.")
    web.status = 500
    director.expect("down", SERVICE)
    web.status = 200
    director.expect("up", SERVICE, destination(1))
    director.logged("HTTP status code success to [10.1.0.1]:tcp:80 url(/c)")
    director.stop()


def checker_terminated(director: Director) -> None:
    """SIGTERM of the checker worker by hand: it goes cleanly, and is started again."""
    director.start(farm(real(1, check="")))
    director.expect("start", SERVICE, destination(1))
    os.kill(int(director.path("checker.pid").read_text()), signal.SIGTERM)
    director.logged("Respawning")
    director.expect("again", SERVICE, destination(1))
    director.stop()
    director.expect("stop", patience=1)


def runner_killed(director: Director) -> None:
    """SIGKILL of the script runner: no server changes, and scripts decide again as soon as there is another."""
    flag = director.path("flag")
    flag.touch()
    check = f'MISC_CHECK {{\nmisc_path "/usr/bin/test -e {flag}"\nuser root\nretry 0\n}}'
    director.start(farm(real(1, check=check)))
    director.expect("start", SERVICE, destination(1))
    director.logged("succeeded.")
    for _ in range(3):
        for pid in director.workers() - {int(director.path("checker.pid").read_text())}:
            os.kill(pid, signal.SIGKILL)
        director.stays("killed", SERVICE, destination(1), seconds=1.5)
    director.logged("Script runner process", times=4)
    flag.unlink()
    director.expect("flag gone", SERVICE)
    flag.touch()
    director.expect("flag back", SERVICE, destination(1))
    director.stop()
