"""python -m tests.demo: what kad does, to watch. Leaves nothing behind, also when it is interrupted. Needs root.

Status 0 when all went as it should, 1 when something did not, 130 when it was interrupted.
"""

import os
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

from tests.demo import balancing, failover
from tests.demo.story import Story


def interrupt(number: int, frame: FrameType | None) -> None:
    """End the demo from wherever it is; once: what is cleaned up then is not to be interrupted again."""
    del frame
    for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(which, signal.SIG_IGN)
    raise KeyboardInterrupt(number)


def main() -> int:
    """Play both parts; the exit status."""
    story = Story()
    if os.geteuid() != 0:
        story.say("The demo makes network namespaces: run it as root.")
        return 1
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        with tempfile.TemporaryDirectory(prefix="kad-demo-") as folder:
            failover.play(story, Path(folder))
        with tempfile.TemporaryDirectory(prefix="kad-demo-") as folder:
            balancing.play(story, Path(folder))
    except KeyboardInterrupt:
        story.say("\nInterrupted: the network, its processes and their files are gone.")
        return 130
    except AssertionError as error:
        story.tell("trouble", str(error))
        story.figure("the demo came to its end", "no", "yes", good=False)
    return 0 if story.summary() else 1


if __name__ == "__main__":
    sys.exit(main())
