"""The trend of a report by day, week or month: how its sessions and ship rate went from row to row."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from bot.reports.report import SMALLEST_SAMPLE, Row


class Trend(NamedTuple):
    """The sessions of the first and the last complete row, and the lowest and highest of all complete rows.

    `rates` are the lowest and the highest ship rate, where every complete row has enough sessions for one. `whole` is
    whether all rows are complete.
    """

    first: Fraction
    last: Fraction
    low: Fraction
    high: Fraction
    rates: tuple[Fraction, Fraction] | None
    whole: bool


def trend(rows: Sequence[Row]) -> Trend | None:
    """The trend of the rows that are complete days, weeks or months. None of fewer than two, or where one of them lacks
    its sessions.
    """
    complete = [row for row in rows if row.span and row.span.state == "complete" and not row.cut]
    counts = [count for row in complete if (count := row.figures["sessions"].value) is not None]
    if len(counts) < max(len(complete), 2):
        return None
    return Trend(counts[0], counts[-1], min(counts), max(counts), _ship_rates(complete), len(complete) == len(rows))


def _ship_rates(rows: Iterable[Row]) -> tuple[Fraction, Fraction] | None:
    figures = [row.figures["ship_rate"] for row in rows]
    rates = [figure.value for figure in figures if figure.value is not None and (figure.n or 0) >= SMALLEST_SAMPLE]
    return (min(rates), max(rates)) if len(rates) == len(figures) else None
