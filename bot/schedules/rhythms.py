"""Parses how often a digest is sent, in the languages of the tables."""

import re
from dataclasses import dataclass, field
from datetime import date, time
from typing import Literal, get_args

from bot.periods.period import WEEKDAYS, Calendar
from bot.periods.window import unit_start
from bot.problems import Problem
from bot.queries.languages.table import any_of
from bot.queries.phrases import LONGEST_PHRASE, NUMBER_WORDS, UNIT_WORDS, read_period
from bot.queries.spelling import nearest
from bot.schedules.rhythm_patterns import (
    AFTERNOON,
    ALONE,
    BARE,
    BETWEEN,
    CLOCK,
    CRON,
    DAY_OF_MONTH,
    DAYS,
    FIRST_OF_MONTH,
    HALF,
    LONE_CLOCK,
    LONE_DAY,
    MORNING,
    NEXT_WORD,
    PART,
    SEPARATOR,
    SPELLED,
    STARTER,
    TIMES,
)

RhythmKind = Literal["daily", "weekdays", "weekly", "every", "monthly"]

MOST_WEEKS = 52
MOST_DAY = 28  # The last one that every month has.
EDGE = " ,;."  # What may stand between a rule and the words around it.


@dataclass
class Rhythm:
    """What the words `text[start:end]` say of a rule; None is what they leave open.

    `named` is whether its kind was said, which days or a time alone do not do.
    """

    kind: RhythmKind
    start: int
    end: int
    weeks: int = 1
    days: set[int] = field(default_factory=set)
    day: int | None = None
    clock: time | None = None
    first: date | None = None
    named: bool = True


def take_rhythm(typed: list[str], base: RhythmKind | None = None) -> tuple[Rhythm | None, list[str]]:
    """The rhythm among the words of a text, if there is one, and the other words in order.

    Its words stand together. Raises Problem where they cannot be understood, and where some of them stand alone: only
    where there is a rule to change, of the kind `base`, do they say enough.
    """
    text = " ".join(map(_searchable, typed))
    if cron := CRON.search(text):
        raise Problem("rule-cron", text=cron[0])
    rhythm = _read_rhythm(text, base)
    if rhythm is None:
        if CLOCK.search(text):
            raise no_rhythm(text.replace("\0", "").split())
        return None, typed
    said, rest = _rhythm_text(text, rhythm), f"{text[: rhythm.start]} \0 {text[rhythm.end :]}"
    if second := _read_rhythm(rest):
        raise Problem("rule-two", first=said, second=_rhythm_text(rest, second))
    if alone := CLOCK.search(rest):
        if rhythm.clock:
            raise Problem("rule-twice", first=said, second=alone[0])
        raise Problem("rule-apart", time=alone[0], rule=f"{said} {alone[0]}")
    return rhythm, _outside(typed, rhythm)


def no_rhythm(typed: list[str]) -> Problem:
    """The Problem of words that should have a rhythm, and have none: one of them may be misspelt."""
    near = _misspelt(typed)
    word = next(iter(near), " ".join(typed))
    return Problem("rule-unknown", text=word, nearest=near.get(word))


def _misspelt(typed: list[str]) -> dict[str, str]:
    """Words that are nearly the beginning of a rhythm, with what they may have been meant for."""
    return {word: found for word in typed if (found := nearest(word, SPELLED, cutoff=0.75))}


def _searchable(word: str) -> str:
    """A word of the same length for the patterns: small letters, or nothing where it cannot be part of a rule."""
    if "=" in word or '"' in word:
        return "\0" * len(word)
    return "".join(letter.lower()[0] for letter in word)


def _rhythm_text(text: str, rhythm: Rhythm) -> str:
    """The words of a rhythm, without an `and` or `at` that leads on."""
    return re.sub(rf"{SEPARATOR}\b(?:{BETWEEN})$", "", text[rhythm.start : rhythm.end].strip(EDGE))


def _outside(typed: list[str], rhythm: Rhythm) -> list[str]:
    """The words around a rhythm; one that it shares with it, `week,weekly`, keeps what is its own."""
    outside, at = list[str](), 0
    for word in typed:
        outside += filter(None, (word[: max(0, rhythm.start - at)], word[max(0, rhythm.end - at) :]))
        at += len(word) + 1
    return outside


# Reading


def _read_rhythm(text: str, base: RhythmKind | None = None) -> Rhythm | None:
    """The first rhythm in a text, up to the first word that cannot belong to it."""
    begun = STARTER.search(text)
    if begun is None:
        return _read_bare(text, base)
    if begun["refused"]:
        raise Problem("rule-rhythm", text=begun["refused"])
    kind: RhythmKind = next(kind for kind in get_args(RhythmKind) if begun[kind])
    rhythm = Rhythm(kind, len(text[: begun.start()].rstrip(EDGE)), begun.end(), _weeks(begun["every"]))
    if kind == "monthly" and (day := DAY_OF_MONTH.search(begun["monthly"])):  # `last day of the month`
        rhythm.day = _day_of_month(day[0])
    rhythm = _read_on(rhythm, text)
    if begun[0] in ALONE and not rhythm.days:
        raise Problem("rule-rhythm", text=" ".join(text[begun.start() :].replace("\0", "").split()[:3]))
    return rhythm


