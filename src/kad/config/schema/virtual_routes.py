"""virtual_routes { … }: the routes that follow the master, in the words of ip-route(8)."""

from typing import Annotated, Any, ClassVar

from msgspec import Struct

from kad.config.addresses import Address
from kad.config.fields import Declaration, argument, keyword
from kad.config.hop_kinds import Encap, EncapValue, NextHop, NextHops
from kad.config.kinds import UNSIGNED, Choice, Fixed, Flag, Int, Interface, Seconds
from kad.config.metric_kinds import Algorithm, Congestion, KernelTime, Lockable, Metric
from kad.config.route_kinds import (
    Features,
    FirstAddress,
    Gateway,
    Named,
    Network,
    Preference,
    Prefix,
    RealmPair,
    Realms,
    Reserved,
    RouteType,
)
from kad.units import SECOND, Micros

KEEPALIVED = 18
"""The routing protocol that marks what is kad's, as it marks what is keepalived's (RTPROT_KEEPALIVED)."""

_SECONDS = Seconds(Micros(0), Micros(UNSIGNED * SECOND), decimals=0)
_NUMBER = Int(0, UNSIGNED)
_SWITCH = Int(0, 1)
_LOCKABLE = Lockable()


class VirtualRoute(Struct, frozen=True, kw_only=True):
    """One line: [TYPE] DEST and options in any order. Numbers are the kernel's, and so are the units of metrics.

    rtt is in eighths and rttvar in quarters of a millisecond, rto_min in milliseconds. `device` and `via` are those of
    a route with one path; one with several has them in `nexthops`.
    """

    type: Annotated[int, argument(RouteType(), "the type of the route", name="TYPE", free=True, optional=True)] = 1
    destination: Annotated[Prefix, argument(Network(old=True), "a destination", free=True)]
    family: Annotated[
        int | None,
        keyword(Fixed(4), "the route is of IPv4", name="inet", otherwise="IPv4 unless an address decides", acts=True),
        keyword(Fixed(6), "the route is of IPv6", name="inet6", otherwise="off", acts=True),
    ] = None
    via: Annotated[str | None, keyword(Gateway(), "the gateway", drops=True, deprecated=("gw",), acts=True)] = None
    source: Annotated[
        str | None,
        keyword(
            Address(), "the source address to prefer", name="src", drops=True, otherwise="kernel choice", acts=True
        ),
    ] = None
    source_prefix: Annotated[
        Prefix | None, keyword(Network(6), "sources that the route is for (IPv6)", name="from", drops=True, acts=True)
    ] = None
    tos: Annotated[
        int,
        keyword(
            Named("rt_dsfield"),
            "the type of service that packets must have",
            aliases=("dsfield",),
            drops=True,
            acts=True,
        ),
    ] = 0
    table: Annotated[
        int | None,
        keyword(Named("rt_tables", 0, UNSIGNED), "the table that it is in", drops=True, otherwise="main", acts=True),
    ] = None
    protocol: Annotated[
        int | None,
        keyword(
            Named("rt_protos"),
            "who put it there; with tracking always keepalived",
            drops=True,
            otherwise=f"keepalived ({KEEPALIVED})",
            acts=True,
        ),
    ] = None
    scope: Annotated[
        int | None,
        keyword(Named("rt_scopes"), "how far away the destination is", drops=True, otherwise="global (0)", acts=True),
    ] = None
    metric: Annotated[
        int | None,
        keyword(
            _NUMBER,
            "the lowest of several routes to a destination is used",
            aliases=("priority", "preference"),
            drops=True,
            otherwise="kernel default",
            acts=True,
        ),
    ] = None
    device: Annotated[
        str | None,
        keyword(Interface(), "the interface to send from", name="dev", aliases=("oif",), drops=True, acts=True),
    ] = None
    onlink: Annotated[bool, keyword(Flag(), "the gateway is on the link, whatever its address says", acts=True)] = False
    encap: Annotated[EncapValue | None, keyword(Encap(), "what packets are wrapped into", drops=True, acts=True)] = None
    expires: Annotated[Micros | None, keyword(_SECONDS, "how long it stays (IPv6)", drops=True, acts=True)] = None
    mtu: Annotated[Metric | None, keyword(_LOCKABLE, "the largest packet on the path", drops=True, acts=True)] = None
    hoplimit: Annotated[int | None, keyword(Int(0, 255), "the hop limit of packets", drops=True, acts=True)] = None
    advmss: Annotated[
        Metric | None, keyword(_LOCKABLE, "the segment size that TCP advertises", drops=True, acts=True)
    ] = None
    rtt: Annotated[
        Metric | None,
        keyword(KernelTime(8), "the round-trip time to begin with; alone in 1/8 ms", drops=True, acts=True),
    ] = None
    rttvar: Annotated[
        Metric | None, keyword(KernelTime(4), "its variance to begin with; alone in 1/4 ms", drops=True, acts=True)
    ] = None
    reordering: Annotated[
        Metric | None, keyword(_LOCKABLE, "how much out of order segments may be without a loss", drops=True, acts=True)
    ] = None
    window: Annotated[int | None, keyword(_NUMBER, "the largest window that TCP advertises", drops=True, acts=True)] = (
        None
    )
    cwnd: Annotated[Metric | None, keyword(_LOCKABLE, "the largest congestion window", drops=True, acts=True)] = None
    ssthresh: Annotated[Metric | None, keyword(_LOCKABLE, "the slow-start threshold", drops=True, acts=True)] = None
    realms: Annotated[Realms | None, keyword(RealmPair(), "the routing realms (IPv4)", drops=True, acts=True)] = None
    rto_min: Annotated[
        Metric | None,
        keyword(KernelTime(1), "the shortest time to a retransmission; alone in ms", drops=True, acts=True),
    ] = None
    initcwnd: Annotated[
        int | None, keyword(_NUMBER, "the congestion window to begin with, in segments", drops=True, acts=True)
    ] = None
    initrwnd: Annotated[
        int | None, keyword(_NUMBER, "the receive window to begin with, in segments", drops=True, acts=True)
    ] = None
    ecn: Annotated[
        bool, keyword(Features(), "features of TCP: explicit congestion notification", name="features", acts=True)
    ] = False
    quickack: Annotated[int | None, keyword(_SWITCH, "acknowledge at once", drops=True, acts=True)] = None
    congctl: Annotated[
        Algorithm | None, keyword(Congestion(), "the congestion control of TCP", drops=True, acts=True)
    ] = None
    pref: Annotated[int | None, keyword(Preference(), "the preference of the router (IPv6)", drops=True, acts=True)] = (
        None
    )
    ttl_propagate: Annotated[
        bool | None,
        keyword(
            Choice({"enabled": True, "disabled": False}),
            "whether the TTL is carried between MPLS and IP",
            name="ttl-propagate",
            acts=True,
        ),
    ] = None
    fastopen_no_cookie: Annotated[
        int | None, keyword(_SWITCH, "TCP fast open goes without a cookie", drops=True, acts=True)
    ] = None
    mode: Annotated[
        str,
        keyword(Fixed("add"), "put it there only if there is none like it", name="add", acts=True),
        keyword(Fixed("append"), "put it behind those that are like it", name="append", acts=True),
        keyword(Fixed("prepend"), "put it before those that are like it", name="prepend", otherwise="on", acts=True),
    ] = "prepend"
    no_track: Annotated[bool, keyword(Flag(), "the instance does not care when someone else deletes it", acts=True)] = (
        False
    )
    vrf: Annotated[str | None, keyword(Interface(), "the VRF whose table it is in", drops=True)] = None
    nexthops: Annotated[
        tuple[NextHop, ...],
        keyword(
            NextHops(),
            "one path of several; it and all that follow it are the last words",
            name="nexthop",
            drops=True,
            acts=True,
        ),
    ] = ()

    EXTRA: ClassVar[dict[str, Declaration]] = {
        "to": keyword(Network(old=True), "what the destination may be introduced with", drops=True, acts=True),
        "or_": keyword(
            FirstAddress(),
            "a second gateway",
            name="or",
            drops=True,
            obsolete="write nexthop for each gateway",
            acts=True,
        ),
        "as_": keyword(Reserved(), "reserved for MPLS, and ignored", name="as"),
    }

    @staticmethod
    def finish(values: dict[str, Any]) -> None:
        """The destination may come with `to`."""
        destination = values.pop("to", None)
        if destination is not None:
            values["destination"] = destination

    @property
    def version(self) -> int:
        """4 or 6, the version of IP."""
        return 6 if ":" in self.destination.address else 4
