"""python -m bench.farm: a big configuration, virtual servers with many real servers and a TCP_CHECK each, on stdout.

100 x 100, the default, is 80,605 lines. With --distinct no two real_server blocks have the same lines in their braces,
so that nothing can be gained by remembering one for another.
"""

import argparse
import ipaddress
import sys
from collections.abc import Iterator, Sequence

VIRTUAL = ipaddress.IPv4Address("10.0.0.1")
REAL = ipaddress.IPv4Address("10.128.0.1")
FIRST_PORT = 1024
PORTS = 60_000
"""Ports that --distinct counts through before it goes on to the next connect_timeout."""

HEAD = """# A farm of plain TCP services, written by bench.farm.
global_defs {
\trouter_id farm
}

"""


def farm(virtual: int, real: int, *, distinct: bool = False) -> str:
    """The configuration: `virtual` services of `real` servers each."""
    return "".join(_pieces(virtual, real, distinct=distinct))


def _pieces(virtual: int, real: int, *, distinct: bool) -> Iterator[str]:
    yield HEAD
    for service in range(virtual):
        yield f"virtual_server {VIRTUAL + service} 80 {{\n"
        yield "\tlb_algo wlc\n\tlb_kind NAT\n\tprotocol TCP\n\tdelay_loop 10\n"
        for server in range(service * real, (service + 1) * real):
            yield _real_server(server, distinct=distinct)
        yield "}\n"


def _real_server(number: int, *, distinct: bool) -> str:
    port, timeout = (FIRST_PORT + number % PORTS, 3 + number // PORTS) if distinct else (80, 3)
    return (
        f"\treal_server {REAL + number} 80 {{\n\t\tTCP_CHECK {{\n"
        f"\t\t\tconnect_port {port}\n\t\t\tconnect_timeout {timeout}\n\t\t\tretry 2\n\t\t\tdelay_before_retry 1\n"
        "\t\t}\n\t}\n"
    )


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.farm", description="Write a big configuration.")
    parser.add_argument("--virtual", type=int, default=100, help="virtual servers (100)")
    parser.add_argument("--real", type=int, default=100, help="real servers of each (100)")
    parser.add_argument("--distinct", action="store_true", help="no two real servers have the same lines")
    arguments = parser.parse_args(argv)
    sys.stdout.write(farm(arguments.virtual, arguments.real, distinct=arguments.distinct))
    return 0


if __name__ == "__main__":
    sys.exit(main())
