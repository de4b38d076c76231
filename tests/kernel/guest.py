"""The host's side of the user-mode kernel: boots it, has it run `tests.kernel.inside`, collects what that leaves.

The guest is one process of the host whose root is the host's, read-only; it writes only into a folder of results. It
has IPVS where the host's kernel may have none. It always ends: by itself, or by its process group when the time is up.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.peers import PEERS, libraries, peer

ROOT = Path(__file__).parent.parent.parent
MODULES = PEERS / "usr" / "lib" / "uml" / "modules"

INIT = """\
#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir /run/results
mount -t hostfs none /run/results -o {results}
exec >/run/results/console 2>&1 </dev/null
export PEER_LIBRARIES={libraries} LD_LIBRARY_PATH={libraries}
for module in veth bridge {modules}; do
    {results}/modprobe -d {results}/modules $module
done
unset LD_LIBRARY_PATH
echo 1 >/proc/sys/net/ipv4/vs/conntrack
cd {root}
{python} -B -m tests.kernel.inside {arguments}
echo o >/proc/sysrq-trigger
sleep 5
"""
"""When even this script ends, the kernel panics, and `panic=-1` makes that an exit."""


def need() -> None:
    """Skip the test, by the name of what is missing, unless the guest can be booted and looked into."""
    for file in ("usr/bin/linux.uml", "sbin/ipvsadm", "bin/kmod"):
        peer(file)
    if not MODULES.is_dir():
        pytest.skip("the modules of user-mode-linux are not here: packaging/peers.sh could not get them")
    if shutil.which("ip", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is None:
        pytest.skip("ip is not here: packaging/tools.sh could not install iproute2")


@contextmanager
def booted(results: Path, arguments: list[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The running kernel; it is ended on the way out."""
    (results / "modules" / "lib").mkdir(parents=True)
    (results / "modules" / "lib" / "modules").symlink_to(MODULES)
    # The package's own link says /bin/kmod, which is the host's, if it is there at all.
    (results / "modprobe").symlink_to(peer("bin/kmod").path)
    init = results / "init.sh"
    init.write_text(
        INIT.format(
            results=results,
            libraries=":".join(str(folder) for folder in libraries()),
            modules=" ".join(sorted(file.stem for file in MODULES.glob("*/kernel/net/netfilter/ipvs/ip_vs*.ko"))),
            root=ROOT,
            python=sys.executable,
            arguments=" ".join(arguments),
        )
    )
    init.chmod(0o755)
    kernel = peer("usr/bin/linux.uml")
    options = ["mem=512M", "root=/dev/root", "rootfstype=hostfs", "ro", f"init={init}", "panic=-1"]
    consoles = ["con=null", "con0=fd:0,fd:1", f"uml_dir={results}/"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*kernel.argv, *options, *consoles],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        # The group is the kernel's own; the processes of the guest are processes of the host, and in it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run(
    results: Path, arguments: list[str], *, seconds: float, on_line: Callable[[str], None] = lambda _: None
) -> dict[str, object]:
    """Boot, run `tests.kernel.inside` with these arguments to its end, power off.

    What the guest left: the content of each NAME.json, by name. `on_line` gets each line of the file `lines` as it
    is written. RuntimeError with the guest's console when it does not end in time.
    """
    results.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + seconds
    seen = 0
    with booted(results, arguments, results / "kernel") as process:
        while True:
            over = process.poll() is not None
            seen = _pass_lines(results / "lines", seen, on_line)
            if over:
                break
            if time.monotonic() > end:
                raise RuntimeError(f"the guest took longer than {seconds} s:\n{console(results)}")
            time.sleep(0.05)
    return {file.stem: json.loads(file.read_text()) for file in sorted(results.glob("*.json"))}


def _pass_lines(file: Path, seen: int, on_line: Callable[[str], None]) -> int:
    if not file.exists():
        return seen
    with file.open() as lines:
        lines.seek(seen)
        text = lines.read()
    whole = text[: text.rfind("\n") + 1]
    for line in whole.splitlines():
        on_line(line)
    return seen + len(whole.encode())


def console(results: Path) -> str:
    """What the guest's own programs said, for whoever looks for a fault."""
    parts = [results / "kernel", results / "console", *sorted(results.glob("*.log"))]
    return "\n".join(f"--- {part.name}\n{part.read_text(errors='replace')[-4000:]}" for part in parts if part.exists())
