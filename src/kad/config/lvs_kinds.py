"""The kinds of value that virtual servers and their groups have: how one is named, how packets travel, group members.

Not here: what follows from several of them (lvs_rules.py, group_rules.py), the values of checks (check_kinds.py).
"""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_network

from msgspec import Struct

from kad.config.addresses import Address, Port, address
from kad.config.diagnostics import suggest
from kad.config.fields import Kind, Value, Words, quoted
from kad.config.kinds import UNSIGNED, Choice, Int, Word, whole

INET, INET6 = "inet", "inet6"

# How packets get to a server

METHODS = ("NAT", "DR", "TUN")
TUNNELS = ("ipip", "gue", "gre")
CHECKSUMS = ("nocsum", "csum", "remcsum")


class Tunnel(Struct, frozen=True, kw_only=True):
    """What a tunnel to a server looks like: `type` is ipip, gue or gre; only gue has a port."""

    type: str = "ipip"
    port: int = 0
    checksum: str = "nocsum"


class Method(Kind):
    """NAT, DR or TUN with options, as (method, Tunnel); of NAT and DR the second is None.

    The method counts even if the options after it are wrong, as with keepalived.
    """

    form = "NAT|DR|TUN [type ipip|gue|gre] [port N] [nocsum|csum|remcsum]"

    def read(self, words: Words) -> tuple[str, Tunnel | None] | None:
        """The method and its tunnel."""
        method = words.next()
        assert method is not None, "least is 1"
        if method not in METHODS:
            words.refuse(f"is none of {', '.join(METHODS)}", suggest(method.upper(), METHODS))
            return None
        if words.peek() is None:
            return method, Tunnel() if method == "TUN" else None
        tunnel = _tunnel(words)
        if method == "TUN":
            return method, tunnel
        if tunnel != Tunnel():
            words.remark("extra-words", f"{method} is no tunnel: its options mean nothing")
        return method, None

    def text(self, value: Value) -> str:
        """The method alone."""
        return str(value[0] if isinstance(value, tuple) else value)

    def write(self, value: Value) -> str:
        """The method, and the options of a tunnel that is not a plain one."""
        method, tunnel = value
        if tunnel is None or tunnel == Tunnel():
            return str(method)
        port = [f"port {tunnel.port}"] if tunnel.port else []
        checksum = [tunnel.checksum] if tunnel.checksum != "nocsum" else []
        return " ".join((method, "type", tunnel.type, *port, *checksum))

    def extent(self) -> str:
        """The methods, and the range of the port."""
        return f"{'|'.join(METHODS)}, port 1..65535"

    def good(self) -> tuple[str, ...]:
        """Each method, and the tunnels that there are."""
        gue = ("TUN type gue port 1", "TUN type gue port 65535 csum", "TUN type gue port 6080 remcsum")
        return (*METHODS, *gue, "TUN type gre", "TUN type gre csum")

    def bad(self) -> tuple[str, ...]:
        """Another word, and options that contradict each other."""
        ports = ("TUN type gue port 0", "TUN type gue port 65536", "TUN type gue", "TUN port 6080")
        return ("dr", *ports, "TUN type ipip csum", "TUN type gre remcsum", "TUN type vxlan", "TUN fast")


def _tunnel(words: Words) -> Tunnel:
    """The options of a tunnel; if one of them is wrong: a plain one."""
    found: dict[str, Value] = {}
    why = ""
    while not why and (word := words.next()) is not None:
        if word in CHECKSUMS:
            found["checksum"] = word
        elif word not in ("type", "port"):
            why = f'there is no option "{word}"'
        elif (value := words.next()) is None:
            why = f"{word} needs a value"
        elif word == "type":
            found["type"] = value
            why = "" if value in TUNNELS else f'"{value}" is no type of tunnel, but {", ".join(TUNNELS)} are'
        else:
            number = whole(value)
            found["port"] = number
            why = "" if number is not None and 1 <= number <= 65535 else f'"{value}" is not a port from 1 to 65535'
    tunnel = Tunnel() if why else Tunnel(**found)
    why = why or _contradiction(tunnel)
    if not why:
        return tunnel
    words.remark("bad-value", f"{why}: the options are ignored, a plain ipip tunnel is used")
    words.rest()
    return Tunnel()


