"""The kinds of value that only global_defs has: the mail relay, the sync daemon, masks, sets of CPUs and the like."""

import re
from collections.abc import Mapping

from msgspec import Struct

from kad.config.addresses import address
from kad.config.diagnostics import suggest
from kad.config.fields import Kind, Value, Words, quoted
from kad.config.kinds import UNSIGNED, Int, Seconds, any_base, whole
from kad.units import SECOND, Micros


class SmtpServer(Struct, frozen=True, kw_only=True):
    """smtp_server HOST|ADDRESS [PORT]: where mails are handed to. A name is looked up when a mail is sent."""

    host: str
    port: int = 25


class Relay(Kind):
    """HOST or ADDRESS, and perhaps a port."""

    form = "HOST|ADDRESS [PORT]"

    def read(self, words: Words) -> SmtpServer | None:
        """The relay."""
        host = words.next()
        assert host is not None, "least is 1"
        if address(host) is None and not _HOST.match(host):
            words.refuse("is neither an address nor the name of a host")
            return None
        word = words.next()
        port = 25 if word is None else whole(word)
        if port is None or not 1 <= port <= 65535:
            words.refuse("has no port from 1 to 65535")
            return None
        return SmtpServer(host=host, port=port)

    def write(self, value: Value) -> str:
        """Host and port."""
        return f"{quoted(value.host)} {value.port}"

    def extent(self) -> str:
        """The range of the port."""
        return "1..65535"

    def good(self) -> tuple[str, ...]:
        """The bounds of the port."""
        return ("192.0.2.25", "mail.example 1", "2001:db8::25 65535")

    def bad(self) -> tuple[str, ...]:
        """Past the bounds, and no host."""
        return ("mail.example 0", "mail.example 65536", "<mail>")


_HOST = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?\Z"
)


class LvsTimeouts(Struct, frozen=True, kw_only=True):
    """lvs_timeouts: seconds of IPVS connections; None: as the kernel has it."""

    tcp: int | None = None
    tcpfin: int | None = None
    udp: int | None = None


class Timeouts(Kind):
    """[tcp SECONDS] [tcpfin SECONDS] [udp SECONDS]."""

    least = 2
    form = "[tcp SECONDS] [tcpfin SECONDS] [udp SECONDS]"
    NAMES = ("tcp", "tcpfin", "udp")
    LONGEST = 2_678_400

    def read(self, words: Words) -> LvsTimeouts | None:
        """The timeouts; what can't be one is left out, and none is as good as no line."""
        found: dict[str, int] = {}
        while (name := words.next()) is not None:
            if name not in self.NAMES:
                words.remark("unknown-option", f'there is no timeout "{name}": ignored', suggest(name, self.NAMES))
                continue
            word = words.next()
            number = None if word is None else whole(word)
            if number is None or not 0 <= number <= self.LONGEST:
                words.refuse(f"is no {name} timeout from 0 to {self.LONGEST}")
                continue
            found[name] = number
        return LvsTimeouts(**found) if found else None

    def write(self, value: Value) -> str | None:
        """Those that are set."""
        parts = [f"{name} {getattr(value, name)}" for name in self.NAMES if getattr(value, name) is not None]
        return " ".join(parts) or None

    def extent(self) -> str:
        """The range of each."""
        return f"0..{self.LONGEST}"

    def good(self) -> tuple[str, ...]:
        """The bounds."""
        return ("tcp 900 tcpfin 120 udp 300", "udp 0", f"tcp {self.LONGEST}")

    def bad(self) -> tuple[str, ...]:
        """Past the bounds, and another name."""
        return ("tcp -1", f"udp {self.LONGEST + 1}", "sctp 10")


class ExtraInterval(Struct, frozen=True, kw_only=True):
    """[all] SECONDS: gratuitous packets on other interfaces than the instance's; 0: none. `every`: not VMACs alone."""

    interval: Micros
    every: bool = False


class ExtraInterfaces(Kind):
    """[all] SECONDS."""

    form = "[all] SECONDS"

    def __init__(self, low: int) -> None:
        self.seconds = Seconds(Micros(low * SECOND), Micros(86_400 * SECOND), decimals=0)

    def read(self, words: Words) -> ExtraInterval | None:
        """Interval and whether it is for all."""
        every = words.peek() == "all"
        if every:
            words.next()
        if words.peek() is None:
            words.refuse("has no time after it")
            return None
        interval = self.seconds.read(words)
        return None if interval is None else ExtraInterval(interval=interval, every=every)

    def write(self, value: Value) -> str:
        """The time."""
        return f"{'all ' if value.every else ''}{self.seconds.write(value.interval)}"

    def extent(self) -> str:
        """The range of the time."""
        return self.seconds.extent()

    def good(self) -> tuple[str, ...]:
        """The bounds, with `all` and without."""
        return (*self.seconds.good(), f"all {self.seconds.good()[1]}")

    def bad(self) -> tuple[str, ...]:
        """Past them."""
        return (*self.seconds.bad(), "all")


