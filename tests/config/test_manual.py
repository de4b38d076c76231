"""What `kad explain` says, and the table of keywords."""

import pytest

from kad.config.keywords import canonical, in_renamed, places
from kad.config.lexical import LEXICAL
from kad.config.manual import COLUMNS, WIDTH, example, explain, explain_words, sentence, table, unsupported
from tests.config.texts import read
from tests.manual import TABLE


def rows() -> list[list[str]]:
    return [line.split("\t") for line in table().splitlines()]


def test_a_keyword_is_explained_with_all_there_is_to_say() -> None:
    text = explain("vrrp_instance/priority").text
    for part in ("priority NUMBER\n", "in        vrrp_instance\n", "values    1..255\n", "kad       acts on it\n"):
        assert part in text
    assert "    vrrp_instance VI_1 {\n        priority 150\n" in text


def test_a_keyword_of_several_blocks_is_explained_once_for_those_where_it_means_the_same() -> None:
    text = explain("label").text
    assert text.count("label ") == 1 + text.count("192.0.2.10/24 label")
    places = (
        "static_ipaddress, vrrp_instance/virtual_ipaddress,\n              vrrp_instance/virtual_ipaddress_excluded"
    )
    assert f"in        {places}" in text
    other = explain("dev").text
    assert "in        vrrp_instance/virtual_ipaddress,\n              vrrp_instance/virtual_ipaddress_excluded" in other


def test_a_path_names_one_of_them_and_may_be_written_with_dots_too() -> None:
    assert "in        virtual_server\n" in explain("virtual_server/delay_loop").text
    assert explain("/virtual_server/delay_loop").text.count("delay_loop SECONDS\n") == 1
    assert explain("virtual_server.delay_loop") == explain("virtual_server/delay_loop")


def test_a_block_is_explained_with_what_can_stand_in_it() -> None:
    text = explain("vrrp_script").text
    assert text.startswith("vrrp_script ")
    assert "        interval SECONDS\n" in text


def test_a_list_is_explained_with_its_lines_and_an_option_with_a_whole_line() -> None:
    assert "each line: ADDRESS[/LENGTH] [OPTION ...]\n" in explain("vrrp_instance/virtual_ipaddress").text
    assert "            192.0.2.10/24 dev eth0\n" in explain("vrrp_instance/virtual_ipaddress/dev").text


def test_another_name_says_whose_it_is() -> None:
    assert "Alias of lb_algo." in explain("lvs_sched").text
    assert "Deprecated name of retry." in explain("nb_get_retry").text
    assert "Undoes nopreempt." in explain("vrrp_instance/preempt").text


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("include", "include FILE\n"),
        ("@id", "@NAME LINE\n"),
        ("$NAME=", "$NAME=VALUE\n"),
        ("~SEQ", "~SEQ(VAR"),
        ("${_ENV}", "${_ENV NAME}\n"),
        ("${_ENV HOME}", "${_ENV NAME}\n"),
        ("quotes", "written   'TEXT'\n"),
        ("comments", "written   # TEXT | ! TEXT\n"),
        ("bool", "written   on|true|yes|off|false|no\n"),
        ("#", "comment\n"),
        ('"', "double quotes\n"),
        ("{", "brace splitting\n"),
        ("~", "~LST(VAR"),
        ("yes", "BOOL\n"),
    ],
)
def test_the_language_is_explained_too(word: str, part: str) -> None:
    assert explain(word).known
    assert part in explain(word).text


def test_what_is_not_there_is_told_with_what_is_near() -> None:
    found = explain("proirity")
    assert not found.known
    assert found.text.startswith("there is no keyword proirity; did you mean priority")
    assert explain("xyzzyxyzzy").text == "there is no keyword xyzzyxyzzy\n"
    assert not explain("").known
    assert not explain("includ").known


def test_of_several_meanings_those_that_kad_acts_on_come_first_and_the_instance_s_and_the_server_s_before_others() -> (
    None
):
    text = explain("priority").text
    assert text.index("in        vrrp_instance\n") < text.index("Alias of metric.")
    text = explain("weight").text
    assert text.index("in        virtual_server/real_server\n") < text.index("vrrp_instance/track_script")
    assert text.index("vrrp_instance/track_script") < text.index("in        bfd_instance\n")


def test_each_check_says_what_it_does_itself() -> None:
    checks = [place for place in places() if place.block == ("virtual_server", "real_server") and place.name.isupper()]
    assert len({place.doc for place in checks}) == len(checks) == 10
    assert "    The server is up when it accepts a connection; nothing is sent.\n" in explain("TCP_CHECK").text
    assert [place.name for place in checks if not place.doc.endswith(".")] == []


def test_what_does_nothing_yet_is_marked_in_the_block_that_it_stands_in() -> None:
    text = explain("/vrrp_instance").text
    assert "        old_unicast_checksum [never]  (no effect yet)\n" in text
    assert "        priority NUMBER\n" in text
    assert "no effect yet" not in explain("/track_file").text  # the block itself does nothing


