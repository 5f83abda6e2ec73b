"""Reads periods from phrases in the languages of the tables."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import get_args

from bot.periods.period import Calendar, Days, Last, Period, Since, This
from bot.periods.window import Unit, shift
from bot.problems import Problem
from bot.queries.languages import LANGUAGE_TABLES
from bot.queries.languages.en import ENGLISH
from bot.queries.languages.table import LanguageTable, any_of, either

SPACED = [table for table in LANGUAGE_TABLES if table.spaced]
UNSPACED = [table for table in LANGUAGE_TABLES if not table.spaced]
UNITS: tuple[Unit, ...] = get_args(Unit)
OTHERS = [table for table in LANGUAGE_TABLES if table is not ENGLISH]


def _unit_words(tables: Iterable[LanguageTable]) -> dict[str, Unit]:
    return {word: unit for table in tables for unit, words in table.periods.units.items() for word in words}


def _period_words(tables: Sequence[LanguageTable]) -> dict[str, Period]:
    """The words that name a whole period, unit by unit, the current one before the last."""
    named = dict[str, Period]()
    for unit in UNITS:
        for table in tables:
            named |= dict.fromkeys(table.periods.this.get(unit, ()), This(unit))
        for table in tables:
            named |= dict.fromkeys(table.periods.last.get(unit, ()), Last(1, unit))
    return named


UNIT_WORDS = _unit_words(LANGUAGE_TABLES)
WORDS = _period_words(LANGUAGE_TABLES)
NUMBER_WORDS = {word: number for table in LANGUAGE_TABLES for word, number in table.numbers.items()}
DAYS_OF_WEEK = {word: day for table in SPACED for day, spellings in enumerate(table.weekdays) for word in spellings}
SINCE = any_of(word for table in LANGUAGE_TABLES for word in table.periods.since)
UNTIL = either(table.until for table in LANGUAGE_TABLES)
PAST = either(table.periods.past for table in SPACED)
DATE_PATTERN = r"\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}|\d{4}-?w\d{1,2}|\d{4}-?q\d|\d{4}[-/]\d{1,2}|\d{4}"


@dataclass(frozen=True)
class Phrase:
    """One way to name a period: its pattern, how a match is read, and the examples that the help prints."""

    key: str
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], Period]
    examples: tuple[str, ...]


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
            rf"(?:(?:{PAST}) ?)?(\d{{1,6}}|{any_of(NUMBER_WORDS)}) ?"
            rf"({any_of(_unit_words(SPACED))})"
        ),
        lambda found: Last(NUMBER_WORDS.get(found[1]) or int(found[1]), UNIT_WORDS[found[2]]),
        ("last 7d", "last 4w", "last 3m", "last 2q", "last 24h", "7d", "past 7 days", "last two weeks"),
    ),
    Phrase(
        "last",
        # Only with its first word: 3月 alone is March, and 2026年 is that year.
        re.compile(
            rf"(?:{either(table.periods.past for table in UNSPACED)}) ?(\d{{1,6}}) ?"
            rf"({any_of(_unit_words(UNSPACED))})"
        ),
        lambda found: Last(int(found[1]), UNIT_WORDS[found[2]]),
        tuple(example for table in UNSPACED for example in table.periods.past_examples),
    ),
    Phrase(
        "last-one",
        re.compile(rf"(?:{PAST}) (hour|day|week|month|quarter|year)"),
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
        tuple(_period_words(OTHERS)),
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
        re.compile(rf"({DATE_PATTERN}) ?(?:\.\.+|[-~]+|{UNTIL}) ?({DATE_PATTERN})"),
        _read_range,
        ("2026-10-01..2026-10-31", "2026-10-01 to 2026-10-31"),
    ),
    Phrase(
        "since",
        re.compile(rf"(?:{SINCE}) ({DATE_PATTERN}|{any_of(DAYS_OF_WEEK)})"),
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
