"""How the kernel treats a process: seen by the kernel's own account of a child that sleeps."""

import os
import resource
import subprocess
from collections.abc import Iterator

import psutil
import pytest

from kad.care import Care
from kad.system import scheduling

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="root is needed to treat a process better than others")


@pytest.fixture
def sleeper() -> Iterator[int]:
    process = subprocess.Popen(["sleep", "60"])
    yield process.pid
    process.kill()
    process.wait()


def test_another_process_is_treated_as_wished_and_back(sleeper: int) -> None:
    new = Care(nice=-4, cpus=(0,), rttime=50_000)
    assert scheduling.change(Care(), new, sleeper) == []
    process = psutil.Process(sleeper)
    assert (process.nice(), process.cpu_affinity()) == (-4, [0])
    assert process.rlimit(psutil.RLIMIT_RTTIME) == (50_000, psutil.RLIM_INFINITY)
    assert scheduling.change(new, Care(), sleeper) == []
    assert (process.nice(), process.cpu_affinity()) == (0, list(range(os.cpu_count() or 1)))
    assert process.rlimit(psutil.RLIMIT_RTTIME) == (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY)


def test_real_time_is_round_robin_and_not_inherited(sleeper: int) -> None:
    problems = scheduling.change(Care(), Care(rt_priority=7), sleeper)
    if problems:  # a control group without real time
        assert problems == ["can't set rt_priority 7: Operation not permitted"]
        return
    assert os.sched_getparam(sleeper).sched_priority == 7
    assert os.sched_getscheduler(sleeper) == os.SCHED_RR | os.SCHED_RESET_ON_FORK
    assert scheduling.change(Care(rt_priority=7), Care(), sleeper) == []
    assert os.sched_getscheduler(sleeper) & ~os.SCHED_RESET_ON_FORK == os.SCHED_OTHER


def test_nothing_is_touched_that_is_not_to_change(sleeper: int) -> None:
    os.setpriority(os.PRIO_PROCESS, sleeper, 3)
    assert scheduling.change(Care(nice=5), Care(nice=5), sleeper) == []
    assert psutil.Process(sleeper).nice() == 3


def test_what_the_kernel_refuses_is_said_and_the_rest_is_done(sleeper: int) -> None:
    problems = scheduling.change(Care(), Care(nice=2, cpus=(4000,)), sleeper)
    assert problems == ["can't set cpu affinity 4000: Invalid argument"]
    assert psutil.Process(sleeper).nice() == 2


def test_a_process_that_is_gone_is_a_problem_and_no_error() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    assert scheduling.change(Care(), Care(nice=2), process.pid) == ["can't set priority 2: No such process"]


def in_child(code: str) -> str:
    import sys

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_memory_stays_also_what_is_mapped_later() -> None:
    said = in_child(
        "from kad.system import privileges, scheduling\n"
        "print(scheduling.lock_memory() or 'locked')\n"
        "privileges.keep(('IPC_LOCK',))\n"
        "more = bytearray(64 << 20)\n"
        "status = open('/proc/self/status').read()\n"
        "print(int(status.partition('VmLck:')[2].split()[0]) > 60_000)\n"
    )
    assert said.splitlines() == ["locked", "True"]


def test_without_the_permission_it_is_said_that_memory_can_not_be_kept() -> None:
    said = in_child(
        "import resource\n"
        "from kad.system import privileges, scheduling\n"
        "resource.setrlimit(resource.RLIMIT_MEMLOCK, (4096, 4096))\n"
        "privileges.keep(())\n"
        "print(scheduling.lock_memory())\n"
    )
    assert said.startswith("can't lock the memory: ")
    assert resource.getrlimit(resource.RLIMIT_MEMLOCK)