def _contradiction(tunnel: Tunnel) -> str:
    """What can't be said together, if anything is."""
    if (tunnel.type == "gue") != bool(tunnel.port):
        return "gue needs a port" if tunnel.type == "gue" else f"{tunnel.type} has no port"
    if tunnel.type == "ipip" and tunnel.checksum != "nocsum":
        return f"ipip has no checksums, so no {tunnel.checksum}"
    if tunnel.type == "gre" and tunnel.checksum == "remcsum":
        return "gre has no remote checksums, so no remcsum"
    return ""


# How a virtual server is named


class Service(Kind):
    """ADDRESS [PORT], fwmark MARK or group NAME, as (address, port, mark, group); what is not said: "", 0, None, ""."""

    form = "ADDRESS [PORT] | fwmark MARK | group NAME"

    def __init__(self) -> None:
        self._address = Address(cut=True)
        self._port = Port()
        self._mark = Int(0, UNSIGNED)

    def read(self, words: Words) -> tuple[str, int, int | None, str] | None:
        """What it stands for."""
        word = words.peek()
        if word in ("fwmark", "group"):
            words.next()
            if words.peek() is None:
                what = "a mark" if word == "fwmark" else "the name of a virtual_server_group"
                words.remark("missing-argument", f"{word} needs {what} after it: the block is skipped")
                return None
            if word == "group":
                return "", 0, None, words.next() or ""
            mark = self._mark.read(words)
            return None if mark is None else ("", 0, mark, "")
        found = self._address.read(words)
        port = 0 if found is None or words.peek() is None else self._port.read(words)
        return None if found is None or port is None else (found, port, None, "")

    def write(self, value: Value) -> str:
        """The words of the form that it has."""
        found, port, mark, group = value
        if mark is not None:
            return f"fwmark {mark}"
        if group:
            return f"group {quoted(group)}"
        return f"{found} {port}" if port else str(found)

    def extent(self) -> str:
        """The range of the port, and that of a mark."""
        return f"port 1..65535, fwmark 0..{UNSIGNED}"

    def good(self) -> tuple[str, ...]:
        """Each form, at its bounds."""
        addresses = ("192.0.2.1 1", "192.0.2.1 65535", "192.0.2.1", "2001:db8::1 80")
        return (*addresses, "fwmark 0", f"fwmark {UNSIGNED}", "group web")

    def bad(self) -> tuple[str, ...]:
        """Past the bounds, names, and words that are missing."""
        return ("192.0.2.1 65536", "192.0.2.1 http", "host", "fwmark -1", f"fwmark {UNSIGNED + 1}", "fwmark", "group")


class Family(Choice):
    """inet or inet6. Once it is known it stays."""

    def __init__(self) -> None:
        super().__init__({INET: INET, INET6: INET6})
        self.stateful = True

    def read(self, words: Words) -> str | None:
        """The family."""
        family: str | None = super().read(words)
        if family is not None and words.current not in (None, family):
            words.refuse("is not the family that was said before")
            return None
        return family


class Protocol(Choice):
    """TCP, UDP or SCTP, in any case. Firewall marks have none, which is nothing that a configuration could say."""

    def __init__(self) -> None:
        super().__init__({name: name for name in ("TCP", "UDP", "SCTP")}, fold=True)

    def write(self, value: Value) -> str | None:
        """The word; None for none."""
        return str(value) or None


class Sole(Word):
    """A word that must be the only one."""

    def read(self, words: Words) -> str | None:
        """The word."""
        word = super().read(words)
        if word is None or words.peek() is None:
            return word
        words.refuse("is not the only word, which it must be: put it into quotes")
        words.rest()
        return None

    def bad(self) -> tuple[str, ...]:
        """Two words."""
        return ("two words",)


# What a group consists of


class GroupMember(Struct, frozen=True, kw_only=True):
    """One line of a group: an address; all of a range up to `last`; or all of the network with this `prefix`.

    The addresses are in canonical text. `port` 0: there is none.
    """

    address: str
    last: str | None = None
    prefix: int | None = None
    port: int = 0


