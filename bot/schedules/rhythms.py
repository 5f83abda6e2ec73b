"""Parses how often a digest is sent, in English, Japanese and Chinese."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Literal, get_args

from bot.periods.period import WEEKDAYS, Calendar
from bot.periods.window import unit_start
from bot.problems import Problem
from bot.queries.phrases import DAYS_OF_WEEK, LONGEST_PHRASE, NUMBER_WORDS, UNIT_WORDS, read_period
from bot.queries.spelling import nearest

RhythmKind = Literal["daily", "weekdays", "weekly", "every", "monthly"]

MOST_WEEKS = 52
MOST_DAY = 28  # The last one that every month has.
EDGE = " ,;."  # What may stand between a rule and the words around it.


def _any_spelling(spellings: Iterable[str]) -> str:
    return "|".join(sorted(spellings, key=len, reverse=True))


def _named_groups(patterns: Mapping[str, str]) -> str:
    return "|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns.items())


DAYS = {
    **DAYS_OF_WEEK,
    **{f"{day}{end}": number for number, day in enumerate("月火水木金土日") for end in ("", "曜", "曜日")},
    **{f"{week}{day}": number for number, day in enumerate("一二三四五六日") for week in ("", "周", "週", "星期")},
    **dict.fromkeys(("周天", "週天", "星期天"), 6),
}
TIMES = {"noon": time(12), "midnight": time(0), "正午": time(12), "中午": time(12)}
AFTERNOON, MORNING = "午後|下午|晚上", "午前|上午|早上|朝"

SEPARATOR = r"[\s,;./&・]*"
# A word of ASCII ends where no other follows; Japanese and Chinese are written without spaces.
WORD_START, WORD_END = r"(?<![^\s,;])", r"(?:(?<=[^!-~])|(?![a-z0-9_:=#*@'\"-]|\.[\w.]))"
EVERY, COUNT = "(?:every|each)", rf"(?:\d{{1,6}}|other|{_any_spelling(NUMBER_WORDS)})"
ORDINAL, OF_MONTH = r"(?:\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|last)", "of (?:the|each|every) month"
DAY = rf"(?:{_any_spelling(DAYS)})s?"
STARTERS = {
    "daily": rf"daily|everyday|{EVERY} day|[毎每]一?[日天朝](?!曜)",
    "weekdays": rf"(?:on )?(?:{EVERY} )?(?:weekdays?|workdays?|business days?)|[毎每]?[个個]?(?:平日|工作日)",
    "monthly": (
        rf"monthly|{EVERY} month|[毎每][个個]?月(?!曜)"
        rf"|(?:on )?(?:the )?(?:day )?(?:\d{{1,2}}(?:st|nd|rd|th)?|first|last)(?: day)? {OF_MONTH}"
    ),
    "every": (
        rf"{EVERY} {COUNT}(?: ?(?:weeks?|wks?|w)|(?= {DAY}{WORD_END}))|bi-?weekly|fortnightly|{EVERY} fortnight"
        r"|隔[週周]|\d{1,6}週間?(?:ごと|毎)|[毎每](?:\d{1,6}|[两兩])[个個]?(?:[週周]|星期)"
    ),
    "refused": (
        rf"hourly|quarterly|yearly|annually|{EVERY} (?:{COUNT} )?(?:min|minute|hour|day|month|quarter|year)s?"
        rf"|{EVERY} {ORDINAL} {DAY}(?: {OF_MONTH})?|(?:on )?(?:the )?{ORDINAL} {DAY} {OF_MONTH}"
        rf"|(?:on |{EVERY} )?weekends?|毎時|毎年|每小时|每小時|每年|毎四半期|[毎每][个個]?季度?"
    ),
    "weekly": (
        rf"weekly|{EVERY} week|{EVERY}(?= \w)"
        rf"|[毎每](?={_any_spelling(day for day in DAYS if len(day) > 1)})|[毎每](?:[週周]|星期)"
    ),
}
PARTS = {
    "clock": (
        rf"{_any_spelling(TIMES)}|(?:{AFTERNOON}|{MORNING})?\d{{1,4}}(?::\d[\d:]*|h\d+|[時时点點](?:半|\d+分?)?)"
        r"(?: ?[ap]\.?m\.?)?|\d{1,4} ?[ap]\.?m\.?|[01]\d{3}"
        r"|(?<=at )\d{1,4}h?"  # 17h alone is a period, the 17 hours before now.
    ),
    "day": r"(?:day )?\d{1,6}(?:st|nd|rd|th|日|号|號)?|first|last(?: day)?|月?末日?|最[后後終]一?[天日]",
    "days": rf"{DAY}(?: ?(?:-|~|to|から|至|到) ?{DAY})?",
    "first": r"(?:from|starting) [^\s,;\0]+",
    "between": r"on|at|the|and|of (?:the|each|every) month|[にのはと和的在]",
}
STARTER = re.compile(f"{WORD_START}(?:{_named_groups(STARTERS)}){WORD_END}")
PART = re.compile(f"{SEPARATOR}(?:{_named_groups(PARTS)}){WORD_END}")
NEXT_WORD = re.compile(rf"{SEPARATOR}([^\W\d_]+){WORD_END}")
CLOCK = re.compile(f"{WORD_START}(?:{PARTS['clock']}){WORD_END}")
# `friday 16:00` says as much as `weekly friday 16:00`; `since friday` is a period.
LONG_DAY = rf"(?:{_any_spelling(day for day in DAYS if len(day) > 1)})s?"
BARE = re.compile(
    rf"{WORD_START}(?<!since )(?:on )?"
    rf"(?=(?:{LONG_DAY}{SEPARATOR}(?:and |[のと和的])?)+(?:at )?(?:{PARTS['clock']}){WORD_END})",
    re.ASCII,
)
# Where there is a rule already, its days or its time alone say what becomes of it.
LONE_DAY = re.compile(rf"{WORD_START}(?<!since )(?:on )?(?={LONG_DAY}{WORD_END})")
LONE_CLOCK = re.compile(rf"{WORD_START}(?:at )?(?=(?:{PARTS['clock']}){WORD_END})")
CRON = re.compile(rf"{WORD_START}(?=[^a-z]*\*)(?:[\d*/,-]+ ){{4}}[\w*/,-]+")


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
    starters = [*get_args(RhythmKind), "biweekly", "fortnightly"]
    return {word: found for word in typed if (found := nearest(word, starters, cutoff=0.75))}


def _searchable(word: str) -> str:
    """A word of the same length for the patterns: small letters, or nothing where it cannot be part of a rule."""
    if "=" in word or '"' in word:
        return "\0" * len(word)
    return "".join(letter.lower()[0] for letter in word)


def _rhythm_text(text: str, rhythm: Rhythm) -> str:
    """The words of a rhythm, without an `and` or `at` that leads on."""
    return re.sub(rf"{SEPARATOR}\b(?:{PARTS['between']})$", "", text[rhythm.start : rhythm.end].strip(EDGE))


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
    if kind == "monthly" and (day := re.search(r"\d+|first|last", begun["monthly"])):  # `last day of the month`
        rhythm.day = _day_of_month(day[0])
    rhythm = _read_on(rhythm, text)
    if begun[0] in {"every", "each"} and not rhythm.days:
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
        first, *_, last = 2 * [DAYS[day] for day in re.findall(_any_spelling(DAYS), part["days"])]
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
    minute = rest[0] if rest else 30 * ("半" in said)
    if halves := re.search(rf"(p|{AFTERNOON})|a|{MORNING}", said):
        hour = hour % 12 + (12 if halves[1] else 0) if hour <= 12 else 24
    if hour > 23 or minute > 59 or len(rest) > 1 or re.search(r"[:h]\d(?!\d)", said):
        raise Problem("rule-no-time", text=said)
    return time(hour, minute)


def _day_of_month(said: str) -> int:
    digits = re.search(r"\d+", said)
    day = int(digits[0]) if digits else int(said == "first")
    if digits and not 1 <= day <= MOST_DAY:
        raise Problem("rule-day", day=day)
    return day


def _week_of_start(said: str) -> date:
    period = read_period(said.split()[1])
    # No start in the calendar's last year: nothing might come after it.
    if not isinstance(period, Calendar) or period.unit not in {"week", "day"} or period.first.year == date.max.year:
        raise Problem("rule-start", text=said)
    return unit_start("week", period.first)
