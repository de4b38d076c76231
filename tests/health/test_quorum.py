"""Who is in service, without a kernel: what each event makes kad do, step by step.

The golden traces are reference checker.md 1.7 A and B, the golden tables 1.6; +S ~S -S are new, changed and deleted
service, +D ~D -D destinations with their weight. Long, because one director plays in all of it.
"""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kad.config.schema.misc_check import MiscCheck
from kad.config.schema.real_server import RealServer
from kad.config.schema.script import Script
from kad.config.schema.tcp_check import TcpCheck
from kad.config.schema.virtual_server import SorryServer, VirtualServer
from kad.health.quorum import Service
from kad.health.steps import (
    AddDestination,
    AddService,
    RealServerChanged,
    RemoveDestination,
    RemoveService,
    Say,
    SetDestination,
    Step,
    Steps,
    Table,
    VirtualServerChanged,
)

UP, DOWN = True, False


def script(name: str) -> Script:
    return Script(argv=(name,))


def real(
    number: int, weight: int | None = None, *, checks: int = 1, port: int = 80, inhibit: bool = False
) -> RealServer:
    return RealServer(
        address=f"10.1.0.{number}",
        port=port,
        weight=weight,
        inhibit_on_failure=inhibit or None,
        checks=(TcpCheck(),) * checks,
        notify_up=script(f"up{number}"),
        notify_down=script(f"down{number}"),
    )


def farm(
    *servers: RealServer,
    quorum: int = 1,
    hysteresis: int = 0,
    sorry: SorryServer | None = None,
    sorry_inhibit: bool = False,
    alpha: bool = False,
    omega: bool = False,
) -> VirtualServer:
    return VirtualServer(
        address="10.9.0.1",
        port=80,
        protocol="TCP",
        lb_algo="rr",
        quorum=quorum,
        hysteresis=hysteresis,
        alpha=alpha,
        omega=omega,
        sorry_server=sorry,
        sorry_server_inhibit=sorry_inhibit,
        quorum_up=script("qup"),
        quorum_down=script("qdown"),
        real_servers=servers,
    )


SORRY = SorryServer(address="10.1.0.9", port=8000)


def text(step: Step) -> str:  # noqa: PLR0911 - one a kind
    match step:
        case AddService():
            return "+S"
        case RemoveService():
            return "-S"
        case AddDestination(destination=destination, weight=weight):
            return f"+D {short(destination.place)} w{weight}"
        case SetDestination(destination=destination, weight=weight):
            return f"~D {short(destination.place)} w{weight}"
        case RemoveDestination(destination=destination):
            return f"-D {short(destination.place)}"
        case Say(text=line):
            return line
        case RealServerChanged(name=name, up=up):
            return f"RS {name} {'UP' if up else 'DOWN'}"
        case VirtualServerChanged(name=name, up=up):
            return f"VS {name} {'UP' if up else 'DOWN'}"


def short(place: tuple[str, int]) -> str:
    return "sorry" if place[0] == "10.1.0.9" else f"RS{place[0].rpartition('.')[2]}"


Refuses = Callable[[Step], bool]


def nothing(_: Step) -> bool:
    return False


class Kernel:
    """A table that does what it is told, unless it `refuses`; keeps what was done and what is in it."""

    def __init__(self, refuses: Refuses = nothing) -> None:
        self.refuses = refuses
        self.service = False
        self.table: dict[str, int] = {}
        self.scripts: list[str] = []

    def run(self, steps: Steps) -> list[str]:
        done: list[str] = []
        ok = True
        try:
            step = next(steps)
            while True:
                done.append(text(step))
                ok = self.perform(step)
                step = steps.send(ok)
        except StopIteration:
            return done

    def perform(self, step: Step) -> bool:
        if self.refuses(step):
            return False
        match step:
            case AddService() | RemoveService():
                self.service = isinstance(step, AddService)
            case (
                AddDestination(destination=destination, weight=weight)
                | SetDestination(destination=destination, weight=weight)
            ):
                self.table[short(destination.place)] = weight
            case RemoveDestination(destination=destination):
                self.table.pop(short(destination.place), None)
            case RealServerChanged(script=command) | VirtualServerChanged(script=command):
                self.scripts += command.argv if command is not None else ()
            case Say():
                pass
        return True


