"""A table as it is printed: columns as wide as their widest word, the last one as it comes."""

from collections.abc import Sequence


def lines(rows: Sequence[Sequence[object]], indent: str = "  ") -> list[str]:
    """One line a row; a column of numbers only is flush right."""
    if not rows:
        return []
    cells = [[str(cell) for cell in row] for row in rows]
    columns = list(zip(*cells, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [all(_number(cell) for cell in column) for column in columns]
    text = []
    for row in cells:
        parts = [
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(row, widths, right, strict=True)
        ]
        text.append((indent + "  ".join(parts)).rstrip())
    return text


def _number(cell: str) -> bool:
    return cell.removeprefix("-").replace(".", "", 1).isdigit()
