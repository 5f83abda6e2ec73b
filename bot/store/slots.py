"""The slots of rate limits, which all replicas share."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, Float, String, Table, case, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import Store, metadata

# The table was created as `paces`. `free_at` is in seconds since 1970: both databases can add to a number.
slots = Table(
    "paces",
    metadata,
    Column("team_id", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("free_at", Float, nullable=False),
)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """One slot every `gap`, for all replicas together. No slot is reserved that is further away than `within`."""

    name: str
    gap: timedelta
    within: timedelta


async def reserve_slot(
    connection: AsyncConnection, store: Store, team: str, limit: RateLimit, at: datetime
) -> datetime | None:
    """Reserves the next free slot: its moment. None, with nothing reserved, where it is too far away."""
    now, length = at.timestamp(), limit.gap.total_seconds()
    statement = store.insert(slots).values(team_id=team, name=limit.name, free_at=now + length)
    later = case((slots.c.free_at > now, slots.c.free_at), else_=literal(now)) + length
    statement = statement.on_conflict_do_update(
        index_elements=list(slots.primary_key),
        set_={"free_at": later},
        where=slots.c.free_at <= now + limit.within.total_seconds(),
    )
    free_at = await connection.scalar(statement.returning(slots.c.free_at))
    return datetime.fromtimestamp(free_at - length, UTC) if free_at is not None else None


async def next_slot(store: Store, team: str, name: str) -> datetime:
    """The moment of the next free slot, without reserving it."""
    async with store.reading() as connection:
        free = await connection.scalar(select(slots.c.free_at).where(slots.c.team_id == team, slots.c.name == name))
    return datetime.fromtimestamp(free or 0, UTC)


async def block_slots(store: Store, team: str, name: str, until: datetime) -> None:
    """Leaves no slot free before a moment."""
    statement = store.insert(slots).values(team_id=team, name=name, free_at=until.timestamp())
    later = case((slots.c.free_at > until.timestamp(), slots.c.free_at), else_=literal(until.timestamp()))
    async with store.writing() as connection:
        await connection.execute(
            statement.on_conflict_do_update(index_elements=list(slots.primary_key), set_={"free_at": later})
        )


async def take_slot(
    connection: AsyncConnection, store: Store, team: str, name: str, times: tuple[datetime, datetime]
) -> bool:
    """Whether a slot was free at the first of two moments; it is taken until the second then."""
    at, until = (moment.timestamp() for moment in times)
    statement = store.insert(slots).values(team_id=team, name=name, free_at=until)
    free = statement.on_conflict_do_update(
        index_elements=list(slots.primary_key), set_={"free_at": until}, where=slots.c.free_at <= at
    )
    return (await connection.execute(free.returning(slots.c.name))).one_or_none() is not None
