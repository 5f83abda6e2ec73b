"""Compares what a digest said with the figures of now."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from bot.devin import Counts, Reading
from bot.devin.reading_age import FINAL_AFTER, age
from bot.reports.metrics import METRICS, Metric
from bot.reports.report import SMALLEST_SAMPLE, Figure, Report

# What is final is restated. What matures was never final, and is told in the next digest instead.
FINAL_COUNTS: dict[str, Callable[[Counts], int | None]] = {
    "sessions": lambda counts: counts.sessions,
    "playbook_share": lambda counts: counts.with_playbook,
    "search_share": lambda counts: counts.with_search,
}
LEAST_DIFFERENCE = 2  # A difference that no reader would act on, however small the count.


class Tolerance(NamedTuple):
    """By how much figures may move: counts and amounts as a share, rates in points."""

    share: Fraction
    points: Fraction


QUIET_TOLERANCE = Tolerance(
    Fraction(10, 100), Fraction(3, 100)
)  # What has to move for a digest to be more than a line.


@dataclass(frozen=True, slots=True)
class Revised:
    """A figure as it was sent, and as it is now."""

    metric: Metric
    sent: Fraction
    now: Fraction


def restated(sent: Reading, now: Reading, tolerance: Fraction) -> list[Revised]:
    """Final figures whose counts differ by more than LEAST_DIFFERENCE and by more than that share of what was sent."""
    if age(now) < FINAL_AFTER:
        return []
    moved = [name for name, count in FINAL_COUNTS.items() if _differ(count(sent.counts), count(now.counts), tolerance)]
    return _revised(moved, sent, now)


def matured(sent: Reading, now: Reading) -> list[Revised]:
    """The ship rate, where it is another one than was sent: pull requests merge for weeks."""
    return [one for one in _revised(["ship_rate"], sent, now) if one.sent != one.now]


def steady(report: Report) -> bool:
    """Whether no figure moved by more than QUIET_TOLERANCE. False for few sessions, and for a report with rows."""
    sessions = report.figures["sessions"]
    if report.rows or (sessions.value or 0) < SMALLEST_SAMPLE or (sessions.previous or 0) < SMALLEST_SAMPLE:
        return False
    return all(_quiet(figure) for figure in report.figures.values())


def _differ(sent: int | None, now: int | None, tolerance: Fraction) -> bool:
    return sent is not None and now is not None and abs(now - sent) > max(Fraction(LEAST_DIFFERENCE), tolerance * sent)


def _quiet(figure: Figure) -> bool:
    if figure.value is None or figure.previous is None:
        return True
    return abs(figure.change) <= (
        QUIET_TOLERANCE.points if figure.metric.kind == "rate" else QUIET_TOLERANCE.share * figure.previous
    )


def _revised(names: list[str], sent: Reading, now: Reading) -> list[Revised]:
    metrics = [METRICS[name] for name in names]
    values = [(metric, metric.value(sent.counts), metric.value(now.counts)) for metric in metrics]
    return [Revised(metric, old, new) for metric, old, new in values if old is not None and new is not None]
