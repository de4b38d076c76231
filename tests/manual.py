"""Writes what is made from the declarations: the table docs/keywords.tsv and the page packaging/man/kad.conf.5.

Run by `make manual`. tests/config/test_manual.py and test_manpage.py tell when it must be run again.
"""

from collections.abc import Callable
from pathlib import Path

from kad.config.manpage import manpage
from kad.config.manual import table

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs" / "keywords.tsv"
PAGE = ROOT / "packaging" / "man" / "kad.conf.5"

WRITTEN: dict[Path, Callable[[], str]] = {TABLE: table, PAGE: manpage}
"""The files, and what makes their text."""


def main() -> None:
    """Write them all."""
    for path, text in WRITTEN.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
