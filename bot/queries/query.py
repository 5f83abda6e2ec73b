"""The query language: parses a text into a `Query` and prints a `Query` as text."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from bot.periods.period import WEEKDAYS, Last, Period, Versus
from bot.problems import Problem
from bot.queries.languages import CODES, Code
from bot.queries.phrases import LONGEST_PHRASE, read_period
from bot.queries.spelling import fold, items, nearest, normalise, quote, words
from bot.queries.zones import zone

Breakdown = Literal["day", "week", "month", "org", "origin", "size"]

DEFAULT_PERIOD = Last(7, "day")
MOST_GROUPS = 100
DELIVERY_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it was typed, relative to the asker: `parse(str(query)) == query`.

    `of` is the id of a digest's delivery, whose stored readings answer the query.
    """

    period: Period = DEFAULT_PERIOD
    orgs: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    service_users: tuple[str, ...] = ()
    playbook: str | None = None
    vs: Versus = "previous"
    by: Breakdown | None = None
    top: int | None = None
    tz: str | None = None
    lang: Code | None = None
    of: str | None = None
    share: bool = False

    def __str__(self) -> str:
        default = Query()
        typed = [str(self.period)]
        for name, key in QUERY_KEYS.items():
            value = getattr(self, key.field)
            if value != getattr(default, key.field):
                listed = value if isinstance(value, tuple) else (str(value),)
                typed.append(f"{name}={','.join(map(quote, listed))}")
        return " ".join([*typed, *(["share"] if self.share else [])])


@dataclass(frozen=True, slots=True)
class Key:
    """The word before an equals sign: its field of `Query`, whether it takes a list, and which values."""

    field: str
    many: bool = False
    choices: tuple[str, ...] = ()
    read: Callable[[str], object] = str
    example: str = ""


