"""The kinds of value that only VRRP's blocks have: VMACs, HMAC keys, processes to look for, files to begin with."""

import re

from msgspec import Struct

from kad.config.addresses import Prefixed, address
from kad.config.diagnostics import suggest
from kad.config.fields import Kind, Value, Words, quoted
from kad.config.kinds import Int, whole

LONGEST_NAME = 15
"""Characters of the name of an interface."""


class Password(Kind):
    """The password of adverts: 8 bytes of it count (RFC 2338 section 5.3.10), whole characters only."""

    form = "PASSWORD"
    LONGEST = 8

    def read(self, words: Words) -> str:
        """What counts of the password."""
        word = words.next()
        assert word is not None, "least is 1"
        data = word.encode(errors="surrogateescape")
        if len(data) <= self.LONGEST:
            return word
        text = f"Truncating auth_pass to {self.LONGEST} characters"
        words.report("auth-pass-cut", text, "the rest never counts, on any router")
        return data[: self.LONGEST].decode(errors="ignore")

    def extent(self) -> str:
        """How long it may be."""
        return f"1..{self.LONGEST} bytes"

    def good(self) -> tuple[str, ...]:
        """Short, and as long as it may be."""
        return ("secret", "8letters")

    def bad(self) -> tuple[str, ...]:
        """One too long."""
        return ("9 letters".replace(" ", "-"),)


class Vmac(Struct, frozen=True, kw_only=True):
    """use_vmac: an interface with the virtual router's own hardware address. None: a name and address by the VRID.

    `mac` has six octets, or five and the VRID comes last. `group`: the kernel's group of interfaces that it is put in.
    """

    name: str | None = None
    mac: str | None = None
    netlink_notify_msg: bool = False
    group: str | None = None


_MAC = re.compile(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){4,5}\Z")


class UseVmac(Kind):
    """[[name] INTERFACE] [MAC] [netlink_notify_msg] [group GROUP]."""

    least = 0
    form = "[[name] INTERFACE] [MAC] [netlink_notify_msg] [group GROUP]"

    def read(self, words: Words) -> Vmac:
        """The VMAC; what can't be a part of it is left out."""
        found: dict[str, Value] = {}
        while (word := words.next()) is not None:
            if word == "netlink_notify_msg":
                found["netlink_notify_msg"] = True
            elif word in ("group", "name"):
                self._named(words, word, found)
            elif _MAC.match(word):
                self._mac(words, word, found)
            elif "name" not in found:
                _named_interface(words, word, found)
            else:
                words.remark("unknown-option", f'there is no option "{word}": ignored')
        return Vmac(**found)

    def _named(self, words: Words, option: str, found: dict[str, Value]) -> None:
        value = words.next()
        if value is None:
            words.remark("bad-value", f"{option} needs a word after it: ignored")
        elif option == "name":
            _named_interface(words, value, found)
        else:
            found["group"] = value

    def _mac(self, words: Words, word: str, found: dict[str, Value]) -> None:
        octets = [int(octet, 16) for octet in word.split(":")]
        if octets[0] & 1:
            words.remark("bad-value", f"{word} is a multicast address: ignored")
        elif octets[:4] == [0, 0, 0x5E, 0]:
            words.remark("bad-value", f"{word} is of the range that VRIDs have: ignored")
        else:
            found["mac"] = ":".join(f"{octet:02x}" for octet in octets)

    def write(self, value: Value) -> str:
        """The parts that are set."""
        parts = [] if value.name is None else [f"name {quoted(value.name)}"]
        parts += [] if value.mac is None else [value.mac]
        parts += ["netlink_notify_msg"] if value.netlink_notify_msg else []
        parts += [] if value.group is None else [f"group {quoted(value.group)}"]
        return " ".join(parts)

    def good(self) -> tuple[str, ...]:
        """The forms that there are."""
        return (
            "",
            "vrrp.51",
            "name vrrp.51",
            "vrrp.51 02:00:00:00:00:01 netlink_notify_msg group lan",
            "n" * LONGEST_NAME,
        )

    def bad(self) -> tuple[str, ...]:
        """Impossible addresses and names."""
        return ("01:00:00:00:00:01", "00:00:5e:00:01:33", "n" * (LONGEST_NAME + 1), "group")


