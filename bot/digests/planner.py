"""Plans each due occurrence as one delivery, however many replicas plan."""

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
from bot.store.deliveries import stranded_deliveries
from bot.store.digests import digest_of, due_digests, mark_planned, postpone_planning
from bot.store.slots import RateLimit, reserve_slot

log = structlog.get_logger(__name__)

LONGEST_QUEUE = timedelta(hours=1)  # What is due behind it gets no slot, and so no order.
MOST_PLANNED = 25  # Digests in one transaction; the next one follows at once.


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans the deliveries of an installation. `post_gap` is the time between two posts of a workspace."""

    context: DigestContext
    policy: Policy
    post_gap: timedelta

    async def plan(self) -> None:
        """Writes a row and a job for each occurrence that is due, and a job for each row that has lost its own."""
        teams = await self.context.installation.all()
        while await self._plan_batch(teams) == MOST_PLANNED:
            pass
        async with self.context.store.writing() as connection:
            at = self.context.now()
            overdue = await stranded_deliveries(connection, teams, at, self.context.timing.stranded_after)
            for delivery in await self.context.engine.without_job(connection, overdue):
                log.warning("delivery-stranded", delivery=delivery.id, team=delivery.team)
                await self.context.engine.enqueue(connection, delivery, at)

    async def _plan_batch(self, teams: tuple[str, ...]) -> int:
        at = self.context.now()
        async with self.context.store.writing(exclusive=True) as connection:
            found = await due_digests(connection, teams, at, MOST_PLANNED)
            for row in found:
                # A digest that cannot be planned does not block the others, nor is it planned again each second.
                if not await self._plan_row(connection, row, at):
                    again = at + self.context.timing.stranded_after
                    await postpone_planning(connection, row.team_id, row.id, again)
        return len(found)

    async def _plan_row(self, connection: AsyncConnection, row: Row[Any], at: datetime) -> bool:
        """Whether a digest could be read and planned; where it could not, nothing of it was written."""
        try:
            with bugs_as_problems(ZoneInfoNotFoundError, digest=row.id, team=row.team_id):
                async with connection.begin_nested():
                    await self._plan(connection, row.team_id, digest_of(row), at)
        except (Problem, ZoneInfoNotFoundError, IntegrityError) as error:
            if isinstance(error, Problem) and error.key == "database-unreachable":
                raise
            log.warning("digest-not-planned", digest=row.id, team=row.team_id, reason=str(error))
            return False
        return True

    async def _plan(self, connection: AsyncConnection, team: str, digest: Digest, at: datetime) -> None:
        occurrences = due(digest.rule, digest.tz, digest.since, at)
        if not occurrences:  # The zone's rules have changed since the next occurrence was reckoned.
            await mark_planned(connection, team, digest, digest.since)
            return
        for delivery in planned_deliveries(digest, occurrences, at, self.policy, self.context.timing.skip_after):
            queued = await self._reserve_slots(connection, team, delivery) if delivery.state == "due" else delivery
            await plan_delivery(connection, self.context.store, team, queued, self.context.engine)
        await mark_planned(connection, team, digest, occurrences[-1].at)

    async def _reserve_slots(self, connection: AsyncConnection, team: str, delivery: Delivery) -> Delivery:
        """The delivery, due at reserved slots of its workspace and channel: many may be due at the same moment."""
        context, at = self.context, delivery.run_at
        workspace = RateLimit("queue", self.post_gap, LONGEST_QUEUE)
        channel = RateLimit(f"queue {delivery.channel}", context.timing.channel_gap, LONGEST_QUEUE)
        for limit in (workspace, channel):
            at = await reserve_slot(connection, context.store, team, limit, at) or at
        return replace(delivery, run_at=at)


def planned_deliveries(
    digest: Digest, occurrences: list[Occurrence], at: datetime, policy: Policy, skip_after: timedelta
) -> list[Delivery]:
    """The deliveries of a digest's occurrences that are due: to be sent, to follow in the thread, or missed."""
    first, thread, missed = choose(occurrences, at, policy, skip_after)
    rows = [replace(_occurrence_delivery(digest, one, at), state="missed", reason="too-late") for one in missed]
    before: Delivery | None = None
    for one in (*([first] if first else []), *thread):
        before = replace(_occurrence_delivery(digest, one, at), follows=before.id if before else None)
        rows.append(before)
    return rows


def _occurrence_delivery(digest: Digest, occurrence: Occurrence, at: datetime) -> Delivery:
    return new_delivery(digest, occurrence_key(occurrence), occurrence.at, at)