def _read_bare(text: str, base: RhythmKind | None) -> Rhythm | None:
    """A rhythm whose kind is not said: days with a time, or, where there is a rule already, either of them."""
    days = BARE.search(text) or (LONE_DAY.search(text) if base else None)
    clock = LONE_CLOCK.search(text) if base else None
    bare = min(filter(None, (days, clock)), key=lambda found: found.start(), default=None)
    if bare is None or _misspelt([word for word in text[: bare.start()].split() if word not in UNIT_WORDS]):
        return None
    kind = base if base in {"weekly", "every"} or (base and not days) else "weekly"
    return _read_on(Rhythm(kind, bare.start(), bare.end(), named=False), text)


def _read_on(rhythm: Rhythm, text: str) -> Rhythm:
    """A rhythm with all that the words after its beginning say of it."""
    while (part := PART.match(text, rhythm.end)) and not _is_outside(part, rhythm):
        _take(part, rhythm)
        rhythm.end = part.end()
    _refuse_misspelt_day(text, rhythm)
    rhythm.end = len(text) - len(text[rhythm.end :].lstrip(EDGE))
    return rhythm


def _is_outside(part: re.Match[str], rhythm: Rhythm) -> bool:
    """Whether what could be a day of the month begins a period, which a misspelt one does with `last`, too."""
    if not part["day"]:
        return False
    return _begins_period(part.string[part.start("day") :]) or (rhythm.kind != "monthly" and part["day"] == "last")


def _weeks(every: str | None) -> int:
    """How many weeks are said; the names of a fortnight hold no number."""
    if every is None:
        return 1
    digits = re.search(r"\d+", every)
    weeks = (
        int(digits[0]) if digits else next((NUMBER_WORDS[word] for word in every.split() if word in NUMBER_WORDS), 2)
    )
    if not 1 <= weeks <= MOST_WEEKS:
        raise Problem("rule-weeks", weeks=weeks, most=MOST_WEEKS)
    return weeks


def _begins_period(text: str) -> bool:
    """Whether a text begins with a period: `last month` and `7 days` do; `last day` is here the month's."""
    near = re.split(r"[\s,;]+", text)[:LONGEST_PHRASE]
    phrases = {" ".join(near[:length]) for length in range(1, len(near) + 1)}
    return any(map(read_period, phrases - {"last day"}))


def _take(part: re.Match[str], rhythm: Rhythm) -> None:
    weekly, monthly = rhythm.kind in {"weekly", "every"}, rhythm.kind == "monthly"
    for name, fits in (("days", weekly), ("first", weekly), ("day", monthly)):
        if part[name] and not fits:
            hour = re.fullmatch(r"[01]?\d|2[0-3]", part[name]) if not CLOCK.search(part.string) else None
            raise Problem("rule-part", part=part[name], kind=rhythm.kind, nearest=f"{hour[0]}:00" if hour else None)
    if part["days"]:
        first, *_, last = 2 * [DAYS[day] for day in re.findall(any_of(DAYS), part["days"])]
        rhythm.days |= {(first + day) % 7 for day in range((last - first) % 7 + 1)}
    for name, read in (("clock", _time_of_day), ("day", _day_of_month), ("first", _week_of_start)):
        if part[name]:
            value = read(part[name])
            if getattr(rhythm, name) not in {None, value}:
                raise Problem("rule-twice", first=_rhythm_text(part.string, rhythm), second=part[name])
            setattr(rhythm, name, value)


def _refuse_misspelt_day(text: str, rhythm: Rhythm) -> None:
    word = NEXT_WORD.match(text, rhythm.end)
    if rhythm.kind in {"weekly", "every"} and word and not _begins_period(text[word.start(1) :]):
        meant = nearest(word[1], [*WEEKDAYS, "today", "yesterday"], cutoff=0.7)
        if meant in WEEKDAYS:
            raise Problem("rule-unknown-day", word=word[1], nearest=meant)


def _time_of_day(said: str) -> time:
    if said in TIMES:
        return TIMES[said]
    hour, *rest = map(int, re.findall(r"\d{1,2}", said))
    minute = rest[0] if rest else 30 * bool(re.search(HALF, said))
    if halves := re.search(rf"(p|{AFTERNOON})|a|{MORNING}", said):
        hour = hour % 12 + (12 if halves[1] else 0) if hour <= 12 else 24
    if hour > 23 or minute > 59 or len(rest) > 1 or re.search(r"[:h]\d(?!\d)", said):
        raise Problem("rule-no-time", text=said)
    return time(hour, minute)


def _day_of_month(said: str) -> int:
    digits = re.search(r"\d+", said)
    day = int(digits[0]) if digits else int(bool(re.fullmatch(FIRST_OF_MONTH, said)))
    if digits and not 1 <= day <= MOST_DAY:
        raise Problem("rule-day", day=day)
    return day


def _week_of_start(said: str) -> date:
    period = read_period(said.split()[1])
    # No start in the calendar's last year: nothing might come after it.
    if not isinstance(period, Calendar) or period.unit not in {"week", "day"} or period.first.year == date.max.year:
        raise Problem("rule-start", text=said)
    return unit_start("week", period.first)
