"""Resolves a period, asked at a moment in a zone, to the window of time that it covers."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.periods.window import MONTHS_IN, Span, Unit, Window, WindowState, day_start, shift, unit_start
from bot.problems import Problem

Versus = Literal["previous", "year", "none"]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Days of a unit, rounded down: 36 months are within LONGEST_DAYS, 37 are not.
SHORTEST_DAYS: dict[Unit, float] = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}

FIRST_DAY = date(2023, 1, 1)  # Devin has no sessions before its first public year.
LONGEST_DAYS = 3 * 365 + 1


@dataclass(frozen=True, slots=True)
class Last:
    """`last 7d`: that many whole units before the current one; hours end at the minute."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        if self.count == 1 and self.unit != "hour":
            return "yesterday" if self.unit == "day" else f"last {self.unit}"
        return f"last {self.count}{self.unit[0]}"


@dataclass(frozen=True, slots=True)
class This:
    """`this week`: the current unit, from its start to now."""

    unit: Unit

    def __str__(self) -> str:
        return "today" if self.unit == "day" else f"this {self.unit}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """`2026-W45`: one named unit of the calendar, by its first day. Weeks are ISO weeks."""

    unit: Unit
    first: date

    def __str__(self) -> str:
        match self.unit:
            case "week":
                year, week, _ = self.first.isocalendar()
                return f"{year:04}-W{week:02}"
            case "month":
                return f"{self.first.year:04}-{self.first.month:02}"
            case "quarter":
                return f"{self.first.year:04}-Q{self.first.month // 3 + 1}"
            case "year":
                return f"{self.first.year:04}"
        return self.first.isoformat()


@dataclass(frozen=True, slots=True)
class Days:
    """`2026-10-01..2026-10-31`: a range with both days included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


@dataclass(frozen=True, slots=True)
class Since:
    """`since 2026-10-01`, `since monday` (the latest one, today included): from that day to now."""

    day: date | int

    def __str__(self) -> str:
        return f"since {WEEKDAYS[self.day] if isinstance(self.day, int) else self.day}"


Period = Last | This | Calendar | Days | Since


@dataclass(frozen=True, slots=True)
class _DateRange:
    """The local days `first <= day < end` of a period; those of the previous period are `step` units earlier."""

    first: date
    end: date
    step: int
    unit: Unit

    def earlier(self, steps: int, unit: Unit) -> "_DateRange":
        return _DateRange(shift(self.first, -steps, unit), shift(self.end, -steps, unit), self.step, self.unit)


def resolve(period: Period, at: datetime, tz: ZoneInfo, week_start: int = 0) -> Span:
    """The span of a period asked at a moment. `week_start` counts from Monday = 0.

    Raises Problem where it is empty, reversed, in the future, just begun, before 2023 or longer than three years.
    """
    if isinstance(period, Last) and period.unit == "hour":
        _check_count(period)
        window = Window(_minute_start(at) - timedelta(hours=period.count), _minute_start(at))
        state: WindowState = "rolling"
    else:
        dates = _date_range(period, at.astimezone(tz).date(), week_start)
        window, state = _window(dates, at, tz)
    if window.after.astimezone(tz).date() < FIRST_DAY:
        raise Problem("period-before-2023", first=FIRST_DAY)
    return Span(window, tz, state)


def resolve_earlier(period: Period, versus: Versus, at: datetime, tz: ZoneInfo, week_start: int = 0) -> Span | None:
    """The span that a period is compared with; None for `none`, and where it would begin before 2023.

    A running period is compared with the same local position of the earlier one, clipped to its end.
    """
    if versus == "none":
        return None
    span = resolve(period, at, tz, week_start)
    if span.state == "rolling":
        window = _earlier_hours(span.window, versus, tz)
    else:
        dates = _date_range(period, at.astimezone(tz).date(), week_start)
        months = MONTHS_IN.get(dates.unit)
        if versus == "previous":
            earlier = dates.earlier(dates.step, dates.unit)
        else:
            earlier = dates.earlier(12, "month") if months else dates.earlier(364, "day")
        before = day_start(earlier.end, tz)
        if span.state == "running":
            before = _same_position(dates, earlier, span.before, tz)
        window = Window(day_start(earlier.first, tz), before)
    if window.after.astimezone(tz).date() < FIRST_DAY:
        return None
    return Span(window, tz, "rolling" if span.state == "rolling" else "complete")


def _check_count(period: Last) -> None:
    if period.count < 1:
        raise Problem("period-zero", period=str(period))
    if period.count * SHORTEST_DAYS[period.unit] > LONGEST_DAYS:
        raise Problem("period-too-long", period=str(period))


def _date_range(period: Period, today: date, week_start: int) -> _DateRange:
    match period:
        case Last(count, unit):
            _check_count(period)
            end = unit_start(unit, today, week_start)
            return _DateRange(shift(end, -count, unit), end, count, unit)
        case This(unit):
            first = unit_start(unit, today, week_start)
            return _DateRange(first, shift(first, 1, unit), 1, unit)
        case Calendar(unit, first):
            _check_range(first, first, today)
            return _DateRange(first, shift(first, 1, unit), 1, unit)
        case Days(first, last):
            _check_range(first, last, today)
            length = (last - first).days + 1
            return _DateRange(first, shift(last, 1, "day"), length, "day")
        case Since(day):
            first = today - timedelta(days=(today.weekday() - day) % 7) if isinstance(day, int) else day
            _check_range(first, max(first, today), today)
            length = (today - first).days + 1
            return _DateRange(first, shift(today, 1, "day"), length, "day")


def _check_range(first: date, last: date, today: date) -> None:
    if last < first:
        raise Problem("period-reversed", first=first, last=last)
    if first > today:
        raise Problem("period-future", first=first, today=today)
    if first < FIRST_DAY:
        raise Problem("period-before-2023", first=FIRST_DAY)
    if (last - first).days >= LONGEST_DAYS:
        raise Problem("period-too-long", period=f"{first}..{last}")


def _window(dates: _DateRange, at: datetime, tz: ZoneInfo) -> tuple[Window, WindowState]:
    after, before = day_start(dates.first, tz), day_start(dates.end, tz)
    if before <= at:
        return Window(after, before), "complete"
    if _minute_start(at) <= after:
        raise Problem("just-begun", start=after.astimezone(tz), tz=tz.key)
    return Window(after, _minute_start(at)), "running"


def _minute_start(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _earlier_hours(window: Window, versus: Versus, tz: ZoneInfo) -> Window:
    length = window.before - window.after
    if versus == "previous":
        return Window(window.after - length, window.after)
    local = window.before.astimezone(tz)
    before = datetime.combine(local.date() - timedelta(days=364), local.time(), tz).astimezone(UTC)
    return Window(before - length, before)


def _same_position(dates: _DateRange, earlier: _DateRange, now: datetime, tz: ZoneInfo) -> datetime:
    """As far into the earlier range as `now` is into this one: whole months, then days, then wall time.

    Never past the end of the month it falls in: 31 March is compared with the whole of February.
    """
    if dates.unit not in MONTHS_IN:
        day, limit = earlier.first + (now.date() - dates.first), earlier.end
    else:
        months = (now.year - dates.first.year) * 12 + now.month - dates.first.month
        month = shift(earlier.first, months, "month")
        day, limit = month + timedelta(days=now.day - 1), shift(month, 1, "month")
    return min(datetime.combine(day, now.time(), tz).astimezone(UTC), day_start(limit, tz))
