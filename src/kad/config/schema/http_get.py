"""HTTP_GET { … }: a server is up when each url answers as expected. SSL_GET builds on it (ssl_get.py)."""

from typing import Annotated, Any

from msgspec import Struct

from kad.config.check_kinds import BAD_REGEX, Pattern, RegexOptions, Stack
from kad.config.fields import block, keyword
from kad.config.kinds import UNSIGNED, Bool, Choice, Flag, Hex, Int, OptionalWord, StatusCodes, Word
from kad.config.schema.tcp_check import Connection, retries, waiting
from kad.units import Micros

_OFFSET = Int(0, UNSIGNED)


class Url(Struct, frozen=True, kw_only=True):
    """url { … }: one request and what its answer must be."""

    path: Annotated[
        str, keyword(Word("PATH"), "what to ask for", example="path /health", again="value-replaced", acts=True)
    ]
    digest: Annotated[
        str | None,
        keyword(
            Hex(32),
            "the MD5 that the body must have, as genhash prints it",
            example="digest 9b3a0c85a887a256d6939da88aabd8cd",
            once=True,
            acts=True,
        ),
    ] = None
    status_code: Annotated[
        tuple[tuple[int, int], ...],
        keyword(
            StatusCodes(),
            "the statuses that are good",
            example="status_code 200-204 301",
            adds=True,
            otherwise="200-299",
            acts=True,
        ),
    ] = ()
    virtualhost: Annotated[
        str | None,
        keyword(
            Word("NAME"),
            "the Host header",
            example="virtualhost www.example.com",
            again="value-replaced",
            missing="missing-value",
            otherwise="the check's",
            acts=True,
        ),
    ] = None
    regex: Annotated[
        str | None,
        keyword(
            Pattern(),
            "the pattern that must occur in the body",
            example='regex "status: *ok"',
            rule=BAD_REGEX,
            missing=BAD_REGEX,
        ),
    ] = None
    regex_no_match: Annotated[bool, keyword(Flag(), "the pattern must not occur in the body")] = False
    regex_options: Annotated[
        tuple[str, ...],
        keyword(
            RegexOptions(),
            "how the pattern is compiled, in the names of PCRE2",
            example="regex_options caseless multiline",
            adds=True,
            rule=BAD_REGEX,
        ),
    ] = ()
    regex_min_offset: Annotated[
        int, keyword(_OFFSET, "the byte of the body from which on it may occur", fallback=0, rule=BAD_REGEX)
    ] = 0
    regex_max_offset: Annotated[
        int | None,
        keyword(
            _OFFSET,
            "the byte of the body before which it must begin",
            example="regex_max_offset 1000",
            fallback=0,
            rule=BAD_REGEX,
            otherwise="unlimited",
        ),
    ] = None
    regex_stack: Annotated[
        tuple[int, int] | None,
        keyword(
            Stack(),
            "the stack of the pattern's machine, in bytes: the largest of all urls counts",
            rule=BAD_REGEX,
            otherwise="chosen by the library",
        ),
    ] = None


_PROTOCOLS = {"1.0": "1.0", "1.0C": "1.0C", "1.1": "1.1"}


class WebCheck(Connection, frozen=True, kw_only=True):
    """What HTTP_GET and SSL_GET have in common. `http_protocol` is "1.0", "1.0C" or "1.1"."""

    retry: Annotated[int | None, retries("1", deprecated=("nb_get_retry",))] = None
    delay_before_retry: Annotated[Micros | None, waiting("3")] = None
    virtualhost: Annotated[
        str | None,
        keyword(
            Word("NAME"),
            "the Host header for urls without one",
            example="virtualhost www.example.com",
            again="value-replaced",
            missing="missing-value",
            otherwise="the real server's",
            acts=True,
        ),
    ] = None
    http_protocol: Annotated[
        str,
        keyword(
            Choice(_PROTOCOLS, fold=True),
            "the version of the request; 1.0C and 1.1 ask to close the connection",
            example="http_protocol 1.1",
            missing="missing-value",
            acts=True,
        ),
    ] = "1.0"
    enable_sni: Annotated[bool, keyword(Bool(), "name the host in the TLS handshake")] = False
    sni_name: Annotated[
        str | None,
        keyword(
            OptionalWord("NAME", ""),
            "name this host in the TLS handshake; turns enable_sni on",
            example="sni_name www.example.com",
            again="value-replaced",
            otherwise="the virtualhost in use",
        ),
    ] = None
    fast_recovery: Annotated[
        bool, keyword(Bool(), "ask all urls at once at the start and after a failure", acts=True)
    ] = False

    @staticmethod
    def finish(values: dict[str, Any]) -> None:
        """A name for the handshake means that there is one; without a word it is that of the virtualhost."""
        name = values.get("sni_name")
        if name is not None:
            values["enable_sni"] = True
            if not name:
                del values["sni_name"]


class HttpGet(WebCheck, frozen=True, kw_only=True, tag="HTTP_GET"):
    """The server is up when each url answers as expected. One of them is asked per delay_loop."""

    url: Annotated[tuple[Url, ...], block(Url, doc="a page to ask for", repeated=True, acts=True)]
