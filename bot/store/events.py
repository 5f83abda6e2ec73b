"""Stores which of Slack's events were taken, so that each is answered once."""

from datetime import datetime

from sqlalchemy import Column, String, Table, delete
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import Instant, Store, metadata

events = Table(
    "events",
    metadata,
    Column("team_id", String, primary_key=True),
    Column("event_id", String, primary_key=True),
    Column("at", Instant, nullable=False),
)


async def claim_event(store: Store, team: str, event_id: str, at: datetime) -> bool:
    """Whether an event is new: of all replicas, and of all repeats of it, one gets True."""
    row = {"team_id": team, "event_id": event_id, "at": at}
    statement = store.insert_once(events, row, key=("team_id", "event_id")).returning(events.c.event_id)
    async with store.writing() as connection:
        return (await connection.execute(statement)).one_or_none() is not None


async def delete_old_events(connection: AsyncConnection, teams: tuple[str, ...], before: datetime) -> None:
    """Deletes what was taken before a moment."""
    await connection.execute(delete(events).where(events.c.team_id.in_(teams), events.c.at < before))
