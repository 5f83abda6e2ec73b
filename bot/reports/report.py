"""Summarises the readings of a plan into a report."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Literal, NamedTuple

from bot.devin import Cell, Counts, Reading, Size, Source
from bot.devin.reading_age import age, same_age
from bot.periods.period import FIRST_DAY
from bot.periods.window import Span
from bot.queries.query import Query
from bot.reports.metrics import METRICS, Metric
from bot.reports.plan import Plan, Scope

# How a figure compares with the earlier one: it changed (or not), it is new after zero, or there is no comparison.
Comparison = Literal["change", "new", "few", "maturing", "none"]

Comparable = Mapping[Cell, Reading]  # By earlier cell: its reading of the age that the present one has.

NO_COMPARABLE: Comparable = {}
SMALLEST_SAMPLE = 5  # A rate of fewer sessions jumps with each of them.


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric's exact value and the earlier one. A rate is `part` of `n`."""

    metric: Metric
    value: Fraction | None
    previous: Fraction | None
    part: Fraction | None
    n: int | None
    comparison: Comparison

    @property
    def change(self) -> Fraction:
        """The difference of the exact values; to be rounded once, when printed."""
        assert self.value is not None
        assert self.previous is not None
        return self.value - self.previous

    @property
    def relative_change(self) -> Fraction:
        """The change as a share of the earlier value, which is not zero: from zero the comparison is `new`."""
        assert self.previous
        return self.change / self.previous


@dataclass(frozen=True, slots=True)
class Caveat:
    """A remark on the numbers of a report: a key, and the values that its words need."""

    key: str
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Origins:
    """Sessions by origin, most first; `other` is how many Devin counts but does not list."""

    listed: tuple[tuple[str, int], ...]
    other: int


@dataclass(frozen=True, slots=True)
class Row:
    """A group of a report's breakdown: a day, week or month, an organization, an origin or a size.

    Two kinds are no single group: `other` is the remainder of the total, `more` are `count` smaller groups together. A
    day, week or month is `cut` where the report covers only a part of it. The values of figures that Devin does not
    report of the group are None.
    """

    key: str
    figures: Mapping[str, Figure]
    kind: Literal["one", "other", "more"] = "one"
    name: str = ""
    span: Span | None = None
    cut: bool = False
    count: int = 1


@dataclass(frozen=True, slots=True)
class Report:
    """A finished answer in exact numbers. It knows nothing of Slack or of any language."""

    query: Query
    scope: Scope
    source: Source
    span: Span
    earlier: Span | None
    as_of: datetime
    figures: Mapping[str, Figure]
    sizes: Mapping[Size, int] | None
    shipped_sizes: Mapping[Size, int] | None
    origins: Origins | None
    caveats: tuple[Caveat, ...]
    rows: tuple[Row, ...] = ()


class ComparedCounts(NamedTuple):
    """The counts of now and the earlier ones. `comparable` are the earlier counts at the same age as those of now: what
    matures is compared with them alone. They are None where no such reading exists.
    """

    now: Counts
    earlier: Counts | None
    comparable: Counts | None

    def map(self, function: Callable[[Counts], Counts]) -> "ComparedCounts":
        """The same function of each of the counts; what is None stays None."""
        return ComparedCounts(function(self.now), *(counts and function(counts) for counts in self[1:]))


def summarise(
    plan: Plan,
    readings: Mapping[Cell, Reading],
    settle: timedelta,
    cost: Metric | None = None,
    comparable: Comparable = NO_COMPARABLE,
) -> Report:
    """The report of a plan whose cells were read. `settle` is how long shipped, sizes and ACUs keep moving.

    `cost` is a figure only where the settings give a price, and the key sees ACUs. `comparable` are earlier readings of
    the same age, for the figures that mature.
    """
    counts = compared_counts(plan, readings, (plan.cell, plan.earlier_cell), settle, comparable)
    now = counts.now
    metrics = [*METRICS.values(), *([cost] if cost and cost.part(now) is not None else [])]
    figures = figures_of(metrics, counts)
    origins = _listed_origins(now)
    return Report(
        query=plan.query,
        scope=plan.scope,
        source=plan.cell.source,
        span=plan.span,
        earlier=plan.earlier,
        as_of=min(reading.read_at for reading in readings.values()),
        figures=figures,
        sizes=now.by_size,
        shipped_sizes=now.shipped_by_size,
        origins=origins if origins and origins.other >= 0 else None,
        caveats=(*_caveats(plan, figures, origins), *_same_age_caveat(comparable)),
    )