class Director:
    """A service in its kernel, started."""

    def __init__(self, config: VirtualServer, refuses: Refuses = nothing, found: Table | None = None) -> None:
        self.kernel = Kernel(refuses)
        self.service = Service(config)
        self.started = self.kernel.run(self.service.start(found))

    def result(self, server: int, check: int, up: bool, *, first: bool = False) -> list[str]:
        return self.kernel.run(self.service.checked(server - 1, check, up=up, cause="test", first=first))

    def up(self, server: int, check: int = 0) -> list[str]:
        return self.result(server, check, UP)

    def down(self, server: int, check: int = 0) -> list[str]:
        return self.result(server, check, DOWN)

    def weigh(self, server: int, contribution: int, check: int = 0) -> list[str]:
        return self.kernel.run(self.service.weighed(server - 1, check, contribution))

    def stop(self) -> list[str]:
        return self.kernel.run(self.service.stop())

    @property
    def table(self) -> dict[str, int]:
        return self.kernel.table


VS = "[10.9.0.1]:tcp:80"
RS1, RS2, RS3 = (f"[10.1.0.{number}]:tcp:80" for number in (1, 2, 3))
SS = "[10.1.0.9]:tcp:8000"


def config_a() -> VirtualServer:
    return farm(real(1, 1), real(2, 2), quorum=2, hysteresis=1, sorry=SORRY)


def test_golden_trace_a_from_start_to_stop() -> None:
    director = Director(config_a())
    assert director.started == [
        "+S",
        "+D RS1 w1",
        "+D RS2 w2",
        f"Gained quorum 2+1=3 <= 3 for VS {VS}",
        f"VS {VS} UP",
    ]
    assert director.result(1, 0, UP, first=True) == []
    assert director.down(2) == [f"Removing service {RS2} from VS {VS}", "-D RS2", f"RS {RS2} DOWN"]
    assert director.down(1) == [
        f"Removing service {RS1} from VS {VS}",
        "-D RS1",
        f"RS {RS1} DOWN",
        f"Lost quorum 2-1=1 > 0 for VS {VS}",
        f"Adding sorry server {SS} to VS {VS}",
        f"Removing alive servers from the pool for VS {VS}",
        "+D sorry w1",
        f"VS {VS} DOWN",
    ]
    assert director.up(1) == [f"Adding service {RS1} to VS {VS}", f"RS {RS1} UP"]
    assert director.up(2) == [
        f"Adding service {RS2} to VS {VS}",
        f"RS {RS2} UP",
        f"Gained quorum 2+1=3 <= 3 for VS {VS}",
        f"Removing sorry server {SS} from VS {VS}",
        "-D sorry",
        f"Adding alive servers to the pool for VS {VS}",
        "+D RS1 w1",
        "+D RS2 w2",
        f"VS {VS} UP",
    ]
    assert director.stop() == [
        f"Shutting down service {RS1} from VS {VS}",
        "-D RS1",
        f"Shutting down service {RS2} from VS {VS}",
        "-D RS2",
        "-S",
    ]


def director_b() -> Director:
    servers = (real(1, checks=2), real(2, 2, inhibit=True), real(3, checks=2))
    return Director(farm(*servers, alpha=True, omega=True, sorry=SORRY, sorry_inhibit=True))


def test_golden_trace_b_starts_with_the_sorry_server() -> None:
    assert director_b().started == [
        "+S",
        "+D RS2 w0",
        f"Starting with quorum down 1-0=1 > 0 for VS {VS}",
        f"Enabling sorry server {SS} to VS {VS}",
        f"Removing alive servers from the pool for VS {VS}",
        "+D sorry w1",
        f"VS {VS} DOWN",
    ]


def test_golden_trace_b_tells_of_each_alpha_checker_that_fails_its_first_run() -> None:
    director = director_b()
    assert director.result(1, 0, UP, first=True) == []
    results = [(1, 1), (2, 0), (3, 0), (3, 1)]
    told = [director.result(server, check, DOWN, first=True) for server, check in results]
    assert told == [[f"RS {name} DOWN"] for name in (RS1, RS2, RS3, RS3)]