def _named_interface(words: Words, name: str, found: dict[str, Value]) -> None:
    if len(name) > LONGEST_NAME:
        words.remark("bad-value", f"{name} is longer than {LONGEST_NAME} characters: the name by the VRID is used")
    else:
        found["name"] = name


class Ipvlan(Struct, frozen=True, kw_only=True):
    """use_ipvlan: a layer-2 ipvlan interface of the instance's own. None: the name by the VRID, no own address."""

    name: str | None = None
    address: str | None = None
    prefix: int | None = None
    mode: str = "bridge"
    group: str | None = None


class UseIpvlan(Kind):
    """[[name] INTERFACE] [ADDRESS[/LENGTH]] [bridge|private|vepa] [group GROUP]."""

    least = 0
    form = "[[name] INTERFACE] [ADDRESS[/LENGTH]] [bridge|private|vepa] [group GROUP]"
    MODES = ("bridge", "private", "vepa")

    def read(self, words: Words) -> Ipvlan:
        """The ipvlan; what can't be a part of it is left out."""
        found: dict[str, Value] = {}
        while (word := words.peek()) is not None:
            if address(word.partition("/")[0]) is not None:
                parsed = Prefixed().read(words)
                if parsed is not None:
                    found["address"], found["prefix"] = parsed
                continue
            words.next()
            if word in self.MODES:
                found["mode"] = word
            elif word in ("group", "name"):
                self._named(words, word, found)
            elif "name" not in found:
                _named_interface(words, word, found)
            else:
                words.remark("unknown-option", f'there is no option "{word}": ignored', suggest(word, self.MODES))
        return Ipvlan(**found)

    def _named(self, words: Words, option: str, found: dict[str, Value]) -> None:
        value = words.next()
        if value is None:
            words.remark("bad-value", f"{option} needs a word after it: ignored")
        elif option == "name":
            _named_interface(words, value, found)
        else:
            found["group"] = value

    def write(self, value: Value) -> str:
        """The parts that are set."""
        parts = [] if value.name is None else [f"name {quoted(value.name)}"]
        parts += [] if value.address is None else [f"{value.address}/{value.prefix}"]
        parts += [value.mode]
        parts += [] if value.group is None else [f"group {quoted(value.group)}"]
        return " ".join(parts)

    def extent(self) -> str:
        """The modes."""
        return "|".join(self.MODES)

    def good(self) -> tuple[str, ...]:
        """The forms that there are."""
        return ("", "ipv.51", "name ipv.51 192.0.2.51/24 private group lan", "192.0.2.51", "vepa", "bridge")

    def bad(self) -> tuple[str, ...]:
        """Impossible lengths and names."""
        return ("192.0.2.51/33", "n" * (LONGEST_NAME + 1), "group")


class HmacKey(Struct, frozen=True, kw_only=True):
    """auth_hmac's key ID VALUE: the secret as it is written, `hex:DIGITS` and `file:PATH` too. It is never logged."""

    id: int
    secret: str


