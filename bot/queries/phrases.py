"""Reads periods from phrases in three languages."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.periods.period import WEEKDAYS, Calendar, Days, Last, Period, Since, This
from bot.periods.window import Unit, shift
from bot.problems import Problem

UNIT_WORDS: dict[str, Unit] = {
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "時間", "小时", "小時"), "hour"),
    **dict.fromkeys(("d", "day", "days", "日", "日間", "天"), "day"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks", "週", "週間", "周", "星期"), "week"),
    **dict.fromkeys(
        ("m", "mo", "month", "months", "か月", "か月間", "ヶ月", "ヶ月間", "カ月", "个月", "個月"), "month"
    ),
    **dict.fromkeys(("q", "quarter", "quarters", "四半期", "个季度", "個季度"), "quarter"),
    **dict.fromkeys(("y", "yr", "year", "years", "年", "年間"), "year"),
}
WORDS: dict[str, Period] = {
    "today": This("day"),
    "yesterday": Last(1, "day"),
    "wtd": This("week"),
    "mtd": This("month"),
    "qtd": This("quarter"),
    "ytd": This("year"),
    **dict.fromkeys(("今日", "本日", "今天"), This("day")),
    **dict.fromkeys(("昨日", "昨天"), Last(1, "day")),
    **dict.fromkeys(("今週", "本周", "本週", "这周", "這週"), This("week")),
    **dict.fromkeys(("先週", "上周", "上週"), Last(1, "week")),
    **dict.fromkeys(("今月", "本月", "这个月", "這個月"), This("month")),
    **dict.fromkeys(("先月", "上月", "上个月", "上個月"), Last(1, "month")),
    **dict.fromkeys(("今四半期", "本季度", "这个季度"), This("quarter")),
    **dict.fromkeys(("前四半期", "上季度", "上个季度"), Last(1, "quarter")),
    "今年": This("year"),
    **dict.fromkeys(("昨年", "去年"), Last(1, "year")),
}
NUMBER_WORDS = {
    word: number
    for number, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), start=1)  # noqa: SIM905
}
DATE_PATTERN = r"\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}|\d{4}-?w\d{1,2}|\d{4}-?q\d|\d{4}[-/]\d{1,2}|\d{4}"
DAYS_OF_WEEK = {day[:length]: number for number, day in enumerate(WEEKDAYS) for length in (3, 4, 5, len(day))}


@dataclass(frozen=True)
class Phrase:
    """One way to name a period: its pattern, how a match is read, and the examples that the help prints."""

    key: str
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], Period]
    examples: tuple[str, ...]


def _alternatives(spellings: Iterable[str]) -> str:
    return "|".join(sorted(spellings, key=len, reverse=True))


def _read_calendar(text: str) -> Calendar:
    """A named unit of the calendar. Raises Problem where the calendar has no such date."""
    year, *rest = (int(number) for number in re.findall(r"\d+", text))
    try:
        if "w" in text:
            return Calendar("week", date.fromisocalendar(year, rest[0], 1))
        if "q" in text:
            return Calendar("quarter", date(year, 3 * rest[0] - 2, 1))
        units: tuple[Unit, ...] = ("year", "month", "day")
        return Calendar(units[len(rest)], date(year, *[*rest, 1, 1][:2]))
    except ValueError:
        raise Problem("no-such-date", text=text) from None


def _read_range(found: re.Match[str]) -> Period:
    first, last = _read_calendar(found[1]), _read_calendar(found[2])
    if last.first.year == date.max.year:  # Its end is beyond the calendar, and it is too long from any start.
        raise Problem("period-too-long", period=f"{first.first}..{last.first}")
    return Days(first.first, shift(last.first, 1, last.unit) - timedelta(days=1))


def _read_since(found: re.Match[str]) -> Period:
    return Since(DAYS_OF_WEEK[found[1]] if found[1] in DAYS_OF_WEEK else _read_calendar(found[1]).first)


PHRASES = (
    Phrase(
        "last",
        re.compile(
            rf"(?:(?:last|past|previous) ?)?(\d{{1,6}}|{_alternatives(NUMBER_WORDS)}) ?"
            rf"({_alternatives(unit for unit in UNIT_WORDS if unit.isascii())})"
        ),
        lambda found: Last(NUMBER_WORDS.get(found[1]) or int(found[1]), UNIT_WORDS[found[2]]),
        ("last 7d", "last 4w", "last 3m", "last 2q", "last 24h", "7d", "past 7 days", "last two weeks"),
    ),
    Phrase(
        "last",
        # Only with its first word: 3月 alone is March, and 2026年 is that year.
        re.compile(
            r"(?:過去|直近|最近|过去|近) ?(\d{1,6}) ?"
            rf"({_alternatives(unit for unit in UNIT_WORDS if not unit.isascii())})"
        ),
        lambda found: Last(int(found[1]), UNIT_WORDS[found[2]]),
        ("過去7日間", "直近4週", "最近7天", "过去4周"),
    ),
    Phrase(
        "last-one",
        re.compile(r"(?:last|past|previous) (hour|day|week|month|quarter|year)"),
        lambda found: Last(1, UNIT_WORDS[found[1]]),
        ("yesterday", "last week", "last month", "last quarter", "last year"),
    ),
    Phrase(
        "this",
        re.compile(r"this (day|week|month|quarter|year)"),
        lambda found: This(UNIT_WORDS[found[1]]),
        ("today", "this week", "this month", "this quarter", "this year", "wtd", "mtd", "qtd", "ytd"),
    ),
    Phrase(
        "word",
        re.compile("|".join(WORDS)),
        lambda found: WORDS[found[0]],
        tuple(word for word in WORDS if not word.isascii()),
    ),
    Phrase(
        "calendar",
        re.compile(DATE_PATTERN),
        lambda found: _read_calendar(found[0]),
        ("2026-10-31", "2026-W45", "2026-10", "2026-Q3", "2026"),
    ),
    Phrase(
        "calendar",
        re.compile(r"q(\d) ?(\d{4})"),
        lambda found: _read_calendar(f"{found[2]}-q{found[1]}"),
        ("Q3 2026",),
    ),
    Phrase(
        "range",
        re.compile(rf"({DATE_PATTERN}) ?(?:\.\.+|[-~]+|to|から|至|到) ?({DATE_PATTERN})"),
        _read_range,
        ("2026-10-01..2026-10-31", "2026-10-01 to 2026-10-31"),
    ),
    Phrase(
        "since",
        re.compile(rf"since ({DATE_PATTERN}|{_alternatives(DAYS_OF_WEEK)})"),
        _read_since,
        ("since 2026-10-01", "since monday"),
    ),
)
LONGEST_PHRASE = 3  # Words: "past 7 days", "2026-10-01 to 2026-10-31".


def read_period(phrase: str) -> Period | None:
    """The period that a normalised phrase names, or None. Raises Problem for a date that the calendar does not have."""
    folded = phrase.casefold()
    for candidate in PHRASES:
        if found := candidate.pattern.fullmatch(folded):
            return candidate.read(found)
    return None