def _read_top(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= MOST_GROUPS:
        raise Problem("bad-top", value=value, most=MOST_GROUPS)
    return int(value)


def _read_delivery(value: str) -> str:
    if not DELIVERY_ID.fullmatch(value):
        raise Problem("unknown-delivery", id=value)
    return value


QUERY_KEYS: Mapping[str, Key] = {
    "org": Key("orgs", many=True, example="org=payments,search"),
    "user": Key("users", many=True, example="user=me"),
    "service_user": Key("service_users", many=True, example="service_user=ci"),
    "playbook": Key("playbook", example="playbook=upgrade"),
    "vs": Key("vs", choices=get_args(Versus), example="vs=year"),
    "by": Key("by", choices=get_args(Breakdown), example="by=week"),
    "top": Key("top", read=_read_top, example="top=5"),
    "tz": Key("tz", read=lambda value: zone(value).key, example="tz=Asia/Tokyo"),
    "lang": Key("lang", choices=CODES, example="lang=ja"),
    "of": Key("of", read=_read_delivery, example="of=17dbab3b32435d51bf1b3853f20476cc"),
}
SHARE = "share"

# The phrases that a misspelt word is compared with, and those that an incomplete one stands for.
KNOWN_PHRASES = ["today", "yesterday", "wtd", "mtd", "qtd", "ytd", SHARE]
KNOWN_PHRASES += [f"{which} {unit}" for which in ("last", "this") for unit in ("week", "month", "quarter", "year")]
SHORT_FOR = {unit: f"this {unit}" for unit in ("week", "month", "quarter", "year")}
SHORT_FOR |= {day: f"since {day}" for day in WEEKDAYS}
SHORT_FOR |= {"last": "last 7d", "past": "last 7d", "days": "last 7d", "this": "this week", "since": "since monday"}


@dataclass
class _Draft:
    """A query while its words are read; `unknown` are runs of neighbouring words that are not understood."""

    period: Period | None = None
    fields: dict[str, object] = field(default_factory=dict)
    unknown: list[list[str]] = field(default_factory=list)


def parse(text: str, corrections: Mapping[str, str] | None = None) -> Query:
    """The query of a text as it was typed: see `parse_normalised`."""
    return parse_normalised(normalise(text), corrections)


def parse_normalised(text: str, corrections: Mapping[str, str] | None = None) -> Query:
    """The query of a normalised text. Words come in any order, keys in any case; empty text is `last 7d`.

    `corrections` map words of no query that people type (an organization's name) to what they probably meant; a command
    is mapped to itself. Raises Problem for a word that is not understood; none is ignored.
    """
    return replace(Query(), **parse_fields(text, corrections))  # type: ignore[arg-type]


def parse_fields(text: str, corrections: Mapping[str, str] | None = None) -> dict[str, object]:
    """The fields of `Query` that a normalised text sets, by name. Raises Problem as `parse_normalised` does."""
    typed, corrections = words(text), corrections or {}
    draft = _read_words(typed)
    if draft.unknown:
        run = " ".join(draft.unknown[0])
        if corrections.get(fold(run)) == fold(run):
            raise Problem("command-comes-first", command=fold(run))
        unread = [word for words_ in draft.unknown for word in words_]
        raise Problem("unknown-word", word=run, nearest=_suggestion(typed, unread, corrections))
    return _fields(draft)


def _fields(draft: _Draft) -> dict[str, object]:
    return {**({"period": draft.period} if draft.period else {}), **draft.fields}


def _read_words(typed: list[str]) -> _Draft:
    draft, plain = _Draft(), list[str]()
    for word in typed:
        name, equals, value = word.partition("=")
        if equals and not word.startswith('"'):
            _read_phrases(plain, draft)
            plain = []
            _read_key(name, value, draft)
        else:
            plain.extend([bare] if (bare := word.strip(",;")) else [])
    _read_phrases(plain, draft)
    return draft


def _read_phrases(plain: list[str], draft: _Draft) -> None:
    """Reads the periods and `share` in neighbouring words, the longest phrase first."""
    start, after_unknown = 0, False
    while start < len(plain):
        length = _read_phrase(plain[start:], draft)
        if not length:
            if after_unknown:
                draft.unknown[-1].append(plain[start])
            else:
                draft.unknown.append([plain[start]])
        after_unknown = not length
        start += length or 1


def _read_phrase(plain: list[str], draft: _Draft) -> int:
    """Reads the phrase that the words begin with; returns its number of words, 0 if there is none."""
    for length in range(min(LONGEST_PHRASE, len(plain)), 0, -1):
        period = read_period(" ".join(plain[:length]))
        if period is not None:
            _set_period(period, draft)
            return length
    if fold(plain[0]) == SHARE:
        draft.fields[SHARE] = True
        return 1
    return 0


def _set_period(period: Period, draft: _Draft) -> None:
    if draft.period not in {None, period}:
        raise Problem("two-periods", first=str(draft.period), second=str(period))
    draft.period = period


def _read_key(typed: str, value: str, draft: _Draft) -> None:
    name = typed.casefold().replace("-", "_")
    key = QUERY_KEYS.get(name)
    if key is None:
        raise Problem("unknown-key", key=typed, nearest=nearest(name, QUERY_KEYS), keys=tuple(QUERY_KEYS))
    values = [key.read(_choice(name, key, item)) for item in items(value) if item]
    if not values:
        raise Problem("no-value", key=name, example=key.example)
    if key.many:
        before = draft.fields.get(key.field, ())
        assert isinstance(before, tuple)
        draft.fields[key.field] = tuple(dict.fromkeys([*before, *values]))
    elif len(values) > 1 or draft.fields.get(key.field, values[0]) != values[0]:
        raise Problem("two-values", key=name, first=draft.fields.get(key.field, values[0]), second=values[-1])
    else:
        draft.fields[key.field] = values[0]


def _choice(name: str, key: Key, value: str) -> str:
    if not key.choices:
        return value
    if value.casefold() not in key.choices:
        raise Problem("not-a-choice", key=name, value=value, choices=key.choices)
    return value.casefold()


def _suggestion(typed: list[str], unknown: list[str], corrections: Mapping[str, str]) -> str | None:
    """The whole text with its unknown words replaced by the nearest known ones, if that is a query."""
    known = {**dict.fromkeys(KNOWN_PHRASES), **SHORT_FOR, **corrections}
    near = {word: found for word in unknown if (found := nearest(word, known))}
    if not near:
        return None
    long = {word: known[found] or found for word, found in near.items()}
    for replacements in (near, long):
        query = _query_or_none(" ".join(replacements.get(word, word) for word in typed))
        if query:
            return str(query)
    return long.get(typed[0]) if len(typed) == 1 else None


def _query_or_none(text: str) -> Query | None:
    try:
        draft = _read_words(words(text))
    except Problem:
        return None
    return None if draft.unknown else replace(Query(), **_fields(draft))  # type: ignore[arg-type]