class Key(Kind):
    """ID VALUE, ID hex:DIGITS or ID file:PATH."""

    least = 2
    form = "ID VALUE|hex:DIGITS|file:PATH"
    SHORTEST, LONGEST = 32, 64

    def read(self, words: Words) -> tuple[HmacKey] | None:
        """One key, as the tuple that is added to the others."""
        number = Int(1, 255).read(words)
        secret = words.next()
        if number is None or secret is None:
            return None
        why = self._problem(secret)
        if why:
            words.remark("bad-value", f"key {number} {why}: ignored")
            return None
        return (HmacKey(id=number, secret=secret),)

    def _problem(self, secret: str) -> str:
        if secret.startswith("file:"):
            return "" if len(secret) > len("file:") else "names no file"
        if secret.startswith("hex:"):
            digits = secret.removeprefix("hex:")
            if not re.fullmatch(r"(?:[0-9a-fA-F]{2})*", digits):
                return "is no even number of hexadecimal digits"
            size = len(digits) // 2
        else:
            size = len(secret.encode(errors="surrogateescape"))
        return (
            "" if self.SHORTEST <= size <= self.LONGEST else f"has {size} bytes, not {self.SHORTEST} to {self.LONGEST}"
        )

    def write(self, value: Value) -> str | None:
        """Number and secret of the one key."""
        (key,) = value
        return f"{key.id} {quoted(key.secret)}"

    def extent(self) -> str:
        """The range of the number."""
        return "1..255"

    def good(self) -> tuple[str, ...]:
        """The bounds of number and length."""
        return (f"1 {'k' * 32}", f"255 {'k' * 64}", f"7 hex:{'0f' * 32}", "8 file:/etc/kad/key")

    def bad(self) -> tuple[str, ...]:
        """Past them."""
        return (f"0 {'k' * 32}", f"256 {'k' * 32}", f"1 {'k' * 31}", f"1 {'k' * 65}", f"1 hex:{'0' * 63}", "1 file:")


class OldChecksum(Kind):
    """[never]."""

    least = 0
    form = "[never]"

    def read(self, words: Words) -> str | None:
        """`always` for the keyword alone, or `never`."""
        word = words.next()
        if word is None:
            return "always"
        if word != "never":
            words.refuse("is not never", "write never or nothing")
            return None
        return word

    def write(self, value: Value) -> str:
        """The word, or nothing."""
        return "never" if value == "never" else ""

    def good(self) -> tuple[str, ...]:
        """Both forms."""
        return ("", "never")

    def bad(self) -> tuple[str, ...]:
        """Another word."""
        return ("always",)


class ParamMatch(Kind):
    """[initial|partial]: how the parameters of a process are compared; nothing is exact."""

    least = 0
    form = "[initial|partial]"

    def read(self, words: Words) -> str | None:
        """The word; `exact` for the keyword alone."""
        word = words.next()
        if word not in (None, "initial", "partial"):
            words.refuse("is neither initial nor partial", suggest(word or "", ("initial", "partial")))
            return None
        return word or "exact"

    def write(self, value: Value) -> str:
        """The word, or nothing."""
        return "" if value == "exact" else str(value)

    def extent(self) -> str:
        """The words."""
        return "initial|partial"

    def good(self) -> tuple[str, ...]:
        """Each form."""
        return ("", "initial", "partial")

    def bad(self) -> tuple[str, ...]:
        """Another word."""
        return ("exactly",)


class InitFile(Struct, frozen=True, kw_only=True):
    """init_file: the file is made with this value at the start, and overwritten when it is there and `overwrite`."""

    value: int = 0
    overwrite: bool = False


class Init(Kind):
    """[VALUE] [overwrite]."""

    least = 0
    form = "[VALUE] [overwrite]"
    LIMIT = 254

    def read(self, words: Words) -> InitFile:
        """What the file begins with."""
        value, overwrite = 0, False
        while (word := words.next()) is not None:
            number = whole(word)
            if word == "overwrite":
                overwrite = True
            elif number is None or abs(number) > 2_147_483_647:
                words.remark("unknown-option", f'there is no option "{word}": ignored', suggest(word, ["overwrite"]))
            else:
                if abs(number) > self.LIMIT:
                    words.remark("bad-value", f"{number} is outside -{self.LIMIT} to {self.LIMIT}: it is used")
                value = number
        return InitFile(value=value, overwrite=overwrite)

    def write(self, value: Value) -> str:
        """Value and option."""
        return f"{value.value}{' overwrite' if value.overwrite else ''}"

    def extent(self) -> str:
        """The range of the value."""
        return f"{-self.LIMIT}..{self.LIMIT}"

    def good(self) -> tuple[str, ...]:
        """The bounds, and without."""
        return ("", "-254", "254 overwrite", "overwrite")

    def bad(self) -> tuple[str, ...]:
        """Past them."""
        return ("-255", "255", "replace")
