"""The fixtures of the lab: a network for one test, gone after it however the test ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.netns.lab import Lab
from tests.netns.wire import Capture


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Two directors, "left" 192.0.2.1 and "right" 192.0.2.2, and a "client" on one switch.

    What the daemons logged is printed at the end: pytest shows it when the test failed.
    """
    with Lab(tmp_path, "left", "right", "client") as made:
        yield made
        for file in sorted(tmp_path.glob("*/*.log")):
            print(f"--- {file.parent.name} {file.name}\n{file.read_text(errors='replace')}")


@pytest.fixture
def wire(lab: Lab) -> Iterator[Capture]:
    """What the client's network card sees."""
    with Capture(lab["client"]) as capture:
        yield capture
