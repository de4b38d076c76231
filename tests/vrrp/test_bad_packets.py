"""A table of malformed adverts: the rows of reference vrrp.md 2 that refuse, each as bytes, for the kinds they concern.

Each is heard as BACKUP and as MASTER: one counter moves by one, one line is said, and nothing else happens. Rows 9 and
13 refuse nothing (test_validate.py).
"""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from kad.config.schema.auth_hmac import AuthHmac
from kad.config.schema.authentication import Authentication, AuthType
from kad.config.schema.unicast_peer import UnicastPeer
from kad.config.vrrp_kinds import HmacKey
from kad.units import SECOND
from kad.vrrp.actions import Log, State
from kad.vrrp.packet import Reason, Received
from tests.vrrp.lan import UNIX, decoded, lines_in, sender, state_of
from tests.vrrp.styles import V2, V3_IPV4, V3_IPV6, Style

Spoil = Callable[[bytes], bytes]


def put(at: int, *values: int) -> Spoil:
    """These bytes there instead; a negative `at` counts from the end."""

    def spoil(good: bytes) -> bytes:
        start = at % len(good)
        return good[:start] + bytes(values) + good[start + len(values) :]

    return spoil


def cut(count: int) -> Spoil:
    return lambda good: good[:-count]


def more(count: int) -> Spoil:
    return lambda good: good + bytes(count)


def as_it_is(good: bytes) -> bytes:
    return good


PASS = {"authentication": Authentication(auth_type=AuthType.PASS, auth_pass="s3cret")}
AH = {"authentication": Authentication(auth_type=AuthType.AH, auth_pass="s3cret")}
HMAC = {"auth_hmac": AuthHmac(key=(HmacKey(id=1, secret="k" * 32),), active_key=1)}
OTHER_KEY = {"auth_hmac": AuthHmac(key=(HmacKey(id=1, secret="x" * 32),), active_key=1)}


@dataclass(frozen=True)
class Case:
    """`theirs`: what the sender has configured otherwise than `ours`; `age`: seconds its clock is behind."""

    name: str
    style: Style
    reason: Reason
    text: str
    spoil: Spoil = as_it_is
    ours: dict[str, Any] = field(default_factory=dict)
    theirs: dict[str, Any] | None = None
    ttl: int = 255
    age: int = 0
    again: bool = False

    def packet(self, now: int, spoil: Spoil, *, sane: bool = False) -> Received:
        config = self.ours if sane or self.theirs is None else self.theirs
        source = self.style.higher
        behind = 0 if sane else self.age * SECOND
        made = sender(self.style.settings(**config), source, lambda: UNIX + now - behind)
        destination, datagram = made.copies(50 if self.again else 255)[0]
        return decoded(spoil(datagram), source, destination, 255 if sane else self.ttl)


def every_kind() -> list[Case]:
    cases = []
    for style in (V2, V3_IPV4, V3_IPV6):
        at, who = style.header, style.higher
        size = len(style.datagram()[1])
        length = f"vrrp packet from {who} too"
        cases += [
            Case("short", style, Reason.PACKET_LENGTH, f"{length} short, length {size - 1} and expect {size}", cut(1)),
            Case("long", style, Reason.PACKET_LENGTH, f"{length} long, length {size + 1} and expect {size}", more(1)),
            Case(
                "type",
                style,
                Reason.TYPE,
                f"Invalid packet type from {who}. 2 and expect 1",
                put(at, style.settings().version << 4 | 2),
            ),
        ]
        wrong_ttl = f"invalid TTL/HL from {who}. Received 254 and expect 255"
        spoil = put(8, 254) if at else as_it_is
        cases.append(Case("ttl", style, Reason.TTL, wrong_ttl, spoil, ttl=254))
        owner = {"priority": 255, "owner_ignore_adverts": True}
        ignored = f"Dropping packet(s) from {who} since we are address owner"
        cases.append(Case("owner", style, Reason.OWNER, ignored, ours=owner))
        stranger = {"unicast_peer": (UnicastPeer(address=str(style.lower)),), "check_unicast_src": True}
        unknown = f"unicast source address {who} not a unicast peer"
        cases.append(Case("stranger", style, Reason.NO_PEER, unknown, ours=stranger))
        peer = {"unicast_peer": (UnicastPeer(address=str(who)),)}
        multicast = f"Expected unicast packet but received multicast packet from {who}"
        cases.append(Case("multicast", style, Reason.NOT_UNICAST, multicast, ours=peer, theirs={}))
        unicast = f"Expected multicast packet but received unicast packet from {who}"
        cases.append(Case("unicast", style, Reason.NOT_MULTICAST, unicast, theirs=peer))
        cases += trailers(style)
    return cases


def trailers(style: Style) -> list[Case]:
    """Row 5, the trailer being the last 28 bytes."""
    who = style.higher

    def case(name: str, reason: Reason, text: str, spoil: Spoil = as_it_is) -> Case:
        return Case(f"hmac-{name}", style, reason, text, spoil, ours=HMAC)

    stale = f"stale authentication trailer from {who}, clock skew 60 sec exceeds window 5 sec"
    malformed = f"malformed authentication trailer from {who}"
    return [
        replace(case("missing", Reason.EXTENSION_MISSING, f"missing authentication trailer from {who}"), theirs={}),
        case("type", Reason.EXTENSION_MALFORMED, malformed, put(-28, 2)),
        case("reserved", Reason.EXTENSION_MALFORMED, malformed, put(-26, 1)),
        replace(case("stale", Reason.EXTENSION_STALE, stale), age=60),
        case("key", Reason.EXTENSION_KEY, f"unknown authentication key id 9 from {who}", put(-27, 9)),
        replace(case("value", Reason.EXTENSION_HMAC, f"invalid authentication HMAC from {who}"), theirs=OTHER_KEY),
        replace(case("replay", Reason.EXTENSION_REPLAY, f"replayed authentication trailer from {who}"), again=True),
    ]


