"""Reads and changes the digests of a workspace."""

from dataclasses import dataclass
from datetime import datetime

from bot.digests.clock import Timing
from bot.digests.engine import Engine, plan_delivery
from bot.problems import Problem
from bot.schedules.delivery import AGAIN, Delivery, DeliveryCounts, Digest, Snapshot, manual_key, new_delivery
from bot.store import Store
from bot.store.deliveries import DeliveryKey, find_delivery, last_deliveries, settle_uncertain
from bot.store.delivery_counts import delivery_counts
from bot.store.digests import add_digest, all_digests, change_digest, find_digest, remove_digest
from bot.store.snapshots import find_snapshot


@dataclass(frozen=True, slots=True)
class StoredDigests:
    """Implements `bot.commands.ports.Digests` on a database."""

    store: Store
    team: str
    engine: Engine

    async def add(self, digest: Digest) -> Digest:
        """Stores a digest under its id where that is free, else the next one."""
        async with self.store.writing(exclusive=True) as connection:
            return await add_digest(connection, self.team, digest)

    async def all(self) -> list[Digest]:
        """Every digest that was not removed."""
        async with self.store.reading() as connection:
            return await all_digests(connection, self.team)

    async def find(self, digest_id: int) -> Digest:
        """One digest."""
        async with self.store.reading() as connection:
            found = await find_digest(connection, self.team, digest_id)
        if found is None:
            raise Problem("unknown-digest", id=digest_id, known=[digest.id for digest in await self.all()])
        return found

    async def change(self, changed: Digest) -> Digest:
        """Stores a changed digest, unless it has been changed since it was read."""
        async with self.store.writing(exclusive=True) as connection:
            return await change_digest(connection, self.team, changed)

    async def remove(self, digest: Digest) -> None:
        """Removes a digest."""
        async with self.store.writing(exclusive=True) as connection:
            await remove_digest(connection, self.team, digest.id)

    async def deliveries(self, digest_id: int, count: int) -> list[Delivery]:
        """The last deliveries, the newest first."""
        async with self.store.reading() as connection:
            return await last_deliveries(connection, self.team, digest_id, count)

    async def made_of(self, delivery_id: str) -> Snapshot | None:
        """What a delivery was made of; a removed digest's, too."""
        async with self.store.reading() as connection:
            delivery = await find_delivery(connection, self.team, delivery_id)
        readings = await find_snapshot(self.store, self.team, delivery_id) if delivery else {}
        return Snapshot(delivery, readings) if delivery and readings else None

    async def tally(self, since: datetime) -> DeliveryCounts:
        """What became of all deliveries that were due since a moment."""
        async with self.store.reading() as connection:
            return await delivery_counts(connection, self.team, since, Timing().late)

    async def send(self, digest: Digest, at: datetime) -> Delivery:
        """Adds a manual delivery, with its job."""
        delivery = new_delivery(digest, manual_key(), at, at)
        async with self.store.writing() as connection:
            await plan_delivery(connection, self.store, self.team, delivery, self.engine)
        return delivery

    async def settle(self, delivery_id: str, arrived: bool, at: datetime) -> Delivery:
        """Settles an uncertain delivery: it arrived, or it is posted again.

        One that is posted again is not looked for in the channel: the steward has looked.
        """
        again = {"state": "due", "planned_at": at, "run_at": at, "unclear": False, "reason": AGAIN}
        values = {"state": "sent", "reason": "arrived"} if arrived else again
        async with self.store.writing() as connection:
            settled = await settle_uncertain(connection, self.team, delivery_id, values | {"at": at})
            if settled and not arrived:
                await self.engine.enqueue(connection, DeliveryKey(self.team, delivery_id), at)
            found = settled or await find_delivery(connection, self.team, delivery_id)
        if found is None:
            raise Problem("unknown-delivery", id=delivery_id)
        if settled is None:
            raise Problem("delivery-settled", state=found.state)
        return settled
