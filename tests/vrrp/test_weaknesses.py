"""What keepalived does badly and kad better: reference vrrp.md 13, of its VRRP half what one router decides.

Each test's comment says what keepalived does (observed, unless it says otherwise), its assertions what kad does
instead; the number is the row of the reference, and docs/differences.md has a row for each. Rows of other modules: 2 to
7 (processes, reloads), 15 (BFD), 16 to 22 (interfaces, routes, notifications, scripts, command line), 24
(test_state_table.py and test_process.py).
"""

import re
from pathlib import Path

import pytest

from kad.config.schema.auth_hmac import AuthHmac
from kad.config.schema.global_defs import GlobalDefs
from kad.config.schema.script import Script
from kad.config.schema.track_script import TrackScript
from kad.config.schema.unicast_peer import UnicastPeer
from kad.config.schema.vrrp_script import VrrpScript
from kad.config.vrrp_kinds import HmacKey
from kad.log import DETAIL
from kad.system.files import read_key
from kad.units import SECOND
from kad.vrrp.actions import Log, State
from kad.vrrp.owners import MOST_CLAIMS
from kad.vrrp.packet import Reason, Received
from kad.vrrp.settings import settle
from kad.vrrp.tracking import FaultKind, faults
from tests.config.texts import instance as written
from tests.config.texts import read, rules
from tests.vrrp.lan import (
    GOOD,
    HIGHER,
    LOWER,
    OURS,
    Driver,
    advert,
    adverts_in,
    instance,
    lines_in,
    master,
    settings,
    state_of,
)
from tests.vrrp.styles import V3_IPV6

DIFFERENCES = Path(__file__).parents[2] / "docs/differences.md"
STRANGER = HIGHER
PEERS = (UnicastPeer(address=str(LOWER)),)


def strange_advert() -> Received:
    """What a router sends us that is none of our peers."""
    return advert(200, source=STRANGER, of=settings(unicast_peer=(UnicastPeer(address=str(OURS)),)))


