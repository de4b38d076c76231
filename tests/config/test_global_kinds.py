"""The kinds of value that only global_defs has: what each takes, makes of the rest, and writes down again."""

import pytest

from kad.config.fields import Kind
from kad.config.global_kinds import (
    BufferPolicy,
    Cpus,
    DynamicInterfaces,
    ExtraInterfaces,
    ExtraInterval,
    Fifo,
    FlushOnStop,
    IncludeChecks,
    LvsTimeouts,
    Names,
    Pipe,
    Relay,
    Rttime,
    SmtpServer,
    Timeouts,
    Umask,
)
from kad.config.kinds import UNSIGNED
from kad.config.lvs_kinds import Sync, SyncDaemon
from kad.units import SECOND, Micros
from tests.config.texts import mistake, place, read
from tests.config.words import Said, refused, remarked, value

CHAINS = Names("[IN [OUT]]", most=2, longest=5, absent=("INPUT", "OUTPUT"))
KINDS = [
    Relay(), Timeouts(), Sync(), ExtraInterfaces(1), Umask(), Cpus(), BufferPolicy(), Fifo(), CHAINS, IncludeChecks(),
    DynamicInterfaces(), FlushOnStop(), Rttime(),
]  # fmt: skip


def names(kinds: list[Kind]) -> list[str]:
    return [type(kind).__name__ for kind in kinds]


@pytest.mark.parametrize("kind", KINDS, ids=names(KINDS))
def test_good_words_are_good_and_read_back_as_they_are_written(kind: Kind) -> None:
    for text in kind.good():
        found = value(kind, text)
        written = kind.write(found)
        assert written is not None
        assert kind.read(Said(written)) == found, text


@pytest.mark.parametrize("kind", KINDS, ids=names(KINDS))
def test_bad_words_are_complained_about(kind: Kind) -> None:
    for text in kind.bad():
        words = Said(text)
        kind.read(words)
        assert words.refused or words.remarks, text


# The mail relay


def test_a_relay_is_a_host_or_an_address_and_perhaps_a_port() -> None:
    assert value(Relay(), "mail.example.org") == SmtpServer(host="mail.example.org", port=25)
    assert value(Relay(), "fd00::25 587") == SmtpServer(host="fd00::25", port=587)
    assert refused(Relay(), "mail_ 0") == "has no port from 1 to 65535"
    assert refused(Relay(), "-mail").startswith("is neither an address nor")


# Timeouts of IPVS


def test_timeouts_come_in_any_order_and_what_is_not_said_is_the_kernels() -> None:
    assert value(Timeouts(), "udp 300 tcp 900") == LvsTimeouts(tcp=900, udp=300)


def test_a_timeout_that_can_not_be_is_left_out_alone() -> None:
    words = Said("tcp 2678401 udp 5 sctp 9")
    assert Timeouts().read(words) == LvsTimeouts(udp=5)
    assert (words.refused, words.remarks) == (["is no tcp timeout from 0 to 2678400"], ["unknown-option"] * 2)


# The sync daemon


@pytest.mark.parametrize("text", ["eth0 VI_1", "eth0 inst VI_1"])
def test_the_sync_daemon_may_follow_an_instance(text: str) -> None:
    assert value(Sync(), text) == SyncDaemon(interface="eth0", instance="VI_1")


def test_an_instance_may_have_the_name_of_an_option() -> None:
    assert value(Sync(), "eth0 inst id id 7") == SyncDaemon(interface="eth0", instance="id", id=7)


@pytest.mark.parametrize("option", ["id 256", "id x", "maxlen 0", "port", "ttl 256", "group 10.0.0.1"])
def test_an_option_of_the_sync_daemon_that_can_not_be_is_left_out(option: str) -> None:
    assert remarked(Sync(), f"eth0 VI_1 {option}") == (SyncDaemon(interface="eth0", instance="VI_1"), "bad-value")


def test_an_instance_that_is_not_named_and_a_word_too_many_are_told() -> None:
    words = Said("eth0 VI_1 foo inst")
    assert Sync().read(words) == SyncDaemon(interface="eth0", instance="VI_1")
    assert (words.remarks, words.refused) == (["unknown-option"], ["names no instance"])


# Others


def test_extra_interfaces_are_vmacs_or_all() -> None:
    kind = ExtraInterfaces(1)
    assert value(kind, "60") == ExtraInterval(interval=Micros(60 * SECOND))
    assert value(kind, "all 60") == ExtraInterval(interval=Micros(60 * SECOND), every=True)
    assert refused(kind, "all") == "has no time after it"
    assert refused(kind, "0")
    assert value(ExtraInterfaces(0), "0") == ExtraInterval(interval=Micros(0))


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("022", 0o022),
        ("0x1f", 0o37),
        ("18", 18),
        ("IXUSR|IRWXG|IRWXO", 0o177),
        ("IWGRP | IWOTH", 0o022),
        ("IRWXU", 0o700),
    ],
)
def test_a_mask_is_a_number_as_c_has_it_or_bits(text: str, mask: int) -> None:
    assert value(Umask(), text) == mask
    assert Umask().text(mask) == Umask().write(mask) == f"0{mask:o}"


def test_a_bit_that_there_is_not_is_told_with_the_nearest() -> None:
    assert refused(Umask(), "IRWXG|IWOTHER").endswith("did you mean IWOTH?")
    assert refused(Umask(), "01000").startswith("is neither a mask")


