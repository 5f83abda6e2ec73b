"""Counts the deliveries of a workspace by outcome."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.schedules.delivery import REASONS, DeliveryCounts
from bot.store.deliveries import CLAIMED, UNCLAIMED, deliveries


async def delivery_counts(connection: AsyncConnection, team: str, since: datetime, late: timedelta) -> DeliveryCounts:
    """What became of all that was due since a moment; a post is `late` from that length on.

    Reasons do not count: they only add to the thread of a report that was sent.
    """
    columns = deliveries.c.state, deliveries.c.reason, deliveries.c.due, deliveries.c.at
    due = select(*columns).where(deliveries.c.team_id == team, deliveries.c.due >= since)
    due = due.where(~deliveries.c.occurrence.startswith(REASONS))
    rows = (await connection.execute(due)).all()
    sent = [row for row in rows if row.state == "sent"]
    waiting = [row.due for row in rows if row.state in {*UNCLAIMED, *CLAIMED}]
    return DeliveryCounts(
        sent=len(sent),
        late=sum(row.at - row.due >= late for row in sent if row.reason is None),
        not_sent=sum(row.state == "failed" or (row.state, row.reason) == ("missed", "too-late") for row in rows),
        unclear=sum(row.state == "uncertain" for row in rows),
        waiting=len(waiting),
        oldest=min(waiting, default=None),
    )
