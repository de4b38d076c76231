"""What a running VRRP worker tells of itself: statistics, JSON and state (reference vrrp.md 11). Pure.

The layouts are keepalived's, so that what reads them goes on working; what only kad counts comes after. Not here: when
it is asked for and where it is written (the parent), moments in the clock of people (given as `unix`).
"""

import json
from collections.abc import Iterable
from typing import Any

from kad.config.schema.script import Script
from kad.config.schema.virtual_ipaddress import VirtualAddress
from kad.units import SECOND, Micros
from kad.vrrp.actions import State
from kad.vrrp.node import Node
from kad.vrrp.packet import Reason
from kad.vrrp.router import Router
from kad.vrrp.settings import RouterSettings

SHOWN = (
    ("Packet Errors", (
        ("Length", Reason.PACKET_LENGTH),
        ("TTL", Reason.TTL),
        ("Invalid Type", Reason.TYPE),
        ("Advertisement Interval", Reason.INTERVAL),
        ("Address List", Reason.ADDRESS_LIST),
    )),
    ("Authentication Errors", (
        ("Invalid Type", Reason.INVALID_AUTH_TYPE),
        ("Type Mismatch", Reason.AUTH_TYPE_MISMATCH),
        ("Failure", Reason.AUTH_FAILURE),
    )),
    ("Authentication Extension Errors", (
        ("Missing", Reason.EXTENSION_MISSING),
        ("Malformed", Reason.EXTENSION_MALFORMED),
        ("Unknown Key", Reason.EXTENSION_KEY),
        ("Invalid HMAC", Reason.EXTENSION_HMAC),
        ("Stale", Reason.EXTENSION_STALE),
        ("Replay", Reason.EXTENSION_REPLAY),
    )),
)  # fmt: skip
"""The errors of an instance under keepalived's headings."""

OTHERS = tuple(reason for reason in Reason if reason not in {one for _, group in SHOWN for _, one in group})
"""What keepalived has no counter for."""

HIDDEN = "********"


def stats(node: Node) -> str:
    """The statistics of every router; nothing when there is none."""
    return "".join(_stats(member.router) for member in node.members.values())


def _stats(router: Router) -> str:
    counted = router.stats
    lines = [
        f"VRRP Instance: {router.settings.name}",
        "  Advertisements:",
        f"    Received: {counted.advert_rcvd}",
        f"    Sent: {counted.advert_sent}",
        f"  Became master: {counted.become_master}",
        f"  Released master: {counted.release_master}",
    ]
    for heading, group in SHOWN:
        lines.append(f"  {heading}:")
        lines += [f"    {label}: {counted.errors[reason]}" for label, reason in group]
    lines += [
        "  Priority Zero:",
        f"    Received: {counted.pri_zero_rcvd}",
        f"    Sent: {counted.pri_zero_sent}",
        "  Other Packets Ignored:",
        *(f"    {reason.value}: {counted.errors[reason]}" for reason in OTHERS),
    ]
    return "\n".join(lines) + "\n"


def as_json(node: Node, offset: int, version: int = 1) -> str:
    """All routers as JSON; `offset`: microseconds from the monotonic clock to Unix time. Version 2 names the list."""
    routers = [
        {"data": _data(member.router, offset), "stats": _counters(member.router)} for member in node.members.values()
    ]
    whole = {"vrrp": routers} if version == 2 else routers
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False).replace("/", "\\/")


def _counters(router: Router) -> dict[str, int]:
    counted = router.stats
    first = (Reason.PACKET_LENGTH, Reason.INTERVAL)  # keepalived's order here is not that of its other file
    shown = [reason for _, group in SHOWN for _, reason in group if reason not in first]
    return {
        "advert_rcvd": counted.advert_rcvd,
        "advert_sent": counted.advert_sent,
        "become_master": counted.become_master,
        "release_master": counted.release_master,
        **{reason.value: counted.errors[reason] for reason in (*first, *shown)},
        "pri_zero_rcvd": counted.pri_zero_rcvd,
        "pri_zero_sent": counted.pri_zero_sent,
        **{reason.value: counted.errors[reason] for reason in OTHERS},
    }


