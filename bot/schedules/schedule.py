"""Turns a rule such as `weekly monday 09:00` into the moments of its sends in a zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from typing import Literal
from zoneinfo import ZoneInfo

from bot.periods.period import WEEKDAYS, Calendar, Last, Period, This, resolve
from bot.periods.window import Span, day_start, shift, unit_start
from bot.problems import Problem
from bot.queries.spelling import normalise, words
from bot.schedules.rhythms import Rhythm, RhythmKind, no_rhythm, take_rhythm


@dataclass(frozen=True, slots=True)
class Rule:
    """A rhythm and a local wall time: `read_rule(str(rule), any_day) == rule`.

    `days` count from Monday = 0 and are sorted; `first` is the Monday of the ISO week that `every` counts from, and
    begins with; `day` is a day of the month, 0 the last one.
    """

    kind: RhythmKind
    time: time
    days: tuple[int, ...] = ()
    weeks: int = 1
    first: date | None = None
    day: int = 0

    def __str__(self) -> str:
        clock, days = f"{self.time:%H:%M}", ",".join(WEEKDAYS[day] for day in self.days)
        match self.kind:
            case "weekly":
                return f"weekly {days} {clock}"
            case "every":
                weeks = f"{self.weeks} week{'s' if self.weeks > 1 else ''}"
                return f"every {weeks} {days} {clock} from {Calendar('week', self.first or date.min)}"
            case "monthly":
                return f"monthly {self.day or 'last'} {clock}"
        return f"{self.kind} {clock}"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One send: its key, which is the local date of its wall time, and its instant in UTC."""

    day: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """What a clock change does to a send.

    `skipped`: the clocks leave out its wall time, so it moves forward. `twice`: they show that time twice, and it takes
    the first. `offset`: its UTC offset is no longer the one `before`, of the send before or of the preview's start.
    """

    kind: Literal["", "skipped", "twice", "offset"]
    wall: time
    before: timedelta


@dataclass(frozen=True, slots=True)
class Send:
    """One line of a preview: the local date, the moment in the digest's zone, what it will report, and a remark."""

    day: date
    at: datetime
    span: Span
    remark: Remark


NINE, MONDAY = time(9), (0,)
DEFAULT_RULE = Rule("weekly", NINE, MONDAY)


# Words


def read_rule(text: str, today: date) -> Rule:
    """The rule that a text is. Raises Problem for anything else."""
    rule, others = take_rule(words(normalise(text)), today)
    if rule is None:
        raise no_rhythm(others)
    if others:
        raise Problem("rule-only", text=" ".join(others), rule=str(rule))
    return rule


def take_rule(typed: list[str], today: date, base: Rule | None = None) -> tuple[Rule | None, list[str]]:
    """The rule among the words of a text, if there is one, and the other words in order.

    It begins with its rhythm, and its words stand together. Without `from`, `every N weeks` counts from the week of the
    next of its days, today included. Where a rule is changed, what the words leave open is that of the old one, `base`,
    as far as the rhythm has it. Raises Problem for a rule that cannot be kept.
    """
    rhythm, others = take_rhythm(typed, base.kind if base else None)
    return _rule_of(rhythm, today, base or DEFAULT_RULE) if rhythm else None, others


def _rule_of(rhythm: Rhythm, today: date, base: Rule) -> Rule:
    """The rule of a rhythm, with what its words left open."""
    clock = base.time if rhythm.clock is None else rhythm.clock
    if rhythm.kind == "monthly":
        day = base.day if base.kind == "monthly" else 1
        return Rule("monthly", clock, day=day if rhythm.day is None else rhythm.day)
    if rhythm.kind not in {"weekly", "every"}:
        return Rule(rhythm.kind, clock)
    days = tuple(sorted(rhythm.days)) or base.days or MONDAY
    weeks = rhythm.weeks if rhythm.named else base.weeks
    first = rhythm.first or (base.first if weeks == base.weeks else None)
    if weeks == 1 and not first:
        return Rule("weekly", clock, days)
    week = unit_start("week", today)
    following = week if today.weekday() <= days[-1] else shift(week, 1, "week")
    return Rule("every", clock, days, weeks, first or following)


