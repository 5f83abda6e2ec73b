"""Defines a digest and its deliveries."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from bot.devin import Cell, Reading
from bot.queries.query import Query
from bot.schedules.schedule import Occurrence, Rule, asked_at

# `posting` is written just before the request to Slack; after a crash the post may or may not have been made.
DeliveryState = Literal["due", "claimed", "posting", "sent", "waiting", "failed", "uncertain", "missed"]
FINAL_STATES: tuple[DeliveryState, ...] = ("sent", "failed", "uncertain", "missed")

BY_HAND = "by-hand"
AGAIN = "again"  # The reason of a delivery that its steward has posted again.


@dataclass(frozen=True, slots=True)
class Digest:
    """A question on a schedule, and the channel that gets the answer.

    `query` is relative and names neither zone nor language: `tz` rules sends and windows alike. Occurrences after
    `since` are its own. `secret` makes the ids of its deliveries; `version` counts its changes; `paused` says why it is
    (BY_HAND, or the key of a Problem), None that it is not. `id` is 0 until it is stored.
    """

    rule: Rule
    tz: ZoneInfo
    query: Query
    channel: str
    lang: str
    since: datetime
    steward: str | None = None
    steward_name: str | None = None
    paused: str | None = None
    id: int = 0
    version: int = 1
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One occurrence of a digest, and the state of sending it.

    `occurrence` is its local date, `manual-…` for a manual send, or the key of another delivery behind `restated-` or
    `reasons-`, which stand in that one's thread.

    `planned_at` is when a planner first saw that it was due, which may be long after. `unclear` is a post that may be
    there: the channel is looked through before it is repeated. `thread` is the `ts` of the message that it answers;
    `follows` is the delivery that must have ended before. `reason` is the key of what went wrong last, `at` when this
    state began.
    """

    id: str
    digest: int
    occurrence: str
    due: datetime
    planned_at: datetime
    channel: str
    state: DeliveryState
    at: datetime
    run_at: datetime
    attempt: int = 0
    unclear: bool = False
    reason: str | None = None
    ts: str | None = None
    thread: str | None = None
    follows: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A delivery, and the readings that it was made of."""

    delivery: Delivery
    readings: Mapping[Cell, Reading]


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """What became of the deliveries of some days: `late` are among those `sent`, `not_sent` failed or were missed.

    `oldest` is since when one waits.
    """

    sent: int = 0
    late: int = 0
    not_sent: int = 0
    unclear: int = 0
    waiting: int = 0
    oldest: datetime | None = None


def delivery_id(digest: Digest, occurrence: str) -> str:
    """The id of an occurrence: opaque to readers of the channel, and the same again after a restored backup."""
    return uuid.uuid5(uuid.UUID(digest.secret), occurrence).hex


def new_secret() -> str:
    """What makes the ids of a new digest's deliveries differ from all others'."""
    return uuid.uuid4().hex


MANUAL, RESTATED, REASONS = "manual-", "restated-", "reasons-"


def manual_key() -> str:
    """The key of a send by hand: each is its own."""
    return f"{MANUAL}{uuid.uuid4().hex[:8]}"


def is_manual(delivery: Delivery) -> bool:
    """Whether it, or the delivery whose reasons it gives, was asked for by hand; a paused digest sends it, too."""
    return delivery.occurrence.removeprefix(REASONS).startswith(MANUAL)


def report_moment(delivery: Delivery, tz: ZoneInfo) -> datetime:
    """The moment that the report of a delivery is about: when it was due, however late it was sent."""
    if is_manual(delivery):
        return delivery.due
    return asked_at(date.fromisoformat(delivery.occurrence), delivery.due, tz)


def restates(delivery: Delivery) -> str | None:
    """The occurrence whose numbers it restates, where it does."""
    return delivery.occurrence.removeprefix(RESTATED) if delivery.occurrence.startswith(RESTATED) else None


def gives_reasons(delivery: Delivery) -> bool:
    """Whether it says why the figures changed that stand above it in the thread."""
    return delivery.occurrence.startswith(REASONS)


def new_delivery(digest: Digest, occurrence: str, due: datetime, at: datetime) -> Delivery:
    """A delivery of a digest at its beginning."""
    return Delivery(delivery_id(digest, occurrence), digest.id, occurrence, due, at, digest.channel, "due", at, at)


def occurrence_key(occurrence: Occurrence) -> str:
    """The key of an occurrence: the local date of its wall time, never an instant."""
    return occurrence.day.isoformat()
