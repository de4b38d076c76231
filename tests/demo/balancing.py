"""The demo's second part: a farm whose dead server gets no more traffic, in a kernel of its own that has IPVS.

What happens in there is told by tests/kernel/demo_ipvs.py; what it comes to is judged here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.demo.story import Story
from tests.kernel import demo_ipvs, guest

EXPLANATION = (
    "Behind the address, the director's kernel spreads connections over the web servers: IPVS does that, from a table."
    " kad asks every web server for a page each second; one that does not answer leaves the table until it does.",
)
ABSENT = "This machine's kernel has no IPVS, so this part runs in one that has: user-mode-linux, a kernel as a process."
PRESENT = "So that this machine's own IPVS is left alone, this part runs in user-mode-linux, a kernel as a process."


def host_has_ipvs() -> bool:
    """Whether the running kernel has IPVS, loaded by now."""
    return Path("/proc/net/ip_vs").exists()


def play(story: Story, folder: Path) -> None:
    """Boot, play, judge; or say what is missing for it."""
    story.chapter("2. A farm without its dead server", *EXPLANATION, PRESENT if host_has_ipvs() else ABSENT)
    try:
        guest.need()
    except pytest.skip.Exception as missing:
        story.tell("trouble", f"this part can't be shown: {missing}")
        story.figure("a dead web server leaves the table", "not shown", str(missing), good=True)
        return
    story.tell("kernel", "boots; this takes some seconds, and what runs in it is slower than outside")
    try:
        measured = demo_ipvs.play(folder, story.tell)
    except RuntimeError as error:
        story.tell("trouble", str(error))
        story.figure("a dead web server leaves the table", "not shown", "the kernel's end", good=False)
        return
    story.tell("kernel", "powered off")
    _judge(story, measured)


def _pages(counts: Mapping[str, int]) -> str:
    names = sorted(name for name in counts if name)
    nobody = f", nobody {counts['']}" if counts.get("") else ""
    return ", ".join(f"{name} {counts[name]}" for name in names) + nobody


def _judge(story: Story, measured: Mapping[str, Any]) -> None:
    both, one, again = (measured[name] for name in ("both", "one", "again"))
    served = {"web-a", "web-b"}
    story.figure("pages while both web servers live", _pages(both), "from both", good=set(both) == served)
    out, back = measured["out"], measured["back"]
    story.figure("web-b killed, out of the table after", f"{out:.1f} s", "two failed checks", good=out < 10)
    story.figure("pages while web-b is out", _pages(one), "all from web-a", good=set(one) == {"web-a"})
    story.figure("web-b started, back in the table after", f"{back:.1f} s", "answering again", good=back < 10)
    story.figure("pages after its return", _pages(again), "from both", good=set(again) == served)
    story.figure(
        "IPVS table after kad's stop",
        "empty" if measured["clean"] else "not empty",
        "empty",
        good=measured["clean"],
    )