class Umask(Kind):
    """An octal mask, or names of its bits with | between them."""

    form = "NUMBER|BITS"
    least = 1
    _WHO: Mapping[str, int] = {"USR": 6, "GRP": 3, "OTH": 0}
    BITS: Mapping[str, int] = {
        f"I{letter}{who}": bit << shift for who, shift in _WHO.items() for letter, bit in (("R", 4), ("W", 2), ("X", 1))
    }
    ALL: Mapping[str, int] = {"IRWXU": 0o700, "IRWXG": 0o070, "IRWXO": 0o007}

    def read(self, words: Words) -> int | None:
        """The mask."""
        text = words.rest().replace(" ", "")
        number = any_base(text)
        if number is not None and 0 <= number <= 0o777:
            return number
        names = {**self.BITS, **self.ALL}
        mask = 0
        for name in text.split("|"):
            if name not in names:
                words.refuse("is neither a mask up to 0777 nor names of bits like IRWXG|IWOTH", suggest(name, names))
                return None
            mask |= names[name]
        return mask

    def write(self, value: Value) -> str:
        """In octal, as C has it."""
        return f"0{value:o}"

    def text(self, value: Value) -> str:
        """In octal."""
        return f"0{value:o}"

    def extent(self) -> str:
        """The range."""
        return "0..0777"

    def good(self) -> tuple[str, ...]:
        """Numbers and names."""
        return ("0177", "0777", "0", "IRWXG|IWOTH", "IXUSR|IRWXG|IRWXO")

    def bad(self) -> tuple[str, ...]:
        """Past the bounds."""
        return ("01000", "-1", "IRWXA")


class Cpus(Kind):
    """Numbers of CPUs; one that can't be makes the whole set count as not said."""

    form = "CPU [CPU ...]"
    MOST = 1024

    def read(self, words: Words) -> tuple[int, ...] | None:
        """The set."""
        found = []
        while (word := words.next()) is not None:
            number = whole(word)
            if number is None or not 0 <= number < self.MOST:
                words.refuse("is no number of a CPU")
                return None
            found.append(number)
        return tuple(sorted(set(found)))

    def write(self, value: Value) -> str:
        """The numbers."""
        return " ".join(map(str, value))

    def good(self) -> tuple[str, ...]:
        """One and two."""
        return ("0", "0 1")

    def bad(self) -> tuple[str, ...]:
        """None at all."""
        return ("-1", "first", str(self.MOST))


class BufferPolicy(Kind):
    """MTU, ADVERT or a number of bytes: a number wins over words, MTU over ADVERT."""

    form = "MTU|ADVERT|BYTES"

    def read(self, words: Words) -> str | int | None:
        """A word in upper case, or the number."""
        found: set[str] = set()
        while (word := words.next()) is not None:
            number = whole(word)
            if number is not None and 0 <= number <= UNSIGNED and not found:
                return number
            if word.upper() not in ("MTU", "ADVERT"):
                words.refuse("is neither MTU nor ADVERT nor a number of bytes")
                return None
            found.add(word.upper())
        return "MTU" if "MTU" in found else "ADVERT"

    def good(self) -> tuple[str, ...]:
        """The words and the bounds."""
        return ("MTU", "advert", "4096", str(UNSIGNED))

    def bad(self) -> tuple[str, ...]:
        """Others."""
        return ("large", "-1")


class Pipe(Struct, frozen=True, kw_only=True):
    """notify_fifo PATH [USER [GROUP]]: a named pipe and who owns it; None: the default script user."""

    path: str
    user: str | None = None
    group: str | None = None


class Fifo(Kind):
    """PATH [USER [GROUP]]."""

    form = "PATH [USER [GROUP]]"

    def read(self, words: Words) -> Pipe:
        """The pipe."""
        path = words.next()
        assert path is not None, "least is 1"
        return Pipe(path=path, user=words.next(), group=words.next())

    def write(self, value: Value) -> str:
        """Path and owner."""
        return " ".join(quoted(word) for word in (value.path, value.user, value.group) if word is not None)

    def good(self) -> tuple[str, ...]:
        """With an owner and without."""
        return ("/run/kad.fifo", "/run/kad.fifo root", "/run/kad.fifo root root")


