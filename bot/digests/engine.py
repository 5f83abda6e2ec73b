"""The engine: starts deliveries when they are due."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.digests.clock import Clock, Timing
from bot.problems import Problem
from bot.schedules.delivery import Delivery
from bot.store import Store
from bot.store.deliveries import DeliveryKey, claimable, insert_delivery
from bot.store.installation import Installation
from bot.telemetry import log_failure

Deliver = Callable[[DeliveryKey], Coroutine[Any, Any, None]]
log = structlog.get_logger(__name__)

SHUTDOWN_GRACE = 5.0  # Seconds that deliveries under way get at the end.
CONCURRENT_DELIVERIES = 20  # Deliveries in one process; most of their time is waiting for Devin, Slack or a slot.


class Engine(Protocol):
    """Starts deliveries when they are due. Starting one twice does no harm: its row is claimed once."""

    async def enqueue(self, connection: AsyncConnection, delivery: DeliveryKey, at: datetime) -> None:
        """Writes the job that starts a delivery at a moment, in the transaction that writes the delivery's row."""
        ...

    async def without_job(
        self, connection: AsyncConnection, deliveries: Sequence[DeliveryKey]
    ) -> Sequence[DeliveryKey]:
        """Those of some deliveries that have no job."""
        ...

    async def run(self, deliver: Deliver, alive: Callable[[], None]) -> None:
        """Starts all workspaces' deliveries until it is cancelled, and calls `alive` each time it looks for some."""
        ...


async def plan_delivery(
    connection: AsyncConnection, store: Store, team: str, delivery: Delivery, engine: Engine
) -> bool:
    """Writes a delivery with its job, unless its occurrence has a row already. Whether it did."""
    inserted = await insert_delivery(connection, store, team, delivery)
    if inserted and delivery.state == "due":
        await engine.enqueue(connection, DeliveryKey(team, delivery.id), delivery.run_at)
    return inserted


class InProcessEngine:
    """SQLite's engine: the rows themselves are the jobs of the one process."""

    def __init__(self, installation: Installation, clock: Clock, timing: Timing) -> None:
        self._installation = installation
        self._clock = clock
        self._timing = timing

    async def enqueue(self, connection: AsyncConnection, delivery: DeliveryKey, at: datetime) -> None:
        """Nothing to do: the row is there."""

    async def without_job(
        self,
        connection: AsyncConnection,  # noqa: ARG002 (the other engine asks it)
        deliveries: Sequence[DeliveryKey],  # noqa: ARG002
    ) -> Sequence[DeliveryKey]:
        """None: rows that are due are found as they are."""
        return ()

    async def run(self, deliver: Deliver, alive: Callable[[], None]) -> None:
        """Delivers rows that are due, CONCURRENT_DELIVERIES at a time. Ends with those under way."""
        busy: dict[DeliveryKey, asyncio.Task[None]] = {}
        pause = self._clock.seconds(self._timing.tick) / 2
        try:
            while True:
                alive()
                for delivery in await self._ready():
                    if delivery not in busy and len(busy) < CONCURRENT_DELIVERIES:
                        busy[delivery] = asyncio.ensure_future(deliver(delivery))
                        busy[delivery].add_done_callback(partial(log_failure, event="delivery-failed"))
                await _wait_for_first(busy.values(), pause)
                busy = {delivery: task for delivery, task in busy.items() if not task.done()}
        finally:
            if busy:
                _, late = await asyncio.wait(busy.values(), timeout=SHUTDOWN_GRACE)
                for task in late:
                    task.cancel()  # The claim of one whose post has not begun is released.
                await asyncio.gather(*late, return_exceptions=True)

    async def _ready(self) -> Sequence[DeliveryKey]:
        installation, most = self._installation, 2 * CONCURRENT_DELIVERIES
        try:
            return await claimable(installation.store, await installation.all(), self._clock.now(), most)
        except (DBAPIError, Problem) as error:  # A full disk, or a file that another process has locked.
            log.warning("deliveries-not-read", reason=str(error))
            return ()


async def _wait_for_first(tasks: Collection[asyncio.Task[None]], pause: float) -> None:
    """Waits until one task is done, for `pause` seconds at most."""
    if tasks:
        await asyncio.wait(tasks, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
    else:
        await asyncio.sleep(pause)
