"""Stores deliveries: one row for each occurrence, claimed by one process at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    Row,
    String,
    Table,
    TextClause,
    and_,
    case,
    delete,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.schedules.delivery import Delivery, DeliveryState
from bot.store import Instant, Store, metadata

# Of many rows, few are under way; their index is used by a query that says so in the same words.
UNDER_WAY = text("state IN ('due', 'waiting', 'claimed', 'posting')")

deliveries = Table(
    "deliveries",
    metadata,
    Column("team_id", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("digest_id", Integer, nullable=False),
    Column("occurrence", String, nullable=False),
    Column("due", Instant, nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("channel", String, nullable=False),
    Column("state", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("run_at", Instant, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("unclear", Boolean, nullable=False),
    Column("reason", String),
    Column("ts", String),
    Column("thread", String),
    Column("follows", String),
    Column("lease_until", Instant),
    Index("uq_deliveries_occurrence", "team_id", "digest_id", "occurrence", unique=True),
    Index("ix_deliveries_due", "team_id", "due"),
    Index("ix_deliveries_under_way", "team_id", "run_at", sqlite_where=UNDER_WAY, postgresql_where=UNDER_WAY),
)
_KEY = deliveries.c.team_id, deliveries.c.id
CLAIMED: tuple[DeliveryState, ...] = ("claimed", "posting")
UNCLAIMED: tuple[DeliveryState, ...] = ("due", "waiting")


class DeliveryKey(NamedTuple):
    """What names a delivery: its id may be that of another one in another workspace."""

    team: str
    id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this process has claimed, until the lease ends. The `attempt` tells it from later claims."""

    team: str
    delivery: Delivery
    lease_until: datetime


async def insert_delivery(connection: AsyncConnection, store: Store, team: str, delivery: Delivery) -> bool:
    """Adds a row, unless that occurrence has one. Whether it did."""
    row = {**_delivery_columns(delivery), "team_id": team}
    statement = store.insert_once(deliveries, row, key=("team_id", "digest_id", "occurrence"))
    # Not `rowcount`, which some drivers leave at -1, and that is true.
    return (await connection.execute(statement.returning(deliveries.c.id))).one_or_none() is not None


async def claim_delivery(store: Store, team: str, delivery_id: str, at: datetime, lease: timedelta) -> Claim | None:
    """Claims a delivery that is due, or whose claim's lease has ended. None where it cannot be claimed now.

    One that was claimed and `posting` may have been posted: it is unclear then.
    """
    free = or_(
        and_(deliveries.c.state.in_(UNCLAIMED), deliveries.c.run_at <= at),
        and_(deliveries.c.state.in_(CLAIMED), deliveries.c.lease_until < at),
    )
    taken = {
        "state": "claimed",
        "at": at,
        "attempt": deliveries.c.attempt + 1,
        "unclear": case((deliveries.c.state == "posting", True), else_=deliveries.c.unclear),
        "lease_until": at + lease,
    }
    mine = deliveries.c.team_id == team, deliveries.c.id == delivery_id
    statement = update(deliveries).where(*mine, free).values(taken).returning(deliveries)
    async with store.writing() as connection:
        row = (await connection.execute(statement)).one_or_none()
    return Claim(team, delivery_of(row), row.lease_until) if row else None


async def change_state(
    connection: AsyncConnection, claim: Claim, state: DeliveryState, at: datetime, **values: object
) -> Delivery | None:
    """Changes the state of a claimed delivery, and other columns. None where another process has claimed it since."""
    still = *_is_claim(claim), deliveries.c.state.in_(CLAIMED)
    statement = update(deliveries).where(*still).values(state=state, at=at, **values).returning(deliveries)
    row = (await connection.execute(statement)).one_or_none()
    return delivery_of(row) if row else None


async def release(connection: AsyncConnection, claim: Claim, at: datetime) -> bool:
    """Releases a claim whose post has not begun, so that others can claim it. Whether the claim was still valid."""
    still = *_is_claim(claim), deliveries.c.state == "claimed"
    due = {"state": "due", "at": at, "run_at": at}
    back = update(deliveries).where(*still).values(due).returning(deliveries.c.id)
    return (await connection.execute(back)).one_or_none() is not None


