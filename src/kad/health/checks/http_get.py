"""HTTP_GET: a server is up when each url answers as expected (reference checker.md 4.2). One request, and its words.

Which url is asked when is `verdict.UrlVerdict`'s affair. What is better here than in keepalived is listed in
docs/differences.md: an answer ends where HTTP says it ends, and has one deadline for all of it.
"""

import hashlib
from dataclasses import dataclass, replace

import httptools

from kad.config.schema.http_get import HttpGet, Url
from kad.health.checks.tcp_check import connected, failure
from kad.health.outcome import Outcome, Reason
from kad.health.world import Endpoint, Stream, World

READ = 65_536
"""Bytes asked for at a time."""

HEAD_LIMIT = 65_536
"""Most bytes that may come before the body (keepalived: 4,095)."""

BODY_LIMIT = 1_048_576
"""Most bytes of a body that are read: a digest of more is a failure, a status code needs no more."""

ANSWER_LIMIT = HEAD_LIMIT + 2 * BODY_LIMIT
"""Most bytes of an answer in all: chunks can be wrapped in more wrapping than content."""

ANY_SUCCESS = ((200, 299),)
"""What is expected without status_code."""


@dataclass(frozen=True)
class Request:
    """One url, ready to be asked: the bytes to send and what the answer must be. `host` is for the log."""

    path: str
    host: str
    data: bytes
    statuses: tuple[tuple[int, int], ...]
    digest: str | None


def requests(check: HttpGet, virtualhost: str | None, endpoint: Endpoint) -> tuple[Request, ...]:
    """The requests of a checker; `virtualhost` is what the real server, or else the virtual server, says."""
    return tuple(
        _request(check, url, url.virtualhost or check.virtualhost or virtualhost, endpoint) for url in check.url
    )


def _request(check: HttpGet, url: Url, virtualhost: str | None, endpoint: Endpoint) -> Request:
    address = f"[{endpoint.address}]" if ":" in endpoint.address else endpoint.address
    host = virtualhost or f"{address}:{endpoint.port}"
    version = "1.1" if check.http_protocol == "1.1" else "1.0"
    close = "" if check.http_protocol == "1.0" else "Connection: close\r\n"
    text = f"GET {url.path} HTTP/{version}\r\nUser-Agent: KeepAliveClient\r\n{close}Host: {host}\r\n\r\n"
    data = text.encode("utf-8", errors="surrogateescape")
    return Request(url.path, host, data, url.status_code or ANY_SUCCESS, url.digest and url.digest.lower())


class Answer:
    """An HTTP response as it comes in; httptools calls the methods on_…."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._digest = hashlib.md5(usedforsecurity=False)
        self.status: int | None = None
        self.content_length: int | None = None
        self.bytes = 0
        self.body_bytes = 0
        self.complete = False

    def feed(self, data: bytes) -> None:
        """Take more bytes; `httptools.HttpParserError` when they are no HTTP."""
        self.bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.complete = self.status is not None  # a 101: what follows is another protocol
        except httptools.HttpParserError:
            if not self.complete:  # what follows a whole answer is nobody's concern
                raise

    @property
    def digest(self) -> str:
        """MD5 of the body, decoded."""
        return self._digest.hexdigest()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header line."""
        if name.lower() == b"content-length" and value.isdigit():
            self.content_length = int(value)

    def on_headers_complete(self) -> None:
        """The blank line. A 1xx is followed by the answer proper."""
        status = self._parser.get_status_code()
        if status < 200 and status != 101:
            self.content_length = None
        else:
            self.status = status

    def on_body(self, body: bytes) -> None:
        """A piece of the body, chunked coding undone."""
        self.body_bytes += len(body)
        self._digest.update(body)

    def on_message_complete(self) -> None:
        """The end, as far as the answer itself says."""
        self.complete = self.status is not None


async def _read(stream: Stream) -> Answer | Outcome:
    """The answer, whole or as much of it as is looked at; or why there is none."""
    answer = Answer()
    while not answer.complete and answer.body_bytes <= BODY_LIMIT:
        if answer.bytes > (HEAD_LIMIT if answer.status is None else ANSWER_LIMIT):
            return Outcome(Reason.TOO_LONG, f"no end after {answer.bytes} bytes", phrase=_NO_DATA)
        try:
            data = await stream.receive(READ)
        except TimeoutError:
            phrase = "Timeout HTTP read" if answer.bytes else "Timeout WEB read"
            return Outcome(Reason.TIMEOUT, "no whole answer in time", phrase=phrase)
        except OSError as error:
            return replace(failure(error), phrase="Read error with")
        if not data:
            break
        try:
            answer.feed(data)
        except httptools.HttpParserError as error:
            return Outcome(Reason.NOT_HTTP, str(error), phrase=_NO_DATA)
    if answer.status is None:
        return Outcome(Reason.NO_ANSWER, "closed before the end of the headers", phrase=_NO_DATA)
    return answer


