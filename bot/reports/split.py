"""Splits a plan into parts by time or organization, each with calls of its own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.devin import Cell
from bot.periods.window import Span, Unit, Window, day_start, shift, unit_start
from bot.queries.query import Breakdown
from bot.queries.request import Alias

ROW_UNITS: dict[Breakdown, Unit] = {"day": "day", "week": "week", "month": "month"}  # The breakdowns by time.


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a plan that has calls of its own: a day, week or month, or an organization with its earlier window.

    `key` is the name in JSON and CSV, `name` an organization's alias. A day, week or month is `cut` where the report
    covers only a part of it, unless it still runs: then its span is running.
    """

    key: str
    cell: Cell
    name: str = ""
    span: Span | None = None
    cut: bool = False
    earlier_cell: Cell | None = None


def by_time(cell: Cell, span: Span, by: Breakdown, week_start: int = 0) -> tuple[Part, ...]:
    """The days, weeks or months of a span, in order; none that has not begun."""
    return tuple(
        Part(_key(one, by), replace(cell, window=one.window), span=one, cut=cut)
        for one, cut in split_span(span, ROW_UNITS[by], week_start)
    )


def by_org(cell: Cell, earlier: Cell | None, orgs: Iterable[Alias]) -> tuple[Part, ...]:
    """The organizations, in the windows of the total."""
    return tuple(
        Part(org.id, _narrowed(cell, org), org.label, earlier_cell=_narrowed(earlier, org) if earlier else None)
        for org in orgs
    )


def split_span(span: Span, unit: Unit, week_start: int = 0) -> Iterator[tuple[Span, bool]]:
    """The units that overlap a span, clipped to it, each with whether it is cut: they cover it and do not overlap.

    The last unit of a running span is running too, unless both end at the same moment.
    """
    first = unit_start(unit, span.first_day, week_start)
    while (start := day_start(first, span.tz)) < span.window.before:
        first = shift(first, 1, unit)
        end = day_start(first, span.tz)
        window = Window(max(start, span.window.after), min(end, span.window.before))
        running = span.state == "running" and end > window.before
        if window.after < window.before:  # A zone may skip a whole day.
            cut = start < window.after or (end > window.before and not running)
            yield Span(window, span.tz, "running" if running else "complete"), cut


def _key(span: Span, by: Breakdown) -> str:
    return f"{span.first_day:%Y-%m}" if by == "month" else span.first_day.isoformat()


def _narrowed(cell: Cell, org: Alias) -> Cell:
    return replace(cell, filter=replace(cell.filter, orgs=(org.id,)))
