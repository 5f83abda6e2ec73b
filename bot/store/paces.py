"""Turns that all replicas take one after the other: a channel's next post, the workspace's, the next nightly round."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, Float, String, Table, case, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import Store, metadata

# Seconds since 1970, in which both databases can reckon.
paces = Table(
    "paces",
    metadata,
    Column("team_id", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("free_at", Float, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that all replicas take turns at: one a gap, and none that is further away than `within`."""

    name: str
    gap: timedelta
    within: timedelta


async def reserve(connection: AsyncConnection, store: Store, team: str, turn: Turn, at: datetime) -> datetime | None:
    """The next free moment of a turn, reserved. None, and nothing is taken, where it is too far away."""
    now, length = at.timestamp(), turn.gap.total_seconds()
    statement = store.insert(paces).values(team_id=team, name=turn.name, free_at=now + length)
    later = case((paces.c.free_at > now, paces.c.free_at), else_=literal(now)) + length
    statement = statement.on_conflict_do_update(
        index_elements=list(paces.primary_key),
        set_={"free_at": later},
        where=paces.c.free_at <= now + turn.within.total_seconds(),
    )
    free_at = await connection.scalar(statement.returning(paces.c.free_at))
    return datetime.fromtimestamp(free_at - length, UTC) if free_at is not None else None


async def free_at(store: Store, team: str, name: str) -> datetime:
    """When a turn is free; it is not taken by asking."""
    async with store.reading() as connection:
        free = await connection.scalar(select(paces.c.free_at).where(paces.c.team_id == team, paces.c.name == name))
    return datetime.fromtimestamp(free or 0, UTC)


async def hold(store: Store, team: str, name: str, until: datetime) -> None:
    """Keeps a turn from being free before a moment."""
    statement = store.insert(paces).values(team_id=team, name=name, free_at=until.timestamp())
    held = case((paces.c.free_at > until.timestamp(), paces.c.free_at), else_=literal(until.timestamp()))
    async with store.writing() as connection:
        await connection.execute(
            statement.on_conflict_do_update(index_elements=list(paces.primary_key), set_={"free_at": held})
        )


async def take_turn(
    connection: AsyncConnection, store: Store, team: str, name: str, times: tuple[datetime, datetime]
) -> bool:
    """Whether a turn is free at the first of two moments, and now taken until the second."""
    at, until = (moment.timestamp() for moment in times)
    statement = store.insert(paces).values(team_id=team, name=name, free_at=until)
    free = statement.on_conflict_do_update(
        index_elements=list(paces.primary_key), set_={"free_at": until}, where=paces.c.free_at <= at
    )
    return (await connection.execute(free.returning(paces.c.name))).one_or_none() is not None
