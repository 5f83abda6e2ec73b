"""The rows of a split report, checked against its total."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import NamedTuple

from bot.devin import Cell, Counts, Reading
from bot.queries.query import Breakdown
from bot.reports.groups import TOLD, Group, complete, groups, splits, together
from bot.reports.metrics import Metric
from bot.reports.plan import Plan
from bot.reports.report import FEWEST, NONE_ALIKE, Alike, Caveat, Report, Row, figures_of
from bot.reports.split import ROW_UNITS
from bot.reports.sums import acus

COLUMNS = ("sessions", "shipped", "ship_rate", "acus")  # What a table has room for.
SLIGHT = Fraction(1, 2)  # Averages are rounded, so that ACUs never add up to the last digit.
AMOUNTS: dict[str, Callable[[Counts], Fraction | int | None]] = {
    "sessions": lambda counts: counts.sessions,
    "shipped": lambda counts: counts.shipped,
    "acus": acus,
}


class Trend(NamedTuple):
    """How the sessions of whole days, weeks or months went. `rates` are the lowest and the highest ship rate, where all
    have enough sessions for one; `whole` is whether there are no other rows than those.
    """

    first: Fraction
    last: Fraction
    low: Fraction
    high: Fraction
    rates: tuple[Fraction, Fraction] | None
    whole: bool


def with_rows(
    report: Report, plan: Plan, readings: Mapping[Cell, Reading], settle: timedelta, alike: Alike = NONE_ALIKE
) -> Report:
    """The report with the rows that its question asks for, and with what a reader must know of them."""
    by = plan.query.by
    if by is None:
        return report
    made = groups(plan, readings, settle, alike)
    metrics = [_metric(figure.metric, by) for figure in report.figures.values()]
    rows = tuple(_row(group, metrics) for group in made)
    total = readings[plan.cell].counts
    caveats = [*_gaps(plan, total, rows), *_sums(plan, total, made), *_unripe(plan, readings, rows, settle)]
    maturing = Caveat("maturing", {"running": plan.span.state != "complete"})
    if _maturing(rows) and maturing not in report.caveats:
        caveats.append(maturing)
    return replace(report, rows=rows, caveats=(*report.caveats, *caveats))


def columns(rows: Sequence[Row]) -> list[str]:
    """The figures of a table of these rows: those that some row has."""
    return [name for name in COLUMNS if any(row.figures[name].part is not None for row in rows)]


def trend(rows: Sequence[Row]) -> Trend | None:
    """What a series of rows shows at a glance: of whole days, weeks or months, of which there are two at least."""
    whole = [row for row in rows if row.span and row.span.state == "complete" and not row.cut]
    counts = [count for row in whole if (count := row.figures["sessions"].value) is not None]
    if len(counts) < max(len(whole), 2):
        return None
    return Trend(counts[0], counts[-1], min(counts), max(counts), _rates(whole), len(whole) == len(rows))


def _rates(rows: Iterable[Row]) -> tuple[Fraction, Fraction] | None:
    figures = [row.figures["ship_rate"] for row in rows]
    rates = [figure.value for figure in figures if figure.value is not None and (figure.n or 0) >= FEWEST]
    return (min(rates), max(rates)) if len(rates) == len(figures) else None


def _row(group: Group, metrics: Iterable[Metric]) -> Row:
    row = Row(group.key, figures_of(metrics, group.counted), group.kind, count=group.count)
    part = group.part
    return replace(row, name=part.name, span=part.span, cut=part.cut) if part else row


def _metric(metric: Metric, by: Breakdown) -> Metric:
    """A figure as it is of a row: a session that is resumed may become a larger one."""
    return replace(metric, matures=True) if by == "size" and metric.name == "sessions" else metric


def _gaps(plan: Plan, total: Counts, rows: Sequence[Row]) -> Iterator[Caveat]:
    """What Devin reports of the total, but not of every row."""
    if not splits(total, plan.query.by):
        yield Caveat("rows-none", {"by": plan.query.by})
    ones = [row.figures for row in rows if row.kind == "one" and row.figures["sessions"].value != 0]
    gaps = [name for name in _told(plan, total) if any(figures[name].part is None for figures in ones)]
    if gaps:
        yield Caveat("rows-gaps", {"figures": gaps})


def _sums(plan: Plan, total: Counts, made: Sequence[Group]) -> Iterator[Caveat]:
    """Where the rows do not add up to the total, or hold more than it."""
    parts = together(group for group in made if group.kind != "other").now
    excess = {name: (AMOUNTS[name](parts) or 0) - (AMOUNTS[name](total) or 0) for name in _told(plan, total)}
    over = [name for name, more in excess.items() if more > SLIGHT]
    if over and not complete(plan):
        yield Caveat("rows-exceed", {"figures": over})
    if complete(plan) and None not in {parts.sessions, total.sessions} and parts.sessions != total.sessions:
        yield Caveat("rows-differ", {"rows": parts.sessions, "total": total.sessions})


def _maturing(rows: Sequence[Row]) -> bool:
    """Whether some row shows no change of a figure, since no reading of it is as old as this one."""
    figures = [figure for row in rows for figure in row.figures.values()]
    return any(figure.comparison == "maturing" and figure.value for figure in figures)


def _told(plan: Plan, total: Counts) -> list[str]:
    """The amounts that Devin tells of the total and may tell of each row."""
    by = plan.query.by
    assert by
    return [name for name in TOLD.get(by, AMOUNTS) if AMOUNTS[name](total) is not None]


def _unripe(plan: Plan, readings: Mapping[Cell, Reading], rows: Sequence[Row], settle: timedelta) -> Iterator[Caveat]:
    """What is only a part of its time, or may still rise."""
    if not any(row.figures["sessions"].value for row in rows):
        return
    if any(row.cut for row in rows):
        yield Caveat("rows-cut", {"by": plan.query.by})
    young = [part for part in plan.parts if readings[part.cell].read_at - part.cell.window.before < settle]
    if plan.query.by in ROW_UNITS and len(rows) > 1 and young and "shipped" in columns(rows):
        yield Caveat("rows-mature", {"by": plan.query.by})