def test_golden_trace_b_after_the_first_checks() -> None:
    director = director_b()
    director.up(1, 0)
    assert director.up(1, 1) == [
        f"Adding service {RS1} to VS {VS}",
        f"RS {RS1} UP",
        f"Gained quorum 1+0=1 <= 1 for VS {VS}",
        f"Disabling sorry server {SS} from VS {VS}",
        "~D sorry w0",
        f"Adding alive servers to the pool for VS {VS}",
        "+D RS1 w1",
        f"VS {VS} UP",
    ]
    assert director.up(2) == [f"Enabling service {RS2} of VS {VS}", "~D RS2 w2", f"RS {RS2} UP"]
    assert director.down(2) == [f"Disabling service {RS2} of VS {VS}", "~D RS2 w0", f"RS {RS2} DOWN"]
    first, second = director.down(1, 0), director.down(1, 1)
    assert [step for step in first if step[:2] in ("-D", "~D", "+D")] == ["-D RS1", "~D sorry w1"]
    assert second == []
    assert director.up(1, 0) == []
    assert "~D sorry w0" in director.up(1, 1)
    assert director.stop() == [
        "-D sorry",
        f"Shutting down service {RS1} from VS {VS}",
        "-D RS1",
        f"Shutting down (inhibited) service {RS2} from VS {VS}",
        "-D RS2",
        f"Shutting down service {RS3} from VS {VS}",
        "-S",
        f"RS {RS1} DOWN",
        f"VS {VS} DOWN",
    ]


def test_golden_table_14_withdraws_a_healthy_server_when_quorum_is_lost() -> None:
    director = Director(farm(real(1, 1), real(2, 2), real(3, 3, inhibit=True), quorum=2, sorry=SORRY))
    director.down(2)
    director.down(3)
    assert director.table == {"RS3": 0, "sorry": 1}


def test_golden_table_15_keeps_an_inhibited_sorry_server_at_weight_0() -> None:
    director = director_b()
    assert director.table == {"RS2": 0, "sorry": 1}
    director.up(1, 0)
    director.up(1, 1)
    assert director.table == {"RS1": 1, "RS2": 0, "sorry": 0}


A_THEN_B = [
    # A up?, B up?, what happens to A, whether the real server changes (reference checker.md 2.2)
    (UP, UP, DOWN, True),
    (DOWN, UP, UP, True),
    (UP, DOWN, DOWN, False),
    (DOWN, DOWN, UP, False),
]


@pytest.mark.parametrize(("a", "b", "event", "changes"), A_THEN_B)
def test_a_real_server_is_alive_exactly_while_none_of_its_checkers_is_down(
    a: bool, b: bool, event: bool, changes: bool
) -> None:
    director = Director(farm(real(1, checks=2), real(2)))
    director.result(1, 0, a)
    director.result(1, 1, b)
    steps = director.result(1, 0, event)
    assert bool(steps) == changes
    assert ("RS1" in director.table) == (event and b)


def test_without_a_sorry_server_the_living_keep_serving_when_quorum_is_lost() -> None:
    director = Director(farm(real(1), real(2), real(3), quorum=3))
    assert director.down(1)[-2:] == [f"Lost quorum 3-0=3 > 2 for VS {VS}", f"VS {VS} DOWN"]
    assert director.table == {"RS2": 1, "RS3": 1}


def test_a_start_without_quorum_and_without_a_sorry_server_tells_nobody() -> None:
    director = Director(farm(real(1), alpha=True))
    assert director.started == ["+S"]


def test_inhibit_on_failure_of_the_virtual_server_holds_for_servers_that_say_nothing() -> None:
    servers = (real(1), replace(real(2), inhibit_on_failure=False))
    director = Director(replace(farm(*servers), inhibit_on_failure=True))
    director.down(1)
    director.down(2)
    assert director.table == {"RS1": 0}


def test_the_weight_of_the_virtual_server_is_that_of_servers_without_one() -> None:
    assert Director(replace(farm(real(1), real(2, 2)), weight=7)).table == {"RS1": 7, "RS2": 2}