def _data(router: Router, offset: int) -> dict[str, Any]:
    settings, garp = router.settings, router.settings.garp
    master = router.state is State.MASTER
    found: dict[str, Any] = {
        "iname": settings.name,
        "dont_track_primary": int(not settings.track_primary),
        "skip_check_adv_addr": int(settings.skip_check_adv_addr),
        "strict_mode": 0,
        "vmac_ifname": "",
        "ifp_ifname": settings.interface,
        "master_priority": router.master_priority,
        "last_transition": (router.since + offset) / SECOND,
        "garp_delay": _seconds(garp.master_delay),
        "garp_refresh": _seconds(garp.master_refresh),
        "garp_rep": garp.master_repeat,
        "garp_refresh_rep": garp.master_refresh_repeat,
        "garp_lower_prio_delay": _seconds(garp.lower_prio_delay),
        "garp_lower_prio_rep": garp.lower_prio_repeat,
        "lower_prio_no_advert": int(settings.lower_prio_no_advert),
        "higher_prio_send_advert": int(settings.higher_prio_send_advert),
        "vrid": settings.vrid,
        "base_priority": settings.base_priority,
        "effective_priority": router.priority,
        "vipset": master,
        "promote_secondaries": False,
        "adver_int": _seconds(settings.advert_int),
        "master_adver_int": _seconds(router.master_interval),
        "accept": 1,
        "nopreempt": settings.nopreempt,
        "preempt_delay": _seconds(settings.preempt_delay),
        "state": router.state.value,
        "wantstate": (State.MASTER if master or router.wishes else router.state).value,
        "version": settings.version,
        "smtp_alert": False,
        "notify_deleted": settings.notify.notify_deleted is not None,
    }
    notify = settings.notify
    for key, script in (
        ("script", notify.notify),
        ("script_master", notify.notify_master),
        ("script_backup", notify.notify_backup),
        ("script_fault", notify.notify_fault),
        ("script_stop", notify.notify_stop),
        ("script_deleted", notify.notify_deleted),
        ("script_master_rx_lower_pri", notify.notify_master_rx_lower_pri),
    ):
        if script is not None and script.argv:
            found[key] = command(script)
    found |= {
        key: listed
        for key, listed in (
            ("vips", [address(settings, one, present=master) for one in settings.addresses]),
            ("evips", [address(settings, one, present=master) for one in settings.excluded]),
            ("track_ifp", [link.name for link in settings.links]),
            ("track_script", [track.name for track in settings.tracks]),
        )
        if listed
    }
    found["auth_type"] = settings.auth_type
    if settings.auth_type:
        found["auth_data"] = HIDDEN
    return found


def address(settings: RouterSettings, one: VirtualAddress, *, present: bool) -> str:
    """An address in keepalived's words: `set` when the master has it on its interface."""
    length = f"/{one.prefix}" if one.prefix != (128 if ":" in one.address else 32) else ""
    words = [f"{one.address}{length}"]
    if one.peer:
        words = [one.address, "peer", one.peer]
    words += ["brd", one.broadcast] if one.broadcast else []
    words += ["dev", settings.device(one), "scope", one.scope or "global"]
    words += ["label", one.label] if one.label else []
    return " ".join([*words, *(["set"] if present else [])])


def command(script: Script) -> str:
    """A command as keepalived shows it: each word in quotes."""
    return " ".join(f"'{word}'" for word in script.argv)


def state(node: Node, offset: int) -> str:
    """What every router and group is and has, and why it came to that; one `Key = value` a line, as far as known."""
    lines = ["------< VRRP Topology >------"]
    for member in node.members.values():
        lines += _topology(member.router, node, offset)
    if node.groups:
        lines.append("------< VRRP Sync groups >------")
    for group in node.groups.values():
        names = [node.members[key].router.settings.name for key in group.settings.keys if key in node.members]
        lines += [f" VRRP Sync Group = {group.settings.name}, {group.state.name}", "   VRRP member instances :"]
        lines += [f"     {name}" for name in names]
    lines.append("------< VRRP packets for no instance >------")
    ignored = sorted((reason.value, count) for reason, count in node.ignored.items())
    lines += [f"   {reason} = {count}" for reason, count in ignored]
    return "\n".join(lines) + "\n"


def _topology(router: Router, node: Node, offset: int) -> Iterable[str]:
    settings = router.settings
    master = router.state is State.MASTER
    yield f" VRRP Instance = {settings.name}"
    if settings.sync_group in node.groups:
        yield f"   Sync group = {settings.sync_group}"
    preempt = "disabled" if settings.nopreempt else "enabled"
    for key, value in (
        ("VRRP Version", settings.version),
        ("State", router.state.name),
        ("Reason", f"{router.cause.word}: {router.cause.text}"),
        ("Last transition", f"{(router.since + offset) / SECOND:.6f}"),
        ("Master router", router.master or "unknown"),
        ("Master priority", router.master_priority),
        ("Master down timer", f"{router.master_down} usecs"),
        ("Interface", settings.interface),
        ("Using src_ip", router.facts.source or "none"),
        ("Virtual Router ID", settings.vrid),
        ("Priority", settings.base_priority),
        ("Effective priority", router.priority),
        ("Advert interval", f"{_seconds(settings.advert_int)} sec"),
        ("Preempt", preempt),
    ):
        yield f"   {key} = {value}"
    for heading, addresses in (("Virtual IP", settings.addresses), ("Virtual IP Excluded", settings.excluded)):
        if addresses:
            yield f"   {heading} ({len(addresses)}):"
            yield from (f"     {address(settings, one, present=master)}" for one in addresses)
    if settings.peers:
        yield "   Unicast Peer :"
        yield from (f"     {peer.address}" for peer in settings.peers)
    followed = (
        ("Tracked interfaces", settings.links),
        ("Tracked scripts", settings.tracks),
        ("Tracked files", settings.files),
        ("Tracked processes", settings.processes),
    )
    for heading, tracks in followed:
        if tracks:
            yield f"   {heading} :"
            yield from (f"     {one.name} weight {one.weight}{' reverse' * one.reverse}" for one in tracks)


def _seconds(duration: Micros | int) -> float:
    """Seconds, without a fraction where there is none."""
    whole, rest = divmod(duration, SECOND)
    return whole if not rest else duration / SECOND
