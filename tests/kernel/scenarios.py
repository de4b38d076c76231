"""What happens in the guest: each function is a scenario for one director, kad or keepalived, with the same file.

Tables are in the words of `ipvsadm -Sn`. A scenario says what the table must be, so that two daemons which both do as
it says did the same.
"""

from tests.kernel.director import Director

SERVICE = "-A -t 10.9.0.1:80 -s rr"


def destination(number: int, weight: int = 1, method: str = "m", port: int = 80) -> str:
    return f"-a -t 10.9.0.1:80 -r 10.1.0.{number}:{port} -{method} -w {weight}"


def farm(*servers: str, options: str = "", service: str = "10.9.0.1 80", algo: str = "rr", kind: str = "NAT") -> str:
    """A virtual server whose checks run every second."""
    body = "\n".join(servers)
    return f"""
        virtual_server {service} {{
            delay_loop 1
            warmup 0
            retry 1
            delay_before_retry 0.2
            connect_timeout 3
            lb_algo {algo}
            lb_kind {kind}
            protocol TCP
            {options}
            {body}
        }}
        """


def real(number: int, options: str = "", port: int = 80, check: str = "TCP_CHECK { }") -> str:
    return f"real_server 10.1.0.{number} {port} {{\n{options}\n{check}\n}}\n"


def nat_round_robin(director: Director) -> None:
    """A real server dies and returns; a stop leaves nothing."""
    director.addresses("10.1.0.1/32", "10.1.0.2/32")
    director.serve("10.1.0.1", 80)
    director.serve("10.1.0.2", 80)
    director.start(farm(real(1), real(2)))
    director.expect("start", SERVICE, destination(1), destination(2))
    director.logged("TCP connection to [10.1.0.2]:tcp:80 success.")
    director.kill("10.1.0.2", 80)
    director.expect("death", SERVICE, destination(1))
    director.serve("10.1.0.2", 80)
    director.expect("return", SERVICE, destination(1), destination(2))
    director.check(director.stop() == 0, "the stop did not end well")
    director.expect("stop", patience=1)


def sorry_server_and_inhibit(director: Director) -> None:
    """Weights, wrr, quorum with hysteresis, sorry server, inhibit_on_failure."""
    director.addresses("10.1.0.1/32", "10.1.0.2/32", "10.1.0.3/32")
    for number in (1, 2, 3):
        director.serve(f"10.1.0.{number}", 80)
    options = "quorum 3\nhysteresis 1\nsorry_server 10.1.0.9 8000"
    servers = (real(1, "weight 1"), real(2, "weight 2"), real(3, "weight 3\ninhibit_on_failure"))
    service = "-A -t 10.9.0.1:80 -s wrr"
    sorry = destination(9, port=8000)
    director.start(farm(*servers, options=options, algo="wrr"))
    director.expect("start", service, destination(1), destination(2, 2), destination(3, 3))
    director.logged(" success.", times=3)
    director.kill("10.1.0.3", 80)
    director.expect("inhibited", service, destination(1), destination(2, 2), destination(3, 0))
    director.kill("10.1.0.2", 80)
    director.expect("quorum lost", service, destination(3, 0), sorry)
    director.serve("10.1.0.2", 80)
    director.logged("Adding service [10.1.0.2]:tcp:80")
    director.stays("not enough", service, destination(3, 0), sorry, seconds=1)
    director.serve("10.1.0.3", 80)
    director.expect("quorum gained", service, destination(1), destination(2, 2), destination(3, 3))
    director.stop()
    director.expect("stop", patience=1)


