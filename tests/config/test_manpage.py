"""The manual page kad.conf(5): whole, and fit for roff."""

import re
import shutil
import subprocess

import pytest

from kad.config.fields import LINE
from kad.config.keywords import canonical
from kad.config.lexical import LEXICAL
from kad.config.manpage import manpage
from tests.manual import PAGE


def shown() -> str:
    """The page without what roff reads: names as a reader sees them."""
    return manpage().replace("\\-", "-").replace("\\(ti", "~").replace("\\(rs", "\\").replace("\\(ha", "^")


def test_the_committed_page_is_what_the_declarations_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == manpage(), "run: make manual"


def test_every_keyword_and_all_of_the_language_is_in_the_page() -> None:
    text = shown()
    wanted = {place.name for place in canonical() if place.name != LINE} | {row.keyword for row in LEXICAL}
    assert sorted(word for word in wanted if f'"{word}"' not in text) == []


def test_the_page_has_its_sections() -> None:
    sections = re.findall(r"^\.SH (.*)$", manpage(), re.MULTILINE)
    assert sections[:3] == ["NAME", "DESCRIPTION", "LANGUAGE"]
    assert {'"VRRP_INSTANCE"', '"VIRTUAL_SERVER"', "DIFFERENCES"} <= set(sections)


def test_no_line_of_text_is_taken_for_a_request() -> None:
    known = r"\.(TH|ad|SH|SS|TP|PP|B|I|BR|IR|EX|EE)( |$)"
    assert [line for line in manpage().splitlines() if line[:1] in (".", "'") and not re.match(known, line)] == []


def test_what_is_not_acted_on_is_marked() -> None:
    assert manpage().count("(Accepted, not acted on yet.)") > 10
    assert LINE not in re.findall(r'^\.B "(.*)"$', manpage(), re.MULTILINE)


def test_the_page_refers_to_no_page_that_there_is_not() -> None:
    assert re.findall(r"^\.BR (\S+) \((\d)\)", manpage(), re.MULTILINE) == [("keepalived.conf", "5")]


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_groff_sets_the_page_without_a_warning() -> None:
    command = ["groff", "-man", "-ww", "-Tutf8"]
    done = subprocess.run(command, input=manpage(), capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stderr == ""
    assert "192.0.2.10/24" in done.stdout