def test_one_cpu_that_can_not_be_drops_the_whole_set() -> None:
    assert value(Cpus(), "3 1 1") == (1, 3)
    assert refused(Cpus(), "1 1024") == "is no number of a CPU"


@pytest.mark.parametrize(
    ("text", "policy"),
    [("mtu", "MTU"), ("ADVERT mtu", "MTU"), ("advert", "ADVERT"), ("0", 0), (str(UNSIGNED), UNSIGNED)],
)
def test_a_buffer_is_as_large_as_the_words_or_the_first_number_say(text: str, policy: object) -> None:
    assert value(BufferPolicy(), text) == policy


def test_a_number_after_a_word_is_none_of_the_words() -> None:
    assert refused(BufferPolicy(), "MTU 7").startswith("is neither MTU nor")


def test_a_pipe_may_have_an_owner() -> None:
    assert value(Fifo(), "/run/x bob staff") == Pipe(path="/run/x", user="bob", group="staff")
    assert Fifo().write(Pipe(path="/run/my pipe", user="bob")) == '"/run/my pipe" bob'


def test_names_are_different_short_and_not_too_many() -> None:
    assert value(CHAINS, "") == ("INPUT", "OUTPUT")
    assert value(CHAINS, "one two") == ("one", "two")
    assert refused(CHAINS, "one one") == "is there twice"
    assert refused(CHAINS, "sixsix") == "is no name of 1 to 5 characters"
    words = Said("one two three")
    assert CHAINS.read(words) == ("one", "two")
    assert words.peek() == "three", "whoever reads the line tells of what is left"


@pytest.mark.parametrize(
    ("text", "before", "checks"),
    [
        ("", (), ("read", "match", "wildcard_match", "brace_match")),
        ("match", ("brace_match",), ("read", "match")),
        ("+match", ("brace_match",), ("match", "brace_match")),
        ("-read", ("read", "match"), ("match",)),
        ("match -read", (), ("match",)),
    ],
)
def test_checks_of_includes_are_set_added_and_taken_away(
    text: str, before: tuple[str, ...], checks: tuple[str, ...]
) -> None:
    words = Said(text, before)
    assert (IncludeChecks().read(words), words.remarks) == (checks, [])


def test_of_several_checks_without_a_sign_the_first_counts() -> None:
    assert remarked(IncludeChecks(), "match brace_match") == (("read", "match"), "bad-value")
    assert remarked(IncludeChecks(), "match matc") == (("read", "match"), "bad-value")


def test_dynamic_interfaces_are_on_whatever_stands_after_it() -> None:
    assert value(DynamicInterfaces(), "allow_if_changes") == (True, True)
    assert remarked(DynamicInterfaces(), "allow") == ((True, False), "bad-value")
    assert DynamicInterfaces().write((False, False)) is None


def test_the_table_is_emptied_whole_or_by_services() -> None:
    assert (value(FlushOnStop(), ""), value(FlushOnStop(), "VS")) == ("all", "VS")
    assert refused(FlushOnStop(), "all") == "is not VS write VS or nothing"


def test_one_microsecond_of_cpu_becomes_two() -> None:
    assert [value(Rttime(), text) for text in ("1", "2", "10000")] == [2, 2, 10000]


# In global_defs


@pytest.mark.parametrize(
    ("line", "where", "kept"),
    [
        ("smtp_server mail 0", (2, 22, 23), None),
        ("lvs_flush_on_stop vs", (2, 23, 25), None),
        ("umask 01000", (2, 11, 16), 0o177),
        ("vrrp_cpu_affinity 0 x", (2, 25, 26), ()),
    ],
)
def test_a_bad_word_is_told_at_its_place_and_the_default_stays(
    line: str, where: tuple[int, int, int], kept: object
) -> None:
    loaded = read(f"global_defs {{\n    {line}\n}}\n")
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("bad-value", where)
    assert getattr(loaded.config.global_defs, line.split(maxsplit=1)[0]) == kept


@pytest.mark.parametrize("line", ["nftables one", "vrrp_iptables A B", "lvs_sync_daemon eth0", "notify_fifo /run/x"])
def test_the_first_of_two_counts_where_keepalived_says_so(line: str) -> None:
    keyword, *_ = line.split()
    loaded = read(f"global_defs {{\n {line}\n {keyword} other\n}}\n")
    found = mistake(loaded)
    assert (found.rule, place(found)) == ("already-set", (3, 2, 2 + len(keyword)))
    assert getattr(loaded.config.global_defs, keyword) == getattr(
        read(f"global_defs {{\n {line}\n}}\n").config.global_defs, keyword
    )


def test_names_of_processes_and_of_vmacs_are_cut() -> None:
    loaded = read(f"global_defs {{\n process_name {'p' * 16}\n vmac_prefix {'v' * 12}\n}}\n")
    assert [found.rule for found in loaded.diagnostics if found.rule != "not-acted-on"] == ["bad-value"] * 2
    assert (loaded.config.global_defs.process_name, loaded.config.global_defs.vmac_prefix) == ("p" * 15, "v" * 11)


def test_who_gets_mail_is_a_list_of_words_over_as_many_lines_as_one_likes() -> None:
    loaded = read("global_defs {\n notification_email {\n  a@b c@d\n  e@f\n }\n}\n")
    assert loaded.config.global_defs.notification_email == ("a@b", "c@d", "e@f")
