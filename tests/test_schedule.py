"""The sends of a rule: on which dates, after which instant, and what a preview says of them."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.periods.period import Last, Period, This
from bot.problems import Problem
from bot.schedules.schedule import DEFAULT_RULE, Rule, default_period, due, next_sends, occurrences, read_rule
from tests.examples import AT, NEW_YORK, ZONES

MINUTE, INSTANT = timedelta(minutes=1), timedelta(microseconds=1)
TOKYO = ZoneInfo("Asia/Tokyo")

instants = st.integers(0, 6 * 365 * 24 * 60).map(lambda minute: datetime(2023, 1, 1, tzinfo=UTC) + minute * MINUTE)
typed = st.sampled_from(
    ["daily 00:00", "weekdays 02:30", "weekly sun,fri 01:30", "every 3 weeks mon 23:30 from 2026-W47", "monthly last"]
)


def rule(text: str) -> Rule:
    return read_rule(text, AT.date())


def sends(text: str, after: datetime = AT, count: int = 6) -> list[str]:
    return [f"{one.day:%a %Y-%m-%d}" for one in islice(occurrences(rule(text), NEW_YORK, after), count)]


# Defaults


def test_the_default_rule_is_monday_at_nine() -> None:
    assert rule("weekly") == DEFAULT_RULE == Rule("weekly", time(9), (0,))


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("daily", Last(1, "day")),
        ("weekdays", Last(7, "day")),
        ("weekly", Last(1, "week")),
        ("every 3 weeks", Last(3, "week")),
        ("monthly", Last(1, "month")),
    ],
)
def test_a_digest_reports_what_has_passed_since_its_last_send(text: str, period: Period) -> None:
    assert default_period(rule(text)) == period


# Dates


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("daily 14:00", "Sat 2026-11-21 · Sun 2026-11-22 · Mon 2026-11-23"),
        ("daily 15:00", "Fri 2026-11-20 · Sat 2026-11-21 · Sun 2026-11-22"),
        ("weekdays 15:00", "Fri 2026-11-20 · Mon 2026-11-23 · Tue 2026-11-24"),
        ("weekly mon,thu 9:00", "Mon 2026-11-23 · Thu 2026-11-26 · Mon 2026-11-30"),
        ("every 2 weeks mon,fri 9:00 from 2026-W47", "Mon 2026-11-30 · Fri 2026-12-04 · Mon 2026-12-14"),
        ("every 2 weeks mon,fri 9:00 from 2026-W46", "Mon 2026-11-23 · Fri 2026-11-27 · Mon 2026-12-07"),
        ("every 3 weeks mon 9:00 from 2026-W47", "Mon 2026-12-07 · Mon 2026-12-28 · Mon 2027-01-18"),
        ("every 52 weeks mon 9:00 from 2001-W01", "Mon 2026-11-30 · Mon 2027-11-29 · Mon 2028-11-27"),
        ("every 1 week fri 9:00 from 2026-W50", "Fri 2026-12-11 · Fri 2026-12-18 · Fri 2026-12-25"),
        ("every 2 weeks mon 9:00 from 9000-W01", "Mon 8999-12-30 · Mon 9000-01-13 · Mon 9000-01-27"),
        ("monthly 1 9:00", "Tue 2026-12-01 · Fri 2027-01-01 · Mon 2027-02-01"),
        ("monthly 20 15:00", "Fri 2026-11-20 · Sun 2026-12-20 · Wed 2027-01-20"),
        ("monthly last 9:00", "Mon 2026-11-30 · Thu 2026-12-31 · Sun 2027-01-31"),
    ],
)
def test_the_dates_of_a_rule_after_a_friday_afternoon(text: str, days: str) -> None:
    assert sends(text, count=3) == days.split(" · ")


def test_the_last_day_of_a_month_is_the_29th_of_february_in_a_leap_year() -> None:
    assert sends("monthly last", datetime(2028, 1, 31, 20, tzinfo=UTC), 2) == ["Tue 2028-02-29", "Fri 2028-03-31"]


def test_a_week_begins_anew_with_the_year_and_the_count_of_weeks_does_not() -> None:
    days = sends("every 2 weeks mon 9:00 from 2026-W52", datetime(2026, 12, 20, tzinfo=UTC), 3)
    assert days == ["Mon 2026-12-21", "Mon 2027-01-04", "Mon 2027-01-18"]


def test_a_send_is_after_the_instant_and_never_at_it() -> None:
    nine = datetime(2026, 11, 23, 9, tzinfo=NEW_YORK)
    assert sends("weekly", nine, 1) == ["Mon 2026-11-30"]
    assert sends("weekly", nine - INSTANT, 1) == ["Mon 2026-11-23"]


def test_a_send_late_in_the_evening_is_found_where_utc_has_the_next_day() -> None:
    assert sends("daily 23:00", datetime(2026, 11, 21, 0, 30, tzinfo=UTC), 1) == ["Fri 2026-11-20"]


def test_the_zone_of_the_instant_does_not_matter() -> None:
    in_tokyo, in_utc = (list(islice(occurrences(DEFAULT_RULE, TOKYO, at), 3)) for at in (AT, AT.astimezone(UTC)))
    assert in_tokyo == in_utc
    assert [one.at.isoformat() for one in in_tokyo[:1]] == ["2026-11-23T00:00:00+00:00"]


def test_the_sends_end_with_the_calendar() -> None:
    days = [one.day for one in occurrences(rule("daily 09:00"), TOKYO, datetime(9999, 12, 28, tzinfo=UTC))]
    assert days == [date(9999, 12, 29), date(9999, 12, 30)]
    assert not list(occurrences(rule("daily 09:00"), NEW_YORK, datetime.max.replace(tzinfo=UTC)))


# What is due


@given(typed, st.sampled_from(ZONES), st.tuples(instants, instants, instants).map(sorted))
def test_what_is_due_in_two_stretches_is_what_is_due_in_both_together(
    text: str, tz: ZoneInfo, moments: list[datetime]
) -> None:
    since, between, at = moments
    parts = due(rule(text), tz, since, between) + due(rule(text), tz, between, at)
    assert parts == due(rule(text), tz, since, at)
    assert all(one.at < other.at and one.day < other.day for one, other in pairwise(parts))


def test_what_is_due_begins_after_one_instant_and_ends_at_the_other() -> None:
    first, second = datetime(2026, 11, 23, 14, tzinfo=UTC), datetime(2026, 11, 30, 14, tzinfo=UTC)
    assert [one.at for one in due(DEFAULT_RULE, NEW_YORK, first, second)] == [second]
    assert due(DEFAULT_RULE, NEW_YORK, first, second - INSTANT) == []


# Previews


def test_a_preview_shows_the_next_sends_and_what_each_will_report() -> None:
    shown = next_sends(DEFAULT_RULE, NEW_YORK, Last(1, "week"), AT)
    assert [send.at.isoformat() for send in shown[:2]] == ["2026-11-23T09:00:00-05:00", "2026-11-30T09:00:00-05:00"]
    assert [(str(send.span.first_day), str(send.span.last_day)) for send in shown] == [
        ("2026-11-16", "2026-11-22"),
        ("2026-11-23", "2026-11-29"),
        ("2026-11-30", "2026-12-06"),
        ("2026-12-07", "2026-12-13"),
        ("2026-12-14", "2026-12-20"),
        ("2026-12-21", "2026-12-27"),
    ]


def test_weeks_that_begin_on_sunday_are_reported_so() -> None:
    shown = next_sends(DEFAULT_RULE, NEW_YORK, Last(1, "week"), AT, count=1, week_start=6)
    assert [(str(send.span.first_day), str(send.span.last_day)) for send in shown] == [("2026-11-15", "2026-11-21")]


def test_a_preview_refuses_a_period_that_has_just_begun_when_it_is_sent() -> None:
    with pytest.raises(Problem) as raised:
        next_sends(rule("daily midnight"), NEW_YORK, This("day"), AT)
    assert raised.value.key == "digest-just-begun"
    assert (raised.value.data["period"], raised.value.data["whole"]) == ("today", "yesterday")
