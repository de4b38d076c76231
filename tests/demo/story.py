"""How the demo tells what happens: a timeline as it goes, then a summary. Coloured on a terminal, plain in a pipe."""

import sys
import time
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

COLOURS = {
    "network": "cyan",
    "director-a": "green",
    "director-b": "magenta",
    "client": "yellow",
    "trouble": "bold red",
    "kernel": "cyan",
    "kad": "green",
    "table": "blue",
    "web": "magenta",
}


@dataclass(frozen=True)
class Figure:
    """A line of the summary: what was measured, the figure, what was to be expected, and whether it was so."""

    what: str
    figure: str
    expected: str
    good: bool


class Story:
    """The timeline's seconds count from the story's beginning."""

    def __init__(self) -> None:
        self._console = Console(width=None if sys.stdout.isatty() else 110, highlight=False)
        self._began = time.monotonic()
        self.figures: list[Figure] = []

    def chapter(self, title: str, *explanation: str) -> None:
        """A heading, and what the reader needs to know to follow."""
        self._console.print()
        self._console.rule(f"[bold]{title}[/]", align="left")
        for paragraph in explanation:
            self._console.print(paragraph, style="dim")
        self._console.print()

    def tell(self, who: str, what: str) -> None:
        """Something happened."""
        grid = Table.grid(padding=(0, 2))
        grid.add_column(width=7, justify="right")
        grid.add_column(width=10)
        grid.add_column()
        seconds = f"{time.monotonic() - self._began:.2f}"
        grid.add_row(Text(seconds, "dim"), Text(who, COLOURS.get(who, "white")), Text(what))
        self._console.print(grid)

    def figure(self, what: str, figure: str, expected: str, *, good: bool) -> None:
        """Remember a measurement for the summary."""
        self.figures.append(Figure(what, figure, expected, good))

    def summary(self) -> bool:
        """Print the summary; whether all was as it should be."""
        made = Table(title="Summary", title_justify="left", expand=False)
        for column in ("what", "measured", "expected", ""):
            made.add_column(column)
        for figure in self.figures:
            mark = Text("yes", "green") if figure.good else Text("NO", "bold red")
            made.add_row(figure.what, figure.figure, figure.expected, mark)
        self._console.print()
        self._console.print(made)
        took = time.monotonic() - self._began
        self._console.print(f"Took {took:.0f} s. The network, its processes and their files are gone.")
        return all(figure.good for figure in self.figures)

    def say(self, text: str) -> None:
        """A line outside the timeline."""
        self._console.print(text)
