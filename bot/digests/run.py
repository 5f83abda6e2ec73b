"""Runs the digest loops until shutdown."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import DBAPIError

from bot.commands.ports import Services
from bot.digests.bugs import Bug, bugs_as_problems
from bot.digests.catch_up import Policy
from bot.digests.clock import Clock, Timing
from bot.digests.context import DigestContext
from bot.digests.engine import GRACE, Engine, InProcess
from bot.digests.nightly import ROUND, NightlyRound
from bot.digests.nightly_readings import read_for_later
from bot.digests.notices import Notices
from bot.digests.pages import Pages
from bot.digests.planner import Planner
from bot.digests.sender import Sender
from bot.digests.watchdog import Watchdog
from bot.problems import Problem
from bot.store import Store
from bot.store.digests import adopt
from bot.telemetry import log_failure

log = structlog.get_logger(__name__)

NIGHTLY_EVERY = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=1)  # Between rounds that a bug ends; the watchdog hears of a loop by then.
PATIENCE = (GRACE + 1, 2.0)  # Seconds after each cancellation of a loop; platforms kill a process after thirty.


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
async def running(
    context: DigestContext, services: Services, options: Options, watchdog: Watchdog
) -> AsyncIterator[None]:
    """Works on digests until the end of the block. A loop that fails ends the block with it."""
    work = {
        "adopting": _adopt(context),
        "engine": _carry(context, services, options, watchdog),
        "planner": _plan(context, options, watchdog),
        "notices": _tell(context, options, watchdog),
        "nightly": _nightly(context, services, options),
    }
    loops = [_begun(loop, name) for name, loop in work.items()]
    watchdog.start()
    try:
        async with asyncio.TaskGroup() as group:
            watched = [group.create_task(_watched(loop)) for loop in loops]
            await asyncio.sleep(0)  # Each of them has begun then, and ends its loop.
            yield
            for one in watched:
                one.cancel()
    except BaseExceptionGroup as failures:  # The block's own failure is the last one; those of loops are in the log.
        raise failures.exceptions[-1] from None
    finally:
        if all(loop.done() for loop in loops):
            watchdog.stop()
        else:
            watchdog.end_later()


def _begun(loop: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    task = asyncio.create_task(loop, name=name)
    task.add_done_callback(partial(log_failure, event="loop-failed"))
    return task


async def _watched(loop: asyncio.Task[None]) -> None:
    """Fails as the loop does; cancelled, it ends the loop."""
    try:
        await asyncio.wait([loop])
    finally:
        await end(loop, PATIENCE)
    loop.result()


async def end(loop: asyncio.Task[None], patience: Sequence[float]) -> None:
    """Cancels a loop until it has ended, again after so many seconds, but not for ever.

    Python 3.11 loses a cancellation that comes at the moment in which the database's pool has a connection again.
    """
    for seconds in patience:
        if loop.done():
            return
        loop.cancel()
        with suppress(asyncio.CancelledError):  # Told to hurry, it cancels the loop again.
            await asyncio.wait([loop], timeout=seconds)
    if not loop.done():
        log.critical("loop-not-ended", loop=loop.get_name())


async def _adopt(context: DigestContext) -> None:
    await _made(partial(adopt, context.store, context.team), context.timing.tick, context.clock)


async def _carry(context: DigestContext, services: Services, options: Options, watchdog: Watchdog) -> None:
    pages = Pages(context, replace(services, gather=services.gather.scheduled()), options.restate)
    sender = Sender(context, pages, options.gap)
    await context.engine.run(sender.deliver, lambda: watchdog.alive("engine"))


async def _plan(context: DigestContext, options: Options, watchdog: Watchdog) -> None:
    planner = Planner(context, options.policy, options.gap)

    async def once() -> None:
        watchdog.alive("planner")
        await planner.plan()

    await _again_and_again(once, context.timing.tick, context.clock)


async def _tell(context: DigestContext, options: Options, watchdog: Watchdog) -> None:
    notices = Notices(context, options.admin_channel)

    async def once() -> None:
        watchdog.alive("notices")
        while await notices.tell():
            watchdog.alive("notices")

    await _again_and_again(once, context.timing.tick, context.clock)


async def _nightly(context: DigestContext, services: Services, options: Options) -> None:
    tz = ZoneInfo(services.tz)
    nightly = NightlyRound(context, tz, services.shared_channels, options.keep)

    async def once() -> None:
        at = context.now()
        # At another hour, as after a start, readings would have an age that none before them has.
        if await nightly.run() and at.astimezone(tz).hour == ROUND.time.hour:
            await read_for_later(services, at)

    await _again_and_again(once, NIGHTLY_EVERY, context.clock)


async def _again_and_again(once: Callable[[], Awaitable[object]], pause: timedelta, clock: Clock) -> None:
    while True:
        await _made(once, pause, clock)
        await clock.sleep(pause)


async def _made(once: Callable[[], Awaitable[object]], pause: timedelta, clock: Clock) -> None:
    """Makes a round: again where the database is away, and after ever longer pauses where a bug ends it."""
    wait = pause
    while True:
        try:
            with bugs_as_problems():
                await once()
        except Bug:  # It would come again after a new start, too, and all else that the process does can go on.
            wait = max(pause, min(2 * wait, LONGEST_PAUSE))
        except (DBAPIError, Problem) as error:
            log.warning("round-interrupted", reason=str(error))
            wait = pause
        else:
            return
        await clock.sleep(wait)
