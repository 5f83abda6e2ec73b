"""Where local days begin, and which units of the calendar they make up."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.periods.window import Span, Unit, Window, day_start, shift, unit_start
from tests.examples import DAYS, NEW_YORK, UNITS, ZONES, clock_changes

HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
APIA = ZoneInfo("Pacific/Apia")
AZORES = ZoneInfo("Atlantic/Azores")

dates = st.dates(date(1900, 1, 1), date(2100, 12, 31))
units = st.sampled_from(UNITS)
week_starts = st.integers(0, 6)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Days


@pytest.mark.parametrize("tz", ZONES, ids=str)
def test_a_day_begins_at_the_first_instant_that_has_its_date(tz: ZoneInfo) -> None:
    starts = [day_start(day, tz) for day in DAYS]
    assert [start.astimezone(tz).date() for start in starts] == list(DAYS)
    assert [(start - INSTANT).astimezone(tz).date() for start in starts] == [day - timedelta(days=1) for day in DAYS]


@pytest.mark.parametrize(
    ("zone", "shortest", "longest"),
    [
        ("America/New_York", 23, 25),
        ("Europe/Berlin", 23, 25),
        ("Australia/Lord_Howe", 23.5, 24.5),
        ("Africa/Cairo", 23, 25),
        ("Atlantic/Azores", 23, 25),
    ],
)
def test_a_day_has_24_hours_except_where_the_clocks_change(zone: str, shortest: float, longest: float) -> None:
    tz = ZoneInfo(zone)
    hours = {day: (day_start(day + timedelta(days=1), tz) - day_start(day, tz)) / HOUR for day in DAYS}
    changes = [change.astimezone(tz).date() for change in clock_changes(tz)]
    assert len(changes) == 12
    assert [day for day in DAYS if hours[day] != 24] == changes
    assert {hours[day] for day in changes} == {shortest, longest}


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        pytest.param("America/New_York", date(2026, 11, 20), "2026-11-20T05:00", id="any day"),
        pytest.param("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00", id="midnight is skipped"),
        pytest.param("Atlantic/Azores", date(2026, 3, 29), "2026-03-29T01:00", id="midnight is skipped here too"),
        pytest.param("Atlantic/Azores", date(2026, 10, 25), "2026-10-25T00:00", id="midnight comes twice"),
        pytest.param("Africa/Cairo", date(2026, 10, 30), "2026-10-29T22:00", id="the hour before midnight comes twice"),
        pytest.param("Pacific/Apia", date(2011, 12, 29), "2011-12-29T10:00", id="the day before the one left out"),
        pytest.param("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00", id="the day after the one left out"),
    ],
)
def test_the_first_instant_of_a_day(zone: str, day: date, start: str) -> None:
    assert day_start(day, ZoneInfo(zone)) == utc(start)


def test_a_day_that_a_zone_left_out_begins_and_ends_at_once() -> None:
    week = [day_start(date(2011, 12, 28) + timedelta(days=day), APIA) for day in range(7)]
    assert [(after - before) / HOUR for before, after in pairwise(week)] == [24, 24, 0, 24, 24, 24]


# Units


@pytest.mark.parametrize(
    ("unit", "first", "after"),
    [
        ("day", date(2026, 11, 20), date(2026, 11, 21)),
        ("week", date(2026, 11, 16), date(2026, 11, 23)),
        ("month", date(2026, 11, 1), date(2026, 12, 1)),
        ("quarter", date(2026, 10, 1), date(2027, 1, 1)),
        ("year", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_the_unit_that_a_friday_in_november_lies_in(unit: Unit, first: date, after: date) -> None:
    assert unit_start(unit, date(2026, 11, 20)) == first
    assert shift(first, 1, unit) == after


@pytest.mark.parametrize(
    ("week_start", "first"),
    [(0, 16), (1, 17), (2, 18), (3, 19), (4, 20), (5, 14), (6, 15)],
    ids=["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
)
def test_a_week_begins_on_the_latest_day_of_that_name(week_start: int, first: int) -> None:
    assert unit_start("week", date(2026, 11, 20), week_start) == date(2026, 11, first)


@given(units, dates, week_starts)
def test_a_day_lies_between_the_start_of_its_unit_and_of_the_next(unit: Unit, day: date, week_start: int) -> None:
    first = unit_start(unit, day, week_start)
    assert first <= day < shift(first, 1, unit)


@given(units, dates, week_starts)
def test_a_unit_is_followed_by_one_that_begins_where_it_ends(unit: Unit, day: date, week_start: int) -> None:
    following = shift(unit_start(unit, day, week_start), 1, unit)
    assert unit_start(unit, following, week_start) == following
    assert unit_start(unit, following - timedelta(days=1), week_start) == unit_start(unit, day, week_start)


@given(units, dates, st.integers(-40, 40))
def test_so_many_units_later_and_earlier_is_the_same_day_again(unit: Unit, day: date, count: int) -> None:
    first = unit_start(unit, day)
    assert shift(shift(first, count, unit), -count, unit) == first


# Spans


def test_a_span_shows_its_bounds_by_the_clock_of_its_zone() -> None:
    span = Span(Window(utc("2026-10-31T04:00"), utc("2026-11-02T05:00")), NEW_YORK, "complete")
    assert span.after.isoformat() == "2026-10-31T00:00:00-04:00"
    assert span.before.isoformat() == "2026-11-02T00:00:00-05:00"


@pytest.mark.parametrize(
    ("before", "last_day"),
    [("2026-11-20T05:00", date(2026, 11, 19)), ("2026-11-20T05:01", date(2026, 11, 20))],
    ids=["at midnight", "a minute later"],
)
def test_a_span_ends_on_the_last_day_that_it_holds_a_part_of(before: str, last_day: date) -> None:
    span = Span(Window(utc("2026-11-16T05:00"), utc(before)), NEW_YORK, "running")
    assert (span.first_day, span.last_day) == (date(2026, 11, 16), last_day)


@pytest.mark.parametrize(
    ("after", "before", "whole"),
    [
        pytest.param("2026-10-24T00:00", "2026-10-26T01:00", True, id="from a midnight to a midnight"),
        pytest.param("2026-10-24T00:00", "2026-10-26T00:59", False, id="to a minute before midnight"),
        pytest.param("2026-10-24T01:00", "2026-10-26T01:00", False, id="from one o'clock"),
        pytest.param("2026-10-25T00:00", "2026-10-26T01:00", True, id="from the first of two midnights"),
        pytest.param("2026-10-25T01:00", "2026-10-26T01:00", False, id="from the second of two midnights"),
    ],
)
def test_a_span_is_of_whole_days_if_it_begins_and_ends_where_days_begin(after: str, before: str, whole: bool) -> None:
    assert Span(Window(utc(after), utc(before)), AZORES, "complete").whole_days is whole
