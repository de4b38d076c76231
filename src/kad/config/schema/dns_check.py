"""DNS_CHECK { … }: a server is up when it answers a query over UDP."""

from typing import Annotated

from kad.config.check_kinds import Domain
from kad.config.fields import keyword
from kad.config.kinds import choice
from kad.config.schema.tcp_check import Connection, retries, waiting
from kad.units import Micros


class DnsCheck(Connection, frozen=True, kw_only=True, tag="DNS_CHECK"):
    """The server is up when it answers a query over UDP without an error."""

    retry: Annotated[int | None, retries("3")] = None
    delay_before_retry: Annotated[Micros | None, waiting("the delay_loop")] = None
    record_type: Annotated[
        str,
        keyword(
            choice("A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY", fold=True),
            "the type of record to ask for",
            example="type A",
            name="type",
        ),
    ] = "SOA"
    name: Annotated[
        str,
        keyword(Domain(), "the name to ask for; a dot alone is the root", example="name www.example.com", once=True),
    ] = "."
