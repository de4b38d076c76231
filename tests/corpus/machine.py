"""The machine that the files are read on: one box with the interfaces and accounts that they name.

Everything here touches the world; what is made of the answers is in compare.py.
"""

import ipaddress
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.box import Box, box
from tests.corpus.compare import HANG, Answer
from tests.peers import Peer

LIMIT = 10.0
"""Seconds after which a run counts as hanging."""

KAD = (str(Path(sys.executable).with_name("kad")), "-t", "-f")
NO_PATH = "PATH=/nonexistent"
"""The verdicts were taken where no program is found by its plain name: `script "pidof x"` is disabled in them."""

ALONE = ("unshare", "--pid", "--fork", "--kill-child")
"""-t of keepalived 2.2.7 takes its parent for dead, and sends itself SIGTERM, once it has looked for a script as a user
other than root. In a process namespace of its own the parent has the number that it expects, 0."""

FIRST_ID = 5000
NETWORK = ipaddress.IPv4Network("198.18.0.0/15")

SCRIPT_USER = re.compile(r"^\s*script_user\s+([a-z_][\w-]*)(?:\s+:?([a-z_][\w-]*))?\s*(?:[#!].*)?$", re.MULTILINE)


def accounts(texts: Iterable[str]) -> tuple[list[str], list[str]]:
    """The users and the groups that script_user names in these texts."""
    users: dict[str, None] = {}
    groups: dict[str, None] = {}
    for text in texts:
        for user, group in SCRIPT_USER.findall(text):
            users[user] = None
            groups[group or user] = None
    return list(users), list(groups)


def with_accounts(passwd: str, group: str, users: Sequence[str], groups: Sequence[str]) -> tuple[str, str]:
    """The two files with the accounts that they lack; a user's own group has the user's name."""
    known = {line.split(":")[0] for line in group.splitlines()}
    ids = {line.split(":")[0]: line.split(":")[2] for line in group.splitlines()}
    for number, name in enumerate([name for name in groups if name not in known], start=FIRST_ID):
        group += f"{name}:x:{number}:\n"
        ids[name] = str(number)
    known = {line.split(":")[0] for line in passwd.splitlines()}
    for number, name in enumerate([name for name in users if name not in known], start=FIRST_ID):
        passwd += f"{name}:x:{number}:{ids.get(name, number)}::/nonexistent:/usr/sbin/nologin\n"
    return passwd, group


def interface_commands(names: Sequence[str]) -> str:
    """What `ip -batch` is given: each name as one end of a pair, up, with an address of each family."""
    commands = ""
    for number, name in enumerate(names):
        commands += f"link add {name} type veth peer name peer{number}\nlink set peer{number} up\nlink set {name} up\n"
        commands += f"addr add {NETWORK[number * 256 + 1]}/24 dev {name}\n"
        commands += f"addr add 2001:db8:{number + 1:x}::1/64 dev {name} nodad\n"
    return commands


@contextmanager
def machine(folder: Path, interfaces: Sequence[str], texts: Iterable[str]) -> Iterator[Box]:
    """A box with these interfaces, and the accounts that the texts name; `folder` is for its files."""
    batch = folder / "interfaces"
    batch.write_text(interface_commands(interfaces))
    passwd, group = with_accounts(Path("/etc/passwd").read_text(), Path("/etc/group").read_text(), *accounts(texts))
    (folder / "passwd").write_text(passwd)
    (folder / "group").write_text(group)
    with box() as made:
        for argv in (
            ("ip", "-batch", str(batch)),
            ("mount", "--bind", str(folder / "passwd"), "/etc/passwd"),
            ("mount", "--bind", str(folder / "group"), "/etc/group"),
        ):
            done = made.run(*argv)
            assert done.returncode == 0, f"{argv[0]}: {done.stderr}"
        yield made


def ask(where: Box, folder: Path, argv: Sequence[str], env: Mapping[str, str] | None = None) -> Answer:
    """Run one program in this folder of the box."""
    command = where.command("env", f"--chdir={folder}", *argv)
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=LIMIT,
            check=False,
            env=env,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        return Answer(HANG, f"ended after {LIMIT:.0f} s")
    return Answer(done.returncode, done.stdout + done.stderr)


def ask_kad(
    where: Box,
    folder: Path,
    files: Sequence[str],
    options: Mapping[str, Sequence[str]],
    *,
    jobs: int,
    before: Sequence[str] = (),
) -> dict[str, Answer]:
    """`kad -t -f FILE` of each file, some at a time; `before` are assignments to its environment."""
    with ThreadPoolExecutor(jobs) as pool:
        answers = pool.map(lambda file: ask(where, folder, (*before, *KAD, file, *options.get(file, ()))), files)
        return dict(zip(files, answers, strict=True))


def ask_keepalived(where: Box, folder: Path, files: Sequence[str], keepalived: Peer) -> dict[str, Answer]:
    """`keepalived -t -f FILE` of each file."""
    argv = (*ALONE, *keepalived.argv, "-t", "-f")
    return {file: ask(where, folder, (*argv, file), keepalived.env) for file in files}
