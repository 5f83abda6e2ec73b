"""Lines that say the same of one row after the other: in columns where they can be aligned, else as many as fit."""

from collections.abc import Sequence
from functools import partial
from itertools import zip_longest

import wcwidth

# How many columns of a terminal a text takes; a control code takes none.
terminal_width = partial(wcwidth.width, control_codes="ignore")


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Lines in a terminal, from their cells: words, which begin together, and numbers, which end so, in turn."""
    widths = [max(map(terminal_width, column)) for column in zip_longest(*lines, fillvalue="")]
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
    space = " " * (width - terminal_width(cell))
    return space + cell if number else cell + space