class Names(Kind):
    """Up to some names, all different and not too long; none: the keyword alone means what `absent` says."""

    least = 0

    def __init__(self, form: str, *, most: int, longest: int, absent: tuple[str, ...]) -> None:
        self.form, self.most, self.longest, self.absent = form, most, longest, absent

    def read(self, words: Words) -> tuple[str, ...] | None:
        """The names."""
        found: list[str] = []
        while (word := words.peek()) is not None and len(found) < self.most:
            words.next()
            if not 1 <= len(word) <= self.longest:
                words.refuse(f"is no name of 1 to {self.longest} characters")
                return None
            if word in found:
                words.refuse("is there twice")
                return None
            found.append(word)
        return tuple(found) or self.absent

    def write(self, value: Value) -> str:
        """The names; nothing for those of the keyword alone."""
        return "" if value == self.absent else " ".join(quoted(word) for word in value)

    def extent(self) -> str:
        """How long a name may be."""
        return f"1..{self.longest}"

    def good(self) -> tuple[str, ...]:
        """None, one, two."""
        return ("one two", "one", "", "n" * self.longest)

    def bad(self) -> tuple[str, ...]:
        """Too long, and twice the same."""
        return ("n" * (self.longest + 1), "one one")


class IncludeChecks(Kind):
    """[+|-]read|match|wildcard_match|brace_match ...: which problems of an include are errors from here on."""

    least = 0
    form = "[[+|-]read|match|wildcard_match|brace_match ...]"
    NAMES = ("read", "match", "wildcard_match", "brace_match")
    stateful = True

    def read(self, words: Words) -> tuple[str, ...] | None:
        """The checks that are on; the keyword alone means all."""
        if words.peek() is None:
            return self.NAMES
        found = list(words.current or ())
        unsigned = False
        while (word := words.next()) is not None:
            name = word.lstrip("+-")
            if name not in self.NAMES:
                words.remark("bad-value", f'there is no check "{name}": ignored', suggest(name, self.NAMES))
            elif word.startswith("-"):
                found = [known for known in found if known != name]
            elif word.startswith("+"):
                found.append(name)
            elif unsigned:
                words.remark("bad-value", f"only the first word without a sign counts: {name} is ignored")
            else:
                found, unsigned = ["read", name], True
        return tuple(name for name in self.NAMES if name in found)

    def write(self, value: Value) -> str:
        """Each with a sign, so that the order does not matter."""
        if value == self.NAMES:
            return ""
        return " ".join(f"{'+' if name in value else '-'}{name}" for name in self.NAMES)

    def good(self) -> tuple[str, ...]:
        """All, one, with signs."""
        return ("", "match", "+wildcard_match -read")

    def bad(self) -> tuple[str, ...]:
        """Others."""
        return ("everything",)


class DynamicInterfaces(Kind):
    """[allow_if_changes]: the keyword is on even with another word after it."""

    least = 0
    form = "[allow_if_changes]"

    def read(self, words: Words) -> tuple[bool, bool]:
        """Whether it is on, and whether the type of an interface may change."""
        word = words.next()
        if word not in (None, "allow_if_changes"):
            words.remark(
                "bad-value", f'there is no option "{word}": ignored', suggest(word or "", ["allow_if_changes"])
            )
        return True, word == "allow_if_changes"

    def write(self, value: Value) -> str | None:
        """The keyword, and the option."""
        return ("allow_if_changes" if value[1] else "") if value[0] else None

    def good(self) -> tuple[str, ...]:
        """Both forms."""
        return ("", "allow_if_changes")

    def bad(self) -> tuple[str, ...]:
        """Another word."""
        return ("allow",)


class FlushOnStop(Kind):
    """[VS]: the whole table, or with VS only the services of the configuration."""

    least = 0
    form = "[VS]"

    def read(self, words: Words) -> str | None:
        """What is emptied: `all` or `VS`."""
        word = words.next()
        if word is None:
            return "all"
        if word != "VS":
            words.refuse("is not VS", "write VS or nothing")
            return None
        return "VS"

    def write(self, value: Value) -> str:
        """VS, or nothing."""
        return "VS" if value == "VS" else ""

    def good(self) -> tuple[str, ...]:
        """Both."""
        return ("", "VS")

    def bad(self) -> tuple[str, ...]:
        """Another word."""
        return ("vs",)


class Rttime(Int):
    """Microseconds of CPU time between two waits; 1 becomes 2, as in keepalived."""

    form = "MICROSECONDS"

    def __init__(self) -> None:
        super().__init__(1, UNSIGNED)

    def read(self, words: Words) -> int | None:
        """The limit."""
        number = super().read(words)
        return None if number is None else max(number, 2)
