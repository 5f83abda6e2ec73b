"""Lines that say the same of one row after the other: in columns where they can be aligned, else as many as fit."""

import unicodedata
from collections.abc import Sequence
from itertools import zip_longest


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Lines in a terminal, from their cells: words, which begin together, and numbers, which end so, in turn."""
    widths = [max(map(_width, column)) for column in zip_longest(*lines, fillvalue="")]
    return [
        "".join(_padded(cell, width, at % 2 > 0) for at, (cell, width) in enumerate(zip(cells, widths, strict=False)))
        for cells in lines
    ]


def fitting(lines: Sequence[str], room: int) -> list[str]:
    """The first lines, so many as have room with their line ends."""
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept


def _padded(cell: str, width: int, number: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if number else cell + space


def _width(text: str) -> int:
    """Places in a terminal: East Asian characters take two, what joins the one before takes none."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )
