"""Whether a received advert is to be obeyed: the checks of reference vrrp.md 2, in keepalived's order. Pure.

A packet that fails touches nothing but a counter and, once per kind, the log. What an accepted one does is router.py's
affair. Not here: AH, auth_hmac, unicast.
"""

from kad.vrrp.packet import ADVERTISEMENT, CENTISECOND, TTL, Reason, Received
from kad.vrrp.settings import NO_AUTH, SIMPLE_PASSWORD, RouterSettings

AUTH_HEADER = 2
"""v2's third authentication type."""


def rejection(packet: Received, ours: RouterSettings) -> Reason | None:
    """Why this packet must be ignored; None when it is good."""
    checks = (_frame, _version_2, _content) if packet.version == 2 else (_frame, _content)
    return next((reason for check in checks if (reason := check(packet, ours)) is not None), None)


def _frame(packet: Received, ours: RouterSettings) -> Reason | None:
    if len(packet.message) != packet.size and not packet.padded:
        return Reason.PACKET_LENGTH
    if packet.ttl != TTL:
        return Reason.TTL
    if packet.version != ours.version:
        return Reason.VERSION
    return None


def _version_2(packet: Received, ours: RouterSettings) -> Reason | None:
    if packet.auth_type not in (NO_AUTH, SIMPLE_PASSWORD, AUTH_HEADER):
        return Reason.INVALID_AUTH_TYPE
    if packet.auth_type != ours.auth_type:
        return Reason.AUTH_TYPE_MISMATCH
    if packet.auth_type == SIMPLE_PASSWORD and packet.auth_data != ours.auth_data:
        return Reason.AUTH_FAILURE
    if packet.interval != ours.wire_interval:
        return Reason.INTERVAL
    return None


def _content(packet: Received, ours: RouterSettings) -> Reason | None:
    if packet.type != ADVERTISEMENT:
        return Reason.TYPE
    if packet.total_length != packet.header_length + len(packet.message):
        return Reason.PACKET_LENGTH
    if packet.interval == 0:
        # keepalived takes a v3 interval of 0 over and is master at once; no sender means that.
        return Reason.INTERVAL
    if not packet.checksum_holds:
        return Reason.CHECKSUM
    if packet.destination != ours.group:
        return Reason.NOT_MULTICAST
    return None


_COMPLAINTS = {
    Reason.TTL: "invalid TTL/HL from {packet.source}. Received {packet.ttl} and expect 255",
    Reason.VERSION: "wrong VRRP version from {packet.source}. Received {packet.version} and expect {ours.version}",
    Reason.INVALID_AUTH_TYPE: "Invalid auth type from {packet.source}: {packet.auth_type}",
    Reason.AUTH_TYPE_MISMATCH: ("received a {packet.auth_type} auth from {packet.source}, expecting {ours.auth_type}!"),
    Reason.AUTH_FAILURE: "received an invalid passwd from {packet.source}!",
    Reason.INTERVAL: (
        "advertisement interval mismatch with {packet.source} mine={ours.wire_interval} sec rcv'd={packet.interval} sec"
    ),
    Reason.TYPE: "Invalid packet type from {packet.source}. {packet.type} and expect 1",
    Reason.CHECKSUM: "Invalid VRRPv{packet.version} checksum from {packet.source}",
    Reason.NOT_MULTICAST: "Expected multicast packet but received unicast packet from {packet.source}",
}
"""keepalived's words for each rejection."""


def complaint(reason: Reason, packet: Received, ours: RouterSettings) -> str:
    """The line for a rejection, without the instance's name."""
    if reason is not Reason.PACKET_LENGTH:
        return _COMPLAINTS[reason].format(packet=packet, ours=ours)
    expected, length = packet.header_length + packet.size, packet.header_length + len(packet.message)
    if length == expected or packet.padded:
        lengths = f"{packet.total_length} and received {length}"
        return f"ip_tot_len mismatch against received length from {packet.source}. {lengths}"
    size = "too short" if length < expected else "too long"
    return f"vrrp packet from {packet.source} {size}, length {length} and expect {expected}"


def remarks(packet: Received, ours: RouterSettings) -> dict[Reason, str]:
    """What is odd about a packet that is obeyed all the same (rows 9 and 13), in keepalived's words."""
    odd = {}
    if packet.version == 3 and packet.interval != ours.wire_interval:
        odd[Reason.INTERVAL] = (
            f"advertisement interval mismatch ours = {ours.advert_int // CENTISECOND} centi-sec "
            f"rcv'd={packet.interval} centi-sec"
        )
    wanted, theirs = ours.advertised, packet.addresses
    if ours.packed_addresses != theirs:
        listed = {theirs[at : at + 4] for at in range(0, len(theirs), 4)}
        missing = [address for address in wanted if address.packed not in listed]
        if packet.naddr != len(wanted):
            odd[Reason.ADDRESS_LIST] = f"expected {len(wanted)} VIPs but received {packet.naddr}"
        elif missing:
            odd[Reason.ADDRESS_LIST] = (
                f"ip address associated with VRID {ours.vrid} not present in advert from {packet.source}: {missing[0]}"
            )
    return odd
