"""Breaks a report down into rows: a row for each day, week, month, organization, origin or size."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import Literal

from bot.devin import SIZES, Cell, Counts, Reading, Size
from bot.queries.query import MOST_GROUPS, Breakdown
from bot.reports.counts import add_counts, subtract_counts, total_acus
from bot.reports.metrics import Metric
from bot.reports.plan import Plan
from bot.reports.report import (
    NO_COMPARABLE,
    Caveat,
    Comparable,
    ComparedCounts,
    Report,
    Row,
    compared_counts,
    figures_of,
)
from bot.reports.split import ROW_UNITS, Part

COLUMNS = ("sessions", "shipped", "ship_rate", "acus")  # What a table has room for.
TOLERANCE = Fraction(1, 2)  # Rows may exceed the total by this: ACUs are computed from rounded averages.
AMOUNTS: dict[str, Callable[[Counts], Fraction | int | None]] = {
    "sessions": lambda counts: counts.sessions,
    "shipped": lambda counts: counts.shipped,
    "acus": total_acus,
}
# The amounts that Devin reports of each group; of the breakdowns that are not listed here, all of them.
GROUP_AMOUNTS: dict[Breakdown, tuple[str, ...]] = {"origin": ("sessions",), "size": ("sessions", "shipped")}


@dataclass(frozen=True, slots=True)
class Group:
    """The counts of one row; `part` is its part of the plan, where it has calls of its own.

    `kind` and `count` are those of `Row`.
    """

    key: str
    counts: ComparedCounts
    kind: Literal["one", "other", "more"] = "one"
    part: Part | None = None
    count: int = 1


def with_rows(
    report: Report,
    plan: Plan,
    readings: Mapping[Cell, Reading],
    settle: timedelta,
    comparable: Comparable = NO_COMPARABLE,
) -> Report:
    """The report with a row for each group that its query asks for, and with the caveats of these rows.

    Days, weeks and months are in order of time, sizes from small to large, organizations and origins by their number
    of sessions. There are `top` groups at most: the smaller ones share a row (`more`), and so does the remainder of the
    total that is in no group (`other`).
    """
    by = plan.query.by
    if by is None:
        return report
    groups = _groups(plan, readings, settle, comparable)
    metrics = [_row_metric(figure.metric, by) for figure in report.figures.values()]
    rows = tuple(_group_row(group, metrics) for group in groups)
    total = readings[plan.cell].counts
    caveats = [
        *_gap_caveats(plan, total, rows),
        *_total_caveats(plan, total, groups),
        *_time_caveats(plan, readings, rows, settle),
    ]
    maturing = Caveat("maturing", {"running": plan.span.state != "complete"})
    if _has_maturing(rows) and maturing not in report.caveats:
        caveats.append(maturing)
    return replace(report, rows=rows, caveats=(*report.caveats, *caveats))


def columns(rows: Sequence[Row]) -> list[str]:
    """The figures of a table of these rows: those that at least one row has."""
    return [name for name in COLUMNS if any(row.figures[name].part is not None for row in rows)]


def _group_row(group: Group, metrics: Iterable[Metric]) -> Row:
    row = Row(group.key, figures_of(metrics, group.counts), group.kind, count=group.count)
    part = group.part
    return replace(row, name=part.name, span=part.span, cut=part.cut) if part else row


def _row_metric(metric: Metric, by: Breakdown) -> Metric:
    """The metric of a row. By size, sessions mature too: a session that is resumed may move to a larger size."""
    return replace(metric, matures=True) if by == "size" and metric.name == "sessions" else metric


def _groups(plan: Plan, readings: Mapping[Cell, Reading], settle: timedelta, comparable: Comparable) -> list[Group]:
    compare = partial(compared_counts, plan, readings, settle=settle, comparable=comparable)
    total = compare((plan.cell, plan.earlier_cell))
    by = plan.query.by
    if not _reports_groups(total.now, by):
        return []
    if by == "origin":
        groups = sorted(_origin_groups(total), key=_most_sessions_first)
    elif by == "size":
        groups = [Group(size, total.map(partial(_size_counts, size=size))) for size in SIZES if total.now.by_size]
    else:
        groups = [Group(part.key, compare((part.cell, part.earlier_cell)), part=part) for part in plan.parts]
    if by in ROW_UNITS:
        return groups
    if by == "org":
        groups.sort(key=_most_sessions_first)
    shown = _largest(groups, plan.query.top or MOST_GROUPS)
    return shown if _rows_are_total(plan) else [*shown, *_remainder(total.map(partial(_group_fields, by=by)), groups)]


def _reports_groups(total: Counts, by: Breakdown | None) -> bool:
    """Whether Devin reports the origins or sizes of a total; true where the rows are made of neither."""
    return (by != "origin" or total.by_origin is not None) and (by != "size" or total.by_size is not None)


def _rows_are_total(plan: Plan) -> bool:
    """Whether the rows hold all of the total: every day, or all organizations that the query names."""
    return plan.query.by in ROW_UNITS or (plan.query.by == "org" and bool(plan.cell.filter.orgs))


def _most_sessions_first(group: Group) -> int:
    return -(group.counts.now.sessions or 0)


def _origin_groups(total: ComparedCounts) -> Iterator[Group]:
    """Every origin that is known to have had sessions, now or earlier, by name."""
    now_of, *before_of = _counts_by_origin(total.now), *(counts and _counts_by_origin(counts) for counts in total[1:])
    for key in sorted({key for counts in (total.now, total.earlier) if counts for key in counts.by_origin or {}}):
        group = Group(key, ComparedCounts(now_of(key), *(counts_of and counts_of(key) for counts_of in before_of)))
        now, earlier = group.counts.now.sessions, group.counts.earlier
        if now or (now == 0 and earlier and earlier.sessions):
            yield group


def _counts_by_origin(counts: Counts) -> Callable[[str], Counts]:
    """An origin's sessions: unknown where it is not listed, but 0 where the listed ones add up to the total."""
    listed = counts.by_origin or {}
    unlisted = 0 if sum(listed.values()) == counts.sessions else None  # Once, not for each of thousands of origins.
    return lambda key: Counts(listed.get(key, unlisted))