def test_hysteresis_delays_the_return_of_quorum() -> None:
    director = Director(farm(real(1, 1), real(2, 2), quorum=2, hysteresis=1))
    director.down(2)
    states = [director.service.quorum_up]
    for event in (director.down, director.up):
        event(1)
        states.append(director.service.quorum_up)
    director.up(2)
    states.append(director.service.quorum_up)
    assert states == [True, False, False, True]


def test_a_real_server_without_checkers_is_alive_even_in_alpha_mode() -> None:
    assert Director(farm(real(1, checks=0), alpha=True)).table == {"RS1": 1}


def test_scripts_run_for_the_server_before_the_quorum() -> None:
    director = Director(farm(real(1)))
    director.down(1)
    director.up(1)
    assert director.kernel.scripts == ["qup", "down1", "qdown", "up1", "qup"]


def test_a_start_runs_no_script_of_a_real_server_unless_rs_init_notifies() -> None:
    kernel = Kernel()
    kernel.run(Service(farm(real(1)), rs_init_notifies=True).start())
    assert kernel.scripts == ["up1", "qup"]


def test_without_omega_a_stop_runs_no_script() -> None:
    director = Director(farm(real(1)))
    director.kernel.scripts.clear()
    director.stop()
    assert director.kernel.scripts == []


def test_a_virtual_server_that_a_reload_removes_is_told_even_without_omega() -> None:
    director = Director(farm(real(1)))
    director.kernel.scripts.clear()
    director.kernel.run(director.service.stop(shutting_down=False))
    assert (director.kernel.scripts, director.table, director.kernel.service) == (["down1", "qdown"], {}, False)


def test_a_weight_is_changed_in_the_kernel_and_counts_for_the_quorum() -> None:
    director = Director(farm(real(1, 10), quorum=5))
    assert director.weigh(1, 10) == [
        f"Changing weight from 10 to 20 for active service {RS1} of VS {VS}",
        "~D RS1 w20",
    ]
    assert director.weigh(1, -10)[-2:] == [f"Lost quorum 5-0=5 > 0 for VS {VS}", f"VS {VS} DOWN"]
    assert director.table == {"RS1": 0}


def test_two_dynamic_scripts_add_up() -> None:
    director = Director(farm(real(1, 10, checks=2)))
    director.weigh(1, 22 - 2 - 10, check=0)
    director.weigh(1, 32 - 2 - 10, check=1)
    assert director.table == {"RS1": 40}


def test_a_negative_sum_is_remembered_and_shown_as_0() -> None:
    director = Director(farm(real(1, 5, checks=2), real(2)))
    director.weigh(1, -5, check=0)
    director.weigh(1, -5, check=1)
    assert director.table["RS1"] == 0
    director.weigh(1, 0, check=0)
    assert director.table["RS1"] == 0
    director.weigh(1, 0, check=1)
    assert director.table["RS1"] == 5


def test_no_weight_is_more_than_the_kernel_can_hold() -> None:
    director = Director(farm(real(1, 10)))
    director.weigh(1, 2**31)
    assert director.table == {"RS1": 2**31 - 1}


def test_the_weight_of_a_server_that_is_out_is_remembered_for_its_return() -> None:
    director = Director(farm(real(1, 1), real(2)))
    director.down(1)
    assert director.weigh(1, 6) == [f"Changing weight from 1 to 7 for inactive service {RS1} of VS {VS}"]
    director.up(1)
    assert director.table["RS1"] == 7


def refuses(wanted: type[Step], times: int = 1) -> Refuses:
    left = [times]

    def decide(step: Step) -> bool:
        if isinstance(step, wanted) and left[0]:
            left[0] -= 1
            return True
        return False

    return decide


def test_a_removal_that_the_kernel_refuses_changes_nothing_and_is_tried_again_at_the_next_result() -> None:
    director = Director(farm(real(1), real(2)), refuses(RemoveDestination))
    assert director.down(1) == [f"Removing service {RS1} from VS {VS}", "-D RS1"]
    assert director.service.is_up(0, 0)
    assert director.service.concerned(0, 0, up=False, first=False)
    assert director.down(1) == [f"Removing service {RS1} from VS {VS}", "-D RS1", f"RS {RS1} DOWN"]