def test_1_junk_does_not_silence_a_master() -> None:
    # keepalived: each advert for its VRID, good or bad, makes a master wait advert_int anew; 6 s of wrong passwords
    # twice a second are 6.7 s without an advert, and a backup takes over.
    router = master()
    sent = []
    for _ in range(60):
        router.wait(SECOND // 10)
        router.hear(255, auth_type=1)
        if router.left == 0:
            sent += adverts_in(router.pass_deadline())
    assert sent == [100] * 6


def test_8_a_fault_is_told_once_and_counted() -> None:
    # keepalived: two adverts with priority 0, one of them in pri_zero_sent.
    check = VrrpScript(name="chk", script=Script(argv=("/bin/chk",)))
    router = Driver(scripts=(check,), track_script=(TrackScript(name="chk"),))
    router.learn(verdicts={"chk": True})
    router.pass_deadline()
    assert adverts_in(router.learn(verdicts={"chk": False})) == [0]
    assert router.router.stats.pri_zero_sent == 1


def test_9_a_version_3_master_returns_to_its_own_interval_whatever_is_logged() -> None:
    # keepalived: the interval learnt from the last master stays, unless -D says that details are logged.
    router = Driver(version=3)
    router.hear(200, interval=500)
    actions = router.pass_deadline()
    assert router.router.master_interval == SECOND
    line = "(VI_1) changing advert interval from 5000ms to locally configured 1000ms"
    assert Log(DETAIL, line) in actions


@pytest.mark.parametrize(
    ("reason", "fields"),
    [
        (Reason.INTERVAL, {"interval": 2}),
        (Reason.VERSION, {"version": 3}),
        (Reason.CHECKSUM, {"message": b"\x21\x33\xff\x01\0\1\0\0\xc0\0\2\x64" + bytes(8)}),
    ],
)
def test_10_what_is_refused_is_counted_under_its_own_name(reason: Reason, fields: dict[str, object]) -> None:
    # keepalived: advert_interval_err never moves; there is no counter for checksums, versions and strangers.
    router = Driver()
    router.hear(255, **fields)
    assert router.router.stats.errors == {reason: 1}


def test_10_so_is_a_stranger() -> None:
    # keepalived: no counter.
    router = Driver(unicast_peer=PEERS, check_unicast_src=True)
    router.receive(strange_advert())
    assert router.router.stats.errors == {Reason.NO_PEER: 1}


def test_11_adverts_leave_with_255_hops_where_nothing_else_is_said() -> None:
    # keepalived: unicast_ttl without peers makes TTL 0, and nothing arrives; IPv6 unicast leaves with 64.
    loaded = read(written("unicast_ttl 10"))
    assert rules(loaded) == ["unicast-no-peers"]
    (one,) = loaded.config.vrrp_instances
    assert settle(one, loaded.config.global_defs, {}).ttl == 255
    peer = (UnicastPeer(address="fe80::9"),)
    assert V3_IPV6.settings(unicast_peer=peer).ttl == 255


def test_12_a_stranger_that_is_obeyed_is_told_of_and_counted() -> None:
    # keepalived: without check_unicast_src adverts from any address are obeyed, and nothing says so. kad obeys them
    # too: behind NAT peers come from other addresses than they are reached at, and two masters would be the price.
    router = Driver(unicast_peer=PEERS)
    packet = strange_advert()
    line = "(VI_1) unicast source address 192.0.2.11 not a unicast peer: obeyed, for check_unicast_src is not said"
    assert line in lines_in(router.receive(packet))
    assert line in lines_in(router.receive(packet))  # the master has changed, to this one
    assert lines_in(router.receive(packet)) == []
    assert router.router.stats.errors == {Reason.NO_PEER: 3}
    assert router.router.master == STRANGER


def test_12_with_check_unicast_src_it_is_refused() -> None:
    # keepalived: the same.
    router = Driver(unicast_peer=PEERS, check_unicast_src=True)
    packet = strange_advert()
    assert lines_in(router.receive(packet)) == ["(VI_1) unicast source address 192.0.2.11 not a unicast peer"]
    assert router.router.master is None


def test_13_an_undefined_active_key_loses_the_instance() -> None:
    # keepalived: `auth_hmac active_key 2 is not defined, disabling extension`: adverts go out unsigned.
    loaded = read(written(f"auth_hmac {{\n key 1 {'k' * 32}\n active_key 2\n}}"))
    assert rules(loaded) == ["auth-hmac"]
    assert loaded.config.vrrp_instances == ()


def test_13_a_key_that_can_not_be_read_is_a_fault() -> None:
    # keepalived (not observed): adverts go out unsigned.
    hmac = AuthHmac(key=(HmacKey(id=1, secret="file:/gone"),), active_key=1)
    unreadable = settle(instance(auth_hmac=hmac), GlobalDefs(), {}, {"/gone": None})
    assert [fault.kind for fault in faults(unreadable, GOOD)] == [FaultKind.NO_KEY]


def test_13_a_key_file_that_others_can_read_is_told_of(tmp_path: Path) -> None:
    # keepalived: the key is used, and a test of the configuration ends with status 6. kad uses it too, and warns at
    # each start and reload: whoever could read it has read it, and an instance that does not start helps nobody.
    file = tmp_path / "key"
    file.write_text("k" * 32)
    file.chmod(0o640)
    assert read_key(str(file)).exposed
    file.chmod(0o600)
    assert not read_key(str(file)).exposed


def test_14_with_v3_checksum_as_v2_a_wrong_sum_is_refused() -> None:
    # keepalived: with the keyword any sum will do.
    router = Driver(version=3, v3_checksum_as_v2=True)
    packet = advert(255, of=router.router.settings)
    wrong = packet.message[:7] + bytes([packet.message[7] ^ 1]) + packet.message[8:]
    router.receive(packet._replace(message=wrong))
    assert router.router.stats.errors == {Reason.CHECKSUM: 1}
    assert router.router.stats.advert_rcvd == 0


def test_23_of_two_owners_that_both_stay_the_higher_address_gives_way() -> None:
    # keepalived: means to lower its priority to 254, but its replies restart the time in which it would: both stay.
    router = Driver(priority=255)
    for _ in range(MOST_CLAIMS + 1):
        router.wait(SECOND)
        router.hear(255, source=LOWER)
    assert (state_of(router), router.router.priority) == (State.BACKUP, 254)


ROWS = {
    1: "junk twice a second silences it",
    8: "two adverts with priority 0, one of them counted",
    9: "the interval learnt from a version 3 master stays",
    10: "some refused adverts are counted nowhere",
    11: "IPv6 unicast adverts leave with the kernel's hop limit",
    12: "without `check_unicast_src` adverts from any address are obeyed",
    13: "`auth_hmac` without a key that `active_key` names",
    14: "with `v3_checksum_as_v2` any checksum is accepted",
    23: "two address owners",
}
"""For each row of the reference the words by which docs/differences.md can be searched."""


@pytest.mark.parametrize("number", ROWS)
def test_each_weakness_has_a_test_and_a_line_among_the_differences(number: int) -> None:
    assert ROWS[number] in DIFFERENCES.read_text()
    assert any(re.match(rf"test_{number}_", name) for name in globals())
