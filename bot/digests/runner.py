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

from bot.digests.bugs import Bug, bugs_as_problems
from bot.digests.catch_up import Policy
from bot.digests.clock import Clock, Timing
from bot.digests.context import DigestContext
from bot.digests.drafter import Drafter
from bot.digests.engine import SHUTDOWN_GRACE, Engine, InProcessEngine
from bot.digests.nightly import NIGHTLY_RULE, NightlyRound
from bot.digests.nightly_readings import make_nightly_readings
from bot.digests.notices import NoticeSender
from bot.digests.planner import Planner
from bot.digests.sender import Sender
from bot.digests.team_services import TeamServices
from bot.digests.watchdog import Watchdog
from bot.problems import Problem
from bot.store.deliveries import DeliveryKey
from bot.store.digests import all_digests, assign_team
from bot.store.installation import Installation
from bot.telemetry import log_failure

log = structlog.get_logger(__name__)

NIGHTLY_EVERY = timedelta(minutes=1)
LONGEST_ROUND_PAUSE = timedelta(minutes=1)  # After rounds that a bug ends; shorter than the watchdog waits for a loop.
# Seconds after each cancellation of a loop; platforms kill a process after thirty.
CANCEL_TIMEOUTS = (SHUTDOWN_GRACE + 1, 2.0)


@dataclass(frozen=True, slots=True)
class Options:
    """What the settings say of digests. `pace` is posts a second."""

    policy: Policy = "latest"
    restate: Fraction = Fraction(2, 100)
    pace: float = 5.0
    keep: timedelta = timedelta(days=400)
    admin_channel: str | None = None

    @property
    def post_gap(self) -> timedelta:
        """The time between two posts of a workspace."""
        return timedelta(seconds=1 / self.pace)


@asynccontextmanager
async def open_engine(installation: Installation, clock: Clock, timing: Timing) -> AsyncIterator[Engine]:
    """The engine that fits the database."""
    if not installation.store.shared:
        yield InProcessEngine(installation, clock, timing)
        return
    from bot.digests.replicas import open_procrastinate_engine  # noqa: PLC0415 (its library is installed where PostgreSQL is used)

    async with open_procrastinate_engine(installation, clock) as engine:
        yield engine


@asynccontextmanager
async def running(
    context: DigestContext, services: TeamServices, options: Options, watchdog: Watchdog
) -> AsyncIterator[None]:
    """Works on digests until the end of the block. A loop that fails ends the block with it."""
    work = {
        "adopting": _run_assignment(context),
        "engine": _run_engine(context, services, options, watchdog),
        "planner": _run_planner(context, options, watchdog),
        "notices": _run_notices(context, options, watchdog),
        "nightly": _run_nightly(context, services, options),
    }
    loops = [_start_loop(loop, name) for name, loop in work.items()]
    watchdog.start()
    try:
        async with asyncio.TaskGroup() as group:
            watched = [group.create_task(_supervise(loop)) for loop in loops]
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
            watchdog.exit_later()


def _start_loop(loop: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    task = asyncio.create_task(loop, name=name)
    task.add_done_callback(partial(log_failure, event="loop-failed"))
    return task


async def _supervise(loop: asyncio.Task[None]) -> None:
    """Raises what the loop raises; where it is cancelled itself, it cancels the loop."""
    try:
        await asyncio.wait([loop])
    finally:
        await cancel_loop(loop, CANCEL_TIMEOUTS)
    loop.result()


async def cancel_loop(loop: asyncio.Task[None], timeouts: Sequence[float]) -> None:
    """Cancels a loop, and again after each of `timeouts` (seconds) where it has not ended. Logs a loop that never ends.

    Python 3.11 loses a cancellation that comes at the moment in which the database's pool has a connection again.
    """
    for seconds in timeouts:
        if loop.done():
            return
        loop.cancel()
        with suppress(asyncio.CancelledError):  # Cancelled itself meanwhile, it cancels the loop again.
            await asyncio.wait([loop], timeout=seconds)
    if not loop.done():
        log.critical("loop-not-ended", loop=loop.get_name())


async def _run_assignment(context: DigestContext) -> None:
    await _run_round(partial(_assign, context), context.timing.tick, context.clock)


async def _assign(context: DigestContext) -> None:
    """Gives digests without a workspace to the only one. Where there may be several, they stay as they are."""
    if team := context.installation.only:
        await assign_team(context.store, team)
        return
    async with context.store.reading() as connection:
        if left := await all_digests(connection, ""):
            log.warning("digests-without-workspace", digests=[digest.id for digest in left])


async def _run_engine(context: DigestContext, services: TeamServices, options: Options, watchdog: Watchdog) -> None:
    gather = services.shared.gather.scheduled()

    async def deliver(delivery: DeliveryKey) -> None:
        here, theirs = context.of(delivery.team), replace(services.of(delivery.team), gather=gather)
        await Sender(here, Drafter(here, theirs, options.restate), options.post_gap).deliver(delivery.id)

    await context.engine.run(deliver, lambda: watchdog.alive("engine"))


async def _run_planner(context: DigestContext, options: Options, watchdog: Watchdog) -> None:
    planner = Planner(context, options.policy, options.post_gap)

    async def once() -> None:
        watchdog.alive("planner")
        await planner.plan()

    await _repeat(once, context.timing.tick, context.clock)


async def _run_notices(context: DigestContext, options: Options, watchdog: Watchdog) -> None:
    notices = NoticeSender(context, options.admin_channel)

    async def once() -> None:
        watchdog.alive("notices")
        while await notices.send_next():
            watchdog.alive("notices")

    await _repeat(once, context.timing.tick, context.clock)


async def _run_nightly(context: DigestContext, services: TeamServices, options: Options) -> None:
    tz = ZoneInfo(services.shared.tz)
    nightly = NightlyRound(context, tz, services.shared.shared_channels, options.keep)

    async def once() -> None:
        at = context.now()
        # At another hour, as after a start, readings would have an age that none before them has.
        if await nightly.run() and at.astimezone(tz).hour == NIGHTLY_RULE.time.hour:
            await make_nightly_readings(services.shared, at)

    await _repeat(once, NIGHTLY_EVERY, context.clock)


async def _repeat(once: Callable[[], Awaitable[object]], pause: timedelta, clock: Clock) -> None:
    while True:
        await _run_round(once, pause, clock)
        await clock.sleep(pause)


async def _run_round(once: Callable[[], Awaitable[object]], pause: timedelta, clock: Clock) -> None:
    """Runs one round: again where the database is away, with a growing backoff where a bug ends it."""
    wait = pause
    while True:
        try:
            with bugs_as_problems():
                await once()
        except Bug:  # It would come again after a new start, too, and all else that the process does can go on.
            wait = max(pause, min(2 * wait, LONGEST_ROUND_PAUSE))
        except (DBAPIError, Problem) as error:
            log.warning("round-interrupted", reason=str(error))
            wait = pause
        else:
            return
        await clock.sleep(wait)
