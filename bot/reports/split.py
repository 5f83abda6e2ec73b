"""Splits a query into rows by time or organization, with the calls that count each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.devin import Cell
from bot.periods.window import Span, Unit, Window, day_start, shift, unit_start
from bot.queries.query import Breakdown
from bot.queries.request import Named

ROW_UNITS: dict[Breakdown, Unit] = {"day": "day", "week": "week", "month": "month"}  # Those that are stretches of time.


@dataclass(frozen=True, slots=True)
class Part:
    """A row that has calls of its own: a stretch of time, or an organization with its earlier window.

    `key` is the row's name for machines, `name` what the settings call an organization. `cut` is a day, week or month
    of which the report holds only a part; one that still runs has a span that says so.
    """

    key: str
    cell: Cell
    name: str = ""
    span: Span | None = None
    cut: bool = False
    earlier_cell: Cell | None = None


def by_time(cell: Cell, span: Span, by: Breakdown, week_start: int = 0) -> tuple[Part, ...]:
    """The days, weeks or months of a span in their order. What has not begun has none."""
    return tuple(
        Part(_key(stretch, by), replace(cell, window=stretch.window), span=stretch, cut=cut)
        for stretch, cut in stretches(span, ROW_UNITS[by], week_start)
    )


def by_org(cell: Cell, earlier: Cell | None, orgs: Iterable[Named]) -> tuple[Part, ...]:
    """Each organization, in the windows of the whole."""
    return tuple(
        Part(named.id, _narrowed(cell, named), named.label, earlier_cell=_narrowed(earlier, named) if earlier else None)
        for named in orgs
    )


def stretches(span: Span, unit: Unit, week_start: int = 0) -> Iterator[tuple[Span, bool]]:
    """The units that a span touches, clipped to it, each with whether it is cut: they cover it and do not overlap.

    The last one of a running span is running, too, unless it ends with it.
    """
    first = unit_start(unit, span.first_day, week_start)
    while (start := day_start(first, span.tz)) < span.window.before:
        first = shift(first, 1, unit)
        end = day_start(first, span.tz)
        window = Window(max(start, span.window.after), min(end, span.window.before))
        running = span.state == "running" and end > window.before
        if window.after < window.before:  # A zone may leave out a whole day.
            cut = start < window.after or (end > window.before and not running)
            yield Span(window, span.tz, "running" if running else "complete"), cut


def _key(stretch: Span, by: Breakdown) -> str:
    return f"{stretch.first_day:%Y-%m}" if by == "month" else stretch.first_day.isoformat()


def _narrowed(cell: Cell, named: Named) -> Cell:
    return replace(cell, filter=replace(cell.filter, orgs=(named.id,)))
