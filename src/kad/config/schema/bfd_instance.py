"""bfd_instance NAME { … }: a BFD session (RFC 5880) that instances and checks can follow."""

from typing import Annotated

from msgspec import Struct

from kad.config.addresses import Address
from kad.config.fields import argument, keyword
from kad.config.kinds import Bool, Flag, Int, Seconds, WeightReverse, Word
from kad.units import MILLISECOND, Micros

_INTERVAL = Seconds(MILLISECOND, Micros(4_294_967 * MILLISECOND), decimals=3, unit=MILLISECOND)
_IDLE = Seconds(Micros(1000 * MILLISECOND), Micros(4_294_967 * MILLISECOND), decimals=3, unit=MILLISECOND)


class BfdInstance(Struct, frozen=True, kw_only=True):
    """One session. Neither `vrrp` nor `checker`: both are told."""

    name: Annotated[
        str, argument(Word("NAME", longest=31), "a name", example="router", exact=True, missing="bad-block")
    ]
    neighbor_ip: Annotated[
        str,
        keyword(
            Address(), "the other end of the session", example="neighbor_ip 192.0.2.254", aliases=("neighbour_ip",)
        ),
    ]
    source_ip: Annotated[
        str | None, keyword(Address(), "this end", example="source_ip 192.0.2.2", otherwise="chosen by the kernel")
    ] = None
    min_rx: Annotated[Micros, keyword(_INTERVAL, "the shortest time between packets that is taken")] = Micros(
        10 * MILLISECOND
    )
    min_tx: Annotated[Micros, keyword(_INTERVAL, "the time between packets sent while it is up")] = Micros(
        10 * MILLISECOND
    )
    idle_tx: Annotated[Micros, keyword(_IDLE, "the time between packets sent while it is not up")] = Micros(
        1000 * MILLISECOND
    )
    multiplier: Annotated[int, keyword(Int(1, 255), "the lost packets after which it is down")] = 5
    passive: Annotated[bool, keyword(Flag(), "wait until the other end speaks")] = False
    ttl: Annotated[
        int | None,
        keyword(
            Int(1, 255),
            "the TTL of sent packets",
            example="ttl 64",
            aliases=("hoplimit",),
            otherwise="255 for IPv4, 64 for IPv6",
        ),
    ] = None
    max_hops: Annotated[int, keyword(Int(-1, 255), "how far the TTL of received packets may have fallen")] = 0
    multihop: Annotated[bool, keyword(Bool(), "the other end is some hops away: port 4784")] = False
    weight: Annotated[
        int,
        keyword(
            WeightReverse(-253, 253),
            "added to the priority of instances that follow it",
            example="weight 60",
            into=("weight", "reverse"),
        ),
    ] = 0
    reverse: bool = False
    vrrp: Annotated[bool, keyword(Flag(), "tell instances of it, only them without checker")] = False
    checker: Annotated[bool, keyword(Flag(), "tell checks of it, only them without vrrp")] = False