def _size_counts(counts: Counts, size: Size) -> Counts:
    sizes, shipped = counts.by_size, counts.shipped_by_size
    return Counts(sessions=sizes[size] if sizes else None, shipped=shipped[size] if shipped else None)


def _group_fields(total: Counts, by: Breakdown | None) -> Counts:
    """A total with the amounts alone that Devin reports of each group."""
    names = GROUP_AMOUNTS.get(by) if by else None
    return Counts(**{name: getattr(total, name) for name in names}) if names else total


def _largest(groups: list[Group], most: int) -> list[Group]:
    """The groups with the most sessions, in their order, then the smaller ones as one group."""
    places = sorted(range(len(groups)), key=lambda place: _most_sessions_first(groups[place]))
    smaller = [groups[place] for place in places[most:]]
    more = [Group("more", _combined(smaller), "more", count=len(smaller))] if smaller else []
    return [*(groups[place] for place in sorted(places[:most])), *more]


def _remainder(total: ComparedCounts, groups: list[Group]) -> list[Group]:
    """The total minus its groups, as one group; none where nothing remains, or where the groups exceed the total."""
    combined = _combined(groups) if groups else total.map(lambda _: Counts(sessions=0))
    sides = zip(total[1:], combined[1:], strict=True)
    before = [subtract_counts(whole, part) if whole and part else None for whole, part in sides]
    now, earlier = subtract_counts(total.now, combined.now), before[0]
    if now.sessions is None or not (now.sessions or now.shipped or (earlier and earlier.sessions)):
        return []
    return [Group("other", ComparedCounts(now, *before), "other")]


def _combined(groups: Iterable[Group]) -> ComparedCounts:
    """What several groups count together. Any may lack an earlier count; all need one of the same age."""
    several = [group.counts for group in groups]
    earlier = [counts.earlier for counts in several if counts.earlier]
    comparable = [counts.comparable for counts in several if counts.comparable]
    return ComparedCounts(
        add_counts([counts.now for counts in several]),
        add_counts(earlier) if earlier else None,
        add_counts(comparable) if len(comparable) == len(several) else None,
    )


def _reported_amounts(plan: Plan, total: Counts) -> list[str]:
    """The amounts that Devin reports of the total and may report of each row."""
    by = plan.query.by
    assert by
    return [name for name in GROUP_AMOUNTS.get(by, AMOUNTS) if AMOUNTS[name](total) is not None]


def _gap_caveats(plan: Plan, total: Counts, rows: Sequence[Row]) -> Iterator[Caveat]:
    """For amounts that Devin reports of the total, but not of every row."""
    if not _reports_groups(total, plan.query.by):
        yield Caveat("rows-none", {"by": plan.query.by})
    figures = [row.figures for row in rows if row.kind == "one" and row.figures["sessions"].value != 0]
    gaps = [name for name in _reported_amounts(plan, total) if any(one[name].part is None for one in figures)]
    if gaps:
        yield Caveat("rows-gaps", {"figures": gaps})


def _total_caveats(plan: Plan, total: Counts, groups: Sequence[Group]) -> Iterator[Caveat]:
    """For rows that do not add up to the total, or exceed it."""
    parts = _combined(group for group in groups if group.kind != "other").now
    excess = {
        name: (AMOUNTS[name](parts) or 0) - (AMOUNTS[name](total) or 0) for name in _reported_amounts(plan, total)
    }
    over = [name for name, more in excess.items() if more > TOLERANCE]
    if over and not _rows_are_total(plan):
        yield Caveat("rows-exceed", {"figures": over})
    if _rows_are_total(plan) and None not in {parts.sessions, total.sessions} and parts.sessions != total.sessions:
        yield Caveat("rows-differ", {"rows": parts.sessions, "total": total.sessions})


def _time_caveats(
    plan: Plan, readings: Mapping[Cell, Reading], rows: Sequence[Row], settle: timedelta
) -> Iterator[Caveat]:
    """For rows that hold only a part of their day, week or month, and for rows whose figures may still rise."""
    if not any(row.figures["sessions"].value for row in rows):
        return
    if any(row.cut for row in rows):
        yield Caveat("rows-cut", {"by": plan.query.by})
    unsettled = [part for part in plan.parts if readings[part.cell].read_at - part.cell.window.before < settle]
    if plan.query.by in ROW_UNITS and len(rows) > 1 and unsettled and "shipped" in columns(rows):
        yield Caveat("rows-mature", {"by": plan.query.by})


def _has_maturing(rows: Sequence[Row]) -> bool:
    """Whether a row shows no change of a figure, since no earlier reading of it is of the same age."""
    figures = [figure for row in rows for figure in row.figures.values()]
    return any(figure.comparison == "maturing" and figure.value for figure in figures)
