"""Sends one delivery to its channel once, or tells its steward why not."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from bot.commands.channel_errors import channel_problem, is_closed
from bot.commands.ports import SlackError
from bot.digests.bugs import bugs_as_problems
from bot.digests.context import DigestContext
from bot.digests.drafter import Draft, Drafter
from bot.digests.engine import plan_delivery
from bot.digests.outcome import is_retryable, retry_delay
from bot.messages.render import render
from bot.problems import Problem
from bot.schedules.delivery import AGAIN, FINAL_STATES, DeliveryState, Digest, gives_reasons, is_manual
from bot.store.deliveries import Claim, DeliveryKey, change_state, claim_delivery, find_delivery, release
from bot.store.digests import find_digest, pause_digest
from bot.store.notices import Notice, NoticeKind, add_notice
from bot.store.slots import RateLimit, block_slots, next_slot, reserve_slot
from bot.store.snapshots import store_snapshot

log = structlog.get_logger(__name__)

POST, HISTORY = "chat.postMessage", "conversations.history"  # The rate limits that a workspace's calls share.
SEARCH_MARGIN = timedelta(minutes=5)  # A search begins so long before the delivery was due: clocks differ.
WORKSPACE_SLOT_WAITS = 15  # Times `longest_slot_wait`: the workspace has a slot soon, unless Slack asked for a pause.


class ClaimLost(Exception):
    """Another process has claimed the delivery since: this one was too slow, or frozen."""


class Outcome(Exception):
    """What became of a try to send a delivery: its next state, its Problem, and the notice that its steward gets.

    `values` are columns of its row: when the next try is, the `ts` of the message.
    """

    def __init__(
        self,
        state: DeliveryState,
        problem: Problem | None = None,
        *,
        notice: NoticeKind | None = None,
        **values: object,
    ) -> None:
        super().__init__(state)
        self.state = state
        self.problem = problem
        self.notice = notice
        self.values = values | ({"reason": problem.key} if problem else {})


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends the deliveries of a workspace. `post_gap` is the time between two posts of the workspace."""

    context: DigestContext
    drafter: Drafter
    post_gap: timedelta

    async def deliver(self, delivery_id: str) -> None:
        """Tries to send a delivery, and writes the outcome into its row."""
        context = self.context
        try:
            with bugs_as_problems(ClaimLost, delivery=delivery_id):
                claim = await claim_delivery(
                    context.store, context.team, delivery_id, context.now(), context.timing.lease
                )
                if claim is None:
                    await self._enqueue_again(delivery_id)
                else:
                    await self._write(claim, await self._outcome(claim))
        except ClaimLost:
            log.warning("delivery-taken-over", delivery=delivery_id)
        except (DBAPIError, Problem) as error:  # The database is away, or a bug: a retry follows when the lease ends.
            log.warning("delivery-interrupted", delivery=delivery_id, reason=str(error))
            await self._enqueue_again_when_up(delivery_id)

    async def _enqueue_again_when_up(self, delivery_id: str) -> None:
        """Tries to enqueue a delivery again until the database is back: its present job ends with this function."""
        while True:
            await self.context.clock.sleep(self.context.timing.tick)
            try:
                await self._enqueue_again(delivery_id)
            except (DBAPIError, Problem) as error:
                log.info("database-awaited", delivery=delivery_id, reason=str(error))
            else:
                return

    async def _enqueue_again(self, delivery_id: str) -> None:
        """Enqueues a delivery again whose job came too early: the clock of its sender was ahead, or a process that died
        still has its lease.
        """
        context = self.context
        async with context.store.writing() as connection:
            delivery = await find_delivery(connection, context.team, delivery_id)
            if delivery and delivery.state not in FINAL_STATES:
                lease_ends = delivery.at + context.timing.lease
                again = lease_ends if delivery.state in {"claimed", "posting"} else delivery.run_at
                await context.engine.enqueue(connection, DeliveryKey(context.team, delivery_id), again)

    async def _outcome(self, claim: Claim) -> Outcome:
        try:
            # A bug in one delivery must not block the others, nor be retried for ever.
            with bugs_as_problems(Outcome, ClaimLost, delivery=claim.delivery.id):
                return await self._send(claim)
        except Outcome as outcome:
            return outcome
        except asyncio.CancelledError:  # The process ends; another one need not wait for the lease.
            await asyncio.shield(self._release(claim))
            raise
        except Problem as problem:
            if problem.key == "database-unreachable":
                raise
            return self._draft_failed(claim, problem)

    async def _send(self, claim: Claim) -> Outcome:
        thread = await self._thread(claim)
        await self._find_earlier_post(claim, thread)
        digest = await self._digest(claim)
        draft = await self.drafter.draft(digest, claim.delivery, self.context.now())
        if draft is None:
            raise Outcome("missed", reason="nothing-to-follow")
        message = render(draft.page, await self.context.channels.names(self.context.team))
        await self._wait_for_slots(claim)
        await self._mark_posting(claim, draft, thread)
        try:
            receipt = await self.context.channels.post(
                claim.delivery.channel, message, delivery=claim.delivery.id, thread=thread
            )
        except SlackError as error:
            return await self._post_failed(claim, error)
        return Outcome("sent", ts=receipt.ts, thread=thread, reason=None)

    async def _digest(self, claim: Claim) -> Digest:
        async with self.context.store.reading() as connection:
            digest = await find_digest(connection, self.context.team, claim.delivery.digest)
        return self._still_wanted(claim, digest)

    def _still_wanted(self, claim: Claim, digest: Digest | None) -> Digest:
        """The digest, where it still sends this delivery. A paused digest sends manual deliveries and repeated ones."""
        delivery = claim.delivery
        if digest is None:
            raise Outcome("missed", reason="removed")
        if digest.paused and not is_manual(delivery) and delivery.reason != AGAIN:
            raise Outcome("missed", reason="paused")
        if digest.channel != delivery.channel and not delivery.follows:
            raise Outcome("waiting", channel=digest.channel, run_at=self.context.now(), reason=delivery.reason)
        return digest

    async def _thread(self, claim: Claim) -> str | None:
        """The `ts` of the thread to post in: the followed delivery's, once that is sent. None posts in the channel."""
        if claim.delivery.thread or claim.delivery.follows is None:
            return claim.delivery.thread
        async with self.context.store.reading() as connection:
            before = await find_delivery(connection, self.context.team, claim.delivery.follows)
        if before is None or before.state in {"failed", "missed", "uncertain"}:
            raise Outcome("missed", reason="nothing-to-follow")
        if before.state != "sent":
            raise Outcome(
                "waiting", run_at=max(before.run_at, self.context.now()) + self.context.timing.follow_up_retry
            )
        if before.channel != claim.delivery.channel:  # The digest has moved in between.
            raise Outcome("waiting", channel=before.channel, run_at=self.context.now())
        thread = before.thread or before.ts
        if thread is None and gives_reasons(claim.delivery):  # It arrived, but as which message?
            raise Outcome("missed", reason="nothing-to-follow")
        return thread

    async def _find_earlier_post(self, claim: Claim, thread: str | None) -> None:
        """Searches the channel for the delivery's id where an earlier try may have posted it.

        A delivery that is late is searched, too: a process or a database that was replaced may have posted it.
        """
        delivery, now, timing = claim.delivery, self.context.now(), self.context.timing
        # No planner ran when it was due, or a restored backup does not know of it.
        after_outage = delivery.planned_at - delivery.due >= timing.outage
        if not delivery.unclear and not after_outage and now - delivery.due < timing.late:
            return
        if (free := await next_slot(self.context.store, self.context.team, HISTORY)) > now:
            raise Outcome("waiting", run_at=free)
        try:
            found = await self.context.channels.find(
                delivery.channel, delivery.id, delivery.due - SEARCH_MARGIN, thread=thread
            )
        except SlackError as error:
            if delivery.unclear or is_retryable(error) or error.unclear:
                raise await self._search_failed(claim, error) from error
            return
        if found:
            log.info("delivery-found", delivery=delivery.id, digest=delivery.digest)
            raise Outcome("sent", ts=found.ts, thread=thread, reason="found")

    async def _search_failed(self, claim: Claim, error: SlackError) -> Outcome:
        if error.retry_after is not None:
            until = self.context.now() + retry_delay(error, self.context.timing)
            await block_slots(self.context.store, self.context.team, HISTORY, until)
        again = self.context.next_try(claim.delivery.planned_at) if is_retryable(error) or error.unclear else None
        if again:
            return Outcome("waiting", run_at=again, reason=error.code)
        if claim.delivery.unclear:
            return Outcome("uncertain", channel_problem(error, claim.delivery.channel), notice="uncertain")
        return Outcome("failed", channel_problem(error, claim.delivery.channel), notice="failed")

    async def _wait_for_slots(self, claim: Claim) -> None:
        """Waits for a slot of the channel and one of the workspace. Where one is too far away, the delivery is put off
        and reserves none: a slot that is reserved and then missed would be lost to all.
        """
        timing = self.context.timing
        await self._wait_for_slot(
            RateLimit(f"channel {claim.delivery.channel}", timing.channel_gap, timing.longest_slot_wait), claim
        )
        await self._wait_for_slot(
            RateLimit(POST, self.post_gap, WORKSPACE_SLOT_WAITS * timing.longest_slot_wait), claim
        )

    async def _wait_for_slot(self, limit: RateLimit, claim: Claim) -> None:
        context = self.context
        async with context.store.writing() as connection:
            moment = await reserve_slot(connection, context.store, context.team, limit, context.now())
        if moment is None:
            free = await next_slot(context.store, context.team, limit.name)
            raise Outcome("waiting", run_at=free, reason=claim.delivery.reason)
        await context.clock.sleep(moment - context.now())

    async def _mark_posting(self, claim: Claim, draft: Draft, thread: str | None) -> None:
        """Writes that a post is about to be made; after a crash the post is looked for."""
        context, at = self.context, self.context.now()
        async with context.store.writing() as connection:
            posting = {"lease_until": at + context.timing.lease, "unclear": False, "thread": thread}
            if await change_state(connection, claim, "posting", at, **posting) is None:
                raise ClaimLost
            self._still_wanted(claim, await find_digest(connection, context.team, claim.delivery.digest))
            if draft.readings:
                await store_snapshot(connection, context.store, self._snapshot(claim, draft, at), draft.readings)
            for follow_up in draft.follow_ups:
                await plan_delivery(connection, context.store, context.team, follow_up, context.engine)
        if context.now() > at + context.timing.lease - context.timing.longest_post:
            # The process was frozen here: another process may have claimed the delivery, and posted.
            raise Outcome("waiting", unclear=True, run_at=context.now())

    async def _post_failed(self, claim: Claim, error: SlackError) -> Outcome:
        now, delivery = self.context.now(), claim.delivery
        if error.unclear:
            return Outcome("waiting", unclear=True, run_at=now + self.context.timing.unclear_retry, reason=error.code)
        again = self.context.next_try(delivery.planned_at) if is_retryable(error) else None
        if again and error.code != "unreachable":
            again = now + retry_delay(error, self.context.timing)
            await block_slots(self.context.store, self.context.team, POST, again)
        if again:
            return Outcome("waiting", run_at=again, reason=error.code)
        # A thread may be locked, or its message gone, in a channel that is well.
        pause = is_closed(error) and delivery.thread is None
        return Outcome("failed", channel_problem(error, delivery.channel), notice="paused" if pause else "failed")

    def _draft_failed(self, claim: Claim, problem: Problem) -> Outcome:
        again = self.context.next_try(claim.delivery.planned_at) if problem.passing else None
        if again:
            return Outcome("waiting", problem, run_at=again)
        return Outcome("failed", problem, notice="failed")

    async def _write(self, claim: Claim, outcome: Outcome) -> None:
        """Writes an outcome, with all that belongs to it: the next job, the notice, the pause."""
        at, delivery = self.context.now(), claim.delivery
        notice = None if gives_reasons(delivery) else outcome.notice  # The report above them was sent.
        async with self.context.store.writing() as connection:
            moved = await change_state(connection, claim, outcome.state, at, **outcome.values)
            if moved is None:
                raise ClaimLost
            if moved.state == "waiting":
                await self.context.engine.enqueue(connection, DeliveryKey(claim.team, moved.id), moved.run_at)
            if notice == "paused" and outcome.problem:
                await pause_digest(connection, self.context.team, delivery.digest, outcome.problem.key)
            if notice and outcome.problem:
                to_steward = Notice(delivery.digest, notice, outcome.problem, at, delivery.id)
                await add_notice(connection, self.context.team, to_steward)
        log.info("delivery", delivery=delivery.id, digest=delivery.digest, state=moved.state, reason=moved.reason)

    async def _release(self, claim: Claim) -> None:
        context, at = self.context, self.context.now()
        async with context.store.writing() as connection:
            if await release(connection, claim, at):
                await context.engine.enqueue(connection, DeliveryKey(claim.team, claim.delivery.id), at)

    def _snapshot(self, claim: Claim, draft: Draft, at: datetime) -> dict[str, object]:
        delivery = claim.delivery
        ids = {"delivery_id": delivery.id, "team_id": self.context.team, "digest_id": delivery.digest}
        return {**ids, "query": draft.query, "made_at": at}
