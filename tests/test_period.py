"""Which instants a period covers, what it is compared with, and which periods are refused."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.periods.period import Calendar, Last, Period, Since, This, Versus, resolve, resolve_earlier
from bot.periods.window import Unit, day_start, unit_start
from bot.problems import Problem
from bot.queries.phrases import read_period
from tests.examples import AT, DAYS, NEW_YORK, UNITS, ZONES, clock_changes, periods, shown

MINUTE = timedelta(minutes=1)
INSTANT = timedelta(microseconds=1)
MARCH_31 = datetime.fromisoformat("2026-03-31T14:05:30-04:00")
MAY_31 = datetime.fromisoformat("2026-05-31T14:05:30-04:00")
FEBRUARY_29 = datetime.fromisoformat("2028-02-29T14:05:30-05:00")
CHANGES = [(tz, change) for tz in ZONES for change in clock_changes(tz) if change.year >= 2025]

# From three days before a change to six weeks after it, but for the first minute of a day.
moments = st.builds(
    lambda change, minutes: (change[0], change[1] + minutes * MINUTE),
    st.sampled_from(CHANGES),
    st.integers(-3 * 24 * 60, 42 * 24 * 60),
).filter(lambda moment: moment[1] > day_start(moment[1].astimezone(moment[0]).date(), moment[0]))
recent: st.SearchStrategy[Period] = st.one_of(
    st.builds(Last, st.integers(1, 3), st.sampled_from(["hour", "day", "week", "month"])),
    st.builds(Last, st.just(1), st.sampled_from(["quarter", "year"])),
    st.builds(This, st.sampled_from(UNITS)),
    st.builds(Since, st.integers(0, 6)),
)
comparisons = st.sampled_from(["previous", "year"])


def read(text: str) -> Period:
    period = read_period(text)
    assert period
    return period


def earlier(text: str, versus: Versus, at: datetime = AT, tz: ZoneInfo = NEW_YORK) -> tuple[str, str, str] | None:
    return shown(resolve_earlier(read(text), versus, at, tz))


# Windows


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("tz", ZONES, ids=str)
def test_a_calendar_unit_begins_where_the_one_before_ends(tz: ZoneInfo, unit: Unit) -> None:
    later = datetime(2030, 1, 1, tzinfo=UTC)
    firsts = [day for day in DAYS if unit_start(unit, day) == day]
    windows = [resolve(Calendar(unit, first), later, tz).window for first in firsts]
    compared = [resolve_earlier(Calendar(unit, first), "previous", later, tz) for first in firsts]
    assert all(window.after < window.before for window in windows)
    assert all(one.before == following.after for one, following in pairwise(windows))
    assert [span.window for span in compared if span] == windows[:-1]


@given(moments, recent)
def test_a_window_has_a_length_and_ends_no_later_than_now(moment: tuple[ZoneInfo, datetime], period: Period) -> None:
    tz, at = moment
    span = resolve(period, at, tz)
    assert span.window.after < span.window.before <= at
    assert span.whole_days or span.state != "complete"


@given(moments, st.sampled_from(UNITS), st.integers(0, 6))
def test_the_unit_before_ends_where_the_current_one_begins(
    moment: tuple[ZoneInfo, datetime], unit: Unit, week_start: int
) -> None:
    tz, at = moment
    last, this = (resolve(period, at, tz, week_start).window for period in (Last(1, unit), This(unit)))
    assert last.before == this.after


@given(moments, recent, comparisons)
def test_what_a_window_is_compared_with_has_a_length_and_lies_before_it(
    moment: tuple[ZoneInfo, datetime], period: Period, versus: Versus
) -> None:
    tz, at = moment
    span, before = resolve(period, at, tz), resolve_earlier(period, versus, at, tz)
    assert before
    assert before.window.after < before.window.before <= span.window.after
    assert before.state == ("rolling" if span.state == "rolling" else "complete")


@given(moments, recent)
def test_a_complete_window_is_compared_with_one_that_ends_where_it_begins(
    moment: tuple[ZoneInfo, datetime], period: Period
) -> None:
    tz, at = moment
    span, before = resolve(period, at, tz), resolve_earlier(period, "previous", at, tz)
    assume(span.state != "running")
    assert before
    assert before.window.before == span.window.after


@pytest.mark.parametrize("at", ["2026-11-20T19:05:00+00:00", "2026-11-20T19:05:59.999999+00:00"])
@pytest.mark.parametrize("text", ["last 24h", "today", "since 2026-11-01"])
def test_now_is_the_start_of_the_minute(text: str, at: str) -> None:
    span = resolve(read(text), datetime.fromisoformat(at), NEW_YORK)
    assert span.before.isoformat() == "2026-11-20T14:05:00-05:00"


@pytest.mark.parametrize(
    ("at", "after"),
    [("2026-03-08T12:00-04:00", "2026-03-07T11:00:00-05:00"), ("2026-11-01T12:00-05:00", "2026-10-31T13:00:00-04:00")],
    ids=["spring", "autumn"],
)
def test_the_last_24_hours_are_24_also_where_the_day_is_not(at: str, after: str) -> None:
    span = resolve(read("last 24h"), datetime.fromisoformat(at), NEW_YORK)
    assert span.after.isoformat() == after


# Comparisons


@pytest.mark.parametrize(
    ("text", "previous", "year"),
    [
        # As many as long before; the same months a year before, or 364 days, which keeps the days of the week.
        ("last 7d", ("2026-11-06 00:00", "2026-11-13 00:00"), ("2025-11-14 00:00", "2025-11-21 00:00")),
        ("last 4w", ("2026-09-21 00:00", "2026-10-19 00:00"), ("2025-10-20 00:00", "2025-11-17 00:00")),
        ("last 3m", ("2026-05-01 00:00", "2026-08-01 00:00"), ("2025-08-01 00:00", "2025-11-01 00:00")),
        ("last 24h", ("2026-11-18 14:05", "2026-11-19 14:05"), ("2025-11-20 14:05", "2025-11-21 14:05")),
        ("yesterday", ("2026-11-18 00:00", "2026-11-19 00:00"), ("2025-11-20 00:00", "2025-11-21 00:00")),
        ("last week", ("2026-11-02 00:00", "2026-11-09 00:00"), ("2025-11-10 00:00", "2025-11-17 00:00")),
        ("last month", ("2026-09-01 00:00", "2026-10-01 00:00"), ("2025-10-01 00:00", "2025-11-01 00:00")),
        ("last quarter", ("2026-04-01 00:00", "2026-07-01 00:00"), ("2025-07-01 00:00", "2025-10-01 00:00")),
        ("last year", ("2024-01-01 00:00", "2025-01-01 00:00"), ("2024-01-01 00:00", "2025-01-01 00:00")),
        ("2026-10-31", ("2026-10-30 00:00", "2026-10-31 00:00"), ("2025-11-01 00:00", "2025-11-02 00:00")),
        ("2026-W45", ("2026-10-26 00:00", "2026-11-02 00:00"), ("2025-11-03 00:00", "2025-11-10 00:00")),
        ("2026-02", ("2026-01-01 00:00", "2026-02-01 00:00"), ("2025-02-01 00:00", "2025-03-01 00:00")),
        ("2026-Q3", ("2026-04-01 00:00", "2026-07-01 00:00"), ("2025-07-01 00:00", "2025-10-01 00:00")),
        ("2025", ("2024-01-01 00:00", "2025-01-01 00:00"), ("2024-01-01 00:00", "2025-01-01 00:00")),
        ("2026-10-01..2026-10-31", ("2026-08-31 00:00", "2026-10-01 00:00"), ("2025-10-02 00:00", "2025-11-02 00:00")),
        # What runs, up to the same place in the one before.
        ("today", ("2026-11-19 00:00", "2026-11-19 14:05"), ("2025-11-21 00:00", "2025-11-21 14:05")),
        ("this week", ("2026-11-09 00:00", "2026-11-13 14:05"), ("2025-11-17 00:00", "2025-11-21 14:05")),
        ("this month", ("2026-10-01 00:00", "2026-10-20 14:05"), ("2025-11-01 00:00", "2025-11-20 14:05")),
        ("this quarter", ("2026-07-01 00:00", "2026-08-20 14:05"), ("2025-10-01 00:00", "2025-11-20 14:05")),
        ("this year", ("2025-01-01 00:00", "2025-11-20 14:05"), ("2025-01-01 00:00", "2025-11-20 14:05")),
        ("2026-W47", ("2026-11-09 00:00", "2026-11-13 14:05"), ("2025-11-17 00:00", "2025-11-21 14:05")),
        ("2026-11-01..2026-11-30", ("2026-10-02 00:00", "2026-10-21 14:05"), ("2025-11-02 00:00", "2025-11-21 14:05")),
        ("since monday", ("2026-11-11 00:00", "2026-11-15 14:05"), ("2025-11-17 00:00", "2025-11-21 14:05")),
        ("since 2026-11-01", ("2026-10-12 00:00", "2026-10-31 14:05"), ("2025-11-02 00:00", "2025-11-21 14:05")),
    ],
)
def test_what_a_period_is_compared_with(text: str, previous: tuple[str, str], year: tuple[str, str]) -> None:
    state = "rolling" if resolve(read(text), AT, NEW_YORK).state == "rolling" else "complete"
    assert earlier(text, "previous") == (*previous, state)
    assert earlier(text, "year") == (*year, state)


@pytest.mark.parametrize(
    ("text", "at", "versus", "before"),
    [
        pytest.param("this month", MARCH_31, "previous", "2026-03-01 00:00", id="31 March: all of February"),
        pytest.param("this month", MARCH_31, "year", "2025-03-31 14:05", id="31 March: the same day a year before"),
        pytest.param("this quarter", MAY_31, "previous", "2026-03-01 00:00", id="31 May: to the end of February"),
        pytest.param("this month", FEBRUARY_29, "year", "2027-03-01 00:00", id="29 February: all of February"),
        pytest.param("this year", FEBRUARY_29, "year", "2027-03-01 00:00", id="29 February: January and February"),
        pytest.param("this year", FEBRUARY_29, "previous", "2027-03-01 00:00", id="29 February: the same"),
        pytest.param("today", FEBRUARY_29, "year", "2027-03-02 14:05", id="29 February: 364 days before"),
    ],
)
def test_the_same_place_is_never_past_the_end_of_its_month(
    text: str, at: datetime, versus: Versus, before: str
) -> None:
    found = earlier(text, versus, at)
    assert found
    assert found[1] == before


@pytest.mark.parametrize(
    ("at", "before"),
    [
        pytest.param("2026-03-09T02:30-04:00", "2026-03-08T03:30:00-04:00", id="a time that was skipped"),
        pytest.param("2026-11-02T01:30-05:00", "2026-11-01T01:30:00-04:00", id="the first of two"),
        pytest.param("2026-11-01T12:00-05:00", "2026-10-31T12:00:00-04:00", id="an hour earlier in the day"),
    ],
)
def test_the_same_place_is_the_same_time_by_the_clock(at: str, before: str) -> None:
    span = resolve_earlier(read("today"), "previous", datetime.fromisoformat(at), NEW_YORK)
    assert span
    assert span.before.isoformat() == before


@pytest.mark.parametrize(
    ("text", "versus"), [("last 7d", "none"), ("today", "none"), ("2023-01", "previous"), ("2023-Q4", "year")]
)
def test_nothing_is_compared_before_2023_and_where_none_is_asked_for(text: str, versus: Versus) -> None:
    assert earlier(text, versus) is None


# Refusals

REFUSED = {
    "period-zero": ("last 0d", "last 0h", "0w"),
    "period-too-long": (
        *("last 9999d", "last 999999y", "last 26305h", "last 1097d", "last 157w", "last 37m", "last 13q", "last 4y"),
        *("2023-11-20..2026-11-20", "since 2023-11-20", "2024..9998", "2024..9999"),
    ),
    "period-reversed": ("2026-10-31..2026-10-01", "9998-01-01..0001-12-31"),
    "period-future": (
        *("2026-11-21", "2026-W48", "2026-12", "2027-Q1", "2027", "9999-12-31"),
        *("2026-11-21..2026-11-22", "since 2026-11-21", "since 9999-12-31"),
    ),
    "period-before-2023": (
        *("2022-12-31", "2022-W52", "2022", "2022-12-31..2023-01-31", "since 2022-12-31"),
        *("0001-01-01", "0001", "since 0001-01-01", "0001..9998"),
    ),
}


@pytest.mark.parametrize(("text", "key"), [(text, key) for key, texts in REFUSED.items() for text in texts])
def test_a_period_that_cannot_be_asked_for_and_why(text: str, key: str) -> None:
    with pytest.raises(Problem, match=f"{key} "):
        resolve(read(text), AT, NEW_YORK)


@pytest.mark.parametrize(
    "text", ["last 36m", "last 156w", "last 12q", "last 3y", "last 1096d", "2023-11-21..2026-11-20", "since 2023-11-21"]
)
def test_three_years_are_not_too_long(text: str) -> None:
    span = resolve(read(text), AT, NEW_YORK)
    assert (span.last_day - span.first_day).days > 1090


@pytest.mark.parametrize("text", ["last 5d", "last week", "last month", "last 30d", "last 240h"])
def test_what_began_before_2023_is_refused_in_its_first_week_too(text: str) -> None:
    with pytest.raises(Problem, match="period-before-2023"):
        resolve(read(text), datetime(2023, 1, 5, 12, tzinfo=UTC), NEW_YORK)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        *[(text, date(2026, 11, 20)) for text in ("today", "since friday", "2026-11-20", "2026-11-20..2026-11-30")],
        *[(text, date(2026, 11, 16)) for text in ("this week", "2026-W47")],
        *[(text, date(2026, 10, 1)) for text in ("this month", "this quarter", "2026-Q4")],
        ("this year", date(2026, 1, 1)),
    ],
)
def test_what_has_just_begun_is_refused_for_a_minute(text: str, start: date) -> None:
    midnight = day_start(start, NEW_YORK)
    with pytest.raises(Problem, match="just-begun") as raised:
        resolve(read(text), midnight + timedelta(seconds=20), NEW_YORK)
    assert raised.value.data == {"start": midnight, "tz": "America/New_York"}
    assert resolve(read(text), midnight + MINUTE, NEW_YORK).window.before == midnight + MINUTE


def test_at_midnight_the_day_before_is_complete() -> None:
    midnight = day_start(date(2026, 11, 20), NEW_YORK)
    assert resolve(read("2026-11-19"), midnight, NEW_YORK).state == "complete"
    assert resolve(read("2026-11-19"), midnight - INSTANT, NEW_YORK).state == "running"


@given(periods, st.sampled_from(ZONES), st.integers(0, 6), comparisons)
def test_any_period_has_a_window_or_is_refused(period: Period, tz: ZoneInfo, week_start: int, versus: Versus) -> None:
    with suppress(Problem):
        span = resolve(period, AT, tz, week_start)
        before = resolve_earlier(period, versus, AT, tz, week_start)
        assert span.window.after < span.window.before
        assert before is None or before.window.after < span.window.after