async def claimable(store: Store, teams: tuple[str, ...], at: datetime, most: int) -> Sequence[DeliveryKey]:
    """The deliveries of some workspaces that can be claimed, the longest waiting first."""
    statement = select(*_KEY).where(*_is_claimable(teams, at), deliveries.c.run_at <= at)
    async with store.reading() as connection:
        rows = await connection.execute(statement.order_by(deliveries.c.run_at).limit(most))
        return [DeliveryKey(*row) for row in rows]


async def stranded_deliveries(
    connection: AsyncConnection, teams: tuple[str, ...], at: datetime, stranded_after: timedelta
) -> Sequence[DeliveryKey]:
    """Overdue deliveries that no process has claimed. None is returned again before `stranded_after`."""
    statement = update(deliveries).where(*_is_claimable(teams, at), deliveries.c.run_at < at - stranded_after)
    rows = await connection.execute(statement.values(run_at=at).returning(*_KEY))
    return [DeliveryKey(*row) for row in rows]


async def find_delivery(connection: AsyncConnection, team: str, delivery_id: str) -> Delivery | None:
    """One delivery."""
    found = select(deliveries).where(deliveries.c.team_id == team, deliveries.c.id == delivery_id)
    row = (await connection.execute(found)).one_or_none()
    return delivery_of(row) if row else None


async def last_deliveries(connection: AsyncConnection, team: str, digest_id: int, count: int) -> list[Delivery]:
    """The last deliveries of a digest, the newest first."""
    theirs = select(deliveries).where(deliveries.c.team_id == team, deliveries.c.digest_id == digest_id)
    newest = theirs.order_by(deliveries.c.due.desc(), deliveries.c.at.desc()).limit(count)
    return [delivery_of(row) for row in await connection.execute(newest)]


async def settle_uncertain(
    connection: AsyncConnection, team: str, delivery_id: str, values: dict[str, object]
) -> Delivery | None:
    """Changes an uncertain delivery; None where it is not uncertain."""
    mine = (deliveries.c.team_id == team, deliveries.c.id == delivery_id, deliveries.c.state == "uncertain")
    row = (await connection.execute(update(deliveries).where(*mine).values(values).returning(deliveries))).one_or_none()
    return delivery_of(row) if row else None


async def delete_old_deliveries(connection: AsyncConnection, teams: tuple[str, ...], before: datetime) -> None:
    """Deletes what is older than a moment."""
    await connection.execute(delete(deliveries).where(deliveries.c.team_id.in_(teams), deliveries.c.due < before))


def delivery_of(row: Row[Any]) -> Delivery:
    """A stored delivery as a value."""
    return Delivery(
        id=row.id,
        digest=row.digest_id,
        occurrence=row.occurrence,
        due=row.due,
        planned_at=row.planned_at,
        channel=row.channel,
        state=row.state,
        at=row.at,
        run_at=row.run_at,
        attempt=row.attempt,
        unclear=row.unclear,
        reason=row.reason,
        ts=row.ts,
        thread=row.thread,
        follows=row.follows,
    )


def _is_claimable(teams: tuple[str, ...], at: datetime) -> tuple[ColumnElement[bool], TextClause, ColumnElement[bool]]:
    """It has no claim, or the claim's lease has ended. What is claimed had reached its `run_at` before: a query
    that asks that of unclaimed rows alone could use no index.
    """
    return (
        deliveries.c.team_id.in_(teams),
        UNDER_WAY,
        or_(deliveries.c.state.in_(UNCLAIMED), deliveries.c.lease_until < at),
    )


def _is_claim(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    mine = deliveries.c.team_id == claim.team, deliveries.c.id == claim.delivery.id
    return *mine, deliveries.c.attempt == claim.delivery.attempt


def _delivery_columns(delivery: Delivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "digest_id": delivery.digest,
        "occurrence": delivery.occurrence,
        "due": delivery.due,
        "planned_at": delivery.planned_at,
        "channel": delivery.channel,
        "state": delivery.state,
        "at": delivery.at,
        "run_at": delivery.run_at,
        "attempt": delivery.attempt,
        "unclear": delivery.unclear,
        "reason": delivery.reason,
        "ts": delivery.ts,
        "thread": delivery.thread,
        "follows": delivery.follows,
    }
