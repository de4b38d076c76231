"""Whether a received advert is to be obeyed: the checks of reference vrrp.md 2, in keepalived's order. Pure.

A packet that fails touches nothing but a counter and, once per kind, the log. What an accepted one does is router.py's
affair. Not here: the checks that need a memory (security.py).
"""

from kad.vrrp.auth_hmac import trailer_of
from kad.vrrp.packet import ADVERTISEMENT, CENTISECOND, TTL, Reason, Received, Refusal
from kad.vrrp.security import Security
from kad.vrrp.settings import AUTH_HEADER, NO_AUTH, SIMPLE_PASSWORD, RouterSettings


def refusal(packet: Received, ours: RouterSettings, security: Security) -> Refusal | None:
    """Why this packet must be ignored, in keepalived's words; None when it is good."""
    return (
        _frame(packet, ours)
        or security.refuses_trailer(packet)
        or (_version_2(packet, ours, security) if packet.version == 2 else None)
        or _content(packet, ours)
        or _sender(packet, ours)
    )


def _frame(packet: Received, ours: RouterSettings) -> Refusal | None:
    """Rows 1 to 4. A TTL that routers lower on the way means something on the own LAN alone."""
    source = packet.source
    if ours.ah_key and packet.ah is None:
        return Refusal(Reason.AUTH_TYPE_MISMATCH, f"No AH header but auth type is AH from {source}")
    if packet.ah is not None and not ours.ah_key:
        return Refusal(Reason.AUTH_TYPE_MISMATCH, f"Received AH header but auth type not AH from {source}")
    if len(packet.message) != packet.size and not packet.padded and not (ours.hmac and trailer_of(packet)):
        return _wrong_size(packet)
    if not ours.unicast and packet.ttl != TTL:
        return Refusal(Reason.TTL, f"invalid TTL/HL from {source}. Received {packet.ttl} and expect {TTL}")
    if packet.version != ours.version:
        text = f"wrong VRRP version from {source}. Received {packet.version} and expect {ours.version}"
        return Refusal(Reason.VERSION, text)
    return None


def _wrong_size(packet: Received) -> Refusal:
    expected, length = packet.header_length + packet.size, packet.header_length + len(packet.message)
    size = "too short" if length < expected else "too long"
    text = f"vrrp packet from {packet.source} {size}, length {length} and expect {expected}"
    return Refusal(Reason.PACKET_LENGTH, text)


def _version_2(packet: Received, ours: RouterSettings, security: Security) -> Refusal | None:
    """Row 6."""
    kind, source = packet.auth_type, packet.source
    if kind not in (NO_AUTH, SIMPLE_PASSWORD, AUTH_HEADER):
        return Refusal(Reason.INVALID_AUTH_TYPE, f"Invalid auth type from {source}: {kind}")
    if kind != ours.auth_type:
        text = f"received a {kind} auth from {source}, expecting {ours.auth_type}!"
        return Refusal(Reason.AUTH_TYPE_MISMATCH, text)
    if kind == SIMPLE_PASSWORD and packet.auth_data != ours.auth_data:
        return Refusal(Reason.AUTH_FAILURE, f"received an invalid passwd from {source}!")
    if kind == AUTH_HEADER and (refused := security.refuses_header(packet)) is not None:
        return refused
    return None if packet.interval == ours.wire_interval else _wrong_interval(packet, ours)


def _wrong_interval(packet: Received, ours: RouterSettings) -> Refusal:
    both = f"mine={ours.wire_interval} sec rcv'd={packet.interval} sec"
    return Refusal(Reason.INTERVAL, f"advertisement interval mismatch with {packet.source} {both}")


def _content(packet: Received, ours: RouterSettings) -> Refusal | None:
    """Rows 7 to 10."""
    source, length = packet.source, packet.header_length + len(packet.message)
    if packet.type != ADVERTISEMENT:
        return Refusal(Reason.TYPE, f"Invalid packet type from {source}. {packet.type} and expect 1")
    if packet.total_length != length:
        lengths = f"{packet.total_length} and received {length}"
        text = f"ip_tot_len mismatch against received length from {source}. {lengths}"
        return Refusal(Reason.PACKET_LENGTH, text)
    if packet.version == 3 and packet.naddr == 0:  # RFC 9568 section 5.2.5; keepalived obeys it
        return Refusal(Reason.ADDRESS_LIST, f"expected {len(ours.advertised)} VIPs but received 0")
    if packet.interval == 0:
        # keepalived takes a v3 interval of 0 over and is master at once; no sender means that.
        return _wrong_interval(packet, ours)
    if not (packet.checksum_holds or (ours.checksum_as_v2 and packet.checksum_holds_as_v2)):
        return Refusal(Reason.CHECKSUM, f"Invalid VRRPv{packet.version} checksum from {source}")
    return None


def _sender(packet: Received, ours: RouterSettings) -> Refusal | None:
    """Rows 11, 12 and 14: whether this sender may tell us anything, in this way."""
    source = packet.source
    if ours.unicast and packet.destination.is_multicast:
        text = f"Expected unicast packet but received multicast packet from {source}"
        return Refusal(Reason.NOT_UNICAST, text)
    if not ours.unicast and packet.destination != ours.group:
        text = f"Expected multicast packet but received unicast packet from {source}"
        return Refusal(Reason.NOT_MULTICAST, text)
    if ours.owner and ours.owner_ignore_adverts:
        return Refusal(Reason.OWNER, f"Dropping packet(s) from {source} since we are address owner")
    return _stranger(packet, ours) if ours.unicast and ours.check_source else None


def _stranger(packet: Received, ours: RouterSettings) -> Refusal | None:
    source = packet.source
    peer = next((peer for peer in ours.peers if peer.address == source), None)
    if peer is None:
        return Refusal(Reason.NO_PEER, f"unicast source address {source} not a unicast peer")
    if not peer.min_ttl <= packet.ttl <= peer.max_ttl:
        bounds = f"{peer.min_ttl} to {peer.max_ttl}"
        return Refusal(Reason.TTL, f"invalid TTL/HL from {source}. Received {packet.ttl} and expect {bounds}")
    return None


def remarks(packet: Received, ours: RouterSettings, *, compare_addresses: bool = True) -> dict[Reason, str]:
    """What is odd about a packet that is obeyed all the same (rows 9, 13; 14 unasked), in keepalived's words."""
    odd = {}
    if packet.version == 3 and packet.interval != ours.wire_interval:
        odd[Reason.INTERVAL] = (
            f"advertisement interval mismatch ours = {ours.advert_int // CENTISECOND} centi-sec "
            f"rcv'd={packet.interval} centi-sec"
        )
    if ours.unicast and packet.source not in ours.peer_addresses:
        # As keepalived: behind NAT a peer's adverts come from elsewhere. Whoever wants to be sure says so.
        said = "obeyed, for check_unicast_src is not said"
        odd[Reason.NO_PEER] = f"unicast source address {packet.source} not a unicast peer: {said}"
    wanted, theirs = ours.advertised, packet.addresses
    if ours.packed_addresses != theirs:
        size = packet.address_size
        listed = {theirs[at : at + size] for at in range(0, len(theirs), size)}
        missing = [address for address in wanted if address.packed not in listed]
        if packet.naddr != len(wanted):
            odd[Reason.ADDRESS_LIST] = f"expected {len(wanted)} VIPs but received {packet.naddr}"
        elif missing and compare_addresses:
            odd[Reason.ADDRESS_LIST] = (
                f"ip address associated with VRID {ours.vrid} not present in advert from {packet.source}: {missing[0]}"
            )
    return odd
