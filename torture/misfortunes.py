"""What goes wrong at the worst moment: each misfortune is brought about on purpose, and once.

Nothing in the bot is waited for longer than a call takes. Where a lease or a retry has to end first, its moment in the
database is moved to now, and the delivery is brought again: the bot says that bringing one twice does no harm.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update

from bot.digests.stored import StoredDigests
from bot.playground.slack.standin import Channel, Slack, SlackFault
from bot.problems import Problem
from bot.schedules.delivery import FINAL_STATES, Delivery, Digest
from bot.store.deliveries import CLAIMED, DeliveryKey, deliveries, delivery_of
from torture.faults import LOOK_UP, POST, Faults
from torture.processes import Replica
from torture.trial import Trial, Wanted, wanted

SOON = 60.0  # Seconds in which each step of a misfortune has come, or never will.
LOOK_EVERY = 0.05  # Seconds.
SLOW = 3.0  # Seconds that a call takes that something else overtakes; less than the bot waits for one.
OVER = timedelta(seconds=1)


class NotStaged(Exception):
    """What a misfortune waits for has not come."""


@dataclass(slots=True)
class Stage:
    """What misfortunes reach, and how often something befell the processes."""

    trial: Trial
    digests: StoredDigests
    slack: Slack
    faults: Faults
    replicas: Sequence[Replica]
    now: Callable[[], datetime]
    made: Counter[str] = field(default_factory=Counter)

    async def bring_about(self) -> list[Wanted]:
        """All of them, those that kill the processes last; what has to be posted all the same."""
        at_once = [misfortune for misfortune in self.misfortunes() if misfortune is not power_cut]
        done = [*await asyncio.gather(*(self._one(one) for one in at_once)), await self._one(power_cut)]
        return [one for one in done if one]

    def misfortunes(self) -> Sequence["Misfortune"]:
        """Those that its database can have: on SQLite one process works alone, and brings nothing twice."""
        return (*MISFORTUNES, *(AMONG_REPLICAS if self.digests.store.shared else ()))

    async def _one(self, misfortune: "Misfortune") -> Wanted | None:
        channel = f"C-{misfortune.__name__}"
        self.slack.channels[channel] = Channel(misfortune.__name__)
        try:
            expected = await misfortune(self, channel)
        except (NotStaged, TimeoutError, Problem) as error:
            print(f"{misfortune.__name__} did not come about: {error!r}", flush=True)
            return None
        self.made["misfortunes"] += 1
        return expected

    async def send(self, channel: str) -> Wanted:
        """A digest that is due tomorrow, and a delivery of it by hand."""
        digest = await self.add(channel, behind=timedelta(), due=timedelta(days=-1))
        delivery = await self.digests.send(digest, self.now())
        return Wanted(digest.id, delivery.occurrence, delivery.due)

    async def add(self, channel: str, behind: timedelta, due: timedelta) -> Digest:
        """A digest for a channel of its own."""
        at = self.now()
        digest = self.trial.digest(0, at + due, since=at - behind)
        return await self.digests.add(Digest(digest.rule, digest.tz, digest.query, channel, "en", digest.since))

    async def row(self, one: Wanted, holds: Callable[[Delivery], bool]) -> Delivery:
        """A delivery's row, as soon as something holds of it."""
        mine = deliveries.c.digest_id == one.digest, deliveries.c.occurrence == one.occurrence
        async with asyncio.timeout(SOON):
            while True:
                async with self.digests.store.reading() as connection:
                    row = (await connection.execute(select(deliveries).where(*mine))).one_or_none()
                found = delivery_of(row) if row else None
                if found and holds(found):
                    return found
                if found and found.state in FINAL_STATES:
                    raise NotStaged(f"{found.state}, {found.reason}")
                await asyncio.sleep(LOOK_EVERY)

    async def called(self, method: str, channel: str) -> None:
        """Waits for a call about a channel."""
        calls = self.slack.calls
        await self.slack.until(
            lambda: any(one.method == method and one.arguments.get("channel") == channel for one in calls), SOON
        )

    async def posted(self, one: Wanted, channel: str) -> None:
        """Waits for a post in a channel, until its delivery has ended without one."""
        await self.row(one, lambda _: any(post.channel == channel for post in self.slack.posts))

    async def end_leases(self, *ids: str) -> None:
        """Ends the leases of deliveries, as after two minutes, and brings those again."""
        await self._bring(ids, lease_until=self.now() - OVER)

    async def hurry(self, delivery: Delivery) -> None:
        """Has a delivery tried again that waits for its time."""
        await self._bring((delivery.id,), run_at=self.now())

    async def bring_again(self, delivery: Delivery) -> None:
        """Brings a delivery that somebody has, as a replica does with the jobs of one that is taken for dead."""
        await self._bring((delivery.id,))

    async def _bring(self, ids: Sequence[str], **values: datetime) -> None:
        async with self.digests.store.writing() as connection:
            if values:
                await connection.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(**values))
            for id_ in ids:
                await self.digests.engine.enqueue(connection, DeliveryKey(self.digests.team, id_), self.now())


