"""Who carries deliveries: the process itself on SQLite, any number of replicas on PostgreSQL."""

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
from bot.store.deliveries import insert_delivery, ready
from bot.telemetry import log_failure

Deliver = Callable[[str], Coroutine[Any, Any, None]]
log = structlog.get_logger(__name__)

GRACE = 5.0  # Seconds that deliveries under way get at the end.
AT_ONCE = 20  # Deliveries in one process; most of their time is waiting for Devin, Slack or a turn.


class Engine(Protocol):
    """Brings deliveries to a process when they are due. Bringing one twice does no harm: its row is claimed once."""

    async def enqueue(self, connection: AsyncConnection, delivery: str, at: datetime) -> None:
        """Has a delivery brought at a moment, in the transaction that writes its row: both, or neither."""
        ...

    async def without_job(self, connection: AsyncConnection, deliveries: Sequence[str]) -> Sequence[str]:
        """Those of some deliveries that have no job."""
        ...

    async def run(self, deliver: Deliver, alive: Callable[[], None]) -> None:
        """Brings deliveries until it is cancelled, and says that it is alive each time it looks."""
        ...


async def plan_delivery(
    connection: AsyncConnection, store: Store, team: str, delivery: Delivery, engine: Engine
) -> bool:
    """Writes a delivery with its job, unless its occurrence has a row already. Whether it did."""
    inserted = await insert_delivery(connection, store, team, delivery)
    if inserted and delivery.state == "due":
        await engine.enqueue(connection, delivery.id, delivery.run_at)
    return inserted


class InProcess:
    """SQLite's engine: the rows themselves are the jobs of the one process."""

    def __init__(self, store: Store, team: str, clock: Clock, timing: Timing) -> None:
        self._store = store
        self._team = team
        self._clock = clock
        self._timing = timing

    async def enqueue(self, connection: AsyncConnection, delivery: str, at: datetime) -> None:
        """Nothing to do: the row is there."""

    async def without_job(
        self,
        connection: AsyncConnection,  # noqa: ARG002 (the other engine asks it)
        deliveries: Sequence[str],  # noqa: ARG002
    ) -> Sequence[str]:
        """None: rows that are due are found as they are."""
        return ()

    async def run(self, deliver: Deliver, alive: Callable[[], None]) -> None:
        """Looks for rows that are due, and has AT_ONCE of them delivered at a time. Ends with those under way."""
        busy: dict[str, asyncio.Task[None]] = {}
        pause = self._clock.seconds(self._timing.tick) / 2
        try:
            while True:
                alive()
                for delivery in await self._ready():
                    if delivery not in busy and len(busy) < AT_ONCE:
                        busy[delivery] = asyncio.ensure_future(deliver(delivery))
                        busy[delivery].add_done_callback(partial(log_failure, event="delivery-failed"))
                await _first_of(busy.values(), pause)
                busy = {delivery: task for delivery, task in busy.items() if not task.done()}
        finally:
            if busy:
                _, late = await asyncio.wait(busy.values(), timeout=GRACE)
                for task in late:
                    task.cancel()  # What was not begun to be posted is given back.
                await asyncio.gather(*late, return_exceptions=True)

    async def _ready(self) -> Sequence[str]:
        try:
            return await ready(self._store, self._team, self._clock.now(), 2 * AT_ONCE)
        except (DBAPIError, Problem) as error:  # A full disk, or a file that another process has locked.
            log.warning("deliveries-not-read", reason=str(error))
            return ()


async def _first_of(tasks: Collection[asyncio.Task[None]], pause: float) -> None:
    """Until one of them is done, but not longer than a pause."""
    if tasks:
        await asyncio.wait(tasks, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
    else:
        await asyncio.sleep(pause)
