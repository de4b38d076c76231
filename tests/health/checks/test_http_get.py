"""HTTP_GET: the bytes of the request, and every kind of answer, from a server that is a list of pieces."""

import asyncio
import errno
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kad.config.schema.http_get import HttpGet, Url
from kad.health.checks.http_get import BODY_LIMIT, HEAD_LIMIT, READ, HttpProbe, requests
from kad.health.outcome import Outcome, Reason
from kad.health.world import Endpoint
from kad.units import SECOND, Micros
from tests.health.network import FakeServer, Piece

ENDPOINT = Endpoint("10.0.0.1", 8080, Micros(5 * SECOND))
NAME, SERVICE = "[10.0.0.1]:tcp:8080", "[10.9.0.1]:tcp:80"
OK = b"HTTP/1.1 200 OK\r\n"
SILENCE = TimeoutError(errno.ETIMEDOUT, "time is up")


def probe(
    *urls: Url, virtualhost: str | None = None, check_virtualhost: str | None = None, version: str = "1.0"
) -> HttpProbe:
    check = HttpGet(url=urls or (Url(path="/"),), http_protocol=version, virtualhost=check_virtualhost)
    return HttpProbe(NAME, SERVICE, ENDPOINT, requests(check, virtualhost, ENDPOINT))


def ask(server: FakeServer, http: HttpProbe | None = None, turn: int = 0) -> Outcome:
    outcome = asyncio.run((http or probe()).attempt(server, turn))
    assert server.open_streams == 0, "a stream was left open"
    return outcome


def answer(*pieces: Piece, url: Url | None = None) -> Outcome:
    return ask(FakeServer(pieces), probe(url or Url(path="/")))


@pytest.mark.parametrize(
    ("version", "first_line", "close"),
    [
        ("1.0", "GET /a?b HTTP/1.0\r\n", ""),
        ("1.0C", "GET /a?b HTTP/1.0\r\n", "Connection: close\r\n"),
        ("1.1", "GET /a?b HTTP/1.1\r\n", "Connection: close\r\n"),
    ],
)
def test_the_request_is_keepalived_s_byte_for_byte(version: str, first_line: str, close: str) -> None:
    server = FakeServer([OK + b"\r\n"])
    ask(server, probe(Url(path="/a?b"), version=version))
    expected = f"{first_line}User-Agent: KeepAliveClient\r\n{close}Host: 10.0.0.1:8080\r\n\r\n"
    assert server.sent == expected.encode()


@pytest.mark.parametrize(
    ("of_url", "of_check", "outer", "host"),
    [
        ("url", "check", "outer", "url"),
        (None, "check", "outer", "check"),
        (None, None, "outer", "outer"),
        (None, None, None, "10.0.0.1:8080"),
    ],
)
def test_the_host_is_the_innermost_virtualhost(
    of_url: str | None, of_check: str | None, outer: str | None, host: str
) -> None:
    server = FakeServer([OK + b"\r\n"])
    ask(server, probe(Url(path="/", virtualhost=of_url), check_virtualhost=of_check, virtualhost=outer))
    assert f"\r\nHost: {host}\r\n".encode() in server.sent


def test_an_ipv6_address_stands_in_brackets() -> None:
    check = HttpGet(url=(Url(path="/"),))
    request = requests(check, None, Endpoint("fd00::1", 80, SECOND))[0]
    assert b"Host: [fd00::1]:80\r\n" in request.data


def test_the_turn_says_which_url_is_asked() -> None:
    server = FakeServer([OK + b"\r\n"])
    ask(server, probe(Url(path="/first"), Url(path="/second")), turn=1)
    assert server.sent.startswith(b"GET /second ")


