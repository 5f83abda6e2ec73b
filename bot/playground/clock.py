"""The playground's clock, which a visitor can move forward."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from bot.playground.due import is_sending, next_send
from bot.problems import Problem
from bot.store import Store

MOST_STOPS = 10
LONGEST = 10.0  # Seconds of the world for all stops of a move.
FURTHEST = timedelta(days=366)
LOOK_EVERY = 0.05  # Seconds.


class MovedClock:
    """The time in the playground: the world's, and as much more as it was moved."""

    def __init__(self, world: Callable[[], datetime]) -> None:
        self._world = world
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """What time it is."""
        return self._world() + self._ahead

    def move(self, to: datetime) -> None:
        """Moves it; never back."""
        self._ahead += max(to - self(), timedelta())


class Journey:
    """Moves the clock, and lets the bot send what comes due on the way, at the moment at which it does.

    After MOST_STOPS of those, or LONGEST, the rest is jumped over: for the bot that is an outage, and it catches up.
    """

    def __init__(self, clock: MovedClock, store: Store, team: str) -> None:
        self._clock = clock
        self._store = store
        self._team = team
        self._one_at_a_time = asyncio.Lock()

    async def go(self, to: datetime) -> None:
        """Moves the clock to a moment. Raises Problem where that is not ahead, or too far."""
        async with self._one_at_a_time:
            if not timedelta() < to - self._clock() <= FURTHEST:
                raise Problem("playground-clock", days=FURTHEST.days)
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST):
                    await self._stop_by_stop(to)
            self._clock.move(to)

    async def _stop_by_stop(self, to: datetime) -> None:
        for _ in range(MOST_STOPS):
            at = await next_send(self._store, self._team)
            if at is None or at > to:
                return
            self._clock.move(at)
            while await is_sending(self._store, self._team, self._clock()):  # noqa: ASYNC110 (the database sends no event)
                await asyncio.sleep(LOOK_EVERY)
