"""When the playground's digests are due next, so that its clock can stop there."""

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import Store
from bot.store.deliveries import CLAIMED, UNDER_WAY, deliveries
from bot.store.digests import digests

SOON = timedelta(seconds=10)  # A slot of a rate limit comes this soon; a retry waits longer.


async def next_send(store: Store, team: str) -> datetime | None:
    """The moment at which a digest of the workspace is due next; None where no digest is running."""
    async with store.reading() as connection:
        return await _next_send(connection, team)


async def is_sending(store: Store, team: str, at: datetime) -> bool:
    """Whether a digest is due at a moment, or a delivery is claimed or about to be retried."""
    again = and_(deliveries.c.state == "waiting", deliveries.c.run_at <= at + SOON)
    under_way = deliveries.c.team_id == team, UNDER_WAY, or_(deliveries.c.state.in_(("due", *CLAIMED)), again)
    async with store.reading() as connection:  # Both in one, since planning makes a delivery of what is due.
        due = await _next_send(connection, team)
        busy = await connection.scalar(select(deliveries.c.id).where(*under_way).limit(1))
    return busy is not None or (due is not None and due <= at)


async def _next_send(connection: AsyncConnection, team: str) -> datetime | None:
    running = digests.c.team_id == team, digests.c.removed.is_(False), digests.c.paused.is_(None)
    due = select(digests.c.next_due).where(*running).order_by(digests.c.next_due).limit(1)
    found: datetime | None = await connection.scalar(due)
    return found
