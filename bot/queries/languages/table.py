"""What the bot must know of a language to read it and to write it, but for its catalog."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Literal

from bot.periods.window import Unit

Spellings = Sequence[str]
Pattern = str
Starter = Literal["daily", "weekdays", "weekly", "every", "monthly", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodWords:
    """How a period is named; `bot/queries/phrases.py` reads them.

    `this` and `last` name the current unit and the one before: `今週`, `yesterday`. `past` stands before a number of
    units, as in `past 7 days`, and `since` before a day. The help shows `past_examples`.
    """

    units: Mapping[Unit, Spellings]
    this: Mapping[Unit, Spellings]
    last: Mapping[Unit, Spellings]
    past: Pattern
    past_examples: Spellings = ()
    since: Spellings = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RhythmWords:
    """How it is said when a digest is sent; `bot/schedules/rhythm_patterns.py` reads them.

    A rhythm begins with one of `starters`, in which `<day>` stands for any day of the week, and `<long day>` for one of
    more than a letter. Those of `refused` name what no digest can have, and those of `alone` nothing by themselves. A
    misspelt word is compared with `spelled`.

    `hour`, `half` and `minute` stand after the numbers of a time, and `before_time` before it. `before_number` and
    `after_number` stand around a day of the month, `before_day` before a day of the week, `between_days` between two of
    them, `start` before the first week, and `between` between any of these parts.
    """

    starters: Mapping[Starter, Pattern]
    alone: Spellings = ()
    spelled: Spellings = ()
    times: Mapping[str, time] = field(default_factory=dict)
    morning: Pattern = ""
    afternoon: Pattern = ""
    before_time: Spellings = ()
    hour: Pattern = ""
    half: Pattern = ""
    minute: Pattern = ""
    before_number: Pattern = ""
    after_number: Pattern = ""
    first_day: Pattern = ""
    last_day: Pattern = ""
    before_day: Pattern = ""
    between_days: Pattern = ""
    start: Pattern = ""
    between: Pattern = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageTable:
    """A language: its code, Babel's locale, the name that it has for itself, and its words.

    `spaced` is whether a space stands between words and between sentences, `year_first` whether a date begins with its
    year. `weekdays` are the spellings of each, from Monday on; `until` stands between the first and last of a range.
    """

    code: str
    locale: str
    name: str
    spaced: bool
    year_first: bool
    weekdays: Sequence[Spellings]
    until: Pattern
    periods: PeriodWords
    rhythms: RhythmWords
    numbers: Mapping[str, int] = field(default_factory=dict)
    help_words: Spellings = ()


def any_of(words: Iterable[str]) -> Pattern:
    """The pattern of any of these words, the longest first."""
    return "|".join(sorted(words, key=len, reverse=True))


def either(patterns: Iterable[Pattern]) -> Pattern:
    """The pattern of what any of these fits; a language may have none."""
    return "|".join(filter(None, patterns))
