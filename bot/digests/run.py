"""Digests in a running bot: the loops that plan, carry, tell and look after them, and what watches over the loops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import DBAPIError

from bot.digests.ages import read_for_later
from bot.digests.care import ROUND, Care
from bot.digests.catch_up import Policy
from bot.digests.clock import Clock, Timing
from bot.digests.courier import Courier
from bot.digests.engine import GRACE, Engine, InProcess
from bot.digests.notices import Notices
from bot.digests.office import Office
from bot.digests.pages import Pages
from bot.digests.planner import Planner
from bot.digests.watchdog import Watchdog
from bot.problems import Problem
from bot.services import Services
from bot.store import Store
from bot.store.digests import adopt

log = structlog.get_logger(__name__)

CARE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Options:
    """What the settings say of digests. `pace` is posts a second."""

    policy: Policy = "latest"
    restate: Fraction = Fraction(2, 100)
    pace: float = 5.0
    keep: timedelta = timedelta(days=400)
    admin_channel: str | None = None

    @property
    def gap(self) -> timedelta:
        """How long one post has the workspace to itself."""
        return timedelta(seconds=1 / self.pace)


@asynccontextmanager
async def open_engine(store: Store, team: str, clock: Clock, timing: Timing) -> AsyncIterator[Engine]:
    """The engine that fits the database."""
    if not store.shared:
        yield InProcess(store, team, clock, timing)
        return
    from bot.digests.replicas import replicas  # noqa: PLC0415 (its library is installed where PostgreSQL is used)

    async with replicas(store, team, clock) as engine:
        yield engine


@asynccontextmanager
async def running(office: Office, services: Services, options: Options, watchdog: Watchdog) -> AsyncIterator[None]:
    """Works on digests until the end of the block. A loop that fails ends the block with it."""
    await adopt(office.store, office.team)
    watchdog.start()
    try:
        async with asyncio.TaskGroup() as group:
            work = (
                _carry(office, services, options, watchdog),
                _plan(office, options, watchdog),
                _tell(office, options, watchdog),
                _care(office, services, options),
            )
            loops = [group.create_task(loop) for loop in work]
            yield
            await end(loops)
    except BaseExceptionGroup as failures:  # What failed, in the block or in a loop, as it is.
        raise failures.exceptions[0] from None
    finally:
        watchdog.stop()


async def end(loops: Collection[asyncio.Task[None]], patience: float = GRACE + 1) -> None:
    """Cancels loops until they have ended, again after so many seconds.

    Python 3.11 loses a cancellation that comes at the moment in which the database's pool has a connection again.
    """
    under_way = set(loops)
    while under_way:
        for loop in under_way:
            loop.cancel()
        _, under_way = await asyncio.wait(under_way, timeout=patience)


async def _carry(office: Office, services: Services, options: Options, watchdog: Watchdog) -> None:
    pages = Pages(office, replace(services, gather=services.gather.scheduled()), options.restate)
    courier = Courier(office, pages, options.gap)
    await office.engine.run(courier.deliver, lambda: watchdog.alive("engine"))


async def _plan(office: Office, options: Options, watchdog: Watchdog) -> None:
    planner = Planner(office, options.policy, options.gap)

    async def once() -> None:
        watchdog.alive("planner")
        await planner.plan()

    await _again_and_again(once, office.timing.tick, office.clock)


async def _tell(office: Office, options: Options, watchdog: Watchdog) -> None:
    notices = Notices(office, options.admin_channel)

    async def once() -> None:
        watchdog.alive("notices")
        while await notices.tell():
            watchdog.alive("notices")

    await _again_and_again(once, office.timing.tick, office.clock)


async def _care(office: Office, services: Services, options: Options) -> None:
    tz = ZoneInfo(services.tz)
    care = Care(office, tz, services.shared_channels, options.keep)

    async def once() -> None:
        at = office.now()
        # At another hour, as after a start, readings would have an age that none before them has.
        if await care.go_round() and at.astimezone(tz).hour == ROUND.time.hour:
            await read_for_later(services, at)

    await _again_and_again(once, CARE_EVERY, office.clock)


async def _again_and_again(once: Callable[[], Awaitable[object]], pause: timedelta, clock: Clock) -> None:
    """Goes on through a database that is away; anything else ends the loop, and the process with it."""
    while True:
        try:
            await once()
        except* (DBAPIError, Problem) as errors:
            log.warning("round-interrupted", reason=str(errors.exceptions[0]))
        await clock.sleep(pause)
