"""Windows of time, bounded by the starts of local days."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Unit = Literal["hour", "day", "week", "month", "quarter", "year"]
WindowState = Literal["complete", "running", "rolling"]

MONTHS_IN: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Window:
    """Instants `after <= t < before`, in UTC; neighbours share a bound."""

    after: datetime
    before: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A window with the reader's zone, and whether it is over."""

    window: Window
    tz: ZoneInfo
    state: WindowState

    @property
    def after(self) -> datetime:
        """First instant, in the reader's zone."""
        return self.window.after.astimezone(self.tz)

    @property
    def before(self) -> datetime:
        """First instant after it, in the reader's zone."""
        return self.window.before.astimezone(self.tz)

    @property
    def first_day(self) -> date:
        """The first local day that overlaps it."""
        return self.after.date()

    @property
    def last_day(self) -> date:
        """The last local day that overlaps it."""
        return (self.window.before - timedelta(microseconds=1)).astimezone(self.tz).date()

    @property
    def whole_days(self) -> bool:
        """Whether both bounds are starts of local days."""
        bounds = (self.window.after, self.window.before)  # In UTC: across zones, a repeated hour equals nothing.
        return all(day_start(bound.astimezone(self.tz).date(), self.tz) == bound for bound in bounds)


def day_start(day: date, tz: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC.

    Where the clocks skip midnight it is the instant of the change; where midnight comes twice, the first one. A day
    that a zone skipped altogether (Apia, 30 December 2011) starts and ends at the same instant.
    """
    return datetime.combine(day, time.min, tz).astimezone(UTC)


def unit_start(unit: Unit, day: date, week_start: int = 0) -> date:
    """The first day of the week, month, quarter or year that a day lies in."""
    match unit:
        case "week":
            return day - timedelta(days=(day.weekday() - week_start) % 7)
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
    return day


def shift(day: date, count: int, unit: Unit) -> date:
    """The day that many units later. With months, quarters and years, `day` must be the first of a month."""
    if unit in MONTHS_IN:
        months = day.year * 12 + day.month - 1 + count * MONTHS_IN[unit]
        return date(months // 12, months % 12 + 1, day.day)
    return day + timedelta(days=count * (7 if unit == "week" else 1))