def default_period(rule: Rule) -> Period:
    """What a digest reports whose query names no period."""
    match rule.kind:
        case "daily":
            return Last(1, "day")
        case "weekdays":
            return Last(7, "day")
        case "monthly":
            return Last(1, "month")
    return Last(rule.weeks, "week")


# Moments


def occurrences(rule: Rule, tz: ZoneInfo, after: datetime) -> Iterator[Occurrence]:
    """The sends after an instant, in order, to the end of the calendar: one for each of its dates that the zone has.

    A wall time that is skipped moves forward by as much as the clocks do; of one that comes twice, the first counts.
    """
    # A day early: the local date may be behind UTC's.
    start = max(after.astimezone(UTC).toordinal() - 1, (rule.first or date.min).toordinal())
    for day in map(date.fromordinal, range(start, date.max.toordinal())):
        if _falls_on(rule, day) and day_start(day, tz) < day_start(shift(day, 1, "day"), tz):
            at = datetime.combine(day, rule.time, tz).astimezone(UTC)
            if at > after:
                yield Occurrence(day, at)


def due(rule: Rule, tz: ZoneInfo, since: datetime, at: datetime) -> list[Occurrence]:
    """The sends after one instant and up to another."""
    return list(takewhile(lambda one: one.at <= at, occurrences(rule, tz, since)))


def next_sends(
    rule: Rule, tz: ZoneInfo, period: Period, after: datetime, count: int = 6, week_start: int = 0
) -> list[Send]:
    """The next sends after an instant. Raises Problem where the period cannot be reported at one of them."""
    moments = [(one.day, one.at.astimezone(tz)) for one in islice(occurrences(rule, tz, after), count)]
    before = [after.astimezone(tz), *(at for _, at in moments)]
    return [
        Send(day, at, _covered(period, asked_at(day, at, tz), tz, week_start), _remark(rule.time, at, _offset(earlier)))
        for (day, at), earlier in zip(moments, before, strict=False)
    ]


def _covered(period: Period, at: datetime, tz: ZoneInfo, week_start: int) -> Span:
    """What a send will report. That a period has only just begun is no matter of minutes there: it always will have."""
    try:
        return resolve(period, at, tz, week_start)
    except Problem as problem:
        if problem.key != "just-begun":
            raise
        whole = Last(1, period.unit if isinstance(period, This) else "week")
        raise Problem("digest-just-begun", **problem.data, period=str(period), whole=str(whole)) from None


def asked_at(day: date, at: datetime, tz: ZoneInfo) -> datetime:
    """The moment that a send's report is about: its own, but still on its local date where a gap reaches into the next.

    Nuuk's clocks go from Saturday 23:00 to Sunday 00:00: what is due on Saturday at 23:30 comes on Sunday.
    """
    return min(at.astimezone(UTC), day_start(shift(day, 1, "day"), tz) - timedelta(seconds=1))


def _falls_on(rule: Rule, day: date) -> bool:
    match rule.kind:
        case "weekdays":
            return day.weekday() < 5
        case "weekly":
            return day.weekday() in rule.days
        case "every":
            weeks = (unit_start("week", day) - (rule.first or date.min)).days // 7
            return day.weekday() in rule.days and weeks % rule.weeks == 0
        case "monthly":
            return day.day == rule.day if rule.day else shift(day, 1, "day").day == 1
    return True


def _remark(wall: time, at: datetime, before: timedelta) -> Remark:
    if at.time() != wall:
        return Remark("skipped", wall, before)
    if _offset(at) != _offset(at.replace(fold=1)):
        return Remark("twice", wall, before)
    return Remark("offset" if _offset(at) != before else "", wall, before)


def _offset(at: datetime) -> timedelta:
    return at.utcoffset() or timedelta()