def test_an_addition_that_the_kernel_refuses_leaves_the_server_down_until_the_next_result() -> None:
    director = Director(farm(real(1), real(2)))
    director.down(1)
    director.kernel.refuses = refuses(AddDestination)
    director.up(1)
    assert not director.service.is_up(0, 0)
    director.up(1)
    assert director.table == {"RS1": 1, "RS2": 1}


def test_a_sorry_server_that_could_not_be_added_comes_with_the_next_result() -> None:
    director = Director(farm(real(1), real(2, checks=2), sorry=SORRY), refuses(AddDestination, times=0))
    director.down(2, 0)
    director.kernel.refuses = refuses(AddDestination)
    director.down(1)
    assert director.table == {}
    assert director.down(2, 1) == ["+D sorry w1"]


def test_a_service_that_the_kernel_refuses_is_created_at_a_later_result_with_what_is_then_known() -> None:
    director = Director(farm(real(1), real(2)), refuses(AddService, times=2))
    assert director.started == ["+S"]
    assert director.down(1) == ["+S"]
    assert director.up(2)[:2] == ["+S", "+D RS2 w1"]
    assert director.table == {"RS2": 1}


def test_once_the_kernel_obeyed_a_known_verdict_concerns_nobody_again() -> None:
    director = Director(farm(real(1), real(2)), refuses(RemoveDestination))
    director.down(1)
    director.down(1)
    assert not director.service.concerned(0, 0, up=False, first=False)


def test_a_known_verdict_concerns_nobody() -> None:
    director = Director(farm(real(1)))
    assert not director.service.concerned(0, 0, up=True, first=False)
    assert director.service.concerned(0, 0, up=True, first=True)
    assert director.service.concerned(0, 0, up=False, first=False)


def found(**table: int) -> Table:
    places = {"sorry": ("10.1.0.9", 8000)}
    return {places.get(name, (f"10.1.0.{name[2:]}", 80)): weight for name, weight in table.items()}


def restarted(config: VirtualServer, **table: int) -> Director:
    director = Director.__new__(Director)
    director.kernel = Kernel()
    director.kernel.table = dict(table)
    director.service = Service(config)
    director.started = director.kernel.run(director.service.start(found(**table)))
    return director


def test_after_a_crash_a_dead_server_stays_out_and_a_living_one_is_not_touched_but_for_its_settings() -> None:
    director = restarted(farm(real(1), real(2)), RS1=1)
    assert director.started[:2] == ["+S", "~D RS1 w1"]
    assert director.table == {"RS1": 1}
    director.result(2, 0, DOWN, first=True)
    assert director.kernel.scripts == ["qup"]
    director.up(2)
    assert director.table == {"RS1": 1, "RS2": 1}


def test_after_a_crash_a_server_in_alpha_mode_that_served_goes_on_serving() -> None:
    assert restarted(farm(real(1), alpha=True), RS1=1).table == {"RS1": 1}


def test_after_a_crash_an_old_weight_does_not_survive() -> None:
    assert restarted(farm(real(1, 3)), RS1=9).table == {"RS1": 3}


def test_after_a_crash_an_inhibited_server_at_weight_0_is_believed_to_be_down() -> None:
    director = restarted(farm(real(1), real(2, inhibit=True)), RS1=1, RS2=0)
    assert director.table == {"RS1": 1, "RS2": 0}
    director.up(2)
    assert director.table == {"RS1": 1, "RS2": 1}


def test_after_a_crash_a_sorry_server_in_service_stays_until_a_real_server_is_proved() -> None:
    director = restarted(farm(real(1), sorry=SORRY), sorry=1)
    assert director.table == {"sorry": 1}
    director.up(1)
    assert director.table == {"RS1": 1}


def test_after_a_crash_in_the_middle_of_a_change_no_sorry_server_is_left_beside_the_living() -> None:
    assert restarted(farm(real(1), sorry=SORRY), RS1=1, sorry=1).table == {"RS1": 1}


def test_a_sorry_server_that_is_also_a_real_server_is_not_taken_out_of_service_by_a_restart() -> None:
    shared = SorryServer(address="10.1.0.1", port=80)
    assert restarted(farm(real(1), sorry=shared), RS1=1).table == {"RS1": 1}


def test_a_table_with_nothing_of_ours_teaches_nothing() -> None:
    director = restarted(farm(real(1), real(2)), RS7=1)
    assert director.table == {"RS1": 1, "RS2": 1, "RS7": 1}


