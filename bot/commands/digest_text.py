"""Parses the text of a digest command."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.periods.period import Calendar, Days, Period, Since
from bot.problems import Problem
from bot.queries.query import KNOWN_PHRASES, Query, parse_fields
from bot.queries.spelling import nearest, words
from bot.queries.zones import known_zone, zone
from bot.schedules.delivery import Digest
from bot.schedules.schedule import Rule, default_period, take_rule

# Slack's ids are capitals and digits. Short ones need a digit, so that DAILY stays a word; after a sign nothing is one.
_ID = r"(?:[A-Z0-9]{8,20}|(?=[A-Z]*[0-9])[A-Z0-9]{1,20})"
CHANNEL_ID = re.compile(rf"#[CGD][A-Z0-9]{{1,20}}|[CGD]{_ID}")
USER_ID = re.compile(rf"@[UW][A-Z0-9]{{1,20}}|[UW]{_ID}")
NEARLY_TIME = re.compile(r"([01]?\d|2[0-3])[.,]?([0-5]\d)?", re.ASCII)

NO_FILTER = "all"
# What is stored can be typed again, with a rule, a zone and a channel around it: see `spelling.LONGEST_TEXT`.
LONGEST_QUERY = 1000


@dataclass(frozen=True, slots=True)
class ParsedDigest:
    """What a text names of a digest; what it leaves open is None. `fields` are those of a `Query` that it gives."""

    rule: Rule | None
    channel: str | None
    fields: Mapping[str, object]
    tz: ZoneInfo | None
    lang: str | None

    def query(self, rule: Rule) -> Query:
        """The question of a new digest with that rule."""
        return replace(Query(period=default_period(rule)), **self.fields)  # type: ignore[arg-type]


def read_digest(
    text: str, at: datetime, tz: ZoneInfo, also: Mapping[str, str], base: Rule | None = None
) -> ParsedDigest:
    """Reads rule, channel and query in any order. `tz` is the zone that holds where the text names none; `base` is the
    rule that is changed, where one is, and gives what the text leaves open of it.

    Raises Problem for what it does not understand, and for what no digest can have: a period that stands still, people.
    """
    channel, rest = _take_channel(words(text))
    rule, query = take_rule(rest, at.astimezone(tz).date(), base)
    fields = _given(" ".join(query), also, bool(base))
    chosen = zone(str(fields.pop("tz"))) if "tz" in fields else None
    lang = fields.pop("lang", None)
    if chosen:  # Where another day has begun there, `from` may be another week.
        rule, _ = take_rule(rest, at.astimezone(chosen).date(), base)
    check_fields(fields)
    return ParsedDigest(rule, channel, fields, chosen, str(lang) if lang else None)


def edited(digest: Digest, asked: ParsedDigest, at: datetime) -> Digest:
    """A digest with what a text names in place of what it had; a default period goes with the rule.

    `org=all` is a filter like others; `playbook=all` and `service_user=all` take theirs away.
    """
    rule, query = asked.rule or digest.rule, digest.query
    changes = dict(asked.fields)
    if query.period == default_period(digest.rule):
        changes.setdefault("period", default_period(rule))
    for name in {"service_users", "playbook"} & changes.keys():
        if str(changes[name]).casefold() in {NO_FILTER, str((NO_FILTER,))}:
            changes[name] = getattr(Query(), name)
    changed = replace(
        digest,
        rule=rule,
        tz=asked.tz or digest.tz,
        lang=asked.lang or digest.lang,
        query=replace(query, **changes),  # type: ignore[arg-type]
    )
    return changed if changed == digest else replace(changed, since=at)


def check_fields(fields: Mapping[str, object]) -> None:
    """Refuses what a digest cannot ask: one post after the other would say the same, or show single people."""
    period = fields.get("period")
    if isinstance(period, Period) and stands_still(period):
        raise Problem("digest-period-fixed", period=str(period))
    if fields.get("users"):
        raise Problem("digest-of-people")
    if fields.get("share"):
        raise Problem("digest-is-shared")
    if fields.get("of"):
        raise Problem("digest-of-a-post")


def check_length(query: Query, longest: int) -> None:
    """Refuses a question that could not be read again."""
    if len(str(query)) > longest:
        raise Problem("digest-query-too-long", length=len(str(query)), longest=longest)


def stands_still(period: Period) -> bool:
    """Whether a period is the same whenever it is asked."""
    return isinstance(period, Calendar | Days) or (isinstance(period, Since) and isinstance(period.day, date))


def person(text: str) -> str | None:
    """The Slack id that a text consists of, if it does. Raises Problem for a name: names are not looked up."""
    if not text:
        return None
    if not USER_ID.fullmatch(text):
        raise Problem("person-by-name", name=text)
    return text.removeprefix("@")


def channel_alone(text: str) -> str:
    """The channel that a text consists of. Raises Problem where it is something else, or nothing."""
    channel, rest = _take_channel(words(text))
    if channel is None or rest:
        raise Problem("which-channel", text=" ".join(rest))
    return channel


def _take_channel(typed: list[str]) -> tuple[str | None, list[str]]:
    """The channel among some words, and the others. It is an id, as Slack makes one of what its own list offers."""
    named: dict[str, None] = {}
    rest: list[str] = []
    for word in typed:
        parts = [word] if "=" in word else word.strip(",;").split(",")  # `9:00, #reports` is one word.
        named |= {part.removeprefix("#"): None for part in parts if CHANNEL_ID.fullmatch(part)}
        rest += [others] if (others := ",".join(part for part in parts if not CHANNEL_ID.fullmatch(part))) else []
    if by_name := next((word for word in rest if word.startswith("#")), None):
        raise Problem("channel-by-name", name=by_name)
    if len(named) > 1:
        raise Problem("two-channels", channels=tuple(named))
    return next(iter(named), None), rest


def _given(text: str, also: Mapping[str, str], has_rule: bool) -> dict[str, object]:
    """As `parse_fields`; for an unknown word it suggests that word mended, since a digest's default is no query's.

    Where a digest has its rule already, a bare number may be meant for its time.
    """
    try:
        return parse_fields(text, also)
    except Problem as problem:
        if problem.key != "unknown-word":
            raise
        word = str(problem.data["word"])
        meant = {phrase: phrase for phrase in KNOWN_PHRASES}
        meant |= {name: text for name, text in also.items() if name != text}
        place = next((part for part in word.split() if "/" in part and known_zone(part)), None)
        near = nearest(word, meant)
        mended = f"tz={zone(place).key}" if place else meant[near] if near else _time(word) if has_rule else None
        raise Problem("digest-unknown-word", word=place or word, nearest=mended) from None


def _time(word: str) -> str | None:
    """The time that a number was nearly: `9:00` for 9, `9:30` for 9.30."""
    found = NEARLY_TIME.fullmatch(word)
    return f"{found[1]}:{found[2] or '00'}" if found else None