def compared_counts(
    plan: Plan,
    readings: Mapping[Cell, Reading],
    cells: tuple[Cell, Cell | None],
    settle: timedelta,
    comparable: Comparable,
) -> ComparedCounts:
    """The counts of two cells, now and earlier; without an earlier cell only those of now."""
    now, earlier = readings[cells[0]], readings[cells[1]] if cells[1] else None
    if earlier is None:
        return ComparedCounts(now.counts, None, None)
    directly = plan.span.state == "complete" and _are_comparable(now, earlier, settle)
    at_same_age = earlier if directly else comparable.get(earlier.cell)
    return ComparedCounts(now.counts, earlier.counts, at_same_age.counts if at_same_age else None)


def figures_of(metrics: Iterable[Metric], counts: ComparedCounts) -> dict[str, Figure]:
    """The figures of these metrics by name."""
    return {metric.name: _figure_of(metric, *counts) for metric in metrics}


def missing_comparable(plan: Plan, readings: Mapping[Cell, Reading], settle: timedelta) -> dict[Cell, Reading]:
    """The earlier cells whose reading had more or less time to mature than the present one, each with the present
    reading: of these an earlier reading of the same age has to be found. Empty while the period runs.
    """
    pairs = {earlier: readings[now] for now, earlier in plan.pairs if earlier and plan.span.state == "complete"}
    return {earlier: now for earlier, now in pairs.items() if not _are_comparable(now, readings[earlier], settle)}


def _same_age_caveat(comparable: Comparable) -> Iterator[Caveat]:
    """The age at which figures are compared, in whole days after the window's end: the total's, or the first part's."""
    for reading in list(comparable.values())[:1]:
        yield Caveat("same-age", {"days": age(reading).days})


def _are_comparable(now: Reading, earlier: Reading, settle: timedelta) -> bool:
    """Whether both windows had as long to mature, or both are settled."""
    return min(age(now), age(earlier)) >= settle or same_age(age(now), age(earlier))


def _figure_of(metric: Metric, now: Counts, earlier: Counts | None, comparable: Counts | None) -> Figure:
    """A metric's value now beside the earlier one, which is of the same age where the metric matures."""
    earlier = comparable or earlier if metric.matures else earlier
    value, previous = metric.value(now), metric.value(earlier) if earlier else None
    part = metric.part(now)
    if value is None or earlier is None or previous is None:
        comparison: Comparison = "none"
    elif min(metric.n(now) or 0, metric.n(earlier) or 0) < SMALLEST_SAMPLE and metric.kind != "count":
        comparison = "few"
    elif metric.matures and comparable is None:
        comparison = "maturing"
    else:
        comparison = "new" if metric.kind != "rate" and previous == 0 < value else "change"
    return Figure(metric, value, previous, None if part is None else Fraction(part), metric.n(now), comparison)


def _listed_origins(counts: Counts) -> Origins | None:
    if counts.by_origin is None or counts.sessions is None:
        return None
    listed = sorted(
        ((name, count) for name, count in counts.by_origin.items() if count), key=lambda row: (-row[1], row)
    )
    return Origins(tuple(listed), counts.sessions - sum(counts.by_origin.values()))


def _caveats(plan: Plan, figures: Mapping[str, Figure], origins: Origins | None) -> Iterator[Caveat]:
    missing = [name for name, figure in figures.items() if figure.part is None]
    if missing and plan.cell.source == "v2-enterprise":
        yield Caveat("not-with-this-key", {"figures": missing})
    elif missing and figures["sessions"].value:  # Without sessions there is no average to report.
        yield Caveat("not-reported", {"figures": missing})
    if any(figure.comparison == "maturing" and figure.value for figure in figures.values()):
        yield Caveat("maturing", {"running": plan.span.state != "complete"})
    over = [name for name, figure in figures.items() if figure.metric.kind == "rate" and (figure.value or 0) > 1]
    if over:
        yield Caveat("over-100", {"figures": over})
    if origins and origins.other < 0 and not plan.query.by:
        yield Caveat("origins-exceed", {"excess": -origins.other})
    if plan.earlier is None and plan.query.vs != "none":
        yield Caveat("nothing-earlier", {"first": FIRST_DAY})
    if plan.earlier:
        yield from _length_caveat(plan.span, plan.earlier)
    if figures["acus"].value:
        yield Caveat("acus-estimate")


def _length_caveat(span: Span, earlier: Span) -> Iterator[Caveat]:
    """For two windows of different lengths: in days, or in hours where only a clock change makes the difference."""
    days, earlier_days = ((one.last_day - one.first_day).days + 1 for one in (span, earlier))
    lengths = [one.window.before - one.window.after for one in (span, earlier)]
    if days != earlier_days:
        yield Caveat("unequal-days", {"days": days, "earlier": earlier_days})
    elif lengths[0] != lengths[1]:
        hours, earlier_hours = (Fraction(length // timedelta(minutes=1), 60) for length in lengths)
        digits = 0 if hours.denominator == earlier_hours.denominator == 1 else 1
        yield Caveat("unequal-hours", {"hours": hours, "earlier": earlier_hours, "digits": digits})