def test_a_destination_that_is_not_configured_is_left_alone_with_a_word() -> None:
    director = restarted(farm(real(1)), RS1=1, RS7=1)
    assert director.table == {"RS1": 1, "RS7": 1}
    assert director.started[-1] == (
        f"VS {VS} has a destination [10.1.0.7]:tcp:80 that is not configured: leaving it alone"
    )


def reload(director: Director, config: VirtualServer) -> list[str]:
    director.kernel.scripts.clear()
    old, director.service = director.service, Service(config)
    return director.kernel.run(director.service.succeed(old))


def test_a_reload_that_changes_nothing_does_nothing() -> None:
    director = Director(config_a())
    director.down(1)
    assert reload(director, config_a()) == []


def test_a_reload_removes_who_is_gone_and_tells_of_it() -> None:
    director = Director(farm(real(1), real(2)))
    assert reload(director, farm(real(1))) == [
        f"service {RS2} no longer exist",
        f"Removing service {RS2} from VS {VS}",
        "-D RS2",
        f"RS {RS2} DOWN",
    ]
    assert director.kernel.scripts == ["down2"]


def test_a_real_server_that_a_reload_adds_serves_at_once_and_one_that_was_dead_stays_out() -> None:
    director = Director(farm(real(1), real(2)))
    director.down(2)
    assert reload(director, farm(real(1), real(2), real(3))) == ["+D RS3 w1"]


def test_a_reload_does_not_bring_back_a_server_that_was_dead_when_all_were() -> None:
    director = Director(farm(real(1)))
    director.down(1)
    assert reload(director, farm(real(1, 2))) == []
    director.up(1)
    assert director.table == {"RS1": 2}


def test_a_reload_changes_weight_method_and_scheduler_in_place() -> None:
    director = Director(farm(real(1), real(2)))
    changed = replace(farm(replace(real(1), lvs_method="DR"), real(2, 20)), lb_algo="wlc")
    assert reload(director, changed) == ["+S", "~D RS1 w1", "~D RS2 w20"]


def test_a_reload_applies_new_thresholds() -> None:
    director = Director(farm(real(1)))
    assert reload(director, farm(replace(real(1), uthreshold=5))) == ["~D RS1 w1"]


def test_a_reload_replaces_an_active_sorry_server() -> None:
    director = Director(farm(real(1), sorry=SORRY))
    director.down(1)
    steps = reload(director, farm(real(1), sorry=SorryServer(address="10.1.0.8", port=80)))
    assert [step for step in steps if step[1:3] == "D "] == ["-D sorry", "+D RS8 w1"]


def test_a_reload_that_removes_an_active_sorry_server_puts_the_living_back() -> None:
    director = Director(farm(real(1, 1), real(2, 2), quorum=2, hysteresis=1, sorry=SORRY))
    director.down(2)
    director.down(1)
    director.up(1)
    reload(director, farm(real(1, 1), real(2, 2), quorum=2, hysteresis=1))
    assert director.table == {"RS1": 1}


def test_a_reload_that_lowers_the_quorum_gains_it() -> None:
    director = Director(farm(real(1), real(2), quorum=2, sorry=SORRY))
    director.down(2)
    reload(director, farm(real(1), real(2), quorum=1, sorry=SORRY))
    assert (director.table, director.kernel.scripts) == ({"RS1": 1}, ["qup"])


def test_a_reload_does_not_give_traffic_to_a_dead_server_only_because_its_checker_was_edited() -> None:
    director = Director(farm(real(1), real(2)))
    director.down(1)
    edited = replace(real(1), checks=(TcpCheck(connect_port=81),))
    reload(director, farm(edited, real(2)))
    assert director.result(1, 0, DOWN, first=True) == []
    assert director.table == {"RS2": 1}


def test_a_reload_keeps_a_living_server_whose_checker_was_edited() -> None:
    director = Director(farm(real(1)))
    assert reload(director, farm(replace(real(1), checks=(TcpCheck(connect_port=81),)))) == []


