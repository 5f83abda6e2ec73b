"""Turns occurrences that are due into deliveries, each exactly once, however many planners run."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import structlog
from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.digests.bugs import bugs_as_problems
from bot.digests.catch_up import Policy, choose
from bot.digests.context import DigestContext
from bot.digests.engine import plan_delivery
from bot.problems import Problem
from bot.schedules.delivery import Delivery, Digest, new_delivery, occurrence_key
from bot.schedules.schedule import Occurrence, due
from bot.store.deliveries import stranded
from bot.store.digests import advance, digest_of, due_digests, look_again
from bot.store.paces import Turn, reserve

log = structlog.get_logger(__name__)

LONGEST_QUEUE = timedelta(hours=1)  # What is behind it is looked at without an order.
MOST_AT_ONCE = 25  # Digests in one transaction; the next one follows at once.


@dataclass(frozen=True, slots=True)
class Planner:
    """What planning needs. `pace` is how long one post has the workspace to itself."""

    context: DigestContext
    policy: Policy
    pace: timedelta

    async def plan(self) -> None:
        """Writes a row and a job for all that is due now, and a job for rows that lost theirs."""
        while await self._plan_some() == MOST_AT_ONCE:
            pass
        async with self.context.store.writing() as connection:
            at = self.context.now()
            overdue = await stranded(connection, self.context.team, at, self.context.timing.patience)
            for delivery in await self.context.engine.without_job(connection, overdue):
                log.warning("delivery-stranded", delivery=delivery)
                await self.context.engine.enqueue(connection, delivery, at)

    async def _plan_some(self) -> int:
        at = self.context.now()
        async with self.context.store.writing(alone=True) as connection:
            found = await due_digests(connection, self.context.team, at, MOST_AT_ONCE)
            for row in found:
                # One that cannot be planned does not keep the others, nor is it tried each second.
                if not await self._planned(connection, row, at):
                    await look_again(connection, self.context.team, row.id, at + self.context.timing.patience)
        return len(found)

    async def _planned(self, connection: AsyncConnection, row: Row[Any], at: datetime) -> bool:
        """Whether a digest could be read and planned; where it could not, nothing of it was written."""
        try:
            with bugs_as_problems(ZoneInfoNotFoundError, digest=row.id):
                async with connection.begin_nested():
                    await self._plan(connection, digest_of(row), at)
        except (Problem, ZoneInfoNotFoundError, IntegrityError) as error:
            if isinstance(error, Problem) and error.key == "database-unreachable":
                raise
            log.warning("digest-not-planned", digest=row.id, reason=str(error))
            return False
        return True

    async def _plan(self, connection: AsyncConnection, digest: Digest, at: datetime) -> None:
        occurrences = due(digest.rule, digest.tz, digest.since, at)
        if not occurrences:  # The zone's rules have changed since the next occurrence was reckoned.
            await advance(connection, self.context.team, digest, digest.since)
            return
        for delivery in planned(digest, occurrences, at, self.policy, self.context.timing.skip_after):
            queued = await self._queued(connection, delivery) if delivery.state == "due" else delivery
            await plan_delivery(connection, self.context.store, self.context.team, queued, self.context.engine)
        await advance(connection, self.context.team, digest, occurrences[-1].at)

    async def _queued(self, connection: AsyncConnection, delivery: Delivery) -> Delivery:
        """A delivery that is looked at when its workspace and its channel can have it: many may be due at a moment."""
        context, at = self.context, delivery.run_at
        workspace = Turn("queue", self.pace, LONGEST_QUEUE)
        channel = Turn(f"queue {delivery.channel}", context.timing.channel_gap, LONGEST_QUEUE)
        for turn in (workspace, channel):
            at = await reserve(connection, context.store, context.team, turn, at) or at
        return replace(delivery, run_at=at)


def planned(
    digest: Digest, occurrences: list[Occurrence], at: datetime, policy: Policy, skip_after: timedelta
) -> list[Delivery]:
    """The deliveries of a digest's occurrences that are due: to be sent, to follow in the thread, or missed."""
    first, thread, missed = choose(occurrences, at, policy, skip_after)
    rows = [replace(_delivery(digest, one, at), state="missed", reason="too-late") for one in missed]
    before: Delivery | None = None
    for one in (*([first] if first else []), *thread):
        before = replace(_delivery(digest, one, at), follows=before.id if before else None)
        rows.append(before)
    return rows


def _delivery(digest: Digest, occurrence: Occurrence, at: datetime) -> Delivery:
    return new_delivery(digest, occurrence_key(occurrence), occurrence.at, at)