def http_status_and_scripts(director: Director) -> None:
    """An HTTP_GET whose status changes, a digest, a MISC_CHECK that flips, a weight from misc_dynamic."""
    director.addresses("10.1.0.1/32", "10.1.0.2/32", "10.1.0.3/32")
    web = director.serve("10.1.0.1", 80, status=200)
    director.serve("10.1.0.2", 80, status=200)
    flag, status = director.path("flag"), director.path("status")
    flag.touch()
    status.write_text("exit 12\n")
    script = director.path("script")
    # keepalived 2.2.7 can lose a child that ends before it looks ("child (PID …) lost"), and then never runs it again.
    script.write_text(f"#!/bin/sh\nsleep 0.3\n. {status}\n")
    script.chmod(0o755)
    present = director.path("present")
    present.write_text(f"#!/bin/sh\nsleep 0.3\ntest -e {flag}\n")
    present.chmod(0o755)
    md5 = "b1946ac92492d2347c6235b4d2611184"  # of "hello\n"
    status_check = "HTTP_GET {\nurl {\npath /health\nstatus_code 200\n}\n}"
    digest_check = f"HTTP_GET {{\nurl {{\npath /\ndigest {md5}\n}}\n}}"
    # Without a misc_timeout it would be the delay_loop of 1 s: not much in an emulated kernel on a busy machine, and
    # keepalived's weights drift after a script that timed out.
    flag_check = f'MISC_CHECK {{\nmisc_path "{present}"\nmisc_timeout 20\nuser root\n}}'
    weight_check = f'MISC_CHECK {{\nmisc_path "{script}"\nmisc_timeout 20\nmisc_dynamic\nuser root\n}}'
    director.start(
        "global_defs {\nscript_user root\n}\n"
        + farm(
            real(1, check=status_check),
            real(2, check=digest_check + "\n" + flag_check),
            real(3, check=weight_check),
        )
    )
    everyone = (SERVICE, destination(1), destination(2), destination(3, 10))
    director.expect("start", *everyone)
    director.logged("Remote Web server [10.1.0.2]:tcp:80 succeed on service.")
    director.logged("Misc check for [[10.1.0.2]:tcp:80 VS [10.9.0.1]:tcp:80]")
    web.status = 503
    director.expect("status 503", SERVICE, destination(2), destination(3, 10))
    flag.unlink()
    director.expect("flag gone", SERVICE, destination(3, 10))
    web.status = 204
    flag.touch()
    status.write_text("exit 32\n")
    director.expect("flag back, 204 is not 200", SERVICE, destination(2), destination(3, 30))
    web.status = 200
    director.expect("all back", SERVICE, destination(1), destination(2), destination(3, 30))
    status.write_text("exit 1\n")
    director.expect("script fails", SERVICE, destination(1), destination(2))
    status.write_text("exit 0\n")
    director.expect("script succeeds", SERVICE, destination(1), destination(2), destination(3))
    director.stop()
    director.expect("stop", patience=1)


FOREIGN = ("-A -t 10.9.0.7:80 -s wlc", "-a -t 10.9.0.7:80 -r 10.1.0.7:80 -g -w 1")


def foreign_service(director: Director) -> None:
    """What somebody else put into the table is there before, during and after."""
    for line in FOREIGN:
        director.ipvsadm(line)
    director.start(farm(real(1, check="")))
    director.expect("start", SERVICE, destination(1), *FOREIGN)
    director.stop()
    director.expect("stop", *FOREIGN, patience=1)


def crash_of_the_checker(director: Director) -> None:
    """SIGKILL of the checker worker: kad's table never changes, whatever state it was in."""
    director.addresses("10.1.0.1/32")
    director.serve("10.1.0.1", 80)
    director.start(farm(real(1), real(2, "inhibit_on_failure"), real(3), options="sorry_server 10.1.0.9 8000"))
    settled = (SERVICE, destination(1), destination(2, 0))
    director.expect("settled", *settled)
    director.kill_checker()
    director.stays("crash", *settled, seconds=3)
    director.kill("10.1.0.1", 80)
    sorry = (SERVICE, destination(2, 0), destination(9, port=8000))
    director.expect("sorry", *sorry)
    director.kill_checker()
    director.stays("crash with the sorry server in service", *sorry, seconds=3)
    director.serve("10.1.0.1", 80)
    director.expect("back", *settled)
    director.stop()
    director.expect("stop", patience=1)


def crash_of_keepalived_s_checker(director: Director) -> None:
    """What the same crash does to keepalived, for the record: the dead come back, the sorry server stays."""
    director.start(farm(real(1), options="sorry_server 10.1.0.9 8000"))
    director.expect("sorry", SERVICE, destination(9, port=8000))
    director.kill_checker()
    director.expect("both", SERVICE, destination(1), destination(9, port=8000), patience=5)
