"""Why the figures of a report changed: its sessions by group, and its ship rate by size."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.devin import SIZES, Cell, Counts, Reading
from bot.reports.count_change import CountChange, GroupedBy, GroupedCount, count_change
from bot.reports.plan import Plan
from bot.reports.rate_change import RateChange, rate_change
from bot.reports.report import NO_COMPARABLE, SMALLEST_SAMPLE, Comparable, Report


@dataclass(frozen=True, slots=True)
class Reasons:
    """What can be said of why a report's figures changed; None where nothing can."""

    sessions: CountChange | None = None
    ship_rate: RateChange | None = None


def reasons(
    report: Report, plan: Plan, readings: Mapping[Cell, Reading], comparable: Comparable = NO_COMPARABLE
) -> Reasons:
    """The reasons for a report's changes, from its readings and the `comparable` ones.

    None over v2, below SMALLEST_SAMPLE sessions in either period, between readings of different ages, and where the
    printed figure did not change. Sessions are split as the report is, or else by origin.
    """
    if plan.earlier_cell is None or plan.cell.source == "v2-enterprise":
        return Reasons()
    now, earlier = readings[plan.cell].counts, readings[plan.earlier_cell].counts
    if min(now.sessions or 0, earlier.sessions or 0) < SMALLEST_SAMPLE:
        return Reasons()
    by: GroupedBy = "org" if plan.query.by == "org" else "size" if plan.query.by == "size" else "origin"
    compared = {name for name, figure in report.figures.items() if figure.comparison == "change"}
    at_same_age = comparable.get(plan.earlier_cell)
    # Sizes mature, though their sum does not: with two earlier readings the sum would be compared with the one, sizes
    # with the other.
    same_reading = "large_share" in compared and at_same_age is None if by == "size" else "sessions" in compared
    sessions = count_change(by, *_grouped_counts(by, plan, readings)) if same_reading else None
    ship_rate = rate_change(now, at_same_age.counts if at_same_age else earlier) if "ship_rate" in compared else None
    return Reasons(
        sessions if sessions and sessions.change and sessions.named else None,
        ship_rate if ship_rate and ship_rate.points.change else None,
    )


def _grouped_counts(by: GroupedBy, plan: Plan, readings: Mapping[Cell, Reading]) -> Iterator[GroupedCount]:
    """The sessions of both periods by group, now and earlier. A group that is not reported is not listed."""
    now = plan.cell, {part.name: part.cell for part in plan.parts}
    earlier = plan.earlier_cell, {part.name: part.earlier_cell for part in plan.parts}
    for cell, orgs in (now, earlier):
        counts = readings[cell].counts if cell else Counts()
        groups: dict[str, int | None] = {**(counts.by_origin or {})}
        if by == "org":
            groups = {name: readings[org].counts.sessions for name, org in orgs.items() if org}
        elif by == "size":
            groups = {size: (counts.by_size or {}).get(size) for size in SIZES}
        yield GroupedCount(counts.sessions or 0, {name: count for name, count in groups.items() if count is not None})