async def reply_lost(stage: Stage, channel: str) -> Wanted:
    """Slack takes a post, and its answer is lost: the look-up finds it."""
    stage.faults.add(POST, [SlackFault(channel=channel, drop=True, accepted=True)])
    one = await stage.send(channel)
    await stage.hurry(await stage.row(one, _waits))
    return one


async def request_lost(stage: Stage, channel: str) -> Wanted:
    """The connection breaks before Slack takes a post: the look-up finds nothing, and it is made."""
    stage.faults.add(POST, [SlackFault(channel=channel, drop=True)])
    one = await stage.send(channel)
    await stage.hurry(await stage.row(one, _waits))
    return one


async def look_up_refused(stage: Stage, channel: str) -> Wanted:
    """Slack takes a post, its answer is lost, and the look-up is refused: uncertain, and never posted again."""
    stage.faults.add(POST, [SlackFault(channel=channel, drop=True, accepted=True)])
    stage.faults.add(LOOK_UP, [SlackFault(channel=channel, error="not_in_channel")])
    one = await stage.send(channel)
    await stage.hurry(await stage.row(one, _waits))
    return one


async def brought_twice(stage: Stage, channel: str) -> Wanted:
    """A delivery is brought again while Slack is still busy with its post: the lease keeps everybody else off."""
    stage.faults.add(POST, [SlackFault(channel=channel, delay=SLOW)])
    one = await stage.send(channel)
    await stage.called(POST, channel)
    await stage.bring_again(await stage.row(one, lambda row: row.state == "posting"))
    await stage.posted(one, channel)
    return one


async def lease_outlived(stage: Stage, channel: str) -> Wanted:
    """A look-up takes so long that its delivery has another holder, who posts: the first one may not go on."""
    stage.faults.add(LOOK_UP, [SlackFault(channel=channel, delay=SLOW, accepted=True)])
    stage.faults.add(POST, [SlackFault(channel=channel, delay=2 * SLOW, accepted=True)])
    digest = await stage.add(channel, behind=timedelta(days=1), due=-2 * timedelta(minutes=1))
    (one,) = wanted(digest, 1)
    await stage.called(LOOK_UP, channel)
    await stage.end_leases((await stage.row(one, lambda row: row.state == "claimed")).id)
    await stage.posted(one, channel)
    return one


async def power_cut(stage: Stage, channel: str) -> Wanted:
    """All processes end between a post and the note that it was made: the look-up finds it."""
    stage.faults.add(POST, [SlackFault(channel=channel, delay=2 * SLOW, accepted=True)])
    one = await stage.send(channel)
    await stage.posted(one, channel)
    for replica in stage.replicas:
        replica.kill()
        stage.made["kills"] += 1
    async with stage.digests.store.reading() as connection:
        claimed = await connection.scalars(select(deliveries.c.id).where(deliveries.c.state.in_(CLAIMED)))
    await stage.end_leases(*claimed)
    async with asyncio.timeout(SOON):
        for replica in stage.replicas:
            await replica.ready.wait()
    return one


def _waits(row: Delivery) -> bool:
    return row.state == "waiting" and row.unclear


Misfortune = Callable[[Stage, str], Awaitable[Wanted]]
MISFORTUNES: Sequence[Misfortune] = (reply_lost, request_lost, look_up_refused, power_cut)
AMONG_REPLICAS: Sequence[Misfortune] = (brought_twice, lease_outlived)
