"""A director inside the guest: a daemon, real servers on loopback addresses, and the kernel's table to look into."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PEERS = ROOT / "build" / "peers"
RESULTS = Path("/run/results")
PATIENCE = 30.0
"""Seconds that a table may take to become what is expected: the guest is slow, and many scenarios run at once."""


class Server:
    """A TCP server: accepts, and answers each request with `status` when it `speaks` HTTP."""

    def __init__(self, address: str, port: int, *, status: int | None = None, body: bytes = b"hello\n") -> None:
        self.status = status
        self.body = body
        self._listener = socket.create_server((address, port), backlog=64)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    self._answer(connection)
                except OSError:
                    continue

    def _answer(self, connection: socket.socket) -> None:
        if self.status is None or not connection.recv(4096):
            return
        head = f"HTTP/1.1 {self.status} Whatever\r\nContent-Length: {len(self.body)}\r\n\r\n"
        connection.sendall(head.encode() + self.body)

    def close(self) -> None:
        """Refuse from now on."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


class Director:
    """One daemon, "kad" or "keepalived", in this process's network namespace. `seen` and `wrong` are the result."""

    def __init__(self, program: str, name: str) -> None:
        self.program = program
        self.seen: dict[str, list[str]] = {}
        self.wrong: list[str] = []
        self._base = Path("/run") / f"{name}.{program}"
        self._log = RESULTS / f"{name}.{program}.log"
        self._pid: int | None = None
        self._servers: dict[tuple[str, int], Server] = {}
        self._base.mkdir()
        self.sh("ip link set lo up")

    # The world around it

    def sh(self, command: str) -> str:
        """The output of a shell command that must succeed."""
        return subprocess.run(["sh", "-c", command], check=True, capture_output=True, text=True).stdout

    def path(self, name: str) -> Path:
        """A file of this director's own."""
        return self._base / name

    def addresses(self, *addresses: str) -> None:
        """Give the loopback interface these addresses."""
        for address in addresses:
            self.sh(f"ip addr add {address} dev lo {'nodad' if ':' in address else ''}")

    def serve(self, address: str, port: int, *, status: int | None = None, body: bytes = b"hello\n") -> Server:
        """Start a real server."""
        server = self._servers[address, port] = Server(address, port, status=status, body=body)
        return server

    def kill(self, address: str, port: int) -> None:
        """End a real server."""
        self._servers.pop((address, port)).close()

    # The daemon

    def start(self, config: str, *, warm: bool = True, arguments: tuple[str, ...] = ()) -> None:
        """Start the daemon. `warm`: kad in a fork of this interpreter, which has it imported already."""
        file = self.path("conf")
        file.write_text(config)
        options = ["-n", "-l", "-D", "-C", "-f", str(file)]
        options += ["-p", str(self.path("pid")), "-c", str(self.path("checker.pid")), *arguments]
        self._pid = os.fork()
        if self._pid:
            return
        try:
            log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.setpgid(0, 0)
            self._become(options, warm=warm)
        finally:
            os._exit(99)

    def _become(self, options: list[str], *, warm: bool) -> None:
        if self.program == "keepalived":
            libraries = os.environ["PEER_LIBRARIES"]
            program = str(PEERS / "usr" / "sbin" / "keepalived")
            os.execve(program, [program, *options], {**os.environ, "LD_LIBRARY_PATH": libraries})  # noqa: S606 - a fork
        options.append("-G")
        if not warm:
            os.execv(sys.executable, [sys.executable, "-B", "-m", "kad", *options])  # noqa: S606 - a fork
        from kad.cli import main

        os._exit(main(options))

    def rewrite(self, config: str) -> None:
        """Give the daemon a new configuration and have it read."""
        assert self._pid is not None
        self.path("conf").write_text(config)
        os.kill(self._pid, signal.SIGHUP)

    def stop(self, number: int = signal.SIGTERM) -> int | None:
        """Stop the daemon; its exit status, None when it has to be killed."""
        assert self._pid is not None
        pid, self._pid = self._pid, None
        os.kill(pid, number)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return None

    def kill_checker(self) -> None:
        """SIGKILL the checker worker, and wait until there is another."""
        file = self.path("checker.pid")
        old = file.read_text().strip()
        os.kill(int(old), signal.SIGKILL)
        self.until(lambda: file.exists() and file.read_text().strip() not in ("", "0", old), "a new checker")

    def workers(self) -> set[int]:
        """The pids of the daemon's children."""
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text()
        return {int(pid) for pid in children.split()}

    def clean_up(self) -> None:
        """End what still runs."""
        if self._pid is not None:
            os.killpg(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)

    def log(self) -> str:
        """What the daemon said so far."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    # What there is to see

    def table(self) -> list[str]:
        """The kernel's table in ipvsadm's words, sorted."""
        return sorted(line.strip() for line in self.ipvsadm("-Sn").splitlines())

    def ipvsadm(self, arguments: str) -> str:
        """What ipvsadm says."""
        return self.sh(f"LD_LIBRARY_PATH=$PEER_LIBRARIES {PEERS}/sbin/ipvsadm {arguments}")

    def expect(self, step: str, *lines: str, patience: float = PATIENCE) -> None:
        """Wait until the table is this; keep what it is at the end under `step`."""
        wanted = sorted(lines)
        raw, end = None, time.monotonic() + patience
        seen: list[str] = []
        while True:
            late = time.monotonic() > end
            now = Path("/proc/net/ip_vs").read_text()
            if now != raw or late:  # cheap to read, and it changes when the table does
                raw, seen = now, self.table()
            if seen == wanted or late:
                break
            time.sleep(0.1)
        self.seen[step] = seen
        self.check(seen == wanted, f"{step}: expected {wanted}, found {seen}")

    def stays(self, step: str, *lines: str, seconds: float) -> None:
        """The table is this now and remains so."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            seen = self.table()
            if seen != sorted(lines):
                break
            time.sleep(0.1)
        self.seen[step] = seen
        self.check(seen == sorted(lines), f"{step}: expected to remain {sorted(lines)}, found {seen}")

    def until(self, condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Wait until something is so."""
        end = time.monotonic() + patience
        while not condition():
            if time.monotonic() > end:
                self.check(False, f"no {what} in {patience} s")
                return
            time.sleep(0.05)

    def logged(self, text: str, times: int = 1, patience: float = PATIENCE) -> None:
        """Wait until the daemon has said this so many times."""
        self.until(lambda: self.log().count(text) >= times, f"line {text!r} in the log", patience)

    def check(self, holds: bool, otherwise: str) -> None:
        """Note what is not as it should be."""
        if not holds:
            self.wrong.append(otherwise)
