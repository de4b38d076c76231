"""What each worker is told of a configuration, and whether it is wanted at all."""

from kad.config.config import Config
from kad.ipc.messages import ConfigureChecker, ConfigureRunner, ConfigureVrrp
from kad.supervisor.shares import CHECKER, RUNNER, VRRP, once_more, share
from tests.config.texts import instance, read, service

UNBOUND = instance("unicast_peer {\n10.9.1.1\n}\nunicast_src_ip 10.9.0.9", name="U").replace("    interface eth0\n", "")
"""An instance without an interface."""

SCRIPT = "vrrp_script s {\n script /bin/x\n}\n"


def config(text: str) -> Config:
    return read(text).config


def test_the_runner_is_always_wanted() -> None:
    assert isinstance(share(RUNNER, Config()), ConfigureRunner)


def test_without_anything_to_do_a_worker_is_not_wanted() -> None:
    assert share(VRRP, config(service())) is None
    assert share(CHECKER, config(instance())) is None


def test_a_worker_gets_its_half_and_what_holds_everywhere() -> None:
    whole = config("global_defs {\n vrrp_version 3\n}\n" + SCRIPT + instance("track_script {\n s\n}") + service())
    vrrp, checker = share(VRRP, whole), share(CHECKER, whole)
    assert isinstance(vrrp, ConfigureVrrp)
    assert isinstance(checker, ConfigureChecker)
    assert (vrrp.instances, vrrp.scripts) == (whole.vrrp_instances, whole.vrrp_scripts)
    assert checker.virtual_servers == whole.virtual_servers
    assert vrrp.global_defs == checker.global_defs == whole.global_defs
    assert (vrrp.release, checker.release) == (True, True)


def test_whether_a_worker_cleans_up_at_its_end_is_handed_on() -> None:
    whole = config(instance() + service())
    for worker in (VRRP, CHECKER):
        message = share(worker, whole, release=False)
        assert isinstance(message, ConfigureVrrp | ConfigureChecker)
        assert message.release is False


def test_what_is_not_run_yet_reaches_no_worker() -> None:
    whole = config(instance() + UNBOUND + service() + service(head="fwmark 3"))
    vrrp, checker = share(VRRP, whole), share(CHECKER, whole)
    assert isinstance(vrrp, ConfigureVrrp)
    assert isinstance(checker, ConfigureChecker)
    assert [one.name for one in vrrp.instances] == ["VI_1"]
    assert [one.address for one in checker.virtual_servers] == ["10.9.0.2"]


def test_a_worker_that_would_have_only_what_is_not_run_yet_is_not_wanted() -> None:
    assert share(VRRP, config(UNBOUND)) is None
    assert share(CHECKER, config(service(head="fwmark 3"))) is None


def test_a_worker_that_takes_a_dead_one_s_place_is_not_told_that_the_daemon_starts() -> None:
    whole = config(instance() + service())
    vrrp, checker = share(VRRP, whole), share(CHECKER, whole)
    assert isinstance(vrrp, ConfigureVrrp)
    assert checker is not None
    again = once_more(vrrp)
    assert isinstance(again, ConfigureVrrp)
    assert (vrrp.first, again.first, again.instances) == (True, False, vrrp.instances)
    assert once_more(checker) == checker
