"""The moment, the clock changes and the periods that the tests of dates share."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bot.periods.period import Calendar, Days, Last, Period, Since, This
from bot.periods.window import Span, Unit, unit_start

NEW_YORK = ZoneInfo("America/New_York")
AT = datetime.fromisoformat("2026-11-20T14:05:30-05:00")  # A Friday.

# By an hour, by half an hour, by skipping midnight (Cairo), by coming to it twice (Azores).
ZONES = tuple(
    map(ZoneInfo, ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "Atlantic/Azores"))
)
DAYS = tuple(date(2023, 1, 1) + timedelta(days=day) for day in range(6 * 365 + 2))  # To the end of 2028.
UNITS: tuple[Unit, ...] = ("day", "week", "month", "quarter", "year")

_dates = st.dates(max_value=date(9998, 12, 31))
periods: st.SearchStrategy[Period] = st.one_of(
    st.builds(Last, st.integers(1, 999_999), st.sampled_from([*UNITS, "hour"])),
    st.builds(This, st.sampled_from(UNITS)),
    st.builds(lambda unit, day: Calendar(unit, unit_start(unit, day)), st.sampled_from(UNITS), _dates),
    st.builds(Days, _dates, _dates),
    st.builds(Since, _dates | st.integers(0, 6)),
)


def clock_changes(tz: ZoneInfo) -> list[datetime]:
    """Every instant, to the half hour, from which a zone's clocks show another offset, from 2023 to 2028."""

    def changed(instant: datetime, step: timedelta) -> bool:
        return (instant - step).astimezone(tz).utcoffset() != instant.astimezone(tz).utcoffset()

    day, half_hour = timedelta(days=1), timedelta(minutes=30)
    ends = [datetime(2023, 1, 2, tzinfo=UTC) + count * day for count in range(len(DAYS))]
    halves = [end - count * half_hour for end in ends if changed(end, day) for count in range(48)]
    return sorted(half for half in halves if changed(half, half_hour))


def shown(span: Span | None) -> tuple[str, str, str] | None:
    """The bounds of a span by the reader's clock, and its state."""
    if span is None:
        return None
    return f"{span.after:%Y-%m-%d %H:%M}", f"{span.before:%Y-%m-%d %H:%M}", span.state