class GroupMark(Struct, frozen=True, kw_only=True):
    """fwmark N of a group. `family` None: that of whoever uses the group."""

    mark: int
    family: str | None = None


class Member(Kind):
    """ADDRESS[-LAST|-ADDRESS|/LENGTH] [PORT], as a tuple of one GroupMember."""

    form = "ADDRESS[-LAST|-ADDRESS|/LENGTH] [PORT]"

    def read(self, words: Words) -> tuple[GroupMember] | None:
        """The address, the range or the network."""
        word = words.next()
        assert word is not None, "least is 1"
        found = _member(word)
        if isinstance(found, str):
            words.refuse(found)
            return None
        port = 0 if words.peek() is None else Port().read(words)
        if port is None:
            return None
        first, last, prefix = found
        return (GroupMember(address=str(first), last=None if last is None else str(last), prefix=prefix, port=port),)

    def write(self, value: Value) -> str:
        """The line."""
        (member,) = value
        end = "" if member.last is None else f"-{member.last}"
        length = "" if member.prefix is None else f"/{member.prefix}"
        port = f" {member.port}" if member.port else ""
        return f"{member.address}{end}{length}{port}"

    def extent(self) -> str:
        """The range of the last part, and that of the port."""
        return "LAST 0..255, PORT 1..65535"

    def good(self) -> tuple[str, ...]:
        """Each form, at its bounds."""
        ranges = ("192.0.2.0-255 80", "192.0.2.9-192.0.3.4 80", "2001:db8::-ffff 80")
        networks = ("192.0.2.0/24 80", "192.0.2.1/32 80", "0.0.0.0/1 80", "2001:db8::/128 80")
        return ("192.0.2.1 80", "192.0.2.1", "192.0.2.1 65535", "2001:db8::1 1", *ranges, *networks)

    def bad(self) -> tuple[str, ...]:
        """Past the bounds, the wrong way round, of two families."""
        ranges = ("192.0.2.9-9 80", "192.0.2.9-256 80", "192.0.2.9-192.0.2.8 80", "192.0.2.9-2001:db8::1 80")
        networks = ("192.0.2.1/24 80", "192.0.2.0/33 80", "192.0.2.0/0 80", "2001:db8::/129 80")
        return ("192.0.2.1 65536", "host 80", "2001:db8::-10000 80", *ranges, *networks)


IpAddress = IPv4Address | IPv6Address

_LAST = {4: re.compile(r"[0-9]{1,3}\Z"), 6: re.compile(r"[0-9a-fA-F]{1,8}\Z")}
_HIGHEST = {4: 0xFF, 6: 0xFFFF}


def _member(word: str) -> tuple[IpAddress, IpAddress | None, int | None] | str:
    """First address, last one and prefix length of a line of a group; or in words what is wrong with it."""
    text, dash, end = word.partition("-")
    if dash:
        first = address(text)
        return "is not a range of IP addresses" if first is None else _range(first, end)
    text, slash, length = word.partition("/")
    first = address(text)
    if first is None:
        return "is not an IP address, a range or a network"
    if not slash:
        return first, None, None
    number = whole(length)
    if number is None or not 1 <= number <= first.max_prefixlen:
        return f"has no prefix length from 1 to {first.max_prefixlen}"
    if ip_network(f"{first}/{number}", strict=False).network_address != first:
        return "is not the first address of that network"
    return first, None, number


def _range(first: IpAddress, end: str) -> tuple[IpAddress, IpAddress, None] | str:
    """A range that ends in a whole address, or in its last part: decimal of IPv4, hexadecimal of IPv6."""
    last = address(end)
    if last is None and _LAST[first.version].match(end):
        highest = _HIGHEST[first.version]
        part = int(end, 10 if first.version == 4 else 16)
        if part > highest:
            return f"ends in more than {highest if first.version == 4 else 'ffff'}"
        if part <= int(first) & highest:
            return "ends before it begins"
        return first, type(first)((int(first) & ~highest) | part), None
    if last is None or last.version != first.version:
        return "is not a range of IP addresses of one family"
    return (first, last, None) if int(last) >= int(first) else "ends before it begins"


