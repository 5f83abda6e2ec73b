"""Stores the readings that each delivery was made of."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, and_, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.devin import Cell, Reading
from bot.store import Instant, Store, metadata
from bot.store.cell_key import cell_key
from bot.store.deliveries import deliveries

snapshots = Table(
    "snapshots",
    metadata,
    Column("team_id", String, primary_key=True),
    Column("delivery_id", String, primary_key=True),
    Column("digest_id", Integer, nullable=False),
    Column("query", String, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("cell", String, nullable=False),  # The key of the first reading's, which is the whole.
    Column("readings", LargeBinary, nullable=False),
    Index("ix_snapshots_cell", "team_id", "digest_id", "cell", "made_at"),
)
READINGS = TypeAdapter(list[Reading])


async def store_snapshot(
    connection: AsyncConnection, store: Store, row: Mapping[str, object], readings: Mapping[Cell, Reading]
) -> None:
    """Stores the readings of a delivery, in place of those of an earlier try."""
    whole, *_ = readings
    values = {**row, "cell": cell_key(whole), "readings": READINGS.dump_json(list(readings.values()))}
    await connection.execute(store.upsert(snapshots, values, changing=("query", "made_at", "cell", "readings")))


async def find_snapshot(store: Store, team: str, delivery_id: str) -> dict[Cell, Reading]:
    """The readings that a delivery was made of; empty where none were kept."""
    found = select(snapshots.c.readings).where(snapshots.c.team_id == team, snapshots.c.delivery_id == delivery_id)
    async with store.reading() as connection:
        stored = await connection.scalar(found)
    return {reading.cell: reading for reading in READINGS.validate_json(stored)} if stored else {}


async def last_sent(store: Store, team: str, digest_id: int, cell: Cell) -> tuple[str, Reading] | None:
    """The delivery that a digest last sent about a cell, and the reading of it then."""
    its_delivery = and_(deliveries.c.team_id == snapshots.c.team_id, deliveries.c.id == snapshots.c.delivery_id)
    about = snapshots.c.team_id == team, snapshots.c.digest_id == digest_id, snapshots.c.cell == cell_key(cell)
    sent = select(snapshots.c.delivery_id, snapshots.c.readings).join(deliveries, its_delivery)
    newest = sent.where(*about, deliveries.c.state == "sent").order_by(snapshots.c.made_at.desc()).limit(1)
    async with store.reading() as connection:
        row = (await connection.execute(newest)).one_or_none()
    return (row.delivery_id, READINGS.validate_json(row.readings)[0]) if row else None


async def delete_old_snapshots(connection: AsyncConnection, teams: tuple[str, ...], before: datetime) -> None:
    """Deletes what is older than a moment."""
    await connection.execute(delete(snapshots).where(snapshots.c.team_id.in_(teams), snapshots.c.made_at < before))