@pytest.mark.parametrize(
    ("status", "ok"), [(199, False), (200, True), (204, True), (299, True), (300, False), (302, False), (503, False)]
)
def test_without_a_status_code_any_2xx_will_do(status: int, ok: bool) -> None:
    outcome = answer(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
    assert outcome.ok == ok


@pytest.mark.parametrize(("status", "ok"), [(200, False), (404, True), (500, True), (503, True), (504, False)])
def test_only_the_listed_status_codes_will_do(status: int, ok: bool) -> None:
    url = Url(path="/x", status_code=((404, 404), (500, 503)))
    outcome = answer(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode(), url=url)
    assert outcome.ok == ok
    if not ok:
        assert (outcome.reason, outcome.detail) == (Reason.STATUS, f"{status} for /x")


def md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(("body", "ok"), [(b"hello", True), (b"hello!", False), (b"", False)])
def test_a_digest_is_that_of_the_body(body: bytes, ok: bool) -> None:
    url = Url(path="/", digest=md5(b"hello").upper())
    outcome = answer(OK + f"Content-Length: {len(body)}\r\n\r\n".encode() + body, url=url)
    assert outcome.ok == ok
    assert ok or outcome.reason is Reason.DIGEST


def test_a_wrong_status_fails_before_the_digest_is_looked_at() -> None:
    url = Url(path="/", digest=md5(b"hello"))
    assert answer(b"HTTP/1.1 500 X\r\nContent-Length: 5\r\n\r\nhello", url=url).reason is Reason.STATUS


def test_an_answer_ends_with_its_content_length_though_the_connection_stays_open() -> None:
    assert answer(OK + b"content-LENGTH: 5\r\n\r\nhello", SILENCE).ok


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    url = Url(path="/", digest=md5(b"hello"))
    assert answer(OK + b"\r\nhel", b"lo", url=url).ok


def test_an_answer_without_a_length_on_a_connection_that_stays_open_is_a_timeout() -> None:
    outcome = answer(OK + b"\r\nhello", SILENCE)
    assert (outcome.reason, outcome.phrase) == (Reason.TIMEOUT, "Timeout HTTP read")


def test_chunks_are_put_together() -> None:
    url = Url(path="/", digest=md5(b"hello world"))
    body = b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n"
    assert answer(OK + b"Transfer-Encoding: chunked\r\n\r\n" + body, SILENCE, url=url).ok


def test_a_status_line_needs_no_reason_phrase() -> None:
    assert answer(b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n").ok


def test_a_100_is_followed_by_the_answer_proper() -> None:
    assert answer(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 204 X\r\n\r\n", SILENCE).ok


def test_a_101_is_an_answer_and_what_follows_is_another_protocol() -> None:
    switch = b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n\x00\x01"
    assert answer(switch, SILENCE, url=Url(path="/", status_code=((101, 101),))).ok


def test_headers_may_come_a_byte_at_a_time_and_be_longer_than_keepalived_s_buffer() -> None:
    head = OK + b"X-Long: " + b"y" * 10_000 + b"\r\nContent-Length: 2\r\n\r\nok"
    assert answer(*(bytes([byte]) for byte in head)).ok


def test_endless_headers_are_a_failure() -> None:
    pieces = [OK, *[b"X: " + b"y" * (READ - 5) + b"\r\n"] * (HEAD_LIMIT // READ + 3)]
    assert answer(*pieces).reason is Reason.TOO_LONG


def test_a_body_over_the_limit_is_enough_for_a_status_and_too_much_for_a_digest() -> None:
    pieces: list[Piece] = [OK + b"\r\n", *[b"z" * READ] * (BODY_LIMIT // READ + 2), SILENCE]
    assert answer(*pieces).ok
    assert answer(*pieces, url=Url(path="/", digest=md5(b""))).reason is Reason.TOO_LONG


def test_endless_wrapping_around_little_body_is_a_failure() -> None:
    pieces = [OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1;", *[b"e" * READ] * 100]
    assert answer(*pieces).reason in (Reason.TOO_LONG, Reason.NOT_HTTP)


@pytest.mark.parametrize(
    ("pieces", "reason", "phrase"),
    [
        ([], Reason.NO_ANSWER, "Read, no data received from "),
        ([b"HTTP/1.1 2"], Reason.NO_ANSWER, "Read, no data received from "),
        ([b"SSH-2.0-OpenSSH\r\n"], Reason.NOT_HTTP, "Read, no data received from "),
        ([SILENCE], Reason.TIMEOUT, "Timeout WEB read"),
        ([OK, SILENCE], Reason.TIMEOUT, "Timeout HTTP read"),
        ([ConnectionResetError(errno.ECONNRESET, "reset")], Reason.RESET, "Read error with"),
    ],
)
def test_each_way_of_not_answering_has_its_reason_and_its_words(
    pieces: list[Piece], reason: Reason, phrase: str
) -> None:
    outcome = answer(*pieces)
    assert (outcome.reason, outcome.phrase) == (reason, phrase)


def test_each_way_of_not_connecting_has_its_words() -> None:
    refused = ask(FakeServer([], connecting=ConnectionRefusedError(errno.ECONNREFUSED, "refused")))
    late = ask(FakeServer([], connecting=SILENCE))
    lost = ask(FakeServer([], connecting=OSError(errno.EHOSTUNREACH, "no route")))
    deaf = ask(FakeServer([], sending=BrokenPipeError(errno.EPIPE, "gone")))
    assert (refused.reason, refused.phrase) == (Reason.REFUSED, "Error connecting")
    assert (late.reason, late.phrase) == (Reason.TIMEOUT, "Timeout connecting")
    assert (lost.reason, lost.phrase) == (Reason.UNREACHABLE, "HTTP/SSL_CHECK - network unreachable")
    assert (deaf.reason, deaf.phrase) == (Reason.RESET, "Cannot send get request to")


def test_the_whole_exchange_has_one_deadline() -> None:
    server = FakeServer([OK, b"\r\n", b"a", b"b"])
    ask(server)
    assert server.limits == [5 * SECOND, 5 * SECOND], "one for the connection, one for all that follows"


def test_a_body_shorter_than_its_length_is_noted_once_and_no_failure() -> None:
    http = probe()
    short = [OK + b"Content-Length: 9\r\n\r\nhello"]
    first, second = ask(FakeServer(short), http), ask(FakeServer(short), http)
    assert (first.ok, second.ok, second.note) == (True, True, "")
    assert first.note == (
        f"http_check for RS {NAME} VS {SERVICE} url 10.0.0.1:8080/:"
        " content_length (9) does not match received bytes (5)"
    )
    other = ask(FakeServer([OK + b"Content-Length: 8\r\n\r\nhello"]), http)
    assert "content_length (8)" in other.note


def test_a_whole_body_is_not_noted_and_lets_the_next_short_one_be_noted_again() -> None:
    http = probe()
    short, whole = [OK + b"Content-Length: 9\r\n\r\nhello"], [OK + b"Content-Length: 5\r\n\r\nhello"]
    notes = [ask(FakeServer(pieces), http).note for pieces in (whole, short, whole, short)]
    assert [bool(note) for note in notes] == [False, True, False, True]


def test_the_lines_are_keepalived_s() -> None:
    http = probe(Url(path="/"), Url(path="/health"))
    wrong = Outcome(Reason.STATUS, "503 for /health", phrase="HTTP status code error to")
    assert http.succeeded() == f"Remote Web server {NAME} succeed on service."
    assert http.failed(wrong, 2, first=True) == f"HTTP_CHECK on service {NAME} failed after 2 retries."
    assert http.failed(wrong, 0, first=True) == f"HTTP_CHECK on service {NAME} failed."
    assert http.passed(1, Outcome(Reason.OK, phrase="MD5 digest")) == f"MD5 digest success to {NAME} url(/health)"
    assert http.attempt_failed(1, wrong, 1, 2) == (
        f"HTTP status code error to server {NAME}. (status: 503 for /health)"
    )


@given(st.lists(st.binary(min_size=1, max_size=200), max_size=8), st.booleans())
def test_no_answer_whatever_makes_an_attempt_raise(pieces: list[bytes], starts_well: bool) -> None:
    answer(*([OK] if starts_well else []), *pieces)


HEADERS = st.sampled_from(
    [b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Upgrade: x\r\nConnection: upgrade\r\n"]
)
STATUSES = st.sampled_from([b"100", b"101", b"200", b"204", b"304", b"999", b"000", b"20"])


@given(STATUSES, st.lists(HEADERS, max_size=4), st.binary(max_size=50), st.integers(1, 7))
def test_no_mixture_of_headers_makes_an_attempt_raise(
    status: bytes, headers: list[bytes], rest: bytes, cut: int
) -> None:
    whole = b"HTTP/1.1 " + status + b" X\r\n" + b"".join(headers) + b"\r\n" + rest
    answer(*(whole[at : at + cut] for at in range(0, len(whole), cut)))
