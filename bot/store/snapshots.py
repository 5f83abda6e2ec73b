"""What deliveries were made of, so that their numbers can be looked at, and restated, long after."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.devin import Cell, Reading
from bot.store import Instant, Store, metadata
from bot.store.deliveries import deliveries

snapshots = Table(
    "snapshots",
    metadata,
    Column("delivery_id", String, primary_key=True),
    Column("team_id", String, nullable=False),
    Column("digest_id", Integer, nullable=False),
    Column("query", String, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("readings", LargeBinary, nullable=False),
    Index("ix_snapshots_digest", "team_id", "digest_id", "made_at"),
)
READINGS = TypeAdapter(list[Reading])
MOST_LOOKED_AT = 40  # A digest's last snapshots: a daily one may compare with four weeks ago.


async def keep_snapshot(
    connection: AsyncConnection, store: Store, row: Mapping[str, object], readings: Mapping[Cell, Reading]
) -> None:
    """Keeps the readings of a delivery, in place of those of an earlier try."""
    values = {**row, "readings": READINGS.dump_json(list(readings.values()))}
    await connection.execute(store.upsert(snapshots, values, changing=("query", "made_at", "readings")))


async def snapshot(store: Store, team: str, delivery_id: str) -> dict[Cell, Reading]:
    """The readings that a delivery was made of; empty where none were kept."""
    found = select(snapshots.c.readings).where(snapshots.c.team_id == team, snapshots.c.delivery_id == delivery_id)
    async with store.reading() as connection:
        kept = await connection.scalar(found)
    return {reading.cell: reading for reading in READINGS.validate_json(kept)} if kept else {}


async def sent_of(store: Store, team: str, digest_id: int, cell: Cell) -> tuple[str, Reading] | None:
    """The delivery that a digest last sent about a cell, and the reading of it then."""
    sent = select(deliveries.c.id).where(deliveries.c.digest_id == digest_id, deliveries.c.state == "sent")
    kept = select(snapshots.c.delivery_id, snapshots.c.readings).where(
        snapshots.c.team_id == team, snapshots.c.digest_id == digest_id, snapshots.c.delivery_id.in_(sent)
    )
    async with store.reading() as connection:
        rows = (await connection.execute(kept.order_by(snapshots.c.made_at.desc()).limit(MOST_LOOKED_AT))).all()
    for row in rows:
        main, *_ = READINGS.validate_json(row.readings)
        if main.cell == cell:
            return row.delivery_id, main
    return None


async def forget_snapshots(connection: AsyncConnection, team: str, before: datetime) -> None:
    """Deletes what is older than a moment."""
    await connection.execute(delete(snapshots).where(snapshots.c.team_id == team, snapshots.c.made_at < before))
