"""Digests as JSON, and back."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from bot.commands.digest_text import check_fields, check_length
from bot.problems import Problem
from bot.queries.languages import Code
from bot.queries.query import Query, parse_fields
from bot.queries.spelling import LONGEST_TEXT, normalise
from bot.queries.zones import zone
from bot.schedules.delivery import Digest
from bot.schedules.schedule import Rule, read_rule

MOST_FAULTS = 10
FIRST_YEAR = 2023  # Devin's first.
CLOCK_SKEW = timedelta(hours=1)  # By which the clocks of two machines may differ.

Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Entry(BaseModel):
    """A digest as it stands in a file: every field, and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    id: int = Field(ge=1, le=999_999_999)
    rule: Short
    tz: Short
    query: Annotated[str, StringConstraints(max_length=1500)]
    channel: str = Field(pattern=r"^[CGD][A-Z0-9]{1,20}$")
    lang: Code
    steward: Annotated[str, StringConstraints(pattern=r"^[UW][A-Z0-9]{1,20}$")] | None
    steward_name: Short | None
    paused: Short | None
    since: AwareDatetime
    secret: str = Field(pattern=r"^[0-9a-f]{32}$")


@dataclass(frozen=True, slots=True)
class ImportFault:
    """What is wrong with the file, an entry (from 1), or one of its fields: a rule that was broken, or a Problem."""

    rule: str = ""
    entry: int = 0
    field: str = ""
    problem: Problem | None = None


ENTRY = TypeAdapter(Entry)


def exported(digests: Iterable[Digest]) -> list[dict[str, object]]:
    """What JSON holds of digests; with the secret, so that a restored digest knows what it has posted."""
    return [
        {
            "id": digest.id,
            "rule": str(digest.rule),
            "tz": digest.tz.key,
            "query": str(digest.query),
            "channel": digest.channel,
            "lang": digest.lang,
            "steward": digest.steward,
            "steward_name": digest.steward_name,
            "paused": digest.paused,
            "since": digest.since.astimezone(UTC).isoformat(),
            "secret": digest.secret,
        }
        for digest in digests
    ]


def imported(document: object, at: datetime | None = None) -> list[Digest]:
    """The digests of a JSON document; `at` is now, after which none can have begun.

    Raises Problem `digests-not-imported` with what is wrong: all of them are right, or none is taken.
    """
    if not isinstance(document, list):
        raise Problem("digests-not-imported", faults=[ImportFault("Input should be a list")])
    faults: list[ImportFault] = []
    digests = [_digest(entry, number, faults) for number, entry in enumerate(document, start=1)]
    faults += _together(digests, at)
    if faults:
        raise Problem("digests-not-imported", faults=faults[:MOST_FAULTS])
    return [digest for digest in digests if digest]


def _digest(entry: object, number: int, faults: list[ImportFault]) -> Digest | None:
    try:
        read = ENTRY.validate_python(_with_moment(entry))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        faults += [ImportFault(fault["msg"], number, ".".join(map(str, fault["loc"]))) for fault in found]
        return None
    if read.since.year < FIRST_YEAR:
        faults.append(ImportFault("Input should not be before 2023", number, "since"))
        return None
    parts: dict[str, Any] = {}
    for field, take in {"tz": _zone, "rule": _rule, "query": _query}.items():
        try:
            parts[field] = take(read)
        except Problem as problem:
            faults.append(ImportFault(entry=number, field=field, problem=problem))
    return None if len(parts) < 3 else Digest(**{**dict(read), **parts})


def _with_moment(entry: object) -> object:
    """JSON has no moments: a text that is none stays as it is, and is refused as such."""
    if not isinstance(entry, Mapping) or not isinstance(entry.get("since"), str):
        return entry
    try:
        return {**entry, "since": datetime.fromisoformat(entry["since"])}
    except ValueError:
        return entry


def _zone(entry: Entry) -> ZoneInfo:
    return zone(entry.tz)


def _rule(entry: Entry) -> Rule:
    return read_rule(entry.rule, entry.since.date())


def _query(entry: Entry) -> Query:
    fields = parse_fields(normalise(entry.query))
    check_fields(fields)
    if {"tz", "lang"} & fields.keys():
        raise Problem("digest-nothing-more", command="import", text=entry.query)
    query = Query(**fields)  # type: ignore[arg-type]
    check_length(query, LONGEST_TEXT)
    return query


def _together(digests: list[Digest | None], at: datetime | None) -> Iterator[ImportFault]:
    """What no entry shows by itself: an id or a secret that another one has, and a beginning in the future."""
    seen: set[object] = set()
    for number, digest in enumerate(digests, start=1):
        if digest is None:
            continue
        if digest.id in seen:
            yield ImportFault("Another entry has this id", number, "id")
        if digest.secret in seen:
            yield ImportFault("Another entry has this secret", number, "secret")
        if at and digest.since > at + CLOCK_SKEW:
            yield ImportFault("Input should not be in the future", number, "since")
        seen |= {digest.id, digest.secret}
