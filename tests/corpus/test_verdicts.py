"""Which of keepalived's complaints stand for a mistake of their own."""

from tests.corpus.verdicts import Complaint, Judged, braces, complaints, depths_after, head_of, judge, read


def judged(text: str, *said: tuple[int, str]) -> Judged:
    return judge(text.splitlines(), [Complaint(*one) for one in said])


def cascades(found: Judged) -> list[int]:
    return [complaint.line for complaint in found.cascades]


def test_a_verdict_has_the_messages_that_name_a_line_each_once() -> None:
    row = "004\t5\t(004.conf: Line 36) Unknown keyword 'a' | (Line 36) Unknown keyword 'a' | Sync group G is lonely"
    (verdict,) = read(row)
    assert (verdict.name, verdict.status) == ("004", 5)
    assert verdict.complaints == (Complaint(36, "Unknown keyword 'a'"),)


def test_a_file_without_a_complaint_has_none() -> None:
    (verdict,) = read("001\t0\t")
    assert verdict.complaints == ()


def test_a_message_that_begins_with_another_bracket_names_no_line() -> None:
    assert complaints(["(VI_1) No VIP specified", "(a.conf: Line 3) (VI_1) bad"]) == (Complaint(3, "(VI_1) bad"),)


def test_only_the_first_complaint_on_a_line_counts() -> None:
    found = judged("priority x\n", (1, "invalid number 'x'"), (1, "Priority not valid!"))
    assert found.first == {1: Complaint(1, "invalid number 'x'")}


def test_what_follows_an_unknown_block_is_a_cascade_until_the_braces_are_balanced() -> None:
    text = "a {\n unknown {\n  b\n }\n c\n}\nd\n"
    said = [(2, "Unknown keyword 'unknown'"), (2, "Unexpected '{' - ignoring"), (3, "Unknown keyword 'b'")]
    said += [(5, "Unknown keyword 'c'"), (6, "Unknown keyword '}'"), (7, "Unknown keyword 'd'")]
    found = judged(text, *said)
    assert list(found.first) == [2, 7]
    assert cascades(found) == [3, 5, 6]


def test_a_bad_value_inside_a_cascade_is_still_a_mistake() -> None:
    text = "a {\n unknown {\n  priority x\n }\n}\n"
    said = [(2, "Unknown keyword 'unknown'"), (2, "Unexpected '{' - ignoring"), (3, "invalid number 'x'")]
    assert list(judged(text, *said).first) == [2, 3]


def test_a_brace_on_its_own_line_is_a_cascade_of_the_keyword_above_it() -> None:
    found = judged("unknown\n\n{\n}\n", (1, "Unknown keyword 'unknown'"), (3, "Unexpected '{' - ignoring"))
    assert list(found.first) == [1]
    assert cascades(found) == [3]


def test_a_brace_on_its_own_line_after_a_keyword_without_complaint_is_a_mistake() -> None:
    assert list(judged("weight 1\n{\n}\n", (2, "Unexpected '{' - ignoring")).first) == [2]


def test_a_brace_that_is_never_closed_makes_all_that_follows_a_cascade() -> None:
    text = "a {\n b ${C} {\n}\nd\n"
    said = [(2, "Unexpected '{' - ignoring"), (4, "Unknown keyword 'd'")]
    assert cascades(judged(text, *said)) == [4]


def test_a_brace_too_many_is_a_mistake_when_nothing_was_wrong_before_it() -> None:
    assert list(judged("a {\n}\n}\n", (3, "Extra '}' found")).first) == [3]


def test_a_mail_server_that_has_no_address_here_is_about_the_machine() -> None:
    found = judged(
        "smtp_server mx\nsmtp_server <mx>\n", (1, "Invalid smtp server mx 25"), (2, "Invalid smtp server <mx> 25")
    )
    assert list(found.first) == [2]
    assert [complaint.line for complaint in found.machine] == [1]


def test_braces_in_quotes_and_comments_do_not_count() -> None:
    assert braces('a { "}" # {') == "{"
    assert depths_after(["}", "a {", "b { }", "! }", "}"]) == [0, 1, 1, 1, 0]


def test_a_closing_brace_leads_to_the_head_of_its_block() -> None:
    source = ["a {", " b {", " }", "}"]
    assert [head_of(source, line) for line in (1, 2, 3, 4)] == [1, 2, 2, 1]
    assert head_of(["}"], 1) == 1