def of_version_2() -> list[Case]:
    who = V2.higher
    interval = f"advertisement interval mismatch with {who} mine=1 sec rcv'd=2 sec"
    wrong = "IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password !"
    mismatch = Reason.AUTH_TYPE_MISMATCH
    return [
        Case("version", V2, Reason.VERSION, f"wrong VRRP version from {who}. Received 3 and expect 2",
             lambda good: put(20, 0x31)(good)[:-8]),
        Case("auth-type", V2, Reason.INVALID_AUTH_TYPE, f"Invalid auth type from {who}: 3", put(24, 3)),
        Case("auth-other", V2, mismatch, f"received a 1 auth from {who}, expecting 0!", put(24, 1)),
        Case("password", V2, Reason.AUTH_FAILURE, f"received an invalid passwd from {who}!", put(-8, 0), ours=PASS),
        Case("interval", V2, Reason.INTERVAL, interval, put(25, 2)),
        Case("checksum", V2, Reason.CHECKSUM, f"Invalid VRRPv2 checksum from {who}", put(26, 0, 1)),
        Case("total", V2, Reason.PACKET_LENGTH, f"ip_tot_len mismatch against received length from {who}. 41 and "
             f"received {len(V2.datagram()[1])}", put(2, 0, 41)),
        Case("no-ah", V2, mismatch, f"No AH header but auth type is AH from {who}", ours=AH, theirs={}),
        Case("ah", V2, mismatch, f"Received AH header but auth type not AH from {who}", theirs=AH),
        Case("ah-value", V2, Reason.AUTH_FAILURE, wrong, put(32, 0, 0, 0, 0), ours=AH),
    ]  # fmt: skip


def of_version_3() -> list[Case]:
    who = V3_IPV4.higher
    size = len(V3_IPV4.datagram()[1])
    return [
        Case("version", V3_IPV4, Reason.VERSION, f"wrong VRRP version from {who}. Received 2 and expect 3",
             lambda good: put(20, 0x21)(good) + bytes(8)),
        Case("interval-0", V3_IPV4, Reason.INTERVAL,
             f"advertisement interval mismatch with {who} mine=100 sec rcv'd=0 sec", put(24, 0, 0)),
        Case("checksum", V3_IPV4, Reason.CHECKSUM, f"Invalid VRRPv3 checksum from {who}", put(26, 0, 1)),
        Case("total", V3_IPV4, Reason.PACKET_LENGTH, f"ip_tot_len mismatch against received length from {who}. 33 and "
             f"received {size}", put(2, 0, 33)),
        Case("no-address", V3_IPV4, Reason.ADDRESS_LIST, "expected 2 VIPs but received 0",
             lambda good: put(23, 0)(put(2, 0, size - 8)(good))[:-8]),
        Case("version", V3_IPV6, Reason.VERSION, f"wrong VRRP version from {V3_IPV6.higher}. Received 2 and expect 3",
             put(0, 0x21)),
    ]  # fmt: skip


CASES = every_kind() + of_version_2() + of_version_3()

ELSEWHERE = {
    Reason.TRUNCATED: "no packet comes of it: test_packet.py",
    Reason.UNKNOWN_VRID: "no router hears it: test_node.py",
    Reason.STARTING: "no router hears it: test_node.py",
    Reason.NOT_RUNNING: "neither BACKUP nor MASTER: test_router.py",
    Reason.CLOCK_SKEW: "a remark about what is obeyed: test_auth_hmac.py",
}


IN_STATES = [
    pytest.param(case, state, id=f"{case.name}-{case.style.name}-{state.name}")
    for case in CASES
    for state in (State.BACKUP, State.MASTER)
    if case.reason is not Reason.OWNER or state is State.MASTER  # an owner is never BACKUP
]
GOOD = [case for case in CASES if case.reason not in (Reason.OWNER, Reason.NO_PEER)]
"""Of the others the advert is good, and its hearer or its sender is not."""


@pytest.mark.parametrize(("case", "state"), IN_STATES)
def test_a_bad_advert_moves_one_counter_and_nothing_else(case: Case, state: State) -> None:
    driver = case.style.router(**case.ours)
    if state_of(driver) is State.BACKUP and state is State.MASTER:
        driver.pass_deadline()
    assert state_of(driver) is state
    packet = case.packet(driver.now, case.spoil)
    if case.again:
        driver.receive(packet)
    router = driver.router
    before = (router.state, router.deadline, router.master, router.master_interval, router.priority)
    stats = deepcopy(router.stats)
    driver.wait(SECOND // 10)
    actions = driver.receive(packet)
    assert (router.state, router.deadline, router.master, router.master_interval, router.priority) == before
    assert [action for action in actions if not isinstance(action, Log)] == []
    assert lines_in(actions) == [f"(VI_1) {case.text}"]
    assert router.stats.errors - stats.errors == Counter({case.reason: 1})
    stats.errors[case.reason] += 1
    assert router.stats == stats


@pytest.mark.parametrize("case", GOOD, ids=lambda case: f"{case.name}-{case.style.name}")
def test_the_same_advert_unspoiled_is_obeyed(case: Case) -> None:
    driver = case.style.router(**case.ours)
    driver.receive(case.packet(driver.now, as_it_is, sane=True))
    assert driver.router.stats.advert_rcvd == 1


def test_every_reason_is_in_the_table_or_is_shown_elsewhere() -> None:
    shown = {case.reason for case in CASES}
    assert shown | set(ELSEWHERE) == set(Reason)
    assert not shown & set(ELSEWHERE)