class Mark(Int):
    """MARK [inet|inet6], as a tuple of one GroupMark."""

    def __init__(self) -> None:
        super().__init__(0, UNSIGNED)
        self.form = "MARK [inet|inet6]"

    def read(self, words: Words) -> Value:
        """The mark and its family."""
        mark = super().read(words)
        family = None if mark is None else words.next()
        if family not in (None, INET, INET6):
            words.refuse(f"is neither {INET} nor {INET6}", suggest(family, (INET, INET6)))
            return None
        return None if mark is None else (GroupMark(mark=mark, family=family),)

    def write(self, value: Value) -> str:
        """Both, or the mark alone."""
        (one,) = value
        return str(one.mark) if one.family is None else f"{one.mark} {one.family}"

    def good(self) -> tuple[str, ...]:
        """The bounds, and the families."""
        return (*super().good(), f"3 {INET}", f"3 {INET6}")

    def bad(self) -> tuple[str, ...]:
        """Past the bounds, and another family."""
        return (*super().bad(), "3 ipv4")


# What global_defs says of IPVS


class SyncDaemon(Struct, frozen=True, kw_only=True):
    """lvs_sync_daemon: the kernel's connection sync; None: the VRID of `instance`, else 0; what the kernel has."""

    interface: str
    instance: str | None = None
    id: int | None = None
    maxlen: int | None = None
    port: int | None = None
    ttl: int | None = None
    group: str | None = None


class Sync(Kind):
    """INTERFACE [[inst] INSTANCE] and options of the sync daemon."""

    form = "INTERFACE [[inst] INSTANCE] [id 0..255] [maxlen NUMBER] [port NUMBER] [ttl NUMBER] [group ADDRESS]"
    BOUNDS: Mapping[str, tuple[int, int]] = {"id": (0, 255), "maxlen": (1, 65507), "port": (1, 65535), "ttl": (1, 255)}

    def read(self, words: Words) -> SyncDaemon | None:
        """The daemon; an option that can't be is left out."""
        found: dict[str, Value] = {"interface": words.next()}
        while (word := words.next()) is not None:
            if word in self.BOUNDS:
                self._number(words, word, found)
            elif word == "group":
                self._group(words, found)
            elif word == "inst" or "instance" not in found:
                name = words.next() if word == "inst" else word
                if name is None:
                    words.refuse("names no instance")
                    continue
                found["instance"] = name
            else:
                words.remark("unknown-option", f'there is no option "{word}": ignored', suggest(word, self.BOUNDS))
        return SyncDaemon(**found)

    def _number(self, words: Words, name: str, found: dict[str, Value]) -> None:
        low, high = self.BOUNDS[name]
        word = words.next()
        number = None if word is None else whole(word)
        if number is None or not low <= number <= high:
            words.remark("bad-value", f"{name} must be from {low} to {high}: ignored")
        else:
            found[name] = number

    def _group(self, words: Words, found: dict[str, Value]) -> None:
        group = address(words.next() or "")
        if group is None or not group.is_multicast:
            words.remark("bad-value", "group must be a multicast address: ignored")
        else:
            found["group"] = str(group)

    def write(self, value: Value) -> str:
        """What is set."""
        parts = [quoted(value.interface)]
        if value.instance is not None:
            parts.append(f"inst {quoted(value.instance)}")
        named = (*self.BOUNDS, "group")
        parts += [f"{name} {getattr(value, name)}" for name in named if getattr(value, name) is not None]
        return " ".join(parts)

    def good(self) -> tuple[str, ...]:
        """The bounds of the options."""
        return (
            "eth0",
            "eth0 id 0 maxlen 1 port 1 ttl 1",
            "eth0 id 255 maxlen 65507 port 65535 ttl 255 group 224.0.0.81",
        )

    def bad(self) -> tuple[str, ...]:
        """Past the bounds."""
        return ("eth0 id 256", "eth0 maxlen 0", "eth0 port 65536", "eth0 ttl 0", "eth0 group 192.0.2.1")
