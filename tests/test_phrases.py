"""The words for periods, and the windows they mean on Friday, 20 November 2026, at 14:05:30 in New York."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.periods.period import Calendar, Days, Last, Period, Since, This, resolve
from bot.problems import Problem
from bot.queries.phrases import PHRASES, read_period
from bot.queries.spelling import normalise
from tests.examples import AT, NEW_YORK, periods, shown

MONDAY, SUNDAY = 0, 6
WINDOWS = [
    # That many whole ones before the current one.
    (
        "last 7d · 7d · 7 d · past 7 days · last 7 days · previous 7 days · LAST 7D · ７ｄ",
        "2026-11-13 00:00",
        "2026-11-20 00:00",
        "complete",
    ),
    ("last 4w · past 4 weeks · 4 wks", "2026-10-19 00:00", "2026-11-16 00:00", "complete"),
    ("last 3m · 3mo · 3 months", "2026-08-01 00:00", "2026-11-01 00:00", "complete"),
    ("last 2q · 2 quarters", "2026-04-01 00:00", "2026-10-01 00:00", "complete"),
    ("last 2y · 2 years", "2024-01-01 00:00", "2026-01-01 00:00", "complete"),
    ("last 24h · 24h · past 24 hours · 24 hrs", "2026-11-19 14:05", "2026-11-20 14:05", "rolling"),
    ("last 1h", "2026-11-20 13:05", "2026-11-20 14:05", "rolling"),
    # The one before.
    ("yesterday · last day · last 1d", "2026-11-19 00:00", "2026-11-20 00:00", "complete"),
    ("last week · previous week · last 1w", "2026-11-09 00:00", "2026-11-16 00:00", "complete"),
    ("last month", "2026-10-01 00:00", "2026-11-01 00:00", "complete"),
    ("last quarter", "2026-07-01 00:00", "2026-10-01 00:00", "complete"),
    ("last year", "2025-01-01 00:00", "2026-01-01 00:00", "complete"),
    # The current one, so far.
    ("today · this day", "2026-11-20 00:00", "2026-11-20 14:05", "running"),
    ("this week · wtd", "2026-11-16 00:00", "2026-11-20 14:05", "running"),
    ("this month · mtd", "2026-11-01 00:00", "2026-11-20 14:05", "running"),
    ("this quarter · qtd", "2026-10-01 00:00", "2026-11-20 14:05", "running"),
    ("this year · ytd", "2026-01-01 00:00", "2026-11-20 14:05", "running"),
    # One of the calendar.
    ("2026-10-31 · 2026/10/31", "2026-10-31 00:00", "2026-11-01 00:00", "complete"),
    ("2026-10-1 · 2026/10/1", "2026-10-01 00:00", "2026-10-02 00:00", "complete"),
    ("2026-10 · 2026/10", "2026-10-01 00:00", "2026-11-01 00:00", "complete"),
    ("2026-W45 · 2026-w45 · 2026W45", "2026-11-02 00:00", "2026-11-09 00:00", "complete"),
    ("2026-Q3 · 2026q3", "2026-07-01 00:00", "2026-10-01 00:00", "complete"),
    ("2025", "2025-01-01 00:00", "2026-01-01 00:00", "complete"),
    ("2026-11-20", "2026-11-20 00:00", "2026-11-20 14:05", "running"),
    ("2026-W47", "2026-11-16 00:00", "2026-11-20 14:05", "running"),
    ("2026-11", "2026-11-01 00:00", "2026-11-20 14:05", "running"),
    ("2026-Q4", "2026-10-01 00:00", "2026-11-20 14:05", "running"),
    ("2026", "2026-01-01 00:00", "2026-11-20 14:05", "running"),
    # Both ends included.
    (
        (
            "2026-10-01..2026-10-31 · 2026-10-01...2026-10-31 · 2026-10..2026-10 · 2026-10-01 to 2026-10-31"
            " · 2026-10-01–2026-10-31 · 2026-10-01 — 2026-10-31 · 2026-10-01 - 2026-10-31 · 2026–10–01–2026–10–31"
            " · 2026-10-01~2026-10-31 · 2026/10/01〜2026/10/31 · 2026-10-01～2026-10-31"
            " · 2026-10-01から2026-10-31 · 2026-10-01至2026-10-31 · 2026-10-01 到 2026-10-31"
        ),
        "2026-10-01 00:00",
        "2026-11-01 00:00",
        "complete",
    ),
    ("2025..2026-03 · 2025-2026-03", "2025-01-01 00:00", "2026-04-01 00:00", "complete"),
    ("2026-W45..2026-W46", "2026-11-02 00:00", "2026-11-16 00:00", "complete"),
    ("2026-11-01..2026-11-30", "2026-11-01 00:00", "2026-11-20 14:05", "running"),
    # To now.
    ("since 2026-10-01 · since 2026-10 · since 2026-Q4", "2026-10-01 00:00", "2026-11-20 14:05", "running"),
    ("since monday · since mon · Since MONDAY", "2026-11-16 00:00", "2026-11-20 14:05", "running"),
    ("since friday", "2026-11-20 00:00", "2026-11-20 14:05", "running"),
    ("since saturday", "2026-11-14 00:00", "2026-11-20 14:05", "running"),
    # Japanese and Chinese.
    ("今日 · 本日 · 今天", "2026-11-20 00:00", "2026-11-20 14:05", "running"),
    ("昨日 · 昨天", "2026-11-19 00:00", "2026-11-20 00:00", "complete"),
    ("今週 · 本周 · 本週 · 这周", "2026-11-16 00:00", "2026-11-20 14:05", "running"),
    ("先週 · 上周 · 上週", "2026-11-09 00:00", "2026-11-16 00:00", "complete"),
    ("今月 · 本月 · 这个月", "2026-11-01 00:00", "2026-11-20 14:05", "running"),
    ("先月 · 上月 · 上个月 · 上個月", "2026-10-01 00:00", "2026-11-01 00:00", "complete"),
    ("今四半期 · 本季度", "2026-10-01 00:00", "2026-11-20 14:05", "running"),
    ("前四半期 · 上季度", "2026-07-01 00:00", "2026-10-01 00:00", "complete"),
    ("今年", "2026-01-01 00:00", "2026-11-20 14:05", "running"),
    ("昨年 · 去年", "2025-01-01 00:00", "2026-01-01 00:00", "complete"),
    (
        "過去7日間 · 過去７日間 · 過去 7 日 · 直近7日 · 最近7天 · 近7天 · 过去7天",
        "2026-11-13 00:00",
        "2026-11-20 00:00",
        "complete",
    ),
    ("過去4週間 · 直近4週 · 最近4周 · 过去4周", "2026-10-19 00:00", "2026-11-16 00:00", "complete"),
    ("過去3か月 · 直近3ヶ月 · 过去3个月", "2026-08-01 00:00", "2026-11-01 00:00", "complete"),
    ("過去24時間 · 最近24小时", "2026-11-19 14:05", "2026-11-20 14:05", "rolling"),
]


def window(text: str, week_start: int = MONDAY) -> tuple[str, str, str] | None:
    period = read_period(normalise(text))
    assert period is not None
    return shown(resolve(period, AT, NEW_YORK, week_start))


@pytest.mark.parametrize(
    ("text", "after", "before", "state"),
    [(text, *means) for texts, *means in WINDOWS for text in texts.split(" · ")],
)
def test_a_phrase_and_the_window_it_means(text: str, after: str, before: str, state: str) -> None:
    assert window(text) == (after, before, state)


@pytest.mark.parametrize(
    ("text", "after", "before"),
    [
        ("this week", "2026-11-15 00:00", "2026-11-20 14:05"),
        ("last week", "2026-11-08 00:00", "2026-11-15 00:00"),
        ("last 4w", "2026-10-18 00:00", "2026-11-15 00:00"),
        ("先週", "2026-11-08 00:00", "2026-11-15 00:00"),
        pytest.param("2026-W45", "2026-11-02 00:00", "2026-11-09 00:00", id="an ISO week stays one"),
        pytest.param("since monday", "2026-11-16 00:00", "2026-11-20 14:05", id="so does a day of the week"),
        pytest.param("last 7d", "2026-11-13 00:00", "2026-11-20 00:00", id="and what is no week"),
    ],
)
def test_where_weeks_begin_on_sunday_the_words_for_weeks_move(text: str, after: str, before: str) -> None:
    found = window(text, SUNDAY)
    assert found
    assert found[:2] == (after, before)


@pytest.mark.parametrize("example", [example for phrase in PHRASES for example in phrase.examples])
def test_what_help_shows_as_an_example_is_understood(example: str) -> None:
    assert read_period(example)


@pytest.mark.parametrize(
    "text",
    [
        "",
        *["soon", "last", "last week but one", "last 7", "7", "7x", "-7d", "1.5d", "last 1234567d", "week"],
        *["2026-", "12026-10-01", "2026-10-01..", "..2026-10-01", "2026-10-01.2026-10-31"],
        *["since", "since yesterday", "7日", "3月", "2026年"],
    ],
)
def test_other_words_are_no_period(text: str) -> None:
    assert read_period(normalise(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        *["2026-02-30", "2025-02-29", "2026-13", "2026-00", "2026-10-00", "2026-W54", "2026-W00", "2025-W53"],
        *["0000", "0000-Q1", "2026-02-28..2026-02-30", "2026-13-01..2026-12-31", "since 2026-11-31"],
    ],
)
def test_a_date_that_the_calendar_does_not_have_is_named(text: str) -> None:
    with pytest.raises(Problem) as raised:
        read_period(normalise(text))
    assert raised.value.key == "no-such-date"
    assert str(raised.value.data["text"]) in normalise(text).casefold()


def test_a_range_to_the_end_of_the_calendar_is_too_long() -> None:
    with pytest.raises(Problem, match="period-too-long"):
        read_period("2026-10-01..9999-12-31")


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (Last(7, "day"), "last 7d"),
        (Last(24, "hour"), "last 24h"),
        (Last(1, "hour"), "last 1h"),
        (Last(1, "day"), "yesterday"),
        (Last(1, "quarter"), "last quarter"),
        (This("day"), "today"),
        (This("week"), "this week"),
        (Calendar("day", date(2026, 10, 31)), "2026-10-31"),
        (Calendar("week", date(2025, 12, 29)), "2026-W01"),
        (Calendar("month", date(2026, 10, 1)), "2026-10"),
        (Calendar("quarter", date(2026, 7, 1)), "2026-Q3"),
        (Calendar("year", date(2026, 1, 1)), "2026"),
        (Calendar("year", date(999, 1, 1)), "0999"),
        (Days(date(2026, 10, 1), date(2026, 10, 31)), "2026-10-01..2026-10-31"),
        (Since(date(2026, 10, 1)), "since 2026-10-01"),
        (Since(0), "since monday"),
    ],
)
def test_a_period_as_text(period: Period, text: str) -> None:
    assert str(period) == text


@given(periods)
def test_a_period_as_text_is_that_period_again(period: Period) -> None:
    assert read_period(str(period)) == period


@given(st.from_regex(r"(since |last )?[0-9/wqdmy.~–-]{1,9}( to |\.\.|–)?[0-9/wq-]{0,10}", fullmatch=True))
def test_digits_are_a_period_or_a_problem_or_neither_and_never_an_error(text: str) -> None:
    with suppress(Problem):
        period = read_period(text)
        assert period is None or resolve(period, AT, NEW_YORK).window.after < AT
