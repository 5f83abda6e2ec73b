"""One delivery, from the claim of its row to a message in the channel: once, or its steward hears why not."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from bot.commands.ports import SlackError, channel_problem, closed
from bot.digests.bugs import bugs_as_problems
from bot.digests.context import DigestContext
from bot.digests.engine import plan_delivery
from bot.digests.outcome import passes, waits
from bot.digests.pages import Draft, Pages
from bot.messages.render import render
from bot.problems import Problem
from bot.schedules.delivery import AGAIN, FINAL_STATES, DeliveryState, Digest, gives_reasons, is_manual
from bot.store.deliveries import Held, claim, find_delivery, give_back, move
from bot.store.digests import find_digest, pause_digest
from bot.store.notices import Kind, Notice, add_notice
from bot.store.paces import Turn, free_at, hold, reserve
from bot.store.snapshots import keep_snapshot

log = structlog.get_logger(__name__)

POST, HISTORY = "chat.postMessage", "conversations.history"  # Turns that all of a workspace's calls take.
BEFORE = timedelta(minutes=5)  # How far before the moment it was due a post is looked for: clocks differ.
PATIENT = 15  # Times as long as near: the workspace's turn comes soon, unless Slack asked for a pause.


class ClaimLost(Exception):
    """Another process holds the delivery now: this one was too slow, or frozen."""


class Stop(Exception):
    """A delivery goes no further now: its next state, when it is looked at again, and who is to hear of it."""

    def __init__(
        self, state: DeliveryState, problem: Problem | None = None, *, notice: Kind | None = None, **values: object
    ) -> None:
        super().__init__(state)
        self.state = state
        self.problem = problem
        self.notice = notice
        self.values = values | ({"reason": problem.key} if problem else {})


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends deliveries. `pace` is the time between two posts of the workspace."""

    context: DigestContext
    pages: Pages
    pace: timedelta

    async def deliver(self, delivery_id: str) -> None:
        """Brings a delivery as far as it goes now. Whatever happens, its row says where it stands."""
        context = self.context
        try:
            with bugs_as_problems(ClaimLost, delivery=delivery_id):
                held = await claim(context.store, context.team, delivery_id, context.now(), context.timing.lease)
                if held is None:
                    await self._come_back(delivery_id)
                else:
                    await self._write(held, await self._outcome(held))
        except ClaimLost:
            log.warning("delivery-taken-over", delivery=delivery_id)
        except (DBAPIError, Problem) as error:  # The database is away, or a bug: it is tried again when the lease ends.
            log.warning("delivery-interrupted", delivery=delivery_id, reason=str(error))
            await self._come_back_in_the_end(delivery_id)

    async def _come_back_in_the_end(self, delivery_id: str) -> None:
        """The job that brought a delivery ends with this, so it has to have another one before that."""
        while True:
            await self.context.clock.sleep(self.context.timing.tick)
            try:
                await self._come_back(delivery_id)
            except (DBAPIError, Problem) as error:
                log.info("database-awaited", delivery=delivery_id, reason=str(error))
            else:
                return

    async def _come_back(self, delivery_id: str) -> None:
        """Has a job brought again that came too early: by a clock that is ahead, or while the process that died with it
        still has the lease.
        """
        context = self.context
        async with context.store.writing() as connection:
            delivery = await find_delivery(connection, context.team, delivery_id)
            if delivery and delivery.state not in FINAL_STATES:
                lease_ends = delivery.at + context.timing.lease
                again = lease_ends if delivery.state in {"claimed", "posting"} else delivery.run_at
                await context.engine.enqueue(connection, delivery_id, again)

    async def _outcome(self, held: Held) -> Stop:
        try:
            # A bug in one delivery must not hold up the others, nor be tried for ever.
            with bugs_as_problems(Stop, ClaimLost, delivery=held.delivery.id):
                return await self._send(held)
        except Stop as stop:
            return stop
        except asyncio.CancelledError:  # The process ends; another one need not wait for the lease.
            await asyncio.shield(self._give_back(held))
            raise
        except Problem as problem:
            if problem.key == "database-unreachable":
                raise
            return self._not_made(held, problem)

    async def _send(self, held: Held) -> Stop:
        thread = await self._thread(held)
        await self._look_for_it(held, thread)
        digest = await self._digest(held)
        draft = await self.pages.draft(digest, held.delivery, self.context.now())
        if draft is None:
            raise Stop("missed", reason="nothing-to-follow")
        await self._take_turns(held)
        message = render(draft.page)
        await self._about_to_post(held, draft, thread)
        try:
            receipt = await self.context.channels.post(
                held.delivery.channel, message, delivery=held.delivery.id, thread=thread
            )
        except SlackError as error:
            return await self._not_posted(held, error)
        return Stop("sent", ts=receipt.ts, thread=thread, reason=None)

    async def _digest(self, held: Held) -> Digest:
        async with self.context.store.reading() as connection:
            digest = await find_digest(connection, self.context.team, held.delivery.digest)
        return self._still_wanted(held, digest)

    def _still_wanted(self, held: Held, digest: Digest | None) -> Digest:
        """What is sent by hand, or again, is sent by a paused digest, too."""
        delivery = held.delivery
        if digest is None:
            raise Stop("missed", reason="removed")
        if digest.paused and not is_manual(delivery) and delivery.reason != AGAIN:
            raise Stop("missed", reason="paused")
        if digest.channel != delivery.channel and not delivery.follows:
            raise Stop("waiting", channel=digest.channel, run_at=self.context.now(), reason=delivery.reason)
        return digest

    async def _thread(self, held: Held) -> str | None:
        """The thread to post in: that of the delivery which this one follows, once it was sent."""
        if held.delivery.thread or held.delivery.follows is None:
            return held.delivery.thread
        async with self.context.store.reading() as connection:
            before = await find_delivery(connection, self.context.team, held.delivery.follows)
        if before is None or before.state in {"failed", "missed", "uncertain"}:
            raise Stop("missed", reason="nothing-to-follow")
        if before.state != "sent":
            raise Stop("waiting", run_at=max(before.run_at, self.context.now()) + self.context.timing.follow)
        if before.channel != held.delivery.channel:  # The digest has moved in between.
            raise Stop("waiting", channel=before.channel, run_at=self.context.now())
        thread = before.thread or before.ts
        if thread is None and gives_reasons(held.delivery):  # It arrived, but as which message?
            raise Stop("missed", reason="nothing-to-follow")
        return thread

    async def _look_for_it(self, held: Held, thread: str | None) -> None:
        """Looks whether an earlier try arrived; and, where it comes late, whether a process or a database that is gone
        had sent it: its id is the same.
        """
        delivery, now, timing = held.delivery, self.context.now(), self.context.timing
        # No planner saw that it was due; or a restored backup forgot it.
        away = delivery.planned_at - delivery.due >= timing.away
        if not delivery.unclear and not away and now - delivery.due < timing.late:
            return
        if (free := await free_at(self.context.store, self.context.team, HISTORY)) > now:
            raise Stop("waiting", run_at=free)
        try:
            found = await self.context.channels.find(
                delivery.channel, delivery.id, delivery.due - BEFORE, thread=thread
            )
        except SlackError as error:
            if delivery.unclear or passes(error) or error.unclear:
                raise await self._not_looked(held, error) from error
            return
        if found:
            log.info("delivery-found", delivery=delivery.id, digest=delivery.digest)
            raise Stop("sent", ts=found.ts, thread=thread, reason="found")

    async def _not_looked(self, held: Held, error: SlackError) -> Stop:
        if error.retry_after is not None:
            until = self.context.now() + waits(error, self.context.timing)
            await hold(self.context.store, self.context.team, HISTORY, until)
        again = self.context.try_again(held.delivery.planned_at) if passes(error) or error.unclear else None
        if again:
            return Stop("waiting", run_at=again, reason=error.code)
        if held.delivery.unclear:
            return Stop("uncertain", channel_problem(error, held.delivery.channel), notice="uncertain")
        return Stop("failed", channel_problem(error, held.delivery.channel), notice="failed")

    async def _take_turns(self, held: Held) -> None:
        """Waits for the channel's turn and the workspace's. Where one is far away others go first, and nothing is
        taken: a turn that is kept and then missed would be lost to all.
        """
        timing = self.context.timing
        await self._take(Turn(f"channel {held.delivery.channel}", timing.channel_gap, timing.near), held)
        await self._take(Turn(POST, self.pace, PATIENT * timing.near), held)

    async def _take(self, turn: Turn, held: Held) -> None:
        context = self.context
        async with context.store.writing() as connection:
            moment = await reserve(connection, context.store, context.team, turn, context.now())
        if moment is None:
            free = await free_at(context.store, context.team, turn.name)
            raise Stop("waiting", run_at=free, reason=held.delivery.reason)
        await context.clock.sleep(moment - context.now())

    async def _about_to_post(self, held: Held, draft: Draft, thread: str | None) -> None:
        """Writes that a post is about to be made; after a crash the post is looked for."""
        context, at = self.context, self.context.now()
        async with context.store.writing() as connection:
            posting = {"lease_until": at + context.timing.lease, "unclear": False, "thread": thread}
            if await move(connection, held, "posting", at, **posting) is None:
                raise ClaimLost
            self._still_wanted(held, await find_digest(connection, context.team, held.delivery.digest))
            if draft.readings:
                await keep_snapshot(connection, context.store, self._snapshot(held, draft, at), draft.readings)
            for follow_up in draft.follow_ups:
                await plan_delivery(connection, context.store, context.team, follow_up, context.engine)
        if context.now() > at + context.timing.lease - context.timing.post:
            # The process was frozen here: another process may have taken the delivery, and posted.
            raise Stop("waiting", unclear=True, run_at=context.now())

    async def _not_posted(self, held: Held, error: SlackError) -> Stop:
        now, delivery = self.context.now(), held.delivery
        if error.unclear:
            return Stop("waiting", unclear=True, run_at=now + self.context.timing.look_after, reason=error.code)
        again = self.context.try_again(delivery.planned_at) if passes(error) else None
        if again and error.code != "unreachable":
            again = now + waits(error, self.context.timing)
            await hold(self.context.store, self.context.team, POST, again)
        if again:
            return Stop("waiting", run_at=again, reason=error.code)
        # A thread may be locked, or its message gone, in a channel that is well.
        pause = closed(error) and delivery.thread is None
        return Stop("failed", channel_problem(error, delivery.channel), notice="paused" if pause else "failed")

    def _not_made(self, held: Held, problem: Problem) -> Stop:
        again = self.context.try_again(held.delivery.planned_at) if problem.passing else None
        if again:
            return Stop("waiting", problem, run_at=again)
        return Stop("failed", problem, notice="failed")

    async def _write(self, held: Held, stop: Stop) -> None:
        """Writes an outcome, with all that belongs to it: the next job, the notice, the pause."""
        at, delivery = self.context.now(), held.delivery
        notice = None if gives_reasons(delivery) else stop.notice  # The report above them was sent.
        async with self.context.store.writing() as connection:
            moved = await move(connection, held, stop.state, at, **stop.values)
            if moved is None:
                raise ClaimLost
            if moved.state == "waiting":
                await self.context.engine.enqueue(connection, moved.id, moved.run_at)
            if notice == "paused" and stop.problem:
                await pause_digest(connection, self.context.team, delivery.digest, stop.problem.key)
            if notice and stop.problem:
                told = Notice(delivery.digest, notice, stop.problem, at, delivery.id)
                await add_notice(connection, self.context.team, told)
        log.info("delivery", delivery=delivery.id, digest=delivery.digest, state=moved.state, reason=moved.reason)

    async def _give_back(self, held: Held) -> None:
        context, at = self.context, self.context.now()
        async with context.store.writing() as connection:
            if await give_back(connection, held, at):
                await context.engine.enqueue(connection, held.delivery.id, at)

    def _snapshot(self, held: Held, draft: Draft, at: datetime) -> dict[str, object]:
        delivery = held.delivery
        ids = {"delivery_id": delivery.id, "team_id": self.context.team, "digest_id": delivery.digest}
        return {**ids, "query": draft.query, "made_at": at}