def test_a_reload_keeps_the_verdict_of_a_checker_that_only_got_another_rhythm_or_another_place() -> None:
    director = Director(farm(real(1, checks=0), replace(real(2), checks=(TcpCheck(connect_port=81), TcpCheck()))))
    director.down(2, 1)
    reload(director, farm(real(1, checks=0), replace(real(2), checks=(TcpCheck(retry=9), TcpCheck(connect_port=81)))))
    assert not director.service.is_up(1, 0)
    assert director.service.is_up(1, 1)


def test_a_reload_removes_the_weight_of_a_script_that_is_gone() -> None:
    director = Director(farm(real(1, 10, checks=1)))
    director.weigh(1, 30)
    reload(director, farm(real(1, 10, checks=0)))
    assert director.table == {"RS1": 10}


def test_a_real_server_that_becomes_the_sorry_server_does_not_stay_in_service() -> None:
    director = Director(farm(real(1), real(2)))
    reload(director, farm(real(1), sorry=SorryServer(address="10.1.0.2", port=80)))
    assert director.table == {"RS1": 1}


def test_a_service_that_could_not_be_created_is_tried_again_by_a_reload() -> None:
    director = Director(farm(real(1)), refuses(AddService))
    reload(director, farm(real(1), real(2)))
    assert director.table == {"RS1": 1, "RS2": 1}


def test_an_address_in_an_unusual_spelling_is_the_same_destination() -> None:
    server = RealServer(address="FD00:0::1", port=80, checks=(TcpCheck(),))
    service = Service(VirtualServer(address="fd00::9", port=80, protocol="TCP", real_servers=(server,)))
    kernel = Kernel()
    steps = kernel.run(service.start({("fd00::1", 80): 1}))
    assert not [step for step in steps if "leaving it alone" in step]


def test_a_quorum_that_no_weight_can_reach_is_still_one_that_a_weight_of_0_does_not_reach() -> None:
    director = Director(farm(real(1, 0), quorum=0, hysteresis=0, sorry=SORRY))
    assert director.table == {"sorry": 1}


EVENTS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 1), st.booleans(), st.integers(-3, 3)), max_size=30)


@given(EVENTS, st.integers(1, 4), st.integers(0, 3), st.booleans(), st.sets(st.integers(0, 60)))
def test_whatever_happens_the_table_follows_the_rules_once_the_kernel_obeys(
    events: list[tuple[int, int, bool, int]], quorum: int, hysteresis: int, sorry_inhibit: bool, refused: set[int]
) -> None:
    count = [0]

    def refuse(step: Step) -> bool:
        count[0] += isinstance(step, AddDestination | SetDestination | RemoveDestination)
        return count[0] in refused

    servers = (real(1, 1, checks=2), real(2, 2, checks=2, inhibit=True), real(3, 3, checks=2))
    director = Director(
        farm(*servers, quorum=quorum, hysteresis=hysteresis, sorry=SORRY, sorry_inhibit=sorry_inhibit), refuse
    )
    checks = {(server, check): True for server in (1, 2, 3) for check in (0, 1)}
    weights = {1: 1, 2: 2, 3: 3}
    for server, check, up, contribution in events:
        director.result(server, check, up)
        director.weigh(server, contribution, check=0)
        checks[server, check] = up
        weights[server] = server + contribution
    director.kernel.refuses = nothing
    for _ in range(2):
        for (server, check), up in checks.items():
            director.result(server, check, up)
    alive = {n for n in (1, 2, 3) if checks[n, 0] and checks[n, 1]}
    serving = {f"RS{n}": max(weights[n], 0) for n in alive}
    inhibited = {} if 2 in alive else {"RS2": 0}
    if director.service.quorum_up:
        assert director.table == serving | inhibited | ({"sorry": 0} if sorry_inhibit else {})
    else:
        assert director.table == {"RS2": 0, "sorry": 1}
    live_weight = sum(serving.values())
    assert director.service.quorum_up or live_weight < quorum + min(hysteresis, quorum - 1)
    assert not director.service.quorum_up or (live_weight > 0 and live_weight >= quorum - min(hysteresis, quorum - 1))


def test_a_misc_check_counts_as_any_other() -> None:
    server = RealServer(address="10.1.0.1", port=80, checks=(MiscCheck(misc_path=script("x")),))
    director = Director(farm(server))
    assert director.table == {"RS1": 1}