def test_a_block_is_shown_with_what_it_can_t_do_without() -> None:
    assert (
        "    vrrp_instance VI_1 {\n        virtual_router_id 51\n        # ...\n    }\n"
        in explain("/vrrp_instance").text
    )
    assert "    url {\n" in explain("HTTP_GET").text
    assert "            path /health\n" in explain("HTTP_GET").text


def test_words_are_a_path_when_there_is_such_a_one_else_each_is_explained() -> None:
    assert explain_words(["vrrp_instance", "priority"]) == explain("vrrp_instance/priority")
    assert explain_words(["priority"]) == explain("priority")
    both = explain_words(["nopreempt", "vrrp_instance", "state"])
    assert both.text == explain("nopreempt").text + "\n" + explain("vrrp_instance/state").text
    assert not explain_words(["nopreempt", "xyzzyxyzzy"]).known
    assert explain_words(["vrrp_instance", "prioritty"]) == explain("vrrp_instance/prioritty")


@pytest.mark.parametrize(
    ("word", "keyword"),
    [
        ("rr", "virtual_server/lb_algo"),
        ("MASTER", "vrrp_instance/state"),
        ("PASS", "vrrp_instance/authentication/auth_type"),
        ("DR", "virtual_server/lb_kind"),
        ("gue", "virtual_server/lb_kind"),
    ],
)
def test_a_value_says_which_keywords_have_it(word: str, keyword: str) -> None:
    found = explain(word)
    assert found.known
    assert found.text.startswith(f"{word} is a value of\n\n    {keyword}\n")


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("vrrp_instance/prioritty", "did you mean vrrp_instance/priority?"),
        ("vrrp_instance/dev", "did you mean vrrp_instance/virtual_ipaddress/dev or"),
        ("vrrp_instance/xyzzyxyzzy", "kad explain vrrp_instance lists what there is"),
        ("xyzzyxyzzy/prioritty", "did you mean priority"),
    ],
)
def test_of_a_path_that_there_is_not_what_is_near_in_its_block_is_told(path: str, advice: str) -> None:
    found = explain(path)
    assert not found.known
    assert advice in " ".join(found.text.split())


def test_no_line_is_wider_than_a_terminal_and_none_ends_in_blanks() -> None:
    text = unsupported() + "".join(explain(f"/{'/'.join(place.words)}").text for place in places() if place.name != "*")
    text += "".join(explain(row.keyword).text for row in LEXICAL)
    assert [line for line in text.splitlines() if len(line) > WIDTH or line != line.rstrip()] == []


def test_a_heading_is_broken_between_what_belongs_together() -> None:
    heading = "lvs_sync_daemon INTERFACE [[inst] INSTANCE] [id 0..255] [maxlen NUMBER]\n    [port NUMBER] [ttl NUMBER]"
    assert explain("lvs_sync_daemon").text.startswith(heading)


def test_every_keyword_can_be_explained() -> None:
    for place in places():
        if place.name != "*":
            found = explain("/" + "/".join(place.words))
            assert found.known, place.path
            assert place.name in found.text


def test_every_example_is_read_without_a_word_about_its_keyword() -> None:
    wrong = []
    for place in places():
        if place.name == "*" or in_renamed(place) or (place.kind is not None and not place.kind.good()):
            continue  # nothing is good there (test_bounds.py has the reasons)
        text = "\n".join(example(place))
        rules = {found.rule for found in read(text).diagnostics}
        if rules & {"unknown-keyword", "unknown-option", "bad-value", "missing-argument", "unbalanced-braces"}:
            wrong.append((place.path, text, rules))
    assert wrong == []


def test_what_is_not_acted_on_is_listed_by_block_and_a_block_as_a_whole() -> None:
    text = unsupported()
    for place in canonical():
        listed = f"\n    {place.name}"
        if not place.acts and not place.block:
            assert listed in text
    assert "    priority" not in text.replace("_priority", "")


def test_the_committed_table_is_what_the_declarations_say() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(), "run: make manual"


def test_the_table_has_a_row_for_each_name_at_each_place_and_for_the_language() -> None:
    assert rows()[0] == list(COLUMNS)
    assert {len(row) for row in rows()} == {len(COLUMNS)}
    found = [(row[0], row[1]) for row in rows()[1:]]
    assert found == [("lexical", row.keyword) for row in LEXICAL] + [(one.within, one.name) for one in places()]


def test_no_cell_of_the_table_is_empty() -> None:
    assert [row for row in rows() if not all(row)] == []


def test_a_doc_becomes_a_sentence_and_a_keyword_at_its_beginning_stays() -> None:
    assert sentence("the scheduler") == "The scheduler."
    assert sentence("vrrp_version for those that say nothing.") == "vrrp_version for those that say nothing."
