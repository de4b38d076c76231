"""Capabilities given up are gone for good. Each case runs in a child: they can't be had back."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to have capabilities to give up")


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=20)
    return (done.stdout + done.stderr).strip()


def test_only_the_named_capabilities_remain_in_effect() -> None:
    code = """
from kad.system import privileges
privileges.keep(("NET_ADMIN", "NET_RAW"))
print(sorted(privileges.held()))
"""
    assert run(code) == "['NET_ADMIN', 'NET_RAW']"


def test_an_exec_does_not_bring_them_back() -> None:
    code = """
from kad.system import privileges
import subprocess
privileges.keep(("NET_RAW",))
status = subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True).stdout
print([line.split()[1] for line in status.splitlines() if line.startswith(("CapBnd", "CapEff"))])
"""
    assert run(code) == "['0000000000002000', '0000000000002000']"


def test_root_without_them_may_no_longer_write_others_files(tmp_path: Path) -> None:
    code = f"""
from kad.system import privileges
import os
path = "{tmp_path / "file"}"
open(path, "w").close(); os.chmod(path, 0); os.chown(path, 12345, 12345)
privileges.keep(("NET_ADMIN",))
try:
    open(path, "w")
except PermissionError:
    print("refused")
"""
    assert run(code) == "refused"