_NO_DATA = "Read, no data received from "


def judge(answer: Answer, request: Request) -> Outcome:
    """Whether an answer is the expected one."""
    assert answer.status is not None, "an answer without a status is none"
    if not any(low <= answer.status <= high for low, high in request.statuses):
        return Outcome(Reason.STATUS, f"{answer.status} for {request.path}", phrase="HTTP status code error to")
    if request.digest is None:
        return Outcome(Reason.OK, str(answer.status), phrase="HTTP status code")
    if answer.body_bytes > BODY_LIMIT:
        detail = f"over {BODY_LIMIT} bytes of {request.path} to make a digest of"
        return Outcome(Reason.TOO_LONG, detail, phrase="MD5 digest error to")
    if answer.digest != request.digest:
        return Outcome(Reason.DIGEST, f"{answer.digest} for {request.path}", phrase="MD5 digest error to")
    return Outcome(Reason.OK, answer.digest, phrase="MD5 digest")


class HttpProbe:
    """HTTP_GET of one real server; the names are those of its lines."""

    explains = False

    def __init__(self, name: str, virtual_server: str, endpoint: Endpoint, urls: tuple[Request, ...]) -> None:
        self._name = name
        self._virtual_server = virtual_server
        self._endpoint = endpoint
        self._urls = urls
        self._lengths_told: dict[int, int] = {}

    async def attempt(self, world: World, turn: int) -> Outcome:
        """Ask for one url and judge the answer. The answer may take as long as the connection might have."""
        stream = await connected(world, self._endpoint)
        if isinstance(stream, Outcome):
            return replace(stream, phrase=_CONNECT_PHRASES.get(stream.reason, "Error connecting"))
        try:
            return await self._exchange(stream, turn)
        finally:
            stream.close()

    async def _exchange(self, stream: Stream, turn: int) -> Outcome:
        request = self._urls[turn]
        stream.limit(self._endpoint.timeout)
        try:
            await stream.send(request.data)
        except OSError as error:
            return replace(failure(error), phrase="Cannot send get request to")
        answer = await _read(stream)
        if isinstance(answer, Outcome):
            return answer
        return replace(judge(answer, request), note=self._length_note(turn, answer))

    def _length_note(self, turn: int, answer: Answer) -> str:
        """The line about a body shorter than its Content-Length, said again only when it differs."""
        missing = 0
        if answer.content_length is not None and not answer.complete and answer.body_bytes <= BODY_LIMIT:
            missing = answer.content_length - answer.body_bytes
        if missing == self._lengths_told.get(turn, 0):
            return ""
        self._lengths_told[turn] = missing
        if not missing:
            return ""
        request = self._urls[turn]
        return (
            f"http_check for RS {self._name} VS {self._virtual_server} url {request.host}{request.path}:"
            f" content_length ({answer.content_length}) does not match received bytes ({answer.body_bytes})"
        )

    def succeeded(self) -> str:
        """The line of the first whole pass over the urls, or the first one after a failure."""
        return f"Remote Web server {self._name} succeed on service."

    def passed(self, turn: int, outcome: Outcome) -> str:
        """The line of a good answer while the checker is down."""
        return f"{outcome.phrase} success to {self._name} url({self._urls[turn].path})"

    def failed(self, outcome: Outcome, retries: int, *, first: bool) -> str:  # noqa: ARG002 - the same on the first run
        """The line of the verdict."""
        after = f" after {retries} retries" if retries else ""
        return f"HTTP_CHECK on service {self._name} failed{after}."

    def attempt_failed(self, turn: int, outcome: Outcome, attempt: int, retries: int) -> str:  # noqa: ARG002
        """The line of one failed attempt, with its reason."""
        return f"{outcome.phrase} server {self._name}. ({outcome})"


_CONNECT_PHRASES = {
    Reason.TIMEOUT: "Timeout connecting",
    Reason.UNREACHABLE: "HTTP/SSL_CHECK - network unreachable",
}
