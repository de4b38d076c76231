"""From a file to a Config and all its diagnostics; and that no text whatever makes it raise."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kad.config import diagnostics
from kad.config.config import Config
from kad.config.drafts import Schema, schema_of
from kad.config.fields import Block, Lines
from kad.config.load import load
from kad.ipc import codec
from kad.ipc.messages import NewConfig
from kad.units import SECOND
from tests.config.texts import MAIN, Memory, World, instance, read, rules, service

PAIR = """! A pair of directors
global_defs {
    vrrp_version 2
    enable_script_security
    script_user root
}
vrrp_script chk {
    script "/usr/bin/check 'a b'"
    interval 2
    weight -20
    fall 3
}
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority 150
    advert_int 2
    authentication {
        auth_type PASS
        auth_pass "s3cr#t"
    }
    virtual_ipaddress {
        192.0.2.10/24 dev eth0 label eth0:1
    }
    track_script {
        chk
    }
    notify "/usr/bin/notify --all"
}
virtual_server 192.0.2.10 80 {
    delay_loop 5
    lb_algo wrr
    lb_kind NAT
    protocol TCP
    sorry_server 192.0.2.99 80
    real_server 10.0.0.1 8080 {
        weight 3
        HTTP_GET {
            url {
                path /health
                status_code 200
            }
            connect_timeout 3
        }
    }
    real_server 10.0.0.2 {
        TCP_CHECK {
            connect_port 8080
        }
    }
}
"""


def test_a_whole_file_is_read_without_a_word() -> None:
    loaded = read(PAIR)
    assert loaded.diagnostics == ()
    config = loaded.config
    (script,), (one,), (farm,) = config.vrrp_scripts, config.vrrp_instances, config.virtual_servers
    assert (config.global_defs.vrrp_version, config.global_defs.script_user) == (2, "root")
    assert (script.script.argv, script.interval, script.weight, script.fall) == (
        ("/usr/bin/check", "a b"),
        2 * SECOND,
        -20,
        3,
    )
    assert one.authentication is not None
    assert (one.advert_int, one.authentication.auth_pass, one.track_script[0].name) == (2 * SECOND, "s3cr#t", "chk")
    assert (farm.lb_algo, farm.protocol, farm.sorry_server and farm.sorry_server.address) == (
        "wrr",
        "TCP",
        "192.0.2.99",
    )
    assert [(server.address, server.port) for server in farm.real_servers] == [("10.0.0.1", 8080), ("10.0.0.2", 80)]


def test_one_run_reports_all_mistakes_in_the_order_of_the_text() -> None:
    text = PAIR.replace("vrrp_version 2", "vrrp_verson 2").replace("priority 150", "priority").replace("wrr", "wr")
    assert rules(read(text + "}\n")) == ["unknown-keyword", "missing-argument", "bad-value", "unbalanced-braces"]


def test_what_parses_is_there_whatever_else_is_wrong() -> None:
    loaded = read("foo {\n" + PAIR.replace("interface eth0", "interface") + "virtual_server x {\n}\n" + "}}\n")
    assert len(loaded.config.virtual_servers) == 1
    assert loaded.config.vrrp_instances == ()


def test_mistakes_know_which_half_they_are_in() -> None:
    loaded = read("global_defs {\n foo\n}\n" + instance("foo") + service("foo"))
    assert [found.half.value for found in loaded.diagnostics] == ["both", "vrrp", "checker"]


def test_eighty_thousand_lines_take_about_a_second() -> None:
    server = (
        "real_server 10.1.{}.{} 80 {{\n weight 1\n TCP_CHECK {{\n connect_timeout 3\n retry 2\n delay_loop 1\n }}\n}}\n"
    )
    servers = "".join(server.format(number // 100, number % 100 + 1) for number in range(100))
    head = "virtual_server 10.0.0.{} 80 {{\n lb_algo rr\n lb_kind NAT\n protocol TCP\n delay_loop 5\n{}}}\n"
    text = "".join(head.format(number, servers) for number in range(100))
    assert text.count("\n") > 80_000
    start = time.process_time()
    loaded = load(MAIN, Memory({MAIN: text}), World())
    assert time.process_time() - start < 4, "four times what it takes on the machine it was measured on"
    assert sum(len(one.real_servers) for one in loaded.config.virtual_servers) == 10_000


# Any text


def _words(schema: Schema) -> set[str]:
    words = set(schema.entries)
    for word, entry in schema.entries.items():
        match entry.declaration:
            case Block(types=types):
                words.update(*(_words(schema_of(one, word)) for one in types))
            case Lines(type=type_):
                words |= _words(schema_of(type_, word))
            case _:
                pass
    return words


KEYWORDS = sorted(_words(schema_of(Config, "")))
PIECES = [
    "{", "}", "\n", "\n", "\n", '"', "'", "#", "!", "\\", "$X", "${X}", "$A=1", "@kad", "@x", "~SEQ(A,1)", "include a",
    "include kad.conf", "include *", "\0", "\ud8ff", "\u00e9", "\u2028", "\x0b", "1", "0", "-1", "256", "1.5", "eth0",
    "10.0.0.1", "10.0.0.1/24", "fd00::1", "PASS", "AH", "MASTER", "TUN", "TCP", "/bin/x", "/gone/x", "9" * 30,
]  # fmt: skip
texts = st.one_of(
    st.lists(st.sampled_from(KEYWORDS + PIECES * 3), max_size=80).map(" ".join),
    st.text(max_size=200),
    st.binary(max_size=200).map(lambda data: data.decode(errors="surrogateescape")),
    st.binary(max_size=200).map(lambda data: data.decode("latin-1")),
)
cuts = st.tuples(st.integers(0, len(PAIR)), st.integers(0, 40), st.sampled_from(["", *PIECES, *KEYWORDS]))


def anything_goes(text: str) -> None:
    """Whatever the text: no exception, in bounded time and space, and a Config that can travel."""
    start = time.process_time()
    loaded = load(MAIN, Memory({MAIN: text, "/etc/a": text}), World())
    assert time.process_time() - start < 2
    assert len(loaded.diagnostics) <= 3 * diagnostics.MOST
    assert diagnostics.render(loaded.diagnostics, colour=True).encode() is not None
    for found in loaded.diagnostics:
        assert "\n" not in diagnostics.one_line(found)
        if found.span is not None:
            assert 1 <= found.span.column < found.span.end <= len(found.span.text) + 1, found
    message = NewConfig(config=loaded.config, lines=(), refused=False)
    assert codec.from_loader(codec.encode(message)) == message


@given(texts)
@settings(max_examples=300, deadline=None)
def test_no_text_makes_it_raise(text: str) -> None:
    anything_goes(text)


@given(st.lists(cuts, min_size=1, max_size=6))
@settings(max_examples=300, deadline=None)
def test_no_change_to_a_good_file_makes_it_raise(changes: list[tuple[int, int, str]]) -> None:
    text = PAIR
    for at, length, instead in changes:
        text = text[:at] + instead + text[at + length :]
    anything_goes(text)


@pytest.mark.parametrize(
    "text", ["{" * 5000, "a{" * 5000 + "}" * 5000, "foo\n" * 10_000, 'x "' * 5000, "include a\n" * 500]
)
def test_a_lot_of_the_same_is_bounded(text: str) -> None:
    loaded = load(MAIN, Memory({MAIN: text}), World())
    assert len(diagnostics.render(loaded.diagnostics)) < 200_000
