"""virtual_rules { … }: the policy rules that follow the master, in the words of ip-rule(8)."""

from typing import Annotated, Any, ClassVar

from msgspec import Struct

from kad.config.fields import Declaration, keyword
from kad.config.kinds import SIGNED, UNSIGNED, Fixed, Flag, Int, Interface
from kad.config.metric_kinds import FirewallMark, Mark, Numbers, Range
from kad.config.route_kinds import (
    Named,
    Network,
    Prefix,
    RealmPair,
    Realms,
    TypeWord,
)

_PORTS = Numbers(1, 65535, single=True)
_AUTOMATIC = "next free below 16385"


class VirtualRule(Struct, frozen=True, kw_only=True):
    """One line: what packets must match, and what is done with them; numbers are the kernel's.

    One of `table`, `goto`, `action` and `l3mdev` is what is done.
    """

    family: Annotated[
        int | None,
        keyword(
            Fixed(4),
            "the rule is for IPv4",
            example="inet from 192.0.2.0/24 table 100 preference 1000",
            name="inet",
            otherwise="IPv4 unless an address decides",
            acts=True,
        ),
        keyword(
            Fixed(6),
            "the rule is for IPv6",
            example="inet6 table 100 preference 1000",
            name="inet6",
            otherwise="off",
            acts=True,
        ),
    ] = None
    source: Annotated[
        Prefix | None,
        keyword(
            Network(),
            "the prefix of the source",
            example="from 192.0.2.0/24 table 100 preference 1000",
            name="from",
            drops=True,
            otherwise="any",
            acts=True,
        ),
    ] = None
    destination: Annotated[
        Prefix | None,
        keyword(
            Network(),
            "the prefix of the destination",
            example="to 198.51.100.0/24 table 100 preference 1000",
            name="to",
            drops=True,
            otherwise="any",
            acts=True,
        ),
    ] = None
    table: Annotated[
        int | None,
        keyword(
            Named("rt_tables", 1, UNSIGNED),
            "look the route up in this table",
            example="from 192.0.2.0/24 table 100 preference 1000",
            aliases=("lookup",),
            once=True,
            drops=True,
            acts=True,
        ),
    ] = None
    invert: Annotated[
        bool,
        keyword(
            Flag(),
            "the rule is for what does not match",
            example="not from 192.0.2.0/24 table 100 preference 1000",
            name="not",
            acts=True,
        ),
    ] = False
    preference: Annotated[
        int | None,
        keyword(
            Int(0, UNSIGNED, c=True),
            "rules with a lower one come first",
            example="from 192.0.2.0/24 table 100 preference 1000",
            aliases=("order", "priority"),
            drops=True,
            otherwise=_AUTOMATIC,
            acts=True,
        ),
    ] = None
    tos: Annotated[
        int | None,
        keyword(
            Named("rt_dsfield"),
            "the type of service",
            example="tos 0x10 table 100 preference 1000",
            aliases=("dsfield",),
            drops=True,
            otherwise="any",
            acts=True,
        ),
    ] = None
    fwmark: Annotated[
        Mark | None,
        keyword(
            FirewallMark(),
            "the firewall mark",
            example="fwmark 0x5/0xff table 100 preference 1000",
            drops=True,
            otherwise="any",
            acts=True,
        ),
    ] = None
    realms: Annotated[
        Realms | None,
        keyword(
            RealmPair(),
            "the realms to assign (IPv4)",
            example="from 192.0.2.0/24 realms 5/6 table 100 preference 1000",
            drops=True,
            acts=True,
        ),
    ] = None
    suppress_prefixlength: Annotated[
        int | None,
        keyword(
            Int(0, SIGNED),
            "no route with a prefix of this length or less counts",
            example="suppress_prefixlength 0 table main preference 1000",
            aliases=("sup_pl",),
            drops=True,
            acts=True,
        ),
    ] = None
    suppress_ifgroup: Annotated[
        int | None,
        keyword(
            Named("group", 0, SIGNED, number="GROUP"),
            "no route through an interface of this group counts",
            example="suppress_ifgroup 5 table main preference 1000",
            aliases=("sup_group",),
            drops=True,
            acts=True,
        ),
    ] = None
    iif: Annotated[
        str | None,
        keyword(
            Interface(),
            "the interface it came in by",
            example="iif eth0 table 100 preference 1000",
            aliases=("dev",),
            drops=True,
            otherwise="any",
            acts=True,
        ),
    ] = None
    oif: Annotated[
        str | None,
        keyword(
            Interface(),
            "the interface that its socket is bound to",
            example="oif eth0 table 100 preference 1000",
            drops=True,
            otherwise="any",
            acts=True,
        ),
    ] = None
    tunnel_id: Annotated[
        int | None,
        keyword(
            Int(0, 2**64 - 1),
            "the key of the tunnel",
            example="tunnel-id 5 table 100 preference 1000",
            name="tunnel-id",
            drops=True,
            acts=True,
        ),
    ] = None
    uidrange: Annotated[
        Range | None,
        keyword(
            Numbers(0, UNSIGNED - 1),
            "the users of the socket",
            example="uidrange 1000-1999 table 100 preference 1000",
            drops=True,
            otherwise="any",
            acts=True,
        ),
    ] = None
    l3mdev: Annotated[
        bool,
        keyword(
            Flag(),
            "look the route up in the table of the VRF",
            example="l3mdev preference 1000",
            once=True,
            drops=True,
            acts=True,
        ),
    ] = False
    protocol: Annotated[
        int | None,
        keyword(
            Int(0, 255),
            "who put it there; with tracking always keepalived",
            example="from 192.0.2.0/24 no_track protocol 7 table 100 preference 1000",
            otherwise="18",
            acts=True,
        ),
    ] = None
    ipproto: Annotated[
        int | None,
        keyword(
            Named("protocols"),
            "the transport protocol",
            example="ipproto tcp table 100 preference 1000",
            otherwise="any",
            acts=True,
        ),
    ] = None
    sport: Annotated[
        Range | None,
        keyword(
            _PORTS,
            "the source ports",
            example="ipproto tcp sport 1024-2047 table 100 preference 1000",
            otherwise="any",
            acts=True,
        ),
    ] = None
    dport: Annotated[
        Range | None,
        keyword(
            _PORTS,
            "the destination ports",
            example="ipproto tcp dport 80 table 100 preference 1000",
            otherwise="any",
            acts=True,
        ),
    ] = None
    goto: Annotated[
        int | None,
        keyword(
            Int(0, UNSIGNED),
            "go on with the rule of this preference",
            example="from 192.0.2.0/24 preference 1000 goto 2000",
            once=True,
            drops=True,
            acts=True,
        ),
    ] = None
    action: Annotated[
        str | None,
        keyword(
            Fixed("nop"),
            "do nothing, and go on with the next rule",
            example="from 192.0.2.0/24 preference 1000 nop",
            name="nop",
            once=True,
            drops=True,
            acts=True,
        ),
        keyword(
            Fixed("blackhole"),
            "discard in silence",
            example="from 192.0.2.0/24 preference 1000 blackhole",
            name="blackhole",
            once=True,
            drops=True,
            acts=True,
        ),
        keyword(
            Fixed("unreachable"),
            "refuse as unreachable",
            example="from 192.0.2.0/24 preference 1000 unreachable",
            name="unreachable",
            once=True,
            drops=True,
            acts=True,
        ),
        keyword(
            Fixed("prohibit"),
            "refuse as prohibited",
            example="from 192.0.2.0/24 preference 1000 prohibit",
            name="prohibit",
            once=True,
            drops=True,
            acts=True,
        ),
    ] = None
    no_track: Annotated[
        bool,
        keyword(
            Flag(),
            "the instance does not care when someone else deletes it",
            example="from 192.0.2.0/24 no_track table 100 preference 1000",
            acts=True,
        ),
    ] = False

    EXTRA: ClassVar[dict[str, Declaration]] = {
        "type_": keyword(
            TypeWord(),
            "what the action may be introduced with",
            example="from 192.0.2.0/24 preference 1000 type blackhole",
            name="type",
            drops=True,
            acts=True,
        ),
    }

    @staticmethod
    def finish(values: dict[str, Any]) -> None:
        """The word `type` says nothing that the action does not."""
        values.pop("type_", None)

    @property
    def version(self) -> int:
        """4 or 6, the version of IP."""
        prefixes = [prefix for prefix in (self.source, self.destination) if prefix is not None]
        if prefixes:
            return 6 if ":" in prefixes[0].address else 4
        return self.family or 4
