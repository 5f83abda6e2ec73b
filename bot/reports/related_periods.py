"""Periods that are related to the one of a report: the one before, that of its trend, that of a digest."""

from collections.abc import Mapping
from datetime import timedelta

from bot.periods.period import Calendar, Days, Last, Period, Since, This
from bot.periods.window import Span, Unit, shift, unit_start
from bot.queries.query import Breakdown, Query
from bot.reports.split import ROW_UNITS

TREND_LENGTH = timedelta(weeks=12)  # A longer period is shown by month.
DAILY, MONTHLY = "daily 9:00", "monthly 1 9:00"  # In the grammar of `bot.schedules.rhythms`.
DIGEST_RULES: Mapping[Unit, str] = {"hour": DAILY, "day": DAILY, "month": MONTHLY, "quarter": MONTHLY, "year": MONTHLY}


def period_before(period: Period, span: Span) -> Period | None:
    """The whole period before an absolute one; None for hours, whose period before moves with the clock."""
    match period:
        case Calendar(unit, first):
            return Calendar(unit, shift(first, -1, unit))
        case Last(_, "hour"):
            return None
        case Last(count, unit):
            return Days(shift(span.first_day, -count, unit), span.first_day - timedelta(days=1))
    return Days(span.first_day - _length(span), span.first_day - timedelta(days=1))


def trend_period(query: Query, span: Span, week_start: int) -> tuple[Period, Breakdown] | None:
    """The period and breakdown of a trend: twelve whole weeks up to the end of the query's period, or its period by
    month where that is longer. None where the query is by week or month already.
    """
    if query.by in ROW_UNITS and query.by != "day":
        return None
    if _length(span) > TREND_LENGTH:
        return query.period, "month"
    end = unit_start("week", span.last_day + timedelta(days=span.state == "complete"), week_start)
    return Days(end - TREND_LENGTH, end - timedelta(days=1)), "week"


def recurring_period(period: Period, span: Span) -> tuple[str, Period]:
    """The rule of a digest that reports such a period, empty where none fits, and the period of each of its reports."""
    match period:
        case This(unit) | Calendar(unit, _):
            period = Last(1, unit)
        case Days():
            days = _length(span).days
            period = Last(days, "day") if days % 7 else Last(days // 7, "week")
        case Since(int()):
            return "", period
        case Since():
            return recurring_period(Days(span.first_day, span.last_day), span)
    return DIGEST_RULES.get(period.unit, "") if period.count == 1 or period.unit == "hour" else "", period


def _length(span: Span) -> timedelta:
    return span.last_day - span.first_day + timedelta(days=1)
