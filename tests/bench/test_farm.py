"""The big configuration that reading is timed with."""

import re

from bench.config import CHANGED, Figures, with_one_line_changed
from bench.farm import farm


def bodies(text: str) -> list[str]:
    """What is in the braces of each real_server."""
    return re.findall(r"\treal_server [^{]*\{\n(.*?)\n\t\}\n", text, re.DOTALL)


def test_a_hundred_services_of_a_hundred_servers_have_80605_lines() -> None:
    text = farm(100, 100)
    assert text.count("\n") == 80_605
    assert 1_150_000 < len(text) < 1_350_000


def test_servers_are_alike_unless_they_are_asked_to_be_distinct() -> None:
    assert len(set(bodies(farm(3, 4)))) == 1
    distinct = bodies(farm(100, 700, distinct=True))
    assert len(set(distinct)) == len(distinct) == 70_000


def test_a_farm_has_no_server_twice() -> None:
    heads = re.findall(r"real_server (\S+) 80", farm(30, 40))
    assert len(set(heads)) == len(heads) == 1200


def test_a_change_is_one_line_and_another_one_each_time() -> None:
    text = farm(2, 2)
    changed = [with_one_line_changed(text, turn).splitlines() for turn in (0, 1)]
    for lines in changed:
        pairs = zip(text.splitlines(), lines, strict=True)
        assert [old for old, new in pairs if old != new] == [CHANGED.rstrip("\n")]
    assert changed[0] != changed[1]


def test_figures_are_multiples_of_keepalived() -> None:
    figures = Figures(kad=3.0, keepalived=0.5, reload=0.25)
    assert (figures.whole, figures.again) == (6.0, 0.5)
